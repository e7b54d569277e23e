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
mod tls;
mod wire;

pub use cluster::{Cluster, ClusterOptions};
pub use forwarder::{Chunks, Forwarder, Recording};
pub use gateway::{Gateway, GatewayOptions};
pub use leaks::leaks;
pub use message::{Message, parse};
pub use process::{HarnessError, free_port, repository};
pub use tls::Authority;
pub use wire::Wire;
