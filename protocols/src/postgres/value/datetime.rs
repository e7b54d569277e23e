//! date, time and timestamp texts in the four layouts of `DateStyle`.
//!
//! The layout is read off the text itself; only the order of day and month comes from the settings,
//! and not even that when one of them exceeds twelve. A zone is kept as received (`+01`, ` CET`) and
//! the local time is computed anew, so a masked timestamp stays in the layout the client expects.
//!
//! <https://www.postgresql.org/docs/current/datatype-datetime.html#DATATYPE-DATETIME-OUTPUT>

use super::calendar::{DAY_MICROS, Scan, date_of, days_of, push_padded, push_seconds, weekday};
use super::{DateFormat, DateStyle, Scalar, Undecodable};

/// First and last day (Julian day 0 to the year 5874897).
const DATE_MIN: i32 = -2_451_545;
const DATE_END: i32 = 2_145_031_949;
/// 4713-11-24 BC, inclusive, and the year 294277, exclusive.
const TIMESTAMP_MIN: i64 = -211_813_488_000_000_000;
const TIMESTAMP_END: i64 = 9_223_371_331_200_000_000;
/// Zone offsets stay below 16 hours.
const ZONE_SECONDS_MAX: i32 = 16 * 3600;

const MONTHS: [&[u8; 3]; 12] = [
    b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec",
];
const WEEKDAYS: [&[u8; 3]; 7] = [b"Sun", b"Mon", b"Tue", b"Wed", b"Thu", b"Fri", b"Sat"];

/// Zone abbreviations of the server's default set that mean one offset: hours east of UTC, halved.
/// Others are read as UTC: the leaf is then off by the offset, the masked text still is consistent
/// with itself, since the same offset is taken away again.
const ABBREVIATIONS: [(&[u8], i32); 24] = [
    (b"UTC", 0),
    (b"GMT", 0),
    (b"WET", 0),
    (b"WEST", 2),
    (b"BST", 2),
    (b"CET", 2),
    (b"CEST", 4),
    (b"MEZ", 2),
    (b"MESZ", 4),
    (b"EET", 4),
    (b"EEST", 6),
    (b"MSK", 6),
    (b"EST", -10),
    (b"EDT", -8),
    (b"CST", -12),
    (b"CDT", -10),
    (b"MST", -14),
    (b"MDT", -12),
    (b"PST", -16),
    (b"PDT", -14),
    (b"JST", 18),
    (b"KST", 18),
    (b"AEST", 20),
    (b"AEDT", 22),
];

/// Is this a date that PostgreSQL can hold, ±infinity included?
pub(super) fn date_in_range(days: i32) -> bool {
    (DATE_MIN..DATE_END).contains(&days) || days == i32::MAX || days == i32::MIN
}

/// Is this a timestamp that PostgreSQL can hold, ±infinity included?
pub(super) fn timestamp_in_range(micros: i64) -> bool {
    (TIMESTAMP_MIN..TIMESTAMP_END).contains(&micros) || micros == i64::MAX || micros == i64::MIN
}

/// The leaf of a time, if both parts are in range.
pub(super) fn check_time(micros: i64, zone_seconds: Option<i32>) -> Option<Scalar<'static>> {
    let zone_fits =
        zone_seconds.is_none_or(|zone| (-ZONE_SECONDS_MAX..=ZONE_SECONDS_MAX).contains(&zone));
    ((0..=DAY_MICROS).contains(&micros) && zone_fits).then_some(Scalar::Time {
        micros,
        zone_seconds,
    })
}

pub(super) fn parse_date(value: &[u8], style: DateStyle) -> Result<i32, Undecodable> {
    match value {
        b"infinity" => return Ok(i32::MAX),
        b"-infinity" => return Ok(i32::MIN),
        _ => {}
    }
    let (text, bc) = without_era(value);
    let mut scan = Scan(text);
    let day = scan_day(&mut scan, style)
        .filter(|_| scan.is_empty())
        .ok_or(Undecodable::Date)?;
    let days = day
        .days(bc)
        .and_then(|days| i32::try_from(days).ok())
        .ok_or(Undecodable::Date)?;
    if date_in_range(days) {
        Ok(days)
    } else {
        Err(Undecodable::Date)
    }
}

/// Returns whether the date is in range.
pub(super) fn write_date(original: &[u8], style: DateStyle, days: i32, out: &mut Vec<u8>) -> bool {
    match days {
        i32::MAX => out.extend_from_slice(b"infinity"),
        i32::MIN => out.extend_from_slice(b"-infinity"),
        _ => {
            let mut scan = Scan(without_era(original).0);
            let style = scan_day(&mut scan, style).map_or(style, |day| day.style);
            let date = date_of(days.into());
            push_day(style, date, out);
            push_era(date.0, out);
        }
    }
    date_in_range(days)
}

pub(super) fn parse_time(value: &[u8], zoned: bool) -> Result<Scalar<'static>, Undecodable> {
    let mut scan = Scan(value);
    let micros = scan_time(&mut scan).ok_or(Undecodable::Time)?;
    let zone = match (zoned, scan.is_empty()) {
        (true, false) => Some(offset_of(scan.0).ok_or(Undecodable::Time)?),
        (false, true) => None,
        _ => return Err(Undecodable::Time),
    };
    check_time(micros, zone).ok_or(Undecodable::Time)
}

/// Returns whether the time is in range.
pub(super) fn write_time(micros: i64, zone_seconds: Option<i32>, out: &mut Vec<u8>) -> bool {
    if check_time(micros, zone_seconds).is_none() {
        return false;
    }
    push_time(micros, out);
    if let Some(zone) = zone_seconds {
        push_offset(zone, out);
    }
    true
}

/// µs since 2000-01-01, in UTC if zoned.
pub(super) fn parse_timestamp(
    value: &[u8],
    zoned: bool,
    style: DateStyle,
) -> Result<i64, Undecodable> {
    match value {
        b"infinity" => return Ok(i64::MAX),
        b"-infinity" => return Ok(i64::MIN),
        _ => {}
    }
    let moment = Moment::parse(value, zoned, style).ok_or(Undecodable::Time)?;
    let micros = moment
        .local_micros()
        .and_then(|local| local.checked_add(moment.west_micros));
    micros
        .filter(|&micros| timestamp_in_range(micros))
        .ok_or(Undecodable::Time)
}

/// Returns whether the timestamp is in range.
pub(super) fn write_timestamp(
    original: &[u8],
    style: DateStyle,
    micros: i64,
    zoned: bool,
    out: &mut Vec<u8>,
) -> bool {
    match micros {
        i64::MAX => out.extend_from_slice(b"infinity"),
        i64::MIN => out.extend_from_slice(b"-infinity"),
        _ => {
            let moment = Moment::parse(original, zoned, style)
                .unwrap_or_else(|| Moment::plain(style, zoned));
            let Some(local) = micros.checked_sub(moment.west_micros) else {
                return false;
            };
            moment.write(local, out);
        }
    }
    timestamp_in_range(micros)
}

/// A day as it is written.
#[derive(Clone, Copy)]
struct Day {
    year: i64,
    month: i64,
    day: i64,
    /// The layout it is written in.
    style: DateStyle,
}

impl Day {
    fn days(&self, bc: bool) -> Option<i64> {
        let year = if bc { 1 - self.year } else { self.year };
        days_of(year, self.month, self.day)
    }
}

/// A timestamp as it is written.
struct Moment<'a> {
    day: Day,
    bc: bool,
    time_micros: i64,
    /// What the zone adds to local time; 0 without a zone.
    west_micros: i64,
    /// The zone as received, its leading space included; empty without one.
    zone: &'a [u8],
}

impl<'a> Moment<'a> {
    fn parse(value: &'a [u8], zoned: bool, style: DateStyle) -> Option<Self> {
        let (text, bc) = without_era(value);
        let mut scan = Scan(text);
        let (day, time_micros) = if text.first().is_some_and(u8::is_ascii_alphabetic) {
            scan_postgres(&mut scan)?
        } else {
            let day = scan_day(&mut scan, style)?;
            scan.expect(b' ')?;
            (day, scan_time(&mut scan)?)
        };
        let zone = scan.0;
        let west_micros = match (zoned, zone.is_empty()) {
            (true, false) => i64::from(offset_of(zone)?) * 1_000_000,
            (false, true) => 0,
            _ => return None,
        };
        Some(Self {
            day,
            bc,
            time_micros,
            west_micros,
            zone,
        })
    }

    /// How to write a finite value where infinity was.
    fn plain(style: DateStyle, zoned: bool) -> Self {
        let day = Day {
            year: 2000,
            month: 1,
            day: 1,
            style,
        };
        let zone: &[u8] = match (zoned, style.format) {
            (false, _) => b"",
            (true, DateFormat::Postgres) => b" +00",
            (true, _) => b"+00",
        };
        Self {
            day,
            bc: false,
            time_micros: 0,
            west_micros: 0,
            zone,
        }
    }

    fn local_micros(&self) -> Option<i64> {
        self.day
            .days(self.bc)?
            .checked_mul(DAY_MICROS)?
            .checked_add(self.time_micros)
    }

    fn write(&self, local: i64, out: &mut Vec<u8>) {
        let (days, time) = (local.div_euclid(DAY_MICROS), local.rem_euclid(DAY_MICROS));
        let date = date_of(days);
        if self.day.style.format == DateFormat::Postgres {
            let (year, month, day) = date;
            out.extend_from_slice(WEEKDAYS[weekday(days)]);
            out.push(b' ');
            let name = usize::try_from(month - 1)
                .ok()
                .and_then(|at| MONTHS.get(at));
            let name = name.map_or(&b""[..], |name| name.as_slice());
            if self.day.style.day_first {
                push_padded(day.unsigned_abs(), 2, out);
                out.push(b' ');
                out.extend_from_slice(name);
            } else {
                out.extend_from_slice(name);
                out.push(b' ');
                push_padded(day.unsigned_abs(), 2, out);
            }
            out.push(b' ');
            push_time(time, out);
            out.push(b' ');
            push_padded(shown_year(year), 4, out);
        } else {
            push_day(self.day.style, date, out);
            out.push(b' ');
            push_time(time, out);
        }
        out.extend_from_slice(self.zone);
        push_era(date.0, out);
    }
}

/// `Thu Dec 31 13:14:15 2020` or `Thu 31 Dec 13:14:15 2020`.
fn scan_postgres(scan: &mut Scan<'_>) -> Option<(Day, i64)> {
    if scan.letters().len() != 3 {
        return None;
    }
    scan.expect(b' ')?;
    let day_first = scan.0.first()?.is_ascii_digit();
    let (month, day);
    if day_first {
        day = scan.number()?;
        scan.expect(b' ')?;
        month = scan_month(scan)?;
    } else {
        month = scan_month(scan)?;
        scan.expect(b' ')?;
        day = scan.number()?;
    }
    scan.expect(b' ')?;
    let time = scan_time(scan)?;
    scan.expect(b' ')?;
    let year = scan.number()?;
    let style = DateStyle {
        format: DateFormat::Postgres,
        day_first,
    };
    Some((
        Day {
            year,
            month,
            day,
            style,
        },
        time,
    ))
}

fn scan_month(scan: &mut Scan<'_>) -> Option<i64> {
    let name = scan.letters();
    let at = MONTHS.iter().position(|known| known.as_slice() == name)?;
    Some(at as i64 + 1)
}

/// A date of digits, in the layout that its separators tell.
fn scan_day(scan: &mut Scan<'_>, style: DateStyle) -> Option<Day> {
    let first = scan.digits();
    let separator = *scan.0.first()?;
    let a = super::calendar::number(first)?;
    scan.expect(separator)?;
    let b = scan.number()?;
    scan.expect(separator)?;
    let c = scan.number()?;
    let format = match separator {
        b'-' if first.len() >= 4 => DateFormat::Iso,
        b'-' => DateFormat::Postgres,
        b'/' => DateFormat::Sql,
        b'.' => DateFormat::German,
        _ => return None,
    };
    let day_first = match format {
        DateFormat::Iso => style.day_first,
        DateFormat::German => true,
        DateFormat::Sql | DateFormat::Postgres => (style.day_first || a > 12) && b <= 12,
    };
    let (year, month, day) = match (format, day_first) {
        (DateFormat::Iso, _) => (a, b, c),
        (_, true) => (c, b, a),
        (_, false) => (c, a, b),
    };
    Some(Day {
        year,
        month,
        day,
        style: DateStyle { format, day_first },
    })
}

/// `HH:MM:SS[.ffffff]`, at most 24:00:00, in µs.
fn scan_time(scan: &mut Scan<'_>) -> Option<i64> {
    let hours = scan.number().filter(|&h| h <= 24)?;
    scan.expect(b':')?;
    let minutes = scan.number().filter(|&m| m < 60)?;
    scan.expect(b':')?;
    let seconds = scan.seconds().filter(|&s| s < 60_000_000)?;
    let micros = (hours * 60 + minutes) * 60_000_000 + seconds;
    (micros <= DAY_MICROS).then_some(micros)
}

/// Seconds west of UTC of `+01`, `-03:30`, `+00:19:32`, ` +01`, ` CET`.
fn offset_of(zone: &[u8]) -> Option<i32> {
    let mut scan = Scan(zone);
    let spaced = scan.eat(b' ');
    let Some(negative) = scan.sign() else {
        let known = ABBREVIATIONS.iter().find(|(name, _)| *name == scan.0);
        let plausible = spaced && scan.0.iter().all(u8::is_ascii_alphanumeric);
        return plausible.then(|| known.map_or(0, |(_, halves)| -halves * 1800));
    };
    let digits = scan.digits();
    let mut seconds = super::calendar::number(digits.get(..2.min(digits.len()))?)? * 3600;
    // Zones without a name are abbreviated as ` +0545`.
    match digits.get(2..) {
        None | Some([]) => {}
        Some(minutes @ [_, _]) => seconds += super::calendar::number(minutes)? * 60,
        Some(_) => return None,
    }
    if scan.eat(b':') {
        seconds += scan.number().filter(|&m| m < 60)? * 60;
        if scan.eat(b':') {
            seconds += scan.number().filter(|&s| s < 60)?;
        }
    }
    let seconds = i32::try_from(seconds)
        .ok()
        .filter(|&s| s <= ZONE_SECONDS_MAX && scan.is_empty())?;
    Some(if negative { seconds } else { -seconds })
}

fn without_era(value: &[u8]) -> (&[u8], bool) {
    value
        .strip_suffix(b" BC")
        .map_or((value, false), |text| (text, true))
}

fn shown_year(year: i64) -> u64 {
    if year > 0 {
        year.unsigned_abs()
    } else {
        (1 - year).unsigned_abs()
    }
}

fn push_era(year: i64, out: &mut Vec<u8>) {
    if year <= 0 {
        out.extend_from_slice(b" BC");
    }
}

fn push_day(style: DateStyle, (year, month, day): (i64, i64, i64), out: &mut Vec<u8>) {
    let year = (shown_year(year), 4);
    let (month, day) = ((month.unsigned_abs(), 2), (day.unsigned_abs(), 2));
    let (separator, parts) = match (style.format, style.day_first) {
        (DateFormat::Iso, _) => (b'-', [year, month, day]),
        (DateFormat::German, _) => (b'.', [day, month, year]),
        (DateFormat::Sql, true) => (b'/', [day, month, year]),
        (DateFormat::Sql, false) => (b'/', [month, day, year]),
        (DateFormat::Postgres, true) => (b'-', [day, month, year]),
        (DateFormat::Postgres, false) => (b'-', [month, day, year]),
    };
    for (at, (value, width)) in parts.into_iter().enumerate() {
        if at > 0 {
            out.push(separator);
        }
        push_padded(value, width, out);
    }
}

fn push_time(micros: i64, out: &mut Vec<u8>) {
    let micros = micros.unsigned_abs();
    push_padded(micros / 3_600_000_000, 2, out);
    out.push(b':');
    push_padded(micros / 60_000_000 % 60, 2, out);
    out.push(b':');
    push_seconds(micros % 60_000_000, 2, out);
}

fn push_offset(west_seconds: i32, out: &mut Vec<u8>) {
    out.push(if west_seconds <= 0 { b'+' } else { b'-' });
    let seconds = u64::from(west_seconds.unsigned_abs());
    push_padded(seconds / 3600, 2, out);
    if !seconds.is_multiple_of(3600) {
        out.push(b':');
        push_padded(seconds / 60 % 60, 2, out);
    }
    if !seconds.is_multiple_of(60) {
        out.push(b':');
        push_padded(seconds % 60, 2, out);
    }
}
