//! The database goes away in the middle of a result: its server is killed, the way to it ends, breaks, is slow, swallows everything, sessions are
//! ended. Each fault lasts until it has met a read.

use std::time::Duration;

use anyhow::Context as _;

use crate::{
    cable::Way,
    chance::Chance,
    ground::{Ground, Shape},
    report::Report,
    settings::{Engine, Settings},
    table::Session,
    writers::Writers,
};

/// What happens to the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    /// The server is killed while it answers, and started again.
    Killed,
    /// Each connection ends after so many bytes of the answer.
    CutAfter(u64),
    /// The way ends, and refuses.
    Cut,
    /// What is sent goes nowhere, and nobody is told.
    BlackHole,
    /// An administrator ends the sessions that read.
    SessionsEnded,
}

/// Rows that make an answer so long that it can be met in its middle.
const LONG: u64 = 5000;
/// So much of a long answer has passed when it is met.
const BEGUN: u64 = 100_000;

/// What `seed` decides.
fn plan(seed: u64, faults: u32) -> Vec<Fault> {
    let mut chance = Chance::of(seed, "database");
    let fault = |round| match round % 5 {
        0 => Fault::Killed,
        1 => Fault::CutAfter(chance.between(2_000, 60_000)),
        2 => Fault::Cut,
        3 => Fault::BlackHole,
        _ => Fault::SessionsEnded,
    };
    (0..faults.max(5)).map(fault).collect()
}

pub(super) async fn play(settings: &Settings, report: &mut Report) -> anyhow::Result<()> {
    let shape = Shape { page_rows: Some(5000), own_server: true, ..Shape::default() };
    let mut ground = Ground::open("database", settings, shape).await?;
    ground.tributary.start(None).await?;
    ground.introduce().await?;
    ground.follow().await?;
    let writers = Writers::start_enduring(settings, &ground.table, &ground.url);
    let faults = plan(settings.seed(), settings.kills);
    let pause = settings.length() / u32::try_from(faults.len() * 2)?;
    let mut killed = 0;
    for fault in faults {
        tokio::time::sleep(pause).await;
        let met = match fault {
            Fault::Killed => {
                killed += 1;
                kill(&mut ground).await?
            }
            Fault::CutAfter(bytes) => cut(&mut ground, Way::CutAfter(bytes)).await?,
            Fault::Cut => cut(&mut ground, Way::Cut).await?,
            Fault::BlackHole => {
                let before = ground.cable.swallowed();
                ground.cable.set(Way::BlackHole);
                ground.bites(100, |ground| Ok(ground.cable.swallowed() > before)).await?
            }
            Fault::SessionsEnded => end_sessions(&mut ground).await?,
        };
        report.must(met, format!("{fault:?} met no read"));
        tokio::time::sleep(pause).await;
        ground.cable.set(Way::Open);
    }
    let written = writers.done().await?;
    report.count(format!("written: {written:?}"));
    let arrived = ground.arrived(Duration::from_secs(150) + settings.longest_hold()).await?;
    report.must(arrived, "not every row arrived");
    report.happened(format!(
        "the server killed {killed} times in the middle of a result, {} connections cut, {} left hanging",
        ground.cable.cut(),
        ground.cable.swallowed()
    ));
    ground.judge(report).await?;
    ground.tell_runs(report).await?;
    ground.close(report).await
}

/// The way is such until it has ended a connection.
async fn cut(ground: &mut Ground, way: Way) -> anyhow::Result<bool> {
    let before = ground.cable.cut();
    ground.cable.set(way);
    ground.bites(2000, |ground| Ok(ground.cable.cut() > before)).await
}

/// A long answer goes a slow way until it has begun to arrive.
async fn in_the_middle(ground: &mut Ground) -> anyhow::Result<bool> {
    ground.cable.set(Way::Slow);
    let before = ground.cable.carried_slowly();
    ground.bites(LONG, |ground| Ok(ground.cable.carried_slowly() > before + BEGUN)).await
}

/// Kills the server while it answers: what it said and has not arrived yet is gone with it. Starts it again.
async fn kill(ground: &mut Ground) -> anyhow::Result<bool> {
    let met = in_the_middle(ground).await?;
    ground.cable.set(Way::Cut);
    let server = ground.server.as_mut().context("a server of our own")?;
    server.kill().await?;
    server.again().await?;
    ground.session = Session::open(&ground.url).await?;
    Ok(met)
}

/// Ends the sessions that came the slow way, as an administrator would; whether there were any.
async fn end_sessions(ground: &mut Ground) -> anyhow::Result<bool> {
    in_the_middle(ground).await?;
    let ports = ground.cable.ports().iter().map(u16::to_string).collect::<Vec<_>>().join(", ");
    let (sql, end) = match ground.settings.engine {
        Engine::Postgres => {
            (format!("SELECT pid::bigint FROM pg_stat_activity WHERE client_port IN ({ports})"), "SELECT pg_terminate_backend")
        }
        Engine::Mariadb => (
            format!("SELECT CAST(id AS SIGNED) FROM information_schema.processlist WHERE SUBSTRING_INDEX(host, ':', -1) IN ({ports})"),
            "KILL ",
        ),
    };
    let sessions = ground.session.numbers(&sql).await?;
    for session in &sessions {
        // It may have ended by itself meanwhile.
        let _ended = ground.session.run(&format!("{end}({session})")).await;
    }
    Ok(!sessions.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_seed_plans_the_same_faults_and_another_plans_others() {
        assert_eq!(plan(11, 20), plan(11, 20));
        assert_ne!(plan(11, 20), plan(12, 20));
        assert_eq!(plan(11, 0).len(), 5);
    }
}
