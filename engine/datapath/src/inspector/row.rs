//! The value of another column of a row, where a mask depends on it.

use crate::plan::RowColumn;
use wiremask_protocols::postgres::value::{self, Encoding, LeafMasker, LeafSite, Masked, Scalar};
use wiremask_rules::Value;

/// A value that other columns of its row are masked by.
#[derive(Default)]
pub(super) struct RowValue {
    kind: Option<RowKind>,
    leaves: usize,
    bytes: Vec<u8>,
    unused: Vec<u8>,
}

#[derive(Clone, Copy)]
enum RowKind {
    Text,
    Number,
    Uuid,
    Bytes,
}

impl RowValue {
    /// Reads the value of another row; nothing for NULL and for what cannot be decoded.
    pub(super) fn read(
        &mut self,
        row: &RowColumn,
        value: Option<&[u8]>,
        encoding: Encoding<'_>,
        walk: &mut value::Scratch,
    ) {
        self.leaves = 0;
        let Some(value) = value else {
            return;
        };
        let mut unused = std::mem::take(&mut self.unused);
        unused.clear();
        let mut keep = Keep { kept: self };
        if value::rewrite(&row.ty, encoding, value, &mut keep, walk, &mut unused).is_err() {
            self.leaves = 0;
        }
        self.unused = unused;
    }

    /// The value as rules see it, if it is one that can name somebody.
    pub(super) fn value(&self) -> Option<Value<'_>> {
        match self.kind.filter(|_| self.leaves == 1)? {
            RowKind::Text => Some(Value::Text(&self.bytes)),
            RowKind::Number => std::str::from_utf8(&self.bytes).ok().map(Value::Numeric),
            RowKind::Uuid => <[u8; 16]>::try_from(&self.bytes[..]).ok().map(Value::Uuid),
            RowKind::Bytes => Some(Value::Bytes(&self.bytes)),
        }
    }
}

/// Changes nothing; keeps the only leaf of a value.
struct Keep<'a> {
    kept: &'a mut RowValue,
}

impl LeafMasker for Keep<'_> {
    fn leaf(&mut self, _: LeafSite<'_>, value: Scalar<'_>, _: &mut Vec<u8>) -> Masked {
        use std::io::Write as _;
        let bytes = &mut self.kept.bytes;
        bytes.clear();
        self.kept.leaves += 1;
        self.kept.kind = match value {
            Scalar::Text(text) | Scalar::Enum(text) => {
                bytes.extend_from_slice(text);
                Some(RowKind::Text)
            }
            Scalar::Int { value, .. } => {
                drop(write!(bytes, "{value}")); // writing to a vector cannot fail
                Some(RowKind::Number)
            }
            Scalar::Numeric(text) => {
                bytes.extend_from_slice(text.as_bytes());
                Some(RowKind::Number)
            }
            Scalar::Uuid(uuid) => {
                bytes.extend_from_slice(&uuid);
                Some(RowKind::Uuid)
            }
            Scalar::Bytes(value) => {
                bytes.extend_from_slice(value);
                Some(RowKind::Bytes)
            }
            _ => None,
        };
        Masked::Keep
    }
}
