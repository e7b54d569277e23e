//! The embedded PostgreSQL with the sample in it, reachable by any number of connections.

use std::io::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use pglite_oxide::PgliteServer;
use postgres::{Client, NoTls};
use tempfile::TempDir;

use super::data::Sample;
use super::mux::Mux;
use super::{DemoError, attempt};

/// Name of the database with the sample.
pub const DATABASE: &str = "shop";

/// The embedded server's only role. The gateway holds it; clients of the gateway never use it.
pub const OWNER: &str = "postgres";

/// A running embedded server. Dropping it removes all its files.
#[derive(Debug)]
pub struct Database {
    // Dropped in this order: the server ends only after its connection was given back.
    mux: Mux,
    _embedded: Embedded,
}

impl Database {
    /// Starts an empty server. Takes about a second: twice the start of a WebAssembly backend.
    pub fn start() -> Result<Database, DemoError> {
        let embedded = Embedded::start()?;
        let mut client = attempt(
            "connecting",
            configuration("template1")
                .host_path(embedded.folder())
                .connect(NoTls),
        )?;
        attempt(
            "creating the database",
            client.batch_execute(&format!("CREATE DATABASE {DATABASE}")),
        )?;
        // The server serves the next connection only when this one is gone.
        attempt("closing the first connection", client.close())?;
        let mux = Mux::start(&embedded.socket(), OWNER, DATABASE);
        let mux = attempt("connecting to the embedded PostgreSQL", mux)?;
        Ok(Database {
            mux,
            _embedded: embedded,
        })
    }

    /// Where clients and the gateway reach the server, without the gateway's protection.
    pub fn address(&self) -> SocketAddr {
        self.mux.address()
    }

    /// A connection past the gateway.
    pub fn connect(&self) -> Result<Client, DemoError> {
        connect(self.address(), OWNER, DATABASE)
    }

    /// Creates and fills all tables, in one transaction.
    pub fn load(&self, sample: &Sample) -> Result<(), DemoError> {
        let mut client = self.connect()?;
        let mut transaction = attempt("loading the sample", client.transaction())?;
        for table in sample.tables.iter().chain([&sample.labels()]) {
            attempt("creating a table", transaction.batch_execute(table.ddl))?;
            let mut sink = attempt(
                "loading a table",
                transaction.copy_in(&table.copy_statement()),
            )?;
            attempt("loading a table", sink.write_all(table.copy.as_bytes()))?;
            attempt("loading a table", sink.finish())?;
        }
        attempt("loading the sample", transaction.commit())
    }
}

/// Connects to a server on loopback that asks for no password.
pub fn connect(address: SocketAddr, user: &str, database: &str) -> Result<Client, DemoError> {
    let mut configuration = configuration(database);
    configuration
        .host(&address.ip().to_string())
        .port(address.port())
        .user(user);
    attempt("connecting", configuration.connect(NoTls))
}

fn configuration(database: &str) -> postgres::Config {
    let mut configuration = postgres::Config::new();
    configuration
        .user(OWNER)
        .dbname(database)
        .application_name("wiremask demo");
    configuration
}

/// The server itself, at a socket in a folder that only this user may enter: it must not meet strangers, because
/// a connection that breaks off ends it. A socket file also knows no delayed acknowledgements.
#[derive(Debug)]
pub struct Embedded {
    _server: PgliteServer,
    folder: TempDir,
}

impl Embedded {
    /// Starts the server with a database `template1`.
    pub fn start() -> Result<Embedded, DemoError> {
        let folder = tempfile::Builder::new().prefix("wiremask-demo-").tempdir();
        let folder = attempt("creating a temporary folder", folder)?;
        let server = PgliteServer::builder()
            .temporary()
            .relaxed_durability(true)
            .unix(folder.path().join(SOCKET))
            .start()
            .map_err(|error| {
                DemoError::new("starting the embedded PostgreSQL", format!("{error:#}"))
            })?;
        Ok(Embedded {
            _server: server,
            folder,
        })
    }

    /// The socket's path.
    pub fn socket(&self) -> PathBuf {
        self.folder.path().join(SOCKET)
    }

    fn folder(&self) -> &Path {
        self.folder.path()
    }
}

/// The name that drivers look for, with PostgreSQL's default port.
const SOCKET: &str = ".s.PGSQL.5432";

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_sample_is_loaded_and_the_label_table_counts_it() {
        let database = Database::start().unwrap();
        let sample = Sample::generate(1);
        database.load(&sample).unwrap();
        let mut client = database.connect().unwrap();
        for table in &sample.tables {
            let count = format!("SELECT count(*) FROM {}", table.name);
            let rows: i64 = client.query_one(&count, &[]).unwrap().get(0);
            assert_eq!(rows, i64::try_from(table.rows).unwrap(), "{}", table.name);
        }
        let planted: i64 = client
            .query_one("SELECT sum(planted) FROM pii_labels", &[])
            .unwrap()
            .get(0);
        assert_eq!(planted, i64::try_from(sample.planted()).unwrap());
    }
}
