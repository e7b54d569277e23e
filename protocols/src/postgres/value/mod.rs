//! Type-correct rewriting of PostgreSQL values, in text and in binary.
//!
//! [`rewrite`] walks one value by its [`Type`], hands every leaf to a [`LeafMasker`] as a
//! [`Scalar`], and writes the answers back so that the client's driver reads a value of the same
//! type: an int4 stays an int4, inside arrays, rows, ranges and JSON too. Text and binary form of a
//! value give the same leaves. Bytes between changed leaves are copied as they are.
//!
//! The law that the tests hold: a masker that keeps everything changes no byte, and
//! `decode(rewrite(encode(x))) == mask_typed(x)`. What cannot be read is [`Undecodable`]; an answer
//! that does not fit its leaf becomes NULL. Nothing passes by default.
//!
//! To mask a value *whole* (a column rule, an expression over protected columns) the same function
//! is used with a masker that keeps nothing: every part of a value that can carry data is a leaf,
//! names, keys, array bounds and comments included ([`LeafSite::is_key`]).

mod array;
mod builtin;
mod bytea;
mod calendar;
mod composite;
mod datetime;
mod fit;
mod float;
mod hstore;
mod interval;
mod json;
mod json_string;
mod leaf;
mod literal;
mod money;
mod network;
mod numeric;
mod range;
mod scalar;
mod scratch;
mod settings;
mod tsvector;
mod types;
mod undecodable;
mod walk;
mod window;
mod xml;
mod xml_text;

#[cfg(test)]
mod tests;

pub use crate::session::Format;
pub use builtin::builtin;
pub use fit::fit;
pub use json::{Place, Step};
pub use scalar::{Masked, Scalar};
pub use scratch::Scratch;
pub use settings::{DateFormat, DateStyle, IntervalStyle, Settings};
pub use types::{BuiltinTypes, Type, TypeResolver};
pub use undecodable::Undecodable;
pub use window::{JsonWindow, PlainWindow, Window};

/// Types nest at most this deep (arrays of rows of arrays …). The recursion of the walker follows
/// types only, so this bounds its stack; PostgreSQL itself has no such limit, real schemas stay
/// below ten.
pub const TYPE_DEPTH_MAX: u16 = 64;

/// JSON and XML nest at most this deep. They are walked with an explicit stack of at most 32 bytes a level;
/// the server's own limit is about 6,000 levels at its default `max_stack_depth`.
pub const JSON_DEPTH_MAX: u16 = 10_000;

/// How values are encoded on this connection.
#[derive(Clone, Copy)]
pub struct Encoding<'a> {
    /// Text or binary.
    pub format: Format,
    /// What ParameterStatus announced.
    pub settings: &'a Settings,
    /// Resolves OIDs that only the value carries.
    pub types: &'a dyn TypeResolver,
}

/// Where in a value a leaf lies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LeafSite<'a> {
    /// The nearest JSON or hstore object key around the leaf, decoded; the XML element or attribute
    /// name. For a key: that of the object around.
    pub key: Option<&'a [u8]>,
    /// Is the leaf a key, an XML name, or an array bound, and not a value?
    pub is_key: bool,
    /// Containers around the leaf.
    pub depth: u16,
    /// The way to the leaf in the JSON document that holds it; for a key, to the object around. Empty
    /// outside of documents.
    pub place: Place<'a>,
}

impl LeafSite<'_> {
    /// The same site, so many containers deeper.
    #[inline]
    fn deeper(self, levels: usize) -> Self {
        let levels = u16::try_from(levels).unwrap_or(u16::MAX);
        Self {
            depth: self.depth.saturating_add(levels),
            ..self
        }
    }
}

/// Decides about leaves.
pub trait LeafMasker {
    /// Answers for one leaf. `out` is empty; it is read only if the answer is [`Masked::Out`].
    ///
    /// Called once per row or more: must not allocate in the steady state.
    fn leaf(&mut self, site: LeafSite<'_>, value: Scalar<'_>, out: &mut Vec<u8>) -> Masked;
}

/// What became of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rewritten {
    /// Every leaf was kept: send the bytes as received; `out` is as it was.
    Unchanged,
    /// The new value was appended to `out`.
    Changed,
    /// The value becomes NULL; `out` is as it was.
    Null,
}

/// Walks one value (not NULL) and appends its rewritten form to `out`.
///
/// `value` is the field as it came from the wire, without its length. Scratch is reused between
/// calls; nothing is allocated once it has grown to the shape of the data.
///
/// Leaves come in the order of the bytes, the same in every walk over the same value whatever the
/// answers are (a NULL that takes the whole value with it ends the walk).
///
/// # Errors
/// [`Undecodable`] if `value` is not what `ty` says or nests deeper than [`TYPE_DEPTH_MAX`] or
/// [`JSON_DEPTH_MAX`]; `out` is as it was and the value must not pass.
pub fn rewrite(
    ty: &Type,
    encoding: Encoding<'_>,
    value: &[u8],
    masker: &mut impl LeafMasker,
    scratch: &mut Scratch,
    out: &mut Vec<u8>,
) -> Result<Rewritten, Undecodable> {
    let start = out.len();
    let mut walker = walk::Walker {
        encoding,
        masker,
        scratch,
        nesting: 0,
    };
    let rewritten = walker.value(ty, LeafSite::default(), value, out);
    if rewritten != Ok(Rewritten::Changed) {
        out.truncate(start);
    }
    rewritten
}
