//! What became of a group's slots.

use std::{collections::BTreeMap, time::Duration};

use anyhow::Context as _;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;

use crate::ground::Ground;

/// A record of one slot, or of several that are told together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Slots {
    pub(crate) first: DateTime<Utc>,
    pub(crate) last: DateTime<Utc>,
    pub(crate) number: u64,
    pub(crate) outcome: String,
}

/// The records of `group`, oldest first.
pub(crate) async fn of_group(ground: &Ground, group: &str) -> anyhow::Result<Vec<Slots>> {
    let (mut found, mut before) = (Vec::new(), String::new());
    loop {
        let page = ground.tributary.get(&format!("/groups/{group}/slots?limit=1000{before}")).await?;
        let items = page["items"].as_array().context("slots")?;
        for slot in items {
            let time = |name: &str| -> anyhow::Result<DateTime<Utc>> { Ok(slot[name].as_str().context("a time")?.parse()?) };
            let outcome = slot["outcome"].as_str().context("an outcome")?.to_owned();
            let number = slot["slots"].as_u64().context("how many slots")?;
            found.push(Slots { first: time("slot")?, last: time("last_slot")?, number, outcome });
        }
        match items.last().filter(|_| items.len() == 1000) {
            Some(Value::Object(oldest)) => {
                before = format!("&before={}", oldest["slot"].as_str().unwrap_or_default().replace('+', "%2B"));
            }
            _ => break,
        }
    }
    found.sort_by_key(|slots| slots.first);
    Ok(found)
}

/// The same, once there is a record of this slot and no slot is open any more.
pub(crate) async fn settled(ground: &Ground, group: &str, slot: Option<DateTime<Utc>>) -> anyhow::Result<Vec<Slots>> {
    let deadline = tokio::time::Instant::now() + Duration::from_secs(120);
    loop {
        let records = of_group(ground, group).await?;
        let has_come = slot.is_none_or(|slot| records.last().is_some_and(|slots| slots.last >= slot));
        if has_come && records.iter().all(|slots| slots.outcome != "open") || tokio::time::Instant::now() > deadline {
            return Ok(records);
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// How many slots ended how.
pub(crate) fn outcomes(records: &[Slots]) -> BTreeMap<&str, u64> {
    let mut outcomes = BTreeMap::new();
    for slots in records {
        *outcomes.entry(&*slots.outcome).or_default() += slots.number;
    }
    outcomes
}

/// Where a schedule of one slot `every` so long and its records differ: slots in no record or in two.
pub(crate) fn gaps(records: &[Slots], every: TimeDelta) -> Vec<String> {
    let mut gaps = Vec::new();
    for slots in records {
        let length = every * i32::try_from(slots.number).unwrap_or(i32::MAX).saturating_sub(1);
        if slots.last - slots.first != length {
            gaps.push(format!("{} slots from {} to {}", slots.number, slots.first, slots.last));
        }
    }
    for pair in records.windows(2).filter(|pair| pair[1].first - pair[0].last != every) {
        gaps.push(format!("after {} comes {}", pair[0].last, pair[1].first));
    }
    gaps
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slot_in_no_record_and_a_slot_in_two_are_found() {
        let at = |minute| DateTime::UNIX_EPOCH + TimeDelta::minutes(minute);
        let slots = |first, last, outcome: &str| Slots {
            first: at(first),
            last: at(last),
            number: u64::try_from(last - first + 1).unwrap(),
            outcome: outcome.to_owned(),
        };
        let every = TimeDelta::minutes(1);
        let whole = vec![slots(0, 0, "succeeded"), slots(1, 5, "missed"), slots(6, 6, "succeeded")];
        assert!(gaps(&whole, every).is_empty());
        assert_eq!(outcomes(&whole), BTreeMap::from([("missed", 5), ("succeeded", 2)]));
        assert_eq!(gaps(&[slots(0, 0, "succeeded"), slots(2, 2, "succeeded")], every).len(), 1);
        assert_eq!(gaps(&[slots(0, 1, "missed"), slots(1, 1, "succeeded")], every).len(), 1);
        assert_eq!(gaps(&[Slots { number: 3, ..slots(0, 1, "missed") }], every).len(), 1);
    }
}
