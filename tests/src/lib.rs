//! The shared test harness: a private PostgreSQL, the real gateway binary, a raw client and a leak search.
//!
//! Everything here blocks, bounds every wait and cleans up on drop, so that a test reads as what it
//! shows: start a [`Cluster`], put a [`Gateway`] in front, talk through [`Wire`], and ask
//! [`leaks`] about what a [`Forwarder`] recorded.

mod cluster;
mod forwarder;
pub mod frontend;
mod gateway;
mod leaks;
mod message;
mod process;
pub mod properties;
mod recorder;
pub mod session_file;
mod tls;
mod wire;
pub mod world;

pub use cluster::{Cluster, ClusterOptions};
pub use forwarder::{Chunks, Forwarder, Recording};
pub use gateway::{Gateway, GatewayOptions};
pub use leaks::leaks;
pub use message::{Message, parse};
pub use process::{HarnessError, free_port, repository};
pub use recorder::{Recorder, live_answers};
pub use tls::Authority;
pub use wire::Wire;
