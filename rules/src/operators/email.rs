//! `email`: `jane.doe@example.com` becomes `j***@e***.com`.
//!
//! The number of stars is fixed. With `keep-domain = true` the domain stays as it is. A part of
//! one character is hidden whole. Text without an address, and every other kind, is redacted.

use super::{Operator, Options, redact};
use crate::value::{MaskContext, Masked, Value};

pub(super) fn build(options: &mut Options<'_>) -> Box<dyn Operator> {
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
