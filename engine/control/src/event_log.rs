//! Writes events as JSON lines.
//!
//! One thread takes reports from the bounded queue and appends them to a file or to standard
//! output, in batches: it writes when the queue is empty or a batch is full, and then rests for some
//! milliseconds, so that under load no shard has to wake it. When writing fails it
//! tells the shards, which refuse commands from then on, keeps what it could not write, and tries
//! again until it can; nothing that was taken is dropped while the process lives.
//!
//! The file is opened again on [`EventLog::reopen`], so that it can be rotated by renaming.

use crate::status::Status;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::RecvTimeoutError;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use wiremask_datapath::event::Record;
use wiremask_datapath::link::{Report, ReportReceiver};

/// A batch is written at this size at the latest, bytes.
const BATCH_LEN_MAX: usize = 64 * 1024;
/// How long it rests after a batch: a report that is sent meanwhile costs the shard no system call.
const REST: Duration = Duration::from_millis(4);
/// How often an idle writer looks whether it should open its file again, and how long a writer
/// waits after an error.
const PAUSE: Duration = Duration::from_millis(250);

/// Where events go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Destination {
    /// Standard output.
    Stdout,
    /// Appended to this file, which is created (readable by its owner only) if it is missing.
    File(PathBuf),
}

/// The event log could not be started.
#[derive(Debug)]
pub struct EventLogError {
    path: PathBuf,
    source: io::Error,
}

impl std::fmt::Display for EventLogError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "cannot open the event log {}", self.path.display())
    }
}

impl std::error::Error for EventLogError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.source)
    }
}

/// The running writer.
#[derive(Debug)]
pub struct EventLog {
    thread: JoinHandle<()>,
    reopen: Arc<AtomicBool>,
}

impl EventLog {
    /// Opens the destination and starts the writer.
    ///
    /// # Errors
    /// When the file cannot be opened or the thread cannot be started.
    pub fn start(
        destination: &Destination,
        reports: ReportReceiver,
        status: Arc<Status>,
    ) -> Result<Self, EventLogError> {
        let (path, output) = match destination {
            Destination::Stdout => (None, Output::Stdout),
            Destination::File(path) => {
                let file = open(path).map_err(|source| EventLogError {
                    path: path.clone(),
                    source,
                })?;
                (Some(path.clone()), Output::File(file))
            }
        };
        let reopen = Arc::new(AtomicBool::new(false));
        let writer = Writer {
            path: path.clone(),
            output,
            reports,
            status,
            reopen: Arc::clone(&reopen),
            batch: Vec::with_capacity(BATCH_LEN_MAX),
            lines: 0,
        };
        let thread = std::thread::Builder::new()
            .name("event-log".to_owned())
            .spawn(move || writer.run())
            .map_err(|source| EventLogError {
                path: path.unwrap_or_default(),
                source,
            })?;
        Ok(Self { thread, reopen })
    }

    /// Opens the file again soon: what follows goes to the file that has the name now.
    pub fn reopen(&self) {
        self.reopen.store(true, Ordering::Relaxed);
    }

    /// Waits until everything is written, but no longer than `patience`: a disk that stays full
    /// must not keep the process from ending. The senders must be gone. Returns whether everything
    /// is written.
    pub fn join(self, patience: Duration) -> bool {
        let deadline = Instant::now() + patience;
        while !self.thread.is_finished() {
            if Instant::now() >= deadline {
                tracing::error!("the event log still cannot be written: events are lost");
                return false;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        self.thread.join().is_ok()
    }
}

fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .create(true)
        .append(true)
        .mode(0o600)
        .open(path)
}

/// Appends one record to the event log of a gateway that may be running, and waits until the disk has
/// it: for a command that must not answer before. The file is created if it is missing.
///
/// # Errors
/// When the line may not have been written.
pub fn append(path: &Path, record: &Record) -> io::Result<()> {
    let mut line = serde_json::to_vec(record)?;
    line.push(b'\n');
    let mut file = open(path)?;
    // One write: lines of the gateway stay before or behind it.
    file.write_all(&line)?;
    file.sync_data()
}

enum Output {
    Stdout,
    File(File),
}

struct Writer {
    path: Option<PathBuf>,
    output: Output,
    reports: ReportReceiver,
    status: Arc<Status>,
    reopen: Arc<AtomicBool>,
    /// Lines that are not written yet. A line is never half in it.
    batch: Vec<u8>,
    lines: u64,
}

impl Writer {
    fn run(mut self) {
        loop {
            match self.reports.receive_within(PAUSE) {
                Ok(report) => self.take(&report),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
            while self.batch.len() < BATCH_LEN_MAX {
                match self.reports.try_receive() {
                    Some(report) => self.take(&report),
                    None => break,
                }
            }
            // After receiving: what is sent after `reopen` goes to the new file.
            if self.reopen.swap(false, Ordering::Relaxed) {
                self.persist(Self::open_again);
            }
            let (empty, full) = (self.batch.is_empty(), self.batch.len() >= BATCH_LEN_MAX);
            self.persist(Self::write_batch);
            if !empty && !full {
                std::thread::sleep(REST);
            }
        }
    }

    fn take(&mut self, report: &Report) {
        let Report::Event(record) = report;
        let len_before = self.batch.len();
        match serde_json::to_writer(&mut self.batch, record) {
            Ok(()) => {
                self.batch.push(b'\n');
                self.lines += 1;
            }
            Err(_) => {
                // Records are made of strings and numbers only; a half line must not stay.
                self.batch.truncate(len_before);
                tracing::error!("an event could not be encoded");
            }
        }
    }

    /// Tries until it works. Meanwhile the shards know, and the queue fills up.
    fn persist(&mut self, attempt: fn(&mut Self) -> io::Result<()>) {
        let mut broken = false;
        while let Err(error) = attempt(self) {
            if !broken {
                broken = true;
                self.reports.set_broken(true);
                self.status.set_event_log_broken(true);
                tracing::error!(
                    error = %error.kind(),
                    "the event log cannot be written: commands are refused until it can"
                );
            }
            std::thread::sleep(PAUSE);
            if let Err(error) = self.open_again() {
                tracing::debug!(error = %error.kind(), "the event log cannot be opened");
            }
        }
        if broken {
            self.reports.set_broken(false);
            self.status.set_event_log_broken(false);
            tracing::info!("the event log can be written again");
        }
    }

    fn open_again(&mut self) -> io::Result<()> {
        if let Some(path) = &self.path {
            self.output = Output::File(open(path)?);
        }
        Ok(())
    }

    /// Writes the batch; what a failing write did take is not written twice.
    fn write_batch(&mut self) -> io::Result<()> {
        while !self.batch.is_empty() {
            let written = match &mut self.output {
                Output::Stdout => io::stdout().lock().write(&self.batch),
                Output::File(file) => file.write(&self.batch),
            };
            match written {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(len) => drop(self.batch.drain(..len)),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        if matches!(self.output, Output::Stdout) {
            io::stdout().lock().flush()?;
        }
        self.status.events_written(self.lines);
        self.lines = 0;
        Ok(())
    }
}

#[cfg(test)]
#[path = "event_log_tests.rs"]
mod tests;
