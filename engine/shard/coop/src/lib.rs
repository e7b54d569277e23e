//! What glommio 0.9 lacks at its rings, put in at link time: cooperative task running, and sleeps that end.
//!
//! **Cooperative task running.** glommio sets its rings up with no flags: the kernel then interrupts the
//! thread for every completion, which costs a busy relay of small messages much of its time (design,
//! section 10; the measurement is in `benches/record/`). With `IORING_SETUP_COOP_TASKRUN` completions wait
//! until the thread enters the kernel, which a relay does all the time anyway. A kernel before 5.19 does
//! not know the flag; its rings are set up without it.
//!
//! **Sleeps that end.** glommio may put a thread to sleep although one of its tasks is ready: when the
//! preemption timer fires between looking for completions and running the first task (the thread was not
//! scheduled in between), `run_task_queues` runs nothing, says so, and is taken for idle. If nothing else
//! happens on the ring, the thread sleeps for ever. No timer of a task's own helps: it may be the task that
//! was not run. Here a wait for completions ends after a time ([`bound_sleeps`]), whatever happens. It
//! needs Linux 5.11; an older kernel waits without bound.
//!
//! A binary that is linked with `-Wl,--wrap=__sys_io_uring_setup` and `--wrap=__sys_io_uring_enter2` (its
//! `build.rs` says so) has liburing's calls of these system calls sent here. A binary that is not linked so
//! works as well, only slower, and without the bound.
//!
//! To be removed when glommio offers the flag and has mended its loop.
//!
//! <https://man7.org/linux/man-pages/man2/io_uring_setup.2.html>,
//! <https://man7.org/linux/man-pages/man2/io_uring_enter2.2.html>

use std::cell::Cell;
use std::ffi::{c_int, c_long, c_uint, c_void};
use std::io;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// The same number on every architecture.
const SYS_IO_URING_SETUP: c_long = 425;
const SYS_IO_URING_ENTER: c_long = 426;
/// Linux 5.11: the last arguments are a [`Wait`] and its size.
const IORING_ENTER_EXT_ARG: c_uint = 1 << 3;
const ETIME: i32 = 62;
const EINTR: i32 = 4;
const EINVAL: i32 = 22;
/// Bytes of the kernel's signal set.
const SIGSET_SIZE: u32 = 8;
/// A ring whose completions are polled for: nobody is interrupted by it.
const IORING_SETUP_IOPOLL: u32 = 1;
/// Linux 5.19.
const IORING_SETUP_COOP_TASKRUN: u32 = 1 << 8;

/// The beginning of the kernel's `struct io_uring_params`; the rest is not touched.
#[repr(C)]
pub struct Params {
    sq_entries: u32,
    cq_entries: u32,
    flags: u32,
}

/// The kernel's `struct io_uring_getevents_arg`.
#[repr(C)]
struct Wait {
    signals: u64,
    signals_size: u32,
    reserved: u32,
    timeout: u64,
}

/// The kernel's `struct __kernel_timespec`.
#[repr(C)]
struct Timespec {
    seconds: i64,
    nanoseconds: i64,
}

thread_local! {
    static SLEEP_MAX: Cell<Duration> = const { Cell::new(Duration::from_millis(100)) };
}

/// From now on no wait of this thread for completions is longer than this. At first it is 100 ms.
pub fn bound_sleeps(max: Duration) {
    SLEEP_MAX.set(max);
}

unsafe extern "C" {
    fn syscall(number: c_long, ...) -> c_long;
    fn __errno_location() -> *mut c_int;
}

static COOPERATIVE: AtomicU32 = AtomicU32::new(0);

/// Number of rings that this process has set up with cooperative task running. 0 after an executor
/// has started means that the kernel is too old, or the binary not linked as it should.
#[must_use]
pub fn cooperative_rings() -> u32 {
    COOPERATIVE.load(Ordering::Relaxed)
}

/// Called by liburing in place of `__sys_io_uring_setup`, through `--wrap`.
///
/// # Safety
/// `params` points to a `struct io_uring_params` that nobody else uses during the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn __wrap___sys_io_uring_setup(
    entries: c_uint,
    params: *mut Params,
) -> c_int {
    // SAFETY: the caller says that it is valid and exclusive; the fields are at these offsets in every
    // version of the kernel's interface.
    let asked = unsafe { (*params).flags };
    if asked & IORING_SETUP_IOPOLL == 0 {
        // SAFETY: as above.
        unsafe { (*params).flags = asked | IORING_SETUP_COOP_TASKRUN };
        // SAFETY: the arguments that this system call takes, from a caller who promises them valid.
        let ring = unsafe { syscall(SYS_IO_URING_SETUP, entries, params) };
        if ring >= 0 {
            COOPERATIVE.fetch_add(1, Ordering::Relaxed);
            return descriptor(ring);
        }
        // SAFETY: as above. The kernel leaves the parameters of a failed call as they were.
        unsafe { (*params).flags = asked };
    }
    // SAFETY: as above. If this fails, too, `errno` says why, as the caller expects.
    descriptor(unsafe { syscall(SYS_IO_URING_SETUP, entries, params) })
}

/// Called by liburing in place of `__sys_io_uring_enter2`, through `--wrap`.
///
/// Returns the number of entries that the kernel took; -1 with `errno` otherwise. A wait that the bound
/// ended looks like one that a signal ended (`EINTR`), which callers expect.
///
/// # Safety
/// `ring` is a ring of this process, `argument` is null or what the flags say, of `size` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn __wrap___sys_io_uring_enter2(
    ring: c_int,
    submit: c_uint,
    least: c_uint,
    flags: c_uint,
    argument: *const c_void,
    size: c_int,
) -> c_int {
    // SAFETY: the arguments of this system call; pointers are as the caller promises, and those that are
    // made below outlive the call.
    let enter = |flags: c_uint, argument: *const c_void, size: usize| unsafe {
        syscall(
            SYS_IO_URING_ENTER,
            ring,
            submit,
            least,
            flags,
            argument,
            size,
        )
    };
    if least > 0 && flags & IORING_ENTER_EXT_ARG == 0 {
        let bound = SLEEP_MAX.get();
        let timeout = Timespec {
            seconds: i64::try_from(bound.as_secs()).unwrap_or(i64::MAX),
            nanoseconds: i64::from(bound.subsec_nanos()),
        };
        let wait = Wait {
            signals: argument.addr() as u64,
            signals_size: SIGSET_SIZE,
            reserved: 0,
            timeout: (&raw const timeout).addr() as u64,
        };
        let wait: *const Wait = &raw const wait;
        let taken = enter(flags | IORING_ENTER_EXT_ARG, wait.cast(), size_of::<Wait>());
        if taken >= 0 {
            return descriptor(taken);
        }
        match io::Error::last_os_error().raw_os_error() {
            Some(ETIME) => {
                // SAFETY: the location is this thread's own.
                unsafe { *__errno_location() = EINTR };
                return -1;
            }
            Some(EINVAL) => {} // perhaps an older kernel; the call below tells
            _ => return -1,
        }
    }
    descriptor(enter(flags, argument, usize::try_from(size).unwrap_or(0)))
}

/// A file descriptor or count, or -1.
fn descriptor(result: c_long) -> c_int {
    c_int::try_from(result).unwrap_or(-1)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::sync::mpsc::channel;
    use std::thread;

    const IORING_ENTER_GETEVENTS: c_uint = 1;

    #[test]
    fn a_wait_ends_although_nothing_completes() {
        let (ended, end) = channel();
        thread::spawn(move || {
            let mut params = [0_u64; 15]; // the size of the kernel's struct
            // SAFETY: exclusive, and large enough.
            let ring = unsafe { __wrap___sys_io_uring_setup(8, params.as_mut_ptr().cast()) };
            bound_sleeps(Duration::from_millis(5));
            // SAFETY: a ring just made, and no signals.
            let taken = unsafe {
                __wrap___sys_io_uring_enter2(
                    ring,
                    0,
                    1,
                    IORING_ENTER_GETEVENTS,
                    std::ptr::null(),
                    8,
                )
            };
            let error = io::Error::last_os_error().kind();
            ended.send((ring >= 0, taken, error)).unwrap();
        });
        assert_eq!(
            end.recv_timeout(Duration::from_secs(30)),
            Ok((true, -1, io::ErrorKind::Interrupted))
        );
    }
}
