//! Codecs of leaf types: wire value to [`Scalar`] and back.
//!
//! Each type's own rules live in its file; here is the table of them, once for reading and once for
//! writing. Nothing in it relays by default.

use std::io::Write;

use super::scalar::Scalar;
use super::{
    Encoding, Format, Type, Undecodable, bytea, datetime, fit, float, interval, money, network,
    numeric,
};
use crate::wire::Cursor;

/// Did the new leaf fit its type? If not, the value becomes NULL and what was written is dropped.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fit {
    Written,
    Refused,
}

impl Fit {
    fn from_written(written: bool) -> Self {
        if written {
            Self::Written
        } else {
            Self::Refused
        }
    }
}

/// Reads one leaf. `buffer` is empty and holds decoded bytes where the wire form is not the decoded
/// one.
pub(super) fn decode<'v>(
    ty: &Type,
    encoding: Encoding<'_>,
    value: &'v [u8],
    buffer: &'v mut Vec<u8>,
) -> Result<Scalar<'v>, Undecodable> {
    match encoding.format {
        Format::Text => decode_text(ty, encoding, value, buffer),
        Format::Binary => decode_binary(ty, encoding, value, buffer),
    }
}

/// Writes one leaf of the kind that [`decode`] gave for `original`; `original` supplies what is
/// presentation only (zone suffix, date style, currency sign, padding).
pub(super) fn encode(
    ty: &Type,
    encoding: Encoding<'_>,
    original: &[u8],
    new: Scalar<'_>,
    out: &mut Vec<u8>,
) -> Fit {
    Fit::from_written(match encoding.format {
        Format::Text => encode_text(ty, encoding, original, new, out),
        Format::Binary => encode_binary(ty, encoding, original, new, out),
    })
}

fn decode_text<'v>(
    ty: &Type,
    encoding: Encoding<'_>,
    value: &'v [u8],
    buffer: &'v mut Vec<u8>,
) -> Result<Scalar<'v>, Undecodable> {
    let style = encoding.settings.date_style;
    Ok(match ty {
        Type::Text | Type::Name | Type::Char | Type::Reg | Type::Jsonpath | Type::Opaque => {
            Scalar::Text(value)
        }
        Type::Bpchar => Scalar::Text(unpadded(value)),
        Type::Int2 => int(value, 2, i64::from(i16::MIN), i64::from(i16::MAX))?,
        Type::Int4 => int(value, 4, i64::from(i32::MIN), i64::from(i32::MAX))?,
        Type::Int8 => int(value, 8, i64::MIN, i64::MAX)?,
        Type::Oid => int(value, 4, 0, i64::from(u32::MAX))?,
        Type::Xid8 => int(value, 8, 0, i64::MAX)?,
        Type::Numeric => Scalar::Numeric(numeric::check(value).ok_or(Undecodable::Number)?),
        Type::Float4 => Scalar::Float {
            value: float::parse4(value)?,
            width: 4,
        },
        Type::Float8 => Scalar::Float {
            value: float::parse8(value)?,
            width: 8,
        },
        Type::Money => Scalar::Int {
            value: money::parse(value)?,
            width: 8,
        },
        Type::Bool => Scalar::Bool(match value {
            b"t" => true,
            b"f" => false,
            _ => return Err(Undecodable::Bool),
        }),
        Type::Date => Scalar::Date(datetime::parse_date(value, style)?),
        Type::Time | Type::Timetz => datetime::parse_time(value, *ty == Type::Timetz)?,
        Type::Timestamp | Type::Timestamptz => {
            let zoned = *ty == Type::Timestamptz;
            Scalar::Timestamp {
                micros: datetime::parse_timestamp(value, zoned, style)?,
                zoned,
            }
        }
        Type::Interval => interval::parse(value)?,
        Type::Uuid => Scalar::Uuid(parse_uuid(value).ok_or(Undecodable::Uuid)?),
        Type::Inet => network::parse_inet(value, false)?,
        Type::Cidr => network::parse_inet(value, true)?,
        Type::Macaddr => network::parse_mac(value, 6)?,
        Type::Macaddr8 => network::parse_mac(value, 8)?,
        Type::Bytea => {
            bytea::parse(value, buffer)?;
            Scalar::Bytes(buffer)
        }
        Type::Bits if value.iter().all(|b| matches!(b, b'0' | b'1')) => Scalar::Text(value),
        Type::Bits => return Err(Undecodable::Bits),
        Type::Enum { .. } => Scalar::Enum(value),
        Type::Void
        | Type::Json
        | Type::Jsonb
        | Type::Xml
        | Type::Hstore
        | Type::Tsvector
        | Type::Array { .. }
        | Type::AnyArray
        | Type::Vector { .. }
        | Type::Composite { .. }
        | Type::Record
        | Type::Range { .. }
        | Type::Multirange { .. } => return Err(Undecodable::Length),
    })
}

fn decode_binary<'v>(
    ty: &Type,
    encoding: Encoding<'_>,
    value: &'v [u8],
    buffer: &'v mut Vec<u8>,
) -> Result<Scalar<'v>, Undecodable> {
    let datetime = matches!(
        ty,
        Type::Time | Type::Timetz | Type::Timestamp | Type::Timestamptz | Type::Interval
    );
    if datetime && !encoding.settings.integer_datetimes {
        return Err(Undecodable::FloatDatetimes);
    }
    Ok(match ty {
        Type::Text | Type::Name | Type::Char => Scalar::Text(value),
        Type::Bpchar => Scalar::Text(unpadded(value)),
        Type::Int2 => Scalar::Int {
            value: i16::from_be_bytes(fixed(value)?).into(),
            width: 2,
        },
        Type::Int4 => Scalar::Int {
            value: i32::from_be_bytes(fixed(value)?).into(),
            width: 4,
        },
        Type::Int8 | Type::Money => Scalar::Int {
            value: i64::from_be_bytes(fixed(value)?),
            width: 8,
        },
        Type::Oid | Type::Reg => Scalar::Int {
            value: u32::from_be_bytes(fixed(value)?).into(),
            width: 4,
        },
        Type::Xid8 => {
            let value = u64::from_be_bytes(fixed(value)?);
            let value = i64::try_from(value).map_err(|_| Undecodable::Number)?;
            Scalar::Int { value, width: 8 }
        }
        Type::Numeric => {
            numeric::to_text(value, buffer)?;
            Scalar::Numeric(std::str::from_utf8(buffer).map_err(|_| Undecodable::Number)?)
        }
        Type::Float4 => Scalar::Float {
            value: f32::from_be_bytes(fixed(value)?).into(),
            width: 4,
        },
        Type::Float8 => Scalar::Float {
            value: f64::from_be_bytes(fixed(value)?),
            width: 8,
        },
        Type::Bool => Scalar::Bool(match value {
            [0] => false,
            [1] => true,
            _ => return Err(Undecodable::Bool),
        }),
        Type::Date => Scalar::Date(i32::from_be_bytes(fixed(value)?)),
        Type::Time => {
            let micros = i64::from_be_bytes(fixed(value)?);
            datetime::check_time(micros, None).ok_or(Undecodable::Time)?
        }
        Type::Timetz => {
            let mut cursor = Cursor::new(value);
            let micros = i64::from_be_bytes(fixed(cursor.take(8)?)?);
            let zone = i32::from_be_bytes(fixed(cursor.rest())?);
            datetime::check_time(micros, Some(zone)).ok_or(Undecodable::Time)?
        }
        Type::Timestamp | Type::Timestamptz => Scalar::Timestamp {
            micros: i64::from_be_bytes(fixed(value)?),
            zoned: *ty == Type::Timestamptz,
        },
        Type::Interval => {
            let mut cursor = Cursor::new(value);
            let micros = i64::from_be_bytes(fixed(cursor.take(8)?)?);
            let days = cursor.i32()?;
            let months = i32::from_be_bytes(fixed(cursor.rest())?);
            Scalar::Interval {
                months,
                days,
                micros,
            }
        }
        Type::Uuid => Scalar::Uuid(fixed(value)?),
        Type::Inet => network::inet_from_binary(value, false)?,
        Type::Cidr => network::inet_from_binary(value, true)?,
        Type::Macaddr => network::mac_from_binary(value, 6)?,
        Type::Macaddr8 => network::mac_from_binary(value, 8)?,
        Type::Bytea | Type::Opaque => Scalar::Bytes(value),
        Type::Bits => {
            bits_to_text(value, buffer)?;
            Scalar::Text(buffer)
        }
        Type::Jsonpath => match value {
            [1, text @ ..] => Scalar::Text(text),
            _ => return Err(Undecodable::Version),
        },
        Type::Enum { .. } => Scalar::Enum(value),
        Type::Void
        | Type::Json
        | Type::Jsonb
        | Type::Xml
        | Type::Hstore
        | Type::Tsvector
        | Type::Array { .. }
        | Type::AnyArray
        | Type::Vector { .. }
        | Type::Composite { .. }
        | Type::Record
        | Type::Range { .. }
        | Type::Multirange { .. } => return Err(Undecodable::Length),
    })
}

/// Returns whether the new leaf fits.
fn encode_text(
    ty: &Type,
    encoding: Encoding<'_>,
    original: &[u8],
    new: Scalar<'_>,
    out: &mut Vec<u8>,
) -> bool {
    let style = encoding.settings.date_style;
    match (ty, new) {
        (Type::Text | Type::Bpchar | Type::Name | Type::Char, Scalar::Text(text)) => {
            write_text(ty, encoding, original, text, out)
        }
        (
            Type::Int2 | Type::Int4 | Type::Int8 | Type::Oid | Type::Xid8,
            Scalar::Int { value, .. },
        ) => in_range(ty, value) && write!(out, "{value}").is_ok(),
        (Type::Numeric, Scalar::Numeric(text)) => numeric::write_plain(text, out),
        (Type::Float4, Scalar::Float { value, .. }) => float::write4(value, out),
        (Type::Float8, Scalar::Float { value, .. }) => float::write8(value, out),
        (Type::Money, Scalar::Int { value, .. }) => money::write(original, value, out),
        (Type::Bool, Scalar::Bool(value)) => {
            out.push(if value { b't' } else { b'f' });
            true
        }
        (Type::Date, Scalar::Date(days)) => datetime::write_date(original, style, days, out),
        (
            Type::Time | Type::Timetz,
            Scalar::Time {
                micros,
                zone_seconds,
            },
        ) => datetime::write_time(micros, zone_seconds, out),
        (Type::Timestamp | Type::Timestamptz, Scalar::Timestamp { micros, zoned }) => {
            datetime::write_timestamp(original, style, micros, zoned, out)
        }
        (
            Type::Interval,
            Scalar::Interval {
                months,
                days,
                micros,
            },
        ) => {
            let style = interval::style_of(original, encoding.settings.interval_style);
            interval::write(style, months, days, micros, out)
        }
        (Type::Uuid, Scalar::Uuid(bytes)) => write_uuid(bytes, out),
        (
            Type::Inet | Type::Cidr,
            Scalar::Inet {
                address,
                len,
                prefix,
                cidr,
            },
        ) => network::write_inet(address, len, prefix, cidr, out),
        (Type::Macaddr | Type::Macaddr8, Scalar::Mac { address, len }) => {
            network::write_mac(address, len, out)
        }
        (Type::Bytea, Scalar::Bytes(bytes)) => bytea::write(original, bytes, out),
        (Type::Bits, Scalar::Text(bits)) => {
            let fits =
                bits.len() == original.len() && bits.iter().all(|b| matches!(b, b'0' | b'1'));
            out.extend_from_slice(bits);
            fits
        }
        (Type::Enum { labels }, Scalar::Enum(label)) => write_label(labels, label, out),
        _ => false,
    }
}

/// Returns whether the new leaf fits.
fn encode_binary(
    ty: &Type,
    encoding: Encoding<'_>,
    original: &[u8],
    new: Scalar<'_>,
    out: &mut Vec<u8>,
) -> bool {
    match (ty, new) {
        (Type::Text | Type::Bpchar | Type::Name | Type::Char, Scalar::Text(text)) => {
            write_text(ty, encoding, original, text, out)
        }
        (
            Type::Int2 | Type::Int4 | Type::Int8 | Type::Oid | Type::Xid8 | Type::Reg | Type::Money,
            Scalar::Int { value, width },
        ) => {
            let bytes = value.to_be_bytes();
            out.extend_from_slice(&bytes[8 - usize::from(width.min(8))..]);
            in_range(ty, value)
        }
        (Type::Numeric, Scalar::Numeric(text)) => numeric::write_binary(text, out),
        (Type::Float4, Scalar::Float { value, .. }) => {
            let narrow = float::narrow(value);
            out.extend_from_slice(&narrow.unwrap_or_default().to_be_bytes());
            narrow.is_some()
        }
        (Type::Float8, Scalar::Float { value, .. }) => {
            out.extend_from_slice(&value.to_be_bytes());
            true
        }
        (Type::Bool, Scalar::Bool(value)) => {
            out.push(u8::from(value));
            true
        }
        (Type::Date, Scalar::Date(days)) => {
            out.extend_from_slice(&days.to_be_bytes());
            datetime::date_in_range(days)
        }
        (
            Type::Time | Type::Timetz,
            Scalar::Time {
                micros,
                zone_seconds,
            },
        ) => {
            out.extend_from_slice(&micros.to_be_bytes());
            if let Some(zone) = zone_seconds {
                out.extend_from_slice(&zone.to_be_bytes());
            }
            datetime::check_time(micros, zone_seconds).is_some()
        }
        (Type::Timestamp | Type::Timestamptz, Scalar::Timestamp { micros, .. }) => {
            out.extend_from_slice(&micros.to_be_bytes());
            datetime::timestamp_in_range(micros)
        }
        (
            Type::Interval,
            Scalar::Interval {
                months,
                days,
                micros,
            },
        ) => {
            out.extend_from_slice(&micros.to_be_bytes());
            out.extend_from_slice(&days.to_be_bytes());
            out.extend_from_slice(&months.to_be_bytes());
            true
        }
        (Type::Uuid, Scalar::Uuid(bytes)) => {
            out.extend_from_slice(&bytes);
            true
        }
        (
            Type::Inet | Type::Cidr,
            Scalar::Inet {
                address,
                len,
                prefix,
                cidr,
            },
        ) => network::inet_to_binary(address, len, prefix, cidr, out),
        (Type::Macaddr | Type::Macaddr8, Scalar::Mac { address, len }) => {
            out.extend_from_slice(&address[..usize::from(len.min(8))]);
            true
        }
        (Type::Bytea, Scalar::Bytes(bytes)) => {
            out.extend_from_slice(bytes);
            true
        }
        (Type::Bits, Scalar::Text(bits)) => bits_from_text(original, bits, out),
        (Type::Enum { labels }, Scalar::Enum(label)) => write_label(labels, label, out),
        _ => false,
    }
}

/// Makes what lies behind `start` a text in the client's encoding; returns whether it could.
///
/// Maskers write UTF-8. In another encoding, bytes outside ASCII are not worth a client that cannot
/// decode its row: each becomes a `?`. No PostgreSQL text holds a NUL.
pub(super) fn make_text(encoding: Encoding<'_>, out: &mut [u8], start: usize) -> bool {
    let text = &mut out[start..];
    if encoding.settings.client_encoding_is_utf8 {
        return std::str::from_utf8(text).is_ok() && !text.contains(&0);
    }
    text.iter_mut()
        .filter(|byte| !byte.is_ascii())
        .for_each(|byte| *byte = b'?');
    !text.contains(&0)
}

fn write_text(
    ty: &Type,
    encoding: Encoding<'_>,
    original: &[u8],
    text: &[u8],
    out: &mut Vec<u8>,
) -> bool {
    let start = out.len();
    out.extend_from_slice(text);
    let fits = make_text(encoding, out, start);
    match ty {
        // A character(n) always comes with n characters.
        Type::Bpchar => fit::resize(out, start, fit::characters(original)),
        Type::Name => fit::truncate_bytes(out, start, 63),
        Type::Char => fit::truncate_bytes(out, start, 1),
        _ => {}
    }
    fits
}

fn write_label(labels: &[Box<[u8]>], label: &[u8], out: &mut Vec<u8>) -> bool {
    out.extend_from_slice(label);
    labels.iter().any(|known| **known == *label)
}

fn unpadded(value: &[u8]) -> &[u8] {
    let len = value
        .iter()
        .rposition(|&b| b != b' ')
        .map_or(0, |last| last + 1);
    &value[..len]
}

fn in_range(ty: &Type, value: i64) -> bool {
    match ty {
        Type::Int2 => i16::try_from(value).is_ok(),
        Type::Int4 => i32::try_from(value).is_ok(),
        Type::Oid | Type::Reg => u32::try_from(value).is_ok(),
        Type::Xid8 => value >= 0,
        Type::Int8 | Type::Money => true,
        _ => false,
    }
}

fn int(value: &[u8], width: u8, min: i64, max: i64) -> Result<Scalar<'static>, Undecodable> {
    let text = std::str::from_utf8(value).map_err(|_| Undecodable::Number)?;
    let value: i64 = text.parse().map_err(|_| Undecodable::Number)?;
    if value < min || value > max || text.starts_with('+') {
        return Err(Undecodable::Number);
    }
    Ok(Scalar::Int { value, width })
}

fn fixed<const N: usize>(value: &[u8]) -> Result<[u8; N], Undecodable> {
    value.try_into().map_err(|_| Undecodable::Length)
}

fn parse_uuid(value: &[u8]) -> Option<[u8; 16]> {
    let mut bytes = [0; 16];
    let mut digits = 0;
    for (at, &byte) in value.iter().enumerate() {
        if matches!(at, 8 | 13 | 18 | 23) {
            if byte != b'-' {
                return None;
            }
            continue;
        }
        let digit = bytea::hex_digit(byte)?;
        *bytes.get_mut(digits / 2)? |= if digits % 2 == 0 { digit << 4 } else { digit };
        digits += 1;
    }
    (digits == 32).then_some(bytes)
}

fn write_uuid(bytes: [u8; 16], out: &mut Vec<u8>) -> bool {
    for (at, byte) in bytes.iter().enumerate() {
        if matches!(at, 4 | 6 | 8 | 10) {
            out.push(b'-');
        }
        bytea::push_hex(*byte, out);
    }
    true
}

/// <https://github.com/postgres/postgres/blob/master/src/backend/utils/adt/varbit.c>: a bit count,
/// then the bits from the highest of the first byte on.
fn bits_to_text(value: &[u8], out: &mut Vec<u8>) -> Result<(), Undecodable> {
    let mut cursor = Cursor::new(value);
    let count = usize::try_from(cursor.i32()?).map_err(|_| Undecodable::Bits)?;
    let bytes = cursor.rest();
    if bytes.len() != count.div_ceil(8) {
        return Err(Undecodable::Bits);
    }
    out.extend((0..count).map(|at| b'0' + (bytes[at / 8] >> (7 - at % 8) & 1)));
    Ok(())
}

fn bits_from_text(original: &[u8], bits: &[u8], out: &mut Vec<u8>) -> bool {
    let Ok(count) = i32::try_from(bits.len()) else {
        return false;
    };
    if !original.starts_with(&count.to_be_bytes()) {
        return false;
    }
    out.extend_from_slice(&count.to_be_bytes());
    for chunk in bits.chunks(8) {
        let mut byte = 0;
        for (at, bit) in chunk.iter().enumerate() {
            match bit {
                b'0' => {}
                b'1' => byte |= 0x80 >> at,
                _ => return false,
            }
        }
        out.push(byte);
    }
    true
}
