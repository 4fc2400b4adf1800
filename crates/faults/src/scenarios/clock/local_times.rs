//! A cursor of local times passes the clock changes of its zone. The database's clock is played: a function of the same name that its
//! user finds first, set forward step by step, so that years of changes pass in a minute. PostgreSQL only.

use std::time::Duration;

use anyhow::Context as _;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;

use crate::{
    chance::Chance,
    ground::{Ground, Shape, mapping},
    report::Report,
    settings::Settings,
    writers::Numbering,
};

const ZONE: &str = "Europe/Berlin";
/// The last Sunday of March and of October, when the clocks of the zone change, in UTC: the first half forward, the others back.
const CHANGES: [&str; 12] = [
    "2021-03-28T01:00:00Z",
    "2021-10-31T01:00:00Z",
    "2022-03-27T01:00:00Z",
    "2022-10-30T01:00:00Z",
    "2023-03-26T01:00:00Z",
    "2023-10-29T01:00:00Z",
    "2024-03-31T01:00:00Z",
    "2024-10-27T01:00:00Z",
    "2025-03-30T01:00:00Z",
    "2025-10-26T01:00:00Z",
    "2026-03-29T01:00:00Z",
    "2026-10-25T01:00:00Z",
];
/// From one step of the clock to the next, and how many steps before and behind a change.
const STEP_S: i64 = 420;
const STEPS: i64 = 15;
/// Rows of one step.
const ROWS: u64 = 40;

pub(super) async fn play(settings: &Settings, report: &mut Report) -> anyhow::Result<()> {
    let mut ground = Ground::open("local-times", settings, Shape::default()).await?;
    let name = ground.table.name.clone();
    ground
        .session
        .run(&format!("ALTER TABLE {name} ADD COLUMN local timestamp GENERATED ALWAYS AS (at AT TIME ZONE '{ZONE}') STORED"))
        .await?;
    let clock = format!("clock_{name}");
    ground
        .session
        .run(&format!(
            "CREATE SCHEMA {clock}; CREATE TABLE {clock}.present AS SELECT timestamptz '2021-01-01' AS at;
             CREATE FUNCTION {clock}.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE AS 'SELECT at FROM {clock}.present';
             CREATE ROLE {clock} LOGIN SUPERUSER PASSWORD 'clock';
             ALTER ROLE {clock} SET search_path = {clock}, public, pg_catalog"
        ))
        .await?;
    let own = ground.url.clone();
    let mut url: url::Url = own.parse()?;
    url.set_username(&clock).ok().context("a username")?;
    url.set_password(Some("clock")).ok().context("a password")?;
    ground.url = url.to_string();
    ground.tributary.start(None).await?;
    ground.introduce().await?;
    let query = ground.query("local", &format!("SELECT id, writer, n, value, word, at, moment, local FROM {name}")).await?;
    let mode = json!({ "mode": "incremental", "cursor": "local", "key": ["id"], "zone": ZONE });
    ground.series("local", &query, None, mapping("local"), mode).await?;
    ground.measurements.push("local".to_owned());

    let mut chance = Chance::of(settings.seed(), "clock");
    let changes = CHANGES.iter().rev().take(usize::try_from(settings.kills)?.clamp(2, CHANGES.len())).rev();
    let mut numbering = Numbering::of_nobody(settings);
    let (mut plain, mut seen, mut passed) = ("-infinity".to_owned(), 0, 0);
    for change in changes {
        let change: DateTime<Utc> = change.parse()?;
        for step in -STEPS..=STEPS {
            let now = change + TimeDelta::seconds(step * STEP_S + i64::try_from(chance.between(0, 60))?);
            let at = format!("timestamptz '{}' - (n * 7919 % {}) * interval '1 millisecond'", now.to_rfc3339(), (STEP_S - 60) * 1000);
            let rows = ground.table.insert(numbering.take(ROWS), &at);
            ground.session.run(&rows).await?;
            // The clock moves when all that is older is there.
            ground.session.run(&format!("UPDATE {clock}.present SET at = '{}'", now.to_rfc3339())).await?;
            let count = format!("SELECT count(*) FROM {name} WHERE local > '{plain}'");
            seen += ground.session.numbers(&count).await?.first().copied().unwrap_or_default();
            plain = ground
                .text(&format!("SELECT max(local)::text FROM {name} WHERE at > '{}'", (now - TimeDelta::days(30)).to_rfc3339()))
                .await?;
            if chance.percent(70) {
                run(&ground).await?;
            }
        }
        passed += 1;
    }
    ground.session.run(&format!("UPDATE {clock}.present SET at = at + interval '1 day'")).await?;
    for _ in 0..2 {
        run(&ground).await?;
    }
    report.happened(format!("{passed} clock changes of {ZONE} passed"));
    ground.judge(report).await?;
    let rows = ground.table.count(&mut ground.session).await?;
    report.happened(format!("a plain `> last` cursor read {seen} of {rows} rows: {} lost", rows - seen));
    report.must(seen < rows, "a plain cursor lost nothing: no clock was set back");
    ground.tell_runs(report).await?;
    ground.url = own;
    ground.session.run(&format!("DROP SCHEMA {clock} CASCADE")).await?;
    ground.tributary.kill().await?;
    tokio::time::sleep(Duration::from_millis(200)).await;
    ground.session.run(&format!("DROP ROLE {clock}")).await?;
    ground.close(report).await
}

/// Runs the series once, to its end.
async fn run(ground: &Ground) -> anyhow::Result<()> {
    let run = ground.tributary.post("/series/local/run", json!({})).await?;
    let id = run["id"].as_str().with_context(|| format!("no id in {run}"))?.to_owned();
    let ended = async {
        loop {
            let run = ground.tributary.get(&format!("/runs/{id}")).await?;
            match run["status"].as_str().unwrap_or_default() {
                "queued" | "running" => tokio::time::sleep(Duration::from_millis(10)).await,
                _ => return anyhow::Ok(()),
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(60), ended).await.context("the run does not end")?
}
