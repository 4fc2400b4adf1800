//! The login to InfluxDB is taken away and given back.

use std::time::Duration;

use crate::{
    ground::{Ground, Shape},
    report::Report,
    settings::Settings,
    writers::Writers,
};

pub(super) async fn play(settings: &Settings, report: &mut Report) -> anyhow::Result<()> {
    let shape = Shape { authentication: true, ..Shape::default() };
    let mut ground = Ground::open("credentials", settings, shape).await?;
    ground.influx.ask(None, "CREATE USER writer WITH PASSWORD 'writer'").await?;
    ground.influx.ask(None, "GRANT WRITE ON faults TO writer").await?;
    ground.tributary.start(None).await?;
    ground.introduce().await?;
    ground.follow().await?;
    let writers = Writers::start(settings, &ground.table, &ground.url);
    let part = settings.length() / 5;
    for (status, revoke, restore) in [
        (401, "SET PASSWORD FOR writer = 'another'", "SET PASSWORD FOR writer = 'writer'"),
        (403, "REVOKE WRITE ON faults FROM writer", "GRANT WRITE ON faults TO writer"),
    ] {
        tokio::time::sleep(part).await;
        ground.influx.ask(None, revoke).await?;
        tokio::time::sleep(part).await;
        // A connection that is still on hold writes nothing, so it may take a while until this is met.
        let met = ground.bites(50, |ground| Ok(ground.toll.tally().statuses.contains_key(&status))).await?;
        report.must(met, format!("no write was answered by {status}: the fault did not bite"));
        ground.influx.ask(None, restore).await?;
    }
    let written = writers.done().await?;
    report.count(format!("written: {written:?}"));
    let arrived = ground.arrived(Duration::from_secs(150) + settings.longest_hold()).await?;
    report.must(arrived, "not every row arrived");
    ground.judge(report).await?;
    let statuses = ground.toll.tally().statuses;
    report.happened(format!("answers by status: {statuses:?}"));
    ground.tell_runs(report).await?;
    ground.close(report).await
}
