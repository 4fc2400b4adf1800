//! Whether a query cuts its own result: what it leaves out would never be read.

use model::Failure;
use sqlparser::{
    ast::{Query, SetExpr, Statement as Parsed},
    parser::Parser,
};

use super::refused;
use crate::query::{Dialect, Kind, Token, tokens};

/// Refuses a query that ends in a `LIMIT`, `OFFSET` or `FETCH` of its own. One within a part of it (a subquery, a branch of a `UNION`)
/// belongs to that part.
///
/// # Errors
/// `Cursor`.
pub(crate) fn refuse_own_limit(sql: &str, dialect: Dialect) -> Result<(), Failure> {
    let cuts = parsed(sql, dialect).map_or_else(|| by_tokens(sql, dialect), |query| cuts(&query));
    if cuts {
        return Err(refused("the query ends in a LIMIT, OFFSET or FETCH of its own: leave it out, the pages set theirs"));
    }
    Ok(())
}

fn parsed(sql: &str, dialect: Dialect) -> Option<Box<Query>> {
    match Parser::parse_sql(dialect.parser(), sql).ok()?.pop()? {
        Parsed::Query(query) => Some(query),
        _ => None,
    }
}

fn cuts(query: &Query) -> bool {
    query.limit_clause.is_some() || query.fetch.is_some() || matches!(query.body.as_ref(), SetExpr::Query(inner) if cuts(inner))
}

/// For what the parser does not know: by the words outside of every parenthesis.
fn by_tokens(sql: &str, dialect: Dialect) -> bool {
    let tokens = tokens(sql, dialect);
    let mut depth = 0_u32;
    for (at, token) in tokens.iter().enumerate() {
        let next = tokens.get(at + 1);
        let names = at.checked_sub(1).is_some_and(|i| tokens[i].is_symbol(sql, "."));
        let follows = |fits: &dyn Fn(&Token) -> bool| next.is_some_and(fits);
        if token.is_symbol(sql, "(") {
            depth += 1;
        } else if token.is_symbol(sql, ")") {
            depth = depth.saturating_sub(1);
        } else if depth > 0 || names {
            continue;
        } else if token.is_word(sql, "limit")
            || (token.is_word(sql, "fetch") && follows(&|next| next.is_word(sql, "first") || next.is_word(sql, "next")))
            || (token.is_word(sql, "offset") && follows(&|next| matches!(next.kind, Kind::Number | Kind::Placeholder)))
        {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_that_cuts_its_own_result_is_refused() {
        for (dialect, sql) in [
            (Dialect::Sqlite, "select * from t limit 5"),
            (Dialect::Sqlite, "select * from t order by a limit :n offset 3;"),
            (Dialect::Postgres, "select * from t offset 3"),
            (Dialect::Postgres, "(select * from t fetch first 3 rows only)"),
            (Dialect::Postgres, "select a from t order by a using > fetch first 3 rows with ties"),
            (Dialect::Postgres, "select a from t order by a using > offset :n"),
            (Dialect::MYSQL, "select 1 union all select 2 limit 1"),
            (Dialect::MYSQL, "select * from t limit 5, 10"),
            (Dialect::MYSQL, "select sql_no_cache straight_join a, @n := @n + 1 from t use index (i) limit 3"),
        ] {
            assert!(refuse_own_limit(sql, dialect).is_err(), "{dialect:?}: {sql}");
        }
    }

    #[test]
    fn a_limit_within_a_part_and_a_word_in_a_text_are_none() {
        for sql in [
            "select * from t",
            "select * from (select * from t order by a limit 5) x",
            "select (select b from u limit 1) from t",
            "(select 1 limit 1) union all (select 2 limit 1)",
            "with a as (select * from t limit 5) select * from a",
            "select 'limit 5', t.limit from t -- limit 5",
        ] {
            for dialect in [Dialect::Sqlite, Dialect::Postgres, Dialect::MYSQL] {
                assert!(refuse_own_limit(sql, dialect).is_ok(), "{dialect:?}: {sql}");
            }
        }
        let unknown_to_the_parser = "select a, t.offset from t tablesample system (1) where a @> '{1}' and b ?| array['limit']";
        assert!(refuse_own_limit(unknown_to_the_parser, Dialect::Postgres).is_ok());
    }
}
