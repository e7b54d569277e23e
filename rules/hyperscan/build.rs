//! Links Hyperscan or Vectorscan (`libhyperscan-dev`, `libvectorscan-dev`), where pkg-config says
//! it is, or on the default path.

use std::process::Command;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-env-changed=PKG_CONFIG_PATH");
    let asked = Command::new("pkg-config")
        .args(["--variable=libdir", "libhs"])
        .output();
    if let Ok(answer) = asked
        && answer.status.success()
        && let Ok(folder) = String::from_utf8(answer.stdout)
        && !folder.trim().is_empty()
    {
        println!("cargo:rustc-link-search=native={}", folder.trim());
    }
    println!("cargo:rustc-link-lib=dylib=hs");
}
