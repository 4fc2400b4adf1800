//! The read-only guard: one statement, and one that reads.
//!
//! It is the first of three walls; the session is read-only as well, and the account should be. It refuses by what it sees in the
//! tokens, so a query in a corner of a dialect that no parser knows is not refused for that; what [`sqlparser`] does understand is
//! judged by its tree as well, and either refusal counts.

use model::{Failure, FailureKind};
use sqlparser::{
    ast::{Query, SetExpr, Statement as Parsed},
    parser::Parser,
};

use super::{
    lexer::{Dialect, Kind, Token, tokens},
    line_and_column,
};

/// What kind of reading statement it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// `SELECT`, `WITH … SELECT`, `VALUES`, `TABLE`: can stand in a subquery.
    Query,
    /// `SHOW`: cannot.
    Show,
}

/// Passes one reading statement; a semicolon at its end is fine.
///
/// # Errors
/// `SqlNotReadOnly`, saying which words of the text are the reason; `SqlInvalid` when there is no statement at all, or a quote or comment
/// does not end.
pub fn check(sql: &str, dialect: Dialect) -> Result<Reading, Failure> {
    let mut tokens = tokens(sql, dialect);
    while tokens.last().is_some_and(|token| token.is_symbol(sql, ";")) {
        tokens.pop();
    }
    if tokens.is_empty() {
        return Err(Failure::new(FailureKind::SqlInvalid, "the query is empty"));
    }
    // PostgreSQL is sent the text more than once in one message: what is open in the first would be closed by the second.
    if let Some(open) = tokens.iter().find(|token| token.kind == Kind::Unclosed) {
        let place = line_and_column(sql, open.start);
        return Err(Failure::new(FailureKind::SqlInvalid, format!("{place}: the quote or comment that begins here does not end")));
    }
    let reading = if tokens[0].is_word(sql, "show") { Reading::Show } else { Reading::Query };
    let refused = refusal(sql, &tokens, dialect).or_else(|| if reading == Reading::Query { refusal_of_tree(sql, dialect) } else { None });
    match refused {
        Some(reason) => Err(Failure::new(FailureKind::SqlNotReadOnly, reason)),
        None => Ok(reading),
    }
}

const READING: [&str; 5] = ["select", "with", "values", "show", "table"];
const WRITING: [&str; 5] = ["insert", "update", "delete", "merge", "replace"];
/// What begins a statement that does more than read, on some server that only a driver knows. Some of them take one statement behind
/// another with nothing in between (`SELECT 1 DELETE FROM t` are two), and not all have sessions that only read.
const DOING: [&str; 22] = [
    "insert", "update", "delete", "merge", "upsert", "truncate", "create", "alter", "drop", "rename", "exec", "execute", "call", "grant",
    "revoke", "deny", "commit", "rollback", "declare", "kill", "shutdown", "waitfor",
];

fn refusal(sql: &str, tokens: &[Token], dialect: Dialect) -> Option<String> {
    let first = tokens.iter().find(|token| !token.is_symbol(sql, "("))?;
    if !READING.iter().any(|word| first.is_word(sql, word)) {
        return Some(format!("a query begins with SELECT, WITH, VALUES, TABLE or SHOW, not with `{}`", first.text(sql)));
    }
    for (at, token) in tokens.iter().enumerate() {
        let before = at.checked_sub(1).map(|i| tokens[i]);
        let next = |ahead: usize, word: &str| tokens.get(at + ahead).is_some_and(|token| token.is_word(sql, word));
        match token.kind {
            Kind::Symbol if token.is_symbol(sql, ";") => return Some("a second statement follows the semicolon".to_owned()),
            Kind::RunComment => return Some("a `/*! … */` comment is run by the server; write it as plain SQL".to_owned()),
            Kind::Word if before.is_some_and(|b| b.is_symbol(sql, ".")) => {}
            Kind::Word if dialect == Dialect::Standard && DOING.iter().any(|word| token.is_word(sql, word)) => {
                return Some(format!(
                    "`{}` begins a statement that does more than read; as a name it is put between quotes",
                    token.text(sql)
                ));
            }
            Kind::Symbol if dialect == Dialect::Standard && (token.is_symbol(sql, "`") || token.is_symbol(sql, "[")) => {
                return Some(format!("`{}` is no quote of standard SQL; put names between double quotes", token.text(sql)));
            }
            Kind::Quoted if dialect == Dialect::Standard && token.text(sql).contains('\\') => {
                return Some(
                    "a backslash between quotes is read in two ways by databases; build it from its number in the query".to_owned(),
                );
            }
            Kind::Word if token.is_word(sql, "into") => return Some("INTO writes a table, a file or a variable".to_owned()),
            Kind::Word if token.is_word(sql, "for") => {
                let ahead = if next(1, "no") && next(2, "key") { 3 } else { 1 + usize::from(next(1, "key")) };
                if next(ahead, "update") || next(ahead, "share") {
                    return Some("FOR UPDATE and FOR SHARE lock rows".to_owned());
                }
            }
            Kind::Word if token.is_word(sql, "lock") && next(1, "in") && next(2, "share") => {
                return Some("LOCK IN SHARE MODE locks rows".to_owned());
            }
            // Behind an opening parenthesis a statement begins (the body of a WITH); behind a closing one, what a WITH is for.
            Kind::Word if before.is_some_and(|b| b.is_symbol(sql, "(") || b.is_symbol(sql, ")")) => {
                let named = tokens.get(at + 1).is_some_and(|after| matches!(after.kind, Kind::Word | Kind::Quoted));
                if let Some(word) = WRITING.iter().find(|word| named && token.is_word(sql, word)) {
                    return Some(format!("{} changes data", word.to_uppercase()));
                }
            }
            _ => {}
        }
    }
    None
}

/// Why the parsed tree is not one reading statement; `None` when it is, or when the parser does not know the text.
fn refusal_of_tree(sql: &str, dialect: Dialect) -> Option<String> {
    let parsed = Parser::parse_sql(dialect.parser(), sql).ok()?;
    if parsed.len() > 1 {
        return Some("there is more than one statement".to_owned());
    }
    match parsed.first()? {
        Parsed::Query(query) => writes(query).then(|| "a part of the query changes data or locks rows".to_owned()),
        _ => Some("the statement is not a query".to_owned()),
    }
}

fn writes(query: &Query) -> bool {
    let with = query.with.iter().flat_map(|with| &with.cte_tables).any(|cte| writes(&cte.query));
    with || !query.locks.is_empty() || body_writes(&query.body)
}

fn body_writes(body: &SetExpr) -> bool {
    match body {
        SetExpr::Select(select) => select.into.is_some(),
        SetExpr::Query(query) => writes(query),
        SetExpr::SetOperation { left, right, .. } => body_writes(left) || body_writes(right),
        SetExpr::Values(_) | SetExpr::Table(_) => false,
        SetExpr::Insert(_) | SetExpr::Update(_) | SetExpr::Delete(_) | SetExpr::Merge(_) => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Dialect; 4] = [Dialect::Sqlite, Dialect::Postgres, Dialect::MYSQL, Dialect::Standard];

    #[test]
    fn reading_statements_pass_in_every_dialect() {
        for sql in [
            "select 1",
            "SELECT 1;",
            "select 1 ; -- the end\n;",
            "/* a; b */ select ';' -- ; delete from t",
            "(select 1) union all (select 2)",
            "with a as (select 1 x), b as (select * from a) select * from b",
            "with recursive n(i) as (select 1 union all select i + 1 from n where i < 9) select i from n",
            "values (1), (2)",
            "select replace(a, 'x', 'y'), substring(a from 1 for 3) from t",
            "select t.into, t.\"update\" from t",
            "select 'into', 'for update' from t",
            "select count(*) from updates where deleted = 0",
            "select (replace(a, 'b', 'c')) from t",
            "select * from t where :window_start <= at and at < :window_end",
        ] {
            for dialect in ALL {
                assert_eq!(check(sql, dialect).map_err(|f| f.doing), Ok(Reading::Query), "{dialect:?}: {sql}");
            }
        }
    }

    #[test]
    fn corners_of_a_dialect_pass_there() {
        for (dialect, sql) in [
            (Dialect::Postgres, "select * from t tablesample system (1) where a @> '{1}' and b ?| array['x']"),
            (Dialect::Postgres, "select extract(epoch from at)::int8, $$ ; into $$ from only t"),
            (Dialect::Postgres, "select * from generate_series(:window_start::timestamptz, :window_end, interval '1 hour') g(t)"),
            (Dialect::Postgres, "table orders"),
            (Dialect::Postgres, "select a from t order by a using > fetch first 3 rows with ties"),
            (Dialect::MYSQL, "select sql_no_cache straight_join a, @n := @n + 1 from t use index (i) where a <=> null"),
            (Dialect::MYSQL, "select insert(a, 1, 2, 'x'), (insert(a, 1, 2, 'x')) from t procedure analyse()"),
            (Dialect::MYSQL, "select group_concat(a order by b separator ';') from t partition (p0)"),
            (Dialect::MYSQL, "select * from t for system_time as of now()"),
            (Dialect::Sqlite, "select * from pragma_table_info('t')"),
            (Dialect::Sqlite, "select a from t indexed by i where a glob 'x*' and b regexp 'y'"),
        ] {
            assert_eq!(check(sql, dialect).map_err(|f| f.doing), Ok(Reading::Query), "{dialect:?}: {sql}");
        }
        for (dialect, sql) in [
            (Dialect::MYSQL, "show global status like 'Threads%'"),
            (Dialect::MYSQL, "show tables"),
            (Dialect::Postgres, "show server_version"),
        ] {
            assert_eq!(check(sql, dialect).map_err(|f| f.doing), Ok(Reading::Show), "{dialect:?}: {sql}");
        }
    }

    #[test]
    fn what_writes_locks_or_follows_a_semicolon_is_refused() {
        for sql in [
            "insert into t values (1)",
            "update t set a = 1",
            "delete from t",
            "drop table t",
            "create table t as select 1",
            "select 1; select 2",
            "select 1; drop table t",
            "select * into u from t",
            "select a from t for update",
            "select a from t FOR NO KEY UPDATE",
            "select a from t for key share",
            "select a from t for/**/share",
            "select a from t lock in share mode",
            "select a from t into outfile '/tmp/x'",
            "select a from t into dumpfile '/tmp/x'",
            "select a into @x from t",
            "with a as (delete from t returning *) select * from a",
            "with a as (insert into t values (1) returning *) select * from a",
            "with a as materialized (update t set a = 1 returning *) select * from a",
            "with a as (select 1) delete from t",
            "with a as (select 1) update t set a = 1",
            "with a as (select 1) merge into t using a on true when matched then delete",
            "copy t to stdout",
            "do $$ begin end $$",
            "call p()",
            "pragma journal_mode = delete",
            "attach database 'x' as y",
            "vacuum",
            "begin",
            "set role admin",
            "explain analyze delete from t",
            "grant all on t to x",
            "lock table t",
            "load data infile 'x' into table t",
            "handler t open",
        ] {
            for dialect in ALL {
                let kind = check(sql, dialect).map_err(|failure| failure.kind);
                assert_eq!(kind, Err(FailureKind::SqlNotReadOnly), "{dialect:?}: {sql}");
            }
        }
    }

    #[test]
    fn what_hides_behind_quotes_of_another_dialect_is_refused() {
        for (dialect, sql) in [
            (Dialect::MYSQL, "select 1 /*! into outfile '/tmp/x' */"),
            (Dialect::MYSQL, "select 1 /*M!100000 into outfile '/tmp/x' */"),
            (Dialect::Postgres, r"select 'a\'; delete from t; --'"),
            (Dialect::Sqlite, r"select 'a\'; delete from t; --'"),
            (Dialect::MYSQL, "select 'a''\\\\'; delete from t; -- '"),
            (Dialect::Mysql { ansi_quotes: false, no_backslash_escapes: true }, r"select 'a\'; delete from t; -- '"),
            (Dialect::Mysql { ansi_quotes: true, no_backslash_escapes: false }, r#"select "a\"; delete from t; -- ""#),
            (Dialect::Postgres, "select $a$ $b$ $a$; delete from t; -- $b$"),
            (Dialect::Postgres, "select /* /* */ 1 */ 2; delete from t"),
            (Dialect::MYSQL, "select /* /* */ 1; delete from t"),
            (Dialect::Postgres, "show --\r server_version; commit; delete from t; show --\n server_version"),
            (Dialect::Postgres, r"select 1e'\''; delete from t; --'"),
            (Dialect::Postgres, "select 1$$ ' $$; delete from t; --'"),
        ] {
            assert_eq!(check(sql, dialect).map_err(|f| f.kind), Err(FailureKind::SqlNotReadOnly), "{dialect:?}: {sql}");
        }
    }

    #[test]
    fn what_databases_read_in_two_ways_is_refused_where_only_a_driver_knows() {
        for sql in [
            "select 1 delete from t",
            "select 1 drop table t",
            "select 1 exec p",
            "select `a; delete from t; --` from t",
            "select [a'] from t; delete from t; --'",
            r"select 'a\', 'b' from t",
            "select 1 \n; delete from t",
        ] {
            assert_eq!(check(sql, Dialect::Standard).map_err(|f| f.kind), Err(FailureKind::SqlNotReadOnly), "{sql}");
        }
        for sql in ["select \"delete\", t.update from t", "select replace(a, 'b', 'c') from t fetch first 3 rows only"] {
            assert_eq!(check(sql, Dialect::Standard).map_err(|f| f.doing), Ok(Reading::Query), "{sql}");
        }
    }

    #[test]
    fn what_does_not_end_is_refused_with_its_place() {
        for (dialect, sql) in [
            (Dialect::Postgres, "select 1,\n  ' ; commit; delete from t; select 1 from (select 1) a left join (select 1 as z"),
            (Dialect::Postgres, "select 1,\n  \"a"),
            (Dialect::Postgres, "select 1,\n  $$ a $ b"),
            (Dialect::Postgres, "select 1,\n  /* a /* b */"),
            (Dialect::Postgres, "select 1,\n  E'a\\'"),
            (Dialect::MYSQL, "select 1,\n  `a"),
            (Dialect::MYSQL, "select 1,\n  /* a"),
            (Dialect::Sqlite, "select 1,\n  [a"),
        ] {
            let failure = check(sql, dialect).unwrap_err();
            assert_eq!(failure.kind, FailureKind::SqlInvalid, "{dialect:?}: {sql}");
            assert!(failure.doing.starts_with("line 2, column 3: the quote"), "{dialect:?}: {}", failure.doing);
        }
    }

    #[test]
    fn an_empty_text_is_no_query() {
        for sql in ["", "  ;; ", "-- nothing\n"] {
            assert_eq!(check(sql, Dialect::Postgres).map_err(|f| f.kind), Err(FailureKind::SqlInvalid), "{sql}");
        }
    }
}
