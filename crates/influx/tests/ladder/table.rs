//! The table of results, as it is printed and as it stands in the documents.

use std::{fmt, time::Duration};

use crate::fault::{Expected, Fault};

/// What became of one fault.
pub(crate) struct Row {
    /// Its place in the list of faults.
    pub(crate) place: usize,
    /// What was expected: name, kind, step, code, field, limit.
    pub(crate) cells: [String; 6],
    /// The step that failed or warned.
    pub(crate) found_step: String,
    /// Its code.
    pub(crate) found_code: String,
    pub(crate) took: Duration,
    pub(crate) is_fault: bool,
    /// What was wrong with the check. Empty when it was right.
    pub(crate) complaints: Vec<String>,
}

impl Row {
    pub(crate) fn of(fault: &Fault, place: usize) -> Self {
        Self {
            place,
            cells: fault.expected_cells(),
            found_step: String::new(),
            found_code: String::new(),
            took: Duration::ZERO,
            is_fault: fault.expected != Expected::Passes,
            complaints: Vec::new(),
        }
    }
}

/// Every row, in the order of the faults.
pub(crate) struct Table(Vec<Row>);

const HEAD: [&str; 8] = ["fault", "connection", "step", "code", "field", "found", "took", "limit"];

impl Table {
    pub(crate) fn of(mut rows: Vec<Row>) -> Self {
        rows.sort_by_key(|row| row.place);
        Self(rows)
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines: Vec<[String; 8]> = self.0.iter().map(cells).collect();
        let mut widths = HEAD.map(str::len);
        for line in &lines {
            for (width, cell) in widths.iter_mut().zip(line) {
                *width = (*width).max(cell.chars().count());
            }
        }
        let write = |f: &mut fmt::Formatter<'_>, line: &[String; 8]| {
            for (cell, width) in line.iter().zip(widths) {
                write!(f, "| {cell:width$} ")?;
            }
            writeln!(f, "|")
        };
        writeln!(f, "\nThe ladder under faults\n")?;
        write(f, &HEAD.map(str::to_owned))?;
        write(f, &widths.map(|width| "-".repeat(width)))?;
        for line in &lines {
            write(f, line)?;
        }

        let faults: Vec<&Row> = self.0.iter().filter(|row| row.is_fault).collect();
        let right = faults.iter().filter(|row| row.complaints.is_empty()).count();
        let whole = self.0.iter().filter(|row| !row.is_fault);
        let green = whole.clone().filter(|row| row.complaints.is_empty()).count();
        let mut took: Vec<Duration> = faults.iter().map(|row| row.took).collect();
        took.sort_unstable();
        let median = took.get(took.len() / 2).copied().unwrap_or_default();
        let longest = took.last().copied().unwrap_or_default();
        writeln!(
            f,
            "\n{} faults, {right} named rightly; {} whole ladders, {green} green; median {} ms, longest {} ms\n",
            faults.len(),
            whole.count(),
            median.as_millis(),
            longest.as_millis()
        )
    }
}

fn cells(row: &Row) -> [String; 8] {
    let [name, kind, step, code, field, limit] = row.cells.clone();
    let found = if row.complaints.is_empty() { "the same".to_owned() } else { format!("WRONG: {} {}", row.found_step, row.found_code) };
    [name, kind, step, code, field, found, format!("{} ms", row.took.as_millis()), limit]
}

/// Whether the documents' table has these rows and no others, whatever they took.
pub(crate) fn is_documented(names: &[[String; 6]]) -> Result<(), libtest_mimic::Failed> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/what-we-tested.md");
    let page = std::fs::read_to_string(path)?;
    let table: Vec<Vec<&str>> = page
        .lines()
        .skip_while(|line| !line.starts_with(&format!("| {}", HEAD[0])))
        .skip(2)
        .take_while(|line| line.starts_with('|'))
        .map(|line| line.trim_matches('|').split('|').map(str::trim).collect())
        .collect();
    let written: Vec<Vec<&str>> = table.iter().map(|cells| cells.iter().take(5).copied().collect()).collect();
    let tried: Vec<Vec<&str>> = names.iter().map(|cells| cells[..5].iter().map(String::as_str).collect()).collect();
    if let Some(row) = tried.iter().find(|row| !written.contains(row)) {
        return Err(format!("docs/what-we-tested.md lacks {row:?}: put the printed table there").into());
    }
    if let Some(row) = written.iter().find(|row| !tried.contains(row)) {
        return Err(format!("docs/what-we-tested.md has {row:?}, which is not tried: put the printed table there").into());
    }
    Ok(())
}
