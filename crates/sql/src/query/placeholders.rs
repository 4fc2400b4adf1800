//! Placeholders: `:name` in the user's SQL becomes what the engine binds.

use model::{Failure, FailureKind, Statement, Value};

use super::lexer::{Dialect, Kind, tokens};

/// SQL ready for an engine, with the values in the order in which the engine binds them.
#[derive(Clone, Debug, PartialEq)]
pub struct Translated {
    /// The SQL; without the semicolon at its end.
    pub sql: String,
    /// PostgreSQL and SQLite: one value per name, in order of first use. MySQL and the standard: one per use.
    pub values: Vec<Value>,
    /// `(place in sql, place in the user's text)` behind each placeholder, ascending.
    shifts: Vec<(usize, usize)>,
}

impl Translated {
    /// The place in the user's text for a place in [`Translated::sql`], both in bytes.
    pub fn place(&self, at: usize) -> usize {
        let shift = self.shifts.partition_point(|(translated, _)| *translated <= at);
        match shift.checked_sub(1).and_then(|i| self.shifts.get(i)) {
            Some((translated, original)) => original + (at - translated),
            None => at,
        }
    }
}

/// The session setting that carries the value of PostgreSQL's placeholder `number`, from 0: `COPY` takes no bound values, so each is set
/// by a bound `set_config` and read back by the query.
pub fn setting(number: usize) -> String {
    format!("tributary.p{number}")
}

/// How placeholders are written for whoever binds them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Marks {
    /// As the dialect's own server has them.
    Own,
    /// `?`, one value per use.
    Questions,
}

/// Translates the placeholders of `statement` for an engine.
///
/// # Errors
/// `SqlParameter` when a placeholder has no value, naming it, or when the text uses a placeholder of the server's own kind (`?`, `$1`).
pub fn translate(statement: &Statement, dialect: Dialect) -> Result<Translated, Failure> {
    translate_as(statement, dialect, Marks::Own)
}

/// The same for a driver that knows one mark in every dialect: `?`, with one value per use.
///
/// # Errors
/// As [`translate`].
#[cfg(feature = "odbc")]
pub(crate) fn translate_to_questions(statement: &Statement, dialect: Dialect) -> Result<Translated, Failure> {
    translate_as(statement, dialect, Marks::Questions)
}

fn translate_as(statement: &Statement, dialect: Dialect, marks: Marks) -> Result<Translated, Failure> {
    let marks = if matches!(dialect, Dialect::Mysql { .. } | Dialect::Standard) { Marks::Questions } else { marks };
    let text = statement.sql.as_str();
    let mut out = Translated { sql: String::with_capacity(text.len() + 64), values: Vec::new(), shifts: Vec::new() };
    let mut names: Vec<&str> = Vec::new();
    let mut copied = 0;
    let tokens = tokens(text, dialect);
    let end = tokens.iter().rposition(|token| !token.is_symbol(text, ";")).map_or(0, |last| tokens[last].end);
    for token in tokens {
        match token.kind {
            Kind::Foreign => {
                return Err(Failure::new(
                    FailureKind::SqlParameter,
                    format!("`{}` is a placeholder of the server's own kind; write it as `:name`", token.text(text)),
                ));
            }
            Kind::Placeholder => {}
            _ => continue,
        }
        let name = &token.text(text)[1..];
        let Some(value) = statement.values.get(name) else {
            return Err(Failure::new(FailureKind::SqlParameter, format!("placeholder `:{name}` has no value")));
        };
        out.sql.push_str(&text[copied..token.start]);
        let number = match names.iter().position(|known| *known == name) {
            Some(number) if marks == Marks::Own => number,
            _ => {
                names.push(name);
                out.values.push(value.clone());
                names.len() - 1
            }
        };
        match dialect {
            _ if marks == Marks::Questions => out.sql.push('?'),
            Dialect::Mysql { .. } | Dialect::Standard => out.sql.push('?'),
            Dialect::Sqlite => out.sql.push_str(&format!("?{}", number + 1)),
            Dialect::Postgres => out.sql.push_str(&format!("(current_setting('{}')::{})", setting(number), postgres_type(value))),
        }
        copied = token.end;
        out.shifts.push((out.sql.len(), copied));
    }
    out.sql.push_str(&text[copied..end.max(copied)]);
    Ok(out)
}

const fn postgres_type(value: &Value) -> &'static str {
    match value {
        Value::Text(_) => "text",
        Value::Integer(_) => "int8",
        Value::Float(_) => "float8",
        Value::Boolean(_) => "bool",
        Value::Instant(_) => "timestamptz",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn statement(sql: &str) -> Statement {
        let values = [("a", Value::Integer(1)), ("b", Value::Text("two".to_owned()))];
        Statement { sql: sql.to_owned(), values: values.into_iter().map(|(name, value)| (name.to_owned(), value)).collect() }
    }

    #[test]
    fn placeholders_are_found_only_where_the_dialect_has_code() {
        let pg = Dialect::Postgres;
        let table = [
            (Dialect::Sqlite, "select :a, :b, :a", "select ?1, ?2, ?1"),
            (Dialect::MYSQL, "select :a, :b, :a", "select ?, ?, ?"),
            (pg, "select :a", "select (current_setting('tributary.p0')::int8)"),
            (pg, "select :b::date", "select (current_setting('tributary.p0')::text)::date"),
            (pg, "select '2026-01-01 10:00:00'::timestamptz, ':a'", "select '2026-01-01 10:00:00'::timestamptz, ':a'"),
            (pg, r"select E'it\'s :a', ':b'", r"select E'it\'s :a', ':b'"),
            (pg, r"select 'a\', :a, 'x'", r"select 'a\', (current_setting('tributary.p0')::int8), 'x'"),
            (pg, "select $$ :a $$, $t$ :a $$ $t$", "select $$ :a $$, $t$ :a $$ $t$"),
            (pg, "select a$b$ from t -- :a", "select a$b$ from t"),
            (pg, "select /* :a /* nested */ :b */ 1", "select /* :a /* nested */ :b */ 1"),
            (pg, "select \":a\", a ? 'x', b[1:2]", "select \":a\", a ? 'x', b[1:2]"),
            (Dialect::Sqlite, "select [:a], `:a`, \":a\", 'it''s :a'", "select [:a], `:a`, \":a\", 'it''s :a'"),
            (Dialect::Sqlite, "select 'a\\', :a", "select 'a\\', ?1"),
            (Dialect::MYSQL, r"select 'it\'s :a', :a", r"select 'it\'s :a', ?"),
            (Dialect::MYSQL, "select @x := :a # :b", "select @x := ?"),
            (Dialect::MYSQL, "select 5--:a", "select 5--?"),
            (Dialect::MYSQL, "select 1 -- :a\n, :b", "select 1 -- :a\n, ?"),
            (Dialect::MYSQL, "select @x:=1, t.`:a` from t;\n ; ", "select @x:=1, t.`:a` from t"),
            (Dialect::Sqlite, "select ':a", "select ':a"),
            (Dialect::Sqlite, "", ""),
        ];
        for (dialect, sql, expected) in table {
            assert_eq!(translate(&statement(sql), dialect).map(|t| t.sql).expect(sql), expected, "{dialect:?} {sql}");
        }
    }

    #[test]
    fn values_come_in_the_order_in_which_the_engine_binds_them() {
        let (one, two) = (Value::Integer(1), Value::Text("two".to_owned()));
        let sql = statement("select :b, :a, :b");
        assert_eq!(translate(&sql, Dialect::Sqlite).unwrap().values, [two.clone(), one.clone()]);
        assert_eq!(translate(&sql, Dialect::MYSQL).unwrap().values, [two.clone(), one, two]);
    }

    #[test]
    fn a_placeholder_without_a_value_is_named() {
        let failure = translate(&statement("select :missing"), Dialect::Postgres).unwrap_err();
        assert_eq!((failure.kind, failure.doing.as_str()), (FailureKind::SqlParameter, "placeholder `:missing` has no value"));
    }

    #[test]
    fn placeholders_of_the_servers_own_kind_are_refused() {
        for (dialect, sql) in
            [(Dialect::MYSQL, "select ?"), (Dialect::Sqlite, "select ?2"), (Dialect::Sqlite, "select @a"), (Dialect::Postgres, "select $1")]
        {
            assert_eq!(translate(&statement(sql), dialect).unwrap_err().kind, FailureKind::SqlParameter, "{sql}");
        }
    }

    #[test]
    fn a_place_in_the_translated_text_leads_back_to_the_users_text() {
        let sql = "select :a, nope, :b, wrong";
        let translated = translate(&statement(sql), Dialect::Postgres).unwrap();
        for word in ["select", "nope", "wrong"] {
            let at = translated.sql.find(word).unwrap();
            assert_eq!(translated.place(at), sql.find(word).unwrap(), "{word}");
        }
    }
}
