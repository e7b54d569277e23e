//! What is wrong with a pack or a policy: file, line, column, caret and remedy.
//!
//! Checking goes on after a mistake, so that one run reports all of them. The renderer is the one
//! of rustc.

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};
use serde::Serialize;
use std::cell::RefCell;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

/// Everything that is wrong with a set of packs; never empty when returned as an error.
#[derive(Clone, Debug, Default)]
pub struct Diagnostics(Vec<Diagnostic>);

impl Diagnostics {
    /// The mistakes in the order of the files and lines.
    pub fn iter(&self) -> impl Iterator<Item = &Diagnostic> {
        self.0.iter()
    }

    /// Nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for Diagnostics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let renderer = Renderer::plain();
        for (index, diagnostic) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str("\n\n")?;
            }
            f.write_str(&diagnostic.render(&renderer))?;
        }
        Ok(())
    }
}

impl std::error::Error for Diagnostics {}

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The packs cannot be used.
    Error,
    /// They can, and somebody should look at it.
    Warning,
}

/// One mistake in one pack.
#[derive(Clone, Debug)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// The file, or the name of a built-in pack.
    pub file: String,
    /// Counted from 1.
    pub line: usize,
    /// In characters, counted from 1.
    pub column: usize,
    /// What is wrong; lower case, no full stop.
    pub message: String,
    /// What would be right.
    pub help: Option<String>,
    span: Range<usize>,
    source: Arc<Source>,
}

impl Diagnostic {
    fn render(&self, renderer: &Renderer) -> String {
        let snippet = Snippet::source(self.source.text.as_str())
            .path(self.source.name.as_str())
            .annotation(AnnotationKind::Primary.span(self.span.clone()));
        let level = match self.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
        };
        let mut group = level.primary_title(self.message.as_str()).element(snippet);
        if let Some(help) = &self.help {
            group = group.element(Level::HELP.message(help.as_str()));
        }
        renderer.render(&[group])
    }
}

/// A text that is checked, kept for rendering.
pub struct Source {
    /// A file path, or the name of something built in.
    pub name: String,
    /// All of it.
    pub text: String,
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Source")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// Collects mistakes while packs, or other texts, are read and compiled.
#[derive(Debug, Default)]
pub struct Errors(RefCell<Vec<Diagnostic>>);

impl Errors {
    /// Notes a mistake at `span` (byte offsets into the source).
    pub fn add(&self, at: &Site, message: impl Into<String>, help: Option<String>) {
        self.note(Severity::Error, at, message.into(), help);
    }

    /// Notes what is no mistake yet.
    pub fn warn(&self, at: &Site, message: impl Into<String>, help: Option<String>) {
        self.note(Severity::Warning, at, message.into(), help);
    }

    fn note(&self, severity: Severity, at: &Site, message: String, help: Option<String>) {
        let text = &at.source.text;
        let start = floor_boundary(text, at.span.start.min(text.len()));
        let end = floor_boundary(text, at.span.end.min(text.len())).max(start);
        let before = &text[..start];
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        self.0.borrow_mut().push(Diagnostic {
            severity,
            file: at.source.name.clone(),
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
            message,
            help,
            span: start..end,
            source: Arc::clone(&at.source),
        });
    }

    /// Was no mistake noted? Warnings do not count.
    pub fn is_empty(&self) -> bool {
        let is_error = |d: &Diagnostic| d.severity == Severity::Error;
        !self.0.borrow().iter().any(is_error)
    }

    /// The warnings.
    ///
    /// # Errors
    /// With a single mistake, everything noted so far.
    pub fn into_result(self) -> Result<Diagnostics, Diagnostics> {
        let is_empty = self.is_empty();
        let all = Diagnostics(self.0.into_inner());
        if is_empty { Ok(all) } else { Err(all) }
    }
}

/// A place in a text.
#[derive(Clone, Debug)]
pub struct Site {
    /// The text.
    pub source: Arc<Source>,
    /// Bytes of it.
    pub span: Range<usize>,
}

/// A value and where it stands.
#[derive(Clone, Debug)]
pub(crate) struct At<T> {
    pub(crate) value: T,
    pub(crate) site: Site,
}

/// "did you mean" for a name that is not in a list: the nearest one, or the whole list.
pub fn suggest(name: &str, known: &[&str]) -> String {
    let near = known.iter().map(|k| (distance(name, k), k)).min();
    match near {
        Some((far, nearest)) if far <= 2 || far * 3 <= nearest.len() => {
            format!("did you mean `{nearest}`?")
        }
        _ => format!("known here: {}", known.join(", ")),
    }
}

fn floor_boundary(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// Levenshtein distance in bytes.
fn distance(a: &str, b: &str) -> usize {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_near_name_is_suggested_and_a_far_one_lists_all() {
        assert_eq!(
            suggest("prioritiy", &["name", "priority"]),
            "did you mean `priority`?"
        );
        assert_eq!(
            suggest("zzz", &["name", "match"]),
            "known here: name, match"
        );
    }

    #[test]
    fn line_and_column_count_from_one_in_characters() {
        let source = Arc::new(Source {
            name: "p.toml".to_owned(),
            text: "a = 1\nü = 2\n".to_owned(),
        });
        let errors = Errors::default();
        errors.add(
            &Site {
                source,
                span: 11..12,
            },
            "bad",
            None,
        );
        let all = errors.into_result().expect_err("one was added");
        let first = all.iter().next().expect("one was added");
        assert_eq!((first.line, first.column), (2, 5));
        assert!(all.to_string().contains("p.toml:2:5"), "{all}");
    }
}
