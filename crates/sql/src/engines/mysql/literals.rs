//! The query with its values written out, for asking what its columns are.
//!
//! Before a statement runs, the server takes a placeholder for NULL and tells types that the result will not have: `CONCAT(:a, host)` would
//! be bytes. This text is prepared and never run; text is written as hexadecimal digits, so that nothing in it can be SQL.

use chrono::{DateTime, Utc};
use model::Value;

use crate::query::Translated;

/// The translated query with a literal for each placeholder.
pub(super) fn written_out(translated: &Translated) -> String {
    let sql = translated.sql.as_str();
    let mut out = String::with_capacity(sql.len() + 64);
    let mut copied = 0;
    // A question mark that is quoted stands for itself: the place behind it is the next one in the user's text as well.
    let placeholders = sql.match_indices('?').map(|(at, _)| at).filter(|at| translated.place(at + 1) - translated.place(*at) > 1);
    for (at, value) in placeholders.zip(&translated.values) {
        out.push_str(&sql[copied..at]);
        out.push_str(&literal(value));
        copied = at + 1;
    }
    out.push_str(&sql[copied..]);
    out
}

fn literal(value: &Value) -> String {
    match value {
        Value::Text(text) => {
            let digits: String = text.bytes().map(|byte| format!("{byte:02x}")).collect();
            format!("_utf8mb4 x'{digits}'")
        }
        Value::Integer(number) => number.to_string(),
        Value::Float(number) => format!("{number:e}"),
        Value::Boolean(truth) => i64::from(*truth).to_string(),
        Value::Instant(instant) => instant_literal(*instant),
    }
}

fn instant_literal(instant: DateTime<Utc>) -> String {
    instant.format("TIMESTAMP'%Y-%m-%d %H:%M:%S%.6f'").to_string()
}

#[cfg(test)]
mod tests {
    use model::Statement;

    use super::*;
    use crate::query::{Dialect, translate};

    #[test]
    fn only_placeholders_are_written_out_and_text_cannot_be_sql() {
        let at = "2026-11-21T14:05:00.5Z".parse().expect("an instant");
        let values =
            [("a", Value::Text("o'x".to_owned())), ("n", Value::Integer(-5)), ("f", Value::Float(0.25)), ("at", Value::Instant(at))];
        let sql = "select '?', :a, `?`, :n, :f -- ?\n, :at, :a";
        let statement = Statement { sql: sql.to_owned(), values: values.into_iter().map(|(k, v)| (k.to_owned(), v)).collect() };
        let translated = translate(&statement, Dialect::MYSQL).expect("it has every value");
        let expected = "select '?', _utf8mb4 x'6f2778', `?`, -5, 2.5e-1 -- ?\n, TIMESTAMP'2026-11-21 14:05:00.500000', _utf8mb4 x'6f2778'";
        assert_eq!(written_out(&translated), expected);
    }
}
