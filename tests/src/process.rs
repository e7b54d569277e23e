//! Child processes, ports and folders: what starting a real server or gateway needs.

use std::fmt;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::Child;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

/// Why a part of the harness could not be started; the text says what was attempted.
#[derive(Debug)]
pub struct HarnessError(pub String);

impl fmt::Display for HarnessError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for HarnessError {}

/// Turns any failure into a [`HarnessError`] that says what was attempted.
pub(crate) fn attempted<T, E: fmt::Display>(
    what: &str,
    result: Result<T, E>,
) -> Result<T, HarnessError> {
    result.map_err(|error| HarnessError(format!("{what}: {error}")))
}

/// A loopback port that was free a moment ago.
///
/// # Errors
/// When the system has no free port.
pub fn free_port() -> Result<u16, HarnessError> {
    let listener = attempted("bind a free port", TcpListener::bind(("127.0.0.1", 0)))?;
    Ok(attempted("read the bound port", listener.local_addr())?.port())
}

/// The root of this repository.
#[must_use]
pub fn repository() -> PathBuf {
    let mut root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    root.pop();
    root
}

/// Calls `ready` every 20 ms until it answers true, the child ends, or `limit` has passed.
pub(crate) fn wait_until(
    what: &str,
    child: &mut Child,
    limit: Duration,
    mut ready: impl FnMut() -> bool,
) -> Result<(), HarnessError> {
    let deadline = Instant::now() + limit;
    loop {
        if let Some(status) = attempted(what, child.try_wait())? {
            return Err(HarnessError(format!(
                "{what} ended at start-up with {status}"
            )));
        }
        if ready() {
            return Ok(());
        }
        if Instant::now() >= deadline {
            return Err(HarnessError(format!(
                "{what} was not ready within {limit:?}"
            )));
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Ends our own child: `signal` first, SIGKILL once `limit` has passed.
pub(crate) fn end(child: &mut Child, signal: Signal, limit: Duration) {
    if let Some(pid) = i32::try_from(child.id()).ok().and_then(Pid::from_raw)
        && matches!(child.try_wait(), Ok(None))
    {
        // An error means that the child is gone already, which `wait` below observes.
        let _ = kill_process(pid, signal);
    }
    let deadline = Instant::now() + limit;
    while matches!(child.try_wait(), Ok(None)) {
        if Instant::now() >= deadline {
            let _ = child.kill();
            let _ = child.wait();
            return;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}
