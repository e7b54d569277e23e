//! Cooperative task running for glommio's rings.
//!
//! glommio 0.9 sets its rings up with no flags: the kernel then interrupts the thread for every
//! completion, which costs a busy relay of small messages much of its time (design, section 10; the
//! measurement is in `benches/record/`). With `IORING_SETUP_COOP_TASKRUN` completions wait until the
//! thread enters the kernel, which a relay does all the time anyway.
//!
//! glommio has no option for it, so the flag is put in at link time. A binary that is linked with
//! `-Wl,--wrap=__sys_io_uring_setup` (its `build.rs` says so) has liburing's one call of the system
//! call sent here. A binary that is not linked so works as well, only slower. A kernel before 5.19 does
//! not know the flag; its rings are set up without it.
//!
//! To be removed when glommio offers the flag.
//!
//! <https://man7.org/linux/man-pages/man2/io_uring_setup.2.html>

use std::ffi::{c_int, c_long, c_uint};
use std::sync::atomic::{AtomicU32, Ordering};

/// The same number on every architecture.
const SYS_IO_URING_SETUP: c_long = 425;
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

unsafe extern "C" {
    fn syscall(number: c_long, ...) -> c_long;
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

/// A file descriptor, or -1.
fn descriptor(result: c_long) -> c_int {
    c_int::try_from(result).unwrap_or(-1)
}
