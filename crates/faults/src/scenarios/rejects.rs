//! Some lines of a request cannot be written: fields of another type, points older than the retention policy. Each such row is kept as a
//! reject once, and every other row arrives.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use anyhow::Context as _;
use serde_json::{Value, json};

use crate::{
    chance::Chance,
    ground::{Ground, Shape},
    influx::DATABASE,
    judge::judge_those,
    report::Report,
    settings::Settings,
    table::{FIRST_POINT, Row},
    writers::Writers,
};

/// Of which rows the lines cannot be written: so many in ten thousand of each kind.
#[derive(Clone, Copy)]
struct Bad {
    conflicting: i64,
    old: i64,
}

impl Bad {
    const fn conflicts(self, n: i64) -> bool {
        n * 7919 % 10_007 < self.conflicting
    }

    const fn is_old(self, n: i64) -> bool {
        n * 104_729 % 10_009 < self.old
    }

    const fn is(self, row: &Row) -> bool {
        self.conflicts(row.n) || self.is_old(row.n)
    }
}

pub(super) async fn play(settings: &Settings, report: &mut Report) -> anyhow::Result<()> {
    let shape = Shape { batch_lines: Some(10_000), retention_policy: Some("years".to_owned()), ..Shape::default() };
    let mut ground = Ground::open("rejects", settings, shape).await?;
    ground.influx.ask(None, &format!("CREATE RETENTION POLICY years ON {DATABASE} DURATION 1000d REPLICATION 1 DEFAULT")).await?;
    // In the same shard as the rows, so that their own `n` is of another type.
    ground.influx.write(format!("bad,writer=x n=\"text\" {}", FIRST_POINT + 2 * 86_400_000_000_000)).await?;
    ground.tributary.start(None).await?;
    ground.introduce().await?;
    let mut chance = Chance::of(settings.seed(), "rejects");
    let bad = Bad { conflicting: chance.between(1, 500) as i64, old: chance.between(1, 250) as i64 };
    let sql = format!(
        "SELECT id, writer, n, value, word, at,
                CASE WHEN n * 7919 % 10007 < {} THEN 'bad' ELSE 'good' END AS kind,
                CASE WHEN n * 104729 % 10009 < {} THEN moment - INTERVAL '3000' DAY ELSE moment END AS placed FROM {}",
        bad.conflicting, bad.old, ground.table.name
    );
    let query = ground.query("kinds", &sql).await?;
    let group = ground.group("second", json!({ "schedule": { "every_s": 1 } })).await?;
    let mapping = json!({
        "measurement": { "column": "kind" }, "tags": ["writer"], "time": { "column": "placed" }, "time_field": "unix_ns",
        "fields": { "columns": ["id", "n", "value", "word", "at"] },
    });
    let mode = json!({ "mode": "incremental", "cursor": "id" });
    ground.series("rejects", &query, Some(&group), mapping, mode).await?;
    let written = Writers::start(settings, &ground.table, &ground.url).done().await?;
    report.count(format!("written: {written:?}; in 10,000 rows {} conflict and {} are too old", bad.conflicting, bad.old));

    let highest = ground.table.highest(&mut ground.session).await?;
    let rows = ground.session.rows(&ground.table.clone(), 0, highest + 1).await?;
    let expected: BTreeSet<i64> = rows.iter().filter(|row| bad.is(row)).map(|row| row.n).collect();
    let good = (rows.len() - expected.len()) as i64;
    let deadline = tokio::time::Instant::now() + Duration::from_secs(60) + settings.longest_hold();
    while ground.influx.count("good", "n").await? < good && tokio::time::Instant::now() < deadline {
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
    // The last run may still be at its rejects.
    ground.tributary.patch("/groups/second", json!({ "enabled": false })).await?;
    let ended = ground.idle(Duration::from_secs(120)).await?;
    report.must(ended, "runs do not end");
    judge_those(&mut ground.session, &ground.table, &ground.influx, "good", |row| !bad.is(row)).await?.put_into(report, "good rows");

    let kept = rejects(&ground).await?;
    let twice: Vec<i64> = kept.iter().filter(|(_, times)| **times > 1).map(|(n, _)| *n).collect();
    let numbers: BTreeSet<i64> = kept.keys().copied().collect();
    let (lost, wrong): (Vec<_>, Vec<_>) = (expected.difference(&numbers).collect(), numbers.difference(&expected).collect());
    report.rows += rows.len() as i64;
    report.happened(format!(
        "{} bad rows, {} kept as rejects: {} not kept, {} wrongly kept, {} kept twice",
        expected.len(),
        numbers.len(),
        lost.len(),
        wrong.len(),
        twice.len()
    ));
    report.must(lost.is_empty(), format!("bad rows that are no rejects: {:?}", &lost[..lost.len().min(10)]));
    report.must(wrong.is_empty(), format!("rejects of good rows: {:?}", &wrong[..wrong.len().min(10)]));
    report.must(twice.is_empty(), format!("rejects kept more than once: {:?}", &twice[..twice.len().min(10)]));
    report.must(!expected.is_empty(), "no row was bad: the faults did not bite");
    ground.tell_runs(report).await?;
    for reason in ground.tributary.reasons("partial").await? {
        report.count(format!("  partial: {reason}"));
    }
    ground.close(report).await
}

/// How often each number was kept as a reject.
async fn rejects(ground: &Ground) -> anyhow::Result<BTreeMap<i64, u32>> {
    let mut kept = BTreeMap::new();
    let mut before = String::new();
    loop {
        let runs = ground.tributary.get(&format!("/runs?series=rejects&limit=200{before}")).await?;
        let items = runs["items"].as_array().context("runs")?;
        for run in items.iter().filter(|run| run["figures"]["rejected"].as_u64().unwrap_or_default() > 0) {
            let run = run["id"].as_str().context("an id")?;
            let mut after = 0;
            loop {
                let page = ground.tributary.get(&format!("/runs/{run}/rejects?limit=1000&after_row={after}")).await?;
                let rejects = page["items"].as_array().context("rejects")?;
                for reject in rejects {
                    *kept.entry(number(reject)?).or_default() += 1;
                    after = reject["row"].as_u64().context("a row")?;
                }
                if rejects.len() < 1000 {
                    break;
                }
            }
        }
        match items.last().filter(|_| items.len() == 200) {
            Some(oldest) => before = format!("&before={}", oldest["id"].as_str().context("an id")?),
            None => return Ok(kept),
        }
    }
}

/// The number of the row in a reject's line.
fn number(reject: &Value) -> anyhow::Result<i64> {
    let line = reject["line"].as_str().with_context(|| format!("a reject without its line: {reject}"))?;
    let at = line.find(",n=").or_else(|| line.find(" n=")).with_context(|| format!("no number in {line}"))?;
    Ok(line[at + 3..].split('i').next().unwrap_or_default().parse()?)
}
