//! Keyed replacement of every kind but text: what `hash` and `pseudonym` share.
//!
//! The replacement depends on the entity's key, the kind and the value only, so equal values stay
//! equal wherever they stand. Domains are those of the types: a 2-byte integer has 32,767
//! replacements of its sign, so different values may meet.

use super::{decimal, redact};
use crate::keys::{EntityKey, Tag};
use crate::value::{MaskContext, Masked, Value};
use std::io::Write as _;

/// 1930-01-01 in days since 2000-01-01, and the 36,500 days from there.
const FIRST_DAY: i32 = -25_567;
const DAYS: u64 = 36_500;
const MICROS_PER_DAY: u64 = 86_400_000_000;

/// Replaces a value that is not text.
pub(super) fn replace(
    key: &EntityKey,
    value: Value<'_>,
    cx: &MaskContext<'_>,
    out: &mut Vec<u8>,
) -> Masked {
    match value {
        Value::Int { value, width } => Masked::Int(int(key, value, width)),
        Value::Numeric(text) => match decimal::split(text) {
            Some(number) => {
                numeric(key, text, number, out);
                Masked::Out
            }
            None => redact::neutral(value, b'*', cx, out),
        },
        Value::Float { value, .. } => {
            let mac = key.mac(Tag::Float, &value.to_bits().to_be_bytes());
            // 24 bits are exact in both widths.
            let number = f64::from(u32::from_be_bytes([0, mac[0], mac[1], mac[2]]) + 1);
            Masked::Float(if value < 0.0 { -number } else { number })
        }
        Value::Date(day) => Masked::Date(date(&key.mac(Tag::Date, &day.to_be_bytes()))),
        Value::Timestamp { micros, .. } => {
            let mac = key.mac(Tag::Timestamp, &micros.to_be_bytes());
            let day = i64::from(date(&mac)) * i64_of(MICROS_PER_DAY);
            Masked::Timestamp(day + i64_of(word(&mac, 1) % 86_400 * 1_000_000))
        }
        Value::Time {
            micros,
            zone_seconds,
        } => {
            let mac = key.mac(Tag::Time, &micros.to_be_bytes());
            let micros = i64_of(word(&mac, 1) % 86_400 * 1_000_000);
            Masked::Time {
                micros,
                zone_seconds: zone_seconds.map(|_| 0),
            }
        }
        Value::Uuid(uuid) => Masked::Uuid(uuid_v8(&key.mac(Tag::Uuid, &uuid))),
        Value::Inet {
            address,
            len,
            prefix,
            cidr,
        } => inet(&key.mac(Tag::Inet, &address), len, prefix, cidr),
        Value::Mac { address, len } => {
            let mac = key.mac(Tag::Mac, &address);
            let mut address = [0; 8];
            let used = usize::from(len.min(8));
            address[..used].copy_from_slice(&mac[..used]);
            // Locally administered, unicast: nobody's real device.
            address[0] = address[0] & 0xfc | 2;
            Masked::Mac { address, len }
        }
        Value::Bytes(bytes) => {
            out.extend_from_slice(&key.mac(Tag::Bytes, bytes)[..32]);
            Masked::Out
        }
        Value::Enum(label) => {
            // One of the other labels.
            let others = || cx.enum_labels.iter().filter(|other| ***other != *label);
            let Ok(count @ 1..) = u64::try_from(others().count()) else {
                return redact::neutral(value, b'*', cx, out);
            };
            let pick = usize::try_from(word(&key.mac(Tag::Enum, label), 0) % count);
            match pick.ok().and_then(|at| others().nth(at)) {
                Some(label) => {
                    out.extend_from_slice(label);
                    Masked::Out
                }
                None => Masked::Null,
            }
        }
        // One bit and a span of time have no room for a replacement of their own.
        Value::Text(_) | Value::Bool(_) | Value::Interval { .. } => {
            redact::neutral(value, b'*', cx, out)
        }
    }
}

/// A MAC over the value of another column of the row: what rows of one person have in common. Numbers
/// of all widths and of scale 0 are one kind, text of white space around it is another. `scratch` is
/// left as it was. Nothing for kinds that name nobody.
pub(super) fn row(key: &EntityKey, value: Value<'_>, scratch: &mut Vec<u8>) -> Option<[u8; 64]> {
    let of = |kind: u8, bytes: &[u8]| {
        key.mac_of(Tag::Row, |hasher| {
            hasher.update(&[kind]);
            hasher.update(bytes);
        })
    };
    let from = scratch.len();
    match value {
        Value::Text(text) | Value::Enum(text) => Some(of(1, text.trim_ascii())),
        Value::Int { value, .. } => {
            // Writing to a vector cannot fail.
            drop(write!(scratch, "{value}"));
            let mac = of(2, &scratch[from..]);
            scratch.truncate(from);
            Some(mac)
        }
        Value::Numeric(text) => Some(of(2, text.as_bytes())),
        Value::Uuid(uuid) => Some(of(3, &uuid)),
        Value::Bytes(bytes) => Some(of(4, bytes)),
        Value::Date(_)
        | Value::Timestamp { .. }
        | Value::Time { .. }
        | Value::Interval { .. }
        | Value::Float { .. }
        | Value::Bool(_)
        | Value::Inet { .. }
        | Value::Mac { .. } => None,
    }
}

/// Appends hexadecimal digits of a MAC, as many as it has at most.
pub(super) fn hex(mac: &[u8], length: usize, out: &mut Vec<u8>) {
    let digits = mac.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    let digits = digits.map(|digit| b"0123456789abcdef"[usize::from(digit)]);
    out.extend(digits.take(length));
}

/// Eight bytes of a MAC as a number.
pub(super) fn word(mac: &[u8; 64], index: usize) -> u64 {
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&mac[8 * index..8 * index + 8]);
    u64::from_be_bytes(bytes)
}

/// Never wraps: callers stay below 2^63.
#[allow(clippy::cast_possible_wrap)]
fn i64_of(number: u64) -> i64 {
    number as i64
}

/// Within the width, of the same sign, never 0.
fn int(key: &EntityKey, value: i64, width: u8) -> i64 {
    let max = match width {
        2 => u64::from(i16::MAX.unsigned_abs()),
        4 => u64::from(i32::MAX.unsigned_abs()),
        _ => i64::MAX.unsigned_abs(),
    };
    let magnitude = i64_of(word(&key.mac(Tag::Int, &value.to_be_bytes()), 0) % max + 1);
    if value < 0 { -magnitude } else { magnitude }
}

/// As many whole digits and the same scale and sign; a leading digit is not 0 unless it was.
fn numeric(key: &EntityKey, text: &str, number: decimal::Decimal<'_>, out: &mut Vec<u8>) {
    let mut stream = DigitStream::new(key, Tag::Numeric, text.as_bytes());
    let mut first = number.whole != b"0";
    let whole: &[u8] = if number.whole == b"0" {
        b""
    } else {
        number.whole
    };
    let from = out.len();
    if number.negative {
        out.push(b'-');
    }
    if whole.is_empty() {
        out.push(b'0');
    }
    out.extend(whole.iter().map(|_| {
        let digit = if std::mem::take(&mut first) {
            1 + stream.below(9)
        } else {
            stream.below(10)
        };
        b'0' + digit
    }));
    if !number.fraction.is_empty() {
        out.push(b'.');
    }
    out.extend(number.fraction.iter().map(|_| b'0' + stream.below(10)));
    if number.negative && !out[from..].iter().any(|byte| matches!(byte, b'1'..=b'9')) {
        out.remove(from);
    }
}

fn date(mac: &[u8; 64]) -> i32 {
    FIRST_DAY + i32::try_from(word(mac, 0) % DAYS).unwrap_or(0)
}

/// Version 8 (free form), variant 1: <https://www.rfc-editor.org/rfc/rfc9562#section-5.8>.
fn uuid_v8(mac: &[u8; 64]) -> [u8; 16] {
    let mut uuid = [0; 16];
    uuid.copy_from_slice(&mac[..16]);
    uuid[6] = uuid[6] & 0x0f | 0x80;
    uuid[8] = uuid[8] & 0x3f | 0x80;
    uuid
}

/// A private address of the same family and prefix: 10/8 or fd00::/8.
fn inet(mac: &[u8; 64], len: u8, prefix: u8, cidr: bool) -> Masked {
    let mut address = [0; 16];
    let used = usize::from(len.min(16));
    address[..used].copy_from_slice(&mac[..used]);
    address[0] = if len == 4 { 10 } else { 0xfd };
    if cidr {
        for (index, byte) in address.iter_mut().enumerate() {
            let bits = usize::from(prefix).saturating_sub(8 * index).min(8);
            *byte &= !(0xffu32 >> bits).to_le_bytes()[0];
        }
    }
    Masked::Inet {
        address,
        len,
        prefix,
    }
}

/// An endless stream of pseudo-random small numbers from one value.
pub(super) struct DigitStream<'k> {
    key: &'k EntityKey,
    tag: Tag,
    block: [u8; 64],
    used: usize,
}

impl<'k> DigitStream<'k> {
    pub(super) fn new(key: &'k EntityKey, tag: Tag, canonical: &[u8]) -> DigitStream<'k> {
        DigitStream {
            key,
            tag,
            block: key.mac(tag, canonical),
            used: 0,
        }
    }

    /// A number below `bound`; the bias is below `bound` in 2^16.
    pub(super) fn below(&mut self, bound: u8) -> u8 {
        if self.used + 2 > self.block.len() {
            self.block = self.key.mac(self.tag, &self.block);
            self.used = 0;
        }
        let random = u16::from_be_bytes([self.block[self.used], self.block[self.used + 1]]);
        self.used += 2;
        (random % u16::from(bound)).to_le_bytes()[0]
    }
}
