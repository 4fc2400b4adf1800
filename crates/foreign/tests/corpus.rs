//! The bytes that `dev/fuzz` found worth keeping: those that lead somewhere else in a reader than all others, and those that once broke one.

mod fuzzed;

use std::{fs, path::Path};

fn every_file_of(target: &str, holds: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus").join(target);
    let mut tried = 0;
    for entry in fs::read_dir(&folder).expect("the corpus is part of the repository") {
        let path = entry.expect("a folder that can be listed").path();
        // Shown only when the test fails: the file that it failed with.
        print_name(&path);
        holds(&fs::read(&path).expect("a file that can be read"));
        tried += 1;
    }
    assert!(tried >= 10, "{} holds {tried} files only", folder.display());
}

#[expect(clippy::print_stdout, reason = "a test's output is shown when it fails")]
fn print_name(path: &Path) {
    println!("{}", path.display());
}

#[test]
fn every_kept_src_holds() {
    every_file_of("src", fuzzed::src);
}

#[test]
fn every_kept_kap_holds() {
    every_file_of("kap", fuzzed::kap);
}

#[test]
fn every_kept_template_holds() {
    every_file_of("template", fuzzed::template);
}

#[test]
fn every_kept_database_holds() {
    every_file_of("bolt", fuzzed::bolt);
}

#[test]
fn every_kept_pasted_text_holds() {
    every_file_of("pasted", fuzzed::pasted);
}
