//! A selection, written as a question that a person can go on with.

use std::collections::BTreeSet;

use model::{
    Failure, FailureKind,
    explore::{Aggregate, Language, Selection, TagFilter},
};

use super::{
    quote::{flux_text, influxql_name, influxql_text, sql_name, sql_text},
    range::{Part, instant, length, parse_length, placeholder},
};

/// The text of a selection. `place` is the bucket, which only Flux names in the text.
///
/// # Errors
/// `InfluxQuery` for a window that cannot be read, and where the language needs a field and none is named.
pub(super) fn build(selection: &Selection, language: Language, place: &str) -> Result<String, Failure> {
    let window = match selection.window.as_deref() {
        None => placeholder(Part::Interval, language).to_owned(),
        Some(text) => match parse_length(text) {
            Some(ms) => length(ms, language),
            None => return Err(refused("a window is a number and one of ms, s, m, h, d and w: `10s`")),
        },
    };
    let (from, to) = match selection.range {
        Some(range) => (instant(range.from, language), instant(range.to, language)),
        None => (placeholder(Part::From, language).to_owned(), placeholder(Part::To, language).to_owned()),
    };
    let spelling = Spelling { selection, window, from, to };
    match language {
        Language::Influxql => Ok(spelling.influxql()),
        Language::Flux => Ok(spelling.flux(place)),
        Language::Sql => spelling.sql(),
    }
}

fn refused(why: &str) -> Failure {
    Failure::new(FailureKind::InfluxQuery, why)
}

/// A selection with its times as the language writes them.
struct Spelling<'a> {
    selection: &'a Selection,
    window: String,
    from: String,
    to: String,
}

impl Spelling<'_> {
    fn influxql(&self) -> String {
        let Selection { at, measurement, fields, filters, group_by, aggregate, .. } = self.selection;
        // A name that is a field and a tag is the tag, unless it says which.
        let tags: BTreeSet<&str> = filters.iter().map(|filter| filter.tag.as_str()).chain(group_by.iter().map(String::as_str)).collect();
        let field = |name: &String| format!("{}{}", influxql_name(name), if tags.contains(name.as_str()) { "::field" } else { "" });
        let columns = match aggregate {
            None if fields.is_empty() => "*".to_owned(),
            None => fields.iter().map(field).collect::<Vec<_>>().join(", "),
            Some(aggregate) if fields.is_empty() => format!("{}(*)", influxql_function(*aggregate)),
            Some(aggregate) => {
                let one = |name: &String| format!("{}({}) AS {}", influxql_function(*aggregate), field(name), influxql_name(name));
                fields.iter().map(one).collect::<Vec<_>>().join(", ")
            }
        };
        let policy = at.retention_policy.as_deref().map(|policy| format!("{}.", influxql_name(policy))).unwrap_or_default();
        let mut text =
            format!("SELECT {columns}\nFROM {policy}{}\nWHERE time >= {} AND time < {}", influxql_name(measurement), self.from, self.to);
        for TagFilter { tag, values } in filters.iter().filter(|filter| !filter.values.is_empty()) {
            let tag = influxql_name(tag);
            let any: Vec<String> = values.iter().map(|value| format!("{tag} = {}", influxql_text(value))).collect();
            text.push_str(&match any.as_slice() {
                [only] => format!("\n  AND {only}"),
                any => format!("\n  AND ({})", any.join(" OR ")),
            });
        }
        let mut groups: Vec<String> = group_by.iter().map(|tag| influxql_name(tag)).collect();
        if aggregate.is_some() {
            groups.insert(0, format!("time({})", self.window));
        }
        if !groups.is_empty() {
            text.push_str(&format!("\nGROUP BY {}", groups.join(", ")));
        }
        if aggregate.is_some() {
            text.push_str("\nFILL(none)");
        }
        text
    }

    fn flux(&self, place: &str) -> String {
        let Selection { measurement, fields, filters, group_by, aggregate, .. } = self.selection;
        let mut lines = vec![
            format!("from(bucket: {})", flux_text(place)),
            format!("range(start: {}, stop: {})", self.from, self.to),
            format!("filter(fn: (r) => r._measurement == {})", flux_text(measurement)),
        ];
        if !fields.is_empty() {
            let any: Vec<String> = fields.iter().map(|field| format!("r._field == {}", flux_text(field))).collect();
            lines.push(format!("filter(fn: (r) => {})", any.join(" or ")));
        }
        for TagFilter { tag, values } in filters.iter().filter(|filter| !filter.values.is_empty()) {
            let tag = flux_text(tag);
            let one = |value: &String| match value.as_str() {
                "" => format!("not exists r[{tag}]"),
                value => format!("r[{tag}] == {}", flux_text(value)),
            };
            let any: Vec<String> = values.iter().map(one).collect();
            lines.push(format!("filter(fn: (r) => {})", any.join(" or ")));
        }
        if let Some(aggregate) = aggregate {
            let kept: Vec<String> =
                ["_measurement", "_field"].into_iter().chain(group_by.iter().map(String::as_str)).map(flux_text).collect();
            lines.push(format!("group(columns: [{}])", kept.join(", ")));
            if matches!(aggregate, Aggregate::First | Aggregate::Last) {
                // Grouping puts series behind one another: what is first among them is not what is earliest.
                lines.push("sort(columns: [\"_time\"])".to_owned());
            }
            lines.push(format!("aggregateWindow(every: {}, fn: {}, createEmpty: false)", self.window, flux_function(*aggregate)));
        }
        lines.join("\n  |> ")
    }

    fn sql(&self) -> Result<String, Failure> {
        let Selection { measurement, fields, filters, group_by, aggregate, .. } = self.selection;
        let names: Vec<String> = fields.iter().map(|field| sql_name(field)).collect();
        let groups: Vec<String> = group_by.iter().map(|tag| sql_name(tag)).collect();
        let columns = match aggregate {
            Some(_) if fields.is_empty() => return Err(refused("SQL aggregates named fields: choose at least one")),
            Some(aggregate) => {
                let values = names.iter().map(|name| format!("{} AS {name}", sql_call(*aggregate, name)));
                let time = format!("date_bin({}, time) AS time", self.window);
                std::iter::once(time).chain(groups.iter().cloned()).chain(values).collect::<Vec<_>>().join(", ")
            }
            None if fields.is_empty() => "*".to_owned(),
            None => std::iter::once("time".to_owned()).chain(groups.iter().cloned()).chain(names).collect::<Vec<_>>().join(", "),
        };
        let mut text = format!("SELECT {columns}\nFROM {}\nWHERE time >= {} AND time < {}", sql_name(measurement), self.from, self.to);
        for TagFilter { tag, values } in filters.iter().filter(|filter| !filter.values.is_empty()) {
            let tag = sql_name(tag);
            let given: Vec<String> = values.iter().filter(|value| !value.is_empty()).map(|value| sql_text(value)).collect();
            let within = match given.as_slice() {
                [] => None,
                [only] => Some(format!("{tag} = {only}")),
                several => Some(format!("{tag} IN ({})", several.join(", "))),
            };
            let absent = values.iter().any(String::is_empty).then(|| format!("{tag} IS NULL"));
            text.push_str(&match (within, absent) {
                (Some(within), Some(absent)) => format!("\n  AND ({within} OR {absent})"),
                (one, other) => format!("\n  AND {}", one.or(other).unwrap_or_default()),
            });
        }
        if aggregate.is_some() {
            // By place, for `time` alone would be the column and not what was made of it.
            let places: Vec<String> = (1..=groups.len() + 1).map(|place| place.to_string()).collect();
            text.push_str(&format!("\nGROUP BY {}\nORDER BY 1", places.join(", ")));
        } else {
            text.push_str("\nORDER BY time");
        }
        Ok(text)
    }
}

const fn influxql_function(aggregate: Aggregate) -> &'static str {
    match aggregate {
        Aggregate::Mean => "mean",
        Aggregate::Median => "median",
        Aggregate::Min => "min",
        Aggregate::Max => "max",
        Aggregate::Sum => "sum",
        Aggregate::Count => "count",
        Aggregate::First => "first",
        Aggregate::Last => "last",
        Aggregate::Spread => "spread",
        Aggregate::Stddev => "stddev",
    }
}

/// Both languages call them alike.
const fn flux_function(aggregate: Aggregate) -> &'static str {
    influxql_function(aggregate)
}

fn sql_call(aggregate: Aggregate, name: &str) -> String {
    match aggregate {
        Aggregate::Mean => format!("avg({name})"),
        Aggregate::Median => format!("median({name})"),
        Aggregate::Min => format!("min({name})"),
        Aggregate::Max => format!("max({name})"),
        Aggregate::Sum => format!("sum({name})"),
        Aggregate::Count => format!("count({name})"),
        Aggregate::First => format!("first_value({name} ORDER BY time)"),
        Aggregate::Last => format!("last_value({name} ORDER BY time)"),
        Aggregate::Spread => format!("max({name}) - min({name})"),
        Aggregate::Stddev => format!("stddev({name})"),
    }
}

#[cfg(test)]
mod tests {
    use model::explore::{TimeRange, Where};
    use proptest::prelude::*;

    use super::*;
    use crate::explore::{guard::reads_only, scan::scan};

    fn selection() -> Selection {
        Selection {
            at: Where::default(),
            language: None,
            measurement: "orders".to_owned(),
            fields: vec!["total".to_owned(), "it\"s".to_owned()],
            filters: vec![TagFilter { tag: "country".to_owned(), values: vec!["DE".to_owned(), "it's".to_owned()] }],
            group_by: vec!["country".to_owned()],
            aggregate: Some(Aggregate::Mean),
            window: None,
            range: None,
        }
    }

    #[test]
    fn a_selection_is_written_in_each_language() {
        assert_eq!(
            build(&selection(), Language::Influxql, "shop").unwrap(),
            "SELECT mean(\"total\") AS \"total\", mean(\"it\\\"s\") AS \"it\\\"s\"\nFROM \"orders\"\nWHERE time >= :from AND time < :to\n  \
             AND (\"country\" = 'DE' OR \"country\" = 'it\\'s')\nGROUP BY time(:interval), \"country\"\nFILL(none)"
        );
        assert_eq!(
            build(&selection(), Language::Flux, "shop").unwrap(),
            "from(bucket: \"shop\")\n  |> range(start: v.timeRangeStart, stop: v.timeRangeStop)\n  \
             |> filter(fn: (r) => r._measurement == \"orders\")\n  |> filter(fn: (r) => r._field == \"total\" or r._field == \"it\\\"s\")\n  \
             |> filter(fn: (r) => r[\"country\"] == \"DE\" or r[\"country\"] == \"it's\")\n  \
             |> group(columns: [\"_measurement\", \"_field\", \"country\"])\n  \
             |> aggregateWindow(every: v.windowPeriod, fn: mean, createEmpty: false)"
        );
        assert_eq!(
            build(&selection(), Language::Sql, "shop").unwrap(),
            "SELECT date_bin(:interval, time) AS time, \"country\", avg(\"total\") AS \"total\", avg(\"it\"\"s\") AS \"it\"\"s\"\n\
             FROM \"orders\"\nWHERE time >= :from AND time < :to\n  AND \"country\" IN ('DE', 'it''s')\nGROUP BY 1, 2\nORDER BY 1"
        );
    }

    #[test]
    fn points_as_they_are_and_points_without_a_tag() {
        let plain = Selection {
            at: Where { place: None, retention_policy: Some("a week".to_owned()) },
            fields: Vec::new(),
            filters: vec![
                TagFilter { tag: "h".to_owned(), values: vec![String::new()] },
                TagFilter { tag: "i".to_owned(), values: Vec::new() },
            ],
            group_by: Vec::new(),
            aggregate: None,
            range: Some(TimeRange { from: "2026-11-21T12:00:00Z".parse().unwrap(), to: "2026-11-21T13:00:00Z".parse().unwrap() }),
            ..selection()
        };
        let text = |language| build(&plain, language, "b").unwrap();
        assert_eq!(
            text(Language::Influxql),
            "SELECT *\nFROM \"a week\".\"orders\"\nWHERE time >= '2026-11-21T12:00:00Z' AND time < '2026-11-21T13:00:00Z'\n  AND \"h\" = ''"
        );
        assert!(text(Language::Flux).ends_with("|> filter(fn: (r) => not exists r[\"h\"])"), "{}", text(Language::Flux));
        assert!(text(Language::Sql).ends_with("AND \"h\" IS NULL\nORDER BY time"), "{}", text(Language::Sql));
    }

    #[test]
    fn what_cannot_be_said_is_refused() {
        let no_field = Selection { fields: Vec::new(), ..selection() };
        assert_eq!(build(&no_field, Language::Sql, "b").unwrap_err().kind, FailureKind::InfluxQuery);
        let window = Selection { window: Some("1s) --".to_owned()), ..selection() };
        assert_eq!(build(&window, Language::Influxql, "b").unwrap_err().kind, FailureKind::InfluxQuery);
    }

    #[test]
    fn a_field_that_is_called_like_a_tag_says_that_it_is_the_field() {
        let both = Selection { fields: vec!["country".to_owned()], ..selection() };
        let text = build(&both, Language::Influxql, "b").unwrap();
        assert!(text.contains("mean(\"country\"::field) AS \"country\""), "{text}");
    }

    proptest! {
        /// Were a name to break out of its quotes, the text would have other tokens than with a harmless name.
        #[test]
        fn no_name_or_value_changes_what_is_asked(name in "(?s)([\"'\\\\\n$\\{/;:]|.){1,16}", aggregate in any::<bool>()) {
            let with = |word: &str| Selection {
                measurement: word.to_owned(),
                fields: vec![word.to_owned()],
                filters: vec![TagFilter { tag: format!("t{word}"), values: vec![word.to_owned()] }],
                group_by: vec![format!("t{word}")],
                aggregate: aggregate.then_some(Aggregate::Last),
                ..selection()
            };
            for language in [Language::Influxql, Language::Flux] {
                let (harmless, text) = (build(&with("x"), language, "x").unwrap(), build(&with(&name), language, &name).unwrap());
                let kinds = |text: &str| scan(text, language).iter().map(|token| token.kind).collect::<Vec<_>>();
                prop_assert_eq!(kinds(&harmless), kinds(&text), "{}", text);
                prop_assert!(reads_only(&text, language).is_ok(), "{}", text);
            }
            let sql = build(&with(&name), Language::Sql, "x").unwrap();
            prop_assert!(reads_only(&sql, Language::Sql).is_ok(), "{}", sql);
        }
    }
}
