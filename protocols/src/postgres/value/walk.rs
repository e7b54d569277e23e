//! The walker: dispatches on the type, hands leaves to the masker.
//!
//! Containers live in files of their own and call back into [`Walker::value`] for their parts.

use super::leaf::{self, Fit};
use super::scalar::{Masked, Scalar, after};
use super::{
    Encoding, Format, LeafMasker, LeafSite, Rewritten, Scratch, TYPE_DEPTH_MAX, Type, Undecodable,
    array, builtin, composite, hstore, json, range, tsvector, xml,
};

pub(super) struct Walker<'w, M> {
    pub encoding: Encoding<'w>,
    pub masker: &'w mut M,
    pub scratch: &'w mut Scratch,
    /// Types entered and not left: at most [`TYPE_DEPTH_MAX`].
    pub nesting: u16,
}

impl<M: LeafMasker> Walker<'_, M> {
    /// Appends the rewritten value to `out`. After `Unchanged`, `Null` and errors, `out` may hold a
    /// part of it: whoever owns `out` truncates.
    pub fn value(
        &mut self,
        ty: &Type,
        site: LeafSite<'_>,
        value: &[u8],
        out: &mut Vec<u8>,
    ) -> Result<Rewritten, Undecodable> {
        if !ty.is_container() {
            return self.leaf(ty, site, value, out);
        }
        if self.nesting == TYPE_DEPTH_MAX {
            return Err(Undecodable::Depth);
        }
        let is_text = self.encoding.format == Format::Text
            || matches!(ty, Type::Json | Type::Jsonb | Type::Xml);
        if is_text && !self.encoding.settings.client_encoding_is_ascii_safe && !value.is_ascii() {
            // Some encodings have bytes of the ASCII range inside a character: no syntax can be
            // read from them.
            return Err(Undecodable::Encoding);
        }
        self.nesting += 1;
        let rewritten = self.container(ty, site, value, out);
        self.nesting -= 1;
        rewritten
    }

    fn container(
        &mut self,
        ty: &Type,
        site: LeafSite<'_>,
        value: &[u8],
        out: &mut Vec<u8>,
    ) -> Result<Rewritten, Undecodable> {
        let text = self.encoding.format == Format::Text;
        match ty {
            Type::Json => json::rewrite(self, site, value, out),
            Type::Jsonb if text => json::rewrite(self, site, value, out),
            Type::Jsonb => json::rewrite_versioned(self, site, value, out),
            Type::Xml => xml::rewrite(self, site, value, out),
            Type::Hstore if text => hstore::rewrite_text(self, site, value, out),
            Type::Hstore => hstore::rewrite_binary(self, site, value, out),
            Type::Tsvector if text => tsvector::rewrite_text(self, site, value, out),
            Type::Tsvector => tsvector::rewrite_binary(self, site, value, out),
            Type::Array { element, delimiter } if text => {
                array::rewrite_text(self, (element, *delimiter), site, value, out)
            }
            Type::AnyArray if text => {
                array::rewrite_text(self, (&Type::Text, b','), site, value, out)
            }
            Type::Vector { element } if text => {
                array::rewrite_vector(self, element, site, value, out)
            }
            Type::Array { element, .. } | Type::Vector { element } => {
                array::rewrite_binary(self, Some(element), site, value, out)
            }
            Type::AnyArray => array::rewrite_binary(self, None, site, value, out),
            Type::Composite { fields } if text => {
                composite::rewrite_text(self, Some(fields), site, value, out)
            }
            Type::Composite { fields } => {
                composite::rewrite_binary(self, Some(fields), site, value, out)
            }
            Type::Record if text => composite::rewrite_text(self, None, site, value, out),
            Type::Record => composite::rewrite_binary(self, None, site, value, out),
            Type::Range { element } if text => range::rewrite_text(self, element, site, value, out),
            Type::Range { element } => range::rewrite_binary(self, element, site, value, out),
            Type::Multirange { element } if text => {
                range::rewrite_multi_text(self, element, site, value, out)
            }
            Type::Multirange { element } => {
                range::rewrite_multi_binary(self, element, site, value, out)
            }
            leaf => self.leaf(leaf, site, value, out),
        }
    }

    /// A leaf with a codec of its own.
    fn leaf(
        &mut self,
        ty: &Type,
        site: LeafSite<'_>,
        value: &[u8],
        out: &mut Vec<u8>,
    ) -> Result<Rewritten, Undecodable> {
        if *ty == Type::Void {
            return if value.is_empty() {
                Ok(Rewritten::Unchanged)
            } else {
                Err(Undecodable::Length)
            };
        }
        let mut decoded = self.scratch.take();
        let mut answer = self.scratch.take();
        let before = leaf::decode(ty, self.encoding, value, &mut decoded)?;
        let rewritten = match self.masker.leaf(site, before, &mut answer) {
            Masked::Keep => Rewritten::Unchanged,
            masked => match after(before, masked, &answer) {
                None => Rewritten::Null,
                Some(new) => match leaf::encode(ty, self.encoding, value, new, out) {
                    Fit::Written => Rewritten::Changed,
                    Fit::Refused => Rewritten::Null,
                },
            },
        };
        self.scratch.put(answer);
        self.scratch.put(decoded);
        Ok(rewritten)
    }

    /// The type behind an OID that the value carries.
    pub fn resolve(&self, oid: u32) -> Type {
        let known = self.encoding.types.resolve(oid).or_else(|| builtin(oid));
        known.unwrap_or(Type::Opaque)
    }

    /// Asks about a text that is a leaf inside a syntax of its own (JSON string, lexeme, XML text).
    /// The caller escapes `answer`, which holds the new text after `Replace`.
    pub fn text(&mut self, site: LeafSite<'_>, text: &[u8], answer: &mut Vec<u8>) -> TextAnswer {
        answer.clear();
        match self.masker.leaf(site, Scalar::Text(text), answer) {
            Masked::Keep => TextAnswer::Keep,
            Masked::Out if leaf::make_text(self.encoding, answer, 0) => TextAnswer::Replace,
            _ => TextAnswer::Null,
        }
    }
}

/// What becomes of a text leaf.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TextAnswer {
    Keep,
    /// By the text in the answer buffer.
    Replace,
    Null,
}
