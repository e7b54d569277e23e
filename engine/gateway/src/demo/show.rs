//! Two answers side by side, fitted to the terminal.

use std::io::{self, IsTerminal, Write};

use super::question::{Answer, Question};

/// How the screen is.
#[derive(Clone, Copy, Debug)]
pub struct Screen {
    /// Columns of the terminal.
    pub width: usize,
    /// Whether colours are wanted.
    pub colour: bool,
}

/// Below this width nothing is readable side by side; lines are then wider than the terminal.
const WIDTH_MIN: usize = 60;

/// Above this width the eye loses the line.
const WIDTH_MAX: usize = 200;

/// The width of output that goes to a file.
const WIDTH_FILE: usize = 120;

impl Screen {
    /// The terminal on standard output, or a page of text when there is none. `NO_COLOR` is honoured.
    pub fn detect(width: Option<usize>) -> Screen {
        let terminal = io::stdout().is_terminal();
        let detected = || terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
        let width = width
            .or_else(detected)
            .unwrap_or(WIDTH_FILE)
            .clamp(WIDTH_MIN, WIDTH_MAX);
        Screen {
            width,
            colour: terminal && std::env::var_os("NO_COLOR").is_none(),
        }
    }

    fn paint(self, text: &str, code: &str) -> String {
        if self.colour {
            format!("\u{1b}[{code}m{text}\u{1b}[0m")
        } else {
            text.to_owned()
        }
    }

    /// Emphasised text.
    pub fn bold(self, text: &str) -> String {
        self.paint(text, "1")
    }

    /// Text of less weight.
    pub fn dim(self, text: &str) -> String {
        self.paint(text, "2")
    }

    /// Text about something that must not be.
    pub fn red(self, text: &str) -> String {
        self.paint(text, "31")
    }

    /// Text about something that is as it should be.
    pub fn green(self, text: &str) -> String {
        self.paint(text, "32")
    }
}

/// Prints one question with both answers.
pub fn side_by_side(
    out: &mut impl Write,
    screen: Screen,
    number: usize,
    question: &Question,
    before: &Answer,
    after: &Answer,
) -> io::Result<()> {
    writeln!(
        out,
        "\n{}",
        screen.bold(&format!("{number}  {}", question.title))
    )?;
    writeln!(
        out,
        "   {}",
        screen.dim(&fit(question.sql, screen.width - 3))
    )?;
    let half = (screen.width - 3) / 2;
    let widths = widths(&[before, after], half);
    let (left, right) = (blocks(before, &widths, half), blocks(after, &widths, half));
    let (red, green) = (pad("BEFORE (direct)", half), "AFTER (through wiremask)");
    writeln!(out, "{} │ {}", screen.red(&red), screen.green(green))?;
    let (none, blank) = (Vec::new(), String::new());
    for row in 0..left.len().max(right.len()) {
        let (left, right) = (
            left.get(row).unwrap_or(&none),
            right.get(row).unwrap_or(&none),
        );
        let changed = left != right;
        for line in 0..left.len().max(right.len()) {
            let left = pad(left.get(line).unwrap_or(&blank), half);
            let right = right.get(line).unwrap_or(&blank);
            match (row, changed) {
                (0, false) => writeln!(out, "{} │ {}", screen.dim(&left), screen.dim(right))?,
                (_, true) => writeln!(out, "{left} │ {}", screen.bold(right))?,
                (_, false) => writeln!(out, "{left} │ {right}")?,
            }
        }
    }
    Ok(())
}

/// Lines that one row may take.
const ROW_LINES_MAX: usize = 3;

/// One width per column, the same on both sides; together with the gaps at most `half`.
fn widths(answers: &[&Answer], half: usize) -> Vec<usize> {
    let mut widths: Vec<usize> = Vec::new();
    for answer in answers {
        let Answer::Rows { columns, rows } = answer else {
            continue;
        };
        widths.resize(widths.len().max(columns.len()), 1);
        for (at, width) in widths.iter_mut().enumerate() {
            let head = columns.get(at).map_or(0, |name| name.chars().count());
            let cells = rows.iter().filter_map(|row| row.get(at)?.as_deref());
            *width = cells
                .map(|cell| cell.chars().count())
                .fold(head.max(*width), usize::max);
        }
    }
    // The widest column gives way first: short ones stay whole as long as possible.
    while widths.iter().sum::<usize>() + 2 * widths.len().saturating_sub(1) > half {
        match widths.iter_mut().max() {
            Some(widest) if *widest > 1 => *widest -= 1,
            _ => break,
        }
    }
    widths
}

/// The lines of each row, the column names first.
fn blocks(answer: &Answer, widths: &[usize], half: usize) -> Vec<Vec<String>> {
    match answer {
        Answer::Error(lines) => vec![
            lines
                .iter()
                .flat_map(|line| wrap(line, half, usize::MAX))
                .collect(),
        ],
        Answer::Rows { columns, rows } => {
            let head = block(columns.iter().map(String::as_str), widths, 1);
            let body = rows.iter().map(|row| {
                block(
                    row.iter().map(|cell| cell.as_deref().unwrap_or("∅")),
                    widths,
                    ROW_LINES_MAX,
                )
            });
            std::iter::once(head).chain(body).collect()
        }
    }
}

/// One row, its cells wrapped inside their columns.
fn block<'a>(
    cells: impl Iterator<Item = &'a str>,
    widths: &[usize],
    lines_max: usize,
) -> Vec<String> {
    let cells: Vec<_> = cells
        .zip(widths)
        .map(|(cell, width)| (wrap(cell, *width, lines_max), *width))
        .collect();
    let height = cells
        .iter()
        .map(|(lines, _)| lines.len())
        .max()
        .unwrap_or(0);
    let line = |at: usize| {
        let parts = cells
            .iter()
            .map(|(lines, width)| pad(lines.get(at).map_or("", String::as_str), *width));
        parts.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    (0..height).map(line).collect()
}

/// Cuts to `width` characters, with an ellipsis, on one line.
fn fit(text: &str, width: usize) -> String {
    wrap(text, width, 1).swap_remove(0)
}

/// Breaks into at most `lines_max` lines of `width` characters; an ellipsis ends what does not fit.
/// Never empty. Control characters become blanks.
fn wrap(text: &str, width: usize, lines_max: usize) -> Vec<String> {
    let mut letters: Vec<char> = text
        .chars()
        .map(|letter| if letter.is_control() { ' ' } else { letter })
        .collect();
    let room = width.saturating_mul(lines_max);
    if letters.len() > room {
        letters.truncate(room.saturating_sub(1));
        letters.push('…');
    }
    let mut lines: Vec<String> = letters
        .chunks(width.max(1))
        .map(|line| line.iter().collect())
        .collect();
    if lines.is_empty() {
        lines.push(String::new());
    }
    lines
}

fn pad(text: &str, width: usize) -> String {
    format!("{text:width$}")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn rows(columns: &[&str], cells: &[&[Option<&str>]]) -> Answer {
        Answer::Rows {
            columns: columns.iter().map(|name| (*name).to_owned()).collect(),
            rows: cells
                .iter()
                .map(|row| row.iter().map(|cell| cell.map(str::to_owned)).collect())
                .collect(),
        }
    }

    fn render(width: usize, before: &Answer, after: &Answer) -> String {
        let mut out = Vec::new();
        let question = Question {
            title: "title",
            sql: "SELECT 1",
        };
        side_by_side(
            &mut out,
            Screen {
                width,
                colour: false,
            },
            1,
            &question,
            before,
            after,
        )
        .unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn answers_stand_side_by_side_in_the_same_columns() {
        let before = rows(
            &["id", "email"],
            &[&[Some("1"), Some("zoë@example.com")], &[Some("2"), None]],
        );
        let after = rows(
            &["id", "email"],
            &[&[Some("1"), Some("z***")], &[Some("2"), None]],
        );
        let expected = "
1  title
   SELECT 1
BEFORE (direct)              │ AFTER (through wiremask)
id  email                    │ id  email
1   zoë@example.com          │ 1   z***
2   ∅                        │ 2   ∅
";
        assert_eq!(render(60, &before, &after), expected);
    }

    #[test]
    fn no_line_is_wider_than_the_terminal() {
        let long = "x".repeat(500) + "\n" + &"é".repeat(300);
        let before = rows(
            &["id", "a_rather_long_column_name", "b"],
            &[&[Some("1"), Some(&long), Some(&long)]],
        );
        let error = Answer::Error(vec![long]);
        for width in [60, 80, 133, 200] {
            for (left, right) in [(&before, &error), (&error, &before), (&before, &before)] {
                let text = render(width, left, right);
                assert!(
                    text.lines().all(|line| line.chars().count() <= width),
                    "{width}\n{text}"
                );
                assert!(text.contains("xxxx"));
            }
        }
    }
}
