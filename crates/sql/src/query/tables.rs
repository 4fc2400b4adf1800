//! The tables that a query names, and tables that a person names.

use std::{collections::BTreeSet, ops::ControlFlow};

use model::{Failure, FailureKind};
use sqlparser::{
    ast::{Expr, Ident, ObjectName, Query, SelectItem, SelectItemQualifiedWildcardKind, TableFactor, Visit, Visitor},
    parser::Parser,
};

use super::{
    check,
    lexer::{Dialect, Kind, tokens},
};

/// A name as the server knows it: quotes are gone, and what stood without them in PostgreSQL is in lower case.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Named {
    /// All tables of a schema (of a database, in MySQL).
    Schema(String),
    /// One table.
    Table {
        /// Absent when the table is named alone.
        schema: Option<String>,
        /// Its name.
        name: String,
    },
}

/// The tables and views that a query reads by name, each once.
///
/// # Errors
/// Those of the guard; `SqlInvalid` when the text is beyond the parser.
pub(crate) fn read_by(sql: &str, dialect: Dialect) -> Result<BTreeSet<Named>, Failure> {
    check(sql, dialect)?;
    let parsed = Parser::parse_sql(dialect.parser(), &without_placeholders(sql, dialect)).map_err(|error| {
        Failure::new(FailureKind::SqlInvalid, "the tables of this query cannot be told, name them instead").because(error)
    })?;
    let mut reading = Reading { dialect, tables: BTreeSet::new(), defined: BTreeSet::new() };
    let _whole: ControlFlow<()> = parsed.visit(&mut reading);
    let Reading { mut tables, defined, .. } = reading;
    tables.retain(|table| !matches!(table, Named::Table { schema: None, name } if defined.contains(name)));
    Ok(tables)
}

/// Tables as a query would name them, one after another: `orders, sales."Order Items", archive.*`.
///
/// # Errors
/// `SqlInvalid`.
pub(crate) fn named(text: &str, dialect: Dialect) -> Result<BTreeSet<Named>, Failure> {
    let wrong = || {
        Failure::new(
            FailureKind::SqlInvalid,
            "tables are named as in a query, with commas between them: orders, sales.items; all of a schema are sales.*",
        )
    };
    let mut parser = Parser::new(dialect.parser()).try_with_sql(text).map_err(|error| wrong().because(error))?;
    let items = parser.parse_comma_separated(Parser::parse_select_item).map_err(|error| wrong().because(error))?;
    parser.expect_token(&sqlparser::tokenizer::Token::EOF).map_err(|error| wrong().because(error))?;
    let one = |item: SelectItem| match item {
        SelectItem::UnnamedExpr(Expr::Identifier(name)) => table(&[name], dialect),
        SelectItem::UnnamedExpr(Expr::CompoundIdentifier(names)) => table(&names, dialect),
        SelectItem::QualifiedWildcard(SelectItemQualifiedWildcardKind::ObjectName(ObjectName(parts)), _) => match parts.as_slice() {
            [schema] => schema.as_ident().map(|schema| Named::Schema(plain(schema, dialect))),
            _ => None,
        },
        _ => None,
    };
    items.into_iter().map(one).collect::<Option<_>>().ok_or_else(wrong)
}

fn table(names: &[Ident], dialect: Dialect) -> Option<Named> {
    let (name, before) = names.split_last()?;
    let schema = match before {
        [] => None,
        [schema] => Some(plain(schema, dialect)),
        // PostgreSQL takes its own database's name before the schema.
        [_, schema] if dialect == Dialect::Postgres => Some(plain(schema, dialect)),
        _ => return None,
    };
    Some(Named::Table { schema, name: plain(name, dialect) })
}

fn plain(name: &Ident, dialect: Dialect) -> String {
    match name.quote_style {
        None if dialect == Dialect::Postgres => name.value.to_lowercase(),
        _ => name.value.clone(),
    }
}

/// The parser does not know `:name` everywhere.
fn without_placeholders(sql: &str, dialect: Dialect) -> String {
    let mut text = String::with_capacity(sql.len());
    let mut done = 0;
    for token in tokens(sql, dialect).into_iter().filter(|token| token.kind == Kind::Placeholder) {
        text.push_str(sql.get(done..token.start).unwrap_or_default());
        text.push_str("NULL");
        done = token.end;
    }
    text.push_str(sql.get(done..).unwrap_or_default());
    text
}

struct Reading {
    dialect: Dialect,
    tables: BTreeSet<Named>,
    /// What a `WITH` defines, unless its text itself reads a table of that name.
    defined: BTreeSet<String>,
}

impl Visitor for Reading {
    type Break = ();

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
        if let Some(with) = &query.with {
            for defined in &with.cte_tables {
                let name = plain(&defined.alias.name, self.dialect);
                let mut within = Self { dialect: self.dialect, tables: BTreeSet::new(), defined: BTreeSet::new() };
                let _whole: ControlFlow<()> = defined.query.visit(&mut within);
                let itself = Named::Table { schema: None, name: name.clone() };
                if with.recursive || !within.tables.contains(&itself) {
                    self.defined.insert(name);
                }
            }
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_table_factor(&mut self, factor: &TableFactor) -> ControlFlow<()> {
        // With arguments it is a function.
        if let TableFactor::Table { name: ObjectName(parts), args: None, .. } = factor {
            let names: Option<Vec<Ident>> = parts.iter().map(|part| part.as_ident().cloned()).collect();
            self.tables.extend(names.and_then(|names| table(&names, self.dialect)));
        }
        ControlFlow::Continue(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(tables: &BTreeSet<Named>) -> Vec<String> {
        let name = |table: &Named| match table {
            Named::Schema(schema) => format!("{schema}.*"),
            Named::Table { schema, name } => schema.iter().map(|schema| format!("{schema}.")).chain([name.clone()]).collect(),
        };
        tables.iter().map(name).collect()
    }

    #[test]
    fn a_query_reads_the_tables_that_it_names() {
        for (sql, expected) in [
            (
                "SELECT * FROM Orders o JOIN sales.\"Order Items\" i ON i.o = o.id WHERE o.at > :window_start",
                &["orders", "sales.Order Items"][..],
            ),
            ("SELECT (SELECT max(x) FROM a) AS x FROM (SELECT * FROM b) AS c WHERE EXISTS (SELECT 1 FROM d)", &["a", "b", "d"]),
            ("WITH recent AS (SELECT * FROM orders) SELECT * FROM recent", &["orders"]),
            ("WITH orders AS (SELECT * FROM orders) SELECT * FROM orders", &["orders"]),
            ("WITH RECURSIVE n AS (SELECT 1 AS x UNION ALL SELECT x + 1 FROM n) SELECT x FROM n", &[]),
            ("SELECT * FROM generate_series(1, 3)", &[]),
            ("SELECT * FROM a UNION ALL SELECT * FROM shop.public.b", &["a", "public.b"]),
        ] {
            assert_eq!(names(&read_by(sql, Dialect::Postgres).unwrap()), expected, "{sql}");
        }
        assert_eq!(names(&read_by("SELECT * FROM `Or``ders`, archive.Old", Dialect::MYSQL).unwrap()), ["Or`ders", "archive.Old"]);
        assert_eq!(read_by("DELETE FROM a", Dialect::Postgres).unwrap_err().kind, FailureKind::SqlNotReadOnly);
    }

    #[test]
    fn tables_are_named_as_a_query_names_them() {
        assert_eq!(names(&named("Orders, sales.\"Items\", archive.*", Dialect::Postgres).unwrap()), ["archive.*", "orders", "sales.Items"]);
        assert_eq!(names(&named("Orders,`a,b`", Dialect::MYSQL).unwrap()), ["Orders", "a,b"]);
        for wrong in ["", "*", "a b c", "orders; DROP TABLE orders", "1", "f(x)", "orders,"] {
            assert_eq!(named(wrong, Dialect::Postgres).unwrap_err().kind, FailureKind::SqlInvalid, "{wrong}");
        }
    }
}
