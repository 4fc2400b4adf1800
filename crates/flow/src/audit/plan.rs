//! How far an audit may go, and what is read once more where it differs. Pure.

use chrono::{DateTime, TimeDelta, Utc};
use model::{
    Column, Cursor, CursorValue, Failure, FailureKind, Group, Mode, Series,
    audit::{Again, Found},
    backfill::{Between, MAX_CHUNKS, What},
};

use super::time::TimeCursor;
use crate::{
    backfill::{Unplannable, wrong},
    schedule::Timetable,
};

/// Most ranges of one plan: those that lie closest are read together with what is between them.
const MAX_RANGES: usize = 1_000;

/// The smallest step of an instant in the store.
const STEP: TimeDelta = TimeDelta::microseconds(1);

/// The instant before which all rows of the series have been delivered, as far as its runs go: points from there on are not missing, only not
/// read yet. `open` is the slot of its oldest run that has not ended.
///
/// # Errors
/// Why the series cannot be audited.
pub fn delivered_until(
    series: &Series,
    group: Option<&Group>,
    cursor: &Cursor,
    open: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Result<DateTime<Utc>, Unplannable> {
    match &series.mode {
        Mode::Snapshot => {
            let message = "a snapshot series has no past: its query answers only with the rows of this moment";
            Err(wrong("series", message, "make it a window or an incremental series to audit it"))
        }
        Mode::Window { lag_s, .. } => {
            let before = open.unwrap_or(now + STEP).min(now + STEP);
            let slot = match group {
                Some(group) => Timetable::new(group)?.previous(before),
                None => Some(before - STEP),
            };
            let slot = slot.ok_or_else(|| wrong("series", "no slot of its group has come yet", "let it run, and audit it then"))?;
            let is_timed = series.mapping.time.is_some();
            if group.is_none() && !is_timed {
                let message = "the series has neither a group nor a time column, so nobody knows the slots that its points have";
                return Err(wrong("series", message, "give it a group, or its mapping a time column"));
            }
            Ok(if is_timed { slot - TimeDelta::seconds(i64::from(*lag_s)) } else { slot + STEP })
        }
        Mode::Incremental(settings) => {
            let Some(position) = &cursor.position else {
                return Err(wrong("series", "the series has delivered nothing yet", "let it run, and audit it then"));
            };
            let time = TimeCursor::of(&settings.cursor, position.cursor.kind, &series.mapping);
            // With another cursor, rows of any time may have been delivered.
            Ok(time.and_then(|time| time.behind(&position.cursor)).unwrap_or(now))
        }
    }
}

/// What is read once more: whatever mends the intervals that differ.
///
/// # Errors
/// `Wrong` when reading again mends nothing.
pub fn again(found: &Found, series: &Series, group: Option<&Group>) -> Result<What, Unplannable> {
    let mut fingerprint = None;
    let (mut ranges, mut slots) = (Vec::new(), Vec::new());
    for again in found.differences.iter().filter_map(|difference| difference.again.as_ref()) {
        match again {
            Again::Range { from, to, fingerprint: of } => {
                fingerprint.get_or_insert_with(|| of.clone());
                ranges.push(Between { from: from.clone(), to: to.clone() });
            }
            Again::Slots { first, last } => slots.push((*first, *last)),
        }
    }
    match fingerprint {
        Some(fingerprint) => Ok(What::Ranges { ranges: joined(ranges), fingerprint }),
        None if !slots.is_empty() => Ok(What::of_slots(every_slot(slots, &Slots::of(series, group)?)?)),
        None => {
            let message = "no interval differs in a way that reading its rows once more would mend";
            Err(wrong("audit", message, "points that no row makes are not taken away: delete them in InfluxDB if they are wrong"))
        }
    }
}

/// In order, those that touch made one, and at most [`MAX_RANGES`] of them.
fn joined(ranges: Vec<Between>) -> Vec<Between> {
    let mut counted: Vec<(i64, i64)> = ranges.iter().filter_map(|range| Some((range.from.count()?, range.to.count()?))).collect();
    counted.sort_unstable();
    let mut whole: Vec<(i64, i64)> = Vec::new();
    for (from, to) in counted {
        match whole.last_mut() {
            Some(last) if from <= last.1 => last.1 = last.1.max(to),
            _ => whole.push((from, to)),
        }
    }
    let mut gaps: Vec<i64> = whole.windows(2).map(|pair| pair[1].0.saturating_sub(pair[0].1)).collect();
    gaps.sort_unstable_by(|a, b| b.cmp(a));
    let narrow = gaps.get(MAX_RANGES - 1).copied().unwrap_or(0);
    let mut few: Vec<(i64, i64)> = Vec::new();
    for (from, to) in whole {
        match few.last_mut() {
            Some(last) if from.saturating_sub(last.1) <= narrow => last.1 = to,
            _ => few.push((from, to)),
        }
    }
    let Some(CursorValue { kind, native, .. }) = ranges.first().map(|range| &range.from) else { return Vec::new() };
    let column = Column { name: String::new(), kind: *kind, native: native.clone() };
    let value = |count| CursorValue::at(&column, count);
    few.into_iter().filter_map(|(from, to)| Some(Between { from: value(from)?, to: value(to)? })).collect()
}

/// The slots of all stretches, each once and in order.
fn every_slot(mut stretches: Vec<(DateTime<Utc>, DateTime<Utc>)>, slots: &Slots) -> Result<Vec<DateTime<Utc>>, Unplannable> {
    stretches.sort_unstable();
    let mut all: Vec<DateTime<Utc>> = Vec::new();
    for (first, last) in stretches {
        let mut slot = Some(first);
        while let Some(at) = slot.filter(|at| *at <= last) {
            if all.last().is_none_or(|before| *before < at) {
                all.push(at);
            }
            if all.len() as u64 > MAX_CHUNKS {
                let message = format!("the rows of more than {MAX_CHUNKS} slots would be read");
                return Err(wrong("audit", message, "audit a shorter range, and read that again"));
            }
            slot = slots.after(at);
        }
    }
    Ok(all)
}

/// The slots of a window series, one after another.
pub(super) enum Slots {
    /// Those of a schedule.
    Of(Box<Timetable>),
    /// So far apart.
    Apart(TimeDelta),
}

impl Slots {
    /// Those of its group; without one they lie a window's length apart.
    pub(super) fn of(series: &Series, group: Option<&Group>) -> Result<Self, Failure> {
        match (group, &series.mode) {
            (Some(group), _) => Ok(Self::Of(Box::new(Timetable::new(group)?))),
            (None, Mode::Window { length_s: Some(length_s), .. }) => Ok(Self::Apart(TimeDelta::seconds(i64::from((*length_s).max(1))))),
            (None, _) => Err(Failure::new(FailureKind::Schedule, "the series has neither a group nor a window with a length")),
        }
    }

    pub(super) fn after(&self, slot: DateTime<Utc>) -> Option<DateTime<Utc>> {
        match self {
            Self::Of(timetable) => timetable.next(slot),
            Self::Apart(step) => slot.checked_add_signed(*step),
        }
    }
}

#[cfg(test)]
mod tests {
    use model::ColumnType;
    use proptest::prelude::*;

    use super::*;

    fn value(count: i64) -> CursorValue {
        CursorValue { kind: ColumnType::Integer, native: "int8".to_owned(), text: count.to_string() }
    }

    proptest! {
        #[test]
        fn every_row_that_is_to_be_read_again_is_in_one_range(
            ranges in prop::collection::vec((0_i64..1_000_000, 1_i64..50), 1..3000),
        ) {
            let asked: Vec<Between> = ranges.iter().map(|(from, length)| Between { from: value(*from), to: value(from + length) }).collect();
            let joined = joined(asked);
            prop_assert!(joined.len() <= MAX_RANGES);
            let counts: Vec<(i64, i64)> = joined.iter().map(|range| (range.from.count().unwrap(), range.to.count().unwrap())).collect();
            prop_assert!(counts.windows(2).all(|pair| pair[0].1 < pair[1].0), "in order, and none touches another");
            for (from, length) in ranges {
                prop_assert!(counts.iter().any(|(low, high)| *low <= from && from + length <= *high));
            }
        }
    }
}
