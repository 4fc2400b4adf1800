//! What the engines have in common when they tell their tables: the limits, and how names are written.

use std::{future::Future, time::Duration};

use model::{Failure, FailureKind, edges::DatabaseAccess, explore::Listed, table::Table};
use sqlparser::keywords::ALL_KEYWORDS;

/// The time limit of a statement that asks for tables, in milliseconds: somebody waits for them.
const LIMIT_MS: u32 = 30_000;
/// When a server is given up that has not ended its statement by itself. Connecting has ten seconds of its own.
const PATIENCE: Duration = Duration::from_secs(45);

/// Words that are reserved somewhere and missing among [`ALL_KEYWORDS`].
const MORE_KEYWORDS: &str = "ACCESSIBLE ANALYSE DAY_HOUR DAY_MICROSECOND DAY_MINUTE DAY_SECOND DELETE_DOMAIN_ID DISTINCTROW \
    DO_DOMAIN_IDS DUAL ENCLOSED EXIT GLOB HOUR_MICROSECOND HOUR_MINUTE HOUR_SECOND IGNORE_DOMAIN_IDS INDEXED INFILE INT1 INT3 \
    IO_AFTER_GTIDS IO_BEFORE_GTIDS ISNULL ITERATE LEAVE LIBRARY LINEAR LONG LOOP MANUAL MASTER_BIND MASTER_DEMOTE_TO_REPLICA \
    MASTER_DEMOTE_TO_SLAVE MASTER_HEARTBEAT_PERIOD MASTER_SSL_VERIFY_SERVER_CERT MIDDLEINT MINUTE_MICROSECOND MINUTE_SECOND \
    OPTIONALLY OTHERS OUTFILE PAGE_CHECKSUM PARSE_VCOL_EXPR READ_WRITE REF_SYSTEM_ID REPEAT RESIGNAL ROWNUM SECOND_MICROSECOND \
    SIGNAL SQL_BIG_RESULT SQL_BUFFER_RESULT SQL_CACHE SQL_CALC_FOUND_ROWS SQL_NO_CACHE SQL_SMALL_RESULT SSL STARTING SYSDATE UNDO \
    UTC_DATE UTC_TIME UTC_TIMESTAMP VARCHARACTER VARIADIC VECTOR YEAR_MONTH ZEROFILL";

/// The access with a statement time limit that suits somebody who waits.
pub(super) fn limited(access: &DatabaseAccess) -> DatabaseAccess {
    let mut access = access.clone();
    let limit = &mut access.database.statement_timeout_ms;
    *limit = if *limit == 0 { LIMIT_MS } else { LIMIT_MS.min(*limit) };
    access
}

/// Waits no longer than a person does.
///
/// # Errors
/// `SqlTimeout` when there is no answer in time.
pub(super) async fn in_time(asked: impl Future<Output = Result<Listed<Table>, Failure>>) -> Result<Listed<Table>, Failure> {
    tokio::time::timeout(PATIENCE, asked).await.unwrap_or_else(|_| {
        Err(Failure::new(FailureKind::SqlTimeout, format!("asking for the tables: no answer in {} s", PATIENCE.as_secs())))
    })
}

/// Gathers tables within the limits of a list. Each is listed whole or not at all.
#[derive(Default)]
pub(super) struct Gathered {
    listed: Listed<Table>,
    columns: usize,
}

impl Gathered {
    /// Whether something was left out already: nothing more will be taken.
    pub(super) const fn is_full(&self) -> bool {
        self.listed.truncated
    }

    /// Adds a table. One of which nothing can be read is none.
    pub(super) fn add(&mut self, table: Table) {
        if self.is_full() || table.columns.is_empty() {
            return;
        }
        self.columns += table.columns.len();
        if self.listed.items.len() == Table::MAX || self.columns > Table::MAX_COLUMNS {
            self.listed.truncated = true;
        } else {
            self.listed.items.push(table);
        }
    }

    /// The list.
    pub(super) fn end(self) -> Listed<Table> {
        self.listed
    }
}

/// How many columns a server is asked for: one more than is told, which shows that there are more. A table that they cut short has that one,
/// and is left out.
pub(super) const COLUMNS_ASKED: usize = Table::MAX_COLUMNS + 1;

/// Puts together what a server told column by column: each comes with its table, of which it is the only column, and columns of a table
/// come one after another.
pub(super) fn put_together(told: impl IntoIterator<Item = Table>) -> Listed<Table> {
    let mut gathered = Gathered::default();
    let mut waiting: Option<Table> = None;
    for mut one in told {
        match &mut waiting {
            Some(table) if table.name == one.name && table.schema == one.schema => table.columns.append(&mut one.columns),
            _ => {
                if let Some(whole) = waiting.replace(one) {
                    gathered.add(whole);
                }
            }
        }
    }
    if let Some(whole) = waiting {
        gathered.add(whole);
    }
    gathered.end()
}

/// A name as it is written in a query of SQLite or MySQL: as it is when it is a plain word and nobody's keyword, else between quotes.
pub(super) fn written(name: &str, quote: char) -> String {
    let begins = |c: char| c.is_ascii_alphabetic() || c == '_';
    let is_plain = name.starts_with(begins) && name.chars().all(|c| begins(c) || c.is_ascii_digit());
    if is_plain && !is_keyword(name) {
        return name.to_owned();
    }
    quoted(name, quote)
}

/// A name between quotes.
pub(super) fn quoted(name: &str, quote: char) -> String {
    let twice = format!("{quote}{quote}");
    format!("{quote}{}{quote}", name.replace(quote, &twice))
}

fn is_keyword(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    // The words that people give to columns, and that no engine reserves.
    const FREE: &[&str] =
        &["DATA", "DATE", "ID", "LABEL", "NAME", "NAMES", "STATUS", "TEXT", "TIME", "TIMESTAMP", "TYPE", "VALUE", "VERSION", "YEAR"];
    let name = name.as_str();
    FREE.binary_search(&name).is_err() && (ALL_KEYWORDS.binary_search(&name).is_ok() || MORE_KEYWORDS.split(' ').any(|word| word == name))
}

#[cfg(test)]
mod tests {
    use model::table::{TableColumn, TableKind};

    use super::*;

    fn table(name: &str, columns: usize) -> Table {
        let column = TableColumn { name: "c".to_owned(), sql: "c".to_owned(), native: String::new(), nullable: true, primary_key: false };
        Table { schema: None, name: name.to_owned(), kind: TableKind::Table, sql: name.to_owned(), columns: vec![column; columns] }
    }

    #[test]
    fn a_list_ends_at_its_tables_and_at_its_columns_and_says_so() {
        let mut gathered = Gathered::default();
        (0..Table::MAX).for_each(|_| gathered.add(table("t", 1)));
        assert!(!gathered.is_full());
        gathered.add(table("t", 1));
        let listed = gathered.end();
        assert_eq!((listed.items.len(), listed.truncated), (Table::MAX, true));

        let mut gathered = Gathered::default();
        for columns in [Table::MAX_COLUMNS, 1, 0] {
            gathered.add(table("t", columns));
        }
        let listed = gathered.end();
        assert_eq!((listed.items.len(), listed.truncated), (1, true));
    }

    #[test]
    fn names_are_quoted_where_they_must_be() {
        for plain in ["orders", "Orders", "_x9", "name", "id"] {
            assert_eq!(written(plain, '"'), plain);
        }
        for (name, expected) in [("order", "\"order\""), ("a b", "\"a b\""), ("9x", "\"9x\""), ("a\"b", "\"a\"\"b\""), ("grün", "\"grün\"")]
        {
            assert_eq!(written(name, '"'), expected);
        }
        assert_eq!(written("", '`'), "``");
        assert_eq!(written("a`b", '`'), "`a``b`");
    }

    #[test]
    fn a_word_that_the_library_does_not_know_is_a_keyword_too() {
        assert_eq!(written("straight_join", '`'), "`straight_join`");
        assert_eq!(written("zerofill", '`'), "`zerofill`");
    }
}
