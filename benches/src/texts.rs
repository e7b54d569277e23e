//! Long values: JSON and logs made of invented rows, and real text that no rule of this project was
//! made with.

use crate::data::{Format, ResultSet};
use crate::values::Random;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

/// Rows in one JSON document.
const ROWS: usize = 12;
/// A file is cut into values of at most so many bytes.
const VALUE_MAX: usize = 16 * 1024;
/// A file that is longer is passed over: generated tables would hide the rest.
const FILE_MAX: u64 = 512 * 1024;

/// Documents of a dozen rows each, as an API would answer them: about 4 KiB. `rows` are a copy's.
#[must_use]
pub fn json(rows: &ResultSet) -> Vec<String> {
    let document = |lines: &[Vec<&str>]| {
        let mut out = String::from("{\"orders\":[");
        for (row, fields) in lines.iter().enumerate() {
            out.push_str(if row == 0 { "{" } else { ",{" });
            for (number, (column, value)) in rows.columns.iter().zip(fields).enumerate() {
                let comma = if number == 0 { "" } else { "," };
                let _ = write!(out, "{comma}\"{}\":\"{value}\"", column.name); // a string takes all
            }
            out.push('}');
        }
        out.push_str("]}");
        out
    };
    lines(rows).chunks(ROWS).map(document).collect()
}

/// A log of one line per row; a dozen lines are one value. `rows` are a copy's.
#[must_use]
pub fn log(rows: &ResultSet) -> Vec<String> {
    let entry = |out: &mut String, fields: &Vec<&str>| {
        let instant = fields.get(4).copied().unwrap_or_default();
        let _ = write!(out, "{instant} INFO shop.orders[worker-7] request done");
        for (column, value) in rows.columns.iter().zip(fields) {
            let _ = write!(out, " {}={value}", column.name); // a string takes all
        }
        out.push('\n');
    };
    let value = |lines: &[Vec<&str>]| {
        let mut out = String::new();
        lines.iter().for_each(|fields| entry(&mut out, fields));
        out
    };
    lines(rows).chunks(ROWS).map(value).collect()
}

/// The fields of each row of a copy.
fn lines(rows: &ResultSet) -> Vec<Vec<&str>> {
    assert_eq!(rows.format, Format::Copy, "lines are a copy's");
    let mut rest = rows.block();
    let mut lines = Vec::new();
    while let Some(&[b'd', a, b, c, d]) = rest.first_chunk() {
        let end = 1 + u32::from_be_bytes([a, b, c, d]) as usize;
        let line = std::str::from_utf8(&rest[5..end]).unwrap_or_default();
        lines.push(line.trim_end_matches('\n').split('\t').collect());
        rest = &rest[end..];
    }
    lines
}

/// Source code, as far as this machine has some: what cargo has unpacked, in the order of the names.
#[must_use]
pub fn source(bytes: usize) -> Vec<String> {
    files(bytes, cargo_packages(), &|path: &Path| {
        path.extension().is_some_and(|extension| extension == "rs")
    })
}

/// Change logs, as far as this machine has some: of what cargo has unpacked, then of the system.
#[must_use]
pub fn changelogs(bytes: usize) -> Vec<String> {
    let mut folders = cargo_packages();
    folders.extend(entries(Path::new("/usr/share/doc")));
    files(bytes, folders, &|path: &Path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let name = name.to_ascii_lowercase();
        let is_packed = name.ends_with(".gz");
        !is_packed && (name.starts_with("changelog") || name.starts_with("news"))
    })
}

/// Invented Chinese, Japanese and Korean: runs of characters with punctuation, a number or a Latin word
/// here and there, in values of about 4 KiB.
#[must_use]
pub fn cjk(bytes: usize) -> Vec<String> {
    /// First character and number of characters: ideographs, kana, syllables.
    const SCRIPTS: [(u32, u64); 3] = [(0x4e00, 6000), (0x3041, 83), (0xac00, 11_172)];
    let mut random = Random::new(0xc1c);
    let mut values = Vec::new();
    let mut made = 0;
    while made < bytes {
        let (first, count) = SCRIPTS[random.below(3) as usize];
        let mut value = String::new();
        while value.len() < 4096 {
            for _ in 0..4 + random.below(16) {
                let code = first + random.below(count) as u32;
                value.extend(char::from_u32(code));
            }
            match random.below(12) {
                0 => drop(write!(value, "{}", random.below(3000))),
                1 => value.push_str(&crate::values::word(&mut random)),
                2..7 => value.push('。'),
                _ => value.push('、'),
            }
        }
        made += value.len();
        values.push(value);
    }
    values
}

/// What cargo has unpacked, a folder for each package.
fn cargo_packages() -> Vec<PathBuf> {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let user = || Some(Path::new(&std::env::var_os("HOME")?).join(".cargo"));
    let cargo = home.or_else(user).unwrap_or_default();
    let registries = entries(&cargo.join("registry/src"));
    registries
        .iter()
        .flat_map(|registry| entries(registry))
        .collect()
}

/// The text of files that are wanted, up to about so many bytes; none where there are no such files. No
/// folder gives more than a sixteenth of it, so that many authors are heard.
fn files(bytes: usize, folders: Vec<PathBuf>, wanted: &dyn Fn(&Path) -> bool) -> Vec<String> {
    let mut values = Vec::new();
    let mut taken = 0;
    for folder in folders {
        if taken >= bytes {
            break;
        }
        taken += take(&folder, bytes / 16, wanted, &mut values);
    }
    values
}

/// Takes what is wanted in a folder, up to about so many bytes, and tells how many there were.
fn take(
    folder: &Path,
    bytes: usize,
    wanted: &dyn Fn(&Path) -> bool,
    values: &mut Vec<String>,
) -> usize {
    let mut taken = 0;
    for path in entries(folder) {
        if taken >= bytes {
            break;
        }
        if path.is_dir() {
            taken += take(&path, bytes - taken, wanted, values);
        } else if wanted(&path)
            && fs::metadata(&path).is_ok_and(|known| known.len() <= FILE_MAX)
            && let Ok(text) = fs::read_to_string(&path)
        {
            taken += text.len();
            cut(&text, values);
        }
    }
    taken
}

/// What is in a folder, in the order of the names; links are left out, they may lead in circles.
fn entries(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let own = entries
        .flatten()
        .filter(|entry| entry.file_type().is_ok_and(|kind| !kind.is_symlink()));
    let mut paths: Vec<PathBuf> = own.map(|entry| entry.path()).collect();
    paths.sort();
    paths
}

/// Cuts a text into values, between characters.
fn cut(mut text: &str, values: &mut Vec<String>) {
    while !text.is_empty() {
        let (value, rest) = text.split_at(text.floor_char_boundary(VALUE_MAX));
        values.push(value.to_owned());
        text = rest;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Recipe;

    #[test]
    fn documents_and_logs_hold_every_planted_value() {
        let rows = ResultSet::new(Recipe {
            columns: 12,
            density: 0.01,
            format: Format::Copy,
        });
        for text in [json(&rows).concat(), log(&rows).concat()] {
            for value in rows.planted.iter().take(100) {
                assert!(text.contains(value), "{value} is missing");
            }
        }
    }

    #[test]
    fn a_text_is_cut_between_characters_and_nothing_is_lost() {
        let text = "語".repeat(20_000);
        let mut values = Vec::new();
        cut(&text, &mut values);
        assert_eq!(values.len(), 4);
        assert_eq!(values.concat(), text);
    }
}
