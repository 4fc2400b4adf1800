//! InfluxDB 2: Flux by `POST /api/v2/query`, answered in annotated CSV.

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use model::{
    Failure, FailureKind,
    edges::{Explorer, Tally, TallyAsked},
    explore::{Field, Frames, Language, Listed, Place, Question, Selection, ValueType, Where},
};
use reqwest::{
    Method, StatusCode,
    header::{self, HeaderValue},
};
use serde_json::{Value, json};
use url::Url;

use super::{
    build::build,
    chosen, in_order, listed, milliseconds,
    quote::flux_text,
    ready, refused, tables,
    tally::{self, Made},
    texts,
};
use crate::http::{Client, Request, endpoint, shown};

/// Buckets in one answer of a list: the server gives no more.
const PAGE: usize = 100;

const LANGUAGES: [Language; 1] = [Language::Flux];

pub(super) struct Explore {
    client: Client,
    url: Url,
    organization: String,
    bucket: String,
}

impl Explore {
    pub(super) fn new(client: Client, url: &Url, organization: &str, bucket: &str) -> Self {
        Self { client, url: url.clone(), organization: organization.to_owned(), bucket: bucket.to_owned() }
    }

    /// The name of a bucket: that of the connection may be given by its id, which the functions for schemas do not take.
    async fn place(&self, at: &Where) -> Result<String, Failure> {
        let place = at.place.as_deref().unwrap_or(&self.bucket);
        if !is_id(place) {
            return Ok(place.to_owned());
        }
        let found = self.buckets(&[("id", place)]).await?.into_iter().find(|(id, _)| id == place);
        Ok(found.map_or_else(|| place.to_owned(), |(_, name)| name))
    }

    /// One page of buckets: id and name of each.
    async fn buckets(&self, more: &[(&str, &str)]) -> Result<Vec<(String, String)>, Failure> {
        let text = |row: &Value, key: &str| row.get(key).and_then(Value::as_str).map(str::to_owned);
        Ok(self.bucket_rows(more).await?.iter().filter_map(|row| Some((text(row, "id")?, text(row, "name")?))).collect())
    }

    /// One page of buckets as the server tells them.
    async fn bucket_rows(&self, more: &[(&str, &str)]) -> Result<Vec<Value>, Failure> {
        let mut parameters = vec![("org", self.organization.as_str())];
        parameters.extend(more);
        let url = endpoint(&self.url, "/api/v2/buckets", &parameters);
        let doing = format!("listing the buckets of {}", shown(&url));
        let answer = self.client.get(url).await?;
        if answer.status != StatusCode::OK {
            return Err(refused(&answer, &doing));
        }
        match answer.json::<Value>().as_mut().and_then(|body| body.get_mut("buckets")).map(Value::take) {
            Some(Value::Array(rows)) => Ok(rows),
            _ => Err(Failure::new(FailureKind::InfluxUnexpected, format!("{doing}: the answer is no list"))),
        }
    }

    /// How long the connection's own bucket keeps points; `None` is for ever.
    pub(super) async fn retention(&self) -> Result<Option<Duration>, Failure> {
        let by = if is_id(&self.bucket) { "id" } else { "name" };
        let rows = self.bucket_rows(&[(by, &self.bucket)]).await?;
        let own = rows.iter().find(|row| row.get(by).and_then(Value::as_str) == Some(&self.bucket));
        let own = own.ok_or_else(|| Failure::new(FailureKind::InfluxMissing, "the token sees no such bucket"))?;
        let rules = own.get("retentionRules").and_then(Value::as_array).into_iter().flatten();
        Ok(rules.filter_map(|rule| rule.get("everySeconds")?.as_u64()).find(|seconds| *seconds > 0).map(Duration::from_secs))
    }

    async fn ask(&self, text: &str) -> Result<Frames, Failure> {
        let url = endpoint(&self.url, "/api/v2/query", &[("org", &self.organization)]);
        let doing = format!("asking {}", shown(&url));
        let dialect = json!({ "header": true, "annotations": ["datatype", "group", "default"], "delimiter": "," });
        let body = json!({ "query": text, "type": "flux", "dialect": dialect }).to_string();
        let request = Request::new(Method::POST, url)
            .body("application/json", Bytes::from(body))
            .header(header::ACCEPT, HeaderValue::from_static("application/csv"));
        let answer = self.client.send(request).await?;
        if answer.status != StatusCode::OK {
            return Err(refused(&answer, &doing));
        }
        let mut frames = tables::read(&answer.body, answer.truncated)?;
        frames.took_ms = milliseconds(answer.took);
        Ok(frames)
    }

    /// What a function of the package `schema` lists. `start: 0`: without it, only what was written in the last 30 days is found.
    async fn list(&self, call: &str, search: Option<&str>) -> Result<Listed<String>, Failure> {
        let mut text = format!("import \"influxdata/influxdb/schema\"\nimport \"strings\"\n\nschema.{call}");
        if let Some(search) = search {
            let wanted = flux_text(&search.to_lowercase());
            text.push_str(&format!("\n  |> filter(fn: (r) => strings.containsStr(v: strings.toLower(v: r._value), substr: {wanted}))"));
        }
        text.push_str(&format!("\n  |> limit(n: {})", Listed::<String>::MAX + 1));
        Ok(Listed::of(texts(&self.ask(&text).await?, "_value")))
    }
}

/// Whether the server takes it for an id and not a name.
fn is_id(text: &str) -> bool {
    text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[async_trait]
impl Explorer for Explore {
    fn languages(&self) -> &'static [Language] {
        &LANGUAGES
    }

    async fn places(&self) -> Result<Listed<Place>, Failure> {
        let mut buckets = Vec::new();
        while buckets.len() <= Listed::<Place>::MAX {
            let (limit, offset) = (PAGE.to_string(), buckets.len().to_string());
            let page = self.buckets(&[("limit", &limit), ("offset", &offset)]).await?;
            let is_last = page.len() < PAGE;
            buckets.extend(page);
            if is_last {
                break;
            }
        }
        let own = buckets.iter().find(|(id, name)| *id == self.bucket && *name != self.bucket).map(|(_, name)| name.clone());
        let own = own.unwrap_or_else(|| self.bucket.clone());
        Ok(Listed::of(in_order(buckets.into_iter().map(|(_, name)| listed(name)).collect(), &own)))
    }

    async fn measurements(&self, at: &Where, search: Option<&str>) -> Result<Listed<String>, Failure> {
        let bucket = flux_text(&self.place(at).await?);
        self.list(&format!("measurements(bucket: {bucket}, start: 0)"), search).await
    }

    async fn tags(&self, at: &Where, measurement: &str) -> Result<Listed<String>, Failure> {
        let (bucket, measurement) = (flux_text(&self.place(at).await?), flux_text(measurement));
        let mut keys = self.list(&format!("measurementTagKeys(bucket: {bucket}, measurement: {measurement}, start: 0)"), None).await?;
        // The server's own columns are listed among them.
        keys.items.retain(|key| !["_start", "_stop", "_measurement", "_field", "_time", "_value"].contains(&key.as_str()));
        Ok(keys)
    }

    async fn tag_values(&self, at: &Where, measurement: &str, tag: &str, search: Option<&str>) -> Result<Listed<String>, Failure> {
        let (bucket, measurement, tag) = (flux_text(&self.place(at).await?), flux_text(measurement), flux_text(tag));
        self.list(&format!("measurementTagValues(bucket: {bucket}, measurement: {measurement}, tag: {tag}, start: 0)"), search).await
    }

    async fn fields(&self, at: &Where, measurement: &str) -> Result<Listed<Field>, Failure> {
        let (bucket, measurement) = (flux_text(&self.place(at).await?), flux_text(measurement));
        let names = self.list(&format!("measurementFieldKeys(bucket: {bucket}, measurement: {measurement}, start: 0)"), None).await?;
        // No function tells types: they are those of the latest values. Where that cannot be worked out, a type is not told.
        let latest = format!(
            "from(bucket: {bucket})\n  |> range(start: -30d)\n  |> filter(fn: (r) => r._measurement == {measurement})\n  |> last()\n  \
             |> keep(columns: [\"_field\", \"_value\"])\n  |> limit(n: 1)"
        );
        let types: Vec<(String, ValueType)> = match self.ask(&latest).await {
            Ok(frames) => frames
                .series
                .iter()
                .filter_map(|frame| {
                    let value = frame.columns.iter().find(|column| column.name == "_value")?;
                    Some((frame.tags.get("_field")?.clone(), value.kind))
                })
                .collect(),
            Err(_) => Vec::new(),
        };
        Ok(names.map(|name| Field { kind: types.iter().find(|(field, _)| *field == name).map(|(_, kind)| *kind), name }))
    }

    async fn query(&self, question: &Question) -> Result<Frames, Failure> {
        let text = ready(question, chosen(question.language, &LANGUAGES)?)?;
        self.ask(&text).await
    }

    async fn tallies(&self, asked: &TallyAsked) -> Result<Vec<Tally>, Failure> {
        let by = if is_id(&self.bucket) { "bucketID" } else { "bucket" };
        let bucket = format!("{by}: {}", flux_text(&self.bucket));
        let mut answers = Vec::new();
        for made in [Made::Count, Made::Sum] {
            if let Some(text) = tally::flux(asked, &bucket, made) {
                answers.push((made, self.ask(&text).await?));
            }
        }
        tally::of_tables(&answers)
    }

    fn build(&self, selection: &Selection) -> Result<String, Failure> {
        let place = selection.at.place.as_deref().unwrap_or(&self.bucket);
        let text = build(selection, chosen(selection.language, &LANGUAGES)?, place)?;
        let by_name = format!("from(bucket: {})", flux_text(place));
        Ok(if is_id(place) { text.replacen(&by_name, &format!("from(bucketID: {})", flux_text(place)), 1) } else { text })
    }
}
