//! The shape of a column: a tree of types that the walker follows.
//!
//! [`builtin`](super::builtin) knows the types with fixed OIDs; the catalog resolves the others
//! (enums, composites, domains to their base, extension types by name). A tree is cheap to clone:
//! its inner nodes are shared.

use std::sync::Arc;

/// What a value of a column looks like on the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Type {
    /// text, varchar, citext, unknown, cstring, refcursor: bytes that mean themselves.
    Text,
    /// character(n): blank-padded; the padding is no part of the leaf and is restored.
    Bpchar,
    /// name: at most 63 bytes.
    Name,
    /// "char": one byte.
    Char,
    /// smallint.
    Int2,
    /// integer.
    Int4,
    /// bigint.
    Int8,
    /// oid, xid, cid: unsigned, 4 bytes.
    Oid,
    /// xid8: unsigned, 8 bytes.
    Xid8,
    /// regclass and its kin: a name in text (a change becomes NULL), an OID in binary.
    Reg,
    /// numeric.
    Numeric,
    /// real.
    Float4,
    /// double precision.
    Float8,
    /// money: the leaf is an integer of minor units.
    Money,
    /// boolean.
    Bool,
    /// date.
    Date,
    /// time.
    Time,
    /// time with time zone.
    Timetz,
    /// timestamp.
    Timestamp,
    /// timestamp with time zone.
    Timestamptz,
    /// interval.
    Interval,
    /// uuid.
    Uuid,
    /// inet.
    Inet,
    /// cidr.
    Cidr,
    /// macaddr.
    Macaddr,
    /// macaddr8.
    Macaddr8,
    /// bytea.
    Bytea,
    /// bit and varbit: the leaf is a text of 0 and 1; its length must stay.
    Bits,
    /// json.
    Json,
    /// jsonb.
    Jsonb,
    /// jsonpath: one text leaf; a change becomes NULL.
    Jsonpath,
    /// xml.
    Xml,
    /// hstore (an extension: its OID is dynamic).
    Hstore,
    /// tsvector: each lexeme is a leaf.
    Tsvector,
    /// void: always empty.
    Void,
    /// An array of any number of dimensions, which are not part of its type.
    Array {
        /// The type of its elements.
        element: Arc<Type>,
        /// Between elements in text: a comma, a semicolon for box.
        delimiter: u8,
    },
    /// anyarray (`pg_stats`): binary elements are resolved by the OID in the value; text elements
    /// are text leaves.
    AnyArray,
    /// int2vector and oidvector: space-separated in text, an array in binary.
    Vector {
        /// int2 or oid.
        element: Arc<Type>,
    },
    /// A named row type: its fields in order, dropped ones left out.
    Composite {
        /// Types of the fields.
        fields: Arc<[Type]>,
    },
    /// An anonymous row: binary fields are resolved by the OIDs in the value; text fields are text
    /// leaves.
    Record,
    /// A range.
    Range {
        /// The type of its bounds.
        element: Arc<Type>,
    },
    /// A multirange.
    Multirange {
        /// The type of the bounds of its ranges.
        element: Arc<Type>,
    },
    /// An enum.
    Enum {
        /// Its labels.
        labels: Arc<[Box<[u8]>]>,
    },
    /// A type without a codec (geometric types, tsquery, pg_lsn, unknown extensions): text form is
    /// one text leaf, binary form one bytes leaf; any change becomes NULL.
    Opaque,
}

impl Type {
    /// An array of `element` with the usual comma.
    #[must_use]
    pub fn array(element: Type) -> Self {
        Self::Array {
            element: Arc::new(element),
            delimiter: b',',
        }
    }

    /// A range over `element`.
    #[must_use]
    pub fn range(element: Type) -> Self {
        Self::Range {
            element: Arc::new(element),
        }
    }

    /// A multirange over `element`.
    #[must_use]
    pub fn multirange(element: Type) -> Self {
        Self::Multirange {
            element: Arc::new(element),
        }
    }

    /// A composite of `fields`.
    #[must_use]
    pub fn composite(fields: impl Into<Arc<[Type]>>) -> Self {
        Self::Composite {
            fields: fields.into(),
        }
    }

    /// An enum of `labels`.
    #[must_use]
    pub fn enumeration<'a>(labels: impl IntoIterator<Item = &'a [u8]>) -> Self {
        Self::Enum {
            labels: labels.into_iter().map(Box::from).collect(),
        }
    }

    /// Can a value hold free text, such as an e-mail address?
    #[must_use]
    fn may_hold_text(&self) -> bool {
        match self {
            Self::Text
            | Self::Bpchar
            | Self::Name
            | Self::Bytea
            | Self::Json
            | Self::Jsonb
            | Self::Jsonpath
            | Self::Xml
            | Self::Hstore
            | Self::Tsvector
            | Self::Reg
            | Self::AnyArray
            | Self::Record
            | Self::Enum { .. }
            | Self::Opaque => true,
            Self::Char
            | Self::Int2
            | Self::Int4
            | Self::Int8
            | Self::Oid
            | Self::Xid8
            | Self::Numeric
            | Self::Float4
            | Self::Float8
            | Self::Money
            | Self::Bool
            | Self::Date
            | Self::Time
            | Self::Timetz
            | Self::Timestamp
            | Self::Timestamptz
            | Self::Interval
            | Self::Uuid
            | Self::Inet
            | Self::Cidr
            | Self::Macaddr
            | Self::Macaddr8
            | Self::Bits
            | Self::Void
            | Self::Vector { .. } => false,
            Self::Array { element, .. }
            | Self::Range { element }
            | Self::Multirange { element } => element.may_hold_text(),
            Self::Composite { fields } => fields.iter().any(Self::may_hold_text),
        }
    }

    /// Can a value hold what a detector finds: text, a run of nine digits or more that means something
    /// else than its type says (a card, phone or social security number in a bigint), or an address of a
    /// machine? Only types that a detector can list are asked for digits and addresses.
    #[must_use]
    pub fn may_hold_match(&self) -> bool {
        match self {
            Self::Int4
            | Self::Int8
            | Self::Numeric
            | Self::Float8
            | Self::Inet
            | Self::Cidr
            | Self::Macaddr => true,
            Self::Array { element, .. }
            | Self::Range { element }
            | Self::Multirange { element } => element.may_hold_match(),
            Self::Composite { fields } => fields.iter().any(Self::may_hold_match),
            other => other.may_hold_text(),
        }
    }

    /// Is a value made of several leaves, or of one leaf inside a syntax of its own?
    #[must_use]
    pub fn is_container(&self) -> bool {
        matches!(
            self,
            Self::Json
                | Self::Jsonb
                | Self::Xml
                | Self::Hstore
                | Self::Tsvector
                | Self::Array { .. }
                | Self::AnyArray
                | Self::Vector { .. }
                | Self::Composite { .. }
                | Self::Record
                | Self::Range { .. }
                | Self::Multirange { .. }
        )
    }
}

/// Finds the type behind an OID that only the value itself carries (binary records, anyarray).
pub trait TypeResolver {
    /// The type, or `None` if it is unknown: the value is then [`Type::Opaque`].
    fn resolve(&self, oid: u32) -> Option<Type>;
}

/// Knows only the types with fixed OIDs.
#[derive(Clone, Copy, Debug, Default)]
pub struct BuiltinTypes;

impl TypeResolver for BuiltinTypes {
    fn resolve(&self, oid: u32) -> Option<Type> {
        super::builtin(oid)
    }
}
