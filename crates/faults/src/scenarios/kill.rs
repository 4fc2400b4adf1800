//! The server is killed at random times and at named points, again and again.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use crate::{
    chance::Chance,
    ground::{Ground, Shape},
    report::{Report, say},
    settings::Settings,
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
/// Of these, those that an incremental series passes.
const PASSED: usize = 9;
/// Every line of a page has arrived and the cursor has not moved: whoever ends here sends them all again.
const SURE: &str = "page.before_advance";

pub(super) async fn play(settings: &Settings) -> anyhow::Result<Report> {
    let mut report = Report::default();
    let shape = Shape { page_rows: Some(5000), batch_lines: Some(1000), ..Shape::default() };
    let mut ground = Ground::open("kill", settings, shape).await?;
    ground.tributary.start(None).await?;
    ground.introduce().await?;
    ground.follow().await?;
    let mut chance = Chance::of(settings.seed(), "kill");
    // Some answers take their time, so that a kill at any moment finds writes on their way.
    ground.toll.set(vec![(1, Act::SlowAnswer(Duration::from_millis(150))), (1, Act::Pass)]);
    let mut writers = Writers::start(settings, &ground.table, &ground.url);
    let begun = Instant::now();
    let between = settings.length() / settings.kills.max(1);
    let mut ends: BTreeMap<String, u32> = BTreeMap::new();
    let mut sure = false;
    for kill in 0..settings.kills {
        let due = settings.length().mul_f64(f64::from(kill + 1) / f64::from(settings.kills));
        if kill > 0 {
            let by_chance =
                chance.percent(60).then(|| format!("{}:{}", POINTS[chance.between(0, PASSED as u64 - 1) as usize], chance.between(1, 4)));
            let point = if sure { by_chance } else { Some(format!("{SURE}:1")) };
            let patience = if !sure { Duration::from_secs(30) } else { between.max(Duration::from_secs(4)) };
            let started = ground.tributary.start(point.as_deref()).await?;
            if let Some(point) = &point {
                let name = point.split(':').next().unwrap_or_default().to_owned();
                if started == Started::Ended || ground.tributary.ends_within(patience).await {
                    sure |= name == SURE;
                    *ends.entry(name).or_default() += 1;
                    writers.look()?;
                    sleep_until(begun, due).await;
                    continue;
                }
            }
        }
        // Around the time that is due, so that it meets every part of a run.
        sleep_until(begun, due.saturating_sub(between / 2) + chance.up_to(between / 2)).await;
        tokio::time::sleep(chance.up_to(Duration::from_secs(1))).await;
        ground.tributary.kill().await?;
        *ends.entry("kill -9".to_owned()).or_default() += 1;
        if writers.look()? && begun.elapsed() > settings.length() * 2 {
            break;
        }
        if (kill + 1) % 10 == 0 {
            say(&format!(
                "{} of {} kills, {} rows committed",
                kill + 1,
                settings.kills,
                writers.written.committed.load(std::sync::atomic::Ordering::Relaxed)
            ));
        }
    }
    ground.tributary.start(None).await?;
    let written = writers.done().await?;
    report.count(format!("written: {written:?}"));
    let arrived = ground.arrived(Duration::from_secs(60) + settings.longest_hold()).await?;
    report.must(arrived, "not every row arrived");
    let kills: u32 = ends.values().sum();
    report.count(format!("{kills} kills: {}", ends.iter().map(|(end, times)| format!("{times} {end}")).collect::<Vec<_>>().join(", ")));
    report.must(kills >= settings.kills, format!("{kills} kills of {}", settings.kills));
    let at_points = ends.keys().any(|end| POINTS.contains(&end.as_str()));
    report.must(
        at_points || settings.kills < 2,
        "the program never ended at a named point: was it built with `--features tributary/failpoints`?",
    );
    ground.judge(&mut report).await?;
    let replayed = ground.replayed().await?;
    report.count(format!("{replayed} lines were written more than once"));
    report.must(replayed > 0, "no line was written twice: the kills did not bite");
    ground.tell_runs(&mut report).await?;
    ground.close(&report).await?;
    Ok(report)
}

async fn sleep_until(begun: Instant, then: Duration) {
    tokio::time::sleep(then.saturating_sub(begun.elapsed())).await;
}
