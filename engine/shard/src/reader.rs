//! The gateway's own connection to a database, over which its catalog is read.
//!
//! One per shard, upstream and database, opened when a session needs something and closed when nobody
//! has for a while. Sessions that need something at the same moment wait for one and the same run.

use crate::listener::SessionEvents;
use crate::pool::Pool;
use crate::receive::Receiver;
use crate::signal::Signal;
use crate::transport::Transport;
use crate::upstream::{Connected, Login, TlsClients, connect, write_all};
use futures_lite::future::{or, poll_fn};
use glommio::timer::Timer;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};
use wiremask_datapath::catalog::{Catalog, Row};
use wiremask_datapath::event::{Event, EventSink};
use wiremask_datapath::metrics::ShardCounters;
use wiremask_datapath::policy::Policy;
use wiremask_protocols::postgres::upstream::next_message;
use wiremask_protocols::wire::{Cursor, Truncated, message};

/// By this the upstream, or what stands in front of it, knows the connection.
const APPLICATION_NAME: &str = "wiremask catalog";

/// The readers of a shard.
pub(crate) struct Readers {
    pool: Rc<Pool>,
    clients: Rc<TlsClients>,
    counters: Arc<ShardCounters>,
    events: SessionEvents,
    by_database: RefCell<HashMap<(String, String), Rc<Reader>>>,
}

/// The reader of one database.
pub(crate) struct Reader {
    catalog: Rc<RefCell<Catalog>>,
    database: String,
    connection: RefCell<Option<Connection>>,
    running: Cell<bool>,
    runs: Signal,
}

struct Connection {
    transport: Transport,
    receiver: Receiver,
}

/// The connection broke, or the upstream refused.
struct Failed;

impl From<Truncated> for Failed {
    fn from(_: Truncated) -> Self {
        Self
    }
}

impl Readers {
    /// No readers yet.
    pub fn new(
        pool: Rc<Pool>,
        clients: Rc<TlsClients>,
        counters: Arc<ShardCounters>,
        events: SessionEvents,
    ) -> Self {
        Self {
            pool,
            clients,
            counters,
            events,
            by_database: RefCell::default(),
        }
    }

    /// The reader of a database, by name of the upstream. A reload keeps what was read: it is a fact
    /// about the database, whatever the policy.
    pub fn of(&self, upstream: &str, database: &str) -> Rc<Reader> {
        let key = (upstream.to_owned(), database.to_owned());
        let mut readers = self.by_database.borrow_mut();
        let reader = readers.entry(key).or_insert_with(|| {
            Rc::new(Reader {
                catalog: Rc::new(RefCell::new(Catalog::new())),
                database: database.to_owned(),
                connection: RefCell::new(None),
                running: Cell::new(false),
                runs: Signal::default(),
            })
        });
        Rc::clone(reader)
    }

    /// Reads everything that the catalog wants. Never fails: the catalog remembers a failure, and
    /// whoever needs it refuses.
    pub async fn read(self: &Rc<Self>, reader: &Rc<Reader>, policy: &Arc<Policy>, upstream: usize) {
        if reader.running.get() {
            reader.runs.past(reader.runs.count()).await;
            return;
        }
        reader.running.set(true);
        let done = Done(Rc::clone(reader));
        let begun = Instant::now();
        let patience = Duration::from_millis(policy.limits.catalog_timeout_ms);
        let in_time = or(self.run(reader, policy, upstream), async {
            Timer::new(patience).await;
            Err(Failed)
        });
        let name = policy.upstreams.get(upstream);
        let name: Arc<str> = name.map_or("", |upstream| &upstream.name).into();
        let event = match in_time.await {
            Ok(()) => {
                self.counters.catalog_loads.add(1);
                Event::CatalogLoaded {
                    upstream: name,
                    relations: reader.catalog.borrow().relation_count(),
                    duration_ms: u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX),
                }
            }
            Err(Failed) => {
                self.counters.catalog_failures.add(1);
                reader.connection.borrow_mut().take();
                reader.catalog.borrow_mut().failed();
                Event::CatalogFailed { upstream: name }
            }
        };
        if self.events.offer(event).is_err() {
            self.counters.events_lost.add(1);
        }
        drop(done);
        self.close_when_idle(reader, Duration::from_millis(policy.limits.catalog_idle_ms));
    }

    async fn run(&self, reader: &Reader, policy: &Policy, upstream: usize) -> Result<(), Failed> {
        let kept = reader.connection.borrow_mut().take();
        let mut fresh = kept.is_none();
        let mut connection = match kept {
            Some(connection) => connection,
            None => self.connect(reader, policy, upstream).await?,
        };
        loop {
            let Some(sql) = reader.catalog.borrow_mut().query() else {
                break;
            };
            let rows = match connection.query(&sql).await {
                Ok(rows) => rows,
                // The upstream may have closed a connection that was kept.
                Err(Failed) if !fresh => {
                    connection = self.connect(reader, policy, upstream).await?;
                    connection.query(&sql).await?
                }
                Err(Failed) => return Err(Failed),
            };
            fresh = true;
            reader.catalog.borrow_mut().answer(&rows);
        }
        *reader.connection.borrow_mut() = Some(connection);
        Ok(())
    }

    async fn connect(
        &self,
        reader: &Reader,
        policy: &Policy,
        upstream: usize,
    ) -> Result<Connection, Failed> {
        let upstream = policy.upstreams.get(upstream).ok_or(Failed)?;
        let login = Login {
            upstream,
            user: &upstream.user,
            database: &reader.database,
            parameters: vec![
                ("application_name".to_owned(), APPLICATION_NAME.to_owned()),
                ("client_encoding".to_owned(), "UTF8".to_owned()),
                // Then definitions of views name the schema of all that is not PostgreSQL's own.
                ("search_path".to_owned(), String::new()),
            ],
            protocol_minor: 0,
        };
        let connected = connect(policy, login, &self.clients, &self.pool).await;
        let Connected {
            transport,
            receiver,
            ..
        } = connected.map_err(|error| {
            tracing::warn!(upstream = %upstream.name, %error, "the catalog cannot be read");
            Failed
        })?;
        Ok(Connection {
            transport,
            receiver,
        })
    }

    fn close_when_idle(&self, reader: &Rc<Reader>, idle: Duration) {
        let (reader, seen) = (Rc::clone(reader), reader.runs.count());
        glommio::spawn_local(async move {
            Timer::new(idle).await;
            if reader.runs.count() == seen && !reader.running.get() {
                reader.connection.borrow_mut().take();
            }
        })
        .detach();
    }
}

impl Reader {
    /// The catalog, for the sessions of this database.
    pub fn catalog(&self) -> Rc<RefCell<Catalog>> {
        Rc::clone(&self.catalog)
    }
}

/// Ends a run, also one whose session went away while it waited.
struct Done(Rc<Reader>);

impl Drop for Done {
    fn drop(&mut self) {
        self.0.running.set(false);
        self.0.runs.raise();
    }
}

impl Connection {
    /// Runs one statement in the simple protocol.
    async fn query(&mut self, sql: &str) -> Result<Vec<Row>, Failed> {
        let mut out = Vec::new();
        message(&mut out, b'Q', |out| {
            out.extend_from_slice(sql.as_bytes());
            out.push(0);
        });
        write_all(&mut self.transport, &out)
            .await
            .map_err(|_| Failed)?;
        let mut rows = Vec::new();
        let mut failed = false;
        loop {
            let received = self.receiver.unconsumed();
            let Some((tag, body)) = next_message(received).map_err(|_| Failed)? else {
                let need = self.receiver.len() + 1;
                let (receiver, transport) = (&mut self.receiver, &mut self.transport);
                let count =
                    poll_fn(|cx| receiver.poll_receive(cx, Pin::new(transport), need)).await;
                match count {
                    Ok(count) if count > 0 => continue,
                    Ok(_) | Err(_) => return Err(Failed),
                }
            };
            let size = body.len() + 5;
            match tag {
                b'D' => rows.push(row(body)?),
                b'E' => failed = true,
                b'Z' => {
                    self.receiver.consume(size);
                    return if failed { Err(Failed) } else { Ok(rows) };
                }
                b'T' | b'C' | b'N' | b'S' => {}
                _ => return Err(Failed),
            }
            self.receiver.consume(size);
        }
    }
}

fn row(body: &[u8]) -> Result<Row, Failed> {
    let mut cursor = Cursor::new(body);
    let count = cursor.u16()?;
    (0..count)
        .map(|_| match usize::try_from(cursor.i32()?) {
            Ok(len) => Ok(Some(cursor.take(len)?.to_vec())),
            Err(_) => Ok(None),
        })
        .collect()
}
