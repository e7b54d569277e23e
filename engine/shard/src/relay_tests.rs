//! The relay over real sockets, with a session that speaks a toy protocol of lines.

#![allow(clippy::unwrap_used)]
use super::*;
use glommio::net::TcpStream as Stream;
use glommio::{ExecutorJoinHandle, LocalExecutorBuilder, Placement};
use std::fmt;
use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver as Inbox, Sender, channel};

/// Forwards lines; answers `refuse …` itself, and what comes back leaves in upper case.
#[derive(Default)]
struct Lines {
    asked: usize,
    looked_up: Rc<Cell<usize>>,
}

/// Commands that may be outstanding.
const PIPELINE_MAX: usize = 4;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Broken;

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("broken")
    }
}

impl Session for Lines {
    type Fault = Broken;

    fn advance(
        &mut self,
        flow: Flow,
        received: &mut [u8],
        tx: &mut Tx,
    ) -> Result<(usize, Need), Broken> {
        let mut at = 0;
        while let Some(len) = received[at..].iter().position(|&b| b == b'\n') {
            let line = at..at + len + 1;
            match (flow, &received[at..at + len]) {
                (Flow::ToUpstream, _) if self.asked == PIPELINE_MAX => return Ok((at, Need::Peer)),
                (Flow::ToUpstream, b"panic") => panic!("as asked"),
                (Flow::ToUpstream, b"fault") => return Err(Broken),
                (Flow::ToUpstream, b"bye") => return Ok((line.end, Need::Close)),
                (Flow::ToUpstream, text) if text.starts_with(b"refuse") => {
                    tx.reply.extend_from_slice(b"refused\n");
                }
                (Flow::ToUpstream, _) => {
                    self.asked += 1;
                    tx.onward.relay(received, line.clone());
                }
                (Flow::ToClient, b"wait") => return Ok((at, Need::Peer)),
                (Flow::ToClient, b"lookup") if self.looked_up.get() == 0 => {
                    return Ok((at, Need::Lookup));
                }
                (Flow::ToClient, _) => {
                    self.asked = self.asked.saturating_sub(1);
                    received[line.clone()].make_ascii_uppercase();
                    tx.onward.relay(received, line.clone());
                }
            }
            at = line.end;
        }
        Ok((at, Need::Bytes(received.len() - at + 1)))
    }

    fn closed(&mut self, flow: Flow, tx: &mut Tx) {
        let words: &[u8] = match flow {
            Flow::ToUpstream => b"terminate\n",
            Flow::ToClient => b"upstream gone\n",
        };
        tx.onward.write(&[]).extend_from_slice(words);
    }

    fn fault_message(&mut self, fault: &Broken, out: &mut Vec<u8>) {
        writeln!(out, "{fault}").unwrap();
    }

    fn is_idle(&self) -> bool {
        self.asked == 0
    }

    fn farewell(&mut self, reason: Farewell, out: &mut Vec<u8>) {
        writeln!(out, "{reason:?}").unwrap();
    }
}

/// What a test tells the relay's thread.
enum Order {
    Drain,
    Cut,
}

struct Bench {
    client: TcpStream,
    upstream: TcpStream,
    orders: Sender<Order>,
    orders_waker: TcpStream,
    counters: Arc<ShardCounters>,
    relay: ExecutorJoinHandle<Ended<Broken>>,
}

#[derive(Clone, Copy)]
struct Setting {
    buffer_size: usize,
    idle_timeout: Option<Duration>,
    lookup_answers: bool,
}

const SETTING: Setting = Setting {
    buffer_size: 64 * 1024,
    idle_timeout: None,
    lookup_answers: true,
};

impl Bench {
    fn new() -> Self {
        Self::with(SETTING)
    }

    /// A relay in an executor of its own between two sockets of this test.
    fn with(setting: Setting) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let counters = Arc::new(ShardCounters::default());
        let (orders, inbox) = channel();
        let shared = Arc::clone(&counters);
        let relay = LocalExecutorBuilder::new(Placement::Unbound)
            .io_memory(64 * 1024)
            .spawn(move || async move {
                let client = Stream::connect(address).await.unwrap();
                let upstream = Stream::connect(address).await.unwrap();
                let orders = Rc::new(Orders::default());
                let order_bell = Stream::connect(address).await.unwrap();
                glommio::spawn_local(obey(order_bell, inbox, Rc::clone(&orders))).detach();
                serve(setting, client, upstream, orders, shared).await
            })
            .unwrap();
        let accept = || listener.accept().unwrap().0;
        Self {
            client: accept(),
            upstream: accept(),
            orders_waker: accept(),
            orders,
            counters,
            relay,
        }
    }

    fn order(&mut self, order: Order) {
        self.orders.send(order).unwrap();
        self.orders_waker.write_all(b"!").unwrap();
    }

    /// Closes both sides and gives how the relay went.
    fn ended(self) -> Ended<Broken> {
        drop((self.client, self.upstream));
        self.relay.join().unwrap()
    }
}

async fn serve(
    setting: Setting,
    client: Stream,
    upstream: Stream,
    orders: Rc<Orders>,
    counters: Arc<ShardCounters>,
) -> Ended<Broken> {
    let pool = Rc::new(Pool::new(setting.buffer_size, 4));
    let lines = Lines::default();
    let looked_up = Rc::clone(&lines.looked_up);
    let around = Surroundings {
        pool: Rc::clone(&pool),
        orders,
        counters,
        lookup: Box::new(move || {
            looked_up.set(usize::from(setting.lookup_answers));
            Box::pin(async {})
        }),
        idle_timeout: setting.idle_timeout,
    };
    let client = Transport::new(client).unwrap();
    let upstream = Transport::new(upstream).unwrap();
    let receiver = || Receiver::new(Rc::clone(&pool));
    let (from_client, from_upstream) = (receiver(), receiver());
    let relay = Relay::new(lines, client, upstream, around);
    relay.run(from_client, from_upstream).await
}

async fn obey(mut bell: Stream, inbox: Inbox<Order>, orders: Rc<Orders>) {
    use futures_lite::AsyncReadExt;
    while bell.read(&mut [0]).await.is_ok_and(|count| count > 0) {
        match inbox.recv().unwrap() {
            Order::Drain => orders.drain(),
            Order::Cut => orders.cut(),
        }
    }
}

fn line(stream: &TcpStream) -> String {
    let mut line = Vec::new();
    let mut byte = [0];
    while line.last() != Some(&b'\n') && (&*stream).read(&mut byte).unwrap() == 1 {
        line.push(byte[0]);
    }
    String::from_utf8(line).unwrap()
}

fn say(mut stream: &TcpStream, text: &str) {
    stream.write_all(text.as_bytes()).unwrap();
}

/// Everything up to the end of the stream.
fn rest(mut stream: &TcpStream) -> String {
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    text
}

#[test]
fn a_question_reaches_the_upstream_and_its_answer_the_client() {
    let bench = Bench::new();
    for n in 0..3 {
        say(&bench.client, &format!("ask {n}\n"));
        assert_eq!(line(&bench.upstream), format!("ask {n}\n"));
        say(&bench.upstream, &format!("answer {n}\n"));
        assert_eq!(line(&bench.client), format!("ANSWER {n}\n"));
    }
    let counters = Arc::clone(&bench.counters);
    let ended = bench.ended();
    assert!(ended.to_upstream >= 18 && ended.to_client >= 27);
    assert_eq!(counters.bytes_to_upstream.value(), ended.to_upstream);
    assert_eq!(counters.bytes_to_client.value(), ended.to_client);
}

#[test]
fn a_refusal_goes_back_and_the_upstream_never_sees_it() {
    let bench = Bench::new();
    say(&bench.client, "refuse this\nask\n");
    assert_eq!(line(&bench.client), "refused\n");
    assert_eq!(line(&bench.upstream), "ask\n");
    bench.ended();
}

#[test]
fn what_is_larger_than_any_buffer_passes_in_pieces_of_any_size() {
    let bench = Bench::with(Setting {
        buffer_size: 64,
        ..SETTING
    });
    let text = format!("{}\n", "x".repeat(100_000));
    for byte in b"slow\n" {
        (&bench.client).write_all(&[*byte]).unwrap();
    }
    assert_eq!(line(&bench.upstream), "slow\n");
    say(&bench.upstream, &text);
    assert_eq!(line(&bench.client), text.to_uppercase());
    bench.ended();
}

#[test]
fn no_more_is_received_for_a_client_that_does_not_read_and_the_other_flow_goes_on() {
    let bench = Bench::new();
    let text = "row\n".repeat(4096);
    bench.upstream.set_nonblocking(true).unwrap();
    let mut sent = 0;
    let mut stalls = 0;
    // A stall counts only if it lasts while a question makes its way through the relay.
    while stalls < 3 {
        match (&bench.upstream).write(&text.as_bytes()[sent % text.len()..]) {
            Ok(count) => (sent, stalls) = (sent + count, 0),
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::WouldBlock);
                stalls += 1;
                if stalls == 3 {
                    bench.upstream.set_nonblocking(false).unwrap();
                    say(&bench.client, "ask\n");
                    assert_eq!(line(&bench.upstream), "ask\n");
                } else {
                    std::thread::yield_now();
                }
            }
        }
    }
    assert!(sent < 64 * 1024 * 1024, "{sent} bytes were taken");
    bench.upstream.shutdown(Shutdown::Write).unwrap();
    let received = rest(&bench.client);
    assert!(
        received
            .strip_suffix("upstream gone\n")
            .unwrap()
            .starts_with("ROW\nROW\n")
    );
    assert_eq!(received.len(), sent + "upstream gone\n".len());
    bench.ended();
}

#[test]
fn a_client_that_closed_its_side_still_gets_its_answers() {
    let bench = Bench::new();
    say(&bench.client, "ask\n");
    bench.client.shutdown(Shutdown::Write).unwrap();
    assert_eq!(rest(&bench.upstream), "ask\nterminate\n");
    say(&bench.upstream, "answer\n");
    assert_eq!(line(&bench.client), "ANSWER\n");
    let ended = bench.ended();
    assert!(matches!(ended.end, End::Client));
}

#[test]
fn a_goodbye_closes_the_upstream_and_ends_with_it() {
    let bench = Bench::new();
    say(&bench.client, "bye\n");
    assert_eq!(rest(&bench.upstream), "");
    bench.upstream.shutdown(Shutdown::Both).unwrap();
    assert_eq!(rest(&bench.client), "upstream gone\n");
    assert!(matches!(bench.ended().end, End::Client));
}

#[test]
fn an_upstream_that_closes_ends_the_session_at_once_with_last_words() {
    let bench = Bench::new();
    say(&bench.upstream, "half a li");
    bench.upstream.shutdown(Shutdown::Both).unwrap();
    assert_eq!(rest(&bench.client), "upstream gone\n");
    assert!(matches!(bench.ended().end, End::Upstream));
}

#[test]
fn a_client_that_vanishes_ends_the_session() {
    let bench = Bench::new();
    socket2::SockRef::from(&bench.client)
        .set_linger(Some(Duration::ZERO))
        .unwrap();
    let Bench {
        client,
        upstream,
        relay,
        ..
    } = bench;
    drop(client); // resets
    assert_eq!(rest(&upstream), "terminate\n");
    drop(upstream);
    assert!(matches!(relay.join().unwrap().end, End::Client));
}

#[test]
fn a_tripped_assertion_ends_its_session_with_a_native_error() {
    let bench = Bench::new();
    say(&bench.client, "panic\n");
    assert_eq!(rest(&bench.client), "Internal\n");
    assert_eq!(rest(&bench.upstream), "");
    assert_eq!(bench.counters.panics.value(), 1);
    assert!(matches!(bench.ended().end, End::Internal));
}

#[test]
fn last_words_come_behind_everything_that_was_begun() {
    let bench = Bench::new();
    let rows = "row\n".repeat(1 << 20);
    let writer = {
        let upstream = bench.upstream.try_clone().unwrap();
        let rows = rows.clone();
        std::thread::spawn(move || drop((&upstream).write_all(rows.as_bytes())))
    };
    // The first bytes are here, so a write to the client is under way.
    assert_eq!(line(&bench.client), "ROW\n");
    say(&bench.client, "fault\n");
    let received = rest(&bench.client);
    let rows = received.strip_suffix("broken\n").unwrap();
    assert!(rows.bytes().eq("ROW\n".bytes().cycle().take(rows.len())));
    writer.join().unwrap();
    assert!(matches!(bench.ended().end, End::Fault(Broken)));
}

#[test]
fn what_came_before_a_fault_still_goes_out_however_it_was_received() {
    for (first, second) in [("one\nfault\n", ""), ("one\n", "fault\n")] {
        let bench = Bench::new();
        say(&bench.client, first);
        assert_eq!(line(&bench.upstream), "one\n");
        say(&bench.client, second);
        assert_eq!(rest(&bench.client), "broken\n");
        assert!(matches!(bench.ended().end, End::Fault(Broken)));
    }
}

#[test]
fn a_full_pipeline_waits_for_answers_and_loses_none() {
    let bench = Bench::new();
    let questions: String = (0..100).map(|n| format!("{n}\n")).collect();
    say(&bench.client, &questions);
    let mut asked = BufReader::new(bench.upstream.try_clone().unwrap());
    for n in 0..100 {
        let mut question = String::new();
        asked.read_line(&mut question).unwrap();

        assert_eq!(question, format!("{n}\n"));
        say(&bench.upstream, &question);
    }
    for n in 0..100 {
        assert_eq!(line(&bench.client), format!("{n}\n"));
    }
    drop(asked);
    bench.ended();
}

#[test]
fn flows_that_wait_for_each_other_end_the_session() {
    let bench = Bench::new();
    say(&bench.client, "1\n2\n3\n4\n5\n");
    for n in 1..=4 {
        assert_eq!(line(&bench.upstream), format!("{n}\n"));
    }
    say(&bench.upstream, "wait\n");
    assert_eq!(rest(&bench.client), "Internal\n");
    bench.ended();
}

#[test]
fn a_lookup_is_made_and_the_same_bytes_are_tried_again() {
    let bench = Bench::new();
    say(&bench.upstream, "lookup\n");
    assert_eq!(line(&bench.client), "LOOKUP\n");
    bench.ended();
}

#[test]
fn lookups_that_never_help_end_the_session() {
    let bench = Bench::with(Setting {
        lookup_answers: false,
        ..SETTING
    });
    say(&bench.upstream, "lookup\n");
    assert_eq!(rest(&bench.client), "CatalogFailed\n");
    assert!(matches!(bench.ended().end, End::Catalog));
}

#[test]
fn a_drain_ends_an_idle_session_now_and_a_busy_one_after_its_answer() {
    let mut idle = Bench::new();
    idle.order(Order::Drain);
    assert_eq!(rest(&idle.client), "Shutdown\n");
    assert!(matches!(idle.ended().end, End::Drained));

    let mut busy = Bench::new();
    say(&busy.client, "ask\n");
    assert_eq!(line(&busy.upstream), "ask\n");
    busy.order(Order::Drain);
    say(&busy.upstream, "answer\n");
    assert_eq!(rest(&busy.client), "ANSWER\nShutdown\n");
    busy.ended();
}

#[test]
fn a_cut_ends_a_busy_session() {
    let mut bench = Bench::new();
    say(&bench.client, "ask\n");
    assert_eq!(line(&bench.upstream), "ask\n");
    bench.order(Order::Cut);
    assert_eq!(rest(&bench.client), "Shutdown\n");
    bench.ended();
}

#[test]
fn only_an_idle_session_times_out() {
    let bench = Bench::with(Setting {
        idle_timeout: Some(Duration::from_millis(40)),
        ..SETTING
    });
    say(&bench.client, "ask\n");
    assert_eq!(line(&bench.upstream), "ask\n");
    bench
        .client
        .set_read_timeout(Some(Duration::from_millis(200)))
        .unwrap();
    let error = (&bench.client).read(&mut [0]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::WouldBlock);
    bench.client.set_read_timeout(None).unwrap();
    say(&bench.upstream, "answer\n");
    assert_eq!(rest(&bench.client), "ANSWER\nIdleTimeout\n");
    assert!(matches!(bench.ended().end, End::Idle));
}
