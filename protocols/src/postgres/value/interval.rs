//! interval texts in the four styles of `IntervalStyle`.
//!
//! <https://github.com/postgres/postgres/blob/master/src/backend/utils/adt/datetime.c>
//! (`EncodeInterval`). The style is read off the text; the settings are asked only for `04:05:06`.

use super::calendar::{Scan, push_padded, push_seconds};
use super::{IntervalStyle, Scalar, Undecodable};

const HOUR: i64 = 3_600_000_000;
const MINUTE: i64 = 60_000_000;

/// The style in which `text` is written; `announced` where it cannot be told.
pub(super) fn style_of(text: &[u8], announced: IntervalStyle) -> IntervalStyle {
    match text {
        [b'P', ..] => IntervalStyle::Iso8601,
        [b'@', ..] => IntervalStyle::PostgresVerbose,
        b"infinity" | b"-infinity" => announced,
        _ if text.iter().any(u8::is_ascii_alphabetic) => IntervalStyle::Postgres,
        _ => {
            let mut scan = Scan(text);
            scan.sign();
            let two_digits = scan.digits().len() >= 2;
            if two_digits && scan.eat(b':') && announced != IntervalStyle::SqlStandard {
                IntervalStyle::Postgres
            } else {
                IntervalStyle::SqlStandard
            }
        }
    }
}

pub(super) fn parse(value: &[u8]) -> Result<Scalar<'static>, Undecodable> {
    let mut sum = Sum::default();
    let read = match value {
        b"infinity" => {
            sum = Sum {
                months: i32::MAX.into(),
                days: i32::MAX.into(),
                micros: i64::MAX,
            };
            Some(())
        }
        b"-infinity" => {
            sum = Sum {
                months: i32::MIN.into(),
                days: i32::MIN.into(),
                micros: i64::MIN,
            };
            Some(())
        }
        _ => match style_of(value, IntervalStyle::Postgres) {
            IntervalStyle::Iso8601 => sum.read_iso(value),
            IntervalStyle::PostgresVerbose | IntervalStyle::Postgres => sum.read_postgres(value),
            IntervalStyle::SqlStandard => sum.read_sql(value),
        },
    };
    let leaf = read.and_then(|()| {
        let months = i32::try_from(sum.months).ok()?;
        let days = i32::try_from(sum.days).ok()?;
        Some(Scalar::Interval {
            months,
            days,
            micros: sum.micros,
        })
    });
    leaf.ok_or(Undecodable::Interval)
}

#[derive(Default)]
struct Sum {
    months: i64,
    days: i64,
    micros: i64,
}

impl Sum {
    fn negate(&mut self) -> Option<()> {
        self.months = -self.months;
        self.days = -self.days;
        self.micros = self.micros.checked_neg()?;
        Some(())
    }

    fn add_micros(&mut self, micros: Option<i64>) -> Option<()> {
        self.micros = self.micros.checked_add(micros?)?;
        Some(())
    }

    /// `1 year -2 mons +3 days -04:05:06.7`, `@ 4 hours 5 mins 6.7 secs ago`, `@ 0`.
    fn read_postgres(&mut self, value: &[u8]) -> Option<()> {
        let mut words = value
            .strip_prefix(b"@ ")
            .unwrap_or(value)
            .split(|&b| b == b' ');
        while let Some(word) = words.next() {
            if word == b"ago" {
                self.negate()?;
                return words.next().is_none().then_some(());
            }
            if word.contains(&b':') {
                self.add_micros(clock(word))?;
                continue;
            }
            let mut scan = Scan(word);
            let negative = scan.sign() == Some(true);
            let micros = scan.seconds().filter(|_| scan.is_empty())?;
            let micros = if negative { -micros } else { micros };
            let whole = micros / 1_000_000;
            match words.next() {
                Some(b"year" | b"years") => self.months += whole.checked_mul(12)?,
                Some(b"mon" | b"mons") => self.months += whole,
                Some(b"day" | b"days") => self.days += whole,
                Some(b"hour" | b"hours") => self.add_micros(whole.checked_mul(HOUR))?,
                Some(b"min" | b"mins") => self.add_micros(whole.checked_mul(MINUTE))?,
                Some(b"sec" | b"secs") => self.add_micros(Some(micros))?,
                None if micros == 0 => {}
                _ => return None,
            }
        }
        Some(())
    }

    /// `+1-2 -3 +4:05:06`, `-3 4:05:06`, `1-2`, `4:05:06`, `0`.
    fn read_sql(&mut self, value: &[u8]) -> Option<()> {
        if value == b"0" {
            return Some(());
        }
        // Three parts carry a sign each; otherwise a minus in front is that of the whole.
        let signed_parts = value.iter().filter(|&&b| b == b' ').count() == 2;
        let whole_minus = !signed_parts && value.first() == Some(&b'-');
        let value = if whole_minus { &value[1..] } else { value };
        for word in value.split(|&b| b == b' ') {
            if word.contains(&b':') {
                self.add_micros(clock(word))?;
                continue;
            }
            let mut scan = Scan(word);
            let negative = scan.sign() == Some(true);
            let number = scan.number()?;
            let (months, days) = if scan.eat(b'-') {
                (number.checked_mul(12)? + scan.number()?, 0)
            } else {
                (0, number)
            };
            let sign = if negative { -1 } else { 1 };
            self.months += sign * months;
            self.days += sign * days;
            scan.is_empty().then_some(())?;
        }
        if whole_minus { self.negate() } else { Some(()) }
    }

    /// `P1Y2M-3DT4H5M6.7S`.
    fn read_iso(&mut self, value: &[u8]) -> Option<()> {
        let mut scan = Scan(value);
        scan.expect(b'P')?;
        let mut in_time = false;
        while !scan.is_empty() {
            if scan.eat(b'T') {
                in_time = true;
                continue;
            }
            let negative = scan.sign() == Some(true);
            let micros = scan.seconds()?;
            let micros = if negative { -micros } else { micros };
            let whole = micros / 1_000_000;
            let (&unit, rest) = scan.0.split_first()?;
            scan = Scan(rest);
            match (in_time, unit) {
                (false, b'Y') => self.months += whole.checked_mul(12)?,
                (false, b'M') => self.months += whole,
                (false, b'D') => self.days += whole,
                (true, b'H') => self.add_micros(whole.checked_mul(HOUR))?,
                (true, b'M') => self.add_micros(whole.checked_mul(MINUTE))?,
                (true, b'S') => self.add_micros(Some(micros))?,
                _ => return None,
            }
        }
        Some(())
    }
}

/// `[+-]H…:MM:SS[.ffffff]` in µs.
fn clock(word: &[u8]) -> Option<i64> {
    let mut scan = Scan(word);
    let negative = scan.sign() == Some(true);
    let hours = scan.number()?.checked_mul(HOUR)?;
    scan.expect(b':')?;
    let minutes = scan.number().filter(|&m| m < 60)? * MINUTE;
    scan.expect(b':')?;
    let seconds = scan.seconds().filter(|&s| s < MINUTE && scan.is_empty())?;
    // The lowest interval has no positive counterpart: add with its sign.
    let sign = if negative { -1 } else { 1 };
    (sign * hours)
        .checked_add(sign * minutes)?
        .checked_add(sign * seconds)
}

/// Returns whether the interval can be written; all can.
pub(super) fn write(
    style: IntervalStyle,
    months: i32,
    days: i32,
    micros: i64,
    out: &mut Vec<u8>,
) -> bool {
    match (months, days, micros) {
        (i32::MAX, i32::MAX, i64::MAX) => out.extend_from_slice(b"infinity"),
        (i32::MIN, i32::MIN, i64::MIN) => out.extend_from_slice(b"-infinity"),
        _ => {
            let parts = Parts {
                year: i64::from(months / 12),
                month: i64::from(months % 12),
                day: i64::from(days),
                micros,
            };
            match style {
                IntervalStyle::Postgres => parts.write_postgres(out),
                IntervalStyle::PostgresVerbose => parts.write_verbose(out),
                IntervalStyle::SqlStandard => parts.write_sql(out),
                IntervalStyle::Iso8601 => parts.write_iso(out),
            }
        }
    }
    true
}

struct Parts {
    year: i64,
    month: i64,
    day: i64,
    micros: i64,
}

impl Parts {
    fn write_postgres(&self, out: &mut Vec<u8>) {
        let mut first = true;
        let mut negative_before = false;
        for (value, unit) in [(self.year, "year"), (self.month, "mon"), (self.day, "day")] {
            if value == 0 {
                continue;
            }
            if !first {
                out.push(b' ');
            }
            if negative_before && value > 0 {
                out.push(b'+');
            }
            push_unit(value, unit, out);
            negative_before = value < 0;
            first = false;
        }
        if first || self.micros != 0 {
            if !first {
                out.push(b' ');
            }
            if self.micros < 0 {
                out.push(b'-');
            } else if negative_before {
                out.push(b'+');
            }
            push_clock(self.micros, 2, out);
        }
    }

    fn write_verbose(&self, out: &mut Vec<u8>) {
        out.push(b'@');
        let seconds = self.micros % MINUTE;
        let units = [
            (self.year, "year"),
            (self.month, "mon"),
            (self.day, "day"),
            (self.micros / HOUR, "hour"),
            (self.micros / MINUTE % 60, "min"),
        ];
        // The first part that is not zero decides whether all are told backwards.
        let first = units
            .iter()
            .map(|(value, _)| *value)
            .chain([seconds])
            .find(|&v| v != 0);
        let ago = first.is_some_and(|value| value < 0);
        for (value, unit) in units.into_iter().filter(|(value, _)| *value != 0) {
            out.push(b' ');
            push_unit(if ago { -value } else { value }, unit, out);
        }
        if seconds != 0 {
            out.push(b' ');
            if (seconds < 0) != ago {
                out.push(b'-');
            }
            push_seconds(seconds.unsigned_abs(), 1, out);
            let one = seconds.unsigned_abs() == 1_000_000;
            out.extend_from_slice(if one { b" sec" } else { b" secs" });
        }
        if first.is_none() {
            out.extend_from_slice(b" 0");
        }
        if ago {
            out.extend_from_slice(b" ago");
        }
    }

    fn write_sql(&self, out: &mut Vec<u8>) {
        let all = [self.year, self.month, self.day, self.micros];
        let negative = all.iter().any(|&v| v < 0);
        let positive = all.iter().any(|&v| v > 0);
        let year_month = self.year != 0 || self.month != 0;
        let day_time = self.day != 0 || self.micros != 0;
        if !negative && !positive {
            out.push(b'0');
        } else if (negative && positive) || (year_month && day_time) {
            let sign = |negative| if negative { b'-' } else { b'+' };
            out.push(sign(self.year < 0 || self.month < 0));
            self.push_year_month(out);
            out.extend_from_slice(&[b' ', sign(self.day < 0)]);
            push_padded(self.day.unsigned_abs(), 1, out);
            out.extend_from_slice(&[b' ', sign(self.micros < 0)]);
            push_clock(self.micros, 1, out);
        } else {
            if negative {
                out.push(b'-');
            }
            if year_month {
                self.push_year_month(out);
                return;
            }
            if self.day != 0 {
                push_padded(self.day.unsigned_abs(), 1, out);
                out.push(b' ');
            }
            push_clock(self.micros, 1, out);
        }
    }

    fn push_year_month(&self, out: &mut Vec<u8>) {
        push_padded(self.year.unsigned_abs(), 1, out);
        out.push(b'-');
        push_padded(self.month.unsigned_abs(), 1, out);
    }

    fn write_iso(&self, out: &mut Vec<u8>) {
        let seconds = self.micros % MINUTE;
        out.push(b'P');
        for (value, unit) in [(self.year, b'Y'), (self.month, b'M'), (self.day, b'D')] {
            push_designated(value, unit, out);
        }
        if self.micros != 0 {
            out.push(b'T');
        }
        push_designated(self.micros / HOUR, b'H', out);
        push_designated(self.micros / MINUTE % 60, b'M', out);
        if seconds != 0 {
            if seconds < 0 {
                out.push(b'-');
            }
            push_seconds(seconds.unsigned_abs(), 1, out);
            out.push(b'S');
        }
        if out.last() == Some(&b'P') {
            out.extend_from_slice(b"T0S");
        }
    }
}

fn push_signed(value: i64, out: &mut Vec<u8>) {
    if value < 0 {
        out.push(b'-');
    }
    push_padded(value.unsigned_abs(), 1, out);
}

fn push_unit(value: i64, unit: &str, out: &mut Vec<u8>) {
    push_signed(value, out);
    out.push(b' ');
    out.extend_from_slice(unit.as_bytes());
    if value != 1 {
        out.push(b's');
    }
}

fn push_designated(value: i64, unit: u8, out: &mut Vec<u8>) {
    if value != 0 {
        push_signed(value, out);
        out.push(unit);
    }
}

fn push_clock(micros: i64, hour_width: usize, out: &mut Vec<u8>) {
    let micros = micros.unsigned_abs();
    push_padded(micros / HOUR.unsigned_abs(), hour_width, out);
    out.push(b':');
    push_padded(micros / MINUTE.unsigned_abs() % 60, 2, out);
    out.push(b':');
    push_seconds(micros % MINUTE.unsigned_abs(), 2, out);
}
