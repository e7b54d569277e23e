//! Joins protocols and rules: what a session may see, and what is counted and written down.
//!
//! Sans-io like its two halves: no socket, file, clock, randomness or thread. The shell
//! (`wiremask-shard`) drives it, the control plane (`wiremask-control`) speaks with it through
//! [`link`] and reads its [`metrics`].

pub mod catalog;
pub mod event;
mod functions;
pub mod guard;
pub mod inspector;
pub mod leaf;
pub mod learning;
pub mod limits;
mod lineage;
pub mod link;
pub mod metrics;
pub mod plan;
pub mod policy;
pub mod sqlstate;
pub mod statement;
