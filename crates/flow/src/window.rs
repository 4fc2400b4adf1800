//! A run of a window series: one statement, read and written side by side.

use crate::{
    stage::{Halt, Stage},
    transfer::{self, Job, Observer, cancelled},
};

/// Moves the rows of the run's window.
pub(crate) async fn run(stage: &Stage<'_>) -> Result<(), Halt> {
    if !stage.may_write() {
        return Err(Halt::OnHold);
    }
    let statement = stage.statement()?;
    stage.place_at_database().await?;
    let (to, label) = (stage.destination(), stage.label());
    let job = Job {
        databases: &*stage.runner.databases,
        influx: to.influx,
        clock: &*stage.runner.clock,
        database: &stage.plan.database,
        statement: &statement,
        connection: to.connection,
        mapping: &stage.plan.series.spec.mapping,
        slot: stage.run.slot,
        label: &label,
        read_limits: stage.runner.settings.read_limits,
        patience: to.patience,
        prove_by: to.prove_by,
        requests: to.requests,
    };
    let _pen = tokio::select! {
        biased;
        () = stage.stop.token.cancelled() => return Err(cancelled().into()),
        pen = stage.pen() => pen,
    };
    let transferred = transfer::transfer(&job, stage.record, &stage.stop.token).await;
    stage.record.progress(&transferred.figures);
    Ok(transferred.result?)
}
