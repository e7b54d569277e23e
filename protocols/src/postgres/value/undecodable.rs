//! Why a value could not be read: one variant per broken rule, never any data.

use std::fmt;

use crate::wire::Truncated;

/// The server sent (or the catalog misdescribes) a value that its type does not allow.
///
/// The caller fails closed: such a value never passes, since what cannot be read cannot be masked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Undecodable {
    /// A binary value is shorter or longer than its type demands.
    Length,
    /// A text that must be UTF-8 (or ASCII digits) is not.
    Encoding,
    /// An integer, numeric, float or money text or header is malformed or out of range.
    Number,
    /// A boolean is neither true nor false.
    Bool,
    /// A date is malformed or not a day of the calendar.
    Date,
    /// A time of day, timestamp or zone offset is malformed or out of range.
    Time,
    /// An interval is malformed or out of range.
    Interval,
    /// An inet, cidr or MAC address is malformed.
    Address,
    /// A UUID is malformed.
    Uuid,
    /// A bytea text is neither hex nor escape format.
    Bytea,
    /// A bit string holds something else than bits.
    Bits,
    /// A versioned binary format (jsonb, jsonpath) has an unknown version.
    Version,
    /// A JSON document is malformed.
    Json,
    /// An array literal or array header is malformed.
    Array,
    /// A composite literal or header is malformed.
    Composite,
    /// A composite has another number of fields than its type.
    FieldCount,
    /// A range or multirange is malformed.
    Range,
    /// An hstore is malformed.
    Hstore,
    /// A tsvector is malformed.
    Tsvector,
    /// Nesting exceeds `TYPE_DEPTH_MAX` or `JSON_DEPTH_MAX`.
    Depth,
    /// The server sends floating-point date/time values (`integer_datetimes` is off).
    FloatDatetimes,
}

impl fmt::Display for Undecodable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Length => "binary value of a wrong length for its type",
            Self::Encoding => "value is not in the expected character encoding",
            Self::Number => "malformed number",
            Self::Bool => "malformed boolean",
            Self::Date => "malformed date",
            Self::Time => "malformed time or timestamp",
            Self::Interval => "malformed interval",
            Self::Address => "malformed network address",
            Self::Uuid => "malformed uuid",
            Self::Bytea => "malformed bytea",
            Self::Bits => "malformed bit string",
            Self::Version => "unknown version of a binary format",
            Self::Json => "malformed json",
            Self::Array => "malformed array",
            Self::Composite => "malformed composite",
            Self::FieldCount => "composite with another number of fields than its type",
            Self::Range => "malformed range",
            Self::Hstore => "malformed hstore",
            Self::Tsvector => "malformed tsvector",
            Self::Depth => "value is nested too deeply",
            Self::FloatDatetimes => "server sends floating-point timestamps",
        })
    }
}

impl std::error::Error for Undecodable {}

impl From<Truncated> for Undecodable {
    fn from(_: Truncated) -> Self {
        Self::Length
    }
}
