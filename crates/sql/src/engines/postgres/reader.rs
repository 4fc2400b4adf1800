//! The statement that reads, and the task that reads it: batches go out as they fill, and the end of rows only when the server said so.

use std::time::Duration;

use futures_util::StreamExt;
use model::{
    Column, Failure, FailureKind,
    edges::{ReadLimits, Rows},
};
use sqlx::PgConnection;
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use super::{
    decode::Decoder,
    failures::{failure, failure_of_page},
    place_of_character,
    session::Session,
    types,
};
use crate::{
    engines::Asked,
    follow::{OnHand, late, past_its_limit},
    rows::{BatchBuilder, Piece, Stream, channel, schema},
};

/// The user's query inside a `COPY` that casts every column. It stands on lines of its own, so that a comment at its end ends there.
pub(super) struct Casting {
    copy: String,
    /// In characters.
    query_begins: usize,
    query_characters: usize,
}

impl Casting {
    /// `tail` follows the query: which rows, in which order. The columns are `c0`, `c1`, … in it.
    pub(super) fn new(query: &str, columns: &[Column], tail: &str) -> Self {
        let mut casts = String::new();
        for (at, column) in columns.iter().enumerate() {
            let comma = if at == 0 { "" } else { "," };
            casts.push_str(&format!("{comma}c{at}::{}", types::cast(column.kind)));
        }
        let before = format!("COPY (SELECT {casts} FROM ");
        let (begins, named) = (before_query(columns), named(query, columns));
        Self {
            query_begins: before.chars().count() + begins.chars().count(),
            query_characters: query.chars().count(),
            copy: format!("{before}{named}{tail}) TO STDOUT (FORMAT binary)"),
        }
    }

    /// Where in the user's text a character of the `COPY` statement is.
    fn place(&self, asked: &Asked<'_>, at: usize) -> Option<String> {
        let at = at.checked_sub(self.query_begins)?;
        (at <= self.query_characters).then(|| place_of_character(asked, at))
    }
}

/// The query as what a statement reads from, its columns `c0`, `c1`, …: names that are different, whatever the query calls them. Each is taken
/// by its own name, so that no table that is changed between two pages gives the values of one column as those of another.
pub(super) fn named(query: &str, columns: &[Column]) -> String {
    let names: Vec<String> = (0..columns.len()).map(|at| format!("c{at}")).collect();
    format!("{}{query}\n) AS q) AS q({})", before_query(columns), names.join(","))
}

fn before_query(columns: &[Column]) -> String {
    let own: Vec<String> = columns.iter().map(|column| format!("q.\"{}\"", column.name.replace('"', "\"\""))).collect();
    format!("(SELECT {} FROM (\n", own.join(","))
}

/// One read.
pub(super) struct Read {
    pub(super) casting: Casting,
    pub(super) columns: Vec<Column>,
    pub(super) limits: ReadLimits,
    pub(super) time_limit: Option<Duration>,
    /// Where the session goes when the rows have ended; it is closed otherwise.
    pub(super) on_hand: Option<OnHand<Session>>,
}

impl Read {
    /// Begins to read on a task of its own.
    ///
    /// # Errors
    /// What the server says to the statement.
    pub(super) async fn start(self, session: Session, asked: &Asked<'_>) -> Result<Box<dyn Rows>, Failure> {
        let cancel = CancellationToken::new();
        let guard = cancel.clone().drop_guard();
        let (pieces, receiver) = channel();
        let is_page = self.on_hand.is_some();
        let reader = Reader {
            copy: self.casting.copy.clone(),
            decoder: Decoder::new(&self.columns),
            batch: BatchBuilder::new(&self.columns, schema(&self.columns), self.limits.batch_rows),
            limits: self.limits,
            pieces,
            time_limit: self.time_limit,
            on_hand: self.on_hand,
        };
        let (opened, began) = oneshot::channel();
        let witness = session.witness();
        tokio::spawn(reader.read(session, cancel, opened));
        let begun = async {
            match began.await {
                Ok(Ok(())) => Ok(()),
                Ok(Err(error)) if is_page => {
                    Err(failure_of_page(error, "running the query", &self.columns, |at| self.casting.place(asked, at)))
                }
                Ok(Err(error)) => Err(failure(error, "running the query", |at| self.casting.place(asked, at))),
                Err(_) => Err(past_its_limit()),
            }
        };
        // Only a page waits for locks here: another read has them since its query was prepared.
        if is_page {
            witness.watch(begun).await?
        } else {
            begun.await?
        }
        Ok(Box::new(Stream::new(self.columns, receiver, guard)))
    }
}

struct Reader {
    copy: String,
    decoder: Decoder,
    batch: BatchBuilder,
    limits: ReadLimits,
    pieces: mpsc::Sender<Piece>,
    time_limit: Option<Duration>,
    on_hand: Option<OnHand<Session>>,
}

/// How a read ended.
enum Ended {
    /// With the last row.
    Complete,
    /// Before it began.
    Refused,
}

/// How a read ended before its rows did.
enum Broken {
    /// The server said so, or is gone: nothing runs there any more.
    There(Failure),
    /// Here: the statement still runs.
    Here(Failure),
}

impl Reader {
    async fn read(mut self, mut session: Session, cancel: CancellationToken, opened: oneshot::Sender<Result<(), sqlx::Error>>) {
        let time_limit = self.time_limit;
        let pieces = self.pieces.clone();
        let ended = tokio::select! {
            biased;
            () = cancel.cancelled() => None,
            ended = self.copy(&mut session.connection, opened) => Some(ended),
            () = late(time_limit) => Some(Err(Broken::Here(past_its_limit()))),
        };
        // Whoever reads has gone when a piece cannot be sent; the session ends in the same way.
        match ended {
            Some(Ok(Ended::Refused)) => session.close().await,
            Some(Ok(Ended::Complete)) => self.complete(session).await,
            Some(Err(Broken::There(failure))) => {
                let _ = pieces.send(Piece::Failed(failure)).await;
            }
            Some(Err(Broken::Here(failure))) => {
                session.abandon().await;
                let _ = pieces.send(Piece::Failed(failure)).await;
            }
            None => session.abandon().await,
        }
    }

    /// Says end of rows only when the server did: the trailer of the format, and then the completion of the command.
    async fn copy(&mut self, connection: &mut PgConnection, opened: oneshot::Sender<Result<(), sqlx::Error>>) -> Result<Ended, Broken> {
        let mut messages = match connection.copy_out_raw(&self.copy).await {
            Ok(messages) => messages,
            Err(error) => {
                // Nobody waits for it when the read was given up.
                let _ = opened.send(Err(error));
                return Ok(Ended::Refused);
            }
        };
        let _ = opened.send(Ok(()));
        while let Some(message) = messages.next().await {
            let message = message.map_err(|error| {
                let doing = format!("reading rows, {} had arrived", self.batch.row() - 1);
                Broken::There(failure(error, doing, |_| None))
            })?;
            self.decoder.feed(&message, &mut self.batch).map_err(Broken::Here)?;
            if self.batch.rows >= self.limits.batch_rows || self.batch.bytes >= self.limits.batch_bytes {
                self.send_batch().await.map_err(Broken::Here)?;
            }
        }
        if !self.decoder.is_complete() {
            return Err(Broken::Here(Failure::new(FailureKind::SqlFailed, "the server ended the rows in the middle of one")));
        }
        self.send_batch().await.map_err(Broken::Here)?;
        Ok(Ended::Complete)
    }

    /// Says that the rows have ended, when the session is ready for the next page.
    async fn complete(self, mut session: Session) {
        // Nobody listens any more when a piece cannot be sent.
        match self.on_hand {
            None => {
                let _ = self.pieces.send(Piece::End).await;
                session.close().await;
            }
            Some(on_hand) => {
                // A session that cannot rest is of no use to another page, and these rows have come all the same.
                match session.rest().await {
                    Ok(()) => on_hand.give(session),
                    Err(failure) => tracing::debug!(failure = failure.chain(), "the session of a page was lost behind its last row"),
                }
                let _ = self.pieces.send(Piece::End).await;
            }
        }
    }

    async fn send_batch(&mut self) -> Result<(), Failure> {
        if let Some(batch) = self.batch.finish()? {
            // Nobody listens any more when this fails: the guard's token stops the read.
            let _ = self.pieces.send(Piece::Batch(batch)).await;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_query_stands_on_lines_of_its_own_with_every_column_cast() {
        let column = |name: &str, native: &str| Column { name: name.to_owned(), kind: types::kind(native), native: native.to_owned() };
        let columns = [column("a", "int4"), column("odd \" name", "numeric"), column("t", "timestamptz")];
        assert_eq!(
            Casting::new("select 1 -- the end", &columns, " LIMIT 20").copy,
            "COPY (SELECT c0::int8,c1::numeric::text,c2::timestamptz FROM (SELECT q.\"a\",q.\"odd \"\" name\",q.\"t\" FROM (\nselect 1 -- the end\n) \
             AS q) AS q(c0,c1,c2) LIMIT 20) TO STDOUT (FORMAT binary)"
        );
    }
}
