//! The options of a copy, and what they come to.

use std::{collections::BTreeMap, fs, path::PathBuf, sync::Arc, time::Duration};

use anyhow::Context;
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use clap::{Args, ValueEnum};
use influx::http::{Http, Login};
use model::{
    Clock, Connection, Failure, FailureKind, Fields, Gzip, Mapping, Measurement, ParameterType, Statement, Target, TimeColumn, TimeFormat,
    V1Edition, V3Edition, Value,
    edges::{ConnectionAccess, DatabaseAccess},
};
use url::Url;

use super::{Plan, guess, progress::Meter};
use crate::cli::{
    credential::{self, Place},
    exit::{Exit, Stop},
};

const DATABASE_PASSWORD: &str = "TRIBUTARY_DATABASE_PASSWORD";
const CONNECTION_SECRET: &str = "TRIBUTARY_CONNECTION_SECRET";

/// How long a server may take to say what it is.
const DETECT_LIMIT: Duration = Duration::from_secs(10);

const EXAMPLES: &str = "Secrets come from the variables TRIBUTARY_DATABASE_PASSWORD and TRIBUTARY_CONNECTION_SECRET, or from files.

Examples:
  tributary copy --from sqlite:shop.db --sql 'SELECT * FROM orders' --time created --tag country \\
                 --to http://localhost:8086 --into shop --measurement orders
  tributary copy --from postgres://reader@db.example/shop --sql-file orders.sql --param since=2026-01-01T00:00:00Z \\
                 --time created --tag country --to file:/var/lib/lines --measurement orders --dry-run";

/// Copy the rows of one query into InfluxDB or a folder, once, without a server
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Copy {
    /// The database: sqlite:PATH, postgres://USER@HOST[:PORT]/DATABASE or mysql://USER@HOST[:PORT]/DATABASE
    #[arg(long, value_name = "URL")]
    from: String,
    /// File with the database's password
    #[arg(long, value_name = "FILE", conflicts_with = "password_stdin")]
    password_file: Option<PathBuf>,
    /// Read the database's password from standard input
    #[arg(long)]
    password_stdin: bool,

    /// Stop the query after so many seconds on the server, waiting for InfluxDB included [default: never]
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(1..=4_000_000))]
    statement_timeout: Option<u32>,

    /// The query: one reading statement, `:name` is a placeholder
    #[arg(long, required_unless_present = "sql_file")]
    sql: Option<String>,
    /// File with the query
    #[arg(long, value_name = "FILE", conflicts_with = "sql")]
    sql_file: Option<PathBuf>,
    /// Value of a placeholder; `NAME:TYPE=VALUE` (text, integer, float, boolean, instant) when the type is not plain to see
    #[arg(long = "param", value_name = "NAME=VALUE")]
    parameters: Vec<String>,

    /// The InfluxDB (http://HOST:PORT, https://…) or a folder (file:PATH)
    #[arg(long, value_name = "URL")]
    to: String,
    /// InfluxDB's version [default: asked of the server]
    #[arg(long, value_enum)]
    driver: Option<Driver>,
    /// Database (v1, v3) or bucket (v2) that is written to
    #[arg(long, value_name = "NAME")]
    into: Option<String>,
    /// InfluxDB's organization (v2)
    #[arg(long, value_name = "NAME")]
    org: Option<String>,
    /// Retention policy (v1) [default: autogen]
    #[arg(long, value_name = "NAME")]
    retention_policy: Option<String>,
    /// Username (v1)
    #[arg(long, value_name = "NAME")]
    username: Option<String>,
    /// File with InfluxDB's password or token
    #[arg(long, value_name = "FILE", conflicts_with = "secret_stdin")]
    secret_file: Option<PathBuf>,
    /// Read InfluxDB's password or token from standard input
    #[arg(long, conflicts_with = "password_stdin")]
    secret_stdin: bool,
    /// Accept any certificate of InfluxDB
    #[arg(long)]
    insecure_skip_verify: bool,
    /// Compress what is sent: `auto` means not on loopback
    #[arg(long, value_enum, default_value_t)]
    gzip: GzipOption,
    /// Most lines in one request
    #[arg(long, value_name = "LINES", default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..=50_000))]
    batch_lines: u32,
    /// Most requests on the way at once
    #[arg(long, value_name = "REQUESTS", default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..=64))]
    in_flight: u32,

    /// Measurement of every point
    #[arg(long, value_name = "NAME", required_unless_present_any = ["measurement_column", "mapping_file"])]
    measurement: Option<String>,
    /// Column with the measurement
    #[arg(long, value_name = "COLUMN", conflicts_with = "measurement")]
    measurement_column: Option<String>,
    /// Columns that become tags
    #[arg(long = "tag", value_name = "COLUMN", value_delimiter = ',')]
    tags: Vec<String>,
    /// Columns that become fields [default: all that are left]
    #[arg(long = "field", value_name = "COLUMN", value_delimiter = ',')]
    fields: Vec<String>,
    /// Column with the time [default: the time the copy began]
    #[arg(long, value_name = "COLUMN")]
    time: Option<String>,
    /// How the time column is read
    #[arg(long, value_enum, default_value_t, requires = "time")]
    time_format: TimeFormatOption,
    /// Zone of times that carry none (Europe/Berlin)
    #[arg(long, value_name = "ZONE", requires = "time")]
    time_zone: Option<Tz>,
    /// JSON file with the whole mapping, policies included, as a series has it
    #[arg(long, value_name = "FILE", conflicts_with_all = ["measurement", "measurement_column", "tags", "fields", "time"])]
    mapping_file: Option<PathBuf>,

    /// Time of points without a time column [default: now]
    #[arg(long, value_name = "INSTANT")]
    slot: Option<DateTime<Utc>>,
    /// Stop after so many rows
    #[arg(long, value_name = "ROWS")]
    pub(super) limit: Option<u64>,
    /// Do everything but write
    #[arg(long)]
    pub(super) dry_run: bool,
    /// Do not check InfluxDB before reading
    #[arg(long)]
    pub(super) unchecked: bool,
    /// Do not count the rows first; the progress bar then knows no end
    #[arg(long)]
    no_count: bool,
    /// No progress bar
    #[arg(short, long)]
    pub(super) quiet: bool,
}

/// InfluxDB's version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Driver {
    /// InfluxDB 1.x
    V1,
    /// InfluxDB 2.x and InfluxDB Cloud (TSM)
    V2,
    /// InfluxDB 3
    V3,
}

/// When request bodies are compressed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum GzipOption {
    /// Off on loopback, on elsewhere
    #[default]
    Auto,
    /// Always
    On,
    /// Never
    Off,
}

/// How the time column is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum TimeFormatOption {
    /// A date, time stamp or instant; in a text column ISO 8601
    #[default]
    Native,
    /// Seconds since 1970
    UnixS,
    /// Milliseconds since 1970
    UnixMs,
    /// Microseconds since 1970
    UnixUs,
    /// Nanoseconds since 1970
    UnixNs,
}

impl Copy {
    /// Whether rows are counted beside the copy: only for someone who watches.
    pub(super) fn counts(&self, meter: &Meter) -> bool {
        meter.is_visible() && !self.no_count && self.limit.is_none()
    }

    /// What the options come to.
    pub(super) async fn plan(&self, clock: Arc<dyn Clock>) -> anyhow::Result<Plan> {
        let slot = self.slot.unwrap_or_else(|| clock.now_micros());
        let mapping = self.mapping()?;
        Ok(Plan {
            database: self.database()?,
            statement: Statement { sql: self.query()?, values: self.values()? },
            connection: self.connection(clock).await?,
            label: self.label(slot),
            mapping,
            slot,
        })
    }

    fn database(&self) -> anyhow::Result<DatabaseAccess> {
        let (mut database, in_url) = sql::database_from_url(&self.from)?;
        if in_url.is_some() {
            return Err(credential::refuse_in_url("--from", DATABASE_PASSWORD));
        }
        // A copy takes as long as it takes: whoever waits for it can stop it.
        database.statement_timeout_ms = self.statement_timeout.map_or(0, |seconds| seconds * 1000);
        let place = Place { file: self.password_file.clone(), stdin: self.password_stdin, variable: DATABASE_PASSWORD };
        Ok(DatabaseAccess::new(database, place.read()?))
    }

    fn query(&self) -> anyhow::Result<String> {
        match (&self.sql, &self.sql_file) {
            (Some(sql), _) => Ok(sql.clone()),
            (None, Some(file)) => fs::read_to_string(file).with_context(|| format!("reading the query from {}", file.display())),
            (None, None) => Err(Stop::with(Exit::Usage, "a query is needed: --sql or --sql-file")),
        }
    }

    fn values(&self) -> anyhow::Result<BTreeMap<String, Value>> {
        let mut values = BTreeMap::new();
        for parameter in &self.parameters {
            let wrong = |why: String| Stop::with(Exit::Usage, format!("--param {parameter}: {why}"));
            let (name, text) = parameter.split_once('=').ok_or_else(|| wrong("NAME=VALUE is expected".to_owned()))?;
            let (name, value) = match name.split_once(':') {
                None => (name, guess(text)),
                Some((name, kind)) => {
                    let kind = match kind {
                        "text" => ParameterType::Text,
                        "integer" => ParameterType::Integer,
                        "float" => ParameterType::Float,
                        "boolean" => ParameterType::Boolean,
                        "instant" => ParameterType::Instant,
                        _ => return Err(wrong(format!("`{kind}` is none of text, integer, float, boolean, instant"))),
                    };
                    (name, kind.parse(text).map_err(|error| wrong(error.to_string()))?)
                }
            };
            values.insert(name.to_owned(), value);
        }
        Ok(values)
    }

    async fn connection(&self, clock: Arc<dyn Clock>) -> anyhow::Result<ConnectionAccess> {
        let target = self.target(clock).await?;
        let mut connection = Connection::new(target);
        connection.insecure_skip_verify = self.insecure_skip_verify;
        connection.batch_lines = self.batch_lines;
        connection.in_flight = self.in_flight;
        connection.gzip = match self.gzip {
            GzipOption::Auto => Gzip::Auto,
            GzipOption::On => Gzip::On,
            GzipOption::Off => Gzip::Off,
        };
        let place = Place { file: self.secret_file.clone(), stdin: self.secret_stdin, variable: CONNECTION_SECRET };
        let secret = if connection.login_secret().is_some() { place.read()? } else { None };
        Ok(ConnectionAccess::new(connection, secret))
    }

    async fn target(&self, clock: Arc<dyn Clock>) -> anyhow::Result<Target> {
        if let Some(folder) = self.to.strip_prefix("file:") {
            let folder = std::path::absolute(folder.strip_prefix("//").unwrap_or(folder)).context("making the folder's path absolute")?;
            return Ok(Target::File { folder: folder.display().to_string() });
        }
        let url: Url = self.to.parse().map_err(|error| {
            Stop::with(Exit::Usage, format!("--to {}: {error}; http://HOST:PORT, https://HOST:PORT or file:PATH is expected", self.to))
        })?;
        if url.password().is_some() || !url.username().is_empty() {
            return Err(credential::refuse_in_url("--to", CONNECTION_SECRET));
        }
        let need = |option: &Option<String>, name: &str| {
            option.clone().ok_or_else(|| Stop::with(Exit::Usage, format!("--{name} is needed to write to {url}")))
        };
        let (driver, v3_edition) = match self.driver {
            Some(driver) => (driver, V3Edition::default()),
            None => detect(&url, self.insecure_skip_verify, clock).await?,
        };
        Ok(match driver {
            Driver::V1 => Target::V1 {
                database: need(&self.into, "into")?,
                username: self.username.clone(),
                retention_policy: self.retention_policy.clone(),
                edition: V1Edition::default(),
                meta_url: None,
                url,
            },
            Driver::V2 => Target::V2 { organization: need(&self.org, "org")?, bucket: need(&self.into, "into")?, url },
            Driver::V3 => Target::V3 { database: need(&self.into, "into")?, edition: v3_edition, cluster_id: None, account_id: None, url },
        })
    }

    fn mapping(&self) -> anyhow::Result<Mapping> {
        if let Some(file) = &self.mapping_file {
            let text = fs::read_to_string(file).with_context(|| format!("reading the mapping from {}", file.display()))?;
            return serde_json::from_str(&text)
                .map_err(|error| Stop::with(Exit::Config, format!("the mapping in {} cannot be read: {error}", file.display())));
        }
        let measurement = match (&self.measurement, &self.measurement_column) {
            (Some(name), _) => Measurement::Name(name.clone()),
            (None, Some(column)) => Measurement::Column(column.clone()),
            (None, None) => return Err(Stop::with(Exit::Usage, "a measurement is needed: --measurement or --measurement-column")),
        };
        let time = self.time.as_ref().map(|column| TimeColumn {
            format: match self.time_format {
                TimeFormatOption::Native => TimeFormat::Native,
                TimeFormatOption::UnixS => TimeFormat::UnixS,
                TimeFormatOption::UnixMs => TimeFormat::UnixMs,
                TimeFormatOption::UnixUs => TimeFormat::UnixUs,
                TimeFormatOption::UnixNs => TimeFormat::UnixNs,
            },
            zone: self.time_zone,
            ..TimeColumn::new(column)
        });
        let fields = if self.fields.is_empty() { Fields::Rest } else { Fields::Columns(self.fields.clone()) };
        Ok(Mapping { measurement, tags: self.tags.clone(), fields, time, ..Mapping::new("") })
    }

    /// The name of the file that a copy to a folder writes.
    fn label(&self, slot: DateTime<Utc>) -> String {
        let name = self.measurement.as_deref().or(self.measurement_column.as_deref()).unwrap_or("copy");
        format!("{name}-{}", slot.format("%Y%m%dT%H%M%S%.fZ"))
    }
}

/// Asks the server which InfluxDB it is.
async fn detect(url: &Url, insecure_skip_verify: bool, clock: Arc<dyn Clock>) -> anyhow::Result<(Driver, V3Edition)> {
    let client = Http::new(clock)?.client(&Login::None, DETECT_LIMIT, insecure_skip_verify)?;
    let server = influx::detect(&client, url).await?;
    let edition = server.product.v3_edition().unwrap_or_default();
    match server.product.driver() {
        Some("v1") => Ok((Driver::V1, edition)),
        Some("v2") => Ok((Driver::V2, edition)),
        Some("v3") => Ok((Driver::V3, edition)),
        _ => Err(Failure::new(FailureKind::InfluxProduct, format!("{url} is {}", server.describe())).into()),
    }
}
