//! What a relaying session promises. Each scenario is run at several chunk sizes; the outputs must
//! be the same (chunking invariance).
#![allow(clippy::unwrap_used, clippy::cast_possible_truncation)]

use super::*;
use crate::session::{Column, CopyBatch, Format, Lookup, Part, Refused, RowBatch, Verdict};

/// Masks every `secret` as `******`, makes `null!` NULL and `grow` longer; denies statements with
/// `deny`; refuses results with a column `refuse`; wants a lookup for a column `lookup`; knows what
/// described the answer to a statement with `remember`.
#[derive(Default)]
struct TestSink {
    inspects: bool,
    judges: bool,
    generation: u64,
    looked_up: bool,
    facts_seen: Vec<String>,
    executed: Vec<String>,
    described: Vec<(Vec<u8>, usize)>,
    completed: Vec<String>,
}

fn stars(bytes: &mut [u8]) {
    while let Some(at) = bytes.windows(6).position(|w| w == b"secret") {
        bytes[at..at + 6].fill(b'*');
    }
}

impl Sink for TestSink {
    type Shape = usize;
    type Facts = String;
    type Copy = ();

    fn inspects(&self) -> bool {
        self.inspects
    }
    fn generation(&mut self) -> u64 {
        self.generation
    }
    fn unknown(&self) -> String {
        "unknown".into()
    }
    fn judges(&self) -> bool {
        self.judges
    }
    fn statement(&mut self, text: &[u8]) -> Result<(String, Verdict), Lookup> {
        let text = String::from_utf8_lossy(text).into_owned();
        if text.contains("unread") && !self.looked_up {
            self.looked_up = true;
            return Err(Lookup);
        }
        let verdict = if self.inspects && text.contains("deny") {
            Verdict::Deny(Denial::new(b"42501", "not allowed"))
        } else {
            Verdict::Allow
        };
        Ok((text, verdict))
    }
    fn execution(&mut self, facts: &String) -> Result<Verdict, Lookup> {
        self.executed.push(facts.clone());
        Ok(if facts.contains("outdated") {
            Verdict::Deny(Denial::new(b"42501", "not any more"))
        } else {
            Verdict::Allow
        })
    }
    fn function_call(&mut self, oid: u32) -> Verdict {
        if oid == 666 {
            Verdict::Deny(Denial::new(b"42501", "no such call"))
        } else {
            Verdict::Allow
        }
    }
    fn columns(
        &mut self,
        facts: &String,
        columns: &[Column<'_>],
    ) -> Result<Treatment<usize>, Lookup> {
        if columns.iter().any(|c| c.name == b"lookup") && !self.looked_up {
            self.looked_up = true;
            return Err(Lookup);
        }
        self.facts_seen.push(facts.clone());
        if columns.iter().any(|c| c.name == b"refuse") {
            return Ok(Treatment::Refuse(Denial::new(b"42501", "cannot be masked")));
        }
        Ok(Treatment::Inspect(columns.len()))
    }
    fn known(&mut self, _: &String, body: &[u8]) -> Option<Treatment<usize>> {
        let known = self.described.iter().find(|known| known.0 == body);
        known.map(|(_, columns)| Treatment::Inspect(*columns))
    }
    fn described(
        &mut self,
        facts: &String,
        body: &[u8],
        _: &[Column<'_>],
        treatment: &Treatment<usize>,
    ) {
        if let (true, Treatment::Inspect(columns)) = (facts.contains("remember"), treatment) {
            self.described.push((body.to_vec(), *columns));
        }
    }
    fn rows(&mut self, _: &usize, batch: &mut RowBatch<'_>) -> Result<(), Refused> {
        for (number, field) in batch.fields.iter().enumerate() {
            let Some(range) = field.range() else { continue };
            let value = &mut batch.received[range];
            stars(value);
            match &*value {
                b"null!" => batch.edits.null(number as u32),
                b"grow" => batch
                    .edits
                    .replace(number as u32, |out| out.extend_from_slice(b"grown!")),
                b"fail" => {
                    return Err(Refused {
                        passed: number / batch.columns,
                        denial: Denial::new(b"22000", "undecodable"),
                    });
                }
                _ => {}
            }
        }
        Ok(())
    }
    fn part(&mut self, _: &usize, _: usize, part: Part<'_>) -> Result<usize, Denial> {
        stars(part.bytes);
        Ok(if part.last {
            part.bytes.len()
        } else {
            part.bytes.len().saturating_sub(5)
        })
    }
    fn copy_out(
        &mut self,
        facts: &String,
        _: usize,
        _: Format,
        _: usize,
    ) -> Result<Treatment<()>, Lookup> {
        Ok(if facts.contains("refuse") {
            Treatment::Refuse(Denial::new(b"42501", "cannot be copied"))
        } else {
            Treatment::Inspect(())
        })
    }
    fn copy_data(&mut self, (): &mut (), batch: &mut CopyBatch<'_>) -> Result<(), Refused> {
        for (number, body) in batch.bodies.iter().enumerate() {
            let data = &mut batch.received[body.start as usize..body.end as usize];
            stars(data);
            if data.starts_with(b"grow") {
                batch
                    .edits
                    .replace(number as u32, |out| out.extend_from_slice(b"grown!\n"));
            }
            if data.starts_with(b"fail") {
                let denial = Denial::new(b"22000", "undecodable");
                return Err(Refused {
                    passed: number,
                    denial,
                });
            }
        }
        Ok(())
    }
    fn copy_part(&mut self, (): &mut (), part: Part<'_>) -> Result<usize, Denial> {
        stars(part.bytes);
        Ok(if part.last {
            part.bytes.len()
        } else {
            part.bytes.len().saturating_sub(5)
        })
    }
    fn text(
        &mut self,
        _: TextSite,
        _: Option<&String>,
        value: &[u8],
        out: &mut Vec<u8>,
    ) -> TextEdit {
        if value == b"drop" {
            return TextEdit::Drop;
        }
        if !value.windows(6).any(|w| w == b"secret") {
            return TextEdit::Keep;
        }
        let mut copy = value.to_vec();
        stars(&mut copy);
        out.extend_from_slice(&copy);
        TextEdit::Replace
    }
    fn parameter(&mut self, _: &[u8], _: &[u8]) {}
    fn completed(&mut self, _: Option<&String>, tag: &[u8]) {
        self.completed
            .push(String::from_utf8_lossy(tag).into_owned());
    }
    fn ready(&mut self, _: u8) {}
    fn refused(&mut self, _: &Denial) {}
}

const LIMITS: SessionLimits = SessionLimits {
    message_size_max: 40_000,
    statement_size_max: 10_000,
    pipeline_max: 20,
    statements_max: 4,
};

enum Event {
    Client(Vec<u8>),
    Upstream(Vec<u8>),
}
use Event::{Client, Upstream};

#[derive(Debug, Default, PartialEq)]
struct Seen {
    to_upstream: Vec<u8>,
    to_client: Vec<u8>,
    fault: Option<Fault>,
    closing: bool,
}

fn session(inspects: bool) -> (PostgresSession<TestSink>, Vec<u8>) {
    let ready = UpstreamReady {
        backend_pid: 7,
        transaction_status: b'I',
        ..UpstreamReady::default()
    };
    let sink = TestSink {
        inspects,
        judges: inspects,
        generation: 1,
        ..TestSink::default()
    };
    let mut out = Vec::new();
    let session = PostgresSession::new(sink, LIMITS, &ready, &[9; 4], &mut out).unwrap();
    (session, out)
}

fn step(
    session: &mut PostgresSession<TestSink>,
    flow: Flow,
    buffer: &mut Vec<u8>,
    seen: &mut Seen,
) -> Result<(), Fault> {
    loop {
        let mut tx = Tx::new();
        let (consumed, need) = session.advance(flow, buffer, &mut tx)?;
        let forward = tx.forward(buffer).to_vec();
        let (onward, back) = match flow {
            Flow::ToUpstream => (&mut seen.to_upstream, &mut seen.to_client),
            Flow::ToClient => (&mut seen.to_client, &mut seen.to_upstream),
        };
        onward.extend_from_slice(&forward);
        back.extend_from_slice(tx.reply());
        buffer.drain(..consumed);
        match need {
            Need::Lookup => continue,
            Need::Close => seen.closing = true,
            Need::Bytes(n) => assert!(n > buffer.len(), "asks for {n} bytes that it has"),
            Need::Peer => {}
        }
        return Ok(());
    }
}

fn run_chunked(
    inspects: bool,
    events: &[Event],
    chunk: usize,
) -> (Seen, PostgresSession<TestSink>) {
    let (mut session, _) = session(inspects);
    let mut seen = Seen::default();
    let (mut client, mut upstream) = (Vec::new(), Vec::new());
    'events: for event in events {
        let (flow, bytes) = match event {
            Client(bytes) => (Flow::ToUpstream, bytes),
            Upstream(bytes) => (Flow::ToClient, bytes),
        };
        for piece in bytes.chunks(chunk) {
            let buffer = if flow == Flow::ToUpstream {
                &mut client
            } else {
                &mut upstream
            };
            buffer.extend_from_slice(piece);
            if let Err(fault) = step(&mut session, flow, buffer, &mut seen) {
                seen.fault = Some(fault);
                break 'events;
            }
        }
        // What waited for the other flow goes on.
        if flow == Flow::ToClient
            && let Err(fault) = step(&mut session, Flow::ToUpstream, &mut client, &mut seen)
        {
            seen.fault = Some(fault);
            break;
        }
    }
    (seen, session)
}

fn run(events: &[Event]) -> (Seen, PostgresSession<TestSink>) {
    let whole = run_chunked(true, events, usize::MAX);
    for chunk in [1, 2, 3, 5, 7, 11, 1000] {
        let split = run_chunked(true, events, chunk).0;
        if whole.0.fault.is_some() {
            assert_eq!(split.fault, whole.0.fault, "chunks of {chunk}");
        } else {
            assert_eq!(
                text(&split.to_client),
                text(&whole.0.to_client),
                "chunks of {chunk}"
            );
            assert_eq!(
                text(&split.to_upstream),
                text(&whole.0.to_upstream),
                "chunks of {chunk}"
            );
        }
    }
    whole
}

fn text(bytes: &[u8]) -> String {
    bytes.escape_ascii().to_string()
}

fn m(tag: u8, body: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    message(&mut out, tag, |out| out.extend_from_slice(body));
    out
}
fn query(text: &str) -> Vec<u8> {
    m(b'Q', format!("{text}\0").as_bytes())
}
fn parse(name: &str, text: &str) -> Vec<u8> {
    m(b'P', format!("{name}\0{text}\0\0\0").as_bytes())
}
fn bind(portal: &str, statement: &str) -> Vec<u8> {
    m(
        b'B',
        format!("{portal}\0{statement}\0\0\0\0\0\0\0").as_bytes(),
    )
}
fn describe(kind: char, name: &str) -> Vec<u8> {
    m(b'D', format!("{kind}{name}\0").as_bytes())
}
fn execute(portal: &str) -> Vec<u8> {
    m(b'E', format!("{portal}\0\0\0\0\0").as_bytes())
}
fn sync() -> Vec<u8> {
    m(b'S', b"")
}
fn columns(names: &[&str]) -> Vec<u8> {
    let mut body = (names.len() as u16).to_be_bytes().to_vec();
    for name in names {
        body.extend_from_slice(name.as_bytes());
        body.extend_from_slice(&[
            0, 0, 0, 0, 9, 0, 1, 0, 0, 0, 25, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0,
        ]);
    }
    m(b'T', &body)
}
fn row(values: &[Option<&str>]) -> Vec<u8> {
    let mut body = (values.len() as u16).to_be_bytes().to_vec();
    for value in values {
        match value {
            Some(value) => {
                body.extend_from_slice(&(value.len() as u32).to_be_bytes());
                body.extend_from_slice(value.as_bytes());
            }
            None => body.extend_from_slice(&[0xff; 4]),
        }
    }
    m(b'D', &body)
}
fn complete(tag: &str) -> Vec<u8> {
    m(b'C', format!("{tag}\0").as_bytes())
}
fn ready(status: u8) -> Vec<u8> {
    m(b'Z', &[status])
}
fn error(message: &str) -> Vec<u8> {
    m(
        b'E',
        format!("SERROR\0VERROR\0C22P02\0M{message}\0\0").as_bytes(),
    )
}
fn denied() -> Vec<u8> {
    m(b'E', b"SERROR\0VERROR\0C42501\0Mnot allowed\0\0")
}
fn all(parts: &[Vec<u8>]) -> Vec<u8> {
    parts.concat()
}

#[test]
fn startup_forwards_the_real_pid_with_our_own_key() {
    let (_, out) = session(true);
    assert_eq!(out, all(&[m(b'K', &[0, 0, 0, 7, 9, 9, 9, 9]), ready(b'I')]));
}

#[test]
fn rows_of_a_simple_query_are_masked() {
    let (seen, mut session) = run(&[
        Client(query("select 1; select 2")),
        Upstream(all(&[
            columns(&["a", "b"]),
            row(&[Some("a secret here"), None]),
            row(&[Some("plain"), Some("null!")]),
            row(&[Some("grow"), Some("secret")]),
            complete("SELECT 3"),
            columns(&["c"]),
            row(&[Some("secret")]),
            complete("SELECT 1"),
            ready(b'I'),
        ])),
    ]);
    assert_eq!(seen.to_upstream, query("select 1; select 2"));
    assert_eq!(
        text(&seen.to_client),
        text(&all(&[
            columns(&["a", "b"]),
            row(&[Some("a ****** here"), None]),
            row(&[Some("plain"), None]),
            row(&[Some("grown!"), Some("******")]),
            complete("SELECT 3"),
            columns(&["c"]),
            row(&[Some("******")]),
            complete("SELECT 1"),
            ready(b'I'),
        ]))
    );
    assert_eq!(session.sink().completed, ["SELECT 3", "SELECT 1"]);
    assert!(session.is_idle());
}

#[test]
fn without_rules_every_byte_is_relayed_as_it_is() {
    let from_upstream = all(&[
        columns(&["refuse"]),
        row(&[Some("secret")]),
        error("secret"),
        m(b'N', b"Msecret\0\0"),
        m(b'A', b"\0\0\0\x01secret\0secret\0"),
        ready(b'I'),
        m(b'1', b""),
        m(b'2', b""),
        row(&[Some("secret")]),
        complete("SELECT 1"),
        ready(b'T'),
    ]);
    let from_client = all(&[
        query("select deny"),
        parse("", "deny"),
        bind("", ""),
        execute(""),
        sync(),
    ]);
    for chunk in [1, 2, 3, 5, 7, usize::MAX] {
        let events = [Client(from_client.clone()), Upstream(from_upstream.clone())];
        let seen = run_chunked(false, &events, chunk).0;
        assert_eq!(
            seen,
            Seen {
                to_upstream: from_client.clone(),
                to_client: from_upstream.clone(),
                fault: None,
                closing: false,
            }
        );
    }
}

#[test]
fn execute_without_describe_asks_for_the_shape_itself() {
    let (seen, session) = run(&[
        Client(all(&[
            parse("s", "select"),
            bind("", "s"),
            execute(""),
            execute(""),
            sync(),
        ])),
        Upstream(all(&[
            m(b'1', b""),
            m(b'2', b""),
            columns(&["a"]),
            row(&[Some("secret")]),
            m(b's', b""),
            row(&[Some("secret")]),
            complete("SELECT 1"),
            ready(b'I'),
        ])),
    ]);
    assert_eq!(
        text(&seen.to_upstream),
        text(&all(&[
            parse("s", "select"),
            bind("", "s"),
            describe('P', ""),
            execute(""),
            execute(""),
            sync()
        ]))
    );
    assert_eq!(
        text(&seen.to_client),
        text(&all(&[
            m(b'1', b""),
            m(b'2', b""),
            row(&[Some("******")]),
            m(b's', b""),
            row(&[Some("******")]),
            complete("SELECT 1"),
            ready(b'I'),
        ]))
    );
    assert!(session.is_idle());
}

#[test]
fn a_new_bind_asks_for_its_shape_again() {
    let one = all(&[bind("", "s"), execute(""), sync()]);
    let described = all(&[bind("", "s"), describe('P', ""), execute(""), sync()]);
    let (seen, _) = run(&[Client(all(&[one.clone(), one]))]);
    assert_eq!(
        text(&seen.to_upstream),
        text(&all(&[described.clone(), described]))
    );
}

#[test]
fn denial_waits_for_the_earlier_response() {
    let (seen, session) = run(&[
        Client(all(&[query("select 1"), query("deny"), query("select 2")])),
        Upstream(all(&[
            complete("SELECT 0"),
            ready(b'T'),
            complete("SELECT 0"),
            ready(b'T'),
        ])),
    ]);
    assert_eq!(
        text(&seen.to_upstream),
        text(&all(&[query("select 1"), query("select 2")]))
    );
    assert_eq!(
        text(&seen.to_client),
        text(&all(&[
            complete("SELECT 0"),
            ready(b'T'),
            denied(),
            ready(b'T'),
            complete("SELECT 0"),
            ready(b'T')
        ]))
    );
    assert!(!session.is_idle(), "inside a transaction");
}

#[test]
fn a_lone_denial_is_answered_at_once() {
    let (seen, _) = run(&[Client(query("deny"))]);
    assert_eq!(text(&seen.to_client), text(&all(&[denied(), ready(b'I')])));
    assert_eq!(seen.to_upstream, b"");
}

#[test]
fn after_a_refusal_in_the_extended_protocol_the_session_skips_to_sync() {
    let (seen, _) = run(&[
        Client(all(&[
            parse("", "select 1"),
            parse("", "deny"),
            bind("", ""),
            query("dropped as the server would"),
            execute(""),
            sync(),
            query("select 2"),
        ])),
        Upstream(all(&[
            m(b'1', b""),
            ready(b'I'),
            complete("SELECT 0"),
            ready(b'I'),
        ])),
    ]);
    assert_eq!(
        text(&seen.to_upstream),
        text(&all(&[parse("", "select 1"), sync(), query("select 2")]))
    );
    assert_eq!(
        text(&seen.to_client),
        text(&all(&[
            m(b'1', b""),
            denied(),
            ready(b'I'),
            complete("SELECT 0"),
            ready(b'I')
        ]))
    );
}

#[test]
fn a_statement_is_forwarded_only_when_it_could_be_judged() {
    let (seen, session) = run(&[Client(query("unread"))]);
    assert_eq!(text(&seen.to_upstream), text(&query("unread")));
    assert!(session.sink.looked_up);
}

#[test]
fn what_a_portal_will_be_is_judged_when_it_is_executed() {
    // Bound and replaced in one pipeline, before anything is confirmed.
    let (seen, session) = run(&[
        Client(all(&[
            parse("a", "select 1"),
            parse("b", "outdated"),
            bind("p", "b"),
            bind("q", "a"),
            execute("q"),
            execute("p"),
            execute("q"),
            sync(),
        ])),
        Upstream(all(&[
            m(b'1', b""),
            m(b'1', b""),
            m(b'2', b""),
            m(b'2', b""),
            m(b'n', b""),
            complete("SELECT 0"),
            ready(b'I'),
        ])),
    ]);
    assert_eq!(session.sink.executed, ["select 1", "outdated"]);
    let to_upstream = all(&[
        parse("a", "select 1"),
        parse("b", "outdated"),
        bind("p", "b"),
        bind("q", "a"),
        describe('P', "q"),
        execute("q"),
        sync(),
    ]);
    assert_eq!(text(&seen.to_upstream), text(&to_upstream));
    let refused = m(b'E', b"SERROR\0VERROR\0C42501\0Mnot any more\0\0");
    assert!(text(&seen.to_client).contains(&text(&refused)));
    // Confirmed before, executed by a name that nobody bound.
    let (_, session) = run(&[
        Client(all(&[parse("a", "outdated"), bind("p", "a"), sync()])),
        Upstream(all(&[m(b'1', b""), m(b'2', b""), ready(b'T')])),
        Client(all(&[execute("p"), sync(), execute("r"), sync()])),
    ]);
    assert_eq!(session.sink.executed, ["outdated", "unknown"]);
}

#[test]
fn after_an_error_everything_up_to_sync_is_skipped() {
    // The error comes when nothing but it is outstanding; the client goes on before its Sync.
    let (seen, session) = run(&[
        Client(all(&[parse("", "bad")])),
        Upstream(error("x")),
        Client(all(&[
            bind("", ""),
            query("ignored"),
            m(b'F', &[0; 10]),
            sync(),
        ])),
        Upstream(ready(b'I')),
    ]);
    assert_eq!(seen.fault, None);
    assert!(session.is_idle());
    // And when the whole pipeline was sent before.
    let (seen, session) = run(&[
        Client(all(&[
            parse("", "bad"),
            bind("", ""),
            execute(""),
            sync(),
            query("select"),
        ])),
        Upstream(all(&[
            error("x"),
            ready(b'I'),
            complete("SELECT 0"),
            ready(b'I'),
        ])),
    ]);
    assert_eq!(seen.fault, None);
    assert!(session.is_idle());
}

#[test]
fn a_failed_parse_does_not_replace_a_statement() {
    let (_, mut session) = run(&[
        Client(all(&[parse("s", "protected"), sync()])),
        Upstream(all(&[m(b'1', b""), ready(b'I')])),
        Client(all(&[parse("s", "harmless"), sync()])),
        Upstream(all(&[error("already exists"), ready(b'I')])),
        Client(all(&[bind("", "s"), describe('P', ""), sync()])),
        Upstream(all(&[m(b'2', b""), columns(&["a"]), ready(b'I')])),
    ]);
    assert_eq!(session.sink().facts_seen, ["protected"]);
}

#[test]
fn a_portal_that_nobody_bound_has_the_strictest_facts() {
    let (_, mut session) = run(&[
        Client(all(&[execute("declared_in_sql"), sync()])),
        Upstream(all(&[
            columns(&["a"]),
            row(&[Some("secret")]),
            complete("FETCH 1"),
            ready(b'T'),
        ])),
    ]);
    assert_eq!(session.sink().facts_seen, ["unknown"]);
}

#[test]
fn rows_without_a_shape_are_a_fault() {
    let (seen, _) = run(&[Client(query("x")), Upstream(row(&[Some("secret")]))]);
    assert_eq!(
        (seen.fault, &seen.to_client[..]),
        (Some(Fault::RowWithoutShape), &b""[..])
    );
    let (seen, _) = run(&[
        Client(query("x")),
        Upstream(all(&[columns(&["a"]), row(&[None, Some("secret")])])),
    ]);
    assert_eq!(seen.fault, Some(Fault::FieldCount));
}

#[test]
fn a_result_that_cannot_be_masked_is_an_error_and_nothing_of_it_passes() {
    let refused = m(b'E', b"SERROR\0VERROR\0C42501\0Mcannot be masked\0\0");
    let (seen, session) = run(&[
        Client(query("x")),
        Upstream(all(&[
            columns(&["refuse"]),
            row(&[Some("secret")]),
            complete("SELECT 1"),
            complete("SELECT 1"),
            ready(b'I'),
        ])),
    ]);
    assert_eq!(
        text(&seen.to_client),
        text(&all(&[refused.clone(), ready(b'I')]))
    );
    assert!(session.is_idle());

    // Extended: later commands of the pipeline are answered to nobody, and dropped if they come late.
    let (seen, session) = run(&[
        Client(all(&[bind("", "s"), execute("")])),
        Upstream(all(&[
            m(b'2', b""),
            columns(&["refuse"]),
            row(&[Some("secret")]),
        ])),
        Client(all(&[bind("", "s"), execute(""), sync()])),
        Upstream(all(&[complete("SELECT 1"), ready(b'I')])),
    ]);
    assert_eq!(
        text(&seen.to_client),
        text(&all(&[m(b'2', b""), refused, ready(b'I')]))
    );
    assert_eq!(
        text(&seen.to_upstream),
        text(&all(&[
            bind("", "s"),
            describe('P', ""),
            execute(""),
            sync()
        ]))
    );
    assert!(session.is_idle());
}

#[test]
fn an_undecodable_row_ends_its_result() {
    let (seen, _) = run(&[
        Client(query("x")),
        Upstream(all(&[
            columns(&["a"]),
            row(&[Some("fail")]),
            row(&[Some("secret")]),
            complete("SELECT 2"),
            ready(b'I'),
        ])),
    ]);
    let refused = m(b'E', b"SERROR\0VERROR\0C22000\0Mundecodable\0\0");
    assert_eq!(
        text(&seen.to_client),
        text(&all(&[columns(&["a"]), refused, ready(b'I')]))
    );
}

#[test]
fn copy_out_is_masked_and_counted_per_statement() {
    let header = m(b'H', &[0, 0, 1, 0, 0]);
    let (seen, _) = run(&[
        Client(query("copy t to stdout")),
        Upstream(all(&[
            header.clone(),
            m(b'd', b"a secret\n"),
            m(b'd', b"grow\n"),
            m(b'c', b""),
            complete("COPY 2"),
            ready(b'I'),
        ])),
        Client(query("copy refuse to stdout")),
        Upstream(all(&[
            header.clone(),
            m(b'd', b"secret\n"),
            m(b'c', b""),
            complete("COPY 1"),
            ready(b'I'),
        ])),
    ]);
    let refused = m(b'E', b"SERROR\0VERROR\0C42501\0Mcannot be copied\0\0");
    assert_eq!(
        text(&seen.to_client),
        text(&all(&[
            header,
            m(b'd', b"a ******\n"),
            m(b'd', b"grown!\n"),
            m(b'c', b""),
            complete("COPY 2"),
            ready(b'I'),
            refused,
            ready(b'I'),
        ]))
    );
}

#[test]
fn a_line_that_is_refused_ends_the_copy_behind_the_lines_before_it() {
    let header = m(b'H', &[0, 0, 1, 0, 0]);
    let (seen, _) = run(&[
        Client(query("copy t to stdout")),
        Upstream(all(&[
            header.clone(),
            m(b'd', b"a secret\n"),
            m(b'd', b"grow\n"),
            m(b'd', b"fail\n"),
            m(b'd', b"secret\n"),
            m(b'c', b""),
            complete("COPY 4"),
            ready(b'I'),
        ])),
    ]);
    let refused = m(b'E', b"SERROR\0VERROR\0C22000\0Mundecodable\0\0");
    assert_eq!(
        text(&seen.to_client),
        text(&all(&[
            header,
            m(b'd', b"a ******\n"),
            m(b'd', b"grown!\n"),
            refused,
            ready(b'I'),
        ]))
    );
}

#[test]
fn copy_in_passes_and_early_syncs_are_ignored() {
    let copy_in = m(b'G', &[0, 0, 1, 0, 0]);
    // As libpq does it: Sync right behind Execute, and again behind CopyDone.
    let (seen, session) = run(&[
        Client(all(&[
            bind("", "s"),
            describe('P', ""),
            execute(""),
            sync(),
        ])),
        Upstream(all(&[m(b'2', b""), m(b'n', b""), copy_in.clone()])),
        Client(all(&[m(b'd', b"x\n"), m(b'c', b""), sync()])),
        Upstream(all(&[complete("COPY 1"), ready(b'I')])),
    ]);
    assert_eq!(seen.fault, None);
    assert!(session.is_idle());
    // Everything at once, before the upstream has said a word.
    let (seen, session) = run(&[
        Client(all(&[
            query("copy"),
            m(b'd', b"x\n"),
            m(b'c', b""),
            query("select"),
        ])),
        Upstream(all(&[
            copy_in.clone(),
            complete("COPY 1"),
            ready(b'I'),
            complete("SELECT 0"),
            ready(b'I'),
        ])),
    ]);
    assert_eq!(seen.fault, None);
    assert!(session.is_idle());
    // A failed copy: what the client still sends is ignored by both.
    let (seen, session) = run(&[
        Client(query("copy")),
        Upstream(all(&[copy_in.clone(), error("x"), ready(b'I')])),
        Client(all(&[m(b'd', b"x\n"), m(b'c', b""), query("select")])),
        Upstream(all(&[complete("SELECT 0"), ready(b'I')])),
    ]);
    assert_eq!(seen.fault, None);
    assert!(session.is_idle());
    let (seen, _) = run(&[
        Client(query("copy")),
        Upstream(copy_in),
        Client(query("select")),
    ]);
    assert_eq!(seen.fault, Some(Fault::ClientCopy(b'Q')));
}

#[test]
fn a_row_larger_than_any_buffer_streams_and_is_masked_across_pieces() {
    let filler = "x".repeat(30_000);
    let value = format!("{filler}secret{filler}secret");
    let masked = format!("{filler}******{filler}******");
    let (seen, session) = run(&[
        Client(query("x")),
        Upstream(all(&[
            columns(&["a", "b", "c"]),
            row(&[Some("secret"), None, Some(&value)]),
            row(&[None, Some(""), Some("secret")]),
            complete("SELECT 2"),
            ready(b'I'),
        ])),
    ]);
    assert!(
        seen.to_client
            == all(&[
                columns(&["a", "b", "c"]),
                row(&[Some("******"), None, Some(&masked)]),
                row(&[None, Some(""), Some("******")]),
                complete("SELECT 2"),
                ready(b'I'),
            ])
    );
    assert!(session.is_idle());

    let (seen, _) = run(&[
        Client(query("copy")),
        Upstream(all(&[
            m(b'H', &[0, 0, 0]),
            m(b'd', value.as_bytes()),
            m(b'c', b""),
            complete("COPY 1"),
            ready(b'I'),
        ])),
    ]);
    assert!(
        seen.to_client
            == all(&[
                m(b'H', &[0, 0, 0]),
                m(b'd', masked.as_bytes()),
                m(b'c', b""),
                complete("COPY 1"),
                ready(b'I')
            ])
    );
}

#[test]
fn lengths_that_lie_are_faults() {
    let large = [
        b"D\0\0\xff\xff\0\x01\0\0\xff\xff".to_vec(),
        vec![b'x'; 70_000],
    ]
    .concat();
    for (name, bytes) in [
        ("row value beyond its row", large),
        ("length 3", b"Z\0\0\0\x03".to_vec()),
        ("2 GiB", b"D\x80\0\0\0".to_vec()),
        ("description of 1 MiB", b"T\0\x10\0\0".to_vec()),
    ] {
        let (seen, _) = run(&[Client(query("x")), Upstream(all(&[columns(&["a"]), bytes]))]);
        assert!(seen.fault.is_some(), "{name}");
    }
    for bytes in [
        b"Q\0\0\0\x03".to_vec(),
        b"S\0\0\0\x05x".to_vec(),
        b"Q\x7f\xff\xff\xff".to_vec(),
        b"P\0\0\0\x06ab".to_vec(),
    ] {
        let (seen, _) = run(&[Client(bytes)]);
        assert!(seen.fault.is_some());
    }
}

#[test]
fn only_listed_messages_pass() {
    let client: Vec<u8> = (0..=255)
        .filter(|t| !b"QPBDECSHXFdcf".contains(t))
        .collect();
    for tag in client {
        let (seen, _) = run_chunked(true, &[Client(m(tag, b"secret\0"))], usize::MAX);
        assert_eq!(
            (seen.fault, &seen.to_upstream[..]),
            (Some(Fault::ClientMessage(tag)), &b""[..])
        );
    }
    // Nothing outstanding: only asynchronous messages have a place.
    for tag in (0..=255u8).filter(|t| !b"NASE".contains(t)) {
        let (seen, _) = run_chunked(true, &[Upstream(m(tag, b"secret\0"))], usize::MAX);
        assert!(
            seen.fault.is_some() && seen.to_client.is_empty(),
            "{}",
            tag as char
        );
    }
}

#[test]
fn every_field_of_errors_notices_parameters_and_notifications_passes_the_sink() {
    let (seen, _) = run(&[Upstream(all(&[
        m(b'N', b"SNOTICE\0Ma secret\0Ddrop\0Hok\0\0"),
        m(b'A', b"\0\0\0\x05secret\0a secret\0"),
        m(b'S', b"application_name\0secret\0"),
        m(b'S', b"gone\0drop\0"),
    ]))]);
    assert_eq!(
        text(&seen.to_client),
        text(&all(&[
            m(b'N', b"SNOTICE\0Ma ******\0Hok\0\0"),
            m(b'A', b"\0\0\0\x05******\0a ******\0"),
            m(b'S', b"application_name\0******\0"),
        ]))
    );
    let (seen, _) = run(&[
        Client(query("x")),
        Upstream(all(&[
            columns(&["secret", "drop", "b"]),
            error("secret"),
            ready(b'E'),
        ])),
        Client(m(b'F', &[0, 0, 0, 1, 0, 0, 0, 0, 0, 0])),
        Upstream(all(&[m(b'V', b"\0\0\0\x06secret"), ready(b'E')])),
        Client(m(b'F', &[0, 0, 2, 154, 0, 0, 0, 0, 0, 0])),
    ]);
    assert_eq!(
        text(&seen.to_client),
        text(&all(&[
            columns(&["******", "?column?", "b"]),
            error("******"),
            ready(b'E'),
            m(b'V', b"\0\0\0\x06******"),
            ready(b'E'),
            m(b'E', b"SERROR\0VERROR\0C42501\0Mno such call\0\0"),
            ready(b'E'),
        ]))
    );
}

#[test]
fn an_error_larger_than_the_limit_is_replaced() {
    let long = "secret".repeat(10_000);
    let (seen, session) = run(&[
        Client(query("x")),
        Upstream(all(&[error(&long), ready(b'I')])),
    ]);
    assert!(seen.to_client.len() < 200);
    let said = format!(
        "an error of {} bytes exceeds message_size_max",
        error(&long).len()
    );
    assert!(text(&seen.to_client).contains(&said));
    assert!(session.is_idle());
}

#[test]
fn a_description_that_is_known_is_not_planned_again() {
    let answer = |name: &str| {
        all(&[
            columns(&[name, "b"]),
            row(&[Some("secret"), Some("grow")]),
            complete("SELECT 1"),
            ready(b'I'),
        ])
    };
    let (mut session, _) = session(true);
    let mut seen = Seen::default();
    for (asked, name) in [("remember", "a"), ("x", "a"), ("y", "c"), ("z", "a")] {
        step(&mut session, Flow::ToUpstream, &mut query(asked), &mut seen).unwrap();
        seen.to_client.clear();
        step(&mut session, Flow::ToClient, &mut answer(name), &mut seen).unwrap();
        let expected = all(&[
            columns(&[name, "b"]),
            row(&[Some("******"), Some("grown!")]),
            complete("SELECT 1"),
            ready(b'I'),
        ]);
        assert_eq!(text(&seen.to_client), text(&expected), "{asked}");
    }
    assert_eq!(session.sink.facts_seen, ["remember", "y"]);
}

#[test]
fn columns_wait_for_the_catalog() {
    let result = all(&[
        columns(&["lookup"]),
        row(&[Some("secret")]),
        complete("SELECT 1"),
        ready(b'I'),
    ]);
    let (mut session, _) = session(true);
    let mut seen = Seen::default();
    step(&mut session, Flow::ToUpstream, &mut query("x"), &mut seen).unwrap();
    let mut tx = Tx::new();
    let mut received = result.clone();
    assert_eq!(
        session.advance(Flow::ToClient, &mut received, &mut tx),
        Ok((0, Need::Lookup))
    );
    assert_eq!(tx.forward(&received), b"");
    step(&mut session, Flow::ToClient, &mut received, &mut seen).unwrap();
    assert_eq!(
        text(&seen.to_client),
        text(&result).replace("secret", "******")
    );
}

#[test]
fn a_client_that_does_not_wait_for_answers_is_not_read_for_ever() {
    let (mut session, _) = session(true);
    let mut many: Vec<u8> = std::iter::repeat_n(sync(), 30).flatten().collect();
    let mut tx = Tx::new();
    let (consumed, need) = session
        .advance(Flow::ToUpstream, &mut many, &mut tx)
        .unwrap();
    assert_eq!((consumed, need), (20 * 5, Need::Peer));
    let (seen, _) = run(&[
        Client(all(&[
            parse("1", "x"),
            parse("2", "x"),
            parse("3", "x"),
            parse("4", "x"),
            sync(),
        ])),
        Upstream(all(&[
            m(b'1', b""),
            m(b'1', b""),
            m(b'1', b""),
            m(b'1', b""),
            ready(b'I'),
        ])),
        Client(all(&[parse("5", "x"), sync()])),
        Upstream(ready(b'I')),
    ]);
    assert!(text(&seen.to_client).contains("more than 4 prepared statements"));
}

#[test]
fn the_end_of_one_side_is_told_to_the_other() {
    let (mut s, _) = session(true);
    let mut tx = Tx::new();
    s.closed(Flow::ToUpstream, &mut tx);
    assert_eq!(tx.forward(&[]), m(b'X', b""));

    let (mut s, _) = session(true);
    let mut tx = Tx::new();
    s.closed(Flow::ToClient, &mut tx);
    assert!(text(tx.forward(&[])).contains("C08006"));

    // In the middle of a row there is no place for an error.
    let (mut s, _) = session(true);
    let mut seen = Seen::default();
    step(&mut s, Flow::ToUpstream, &mut query("x"), &mut seen).unwrap();
    let mut received = all(&[columns(&["a"]), row(&[Some(&"x".repeat(60_000))])]);
    received.truncate(50_000);
    step(&mut s, Flow::ToClient, &mut received, &mut seen).unwrap();
    let mut tx = Tx::new();
    s.closed(Flow::ToClient, &mut tx);
    assert_eq!(tx.forward(&[]), b"");

    // Behind a FATAL of the upstream's own, another one would confuse.
    let (mut s, _) = session(true);
    let mut fatal = m(b'E', b"SFATAL\0VFATAL\0C57P01\0Mbye\0\0");
    step(&mut s, Flow::ToClient, &mut fatal, &mut seen).unwrap();
    let mut tx = Tx::new();
    s.closed(Flow::ToClient, &mut tx);
    assert_eq!(tx.forward(&[]), b"");
}

#[test]
fn terminate_is_relayed_and_ends_the_flow() {
    let (seen, _) = run(&[Client(all(&[m(b'X', b""), query("never")]))]);
    assert_eq!(seen.to_upstream, m(b'X', b""));
    assert!(seen.closing);
}
