//! Places inside JSON documents: `$.user.email`, `$.items[*].phone`, `$..ssn`.
//!
//! A subset of JSONPath (RFC 9535) that can be followed while a document streams by: names, indices,
//! wildcards and descent, no filters, slices or unions. A path selects nodes; everything inside a
//! selected node belongs to it, its keys included.
//!
//! A place is followed with a set of states in one word: bit `i` says that the first `i` steps are
//! behind. Following costs a few instructions for each step and allocates nothing.
//!
//! <https://www.rfc-editor.org/rfc/rfc9535>

use std::fmt;

/// Steps of a path at most: the states fit into a word.
const STEPS_MAX: usize = 60;

/// A path, compiled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JsonPath {
    text: Box<str>,
    steps: Vec<Step>,
}

/// One step from a container to something in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Segment<'k> {
    /// A member of an object, by its key without escapes.
    Key(&'k [u8]),
    /// An element of an array, counted from 0.
    Index(u32),
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Step {
    /// Any number of containers may come first.
    descends: bool,
    child: Child,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Child {
    Key(Box<[u8]>),
    Index(u32),
    Any,
}

/// Why a text is no path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoPath {
    /// It does not begin with `$`.
    Root,
    /// What stands at this character, counted from 1, is no step.
    Step(usize),
    /// It is longer than followers can count.
    TooLong,
}

impl fmt::Display for NoPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NoPath::Root => f.write_str("path does not begin with `$`"),
            NoPath::Step(at) => write!(f, "path has no step at its character {at}"),
            NoPath::TooLong => write!(f, "path of more than {STEPS_MAX} steps"),
        }
    }
}

impl JsonPath {
    pub(crate) fn parse(text: &str) -> Result<JsonPath, NoPath> {
        let mut rest = text.strip_prefix('$').ok_or(NoPath::Root)?;
        let mut steps = Vec::new();
        while !rest.is_empty() {
            let at = NoPath::Step(text[..text.len() - rest.len()].chars().count() + 1);
            let (descends, behind) = match rest.strip_prefix("..") {
                Some(behind) => (true, behind),
                None => (false, rest.strip_prefix('.').unwrap_or(rest)),
            };
            let dotted = behind.len() < rest.len();
            let (child, behind) = match behind.strip_prefix('[') {
                Some(inside) if descends || !dotted => bracket(inside).ok_or(at)?,
                None if dotted => dot(behind).ok_or(at)?,
                _ => return Err(at),
            };
            steps.push(Step { descends, child });
            rest = behind;
        }
        if steps.len() > STEPS_MAX {
            return Err(NoPath::TooLong);
        }
        Ok(JsonPath {
            text: text.into(),
            steps,
        })
    }

    /// As it is written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Does it select the node at `place`, or one around it?
    pub fn covers<'k>(&self, place: impl Iterator<Item = Segment<'k>>) -> bool {
        let all = 1 << self.steps.len();
        let mut states: u64 = 1;
        for segment in place {
            if states & all != 0 {
                break;
            }
            states = self.next(states, segment);
        }
        states & all != 0
    }

    /// How exactly it names a node; the more exact of two paths decides.
    pub(crate) fn exactness(&self) -> (usize, usize) {
        let named = |step: &&Step| !step.descends && step.child != Child::Any;
        let named = self.steps.iter().filter(named).count();
        (named, self.steps.len())
    }

    fn next(&self, states: u64, segment: Segment<'_>) -> u64 {
        let mut next = 0;
        for (at, step) in self.steps.iter().enumerate() {
            let here = states >> at & 1;
            next |= (u64::from(step.descends) * here) << at;
            next |= (u64::from(step.child.is(segment)) * here) << (at + 1);
        }
        next
    }
}

impl Child {
    fn is(&self, segment: Segment<'_>) -> bool {
        match (self, segment) {
            (Child::Any, _) => true,
            (Child::Key(key), Segment::Key(found)) => **key == *found,
            (Child::Index(index), Segment::Index(found)) => *index == found,
            (Child::Key(_), Segment::Index(_)) | (Child::Index(_), Segment::Key(_)) => false,
        }
    }
}

/// `name` or `*`, and what follows.
fn dot(text: &str) -> Option<(Child, &str)> {
    if let Some(behind) = text.strip_prefix('*') {
        return Some((Child::Any, behind));
    }
    let is_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-') || !c.is_ascii();
    let end = text.find(|c| !is_name(c)).unwrap_or(text.len());
    let (name, behind) = text.split_at(end);
    (!name.is_empty()).then(|| (Child::Key(name.as_bytes().into()), behind))
}

/// `*]`, `0]`, `'name']` or `"name"]`, and what follows.
fn bracket(text: &str) -> Option<(Child, &str)> {
    let (child, behind) = match text.chars().next()? {
        '*' => (Child::Any, &text[1..]),
        quote @ ('\'' | '"') => {
            let mut name = String::new();
            let mut inside = text[1..].char_indices();
            let end = loop {
                match inside.next()? {
                    (end, c) if c == quote => break end,
                    (_, '\\') => match inside.next()?.1 {
                        escaped @ ('\\' | '\'' | '"') => name.push(escaped),
                        _ => return None,
                    },
                    (_, c) => name.push(c),
                }
            };
            (Child::Key(name.into_bytes().into()), &text[end + 2..])
        }
        _ => {
            let end = text.find(|c: char| !c.is_ascii_digit())?;
            (Child::Index(text[..end].parse().ok()?), &text[end..])
        }
    };
    Some((child, behind.strip_prefix(']')?))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// `a/0/b` as a place.
    fn covers(path: &str, place: &str) -> bool {
        let segments = place.split('/').filter(|part| !part.is_empty());
        let segments = segments.map(|part| match part.parse() {
            Ok(index) => Segment::Index(index),
            Err(_) => Segment::Key(part.as_bytes()),
        });
        JsonPath::parse(path).unwrap().covers(segments)
    }

    #[test]
    fn a_path_covers_its_nodes_and_what_is_in_them() {
        for (path, place, expected) in [
            ("$", "", true),
            ("$", "a/b", true),
            ("$.user.email", "user/email", true),
            ("$.user.email", "user/email/0", true),
            ("$.user.email", "user", false),
            ("$.user.email", "user/email_2", false),
            ("$.user.email", "x/user/email", false),
            ("$.items[*].phone", "items/7/phone", true),
            ("$.items[*].phone", "items/phone", false),
            ("$.items.*.phone", "items/a/phone", true),
            ("$.items[1]", "items/1/x", true),
            ("$.items[1]", "items/2", false),
            ("$..ssn", "ssn", true),
            ("$..ssn", "a/0/b/ssn", true),
            ("$..ssn", "a/0/b", false),
            ("$..user..mail", "user/user/x/mail", true),
            ("$..user..mail", "mail/user", false),
            ("$..[0]", "a/b/0", true),
            ("$..*", "a", true),
            ("$..*", "", false),
            ("$['first name'][\"it's\"]", "first name/it's", true),
            ("$['it\\'s']", "it's", true),
            ("$.straße", "straße", true),
        ] {
            assert_eq!(covers(path, place), expected, "{path} {place}");
        }
    }

    #[test]
    fn what_is_no_path_is_refused_where_it_goes_wrong() {
        for (text, wrong) in [
            ("", NoPath::Root),
            ("user.email", NoPath::Root),
            ("$user", NoPath::Step(2)),
            ("$.", NoPath::Step(2)),
            ("$.a.", NoPath::Step(4)),
            ("$.[0]", NoPath::Step(2)),
            ("$.a[", NoPath::Step(4)),
            ("$.a[-1]", NoPath::Step(4)),
            ("$.a[1:2]", NoPath::Step(4)),
            ("$.a[?(@.b)]", NoPath::Step(4)),
            ("$.a['b]", NoPath::Step(4)),
            ("$.a b", NoPath::Step(4)),
            ("$...a", NoPath::Step(2)),
            ("$.a[99999999999]", NoPath::Step(4)),
        ] {
            assert_eq!(JsonPath::parse(text), Err(wrong), "{text}");
        }
        assert_eq!(
            JsonPath::parse(&format!("${}", ".a".repeat(61))),
            Err(NoPath::TooLong)
        );
        assert!(JsonPath::parse(&format!("${}", ".a".repeat(60))).is_ok());
    }
}
