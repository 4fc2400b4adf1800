//! InfluxDB 1, and what answers as it does: InfluxQL by `GET /query`, in chunks.

use std::time::Duration;

use async_trait::async_trait;
use model::{
    Failure, FailureKind,
    edges::{Explorer, Tally, TallyAsked},
    explore::{Field, Frames, Language, Listed, Place, Question, RetentionPolicy, Selection, ValueType, Where},
};
use reqwest::StatusCode;
use url::Url;

use super::{build::build, chosen, in_order, listed, milliseconds, quote, ready, refused, results, tally, texts};
use crate::http::{Client, endpoint, shown};

/// Most databases whose retention policies are asked for.
const MOST_WITH_POLICIES: usize = 100;

/// Rows in one chunk of an answer: so many are lost at most where an answer is cut.
const CHUNK_ROWS: &str = "1000";

const LANGUAGES: [Language; 1] = [Language::Influxql];

pub(super) struct Explore {
    client: Client,
    url: Url,
    database: String,
    /// Of the connection. `None`: the server has no retention policies and no list of databases (the managed editions of InfluxDB 3).
    policy: Option<String>,
}

impl Explore {
    pub(super) fn new(client: Client, url: &Url, database: &str, policy: Option<&str>) -> Self {
        Self { client, url: url.clone(), database: database.to_owned(), policy: policy.map(str::to_owned) }
    }

    fn place<'a>(&'a self, at: &'a Where) -> &'a str {
        at.place.as_deref().unwrap_or(&self.database)
    }

    fn policy<'a>(&'a self, at: &'a Where) -> Option<&'a str> {
        let own = self.policy.as_deref().filter(|_| self.place(at) == self.database);
        at.retention_policy.as_deref().or(own)
    }

    async fn ask(&self, place: Option<&str>, policy: Option<&str>, text: &str) -> Result<Frames, Failure> {
        let mut parameters = vec![("q", text), ("chunked", "true"), ("chunk_size", CHUNK_ROWS)];
        parameters.extend(place.map(|place| ("db", place)));
        parameters.extend(policy.map(|policy| ("rp", policy)));
        let url = endpoint(&self.url, "/query", &parameters);
        let doing = format!("asking {}", shown(&url));
        let answer = self.client.get(url).await?;
        if answer.status != StatusCode::OK {
            return Err(refused(&answer, &doing));
        }
        let mut frames = results::read(&answer.body, answer.truncated)?;
        frames.took_ms = milliseconds(answer.took);
        Ok(frames)
    }

    /// A question about what there is, `LIMIT` and all; the texts of one column.
    async fn list(&self, at: &Where, text: String, column: &str) -> Result<Listed<String>, Failure> {
        let frames = self.ask(Some(self.place(at)), None, &format!("{text} LIMIT {}", Listed::<String>::MAX + 1)).await?;
        Ok(Listed::of(texts(&frames, column)))
    }

    /// Gives the databases their retention policies, as far as the login may see them.
    async fn with_policies(&self, places: &mut [Place]) {
        let most = places.len().min(MOST_WITH_POLICIES);
        let some = &mut places[..most];
        // One request for all; it is refused as a whole when the login may not read one of them.
        let text = some.iter().map(|place| policies_of(&place.name)).collect::<Vec<_>>().join(";");
        if let Ok(frames) = self.ask(None, None, &text).await
            && frames.series.len() == some.len()
        {
            for (place, frame) in some.iter_mut().zip(&frames.series) {
                place.retention_policies = policies(&Frames { series: vec![frame.clone()], ..Frames::default() });
            }
            return;
        }
        for place in some.iter_mut().filter(|place| place.own) {
            if let Ok(frames) = self.ask(None, None, &policies_of(&place.name)).await {
                place.retention_policies = policies(&frames);
            }
        }
    }
}

impl Explore {
    /// How long the connection's own retention policy keeps points; `None` is for ever.
    pub(super) async fn retention(&self) -> Result<Option<Duration>, Failure> {
        let policies = policies(&self.ask(None, None, &policies_of(&self.database)).await?);
        let policy = policies.into_iter().find(|policy| Some(&policy.name) == self.policy.as_ref());
        let policy = policy.ok_or_else(|| Failure::new(FailureKind::InfluxMissing, "the database does not have the retention policy"))?;
        Ok(go_duration(&policy.duration).filter(|duration| !duration.is_zero()))
    }
}

/// A duration as Go writes it: `168h0m0s`.
fn go_duration(text: &str) -> Option<Duration> {
    let mut rest = text;
    let mut seconds = 0_u64;
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let number: u64 = rest[..digits].parse().ok()?;
        let (unit, after) = rest[digits..].split_at_checked(1)?;
        let unit_s = match unit {
            "h" => 3600,
            "m" => 60,
            "s" => 1,
            _ => return None,
        };
        seconds = seconds.checked_add(number.checked_mul(unit_s)?)?;
        rest = after;
    }
    Some(Duration::from_secs(seconds))
}

fn policies_of(place: &str) -> String {
    format!("SHOW RETENTION POLICIES ON {}", quote::influxql_name(place))
}

fn policies(frames: &Frames) -> Vec<RetentionPolicy> {
    let mut policies = Vec::new();
    for frame in &frames.series {
        let index = |name: &str| frame.columns.iter().position(|column| column.name == name);
        let (Some(name), Some(duration), Some(default)) = (index("name"), index("duration"), index("default")) else { continue };
        for row in &frame.rows {
            let text = |index: usize| row.get(index).and_then(|value| value.as_str()).unwrap_or_default().to_owned();
            let default = row.get(default).and_then(serde_json::Value::as_bool).unwrap_or_default();
            policies.push(RetentionPolicy { name: text(name), duration: text(duration), default });
        }
    }
    policies
}

/// A field's type as InfluxDB 1 calls it.
fn field_type(name: &str) -> Option<ValueType> {
    match name {
        "float" => Some(ValueType::Float),
        "integer" => Some(ValueType::Integer),
        "unsigned" => Some(ValueType::Unsigned),
        "string" => Some(ValueType::Text),
        "boolean" => Some(ValueType::Boolean),
        _ => None,
    }
}

#[async_trait]
impl Explorer for Explore {
    fn languages(&self) -> &'static [Language] {
        &LANGUAGES
    }

    async fn places(&self) -> Result<Listed<Place>, Failure> {
        let names = match &self.policy {
            None => Vec::new(),
            Some(_) => texts(&self.ask(None, None, "SHOW DATABASES").await?, "name"),
        };
        let mut list = Listed::of(in_order(names.into_iter().map(listed).collect(), &self.database));
        if self.policy.is_some() {
            self.with_policies(&mut list.items).await;
        }
        Ok(list)
    }

    async fn measurements(&self, at: &Where, search: Option<&str>) -> Result<Listed<String>, Failure> {
        let with = search.map(|search| format!(" WITH MEASUREMENT =~ {}", quote::influxql_search(search))).unwrap_or_default();
        self.list(at, format!("SHOW MEASUREMENTS{with}"), "name").await
    }

    async fn tags(&self, at: &Where, measurement: &str) -> Result<Listed<String>, Failure> {
        self.list(at, format!("SHOW TAG KEYS FROM {}", quote::influxql_name(measurement)), "tagKey").await
    }

    async fn tag_values(&self, at: &Where, measurement: &str, tag: &str, search: Option<&str>) -> Result<Listed<String>, Failure> {
        let tag_name = quote::influxql_name(tag);
        let with = search.map(|search| format!(" WHERE {tag_name} =~ {}", quote::influxql_search(search))).unwrap_or_default();
        let text = format!("SHOW TAG VALUES FROM {} WITH KEY = {tag_name}{with}", quote::influxql_name(measurement));
        self.list(at, text, "value").await
    }

    async fn fields(&self, at: &Where, measurement: &str) -> Result<Listed<Field>, Failure> {
        // Without a policy it is the default one's fields that are told (1.6.7).
        let policy = at.retention_policy.as_deref().map(|policy| quote::influxql_name(policy) + ".").unwrap_or_default();
        let text = format!("SHOW FIELD KEYS FROM {policy}{} LIMIT {}", quote::influxql_name(measurement), Listed::<Field>::MAX + 1);
        let frames = self.ask(Some(self.place(at)), None, &text).await?;
        let (names, types) = (texts(&frames, "fieldKey"), texts(&frames, "fieldType"));
        if names.len() != types.len() {
            return Err(Failure::new(FailureKind::InfluxUnexpected, "the answer has fields without a type"));
        }
        Ok(Listed::of(names.into_iter().zip(types).map(|(name, kind)| Field { name, kind: field_type(&kind) }).collect()))
    }

    async fn query(&self, question: &Question) -> Result<Frames, Failure> {
        let text = ready(question, chosen(question.language, &LANGUAGES)?)?;
        self.ask(Some(self.place(&question.at)), self.policy(&question.at), &text).await
    }

    async fn tallies(&self, asked: &TallyAsked) -> Result<Vec<Tally>, Failure> {
        let frames = self.ask(Some(&self.database), self.policy.as_deref(), &tally::influxql(asked)).await?;
        tally::of_columns(&frames, asked)
    }

    fn build(&self, selection: &Selection) -> Result<String, Failure> {
        build(selection, chosen(selection.language, &LANGUAGES)?, self.place(&selection.at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_read_as_go_writes_it() {
        for (text, seconds) in
            [("168h0m0s", Some(604_800)), ("0s", Some(0)), ("1h2m3s", Some(3723)), ("", Some(0)), ("1d", None), ("1.5s", None), ("h", None)]
        {
            assert_eq!(go_duration(text), seconds.map(Duration::from_secs), "{text}");
        }
    }
}
