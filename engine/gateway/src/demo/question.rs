//! The questions of the show, and how they are asked: by an ordinary driver, once directly and once through
//! the gateway.

use postgres::{Client, SimpleQueryMessage};

use super::DemoError;

/// One question of the show.
#[derive(Debug)]
pub struct Question {
    /// What it shows, one line.
    pub title: &'static str,
    /// The statement, the same on both sides.
    pub sql: &'static str,
}

/// The show, in order. The first one is on the screen within the first seconds.
pub const QUESTIONS: &[Question] = &[
    Question {
        title: "Columns named in the rules: a date stays a date, a name stays a name",
        sql: "SELECT id, full_name, email, birth_date FROM customers ORDER BY id LIMIT 5",
    },
    Question {
        title: "An alias and a join do not lose the rule",
        sql: "SELECT c.full_name AS who, p.card_number AS number, p.iban AS account, p.amount \
              FROM payments p JOIN customers c ON c.id = p.customer_id WHERE p.id > 5 ORDER BY p.id LIMIT 5",
    },
    Question {
        title: "Free text: values are found by pattern and checksum",
        sql: "SELECT id, body FROM tickets ORDER BY id LIMIT 7",
    },
    Question {
        title: "JSON: leaves are masked, the structure stays",
        sql: "SELECT id, payload FROM events WHERE kind IN ('login', 'purchase') ORDER BY id LIMIT 5",
    },
    Question {
        title: "Arrays and numbers: a salary becomes its bucket",
        sql: "SELECT full_name, phones, ssn, salary FROM employees ORDER BY id LIMIT 4",
    },
    Question {
        title: "An expression hides where its value comes from: it is masked whole",
        sql: "SELECT upper(full_name) AS name, split_part(email, '@', 1) AS mailbox, 'tel. ' || phone AS contact \
              FROM customers ORDER BY id LIMIT 3",
    },
    Question {
        title: "Look-alikes are left alone: order numbers, amounts, a 13-digit trace",
        sql: "SELECT order_no, amount, currency, status, trace FROM payments ORDER BY id LIMIT 3",
    },
    Question {
        title: "Errors quote values, too",
        sql: "INSERT INTO customers (id, full_name, email) \
              SELECT 0, full_name, email FROM customers WHERE id = 1",
    },
];

/// What came back.
#[derive(Debug, PartialEq, Eq)]
pub enum Answer {
    /// Column names and rows; `None` is NULL.
    Rows {
        /// Names from the row description.
        columns: Vec<String>,
        /// Values in text form.
        rows: Vec<Vec<Option<String>>>,
    },
    /// A native error: all fields that carry text, one per line.
    Error(Vec<String>),
}

impl Answer {
    /// Every text that the client saw, in lower case.
    pub fn texts(&self) -> impl Iterator<Item = String> {
        let (cells, lines): (Vec<&String>, &[String]) = match self {
            Answer::Rows { columns, rows } => (rows.iter().flatten().flatten().collect(), columns),
            Answer::Error(lines) => (Vec::new(), lines),
        };
        cells
            .into_iter()
            .chain(lines)
            .map(|text| text.to_lowercase())
            .collect::<Vec<_>>()
            .into_iter()
    }
}

/// Asks by the simple protocol, where all values come as text. Errors of the server are answers.
pub fn ask(client: &mut Client, sql: &str) -> Result<Answer, DemoError> {
    let messages = match client.simple_query(sql) {
        Ok(messages) => messages,
        Err(error) => return server_error(&error).ok_or_else(|| DemoError::new("asking", &error)),
    };
    let (mut columns, mut rows) = (Vec::new(), Vec::new());
    for message in messages {
        match message {
            SimpleQueryMessage::RowDescription(description) => {
                columns = description
                    .iter()
                    .map(|column| column.name().to_owned())
                    .collect();
            }
            SimpleQueryMessage::Row(row) => {
                rows.push(
                    (0..row.len())
                        .map(|at| row.get(at).map(str::to_owned))
                        .collect(),
                );
            }
            _ => {}
        }
    }
    Ok(Answer::Rows { columns, rows })
}

fn server_error(error: &postgres::Error) -> Option<Answer> {
    let fields = error.as_db_error()?;
    let mut lines = vec![format!(
        "{}:  {} ({})",
        fields.severity(),
        fields.message(),
        fields.code().code()
    )];
    for (name, text) in [
        ("DETAIL", fields.detail()),
        ("HINT", fields.hint()),
        ("WHERE", fields.where_()),
    ] {
        lines.extend(text.map(|text| format!("{name}:  {text}")));
    }
    Some(Answer::Error(lines))
}
