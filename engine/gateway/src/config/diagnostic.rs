//! What is wrong with a configuration: file, line, column, caret and remedy.
//!
//! A message never holds a value. The quoted line may, but only values that are no secret: what
//! [`super::source::Source`] keeps for showing.

use super::source::Source;
use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};
use serde::Serialize;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The configuration is not used.
    Error,
    /// It is used, though somebody should look at it.
    Warning,
}

/// One finding.
#[derive(Clone, Debug, Serialize)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// The file.
    pub file: String,
    /// Counted from 1; 0 when it is about the file as a whole.
    pub line: usize,
    /// In characters, counted from 1; 0 when it is about the file as a whole.
    pub column: usize,
    /// What is wrong; lower case, no full stop.
    pub message: String,
    /// What would be right.
    pub help: Option<String>,
    #[serde(skip)]
    quote: Quote,
}

/// The place that is quoted below the message.
#[derive(Clone, Debug)]
enum Quote {
    /// It is about a file as a whole.
    None,
    /// The message is rendered with its pack.
    Elsewhere,
    /// These bytes.
    Span(Arc<Source>, Range<usize>),
}

/// Everything that was found in one configuration.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(transparent)]
pub struct Diagnostics {
    list: Vec<Diagnostic>,
    /// What is wrong with the packs, for people.
    #[serde(skip)]
    rendered: Option<String>,
}

impl Diagnostics {
    /// Notes something at `span` (byte offsets) of a file.
    pub fn at(
        &mut self,
        severity: Severity,
        source: &Arc<Source>,
        span: Range<usize>,
        message: impl Into<String>,
        help: impl Into<Option<String>>,
    ) {
        let (line, column) = source.line_and_column(span.start);
        self.list.push(Diagnostic {
            severity,
            file: source.name().to_owned(),
            line,
            column,
            message: message.into(),
            help: help.into(),
            quote: Quote::Span(Arc::clone(source), span),
        });
    }

    /// Notes an error of a file as a whole.
    pub fn file_error(
        &mut self,
        file: &str,
        message: impl Into<String>,
        help: impl Into<Option<String>>,
    ) {
        self.list.push(Diagnostic {
            severity: Severity::Error,
            file: file.to_owned(),
            line: 0,
            column: 0,
            message: message.into(),
            help: help.into(),
            quote: Quote::None,
        });
    }

    /// Takes over what is wrong with rule packs, which was rendered elsewhere.
    pub fn packs(&mut self, packs: &wiremask_rules::Diagnostics) {
        let rendered = self.rendered.get_or_insert_default();
        rendered.push_str(&packs.to_string());
        self.list.extend(packs.iter().map(|pack| Diagnostic {
            severity: Severity::Error,
            file: pack.file.clone(),
            line: pack.line,
            column: pack.column,
            message: pack.message.clone(),
            help: pack.help.clone(),
            quote: Quote::Elsewhere,
        }));
    }

    /// Puts them in the order of the file; packs come last.
    pub fn sort(&mut self) {
        self.list
            .sort_by_key(|d| (matches!(d.quote, Quote::Elsewhere), d.line, d.column));
    }

    /// How many errors there are.
    pub fn errors(&self) -> usize {
        self.list
            .iter()
            .filter(|d| d.severity == Severity::Error)
            .count()
    }

    /// All of them.
    pub fn iter(&self) -> std::slice::Iter<'_, Diagnostic> {
        self.list.iter()
    }

    /// For a terminal (`styled`) or a file.
    pub fn render(&self, styled: bool) -> String {
        let renderer = if styled {
            Renderer::styled()
        } else {
            Renderer::plain()
        };
        let own = self.list.iter().filter_map(|d| d.render(&renderer));
        let all: Vec<String> = own.chain(self.rendered.clone()).collect();
        all.join("\n\n")
    }
}

impl Diagnostic {
    fn render(&self, renderer: &Renderer) -> Option<String> {
        let level = match self.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
        };
        let title = level.primary_title(self.message.as_str());
        let mut group = match &self.quote {
            Quote::Span(source, span) => title.element(
                Snippet::source(source.shown())
                    .path(source.name())
                    .annotation(AnnotationKind::Primary.span(span.clone())),
            ),
            Quote::None => title.element(Level::NOTE.message(format!("in {}", self.file))),
            Quote::Elsewhere => return None,
        };
        if let Some(help) = &self.help {
            group = group.element(Level::HELP.message(help.as_str()));
        }
        Some(renderer.render(&[group]))
    }
}

/// One line, without a quote: for logs.
impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file)?;
        if self.line > 0 {
            write!(f, ":{}:{}", self.line, self.column)?;
        }
        write!(f, ": {}", self.message)?;
        if let Some(help) = &self.help {
            write!(f, " ({help})")?;
        }
        Ok(())
    }
}

impl fmt::Display for Diagnostics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(false))
    }
}

impl std::error::Error for Diagnostics {}

/// "Did you mean" for a name that is not among the known ones: the nearest, or all of them.
pub fn suggest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> String {
    let known: Vec<&str> = known.collect();
    let nearest = known.iter().map(|k| (distance(name, k), k)).min();
    match nearest {
        Some((far, nearest)) if far <= 2 || far * 3 <= nearest.len() => {
            format!("did you mean `{nearest}`?")
        }
        _ => format!("known here: {}", known.join(", ")),
    }
}

/// Levenshtein distance in bytes.
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.bytes().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, y) in b.bytes().enumerate() {
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
        let known = ["address", "tls"];
        assert_eq!(
            suggest("adress", known.into_iter()),
            "did you mean `address`?"
        );
        assert_eq!(
            suggest("xyzzy", known.into_iter()),
            "known here: address, tls"
        );
        assert_eq!(distance("kitten", "sitting"), 3);
    }
}
