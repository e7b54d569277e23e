//! Samples of live tables.

use super::{Column, Sample};
use postgres::config::{Host, SslMode};
use postgres::{Client, Config, NoTls, SimpleQueryMessage};
use rustls::crypto::ring;
use std::env;
use std::net::IpAddr;
use std::sync::Arc;
use tokio_postgres_rustls::MakeRustlsConnect;

/// Rows that are read at a time: a table that is too much for a sample is known before all of it came.
const FETCHED: usize = 1000;

/// A table of a server.
pub struct Table<'a> {
    /// As libpq takes it: `postgresql://user@host/database`. Without a password in it, `PGPASSWORD` counts.
    pub url: &'a str,
    /// `schema.table`, or `table` in the schema `public`.
    pub table: &'a str,
}

impl Table<'_> {
    /// Reads up to `rows` rows as text, in a transaction that may only read.
    ///
    /// # Errors
    /// What the server refuses, by its code; never a value.
    pub fn read(&self, rows: usize) -> Result<Sample, String> {
        let mut client = self.connect()?;
        let told = |what: &'static str| move |error: postgres::Error| tell(what, &error);
        client
            .batch_execute("begin transaction read only")
            .map_err(told("the server refuses a read-only transaction"))?;
        let select = format!("select * from {}", self.quoted());
        let statement = client
            .prepare(&select)
            .map_err(told("the table cannot be read"))?;
        let mut sample = Sample::default();
        for column in statement.columns() {
            let column = Column::new(column.name(), column.type_().name());
            sample.columns.push(column);
        }
        client
            .batch_execute(&format!(
                "declare sample no scroll cursor for {select} limit {rows}"
            ))
            .map_err(told("the table cannot be read"))?;
        loop {
            let messages = client
                .simple_query(&format!("fetch {FETCHED} from sample"))
                .map_err(told("the table cannot be read"))?;
            let mut fetched = 0;
            for message in messages {
                if let SimpleQueryMessage::Row(row) = message {
                    let values =
                        (0..row.len()).map(|at| row.get(at).unwrap_or_default().as_bytes());
                    sample.row(values)?;
                    fetched += 1;
                }
            }
            if fetched < FETCHED {
                return Ok(sample);
            }
        }
    }

    fn connect(&self) -> Result<Client, String> {
        connect(self.url)
    }

    /// The name as SQL takes it.
    fn quoted(&self) -> String {
        let (schema, table) = self.table.split_once('.').unwrap_or(("public", self.table));
        let quoted = |name: &str| format!("\"{}\"", name.replace('"', "\"\""));
        format!("{}.{}", quoted(schema), quoted(table))
    }
}

/// Connects over TLS, whose certificate the system's roots must know; without it only where
/// `sslmode=disable` says so, or where the server is on this machine and nothing says otherwise.
///
/// # Errors
/// That the URL is none, or what the server refuses, by its code.
pub fn connect(url: &str) -> Result<Client, String> {
    let config = url.parse::<Config>();
    let mut config = config.map_err(|_| "the URL is not one of PostgreSQL".to_owned())?;
    if config.get_password().is_none()
        && let Ok(password) = env::var("PGPASSWORD")
    {
        config.password(password);
    }
    let connected = match is_plain(&config) {
        true => config.ssl_mode(SslMode::Disable).connect(NoTls),
        false => config.ssl_mode(SslMode::Require).connect(tls()?),
    };
    connected.map_err(|error| tell("the server cannot be reached", &error))
}

/// Is TLS left out?
fn is_plain(config: &Config) -> bool {
    let local = |host: &Host| match host {
        Host::Unix(_) => true,
        Host::Tcp(name) => {
            let address = name.parse::<IpAddr>();
            name == "localhost" || address.is_ok_and(|address| address.is_loopback())
        }
    };
    // Where an address is given, that is where one connects, whatever the name.
    let here = config.get_hosts().iter().all(local)
        && config.get_hostaddrs().iter().all(IpAddr::is_loopback);
    match config.get_ssl_mode() {
        SslMode::Disable => true,
        SslMode::Prefer => here,
        _ => false,
    }
}

fn tls() -> Result<MakeRustlsConnect, String> {
    let mut roots = rustls::RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    let config = rustls::ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(MakeRustlsConnect::new(config))
}

/// The library's messages may hold the server's, and those may hold values: only the code is told.
pub fn tell(what: &str, error: &postgres::Error) -> String {
    match error.code() {
        Some(code) => format!("{what}: SQLSTATE {}", code.code()),
        None => what.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_quoted() {
        let quoted = |table| Table { url: "", table }.quoted();
        assert_eq!(quoted("shop.customer"), "\"shop\".\"customer\"");
        assert_eq!(quoted("a\"b"), "\"public\".\"a\"\"b\"");
    }

    #[test]
    fn only_this_machine_is_reached_without_tls_unless_it_is_said() {
        let plain = |url: &str| is_plain(&url.parse().expect("a URL"));
        for url in [
            "postgresql://u@localhost/d",
            "postgresql://u@127.0.0.1/d",
            "postgresql://u@[::1]/d",
            "postgresql://u@%2Ftmp/d",
            "postgresql://u@db.example/d?sslmode=disable",
        ] {
            assert!(plain(url), "{url}");
        }
        for url in [
            "postgresql://u@db.example/d",
            "postgresql://u@127.db.example/d",
            "postgresql://u@localhost/d?hostaddr=192.0.2.1",
            "postgresql://u@localhost,db.example/d",
            "postgresql:///d?hostaddr=192.0.2.1",
            "postgresql://u@localhost/d?sslmode=require",
        ] {
            assert!(!plain(url), "{url}");
        }
    }

    #[test]
    fn a_url_that_is_none_is_refused_without_repeating_it() {
        let table = Table {
            url: "postgresql://user:secret@[",
            table: "t",
        };
        let error = table.connect().err();
        assert_eq!(error.as_deref(), Some("the URL is not one of PostgreSQL"));
    }
}
