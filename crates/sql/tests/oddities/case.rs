//! One oddity: what is asked, and what must come of it.

use model::{ColumnType, FailureKind, Value};

use crate::reading::Outcome;

/// How a NULL is written among expected values; no value that is read is this character.
pub(crate) const NULL: &str = "\u{2400}";

/// One oddity of an engine.
#[derive(Clone, Copy)]
pub(crate) struct Case {
    /// A sentence that can be false.
    pub(crate) name: &'static str,
    /// What is run before anything is read, on a session that begins with the engine's own settings.
    pub(crate) setup: &'static str,
    /// Where it is asked: a database or account that the engine's ground knows; nothing for its home.
    pub(crate) place: &'static str,
    pub(crate) sql: Sql,
    pub(crate) values: &'static [(&'static str, Bound)],
    pub(crate) timeout_ms: Option<u32>,
    pub(crate) expected: Expected,
}

/// The query.
#[derive(Clone, Copy)]
pub(crate) enum Sql {
    Written(&'static str),
    /// Too long to be written down.
    Made(fn() -> String),
}

/// The value of a placeholder.
#[derive(Clone, Copy)]
pub(crate) enum Bound {
    Text(&'static str),
    Integer(i64),
    Float(f64),
    Boolean(bool),
    /// RFC 3339.
    Instant(&'static str),
}

impl Bound {
    pub(crate) fn value(self) -> Value {
        match self {
            Self::Text(text) => Value::Text(text.to_owned()),
            Self::Integer(number) => Value::Integer(number),
            Self::Float(number) => Value::Float(number),
            Self::Boolean(truth) => Value::Boolean(truth),
            Self::Instant(text) => Value::Instant(text.parse().unwrap()),
        }
    }
}

/// What must come of it.
#[derive(Clone, Copy)]
pub(crate) enum Expected {
    /// One column, whatever its name, and its values.
    Column(ColumnType, &'static [&'static str]),
    /// These columns and rows.
    Table(&'static [(&'static str, ColumnType)], &'static [&'static [&'static str]]),
    /// A failure of this kind, which says these words.
    Failure(FailureKind, &'static str),
    /// A result too large to be written down: `None`, or what is wrong with it.
    Judged(fn(&Outcome) -> Option<String>),
}

const fn case(name: &'static str, sql: Sql, expected: Expected) -> Case {
    Case { name, setup: "", place: "", sql, values: &[], timeout_ms: None, expected }
}

/// A query with one column.
pub(crate) const fn gives(name: &'static str, sql: &'static str, kind: ColumnType, values: &'static [&'static str]) -> Case {
    case(name, Sql::Written(sql), Expected::Column(kind, values))
}

/// A query whose columns' names count.
pub(crate) const fn table(
    name: &'static str,
    sql: &'static str,
    columns: &'static [(&'static str, ColumnType)],
    rows: &'static [&'static [&'static str]],
) -> Case {
    case(name, Sql::Written(sql), Expected::Table(columns, rows))
}

/// A query that must fail.
pub(crate) const fn fails(name: &'static str, sql: &'static str, kind: FailureKind, words: &'static str) -> Case {
    case(name, Sql::Written(sql), Expected::Failure(kind, words))
}

/// A query whose result is judged.
pub(crate) const fn judged(name: &'static str, sql: &'static str, judge: fn(&Outcome) -> Option<String>) -> Case {
    case(name, Sql::Written(sql), Expected::Judged(judge))
}

/// A long query that must fail.
pub(crate) const fn long_fails(name: &'static str, sql: fn() -> String, kind: FailureKind, words: &'static str) -> Case {
    case(name, Sql::Made(sql), Expected::Failure(kind, words))
}

/// A long query whose result is judged.
pub(crate) const fn long(name: &'static str, sql: fn() -> String, judge: fn(&Outcome) -> Option<String>) -> Case {
    case(name, Sql::Made(sql), Expected::Judged(judge))
}

impl Case {
    /// Made ready by these statements.
    pub(crate) const fn after(mut self, setup: &'static str) -> Self {
        self.setup = setup;
        self
    }

    /// Asked there.
    pub(crate) const fn at(mut self, place: &'static str) -> Self {
        self.place = place;
        self
    }

    /// With the values of its placeholders.
    pub(crate) const fn with(mut self, values: &'static [(&'static str, Bound)]) -> Self {
        self.values = values;
        self
    }

    /// With a time limit.
    pub(crate) const fn within(mut self, timeout_ms: u32) -> Self {
        self.timeout_ms = Some(timeout_ms);
        self
    }

    pub(crate) fn sql(&self) -> String {
        match self.sql {
            Sql::Written(sql) => sql.to_owned(),
            Sql::Made(make) => make(),
        }
    }
}
