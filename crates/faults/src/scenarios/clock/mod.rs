//! Clocks that are wrong: the program's is set forward and back, and local times pass the clock changes of their zone.

use crate::{
    report::{Report, say},
    settings::{Engine, Settings},
};

mod jumps;
mod local_times;

pub(super) async fn play(settings: &Settings, report: &mut Report) -> anyhow::Result<()> {
    jumps::play(settings, report).await?;
    match settings.engine {
        Engine::Postgres => local_times::play(settings, report).await,
        Engine::Mariadb => {
            say("local times are played on PostgreSQL only: the clock of MariaDB cannot be played");
            Ok(())
        }
    }
}
