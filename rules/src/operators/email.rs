//! `email` and `email-keep-domain`: what remains of an address is still an address.

use super::entry::{Entry, Example, KEY, Kind, OptionDoc, Properties, Uniqueness};
use super::{Operator, Options, keyed, redact};
use crate::canonical::Canonical;
use crate::keys::{EntityKey, Tag};
use crate::value::{MaskContext, Masked, Value};

pub(super) static ENTRY: Entry = Entry {
    name: "email",
    summary: "`jane.doe@example.com` becomes `j***@e***.com`.",
    details: "The number of stars is fixed, so the length of the name is not told. A part of one character is hidden whole.\n\
     Text that is not one address and nothing else is redacted.",
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
        name: "keep-domain",
        default: "false",
        about: "Does the domain stay? As in `email-keep-domain`.",
    }],
    examples: &[
        Example::text(
            "EMAIL_ADDRESS",
            r#"operator = "email""#,
            "jane.doe@example.com",
            "j***@e***.com",
        ),
        Example::text(
            "EMAIL_ADDRESS",
            r#"operator = "email""#,
            "j@x.co",
            "***@***.co",
        ),
        Example::text(
            "EMAIL_ADDRESS",
            r#"operator = "email""#,
            "no address",
            "**********",
        ),
    ],
    build,
};

pub(super) static KEEP_DOMAIN: Entry = Entry {
    name: "email-keep-domain",
    summary: "The domain of an address stays, its local part becomes a keyed hash.",
    details: "Counts per domain stay true and addresses still join. Everything after the last `@` is the domain, in lower\n\
     case. Text that is not one address and nothing else is redacted. The domain of a private person may be a\n\
     name: prefer `pseudonym` with `kind = \"email\"` there.",
    properties: Properties {
        keyed: true,
        deterministic: true,
        joinable: true,
        uniqueness: Uniqueness::NotGuaranteed,
        reversible: false,
        length_kept: false,
    },
    kinds: &[Kind::Text],
    options: &[
        OptionDoc {
            name: "length",
            default: "10",
            about: "Hexadecimal characters of the local part, 8 to 64.",
        },
        KEY,
    ],
    examples: &[
        Example::text(
            "EMAIL_ADDRESS",
            r#"operator = "email-keep-domain""#,
            "Jane.Doe@Example.com",
            "780743a778@example.com",
        ),
        Example::text(
            "EMAIL_ADDRESS",
            r#"operator = "email-keep-domain""#,
            "jane.doe@example.com",
            "780743a778@example.com",
        ),
    ],
    build: build_keep_domain,
};

fn build(options: &mut Options<'_>) -> Box<dyn Operator> {
    Box::new(Email {
        keep_domain: options.bool("keep-domain", false),
    })
}

#[derive(Debug)]
struct Email {
    keep_domain: bool,
}

impl Operator for Email {
    fn mask(&self, value: Value<'_>, cx: &MaskContext<'_>, out: &mut Vec<u8>) -> Masked {
        let Value::Text(text) = value else {
            return redact::neutral(value, b'*', cx, out);
        };
        let Some((local, domain)) = std::str::from_utf8(text).ok().and_then(parts) else {
            return redact::neutral(value, b'*', cx, out);
        };
        hint(local, out);
        out.push(b'@');
        if self.keep_domain {
            out.extend_from_slice(domain.as_bytes());
            return Masked::Out;
        }
        let (name, top) = domain.rsplit_once('.').unwrap_or((domain, ""));
        hint(name, out);
        if !top.is_empty() {
            out.push(b'.');
            out.extend_from_slice(top.as_bytes());
        }
        Masked::Out
    }
}

fn build_keep_domain(options: &mut Options<'_>) -> Box<dyn Operator> {
    let length = options.integer("length", 10, 8, 64);
    Box::new(KeepDomain {
        key: options.key(),
        length: usize::try_from(length).unwrap_or(10),
    })
}

#[derive(Debug)]
struct KeepDomain {
    key: EntityKey,
    length: usize,
}

impl Operator for KeepDomain {
    fn mask(&self, value: Value<'_>, cx: &MaskContext<'_>, out: &mut Vec<u8>) -> Masked {
        let parts = match value {
            Value::Text(text) => std::str::from_utf8(text).ok().and_then(parts),
            _ => None,
        };
        let Some((local, domain)) = parts else {
            return redact::neutral(value, b'*', cx, out);
        };
        // `out` doubles as scratch for the canonical form, so that nothing is allocated.
        let from = out.len();
        Canonical::Fold.push(local.as_bytes(), out);
        out.push(b'@');
        Canonical::Fold.push(domain.as_bytes(), out);
        let mac = self.key.mac(Tag::Text, &out[from..]);
        out.truncate(from);
        keyed::hex(&mac, self.length, out);
        out.push(b'@');
        Canonical::Fold.push(domain.as_bytes(), out);
        Masked::Out
    }
}

/// Local part and domain of a text that is one address and nothing else.
fn parts(text: &str) -> Option<(&str, &str)> {
    let (local, domain) = text.trim().rsplit_once('@')?;
    let plain = |part: &str| !part.is_empty() && !part.contains(char::is_whitespace);
    let dotted = domain
        .chars()
        .all(|c| c.is_alphanumeric() || matches!(c, '.' | '-'));
    (plain(local) && plain(domain) && dotted && !local.contains('@')).then_some((local, domain))
}

/// The first character, if it is not the only one, and three stars.
fn hint(part: &str, out: &mut Vec<u8>) {
    let mut characters = part.chars();
    if let Some(first) = characters.next()
        && characters.next().is_some()
    {
        out.extend_from_slice(first.encode_utf8(&mut [0; 4]).as_bytes());
    }
    out.extend_from_slice(b"***");
}
