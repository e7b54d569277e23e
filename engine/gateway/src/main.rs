//! The `wiremask` binary.
fn main() {}
