//! One leaf value, from the protocol's shape to the rules' and back. Neither crate knows the other.

use wiremask_protocols::postgres::value::{Masked, Scalar, Type};
use wiremask_protocols::session::Format;
use wiremask_rules::{Masked as RuleMasked, Value};

/// The rules' view of a decoded leaf.
#[must_use]
pub fn to_rules(scalar: Scalar<'_>) -> Value<'_> {
    match scalar {
        Scalar::Text(bytes) => Value::Text(bytes),
        Scalar::Int { value, width } => Value::Int { value, width },
        Scalar::Numeric(text) => Value::Numeric(text),
        Scalar::Float { value, width } => Value::Float { value, width },
        Scalar::Bool(value) => Value::Bool(value),
        Scalar::Date(days) => Value::Date(days),
        Scalar::Timestamp { micros, zoned } => Value::Timestamp { micros, zoned },
        Scalar::Time {
            micros,
            zone_seconds,
        } => Value::Time {
            micros,
            zone_seconds,
        },
        Scalar::Interval {
            months,
            days,
            micros,
        } => Value::Interval {
            months,
            days,
            micros,
        },
        Scalar::Uuid(bytes) => Value::Uuid(bytes),
        Scalar::Inet {
            address,
            len,
            prefix,
            cidr,
        } => Value::Inet {
            address,
            len,
            prefix,
            cidr,
        },
        Scalar::Mac { address, len } => Value::Mac { address, len },
        Scalar::Bytes(bytes) => Value::Bytes(bytes),
        Scalar::Enum(label) => Value::Enum(label),
    }
}

/// The protocol's view of a masker's answer.
#[must_use]
pub fn to_protocol(masked: RuleMasked) -> Masked {
    match masked {
        RuleMasked::Keep => Masked::Keep,
        RuleMasked::Null => Masked::Null,
        RuleMasked::Out => Masked::Out,
        RuleMasked::Int(value) => Masked::Int(value),
        RuleMasked::Float(value) => Masked::Float(value),
        RuleMasked::Bool(value) => Masked::Bool(value),
        RuleMasked::Date(days) => Masked::Date(days),
        RuleMasked::Timestamp(micros) => Masked::Timestamp(micros),
        RuleMasked::Time {
            micros,
            zone_seconds,
        } => Masked::Time {
            micros,
            zone_seconds,
        },
        RuleMasked::Interval {
            months,
            days,
            micros,
        } => Masked::Interval {
            months,
            days,
            micros,
        },
        RuleMasked::Uuid(bytes) => Masked::Uuid(bytes),
        RuleMasked::Inet {
            address,
            len,
            prefix,
        } => Masked::Inet {
            address,
            len,
            prefix,
        },
        RuleMasked::Mac { address, len } => Masked::Mac { address, len },
    }
}

/// The characters in which a detector would look for a match, if the leaf has any: a card number is
/// one in a bigint too. `out` is empty, and holds them where the leaf itself does not.
///
/// Dates, times, intervals, booleans and UUIDs hold nothing that a detector of spans finds.
pub fn scannable<'v>(scalar: Scalar<'v>, out: &'v mut Vec<u8>) -> Option<&'v [u8]> {
    use std::io::Write as _;
    match scalar {
        Scalar::Text(bytes) | Scalar::Bytes(bytes) | Scalar::Enum(bytes) => return Some(bytes),
        Scalar::Numeric(text) => return Some(text.as_bytes()),
        // Writing to a vector cannot fail.
        Scalar::Int { value, .. } => drop(write!(out, "{value}")),
        Scalar::Float { value, .. } => drop(write!(out, "{value}")),
        Scalar::Inet {
            address, len: 4, ..
        } => {
            let [a, b, c, d, ..] = address;
            drop(write!(out, "{}", std::net::Ipv4Addr::new(a, b, c, d)));
        }
        Scalar::Inet { address, .. } => drop(write!(out, "{}", std::net::Ipv6Addr::from(address))),
        Scalar::Mac { address, len } => {
            for (at, byte) in address.iter().take(usize::from(len)).enumerate() {
                let colon = if at == 0 { "" } else { ":" };
                drop(write!(out, "{colon}{byte:02x}"));
            }
        }
        Scalar::Bool(_)
        | Scalar::Date(_)
        | Scalar::Timestamp { .. }
        | Scalar::Time { .. }
        | Scalar::Interval { .. }
        | Scalar::Uuid(_) => return None,
    }
    Some(out)
}

/// Is a number shorter than `len_min` characters, as far as its binary form tells at a glance? `false`
/// for everything that has to be decoded to know, or cannot be.
#[must_use]
pub fn is_short_number(ty: &Type, format: Format, value: &[u8], len_min: usize) -> bool {
    if format != Format::Binary {
        return false;
    }
    // One character is a sign's.
    let below = |magnitude: u64| {
        let digits = u32::try_from(len_min.saturating_sub(2)).unwrap_or(u32::MAX);
        len_min > 1
            && 10_u64
                .checked_pow(digits)
                .is_none_or(|limit| magnitude < limit)
    };
    match ty {
        Type::Int4 => value
            .try_into()
            .is_ok_and(|bytes| below(i32::from_be_bytes(bytes).unsigned_abs().into())),
        Type::Int8 => value
            .try_into()
            .is_ok_and(|bytes| below(i64::from_be_bytes(bytes).unsigned_abs())),
        Type::Numeric => {
            let Some((&[a, b, c, d, e, f, g, h], groups)) = value.split_first_chunk() else {
                return false;
            };
            let (count, weight) = (u16::from_be_bytes([a, b]), i16::from_be_bytes([c, d]));
            let (sign, scale) = (u16::from_be_bytes([e, f]), u16::from_be_bytes([g, h]));
            let is_number = sign & !0x4000 == 0 && groups.len() == 2 * usize::from(count);
            // Four digits a group, at least one digit, sign and point.
            let whole = 4 * usize::try_from(i32::from(weight) + 1).unwrap_or(0).max(1);
            is_number && weight < 16 && whole + usize::from(scale) + 2 < len_min
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_that_may_be_long_enough_is_never_called_short() {
        let short = |ty: &Type, value: &[u8]| is_short_number(ty, Format::Binary, value, 9);
        for value in [
            0_i64,
            7,
            -7,
            9_999_999,
            10_000_000,
            99_999_999,
            -10_000_000,
            i64::MIN,
        ] {
            let is_short = short(&Type::Int8, &value.to_be_bytes());
            assert!(!is_short || value.to_string().len() < 9, "{value}");
            assert_eq!(is_short, value.unsigned_abs() < 10_000_000, "{value}");
        }
        assert!(short(&Type::Int4, &1_000_i32.to_be_bytes()));
        assert!(!short(&Type::Int4, &i32::MIN.to_be_bytes()));
        // 1025.51, 10000.00, NaN, and a head without its digits.
        let head = |count: i16, weight: i16, sign: u16, scale: u16| {
            let mut head = count.to_be_bytes().to_vec();
            head.extend_from_slice(&weight.to_be_bytes());
            head.extend_from_slice(&sign.to_be_bytes());
            head.extend_from_slice(&scale.to_be_bytes());
            head
        };
        let number = |weight, scale| [head(1, weight, 0, scale), vec![0, 1]].concat();
        assert!(short(&Type::Numeric, &number(0, 2)));
        assert!(!short(&Type::Numeric, &number(1, 2)));
        assert!(!short(&Type::Numeric, &number(-1, 9)));
        assert!(!short(&Type::Numeric, &head(0, 0, 0xc000, 0)));
        assert!(!short(&Type::Numeric, &number(i16::MAX, 0)));
        assert!(!short(&Type::Numeric, &head(2, 0, 0, 0)));
        assert!(!short(&Type::Int8, &[0; 4]), "what cannot be decoded");
        assert!(!is_short_number(&Type::Int8, Format::Text, b"7", 9));
    }

    #[test]
    fn numbers_and_addresses_are_scanned_as_people_write_them() {
        let mut address = [0; 16];
        address[..4].copy_from_slice(&[10, 0, 0, 7]);
        let cases: [(Scalar<'_>, Option<&str>); 7] = [
            (
                Scalar::Int {
                    value: 4_111_111_111_111_111,
                    width: 8,
                },
                Some("4111111111111111"),
            ),
            (Scalar::Numeric("12.50"), Some("12.50")),
            (
                Scalar::Float {
                    value: 4_111_111_111_111_111.0,
                    width: 8,
                },
                Some("4111111111111111"),
            ),
            (
                Scalar::Inet {
                    address,
                    len: 4,
                    prefix: 32,
                    cidr: false,
                },
                Some("10.0.0.7"),
            ),
            (
                Scalar::Mac {
                    address: [1, 2, 3, 4, 5, 0xff, 0, 0],
                    len: 6,
                },
                Some("01:02:03:04:05:ff"),
            ),
            (Scalar::Bool(true), None),
            (Scalar::Uuid([7; 16]), None),
        ];
        for (scalar, expected) in cases {
            let mut out = Vec::new();
            let got = scannable(scalar, &mut out);
            assert_eq!(got, expected.map(str::as_bytes), "{scalar:?}");
        }
    }
}
