//! InfluxDB is overloaded, slow, loses answers, breaks connections: each for a while, then all at once.

use std::time::Duration;

use crate::{
    chance::Chance,
    ground::{Ground, Shape},
    report::Report,
    settings::Settings,
    toll::{
        Act::{self, Busy, HalfOpen, LateWrite, LoseAnswer, Pass, Reset, Slow, Tear},
        RetryAfter, Tally,
    },
    writers::Writers,
};

pub(super) async fn play(settings: &Settings, report: &mut Report) -> anyhow::Result<()> {
    let shape = Shape { batch_lines: Some(500), page_rows: Some(4000), ..Shape::default() };
    let mut ground = Ground::open("storm", settings, shape).await?;
    ground.tributary.start(None).await?;
    ground.introduce().await?;
    ground.follow().await?;
    let writers = Writers::start(settings, &ground.table, &ground.url);
    let mut chance = Chance::of(settings.seed(), "storm");
    let weathers: [Vec<(u32, Act)>; 6] = [
        vec![(1, LoseAnswer), (1, Pass)],
        vec![(1, Busy(429, RetryAfter::Seconds(1))), (1, Busy(503, RetryAfter::Date(2))), (2, Pass)],
        vec![(1, Busy(503, RetryAfter::Silent)), (1, Reset), (1, Pass)],
        vec![(1, Tear), (1, Pass)],
        vec![(1, Slow(Duration::from_millis(700))), (1, LateWrite(Duration::from_secs(6))), (3, Pass)],
        vec![(1, HalfOpen), (4, Pass)],
    ];
    let rounds = settings.kills.max(6);
    for round in 0..rounds {
        let weather = match round {
            0..=5 => weathers[round as usize].clone(),
            _ => (0..3).flat_map(|_| chance.one_of(&weathers).clone()).collect(),
        };
        let before = met(&ground.toll.tally());
        ground.toll.set(weather);
        tokio::time::sleep(settings.length() / rounds).await;
        let bitten = ground.bites(100, |ground| Ok(met(&ground.toll.tally()) > before)).await?;
        report.must(bitten, format!("no write met the weather of round {round}"));
    }
    ground.toll.set(vec![(1, Pass)]);
    let written = writers.done().await?;
    report.count(format!("written: {written:?}"));
    let arrived = ground.arrived(Duration::from_secs(90) + settings.longest_hold()).await?;
    report.must(arrived, "not every row arrived");
    // What was held up on its way is written by now, and must not have changed anything.
    tokio::time::sleep(Duration::from_secs(7)).await;
    ground.judge(report).await?;
    let tally = ground.toll.tally();
    let acts: Vec<String> = bad(&tally).map(|(act, times)| format!("{times} {act}")).collect();
    report.happened(format!("of {} writes {}", tally.requests, acts.join(", ")));
    report.count(format!("{} writes came early", tally.impatient));
    report.must(report.again > Some(0), "no line was written twice: the faults did not bite");
    ground.tell_runs(report).await?;
    ground.close(report).await
}

/// What befell writes, and how many of them.
fn bad(tally: &Tally) -> impl Iterator<Item = (&'static str, u64)> {
    tally.acts.iter().map(|(act, times)| (*act, *times)).filter(|(act, _)| *act != "passed")
}

/// How many writes something befell.
fn met(tally: &Tally) -> u64 {
    bad(tally).map(|(_, times)| times).sum()
}
