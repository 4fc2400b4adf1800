//! InfluxDB is away for an hour of Tributary's clock: an hour of slots of a snapshot group and a window group comes meanwhile, one after
//! another, while writers fill the table of an incremental series. Then everything arrives, in order; what was frozen was asked for at its time
//! and once. The clock alone is simulated: every row is read, frozen and written as ever.

use std::time::Duration;

use anyhow::bail;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;

use crate::{
    clock::now,
    ground::{Ground, Shape, mapping},
    judge::judge_those,
    report::Report,
    settings::Settings,
    slots::{gaps, outcomes, settled},
    snapshots::{Asked, Snapshots},
    table::Table,
    writers::{Numbering, Writers},
};

const SNAPSHOT: &str = "snapshot";
const WINDOW: &str = "window";
const MINUTE: TimeDelta = TimeDelta::minutes(1);
/// Slots of one outage: from the first to the last it is an hour of minutes.
const SLOTS: u64 = 61;
/// Between two rows that windows read, and how many of them there are before and behind what the clock will show.
const ROW: TimeDelta = TimeDelta::seconds(5);
const SPARE: TimeDelta = TimeDelta::minutes(10);
/// Seconds by which a window ends before its slot.
const LAG_S: i64 = 1;

pub(super) async fn play(settings: &Settings, report: &mut Report) -> anyhow::Result<()> {
    // Of a second's slots that a minute's step passes over the latest runs.
    let shape = Shape { missed: Some(json!("latest")), ..Shape::default() };
    let mut ground = Ground::open("influx-down", settings, shape).await?;
    ground.tributary.start(None).await?;
    ground.introduce().await?;
    ground.pass(TimeDelta::zero(), MINUTE).await?;
    ground.follow().await?;
    let snapshots = Snapshots::follow(&ground, SNAPSHOT, MINUTE, json!({ "all": 10000 })).await?;
    let outages = settings.kills.clamp(1, 4);
    let windows = Windows::follow(&mut ground, outages).await?;
    let mut writers = Writers::start(settings, &ground.table, &ground.url);

    let mut asked = Asked::default();
    for _ in 0..3 {
        let since = now();
        let slot = ground.pass(TimeDelta::zero(), MINUTE).await?;
        settled(&ground, SNAPSHOT, Some(slot)).await?;
        asked.kept(slot, since);
    }
    let each = snapshots.statements_of_a_slot(&ground).await?;
    for outage in 0..outages {
        // By turns: the server itself is gone, or the way to it.
        if outage % 2 == 0 {
            ground.influx.kill().await?;
        }
        ground.toll.close();
        let gone = ground.tributary.clock.now();
        for slot in 1..=SLOTS {
            let since = now();
            let at = ground.pass(TimeDelta::zero(), MINUTE).await?;
            frozen(&ground, slot).await?;
            asked.kept(at, since);
            if slot == 1 {
                on_hold(&ground).await?;
            }
        }
        writers.look()?;
        report.count(format!("InfluxDB was away for {} min of the clock", (ground.tributary.clock.now() - gone).num_minutes()));
        if outage % 2 == 0 {
            ground.influx.again().await?;
        }
        ground.toll.open();
        // The next try is due within a minute.
        let (since, slot) = (now(), ground.pass(TimeDelta::zero(), MINUTE).await?);
        settled(&ground, SNAPSHOT, Some(slot)).await?;
        asked.kept(slot, since);
    }
    let written = writers.done().await?;
    let slot = ground.pass(TimeDelta::zero(), MINUTE).await?;
    snapshots.end(&ground, slot).await?;
    settled(&ground, WINDOW, Some(slot)).await?;
    ground.tributary.patch(&format!("/groups/{WINDOW}"), json!({ "enabled": false })).await?;
    report.count(format!("written: {written:?}"));
    let arrived = ground.arrived(Duration::from_secs(60) + settings.longest_hold()).await?;
    report.must(arrived, "not every row arrived");

    let slots = snapshots.judge(&ground, &["succeeded"], report).await?;
    report.must(slots >= SLOTS * u64::from(outages), format!("{slots} slots of the snapshot are no hour"));
    let another = snapshots.asked_at_another_time(&ground, &asked).await?;
    report.must(another.is_empty(), format!("snapshots that were not asked for at their time: {another:?}"));
    let statements = ground.cable.marked();
    report.happened(format!(
        "InfluxDB away {outages} times for an hour of the clock; {slots} slots of the snapshot, for which its statement went to the database \
         {statements} times, {each} for each as before any fault"
    ));
    report.must(statements == each * slots, "the database was asked more than once for some slots");
    windows.judge(&mut ground, report).await?;
    for measurement in [SNAPSHOT, WINDOW] {
        in_order(&ground, measurement, report);
    }
    ground.judge(report).await?;
    ground.tell_runs(report).await?;
    ground.close(report).await
}

/// Waits until lines of so many runs are frozen.
async fn frozen(ground: &Ground, slots: u64) -> anyhow::Result<()> {
    let deadline = tokio::time::Instant::now() + Duration::from_secs(60);
    while tokio::time::Instant::now() < deadline {
        if ground.tributary.get("/spool").await?["runs"].as_u64() >= Some(slots) {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    bail!("the snapshot of slot {slots} is not frozen while InfluxDB is away")
}

/// Waits until nothing tries to write any more: until then a run is patient.
async fn on_hold(ground: &Ground) -> anyhow::Result<()> {
    let deadline = tokio::time::Instant::now() + Duration::from_secs(120);
    while tokio::time::Instant::now() < deadline {
        let holds = ground.tributary.get("/holds").await?;
        if holds["items"].as_array().is_some_and(|holds| !holds.is_empty()) {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    bail!("the connection is not on hold while InfluxDB is away")
}

/// The lines of a measurement arrived in the order of their times.
fn in_order(ground: &Ground, measurement: &str, report: &mut Report) {
    let tally = ground.toll.tally();
    let times = tally.watched.get(measurement).map_or(&[][..], Vec::as_slice);
    let disordered = times.windows(2).filter(|pair| pair[0] > pair[1]).count();
    report.count(format!("`{measurement}`: {} lines acknowledged, {disordered} out of order", times.len()));
    report.must(disordered == 0, format!("{disordered} lines of `{measurement}` arrived before an earlier one"));
}

/// A window series on rows whose times lie where the clock will go.
struct Windows {
    table: Table,
}

impl Windows {
    async fn follow(ground: &mut Ground, outages: u32) -> anyhow::Result<Self> {
        let table = Table::make(&mut ground.session, &format!("{}_{WINDOW}", ground.table.name), ground.settings.engine).await?;
        let from = ground.tributary.clock.now() - SPARE;
        let length = MINUTE * i32::try_from(SLOTS * u64::from(outages))? + SPARE * 3;
        let rows = (length.num_seconds() / ROW.num_seconds()).unsigned_abs();
        let mut numbering = Numbering::of_nobody(&ground.settings);
        let numbers = numbering.take(rows);
        let at = table.instant(from, &format!("(n - {}) / {} * {}", numbers.first, numbers.step, ROW.num_seconds()));
        ground.session.run(&table.insert(numbers, &at)).await?;
        let query = ground.query(WINDOW, &format!("{} WHERE at >= :window_start AND at < :window_end", table.query())).await?;
        let group = json!({ "schedule": { "every_s": MINUTE.num_seconds() }, "overlap": "queue_one", "missed": { "all": 10000 } });
        let group = ground.group(WINDOW, group).await?;
        ground.toll.watch(WINDOW);
        ground.series(WINDOW, &query, Some(&group), mapping(WINDOW), json!({ "mode": "window", "lag_s": LAG_S })).await?;
        ground.beside.push(table.clone());
        Ok(Self { table })
    }

    /// Every slot is in one record and succeeded, and the points are the rows of their windows, each once.
    async fn judge(&self, ground: &mut Ground, report: &mut Report) -> anyhow::Result<()> {
        let records = settled(ground, WINDOW, None).await?;
        let told = outcomes(&records);
        report.count(format!("slots of `{WINDOW}`: {told:?}"));
        report.must(told.keys().all(|outcome| *outcome == "succeeded"), "every slot of the window must succeed");
        let gaps = gaps(&records, MINUTE);
        report.must(gaps.is_empty(), format!("slots of `{WINDOW}` in no record or in two: {gaps:?}"));
        let (Some(first), Some(last)) = (records.first(), records.last()) else { bail!("no window came") };
        let lag = TimeDelta::seconds(LAG_S);
        let windows = first.first - MINUTE - lag..last.last - lag;
        let holds = |at: i64| DateTime::<Utc>::from_timestamp_micros(at).is_some_and(|at| windows.contains(&at));
        let verdict = judge_those(&mut ground.session, &self.table, &ground.influx, WINDOW, |row| holds(row.at)).await?;
        verdict.put_into(report, WINDOW);
        report.must(verdict.rows > 0, "no window held a row");
        report.rows += verdict.rows;
        Ok(())
    }
}
