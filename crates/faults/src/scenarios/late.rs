//! Rows are committed late and out of order; what a plain `> last` cursor makes of the same rows is counted beside.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicI64, Ordering},
    },
    time::Duration,
};

use crate::{
    ground::{Ground, Shape},
    report::Report,
    settings::Settings,
    table::{Session, Table},
    writers::Writers,
};

pub(super) async fn play(settings: &Settings, report: &mut Report) -> anyhow::Result<()> {
    let mut ground = Ground::open("late", settings, Shape::default()).await?;
    ground.tributary.start(None).await?;
    ground.introduce().await?;
    ground.follow().await?;
    let (stop, last) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicI64::new(0)));
    let plain = tokio::spawn(plain_cursor(ground.url.clone(), ground.table.clone(), stop.clone(), last.clone()));
    let writers = Writers::start(settings, &ground.table, &ground.url);
    // Whatever the writers' luck, one row is committed when the plain cursor has passed it.
    ground.session.run("BEGIN").await?;
    ground.add(1).await?;
    let own = ground.session.numbers(&format!("SELECT id FROM {} WHERE writer = {}", ground.table.name, settings.writers)).await?;
    let passed = async {
        while own.iter().any(|own| last.load(Ordering::Relaxed) <= *own) {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    let in_time = tokio::time::timeout(settings.length() + Duration::from_secs(60), passed).await;
    ground.session.run("COMMIT").await?;
    report.must(in_time.is_ok(), "the plain cursor never passed the row that was held back for it");
    let written = writers.done().await?;
    report.count(format!("written: {written:?}"));
    stop.store(true, Ordering::Relaxed);
    let seen = plain.await??;
    let arrived = ground.arrived(Duration::from_secs(30) + settings.longest_hold()).await?;
    report.must(arrived, "not every row arrived");
    ground.judge(report).await?;
    let rows = ground.table.count(&mut ground.session).await?;
    report.happened(format!("a plain `> last` cursor read {seen} of {rows} rows: {} lost", rows - seen));
    report.must(seen < rows, "a plain cursor lost nothing: the commits were not late enough to show anything");
    ground.tell_runs(report).await?;
    ground.close(report).await
}

/// What every other tool does: each second, what lies above the highest value that was seen. Gives how many rows that were.
async fn plain_cursor(url: String, table: Table, stop: Arc<AtomicBool>, passed: Arc<AtomicI64>) -> anyhow::Result<i64> {
    let mut session = Session::open(&url).await?;
    let (mut last, mut seen) = (0, 0);
    loop {
        // Looked at before the read, so that the last one comes after the last row.
        let is_last = stop.load(Ordering::Relaxed);
        let ids = session.numbers(&format!("SELECT id FROM {} WHERE id > {last} ORDER BY id", table.name)).await?;
        seen += ids.len() as i64;
        last = ids.last().copied().unwrap_or(last);
        passed.store(last, Ordering::Relaxed);
        if is_last {
            return Ok(seen);
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}
