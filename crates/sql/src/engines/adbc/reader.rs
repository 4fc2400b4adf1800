//! Reading: a statement on its thread, its batches through the channel.

use adbc_core::{Statement, error::Status};
use adbc_driver_manager::ManagedStatement;
use arrow_array::RecordBatchReader;
use arrow_schema::Schema;
use model::{
    Column, Failure,
    database::GenericDialect,
    edges::{ReadLimits, Rows},
};
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use super::{driver::Target, session::Session, values::Bound};
use crate::{
    engines::{
        Asked,
        arrow::{self, Fixed},
        thread::{on_thread, rows, tell},
        watch::Watch,
    },
    follow::{OnHand, Tail},
    query::Reading,
    rows::{Piece, check_columns},
};

/// What is to be read.
pub(super) struct Wanted {
    pub(super) target: Target,
    pub(super) sql: String,
    pub(super) bound: Bound,
    pub(super) reading: Reading,
    /// What the columns are, when that is decided already: for a page of a query.
    pub(super) fixed: Option<Fixed>,
    pub(super) limits: ReadLimits,
    /// Where the session comes from and goes when the rows have ended; it is closed otherwise.
    pub(super) on_hand: Option<OnHand<Session>>,
}

impl Wanted {
    /// A query as it was asked.
    ///
    /// # Errors
    /// `SqlParameter`.
    pub(super) fn new(asked: &Asked<'_>, target: Target, limits: ReadLimits) -> Result<Self, Failure> {
        let bound = Bound::new(target.adbc.dialect, &asked.translated.values, &Tail::default())?;
        // A comment may end the text, and a driver may put something behind it.
        let sql = format!("{}\n", asked.translated.sql);
        Ok(Self { target, sql, bound, reading: asked.reading, fixed: None, limits, on_hand: None })
    }
}

/// The columns of a query.
pub(super) struct Described {
    pub(super) columns: Vec<Column>,
    /// Which of them are finer than what travels.
    pub(super) cut: Vec<usize>,
}

/// Tells them. A driver that can tell them runs nothing of it.
pub(super) async fn describe(wanted: Wanted) -> Result<Described, Failure> {
    let unwanted = CancellationToken::new();
    let _guard = unwanted.clone().drop_guard();
    let target = wanted.target.clone();
    on_thread(&target, None, &unwanted, None, move |mut session, watch, answer| {
        let described = wanted.described(&mut session, watch);
        drop(answer.send(described.map_err(|failure| watch.explains().unwrap_or(failure))));
    })
    .await
}

/// Begins to read.
pub(super) async fn start(wanted: Wanted) -> Result<Box<dyn Rows>, Failure> {
    let target = wanted.target.clone();
    let at_hand = wanted.on_hand.as_ref().and_then(OnHand::take);
    rows(&target, at_hand, move |session, watch, answer, pieces| wanted.read(session, watch, answer, pieces)).await
}

impl Wanted {
    fn ready(&self, session: &mut Session, watch: &Watch) -> Result<ManagedStatement, Failure> {
        session.begin(&self.bound)?;
        let ready = match self.reading {
            Reading::Query => session.statement(&self.sql, self.bound.row()),
            Reading::Show => session.plain_statement(&self.sql, self.bound.row()),
        };
        let statement = ready.map_err(|error| self.failed(&error))?;
        let handle = statement.get_cancel_handle();
        watch.watches(move || drop(handle.try_cancel()));
        Ok(statement)
    }

    fn failed(&self, error: &adbc_core::error::Error) -> Failure {
        let failure = self.target.speech.failure(error, "running the query");
        if let Some(fixed) = &self.fixed { fixed.explained(failure) } else { failure }
    }

    fn columns(&self, schema: &Schema) -> Result<Vec<Column>, Failure> {
        let mut columns = arrow::columns(schema)?;
        if self.target.adbc.dialect == GenericDialect::Postgres {
            // By the name that a cursor's value is cast to.
            for (column, field) in columns.iter_mut().zip(schema.fields()) {
                if let Some(name) = postgres_name(field.data_type())
                    && column.native == field.data_type().to_string()
                {
                    name.clone_into(&mut column.native);
                }
            }
        }
        check_columns(&columns)?;
        Ok(columns)
    }

    fn described(&self, session: &mut Session, watch: &Watch) -> Result<Described, Failure> {
        let described = |schema: &Schema| {
            let cut = schema.fields().iter().enumerate().filter(|(_, field)| arrow::is_cut(field.data_type())).map(|(at, _)| at).collect();
            Ok(Described { columns: self.columns(schema)?, cut })
        };
        let mut statement = self.ready(session, watch)?;
        if self.reading == Reading::Query {
            match statement.execute_schema() {
                Ok(schema) => return described(&schema),
                Err(error) if error.status == Status::NotImplemented => {}
                Err(error) => return Err(self.failed(&error)),
            }
        }
        let rows = statement.execute().map_err(|error| self.failed(&error))?;
        let described = described(&rows.schema());
        watch.stop();
        described
    }

    fn read(
        self,
        mut session: Session,
        watch: &Watch,
        answer: oneshot::Sender<Result<Vec<Column>, Failure>>,
        pieces: &mpsc::Sender<Piece>,
    ) {
        let mut answer = Some(answer);
        let done = watch.settled(self.rows(&mut session, watch, &mut answer, pieces));
        match (done, answer) {
            (Ok(whole), _) => {
                if let Some(on_hand) = &self.on_hand
                    && whole
                    && session.rest().is_ok()
                    && watch.ends()
                {
                    on_hand.give(session);
                } else {
                    // Before the end is told: who has it may look for what still runs.
                    drop(session);
                }
                tell(pieces, Piece::End);
            }
            (Err(failure), Some(answer)) => drop(answer.send(Err(failure))),
            (Err(failure), None) => tell(pieces, Piece::Failed(failure)),
        }
    }

    /// Reads to the end; whether that is the statement's own end.
    fn rows(
        &self,
        session: &mut Session,
        watch: &Watch,
        answer: &mut Option<oneshot::Sender<Result<Vec<Column>, Failure>>>,
        pieces: &mpsc::Sender<Piece>,
    ) -> Result<bool, Failure> {
        let mut statement = self.ready(session, watch)?;
        let rows = statement.execute().map_err(|error| self.failed(&error))?;
        let found = self.columns(&rows.schema())?;
        let columns = match &self.fixed {
            Some(fixed) => fixed.fit(&found)?,
            None => found,
        };
        if let Some(answer) = answer.take() {
            drop(answer.send(Ok(columns.clone())));
        }
        let mut intake = arrow::Intake::new(&columns, self.limits);
        let mut rows = rows.into_iter();
        while !intake.is_full() {
            let Some(batch) = rows.next() else { return Ok(true) };
            let batch = batch.map_err(|error| self.target.speech.failure_of_rows(&error))?;
            for piece in intake.take(&batch)? {
                if watch.rests(|| pieces.blocking_send(Piece::Batch(piece))).is_err() {
                    watch.stop();
                    return Ok(false);
                }
            }
        }
        // More would come: the driver is not asked to throw it away.
        watch.stop();
        Ok(false)
    }
}

/// PostgreSQL's name of what its driver sends as this type.
fn postgres_name(data: &arrow_schema::DataType) -> Option<&'static str> {
    use arrow_schema::{DataType as D, TimeUnit::Microsecond};
    Some(match data {
        D::Boolean => "bool",
        D::Int16 => "int2",
        D::Int32 => "int4",
        D::Int64 => "int8",
        D::Float32 => "float4",
        D::Float64 => "float8",
        D::Utf8 => "text",
        D::Binary => "bytea",
        D::FixedSizeBinary(16) => "uuid",
        D::Date32 => "date",
        D::Time64(Microsecond) => "time",
        D::Interval(_) => "interval",
        D::Timestamp(_, None) => "timestamp",
        D::Timestamp(_, Some(_)) => "timestamptz",
        _ => return None,
    })
}
