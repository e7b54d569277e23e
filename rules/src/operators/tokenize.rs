//! `tokenize`: AES-SIV, a token from which only the key gives the value back.
//! <https://www.rfc-editor.org/rfc/rfc5297>

use super::entry::{Entry, Example, KEY, Kind, OptionDoc, Properties, Uniqueness};
use super::{Operator, Options, declared_length, redact};
use crate::keys::Tag;
use crate::value::{MaskContext, Masked, Value};
use aes_siv::KeyInit as _;
use aes_siv::siv::Aes256Siv;
use std::fmt;
use zeroize::Zeroizing;

/// Bytes of the synthetic initialization vector, which also authenticates.
const TAG_LEN: usize = 16;

pub(super) static ENTRY: Entry = Entry {
    name: "tokenize",
    summary: "A token (AES-SIV) that joins, and from which the key gives the value back.",
    details: "Text of any length becomes `prefix` and 22 characters of base64url (`A-Za-z0-9-_`) or more: the length of\n\
        the value shows. Equal texts have equal tokens, so joins hold; texts that differ in case or spaces do not.\n\
        A token that was changed, or made with another key or entity, is not revealed. Where the declared length\n\
        of the column is too short for the token, the value is redacted. Other types are redacted: see `fpe`.",
    properties: Properties {
        keyed: true,
        deterministic: true,
        joinable: true,
        uniqueness: Uniqueness::Preserved,
        reversible: true,
        length_kept: false,
    },
    kinds: &[Kind::Text],
    options: &[
        OptionDoc {
            name: "prefix",
            default: "\"tok_\"",
            about: "What every token begins with.",
        },
        KEY,
    ],
    examples: &[
        Example::text(
            "ACCOUNT",
            r#"operator = "tokenize""#,
            "DE-77-1234",
            "tok_tXBv25A0mkU8FKVslfHt_yDBnORDM2NwII8",
        ),
        Example::text(
            "ACCOUNT",
            r#"operator = "tokenize", prefix = """#,
            "DE-77-1234",
            "tXBv25A0mkU8FKVslfHt_yDBnORDM2NwII8",
        ),
    ],
    build,
};

fn build(options: &mut Options<'_>) -> Box<dyn Operator> {
    let prefix = options.text("prefix").unwrap_or("tok_").into();
    let entity = options.entity.into();
    let key = options.key().subkey(Tag::Token);
    Box::new(Tokenize {
        key,
        entity,
        prefix,
    })
}

struct Tokenize {
    key: Zeroizing<[u8; 64]>,
    /// Goes into the token's authentication.
    entity: Box<str>,
    prefix: Box<str>,
}

impl fmt::Debug for Tokenize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tokenize")
            .field("prefix", &self.prefix)
            .finish_non_exhaustive()
    }
}

impl Tokenize {
    fn cipher(&self) -> Aes256Siv {
        Aes256Siv::new((&*self.key).into())
    }

    /// Appends the token of a text; nothing where it does not fit.
    fn token(&self, text: &[u8], cx: &MaskContext<'_>, out: &mut Vec<u8>) -> Option<()> {
        let len = self.prefix.chars().count() + ((TAG_LEN + text.len()) * 4).div_ceil(3);
        if declared_length(cx.type_modifier).is_some_and(|max| len > max) {
            return None;
        }
        // `out` doubles as scratch for what is encrypted, so that nothing is allocated.
        let from = out.len();
        out.resize(from + TAG_LEN, 0);
        out.extend_from_slice(text);
        let (tag, plain) = out[from..].split_at_mut(TAG_LEN);
        let siv = self
            .cipher()
            .encrypt_in_place_detached([self.entity.as_bytes()], plain);
        tag.copy_from_slice(&siv.ok()?);
        let end = out.len();
        out.extend_from_slice(self.prefix.as_bytes());
        for at in (from..end).step_by(3) {
            let taken = (end - at).min(3);
            let mut group = [0; 4];
            group[1..=taken].copy_from_slice(&out[at..at + taken]);
            let group = u32::from_be_bytes(group);
            let sextets = [18, 12, 6, 0].map(|by| (group >> by & 63).to_le_bytes()[0]);
            out.extend(sextets[..=taken].iter().map(|sextet| character(*sextet)));
        }
        out.drain(from..end);
        Some(())
    }

    /// Appends the text of a token.
    fn text(&self, token: &[u8], out: &mut Vec<u8>) -> Option<()> {
        let token = token.strip_prefix(self.prefix.as_bytes())?;
        let from = out.len();
        for group in token.chunks(4) {
            let sextets = group.iter().try_fold(0u32, |number, byte| {
                Some(number << 6 | u32::from(sextet(*byte)?))
            })?;
            let used = group.len().checked_sub(1).filter(|used| *used > 0)?;
            let shifted = sextets << (6 * (4 - group.len()));
            let [_, bytes @ ..] = shifted.to_be_bytes();
            // The bits that no byte takes are zero in what we make.
            if bytes[used..].iter().any(|byte| *byte != 0) {
                return None;
            }
            out.extend_from_slice(&bytes[..used]);
        }
        let (tag, cipher) = out[from..].split_at_mut_checked(TAG_LEN)?;
        let tag = aes_siv::Tag::clone_from_slice(tag);
        let headers = [self.entity.as_bytes()];
        let opened = self
            .cipher()
            .decrypt_in_place_detached(headers, cipher, &tag);
        opened.ok()?;
        out.drain(from..from + TAG_LEN);
        Some(())
    }
}

fn character(sextet: u8) -> u8 {
    match sextet {
        0..26 => b'A' + sextet,
        26..52 => b'a' + (sextet - 26),
        52..62 => b'0' + (sextet - 52),
        62 => b'-',
        _ => b'_',
    }
}

fn sextet(byte: u8) -> Option<u8> {
    Some(match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'-' => 62,
        b'_' => 63,
        _ => return None,
    })
}

impl Operator for Tokenize {
    fn mask(&self, value: Value<'_>, cx: &MaskContext<'_>, out: &mut Vec<u8>) -> Masked {
        let from = out.len();
        if let Value::Text(text) = value
            && self.token(text, cx, out).is_some()
        {
            return Masked::Out;
        }
        out.truncate(from);
        redact::neutral(value, b'*', cx, out)
    }

    fn reveal(&self, value: Value<'_>, _: &MaskContext<'_>, out: &mut Vec<u8>) -> Option<Masked> {
        match value {
            Value::Text(token) => self.text(token, out).map(|()| Masked::Out),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::RevealError;
    use super::super::tests::{masker, there_and_back};
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_changed_token_is_not_revealed() {
        let (ruleset, rule) = masker("X", r#"operator = "tokenize""#);
        let (masker, cx) = (ruleset.masker(rule), MaskContext::default());
        let mut token = Vec::new();
        masker.mask(Value::Text(b"secret"), &cx, &mut token);
        for at in 0..token.len() {
            let mut changed = token.clone();
            changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
            let revealed = masker.reveal(Value::Text(&changed), &cx, &mut Vec::new());
            assert_eq!(revealed, Err(RevealError::NotMasked), "{at}");
        }
    }

    #[test]
    fn a_token_that_does_not_fit_its_column_is_not_cut_but_redacted() {
        let (ruleset, rule) = masker("X", r#"operator = "tokenize""#);
        for (length, is_token) in [(33, false), (34, true)] {
            let cx = MaskContext {
                type_modifier: length + 4,
                ..MaskContext::default()
            };
            let mut out = Vec::new();
            ruleset
                .masker(rule)
                .mask(Value::Text(b"secret"), &cx, &mut out);
            assert_eq!(out != b"******", is_token);
        }
    }

    proptest! {
        #[test]
        fn any_text_comes_back(text in "\\PC{0,60}") {
            let (token, back) = there_and_back(r#"operator = "tokenize""#, Value::Text(text.as_bytes()));
            prop_assert_eq!(back.unwrap(), text);
            prop_assert!(token.starts_with("tok_"));
        }
    }
}
