//! Rows are committed late and out of order; what a plain `> last` cursor makes of the same rows is counted beside.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
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
    let stop = Arc::new(AtomicBool::new(false));
    let plain = tokio::spawn(plain_cursor(ground.url.clone(), ground.table.clone(), stop.clone()));
    let written = Writers::start(settings, &ground.table, &ground.url).done().await?;
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
async fn plain_cursor(url: String, table: Table, stop: Arc<AtomicBool>) -> anyhow::Result<i64> {
    let mut session = Session::open(&url).await?;
    let (mut last, mut seen) = (0, 0);
    loop {
        // Looked at before the read, so that the last one comes after the last row.
        let is_last = stop.load(Ordering::Relaxed);
        let ids = session.numbers(&format!("SELECT id FROM {} WHERE id > {last} ORDER BY id", table.name)).await?;
        seen += ids.len() as i64;
        last = ids.last().copied().unwrap_or(last);
        if is_last {
            return Ok(seen);
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}
