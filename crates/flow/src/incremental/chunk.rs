//! A chunk of a backfill of an incremental series: the same pages between two values of the cursor, and nothing that is remembered of the
//! series is read or changed. Only a whole chunk is on record: one that dies is read again from its beginning, to the same points.

use model::{Code, ColumnType, CursorValue, Failure, FailureKind, Incremental, Position, edges};

use crate::{
    fence::Bound,
    page::{Page, Places},
    stage::{Halt, Stage},
    transfer::{Observer, cancelled},
};

use super::{Cursor, Feed, delivery};

/// Moves the rows of `[from, to)`.
pub(crate) async fn run_chunk(
    stage: &Stage<'_>,
    settings: &Incremental,
    from: &CursorValue,
    to: &CursorValue,
    fingerprint: &str,
) -> Result<(), Halt> {
    if !stage.may_write() {
        return Err(Halt::OnHold);
    }
    let mut feed = Feed::new(stage, settings, None);
    let result = tokio::select! {
        biased;
        () = stage.stop.token.cancelled() => Err(cancelled()),
        result = feed.chunk(from, to, fingerprint) => result,
    };
    if let Err(failure) = &result {
        feed.stop(failure).await;
    }
    stage.record.progress(&feed.figures());
    Ok(result?)
}

impl Feed<'_> {
    async fn chunk(&mut self, from: &CursorValue, to: &CursorValue, fingerprint: &str) -> Result<(), Failure> {
        let plan = self.stage.plan;
        let present = Cursor::fingerprint_of(&plan.series.spec, &plan.query.spec, &plan.database.database).unwrap_or_default();
        if present != fingerprint {
            let doing = "the query, its parameters, the database, the cursor, its zone or its key were changed since the backfill was made";
            return Err(Failure::new(FailureKind::Cursor, doing).coded(Code::RangeChanged));
        }
        let places = self.look().await?;
        fail::fail_point!("follow.after_fence");
        let (from, to) = (known(from, &places)?, known(to, &places)?);
        self.pages_between(&places, &from, &to).await?;
        if let Some(follow) = self.follow.take() {
            follow.close().await;
        }
        self.stage.record.read_ended();
        self.delivery.close().await?;
        delivery::account(&self.figures())
    }

    async fn pages_between(&mut self, places: &Places, from: &CursorValue, to: &CursorValue) -> Result<(), Failure> {
        // Texts that are times may not be over below `to`: the database cannot be asked for a fence of them.
        let clock = if places.cursor().kind == ColumnType::Text { self.text_clock() } else { None };
        let usual = u64::from(self.settings.page_rows.max(1));
        let (mut after, mut rows): (Option<Position>, u64) = (None, usual);
        loop {
            let asked = edges::Page {
                from: if after.is_none() { Some(from.clone()) } else { None },
                after: after.clone(),
                before: Some(to.clone()),
                only_without_cursor: false,
                rows,
            };
            let page = Page::new(places.clone(), Bound::Before(to.clone()), rows, None, clock);
            let end = self.deliver(&asked, page).await?;
            let Some(last) = end.last else {
                if !end.more {
                    return Ok(());
                }
                rows = self.larger(rows, places)?;
                continue;
            };
            self.stretch.pages += 1;
            self.stretch.to = Some(last.clone());
            self.stage.record.stretch(self.stretch.clone());
            if !end.more {
                return Ok(());
            }
            super::goes_on(after.as_ref(), &last, places)?;
            (after, rows) = (Some(last), usual);
        }
    }
}

/// A value of the range as the column of today takes it.
fn known(value: &CursorValue, places: &Places) -> Result<CursorValue, Failure> {
    let column = places.cursor();
    if value.kind == column.kind {
        return Ok(CursorValue::new(column, value.text.clone()));
    }
    let (name, now, before) = (&column.name, column.kind.as_str(), value.kind.as_str());
    let doing = format!("column `{name}` is of type {now}, and was of type {before} when the backfill was made");
    Err(Failure::new(FailureKind::Cursor, doing).coded(Code::RangeChanged))
}
