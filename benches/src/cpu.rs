//! Processor time of a process, from `/proc`.

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
