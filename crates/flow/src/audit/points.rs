//! The side of InfluxDB: counts and sums by step, in questions of a bounded size.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use model::{
    Failure, FieldType, Measurement,
    edges::{LineBatch, TallyAsked},
    explore::{Frames, TimeRange},
};

use super::Auditor;

/// Most fields of one question.
const FIELDS: usize = 50;

impl Auditor<'_> {
    /// Counts what is in InfluxDB of the measurements and fields that the rows have, or of those that InfluxDB knows where no row is.
    pub(super) async fn ask(&mut self) -> Result<(), Failure> {
        let mut wanted = self.book_mut()?.fields();
        if let (true, Measurement::Name(name)) = (wanted.is_empty(), &self.job.series.mapping.measurement) {
            let types = self.runner.influx.target_types(&self.job.connection, name).await?;
            let is_number = |kind: &FieldType| matches!(kind, FieldType::Float | FieldType::Integer | FieldType::Unsigned);
            wanted.insert(name.clone(), types.0.iter().map(|(field, kinds)| (field.clone(), kinds.iter().all(is_number))).collect());
        }
        let questions: Vec<(String, BTreeMap<String, bool>)> = wanted.into_iter().flat_map(in_parts).collect();
        let most = questions.iter().map(|(_, fields)| fields.len()).max().unwrap_or_default();
        let step_s = self.book_mut()?.step_s();
        let mut from = self.job.plan.from;
        while from < self.job.plan.to {
            let to = self.ask_stretch(from, step_s, most, &questions).await?;
            self.progress.at = Some(to);
            self.tell_progress().await?;
            from = to;
        }
        Ok(())
    }

    /// Asks for as many steps from `from` on as fit into one answer, and gives where they end.
    async fn ask_stretch(
        &mut self,
        from: DateTime<Utc>,
        step_s: u32,
        most: usize,
        questions: &[(String, BTreeMap<String, bool>)],
    ) -> Result<DateTime<Utc>, Failure> {
        // A question has its own time limit.
        let explorer = self.runner.influx.explorer(&self.job.connection)?;
        let step = TimeDelta::seconds(i64::from(step_s));
        let fit = i32::try_from(Frames::MAX_VALUES / 2 / (2 * most + 1)).unwrap_or(i32::MAX);
        let length = explorer.tally_reach().min(step * fit.max(1)).max(step);
        let to = whole_steps(from + length, step_s).max(from + TimeDelta::microseconds(1)).min(self.job.plan.to);
        for (measurement, fields) in questions {
            let asked = TallyAsked {
                measurement: measurement.clone(),
                tags: self.job.series.mapping.constant_tags.clone(),
                fields: fields.clone(),
                range: TimeRange { from, to },
                step_s,
            };
            for tally in explorer.tallies(&asked).await? {
                self.book_mut()?.found(measurement, &tally, from)?;
            }
        }
        Ok(to)
    }

    /// Counts the rejects that are kept of the series and would be points in an interval.
    pub(super) async fn rejects(&mut self) -> Result<(), Failure> {
        let mut after = None;
        loop {
            let page = self.keeper.rejects_of_audited(self.audit, after).await?;
            let Some((run, last)) = page.last() else { return Ok(()) };
            after = Some((*run, last.row));
            let influx = self.runner.influx.clone();
            let book = self.book_mut()?;
            for line in page.into_iter().filter_map(|(_, reject)| reject.line) {
                let batch = LineBatch { body: format!("{line}\n").into(), lines: 1, rows: vec![(0, 1)] };
                // A line that is not kept whole cannot be read.
                let _ = influx.points(&batch, &mut |point| book.reject(point.time_ns));
            }
        }
    }
}

fn in_parts((measurement, fields): (String, BTreeMap<String, bool>)) -> Vec<(String, BTreeMap<String, bool>)> {
    let fields: Vec<(String, bool)> = fields.into_iter().collect();
    fields.chunks(FIELDS).map(|part| (measurement.clone(), part.iter().cloned().collect())).collect()
}

/// The last edge of a step that is not behind this instant.
fn whole_steps(at: DateTime<Utc>, step_s: u32) -> DateTime<Utc> {
    let step = i64::from(step_s);
    DateTime::from_timestamp(at.timestamp().div_euclid(step) * step, 0).unwrap_or(at)
}
