//! Tuning: which columns of an unknown database are sensitive, why, and how well rules do.
//!
//! Samples of columns ([`sample`], read by [`source`]) become decisions ([`decide()`]) and those an
//! overlay ([`overlay()`]). Everything here works on readers and values that it is handed: no files, no
//! clock. Values stay in memory; reports hold counts and shapes.

pub mod apply;
pub mod chance;
pub mod decide;
mod dictionary;
pub mod diff;
pub mod eval;
pub mod features;
mod grammar;
mod joins;
pub mod keys;
pub mod lab;
pub mod labels;
pub mod lexicon;
mod naming;
mod overlay;
pub mod report;
pub mod sample;
pub mod source;
pub mod stats;
mod telephone;
pub mod text;
pub mod vectors;

pub use decide::{Decision, Verdict, decide};
pub use joins::keep_joins;
pub use overlay::overlay;
