//! Leaves: what a masker is given, and what it may answer.
//!
//! The rules crate defines the same two enums under its own names; neither crate imports the
//! other, and the data path maps one onto the other by a 1:1 match.

/// One leaf value, borrowed from the message or from scratch for the length of one call.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Scalar<'a> {
    /// text, varchar, bpchar, name, citext, a JSON string, XML text, and the text form of types
    /// without a codec (uninterpreted). UTF-8 is not guaranteed.
    Text(&'a [u8]),
    /// int2, int4, int8 (width 2, 4, 8 bytes); oid and its kin; money in minor units (width 8).
    Int {
        /// The number.
        value: i64,
        /// Bytes on the wire: 2, 4 or 8.
        width: u8,
    },
    /// Plain decimal text as PostgreSQL prints it: `-12.50`, `NaN`, `Infinity`, `-Infinity`; the
    /// scale is part of the text.
    Numeric(&'a str),
    /// float4 and float8.
    Float {
        /// The number; a float4 is widened exactly.
        value: f64,
        /// Bytes on the wire: 4 or 8.
        width: u8,
    },
    /// bool.
    Bool(bool),
    /// Days since 2000-01-01; `i32::MAX` and `i32::MIN` are infinity and -infinity.
    Date(i32),
    /// timestamp and timestamptz.
    Timestamp {
        /// µs since 2000-01-01 (UTC if zoned); `i64::MAX` and `i64::MIN` are ±infinity.
        micros: i64,
        /// Is it a timestamptz?
        zoned: bool,
    },
    /// time and timetz.
    Time {
        /// µs since midnight, 0 to 86 400 000 000 inclusive.
        micros: i64,
        /// Seconds west of UTC, as on the wire; `None` for time.
        zone_seconds: Option<i32>,
    },
    /// interval; all three extreme means ±infinity (PostgreSQL 17).
    Interval {
        /// Months.
        months: i32,
        /// Days.
        days: i32,
        /// Microseconds.
        micros: i64,
    },
    /// uuid.
    Uuid([u8; 16]),
    /// inet and cidr.
    Inet {
        /// The first `len` bytes count, the rest is zero.
        address: [u8; 16],
        /// 4 or 16.
        len: u8,
        /// Prefix length in bits, at most `8 * len`.
        prefix: u8,
        /// Is it a cidr?
        cidr: bool,
    },
    /// macaddr and macaddr8.
    Mac {
        /// The first `len` bytes count, the rest is zero.
        address: [u8; 8],
        /// 6 or 8.
        len: u8,
    },
    /// bytea, and the binary form of types without a codec.
    Bytes(&'a [u8]),
    /// The label of an enum value.
    Enum(&'a [u8]),
}

/// What a masker answers for one leaf. A variant that does not fit the leaf becomes NULL.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Masked {
    /// Pass the value as it is.
    Keep,
    /// Replace it by NULL.
    Null,
    /// The new value is in `out` and is of the same kind as the leaf: text bytes for
    /// [`Scalar::Text`], decimal text for [`Scalar::Numeric`], bytes for [`Scalar::Bytes`], an
    /// existing label for [`Scalar::Enum`].
    Out,
    /// For [`Scalar::Int`]; NULL if out of range for the width.
    Int(i64),
    /// For [`Scalar::Float`].
    Float(f64),
    /// For [`Scalar::Bool`].
    Bool(bool),
    /// For [`Scalar::Date`].
    Date(i32),
    /// For [`Scalar::Timestamp`].
    Timestamp(i64),
    /// For [`Scalar::Time`]; a zone is given if and only if the leaf has one.
    Time {
        /// µs since midnight.
        micros: i64,
        /// Seconds west of UTC.
        zone_seconds: Option<i32>,
    },
    /// For [`Scalar::Interval`].
    Interval {
        /// Months.
        months: i32,
        /// Days.
        days: i32,
        /// Microseconds.
        micros: i64,
    },
    /// For [`Scalar::Uuid`].
    Uuid([u8; 16]),
    /// For [`Scalar::Inet`]; a cidr loses the bits right of its prefix.
    Inet {
        /// The first `len` bytes count.
        address: [u8; 16],
        /// 4 or 16.
        len: u8,
        /// Prefix length in bits.
        prefix: u8,
    },
    /// For [`Scalar::Mac`]; the length must be that of the leaf.
    Mac {
        /// The first `len` bytes count.
        address: [u8; 8],
        /// 6 or 8.
        len: u8,
    },
}

/// The new leaf, or `None` for NULL: also whenever `answer` does not fit `before`.
///
/// `Keep` never comes here.
pub(super) fn after<'a>(before: Scalar<'a>, answer: Masked, out: &'a [u8]) -> Option<Scalar<'a>> {
    Some(match (before, answer) {
        (_, Masked::Keep) => before,
        (Scalar::Text(_), Masked::Out) => Scalar::Text(out),
        (Scalar::Bytes(_), Masked::Out) => Scalar::Bytes(out),
        (Scalar::Enum(_), Masked::Out) => Scalar::Enum(out),
        (Scalar::Numeric(_), Masked::Out) => Scalar::Numeric(std::str::from_utf8(out).ok()?),
        (Scalar::Int { width, .. }, Masked::Int(value)) => Scalar::Int { value, width },
        (Scalar::Float { width, .. }, Masked::Float(value)) => Scalar::Float { value, width },
        (Scalar::Bool(_), Masked::Bool(value)) => Scalar::Bool(value),
        (Scalar::Date(_), Masked::Date(days)) => Scalar::Date(days),
        (Scalar::Timestamp { zoned, .. }, Masked::Timestamp(micros)) => {
            Scalar::Timestamp { micros, zoned }
        }
        (
            Scalar::Time {
                zone_seconds: had, ..
            },
            Masked::Time {
                micros,
                zone_seconds,
            },
        ) if had.is_some() == zone_seconds.is_some() => Scalar::Time {
            micros,
            zone_seconds,
        },
        (
            Scalar::Interval { .. },
            Masked::Interval {
                months,
                days,
                micros,
            },
        ) => Scalar::Interval {
            months,
            days,
            micros,
        },
        (Scalar::Uuid(_), Masked::Uuid(value)) => Scalar::Uuid(value),
        (
            Scalar::Inet { cidr, .. },
            Masked::Inet {
                address,
                len,
                prefix,
            },
        ) => Scalar::Inet {
            address,
            len,
            prefix,
            cidr,
        },
        (Scalar::Mac { len: had, .. }, Masked::Mac { address, len }) if had == len => {
            Scalar::Mac { address, len }
        }
        _ => return None,
    })
}
