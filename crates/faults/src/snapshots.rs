//! A snapshot series: each slot that ran has its points, which are those that were read first.

use std::{
    collections::{BTreeMap, HashSet},
    time::Duration,
};

use anyhow::{Context as _, bail};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use crate::{
    clock::now,
    ground::{Ground, MARK},
    report::Report,
    settings::Engine,
    slots::{gaps, outcomes, settled},
};

/// Points of one slot.
const PARTS: u64 = 3;

/// A snapshot series on a group of its own. Series, group and measurement have one name.
pub(crate) struct Snapshots {
    pub(crate) name: String,
    pub(crate) every: TimeDelta,
}

impl Snapshots {
    /// Reads the database's clock in every slot.
    pub(crate) async fn follow(ground: &Ground, name: &str, every: TimeDelta, missed: Value) -> anyhow::Result<Self> {
        let (clock, parts) = match ground.settings.engine {
            Engine::Postgres => ("(extract(epoch FROM clock_timestamp()) * 1000000)::bigint", "generate_series(1, 3) AS parts(seq)"),
            Engine::Mariadb => ("CAST(TIMESTAMPDIFF(MICROSECOND, '1970-01-01', SYSDATE(6)) AS SIGNED)", "seq_1_to_3"),
        };
        let big = ground.table.big();
        let sql = format!("SELECT '{MARK}' AS mark, CONCAT('p', seq) AS part, CAST(seq AS {big}) AS n, {clock} AS asked_at FROM {parts}");
        let query = ground.query(name, &sql).await?;
        let group = json!({ "schedule": { "every_s": every.num_seconds() }, "overlap": "queue_one", "missed": missed });
        let group = ground.group(name, group).await?;
        ground.toll.watch(name);
        let mapping = json!({ "measurement": { "name": name }, "tags": ["part"] });
        ground.series(name, &query, Some(&group), mapping, json!({ "mode": "snapshot" })).await?;
        Ok(Self { name: name.to_owned(), every })
    }

    /// How often the statement goes to the database for one slot while nothing is wrong: it is described before it is run.
    pub(crate) async fn statements_of_a_slot(&self, ground: &Ground) -> anyhow::Result<u64> {
        let deadline = tokio::time::Instant::now() + Duration::from_secs(60);
        while tokio::time::Instant::now() < deadline {
            let before = ground.cable.marked();
            let points = ground.influx.count(&self.name, "n").await?.unsigned_abs();
            tokio::time::sleep(Duration::from_millis(50)).await;
            let is_still = ground.cable.marked() == before && ground.influx.count(&self.name, "n").await?.unsigned_abs() == points;
            let slots = points / PARTS;
            if slots >= 1 && is_still && before.is_multiple_of(slots) {
                return Ok(before / slots);
            }
        }
        bail!("no snapshot arrived before the first fault")
    }

    /// Waits for the end of this slot and lets no other follow, so that all can be counted.
    pub(crate) async fn end(&self, ground: &Ground, slot: DateTime<Utc>) -> anyhow::Result<()> {
        settled(ground, &self.name, Some(slot)).await?;
        ground.tributary.patch(&format!("/groups/{}", self.name), json!({ "enabled": false })).await?;
        Ok(())
    }

    /// Every slot is in one record and ended in one of these ways; those that succeeded have their points, and there are no others; and no
    /// line was sent with other bytes than at first. Gives how many slots succeeded.
    pub(crate) async fn judge(&self, ground: &Ground, ways: &[&str], report: &mut Report) -> anyhow::Result<u64> {
        let (name, records) = (&self.name, settled(ground, &self.name, None).await?);
        let outcomes = outcomes(&records);
        let told: Vec<String> = outcomes.iter().map(|(outcome, slots)| format!("{slots} {outcome}")).collect();
        report.count(format!("slots of `{name}`: {}", told.join(", ")));
        report.must(outcomes.keys().all(|outcome| ways.contains(outcome)), format!("every slot of `{name}` must end as {ways:?}"));
        let gaps = gaps(&records, self.every);
        report.must(gaps.is_empty(), format!("slots of `{name}` in no record or in two: {gaps:?}"));

        let succeeded = records.iter().filter(|slots| slots.outcome == "succeeded");
        let expected: HashSet<i64> = succeeded.filter_map(|slots| slots.first.timestamp_nanos_opt()).collect();
        let mut found: BTreeMap<i64, u64> = BTreeMap::new();
        for point in ground.influx.points(name, 0, i64::MAX).await? {
            *found.entry(point.time).or_default() += 1;
        }
        let missing = expected.iter().filter(|slot| found.get(slot) != Some(&PARTS)).count();
        let spurious = found.keys().filter(|time| !expected.contains(time)).count();
        let altered = ground.toll.tally().altered;
        report.count(format!(
            "`{name}`: {} slots with {PARTS} points each, {missing} incomplete, {spurious} of no slot that succeeded, {altered} lines sent again with \
             other bytes",
            expected.len()
        ));
        report.must(missing == 0, format!("{missing} slots of `{name}` lack points"));
        report.must(spurious == 0, format!("`{name}` has points of {spurious} slots that did not succeed"));
        report.must(altered == 0, format!("{altered} lines were sent again with other bytes"));
        Ok(expected.len() as u64)
    }

    /// Times of the points whose statement went to the database at another time than the one that is told of their slot.
    pub(crate) async fn asked_at_another_time(&self, ground: &Ground, when: &Asked) -> anyhow::Result<Vec<DateTime<Utc>>> {
        let mut wrong = Vec::new();
        for point in ground.influx.points(&self.name, 0, i64::MAX).await? {
            let asked: i64 = point.values.get("asked_at").context("asked_at")?.parse()?;
            let asked = DateTime::from_timestamp_micros(asked).context("a time")?;
            let slot = DateTime::from_timestamp_nanos(point.time);
            if when.0.get(&slot).is_some_and(|(from, to)| !(*from..=*to).contains(&asked)) {
                wrong.push(slot);
            }
        }
        Ok(wrong)
    }
}

/// When, by the machine's clock, slots came and were seen to be kept.
#[derive(Debug, Default)]
pub(crate) struct Asked(BTreeMap<DateTime<Utc>, (DateTime<Utc>, DateTime<Utc>)>);

impl Asked {
    /// The slot has been kept, and had not come before `since`.
    pub(crate) fn kept(&mut self, slot: DateTime<Utc>, since: DateTime<Utc>) {
        self.0.insert(slot, (since, now()));
    }
}
