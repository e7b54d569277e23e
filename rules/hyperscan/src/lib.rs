//! A narrow, safe wrapper over Hyperscan (or Vectorscan): block scans of many patterns.
//!
//! Only what the scanner needs: compile patterns, scan a block, get every end of every match.
//! There are no streams, no serialised databases, no start-of-match. A [`Scanner`] keeps its
//! database alive and owns the scratch that was made for it, so that neither can be mixed up.
//! Documentation of the library: <https://intel.github.io/hyperscan/dev-reference/>

mod ffi;

use std::ffi::{CStr, CString, c_uint, c_void};
use std::fmt;
use std::ptr::{self, NonNull};
use std::sync::Arc;

/// A pattern in the syntax of PCRE, in bytes; `.` matches every byte.
#[derive(Clone, Debug)]
pub struct Expression {
    /// The pattern.
    pub pattern: String,
    /// Reported with every match.
    pub id: u32,
    /// Match a superset when the pattern itself is too large for the library.
    pub superset: bool,
}

/// A match of a pattern that ends here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct End {
    /// The id of the expression.
    pub id: u32,
    /// Behind the last byte of the match.
    pub at: u32,
}

/// Why patterns could not be compiled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompileError {
    /// Index of the expression at fault, if it is one.
    pub expression: Option<usize>,
    /// What the library says.
    pub message: String,
}

impl fmt::Display for CompileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for CompileError {}

/// A scan or an allocation of the library failed; holds its error code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failed(pub i32);

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "hyperscan failed with code {}", self.0)
    }
}

impl std::error::Error for Failed {}

/// A compiled set of patterns.
#[derive(Debug)]
pub struct Database(NonNull<ffi::Database>);

// SAFETY: a database is never changed once compiled; the library documents that any number of
// threads may scan with one at a time, each with a scratch of its own.
unsafe impl Send for Database {}
// SAFETY: as above.
unsafe impl Sync for Database {}

impl Database {
    /// Compiles patterns for this machine.
    pub fn compile(expressions: &[Expression]) -> Result<Arc<Database>, CompileError> {
        let other = |message: &str| CompileError {
            expression: None,
            message: message.to_owned(),
        };
        // SAFETY: takes no argument and reads only what the processor reports.
        if unsafe { ffi::hs_valid_platform() } != ffi::SUCCESS {
            return Err(other(
                "this processor lacks instructions that hyperscan needs",
            ));
        }
        let mut patterns = Vec::new();
        for (index, expression) in expressions.iter().enumerate() {
            patterns.push(
                CString::new(expression.pattern.as_str()).map_err(|_| CompileError {
                    expression: Some(index),
                    message: "pattern holds a NUL byte".to_owned(),
                })?,
            );
        }
        let pointers: Vec<_> = patterns.iter().map(|pattern| pattern.as_ptr()).collect();
        let flags: Vec<c_uint> = expressions
            .iter()
            .map(|e| ffi::FLAG_DOTALL | if e.superset { ffi::FLAG_PREFILTER } else { 0 })
            .collect();
        let ids: Vec<c_uint> = expressions.iter().map(|expression| expression.id).collect();
        let count = c_uint::try_from(expressions.len()).map_err(|_| other("too many patterns"))?;
        let mut database = ptr::null_mut();
        let mut error = ptr::null_mut();
        // SAFETY: the three arrays hold `count` elements each and live through the call, as do
        // the strings; a null platform means this one; both results point to live variables.
        let code = unsafe {
            ffi::hs_compile_multi(
                pointers.as_ptr(),
                flags.as_ptr(),
                ids.as_ptr(),
                count,
                ffi::MODE_BLOCK,
                ptr::null(),
                &mut database,
                &mut error,
            )
        };
        match (code, NonNull::new(database)) {
            (ffi::SUCCESS, Some(database)) => Ok(Arc::new(Database(database))),
            _ => Err(read_and_free(error)),
        }
    }

    /// A scanner over this database; one per thread.
    pub fn scanner(self: &Arc<Database>) -> Result<Scanner, Failed> {
        let mut scratch = ptr::null_mut();
        // SAFETY: the database is live, and a null scratch asks for a new one.
        let code = unsafe { ffi::hs_alloc_scratch(self.0.as_ptr(), &mut scratch) };
        match (code, NonNull::new(scratch)) {
            (ffi::SUCCESS, Some(scratch)) => Ok(Scanner {
                database: Arc::clone(self),
                scratch,
            }),
            (code, _) => Err(Failed(code)),
        }
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        // SAFETY: the database came from the library, is freed once, and no scanner is left: each
        // holds a reference.
        unsafe { ffi::hs_free_database(self.0.as_ptr()) };
    }
}

/// A database with the scratch for one thread's scans.
#[derive(Debug)]
pub struct Scanner {
    database: Arc<Database>,
    scratch: NonNull<ffi::Scratch>,
}

// SAFETY: a scratch may move between threads; it is only used through `&mut self`.
unsafe impl Send for Scanner {}

impl Scanner {
    /// The database that is scanned with.
    pub fn database(&self) -> &Arc<Database> {
        &self.database
    }

    /// Appends every end of every match in `text`, in the order of the library: ascending ends,
    /// ends of different patterns at one place in any order. A failed scan may have appended some.
    pub fn scan(&mut self, text: &[u8], ends: &mut Vec<End>) -> Result<(), Failed> {
        let Ok(length) = c_uint::try_from(text.len()) else {
            return Err(Failed(ffi::INVALID));
        };
        // SAFETY: database and scratch are live and belong together; `text` is `length` bytes
        // long; the callback gets the address of `ends`, which nothing else uses meanwhile.
        let code = unsafe {
            ffi::hs_scan(
                self.database.0.as_ptr(),
                text.as_ptr().cast(),
                length,
                0,
                self.scratch.as_ptr(),
                Some(on_match),
                ptr::from_mut(ends).cast(),
            )
        };
        if code == ffi::SUCCESS {
            Ok(())
        } else {
            Err(Failed(code))
        }
    }
}

impl Drop for Scanner {
    fn drop(&mut self) {
        // SAFETY: the scratch came from the library, is freed once, and no scan is under way.
        unsafe { ffi::hs_free_scratch(self.scratch.as_ptr()) };
    }
}

/// Notes one end. Never unwinds: an `extern "C"` function aborts instead.
extern "C" fn on_match(id: c_uint, _: u64, to: u64, _: c_uint, context: *mut c_void) -> i32 {
    // SAFETY: `scan` passes the address of a vector that it borrows uniquely for the whole call.
    let ends = unsafe { &mut *context.cast::<Vec<End>>() };
    // A text is at most 4 GiB long.
    ends.push(End {
        id,
        at: u32::try_from(to).unwrap_or(u32::MAX),
    });
    0
}

fn read_and_free(error: *mut ffi::CompileError) -> CompileError {
    if error.is_null() {
        return CompileError {
            expression: None,
            message: "out of memory".to_owned(),
        };
    }
    // SAFETY: the library gave the error; it and its message stay until it is freed below.
    let read = unsafe {
        let message = (*error).message;
        let message = if message.is_null() {
            String::new()
        } else {
            CStr::from_ptr(message).to_string_lossy().into_owned()
        };
        CompileError {
            expression: usize::try_from((*error).expression).ok(),
            message,
        }
    };
    // SAFETY: freed once, and not used afterwards.
    unsafe { ffi::hs_free_compile_error(error) };
    read
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn expression(pattern: &str, id: u32) -> Expression {
        Expression {
            pattern: pattern.to_owned(),
            id,
            superset: false,
        }
    }

    #[test]
    fn every_end_is_reported_with_its_id() {
        let database =
            Database::compile(&[expression(r"ab+", 7), expression(r"\x00c", 9)]).unwrap();
        let mut scanner = database.scanner().unwrap();
        let mut ends = Vec::new();
        scanner.scan(b"xabb\0c", &mut ends).unwrap();
        ends.sort_unstable_by_key(|end| (end.at, end.id));
        let expected = [
            End { id: 7, at: 3 },
            End { id: 7, at: 4 },
            End { id: 9, at: 6 },
        ];
        assert_eq!(ends, expected);
    }

    #[test]
    fn a_bad_pattern_is_named() {
        let error = Database::compile(&[expression("a", 0), expression("(", 1)]).unwrap_err();
        assert_eq!(error.expression, Some(1));
        let error = Database::compile(&[expression("a\0b", 0)]).unwrap_err();
        assert_eq!(error.expression, Some(0));
    }

    #[test]
    fn a_scanner_outlives_the_handle_of_its_database_and_moves_between_threads() {
        let mut scanner = Database::compile(&[expression("x", 1)])
            .unwrap()
            .scanner()
            .unwrap();
        let found = std::thread::spawn(move || {
            let mut ends = Vec::new();
            scanner.scan(b"x", &mut ends).map(|()| ends.len())
        });
        assert_eq!(found.join().unwrap(), Ok(1));
    }

    #[test]
    fn an_empty_text_has_no_match() {
        let mut scanner = Database::compile(&[expression("x", 1)])
            .unwrap()
            .scanner()
            .unwrap();
        let mut ends = Vec::new();
        assert_eq!((scanner.scan(b"", &mut ends), ends.len()), (Ok(()), 0));
    }
}
