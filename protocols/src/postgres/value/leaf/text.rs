//! Leaves in text.

use std::io::Write;

use super::super::{bytea, datetime, float, interval, money, network, numeric};
use super::{Encoding, Scalar, Type, Undecodable, in_range, unpadded, write_label, write_text};

/// Reads the text form of a leaf.
pub(super) fn decode<'v>(
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

/// Returns whether the new leaf fits.
pub(super) fn encode(
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

fn int(value: &[u8], width: u8, min: i64, max: i64) -> Result<Scalar<'static>, Undecodable> {
    let text = std::str::from_utf8(value).map_err(|_| Undecodable::Number)?;
    let value: i64 = text.parse().map_err(|_| Undecodable::Number)?;
    if value < min || value > max || text.starts_with('+') {
        return Err(Undecodable::Number);
    }
    Ok(Scalar::Int { value, width })
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
