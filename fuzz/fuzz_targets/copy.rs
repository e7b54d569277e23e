#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| wiremask_fuzz::properties::copy(data));
