//! The way to the database breaks in the middle of a result, is cut, and swallows everything.

use std::time::Duration;

use crate::{
    cable::Way,
    chance::Chance,
    ground::{Ground, Shape},
    report::Report,
    settings::{Engine, Settings},
    writers::Writers,
};

pub(super) async fn play(settings: &Settings) -> anyhow::Result<Report> {
    let mut report = Report::default();
    let shape = Shape { page_rows: Some(5000), ..Shape::default() };
    let mut ground = Ground::open("database", settings, shape).await?;
    ground.tributary.start(None).await?;
    ground.introduce().await?;
    ground.follow().await?;
    let writers = Writers::start(settings, &ground.table, &ground.url);
    let mut chance = Chance::of(settings.seed(), "database");
    let rounds = settings.kills.max(4);
    let mut ended = 0;
    for round in 0..rounds {
        tokio::time::sleep(settings.length() / (rounds * 2)).await;
        match round % 4 {
            0 => ground.cable.set(Way::CutAfter(chance.between(2_000, 60_000))),
            1 => ground.cable.set(Way::Cut),
            2 => ground.cable.set(Way::BlackHole),
            _ => ended += end_sessions(&mut ground).await?,
        }
        tokio::time::sleep(settings.length() / (rounds * 2)).await;
        ground.cable.set(Way::Open);
    }
    let written = writers.done().await?;
    report.count(format!("written: {written:?}"));
    let arrived = ground.arrived(Duration::from_secs(150) + settings.longest_hold()).await?;
    report.must(arrived, "not every row arrived");
    ground.judge(&mut report).await?;
    report.count(format!("{} connections cut, {ended} sessions ended by the server", ground.cable.cut()));
    report.must(ground.cable.cut() > 0, "no connection was cut: the fault did not bite");
    ground.tell_runs(&mut report).await?;
    ground.close(&report).await?;
    Ok(report)
}

/// Ends the sessions that read the table just now, as an administrator would.
async fn end_sessions(ground: &mut Ground) -> anyhow::Result<u64> {
    let mut ended = 0;
    for _ in 0..200 {
        let table = &ground.table.name;
        ended += match ground.settings.engine {
            Engine::Postgres => {
                let sql = format!(
                    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
                     WHERE pid <> pg_backend_pid() AND query LIKE '%FROM {table}%' AND query NOT LIKE 'INSERT%' AND application_name = 'tributary'"
                );
                ground.session.numbers(&sql).await?.first().copied().unwrap_or_default()
            }
            Engine::Mariadb => {
                let sql = format!(
                    "SELECT CAST(id AS SIGNED) FROM information_schema.processlist
                     WHERE id <> connection_id() AND info LIKE '%FROM {table}%' AND info NOT LIKE 'INSERT%'"
                );
                let sessions = ground.session.numbers(&sql).await?;
                for session in &sessions {
                    // It may have ended by itself meanwhile.
                    let _ended = ground.session.run(&format!("KILL {session}")).await;
                }
                sessions.len() as i64
            }
        }
        .unsigned_abs();
        if ended >= 3 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Ok(ended)
}
