//! How the rows of a series relate to time, on the command line: the flags, and the mode in words.

use std::fmt::Display;

use chrono_tz::Tz;
use clap::{Args, ValueEnum};
use model::{Fence, Incremental, Mode, NullCursor};

use super::super::{
    exit::{Exit, Stop},
    length, output,
    sheet::Sheet,
};

/// What can be said of the mode.
#[derive(Args, Debug)]
pub(super) struct ModeOptions {
    /// The query as it answers at the slot (the default)
    #[arg(long, conflicts_with_all = ["window", "lag", "incremental"])]
    snapshot: bool,
    /// The query over a window that ends at the slot; without a length it begins at the slot before
    #[arg(long, value_name = "LENGTH", num_args = 0..=1, value_parser = length::seconds)]
    window: Option<Option<u32>>,
    /// The window ends so long before the slot
    #[arg(long, value_name = "LENGTH", value_parser = length::seconds)]
    lag: Option<u32>,
    #[command(flatten)]
    incremental: IncrementalOptions,
}

/// What can be said of how new rows are told from those that were delivered.
#[derive(Args, Debug)]
struct IncrementalOptions {
    /// The rows that are new since the run before, told by this column: a new or changed row has a higher value than every row before it
    #[arg(long, value_name = "COLUMN", conflicts_with_all = ["window", "lag"], help_heading = "Incremental")]
    incremental: Option<String>,
    /// Columns that tell rows of one cursor value apart; an empty text: no two rows share one
    #[arg(long, value_name = "COLUMN", value_delimiter = ',', help_heading = "Incremental")]
    key: Vec<String>,
    /// Below which cursor value nothing new can appear: `transactions` (the default: what open transactions leave undecided is not read yet),
    /// `transaction-id` (the cursor is PostgreSQL's xid8), `lag=60s` (rows are left alone until they are so old)
    #[arg(long, value_name = "FENCE", value_parser = fence, help_heading = "Incremental")]
    fence: Option<Fence>,
    /// How far behind the cursor rows are read again, to catch those that came late: `10m` for a date or time, else a number
    #[arg(long, value_name = "LENGTH", value_parser = distance, help_heading = "Incremental")]
    overlap: Option<u32>,
    /// What becomes of rows whose cursor is NULL
    #[arg(long, value_enum, help_heading = "Incremental")]
    null_cursor: Option<WithoutCursor>,
    /// The first run reads from this cursor value on, included; an empty text: from the first row
    #[arg(long, value_name = "VALUE", allow_hyphen_values = true, help_heading = "Incremental")]
    start: Option<String>,
    /// IANA zone of a time cursor that carries none: the zone in which the database's writers write; an empty text: UTC
    #[arg(long, value_name = "ZONE", value_parser = zone, help_heading = "Incremental")]
    zone: Option<Zone>,
    /// Most rows of one page: the cursor moves when all rows of a page are acknowledged [default: 50000]
    #[arg(long, value_name = "ROWS", help_heading = "Incremental")]
    page_rows: Option<u32>,
}

/// A zone, or the wish to have none.
#[derive(Clone, Copy, Debug)]
struct Zone(Option<Tz>);

#[derive(Clone, Copy, Debug, ValueEnum)]
enum WithoutCursor {
    /// They are not read; each run counts them and warns
    Exclude,
    /// The run fails while there is one
    Fail,
    /// They are read by every run, after the others
    Sweep,
}

impl WithoutCursor {
    const fn of_model(self) -> NullCursor {
        match self {
            Self::Exclude => NullCursor::Exclude,
            Self::Fail => NullCursor::Fail,
            Self::Sweep => NullCursor::Sweep,
        }
    }
}

impl ModeOptions {
    /// The mode, if anything was said of it. What is not said stays as it is stored.
    pub(super) fn mode(&self, kept: Option<&Mode>) -> anyhow::Result<Option<Mode>> {
        if let Some(incremental) = self.incremental.over(kept)? {
            return Ok(Some(Mode::Incremental(incremental)));
        }
        if self.snapshot {
            return Ok(Some(Mode::Snapshot));
        }
        if self.window.is_none() && self.lag.is_none() {
            return Ok(None);
        }
        let (kept_length, kept_lag) = match kept {
            Some(Mode::Window { length_s, lag_s }) => (*length_s, *lag_s),
            Some(Mode::Snapshot | Mode::Incremental(_)) | None => (None, 0),
        };
        Ok(Some(Mode::Window { length_s: self.window.unwrap_or(kept_length), lag_s: self.lag.unwrap_or(kept_lag) }))
    }
}

impl IncrementalOptions {
    fn over(&self, kept: Option<&Mode>) -> anyhow::Result<Option<Incremental>> {
        let said = [
            ("--key", !self.key.is_empty()),
            ("--fence", self.fence.is_some()),
            ("--overlap", self.overlap.is_some()),
            ("--null-cursor", self.null_cursor.is_some()),
            ("--start", self.start.is_some()),
            ("--zone", self.zone.is_some()),
            ("--page-rows", self.page_rows.is_some()),
        ];
        let first = said.iter().find(|(_, said)| *said).map(|(flag, _)| *flag);
        let mut incremental = match (&self.incremental, kept) {
            (Some(cursor), Some(Mode::Incremental(kept))) => Incremental { cursor: cursor.clone(), ..kept.clone() },
            (Some(cursor), _) => Incremental::by(cursor),
            (None, Some(Mode::Incremental(kept))) if first.is_some() => kept.clone(),
            (None, _) => match first {
                Some(flag) => {
                    return Err(Stop::with(Exit::Usage, format!("{flag} is about an incremental series: give --incremental COLUMN too")));
                }
                None => return Ok(None),
            },
        };
        if !self.key.is_empty() {
            incremental.key = self.key.iter().filter(|column| !column.is_empty()).cloned().collect();
        }
        incremental.fence = self.fence.unwrap_or(incremental.fence);
        incremental.overlap = self.overlap.unwrap_or(incremental.overlap);
        incremental.null_cursor = self.null_cursor.map_or(incremental.null_cursor, WithoutCursor::of_model);
        if let Some(start) = &self.start {
            incremental.start = Some(start.clone()).filter(|start| !start.is_empty());
        }
        if let Some(Zone(zone)) = self.zone {
            incremental.zone = zone;
        }
        incremental.page_rows = self.page_rows.unwrap_or(incremental.page_rows);
        Ok(Some(incremental))
    }
}

/// The mode in one line.
pub(super) fn words(mode: &Mode) -> String {
    match mode {
        Mode::Snapshot => "snapshot".to_owned(),
        Mode::Incremental(incremental) => format!("incremental by {}", incremental.cursor),
        Mode::Window { length_s, lag_s } => {
            let length = length_s.map_or("since the slot before".to_owned(), length::of_seconds);
            match lag_s {
                0 => format!("window {length}"),
                lag => format!("window {length}, lag {}", length::of_seconds(*lag)),
            }
        }
    }
}

/// The lines of a sheet that say the mode.
#[must_use]
pub(super) fn lines(mode: &Mode, sheet: Sheet) -> Sheet {
    let sheet = sheet.line("mode", words(mode));
    let Mode::Incremental(incremental) = mode else { return sheet };
    let Incremental { cursor: _, key, fence, overlap, null_cursor, start, zone, page_rows } = incremental;
    let fence = match fence {
        Fence::Transactions => "what open transactions leave undecided is not read yet".to_owned(),
        Fence::TransactionId => "by transaction id: what has not ended is not read yet".to_owned(),
        Fence::LagS(lag_s) => format!("rows are left alone until they are {} old", length::of_seconds(*lag_s)),
    };
    let without = match null_cursor {
        NullCursor::Exclude => "not read, counted by each run",
        NullCursor::Fail => "the run fails while there is one",
        NullCursor::Sweep => "read by every run",
    };
    let behind = |overlap: &u32| format!("{overlap} behind the cursor (seconds for a date or time) are read again");
    sheet
        .line("key", if key.is_empty() { "none: no two rows share a cursor value".to_owned() } else { key.join(", ") })
        .line("fence", fence)
        .maybe("overlap", Some(overlap).filter(|overlap| **overlap > 0).map(behind))
        .line("without a cursor", without)
        .maybe("starts at", start.as_ref())
        .maybe("zone", zone.map(Tz::name))
        .line("page", output::counted((*page_rows).into(), "row", "rows"))
}

fn fence(text: &str) -> Result<Fence, String> {
    match text.split_once('=') {
        None if text == "transactions" => Ok(Fence::Transactions),
        None if matches!(text, "transaction-id" | "transaction_id") => Ok(Fence::TransactionId),
        Some(("lag", lag)) => length::seconds(lag).map(Fence::LagS),
        _ => Err("known are `transactions`, `transaction-id` and `lag=60s`".to_owned()),
    }
}

fn distance(text: &str) -> Result<u32, String> {
    match text.parse() {
        Ok(number) => Ok(number),
        Err(_) => length::seconds(text).map_err(|error| or_a_number(&error)),
    }
}

fn or_a_number(error: &dyn Display) -> String {
    format!("{error}, or as a number for a cursor that counts")
}

fn zone(text: &str) -> Result<Zone, String> {
    match text {
        "" => Ok(Zone(None)),
        text => text.parse().map(|zone| Zone(Some(zone))).map_err(|_| "this is no IANA zone; write it as `Europe/Berlin`".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        mode: ModeOptions,
    }

    fn mode_of(words: &[&str], kept: Option<&Mode>) -> Option<Mode> {
        Line::try_parse_from(["x"].iter().chain(words)).unwrap().mode.mode(kept).unwrap()
    }

    #[test]
    fn a_lag_alone_changes_the_window_that_is_stored() {
        let window = |length_s, lag_s| Some(Mode::Window { length_s, lag_s });
        let kept = window(Some(3600), 10);
        assert_eq!(mode_of(&[], kept.as_ref()), None);
        assert_eq!(mode_of(&["--lag", "30s"], kept.as_ref()), window(Some(3600), 30));
        assert_eq!(mode_of(&["--window", "5m"], kept.as_ref()), window(Some(300), 10));
        assert_eq!(mode_of(&["--window"], kept.as_ref()), window(None, 10));
        assert_eq!(mode_of(&["--window", "1h", "--lag", "1m"], None), window(Some(3600), 60));
        assert_eq!(mode_of(&["--snapshot"], kept.as_ref()), Some(Mode::Snapshot));
    }

    #[test]
    fn one_setting_alone_changes_the_incremental_mode_that_is_stored() {
        let kept = Incremental {
            key: vec!["id".to_owned()],
            overlap: 600,
            start: Some("2026-01-01".to_owned()),
            zone: Some(chrono_tz::Europe::Berlin),
            ..Incremental::by("changed")
        };
        let over = |words: &[&str]| match mode_of(words, Some(&Mode::Incremental(kept.clone()))) {
            Some(Mode::Incremental(incremental)) => incremental,
            other => panic!("{other:?}"),
        };
        assert_eq!(over(&["--fence", "lag=1m"]), Incremental { fence: Fence::LagS(60), ..kept.clone() });
        assert_eq!(over(&["--overlap", "10m", "--key", "a,b"]), Incremental { key: vec!["a".to_owned(), "b".to_owned()], ..kept.clone() });
        assert_eq!(over(&["--start", "", "--zone", "", "--key", ""]), Incremental { key: vec![], start: None, zone: None, ..kept.clone() });
        assert_eq!(over(&["--incremental", "id"]).cursor, "id");
        assert_eq!(mode_of(&["--incremental", "id"], Some(&Mode::Snapshot)), Some(Mode::Incremental(Incremental::by("id"))));
        assert_eq!(mode_of(&["--snapshot"], Some(&Mode::Incremental(kept.clone()))), Some(Mode::Snapshot));
    }

    #[test]
    fn a_setting_of_the_incremental_mode_alone_is_no_mode() {
        let line = Line::try_parse_from(["x", "--overlap", "10m"]).unwrap();
        let error = line.mode.mode(Some(&Mode::Snapshot)).unwrap_err();
        assert!(error.to_string().contains("--overlap") && error.to_string().contains("--incremental"), "{error}");
        assert!(Line::try_parse_from(["x", "--fence", "lag"]).is_err() && Line::try_parse_from(["x", "--zone", "Berlin"]).is_err());
    }
}
