//! `tributary database tables`: what can be read in a database.

use clap::Args;
use model::table::Table;
use serde::Deserialize;

use super::super::{
    client::Client,
    exit::{Exit, Stop},
    output::{self, Format},
    stored::DATABASES,
};

/// Which tables are shown.
#[derive(Args, Debug)]
pub(super) struct Tables {
    /// Name or id of the database
    name: String,
    /// The table whose columns are shown: its name, or as it is written in a query
    #[arg(long, value_name = "TABLE")]
    table: Option<String>,
}

/// What can be read, as the API shows it.
#[derive(Deserialize)]
struct List {
    items: Vec<Table>,
    truncated: bool,
}

impl Tables {
    /// Shows them.
    ///
    /// # Errors
    /// When the server cannot be reached or refuses, and when there is no such table.
    pub(super) async fn run(self, client: &Client, format: Format) -> anyhow::Result<Exit> {
        let path = [DATABASES.path, &self.name, "tables"];
        match self.table {
            Some(table) => one(client, &path, &table, format).await,
            None => all(client, &path, format).await,
        }
    }
}

async fn all(client: &Client, path: &[&str], format: Format) -> anyhow::Result<Exit> {
    let answer = client.get(path).await?;
    if format == Format::Json {
        output::json(&answer)?;
        return Ok(Exit::Done);
    }
    let list = List::deserialize(&answer)?;
    let rows = list.items.into_iter().map(|table| {
        let columns: Vec<String> = table.columns.into_iter().map(|column| column.sql).collect();
        vec![table.sql, table.kind.as_str().to_owned(), columns.join(", ")]
    });
    output::table(&["table", "kind", "columns"], rows)?;
    if list.truncated {
        output::say("there are more tables; `--table` finds one of them");
    }
    Ok(Exit::Done)
}

async fn one(client: &Client, path: &[&str], wanted: &str, format: Format) -> anyhow::Result<Exit> {
    let answer = client.get_with(path, &[("search", searched(wanted).to_owned())]).await?;
    let list = List::deserialize(&answer)?;
    let Some(table) = list.items.into_iter().find(|table| table.sql == wanted || table.name == wanted) else {
        let words =
            format!("there is no table `{wanted}` that the account may read; `tributary database tables` lists those that there are");
        return Err(Stop::with(Exit::NotFound, words));
    };
    if format == Format::Json {
        output::json(&table)?;
        return Ok(Exit::Done);
    }
    let yes = |is: bool| if is { "yes" } else { "" }.to_owned();
    let rows = table.columns.into_iter().map(|column| vec![column.sql, column.native, yes(column.nullable), yes(column.primary_key)]);
    output::table(&["column", "in the database", "null", "key"], rows)?;
    Ok(Exit::Done)
}

/// What the server is asked to look for, which is a part of the table's name alone: without its schema and its quotes.
fn searched(table: &str) -> &str {
    match table.rsplit(['"', '`']).find(|piece| !piece.is_empty()) {
        Some(piece) if piece.len() < table.len() => piece,
        _ => table.rsplit('.').next().unwrap_or(table),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_searched_by_a_part_of_its_name() {
        let cases = [
            ("orders", "orders"),
            ("plant.orders", "orders"),
            ("plant.\"Far Away\"", "Far Away"),
            ("`a.b`", "a.b"),
            ("\"a \"\"big\"\" one\"", " one"),
        ];
        for (table, expected) in cases {
            assert_eq!(searched(table), expected);
        }
    }
}
