//! One leaf value as rules see it, and what a masker answers.
//!
//! The same shape exists in `wiremask_protocols::postgres::value` as `Scalar`; neither crate
//! imports the other, and datapath maps one onto the other. Nothing here is owned: a value borrows
//! the receive buffer for the length of one call.

/// One leaf value, borrowed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value<'a> {
    /// The text family, JSON strings, XML text, and the text form of types without a codec,
    /// uninterpreted. UTF-8 is not guaranteed.
    Text(&'a [u8]),
    /// An integer.
    Int {
        /// The number.
        value: i64,
        /// Bytes on the wire: 2, 4 or 8.
        width: u8,
    },
    /// Plain decimal text as PostgreSQL prints it (`-12.50`, `NaN`, `-Infinity`); the scale is
    /// part of the text.
    Numeric(&'a str),
    /// A binary floating point number.
    Float {
        /// The number.
        value: f64,
        /// Bytes on the wire: 4 or 8.
        width: u8,
    },
    /// A truth value.
    Bool(bool),
    /// Days since 2000-01-01; `i32::MAX` and `i32::MIN` are the infinities.
    Date(i32),
    /// A timestamp.
    Timestamp {
        /// Microseconds since 2000-01-01; `i64::MAX` and `i64::MIN` are the infinities.
        micros: i64,
        /// With time zone.
        zoned: bool,
    },
    /// A time of day.
    Time {
        /// Microseconds since midnight.
        micros: i64,
        /// Seconds west of UTC, for `timetz`.
        zone_seconds: Option<i32>,
    },
    /// An interval.
    Interval {
        /// Months.
        months: i32,
        /// Days.
        days: i32,
        /// Microseconds.
        micros: i64,
    },
    /// A UUID.
    Uuid([u8; 16]),
    /// A network address.
    Inet {
        /// The address, left-aligned.
        address: [u8; 16],
        /// Bytes of the address: 4 or 16.
        len: u8,
        /// Bits of the network.
        prefix: u8,
        /// A `cidr`: bits right of the prefix must be zero.
        cidr: bool,
    },
    /// A hardware address.
    Mac {
        /// The address, left-aligned.
        address: [u8; 8],
        /// Bytes of the address: 6 or 8.
        len: u8,
    },
    /// Raw bytes.
    Bytes(&'a [u8]),
    /// The label of an enum.
    Enum(&'a [u8]),
}

/// What a masker answers for one leaf.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Masked {
    /// The value stays as it is. No [`crate::Masker`] answers this.
    Keep,
    /// The value becomes null.
    Null,
    /// The new value is in `out` and is of the same kind as the input.
    Out,
    /// A new integer, within the width of the input.
    Int(i64),
    /// A new floating point number, exact in the width of the input.
    Float(f64),
    /// A new truth value.
    Bool(bool),
    /// A new date.
    Date(i32),
    /// A new timestamp.
    Timestamp(i64),
    /// A new time of day.
    Time {
        /// Microseconds since midnight.
        micros: i64,
        /// Present exactly when the input had one.
        zone_seconds: Option<i32>,
    },
    /// A new interval.
    Interval {
        /// Months.
        months: i32,
        /// Days.
        days: i32,
        /// Microseconds.
        micros: i64,
    },
    /// A new UUID.
    Uuid([u8; 16]),
    /// A new network address of the same family.
    Inet {
        /// The address, left-aligned.
        address: [u8; 16],
        /// Bytes of the address: 4 or 16.
        len: u8,
        /// Bits of the network.
        prefix: u8,
    },
    /// A new hardware address of the same length.
    Mac {
        /// The address, left-aligned.
        address: [u8; 8],
        /// Bytes of the address: 6 or 8.
        len: u8,
    },
}

/// What a masker may know about the column of a value.
#[derive(Clone, Copy, Debug)]
pub struct MaskContext<'a> {
    /// The type modifier as PostgreSQL sends it, -1 for none. Masked text is cut to a declared
    /// length (`type_modifier - 4` characters) when it is at least 4.
    pub type_modifier: i32,
    /// The labels of an enum column in their order; empty otherwise.
    pub enum_labels: &'a [Box<[u8]>],
    /// The value of the column that [`crate::Masker::row_column`] names, in the same row; nothing where
    /// it is null, or not there.
    pub row: Option<Value<'a>>,
}

impl Default for MaskContext<'_> {
    fn default() -> Self {
        MaskContext {
            type_modifier: -1,
            enum_labels: &[],
            row: None,
        }
    }
}
