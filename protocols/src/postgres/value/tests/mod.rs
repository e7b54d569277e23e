//! The walker as a whole. Helpers are here; the files beside hold the tests.

#![allow(clippy::unwrap_used)]

mod corpus;
mod documents;
mod failures;
mod properties;
mod tables;
mod windows;

use super::*;

/// A masker made of a closure.
pub(super) struct By<F>(pub F);

impl<F: FnMut(LeafSite<'_>, Scalar<'_>, &mut Vec<u8>) -> Masked> LeafMasker for By<F> {
    fn leaf(&mut self, site: LeafSite<'_>, value: Scalar<'_>, out: &mut Vec<u8>) -> Masked {
        (self.0)(site, value, out)
    }
}

/// Rewrites by a closure; the new value if it changed.
fn rewrite_by(
    ty: &Type,
    (format, settings): (Format, &Settings),
    value: &[u8],
    masker: impl FnMut(LeafSite<'_>, Scalar<'_>, &mut Vec<u8>) -> Masked,
) -> Result<(Rewritten, Vec<u8>), Undecodable> {
    let encoding = Encoding {
        format,
        settings,
        types: &BuiltinTypes,
    };
    let mut out = b"before".to_vec();
    let result = rewrite(
        ty,
        encoding,
        value,
        &mut By(masker),
        &mut Scratch::new(),
        &mut out,
    );
    let written = out.strip_prefix(b"before").unwrap().to_vec();
    if result != Ok(Rewritten::Changed) {
        assert_eq!(written, b"", "only a change writes");
    }
    result.map(|rewritten| (rewritten, written))
}

/// All leaves of a value, keys and names included, as text to compare.
fn leaves(
    ty: &Type,
    as_sent: (Format, &Settings),
    value: &[u8],
) -> Result<Vec<String>, Undecodable> {
    let mut leaves = Vec::new();
    rewrite_by(ty, as_sent, value, |site, leaf, _| {
        leaves.push(show(site, leaf));
        Masked::Keep
    })?;
    Ok(leaves)
}

fn show(site: LeafSite<'_>, leaf: Scalar<'_>) -> String {
    let key = site.key.map(String::from_utf8_lossy);
    let leaf = match leaf {
        Scalar::Text(text) => format!("Text({})", String::from_utf8_lossy(text)),
        other => format!("{other:?}"),
    };
    format!("{key:?} {} {} {leaf}", site.is_key, site.depth)
}
