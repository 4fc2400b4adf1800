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
    #[serde(default)]
    verdicts: Vec<VerdictShown>,
    #[serde(default)]
    measures: MeasuresShown,
}

#[derive(Deserialize)]
struct VerdictShown {
    severity: String,
    message: String,
    #[serde(default)]
    advice: Option<String>,
    rows: Vec<u64>,
    count: u64,
}

impl VerdictShown {
    /// `warning: … (rows 1, 3, …); …`
    fn line(&self) -> String {
        let rows = match self.rows.as_slice() {
            [] => String::new(),
            [row] => format!(" (row {row})"),
            rows => {
                let named = rows.iter().map(u64::to_string).collect::<Vec<_>>().join(", ");
                format!(" (rows {named}{})", if self.count > rows.len() as u64 { ", …" } else { "" })
            }
        };
        let advice = self.advice.as_ref().map(|advice| format!("; {advice}")).unwrap_or_default();
        format!("{}: {}{rows}{advice}", self.severity, self.message)
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct MeasuresShown {
    bytes: u64,
    longest_line_bytes: u64,
}

#[derive(Deserialize)]
struct RoleShown {
    #[serde(flatten)]
    column: Column,
    role: String,
    #[serde(default)]
    key: Option<String>,
    #[serde(default)]
    field_type: Option<String>,
}

impl RoleShown {
    /// `tag`, `field integer`, `field float count`.
    fn becomes(&self) -> String {
        let parts = [Some(self.role.as_str()), self.field_type.as_deref(), self.key.as_deref()];
        parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
    }
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
            vec![shown.column.name.clone(), shown.column.kind.as_str().to_owned(), shown.column.native.clone(), shown.becomes()]
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
    let lines = preview.rows.iter().filter(|row| row.line.is_some()).count() as u64;
    if lines > 0 {
        let measures = &preview.measures;
        let average = measures.bytes.div_ceil(lines);
        output::say(format!("{average} bytes in a line on average, {} in the longest, before compression", measures.longest_line_bytes));
    }
    for verdict in &preview.verdicts {
        output::say(verdict.line());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verdict_is_one_line() {
        let verdict = |rows: &[u64], count, advice: Option<&str>| VerdictShown {
            severity: "warning".to_owned(),
            message: "rows become one point".to_owned(),
            advice: advice.map(str::to_owned),
            rows: rows.to_vec(),
            count,
        };
        assert_eq!(verdict(&[], 0, None).line(), "warning: rows become one point");
        assert_eq!(verdict(&[7], 1, Some("add a tag")).line(), "warning: rows become one point (row 7); add a tag");
        assert_eq!(verdict(&[1, 3], 9, None).line(), "warning: rows become one point (rows 1, 3, …)");
    }
}
