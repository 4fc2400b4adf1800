//! What the rows of a page must be: the columns that the query had when they were asked for.

use arrow_array::Array;
use model::{Column, CursorValue, Failure, FailureKind, edges::Rows};

use crate::{
    engines::said::Said,
    follow::{changed, refused},
};

/// Columns that are decided before a statement runs.
#[derive(Clone, Debug)]
pub(crate) struct Fixed {
    columns: Vec<Column>,
    /// What the statement calls them.
    names: Vec<String>,
    /// Whether it takes each by its name.
    by_name: bool,
}

impl Fixed {
    /// A statement that gives the columns by their own names.
    pub(crate) fn named(columns: &[Column]) -> Self {
        Self { columns: columns.to_vec(), names: columns.iter().map(|column| column.name.clone()).collect(), by_name: false }
    }

    /// A statement that calls them `c0`, `c1`, …, as [`by_name`] does.
    pub(crate) fn numbered(columns: &[Column]) -> Self {
        Self { columns: columns.to_vec(), names: (0..columns.len()).map(|at| format!("c{at}")).collect(), by_name: true }
    }

    /// The columns, when the statement gives these.
    ///
    /// # Errors
    /// `SqlTypeChanged` when it gives others: they would take one another's names.
    pub(crate) fn fit(&self, found: &[Column]) -> Result<Vec<Column>, Failure> {
        if self.names.iter().eq(found.iter().map(|column| &column.name)) {
            return Ok(self.columns.clone());
        }
        Err(changed(&self.columns))
    }

    /// Why the statement did not give its rows. The query was understood when its columns were asked for: where a column is missing that is
    /// taken by its name, a table was changed since. Some drivers find that out with the first row.
    pub(crate) fn explained(&self, failure: Failure) -> Failure {
        let is_missing = failure.kind == FailureKind::SqlInvalid || failure.chain().contains("no such column");
        if self.by_name && is_missing { changed(&self.columns).because(Said(failure.chain())) } else { failure }
    }
}

/// The query with each of its columns taken by name, and called by its number: one that is gone is told by the database, and no other takes
/// its place.
#[cfg_attr(not(feature = "adbc"), allow(dead_code, reason = "pages of ODBC are not taken by name"))]
pub(crate) fn by_name(sql: &str, columns: &[Column]) -> String {
    let column = |(at, column): (usize, &Column)| format!("r.\"{}\" AS c{at}", column.name.replace('"', "\"\""));
    let list: Vec<String> = columns.iter().enumerate().map(column).collect();
    format!("SELECT {} FROM (\n{sql}\n) AS r", list.join(", "))
}

/// Refuses names that SQLite takes for one another: it would give the first for both.
///
/// # Errors
/// `Cursor`.
#[cfg_attr(not(feature = "adbc"), allow(dead_code, reason = "pages of ODBC are not taken by name"))]
pub(crate) fn refuse_names_that_differ_in_case(columns: &[Column]) -> Result<(), Failure> {
    let is_like = |one: &Column, other: &Column| one.name.eq_ignore_ascii_case(&other.name);
    for (at, column) in columns.iter().enumerate() {
        if let Some(other) = columns[..at].iter().find(|other| is_like(other, column)) {
            let words = format!(
                "columns `{}` and `{}` differ in capitals only, which SQLite does not see: name one otherwise",
                other.name, column.name
            );
            return Err(refused(words));
        }
    }
    Ok(())
}

/// The number that a statement gives, whatever its driver takes it for; `None` for NULL and for no row.
///
/// # Errors
/// Those of the rows; `SqlFailed` when it is no whole number.
pub(crate) async fn number(mut rows: Box<dyn Rows>) -> Result<Option<i64>, Failure> {
    let mut number = None;
    while let Some(batch) = rows.next().await? {
        let (Some(column), Some(values)) = (rows.columns().first(), batch.columns().first()) else { continue };
        if number.is_none() && !values.is_empty() {
            number = CursorValue::read(column, values, 0)?.map(|told| whole(column, &told.text)).transpose()?;
        }
    }
    Ok(number)
}

/// A whole number, with zeros behind its point or without.
fn whole(column: &Column, text: &str) -> Result<i64, Failure> {
    let (whole, fraction) = text.trim().split_once('.').unwrap_or((text.trim(), ""));
    let number = whole.parse().ok().filter(|_| fraction.bytes().all(|digit| digit == b'0'));
    let wrong = || {
        let kind = column.kind.as_str();
        Failure::new(FailureKind::SqlFailed, format!("the driver gives a number as {kind} that is none of 64 bits: {text}"))
    };
    number.ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_array::{ArrayRef, Decimal128Array, Float64Array, Int32Array, NullArray, RecordBatch, StringArray, UInt64Array};
    use arrow_schema::{DataType, Field, Schema};
    use model::edges::ReadLimits;
    use tokio_util::sync::CancellationToken;

    use super::*;
    use crate::{
        engines::arrow::{Intake, columns},
        rows::{Piece, Stream, channel},
    };

    async fn given(array: ArrayRef) -> Result<Option<i64>, Failure> {
        let fields = Schema::new(vec![Field::new("N", array.data_type().clone(), true)]);
        let columns = columns(&fields).unwrap();
        let batch = RecordBatch::try_new(Arc::new(fields), vec![array]).unwrap();
        let (sender, pieces) = channel();
        for batch in Intake::new(&columns, ReadLimits::default()).take(&batch).unwrap() {
            drop(sender.send(Piece::Batch(batch)).await);
        }
        drop(sender.send(Piece::End).await);
        number(Box::new(Stream::new(columns, pieces, CancellationToken::new().drop_guard()))).await
    }

    fn decimal(digits: i128, scale: i8) -> ArrayRef {
        Arc::new(Decimal128Array::from(vec![digits]).with_precision_and_scale(38, scale).unwrap())
    }

    #[tokio::test]
    async fn a_number_is_read_whatever_the_driver_takes_it_for_and_is_never_nothing() {
        for array in [
            Arc::new(Int32Array::from(vec![42])) as ArrayRef,
            Arc::new(UInt64Array::from(vec![42])),
            Arc::new(Float64Array::from(vec![42.0])),
            Arc::new(StringArray::from(vec![" 42"])),
            decimal(42, 0),
            decimal(4200, 2),
        ] {
            assert_eq!(given(array.clone()).await.unwrap(), Some(42), "{array:?}");
        }
        for array in [
            Arc::new(UInt64Array::from(vec![u64::MAX])) as ArrayRef,
            Arc::new(Float64Array::from(vec![0.5])),
            Arc::new(StringArray::from(vec!["many"])),
            decimal(4205, 2),
        ] {
            assert_eq!(given(array.clone()).await.unwrap_err().kind, FailureKind::SqlFailed, "{array:?}");
        }
        let null = Arc::new(NullArray::new(1));
        assert_eq!(given(null).await.unwrap(), None);
        assert_eq!(given(Arc::new(arrow_array::new_empty_array(&DataType::Int64))).await.unwrap(), None);
    }

    #[test]
    fn sqlite_is_not_asked_for_two_names_that_it_takes_for_one() {
        let column = |name: &str| Column { name: name.to_owned(), kind: model::ColumnType::Text, native: String::new() };
        assert!(refuse_names_that_differ_in_case(&[column("id"), column("ID2")]).is_ok());
        let failure = refuse_names_that_differ_in_case(&[column("id"), column("n"), column("ID")]).unwrap_err();
        assert!(failure.kind == FailureKind::Cursor && failure.doing.contains("`id` and `ID`"), "{}", failure.doing);
        let quoted = by_name("SELECT 1 -- the end", &[column("a\"b"), column("c0")]);
        assert_eq!(quoted, "SELECT r.\"a\"\"b\" AS c0, r.\"c0\" AS c1 FROM (\nSELECT 1 -- the end\n) AS r");
    }

    #[test]
    fn columns_that_are_others_now_take_nobodys_name() {
        let column = |name: &str| Column { name: name.to_owned(), kind: model::ColumnType::Text, native: String::new() };
        let columns = |names: &[&str]| names.iter().map(|name| column(name)).collect::<Vec<_>>();
        let had = columns(&["id", "at"]);
        assert_eq!(Fixed::named(&had).fit(&had).unwrap(), had);
        assert_eq!(Fixed::numbered(&had).fit(&columns(&["c0", "c1"])).unwrap(), had);
        for now in [&["at", "id"][..], &["id"], &["id", "at", "more"], &["id", "At"], &[]] {
            let failure = Fixed::named(&had).fit(&columns(now)).unwrap_err();
            assert_eq!(failure.kind, FailureKind::SqlTypeChanged, "{now:?}");
            assert!(failure.doing.contains("columns id, at: a table was changed"), "{}", failure.doing);
        }
        let missing = || Failure::new(FailureKind::SqlInvalid, "column r.at does not exist");
        assert_eq!(Fixed::numbered(&had).explained(missing()).kind, FailureKind::SqlTypeChanged);
        assert_eq!(Fixed::named(&had).explained(missing()).kind, FailureKind::SqlInvalid, "its own text may be wrong there");
    }
}
