//! A power failure: of what was written since the disk was last waited for, the file has all, some or nothing.

use std::{fs, path::Path};

use model::{
    Run, RunStatus,
    edges::{LeaseState, Progress, Store as _},
};
use store::{KeyPlace, Store};

use crate::backend::{ORG, TestClock, at, sqlite};

const DATABASE: &str = "tributary.db";
const LOG: &str = "tributary.db-wal";
const KEY: &str = "tributary.key";

/// The data directory as it is found after the failure, with so many bytes of the log on the disk.
async fn after_a_power_failure(data: &Path, bytes_of_log: u64, found: &Path) -> Store {
    fs::create_dir(found).unwrap();
    for file in [DATABASE, LOG, KEY] {
        fs::copy(data.join(file), found.join(file)).unwrap();
    }
    fs::OpenOptions::new().write(true).open(found.join(LOG)).unwrap().set_len(bytes_of_log).unwrap();
    let clock = TestClock::new();
    clock.set(at(70));
    Store::open(found, KeyPlace::File(found.join(KEY)), clock).await.expect("the store opens, wherever the log ends")
}

async fn run_of(store: &Store, run: &Run) -> Run {
    store.get_run(ORG, run.id).await.unwrap().expect("what the disk was waited for is there")
}

#[tokio::test]
async fn a_claim_that_a_power_failure_took_back_is_a_run_in_line_that_is_claimed_again() {
    let house = sqlite().await;
    let group = house.group("minutely", Some(at(60))).await;
    house.series("orders", Some(&group), 0).await;
    house.clock.set(at(60));
    house.run_slot(&group, at(60)).await;
    let length = || fs::metadata(house.data_dir().join(LOG)).unwrap().len();

    let waited_for = length();
    let (lease, run) = house.claim("before").await.expect("a run");
    let claimed = length();
    assert_eq!(house.store.heartbeat(&lease, at(80), &Progress::default()).await.unwrap(), LeaseState::Held);
    let written = length();
    assert!(waited_for < claimed && claimed < written, "{waited_for}, {claimed}, {written}");

    let folder = tempfile::tempdir().unwrap();
    let ends = (waited_for..claimed).step_by(5_000).chain([claimed, (claimed + written) / 2, written]);
    let mut kept = 0;
    for end in ends {
        let store = after_a_power_failure(&house.data_dir(), end, &folder.path().join(end.to_string())).await;
        let found = run_of(&store, &run).await;
        if found.status == RunStatus::Running {
            kept += 1;
            assert_eq!(store.reclaim("after", at(70), 3).await.unwrap(), [run.id], "its node is gone");
        } else {
            assert_eq!((found.status, found.attempt, end < claimed), (RunStatus::Queued, 1, true), "of {end} bytes");
        }
        let (lease, again) = store.claim_run("after", at(70), at(85)).await.unwrap().expect("the slot is run");
        assert_eq!((again.slot, again.series_id), (run.slot, run.series_id));
        assert!(store.load_plan(&lease).await.unwrap().is_some());
    }
    assert_eq!(kept, 3, "a claim is kept as a whole or not at all");
}
