//! Clocks that are wrong: the program's is set forward and back, and local times pass the clock changes of their zone.

use crate::{
    report::Report,
    settings::{Engine, Settings},
};

mod jumps;
mod local_times;

pub(super) async fn play(settings: &Settings, report: &mut Report) -> anyhow::Result<()> {
    jumps::play(settings, report).await?;
    match settings.engine {
        Engine::Postgres => local_times::play(settings, report).await,
        Engine::Mariadb => {
            report.happened("local times not played, the clock of MariaDB cannot be");
            Ok(())
        }
    }
}
