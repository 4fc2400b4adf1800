//! The short form of the fault run that `make faults` does for half an hour.

use std::{path::Path, process::Command};

#[test]
fn a_demo_that_is_killed_again_and_again_leaves_exactly_the_points_of_its_slots() {
    assert!(
        std::env::var_os("TRIBUTARY_TEST_INFLUX_URL").is_some(),
        "TRIBUTARY_TEST_INFLUX_URL is not set: run `make test`, or `dev/servers run cargo test`"
    );
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../dev/kill-demo");
    let run = Command::new("python3")
        .arg(script)
        .args(["1.1", "--every", "10", "--program", env!("CARGO_BIN_EXE_tributary")])
        .output()
        .expect("python3 is on the path, see `dev/servers install`");
    assert!(
        run.status.success(),
        "the fault run ended with {}:\n{}{}",
        run.status,
        String::from_utf8_lossy(&run.stdout),
        String::from_utf8_lossy(&run.stderr)
    );
}
