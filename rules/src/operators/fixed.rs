//! `fixed`: every value becomes the same one, given by `value` and read as a value of the column's type.

use super::entry::{Entry, Example, Kind, OptionDoc, Properties, Uniqueness};
use super::{Operator, Options, calendar, decimal};
use crate::pack::table::Plain;
use crate::value::{MaskContext, Masked, Value};
use std::net::IpAddr;

pub(super) static ENTRY: Entry = Entry {
    name: "fixed",
    summary: "Every value becomes the same one.",
    details: "The `value` is read as a value of the type of the column; where it is none (text in an integer column, a\n\
     label that an enum lacks) the masked value is null.",
    properties: Properties {
        keyed: false,
        deterministic: true,
        joinable: false,
        uniqueness: Uniqueness::Lossy,
        reversible: false,
        length_kept: false,
    },
    kinds: &Kind::ALL,
    options: &[OptionDoc {
        name: "value",
        default: "required",
        about: "The value: text, a number, a truth value, a date, a UUID or an address.",
    }],
    examples: &[
        Example::text(
            "X",
            r#"operator = "fixed", value = "[removed]""#,
            "secret",
            "[removed]",
        ),
        Example::of(
            r#"operator = "fixed", value = 1970-01-01"#,
            Value::Date(9196),
            "1970-01-01",
        ),
    ],
    build,
};

pub(super) fn build(options: &mut Options<'_>) -> Box<dyn Operator> {
    let text = match options.plain("value") {
        Some(Plain::String(text) | Plain::Datetime(text)) => text,
        Some(Plain::Integer(number)) => number.to_string(),
        Some(Plain::Float(number)) => number.to_string(),
        Some(Plain::Bool(flag)) => flag.to_string(),
        None => {
            options.missing(
                "value",
                "add `value = \"...\"`, `value = 0` or `value = 1970-01-01`",
            );
            String::new()
        }
    };
    Box::new(Fixed::new(text))
}

/// The text and all that it can be read as.
#[derive(Debug)]
struct Fixed {
    int: Option<i64>,
    float: Option<f64>,
    numeric: bool,
    bool: Option<bool>,
    day: Option<i32>,
    micros: Option<i64>,
    time: Option<i64>,
    uuid: Option<[u8; 16]>,
    ip: Option<IpAddr>,
    mac: Option<([u8; 8], u8)>,
    text: String,
}

impl Fixed {
    fn new(text: String) -> Fixed {
        let day = calendar::leading_iso(text.as_bytes()).and_then(|day| i32::try_from(day).ok());
        let whole_day = day.filter(|_| text.len() == 10);
        let clock = text
            .get(11..)
            .filter(|_| day.is_some())
            .and_then(time_of_day);
        let of_day = if whole_day.is_some() { Some(0) } else { clock };
        Fixed {
            int: text.parse().ok(),
            float: text.parse().ok().filter(|number: &f64| number.is_finite()),
            numeric: decimal::split(&text).is_some(),
            bool: text.parse().ok(),
            day: whole_day,
            micros: day
                .zip(of_day)
                .map(|(day, time)| i64::from(day) * 86_400_000_000 + time),
            time: time_of_day(&text),
            uuid: uuid(&text),
            ip: text.parse().ok(),
            mac: mac(&text),
            text,
        }
    }
}

impl Operator for Fixed {
    fn generalises(&self) -> bool {
        true
    }

    fn mask(&self, value: Value<'_>, cx: &MaskContext<'_>, out: &mut Vec<u8>) -> Masked {
        let text = |out: &mut Vec<u8>| {
            out.extend_from_slice(self.text.as_bytes());
            Masked::Out
        };
        let masked = match value {
            Value::Text(_) | Value::Bytes(_) => Some(text(out)),
            Value::Int { width, .. } => self.int.filter(|n| fits(*n, width)).map(Masked::Int),
            Value::Numeric(_) => self.numeric.then(|| text(out)),
            Value::Float { width: 4, .. } => {
                #[allow(clippy::cast_possible_truncation)]
                let narrow = self.float.map(|number| f64::from(number as f32));
                narrow
                    .filter(|number| number.is_finite())
                    .map(Masked::Float)
            }
            Value::Float { .. } => self.float.map(Masked::Float),
            Value::Bool(_) => self.bool.map(Masked::Bool),
            Value::Date(_) => self.day.map(Masked::Date),
            Value::Timestamp { .. } => self.micros.map(Masked::Timestamp),
            Value::Time { zone_seconds, .. } => self.time.map(|micros| Masked::Time {
                micros,
                zone_seconds: zone_seconds.map(|_| 0),
            }),
            Value::Uuid(_) => self.uuid.map(Masked::Uuid),
            Value::Inet { len, .. } => self.ip.and_then(|ip| inet(ip, len)),
            Value::Enum(_) => {
                let known = cx
                    .enum_labels
                    .iter()
                    .any(|label| **label == *self.text.as_bytes());
                known.then(|| text(out))
            }
            Value::Mac { len, .. } => self
                .mac
                .filter(|(_, of_text)| *of_text == len)
                .map(|(address, len)| Masked::Mac { address, len }),
            Value::Interval { .. } => None,
        };
        masked.unwrap_or(Masked::Null)
    }
}

fn fits(number: i64, width: u8) -> bool {
    match width {
        2 => i16::try_from(number).is_ok(),
        4 => i32::try_from(number).is_ok(),
        _ => true,
    }
}

/// Microseconds of `HH:MM` or `HH:MM:SS`.
fn time_of_day(text: &str) -> Option<i64> {
    let mut parts = text.trim_end_matches('Z').split(':');
    let mut part = |max: i64| {
        let number: i64 = parts.next()?.parse().ok()?;
        (0..=max).contains(&number).then_some(number)
    };
    let (hours, minutes) = (part(23)?, part(59)?);
    let seconds = part(59);
    if parts.next().is_some() || (seconds.is_none() && text.matches(':').count() > 1) {
        return None;
    }
    Some(((hours * 60 + minutes) * 60 + seconds.unwrap_or(0)) * 1_000_000)
}

fn uuid(text: &str) -> Option<[u8; 16]> {
    let mut digits = text.chars().filter(|c| *c != '-').map(|c| c.to_digit(16));
    let mut uuid = [0; 16];
    for byte in &mut uuid {
        let (high, low) = (digits.next()??, digits.next()??);
        *byte = u8::try_from(high * 16 + low).ok()?;
    }
    digits.next().is_none().then_some(uuid)
}

/// A hardware address of 6 or 8 pairs of hexadecimal digits between colons.
fn mac(text: &str) -> Option<([u8; 8], u8)> {
    let mut address = [0; 8];
    let mut len = 0;
    for part in text.split(':') {
        let is_pair = part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_hexdigit());
        let byte = u8::from_str_radix(part, 16).ok().filter(|_| is_pair)?;
        *address.get_mut(usize::from(len))? = byte;
        len += 1;
    }
    matches!(len, 6 | 8).then_some((address, len))
}

fn inet(ip: IpAddr, len: u8) -> Option<Masked> {
    let mut address = [0; 16];
    let prefix = match (ip, len) {
        (IpAddr::V4(ip), 4) => {
            address[..4].copy_from_slice(&ip.octets());
            32
        }
        (IpAddr::V6(ip), 16) => {
            address = ip.octets();
            128
        }
        _ => return None,
    };
    Some(Masked::Inet {
        address,
        len,
        prefix,
    })
}
