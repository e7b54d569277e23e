//! The fuzz targets' properties. They live in the test harness, where stable replays the corpus with
//! them (`tests/tests/fuzz_corpus.rs`); here the same files are compiled for nightly, without the
//! harness's servers and TLS.

#[path = "../../tests/src/frontend.rs"]
pub mod frontend;
#[path = "../../tests/src/message.rs"]
pub mod message;
#[path = "../../tests/src/properties/mod.rs"]
pub mod properties;
#[path = "../../tests/src/world.rs"]
pub mod world;
