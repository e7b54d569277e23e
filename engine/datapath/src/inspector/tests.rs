//! Whole sessions against a scripted catalog: what a client sees of protected columns.
#![allow(clippy::unwrap_used, clippy::cast_possible_truncation)]

use super::*;
use crate::catalog::Row;
use crate::event::EventLost;
use crate::limits::Limits;
use wiremask_policy::Principal;
use wiremask_protocols::postgres::session::{PostgresSession, SessionLimits};
use wiremask_protocols::postgres::upstream::UpstreamReady;
use wiremask_protocols::session::{Flow, Need, Session};
use wiremask_protocols::wire::{Tx, message};
use wiremask_rules::{Backend, Keys, PackSource};

const PACK: &str = r#"
[pack]
name = "test"
version = "1"

[[detector]]
name = "email"
entity = "EMAIL"
class = "distinctive"
match = ['[a-z0-9.]+@[a-z0-9]+\.[a-z]{2,}']
boundary = "none"
mask = { operator = "redact" }

[detector.examples]
mask = ["ann@shop.example"]
pass = ["ann at shop"]

[[dataset]]
select = { database = "shop", schema = "public", table = "customer", column = ["name"] }
set = { entity = "PERSON", mask = { operator = "redact" } }

[[dataset]]
select = { database = "shop", schema = "public", table = "customer", column = ["salary"] }
set = { entity = "SALARY", mask = { operator = "null" } }
"#;

/// A detector only: nothing needs the catalog but types.
const DETECTOR_PACK_END: &str = "[[dataset]]";

struct Sent(RefCell<Vec<Event>>);
impl EventSink for Sent {
    fn offer(&self, event: Event) -> Result<(), EventLost> {
        self.0.borrow_mut().push(event);
        Ok(())
    }
}

fn rows(table: &[&[&str]]) -> Vec<Row> {
    table
        .iter()
        .map(|row| row.iter().map(|v| Some(v.as_bytes().to_vec())).collect())
        .collect()
}

/// customer(1 id, 2 name, 3 salary) is 20000, its partition 20001, a view on it 20002, an unrelated
/// table 20003, pg_stats 12000.
pub(crate) fn catalog_answer(sql: &str) -> Vec<Row> {
    let relations: &[&[&str]] = &[
        &["20000", "public", "customer", "p"],
        &["20001", "public", "customer_2026", "r"],
        &["20002", "public", "customer_view", "v"],
        &["20003", "public", "orders", "r"],
        &["12000", "pg_catalog", "pg_stats", "v"],
    ];
    if sql.contains("pg_attribute WHERE attrelid") || sql.contains("attgenerated") {
        let wanted = |oid: &str| sql.contains(oid);
        let all: &[&[&str]] = &[
            &["20000", "1", "id", "23", "-1", "f"],
            &["20000", "2", "name", "25", "-1", "f"],
            &["20000", "3", "salary", "1700", "-1", "f"],
            &["20001", "1", "id", "23", "-1", "f"],
            &["20001", "2", "name", "25", "-1", "f"],
            &["20002", "1", "name", "25", "-1", "f"],
            &["20002", "2", "upper", "25", "-1", "f"],
            &["20003", "1", "id", "23", "-1", "f"],
            &["20003", "2", "note", "25", "-1", "f"],
            &["20003", "3", "doc", "114", "-1", "f"],
        ];
        return rows(all)
            .into_iter()
            .filter(|r| wanted(std::str::from_utf8(r[0].as_ref().unwrap()).unwrap()))
            .collect();
    }
    if sql.contains("WHERE c.oid IN") {
        let known = relations
            .iter()
            .filter(|r| sql.contains(r[0]))
            .copied()
            .collect::<Vec<_>>();
        return rows(&known);
    }
    if sql.contains("relkind IN") {
        return rows(relations);
    }
    if sql.contains("pg_inherits") {
        return rows(&[&["20001", "20000"]]);
    }
    if sql.contains("pg_seclabel") {
        let text = |text: &str| Some(text.as_bytes().to_vec());
        let comment = "what the client said, wiremask:said,free-text";
        return vec![vec![text("20003"), text("note"), None, text(comment)]];
    }
    if sql.starts_with("SELECT DISTINCT a.attrelid") {
        return rows(&[&["20003"]]);
    }
    if sql.contains("SELECT p.proname") {
        return rows(&[
            &["upper", "t", "f", "f", "f"],
            &["lower", "t", "f", "f", "f"],
            &["count", "t", "f", "t", "f"],
            &["now", "t", "f", "f", "f"],
            &["current_setting", "t", "f", "f", "f"],
            &["set_config", "t", "t", "f", "f"],
            &["generate_series", "t", "f", "f", "f"],
            &["unnest", "t", "f", "f", "t"],
            &["string_to_array", "t", "f", "f", "f"],
            &["ascii", "t", "f", "f", "f"],
            &["max", "t", "f", "t", "f"],
        ]);
    }
    if sql.contains("refobjid <>") {
        return rows(&[&["20002", "20000"], &["12000", "2619"]]);
    }
    Vec::new()
}

struct World {
    session: PostgresSession<Inspector>,
    catalog: Rc<RefCell<Catalog>>,
    policy: Rc<PolicyCell>,
    counters: Arc<ShardCounters>,
    events: Rc<Sent>,
    lookups: usize,
}

fn policy(pack: &str, generation: u64) -> Arc<Policy> {
    let pack = PackSource {
        name: "test.toml".into(),
        text: pack.into(),
    };
    let keys = Keys::from_secret("k1", b"a secret of at least thirty-two bytes");
    let ruleset =
        Ruleset::compile(&[pack], &keys, Backend::Portable).unwrap_or_else(|e| panic!("{e}"));
    Arc::new(Policy {
        generation,
        ruleset: Arc::new(ruleset),
        users: vec![],
        upstreams: vec![],
        on_undecodable: OnUndecodable::Null,
        access: None,
        learn_columns: true,
        limits: Limits::DEFAULT,
    })
}

impl World {
    fn new(pack: &str) -> Self {
        let policy = Rc::new(PolicyCell::new(policy(pack, 1)));
        let catalog = Rc::new(RefCell::new(Catalog::new()));
        let counters = Arc::new(ShardCounters::default());
        let events = Rc::new(Sent(RefCell::default()));
        let inspector = Inspector::new(InspectorOptions {
            policy: Rc::clone(&policy),
            catalog: Rc::clone(&catalog),
            scratch: Rc::new(RefCell::new(ShardScratch::new())),
            counters: Arc::clone(&counters),
            events: Rc::clone(&events) as Rc<dyn EventSink>,
            identity: Identity {
                principal: Principal::agent("ann"),
                connection: "main".into(),
                database: "shop".into(),
            },
            is_walled: false,
        });
        let parameters = [
            ("client_encoding", "UTF8"),
            ("DateStyle", "ISO, MDY"),
            ("standard_conforming_strings", "on"),
        ];
        let ready = UpstreamReady {
            backend_pid: 1,
            transaction_status: b'I',
            parameters: parameters
                .iter()
                .map(|(k, v)| (k.as_bytes().to_vec(), v.as_bytes().to_vec()))
                .collect(),
            ..UpstreamReady::default()
        };
        let limits = SessionLimits {
            message_size_max: 60_000,
            ..SessionLimits::default()
        };
        let session =
            PostgresSession::new(inspector, limits, &ready, &[0; 4], &mut Vec::new()).unwrap();
        Self {
            session,
            catalog,
            policy,
            counters,
            events,
            lookups: 0,
        }
    }

    fn feed(&mut self, flow: Flow, bytes: &[u8]) -> Vec<u8> {
        let mut buffer = bytes.to_vec();
        let mut out = Vec::new();
        loop {
            let mut tx = Tx::new();
            let (consumed, need) = self.session.advance(flow, &mut buffer, &mut tx).unwrap();
            out.extend_from_slice(tx.forward(&buffer));
            out.extend_from_slice(tx.reply());
            buffer.drain(..consumed);
            if need != Need::Lookup {
                assert!(buffer.is_empty(), "{} bytes left, {need:?}", buffer.len());
                return out;
            }
            self.lookups += 1;
            assert!(self.lookups < 50, "lookups do not end");
            let mut catalog = self.catalog.borrow_mut();
            while let Some(sql) = catalog.query() {
                catalog.answer(&catalog_answer(&sql));
            }
        }
    }

    fn client(&mut self, bytes: &[u8]) -> Vec<u8> {
        self.feed(Flow::ToUpstream, bytes)
    }

    /// What the client sees of what the upstream sends, printable.
    fn upstream(&mut self, messages: &[Vec<u8>]) -> String {
        self.feed(Flow::ToClient, &messages.concat())
            .escape_ascii()
            .to_string()
    }

    /// The values that the client sees of one row, for a query with this text.
    fn row(
        &mut self,
        text: &str,
        columns: &[(&str, u32, i16, u32)],
        values: &[Option<&str>],
    ) -> Vec<Option<String>> {
        self.client(&query(text));
        let out = self.feed(
            Flow::ToClient,
            &[
                described(columns),
                data(values),
                complete("SELECT 1"),
                ready(b'I'),
            ]
            .concat(),
        );
        row_values(&out)
    }
}

/// Values of the only DataRow in `bytes`.
fn row_values(mut bytes: &[u8]) -> Vec<Option<String>> {
    while !bytes.is_empty() {
        let len = u32::from_be_bytes(bytes[1..5].try_into().unwrap()) as usize;
        if bytes[0] == b'D' {
            let count = u16::from_be_bytes([bytes[5], bytes[6]]);
            let mut at = 7;
            return (0..count)
                .map(|_| {
                    let len = i32::from_be_bytes(bytes[at..at + 4].try_into().unwrap());
                    at += 4;
                    (len >= 0).then(|| {
                        let value = &bytes[at..at + len as usize];
                        at += len as usize;
                        value.escape_ascii().to_string()
                    })
                })
                .collect();
        }
        bytes = &bytes[len + 1..];
    }
    panic!("no row");
}

fn m(tag: u8, body: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    message(&mut out, tag, |out| out.extend_from_slice(body));
    out
}
fn query(text: &str) -> Vec<u8> {
    m(b'Q', format!("{text}\0").as_bytes())
}
fn complete(tag: &str) -> Vec<u8> {
    m(b'C', format!("{tag}\0").as_bytes())
}
fn ready(status: u8) -> Vec<u8> {
    m(b'Z', &[status])
}
/// Columns as (name, table, attribute, type), in text.
fn described(columns: &[(&str, u32, i16, u32)]) -> Vec<u8> {
    described_as(columns, 0)
}
fn described_as(columns: &[(&str, u32, i16, u32)], format: i16) -> Vec<u8> {
    let mut body = (columns.len() as u16).to_be_bytes().to_vec();
    for (name, table, attribute, ty) in columns {
        body.extend_from_slice(name.as_bytes());
        body.push(0);
        body.extend_from_slice(&table.to_be_bytes());
        body.extend_from_slice(&attribute.to_be_bytes());
        body.extend_from_slice(&ty.to_be_bytes());
        body.extend_from_slice(&(-1i16).to_be_bytes());
        body.extend_from_slice(&(-1i32).to_be_bytes());
        body.extend_from_slice(&format.to_be_bytes());
    }
    m(b'T', &body)
}
fn data(values: &[Option<&str>]) -> Vec<u8> {
    let values: Vec<_> = values.iter().map(|v| v.map(str::as_bytes)).collect();
    data_bytes(&values)
}
fn data_bytes(values: &[Option<&[u8]>]) -> Vec<u8> {
    let mut body = (values.len() as u16).to_be_bytes().to_vec();
    for value in values {
        match value {
            Some(value) => {
                body.extend_from_slice(&(value.len() as u32).to_be_bytes());
                body.extend_from_slice(value);
            }
            None => body.extend_from_slice(&[0xff; 4]),
        }
    }
    m(b'D', &body)
}
fn some(values: &[&str]) -> Vec<Option<String>> {
    values.iter().map(|v| Some((*v).to_owned())).collect()
}

#[test]
fn a_column_rule_follows_its_column_through_any_name() {
    let mut world = World::new(PACK);
    let columns = [
        ("x", 20000, 1, 23),
        ("harmless", 20000, 2, 25),
        ("gtin", 20000, 3, 1700),
    ];
    let seen = world.row(
        "select id x, name harmless, salary gtin from customer",
        &columns,
        &[Some("7"), Some("Ann"), Some("100.5")],
    );
    assert_eq!(seen, [Some("7".into()), Some("***".into()), None]);
    assert_eq!(world.counters.cells_masked.value(), 2);
    let events = world.events.0.borrow();
    assert!(
        events.iter().any(|e| matches!(
            e,
            Event::ResultMasked {
                rows: 1,
                cells: 2,
                ..
            }
        )),
        "{events:?}"
    );
}

#[test]
fn a_partition_keeps_the_rule_of_its_parent() {
    let mut world = World::new(PACK);
    let seen = world.row(
        "select name from customer_2026",
        &[("name", 20001, 2, 25)],
        &[Some("Ann")],
    );
    assert_eq!(seen, some(&["***"]));
}

#[test]
fn a_view_on_a_protected_table_is_masked_in_every_column() {
    let mut world = World::new(PACK);
    let columns = [("name", 20002, 1, 25), ("upper", 20002, 2, 25)];
    let seen = world.row(
        "select * from customer_view",
        &columns,
        &[Some("Ann"), Some("ANN")],
    );
    assert_eq!(seen, some(&["***", "***"]));
}

#[test]
fn an_expression_is_masked_exactly_if_its_statement_may_touch_a_protected_table() {
    for (text, masked) in [
        ("select upper(name) from customer", true),
        ("select upper(name) from public.customer", true),
        ("select upper(c.name) from (select * from customer) c", true),
        (
            "with c as (select * from customer) select upper(name) from c",
            true,
        ),
        ("select upper(name) from customer_view", true),
        ("select upper(name) from customer_2026", true),
        ("select most_common_vals::text from pg_stats", true),
        ("select my_own_function()", true),
        ("select 1 === 2", false),
        ("select query_to_xml('select 1', true, true, '')", true),
        ("select current_setting('my.setting')", true),
        ("do $$ begin end $$", true),
        ("this does not parse", true),
        ("select upper(note) from orders", false),
        ("select upper('x'), count(*), now()", false),
        ("explain select * from customer", true),
        ("explain select * from orders", false),
        ("fetch c", false),
    ] {
        let mut world = World::new(PACK);
        let seen = world.row(text, &[("?column?", 0, 0, 25)], &[Some("ANN")]);
        assert_eq!(seen, some(&[if masked { "***" } else { "ANN" }]), "{text}");
    }
}

#[test]
fn what_a_session_opened_on_a_protected_table_stays_masked() {
    let mut world = World::new(PACK);
    world.client(&query(
        "declare c cursor for select upper(name) from customer",
    ));
    world.upstream(&[complete("DECLARE CURSOR"), ready(b'T')]);
    let seen = world.row("fetch c", &[("upper", 0, 0, 25)], &[Some("ANN")]);
    assert_eq!(seen, some(&["***"]));
    let seen = world.row(
        "show my.setting",
        &[("my.setting", 0, 0, 25)],
        &[Some("ANN")],
    );
    assert_eq!(seen, some(&["***"]));
}

#[test]
fn a_relation_that_the_catalog_does_not_know_is_masked() {
    let mut world = World::new(PACK);
    let seen = world.row(
        "select name from made_just_now",
        &[("name", 30000, 1, 25)],
        &[Some("Ann")],
    );
    assert_eq!(seen, some(&["***"]));
    // A whole row, and a column that was added since.
    for attribute in [0, 9] {
        let seen = world.row(
            "select c from customer c",
            &[("c", 20000, attribute, 25)],
            &[Some("Ann")],
        );
        assert_eq!(seen, some(&["***"]));
    }
}

#[test]
fn a_type_without_a_codec_becomes_null_in_a_protected_column() {
    let mut world = World::new(PACK);
    let seen = world.row(
        "select name from customer",
        &[("name", 20000, 2, 40000)],
        &[Some("Ann")],
    );
    assert_eq!(seen, [None]);
    let seen = world.row(
        "select note from orders",
        &[("note", 20003, 2, 40000)],
        &[Some("a@b.example")],
    );
    assert_eq!(seen, [None], "a finding in a type without a codec");
    let seen = world.row(
        "select note from orders",
        &[("note", 20003, 2, 40000)],
        &[Some("Ann")],
    );
    assert_eq!(seen, some(&["Ann"]));
}

#[test]
fn detectors_find_spans_in_text_and_in_leaves() {
    let mut world = World::new(PACK);
    let columns = [
        ("note", 20003, 2, 25),
        ("j", 20003, 2, 3802),
        ("a", 20003, 2, 1009),
        ("id", 20003, 1, 23),
    ];
    let values = [
        "mail ann@shop.example now",
        r#"{"m": "ann\u0040shop.example", "n": 1}"#,
        "{x,ann@shop.example}",
        "7",
    ];
    let seen = world.row("select * from orders", &columns, &values.map(Some));
    let stars = "*".repeat("ann@shop.example".len());
    assert_eq!(
        seen,
        some(&[
            &format!("mail {stars} now"),
            &format!(r#"{{\"m\": \"{stars}\", \"n\": 1}}"#),
            &format!("{{x,{stars}}}"),
            "7",
        ])
    );
}

#[test]
fn binary_values_keep_their_type() {
    let mut world = World::new(PACK);
    world.client(&query("x"));
    let bytes = [
        described_as(&[("name", 20000, 2, 23), ("note", 20003, 2, 3802)], 1),
        data_bytes(&[Some(&[0, 0, 0, 9]), Some(b"\x01{\"m\": \"a@b.example\"}")]),
    ]
    .concat();
    let seen = row_values(&world.feed(Flow::ToClient, &bytes));
    assert_eq!(
        seen,
        some(&[r"\x00\x00\x00\x00", r#"\x01{\"m\": \"***********\"}"#])
    );
}

#[test]
fn copies_are_masked_in_every_format() {
    let header = |format: u8| m(b'H', &[format, 0, 3, 0, format, 0, format, 0, format]);
    let end = || vec![m(b'c', b""), complete("COPY 1"), ready(b'I')];
    for (options, line, expected) in [
        ("", "1\tAnn\t100.5\n", "1\\t***\\t\\\\N\\n"),
        ("(format csv)", "1,\"A,n\",100.5\n", "1,\\\"***\\\",\\n"),
        (
            "(format csv, header, delimiter ';', null 'nil')",
            "1;Ann;100.5\n",
            "1;\\\"***\\\";nil\\n",
        ),
    ] {
        let mut world = World::new(PACK);
        world.client(&query(&format!("copy customer to stdout {options}")));
        let mut messages = vec![header(0)];
        if options.contains("header") {
            messages.push(m(b'd', b"id;name;salary\n"));
        }
        messages.push(m(b'd', line.as_bytes()));
        messages.extend(end());
        let seen = world.upstream(&messages);
        assert!(seen.contains(expected), "{options}: {seen}");
        assert!(!seen.contains("100.5") && !seen.contains("Ann"));
    }

    let mut world = World::new(PACK);
    world.client(&query("copy customer (name, id) to stdout (format binary)"));
    let row = [&b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0\0\x02\0\0\0\x03Ann\0\0\0\x04\0\0\0\x07"[..]]
        .concat();
    let seen = world.upstream(&[
        m(b'H', &[1, 0, 2, 0, 1, 0, 1]),
        m(b'd', &row),
        m(b'd', b"\xff\xff"),
    ]);
    assert!(
        seen.contains("\\x00\\x02\\x00\\x00\\x00\\x03***\\x00\\x00\\x00\\x04\\x00\\x00\\x00\\x07"),
        "{seen}"
    );

    // A query on the table: no column can be told from another.
    let mut world = World::new(PACK);
    world.client(&query("copy (select name, 1 from customer) to stdout"));
    let seen = world.upstream(&[m(b'H', &[0, 0, 2, 0, 0, 0, 0]), m(b'd', b"Ann\t1\n")]);
    assert!(
        seen.contains("\\\\N\\t\\\\N\\n") && !seen.contains("Ann"),
        "{seen}"
    );

    // Rows that the reader does not take for one row.
    for line in [&b"1\tAnn\t2"[..], b"1\tAnn\n", b"1\tAnn\t2\n3\tBob\t4\n"] {
        let mut world = World::new(PACK);
        world.client(&query("copy customer to stdout"));
        let seen = world.upstream(&[
            header(0),
            m(b'd', line),
            m(b'c', b""),
            complete("COPY 1"),
            ready(b'I'),
        ]);
        assert!(
            seen.contains("08P01") && !seen.contains("Ann") && !seen.contains("Bob"),
            "{seen}"
        );
    }
}

#[test]
fn errors_of_a_statement_on_protected_columns_say_only_what_the_client_knows() {
    let error = |fields: &str| m(b'E', format!("SERROR\0VERROR\0{fields}\0").as_bytes());
    let cases = [
        // (statement, error fields, what must be there, what must not)
        (
            "select name::int from customer",
            "C22P02\0Minvalid input syntax for type integer: \"Ann\"\0",
            "withheld",
            "Ann",
        ),
        (
            "select nam from customer",
            "C42703\0Mcolumn \"nam\" does not exist\0P8\0",
            "column \\\"nam\\\" does not exist",
            "withheld",
        ),
        (
            "insert into customer values (1)",
            "C23505\0Mduplicate key value violates unique constraint \"customer_pkey\"\0DKey (name)=(Ann) already exists.\0",
            "withheld",
            "Ann",
        ),
        (
            "select f(name) from customer",
            "CA1B2C\0MAnn\0DAnn\0HAnn\0WAnn\0qAnn\0sAnn\0tAnn\0cAnn\0dAnn\0nAnn\0",
            "XX000",
            "Ann",
        ),
        (
            "select f(name) from customer",
            "CA1B2C\0Mx\0",
            "XX000",
            "A1B2C",
        ),
        (
            "select 1 / 0",
            "C22012\0Mdivision by zero\0",
            "division by zero",
            "withheld",
        ),
        (
            "select note from orders",
            "C22P02\0Mbad \"ann@shop.example\"\0",
            "bad \\\"****",
            "ann@",
        ),
    ];
    for (text, fields, there, not_there) in cases {
        let mut world = World::new(PACK);
        world.row("select 1", &[("a", 20000, 1, 23)], &[Some("1")]); // the catalog is read
        let mut world_events = world.client(&query(text));
        world_events.clear();
        let seen = world.upstream(&[error(fields), ready(b'I')]);
        assert!(
            seen.contains(there) && !seen.contains(not_there),
            "{text}: {seen}"
        );
    }
}

#[test]
fn settings_and_notifications_do_not_carry_values() {
    let mut world = World::new(PACK);
    world.row(
        "select set_config('application_name', name, false) from customer",
        &[("set_config", 0, 0, 25)],
        &[Some("Ann")],
    );
    let seen = world.upstream(&[
        m(b'S', b"application_name\0Ann\0"),
        m(b'A', b"\0\0\0\x01ch\0Ann\0"),
        m(b'N', b"SNOTICE\0VNOTICE\0C00000\0MAnn\0\0"),
    ]);
    assert!(!seen.contains("Ann"), "{seen}");
    // Function results are not typed: nothing of them passes under column rules.
    world.client(&m(b'F', &[0, 0, 0, 9, 0, 0, 0, 0, 0, 0]));
    let seen = world.upstream(&[m(b'V', b"\0\0\0\x03Ann"), ready(b'I')]);
    assert!(
        seen.starts_with("V\\x00\\x00\\x00\\x08\\xff\\xff\\xff\\xff"),
        "{seen}"
    );
}

#[test]
fn with_detectors_only_texts_are_scanned_and_the_rest_passes() {
    let pack = &PACK[..PACK.find(DETECTOR_PACK_END).unwrap()];
    let mut world = World::new(pack);
    let seen = world.upstream(&[
        m(b'A', b"\0\0\0\x01ch\0to ann@shop.example\0"),
        m(b'S', b"application_name\0ann@shop.example\0"),
        m(b'N', b"SNOTICE\0VNOTICE\0C00000\0Mfine\0\0"),
    ]);
    assert!(
        !seen.contains("ann@") && seen.contains("to ****") && seen.contains("fine"),
        "{seen}"
    );
    let seen = world.row(
        "select f(x)",
        &[("a", 0, 0, 25), ("ann@shop.example", 0, 0, 25)],
        &[Some("x"), Some("b@c.example")],
    );
    assert_eq!(seen, some(&["x", "***********"]));
}

#[test]
fn columns_of_a_rule_that_is_off_are_neither_masked_nor_scanned() {
    let off = r#"
[[dataset]]
select = { database = "shop", schema = "public", table = ["orders", "customer"], column = ["note", "name"] }
mode = "off"
reason = "addresses of the shop itself"
"#;
    // The rule on customer.name is as exact and comes first.
    let mut world = World::new(&format!("{PACK}{off}"));
    assert_eq!(
        world.row(
            "select id, note from orders",
            &[("id", 20003, 1, 23), ("note", 20003, 2, 25)],
            &[Some("1"), Some("ann@shop.example")],
        ),
        some(&["1", "ann@shop.example"])
    );
    world.client(&query("copy orders (id, note) to stdout"));
    let copy = [
        m(b'H', &[0, 0, 2, 0, 0, 0, 0]),
        m(b'd', b"1\tann@shop.example\n"),
        m(b'c', b""),
    ];
    let out = world.upstream(&[copy.concat(), complete("COPY 1"), ready(b'I')]);
    assert!(out.contains("ann@shop.example"), "{out}");
    // A computed value is none of these columns.
    assert_eq!(
        world.row(
            "select upper(note) from orders",
            &[("upper", 0, 0, 25)],
            &[Some("ann@shop.example")],
        ),
        some(&["****************"])
    );
}

#[test]
fn detectors_look_into_numbers_and_addresses_of_the_types_that_they_list() {
    let detectors = r#"
[pack]
name = "test"
version = "1"

[[detector]]
name = "card"
entity = "CARD"
class = "checksum"
match = ['\d{16}']
validate = ["luhn"]
chance = 0.1
mask = { operator = "redact" }
context = { types = ["text", "int8", "numeric"] }

[detector.examples]
mask = ["4111111111111111"]
pass = ["4111111111111112"]

[[detector]]
name = "address"
entity = "IP"
class = "distinctive"
match = ['\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}']
chance = 0.001
mask = { operator = "redact" }
context = { types = ["text", "inet"] }

[detector.examples]
mask = ["10.0.0.7"]
pass = ["10.0.0"]
"#;
    let mut world = World::new(detectors);
    let types = [20, 1700, 869, 23, 701, 5069];
    let columns: Vec<_> = types.iter().map(|oid| ("c", 0, 0, *oid)).collect();
    let values = [
        "4111111111111111",
        "4111111111111111",
        "10.0.0.7",
        "411111111",
        "4.1",
        "18446744073709551615",
    ];
    let seen = world.row("select f(x)", &columns, &values.map(Some));
    assert_eq!(
        seen,
        some(&[
            "0",
            "0",
            "0.0.0.0",
            "411111111",
            "4.1",
            "18446744073709551615"
        ])
    );
    let other = ["4111111111111112", "4111111111111112", "::7", "7", "0", "7"];
    assert_eq!(
        world.row("select f(x)", &columns, &other.map(Some)),
        some(&other)
    );
}

#[test]
fn a_renamed_column_keeps_its_rule() {
    let mut world = World::new(PACK);
    assert_eq!(
        world.row(
            "select name from customer",
            &[("name", 20000, 2, 25)],
            &[Some("Ann")]
        ),
        some(&["***"])
    );
    world.client(&query("alter table customer rename name to colour"));
    world.upstream(&[complete("ALTER TABLE"), ready(b'I')]);
    let before = world.lookups;
    // The catalog of this test still answers with the old name; take the rule away instead.
    world.catalog.borrow_mut().ddl_seen();
    let remembered = world.catalog.borrow().remembered(20000, 2, 1);
    assert!(remembered.is_some());
    world.row(
        "select colour from customer",
        &[("colour", 20000, 2, 25)],
        &[Some("Ann")],
    );
    assert!(
        world.lookups > before,
        "the catalog is read again after DDL"
    );
}

#[test]
fn a_new_name_takes_no_rule_away_from_a_copy_and_a_view_is_copied_masked() {
    // What the column is called now, rules let pass.
    let off = r#"
[[dataset]]
select = { database = "shop", schema = "public", table = "customer", column = ["id"] }
mode = "off"
reason = "numbers of the shop itself"
"#;
    let mut world = World::new(&format!("{PACK}{off}"));
    let copied = |world: &mut World, text: &str| {
        world.client(&query(text));
        let copy = [
            m(b'H', &[0, 0, 1, 0, 0]),
            m(b'd', b"123456\n"),
            m(b'c', b""),
            complete("COPY 1"),
            ready(b'I'),
        ];
        world.upstream(&copy).contains("123456")
    };
    assert!(copied(&mut world, "copy customer (id) to stdout"));
    let rules = Arc::clone(&world.policy.get().ruleset);
    let salary = rules
        .rules()
        .iter()
        .position(|rule| rule.entity == "SALARY");
    let salary = RuleId(u16::try_from(salary.unwrap()).unwrap());
    world.catalog.borrow_mut().remember(20000, 1, 1, salary);
    assert!(!copied(&mut world, "copy customer (id) to stdout"));
    // Newer servers copy views: which column shows a protected one is not known.
    assert!(!copied(&mut world, "copy customer_view (upper) to stdout"));
}

#[test]
fn a_new_policy_is_taken_at_the_next_command() {
    let mut world = World::new(PACK);
    world.client(&query("select name from customer"));
    world
        .policy
        .set(policy(PACK.replace("\"name\"", "\"other\"").as_str(), 2));
    let out = world.feed(
        Flow::ToClient,
        &[
            described(&[("name", 20000, 2, 25)]),
            data(&[Some("Ann")]),
            complete("SELECT 1"),
            ready(b'I'),
        ]
        .concat(),
    );
    assert_eq!(
        row_values(&out),
        some(&["***"]),
        "the running command keeps the old one"
    );
    let seen = world.row(
        "select name from customer",
        &[("name", 20000, 2, 25)],
        &[Some("Ann")],
    );
    assert_eq!(seen, some(&["Ann"]));
}

#[test]
fn names_of_columns_are_looked_at_each_time_or_known_to_be_clean_under_the_same_rules() {
    // Numbers are clean under the first rules, addresses under the second ones.
    let numbers = PACK
        .replace(r"[a-z0-9.]+@[a-z0-9]+\.[a-z]{2,}", "[0-9]{6}")
        .replace("ann@shop.example", "123456");
    let mut world = World::new(PACK);
    let shown = |world: &mut World| {
        world.client(&query("select 1"));
        let columns = [
            ("ann@shop.example", 20003, 1, 23),
            ("n123456", 20003, 2, 25),
        ];
        let answer = [described(&columns), complete("SELECT 0"), ready(b'I')].concat();
        let out = world.feed(Flow::ToClient, &answer);
        let holds = |name: &[u8]| memchr::memmem::find(&out, name).is_some();
        (holds(b"ann@shop.example"), holds(b"n123456"))
    };
    for _ in 0..3 {
        assert_eq!(shown(&mut world), (false, true));
    }
    world.policy.set(policy(&numbers, 2));
    for _ in 0..3 {
        assert_eq!(shown(&mut world), (true, false));
    }
}

#[test]
fn an_answer_is_planned_again_only_when_what_its_plan_stands_on_has_changed() {
    let mut world = World::new(PACK);
    let columns = [("x", 20000, 2, 25), ("count", 0, 0, 25)];
    let seen = |world: &mut World, text: &str| {
        let row = world.row(text, &columns, &[Some("Ann"), Some("2")]);
        row.into_iter().flatten().collect::<Vec<_>>().join(" ")
    };
    let kept = |world: &mut World| {
        let scratch = world.session.sink().scratch.borrow();
        let answers = scratch.answers.known.values();
        answers.map(Vec::len).sum::<usize>()
    };
    let (plain, protected) = ("select x, 1 from orders", "select x, 1 from customer");
    // An expression of a statement that touches nothing protected is shown, also after another one with
    // the same description, and the other way round.
    assert_eq!(seen(&mut world, plain), "*** 2");
    assert_eq!(kept(&mut world), 0, "what it stands on was being read");
    assert_eq!(seen(&mut world, plain), "*** 2");
    assert_eq!(kept(&mut world), 1);
    assert_eq!(seen(&mut world, plain), "*** 2");
    assert_eq!(kept(&mut world), 1, "it was known");
    assert_eq!(seen(&mut world, protected), "*** *");
    assert_eq!(seen(&mut world, protected), "*** *");
    assert_eq!(seen(&mut world, plain), "*** 2");
    let before = world.lookups;
    seen(&mut world, protected);
    assert_eq!(world.lookups, before);
    // What the catalog said before a change is not believed any more.
    world.catalog.borrow_mut().ddl_seen();
    assert_eq!(seen(&mut world, protected), "*** *");
    assert!(world.lookups > before);
    // Other rules: another column of the same table.
    let swapped = PACK.replace("column = [\"name\"]", "column = [\"id\"]");
    world.policy.set(policy(&swapped, 2));
    assert_eq!(seen(&mut world, plain), "Ann 2");
    world.policy.set(policy(PACK, 3));
    assert_eq!(seen(&mut world, plain), "*** 2");
}

#[test]
fn a_description_with_names_that_are_looked_at_each_time_is_not_remembered() {
    let mut world = World::new(PACK);
    // A block may have made the name up from a protected value.
    world.client(&query("do $$ begin end $$"));
    world.upstream(&[complete("DO"), ready(b'I')]);
    for _ in 0..3 {
        world.client(&query("select * from pg_temp.made_up"));
        let out = world.upstream(&[
            described(&[("anns_secret", 0, 0, 25)]),
            complete("SELECT 0"),
            ready(b'I'),
        ]);
        assert!(!out.contains("anns_secret"), "{out}");
    }
    assert!(
        world
            .session
            .sink()
            .scratch
            .borrow()
            .answers
            .known
            .is_empty()
    );
}

#[test]
fn in_a_column_of_cards_what_is_no_valid_card_is_masked_too() {
    const CARDS: &str = r#"
[pack]
name = "cards"
version = "1"

[[detector]]
name = "card"
entity = "CREDIT_CARD"
class = "checksum"
match = ['\d{16}']
boundary = "digit"
validate = ["luhn"]
mask = { operator = "redact" }

[detector.examples]
mask = ["4111111111111111"]
pass = ["4111111111111112"]
"#;
    let columns = [("note", 20003, 2, 25), ("id", 20003, 1, 25)];
    let (card, mistyped) = ("4111111111111111", "4111111111111112");
    let stars = "*".repeat(16);
    let row = |world: &mut World| {
        let row = world.row(
            "select note, id from orders",
            &columns,
            &[Some(mistyped); 2],
        );
        row.into_iter().flatten().collect::<Vec<_>>()
    };
    let copied = |world: &mut World| {
        world.client(&query("copy orders (note, id) to stdout"));
        let line = format!("{mistyped}\t{mistyped}\n");
        let copy = [
            m(b'H', &[0, 0, 2, 0, 0, 0, 0]),
            m(b'd', line.as_bytes()),
            m(b'c', b""),
        ];
        world.upstream(&[copy.concat(), complete("COPY 1"), ready(b'I')])
    };
    let learned = |world: &World| {
        let events = world.events.0.borrow();
        let is_learned = |event: &&Event| matches!(event, Event::ColumnLearned { .. });
        events
            .iter()
            .filter(is_learned)
            .cloned()
            .collect::<Vec<_>>()
    };
    for learn_columns in [true, false] {
        let mut world = World::new(CARDS);
        let policy = Arc::into_inner(policy(CARDS, 2)).unwrap();
        world.policy.set(Arc::new(Policy {
            learn_columns,
            ..policy
        }));
        assert_eq!(row(&mut world), [mistyped; 2], "it is no card");
        assert!(copied(&mut world).contains(mistyped));
        world.client(&query("select note, id from orders"));
        let mut answer = vec![described(&columns)];
        answer.extend((0..400).map(|_| data(&[Some(card), Some("no card at all, only words")])));
        // A result keeps the plan that it began with.
        answer.push(data(&[Some(mistyped), Some(mistyped)]));
        let out = world.upstream(&answer);
        assert!(out.contains(mistyped));
        assert_eq!(out.matches(&stars).count(), 400);
        world.upstream(&[complete("SELECT 401"), ready(b'I')]);
        let expected = if learn_columns { &*stars } else { mistyped };
        for _ in 0..2 {
            assert_eq!(
                row(&mut world),
                [expected, mistyped],
                "only where cards are at home"
            );
        }
        let line = copied(&mut world);
        assert!(line.contains(&format!("{expected}\\t{mistyped}")), "{line}");
        let event = Event::ColumnLearned {
            relation: 20003,
            attribute: 2,
            rule: "card".into(),
        };
        assert_eq!(learned(&world), vec![event; usize::from(learn_columns)]);
    }
}

#[test]
fn rows_before_an_undecodable_value_pass_however_many_come_at_once() {
    let row = |name| data(&[Some(name), Some("1")]);
    let rows = [row("{}"), row("[\"Ann\"]"), row("{"), row("[1]")];
    let outcome = |chunks: &[Vec<u8>]| {
        let mut world = World::new(PACK);
        let strict = Arc::into_inner(policy(PACK, 2)).unwrap();
        world.policy.set(Arc::new(Policy {
            on_undecodable: OnUndecodable::Error,
            ..strict
        }));
        world.client(&query("select name, id from customer"));
        world.upstream(&[described(&[("name", 20000, 2, 114), ("id", 20000, 1, 23)])]);
        let seen = chunks
            .iter()
            .flat_map(|chunk| world.feed(Flow::ToClient, chunk));
        seen.collect::<Vec<u8>>()
    };
    let together = outcome(&[rows.concat()]);
    assert_eq!(together, outcome(&rows));
    assert_eq!(
        together.iter().filter(|byte| **byte == b'D').count(),
        2,
        "{together:?}"
    );
    assert!(together.windows(6).any(|text| text == b"C22000"));
}

#[test]
fn a_running_result_stays_masked_when_a_new_policy_has_no_rules() {
    let mut world = World::new(PACK);
    world.client(&query("select name from customer"));
    world.upstream(&[described(&[("name", 20000, 2, 25)])]);
    let nothing = "[pack]\nname = \"nothing\"\nversion = \"1\"\n";
    world.policy.set(policy(nothing, 2));
    world.client(&query("select 1")); // the session takes the new policy while the first result runs
    let seen = world.feed(Flow::ToClient, &data(&[Some("Ann")]));
    assert_eq!(row_values(&seen), some(&["***"]));
}

/// What a client sees of a large value whose message comes in two pieces.
fn in_two_pieces(pack: &str, (ty, format): (u32, i16), value: &str, first: usize) -> Vec<u8> {
    let mut world = World::new(pack);
    world.client(&query("select note from orders"));
    let mut buffer = described_as(&[("note", 20003, 2, ty)], format);
    let row = data(&[Some(value)]);
    let mut out = Vec::new();
    for piece in [&row[..first], &row[first..]] {
        buffer.extend_from_slice(piece);
        loop {
            let mut tx = Tx::new();
            let (consumed, need) = world
                .session
                .advance(Flow::ToClient, &mut buffer, &mut tx)
                .unwrap();
            out.extend_from_slice(tx.forward(&buffer));
            buffer.drain(..consumed);
            if need != Need::Lookup {
                break;
            }
            let mut catalog = world.catalog.borrow_mut();
            while let Some(sql) = catalog.query() {
                catalog.answer(&catalog_answer(&sql));
            }
        }
    }
    out
}

#[test]
fn a_finding_that_straddles_two_pieces_of_a_large_value_is_masked() {
    let filler = "x ".repeat(40_000);
    let stars = "*".repeat(16);
    let text = format!("{filler}ann@shop.example {filler}bob@shop.example");
    let json = format!(
        r#"{{"a": "{filler}", "b": ["ann\u0040shop.example", "{filler}"], "c": "bob@shop.example"}}"#
    );
    let masked_json = format!(
        r#"{{"a": "{filler}", "b": ["{}", "{filler}"], "c": "{stars}"}}"#,
        "*".repeat(21)
    );
    let cases = [
        (
            25,
            0,
            text.clone(),
            format!("{filler}{stars} {filler}{stars}"),
        ),
        (3802, 0, json.clone(), masked_json.clone()),
        (
            3802,
            1,
            format!("\u{1}{json}"),
            format!("\u{1}{masked_json}"),
        ),
    ];
    // Pieces end everywhere around the first address.
    for (ty, format, value, expected) in cases {
        for first in (79_990..80_080).step_by(3) {
            let out = in_two_pieces(PACK, (ty, format), &value, first);
            let expected = data(&[Some(&expected)]);
            assert!(
                out.ends_with(&expected),
                "type {ty}, format {format}, cut at {first}"
            );
        }
    }
}

#[test]
fn a_finding_that_could_go_on_behind_a_piece_waits_for_what_follows() {
    let pack = PACK.replace("[a-z0-9]+\\.[a-z]{2,}", "[a-z0-9]+(?: ?\\.[a-z]{2,})+");
    assert_ne!(pack, PACK);
    let filler = "x ".repeat(40_000);
    let value = format!("{filler}ann@shop.co .uk {filler}");
    let expected = data(&[Some(&format!("{filler}{} {filler}", "*".repeat(15)))]);
    for first in 79_990..80_080 {
        let out = in_two_pieces(&pack, (25, 0), &value, first);
        assert!(out.ends_with(&expected), "cut at {first}");
    }
}

#[test]
fn nothing_of_a_finding_longer_than_what_is_held_back_is_seen() {
    let (filler, long) = ("x ".repeat(40_000), "y".repeat(12_000));
    let text = format!("{filler}ann@shop.{long}");
    let json = format!(r#"{{"a": "{filler}ann@shop.{long}", "b": "seen"}}"#);
    for first in (80_000..92_000).step_by(499) {
        for (ty, value) in [(25, &text), (3802, &json)] {
            let out = in_two_pieces(PACK, (ty, 0), value, first);
            assert!(
                !out.windows(2).any(|w| w == b"yy"),
                "type {ty}, cut at {first}"
            );
            assert_eq!(ty == 3802, out.ends_with(b"\"seen\"}"), "cut at {first}");
        }
    }
}

#[test]
fn what_has_to_be_decoded_is_not_passed_in_a_row_above_the_limit() {
    let hex = |text: &str| text.bytes().map(|b| format!("{b:02x}")).collect::<String>();
    let filler = "x ".repeat(80_000);
    // bytea, xml, jsonb[], small and large.
    let cases = |text: &str| {
        [
            (17, format!("\\x{}", hex(text))),
            (142, format!("<a>{}</a>", text.replace('@', "&#64;"))),
            (
                3807,
                format!(r#"{{"\"{}\""}}"#, text.replace('@', r"\\u0040")),
            ),
        ]
    };
    let refused = |ty: u32, value: &str| {
        let mut world = World::new(PACK);
        world.client(&query("select a, b from orders"));
        world.upstream(&[described(&[("a", 20003, 2, 25), ("b", 20003, 2, ty)])]);
        let (mut buffer, mut out) = (data(&[Some(&filler), Some(value)]), Vec::new());
        loop {
            let mut tx = Tx::new();
            let advanced = world.session.advance(Flow::ToClient, &mut buffer, &mut tx);
            out.extend_from_slice(tx.forward(&buffer));
            match advanced {
                Ok((consumed, Need::Bytes(_))) => drop(buffer.drain(..consumed)),
                Ok(other) => panic!("{other:?}"),
                Err(_) => return !out.ends_with(value.as_bytes()),
            }
            if buffer.is_empty() {
                return !out.ends_with(value.as_bytes());
            }
        }
    };
    for (ty, value) in cases("ann@shop.co") {
        assert!(refused(ty, &value), "type {ty}");
    }
    for (ty, value) in cases("nobody") {
        assert!(!refused(ty, &value), "type {ty}");
    }
}

#[test]
fn a_word_as_far_away_as_packs_may_ask_counts_in_a_value_above_the_limit() {
    let words = "[detector.context]\nwords = { any = [\"near\"], before = 256, after = 256 }\nrequired = true\n";
    let examples = "[detector.examples]\nmask = [\"near K-kkkk\"]\npass = [\"K-kkkk\"]";
    let pack = PACK
        .replace(r"[a-z0-9.]+@[a-z0-9]+\.[a-z]{2,}", "K-[k]{4,4000}")
        .replace(
            "\n[detector.examples]\nmask = [\"ann@shop.example\"]\npass = [\"ann at shop\"]",
            &format!("\n{words}\n{examples}"),
        );
    let (secret, gap) = (format!("K-{}", "k".repeat(3_990)), "- ".repeat(124));
    let filler = "x ".repeat(20_000);
    for value in [
        format!("{filler}{secret} {gap}near {filler}"),
        format!("{filler}near {gap}{secret} {filler}"),
    ] {
        let at = value.find("K-").unwrap();
        for first in (at - 300..at + 4_600).step_by(97) {
            let out = in_two_pieces(&pack, (25, 0), &value, first);
            assert!(
                memchr::memmem::find(&out, b"kk").is_none(),
                "cut at {first}"
            );
        }
    }
}

/// What a client gets of one message of a copy, above the limit; nothing where it is refused.
fn large_copy(statement: &str, response: &[u8], body: &[u8]) -> Option<Vec<u8>> {
    let mut world = World::new(PACK);
    world.client(&query(statement));
    world.upstream(&[m(b'H', response)]);
    let (mut buffer, mut out) = (m(b'd', body), Vec::new());
    while !buffer.is_empty() {
        let mut tx = Tx::new();
        let advanced = world.session.advance(Flow::ToClient, &mut buffer, &mut tx);
        out.extend_from_slice(tx.forward(&buffer));
        match advanced {
            Ok((consumed, _)) => drop(buffer.drain(..consumed)),
            Err(_) => return None,
        }
    }
    Some(out)
}

#[test]
fn a_line_above_the_limit_passes_only_where_its_bytes_are_the_text() {
    let filler = "x ".repeat(80_000);
    let outcome = |columns: &str, line: String| {
        let statement = format!("copy orders ({columns}) to stdout");
        large_copy(&statement, &[0, 0, 2, 0, 0, 0, 0], line.as_bytes())
    };
    let escaped = format!("{filler}\t\"ann\\\\u0040shop.co\"\n");
    assert_eq!(outcome("note, doc", escaped), None);
    let plain = outcome("note, id", format!("{filler}ann@shop.co\t1\n")).unwrap();
    assert!(plain.ends_with(b"x ***********\t1\n"));
    let null = outcome("note, id", format!("\\N\t{filler}ann@shop.co\n")).unwrap();
    assert!(null.ends_with(b"x ***********\n"));
    // Behind an escape, a letter that is none stands beside the value.
    let letter = format!("{filler}\\nann@shop.co\t1\n");
    assert_eq!(outcome("note, id", letter), None);
}

#[test]
fn a_row_above_the_limit_whose_separators_could_be_parts_of_values_is_refused() {
    let filler = "x ".repeat(80_000);
    let outcome = |options: &str, format: u8, body: &[u8]| {
        let statement = format!("copy orders (note) to stdout ({options})");
        large_copy(&statement, &[format, 0, 1, 0, format], body)
    };
    let line = format!("{filler}ann@shop.co\n");
    for options in ["format csv", "format csv, delimiter ';'"] {
        let out = outcome(options, 0, line.as_bytes()).unwrap();
        assert!(out.ends_with(b"x ***********\n"), "{options}");
    }
    for options in [
        "format csv, delimiter 'q'",
        "format csv, quote 'q'",
        "format csv, escape '7'",
    ] {
        assert_eq!(outcome(options, 0, line.as_bytes()), None, "{options}");
    }
    // The signature, flags and no extension, one field, its length.
    let value = filler.into_bytes();
    let len = u32::try_from(value.len()).unwrap().to_be_bytes();
    let head = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0\0\x01";
    let row = [&head[..], &len, &value].concat();
    assert_eq!(outcome("format binary", 1, &row), None);
}

#[test]
fn each_leaf_of_a_value_gets_its_own_findings() {
    let mut world = World::new(PACK);
    let seen = world.row(
        "select a from orders",
        &[("a", 20003, 2, 1009), ("b", 20003, 2, 1009)],
        &[Some("{x,a@b.cc/c@d.ee,NULL,y,e@f.gg}"), Some("{g@h.ii,z}")],
    );
    let expected = ["{x,******/******,NULL,y,******}", "{******,z}"];
    assert_eq!(seen, some(&expected));
}

/// The pack without its rules for columns, and with these entries.
fn with_entries(entries: &str) -> World {
    let detectors = PACK.split(DETECTOR_PACK_END).next().unwrap();
    World::new(&format!("{detectors}{entries}"))
}

#[test]
fn a_tag_of_a_comment_protects_its_column_and_what_is_computed_from_its_table() {
    let mut world =
        with_entries("[[dataset]]\nselect = { tag = \"said\" }\nset = { entity = \"SAID\" }\n");
    let columns = [("id", 20003, 1, 23), ("note", 20003, 2, 25)];
    let seen = world.row(
        "select id, note from orders",
        &columns,
        &[Some("7"), Some("hush")],
    );
    assert_eq!(seen, some(&["7", "****"]));
    let seen = world.row(
        "select upper(note) from orders",
        &[("upper", 0, 0, 25)],
        &[Some("HUSH")],
    );
    assert_eq!(seen, some(&["****"]));
    let seen = world.row(
        "select name from customer",
        &[("name", 20000, 2, 25)],
        &[Some("Ann")],
    );
    assert_eq!(seen, some(&["Ann"]));
}

#[test]
fn a_detector_that_is_off_in_a_column_is_not_off_in_what_is_computed_from_it() {
    let mut world = with_entries(
        "[[dataset]]\nselect = { table = \"orders\", column = \"note\", detectors = \"email\" }\n\
         mode = \"off\"\nreason = \"addresses of the shop itself\"\n\
         [[allow]]\ndetector = \"email\"\nvalues = [\"ann@shop.example\"]\n\
         datasets = [\"shop.public.customer\"]\nreason = \"one of us\"\n",
    );
    let address = Some("ann@shop.example");
    let columns = [
        ("note", 20003, 2, 25),
        ("name", 20000, 2, 25),
        ("x", 0, 0, 25),
    ];
    let seen = world.row("select note, name, x()", &columns, &[address; 3]);
    assert_eq!(
        seen,
        some(&["ann@shop.example", "ann@shop.example", "****************"])
    );
    let others = [("name", 20001, 2, 25), ("name", 20000, 2, 25)];
    let seen = world.row("select 1, 2", &others, &[address, Some("bob@shop.example")]);
    assert_eq!(seen, some(&["****************", "****************"]));
}

/// Places in `orders.doc`, and what is counted or left out there.
const PLACES: &str = r#"
[[dataset]]
select = { type = "json", path = ["$.user.name", "$.items[1]", "$..pin"] }
set = { entity = "PLACE", mask = { operator = "fixed", value = "X" } }

[[dataset]]
name = "counted"
select = { table = "orders", column = "doc", path = "$.tried" }
set = { entity = "TRIED" }
mode = "shadow"

[[dataset]]
select = { table = "orders", column = "doc", path = "$.ours" }
mode = "off"
reason = "addresses of the shop itself"
"#;

const DOCUMENT: &str = r#"{"user": {"name": "Ann", "mail": "ann@shop.example", "pin": 12}, "items": ["a", {"k": [true]}, "c"], "tried": "b@c.example", "ours": "ann@shop.example", "name": null}"#;

const MASKED_DOCUMENT: &str = r#"{"user": {"name": "X", "mail": "****************", "pin": null}, "items": ["a", {"X": [null]}, "c"], "tried": "***********", "ours": "ann@shop.example", "name": null}"#;

#[test]
fn places_in_documents_are_masked_and_the_rest_is_scanned() {
    let mut world = with_entries(PLACES);
    let columns = [
        ("id", 20003, 1, 23),
        ("doc", 20003, 3, 114),
        ("note", 20003, 2, 25),
    ];
    let note = "to ann@shop.example";
    let values = [Some("1"), Some(DOCUMENT), Some(note)];
    let seen = world.row("select id, doc, note from orders", &columns, &values);
    assert_eq!(
        seen[1]
            .as_deref()
            .map(|doc| doc.replace("\\\"", "\""))
            .as_deref(),
        Some(MASKED_DOCUMENT)
    );
    assert_eq!(
        (seen[0].as_deref(), seen[2].as_deref()),
        (Some("1"), Some("to ****************"))
    );
    // One row after the other, with and without findings, in one batch.
    world.client(&query("select doc, note from orders"));
    let rows = [
        data(&[Some(r#"{"pin": "1"}"#), Some("a@b.example")]),
        data(&[
            Some(r#"{"a": "a@b.example", "pin": "1", "z": "c@d.example"}"#),
            Some("plain"),
        ]),
        data(&[Some("[1]"), None]),
        data(&[Some(r#"{"z": {"pin": "2"}}"#), Some("b@c.example")]),
    ];
    let columns = [("doc", 20003, 3, 114), ("note", 20003, 2, 25)];
    let out = world.upstream(&[
        described(&columns),
        rows.concat(),
        complete("SELECT 4"),
        ready(b'I'),
    ]);
    for part in [
        r#"{\"pin\": \"X\"}"#,
        r#"{\"a\": \"***********\", \"pin\": \"X\", \"z\": \"***********\"}"#,
        "plain",
        "[1]",
        r#"{\"z\": {\"pin\": \"X\"}}"#,
    ] {
        assert!(out.contains(part), "{part} is not in {out}");
    }
    assert!(!out.contains("example"), "{out}");
    // What is computed from the table may hold such a place.
    let seen = world.row(
        "select doc->'user' from orders",
        &[("?column?", 0, 0, 114)],
        &[Some("\"Ann\"")],
    );
    assert!(!seen[0].as_deref().unwrap().contains("Ann"), "{seen:?}");
    let seen = world.row(
        "select name from customer",
        &[("name", 20000, 2, 25)],
        &[Some("Ann")],
    );
    assert_eq!(seen, some(&["Ann"]));
}

#[test]
fn places_in_copied_and_in_large_documents_are_masked() {
    let mut world = with_entries(PLACES);
    world.client(&query("copy orders (doc) to stdout"));
    let line = DOCUMENT.replace('\\', "\\\\");
    let copy = [
        m(b'H', &[0, 0, 1, 0, 0]),
        m(b'd', format!("{line}\n").as_bytes()),
        m(b'c', &[]),
    ];
    let out = world.upstream(&[copy.concat(), complete("COPY 1"), ready(b'I')]);
    assert!(out.contains(&MASKED_DOCUMENT.replace('"', "\\\"")), "{out}");
    // Above message_size_max the way to a place is not followed: nothing of the document is seen.
    let detectors = PACK.split(DETECTOR_PACK_END).next().unwrap();
    let large = format!(r#"{{"fill": "{}", "pin": "4711"}}"#, "f".repeat(70_000));
    let seen = in_two_pieces(&format!("{detectors}{PLACES}"), (114, 0), &large, 30_000);
    let seen = seen.escape_ascii().to_string();
    assert!(
        !seen.contains("4711") && !seen.contains("fff"),
        "{}",
        seen.len()
    );
}

#[test]
fn dates_of_one_person_move_together_and_only_where_the_row_surely_is_hers() {
    let pack = r#"
[pack]
name = "test"
version = "1"

[[dataset]]
select = { table = "customer", column = ["name"] }
set = { entity = "DATE", mask = { operator = "date-shift", by = "id" } }

[[dataset]]
select = { table = "customer", column = ["id"] }
set = { entity = "ID", mask = { operator = "fpe" } }
"#;
    let mut world = World::new(pack);
    let (id, name) = (("id", 20000, 1, 23), ("name", 20000, 2, 25));
    let mut ask = |sql: &str, columns: &[_], values: &[&str]| {
        let values: Vec<_> = values.iter().map(|v| Some(*v)).collect();
        world.row(sql, columns, &values)
    };
    let plain = "select id, name from customer";
    let first = ask(plain, &[id, name], &["123456", "2024-02-29"]);
    // The key of the row is what it was before it was masked itself, wherever it stands.
    assert_ne!(first[0].as_deref(), Some("123456"));
    let moved = first[1].clone().unwrap();
    assert_ne!(moved, "2024-02-29");
    assert!(moved.starts_with("202"), "{moved}");
    let turned = ask(
        "select name, id from customer",
        &[name, id],
        &["2024-02-29", "123456"],
    );
    assert_eq!(turned[0].as_deref(), Some(&*moved));
    let other = ask(plain, &[id, name], &["123457", "2024-02-29"]);
    assert_ne!(other[1].as_deref(), Some(&*moved));

    let hidden = Some("**********".to_owned());
    for (sql, columns) in [
        ("select name from customer", &[name][..]),
        (
            "select b.id, a.name from customer a, customer b",
            &[id, name],
        ),
        (
            "with c as (select 1) select id, name from customer",
            &[id, name],
        ),
        (
            "select 1 as id, name from customer",
            &[("id", 0, 0, 23), name],
        ),
        ("fetch all from c", &[id, name]),
    ] {
        let values = ["123456", "2024-02-29"];
        let seen = ask(sql, columns, &values[2 - columns.len()..]);
        assert_eq!(seen.last(), Some(&hidden), "{sql}");
    }

    // A copied table has one row at a time.
    for (listed, line, expected) in [
        ("id, name", "123456\t2024-02-29\n", format!("{moved}\\n")),
        ("name, id", "2024-02-29\t123456\n", format!("{moved}\\t")),
        ("name", "2024-02-29\n", "**********\\n".to_owned()),
    ] {
        let mut world = World::new(pack);
        world.client(&query(&format!("copy customer ({listed}) to stdout")));
        let columns = line.matches('\t').count() as u8 + 1;
        let formats = vec![0; 2 * usize::from(columns)];
        let seen = world.upstream(&[
            m(b'H', &[vec![0, 0, columns], formats].concat()),
            m(b'd', line.as_bytes()),
            m(b'c', b""),
            complete("COPY 1"),
            ready(b'I'),
        ]);
        assert!(seen.contains(&expected), "{listed}: {seen}");
        assert!(!seen.contains("2024-02-29") && !seen.contains("123456"));
    }
}

#[test]
fn a_renamed_column_keeps_the_rules_for_places_in_its_documents() {
    let mut world = with_entries(
        "[[dataset]]\nselect = { table = \"orders\", column = \"doc\", path = \"$.pin\" }\n\
         set = { entity = \"PIN\" }\n",
    );
    let mut ask = |name, attribute| {
        let sql = format!("select {name} from orders");
        let columns = [(name, 20003, attribute, 114)];
        let seen = world.row(&sql, &columns, &[Some(r#"{"pin": "1234"}"#)]);
        let places = world.catalog.borrow().remembered_places(20003, 3, 1);
        // The catalog of this test knows no renaming: the other column has had this one's rules.
        if let Some(places) = places {
            let mut catalog = world.catalog.borrow_mut();
            catalog.remember_places(20003, 2, 1, places);
            catalog.ddl_seen();
        }
        seen[0].clone().unwrap()
    };
    assert!(ask("note", 2).contains("1234"));
    assert!(!ask("doc", 3).contains("1234"));
    assert!(!ask("note", 2).contains("1234"));
}

/// Addresses are only counted, but masked in `customer.name`.
const STRENGTHENED: &str = r#"
[pack]
name = "test"
version = "1"

[[detector]]
name = "email"
entity = "EMAIL"
class = "distinctive"
match = ['[a-z0-9.]+@[a-z0-9]+\.[a-z]{2,}']
boundary = "none"
mode = "shadow"
mask = { operator = "redact" }

[detector.examples]
mask = ["ann@shop.example"]
pass = ["ann at shop"]

[[dataset]]
select = { database = "shop", schema = "public", table = "customer", column = "name", detectors = "email" }
set = { mask = { operator = "label" } }
mode = "enforce"
"#;

#[test]
fn what_strengthens_a_detector_in_a_table_does_so_in_its_partitions_views_and_expressions() {
    let mut world = World::new(STRENGTHENED);
    let address = Some("ann@shop.example");
    let mut seen = |sql: &str, column: (&'static str, u32, i16, u32)| {
        world.row(sql, &[column], &[address])[0].clone().unwrap()
    };
    let kept = "ann@shop.example";
    let (labelled, starred) = ("<EMAIL>", "****************");
    assert_eq!(
        seen("select name from customer", ("name", 20000, 2, 25)),
        labelled
    );
    assert_eq!(
        seen("select name from customer_2026", ("name", 20001, 2, 25)),
        labelled
    );
    assert_eq!(
        seen("select name from customer_view", ("name", 20002, 1, 25)),
        labelled
    );
    // Which column of the table it shows is not known: the detector's own mask.
    assert_eq!(
        seen("select upper from customer_view", ("upper", 20002, 2, 25)),
        starred
    );
    assert_eq!(
        seen("select note from orders", ("note", 20003, 2, 25)),
        kept
    );
    for (sql, expect) in [
        ("select lower(name) from customer", starred),
        ("select lower(name) from customer_2026", starred),
        ("select lower(upper) from customer_view", starred),
        ("select lower(note) from orders", kept),
        ("select own_function(note) from orders", starred),
        (
            "with customer as (select note from orders) select lower(note) from customer",
            starred,
        ),
    ] {
        assert_eq!(seen(sql, ("lower", 0, 0, 25)), expect, "{sql}");
    }
}

#[test]
fn what_is_computed_is_free_only_if_nothing_protected_flows_in_or_decides() {
    let mut world = World::new(PACK);
    let mut seen = |text: &str| {
        let values = world.row(text, &[("x", 0, 0, 25)], &[Some("plain")]);
        values[0].clone().unwrap()
    };
    for text in [
        "select upper(id::text) from customer",
        "select count(*) from customer",
        "select upper(c.id::text) from customer c join orders o on o.id = c.id where c.id > 5",
        "with w as (select id + 1 as n from customer) select upper(n::text) from w",
    ] {
        assert_eq!(seen(text), "plain", "{text}");
    }
    for text in [
        "select upper(name) from customer",
        "select upper(x.n) from (select name as n from customer) x",
        "select count(*) from customer where name like 'a%'",
        "select count(*) from customer having max(name) > 'b'",
        "select count(name) from customer",
        "select count(*) from customer group by name",
        "select case when name > 'b' then 1 end from customer",
        "select count(*) from customer, generate_series(1, ascii(name))",
        "select count(*) from (select generate_series(1, ascii(name)) from customer) x",
        "select count(*) from (select (name).generate_series from customer) x",
        "select ordinality from customer, unnest(string_to_array(name, null)) with ordinality",
        "select count(*) from customer, xmltable('/a' passing xmlelement(name a, name) columns b text)",
        "select count(*) from (select 1 from customer limit (select ascii(max(name)) from customer)) x",
        "select nobody_knows(id) from customer",
        "select upper(id::text) from customer; select upper(name) from customer",
        "select (select upper(name) from customer limit 1)",
    ] {
        assert_eq!(seen(text), "*****", "{text}");
    }
}
