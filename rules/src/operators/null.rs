//! `null`: the value becomes null, a span disappears.

use super::entry::{Entry, Example, Kind, Properties, Uniqueness};
use super::{Operator, Options};
use crate::value::{MaskContext, Masked, Value};

pub(super) static ENTRY: Entry = Entry {
    name: "null",
    summary: "The value becomes null; a match inside a longer text disappears.",
    details: "Clients that cannot decode a null in a column that is declared NOT NULL will fail: prefer `redact` there.",
    properties: Properties {
        keyed: false,
        deterministic: true,
        joinable: false,
        uniqueness: Uniqueness::Lossy,
        reversible: false,
        length_kept: false,
    },
    kinds: &Kind::ALL,
    options: &[],
    examples: &[Example::text("X", r#"operator = "null""#, "secret", "NULL")],
    build,
};

pub(super) fn build(_: &mut Options<'_>) -> Box<dyn Operator> {
    Box::new(Null)
}

#[derive(Debug)]
struct Null;

impl Operator for Null {
    fn generalises(&self) -> bool {
        true
    }

    fn mask(&self, _: Value<'_>, _: &MaskContext<'_>, _: &mut Vec<u8>) -> Masked {
        Masked::Null
    }
}
