//! The PostgreSQL frontend/backend protocol, versions 3.0 to 3.2.
//!
//! <https://www.postgresql.org/docs/current/protocol.html>
//!
//! A connection passes through three machines, each knowing only its phase: [`startup`] on the client
//! side, [`upstream`] on the upstream side, then [`session`] relays between the two.

pub mod auth;
pub mod copy;
pub mod error;
pub mod session;
pub mod startup;
pub mod upstream;
pub mod value;
