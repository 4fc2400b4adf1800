//! `tributary reject`: what could not be written, over all runs.

use std::{fs::File, io::Write, path::PathBuf};

use anyhow::Context;
use clap::{Args, Subcommand, ValueEnum};
use model::Reject as Spec;
use serde::Deserialize;
use serde_json::json;

use super::{
    client::{Client, ServerOptions},
    exit::{Exit, Stop},
    output::{self, Format},
    stored::items,
};

/// Look at rejects (rows and lines that could not be written), take them along, send them again, let them go.
#[derive(Args, Debug)]
#[command(after_help = "Example:
  tributary reject list --series orders
  tributary reject retry --series orders")]
pub struct Reject {
    #[command(flatten)]
    server: ServerOptions,
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand, Debug)]
enum Action {
    /// Count the rejects of each series
    #[command(after_help = "Example:\n  tributary reject count")]
    Count,
    /// List rejects with their reasons, those of the newest run first
    #[command(after_help = "Examples:
  tributary reject list --series orders
  tributary reject list --run 0199f5c2-7a10-7c3e-9d5a-2f3b1c0d4e5f --limit 1000 -o json")]
    List {
        #[command(flatten)]
        whose: Whose,
        /// Most rejects
        #[arg(long, default_value_t = 100)]
        limit: u32,
    },
    /// Write all rejects to standard output or into a file
    #[command(after_help = "Examples:
  tributary reject export --series orders --to rejects.ndjson
  tributary reject export --series orders --format csv --to rejects.csv
  tributary reject export --run 0199f5c2-7a10-7c3e-9d5a-2f3b1c0d4e5f --format lines")]
    Export {
        #[command(flatten)]
        whose: Whose,
        /// Its form
        #[arg(long, value_enum, default_value_t)]
        format: Form,
        /// The file; an older one is written over
        #[arg(long, value_name = "FILE")]
        to: Option<PathBuf>,
    },
    /// Send the kept lines again, to where their series writes now
    #[command(after_help = "What is acknowledged is no reject any more; what is refused again stays, with the reason of now.
Ends with 0 when nothing is left, and with 3 when some stay.

Examples:
  tributary reject retry --series orders
  tributary reject retry --run 0199f5c2-7a10-7c3e-9d5a-2f3b1c0d4e5f --rows 17,23")]
    Retry {
        #[command(flatten)]
        chosen: Chosen,
    },
    /// Let rejects go: their rows are lost to InfluxDB
    #[command(after_help = "Example:\n  tributary reject discard --run 0199f5c2-7a10-7c3e-9d5a-2f3b1c0d4e5f --rows 17,23")]
    Discard {
        #[command(flatten)]
        chosen: Chosen,
    },
}

#[derive(Args, Debug)]
struct Whose {
    /// Only of this series, by name or id
    #[arg(long, value_name = "NAME", conflicts_with = "run")]
    series: Option<String>,
    /// Only of the run with this id
    #[arg(long, value_name = "RUN")]
    run: Option<String>,
}

#[derive(Args, Debug)]
#[group(skip)]
struct Chosen {
    /// Those of this series, by name or id
    #[arg(long, value_name = "NAME", conflicts_with = "run", required_unless_present = "run")]
    series: Option<String>,
    /// Those of the run with this id
    #[arg(long, value_name = "RUN")]
    run: Option<String>,
    /// Only these rows of the run
    #[arg(long, value_name = "ROW", value_delimiter = ',', requires = "run")]
    rows: Vec<u64>,
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum Form {
    /// One JSON object a line
    #[default]
    Ndjson,
    /// A table for a spreadsheet
    Csv,
    /// The lines as they were sent, of those that became one
    Lines,
}

/// A reject as the API shows it.
#[derive(Deserialize)]
struct Shown {
    run_id: String,
    series_name: String,
    #[serde(flatten)]
    reject: Spec,
}

#[derive(Deserialize)]
struct Count {
    series_name: String,
    rejects: u64,
    runs: u64,
    last_run_id: String,
}

#[derive(Deserialize)]
struct Resent {
    written: u64,
    still_rejected: u64,
    cut: u64,
    without_line: u64,
}

#[derive(Deserialize)]
struct Discarded {
    discarded: u64,
}

impl Reject {
    /// Does what was asked.
    ///
    /// # Errors
    /// When the server cannot be reached or refuses.
    pub async fn run(self, format: Format) -> anyhow::Result<Exit> {
        let client = Client::new(&self.server)?;
        match self.action {
            Action::Count => count(&client, format).await,
            Action::List { whose, limit } => list(&client, whose, limit, format).await,
            Action::Export { whose, format, to } => export(&client, whose, format, to).await,
            Action::Retry { chosen } => retry(&client, &chosen, format).await,
            Action::Discard { chosen } => discard(&client, &chosen, format).await,
        }
    }
}

impl Whose {
    fn parameters(self) -> Vec<(&'static str, String)> {
        [("series", self.series), ("run", self.run)].into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
    }
}

impl Chosen {
    fn body(&self) -> serde_json::Value {
        let rows = (!self.rows.is_empty()).then_some(&self.rows);
        json!({ "series": self.series, "run": self.run, "rows": rows })
    }
}

async fn count(client: &Client, format: Format) -> anyhow::Result<Exit> {
    let answer = client.get(&["rejects", "counts"]).await?;
    if format == Format::Json {
        output::json(&answer)?;
        return Ok(Exit::Done);
    }
    let counts: Vec<Count> = items(answer)?;
    if counts.is_empty() {
        output::say("no rejects");
    }
    output::table(
        &["series", "rejects", "runs", "newest run"],
        counts.into_iter().map(|count| vec![count.series_name, output::count(count.rejects), output::count(count.runs), count.last_run_id]),
    )?;
    Ok(Exit::Done)
}

async fn list(client: &Client, whose: Whose, limit: u32, format: Format) -> anyhow::Result<Exit> {
    let mut query = whose.parameters();
    query.push(("limit", limit.to_string()));
    let answer = client.get_with(&["rejects"], &query).await?;
    if format == Format::Json {
        output::json(&answer)?;
        return Ok(Exit::Done);
    }
    let rejects: Vec<Shown> = items(answer)?;
    if rejects.is_empty() {
        output::say("no rejects");
    }
    let row = |Shown { run_id, series_name, reject }: Shown| {
        let shown = reject.line.or(reject.values).unwrap_or_default();
        vec![series_name, reject.row.to_string(), reject.reason, shown.replace('\n', "⏎"), run_id]
    };
    output::table(&["series", "row", "reason", "line or values", "run"], rejects.into_iter().map(row))?;
    Ok(Exit::Done)
}

async fn export(client: &Client, whose: Whose, form: Form, to: Option<PathBuf>) -> anyhow::Result<Exit> {
    let word = match form {
        Form::Ndjson => "ndjson",
        Form::Csv => "csv",
        Form::Lines => "lines",
    };
    let mut query = whose.parameters();
    query.push(("format", word.to_owned()));
    let mut file = match &to {
        Some(path) => Some(File::create(path).map_err(|error| Stop::with(Exit::Storage, format!("writing {}: {error}", path.display())))?),
        None => None,
    };
    let mut broken = None;
    let mut take = |bytes: &[u8]| {
        let wrote = match &mut file {
            Some(file) => file.write_all(bytes),
            None => output::bytes(bytes),
        };
        broken = broken.take().or(wrote.err());
    };
    client.stream(&["rejects", "export"], &query, &mut take).await?;
    match (broken, to) {
        (Some(error), Some(path)) => Err(Stop::with(Exit::Storage, format!("writing {}: {error}", path.display()))),
        (Some(error), None) => Err(error).context("writing to standard output"),
        (None, _) => Ok(Exit::Done),
    }
}

async fn retry(client: &Client, chosen: &Chosen, format: Format) -> anyhow::Result<Exit> {
    let answer = client.post(&["rejects", "retry"], &chosen.body()).await?;
    let resent = Resent::deserialize(&answer)?;
    if format == Format::Json {
        output::json(&answer)?;
    } else {
        output::say(resent.words());
    }
    Ok(resent.exit())
}

async fn discard(client: &Client, chosen: &Chosen, format: Format) -> anyhow::Result<Exit> {
    let answer = client.post(&["rejects", "discard"], &chosen.body()).await?;
    if format == Format::Json {
        output::json(&answer)?;
    } else {
        let Discarded { discarded } = Discarded::deserialize(&answer)?;
        output::say(format!("{} discarded", output::counted(discarded, "reject", "rejects")));
    }
    Ok(Exit::Done)
}

impl Resent {
    fn words(&self) -> String {
        let mut words = match (self.written, self.still_rejected, self.cut + self.without_line) {
            (0, 0, 0) => "no rejects".to_owned(),
            _ => format!("{} written", output::counted(self.written, "point", "points")),
        };
        if self.still_rejected > 0 {
            words.push_str(&format!(", {} refused again", output::count(self.still_rejected)));
        }
        if self.cut > 0 {
            let limit = Spec::MAX_LINE_BYTES;
            let lines = if self.cut == 1 { "line is" } else { "lines are" };
            words.push_str(&format!(
                "\n{} {lines} longer than the {limit} bytes that are kept of a line, and cannot be sent again: run the series again for them",
                output::count(self.cut)
            ));
        }
        if self.without_line > 0 {
            let rows = output::counted(self.without_line, "row", "rows");
            words.push_str(&format!(
                "\n{rows} never became a line, and cannot be sent again: correct the mapping or the query and run the series again"
            ));
        }
        words
    }

    fn exit(&self) -> Exit {
        if self.still_rejected + self.cut + self.without_line > 0 { Exit::Partial } else { Exit::Done }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_came_of_a_retry_is_told_whole() {
        let none = Resent { written: 0, still_rejected: 0, cut: 0, without_line: 0 };
        assert_eq!((none.words().as_str(), none.exit()), ("no rejects", Exit::Done));
        let some = Resent { written: 1, still_rejected: 2, cut: 1, without_line: 0 };
        assert!(some.words().starts_with("1 point written, 2 refused again\n1 line is longer than"), "{}", some.words());
        assert_eq!(some.exit(), Exit::Partial);
    }
}
