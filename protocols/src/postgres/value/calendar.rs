//! The proleptic Gregorian calendar, and the decimal pieces that date/time texts are made of.
//!
//! Year 0 is 1 BC, as PostgreSQL counts internally.

/// Microseconds in a day.
pub(super) const DAY_MICROS: i64 = 86_400_000_000;

/// Days from 0000-03-01 to 2000-01-01.
const EPOCH_SHIFT: i64 = 730_425;

/// Days since 2000-01-01 of a date, or `None` if the calendar has no such day.
pub(super) fn days_of(year: i64, month: i64, day: i64) -> Option<i64> {
    if !(1..=12).contains(&month) || day < 1 || day > month_days(year, month) {
        return None;
    }
    let (year, month) = if month > 2 {
        (year, month - 3)
    } else {
        (year - 1, month + 9)
    };
    let (era, year_of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let day_of_year = (153 * month + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    Some(era * 146_097 + day_of_era - EPOCH_SHIFT)
}

/// Year, month and day of a number of days since 2000-01-01.
pub(super) fn date_of(days: i64) -> (i64, i64, i64) {
    let shifted = days + EPOCH_SHIFT;
    let (era, day_of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let (year, month) = if month < 10 {
        (0, month + 3)
    } else {
        (1, month - 9)
    };
    (year_of_era + era * 400 + year, month, day)
}

/// 0 is Sunday.
pub(super) fn weekday(days: i64) -> usize {
    usize::try_from((days + 6).rem_euclid(7)).unwrap_or(0)
}

fn month_days(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Appends `value` with at least `width` digits.
pub(super) fn push_padded(value: u64, width: usize, out: &mut Vec<u8>) {
    let mut digits = [b'0'; 20];
    let mut rest = value;
    let mut first = digits.len();
    while rest > 0 {
        first -= 1;
        digits[first] = b'0' + (rest % 10) as u8;
        rest /= 10;
    }
    out.extend_from_slice(&digits[first.min(digits.len() - width.min(digits.len()))..]);
}

/// Appends seconds with a fraction of at most six digits, without trailing zeros.
pub(super) fn push_seconds(micros: u64, width: usize, out: &mut Vec<u8>) {
    push_padded(micros / 1_000_000, width, out);
    let fraction = micros % 1_000_000;
    if fraction > 0 {
        out.push(b'.');
        push_padded(fraction, 6, out);
        while out.last() == Some(&b'0') {
            out.pop();
        }
    }
}

/// Reads a text from the front.
#[derive(Clone, Copy)]
pub(super) struct Scan<'a>(pub &'a [u8]);

impl<'a> Scan<'a> {
    /// The run of digits in front, possibly empty.
    pub fn digits(&mut self) -> &'a [u8] {
        let len = self.0.iter().take_while(|b| b.is_ascii_digit()).count();
        let (digits, rest) = self.0.split_at(len);
        self.0 = rest;
        digits
    }

    /// A number of 1 to 18 digits.
    pub fn number(&mut self) -> Option<i64> {
        number(self.digits())
    }

    /// A run of letters, possibly empty.
    pub fn letters(&mut self) -> &'a [u8] {
        let len = self
            .0
            .iter()
            .take_while(|b| b.is_ascii_alphabetic())
            .count();
        let (letters, rest) = self.0.split_at(len);
        self.0 = rest;
        letters
    }

    /// Skips `byte` if it is next.
    pub fn eat(&mut self, byte: u8) -> bool {
        let found = self.0.first() == Some(&byte);
        if found {
            self.0 = &self.0[1..];
        }
        found
    }

    /// Skips `byte`, which must be next.
    pub fn expect(&mut self, byte: u8) -> Option<()> {
        self.eat(byte).then_some(())
    }

    /// A sign, if there is one: is it a minus?
    pub fn sign(&mut self) -> Option<bool> {
        if self.eat(b'-') {
            Some(true)
        } else {
            self.eat(b'+').then_some(false)
        }
    }

    /// Seconds with up to six digits of fraction, in µs.
    pub fn seconds(&mut self) -> Option<i64> {
        let whole = self.number()?.checked_mul(1_000_000)?;
        if !self.eat(b'.') {
            return Some(whole);
        }
        let digits = self.digits();
        let missing = 6_usize.checked_sub(digits.len())?;
        let fraction = (0..missing).try_fold(number(digits)?, |value, _| value.checked_mul(10))?;
        whole.checked_add(fraction)
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// A number of 1 to 18 digits.
pub(super) fn number(digits: &[u8]) -> Option<i64> {
    if digits.is_empty() || digits.len() > 18 {
        return None;
    }
    digits.iter().try_fold(0_i64, |value, b| {
        b.is_ascii_digit().then(|| value * 10 + i64::from(b - b'0'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_dates_are_inverse_over_the_whole_range() {
        for days in (-2_451_545_i64..2_145_031_949).step_by(7_919) {
            let (year, month, day) = date_of(days);
            assert_eq!(days_of(year, month, day), Some(days));
        }
    }

    #[test]
    fn known_days() {
        assert_eq!(days_of(2000, 1, 1), Some(0));
        assert_eq!(days_of(1970, 1, 1), Some(-10_957));
        assert_eq!(days_of(-4713, 11, 24), Some(-2_451_545)); // Julian day 0
        assert_eq!(days_of(1900, 2, 29), None);
        assert_eq!(weekday(0), 6);
    }
}
