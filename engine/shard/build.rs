//! Links this crate's own tests with the shim of `wiremask-coop`. Binaries have the same line in theirs.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-link-arg=-Wl,--wrap=__sys_io_uring_setup,--wrap=__sys_io_uring_enter2");
}
