//! Cooperative task running for glommio's rings.
//!
//! glommio 0.9 sets its rings up with no flags: the kernel then interrupts the thread for every
//! completion, which costs a busy relay more than half of its round trips (design, section 10). With
//! `IORING_SETUP_COOP_TASKRUN` completions are run when the thread enters the kernel anyway.
//!
//! glommio has no option for it, so the flag is put in at link time: binaries are linked with
//! `-Wl,--wrap=io_uring_queue_init` (their `build.rs`), and the linker sends glommio's calls of
//! liburing's `io_uring_queue_init` here. A kernel before 5.19 does not know the flag; the ring is then
//! set up without it. A binary that is not linked so works too, only slower.
//!
//! To be removed when glommio offers the flag.

use std::ffi::{c_int, c_uint, c_void};

/// Linux 5.19.
const IORING_SETUP_COOP_TASKRUN: c_uint = 1 << 8;
/// Rings that are polled for completions run their tasks themselves.
const IORING_SETUP_IOPOLL: c_uint = 1;
const EINVAL: c_int = 22;

unsafe extern "C" {
    /// liburing's own function, under the name that `--wrap` gives it.
    fn __real_io_uring_queue_init(entries: c_uint, ring: *mut c_void, flags: c_uint) -> c_int;
}

/// Called by glommio in place of `io_uring_queue_init`, through `--wrap`.
///
/// # Safety
/// As liburing's: `ring` points to a `struct io_uring` that may be overwritten, and stays where it is
/// for as long as the ring is used.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn __wrap_io_uring_queue_init(
    entries: c_uint,
    ring: *mut c_void,
    flags: c_uint,
) -> c_int {
    if flags & IORING_SETUP_IOPOLL == 0 {
        // SAFETY: the caller's promises are passed on unchanged. On failure liburing leaves nothing
        // behind in `ring`, so it may be initialised again.
        let result =
            unsafe { __real_io_uring_queue_init(entries, ring, flags | IORING_SETUP_COOP_TASKRUN) };
        if result != -EINVAL {
            return result;
        }
    }
    // SAFETY: the caller's promises are passed on unchanged.
    unsafe { __real_io_uring_queue_init(entries, ring, flags) }
}

/// Makes sure that the shim is linked into the binary that calls it.
#[inline(never)]
pub fn link() {
    let shim: unsafe extern "C" fn(c_uint, *mut c_void, c_uint) -> c_int = __wrap_io_uring_queue_init;
    std::hint::black_box(shim);
}
