//! Looking around on a connection's InfluxDB: what there is, and questions that only read.

use chrono::Datelike;
use model::{
    Connection, FailureKind, Id, Organization, Stored, Target,
    edges::Explorer,
    explore::{Field, Frames, Language, Listed, Place, Question, Selection, TimeRange, Where},
};

use super::{App, Invalid, Refusal, text};

/// The longest text of a question, in bytes. InfluxDB 1 is asked by `GET`: percent-encoded, it must fit into a URL.
const MAX_TEXT_BYTES: usize = 20_000;

/// The longest name, value or search, in bytes.
const MAX_NAME_BYTES: usize = 2_000;

/// Years whose instants InfluxDB can keep, which counts nanoseconds in 64 bits.
const YEARS: std::ops::RangeInclusive<i32> = 1678..=2261;

/// The places of a connection, and what can be asked there.
#[derive(Clone, Debug)]
pub struct Places {
    /// Databases or buckets, the connection's own first.
    pub list: Listed<Place>,
    /// The languages that the connection is asked in, the usual one first.
    pub languages: Vec<Language>,
}

/// A question that was made from a selection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Built {
    /// Its text.
    pub text: String,
    /// Its language.
    pub language: Language,
}

impl App {
    /// The databases or buckets that the connection's login may see.
    ///
    /// # Errors
    /// [`Refusal::Missing`]; [`Refusal::Invalid`] for a folder; `Influx*` failures.
    pub async fn list_places(&self, organization: Id<Organization>, connection: &str) -> Result<Places, Refusal> {
        let explorer = self.explorer(organization, connection).await?;
        let languages = explorer.languages().to_vec();
        Ok(Places { list: explorer.places().await?, languages })
    }

    /// Names of the measurements of a place, those that hold `search` when it is given.
    ///
    /// # Errors
    /// As [`App::list_places`].
    pub async fn list_measurements(
        &self,
        organization: Id<Organization>,
        connection: &str,
        at: &Where,
        search: Option<&str>,
    ) -> Result<Listed<String>, Refusal> {
        validate_place(at)?;
        validate_name("search", search)?;
        Ok(self.explorer(organization, connection).await?.measurements(at, wanted(search)).await?)
    }

    /// Keys of a measurement's tags.
    ///
    /// # Errors
    /// As [`App::list_places`].
    pub async fn list_tags(
        &self,
        organization: Id<Organization>,
        connection: &str,
        at: &Where,
        measurement: &str,
    ) -> Result<Listed<String>, Refusal> {
        validate_place(at)?;
        validate_name("measurement", Some(measurement))?;
        Ok(self.explorer(organization, connection).await?.tags(at, measurement).await?)
    }

    /// Values of a measurement's tag, those that hold `search` when it is given.
    ///
    /// # Errors
    /// As [`App::list_places`].
    pub async fn list_tag_values(
        &self,
        organization: Id<Organization>,
        connection: &str,
        at: &Where,
        (measurement, tag): (&str, &str),
        search: Option<&str>,
    ) -> Result<Listed<String>, Refusal> {
        validate_place(at)?;
        validate_name("measurement", Some(measurement))?;
        validate_name("tag", Some(tag))?;
        validate_name("search", search)?;
        Ok(self.explorer(organization, connection).await?.tag_values(at, measurement, tag, wanted(search)).await?)
    }

    /// A measurement's fields.
    ///
    /// # Errors
    /// As [`App::list_places`].
    pub async fn list_fields(
        &self,
        organization: Id<Organization>,
        connection: &str,
        at: &Where,
        measurement: &str,
    ) -> Result<Listed<Field>, Refusal> {
        validate_place(at)?;
        validate_name("measurement", Some(measurement))?;
        Ok(self.explorer(organization, connection).await?.fields(at, measurement).await?)
    }

    /// Asks a question that only reads. Whoever stops waiting for the answer ends it on the server.
    ///
    /// # Errors
    /// As [`App::list_places`]; [`Refusal::Invalid`]; `InfluxQuery` for a text that would write, or that the server does not understand.
    pub async fn ask(&self, organization: Id<Organization>, connection: &str, question: &Question) -> Result<Frames, Refusal> {
        validate_place(&question.at)?;
        refuse_blank("text", &question.text)?;
        if question.text.len() > MAX_TEXT_BYTES {
            return Err(too_long("text", MAX_TEXT_BYTES).into());
        }
        text::within("max_points", question.max_points, 1..=10_000)?;
        validate_range(question.range)?;
        let explorer = self.explorer(organization, connection).await?;
        validate_language(question.language, explorer.languages())?;
        explorer.query(question).await.map_err(|failure| {
            let field = (failure.kind == FailureKind::InfluxQuery).then_some("text");
            Refusal::Failed { failure, field }
        })
    }

    /// The question that a selection stands for. Contacts nobody.
    ///
    /// # Errors
    /// [`Refusal::Missing`] and [`Refusal::Invalid`]; `InfluxQuery` where the language cannot say it.
    pub async fn build_question(&self, organization: Id<Organization>, connection: &str, selection: &Selection) -> Result<Built, Refusal> {
        validate_place(&selection.at)?;
        refuse_blank("measurement", &selection.measurement)?;
        validate_range(selection.range)?;
        if selection.window.is_some() && selection.aggregate.is_none() {
            return Err(Invalid::new("window", "points as they are have no windows", "choose an aggregate, or leave `window` out").into());
        }
        let explorer = self.explorer(organization, connection).await?;
        let languages = explorer.languages();
        validate_language(selection.language, languages)?;
        let text = explorer.build(selection)?;
        if text.len() > MAX_TEXT_BYTES {
            return Err(Invalid::new("", "the query would be too long", "choose fewer fields and values").into());
        }
        // There is always one: an explorer without languages could answer nothing.
        let language = selection.language.or(languages.first().copied()).unwrap_or(Language::Influxql);
        Ok(Built { text, language })
    }

    async fn explorer(&self, organization: Id<Organization>, reference: &str) -> Result<Box<dyn Explorer>, Refusal> {
        let stored = self.stored_connection(organization, reference).await?;
        refuse_folder(&stored)?;
        let access = self.connection_access(&stored).await?;
        Ok(self.influx.explorer(&access)?)
    }
}

fn refuse_folder(stored: &Stored<Connection>) -> Result<(), Invalid> {
    match stored.spec.target {
        Target::File { .. } => Err(Invalid::new(
            "",
            format!("connection `{}` is a folder of line-protocol files: it answers no questions", stored.name),
            "explore the InfluxDB that reads its files",
        )),
        _ => Ok(()),
    }
}

/// A search for nothing finds everything.
pub(super) fn wanted(search: Option<&str>) -> Option<&str> {
    search.filter(|search| !search.is_empty())
}

/// Names and questions may hold line breaks: nothing but white space is refused.
fn refuse_blank(field: &str, text: &str) -> Result<(), Invalid> {
    match text.trim() {
        "" => Err(Invalid::new(field, format!("`{field}` is empty"), format!("give a `{field}`"))),
        _ => Ok(()),
    }
}

fn validate_place(at: &Where) -> Result<(), Invalid> {
    for (field, name) in [("place", &at.place), ("retention_policy", &at.retention_policy)] {
        if name.as_deref().is_some_and(str::is_empty) {
            return Err(Invalid::new(field, format!("`{field}` is empty"), "name one, or leave it out for the connection's own"));
        }
        validate_name(field, name.as_deref())?;
    }
    Ok(())
}

fn validate_name(field: &str, name: Option<&str>) -> Result<(), Invalid> {
    if name.is_some_and(|name| name.len() > MAX_NAME_BYTES) { Err(too_long(field, MAX_NAME_BYTES)) } else { Ok(()) }
}

fn too_long(field: &str, most: usize) -> Invalid {
    Invalid::new(field, format!("`{field}` is longer than {most} bytes"), "give a shorter one")
}

fn validate_range(range: Option<TimeRange>) -> Result<(), Invalid> {
    let Some(TimeRange { from, to }) = range else { return Ok(()) };
    for (field, at) in [("range.from", from), ("range.to", to)] {
        if !YEARS.contains(&at.year()) {
            return Err(Invalid::new(field, "InfluxDB has no such year", format!("give one of {} to {}", YEARS.start(), YEARS.end())));
        }
    }
    if from >= to {
        return Err(Invalid::new("range.to", "the range ends before it begins", "give a `to` that is later than `from`"));
    }
    Ok(())
}

fn validate_language(language: Option<Language>, known: &[Language]) -> Result<(), Invalid> {
    match language {
        Some(language) if !known.contains(&language) => {
            let known: Vec<String> = known.iter().map(|language| format!("`{}`", language.as_str())).collect();
            let message = format!("this connection is not asked in `{}`", language.as_str());
            Err(Invalid::new("language", message, format!("give {}, or leave it out", known.join(" or "))))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_has_a_length_and_years_that_influxdb_knows() {
        let range = |from: &str, to: &str| Some(TimeRange { from: from.parse().unwrap(), to: to.parse().unwrap() });
        assert_eq!(validate_range(None), Ok(()));
        assert_eq!(validate_range(range("2026-11-21T12:00:00Z", "2026-11-21T12:00:00.000000001Z")), Ok(()));
        for (from, to, field) in [
            ("2026-11-21T12:00:00Z", "2026-11-21T12:00:00Z", "range.to"),
            ("1600-01-01T00:00:00Z", "2026-11-21T12:00:00Z", "range.from"),
            ("2026-11-21T12:00:00Z", "2300-01-01T00:00:00Z", "range.to"),
        ] {
            assert_eq!(validate_range(range(from, to)).unwrap_err().field, field);
        }
    }
}
