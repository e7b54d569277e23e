//! xml: text, attribute values, comments and processing instructions are leaves; so are names.
//!
//! PostgreSQL accepts documents and content fragments (text beside several roots). Neighbouring text
//! and CDATA sections are one leaf, entities and character references decoded. A changed text is
//! escaped anew; what cannot be masked in place (a comment that would break, a declaration, a
//! doctype) is removed, a changed name becomes `masked`. What is not well-formed is one text leaf.
//!
//! <https://www.w3.org/TR/xml/>

use std::ops::Range;

use super::scratch::Splice;
use super::walk::{TextAnswer, Walker};
use super::xml_text::{decode, escape};
use super::{JSON_DEPTH_MAX, LeafMasker, LeafSite, Rewritten, Undecodable};

/// What a changed element or attribute name becomes; later attributes of one element get a number.
const MASKED_NAME: &[u8] = b"masked";

/// An element that is open: where its name lies in the source, and whether it was replaced.
#[derive(Clone, Copy, Debug)]
pub(super) struct Open {
    start: usize,
    end: usize,
    replaced: bool,
}

pub(super) fn rewrite<M: LeafMasker>(
    walker: &mut Walker<'_, M>,
    site: LeafSite<'_>,
    value: &[u8],
    out: &mut Vec<u8>,
) -> Result<Rewritten, Undecodable> {
    let start = out.len();
    let mut walk = Walk {
        text: value,
        at: 0,
        splice: Splice::new(value, out),
        stack: walker.scratch.take_xml(),
        decoded: walker.scratch.take(),
        answer: walker.scratch.take(),
    };
    let well_formed = walk.content(walker, site, out)?;
    let mut answer = walk.answer;
    let rewritten = if well_formed {
        let changed = walk.splice.finish(out);
        if changed {
            Rewritten::Changed
        } else {
            Rewritten::Unchanged
        }
    } else {
        out.truncate(start);
        match walker.text(site, value, &mut answer) {
            TextAnswer::Keep => Rewritten::Unchanged,
            TextAnswer::Replace => {
                escape(&answer, out);
                Rewritten::Changed
            }
            TextAnswer::Null => Rewritten::Null,
        }
    };
    walker.scratch.put(answer);
    walker.scratch.put(walk.decoded);
    walker.scratch.put_xml(walk.stack);
    Ok(rewritten)
}

struct Walk<'a> {
    text: &'a [u8],
    at: usize,
    splice: Splice<'a>,
    stack: Vec<Open>,
    decoded: Vec<u8>,
    answer: Vec<u8>,
}

/// What becomes of markup that a leaf stands in.
enum Markup {
    /// A comment or processing instruction may hold the new text unless it holds this.
    Without(&'static [u8]),
    /// Removed when changed.
    Fixed,
}

impl<'a> Walk<'a> {
    /// Returns whether all of the text is well-formed.
    fn content<M: LeafMasker>(
        &mut self,
        walker: &mut Walker<'_, M>,
        site: LeafSite<'_>,
        out: &mut Vec<u8>,
    ) -> Result<bool, Undecodable> {
        while self.at < self.text.len() {
            let rest = &self.text[self.at..];
            let step = match rest {
                [b'<', b'!', b'[', ..] => self.text_run(walker, site, out),
                [b'<', b'!', b'-', b'-', ..] => {
                    self.markup(walker, site, (4, b"-->"), &Markup::Without(b"--"), out)
                }
                [
                    b'<',
                    b'?',
                    b'x',
                    b'm',
                    b'l',
                    b' ' | b'\t' | b'\r' | b'\n',
                    ..,
                ] => self.markup(walker, site, (2, b"?>"), &Markup::Fixed, out),
                [b'<', b'?', ..] => {
                    self.markup(walker, site, (2, b"?>"), &Markup::Without(b"?>"), out)
                }
                [b'<', b'!', ..] => self.doctype(walker, site, out),
                [b'<', b'/', ..] => self.end_tag(out),
                [b'<', ..] if self.stack.len() == usize::from(JSON_DEPTH_MAX) => {
                    return Err(Undecodable::Depth);
                }
                [b'<', ..] => self.start_tag(walker, site, out),
                _ => self.text_run(walker, site, out),
            };
            if step.is_none() {
                return Ok(false);
            }
        }
        Ok(self.stack.is_empty())
    }

    /// Neighbouring text and CDATA sections, as one leaf.
    fn text_run<M: LeafMasker>(
        &mut self,
        walker: &mut Walker<'_, M>,
        site: LeafSite<'_>,
        out: &mut Vec<u8>,
    ) -> Option<()> {
        const CDATA: &[u8] = b"<![CDATA[";
        let start = self.at;
        self.decoded.clear();
        while self.at < self.text.len() {
            let rest = &self.text[self.at..];
            if rest.starts_with(CDATA) {
                let len = find(&rest[CDATA.len()..], b"]]>")?;
                self.decoded
                    .extend_from_slice(&rest[CDATA.len()..CDATA.len() + len]);
                self.at += CDATA.len() + len + 3;
            } else if rest[0] == b'<' {
                if rest.starts_with(b"<![") {
                    return None;
                }
                break;
            } else {
                let len = memchr::memchr(b'<', rest).unwrap_or(rest.len());
                decode(&rest[..len], &mut self.decoded);
                self.at += len;
            }
        }
        if self.decoded.iter().all(u8::is_ascii_whitespace) {
            return Some(());
        }
        let site = self.inside(site);
        match walker.text(site, &self.decoded, &mut self.answer) {
            TextAnswer::Keep => {}
            TextAnswer::Replace => {
                self.splice.cut(start..self.at, out);
                escape(&self.answer, out);
            }
            TextAnswer::Null => self.splice.cut(start..self.at, out),
        }
        Some(())
    }

    /// A comment or processing instruction, `open` bytes of markup in front and `close` behind.
    fn markup<M: LeafMasker>(
        &mut self,
        walker: &mut Walker<'_, M>,
        site: LeafSite<'_>,
        (open, close): (usize, &[u8]),
        kind: &Markup,
        out: &mut Vec<u8>,
    ) -> Option<()> {
        let start = self.at;
        let content = start + open;
        let len = find(self.text.get(content..)?, close)?;
        self.at = content + len + close.len();
        let site = self.inside(site);
        let answer = unless_same(
            walker,
            site,
            &self.text[content..content + len],
            &mut self.answer,
        );
        let fits = match kind {
            Markup::Without(b"?>") => is_instruction(&self.answer),
            Markup::Without(part) => {
                find(&self.answer, part).is_none() && self.answer.last() != Some(&b'-')
            }
            Markup::Fixed => false,
        };
        match answer {
            TextAnswer::Keep => {}
            TextAnswer::Replace if fits => {
                self.splice.cut(content..content + len, out);
                out.extend_from_slice(&self.answer);
            }
            TextAnswer::Replace | TextAnswer::Null => self.splice.cut(start..self.at, out),
        }
        Some(())
    }

    fn doctype<M: LeafMasker>(
        &mut self,
        walker: &mut Walker<'_, M>,
        site: LeafSite<'_>,
        out: &mut Vec<u8>,
    ) -> Option<()> {
        let start = self.at;
        let rest = &self.text[start..];
        if !rest.starts_with(b"<!DOCTYPE") {
            return None;
        }
        let mut quote = None;
        let mut brackets = 0_usize;
        let len = rest.iter().position(|&b| {
            match (quote, b) {
                (Some(open), b) if open == b => quote = None,
                (Some(_), _) => {}
                (None, b'"' | b'\'') => quote = Some(b),
                (None, b'[') => brackets += 1,
                (None, b']') => brackets = brackets.saturating_sub(1),
                (None, b'>') => return brackets == 0,
                _ => {}
            }
            false
        })?;
        self.at = start + len + 1;
        let site = self.inside(site);
        self.decoded.clear();
        decode(&rest[..=len], &mut self.decoded);
        if unless_same(walker, site, &self.decoded, &mut self.answer) != TextAnswer::Keep {
            self.splice.cut(start..self.at, out);
        }
        Some(())
    }

    fn end_tag(&mut self, out: &mut Vec<u8>) -> Option<()> {
        self.at += 2;
        let name = self.name()?;
        let open = self.stack.pop()?;
        if self.text[name.clone()] != self.text[open.start..open.end] {
            return None;
        }
        if open.replaced {
            self.splice.cut(name, out);
            out.extend_from_slice(MASKED_NAME);
        }
        self.skip_space();
        self.expect(b'>')
    }

    fn start_tag<M: LeafMasker>(
        &mut self,
        walker: &mut Walker<'_, M>,
        site: LeafSite<'_>,
        out: &mut Vec<u8>,
    ) -> Option<()> {
        self.at += 1;
        let name = self.name()?;
        let key_site = LeafSite {
            is_key: true,
            ..self.inside(site)
        };
        let replaced = self.mask_name(walker, key_site, name.clone(), 0, out);
        let open = Open {
            start: name.start,
            end: name.end,
            replaced,
        };
        let mut masked_names = 0;
        loop {
            let spaced = self.skip_space();
            match *self.text.get(self.at)? {
                b'>' => {
                    self.at += 1;
                    self.stack.push(open);
                    return Some(());
                }
                b'/' => {
                    self.at += 1;
                    return self.expect(b'>');
                }
                _ if spaced => {}
                _ => return None,
            }
            let attribute = self.name()?;
            if self.mask_name(walker, key_site, attribute.clone(), masked_names, out) {
                masked_names += 1;
            }
            self.skip_space();
            self.expect(b'=')?;
            self.skip_space();
            self.attribute_value(walker, site, attribute, out)?;
        }
    }

    fn attribute_value<M: LeafMasker>(
        &mut self,
        walker: &mut Walker<'_, M>,
        site: LeafSite<'_>,
        name: Range<usize>,
        out: &mut Vec<u8>,
    ) -> Option<()> {
        let quote = *self.text.get(self.at)?;
        if !matches!(quote, b'"' | b'\'') {
            return None;
        }
        let start = self.at + 1;
        let len = memchr::memchr2(quote, b'<', &self.text[start..])?;
        if self.text[start + len] == b'<' {
            return None;
        }
        self.at = start + len + 1;
        self.decoded.clear();
        decode(&self.text[start..start + len], &mut self.decoded);
        let site = LeafSite {
            key: Some(&self.text[name]),
            ..self.inside(site)
        }
        .deeper(1);
        match walker.text(site, &self.decoded, &mut self.answer) {
            TextAnswer::Keep => {}
            TextAnswer::Replace => {
                self.splice.cut(start..start + len, out);
                escape(&self.answer, out);
            }
            TextAnswer::Null => self.splice.cut(start..start + len, out),
        }
        Some(())
    }

    /// Returns whether the name was replaced.
    fn mask_name<M: LeafMasker>(
        &mut self,
        walker: &mut Walker<'_, M>,
        site: LeafSite<'_>,
        name: Range<usize>,
        number: u32,
        out: &mut Vec<u8>,
    ) -> bool {
        let answer = unless_same(walker, site, &self.text[name.clone()], &mut self.answer);
        if answer == TextAnswer::Keep {
            return false;
        }
        self.splice.cut(name, out);
        out.extend_from_slice(MASKED_NAME);
        if number > 0 {
            super::calendar::push_padded(number.into(), 1, out);
        }
        true
    }

    /// The site of what lies directly in the innermost open element.
    fn inside<'k>(&self, outer: LeafSite<'k>) -> LeafSite<'k>
    where
        'a: 'k,
    {
        let text = self.text;
        let key = self
            .stack
            .last()
            .map(|open| &text[open.start..open.end])
            .or(outer.key);
        LeafSite {
            key,
            is_key: false,
            ..outer
        }
        .deeper(self.stack.len())
    }

    /// Any run of bytes that cannot be anything else in a tag.
    fn name(&mut self) -> Option<Range<usize>> {
        let in_name = |b: &&u8| {
            !matches!(
                b,
                b' ' | b'\t' | b'\r' | b'\n' | b'/' | b'>' | b'=' | b'<' | b'"' | b'\'' | b'&'
            )
        };
        let rest = &self.text[self.at..];
        let len = rest.iter().take_while(in_name).count();
        let start = self.at;
        self.at += len;
        (len > 0).then_some(start..self.at)
    }

    /// Returns whether there was any.
    fn skip_space(&mut self) -> bool {
        let rest = &self.text[self.at..];
        let len = rest
            .iter()
            .take_while(|b| matches!(b, b' ' | b'\t' | b'\r' | b'\n'))
            .count();
        self.at += len;
        len > 0
    }

    fn expect(&mut self, byte: u8) -> Option<()> {
        let found = self.text.get(self.at) == Some(&byte);
        self.at += 1;
        found.then_some(())
    }
}

/// Asks about markup that cannot take just any text: the same text again means keep.
fn unless_same<M: LeafMasker>(
    walker: &mut Walker<'_, M>,
    site: LeafSite<'_>,
    text: &[u8],
    answer: &mut Vec<u8>,
) -> TextAnswer {
    match walker.text(site, text, answer) {
        TextAnswer::Replace if answer == text => TextAnswer::Keep,
        other => other,
    }
}

/// `target data`, which must not look like an XML declaration.
fn is_instruction(text: &[u8]) -> bool {
    let target = text
        .split(u8::is_ascii_whitespace)
        .next()
        .unwrap_or_default();
    let letters = target.first().is_some_and(u8::is_ascii_alphabetic)
        && target
            .iter()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
    letters && !target.eq_ignore_ascii_case(b"xml") && find(text, b"?>").is_none()
}

fn find(text: &[u8], part: &[u8]) -> Option<usize> {
    memchr::memmem::find(text, part)
}
