//! The query inside another one: which rows of it, and in which order, in the words of each dialect.
//!
//! No value is ever written into the text. PostgreSQL reads each from a setting (`COPY` takes no bound values), the others bind it; either
//! way it has the column's own type before it is compared, so that nothing is rounded and an index on cursor and key is used:
//!
//! | | rows behind a place |
//! |---|---|
//! | PostgreSQL, SQLite | `(c, k) > (…, …)`, one range of the index |
//! | MySQL, MariaDB, the standard | `c >= … AND (c > … OR (c = … AND k > …))`, the ranges that their optimizer knows |

use model::{Column, ColumnType, CursorValue, Failure, Position, edges::Page};

use super::{Order, refused};
use crate::query::Dialect;

/// What follows the wrapped query, and the values in it in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tail {
    pub(crate) sql: String,
    pub(crate) values: Vec<CursorValue>,
}

/// Writes tails for the columns of one query.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Words<'a> {
    pub(crate) dialect: Dialect,
    pub(crate) columns: &'a [Column],
    /// How many values the query itself binds: SQLite counts on from there.
    pub(crate) bound: usize,
}

impl Words<'_> {
    /// A page of the rows, at most `rows` of them.
    ///
    /// # Errors
    /// `Cursor` for a value that is none of its column's type.
    pub(crate) fn page(self, order: &Order, page: &Page, rows: u64) -> Result<Tail, Failure> {
        let mut tail = Tail::default();
        let mut conditions = Vec::new();
        if page.only_without_cursor {
            conditions.push(format!("{} IS NULL", self.column(order.cursor)));
            if let Some(after) = &page.after {
                conditions.push(self.behind(&mut tail, &order.key, &after.key)?);
            }
        } else {
            if let Some(from) = &page.from {
                conditions.push(format!("{} >= {}", self.column(order.cursor), self.value(&mut tail, order.cursor, from)?));
            }
            if let Some(after) = &page.after {
                let columns: Vec<usize> = order.all().collect();
                conditions.push(self.behind(&mut tail, &columns, &values(after))?);
            }
            if let Some(before) = &page.before {
                conditions.push(format!("{} < {}", self.column(order.cursor), self.value(&mut tail, order.cursor, before)?));
            }
            if conditions.is_empty() {
                conditions.push(format!("{} IS NOT NULL", self.column(order.cursor)));
            }
        }
        let mut by: Vec<String> = order.all().map(|at| self.column(at)).collect();
        if page.only_without_cursor {
            by.remove(0);
        }
        tail.sql = format!(" WHERE {}", conditions.join(" AND "));
        if !by.is_empty() {
            tail.sql.push_str(&format!(" ORDER BY {}", by.join(", ")));
        }
        tail.sql.push_str(&self.first(rows));
        Ok(tail)
    }

    /// Rows without cursor value.
    pub(crate) fn without_cursor(self, order: &Order) -> Tail {
        Tail { sql: format!(" WHERE {} IS NULL", self.column(order.cursor)), values: Vec::new() }
    }

    /// Rows that stand at one place, as the database sees it: these columns are equal to these values.
    ///
    /// # Errors
    /// As [`Words::page`].
    pub(crate) fn at(self, order: &Order, place: &[(usize, CursorValue)], rows: u64) -> Result<Tail, Failure> {
        let mut tail = Tail::default();
        let mut conditions = Vec::new();
        if !place.iter().any(|(at, _)| *at == order.cursor) {
            conditions.push(format!("{} IS NULL", self.column(order.cursor)));
        }
        for (at, value) in place {
            conditions.push(format!("{} = {}", self.column(*at), self.value(&mut tail, *at, value)?));
        }
        tail.sql = format!(" WHERE {}{}", conditions.join(" AND "), self.first(rows));
        Ok(tail)
    }

    /// One of the rows of a cursor value (of none, when it is `None`) that have no key.
    ///
    /// # Errors
    /// As [`Words::page`].
    pub(crate) fn without_key(self, order: &Order, cursor: Option<&CursorValue>) -> Result<Tail, Failure> {
        let mut tail = Tail::default();
        let column = self.column(order.cursor);
        let cursor = match cursor {
            Some(value) => format!("{column} = {}", self.value(&mut tail, order.cursor, value)?),
            None => format!("{column} IS NULL"),
        };
        let missing: Vec<String> = order.key.iter().map(|at| format!("{} IS NULL", self.column(*at))).collect();
        tail.sql = format!(" WHERE {cursor} AND ({}){}", missing.join(" OR "), self.first(1));
        Ok(tail)
    }

    /// No more than this many rows.
    fn first(self, rows: u64) -> String {
        let rows = i64::try_from(rows).unwrap_or(i64::MAX);
        if self.dialect == Dialect::Standard { format!(" FETCH FIRST {rows} ROWS ONLY") } else { format!(" LIMIT {rows}") }
    }

    /// A column of the wrapped query.
    pub(crate) fn column(self, at: usize) -> String {
        match self.dialect {
            // Alone it would be the column of the result, which is a text where the query's is a decimal.
            Dialect::Postgres => format!("q.c{at}"),
            Dialect::Sqlite => format!("c{at}"),
            Dialect::Standard => format!("q.\"{}\"", self.columns[at].name.replace('"', "\"\"")),
            Dialect::Mysql { .. } => {
                let name = format!("q.`{}`", self.columns[at].name.replace('`', "``"));
                // They are sorted by number and compared by text unless they are made text.
                if matches!(self.columns[at].native.as_str(), "enum" | "set") { format!("CAST({name} AS CHAR)") } else { name }
            }
        }
    }

    /// What stands behind these values in the order of these columns.
    fn behind(self, tail: &mut Tail, columns: &[usize], values: &[CursorValue]) -> Result<String, Failure> {
        if columns.is_empty() {
            return Err(refused("there are more rows without a cursor value than one page takes, and no key to tell them apart"));
        }
        if columns.len() != values.len() {
            return Err(refused("the place that a page begins behind has another key than the series: reset the cursor"));
        }
        let pairs: Vec<(usize, &CursorValue)> = columns.iter().copied().zip(values).collect();
        if matches!(self.dialect, Dialect::Mysql { .. } | Dialect::Standard) {
            let first = format!("{} >= {}", self.column(pairs[0].0), self.value(tail, pairs[0].0, pairs[0].1)?);
            return Ok(format!("{first} AND {}", self.behind_one_by_one(tail, &pairs)?));
        }
        let names: Vec<String> = pairs.iter().map(|(at, _)| self.column(*at)).collect();
        let values = pairs.iter().map(|(at, value)| self.value(tail, *at, value)).collect::<Result<Vec<_>, _>>()?;
        Ok(format!("({}) > ({})", names.join(", "), values.join(", ")))
    }

    fn behind_one_by_one(self, tail: &mut Tail, pairs: &[(usize, &CursorValue)]) -> Result<String, Failure> {
        let Some(((at, value), rest)) = pairs.split_first() else { return Ok("FALSE".to_owned()) };
        let column = self.column(*at);
        let above = format!("{column} > {}", self.value(tail, *at, value)?);
        if rest.is_empty() {
            return Ok(above);
        }
        let equal = format!("{column} = {}", self.value(tail, *at, value)?);
        Ok(format!("({above} OR ({equal} AND {}))", self.behind_one_by_one(tail, rest)?))
    }

    /// A value of a column, as the text that stands for it.
    fn value(self, tail: &mut Tail, at: usize, value: &CursorValue) -> Result<String, Failure> {
        let column = &self.columns[at];
        let number = tail.values.len();
        let text = match self.dialect {
            Dialect::Postgres => {
                if column.kind != value.kind {
                    let (now, then) = (column.kind.as_str(), value.kind.as_str());
                    return Err(refused(format!("column `{}` is of type {now} and was {then} when the cursor moved", column.name)));
                }
                postgres_value(column, number)
            }
            Dialect::Mysql { .. } => bound_value(column, value, ["DATETIME(6)"; 2], 65),
            Dialect::Standard => bound_value(column, value, ["TIMESTAMP(6)", "TIMESTAMP(6) WITH TIME ZONE"], 38),
            Dialect::Sqlite => format!("?{}", self.bound + number + 1),
        };
        tail.values.push(CursorValue { text: self.text(value), ..value.clone() });
        Ok(text)
    }
}

impl Words<'_> {
    /// The text of a value, as the dialect reads it. An instant has a zone to the standard, and to MySQL none: its sessions are in UTC.
    fn text(self, value: &CursorValue) -> String {
        match (self.dialect, value.text.strip_suffix('Z').filter(|_| value.kind == ColumnType::Instant)) {
            (Dialect::Standard, Some(text)) => format!("{text}+00:00"),
            (Dialect::Mysql { .. }, Some(text)) => text.to_owned(),
            _ => value.text.clone(),
        }
    }
}

/// The session setting that carries value `number` of a tail, from 0.
fn setting(number: usize) -> String {
    format!("tributary.f{number}")
}

impl Tail {
    /// The values as PostgreSQL's settings: their names, and texts that it reads.
    pub(crate) fn settings(&self) -> impl Iterator<Item = (String, String)> {
        self.values.iter().enumerate().map(|(number, value)| (setting(number), postgres_text(value)))
    }
}

fn postgres_value(column: &Column, number: usize) -> String {
    let name = setting(number);
    let native = match column.native.as_str() {
        // As SQL's own words they would be one bit or character wide.
        "bit" => "\"bit\"",
        "bit[]" => "\"bit\"[]",
        "character" => "bpchar",
        "character[]" => "bpchar[]",
        native => native,
    };
    match column.kind {
        // Through numeric, because money's own text hangs on the server's language.
        ColumnType::Decimal => format!("current_setting('{name}')::numeric::{native}"),
        ColumnType::Bytes => format!("decode(current_setting('{name}'), 'hex')::{native}"),
        _ => format!("current_setting('{name}')::{native}"),
    }
}

/// Years beyond four digits have a sign, and those before the first are counted from 0; PostgreSQL has no sign and says BC.
fn postgres_text(value: &CursorValue) -> String {
    if !matches!(value.kind, ColumnType::Date | ColumnType::Timestamp | ColumnType::Instant) {
        return value.text.clone();
    }
    if let Some(text) = value.text.strip_prefix('+') {
        return text.to_owned();
    }
    let (before, text) = value.text.strip_prefix('-').map_or((false, value.text.as_str()), |text| (true, text));
    let Some((year, rest)) = text.split_once('-') else { return value.text.clone() };
    match year.parse::<u32>() {
        Ok(year) if before || year == 0 => format!("{:04}-{rest} BC", year + 1),
        _ => value.text.clone(),
    }
}

/// A question mark, cast where the text that is bound there would be compared as text. Times without a zone and instants have one type each:
/// what is cast to a type without a zone is compared in the session's, hours beside the instant. A decimal has `digits` at most.
fn bound_value(column: &Column, value: &CursorValue, [timestamp, instant]: [&str; 2], digits: u8) -> String {
    match column.kind {
        ColumnType::Decimal => {
            let scale = value.text.split_once('.').map_or(0, |(_, fraction)| fraction.len());
            format!("CAST(? AS DECIMAL({digits},{scale}))")
        }
        ColumnType::Date => "CAST(? AS DATE)".to_owned(),
        ColumnType::Timestamp => format!("CAST(? AS {timestamp})"),
        ColumnType::Instant => format!("CAST(? AS {instant})"),
        _ => "?".to_owned(),
    }
}

/// The values of a place, in the order of cursor and key.
fn values(position: &Position) -> Vec<CursorValue> {
    std::iter::once(&position.cursor).chain(&position.key).cloned().collect()
}

/// The bytes that a value's hexadecimal digits stand for.
pub(crate) fn bytes_of(value: &CursorValue) -> Result<Vec<u8>, Failure> {
    let digits = value.text.as_bytes();
    let pairs = digits.chunks(2).map(|pair| {
        let text = std::str::from_utf8(pair).ok().filter(|text| text.len() == 2);
        text.and_then(|text| u8::from_str_radix(text, 16).ok())
    });
    pairs.collect::<Option<Vec<u8>>>().ok_or_else(|| refused("the cursor's bytes are not written as hexadecimal digits"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(name: &str, kind: ColumnType, native: &str) -> Column {
        Column { name: name.to_owned(), kind, native: native.to_owned() }
    }

    fn columns() -> Vec<Column> {
        vec![
            column("at", ColumnType::Timestamp, "timestamp"),
            column("t`k", ColumnType::Text, "enum"),
            column("n", ColumnType::Decimal, "money"),
        ]
    }

    fn page() -> (Order, Page) {
        let columns = columns();
        let value = |at: usize, text: &str| CursorValue::new(&columns[at], text);
        let after = Position { cursor: value(0, "2026-11-21 14:05:00.123456"), key: vec![value(1, "x"), value(2, "1.50")] };
        let order = Order { cursor: 0, key: vec![1, 2] };
        (order, Page { from: Some(value(0, "a")), after: Some(after), before: Some(value(0, "b")), only_without_cursor: false, rows: 9 })
    }

    #[test]
    fn a_page_begins_behind_a_place_and_ends_before_a_fence() {
        let columns = columns();
        let (order, page) = page();
        let words = |dialect| Words { dialect, columns: &columns, bound: 2 };
        let sqlite = words(Dialect::Sqlite).page(&order, &page, 9).unwrap();
        assert_eq!(sqlite.sql, " WHERE c0 >= ?3 AND (c0, c1, c2) > (?4, ?5, ?6) AND c0 < ?7 ORDER BY c0, c1, c2 LIMIT 9");
        let postgres = words(Dialect::Postgres).page(&order, &page, 9).unwrap();
        assert_eq!(
            postgres.sql,
            " WHERE q.c0 >= current_setting('tributary.f0')::timestamp AND (q.c0, q.c1, q.c2) > (current_setting('tributary.f1')::timestamp, \
             current_setting('tributary.f2')::enum, current_setting('tributary.f3')::numeric::money) \
             AND q.c0 < current_setting('tributary.f4')::timestamp ORDER BY q.c0, q.c1, q.c2 LIMIT 9"
        );
        let mysql = words(Dialect::MYSQL).page(&order, &page, 9).unwrap();
        let (at, k, t) = ("q.`at`", "CAST(q.`t``k` AS CHAR)", "CAST(? AS DATETIME(6))");
        assert_eq!(
            mysql.sql,
            format!(
                " WHERE {at} >= {t} AND {at} >= {t} AND ({at} > {t} OR ({at} = {t} AND ({k} > ? OR ({k} = ? AND q.`n` > CAST(? AS DECIMAL(65,2)))))) \
                 AND {at} < {t} ORDER BY {at}, {k}, q.`n` LIMIT 9"
            )
        );
        assert_eq!(mysql.values.len(), mysql.sql.matches('?').count(), "one value per question mark");
        let standard = words(Dialect::Standard).page(&order, &page, 9).unwrap();
        let (at, k, t) = ("q.\"at\"", "q.\"t`k\"", "CAST(? AS TIMESTAMP(6))");
        assert_eq!(
            standard.sql,
            format!(
                " WHERE {at} >= {t} AND {at} >= {t} AND ({at} > {t} OR ({at} = {t} AND ({k} > ? OR ({k} = ? AND q.\"n\" > CAST(? AS DECIMAL(38,2)))))) \
                 AND {at} < {t} ORDER BY {at}, {k}, q.\"n\" FETCH FIRST 9 ROWS ONLY"
            )
        );
    }

    #[test]
    fn an_instant_is_compared_as_one_whatever_the_zone_of_the_session() {
        let columns = [column("at", ColumnType::Instant, "timestamptz")];
        let order = Order { cursor: 0, key: Vec::new() };
        let page = Page { from: Some(CursorValue::new(&columns[0], "2026-11-21 14:05:00.123456Z")), ..Page::default() };
        for (dialect, cast, text) in [
            (Dialect::Standard, "CAST(? AS TIMESTAMP(6) WITH TIME ZONE)", "2026-11-21 14:05:00.123456+00:00"),
            (Dialect::MYSQL, "CAST(? AS DATETIME(6))", "2026-11-21 14:05:00.123456"),
            (Dialect::Postgres, "current_setting('tributary.f0')::timestamptz", "2026-11-21 14:05:00.123456Z"),
        ] {
            let tail = Words { dialect, columns: &columns, bound: 0 }.page(&order, &page, 9).unwrap();
            assert!(tail.sql.contains(&format!(" >= {cast} ")), "{dialect:?}: {}", tail.sql);
            assert_eq!(tail.values[0].text, text, "{dialect:?}");
        }
    }

    #[test]
    fn a_first_page_has_no_bound_and_no_null() {
        let columns = columns();
        let words = Words { dialect: Dialect::Postgres, columns: &columns, bound: 0 };
        let order = Order { cursor: 0, key: Vec::new() };
        let all = words.page(&order, &Page::default(), u64::MAX).unwrap();
        assert_eq!(all.sql, format!(" WHERE q.c0 IS NOT NULL ORDER BY q.c0 LIMIT {}", i64::MAX));
        let swept = words.page(&order, &Page { only_without_cursor: true, ..Page::default() }, 5).unwrap();
        assert_eq!(swept.sql, " WHERE q.c0 IS NULL LIMIT 5");
    }

    #[test]
    fn postgres_reads_years_that_have_a_sign() {
        let value = |text: &str| CursorValue { kind: ColumnType::Timestamp, native: String::new(), text: text.to_owned() };
        for (text, read) in [
            ("2026-11-21 14:05:00.123456", "2026-11-21 14:05:00.123456"),
            ("+12026-11-21 00:00:00.000000", "12026-11-21 00:00:00.000000"),
            ("-0043-03-15 00:00:00.000000", "0044-03-15 00:00:00.000000 BC"),
            ("0000-03-15 00:00:00.000000", "0001-03-15 00:00:00.000000 BC"),
        ] {
            assert_eq!(postgres_text(&value(text)), read);
        }
        let text = CursorValue { kind: ColumnType::Text, native: String::new(), text: "-0043-03".to_owned() };
        assert_eq!(postgres_text(&text), "-0043-03");
    }

    #[test]
    fn bytes_travel_as_their_digits() {
        let value = |text: &str| CursorValue { kind: ColumnType::Bytes, native: String::new(), text: text.to_owned() };
        assert_eq!(bytes_of(&value("00ff10")).unwrap(), [0, 255, 16]);
        assert_eq!(bytes_of(&value("")).unwrap(), [0_u8; 0]);
        assert!(bytes_of(&value("0")).is_err() && bytes_of(&value("zz")).is_err());
    }
}
