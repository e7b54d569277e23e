//! Invented result sets: columns as a shop has them, about 15 bytes a field, with a chosen share of
//! fields that hold something sensitive.
//!
//! The messages are encoded once. A result of any number of rows is the same block over and over, so
//! that serving it costs a server nothing but the writing.

use crate::values::{self, Random};
use aho_corasick::{AhoCorasick, BuildError};
use std::fmt;
use std::str::FromStr;
use wiremask_protocols::wire::message;

/// Rows that are invented; longer results repeat them.
pub const BLOCK_ROWS: usize = 20_000;
/// Columns of a result at most, as in PostgreSQL.
pub const COLUMNS_MAX: usize = 1600;

/// How a result travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Rows of text, by a simple query.
    Text,
    /// Rows of binary values, by the extended protocol.
    Binary,
    /// Lines of COPY TO STDOUT.
    Copy,
}

impl Format {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Text, Self::Binary, Self::Copy];

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Binary => "binary",
            Self::Copy => "copy",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Format {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|format| format.name() == name);
        found.ok_or_else(|| "not text, binary or copy".to_owned())
    }
}

/// What to invent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Recipe {
    /// Fields per row, 1 to [`COLUMNS_MAX`].
    pub columns: usize,
    /// Share of all fields that hold something sensitive, 0 to 1. Only text columns can: with 12
    /// columns at most 0.58.
    pub density: f64,
    /// How it travels.
    pub format: Format,
}

/// One column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name, which no detector knows.
    pub name: String,
    /// OID of its type.
    pub type_oid: u32,
    kind: Kind,
}

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Number,
    Word,
    City,
    Amount,
    Instant,
    State,
    Remark,
    Article,
    Quantity,
    Flag,
    Title,
    Note,
}

/// Twelve columns; wider results repeat them.
const COLUMNS: [(&str, u32, Kind); 12] = [
    ("item", 20, Kind::Number),
    ("label", 25, Kind::Word),
    ("town", 1043, Kind::City),
    ("total", 1700, Kind::Amount),
    ("changed", 1184, Kind::Instant),
    ("state", 25, Kind::State),
    ("remark", 25, Kind::Remark),
    ("article", 1043, Kind::Article),
    ("quantity", 23, Kind::Quantity),
    ("active", 16, Kind::Flag),
    ("title", 25, Kind::Title),
    ("detail", 25, Kind::Note),
];

/// Encoded rows of one table.
#[derive(Clone, Debug)]
pub struct ResultSet {
    /// Its columns.
    pub columns: Vec<Column>,
    /// How it travels.
    pub format: Format,
    /// Every sensitive value of the block.
    pub planted: Vec<String>,
    block: Vec<u8>,
    /// Where each row of the block ends.
    ends: Vec<usize>,
}

impl ResultSet {
    /// Invents [`BLOCK_ROWS`] rows; equal recipes give equal rows.
    #[must_use]
    pub fn new(recipe: Recipe) -> Self {
        let columns: Vec<Column> = (0..recipe.columns).map(column).collect();
        let texts = columns.iter().filter(|c| c.kind.holds_text()).count();
        let probability = recipe.density * columns.len() as f64 / texts.max(1) as f64;
        let mut random = Random::new(0x5ead_beef);
        let mut set = Self {
            columns,
            format: recipe.format,
            planted: Vec::new(),
            block: Vec::new(),
            ends: Vec::new(),
        };
        for row in 0..BLOCK_ROWS {
            set.row(row, probability, &mut random);
        }
        set
    }

    fn row(&mut self, row: usize, probability: f64, random: &mut Random) {
        let mut values: Vec<Vec<u8>> = Vec::with_capacity(self.columns.len());
        for column in &self.columns {
            let sensitive = column.kind.holds_text() && random.chance(probability);
            values.push(if sensitive {
                let value = values::sensitive(random);
                let text = match column.kind {
                    Kind::Remark | Kind::Note => format!("please ask {value} about it"),
                    _ => value.clone(),
                };
                self.planted.push(value);
                text.into_bytes()
            } else {
                column.kind.value(row, self.format, random)
            });
        }
        match self.format {
            Format::Text | Format::Binary => message(&mut self.block, b'D', |out| {
                out.extend_from_slice(&(values.len() as u16).to_be_bytes());
                for value in &values {
                    out.extend_from_slice(&(value.len() as u32).to_be_bytes());
                    out.extend_from_slice(value);
                }
            }),
            Format::Copy => message(&mut self.block, b'd', |out| {
                out.extend_from_slice(&values.join(&b'\t'));
                out.push(b'\n');
            }),
        }
        self.ends.push(self.block.len());
    }

    /// The rows of the block, as messages.
    #[must_use]
    pub fn block(&self) -> &[u8] {
        &self.block
    }

    /// Slices that together are `rows` rows.
    pub fn pieces(&self, rows: usize) -> impl Iterator<Item = &[u8]> {
        let whole = std::iter::repeat_n(&self.block[..], rows / BLOCK_ROWS);
        let rest = match rows % BLOCK_ROWS {
            0 => 0,
            rest => self.ends[rest - 1],
        };
        whole.chain(std::iter::once(&self.block[..rest]))
    }

    /// Bytes of so many rows.
    #[must_use]
    pub fn bytes(&self, rows: usize) -> usize {
        self.pieces(rows).map(<[u8]>::len).sum()
    }

    /// The first planted value that is visible in what a client has seen.
    ///
    /// # Errors
    /// When there are too many values to look for at once.
    pub fn visible(&self, seen: &[u8]) -> Result<Option<&str>, BuildError> {
        let planted = AhoCorasick::new(&self.planted)?;
        let found = planted.find(seen);
        Ok(found.map(|found| self.planted[found.pattern().as_usize()].as_str()))
    }

    /// What comes in front of the rows: RowDescription or CopyOutResponse.
    #[must_use]
    pub fn head(&self, table_oid: u32) -> Vec<u8> {
        let mut out = Vec::new();
        let count = (self.columns.len() as u16).to_be_bytes();
        match self.format {
            Format::Copy => message(&mut out, b'H', |out| {
                out.push(0);
                out.extend_from_slice(&count);
                out.resize(out.len() + 2 * self.columns.len(), 0);
            }),
            Format::Text | Format::Binary => message(&mut out, b'T', |out| {
                out.extend_from_slice(&count);
                for (attribute, column) in (1u16..).zip(&self.columns) {
                    out.extend_from_slice(column.name.as_bytes());
                    out.push(0);
                    out.extend_from_slice(&table_oid.to_be_bytes());
                    out.extend_from_slice(&attribute.to_be_bytes());
                    out.extend_from_slice(&column.type_oid.to_be_bytes());
                    out.extend_from_slice(&(-1i16).to_be_bytes());
                    out.extend_from_slice(&(-1i32).to_be_bytes());
                    out.extend_from_slice(&u16::from(self.format == Format::Binary).to_be_bytes());
                }
            }),
        }
        out
    }

    /// What comes behind the rows, up to CommandComplete.
    #[must_use]
    pub fn tail(&self, rows: usize) -> Vec<u8> {
        let mut out = Vec::new();
        let verb = match self.format {
            Format::Copy => {
                message(&mut out, b'c', |_| {});
                "COPY"
            }
            Format::Text | Format::Binary => "SELECT",
        };
        message(&mut out, b'C', |out| {
            out.extend_from_slice(format!("{verb} {rows}\0").as_bytes());
        });
        out
    }
}

fn column(number: usize) -> Column {
    let (name, type_oid, kind) = COLUMNS[number % COLUMNS.len()];
    let name = match number / COLUMNS.len() {
        0 => name.to_owned(),
        again => format!("{name}{again}"),
    };
    Column {
        name,
        type_oid,
        kind,
    }
}

impl Kind {
    fn holds_text(self) -> bool {
        match self {
            Self::Word
            | Self::City
            | Self::State
            | Self::Remark
            | Self::Article
            | Self::Title
            | Self::Note => true,
            Self::Number | Self::Amount | Self::Instant | Self::Quantity | Self::Flag => false,
        }
    }

    fn value(self, row: usize, format: Format, random: &mut Random) -> Vec<u8> {
        let binary = format == Format::Binary;
        match self {
            Self::Word => values::word(random).into_bytes(),
            Self::City => values::city(random).into_bytes(),
            Self::State => values::state(random).into_bytes(),
            Self::Remark => values::phrase(random, 45).into_bytes(),
            Self::Article => values::article(random).into_bytes(),
            Self::Title => values::phrase(random, 16).into_bytes(),
            Self::Note => values::phrase(random, 26).into_bytes(),
            Self::Number if binary => (100_000 + row as i64).to_be_bytes().to_vec(),
            Self::Number => (100_000 + row).to_string().into_bytes(),
            Self::Quantity if binary => (random.below(90) as i32).to_be_bytes().to_vec(),
            Self::Quantity => random.below(90).to_string().into_bytes(),
            Self::Flag if binary => vec![u8::from(random.chance(0.5))],
            Self::Flag => vec![if random.chance(0.5) { b't' } else { b'f' }],
            Self::Amount => amount(random.below(10_000), random.below(100), binary),
            Self::Instant => {
                let second = random.below(20 * 86_400);
                instant(second, random.below(1_000_000), binary)
            }
        }
    }
}

/// A numeric with two decimals.
fn amount(whole: u64, cents: u64, binary: bool) -> Vec<u8> {
    if !binary {
        return format!("{whole}.{cents:02}").into_bytes();
    }
    // Number of base-10,000 digits, weight of the first, sign, decimals, digits.
    let words = [2, 0, 0, 2, whole as u16, cents as u16 * 100];
    words.iter().flat_map(|word| word.to_be_bytes()).collect()
}

/// An instant in June 2026.
fn instant(second: u64, micros: u64, binary: bool) -> Vec<u8> {
    /// 2026-06-01 as seconds since 2000-01-01.
    const JUNE: u64 = 9_648 * 86_400;
    if binary {
        let since = (JUNE + second) * 1_000_000 + micros;
        return since.to_be_bytes().to_vec();
    }
    let (day, of_day) = (1 + second / 86_400, second % 86_400);
    let (hour, minute) = (of_day / 3600, of_day / 60 % 60);
    format!(
        "2026-06-{day:02} {hour:02}:{minute:02}:{:02}.{micros:06}+00",
        of_day % 60
    )
    .into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(density: f64, format: Format) -> ResultSet {
        ResultSet::new(Recipe {
            columns: 12,
            density,
            format,
        })
    }

    #[test]
    fn fields_are_about_fifteen_bytes() {
        let set = set(0.0, Format::Text);
        let framing = BLOCK_ROWS * (7 + 4 * 12);
        let mean = (set.block.len() - framing) as f64 / (BLOCK_ROWS * 12) as f64;
        assert!((14.0..16.5).contains(&mean), "{mean}");
    }

    #[test]
    fn the_density_is_the_share_of_all_fields() {
        for density in [0.0, 0.01, 0.2] {
            let planted = set(density, Format::Copy).planted.len() as f64;
            let share = planted / (BLOCK_ROWS * 12) as f64;
            assert!((share - density).abs() < 0.005, "{share} for {density}");
        }
    }

    #[test]
    fn pieces_are_as_many_rows_as_asked_for() {
        let set = set(0.01, Format::Text);
        for rows in [0, 1, BLOCK_ROWS - 1, BLOCK_ROWS, 2 * BLOCK_ROWS + 3] {
            let bytes: Vec<u8> = set.pieces(rows).flatten().copied().collect();
            let (mut at, mut seen) = (0, 0);
            while at < bytes.len() {
                assert_eq!(bytes[at], b'D');
                let len = [bytes[at + 1], bytes[at + 2], bytes[at + 3], bytes[at + 4]];
                at += 1 + u32::from_be_bytes(len) as usize;
                seen += 1;
            }
            assert_eq!((at, seen), (set.bytes(rows), rows));
        }
    }
}
