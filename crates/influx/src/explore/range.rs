//! What stands for the range in a question: `:from`, `:to` and `:interval` in InfluxQL and SQL, and in Flux the names that InfluxDB 2's own
//! pages use: `v.timeRangeStart`, `v.timeRangeStop`, `v.windowPeriod`.
//!
//! They are replaced by literals, in their place, so that the line and column of a server's error stay true.

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use model::{
    Failure, FailureKind,
    explore::{Language, TimeRange},
};

use super::scan::{Kind, Token, scan};

/// Lengths that people read easily, in milliseconds.
const STEPS_MS: [i64; 30] = [
    1,
    2,
    5,
    10,
    20,
    50,
    100,
    200,
    500,
    1_000,
    2_000,
    5_000,
    10_000,
    15_000,
    30_000,
    60_000,
    120_000,
    300_000,
    600_000,
    900_000,
    1_800_000,
    3_600_000,
    7_200_000,
    10_800_000,
    21_600_000,
    43_200_000,
    DAY_MS,
    7 * DAY_MS,
    30 * DAY_MS,
    365 * DAY_MS,
];

const DAY_MS: i64 = 86_400_000;

/// What a placeholder stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    From,
    To,
    Interval,
}

/// The placeholder of a part.
pub(super) const fn placeholder(part: Part, language: Language) -> &'static str {
    match (part, language) {
        (Part::From, Language::Flux) => "v.timeRangeStart",
        (Part::To, Language::Flux) => "v.timeRangeStop",
        (Part::Interval, Language::Flux) => "v.windowPeriod",
        (Part::From, _) => ":from",
        (Part::To, _) => ":to",
        (Part::Interval, _) => ":interval",
    }
}

/// The text with its placeholders replaced.
///
/// # Errors
/// `InfluxQuery` when it has some and there is no range.
pub(super) fn filled(text: &str, language: Language, range: Option<TimeRange>, max_points: u32) -> Result<String, Failure> {
    let mut filled = String::with_capacity(text.len());
    let mut done = 0;
    for (part, begin, end) in places(text, language) {
        let Some(range) = range else {
            let shown = placeholder(part, language);
            return Err(Failure::new(FailureKind::InfluxQuery, format!("the query says `{shown}`, and no range is given")));
        };
        filled.push_str(&text[done..begin]);
        filled.push_str(&match part {
            Part::From => instant(range.from, language),
            Part::To => instant(range.to, language),
            Part::Interval => length(interval_ms(range, max_points), language),
        });
        done = end;
    }
    filled.push_str(&text[done..]);
    Ok(filled)
}

/// Where placeholders stand, each with its first byte and the one behind its last.
fn places(text: &str, language: Language) -> Vec<(Part, usize, usize)> {
    let tokens = scan(text, language);
    let joined = |a: &Token<'_>, b: &Token<'_>| a.end() == b.at;
    let mut places = Vec::new();
    for (index, token) in tokens.iter().enumerate() {
        match (language, tokens.get(index + 1), tokens.get(index + 2)) {
            (Language::Flux, Some(dot), Some(name)) if token.text == "v" && dot.is_symbol(".") => {
                let is_member = index > 0 && tokens[index - 1].is_symbol(".");
                let part = match name.text {
                    "timeRangeStart" => Part::From,
                    "timeRangeStop" => Part::To,
                    "windowPeriod" => Part::Interval,
                    _ => continue,
                };
                if !is_member {
                    places.push((part, token.at, name.end()));
                }
            }
            (Language::Influxql | Language::Sql, Some(name), _) if token.is_symbol(":") && joined(token, name) => {
                let part = match name.text {
                    "from" if name.kind == Kind::Word => Part::From,
                    "to" if name.kind == Kind::Word => Part::To,
                    "interval" if name.kind == Kind::Word => Part::Interval,
                    _ => continue,
                };
                places.push((part, token.at, name.end()));
            }
            _ => {}
        }
    }
    places
}

/// An instant as the language writes it.
pub(super) fn instant(at: DateTime<Utc>, language: Language) -> String {
    let text = at.to_rfc3339_opts(SecondsFormat::AutoSi, true);
    match language {
        Language::Flux => text,
        Language::Influxql => format!("'{text}'"),
        Language::Sql => format!("TIMESTAMP '{text}'"),
    }
}

/// A length of time as the language writes it.
pub(super) fn length(ms: i64, language: Language) -> String {
    let (count, short, long) = match ms {
        ms if ms % DAY_MS == 0 => (ms / DAY_MS, "d", "days"),
        ms if ms % 3_600_000 == 0 => (ms / 3_600_000, "h", "hours"),
        ms if ms % 60_000 == 0 => (ms / 60_000, "m", "minutes"),
        ms if ms % 1000 == 0 => (ms / 1000, "s", "seconds"),
        ms => (ms, "ms", "milliseconds"),
    };
    match language {
        Language::Sql => format!("INTERVAL '{count} {long}'"),
        Language::Influxql | Language::Flux => format!("{count}{short}"),
    }
}

/// A length of time as a person writes it, in milliseconds: `250ms`, `10s`, `5m`, `1h`, `1d`, `1w`.
pub(super) fn parse_length(text: &str) -> Option<i64> {
    let digits = text.find(|c: char| !c.is_ascii_digit())?;
    let (count, unit) = text.split_at(digits);
    let unit_ms = match unit {
        "ms" => 1,
        "s" => 1000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => DAY_MS,
        "w" => 7 * DAY_MS,
        _ => return None,
    };
    count.parse::<i64>().ok()?.checked_mul(unit_ms).filter(|ms| *ms > 0)
}

/// The shortest easy length that cuts the range into at most `max_points`.
fn interval_ms(range: TimeRange, max_points: u32) -> i64 {
    let wanted = TimeDelta::num_milliseconds(&(range.to - range.from)).div_euclid(i64::from(max_points.max(1))) + 1;
    let last = STEPS_MS[STEPS_MS.len() - 1];
    STEPS_MS.into_iter().find(|step| *step >= wanted - 1).unwrap_or_else(|| (wanted / last + 1) * last).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hour() -> Option<TimeRange> {
        Some(TimeRange { from: "2026-11-21T12:00:00.000000001Z".parse().unwrap(), to: "2026-11-21T13:00:00Z".parse().unwrap() })
    }

    #[test]
    fn placeholders_are_replaced_where_they_are_code() {
        for (language, text, expected) in [
            (
                Language::Influxql,
                "SELECT f::float, ':from' FROM m WHERE time >= :from AND time<:to GROUP BY time(:interval) -- :to",
                "SELECT f::float, ':from' FROM m WHERE time >= '2026-11-21T12:00:00.000000001Z' AND time<'2026-11-21T13:00:00Z' GROUP BY time(1m) -- :to",
            ),
            (
                Language::Sql,
                "SELECT date_bin(:interval, time), a::from_x, : from FROM m WHERE time < :to",
                "SELECT date_bin(INTERVAL '1 minutes', time), a::from_x, : from FROM m WHERE time < TIMESTAMP '2026-11-21T13:00:00Z'",
            ),
            (
                Language::Flux,
                "|> range(start: v.timeRangeStart, stop: v.timeRangeStop) |> f(x: r.v.windowPeriod, y: \"v.windowPeriod\", every: v.windowPeriod)",
                "|> range(start: 2026-11-21T12:00:00.000000001Z, stop: 2026-11-21T13:00:00Z) |> f(x: r.v.windowPeriod, y: \"v.windowPeriod\", every: 1m)",
            ),
        ] {
            assert_eq!(filled(text, language, hour(), 60).unwrap(), expected);
            assert_eq!(filled(text, language, None, 60).unwrap_err().kind, FailureKind::InfluxQuery);
        }
        assert_eq!(filled("SELECT a::from FROM m", Language::Sql, None, 1).unwrap(), "SELECT a::from FROM m");
    }

    #[test]
    fn an_interval_is_easy_to_read_and_gives_no_more_points_than_asked_for() {
        let range = |seconds| TimeRange { from: DateTime::UNIX_EPOCH, to: DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds) };
        for (seconds, max_points, expected) in
            [(3600, 60, 60_000), (3600, 1000, 5_000), (86_400, 1000, 120_000), (1, 10_000, 1), (0, 10, 1)]
        {
            assert_eq!(interval_ms(range(seconds), max_points), expected, "{seconds} {max_points}");
        }
        let centuries = range(300 * 366 * 86_400);
        let ms = interval_ms(centuries, 10);
        assert!((centuries.to - centuries.from).num_milliseconds() / ms <= 10);
    }

    #[test]
    fn lengths_are_read_and_written() {
        for (text, ms, sql) in [
            ("250ms", 250, "INTERVAL '250 milliseconds'"),
            ("10s", 10_000, "INTERVAL '10 seconds'"),
            ("90m", 5_400_000, "INTERVAL '90 minutes'"),
            ("2w", 14 * DAY_MS, "INTERVAL '14 days'"),
        ] {
            assert_eq!(parse_length(text), Some(ms));
            assert_eq!(length(ms, Language::Sql), sql);
        }
        for wrong in ["", "s", "0s", "1", "1y", "-1s", "1.5s", "99999999999999999w", "1s) DROP"] {
            assert_eq!(parse_length(wrong), None, "{wrong}");
        }
    }
}
