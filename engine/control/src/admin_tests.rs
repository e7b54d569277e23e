#![allow(clippy::unwrap_used)]
use super::*;
use crate::status::Phase;
use std::io::{Read, Write};
use std::net::TcpStream;

fn start() -> (Admin, Arc<Status>) {
    let status = Arc::new(Status::default());
    let state = AdminState {
        counters: vec![Arc::<ShardCounters>::default()].into(),
        status: Arc::clone(&status),
    };
    state.counters[0].rows.add(7);
    (
        Admin::start("127.0.0.1:0".parse().unwrap(), state).unwrap(),
        status,
    )
}

/// Sends `request` and reads until the other side closes.
fn exchange(admin: &Admin, request: &str) -> String {
    let mut socket = TcpStream::connect(admin.local_addr()).unwrap();
    socket
        .set_read_timeout(Some(Duration::from_secs(20)))
        .unwrap();
    socket.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).unwrap();
    answer
}

fn request(admin: &Admin, method: &str, path: &str) -> (u16, String) {
    let answer = exchange(
        admin,
        &format!("{method} {path} HTTP/1.1\r\nhost: admin\r\nconnection: close\r\n\r\n"),
    );
    let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
    let body = answer.split_once("\r\n\r\n").unwrap().1;
    (status, body.to_owned())
}

#[test]
fn each_route_answers_its_method_only() {
    let (admin, status) = start();
    status.enter(Phase::Serving);
    for (path, get, post) in [
        ("/health/live", 200, 405),
        ("/health/ready", 200, 405),
        ("/metrics", 200, 405),
        ("/", 404, 404),
        ("/metrics/", 404, 404),
    ] {
        assert_eq!(request(&admin, "GET", path).0, get, "GET {path}");
        assert_eq!(request(&admin, "POST", path).0, post, "POST {path}");
    }
}

#[test]
fn readiness_follows_the_phase_and_liveness_does_not() {
    let (admin, status) = start();
    for (phase, expect) in [
        (Phase::Starting, (503, "not ready: starting\n")),
        (Phase::Serving, (200, "ready\n")),
        (Phase::Draining, (503, "not ready: draining\n")),
    ] {
        status.enter(phase);
        let (code, body) = request(&admin, "GET", "/health/ready");
        assert_eq!((code, &*body), expect);
        assert_eq!(request(&admin, "GET", "/health/live").0, 200);
    }
}

#[test]
fn a_scrape_shows_the_counters() {
    let (admin, _) = start();
    let (code, body) = request(&admin, "GET", "/metrics");
    assert_eq!(code, 200);
    assert!(
        body.contains("wiremask_rows_total{shard=\"0\"} 7\n"),
        "{body}"
    );
}

#[test]
fn what_is_not_http_is_turned_away() {
    let (admin, _) = start();
    let answer = exchange(&admin, "\u{0}\u{0}\u{0}\u{8}nonsense\r\n\r\n");
    assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
    let answer = exchange(
        &admin,
        &format!("GET /{} HTTP/1.1\r\n", "a".repeat(100_000)),
    );
    assert!(answer.starts_with("HTTP/1.1 4"), "{answer}");
}

#[test]
fn an_address_in_use_is_named() {
    let (admin, _) = start();
    let address = admin.local_addr();
    let state = AdminState {
        counters: vec![].into(),
        status: Arc::default(),
    };
    let error = Admin::start(address, state).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("cannot listen on the admin address {address}")
    );
}

#[test]
fn a_dropped_admin_port_closes() {
    let (admin, _) = start();
    let address = admin.local_addr();
    drop(admin);
    let deadline = std::time::Instant::now() + Duration::from_secs(10);
    while TcpStream::connect(address).is_ok() {
        assert!(std::time::Instant::now() < deadline, "still listening");
        std::thread::yield_now();
    }
}
