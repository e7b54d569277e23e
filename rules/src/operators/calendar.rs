//! Proleptic Gregorian dates as days since 2000-01-01, in the range of PostgreSQL and beyond.
//! <https://howardhinnant.github.io/date_algorithms.html>

/// 2000-01-01 in days since 0000-03-01.
const EPOCH: i64 = 730_425;

/// The first and last date of PostgreSQL: 4714-11-24 BC and 5874897-12-31.
pub(super) const DAY_MIN: i32 = -2_451_545;
pub(super) const DAY_MAX: i32 = 2_145_031_948;

/// A day of the calendar; year 0 is 1 BC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Civil {
    pub(super) year: i64,
    pub(super) month: u8,
    pub(super) day: u8,
}

/// The calendar day of a number of days.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
pub(super) fn civil(days: i64) -> Civil {
    let days = days + EPOCH;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * of_year + 2) / 153;
    let day = (of_year - (153 * shifted + 2) / 5 + 1) as u8;
    let month = if shifted < 10 {
        shifted + 3
    } else {
        shifted - 9
    } as u8;
    Civil {
        year: year_of_era + era * 400 + i64::from(month <= 2),
        month,
        day,
    }
}

/// The number of days of a calendar day.
pub(super) fn days(date: Civil) -> i64 {
    let year = date.year - i64::from(date.month <= 2);
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let shifted = (i64::from(date.month) + 9) % 12;
    let of_year = (153 * shifted + 2) / 5 + i64::from(date.day) - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - EPOCH
}

/// How a date is written in text; always in ten characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Style {
    separator: u8,
    /// Where year, month and day begin.
    year: usize,
    month: usize,
    day: usize,
}

impl Style {
    const fn new(separator: u8, year: usize, month: usize, day: usize) -> Style {
        Style {
            separator,
            year,
            month,
            day,
        }
    }
}

/// `YYYY-MM-DD`.
pub(super) const ISO: Style = Style::new(b'-', 0, 5, 8);
/// Beside ISO: `YYYY/MM/DD`, `DD.MM.YYYY` and, whose day comes first, `DD/MM/YYYY` and `DD-MM-YYYY`, else
/// `MM/DD/YYYY` and `MM-DD-YYYY`.
const OTHERS: [(Option<bool>, Style); 6] = [
    (None, Style::new(b'/', 0, 5, 8)),
    (None, Style::new(b'.', 6, 3, 0)),
    (Some(true), Style::new(b'/', 6, 3, 0)),
    (Some(true), Style::new(b'-', 6, 3, 0)),
    (Some(false), Style::new(b'/', 6, 0, 3)),
    (Some(false), Style::new(b'-', 6, 0, 3)),
];

/// The date that a text is, with or without a time of day behind it, and how it is written.
pub(super) fn of_text(text: &[u8], day_first: bool) -> Option<(i64, Style)> {
    let text = text.trim_ascii_end();
    if !is_clock(text.get(10..)?) {
        return None;
    }
    let fits = |(first, _): &&(Option<bool>, Style)| first.is_none_or(|first| first == day_first);
    let others = OTHERS.iter().filter(fits).map(|(_, style)| *style);
    let mut styles = std::iter::once(ISO).chain(others);
    styles.find_map(|style| Some((leading(text, style)?, style)))
}

/// An ISO date (`YYYY-MM-DD`) at the start of a text, and how long it is: always 10.
pub(super) fn leading_iso(text: &[u8]) -> Option<i64> {
    leading(text, ISO)
}

fn leading(text: &[u8], style: Style) -> Option<i64> {
    let head: &[u8; 10] = text.first_chunk()?;
    let number = |from: usize, len: usize| {
        head[from..from + len]
            .iter()
            .try_fold(0u32, |number, byte| {
                byte.is_ascii_digit()
                    .then(|| number * 10 + u32::from(byte - b'0'))
            })
    };
    let separators = if style.year == 0 { [4, 7] } else { [2, 5] };
    let is_separated = separators.iter().all(|at| head[*at] == style.separator);
    if !is_separated || text.get(10).is_some_and(u8::is_ascii_digit) {
        return None;
    }
    let (year, month, day) = (
        number(style.year, 4)?,
        number(style.month, 2)?,
        number(style.day, 2)?,
    );
    let date = Civil {
        year: i64::from(year),
        month: u8::try_from(month).ok()?,
        day: u8::try_from(day).ok()?,
    };
    let days = days(date);
    (year > 0 && (1..=12).contains(&month) && civil(days) == date).then_some(days)
}

/// Is this nothing but a time of day and a zone, as they follow a date?
pub(super) fn is_clock(text: &[u8]) -> bool {
    let part = |byte: &u8| byte.is_ascii_digit() || b" T:.+-Z".contains(byte);
    text.iter().all(part)
}

/// Appends a date in ten characters; false, with nothing appended, for a year outside 1 to 9999.
pub(super) fn push(days: i64, style: Style, out: &mut Vec<u8>) -> bool {
    let date = civil(days);
    let Ok(year @ 1..=9999) = u16::try_from(date.year) else {
        return false;
    };
    let digit = |number: u16| b'0' + (number % 10).to_le_bytes()[0];
    let mut text = [style.separator; 10];
    for (at, power) in (style.year..).zip([1000, 100, 10, 1]) {
        text[at] = digit(year / power);
    }
    for (from, part) in [(style.month, date.month), (style.day, date.day)] {
        text[from] = digit(u16::from(part) / 10);
        text[from + 1] = digit(u16::from(part));
    }
    out.extend_from_slice(&text);
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn known_days() {
        for (text, day) in [
            ("2000-01-01", 0),
            ("1900-01-01", -36_524),
            ("2024-02-29", 8825),
        ] {
            assert_eq!(leading_iso(text.as_bytes()), Some(day), "{text}");
        }
        assert_eq!(leading_iso(b"2023-02-29"), None);
        assert_eq!(
            days(Civil {
                year: -4713,
                month: 11,
                day: 24
            }),
            i64::from(DAY_MIN)
        );
        assert_eq!(
            days(Civil {
                year: 5_874_897,
                month: 12,
                day: 31
            }),
            i64::from(DAY_MAX)
        );
    }

    #[test]
    fn dates_are_read_and_written_in_their_own_style() {
        for (text, day_first) in [
            ("2024-02-29", false),
            ("2024/02/29 10:15:00", true),
            ("29.02.2024", false),
            ("29/02/2024", true),
            ("29-02-2024 10:15", true),
            ("02/29/2024", false),
            ("02-29-2024T10:15:00Z", false),
        ] {
            let (day, style) = of_text(text.as_bytes(), day_first).expect(text);
            assert_eq!(day, 8825, "{text}");
            let mut written = Vec::new();
            assert!(push(day, style, &mut written));
            assert_eq!(written, &text.as_bytes()[..10]);
        }
        for text in [
            "29/02/2024",
            "2024-02-29 Jane",
            "2024-02-290",
            "24-02-2024",
            "2024-2-29",
        ] {
            assert_eq!(of_text(text.as_bytes(), false), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn days_and_dates_are_one_to_one(day in DAY_MIN..=DAY_MAX) {
            prop_assert_eq!(days(civil(i64::from(day))), i64::from(day));
        }

        #[test]
        fn iso_text_round_trips(day in -700_000i64..2_900_000) {
            let mut text = Vec::new();
            prop_assume!(push(day, ISO, &mut text));
            prop_assert_eq!(leading_iso(&text), Some(day));
        }
    }
}
