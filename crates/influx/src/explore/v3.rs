//! InfluxDB 3 Core and Enterprise: SQL and InfluxQL, answered row by row in JSON.

use std::collections::BTreeMap;

use async_trait::async_trait;
use chrono::TimeDelta;
use model::{
    Failure, FailureKind,
    edges::{Explorer, Tally, TallyAsked},
    explore::{Field, Frames, Language, Listed, Place, Question, Selection, ValueType, Where},
};
use reqwest::StatusCode;
use serde_json::{Value, json};
use url::Url;

use super::{
    build::build,
    chosen, in_order, listed, milliseconds,
    quote::{sql_name, sql_search, sql_text},
    ready, refused, rows, tally, texts,
};
use crate::http::{Client, Method, Request, endpoint, shown};

const LANGUAGES: [Language; 2] = [Language::Sql, Language::Influxql];

/// How far back values of tags are looked for: InfluxDB 3 Core refuses a query that touches more than 432 files, of 10 minutes each as
/// shipped.
const RECENT: &str = "INTERVAL '3 days'";

/// Below the same limit.
const TALLY_REACH: TimeDelta = TimeDelta::days(2);

pub(super) struct Explore {
    client: Client,
    url: Url,
    database: String,
}

impl Explore {
    pub(super) fn new(client: Client, url: &Url, database: &str) -> Self {
        Self { client, url: url.clone(), database: database.to_owned() }
    }

    fn place<'a>(&'a self, at: &'a Where) -> &'a str {
        at.place.as_deref().unwrap_or(&self.database)
    }

    async fn ask(&self, place: &str, language: Language, text: &str) -> Result<Frames, Failure> {
        let path = if language == Language::Influxql { "/api/v3/query_influxql" } else { "/api/v3/query_sql" };
        let url = endpoint(&self.url, path, &[]);
        let doing = format!("asking {}", shown(&url));
        let request = Request::new(Method::POST, url).json(&json!({ "db": place, "q": text, "format": "jsonl" }))?;
        let answer = self.client.send(request).await?;
        if answer.status != StatusCode::OK {
            return Err(refused(&answer, &doing));
        }
        let mut frames = rows::read(&answer.body, answer.truncated)?;
        frames.took_ms = milliseconds(answer.took);
        Ok(frames)
    }

    /// The columns of a measurement, each with its Arrow type.
    async fn columns(&self, at: &Where, measurement: &str) -> Result<Vec<(String, String)>, Failure> {
        let text = format!(
            "SELECT column_name, data_type FROM information_schema.columns WHERE table_schema = 'iox' AND table_name = {} ORDER BY column_name",
            sql_text(measurement)
        );
        let frames = self.ask(self.place(at), Language::Sql, &text).await?;
        Ok(texts(&frames, "column_name").into_iter().zip(texts(&frames, "data_type")).collect())
    }
}

/// Tags are what is kept in dictionaries.
fn is_tag(data_type: &str) -> bool {
    data_type.starts_with("Dictionary")
}

fn field_type(data_type: &str) -> Option<ValueType> {
    match data_type {
        "Float64" => Some(ValueType::Float),
        "Int64" => Some(ValueType::Integer),
        "UInt64" => Some(ValueType::Unsigned),
        "Boolean" => Some(ValueType::Boolean),
        "Utf8" | "LargeUtf8" | "Utf8View" => Some(ValueType::Text),
        _ => None,
    }
}

#[async_trait]
impl Explorer for Explore {
    fn languages(&self) -> &'static [Language] {
        &LANGUAGES
    }

    async fn places(&self) -> Result<Listed<Place>, Failure> {
        // `format` is not optional there.
        let url = endpoint(&self.url, "/api/v3/configure/database", &[("format", "json")]);
        let doing = format!("listing the databases of {}", shown(&url));
        let answer = self.client.get(url).await?;
        let names: Vec<String> = match answer.status {
            StatusCode::OK => {
                let Some(rows) = answer.json::<Vec<Value>>() else {
                    return Err(Failure::new(FailureKind::InfluxUnexpected, format!("{doing}: the answer is no list")));
                };
                rows.iter().filter_map(|row| row.get("iox::database")?.as_str().map(str::to_owned)).collect()
            }
            // A token that is made for some databases may not list any.
            StatusCode::FORBIDDEN => Vec::new(),
            _ => return Err(refused(&answer, &doing)),
        };
        Ok(Listed::of(in_order(names.into_iter().map(listed).collect(), &self.database)))
    }

    async fn measurements(&self, at: &Where, search: Option<&str>) -> Result<Listed<String>, Failure> {
        let with = search.map(|search| format!(" AND table_name ILIKE {}", sql_search(search))).unwrap_or_default();
        let text = format!(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = 'iox'{with} ORDER BY table_name LIMIT {}",
            Listed::<String>::MAX + 1
        );
        Ok(Listed::of(texts(&self.ask(self.place(at), Language::Sql, &text).await?, "table_name")))
    }

    async fn tags(&self, at: &Where, measurement: &str) -> Result<Listed<String>, Failure> {
        let columns = self.columns(at, measurement).await?.into_iter();
        Ok(Listed::of(columns.filter(|(_, kind)| is_tag(kind)).map(|(name, _)| name).collect()))
    }

    async fn tag_values(&self, at: &Where, measurement: &str, tag: &str, search: Option<&str>) -> Result<Listed<String>, Failure> {
        let name = sql_name(tag);
        let with = search.map(|search| format!(" AND {name} ILIKE {}", sql_search(search))).unwrap_or_default();
        let text = format!(
            "SELECT DISTINCT {name} AS value FROM {} WHERE time >= now() - {RECENT} AND {name} IS NOT NULL{with} ORDER BY value LIMIT {}",
            sql_name(measurement),
            Listed::<String>::MAX + 1
        );
        Ok(Listed::of(texts(&self.ask(self.place(at), Language::Sql, &text).await?, "value")))
    }

    async fn fields(&self, at: &Where, measurement: &str) -> Result<Listed<Field>, Failure> {
        let columns = self.columns(at, measurement).await?.into_iter();
        let fields = columns.filter(|(name, kind)| !is_tag(kind) && name != "time");
        Ok(Listed::of(fields.map(|(name, kind)| Field { name, kind: field_type(&kind) }).collect()))
    }

    async fn query(&self, question: &Question) -> Result<Frames, Failure> {
        let language = chosen(question.language, &LANGUAGES)?;
        let text = ready(question, language)?;
        self.ask(self.place(&question.at), language, &text).await
    }

    async fn tallies(&self, asked: &TallyAsked) -> Result<Vec<Tally>, Failure> {
        // A query that names a column which no point has brought yet is refused.
        let columns = self.columns(&Where::default(), &asked.measurement).await?;
        let has = |name: &str| columns.iter().any(|(column, _)| column == name);
        let fields: BTreeMap<String, bool> =
            asked.fields.iter().filter(|(name, _)| has(name)).map(|(name, is_number)| (name.clone(), *is_number)).collect();
        if fields.is_empty() || !asked.tags.keys().all(|tag| has(tag)) {
            return Ok(Vec::new());
        }
        let asked = TallyAsked { fields, ..asked.clone() };
        let frames = self.ask(&self.database, Language::Sql, &tally::sql(&asked)).await?;
        tally::of_columns(&frames, &asked)
    }

    fn tally_reach(&self) -> TimeDelta {
        TALLY_REACH
    }

    fn build(&self, selection: &Selection) -> Result<String, Failure> {
        build(selection, chosen(selection.language, &LANGUAGES)?, self.place(&selection.at))
    }
}
