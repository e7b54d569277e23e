//! What every operator promises for every kind of value, and what each does to known values.

#![allow(clippy::unwrap_used)]

mod entries;
mod kinds;
mod known;

use super::*;
use crate::keys::Keys;
use crate::pack::diagnostics::{Errors, Site, Source};
use crate::{Backend, ColumnName, PackSource, Ruleset};
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Masks and reveals again.
pub(super) fn there_and_back(
    mask: &str,
    value: Value<'_>,
) -> (String, Result<String, RevealError>) {
    let (ruleset, rule) = masker("THING", mask);
    let (masker, cx) = (ruleset.masker(rule), MaskContext::default());
    let (mut out, mut back) = (Vec::new(), Vec::new());
    let masked = masker.mask(value, &cx, &mut out);
    let shown = show::masked(value, masked, &out);
    let made = match (masked, value) {
        (Masked::Int(number), Value::Int { width, .. }) => Value::Int {
            value: number,
            width,
        },
        (Masked::Out, Value::Numeric(_)) => Value::Numeric(&shown),
        (Masked::Out, _) => Value::Text(&out),
        (Masked::Uuid(uuid), _) => Value::Uuid(uuid),
        (
            Masked::Inet {
                address,
                len,
                prefix,
            },
            Value::Inet { cidr, .. },
        ) => Value::Inet {
            address,
            len,
            prefix,
            cidr,
        },
        (Masked::Mac { address, len }, _) => Value::Mac { address, len },
        (masked, value) => panic!("{value:?} became {masked:?}"),
    };
    let revealed = masker.reveal(made, &cx, &mut back);
    let revealed = revealed.map(|masked| show::masked(value, masked, &back));
    (shown, revealed)
}

/// A masker as a pack builds it.
pub(super) fn masker(entity: &str, mask: &str) -> (Ruleset, crate::RuleId) {
    let text = format!(
        "[pack]\nname = \"t\"\nversion = \"1\"\n[[dataset]]\nselect = {{ column = \"c\" }}\n\
         set = {{ entity = \"{entity}\", mask = {{ {mask} }} }}\n"
    );
    let pack = PackSource {
        name: "t.toml".to_owned(),
        text,
    };
    let keys = Keys::from_secret("k", b"secret");
    let ruleset =
        Ruleset::compile(&[pack], &keys, Backend::Auto).unwrap_or_else(|error| panic!("{error}"));
    let column = ColumnName {
        column: "c",
        ..ColumnName::default()
    };
    let rule = ruleset.column_rule(&column).unwrap();
    (ruleset, rule)
}

pub(super) fn text(entity: &str, mask: &str, value: &str) -> String {
    let (ruleset, rule) = masker(entity, mask);
    let mut out = Vec::new();
    let masked = ruleset.masker(rule).mask(
        Value::Text(value.as_bytes()),
        &MaskContext::default(),
        &mut out,
    );
    assert_eq!(masked, Masked::Out);
    String::from_utf8(out).unwrap()
}

pub(super) fn typed(mask: &str, value: Value<'_>) -> (Masked, String) {
    let (ruleset, rule) = masker("THING", mask);
    let mut out = Vec::new();
    let masked = ruleset
        .masker(rule)
        .mask(value, &MaskContext::default(), &mut out);
    (masked, String::from_utf8_lossy(&out).into_owned())
}

/// The labels of an enum.
fn labels() -> Vec<Box<[u8]>> {
    ["new", "open", "closed"]
        .iter()
        .map(|label| label.as_bytes().into())
        .collect()
}
