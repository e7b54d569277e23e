//! Processors: what a process has used of them, and keeping to one.

use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};
use std::fs;
use std::io;
use std::time::Duration;

/// What all threads of a process that still run have used so far, in user and in system mode, to the
/// nanosecond.
///
/// # Errors
/// When the process is gone, or the kernel keeps no such count (`CONFIG_SCHED_INFO`).
pub fn used(pid: u32) -> io::Result<Duration> {
    let mut nanos = 0;
    for task in fs::read_dir(format!("/proc/{pid}/task"))? {
        let text = match fs::read_to_string(task?.path().join("schedstat")) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue, // the thread ended
            Err(error) => return Err(error),
        };
        let first = text.split_ascii_whitespace().next();
        let parsed: Option<u64> = first.and_then(|number| number.parse().ok());
        nanos += parsed.ok_or(io::ErrorKind::InvalidData)?;
    }
    Ok(Duration::from_nanos(nanos))
}

/// The processors that this thread may run on; empty if the system does not tell.
#[must_use]
pub fn allowed() -> Vec<usize> {
    let set = sched_getaffinity(None).unwrap_or_default();
    (0..CpuSet::MAX_CPU)
        .filter(|cpu| set.is_set(*cpu))
        .collect()
}

/// Keeps this thread, and all threads and processes that it starts from now on, on one processor.
///
/// # Errors
/// When there is no such processor.
pub fn bind(processor: usize) -> io::Result<()> {
    let mut set = CpuSet::new();
    set.set(processor);
    Ok(sched_setaffinity(None, &set)?)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::time::Instant;

    #[test]
    fn work_is_counted() {
        let before = used(std::process::id()).unwrap();
        let begin = Instant::now();
        while begin.elapsed() < Duration::from_millis(30) {
            std::hint::spin_loop();
        }
        assert!(used(std::process::id()).unwrap() > before);
    }
}
