//! A preview on the terminal: columns and their roles, rows, line protocol.

use chrono::{DateTime, Utc};
use model::{Column, Window};
use serde::Deserialize;
use serde_json::Value;

use super::super::{output, rows, sheet};

#[derive(Deserialize)]
struct PreviewShown {
    slot: DateTime<Utc>,
    #[serde(default)]
    window: Option<Window>,
    columns: Vec<RoleShown>,
    rows: Vec<RowShown>,
    complete: bool,
}

#[derive(Deserialize)]
struct RoleShown {
    #[serde(flatten)]
    column: Column,
    role: String,
}

#[derive(Deserialize)]
struct RowShown {
    values: Vec<Value>,
    #[serde(default)]
    line: Option<String>,
    #[serde(default)]
    reject: Option<String>,
}

/// Prints the preview that the API answered with.
///
/// # Errors
/// When the answer is no preview, or standard output cannot be written.
pub(super) fn print(answer: Value) -> anyhow::Result<()> {
    let preview: PreviewShown = serde_json::from_value(answer)?;
    output::say(match preview.window {
        Some(window) => {
            format!("slot {}, window {} until {}", sheet::instant(preview.slot), sheet::instant(window.start), sheet::instant(window.end))
        }
        None => format!("slot {}", sheet::instant(preview.slot)),
    });
    output::table(
        &["column", "type", "in the database", "becomes"],
        preview.columns.iter().map(|shown| {
            vec![shown.column.name.clone(), shown.column.kind.as_str().to_owned(), shown.column.native.clone(), shown.role.clone()]
        }),
    )?;
    output::line("")?;
    let headings: Vec<String> = preview.columns.iter().map(|shown| shown.column.name.clone()).collect();
    rows::table(&headings, preview.rows.iter().map(|row| row.values.iter().map(rows::cell).collect()))?;
    output::line("")?;
    for row in &preview.rows {
        output::line(match (&row.line, &row.reject) {
            (Some(line), _) => line.clone(),
            (None, Some(reason)) => format!("# rejected: {reason}"),
            (None, None) => "# skipped: no field".to_owned(),
        })?;
    }
    output::say(rows::ending(preview.rows.len(), preview.complete));
    Ok(())
}
