#![allow(clippy::unwrap_used)]
use super::*;
use wiremask_datapath::event::{Event, EventLost, Record, UnixMicros};
use wiremask_datapath::link::{ReportSender, reports};

const PATIENCE: Duration = Duration::from_secs(10);

fn report(second: u64) -> Report {
    Report::Event(Record {
        time: UnixMicros(second * 1_000_000),
        shard: Some(1),
        session: None,
        event: Event::Cancelled { found: true },
    })
}

fn line(second: u64) -> String {
    format!(
        "{{\"time\":\"1970-01-01T00:00:{second:02}.000000Z\",\"shard\":1,\"event\":\"cancelled\",\"found\":true}}\n"
    )
}

fn start(path: &Path) -> (EventLog, ReportSender, Arc<Status>) {
    let (sender, receiver) = reports(16);
    let status = Arc::new(Status::default());
    let log = EventLog::start(
        &Destination::File(path.to_owned()),
        receiver,
        Arc::clone(&status),
    )
    .unwrap();
    (log, sender, status)
}

/// Waits for a condition.
fn until(what: &str, condition: impl Fn() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !condition() {
        assert!(Instant::now() < deadline, "{what} did not happen");
        std::thread::yield_now();
    }
}

#[test]
fn all_that_was_taken_is_written_before_join_returns() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("events");
    let (log, sender, status) = start(&path);
    let mut expect = String::new();
    for second in 0..50 {
        until("room", || sender.try_send(report(second)).is_ok());
        expect.push_str(&line(second));
    }
    drop(sender);
    assert!(log.join(PATIENCE));
    assert_eq!(std::fs::read_to_string(&path).unwrap(), expect);
    assert_eq!(status.events_written_total(), 50);
}

#[test]
fn a_restart_appends_and_the_file_is_private() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("events");
    for second in 0..2 {
        let (log, sender, _) = start(&path);
        sender.try_send(report(second)).unwrap();
        drop(sender);
        assert!(log.join(PATIENCE));
    }
    assert_eq!(std::fs::read_to_string(&path).unwrap(), line(0) + &line(1));
    let mode = std::fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn a_renamed_file_is_left_after_reopen() {
    let folder = tempfile::tempdir().unwrap();
    let (path, rotated) = (folder.path().join("events"), folder.path().join("events.1"));
    let (log, sender, status) = start(&path);
    sender.try_send(report(1)).unwrap();
    until("a line", || status.events_written_total() == 1);
    std::fs::rename(&path, &rotated).unwrap();
    log.reopen();
    until("a new file", || path.exists());
    sender.try_send(report(2)).unwrap();
    drop(sender);
    assert!(log.join(PATIENCE));
    assert_eq!(std::fs::read_to_string(&rotated).unwrap(), line(1));
    assert_eq!(std::fs::read_to_string(&path).unwrap(), line(2));
}

#[test]
fn a_full_disk_is_told_to_the_shards() {
    let (log, sender, status) = start(Path::new("/dev/full"));
    sender.try_send(report(1)).unwrap();
    until("a refusal", || {
        sender.try_send(report(2)) == Err(EventLost::Broken)
    });
    assert!(status.event_log_broken());
    assert_eq!(status.events_written_total(), 0);
    // It does not keep the process from ending either.
    drop(sender);
    assert!(!log.join(Duration::ZERO));
}

#[test]
fn a_log_that_was_broken_loses_nothing_it_took() {
    let folder = tempfile::tempdir().unwrap();
    let inner = folder.path().join("inner");
    std::fs::create_dir(&inner).unwrap();
    let path = inner.join("events");
    let (log, sender, status) = start(&path);
    std::fs::remove_dir_all(&inner).unwrap();
    log.reopen();
    until("breakage", || status.event_log_broken());
    assert_eq!(sender.check(), Err(EventLost::Broken));
    std::fs::create_dir(&inner).unwrap();
    until("repair", || !status.event_log_broken());
    sender.try_send(report(3)).unwrap();
    drop(sender);
    assert!(log.join(PATIENCE));
    assert_eq!(std::fs::read_to_string(&path).unwrap(), line(3));
}

#[test]
fn a_file_that_cannot_be_opened_stops_the_start() {
    let (_, receiver) = reports(1);
    let error = EventLog::start(
        &Destination::File("/nonexistent/events".into()),
        receiver,
        Arc::default(),
    )
    .unwrap_err();
    assert_eq!(
        error.to_string(),
        "cannot open the event log /nonexistent/events"
    );
}

#[test]
fn a_record_is_appended_behind_what_a_gateway_wrote() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("events");
    let Report::Event(record) = report(2);
    let (log, sender, _) = start(&path);
    until("room", || sender.try_send(report(1)).is_ok());
    drop(sender);
    assert!(log.join(PATIENCE));
    append(&path, &record).unwrap();
    let written = std::fs::read_to_string(&path).unwrap();
    assert_eq!(written, [line(1), line(2)].concat());
    // What keeps nothing is no log.
    assert!(append(Path::new("/dev/null"), &record).is_err());
    assert!(append(&folder.path().join("no/such/folder"), &record).is_err());
}
