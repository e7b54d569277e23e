//! Leaves in binary: the `…send` functions of the server.

use super::super::{datetime, float, network, numeric};
use super::{Encoding, Scalar, Type, Undecodable, in_range, unpadded, write_label, write_text};
use crate::wire::Cursor;

/// Reads the binary form of a leaf.
pub(super) fn decode<'v>(
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
pub(super) fn encode(
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

fn fixed<const N: usize>(value: &[u8]) -> Result<[u8; N], Undecodable> {
    value.try_into().map_err(|_| Undecodable::Length)
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
