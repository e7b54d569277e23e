#![no_main]
// Compiling the starter pack for every backend takes longer than one input may.
libfuzzer_sys::fuzz_target!(
    init: wiremask_fuzz::properties::backends(b""),
    |data: &[u8]| wiremask_fuzz::properties::backends(data)
);
