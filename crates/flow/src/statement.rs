//! The values a run binds: parameters of the query, and for a window the stretch of time it reads.

use chrono::{DateTime, TimeDelta, Utc};
use model::{Failure, FailureKind, Group, Mode, Query, Series, Statement, Value, Window};

use crate::schedule;

/// The placeholders that a run binds by itself.
const SLOT: &str = "slot";
const WINDOW_START: &str = "window_start";
const WINDOW_END: &str = "window_end";

/// The statement of `series` for `slot`, and the window it reads when its mode is a window.
///
/// Bound are the query's own parameters (the series' value, else the default), then `slot`, then in window mode `window_start` and
/// `window_end`: `end = slot − lag`, `start = end − length`. Without a length the window begins where the window of the group's slot before
/// ended. The same arguments always give the same statement.
///
/// # Errors
/// `SqlParameter` when a value is missing, unknown or not of its type; `Schedule` when a window has neither a length nor a group to take
/// the slot before from, or lies outside the years that can be told.
pub fn bind(query: &Query, series: &Series, group: Option<&Group>, slot: DateTime<Utc>) -> Result<(Statement, Option<Window>), Failure> {
    let mut statement = Statement { sql: query.sql.clone(), values: own_parameters(query, series)? };
    let window = match series.mode {
        Mode::Snapshot | Mode::Incremental(_) => None,
        Mode::Window { length_s, lag_s } => Some(window(length_s, lag_s, group, slot)?),
    };
    statement.values.insert(SLOT.to_owned(), Value::Instant(slot));
    if let Some(window) = window {
        statement.values.insert(WINDOW_START.to_owned(), Value::Instant(window.start));
        statement.values.insert(WINDOW_END.to_owned(), Value::Instant(window.end));
    }
    Ok((statement, window))
}

fn own_parameters(query: &Query, series: &Series) -> Result<std::collections::BTreeMap<String, Value>, Failure> {
    let wrong = |what: String| Failure::new(FailureKind::SqlParameter, what);
    if let Some(unknown) = series.parameters.keys().find(|name| query.parameters.iter().all(|own| own.name != **name)) {
        let known: Vec<String> = query.parameters.iter().map(|own| format!("`{}`", own.name)).collect();
        let known = if known.is_empty() { "it has none".to_owned() } else { format!("it has {}", known.join(", ")) };
        return Err(wrong(format!("the query has no parameter `{unknown}`: {known}")));
    }
    let mut values = std::collections::BTreeMap::new();
    for own in &query.parameters {
        let bound_by_the_run =
            own.name == SLOT || (matches!(series.mode, Mode::Window { .. }) && [WINDOW_START, WINDOW_END].contains(&&*own.name));
        if bound_by_the_run {
            continue;
        }
        let text = series.parameters.get(&own.name).or(own.default.as_ref());
        let text = text.ok_or_else(|| wrong(format!("parameter `{}` has no value and no default", own.name)))?;
        let value = own.kind.parse(text).map_err(|error| wrong(format!("parameter `{}`", own.name)).because(error))?;
        values.insert(own.name.clone(), value);
    }
    Ok(values)
}

fn window(length_s: Option<u32>, lag_s: u32, group: Option<&Group>, slot: DateTime<Utc>) -> Result<Window, Failure> {
    let wrong = |what: &str| Failure::new(FailureKind::Schedule, what);
    let back = |from: DateTime<Utc>, seconds: u32| {
        from.checked_sub_signed(TimeDelta::seconds(i64::from(seconds))).ok_or_else(|| wrong("the window begins before time can be told"))
    };
    let end = back(slot, lag_s)?;
    let start = match (length_s, group) {
        (Some(0), _) => {
            return Err(wrong("the window has a length of 0 seconds: give it at least 1, or none to read since the slot before"));
        }
        (Some(length), _) => back(end, length)?,
        (None, Some(group)) => {
            let before = schedule::previous_slot(group, slot)?;
            back(before.ok_or_else(|| wrong("the group has no slot before this one: give the window a length"))?, lag_s)?
        }
        (None, None) => return Err(wrong("the window has no length and the series no group: give the window a length in seconds")),
    };
    Ok(Window { start, end })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use model::{Id, Mapping, Missed, Overlap, Parameter, ParameterType, Schedule};

    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        DateTime::parse_from_rfc3339(text).unwrap().to_utc()
    }

    fn query(parameters: Vec<Parameter>) -> Query {
        Query {
            database_id: "00000000-0000-7000-8000-000000000001".parse::<Id<_>>().unwrap(),
            sql: "select 1".to_owned(),
            category: String::new(),
            parameters,
        }
    }

    fn series(mode: Mode, parameters: &[(&str, &str)]) -> Series {
        Series {
            query_id: "00000000-0000-7000-8000-000000000001".parse().unwrap(),
            connection_id: "00000000-0000-7000-8000-000000000001".parse().unwrap(),
            group_id: None,
            position: 0,
            mapping: Mapping::new("m"),
            mode,
            parameters: parameters.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect::<BTreeMap<_, _>>(),
            enabled: true,
            rejects: model::RejectPolicy::default(),
        }
    }

    fn every(seconds: u32) -> Group {
        Group {
            schedule: Schedule::EveryS(seconds),
            time_zone: chrono_tz::Tz::UTC,
            overlap: Overlap::Skip,
            missed: Missed::Skip,
            enabled: true,
        }
    }

    fn own(name: &str, kind: ParameterType, default: Option<&str>) -> Parameter {
        Parameter { name: name.to_owned(), kind, default: default.map(str::to_owned) }
    }

    #[test]
    fn a_window_with_a_length_ends_the_lag_before_the_slot() {
        let mode = Mode::Window { length_s: Some(3600), lag_s: 60 };
        let (statement, window) = bind(&query(vec![]), &series(mode, &[]), None, at("2026-11-21T14:00:00Z")).unwrap();
        let window = window.unwrap();
        assert_eq!((window.start, window.end), (at("2026-11-21T12:59:00Z"), at("2026-11-21T13:59:00Z")));
        assert_eq!(statement.values["window_start"], Value::Instant(window.start));
        assert_eq!(statement.values["window_end"], Value::Instant(window.end));
        assert_eq!(statement.values["slot"], Value::Instant(at("2026-11-21T14:00:00Z")));
    }

    #[test]
    fn windows_without_a_length_tile_time() {
        let series = series(Mode::Window { length_s: None, lag_s: 30 }, &[]);
        let mut edge = None;
        for minute in 0..10 {
            let slot = at("2026-11-21T14:00:00Z") + TimeDelta::minutes(5 * minute);
            let window = bind(&query(vec![]), &series, Some(&every(300)), slot).unwrap().1.unwrap();
            assert!(edge.is_none_or(|edge| edge == window.start));
            edge = Some(window.end);
        }
    }

    #[test]
    fn a_window_without_length_and_group_is_refused_with_what_to_do() {
        let failure =
            bind(&query(vec![]), &series(Mode::Window { length_s: None, lag_s: 0 }, &[]), None, DateTime::UNIX_EPOCH).unwrap_err();
        assert!(failure.doing.contains("give the window a length"), "{failure}");
    }

    #[test]
    fn a_snapshot_binds_its_slot_and_no_window() {
        let (statement, window) = bind(&query(vec![]), &series(Mode::Snapshot, &[]), None, DateTime::UNIX_EPOCH).unwrap();
        assert_eq!(window, None);
        assert_eq!(statement.values.keys().collect::<Vec<_>>(), ["slot"]);
    }

    #[test]
    fn parameters_take_the_value_of_the_series_before_the_default() {
        let query = query(vec![own("country", ParameterType::Text, Some("DE")), own("least", ParameterType::Integer, Some("5"))]);
        let (statement, _) = bind(&query, &series(Mode::Snapshot, &[("least", "7")]), None, DateTime::UNIX_EPOCH).unwrap();
        assert_eq!(statement.values["country"], Value::Text("DE".to_owned()));
        assert_eq!(statement.values["least"], Value::Integer(7));
    }

    #[test]
    fn a_missing_unknown_or_wrong_value_is_refused_by_name() {
        let query = query(vec![own("least", ParameterType::Integer, None)]);
        for (given, part) in [
            (vec![], "`least` has no value"),
            (vec![("most", "1")], "no parameter `most`"),
            (vec![("least", "x")], "`x` is not a whole number"),
        ] {
            let failure = bind(&query, &series(Mode::Snapshot, &given), None, DateTime::UNIX_EPOCH).unwrap_err();
            assert_eq!(failure.kind, FailureKind::SqlParameter);
            assert!(failure.chain().contains(part), "{}", failure.chain());
        }
    }

    #[test]
    fn a_declared_window_parameter_needs_no_value_in_window_mode() {
        let query = query(vec![own("window_start", ParameterType::Instant, None)]);
        assert!(bind(&query, &series(Mode::Window { length_s: Some(60), lag_s: 0 }, &[]), None, DateTime::UNIX_EPOCH).is_ok());
    }
}
