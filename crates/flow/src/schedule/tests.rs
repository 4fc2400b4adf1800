use std::collections::BTreeMap;

use chrono_tz::TZ_VARIANTS;
use model::Overlap;
use proptest::prelude::*;

use super::*;

fn group(schedule: Schedule, time_zone: Tz) -> Group {
    Group { schedule, time_zone, overlap: Overlap::Skip, missed: Missed::Latest, enabled: true }
}

fn cron(line: &str, zone: &str) -> Group {
    group(Schedule::Cron(line.to_owned()), zone.parse().unwrap())
}

fn at(text: &str) -> DateTime<Utc> {
    DateTime::parse_from_rfc3339(text).unwrap().to_utc()
}

fn slots(group: &Group, from: &str, until: &str) -> Vec<String> {
    let timetable = Timetable::new(group).unwrap();
    let mut slots = Vec::new();
    let mut last = at(from) - TimeDelta::nanoseconds(1);
    while let Some(slot) = timetable.next(last).filter(|slot| *slot < at(until)) {
        slots.push(slot.with_timezone(&group.time_zone).format("%d %H:%M %Z").to_string());
        last = slot;
    }
    slots
}

#[test]
fn a_fixed_time_that_spring_skips_fires_once_after_the_gap() {
    let berlin = cron("30 2 * * *", "Europe/Berlin");
    assert_eq!(slots(&berlin, "2026-03-27T23:00:00Z", "2026-03-30T22:00:00Z"), ["28 02:30 CET", "29 03:00 CEST", "30 02:30 CEST"]);
}

#[test]
fn two_fixed_times_in_one_gap_are_one_slot() {
    let berlin = cron("0,30 2 * * *", "Europe/Berlin");
    assert_eq!(slots(&berlin, "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z"), ["29 03:00 CEST"]);
}

#[test]
fn a_fixed_time_that_autumn_repeats_fires_at_the_first_of_the_two() {
    let berlin = cron("30 2,14 * * *", "Europe/Berlin");
    assert_eq!(slots(&berlin, "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z"), ["25 02:30 CEST", "25 14:30 CET"]);
}

#[test]
fn an_interval_line_fires_through_both_copies_of_a_repeated_hour() {
    let berlin = cron("*/30 * * * *", "Europe/Berlin");
    assert_eq!(
        slots(&berlin, "2026-10-24T23:30:00Z", "2026-10-25T02:30:00Z"),
        ["25 01:30 CEST", "25 02:00 CEST", "25 02:30 CEST", "25 02:00 CET", "25 02:30 CET", "25 03:00 CET"]
    );
}

#[test]
fn an_hourly_range_fires_through_both_copies_too() {
    let berlin = cron("15 1-3 * * *", "Europe/Berlin");
    assert_eq!(
        slots(&berlin, "2026-10-24T22:00:00Z", "2026-10-25T22:00:00Z"),
        ["25 01:15 CEST", "25 02:15 CEST", "25 02:15 CET", "25 03:15 CET"]
    );
}

#[test]
fn an_interval_line_has_no_slot_in_a_skipped_hour() {
    let berlin = cron("*/30 * * * *", "Europe/Berlin");
    assert_eq!(
        slots(&berlin, "2026-03-29T00:00:00Z", "2026-03-29T02:00:00Z"),
        ["29 01:00 CET", "29 01:30 CET", "29 03:00 CEST", "29 03:30 CEST"]
    );
}

#[test]
fn a_change_of_half_an_hour_is_followed() {
    let lord_howe = cron("45 1 * * *", "Australia/Lord_Howe");
    assert_eq!(
        slots(&lord_howe, "2026-04-03T13:00:00Z", "2026-04-06T13:00:00Z").iter().map(|slot| &slot[..8]).collect::<Vec<_>>(),
        ["04 01:45", "05 01:45", "06 01:45"]
    );
    assert_eq!(next_slot(&lord_howe, at("2026-04-04T13:00:00Z")).unwrap(), Some(at("2026-04-04T14:45:00Z")), "the first of the two");
}

#[test]
fn a_whole_day_that_a_zone_skips_gives_its_slot_at_the_first_instant_after() {
    let apia = cron("0 9 * * *", "Pacific/Apia");
    let found = upcoming(&apia, at("2011-12-29T20:00:00Z"), 2).unwrap();
    assert_eq!(found[0].at, at("2011-12-30T10:00:00Z"));
    assert!(found[0].note.as_ref().unwrap().contains("2011-12-30 09:00:00"), "{found:?}");
    assert_eq!(found[1].at, at("2011-12-30T19:00:00Z"));
}

#[test]
fn every_fires_at_multiples_since_the_epoch_whatever_the_zone() {
    let every = group(Schedule::EveryS(90), "Asia/Kathmandu".parse().unwrap());
    assert_eq!(next_slot(&every, at("1970-01-01T00:00:00Z")).unwrap(), Some(at("1970-01-01T00:01:30Z")));
    assert_eq!(next_slot(&every, at("1970-01-01T00:01:29.999Z")).unwrap(), Some(at("1970-01-01T00:01:30Z")));
    assert_eq!(previous_slot(&every, at("1970-01-01T00:01:30Z")).unwrap(), Some(at("1970-01-01T00:00:00Z")));
    assert_eq!(previous_slot(&every, at("1970-01-01T00:01:30.001Z")).unwrap(), Some(at("1970-01-01T00:01:30Z")));
}

#[test]
fn a_bad_line_names_its_field() {
    for (line, part) in [
        ("61 * * * *", "the minute field `61` cannot be read"),
        ("* 24 * * *", "the hour field `24` cannot be read"),
        ("* * 0 * *", "the day of month field `0` cannot be read"),
        ("* * * 13 *", "the month field `13` cannot be read"),
        ("* * * * MOON", "the day of week field `MOON` cannot be read"),
        ("99 * * * * *", "the second field `99` cannot be read"),
        ("* * * *", "this has 4"),
        ("0 0 0 1 1 * 2027", "this has 7"),
        ("", "this has 0"),
        ("@daily", "0 0 * * *"),
        ("0 0 30 2 *", "it would never fire"),
    ] {
        let failure = validate(&cron(line, "UTC")).unwrap_err();
        assert_eq!(failure.kind, FailureKind::Schedule);
        assert!(failure.doing.contains(part), "{line}: {failure}");
    }
    for seconds in [0, MAX_EVERY_S + 1] {
        assert!(validate(&group(Schedule::EveryS(seconds), Tz::UTC)).is_err());
    }
}

#[test]
fn a_schedule_is_described_in_words_with_its_zone() {
    assert_eq!(describe(&cron("30 2 * * MON", "Europe/Berlin")).unwrap(), "At 02:30, on Monday. Time zone Europe/Berlin.");
    assert_eq!(describe(&cron("*/15 * * * *", "UTC")).unwrap(), "Every 15 minutes. Time zone UTC.");
    assert_eq!(describe(&group(Schedule::EveryS(1), Tz::UTC)).unwrap(), "Every second.");
    assert_eq!(describe(&group(Schedule::EveryS(300), Tz::UTC)).unwrap(), "Every 5 minutes.");
    assert_eq!(describe(&group(Schedule::EveryS(86_400), Tz::UTC)).unwrap(), "Every day.");
}

#[test]
fn upcoming_slots_say_what_a_clock_change_does_to_them() {
    let found = upcoming(&cron("*/30 2 * * *", "Europe/Berlin"), at("2026-10-24T23:00:00Z"), 5).unwrap();
    let notes: Vec<_> = found.iter().map(|slot| slot.note.as_deref().unwrap_or("").rsplit(": ").next().unwrap()).collect();
    assert_eq!(notes[0], "this slot is the first of the two");
    assert_eq!(notes[2], "this slot is the second of the two");
    assert_eq!(notes[4], "", "the next day is an ordinary one");
    assert_eq!(found[0].local, "2026-10-25 02:00:00 CEST");
}

/// Every instant of the years whose wall-clock time the line names, by the definition: walk all minutes.
fn by_definition(line: &str, zone: Tz, from: DateTime<Utc>, minutes: i64) -> Vec<DateTime<Utc>> {
    let cron = parse(line).unwrap();
    (0..minutes)
        .map(|minute| from + TimeDelta::minutes(minute))
        .filter(|instant| cron.is_time_matching(&instant.with_timezone(&zone).naive_local()).unwrap())
        .collect()
}

#[test]
fn in_every_zone_a_line_at_midnight_fires_once_per_local_day_and_in_order() {
    fires_once_per_local_day("0 0 * * *");
}

#[test]
fn in_every_zone_a_line_in_the_hour_of_clock_changes_fires_once_per_local_day_and_in_order() {
    fires_once_per_local_day("30 2 * * *");
}

fn fires_once_per_local_day(line: &str) {
    let (from, until) = (at("2025-01-01T12:00:00Z"), at("2028-01-01T12:00:00Z"));
    for zone in TZ_VARIANTS {
        let timetable = Timetable::new(&group(Schedule::Cron(line.to_owned()), zone)).unwrap();
        let mut days = BTreeMap::new();
        let mut last = from;
        while let Some(slot) = timetable.next(last).filter(|slot| *slot < until) {
            assert!(slot > last, "{zone}: {slot} after {last}");
            *days.entry(slot.with_timezone(&zone).date_naive()).or_insert(0) += 1;
            last = slot;
        }
        assert!(days.values().all(|count| *count == 1), "{zone}: {days:?}");
        let (first, end) = (*days.keys().next().unwrap(), *days.keys().last().unwrap());
        assert_eq!(i64::try_from(days.len()).unwrap(), (end - first).num_days() + 1, "{zone} leaves out a day");
    }
}

#[test]
fn around_every_clock_change_of_every_zone_an_interval_line_is_what_its_definition_says() {
    // The two changes of a year lie in it, in every zone that has them.
    let from = at("2026-01-01T00:00:00Z");
    for zone in TZ_VARIANTS {
        let offset = |day: i64| zone.offset_from_utc_datetime(&(from + TimeDelta::days(day)).naive_utc()).fix();
        for day in (0..400).filter(|day| offset(*day) != offset(day + 1)) {
            for line in ["*/20 * * * *", "10 * * * *", "*/15 2 * * *"] {
                let start = from + TimeDelta::days(day - 1);
                let expected = by_definition(line, zone, start, 3 * 24 * 60);
                let timetable = Timetable::new(&group(Schedule::Cron(line.to_owned()), zone)).unwrap();
                let mut found = Vec::new();
                let mut last = start - TimeDelta::nanoseconds(1);
                while let Some(slot) = timetable.next(last).filter(|slot| *slot < start + TimeDelta::days(3)) {
                    found.push(slot);
                    last = slot;
                }
                assert_eq!(found, expected, "{zone} {line}");
            }
        }
    }
}

fn any_line() -> impl Strategy<Value = String> {
    let minute = prop_oneof![Just("*".to_owned()), (1_u32..31).prop_map(|n| format!("*/{n}")), (0_u32..60).prop_map(|n| n.to_string())];
    let hour =
        prop_oneof![Just("*".to_owned()), (0_u32..24).prop_map(|n| n.to_string()), (0_u32..20).prop_map(|n| format!("{n}-{}", n + 3))];
    let day = prop_oneof![Just("*".to_owned()), (1_u32..29).prop_map(|n| n.to_string()), Just("L".to_owned())];
    let weekday = prop_oneof![Just("*".to_owned()), Just("MON-FRI".to_owned()), Just("SUN".to_owned())];
    (minute, hour, day, weekday).prop_map(|(minute, hour, day, weekday)| format!("{minute} {hour} {day} * {weekday}"))
}

proptest! {
    #[test]
    fn slots_increase_and_the_slot_before_the_next_is_never_later(
        line in any_line(),
        zone in proptest::sample::select(&TZ_VARIANTS[..]),
        seconds in 1_200_000_000_i64..2_000_000_000,
    ) {
        let timetable = Timetable::new(&group(Schedule::Cron(line), zone)).unwrap();
        let from = DateTime::from_timestamp(seconds, 0).unwrap();
        let first = timetable.next(from).unwrap();
        let second = timetable.next(first).unwrap();
        prop_assert!(from < first && first < second);
        prop_assert_eq!(timetable.previous(second), Some(first));
        prop_assert!(timetable.previous(first).is_none_or(|before| before <= from));
        prop_assert_eq!(timetable.next(second - TimeDelta::nanoseconds(1)), Some(second));
    }

    #[test]
    fn counting_every_is_the_same_as_walking_it(length in 1_u32..4000, first in 0_i64..100_000, span in 0_i64..50_000) {
        let timetable = Timetable::new(&group(Schedule::EveryS(length), Tz::UTC)).unwrap();
        let first = timetable.next(DateTime::from_timestamp(first, 0).unwrap()).unwrap();
        let until = first + TimeDelta::seconds(span);
        let mut walked = vec![first];
        while let Some(slot) = timetable.next(*walked.last().unwrap()).filter(|slot| *slot <= until) {
            walked.push(slot);
        }
        prop_assert_eq!(timetable.count(first, until), Some((walked.len() as u64, *walked.last().unwrap())));
    }
}

#[test]
fn more_late_slots_than_may_run_are_refused_by_name() {
    for (most, accepted) in [(0, false), (1, true), (MAX_LATE, true), (MAX_LATE + 1, false)] {
        let result = validate(&Group { missed: Missed::All(most), ..cron("0 0 * * *", "UTC") });
        assert_eq!(result.is_ok(), accepted, "{most}");
        assert!(result.err().is_none_or(|failure| failure.kind == FailureKind::Schedule && failure.doing.contains("missed.all")));
    }
}
