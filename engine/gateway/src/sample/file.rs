//! Samples in files.

use super::{Column, Sample};
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

/// Bytes of one line of JSON or text at most.
const LINE_MAX: u64 = 16 << 20;

/// See [`Sample::from_file`].
pub(super) fn read(path: &Path, rows: usize) -> Result<Sample, String> {
    let name = path.display().to_string();
    if name == "-" {
        return separated("standard input", io::stdin().lock(), b',', rows);
    }
    let file = File::open(path).map_err(|error| format!("{name}: {}", error.kind()))?;
    let file = BufReader::new(file);
    let kind = path
        .extension()
        .and_then(|kind| kind.to_str())
        .unwrap_or("");
    match kind.to_ascii_lowercase().as_str() {
        "csv" => separated(&name, file, b',', rows),
        "tsv" => separated(&name, file, b'\t', rows),
        "jsonl" | "ndjson" => lines(&name, file, "json", rows),
        _ => lines(&name, file, "text", rows),
    }
}

/// Lines of values with a separator, the first of which has the names.
fn separated(name: &str, file: impl Read, separator: u8, rows: usize) -> Result<Sample, String> {
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(separator)
        .from_reader(file);
    // The library's own messages quote what they found.
    let error = |error: &csv::Error| {
        let line = error.position().map_or(1, csv::Position::line);
        let what = match error.kind() {
            csv::ErrorKind::Io(error) => error.kind().to_string(),
            csv::ErrorKind::UnequalLengths {
                expected_len, len, ..
            } => format!("{len} values where the first line has {expected_len} names"),
            _ => "not readable as CSV".to_owned(),
        };
        format!("{name}:{line}: {what}")
    };
    let names = reader.byte_headers().map_err(|e| error(&e))?.clone();
    let mut sample = Sample::default();
    for column in &names {
        let column = String::from_utf8_lossy(column);
        sample.columns.push(Column::new(column, "text"));
    }
    let mut record = csv::ByteRecord::new();
    while sample.rows < rows
        && reader
            .read_byte_record(&mut record)
            .map_err(|e| error(&e))?
    {
        sample.row(record.iter())?;
    }
    Ok(sample)
}

/// One value a line.
fn lines(
    name: &str,
    mut file: impl BufRead,
    type_name: &str,
    rows: usize,
) -> Result<Sample, String> {
    let mut sample = Sample {
        columns: vec![Column::new("", type_name)],
        rows: 0,
    };
    let mut line = Vec::new();
    while sample.rows < rows {
        line.clear();
        let at = sample.rows + 1;
        let read = (&mut file).take(LINE_MAX + 1).read_until(b'\n', &mut line);
        match read.map_err(|error| format!("{name}:{at}: {}", error.kind()))? as u64 {
            0 => break,
            1..=LINE_MAX => {}
            _ => return Err(format!("{name}:{at}: a line of more than {LINE_MAX} bytes")),
        }
        let value = line.strip_suffix(b"\n").unwrap_or(&line);
        sample.row(std::iter::once(value))?;
    }
    Ok(sample)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::fs;

    fn sample(name: &str, text: &str, rows: usize) -> Result<Sample, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        let read = read(&path, rows);
        read.map_err(|error| error.replace(&folder.path().display().to_string(), "."))
    }

    #[test]
    fn files_are_read_by_their_names() {
        let csv = sample("a.csv", "id,note\n1,\"two, \"\"three\"\"\"\n2,\n3,x\n", 2).unwrap();
        let names: Vec<&str> = csv.columns.iter().map(|column| &*column.name).collect();
        assert_eq!((names, csv.rows), (vec!["id", "note"], 2));
        assert_eq!(csv.columns[1].value(0), b"two, \"three\"");
        assert_eq!(csv.columns[1].value(1), b"");
        let tsv = sample("a.tsv", "a\tb\n1,5\t2\n", 9).unwrap();
        assert_eq!(tsv.columns[0].value(0), b"1,5");
        let json = sample("a.jsonl", "{\"a\": 1}\n{}", 9).unwrap();
        assert_eq!((json.rows, json.bytes()), (2, 10));
        assert_eq!(json.columns[0].context().type_name, "json");
        assert_eq!(sample("a.log", "one\ntwo\n", 9).unwrap().rows, 2);
    }

    #[test]
    fn mistakes_name_the_line_and_no_value() {
        let error = sample("a.csv", "id,note\n1,2\nsecret\n", 9).err().unwrap();
        assert_eq!(
            error,
            "./a.csv:3: 1 values where the first line has 2 names"
        );
        let missing = read(Path::new("/nowhere/a.csv"), 1).err().unwrap();
        assert_eq!(missing, "/nowhere/a.csv: entity not found");
    }
}
