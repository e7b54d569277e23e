//! A server that speaks enough PostgreSQL to serve invented result sets: no authentication, simple and
//! extended queries, COPY TO STDOUT, and the catalog queries of the gateway.
//!
//! One thread per connection. `SELECT * FROM bench_1` is the whole result of table `bench_1`, `LIMIT n`
//! shortens it, `COPY bench_1 TO STDOUT` is a copy.

use crate::data::{Format, ResultSet};
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;
use wiremask_protocols::wire::message;

/// OID of the first table; the others follow.
const FIRST_TABLE_OID: u32 = 20_000;
/// A client's message at most, bytes.
const MESSAGE_MAX: usize = 1 << 20;
/// Written at once, bytes.
const CHUNK: usize = 256 * 1024;

/// A table of the server.
#[derive(Debug)]
pub struct Table {
    /// Its name; begins with `bench_`.
    pub name: String,
    /// What is in it.
    pub rows: ResultSet,
}

/// What a server serves.
#[derive(Debug)]
pub struct Database {
    /// Its tables.
    pub tables: Vec<Table>,
    /// Rows of a result without a limit.
    pub rows: usize,
}

/// Serves clients until the process ends, each on a thread of its own.
///
/// # Errors
/// When the listener fails.
pub fn serve(listener: &TcpListener, database: Arc<Database>) -> io::Result<()> {
    loop {
        let (stream, _) = listener.accept()?;
        let database = Arc::clone(&database);
        thread::spawn(move || {
            // A client that leaves in the middle of a result is no concern of the server.
            drop(Connection::begin(stream, &database).and_then(Connection::run));
        });
    }
}

struct Connection<'a> {
    input: BufReader<TcpStream>,
    output: TcpStream,
    database: &'a Database,
    /// Messages that are not sent yet.
    pending: Vec<u8>,
    /// The statement of the last Parse.
    statement: String,
}

impl<'a> Connection<'a> {
    /// Greets the client.
    fn begin(stream: TcpStream, database: &'a Database) -> io::Result<Self> {
        stream.set_nodelay(true)?;
        let mut connection = Self {
            input: BufReader::new(stream.try_clone()?),
            output: stream,
            database,
            pending: Vec::new(),
            statement: String::new(),
        };
        loop {
            let body = connection.body()?;
            match body.first_chunk().map(|code| u32::from_be_bytes(*code)) {
                Some(196_608) => break,
                Some(80_877_103 | 80_877_104) => connection.output.write_all(b"N")?,
                _ => return Err(io::ErrorKind::Unsupported.into()),
            }
        }
        let out = &mut connection.pending;
        message(out, b'R', |out| out.extend_from_slice(&[0; 4]));
        for (name, value) in [
            ("server_version", "15.0"),
            ("server_encoding", "UTF8"),
            ("client_encoding", "UTF8"),
            ("DateStyle", "ISO, MDY"),
            ("IntervalStyle", "postgres"),
            ("TimeZone", "UTC"),
            ("integer_datetimes", "on"),
            ("standard_conforming_strings", "on"),
        ] {
            message(out, b'S', |out| {
                out.extend_from_slice(format!("{name}\0{value}\0").as_bytes());
            });
        }
        message(out, b'K', |out| {
            out.extend_from_slice(&[0, 0, 0, 7, 0, 0, 0, 9]);
        });
        connection.ready()?;
        Ok(connection)
    }

    /// Answers until the client leaves.
    fn run(mut self) -> io::Result<()> {
        while !self.input.fill_buf()?.is_empty() {
            let mut tag = [0];
            self.input.read_exact(&mut tag)?;
            let body = self.body()?;
            match tag[0] {
                b'Q' => {
                    self.query(&text(&body))?;
                    self.ready()?;
                }
                b'P' => {
                    let mut parts = body.split(|byte| *byte == 0).skip(1);
                    self.statement = text(parts.next().unwrap_or_default());
                    self.word(b'1', b"");
                }
                b'B' => self.word(b'2', b""),
                b'D' => self.describe(body.first() == Some(&b'S')),
                b'E' => self.execute()?,
                b'C' => self.word(b'3', b""),
                b'S' => self.ready()?,
                b'H' => self.flush()?,
                b'X' => return Ok(()),
                _ => return Err(io::ErrorKind::Unsupported.into()),
            }
        }
        Ok(())
    }

    /// The rest of a message, behind its tag.
    fn body(&mut self) -> io::Result<Vec<u8>> {
        let mut len = [0; 4];
        self.input.read_exact(&mut len)?;
        let len = (u32::from_be_bytes(len) as usize).saturating_sub(4);
        if len > MESSAGE_MAX {
            return Err(io::ErrorKind::InvalidData.into());
        }
        let mut body = vec![0; len];
        self.input.read_exact(&mut body)?;
        Ok(body)
    }

    fn word(&mut self, tag: u8, body: &[u8]) {
        message(&mut self.pending, tag, |out| out.extend_from_slice(body));
    }

    fn flush(&mut self) -> io::Result<()> {
        self.output.write_all(&self.pending)?;
        self.pending.clear();
        Ok(())
    }

    fn ready(&mut self) -> io::Result<()> {
        self.word(b'Z', b"I");
        self.flush()
    }

    fn query(&mut self, sql: &str) -> io::Result<()> {
        if let Some((oid, table, rows)) = self.database.asked(sql) {
            self.pending.extend_from_slice(&table.rows.head(oid));
            return self.rows(&table.rows, rows);
        }
        let answer = self.database.catalog(sql);
        let width = answer.first().map_or(1, Vec::len) as u16;
        message(&mut self.pending, b'T', |out| {
            out.extend_from_slice(&width.to_be_bytes());
            for _ in 0..width {
                out.extend_from_slice(b"x\0\0\0\0\0\0\0\0\0\0\x19\xff\xff\xff\xff\xff\xff\0\0");
            }
        });
        for row in &answer {
            message(&mut self.pending, b'D', |out| {
                out.extend_from_slice(&width.to_be_bytes());
                for value in row {
                    out.extend_from_slice(&(value.len() as u32).to_be_bytes());
                    out.extend_from_slice(value.as_bytes());
                }
            });
        }
        self.word(b'C', format!("SELECT {}\0", answer.len()).as_bytes());
        Ok(())
    }

    fn describe(&mut self, statement: bool) {
        if statement {
            self.word(b't', &[0, 0]);
        }
        match self.database.asked(&self.statement) {
            Some((oid, table, _)) if table.rows.format != Format::Copy => {
                self.pending.extend_from_slice(&table.rows.head(oid));
            }
            _ => self.word(b'n', b""),
        }
    }

    fn execute(&mut self) -> io::Result<()> {
        match self.database.asked(&self.statement) {
            Some((_, table, rows)) => self.rows(&table.rows, rows),
            None => Err(io::ErrorKind::Unsupported.into()),
        }
    }

    fn rows(&mut self, set: &ResultSet, rows: usize) -> io::Result<()> {
        for piece in set.pieces(rows) {
            // A short answer leaves in one write, as a real server's does.
            if piece.len() <= CHUNK / 4 {
                self.pending.extend_from_slice(piece);
                continue;
            }
            self.flush()?;
            for chunk in piece.chunks(CHUNK) {
                self.output.write_all(chunk)?;
            }
        }
        self.pending.extend_from_slice(&set.tail(rows));
        Ok(())
    }
}

/// Text up to its NUL.
fn text(bytes: &[u8]) -> String {
    let end = bytes.iter().position(|byte| *byte == 0);
    String::from_utf8_lossy(&bytes[..end.unwrap_or(bytes.len())]).into_owned()
}

impl Database {
    /// OID and table by number.
    pub(crate) fn table(&self, number: usize) -> (u32, &Table) {
        (FIRST_TABLE_OID + number as u32, &self.tables[number])
    }

    /// The table and the number of rows that a statement asks for.
    fn asked(&self, sql: &str) -> Option<(u32, &Table, usize)> {
        let mut words = sql.split_ascii_whitespace();
        let name = words.find(|word| word.starts_with("bench_"))?;
        let number = self.tables.iter().position(|table| table.name == name)?;
        let limit = words.skip_while(|word| *word != "LIMIT").nth(1);
        let rows = limit.and_then(|limit| limit.parse().ok());
        let (oid, table) = self.table(number);
        Some((oid, table, rows.unwrap_or(self.rows)))
    }

    /// What the system catalog has on the tables; every other question has an empty answer.
    pub(crate) fn catalog(&self, sql: &str) -> Vec<Vec<String>> {
        let tables = (FIRST_TABLE_OID..).zip(&self.tables);
        if sql.contains("attgenerated") {
            let columns = tables.flat_map(|(oid, table)| {
                (1..).zip(&table.rows.columns).map(move |(number, column)| {
                    let (oid, number): (u32, u32) = (oid, number);
                    let type_oid = column.type_oid.to_string();
                    let (oid, number) = (oid.to_string(), number.to_string());
                    let (modifier, generated) = ("-1".to_owned(), "f".to_owned());
                    vec![
                        oid,
                        number,
                        column.name.clone(),
                        type_oid,
                        modifier,
                        generated,
                    ]
                })
            });
            return columns.collect();
        }
        if sql.contains("c.relkind") {
            let relation = |(oid, table): (u32, &Table)| {
                let (schema, kind) = ("public".to_owned(), "r".to_owned());
                vec![oid.to_string(), schema, table.name.clone(), kind]
            };
            return tables.map(relation).collect();
        }
        Vec::new()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::client::{Client, Command};
    use crate::data::Recipe;

    #[test]
    fn every_format_is_served_whole() {
        let tables = Format::ALL.into_iter().map(|format| Table {
            name: format!("bench_{format}"),
            rows: ResultSet::new(Recipe {
                columns: 12,
                density: 0.01,
                format,
            }),
        });
        let database = Database {
            tables: tables.collect(),
            rows: 30_000,
        };
        let database = Arc::new(database);
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let served = Arc::clone(&database);
        thread::spawn(move || serve(&listener, served));
        let mut client = Client::connect(address).unwrap();
        for table in &database.tables {
            let format = table.rows.format;
            for (limit, rows) in [(None, 30_000), (Some(1), 1), (Some(0), 0)] {
                let command = Command::new(&table.name, limit, format);
                let mut seen = Vec::new();
                let answer = client.run(&command, Some(&mut seen)).unwrap();
                let expected: Vec<u8> = table.rows.pieces(rows).flatten().copied().collect();
                assert_eq!(answer.rows, rows as u64, "{format}");
                assert_eq!(answer.row_bytes, expected.len() as u64, "{format}");
                let tail = table.rows.tail(rows).len() + 6; // and ReadyForQuery
                let end = seen.len() - tail;
                assert!(seen[..end].ends_with(&expected), "{format}");
            }
        }
    }
}
