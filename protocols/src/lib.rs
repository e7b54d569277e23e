//! What bytes mean: sans-io protocol sessions.
//!
//! Everything here turns bytes into decisions and touches no socket, clock, thread or random
//! number, so every session can be fuzzed, replayed and simulated. One folder per protocol.

pub mod postgres;
pub mod session;
pub mod sql;
pub mod wire;
