//! What an operator says about itself, as data: the list, the reference and `lint` read it.

use super::{Operator, Options};
use crate::value::Value;

/// One line of the list of operators.
pub(crate) struct Entry {
    /// The name that packs use.
    pub(crate) name: &'static str,
    /// One sentence.
    pub(crate) summary: &'static str,
    /// What else there is to know, as paragraphs of Markdown.
    pub(crate) details: &'static str,
    pub(crate) properties: Properties,
    /// The kinds of value that it has a meaning for; the others are redacted.
    pub(crate) kinds: &'static [Kind],
    pub(crate) options: &'static [OptionDoc],
    /// At least one; each is run by a test and shown in the reference.
    pub(crate) examples: &'static [Example],
    pub(super) build: fn(&mut Options<'_>) -> Box<dyn Operator>,
}

impl std::fmt::Debug for Entry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

/// What a mask does to a column as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Properties {
    /// Does the result depend on the key?
    pub keyed: bool,
    /// Is the same value masked alike in every row, query and session?
    pub deterministic: bool,
    /// Do equal values of an entity stay equal over tables, so that joins still find each other?
    pub joinable: bool,
    /// Do different values stay different?
    pub uniqueness: Uniqueness,
    /// Can the value be had back with the key?
    pub reversible: bool,
    /// Has masked text as many characters as the value?
    pub length_kept: bool,
}

impl Properties {
    /// Those of a mask without a key that shows some characters of a value and hides the others in place.
    pub(super) const PARTLY_SHOWN: Properties = Properties {
        keyed: false,
        deterministic: true,
        joinable: false,
        uniqueness: Uniqueness::Lossy,
        reversible: false,
        length_kept: true,
    };
}

/// Do different values stay different? A mask that is not [`Uniqueness::Preserved`] breaks what a client
/// expects of a primary key, of a unique column and of what refers to them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Uniqueness {
    /// No: many values have one mask by design.
    Lossy,
    /// Usually: two values may meet by accident.
    NotGuaranteed,
    /// Always.
    Preserved,
}

impl Uniqueness {
    /// The word for it: `lossy`, `not guaranteed` or `preserved`.
    pub fn word(self) -> &'static str {
        match self {
            Uniqueness::Lossy => "lossy",
            Uniqueness::NotGuaranteed => "not guaranteed",
            Uniqueness::Preserved => "preserved",
        }
    }
}

/// The kinds of [`Value`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    Int,
    Numeric,
    Float,
    Bool,
    Date,
    Timestamp,
    Time,
    Interval,
    Uuid,
    Inet,
    Mac,
    Bytes,
    Enum,
}

impl Kind {
    /// Every kind, in the order of the reference.
    pub(crate) const ALL: [Kind; 14] = [
        Kind::Text,
        Kind::Int,
        Kind::Numeric,
        Kind::Float,
        Kind::Bool,
        Kind::Date,
        Kind::Timestamp,
        Kind::Time,
        Kind::Interval,
        Kind::Uuid,
        Kind::Inet,
        Kind::Mac,
        Kind::Bytes,
        Kind::Enum,
    ];

    pub(crate) fn word(self) -> &'static str {
        match self {
            Kind::Text => "text",
            Kind::Int => "int",
            Kind::Numeric => "numeric",
            Kind::Float => "float",
            Kind::Bool => "bool",
            Kind::Date => "date",
            Kind::Timestamp => "timestamp",
            Kind::Time => "time",
            Kind::Interval => "interval",
            Kind::Uuid => "uuid",
            Kind::Inet => "inet",
            Kind::Mac => "macaddr",
            Kind::Bytes => "bytea",
            Kind::Enum => "enum",
        }
    }
}

/// One option of an operator.
pub(crate) struct OptionDoc {
    pub(crate) name: &'static str,
    /// As it is written in a pack.
    pub(crate) default: &'static str,
    pub(crate) about: &'static str,
}

/// A value and what becomes of it, under the key of the reference.
pub(crate) struct Example {
    pub(crate) entity: &'static str,
    /// As in `mask = { ... }`.
    pub(crate) mask: &'static str,
    pub(crate) value: Value<'static>,
    /// The masked value as PostgreSQL prints it.
    pub(crate) masked: &'static str,
}

impl Example {
    /// An example with a text.
    pub(crate) const fn text(
        entity: &'static str,
        mask: &'static str,
        value: &'static str,
        masked: &'static str,
    ) -> Example {
        Example {
            entity,
            mask,
            value: Value::Text(value.as_bytes()),
            masked,
        }
    }

    /// An example with a value of another kind.
    pub(crate) const fn of(
        mask: &'static str,
        value: Value<'static>,
        masked: &'static str,
    ) -> Example {
        Example {
            entity: "X",
            mask,
            value,
            masked,
        }
    }
}

/// The options that every keyed operator takes.
pub(crate) const KEY: OptionDoc = OptionDoc {
    name: "key",
    default: "the current key",
    about: "The id of the key to use. Pin an older one to keep its masks after a rotation.",
};
pub(crate) const CANONICAL: OptionDoc = OptionDoc {
    name: "canonical",
    default: "by the entity",
    about: "What counts as the same text: `trim` (white space around it is ignored), `fold` (so is \
            the case), `alnum` (so is everything that is no ASCII letter or digit).",
};
pub(crate) const CHAR: OptionDoc = OptionDoc {
    name: "char",
    default: "\"*\"",
    about: "One visible ASCII character that stands for what is hidden.",
};
pub(crate) const DAY_FIRST: OptionDoc = OptionDoc {
    name: "day_first",
    default: "false",
    about: "Is `02/03/2024` in text the second of March? Without it, it is the third of February.",
};
