//! Bytes on the wire: reading through a cursor, writing length-prefixed messages, and the outbox
//! that lets untouched input leave as it came.

mod cursor;
mod outbox;
mod writer;

pub use cursor::{Cursor, Truncated};
pub use outbox::{Outbox, Tx};
pub use writer::{message, patch_length};
