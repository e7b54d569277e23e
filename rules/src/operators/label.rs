//! `label`: text becomes the name of its entity in angle brackets.

use super::entry::{Entry, Example, Kind, OptionDoc, Properties, Uniqueness};
use super::{Operator, Options, redact};
use crate::value::{MaskContext, Masked, Value};

pub(super) static ENTRY: Entry = Entry {
    name: "label",
    summary: "Text becomes the name of its entity: `<EMAIL_ADDRESS>`.",
    details: "Readers of a text see what was there without seeing it. Other types are redacted.",
    properties: Properties {
        keyed: false,
        deterministic: true,
        joinable: false,
        uniqueness: Uniqueness::Lossy,
        reversible: false,
        length_kept: false,
    },
    kinds: &[Kind::Text],
    options: &[OptionDoc {
        name: "name",
        default: "the entity",
        about: "What stands between the brackets.",
    }],
    examples: &[
        Example::text(
            "EMAIL_ADDRESS",
            r#"operator = "label""#,
            "jo@example.com",
            "<EMAIL_ADDRESS>",
        ),
        Example::text(
            "US_SSN",
            r#"operator = "label", name = "SSN""#,
            "856-45-6789",
            "<SSN>",
        ),
    ],
    build,
};

fn build(options: &mut Options<'_>) -> Box<dyn Operator> {
    let entity = options.entity;
    let name = options.text("name").unwrap_or(entity);
    Box::new(Label {
        text: format!("<{name}>"),
    })
}

#[derive(Debug)]
struct Label {
    text: String,
}

impl Operator for Label {
    fn generalises(&self) -> bool {
        true
    }

    fn mask(&self, value: Value<'_>, cx: &MaskContext<'_>, out: &mut Vec<u8>) -> Masked {
        let Value::Text(_) = value else {
            return redact::neutral(value, b'*', cx, out);
        };
        out.extend_from_slice(self.text.as_bytes());
        Masked::Out
    }
}
