//! InfluxDB is killed and comes back. What it missed arrives, each slot of a snapshot once and in order, and the database was asked for a
//! slot once.

use std::{
    collections::{BTreeMap, HashSet},
    time::Duration,
};

use anyhow::{Context as _, bail};
use chrono::{DateTime, Utc};
use serde_json::json;

use crate::{
    ground::{Ground, MARK, Shape},
    report::Report,
    settings::{Engine, Settings},
    toll::now,
    writers::Writers,
};

const SNAPSHOT: &str = "snapshot";
const PASSED_OVER: &str = "passed over while a run still tried";
/// For how long a run goes on trying before its connection is put on hold. Until then it runs, and slots that come meanwhile are passed over,
/// as the group's policy says; from then on none may be.
const PATIENCE: Duration = Duration::from_secs(24);
/// For how long after its slot a snapshot may be asked for, in microseconds: the one that waits behind a run that still tries, and the machine's
/// other work.
const LATEST: i64 = 34_000_000;

pub(super) async fn play(settings: &Settings) -> anyhow::Result<Report> {
    let mut report = Report::default();
    let mut ground = Ground::open("influx-down", settings, Shape::default()).await?;
    ground.tributary.start(None).await?;
    ground.introduce().await?;
    ground.follow().await?;
    ground.toll.watch(&format!("{SNAPSHOT} "));
    let clock = match settings.engine {
        Engine::Postgres => "(extract(epoch FROM clock_timestamp()) * 1000000)::bigint",
        Engine::Mariadb => "CAST(TIMESTAMPDIFF(MICROSECOND, '1970-01-01', SYSDATE(6)) AS SIGNED)",
    };
    let query = ground.query(SNAPSHOT, &format!("SELECT '{MARK}' AS mark, {clock} AS asked_at")).await?;
    let group = json!({ "schedule": { "every_s": 1 }, "overlap": "queue_one", "missed": { "all": 10000 } });
    let group = ground.group("snapshots", group).await?;
    let mapping = json!({ "measurement": { "name": SNAPSHOT } });
    ground.series(SNAPSHOT, &query, Some(&group), mapping, json!({ "mode": "snapshot" })).await?;
    let mut writers = Writers::start(settings, &ground.table, &ground.url);

    let part = settings.length() / (2 * settings.kills.max(1) + 1);
    // Longer than a run has patience, so that runs wait in line for most of it.
    let gone = part.max(PATIENCE + Duration::from_secs(8));
    let mut outages = Vec::new();
    let each = statements_of_a_slot(&ground).await?;
    for kill in 0..settings.kills.max(1) {
        tokio::time::sleep(part).await;
        // By turns: the server itself is gone, or the way to it.
        if kill % 2 == 0 {
            ground.influx.kill().await?;
        }
        ground.toll.close();
        outages.push(now());
        tokio::time::sleep(gone).await;
        if kill % 2 == 0 {
            ground.influx.again().await?;
        }
        ground.toll.open();
        writers.look()?;
    }
    let written = writers.done().await?;
    // No further slots, so that all can be counted.
    ground.tributary.patch("/groups/snapshots", json!({ "enabled": false })).await?;
    report.count(format!("written: {written:?}"));
    let arrived = ground.arrived(Duration::from_secs(120) + settings.longest_hold()).await?;
    report.must(arrived, "not every row arrived");
    snapshots(&mut ground, &outages, each, &mut report).await?;
    ground.judge(&mut report).await?;
    ground.tell_runs(&mut report).await?;
    ground.close(&report).await?;
    Ok(report)
}

/// The slots: each has its point, asked for at its time, in order, and once.
async fn snapshots(ground: &mut Ground, outages: &[DateTime<Utc>], each: u64, report: &mut Report) -> anyhow::Result<()> {
    let deadline = tokio::time::Instant::now() + Duration::from_secs(120);
    let (outcomes, slots) = loop {
        let found = slots(ground, outages).await?;
        if !found.0.contains_key("open") || tokio::time::Instant::now() > deadline {
            break found;
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    };
    let told: Vec<String> = outcomes.iter().map(|(outcome, slots)| format!("{slots} {outcome}")).collect();
    report.count(format!("snapshot slots: {}", told.join(", ")));
    report.must(outcomes.keys().all(|outcome| outcome == "succeeded" || outcome == PASSED_OVER), "every slot of the snapshot must succeed");

    let points = ground.influx.points(SNAPSHOT, 0, i64::MAX).await?;
    let times: HashSet<i64> = points.iter().map(|point| point.time).collect();
    let missing = slots.iter().filter(|slot| !times.contains(slot)).count();
    report.count(format!("{} points of {} slots, {missing} missing", points.len(), slots.len()));
    report.must(missing == 0, format!("{missing} slots have no point"));
    let late = points.iter().filter(|point| {
        let asked: i64 = point.values.get("asked_at").and_then(|text| text.parse().ok()).unwrap_or_default();
        !(0..LATEST).contains(&(asked - point.time / 1000))
    });
    let late = late.count();
    report.must(late == 0, format!("{late} snapshots were not asked for at their time"));

    let tally = ground.toll.tally();
    let mut seen = HashSet::new();
    let first: Vec<i64> = tally.watched.iter().copied().filter(|time| seen.insert(*time)).collect();
    let disordered = first.windows(2).filter(|pair| pair[0] > pair[1]).count();
    report.count(format!("{} snapshots acknowledged, {disordered} out of order", first.len()));
    report.must(disordered == 0, format!("{disordered} snapshots arrived before an earlier one"));
    let (asked, runs) = (ground.cable.marked(), times.len() as u64);
    report
        .count(format!("the database was sent the snapshot's statement {asked} times for {runs} slots, {each} for each before any fault"));
    report.must(asked == each * runs, "the database was asked more than once for some slots");
    Ok(())
}

/// How often the statement goes to the database for one slot while nothing is wrong: it is described before it is run.
async fn statements_of_a_slot(ground: &Ground) -> anyhow::Result<u64> {
    let deadline = tokio::time::Instant::now() + Duration::from_secs(30);
    while tokio::time::Instant::now() < deadline {
        let before = ground.cable.marked();
        let points = ground.influx.count(SNAPSHOT, "asked_at").await?;
        tokio::time::sleep(Duration::from_millis(20)).await;
        let is_still = ground.cable.marked() == before && ground.influx.count(SNAPSHOT, "asked_at").await? == points;
        if points >= 3 && is_still && before.is_multiple_of(points.unsigned_abs()) {
            return Ok(before / points.unsigned_abs());
        }
    }
    bail!("no snapshot arrived before the first fault")
}

/// How many slots ended how, and those that must have their point, in nanoseconds.
async fn slots(ground: &Ground, outages: &[DateTime<Utc>]) -> anyhow::Result<(BTreeMap<String, u64>, HashSet<i64>)> {
    let (mut outcomes, mut slots, mut before) = (BTreeMap::new(), HashSet::new(), String::new());
    loop {
        let page = ground.tributary.get(&format!("/groups/snapshots/slots?limit=1000{before}")).await?;
        let items = page["items"].as_array().context("slots")?;
        for slot in items {
            let at: DateTime<Utc> = slot["slot"].as_str().context("a slot")?.parse()?;
            let outcome = slot["outcome"].as_str().unwrap_or_default();
            let is_early = outages.iter().any(|gone| (*gone..*gone + PATIENCE).contains(&at));
            let outcome = if outcome == "skipped" && is_early { PASSED_OVER } else { outcome };
            *outcomes.entry(outcome.to_owned()).or_default() += slot["slots"].as_u64().unwrap_or(1);
            if outcome != PASSED_OVER {
                slots.insert(at.timestamp_nanos_opt().context("a time")?);
            }
        }
        match items.last().filter(|_| items.len() == 1000) {
            Some(oldest) => before = format!("&before={}", oldest["slot"].as_str().unwrap_or_default().replace('+', "%2B")),
            None => return Ok((outcomes, slots)),
        }
    }
}
