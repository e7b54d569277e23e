//! The data plane: glommio shards that accept clients, authenticate them, and relay their sessions.
//!
//! Each shard is one thread with its own listener, io_uring, sessions, buffers and catalogs; shards
//! share only the cancel registry. This crate is the only code of the data path that touches sockets,
//! clocks and randomness; what bytes mean is decided in `wiremask-protocols`, what is masked in
//! `wiremask-datapath`.

mod cancel;
mod handshake;
mod listener;
mod mailbox;
mod orders;
mod panics;
mod pool;
mod reader;
mod receive;
mod relay;
mod side;
mod signal;
mod timing;
mod transport;
mod upstream;

pub use listener::{Running, ShardOptions, StartError, preflight, start};
