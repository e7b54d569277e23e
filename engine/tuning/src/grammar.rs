//! The grammar of identifiers that no detector knows: induced from the shapes of a column's values, as a
//! stub of a detector that a person completes.

use crate::sample::Column;

/// What the values of a column have in common.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grammar {
    /// A pattern that all of them match.
    pub pattern: String,
    /// An invented value of this form.
    pub example: String,
}

/// Values without which nothing is induced.
const VALUES_MIN: usize = 30;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Digit,
    Upper,
    Lower,
    Other(char),
}

/// A run of characters of one class.
#[derive(Clone, PartialEq)]
struct Run {
    class: Class,
    least: usize,
    most: usize,
    /// What stands here in all values; letters only.
    literal: Option<String>,
}

/// The grammar of a column of identifiers: nothing where its values are few, long, or of several kinds.
pub fn induce(column: &Column) -> Option<Grammar> {
    if column.kept() < VALUES_MIN {
        return None;
    }
    let mut merged: Option<Vec<Run>> = None;
    for (value, _) in column.values() {
        let value = std::str::from_utf8(value).ok()?.trim();
        let runs = runs(value)?;
        match &mut merged {
            None => merged = Some(runs),
            Some(merged) => merge(merged, &runs)?,
        }
    }
    let runs = merged?;
    let digits = runs.iter().any(|run| run.class == Class::Digit);
    let long = runs.iter().map(|run| run.most).sum::<usize>();
    (digits && (5..=40).contains(&long)).then(|| Grammar {
        pattern: runs.iter().map(Run::pattern).collect(),
        example: runs.iter().map(Run::example).collect(),
    })
}

fn runs(value: &str) -> Option<Vec<Run>> {
    let mut runs: Vec<Run> = Vec::new();
    for c in value.chars() {
        let class = match c {
            '0'..='9' => Class::Digit,
            'A'..='Z' => Class::Upper,
            'a'..='z' => Class::Lower,
            '-' | '/' | '.' | '_' | ' ' | ':' | '#' => Class::Other(c),
            _ => return None,
        };
        match runs.last_mut().filter(|run| run.class == class) {
            Some(run) => {
                run.most += 1;
                run.least += 1;
                if let Some(literal) = &mut run.literal {
                    literal.push(c);
                }
            }
            None => runs.push(Run {
                class,
                least: 1,
                most: 1,
                literal: matches!(class, Class::Upper | Class::Lower).then(|| c.to_string()),
            }),
        }
        if runs.len() > 12 {
            return None;
        }
    }
    Some(runs)
}

/// Widens `merged` so that it covers `runs`; nothing where they are of another kind.
fn merge(merged: &mut [Run], runs: &[Run]) -> Option<()> {
    let same =
        merged.len() == runs.len() && merged.iter().zip(runs).all(|(a, b)| a.class == b.class);
    for (a, b) in merged.iter_mut().zip(runs) {
        a.least = a.least.min(b.least);
        a.most = a.most.max(b.most);
        if a.literal != b.literal {
            a.literal = None;
        }
    }
    same.then_some(())
}

impl Run {
    fn pattern(&self) -> String {
        let class = match (self.class, &self.literal) {
            (_, Some(literal)) => return literal.clone(),
            (Class::Digit, None) => r"\d".to_owned(),
            (Class::Upper, None) => "[A-Z]".to_owned(),
            (Class::Lower, None) => "[a-z]".to_owned(),
            (Class::Other('.'), None) => r"\.".to_owned(),
            (Class::Other('#'), None) => "[#]".to_owned(),
            (Class::Other(c), None) => c.to_string(),
        };
        match (self.least, self.most) {
            (1, 1) => class,
            (least, most) if least == most => format!("{class}{{{least}}}"),
            (least, most) => format!("{class}{{{least},{most}}}"),
        }
    }

    fn example(&self) -> String {
        match (self.class, &self.literal) {
            (_, Some(literal)) => literal.clone(),
            (Class::Digit, None) => "123456789".chars().cycle().take(self.least).collect(),
            (Class::Upper, None) => "X".repeat(self.least),
            (Class::Lower, None) => "x".repeat(self.least),
            (Class::Other(c), None) => c.to_string().repeat(self.least),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::sample::ColumnFacts;

    fn column(values: impl Iterator<Item = String>) -> Column {
        let mut column = Column::new(ColumnFacts::default(), 400);
        values.for_each(|value| column.push(Some(value.as_bytes())));
        column
    }

    #[test]
    fn identifiers_have_a_grammar() {
        let members =
            column((0..50).map(|at| format!("MBR-{:06}{}", at * 7919, ["A", "B", "C"][at % 3])));
        let grammar = induce(&members).unwrap();
        assert_eq!(grammar.pattern, r"MBR-\d{6}[A-Z]");
        assert_eq!(grammar.example, "MBR-123456X");
    }

    #[test]
    fn texts_and_mixtures_have_none() {
        assert_eq!(
            induce(&column((0..50).map(|at| format!("{at} apples, red")))),
            None
        );
        assert_eq!(
            induce(&column((0..50).map(|at| if at % 2 == 0 {
                format!("A{at:05}")
            } else {
                format!("{at:05}-X")
            }))),
            None
        );
        assert_eq!(induce(&column((0..5).map(|at| format!("A{at:05}")))), None);
    }
}
