//! A query that is followed by a cursor column: what its text and columns must be, and the pages that it is read in.
//!
//! ```text
//!  query ──no LIMIT of its own──▶ columns ──cursor, key──▶ sight ──▶ page ──▶ page ──▶ …
//!                                                           └────── one session ──────┘
//! ```
//!
//! The query stands whole inside another that orders and cuts it ([`words`]); what differs between engines is in their `follow.rs`, behind
//! [`Session`] and [`Pages`]. A page begins behind a place, which must not be that of other rows that were never read: [`pages`] looks.
//!
//! Known weakness: a fence that is taken from transactions holds only where the writers take the cursor's value from the database within
//! the transaction that writes it; see `docs/incremental.md`.

mod attended;
mod limit;
mod pages;
mod words;

use model::{Column, CursorValue, Failure, FailureKind, Statement, edges::Following};

pub(crate) use attended::{attended, late, past_its_limit};
pub(crate) use limit::refuse_own_limit;
pub(crate) use pages::{Followed, OnHand, Pages, Session, no_session};
#[cfg(any(feature = "adbc", feature = "odbc"))]
pub(crate) use words::Words;
pub(crate) use words::{Tail, bytes_of};

use crate::{
    engines::Asked,
    query::{Reading, Translated},
};

/// A query that has passed the guard, kept for its pages.
#[derive(Clone, Debug)]
pub(crate) struct Kept {
    statement: Statement,
    pub(crate) translated: Translated,
    reading: Reading,
}

impl Kept {
    pub(crate) fn new(asked: &Asked<'_>) -> Self {
        Self { statement: asked.statement.clone(), translated: asked.translated.clone(), reading: asked.reading }
    }

    pub(crate) fn asked(&self) -> Asked<'_> {
        Asked { statement: &self.statement, translated: self.translated.clone(), reading: self.reading }
    }
}

/// Which columns of the result order it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Order {
    pub(crate) cursor: usize,
    pub(crate) key: Vec<usize>,
}

impl Order {
    /// Finds cursor and key among the columns.
    ///
    /// # Errors
    /// `Cursor` for a name that is no column's, and for a type that has no order.
    pub(crate) fn find(columns: &[Column], following: &Following) -> Result<Self, Failure> {
        let find = |name: &str, what: &str| {
            let at = columns.iter().position(|column| column.name == name).ok_or_else(|| {
                let names: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
                refused(format!("the query has no column `{name}` to be its {what}; it has {}", names.join(", ")))
            })?;
            let kind = columns[at].kind;
            if CursorValue::can_be(kind) { Ok(at) } else { Err(orderless(&columns[at], kind.as_str())) }
        };
        let cursor = find(&following.cursor, "cursor")?;
        let key = following.key.iter().map(|name| find(name, "key")).collect::<Result<Vec<_>, _>>()?;
        Ok(Self { cursor, key })
    }

    /// The cursor's column and those of the key.
    pub(crate) fn all(&self) -> impl Iterator<Item = usize> {
        std::iter::once(self.cursor).chain(self.key.iter().copied())
    }
}

/// The failure of a page whose columns are not those that the query had when its columns were told: their values would stand under the names of
/// others.
pub(crate) fn changed(columns: &[Column]) -> Failure {
    let names: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
    let doing = format!("the query no longer gives the columns {}: a table was changed while it was read; run it again", names.join(", "));
    Failure::new(FailureKind::SqlTypeChanged, doing)
}

/// How many rows a server says there are.
///
/// # Errors
/// `SqlFailed` when that is no number: taken for 0, rows would be passed over without a word.
pub(crate) fn counted(text: Option<&str>) -> Result<u64, Failure> {
    let wrong = || Failure::new(FailureKind::SqlFailed, format!("counting rows: the server answers {text:?}, which is no number of rows"));
    text.and_then(|text| text.parse().ok()).ok_or_else(wrong)
}

/// A failure of kind `Cursor`.
pub(crate) fn refused(what: impl Into<String>) -> Failure {
    Failure::new(FailureKind::Cursor, what)
}

/// The failure of a cursor or key column whose type has no order.
pub(crate) fn orderless(column: &Column, native: &str) -> Failure {
    refused(format!("column `{}` is of type {native}, which has no order; choose another cursor or key", column.name))
}

/// Whether values of this column are told apart by their text alone: nothing that is equal to the database is written in two ways.
fn is_exact(column: &Column) -> bool {
    use model::ColumnType::{Boolean, Bytes, Date, Instant, Integer, Timestamp, Unsigned, Uuid};
    matches!(column.kind, Boolean | Bytes | Date | Instant | Integer | Timestamp | Unsigned | Uuid)
}

#[cfg(test)]
mod tests {
    use model::{ColumnType, Fence};

    use super::*;

    #[test]
    fn a_count_that_is_no_number_is_not_0() {
        assert_eq!(counted(Some("18446744073709551615")).unwrap(), u64::MAX);
        for text in [None, Some(""), Some("-1"), Some("many")] {
            assert_eq!(counted(text).unwrap_err().kind, FailureKind::SqlFailed, "{text:?}");
        }
    }

    #[test]
    fn cursor_and_key_are_columns_that_have_an_order() {
        let column = |name: &str, kind| Column { name: name.to_owned(), kind, native: String::new() };
        let columns = [column("id", ColumnType::Integer), column("at", ColumnType::Instant), column("doc", ColumnType::Json)];
        let following = |cursor: &str, key: &[&str]| Following {
            cursor: cursor.to_owned(),
            key: key.iter().map(|name| (*name).to_owned()).collect(),
            fence: Fence::default(),
        };
        assert_eq!(Order::find(&columns, &following("at", &["id"])).unwrap(), Order { cursor: 1, key: vec![0] });
        for (cursor, key, words) in
            [("At", &[][..], "no column `At` to be its cursor; it has id, at, doc"), ("at", &["doc"][..], "`doc` is of type json")]
        {
            let failure = Order::find(&columns, &following(cursor, key)).unwrap_err();
            assert_eq!(failure.kind, FailureKind::Cursor);
            assert!(failure.chain().contains(words), "{}", failure.chain());
        }
    }
}
