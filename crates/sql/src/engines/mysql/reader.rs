//! The reading task: runs the statement, builds batches, and says end of rows only when the server did.

use std::time::Duration;

use futures_util::StreamExt;
use model::{Column, Failure, FailureKind, edges::ReadLimits};
use sqlx::{AssertSqlSafe, Column as _, Decode, Either, Executor, MySql, MySqlConnection, Row, mysql::MySqlArguments, mysql::MySqlRow};
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use super::{
    failures::failure,
    session::Session,
    types::{Form, ZERO_DATE, append, columns, forms},
};
use crate::{
    follow::{OnHand, changed, late, past_its_limit},
    rows::{BatchBuilder, Piece, check_columns, schema},
};

/// Tells the columns, or why there are none.
type Opened = oneshot::Sender<Result<Vec<Column>, Failure>>;

/// One read, on its task.
pub(super) struct Reader {
    pub(super) sql: String,
    pub(super) arguments: MySqlArguments,
    /// The columns that preparing told: what counts when there is no row.
    pub(super) prepared: Vec<Column>,
    /// Whether [`Reader::prepared`] is what the rows are, whatever the server tells with them: for a page of a query.
    pub(super) fixed: bool,
    pub(super) limits: ReadLimits,
    /// When it is given up because the server has gone without a word.
    pub(super) time_limit: Option<Duration>,
    pub(super) pieces: mpsc::Sender<Piece>,
    /// Where the session goes when the rows have ended; it is closed otherwise.
    pub(super) on_hand: Option<OnHand<Session>>,
}

/// How a read ended.
enum Ended {
    /// With the last row.
    Complete,
    /// By the server's own error: it has nothing more to send.
    Refused,
    /// The server still sends, or something broke.
    Early,
    /// The server does neither: it is past the time limit.
    Late,
}

impl Reader {
    /// Reads to the end. The columns go out first, through `opened`.
    pub(super) async fn read(mut self, mut session: Session, cancel: CancellationToken, opened: Opened) {
        let (pieces, on_hand, time_limit) = (self.pieces.clone(), self.on_hand.take(), self.time_limit);
        let ended = tokio::select! {
            biased;
            () = cancel.cancelled() => Ended::Early,
            ended = self.run(&mut session.connection, opened) => ended,
            () = late(time_limit) => Ended::Late,
        };
        match ended {
            Ended::Complete => {
                // Nobody listens any more when the end cannot be sent.
                if let Some(on_hand) = on_hand {
                    on_hand.give(session);
                    let _ = pieces.send(Piece::End).await;
                } else {
                    let _ = pieces.send(Piece::End).await;
                    session.close().await;
                }
            }
            Ended::Refused => session.close().await,
            Ended::Early => session.abandon().await,
            Ended::Late => {
                session.abandon().await;
                // Nobody listens when it was late before the first row.
                let _ = pieces.send(Piece::Failed(past_its_limit())).await;
            }
        }
    }

    async fn run(self, connection: &mut MySqlConnection, opened: Opened) -> Ended {
        let Self { sql, arguments, prepared, fixed, limits, pieces, .. } = self;
        let mut answers = connection.fetch_many(sqlx::query_with(AssertSqlSafe(sql), arguments));
        // The types of placeholders are known only now, and with them the columns' own.
        let first = match answers.next().await {
            Some(Ok(Either::Right(row))) => Some(row),
            Some(Ok(Either::Left(_))) => None,
            Some(Err(error)) => return refuse(opened, failure(error, "running the query")),
            None => return refuse(opened, cut_short(0)),
        };
        if let Some(row) = first.as_ref().filter(|_| fixed) {
            let names = row.columns().iter().map(|column| column.name());
            if !names.eq(prepared.iter().map(|column| column.name.as_str())) {
                return refuse(opened, changed(&prepared));
            }
        }
        let columns = first.as_ref().filter(|_| !fixed).map_or(prepared, |row| columns(row.columns()));
        if let Err(failure) = check_columns(&columns) {
            return refuse(opened, failure);
        }
        // Whoever asked has gone when this fails; the token then stops the read.
        let _ = opened.send(Ok(columns.clone()));
        let Some(first) = first else { return to_its_end(&mut answers).await };
        let mut rows = Building {
            forms: forms(first.columns()),
            batch: BatchBuilder::new(&columns, schema(&columns), limits.batch_rows),
            columns,
            limits,
            pieces,
        };
        match rows.all(first, &mut answers).await {
            Ok(Ended::Early) => {
                let _ = rows.pieces.send(Piece::End).await;
                Ended::Early
            }
            Ok(_) => to_its_end(&mut answers).await,
            Err(failure) => {
                let _ = rows.pieces.send(Piece::Failed(failure)).await;
                Ended::Early
            }
        }
    }
}

/// Lets sqlx take leave of a statement whose rows have ended: before that it would wait for them in the session's next statement.
async fn to_its_end<S: futures_util::Stream + Unpin>(answers: &mut S) -> Ended {
    while answers.next().await.is_some() {}
    Ended::Complete
}

fn refuse(opened: Opened, failure: Failure) -> Ended {
    // After its own error the server is done with the statement.
    let still_sends = matches!(failure.kind, FailureKind::SqlNoColumns | FailureKind::SqlDuplicateColumn | FailureKind::SqlTypeChanged);
    let done = !still_sends && failure.kind != FailureKind::SqlUnreachable;
    // Nobody waits for it when the read was given up.
    let _ = opened.send(Err(failure));
    if done { Ended::Refused } else { Ended::Early }
}

fn cut_short(rows: u64) -> Failure {
    Failure::new(FailureKind::SqlUnreachable, format!("the server stopped after {rows} rows without saying that they were all"))
}

struct Building {
    forms: Vec<Form>,
    columns: Vec<Column>,
    batch: BatchBuilder,
    limits: ReadLimits,
    pieces: mpsc::Sender<Piece>,
}

impl Building {
    async fn all<S, R>(&mut self, first: MySqlRow, answers: &mut S) -> Result<Ended, Failure>
    where
        S: futures_util::Stream<Item = Result<Either<R, MySqlRow>, sqlx::Error>> + Unpin,
    {
        let most = self.limits.max_rows.unwrap_or(u64::MAX);
        let mut row = first;
        loop {
            if self.batch.row() > most {
                self.send_batch().await?;
                return Ok(Ended::Early);
            }
            self.add(&row)?;
            if self.batch.rows >= self.limits.batch_rows || self.batch.bytes >= self.limits.batch_bytes {
                self.send_batch().await?;
            }
            row = match answers.next().await {
                Some(Ok(Either::Right(row))) => row,
                Some(Ok(Either::Left(_))) => break,
                Some(Err(error)) => return Err(failure(error, format!("reading rows, {} had arrived", self.batch.row() - 1))),
                None => return Err(cut_short(self.batch.row() - 1)),
            };
        }
        self.send_batch().await?;
        Ok(Ended::Complete)
    }

    #[inline]
    fn add(&mut self, row: &MySqlRow) -> Result<(), Failure> {
        let mut bytes = 0;
        for (at, (builder, form)) in self.batch.builders.iter_mut().zip(&self.forms).enumerate() {
            let value = row.try_get_raw(at).map_err(|error| failure(error, "reading a row"))?;
            // The only error of this is that there is no value; its own test for NULL takes a zero date for one.
            let value = <&[u8] as Decode<MySql>>::decode(value).ok();
            match append(builder, *form, value) {
                Ok(size) => bytes += size,
                Err(what) => return Err(self.misfit(at, &what)),
            }
        }
        self.batch.bytes += bytes;
        self.batch.rows += 1;
        Ok(())
    }

    fn misfit(&self, at: usize, what: &str) -> Failure {
        let mut failure = self.batch.misfit(at, what);
        if matches!(self.forms[at], Form::Date | Form::DateTime) {
            let name = &self.columns[at].name;
            let instead =
                if what == ZERO_DATE { format!("NULLIF(`{name}`, 0) for NULL") } else { format!("CAST(`{name}` AS CHAR) for text") };
            failure.doing.push_str(&format!("; read {instead} instead"));
        }
        if matches!(self.forms[at], Form::BitsOrDigits(_)) {
            failure.doing.push_str("; add 0 to it in the query");
        }
        failure
    }

    async fn send_batch(&mut self) -> Result<(), Failure> {
        if let Some(batch) = self.batch.finish()? {
            // Nobody listens any more when this fails: the guard's token stops the read.
            let _ = self.pieces.send(Piece::Batch(batch)).await;
        }
        Ok(())
    }
}
