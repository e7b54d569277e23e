//! The functions of `hs.h` that are used, by hand: there are seven of them.

use std::ffi::{c_char, c_int, c_uint, c_void};

/// `hs_database_t`
#[repr(C)]
pub(crate) struct Database {
    _opaque: [u8; 0],
}

/// `hs_scratch_t`
#[repr(C)]
pub(crate) struct Scratch {
    _opaque: [u8; 0],
}

/// `hs_compile_error_t`
#[repr(C)]
pub(crate) struct CompileError {
    pub(crate) message: *mut c_char,
    /// Negative when no single expression is at fault.
    pub(crate) expression: c_int,
}

/// `match_event_handler`; a result other than 0 ends the scan.
pub(crate) type OnMatch =
    extern "C" fn(id: c_uint, from: u64, to: u64, flags: c_uint, context: *mut c_void) -> c_int;

pub(crate) const SUCCESS: c_int = 0;
pub(crate) const INVALID: c_int = -1;
pub(crate) const FLAG_DOTALL: c_uint = 2;
pub(crate) const FLAG_PREFILTER: c_uint = 128;
pub(crate) const MODE_BLOCK: c_uint = 1;

unsafe extern "C" {
    pub(crate) fn hs_valid_platform() -> c_int;
    pub(crate) fn hs_compile_multi(
        expressions: *const *const c_char,
        flags: *const c_uint,
        ids: *const c_uint,
        elements: c_uint,
        mode: c_uint,
        platform: *const c_void,
        database: *mut *mut Database,
        error: *mut *mut CompileError,
    ) -> c_int;
    pub(crate) fn hs_free_compile_error(error: *mut CompileError) -> c_int;
    pub(crate) fn hs_free_database(database: *mut Database) -> c_int;
    pub(crate) fn hs_alloc_scratch(database: *const Database, scratch: *mut *mut Scratch) -> c_int;
    pub(crate) fn hs_free_scratch(scratch: *mut Scratch) -> c_int;
    pub(crate) fn hs_scan(
        database: *const Database,
        data: *const c_char,
        length: c_uint,
        flags: c_uint,
        scratch: *mut Scratch,
        on_match: Option<OnMatch>,
        context: *mut c_void,
    ) -> c_int;
}
