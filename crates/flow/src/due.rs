//! Which slots have come, and what becomes of each.
//!
//! A slot is **on time** when it is the last that has come and is not older than [`GRACE`]. It runs, unless the group is busy and the
//! overlap policy passes over it. Every other slot was **missed**: the missed-slot policy says which of them run late; those run whatever
//! else waits, one after another, oldest first. Every slot gets exactly one decision, and neighbours that are missed together share one.
//!
//! What runs late costs no slot that is on time. Late slots do not make the group busy; and a slot that comes while some of them wait or
//! run joins them ([`Fate::RunLate`]), because it has to wait for them and so may still be there when the next one comes. It joins only
//! while those before it are no more than the missed-slot policy lets run late: a group whose runs take longer than the time between its
//! slots stays behind by no more than that, and passes over the rest by its overlap policy.

use std::collections::VecDeque;

use chrono::{DateTime, TimeDelta, Utc};
use model::{
    Missed, Overlap,
    edges::{DueGroup, Fate, Settlement, SlotDecision},
};

use crate::schedule::Timetable;

/// How late a slot may be noticed and still be on time.
pub const GRACE: TimeDelta = TimeDelta::seconds(30);

/// Most slots of one group that may run late after one gap: [`crate::schedule::validate`] refuses a larger [`Missed::All`].
pub const MAX_LATE: u32 = 10_000;

/// Most slots that one settlement walks over beyond those it keeps; a longer gap is settled in several.
const MAX_WALK: usize = 50_000;

/// Most slots that one settlement puts in line.
const MAX_QUEUED: usize = 200;

/// Decides about the slots of `due` that have come by `now`, or, when they are very many, about the oldest of them: the settlement's
/// next slot is then still due. `running` is the slot of the group that runs on this node, for the reason that people read.
pub(crate) fn settle(due: &DueGroup, running: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Settlement {
    let first = due.next_slot_at;
    let group = &due.group.spec;
    let mut settlement = Settlement {
        organization_id: due.group.organization_id,
        group_id: due.group.id,
        seen_revision: due.group.revision,
        seen_next_slot_at: first,
        next_slot_at: None,
        at: now,
        decisions: Vec::new(),
    };
    let timetable = match Timetable::new(group) {
        Ok(timetable) => timetable,
        Err(failure) => {
            // Without a schedule there is no next slot; the group sleeps until someone corrects it.
            settlement.decisions.push(Stretch::of(first).missed(failure.chain()));
            return settlement;
        }
    };
    let may_run_late = match group.missed {
        Missed::Skip => 0,
        Missed::Latest => 1,
        Missed::All(most) => most.min(MAX_LATE) as usize,
    };
    let Come { mut older, mut latest, all } = come(&timetable, first, now, may_run_late + 1);
    if !all {
        settlement.next_slot_at = latest.front().copied();
        settlement.decisions.extend(older.map(|stretch| stretch.missed(missed_reason(group.missed))));
        return settlement;
    }
    let last = latest.back().copied().unwrap_or(first);
    let on_time = latest.pop_back_if(|slot| now - *slot <= GRACE);
    while latest.len() > may_run_late {
        let Some(slot) = latest.pop_front() else { break };
        older = Some(older.map_or(Stretch::of(slot), |stretch| stretch.and(slot)));
    }
    settlement.decisions.extend(older.map(|stretch| stretch.missed(missed_reason(group.missed))));
    let mut late = due.slots_late as usize;
    for slot in latest.drain(..latest.len().min(MAX_QUEUED)) {
        settlement.decisions.push(Stretch::of(slot).decided(Fate::RunLate));
        late += 1;
    }
    if let Some(slot) = latest.front() {
        settlement.next_slot_at = Some(*slot);
        return settlement;
    }
    let joins_late = (1..=may_run_late).contains(&late);
    settlement.decisions.extend(on_time.map(|slot| {
        let fate = if joins_late { Fate::RunLate } else { meet(group.overlap, due, running) };
        Stretch::of(slot).decided(fate)
    }));
    settlement.next_slot_at = timetable.next(last);
    settlement
}

/// What becomes of a slot that is on time and does not run behind late ones.
fn meet(overlap: Overlap, due: &DueGroup, running: Option<DateTime<Utc>>) -> Fate {
    match overlap {
        Overlap::Skip if due.slots_running > 0 => Fate::Skip(match running {
            Some(slot) => format!("the group's slot of {} still ran", slot.format("%Y-%m-%dT%H:%M:%SZ")),
            None => "an earlier slot of the group still ran".to_owned(),
        }),
        Overlap::Skip if due.slots_waiting > 0 => Fate::Skip("an earlier slot of the group still waited for its turn".to_owned()),
        Overlap::QueueOne if due.slots_waiting > 0 => Fate::Skip("one slot of the group waited already".to_owned()),
        Overlap::Skip | Overlap::QueueOne => Fate::Run,
    }
}

fn missed_reason(missed: Missed) -> String {
    let policy = match missed {
        Missed::Skip => "runs none of the slots it missed".to_owned(),
        Missed::Latest => "runs only the latest of the slots it missed".to_owned(),
        Missed::All(most) => format!("runs only the latest {} of the slots it missed", most.min(MAX_LATE)),
    };
    format!("nothing ran when it came, and the group {policy}")
}

/// Slots in a row.
#[derive(Clone, Copy, Debug)]
struct Stretch {
    first: DateTime<Utc>,
    last: DateTime<Utc>,
    slots: u32,
}

impl Stretch {
    const fn of(slot: DateTime<Utc>) -> Self {
        Self { first: slot, last: slot, slots: 1 }
    }

    const fn and(self, next: DateTime<Utc>) -> Self {
        Self { last: next, slots: self.slots.saturating_add(1), ..self }
    }

    fn missed(self, reason: String) -> SlotDecision {
        self.decided(Fate::Miss(reason))
    }

    fn decided(self, fate: Fate) -> SlotDecision {
        SlotDecision { slot: self.first, last_slot: self.last, slots: self.slots, fate }
    }
}

/// The slots that have come.
struct Come {
    /// All but the latest.
    older: Option<Stretch>,
    /// The latest, oldest first; never empty.
    latest: VecDeque<DateTime<Utc>>,
    /// Whether these are all; otherwise there are more than `latest` after `older`.
    all: bool,
}

/// The slots from `first` until `now`, the latest `keep` of them one by one, in memory that does not depend on how many they are.
fn come(timetable: &Timetable, first: DateTime<Utc>, now: DateTime<Utc>, keep: usize) -> Come {
    let mut come = Come { older: None, latest: VecDeque::from([first]), all: true };
    if let Some((count, last)) = timetable.count(first, now) {
        let older = count.saturating_sub(keep as u64);
        if older > 0 {
            let mut kept = last;
            come.latest = VecDeque::from([last]);
            while come.latest.len() < keep
                && let Some(before) = timetable.previous(kept)
            {
                come.latest.push_front(before);
                kept = before;
            }
            let last_older = timetable.previous(kept).filter(|slot| *slot > first).unwrap_or(first);
            come.older = Some(Stretch { first, last: last_older, slots: u32::try_from(older).unwrap_or(u32::MAX) });
            return come;
        }
    }
    let mut last = first;
    for _ in 0..MAX_WALK + keep {
        let Some(slot) = timetable.next(last).filter(|slot| *slot <= now) else { return come };
        last = slot;
        come.latest.push_back(slot);
        if come.latest.len() > keep
            && let Some(slot) = come.latest.pop_front()
        {
            come.older = Some(come.older.map_or(Stretch::of(slot), |stretch| stretch.and(slot)));
        }
    }
    come.all = timetable.next(last).is_none_or(|slot| slot > now);
    come
}

#[cfg(test)]
mod tests {
    use model::{Group, Id, Name, Schedule, Stored};
    use proptest::prelude::*;

    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        DateTime::parse_from_rfc3339(text).unwrap().to_utc()
    }

    fn due(schedule: Schedule, overlap: Overlap, missed: Missed, next_slot_at: DateTime<Utc>) -> DueGroup {
        let id = "01900000-0000-7000-8000-000000000001";
        DueGroup {
            group: Stored {
                id: id.parse::<Id<Group>>().unwrap(),
                organization_id: id.parse().unwrap(),
                name: Name::new("g").unwrap(),
                created_at: next_slot_at,
                updated_at: next_slot_at,
                revision: 1,
                origin: model::Origin::People,
                number: None,
                spec: Group { schedule, time_zone: chrono_tz::Tz::UTC, overlap, missed, enabled: true },
            },
            next_slot_at,
            slots_waiting: 0,
            slots_running: 0,
            slots_late: 0,
        }
    }

    /// `M14:00-14:15x4 L14:20 R14:25`, times cut to minutes.
    fn written(settlement: &Settlement) -> String {
        let decision = |decision: &SlotDecision| {
            let letter = match decision.fate {
                Fate::Run => 'R',
                Fate::RunLate => 'L',
                Fate::Skip(_) => 'S',
                Fate::Miss(_) => 'M',
            };
            let first = decision.slot.format("%H:%M");
            if decision.slots == 1 {
                assert_eq!(decision.slot, decision.last_slot);
                return format!("{letter}{first}");
            }
            format!("{letter}{first}-{}x{}", decision.last_slot.format("%H:%M"), decision.slots)
        };
        settlement.decisions.iter().map(decision).collect::<Vec<_>>().join(" ")
    }

    fn five_minutes(overlap: Overlap, missed: Missed) -> DueGroup {
        due(Schedule::EveryS(300), overlap, missed, at("2026-11-21T14:00:00Z"))
    }

    #[test]
    fn a_slot_that_is_on_time_runs_and_the_next_is_set() {
        let settlement = settle(&five_minutes(Overlap::Skip, Missed::Skip), None, at("2026-11-21T14:00:00.2Z"));
        assert_eq!(written(&settlement), "R14:00");
        assert_eq!(settlement.next_slot_at, Some(at("2026-11-21T14:05:00Z")));
    }

    #[test]
    fn a_slot_older_than_the_grace_was_missed() {
        let now = at("2026-11-21T14:00:00Z") + GRACE;
        assert_eq!(written(&settle(&five_minutes(Overlap::Skip, Missed::Skip), None, now)), "R14:00");
        assert_eq!(written(&settle(&five_minutes(Overlap::Skip, Missed::Skip), None, now + TimeDelta::milliseconds(1))), "M14:00");
    }

    #[test]
    fn after_downtime_the_policy_says_what_runs_late() {
        let now = at("2026-11-21T14:32:00Z");
        for (missed, expected) in [
            (Missed::Skip, "M14:00-14:30x7"),
            (Missed::Latest, "M14:00-14:25x6 L14:30"),
            (Missed::All(3), "M14:00-14:15x4 L14:20 L14:25 L14:30"),
            (Missed::All(100), "L14:00 L14:05 L14:10 L14:15 L14:20 L14:25 L14:30"),
        ] {
            let settlement = settle(&five_minutes(Overlap::Skip, missed), None, now);
            assert_eq!(written(&settlement), expected);
            assert_eq!(settlement.next_slot_at, Some(at("2026-11-21T14:35:00Z")));
        }
    }

    #[test]
    fn the_slot_that_is_on_time_runs_beside_those_that_run_late() {
        let now = at("2026-11-21T14:30:10Z");
        assert_eq!(written(&settle(&five_minutes(Overlap::Skip, Missed::Skip), None, now)), "M14:00-14:25x6 R14:30");
        assert_eq!(written(&settle(&five_minutes(Overlap::Skip, Missed::Latest), None, now)), "M14:00-14:20x5 L14:25 L14:30");
    }

    #[test]
    fn a_slot_that_is_on_time_joins_those_that_run_late_and_is_not_skipped() {
        let now = at("2026-11-21T14:00:00Z");
        for (overlap, missed, late, waiting, expected) in [
            (Overlap::Skip, Missed::All(12), 12, 0, "L14:00"),
            (Overlap::Skip, Missed::All(12), 3, 1, "L14:00"),
            (Overlap::QueueOne, Missed::All(12), 1, 1, "L14:00"),
            (Overlap::Skip, Missed::Latest, 1, 0, "L14:00"),
            // Too far behind: the overlap policy decides, and sees only what is on time.
            (Overlap::Skip, Missed::All(12), 13, 0, "R14:00"),
            (Overlap::Skip, Missed::All(12), 13, 1, "S14:00"),
            (Overlap::QueueOne, Missed::Latest, 2, 1, "S14:00"),
            (Overlap::Skip, Missed::Skip, 1, 0, "R14:00"),
        ] {
            let group = DueGroup { slots_waiting: waiting, slots_late: late, ..five_minutes(overlap, missed) };
            assert_eq!(written(&settle(&group, None, now)), expected, "{overlap:?} {missed:?} late {late} waiting {waiting}");
        }
    }

    #[test]
    fn a_busy_group_skips_or_lets_one_slot_wait() {
        let now = at("2026-11-21T14:00:00Z");
        for (overlap, waiting, running, expected) in [
            (Overlap::Skip, 0, 0, "R14:00"),
            (Overlap::Skip, 0, 1, "S14:00"),
            (Overlap::Skip, 1, 0, "S14:00"),
            (Overlap::QueueOne, 0, 1, "R14:00"),
            (Overlap::QueueOne, 1, 1, "S14:00"),
        ] {
            let busy = DueGroup { slots_waiting: waiting, slots_running: running, ..five_minutes(overlap, Missed::Skip) };
            assert_eq!(written(&settle(&busy, None, now)), expected, "{overlap:?} waiting {waiting} running {running}");
        }
    }

    #[test]
    fn the_reason_of_a_skipped_slot_names_the_slot_that_runs() {
        let busy = DueGroup { slots_running: 1, ..five_minutes(Overlap::Skip, Missed::Skip) };
        let settlement = settle(&busy, Some(at("2026-11-21T13:55:00Z")), at("2026-11-21T14:00:00Z"));
        assert_eq!(settlement.decisions[0].fate, Fate::Skip("the group's slot of 2026-11-21T13:55:00Z still ran".to_owned()));
    }

    #[test]
    fn a_month_of_missed_seconds_is_one_decision() {
        let group = due(Schedule::EveryS(1), Overlap::Skip, Missed::Latest, at("2026-10-21T14:00:00Z"));
        let settlement = settle(&group, None, at("2026-11-21T14:00:00Z"));
        let slots: Vec<u32> = settlement.decisions.iter().map(|decision| decision.slots).collect();
        assert_eq!(slots, [31 * 86_400 - 1, 1, 1]);
    }

    #[test]
    fn a_long_gap_of_a_cron_line_is_settled_in_pieces_without_loss() {
        let now = at("2026-11-21T14:00:00Z");
        let mut group = due(Schedule::Cron("* * * * * *".to_owned()), Overlap::Skip, Missed::All(3), now - TimeDelta::seconds(120_000));
        let mut missed = 0;
        loop {
            let settlement = settle(&group, None, now);
            missed += settlement.decisions.iter().filter(|d| matches!(d.fate, Fate::Miss(_))).map(|d| d.slots).sum::<u32>();
            let next = settlement.next_slot_at.unwrap();
            assert!(next > group.next_slot_at);
            group.next_slot_at = next;
            if next > now {
                assert_eq!(settlement.decisions.iter().filter(|d| d.fate == Fate::RunLate).count(), 4);
                break;
            }
            assert!(settlement.decisions.iter().all(|d| matches!(d.fate, Fate::Miss(_))));
        }
        assert_eq!(missed, 120_001 - 4);
    }

    #[test]
    fn a_schedule_that_cannot_be_read_ends_its_slot_and_sleeps() {
        let group = due(Schedule::Cron("nonsense".to_owned()), Overlap::Skip, Missed::Skip, at("2026-11-21T14:00:00Z"));
        let settlement = settle(&group, None, at("2026-11-21T14:00:00Z"));
        assert_eq!(written(&settlement), "M14:00");
        assert_eq!(settlement.next_slot_at, None);
    }

    fn any_schedule() -> impl Strategy<Value = Schedule> {
        prop_oneof![
            (1_u32..4000).prop_map(Schedule::EveryS),
            (1_u32..30).prop_map(|n| Schedule::Cron(format!("*/{n} * * * *"))),
            (0_u32..24).prop_map(|hour| Schedule::Cron(format!("7 {hour} * * *"))),
        ]
    }

    proptest! {
        #[test]
        fn every_slot_is_in_exactly_one_decision(
            schedule in any_schedule(),
            overlap in prop_oneof![Just(Overlap::Skip), Just(Overlap::QueueOne)],
            missed in prop_oneof![Just(Missed::Skip), Just(Missed::Latest), (0_u32..600).prop_map(Missed::All)],
            (waiting, running, behind) in (0_u32..3, 0_u32..2, 0_u32..9),
            start in 1_700_000_000_i64..1_800_000_000,
            gap in 0_i64..200_000,
        ) {
            let mut group = due(schedule, overlap, missed, DateTime::UNIX_EPOCH);
            let timetable = Timetable::new(&group.group.spec).unwrap();
            let first = timetable.next(DateTime::from_timestamp(start, 0).unwrap()).unwrap();
            group = DueGroup { next_slot_at: first, slots_waiting: waiting, slots_running: running, slots_late: behind, ..group };
            let now = first + TimeDelta::seconds(gap);

            let mut expected = vec![first];
            while let Some(slot) = timetable.next(*expected.last().unwrap()).filter(|slot| *slot <= now) {
                expected.push(slot);
            }
            let mut decisions = Vec::new();
            while group.next_slot_at <= now {
                let settlement = settle(&group, None, now);
                prop_assert!(!settlement.decisions.is_empty());
                decisions.extend(settlement.decisions);
                group.next_slot_at = settlement.next_slot_at.unwrap();
            }
            let mut slots = expected.iter();
            for decision in &decisions {
                prop_assert_eq!(slots.next(), Some(&decision.slot));
                for _ in 2..decision.slots {
                    slots.next();
                }
                if decision.slots > 1 {
                    prop_assert_eq!(slots.next(), Some(&decision.last_slot));
                    prop_assert!(matches!(decision.fate, Fate::Miss(_)));
                }
            }
            prop_assert_eq!(slots.next(), None);
            prop_assert!(group.next_slot_at > now);
            let late = decisions.iter().filter(|decision| decision.fate == Fate::RunLate && now - decision.slot > GRACE).count();
            let most = match missed { Missed::Skip => 0, Missed::Latest => 1, Missed::All(most) => most as usize };
            // All slots but the last may be late although they are young.
            prop_assert!(late <= most);
            prop_assert!(decisions.iter().all(|decision| decision.fate != Fate::Run || now - decision.slot <= GRACE));
        }
    }
}
