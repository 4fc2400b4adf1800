//! `tributary series`: queries whose rows become points.

mod cursor;
mod mode;
mod preview;

pub(super) use cursor::say_to_decide;

use std::path::PathBuf;

use chrono::{DateTime, Utc};
use clap::{Args, Subcommand, ValueEnum};
use cursor::Cursor;
use mode::ModeOptions;
use model::{Fields as FieldColumns, Mapping, Measurement, Mode, RejectPolicy, Series as Spec, WhenFull};
use serde_json::{Value, json};

use super::{
    body::Body,
    client::{Client, ServerOptions},
    exit::{Exit, Stop},
    mapping::MappingOptions,
    output::{self, Format},
    progress,
    rows::Parameters,
    sheet::{self, Sheet},
    stored::{CONNECTIONS, Collection, GROUPS, Names, QUERIES, SERIES, Shown, quoted},
};

/// Keep, change, preview and run series: queries whose rows become points.
#[derive(Args, Debug)]
#[command(after_help = "Example:
  tributary series create orders --query orders-by-country --connection shop --group five-minutes \\
    --measurement orders --tag country --window 1h
  tributary series preview orders
  tributary series run orders --wait")]
pub struct Series {
    #[command(flatten)]
    server: ServerOptions,
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand, Debug)]
enum Action {
    /// List all series
    #[command(after_help = "Example:\n  tributary series list")]
    List,
    /// Show one series
    #[command(after_help = "Example:\n  tributary series show orders")]
    Show {
        /// Name or id
        name: String,
    },
    /// Save a new series. Nothing is read or written: `preview` shows what would be
    #[command(after_help = "Examples:
  tributary series create orders --query orders-by-country --connection shop --group five-minutes --measurement orders --tag country --window 1h
  tributary series create stock --query stock --connection shop --measurement stock --tag name
  tributary series create events --query events --connection shop --measurement events --time at --incremental changed --key id
  tributary series create readings --file readings.json")]
    Create(Create),
    /// Change a series. Only what is named changes
    #[command(after_help = "Example:\n  tributary series update orders --tag country,product --lag 30s")]
    Update(Update),
    /// Delete a series; what it wrote stays, and its runs too
    #[command(after_help = "Example:\n  tributary series delete orders")]
    Delete {
        /// Name or id
        name: String,
    },
    /// Show the first rows and the line protocol that they become; writes nothing. Without a name, of what the flags say
    #[command(after_help = "Examples:
  tributary series preview orders --slot 2026-11-21T14:05:00Z
  tributary series preview --query stock --connection shop --measurement stock --tag name")]
    Preview(Box<Preview>),
    /// Run a series now, by hand
    #[command(after_help = "With --wait ends with 0 when it succeeded, with 3 when rows were rejected and with 1 when it failed.

Example:
  tributary series run orders --slot 2026-11-21T14:05:00Z --wait")]
    Run {
        /// Name or id
        name: String,
        #[command(flatten)]
        options: progress::RunOptions,
    },
    Cursor(Cursor),
}

#[derive(Args, Debug)]
struct Create {
    /// Its name
    name: String,
    #[command(flatten)]
    fields: Fields,
}

#[derive(Args, Debug)]
struct Update {
    /// Name or id
    name: String,
    /// Its new name
    #[arg(long, value_name = "NAME")]
    rename: Option<String>,
    #[command(flatten)]
    fields: Fields,
}

#[derive(Args, Debug)]
struct Preview {
    /// Name or id of a stored series
    name: Option<String>,
    #[command(flatten)]
    fields: Fields,
    /// The instant that it stands for [default: now]
    #[arg(long, value_name = "INSTANT")]
    slot: Option<DateTime<Utc>>,
    /// Most rows
    #[arg(long, default_value_t = 10)]
    limit: u32,
}

#[derive(Args, Debug)]
struct Fields {
    /// JSON as the API takes it, for what has no flag; `query`, `connection` and `group` may be names. Flags win over it; `-` is standard
    /// input
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
    /// What is read: a query, by name or id
    #[arg(long, value_name = "NAME")]
    query: Option<String>,
    /// Where it is written: a connection, by name or id
    #[arg(long, value_name = "NAME")]
    connection: Option<String>,
    /// When it runs: a group, by name or id; an empty text takes it out of its group
    #[arg(long, value_name = "NAME")]
    group: Option<String>,
    /// Its place among the series of its group: lower runs earlier
    #[arg(long, allow_negative_numbers = true)]
    position: Option<i32>,
    #[command(flatten)]
    mode: ModeOptions,
    #[command(flatten)]
    parameters: Parameters,
    /// A disabled series is passed over by its group
    #[arg(long, value_name = "BOOL")]
    enabled: Option<bool>,
    #[command(flatten)]
    mapping: MappingOptions,
    /// Most rejects of one run that are kept [default: 10000]
    #[arg(long, value_name = "NUMBER", help_heading = "Rejects")]
    reject_limit: Option<u32>,
    /// What follows when a run has more: it stops as failed (the default), or they are counted and lost
    #[arg(long, value_enum, help_heading = "Rejects")]
    when_rejects_full: Option<Full>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Full {
    /// The run stops as failed
    Stop,
    /// Further rejects are counted and not kept
    Count,
}

impl Full {
    const fn of_model(self) -> WhenFull {
        match self {
            Self::Stop => WhenFull::Stop,
            Self::Count => WhenFull::Count,
        }
    }
}

impl Series {
    /// Does what was asked.
    ///
    /// # Errors
    /// When the server cannot be reached or refuses.
    pub async fn run(self, format: Format) -> anyhow::Result<Exit> {
        let client = Client::new(&self.server)?;
        match self.action {
            Action::List => {
                let places = Places::load(&client, format).await?;
                SERIES
                    .list(&client, format, &["name", "group", "query", "connection", "measurement", "mode"], |shown| row(shown, &places))
                    .await
            }
            Action::Show { name } => show(&client, SERIES.get(&client, &name).await?, format).await,
            Action::Create(create) => create.run(&client, format).await,
            Action::Update(update) => update.run(&client, format).await,
            Action::Delete { name } => SERIES.delete(&client, &name).await,
            Action::Preview(preview) => preview.run(&client, format).await,
            Action::Run { name, options } => options.run(&client, &[SERIES.path, &name, "run"], format).await,
            Action::Cursor(cursor) => cursor.run(&client, format).await,
        }
    }
}

impl Create {
    async fn run(self, client: &Client, format: Format) -> anyhow::Result<Exit> {
        let mut body = self.fields.draft(client, &["query_id", "connection_id", "mapping"]).await?;
        body.put("name", Some(&self.name))?;
        let answer = client.post(&[SERIES.path], &body.into_value()).await?;
        output::say(format!(
            "created the series `{}`; `tributary series preview {}` shows what it would write",
            self.name,
            quoted(&self.name)
        ));
        show(client, answer, format).await
    }
}

impl Update {
    async fn run(self, client: &Client, format: Format) -> anyhow::Result<Exit> {
        let kept: Shown<Spec> = serde_json::from_value(SERIES.get(client, &self.name).await?)?;
        let mut body = self.fields.body(client, Some(&kept.spec)).await?;
        body.put_text("name", self.rename.as_deref());
        // What was composed from the stored mode must not undo a change that came in between.
        let answer = client.patch_revision(&[SERIES.path, &self.name], &body.not_empty()?.into_value(), kept.revision).await?;
        output::say(format!("changed the series `{}`", self.name));
        if answer.get("cursor_state").and_then(Value::as_str) == Some("needs_decision") {
            output::say(cursor::decide(self.rename.as_ref().unwrap_or(&self.name)));
        }
        show(client, answer, format).await
    }
}

impl Preview {
    async fn run(self, client: &Client, format: Format) -> anyhow::Result<Exit> {
        let answer = match &self.name {
            Some(name) => {
                if !self.fields.body(client, None).await?.is_empty() {
                    return Err(Stop::with(
                        Exit::Usage,
                        "a stored series is previewed as it is stored; to preview other settings leave the name out",
                    ));
                }
                let mut body = Body::default();
                body.put("slot", self.slot)?;
                body.put("limit", Some(self.limit))?;
                client.post(&[SERIES.path, name, "preview"], &body.into_value()).await?
            }
            None => {
                let mut body = self.fields.draft(client, &["query_id", "mapping"]).await?;
                // What a file may hold and no preview needs.
                for member in ["name", "position", "enabled", "rejects"] {
                    body.take(member);
                }
                body.put("slot", self.slot)?;
                body.put("limit", Some(self.limit))?;
                client.post(&[SERIES.path, "preview"], &body.into_value()).await?
            }
        };
        match format {
            Format::Json => output::json(&answer)?,
            Format::Table => preview::print(answer)?,
        }
        Ok(Exit::Done)
    }
}

impl Fields {
    /// A whole series: what was not said and has no default of the API's own is filled in.
    async fn draft(&self, client: &Client, needed: &[&str]) -> anyhow::Result<Body> {
        let mut body = self.body(client, None).await?;
        if body.get("mode").is_none() {
            body.put("mode", Some(Mode::Snapshot))?;
        }
        for (member, flag) in [("query_id", "--query"), ("connection_id", "--connection"), ("mapping", "--measurement")] {
            if needed.contains(&member) && body.get(member).is_none() {
                return Err(Stop::with(Exit::Usage, format!("a series needs {flag}; see --help")));
            }
        }
        Ok(body)
    }

    /// Only what was said, names turned into ids. `kept` is the stored series that it changes.
    async fn body(&self, client: &Client, kept: Option<&Spec>) -> anyhow::Result<Body> {
        let mut body = match &self.file {
            Some(file) => Body::from_file(file)?,
            None => Body::default(),
        };
        refer(client, &mut body, &QUERIES, self.query.as_deref()).await?;
        refer(client, &mut body, &CONNECTIONS, self.connection.as_deref()).await?;
        refer(client, &mut body, &GROUPS, self.group.as_deref()).await?;
        body.put("position", self.position)?;
        body.put("mode", self.mode.mode(kept.map(|kept| &kept.mode))?)?;
        self.parameters.put(&mut body, "parameters")?;
        body.put("enabled", self.enabled)?;
        body.put("rejects", self.rejects(kept.map(|kept| &kept.rejects)))?;
        let time_column = kept.and_then(|kept| kept.mapping.time.as_ref()).map(|time| time.column.as_str());
        let said = self.mapping.members(time_column)?;
        if !said.is_empty() {
            let mut mapping = match body.get("mapping") {
                Some(Value::Object(mapping)) => mapping.clone(),
                _ => serde_json::Map::new(),
            };
            mapping.extend(said);
            body.put("mapping", Some(mapping))?;
        }
        Ok(body)
    }

    /// What becomes of rejects, if anything was said of it.
    fn rejects(&self, kept: Option<&RejectPolicy>) -> Option<RejectPolicy> {
        if self.reject_limit.is_none() && self.when_rejects_full.is_none() {
            return None;
        }
        let kept = kept.copied().unwrap_or_default();
        Some(RejectPolicy {
            limit: self.reject_limit.unwrap_or(kept.limit),
            when_full: self.when_rejects_full.map_or(kept.when_full, Full::of_model),
        })
    }
}

/// Puts the id of what is named into `body`: by a flag, or by its name in the file. An empty name clears.
async fn refer(client: &Client, body: &mut Body, collection: &Collection, flag: Option<&str>) -> anyhow::Result<()> {
    let named = body.take(collection.noun);
    let Some(name) = flag.or(named.as_ref().and_then(Value::as_str)) else { return Ok(()) };
    let id = match name {
        "" => Value::Null,
        name => json!(collection.id(client, name).await?),
    };
    body.put(&format!("{}_id", collection.noun), Some(id))
}

/// The names of what series refer to.
#[derive(Default)]
struct Places {
    queries: Names,
    connections: Names,
    groups: Names,
}

impl Places {
    async fn load(client: &Client, format: Format) -> anyhow::Result<Self> {
        if format == Format::Json {
            return Ok(Self::default());
        }
        Ok(Self {
            queries: QUERIES.names(client).await?,
            connections: CONNECTIONS.names(client).await?,
            groups: GROUPS.names(client).await?,
        })
    }
}

async fn show(client: &Client, answer: Value, format: Format) -> anyhow::Result<Exit> {
    let places = Places::load(client, format).await?;
    SERIES.show(answer, format, |shown, lines| sheet(shown, lines, &places))
}

fn measurement(mapping: &Mapping) -> String {
    match &mapping.measurement {
        Measurement::Name(name) => name.clone(),
        Measurement::Column(column) => format!("column {column}"),
    }
}

fn row(shown: Shown<Spec>, places: &Places) -> Vec<String> {
    let spec = shown.spec;
    let group = spec.group_id.map_or("by hand".to_owned(), |id| places.groups.of(id));
    let group = if spec.enabled { group } else { format!("{group} (disabled)") };
    vec![
        shown.name,
        group,
        places.queries.of(spec.query_id),
        places.connections.of(spec.connection_id),
        measurement(&spec.mapping),
        mode::words(&spec.mode),
    ]
}

fn sheet(shown: &Shown<Spec>, sheet: Sheet, places: &Places) -> Sheet {
    let spec = &shown.spec;
    let mapping = &spec.mapping;
    let fields = match &mapping.fields {
        FieldColumns::Rest => "every other column".to_owned(),
        FieldColumns::Columns(columns) => columns.join(", "),
    };
    let time = mapping.time.as_ref().map_or("the slot's".to_owned(), |time| {
        let format = serde_json::to_value(time.format).ok().and_then(|format| format.as_str().map(str::to_owned)).unwrap_or_default();
        format!("column {}, {format}{}", time.column, time.zone.map(|zone| format!(", {zone}")).unwrap_or_default())
    });
    let parameters: Vec<String> = spec.parameters.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let sheet = sheet
        .line("query", places.queries.of(spec.query_id))
        .line("connection", places.connections.of(spec.connection_id))
        .line("group", spec.group_id.map_or("none: runs by hand only".to_owned(), |id| places.groups.of(id)))
        .maybe("position", (spec.position != 0).then_some(spec.position));
    let full = match spec.rejects.when_full {
        WhenFull::Stop => "then a run stops",
        WhenFull::Count => "then they are counted and lost",
    };
    mode::lines(&spec.mode, sheet)
        .line("enabled", sheet::yes(spec.enabled))
        .line("measurement", measurement(mapping))
        .maybe("tags", Some(mapping.tags.join(", ")))
        .line("fields", fields)
        .line("time", time)
        .maybe("parameters", Some(parameters.join("\n")))
        .line("keeps", format!("{} of one run, {full}", output::counted(spec.rejects.limit.into(), "reject", "rejects")))
}
