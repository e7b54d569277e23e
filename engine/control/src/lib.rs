//! The control plane: everything about a running gateway that is not on the data path.
//!
//! It runs on threads of its own and speaks with the shards only through
//! [`wiremask_datapath::link`] and their counters, so a slow scrape or a full disk never holds a
//! session up (a log that cannot be written makes shards refuse commands, which is a decision and
//! not a stall).

pub mod admin;
pub mod event_log;
pub mod metrics;
pub mod status;
