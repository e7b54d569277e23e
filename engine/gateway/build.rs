//! Links the binary so that its io_uring rings use cooperative task running; see `wiremask-coop`.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-link-arg=-Wl,--wrap=__sys_io_uring_setup,--wrap=__sys_io_uring_enter2");
}
