//! What both kinds of benchmarks are made of: the criterion benches of this crate measure in process,
//! `wiremask bench` over real sockets.
//!
//! [`data`] invents result sets, [`upstream`] serves them as a PostgreSQL server would, [`client`]
//! drains them, [`relay`] is the yardstick between the two, [`in_process`] is a session without
//! sockets, [`packs`] are packs of any size, [`cpu`] reads what a process has used.
//!
//! The comparison (`compare`) has [`sixty`] detectors, what a session gathers for its scanner
//! ([`gathering`], by a session of [`sinks`]), and long [`texts`].

#![allow(clippy::cast_possible_truncation)] // what is invented here is small by construction

pub mod client;
pub mod cpu;
pub mod data;
pub mod gathering;
pub mod in_process;
pub mod packs;
pub mod relay;
pub mod sinks;
pub mod sixty;
pub mod texts;
pub mod upstream;
mod values;
