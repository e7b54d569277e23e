//! Joins protocols and rules: what a session may see, and what is counted and written down.
//!
//! Sans-io like its two halves: no socket, file, clock, randomness or thread. The shell
//! (`wiremask-shard`) drives it, the control plane (`wiremask-control`) speaks with it through
//! [`link`] and reads its [`metrics`].

pub mod event;
pub mod limits;
pub mod metrics;
