//! Tells cargo what the program carries beside its code: the console, in release builds. A debug build reads it when it runs.

use std::{env, path::Path};

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if env::var_os("CARGO_CFG_DEBUG_ASSERTIONS").is_some() {
        return;
    }
    // A name that does not exist would count as changed at every build, so until there is a console its surroundings are watched.
    let built = Path::new("../../web/dist/index.html").exists();
    println!("cargo::rerun-if-changed={}", if built { "../../web/dist" } else { "../../web" });
}
