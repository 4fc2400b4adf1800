//! The schema's history, oldest first. A migration that has been released never changes; a new one is added below it.

use sea_orm_migration::{MigrationTrait, MigratorTrait};

mod m0001_nouns;
mod m0002_runs;
mod m0003_late_slots;
mod m0004_standings;
mod m0005_runs_of_a_slot;
mod m0006_check_outcomes;
mod m0007_cursors;
mod m0008_holds;
mod m0009_rejects_of_series;
mod m0010_backfills;
mod m0011_audits;

/// Every migration that this build knows.
pub(crate) struct Migrations;

impl MigratorTrait for Migrations {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m0001_nouns::Migration),
            Box::new(m0002_runs::Migration),
            Box::new(m0003_late_slots::Migration),
            Box::new(m0004_standings::Migration),
            Box::new(m0005_runs_of_a_slot::Migration),
            Box::new(m0006_check_outcomes::Migration),
            Box::new(m0007_cursors::Migration),
            Box::new(m0008_holds::Migration),
            Box::new(m0009_rejects_of_series::Migration),
            Box::new(m0010_backfills::Migration),
            Box::new(m0011_audits::Migration),
        ]
    }
}
