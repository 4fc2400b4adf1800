//! SQL on the command line, values of its placeholders, and rows as a table.

use std::{
    io::{self, IsTerminal},
    path::PathBuf,
};

use clap::Args;
use comfy_table::{ContentArrangement, Table, presets};
use model::{Column, Parameter, ParameterType};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::{
    body::{self, Body},
    output,
};

/// The text of a query.
#[derive(Args, Clone, Debug)]
pub struct SqlOptions {
    /// The query: one SELECT; `:name` is a placeholder
    #[arg(long, value_name = "SQL")]
    sql: Option<String>,
    /// File that holds the query; `-` is standard input
    #[arg(long, value_name = "FILE", conflicts_with = "sql")]
    sql_file: Option<PathBuf>,
}

/// Values of placeholders.
#[derive(Args, Clone, Debug)]
pub struct Parameters {
    /// Value of a placeholder; may be repeated
    #[arg(long = "param", value_name = "NAME=VALUE", value_parser = value_of)]
    parameters: Vec<(String, String)>,
}

/// Placeholders with their kinds.
#[derive(Args, Clone, Debug)]
pub struct DeclaredParameters {
    /// Placeholder with its kind (text, integer, float, boolean, instant) and its default; may be repeated
    #[arg(long = "declare", value_name = "NAME:KIND[=DEFAULT]", value_parser = declaration_of)]
    declared: Vec<Parameter>,
}

/// The columns of a result, as the API shows them.
#[derive(Deserialize)]
pub struct Columns {
    /// In order.
    pub columns: Vec<Column>,
}

/// The first rows of a query, as the API shows them.
#[derive(Deserialize)]
pub struct Rows {
    columns: Vec<Column>,
    rows: Vec<Vec<Value>>,
    complete: bool,
}

impl SqlOptions {
    /// The query's text, if one was given.
    ///
    /// # Errors
    /// When its file cannot be read.
    pub fn read(&self) -> anyhow::Result<Option<String>> {
        match &self.sql_file {
            Some(file) => body::read_text(file).map(Some),
            None => Ok(self.sql.clone()),
        }
    }

    /// Whether a query was given.
    pub fn is_given(&self) -> bool {
        self.sql.is_some() || self.sql_file.is_some()
    }
}

impl Parameters {
    /// Adds the values as `member`, if there are any. An empty value is a value.
    ///
    /// # Errors
    /// Never in practice: texts can always be written as JSON.
    pub fn put(&self, body: &mut Body, member: &str) -> anyhow::Result<()> {
        let values: Map<String, Value> = self.parameters.iter().map(|(name, value)| (name.clone(), Value::from(value.as_str()))).collect();
        body.put(member, (!values.is_empty()).then_some(values))
    }
}

impl DeclaredParameters {
    /// Adds the declarations as `member`, if there are any.
    ///
    /// # Errors
    /// Never in practice: they can always be written as JSON.
    pub fn put(&self, body: &mut Body, member: &str) -> anyhow::Result<()> {
        body.put(member, (!self.declared.is_empty()).then_some(&self.declared))
    }
}

impl Rows {
    /// Prints the rows under their columns.
    ///
    /// # Errors
    /// When standard output cannot be written.
    pub fn print(self) -> anyhow::Result<()> {
        let headings: Vec<String> = self.columns.iter().map(heading).collect();
        let count = self.rows.len();
        table(&headings, self.rows.into_iter().map(|row| row.iter().map(cell).collect()))?;
        output::say(ending(count, self.complete));
        Ok(())
    }
}

/// Prints values under the names of their columns: as the database writes them, where [`output::table`] has headings of its own.
///
/// # Errors
/// When standard output cannot be written.
pub fn table(headings: &[String], rows: impl IntoIterator<Item = Vec<String>>) -> io::Result<()> {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_header(headings);
    if io::stdout().is_terminal() {
        table.set_content_arrangement(ContentArrangement::Dynamic);
    }
    for row in rows {
        table.add_row(row);
    }
    output::line(table.lines().map(|line| line.trim_end().to_owned()).collect::<Vec<_>>().join("\n"))
}

/// The heading of a column: its name and type.
pub fn heading(column: &Column) -> String {
    format!("{} ({})", column.name, column.kind.as_str())
}

/// A value as people read it.
pub fn cell(value: &Value) -> String {
    match value {
        Value::Null => "NULL".to_owned(),
        // A line break would tear the table.
        Value::String(text) => text.replace('\n', "⏎"),
        other => other.to_string(),
    }
}

/// How many rows there are, in words.
pub fn ending(count: usize, complete: bool) -> String {
    match (count, complete) {
        (0, _) => "no rows".to_owned(),
        (1, true) => "1 row".to_owned(),
        (_, true) => format!("{count} rows"),
        (_, false) => format!("the first {count} rows; there are more"),
    }
}

fn value_of(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.trim_start_matches(':').to_owned(), value.to_owned())),
        _ => Err("write it as name=value".to_owned()),
    }
}

fn declaration_of(text: &str) -> Result<Parameter, String> {
    let (declared, default) = match text.split_once('=') {
        Some((declared, default)) => (declared, Some(default.to_owned())),
        None => (text, None),
    };
    let Some((name, kind)) = declared.trim_start_matches(':').split_once(':') else {
        return Err("write it as name:kind or name:kind=default".to_owned());
    };
    let kind: ParameterType = serde_json::from_value(Value::from(kind))
        .map_err(|_| format!("`{kind}` is no kind; known are text, integer, float, boolean, instant"))?;
    Ok(Parameter { name: name.to_owned(), kind, default })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_may_hold_an_equals_sign_and_a_name_its_colon() {
        assert_eq!(value_of(":a=b=c"), Ok(("a".to_owned(), "b=c".to_owned())));
        assert_eq!(value_of("a="), Ok(("a".to_owned(), String::new())));
        assert!(value_of("a").is_err() && value_of("=b").is_err());
    }

    #[test]
    fn a_placeholder_is_declared_with_its_kind() {
        let plain = Parameter { name: "country".to_owned(), kind: ParameterType::Text, default: None };
        assert_eq!(declaration_of("country:text"), Ok(plain.clone()));
        assert_eq!(declaration_of("country:text=a:b=c"), Ok(Parameter { default: Some("a:b=c".to_owned()), ..plain }));
        assert!(declaration_of("country").is_err() && declaration_of("country:varchar").is_err());
    }

    #[test]
    fn null_is_not_an_empty_text() {
        assert_eq!([Value::Null, Value::from(""), Value::from("a\nb"), Value::from(1)].map(|value| cell(&value)), ["NULL", "", "a⏎b", "1"]);
    }
}
