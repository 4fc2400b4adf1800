//! The shaper: rows in, batches of lines out.

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use chrono::{DateTime, Utc};
use model::{
    Failure, FieldTypes, Mapping, Reject,
    edges::{Shaped, Shaper},
    mapping::EmptyRow,
};

use super::{
    batch::Gathering,
    kept::Kept,
    moment::{LineEnd, Zone},
    plan::{Plan, TimePlan},
    row::{Bound, Losses, RowWriter, Stop},
    rules::LineRules,
};

/// A shaper for rows of this schema. `slot` is the time of points without a time column.
///
/// # Errors
/// `Mapping` when the mapping names a column that is not there, names one twice, leaves no field, or asks of a column what its type or
/// name cannot give; the message names the column and says what to do.
pub fn shaper(mapping: &Mapping, schema: &SchemaRef, slot: DateTime<Utc>, rules: &LineRules) -> Result<Box<dyn Shaper>, Failure> {
    shaper_for(mapping, schema, slot, rules, &FieldTypes::default())
}

/// The same for a measurement whose fields have these types already: whole numbers become what the field is, where that is exact.
///
/// # Errors
/// As [`shaper`]; `Mapping` too when a field would get another type and there is no way without loss; the message names the field and both
/// types and says what to do.
pub fn shaper_for(
    mapping: &Mapping,
    schema: &SchemaRef,
    slot: DateTime<Utc>,
    rules: &LineRules,
    types: &FieldTypes,
) -> Result<Box<dyn Shaper>, Failure> {
    let plan = Plan::new(mapping, schema, slot, rules, types)?;
    let zone = match &plan.time {
        TimePlan::Column { zone, .. } => zone.clone(),
        TimePlan::Fixed(_) => None,
    };
    Ok(Box::new(LineShaper { gathering: Gathering::new(rules), end: LineEnd::new(), rows: 0, rules: rules.clone(), plan, zone }))
}

/// A row that never became a line.
#[cold]
fn reject(kept: &Kept<'_>, at: usize, row: u64, reason: String) -> Reject {
    Reject { row, line: None, reason, values: Some(kept.row(at)) }
}

struct LineShaper {
    plan: Plan,
    rules: LineRules,
    zone: Option<Zone>,
    end: LineEnd,
    gathering: Gathering,
    /// Rows seen so far.
    rows: u64,
}

impl Shaper for LineShaper {
    fn shape(&mut self, rows: &RecordBatch) -> Shaped {
        let mut shaped = Shaped::default();
        let first = self.rows + 1;
        self.rows += rows.num_rows() as u64;
        let bound = match Bound::new(&self.plan, rows) {
            Ok(bound) => bound,
            Err(stop) => {
                let reason = stop.into_reason();
                let kept = Kept::new(&self.plan.columns, rows, self.plan.bytes);
                shaped.rejects = (0..rows.num_rows()).zip(first..).map(|(at, row)| reject(&kept, at, row, reason.clone())).collect();
                return shaped;
            }
        };
        let mut writer = RowWriter {
            plan: &self.plan,
            rules: &self.rules,
            bound: &bound,
            zone: self.zone.as_mut(),
            end: &mut self.end,
            losses: Losses::default(),
        };
        let mut kept = None;
        for (at, row) in (0..rows.num_rows()).zip(first..) {
            let before = writer.losses;
            let written = loop {
                match writer.put(at, self.gathering.buffer.line()) {
                    Err(Stop::NoRoom) => {
                        self.gathering.buffer.grow();
                        writer.losses = before;
                    }
                    written => break written,
                }
            };
            let reason = match written {
                Ok(Some(bytes)) => {
                    self.gathering.keep(bytes, row, &mut shaped.batches);
                    continue;
                }
                Ok(None) if self.plan.empty_row == EmptyRow::Skip => {
                    shaped.rows_skipped += 1;
                    continue;
                }
                Ok(None) => "no field has a value".to_owned(),
                Err(stop) => stop.into_reason(),
            };
            writer.losses = before;
            let kept = kept.get_or_insert_with(|| Kept::new(&self.plan.columns, rows, self.plan.bytes));
            shaped.rejects.push(reject(kept, at, row, reason));
        }
        shaped.values_omitted = writer.losses.omitted;
        shaped.values_truncated = writer.losses.truncated;
        shaped
    }

    fn finish(&mut self) -> Shaped {
        let mut shaped = Shaped::default();
        self.gathering.close(&mut shaped.batches);
        shaped
    }
}
