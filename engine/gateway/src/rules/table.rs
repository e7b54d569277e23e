//! Tables for people: columns as wide as what stands in them, cut to the terminal.

use std::io::{self, IsTerminal as _};

/// Where a column of a table stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    /// Words.
    Left,
    /// Numbers.
    Right,
}

/// A table that is filled row by row.
pub struct Table {
    heads: Vec<(&'static str, Align)>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// With these heads.
    pub fn new(heads: &[(&'static str, Align)]) -> Self {
        Self {
            heads: heads.to_vec(),
            rows: Vec::new(),
        }
    }

    /// Adds a row.
    pub fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows.push(cells.into_iter().collect());
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The table as lines; the last column takes what is left of `width` and is cut there.
    pub fn text(&self, width: usize) -> String {
        let count = |text: &str| text.chars().count();
        let widths: Vec<usize> = (self.heads.iter().enumerate())
            .map(|(at, (head, _))| {
                let cells = self.rows.iter().filter_map(|row| row.get(at));
                cells
                    .map(|cell| count(cell))
                    .chain([count(head)])
                    .max()
                    .unwrap_or(0)
                    .min(48)
            })
            .collect();
        let before: usize = widths.iter().rev().skip(1).map(|width| width + 2).sum();
        let last = width.saturating_sub(before).max(16);
        let mut text = String::new();
        let heads = self
            .heads
            .iter()
            .map(|(head, _)| (*head).to_owned())
            .collect();
        for (number, row) in [&heads].into_iter().chain(&self.rows).enumerate() {
            let mut line = String::new();
            for (at, cell) in row.iter().enumerate() {
                let is_last = at + 1 == self.heads.len();
                let limit = if is_last {
                    last.max(widths[at].min(last))
                } else {
                    widths[at]
                };
                let cell = cut(cell, limit);
                let fill = " ".repeat(widths[at].saturating_sub(count(&cell)));
                match self.heads[at].1 {
                    Align::Right => line += &format!("{fill}{cell}"),
                    Align::Left if is_last => line += &cell,
                    Align::Left => line += &format!("{cell}{fill}"),
                }
                if !is_last {
                    line += "  ";
                }
            }
            text += line.trim_end();
            text.push('\n');
            if number == 0 {
                text +=
                    &"─".repeat(width.min(before + widths.last().copied().unwrap_or(0).min(last)));
                text.push('\n');
            }
        }
        text
    }
}

fn cut(cell: &str, width: usize) -> String {
    let cell: String = cell
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    if cell.chars().count() <= width {
        return cell;
    }
    let mut short: String = cell.chars().take(width.saturating_sub(1)).collect();
    short.push('…');
    short
}

/// Characters of a line on standard output; wide where it is no terminal.
pub fn width() -> usize {
    let columns = std::env::var("COLUMNS")
        .ok()
        .and_then(|columns| columns.parse().ok());
    let terminal = io::stdout().is_terminal().then_some(120);
    columns.or(terminal).unwrap_or(200)
}

/// A share in percent, with its interval.
pub fn percent(share: &wiremask_tuning::stats::Share) -> String {
    if share.of == 0 {
        return "–".to_owned();
    }
    format!(
        "{:.1} % ({:.1}–{:.1})",
        100.0 * share.rate,
        100.0 * share.low,
        100.0 * share.high
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_align_and_the_last_one_is_cut() {
        let mut table = Table::new(&[
            ("name", Align::Left),
            ("n", Align::Right),
            ("why", Align::Left),
        ]);
        table.row(["a", "10", "because of a very long reason"].map(str::to_owned));
        table.row(["longer", "7", "so"].map(str::to_owned));
        let text = table.text(28);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "name     n  why");
        assert_eq!(lines[2], "a       10  because of a ve…");
        assert_eq!(lines[3], "longer   7  so");
    }
}
