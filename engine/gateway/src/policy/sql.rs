//! Reads SQL as the gateway does: by the grammar, and with the catalog of a live server.
//!
//! Only the gateway's own catalog queries run there, in a transaction that may only read.

use crate::sample::{connect, tell};
use clap::Args;
use postgres::{Client, SimpleQueryMessage};
use wiremask_datapath::catalog::{Catalog, Row};
use wiremask_datapath::guard::{Guard, Identities, Identity};
use wiremask_datapath::statement::Statement;
use wiremask_policy::{Command, PolicySet, Principal};
use wiremask_rules::Ruleset;

/// Times that reading one statement may ask for more of the catalog.
const LOOKUPS_MAX: usize = 64;

/// Where SQL gets its meaning from.
#[derive(Clone, Debug, Args)]
pub struct Database {
    /// A server whose catalog says what names in SQL mean; nothing of the SQL is run there
    #[arg(long, value_name = "URL")]
    pub database: Option<String>,
    /// What policies call that server: the name of an upstream
    #[arg(long, value_name = "NAME", default_value = "main")]
    pub connection: String,
}

impl Database {
    /// Connects, if a server is named.
    ///
    /// # Errors
    /// That it cannot be reached.
    pub fn open(&self) -> Result<Option<Reader>, String> {
        let Some(url) = &self.database else {
            return Ok(None);
        };
        let mut client = connect(url)?;
        client
            .batch_execute("set search_path = ''; begin transaction read only")
            .map_err(|error| tell("the server refuses a read-only transaction", &error))?;
        let row = client
            .query_one("select current_database()::text", &[])
            .map_err(|error| tell("the database does not tell its name", &error))?;
        let mut catalog = Catalog::new();
        catalog.want_global_once();
        Ok(Some(Reader {
            client,
            catalog,
            connection: self.connection.clone(),
            database: row.get(0),
        }))
    }
}

/// A server and what is known of its catalog.
pub struct Reader {
    client: Client,
    catalog: Catalog,
    connection: String,
    database: String,
}

impl Reader {
    /// What this text would do, sent by this principal.
    ///
    /// # Errors
    /// That the catalog cannot be read.
    pub fn read(
        &mut self,
        policies: &PolicySet,
        text: &str,
        principal: &Principal,
    ) -> Result<Command, String> {
        let identity = Identity {
            principal: principal.clone(),
            connection: self.connection.as_str().into(),
            database: self.database.as_str().into(),
        };
        let guard = Guard::new(identity, &mut Identities::default(), false);
        let statement = Statement::read(text.as_bytes(), true);
        for _ in 0..LOOKUPS_MAX {
            self.look_up()?;
            if !self.catalog.has_global() {
                continue;
            }
            // Without packs no column is protected here.
            let rules = Ruleset::empty();
            let command = guard.command(policies, &statement, &mut self.catalog, &rules);
            if let Ok(command) = command {
                return Ok(command);
            }
        }
        Err("the catalog does not come to an end".to_owned())
    }

    fn look_up(&mut self) -> Result<(), String> {
        while let Some(sql) = self.catalog.query() {
            let messages = self.client.simple_query(&sql);
            let messages = messages.map_err(|error| tell("the catalog cannot be read", &error))?;
            let rows: Vec<Row> = messages.iter().filter_map(row).collect();
            self.catalog.answer(&rows);
        }
        Ok(())
    }
}

fn row(message: &SimpleQueryMessage) -> Option<Row> {
    let SimpleQueryMessage::Row(row) = message else {
        return None;
    };
    let values = (0..row.len()).map(|at| row.get(at).map(|text| text.as_bytes().to_vec()));
    Some(values.collect())
}
