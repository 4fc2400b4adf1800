//! `tributary import`: bringing in what Chronograf, Telegraf and the `influx` command keep.

mod applying;
mod showing;

use std::{fs, path::PathBuf};

use anyhow::Context;
use clap::{Args, ValueEnum};
use foreign::{Given, Variables, lines};

use super::{
    client::{Client, ServerOptions},
    exit::{Exit, Stop},
    output::{self, Format},
};
use crate::import::{
    house::House,
    plan,
    reading::{self, Kind, Unreadable},
};

/// Bring in connections and Kapacitors from Chronograf, Telegraf, the `influx` command, or whatever can be pasted
#[derive(Args, Debug)]
#[command(after_help = "What is read, and recognized without --from:
  chronograf-v1.db            connections, Kapacitors and organizations, passwords included
  a folder of .src .kap .org  the same from files
  ~/.influxdbv2/configs       the configurations of the influx command
  telegraf.conf               [[outputs.influxdb]], [[outputs.influxdb_v2]], [[outputs.influxdb_v3]]
  INFLUX_… INFLUXDB_… lines   of a shell, an env file, a compose file
  a URL, a curl command       in a file or on standard input (-)

Nothing that is here is changed: importing the same again changes nothing. Everything is stored unverified; --check tries it.
References to variables are filled from the environment and from --env-file. Ends with 1 when something could not come.

Examples:
  tributary import chronograf-v1.db --dry-run
  tributary import chronograf-v1.db --check
  tributary import /usr/share/chronograf/resources --organization shop
  tributary import ~/.influxdbv2/configs --bucket orders
  tributary import /etc/telegraf/telegraf.conf --env-file /etc/default/telegraf
  tributary import - --dry-run")]
pub struct Import {
    #[command(flatten)]
    server: ServerOptions,

    /// File or folder; - is standard input
    path: PathBuf,

    /// What it is, when it is not recognized
    #[arg(long, value_enum)]
    from: Option<From>,

    /// Only say what would come; nobody is contacted
    #[arg(long, conflicts_with = "check")]
    dry_run: bool,

    /// Check every connection and Kapacitor afterwards
    #[arg(long)]
    check: bool,

    /// Bucket of v2 connections whose text names none [default: telegraf]
    #[arg(long, value_name = "NAME")]
    bucket: Option<String>,

    /// File of NAME=value lines for references to variables, before the environment
    #[arg(long, value_name = "FILE")]
    env_file: Option<PathBuf>,
}

/// What a file is.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum From {
    /// chronograf-v1.db
    ChronografDb,
    /// .src, .kap and .org files
    ChronografFiles,
    /// Configurations of the influx command
    InfluxConfig,
    /// A Telegraf configuration, or a folder of .conf files
    Telegraf,
    /// Lines of an environment
    Env,
    /// Anything that could be pasted
    Text,
}

impl Import {
    /// Does what was asked.
    ///
    /// # Errors
    /// When nothing can be read, or the server cannot be reached.
    pub async fn run(self, format: Format) -> anyhow::Result<Exit> {
        let client = Client::new(&self.server)?;
        let gathered = reading::gather(&self.path, self.from.map(From::kind), &self.given()?).map_err(unreadable)?;
        let into = self.server.organization();
        if self.dry_run {
            let plan = plan::plan(gathered, &House::default(), into);
            showing::remarks(&plan.remarks, &plan.broken);
            showing::plan(&plan, format)?;
            return Ok(if plan.broken.is_empty() { Exit::Done } else { Exit::Failed });
        }
        if let Some(into) = into {
            // Told before anything is done.
            client.get(&["organizations", into]).await?;
        }
        let house = applying::house(&client).await?;
        let plan = plan::plan(gathered, &house, into);
        showing::remarks(&plan.remarks, &plan.broken);
        let mut report = applying::apply(&client, plan).await?;
        if self.check {
            applying::check(&client, &mut report).await?;
        }
        showing::report(&report, format)?;
        Ok(if report.is_whole() { Exit::Done } else { Exit::Failed })
    }

    /// What is said beside the text.
    fn given(&self) -> anyhow::Result<Given> {
        // A variable that is no text cannot be referred to.
        let mut variables: Variables =
            std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?))).collect();
        if let Some(file) = &self.env_file {
            let text = fs::read_to_string(file).with_context(|| format!("reading {}", file.display()))?;
            variables.extend(lines::variables(&text));
        }
        Ok(Given { variables, bucket: self.bucket.clone() })
    }
}

impl From {
    const fn kind(self) -> Kind {
        match self {
            Self::ChronografDb => Kind::ChronografDatabase,
            Self::ChronografFiles => Kind::ChronografFiles,
            Self::InfluxConfig => Kind::InfluxConfig,
            Self::Telegraf => Kind::Telegraf,
            Self::Env => Kind::Lines,
            Self::Text => Kind::Text,
        }
    }
}

fn unreadable(error: Unreadable) -> anyhow::Error {
    let exit = match error {
        Unreadable::Missing(_) => Exit::NotFound,
        Unreadable::Disk { .. } | Unreadable::TooLarge(_) => Exit::Storage,
        Unreadable::Empty { .. } => Exit::Config,
    };
    let cause = std::error::Error::source(&error).map(|cause| format!(": {cause}")).unwrap_or_default();
    Stop::with(exit, format!("{error}{cause}"))
}

/// How many of something, in words: `1 connection`, `605 connections`.
fn counted(count: usize, noun: &str) -> String {
    format!("{} {noun}{}", output::count(count as u64), if count == 1 { "" } else { "s" })
}
