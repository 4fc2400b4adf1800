//! The server is killed at random times and at named points, again and again. Meanwhile the table is followed, a snapshot is taken every second,
//! and a backfill of an older part of the table runs.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use anyhow::Context as _;
use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::{
    chance::Chance,
    ground::{Ground, Shape, mapping},
    judge::judge_those,
    report::{Report, say},
    settings::Settings,
    snapshots::Snapshots,
    toll::Act,
    tributary::Started,
    writers::Writers,
};

/// The fault points of the program, in the order of a run.
const POINTS: [&str; 10] = [
    "follow.before_fence",
    "follow.after_fence",
    "marks.before_advance",
    "page.middle",
    "write.before_send",
    "write.after_send",
    "page.before_advance",
    "page.after_advance",
    "run.before_finish",
    "freeze.after",
];
/// Points that the first kills after the first one wait for, however long it takes. At the one every line of a page has arrived and the cursor
/// has not moved: whoever ends there sends them all again. At the other a snapshot has been kept, and nothing of it sent.
const SURE: [&str; 2] = ["page.before_advance", "freeze.after"];

const SNAPSHOT: &str = "snapshot";
const PAST: &str = "past";
/// Rows of the backfill, and chunks that they are read in.
const PAST_ROWS: u64 = 4000;
const CHUNKS: u64 = 20;
/// Chunks side by side.
const PARALLEL: u64 = 2;

/// How the server ends.
#[derive(Clone, Debug, PartialEq)]
enum Kill {
    /// By itself, when it comes to this point for this time since its start; killed if it does not.
    At(&'static str, u64),
    /// By itself, at this point: rows are added until it comes there.
    Surely(&'static str),
    /// By SIGKILL, this part of the time between two kills before it is due, and so much later.
    AnyTime(f64, Duration),
}

/// What `seed` decides.
fn plan(seed: u64, kills: u32) -> Vec<Kill> {
    let mut chance = Chance::of(seed, "kill");
    let mut decide = |kill: usize| {
        // Drawn for each, so that one decision does not depend on another.
        let at = Kill::At(POINTS[chance.between(0, POINTS.len() as u64 - 1) as usize], chance.between(1, 4));
        let any_time = Kill::AnyTime(chance.between(0, 500) as f64 / 1000.0, chance.up_to(Duration::from_secs(1)));
        match (kill.checked_sub(1), chance.percent(60)) {
            (None, _) => any_time,
            (Some(sure), _) if sure < SURE.len() => Kill::Surely(SURE[sure]),
            (_, true) => at,
            (_, false) => any_time,
        }
    };
    (0..kills as usize).map(&mut decide).collect()
}

pub(super) async fn play(settings: &Settings, report: &mut Report) -> anyhow::Result<()> {
    let shape = Shape { page_rows: Some(5000), batch_lines: Some(1000), ..Shape::default() };
    let mut ground = Ground::open("kill", settings, shape).await?;
    ground.tributary.start(None).await?;
    ground.introduce().await?;
    let past = Past::begin(&mut ground).await?;
    ground.follow().await?;
    let snapshots = Snapshots::follow(&ground, SNAPSHOT, TimeDelta::seconds(1), json!({ "all": 10000 })).await?;
    // Some answers take their time, so that a kill at any moment finds writes on their way.
    ground.toll.set(vec![(1, Act::SlowAnswer(Duration::from_millis(150))), (1, Act::Pass)]);
    let mut writers = Writers::start(settings, &ground.table, &ground.url);
    let begun = Instant::now();
    let between = settings.length() / settings.kills.max(1);
    let mut ends: BTreeMap<String, u32> = BTreeMap::new();
    for (kill, how) in (1..).zip(plan(settings.seed(), settings.kills)) {
        let due = between * kill;
        let point = match &how {
            Kill::At(point, time) => Some(format!("{point}:{time}")),
            Kill::Surely(point) => Some((*point).to_owned()),
            Kill::AnyTime(..) => None,
        };
        let started = if kill == 1 { Started::Serves } else { ground.tributary.start(point.as_deref()).await? };
        let has_ended = started == Started::Ended
            || match &how {
                Kill::At(..) => ground.tributary.ends_within(between.max(Duration::from_secs(4))).await,
                Kill::Surely(point) => {
                    let ended = ground.bites(50, |ground| ground.tributary.has_ended()).await?;
                    report.must(ended, format!("the program never came to {point}: was it built with `--features tributary/failpoints`?"));
                    ended
                }
                Kill::AnyTime(earlier, later) => {
                    sleep_until(begun, due.saturating_sub(between.mul_f64(*earlier))).await;
                    tokio::time::sleep(*later).await;
                    false
                }
            };
        if !has_ended {
            ground.tributary.kill().await?;
        }
        let end = match (has_ended, &how) {
            (true, Kill::At(point, _) | Kill::Surely(point)) => point,
            _ => "kill -9",
        };
        *ends.entry(end.to_owned()).or_default() += 1;
        let all_written = writers.look()?;
        if kill % 10 == 0 {
            let committed = writers.written.committed.load(std::sync::atomic::Ordering::Relaxed);
            say(&format!("{kill} of {} kills, {committed} rows committed", settings.kills));
        }
        // So late that the rest would find nothing to do.
        if all_written && begun.elapsed() > settings.length() * 2 {
            break;
        }
        if has_ended {
            sleep_until(begun, due).await;
        }
    }
    ground.tributary.start(None).await?;
    let written = writers.done().await?;
    report.count(format!("written: {written:?}"));
    let arrived = ground.arrived(Duration::from_secs(60) + settings.longest_hold()).await?;
    report.must(arrived, "not every row arrived");
    let kills: u32 = ends.values().sum();
    let named: u32 = ends.iter().filter(|(end, _)| POINTS.contains(&end.as_str())).map(|(_, times)| times).sum();
    report.happened(format!("{kills} kills, {named} at named points"));
    report.count(ends.iter().map(|(end, times)| format!("{times} {end}")).collect::<Vec<_>>().join(", "));
    report.must(kills >= settings.kills, format!("{kills} kills of {}", settings.kills));
    past.judge(&mut ground, report).await?;
    // The one that has come and is seen only now is missed.
    snapshots.end(&ground, ground.tributary.clock.now() - TimeDelta::seconds(1)).await?;
    let slots = snapshots.judge(&ground, &["succeeded", "skipped", "missed"], report).await?;
    report.happened(format!("{slots} slots of a snapshot"));
    ground.judge(report).await?;
    report.must(report.again > Some(0), "no line was written twice: the kills did not bite");
    ground.tell_runs(report).await?;
    ground.close(report).await
}

async fn sleep_until(begun: Instant, then: Duration) {
    tokio::time::sleep(then.saturating_sub(begun.elapsed())).await;
}

/// The backfill: rows that were there before anything was followed, by a series of their own that nothing else runs.
struct Past {
    backfill: String,
    cursor: Value,
}

impl Past {
    async fn begin(ground: &mut Ground) -> anyhow::Result<Self> {
        ground.add(PAST_ROWS).await?;
        let query = ground.query(PAST, &ground.table.query()).await?;
        ground.series(PAST, &query, None, mapping(PAST), json!({ "mode": "incremental", "cursor": "id" })).await?;
        // Most of the time that the kills take.
        let pause = (ground.settings.length().as_secs() * PARALLEL * 3 / 4).div_ceil(CHUNKS);
        let range = json!({
            "from": "1", "to": (PAST_ROWS + 1).to_string(), "chunk": PAST_ROWS / CHUNKS, "parallel": PARALLEL, "pause_s": pause,
        });
        let cursor = ground.tributary.get(&format!("/series/{PAST}/cursor")).await?["position"].clone();
        let begun = Instant::now();
        let backfill = loop {
            match ground.tributary.post(&format!("/series/{PAST}/backfills"), range.clone()).await {
                // What somebody else has open on the server may keep the rows undecided for a while.
                Err(_undecided) if begun.elapsed() < Duration::from_secs(60) => tokio::time::sleep(Duration::from_millis(300)).await,
                begun => break begun?,
            }
        };
        Ok(Self { backfill: backfill["id"].as_str().with_context(|| format!("no id in {backfill}"))?.to_owned(), cursor })
    }

    /// It ended well, every row of its range arrived and no other, and the cursor of its series stands where it stood.
    async fn judge(&self, ground: &mut Ground, report: &mut Report) -> anyhow::Result<()> {
        let deadline = Instant::now() + Duration::from_secs(120) + ground.settings.length();
        let state = loop {
            let backfill = ground.tributary.get(&format!("/backfills/{}", self.backfill)).await?;
            let state = backfill["state"].as_str().unwrap_or_default().to_owned();
            if state != "running" || Instant::now() > deadline {
                break state;
            }
            tokio::time::sleep(Duration::from_millis(300)).await;
        };
        report.happened(format!("a backfill of {PAST_ROWS} rows in {CHUNKS} chunks {state}"));
        report.must(state == "succeeded", format!("the backfill must succeed, but it stands at {state}"));
        let cursor = ground.tributary.get(&format!("/series/{PAST}/cursor")).await?["position"].clone();
        report.must(cursor == self.cursor, format!("the backfill moved the cursor of its series to {cursor}"));
        let nobody = i64::try_from(ground.settings.writers)?;
        let mut left = PAST_ROWS;
        let verdict = judge_those(&mut ground.session, &ground.table, &ground.influx, PAST, move |row| {
            let is_of_it = row.writer == nobody && left > 0;
            left -= u64::from(is_of_it);
            is_of_it
        });
        verdict.await?.put_into(report, PAST);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_seed_plans_the_same_kills_and_another_plans_others() {
        assert_eq!(plan(11, 300), plan(11, 300));
        assert_eq!(plan(11, 300)[..20], plan(11, 20));
        assert_ne!(plan(11, 300), plan(12, 300));
        let planned = plan(11, 300);
        assert_eq!(planned[1..3], [Kill::Surely("page.before_advance"), Kill::Surely("freeze.after")]);
        for point in POINTS {
            assert!(planned.iter().any(|kill| matches!(kill, Kill::At(at, _) if *at == point)), "{point} is never planned");
        }
    }
}
