//! The clock of the machine that Tributary runs on is set forward by two hours, and back by one. Each slot ends up in one record, as its group's
//! policy says; none runs twice, and no row is lost or doubled. The database's clock goes on as ever.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;

use crate::{
    ground::{Ground, Shape},
    report::Report,
    settings::Settings,
    slots::{of_group, outcomes, settled},
    snapshots::Snapshots,
    writers::Writers,
};

/// Long beside what a slow machine takes for what is done between two slots.
const EVERY: TimeDelta = TimeDelta::minutes(5);
/// Slots of two hours, by which the clock jumps forward.
const FORWARD: i32 = 24;
/// Slots of the hour by which it is set back.
const BACK: i32 = 12;
/// Steps in which this hour passes once more.
const STEPS: i32 = 3;

pub(super) async fn play(settings: &Settings, report: &mut Report) -> anyhow::Result<()> {
    // Of the second's slots that two hours have the latest runs, and the others are told.
    let shape = Shape { missed: Some(json!("latest")), ..Shape::default() };
    let mut ground = Ground::open("clock", settings, shape).await?;
    ground.tributary.start(None).await?;
    ground.introduce().await?;
    // On a slot, so that none comes by itself for a while.
    ground.pass(TimeDelta::zero(), EVERY).await?;
    ground.follow().await?;
    let mut followed = Vec::new();
    // Of the slots that a jump passes over, so many run: all, the latest, none.
    for (name, missed, late) in [("all", json!({ "all": 10000 }), FORWARD - 1), ("latest", json!("latest"), 1), ("skip", json!("skip"), 0)]
    {
        followed.push((Snapshots::follow(&ground, name, EVERY, missed).await?, u64::from(late.unsigned_abs())));
    }
    let writers = Writers::start(settings, &ground.table, &ground.url);
    let part = settings.length() / 4;

    // Two slots as ever: the first one of each group, and the one before the jump.
    for _ in 0..2 {
        pass(&mut ground, &followed, 0).await?;
    }
    let each = ground.cable.marked() / 6;
    tokio::time::sleep(part).await;
    let slot = pass(&mut ground, &followed, FORWARD - 1).await?;
    let mut records = Vec::new();
    for (snapshots, late) in &followed {
        let group = &snapshots.name;
        let settled = settled(&ground, group, Some(slot)).await?;
        let told = outcomes(&settled);
        let (ran, missed) = (3 + late, u64::from(FORWARD.unsigned_abs()) - 1 - late);
        report.count(format!("two hours ahead, `{group}`: {told:?}"));
        let holds = told.get("succeeded") == Some(&ran) && told.get("missed").copied().unwrap_or_default() == missed;
        report.must(holds, format!("`{group}` must have run {ran} slots and missed {missed}, but {told:?}"));
        records.push(settled);
    }
    tokio::time::sleep(part).await;

    let back = ground.tributary.clock.now() - EVERY * BACK;
    ground.tributary.clock.set(back)?;
    ground.look().await?;
    // The hour that is shown for the second time, in steps: every slot of it is recorded already.
    for _ in 0..STEPS {
        ground.pass(EVERY * (BACK / STEPS - 2), EVERY).await?;
        tokio::time::sleep(part / STEPS.unsigned_abs()).await;
    }
    for ((snapshots, _), before) in followed.iter().zip(&records) {
        let now = of_group(&ground, &snapshots.name).await?;
        report.must(now == *before, format!("`{}` has other records after its clock was set back", snapshots.name));
    }
    pass(&mut ground, &followed, BACK / STEPS + 1).await?;
    let written = writers.done().await?;
    let slot = pass(&mut ground, &followed, 0).await?;
    for (snapshots, _) in &followed {
        snapshots.end(&ground, slot).await?;
    }
    report.count(format!("written: {written:?}"));
    let arrived = ground.arrived(Duration::from_secs(60) + settings.longest_hold()).await?;
    report.must(arrived, "not every row arrived");
    let mut ran = 0;
    for (snapshots, _) in &followed {
        ran += snapshots.judge(&ground, &["succeeded", "missed"], report).await?;
    }
    let asked = ground.cable.marked();
    report.count(format!("the database was sent the snapshots' statement {asked} times for {ran} slots, {each} for each before any fault"));
    report.must(asked == each * ran, "the database was asked more than once for some slots");
    report.happened("the program's clock set forward by 2 h and back by 1 h");
    ground.judge(report).await?;
    ground.tell_runs(report).await?;
    ground.close(report).await
}

/// The clock goes on to the slot behind so many others, and all that have come by then end.
async fn pass(ground: &mut Ground, followed: &[(Snapshots, u64)], slots: i32) -> anyhow::Result<DateTime<Utc>> {
    let slot = ground.pass(EVERY * slots, EVERY).await?;
    for (snapshots, _) in followed {
        settled(ground, &snapshots.name, Some(slot)).await?;
    }
    Ok(slot)
}
