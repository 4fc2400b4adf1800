//! The mapping on the command line: which column becomes what, and what is done with values that InfluxDB cannot hold.

use chrono_tz::Tz;
use clap::{Args, builder::PossibleValuesParser};
use model::{FieldType, TimeFormat, mapping::Constant};
use serde_json::{Map, Value, json};

use super::exit::{Exit, Stop};

/// Which column becomes what.
#[derive(Args, Clone, Debug)]
pub struct MappingOptions {
    /// Measurement of every point
    #[arg(long, value_name = "NAME", conflicts_with = "measurement_column", help_heading = "Mapping")]
    measurement: Option<String>,
    /// Column whose text is the measurement, row by row
    #[arg(long, value_name = "COLUMN", help_heading = "Mapping")]
    measurement_column: Option<String>,
    /// Columns that become tags, by name or pattern: `region`, `*_id`; `!secret_*` takes away from what patterns match
    #[arg(long = "tag", value_name = "COLUMN", value_delimiter = ',', help_heading = "Mapping")]
    tags: Vec<String>,
    /// No column becomes a tag
    #[arg(long, conflicts_with = "tags", help_heading = "Mapping")]
    no_tags: bool,
    /// Columns that become fields, by name or pattern: `temp_*` [default: every column that is nothing else]
    #[arg(long = "field", value_name = "COLUMN", value_delimiter = ',', help_heading = "Mapping")]
    fields: Vec<String>,
    /// Every column that is nothing else becomes a field
    #[arg(long, conflicts_with = "fields", help_heading = "Mapping")]
    all_fields: bool,
    /// Column that gives a point its time: `created`, `ts:unix_ms`; formats are native, unix_s, unix_ms, unix_us, unix_ns [default: the
    /// slot's time]
    #[arg(long, value_name = "COLUMN[:FORMAT]", help_heading = "Mapping")]
    time: Option<String>,
    /// Points get the slot's time
    #[arg(long, conflicts_with = "time", help_heading = "Mapping")]
    slot_time: bool,
    /// IANA zone of times that carry none [default: UTC]
    #[arg(long, value_name = "ZONE", conflicts_with = "slot_time", help_heading = "Mapping")]
    time_zone: Option<Tz>,
    /// How a text is read as a time, in the letters of strftime: `%d.%m.%Y %H:%M:%S`
    #[arg(long, value_name = "PATTERN", conflicts_with = "slot_time", help_heading = "Mapping")]
    time_pattern: Option<String>,
    /// What a local time is that clocks show twice
    #[arg(
        long,
        value_parser = PossibleValuesParser::new(["earlier", "later", "reject"]),
        conflicts_with = "slot_time",
        help_heading = "Mapping",
        hide_short_help = true
    )]
    repeated_time: Option<String>,
    /// What becomes of a local time that clocks skip
    #[arg(
        long,
        value_parser = PossibleValuesParser::new(["reject", "shift"]),
        conflicts_with = "slot_time",
        help_heading = "Mapping",
        hide_short_help = true
    )]
    skipped_time: Option<String>,
    /// Name of the tag or field that a column becomes; an empty NAME takes it back
    #[arg(long = "rename-column", value_name = "COLUMN=NAME", help_heading = "Mapping")]
    renames: Vec<String>,
    /// Tag of every point; an empty VALUE removes it
    #[arg(long = "constant-tag", value_name = "NAME=VALUE", help_heading = "Mapping")]
    constant_tags: Vec<String>,
    /// Field of every point: `plant=Graz`, `build:integer=7`; types are text, integer, unsigned, float, boolean
    #[arg(long = "constant-field", value_name = "NAME[:TYPE]=VALUE", help_heading = "Mapping")]
    constant_fields: Vec<String>,
    /// Type of the field that a column becomes: float, integer, unsigned, text, boolean; an empty TYPE takes it back
    #[arg(long = "field-type", value_name = "COLUMN=TYPE", help_heading = "Mapping")]
    field_types: Vec<String>,
    /// What becomes of a NULL of a column: omit, reject, or `default:VALUE`
    #[arg(long = "null", value_name = "COLUMN=RULE", help_heading = "Mapping")]
    nulls: Vec<String>,
    #[command(flatten)]
    policies: PolicyOptions,
}

/// What is done with values that InfluxDB cannot hold.
#[derive(Args, Clone, Debug)]
struct PolicyOptions {
    /// What becomes of a row without any field
    #[arg(long, value_parser = PossibleValuesParser::new(["skip", "reject"]), help_heading = "Policies", hide_short_help = true)]
    empty_row: Option<String>,
    /// What becomes of NaN and infinities
    #[arg(long, value_parser = PossibleValuesParser::new(["omit", "reject"]), help_heading = "Policies", hide_short_help = true)]
    not_a_number: Option<String>,
    /// What an unsigned column becomes
    #[arg(
        long,
        value_parser = PossibleValuesParser::new(["integer", "unsigned", "float", "text"]),
        help_heading = "Policies",
        hide_short_help = true
    )]
    unsigned: Option<String>,
    /// What a decimal column becomes
    #[arg(long, value_parser = PossibleValuesParser::new(["float", "text", "integer"]), help_heading = "Policies", hide_short_help = true)]
    decimal: Option<String>,
    /// What a date, time stamp or instant becomes as a field
    #[arg(
        long,
        value_parser = PossibleValuesParser::new(["text", "unix_s", "unix_ms", "unix_ns"]),
        help_heading = "Policies",
        hide_short_help = true
    )]
    time_field: Option<String>,
    /// What a binary column becomes
    #[arg(long, value_parser = PossibleValuesParser::new(["base64", "hex"]), help_heading = "Policies", hide_short_help = true)]
    bytes: Option<String>,
    /// What becomes of text that is too long for the server
    #[arg(long, value_parser = PossibleValuesParser::new(["reject", "truncate"]), help_heading = "Policies", hide_short_help = true)]
    long_text: Option<String>,
}

impl MappingOptions {
    /// What was said of the mapping, as the API takes it; empty when nothing was. `time_column` is the time column that is stored, if
    /// there is one: a zone alone belongs to it.
    ///
    /// # Errors
    /// When a zone is given and there is no time column that it belongs to.
    pub fn members(&self, time_column: Option<&str>) -> anyhow::Result<Map<String, Value>> {
        let mut members = Map::new();
        let mut put = |member: &str, value: Option<Value>| {
            if let Some(value) = value {
                members.insert(member.to_owned(), value);
            }
        };
        put("measurement", self.measurement.as_ref().map(|name| json!({ "name": name })));
        put("measurement", self.measurement_column.as_ref().map(|column| json!({ "column": column })));
        put("tags", (self.no_tags || !self.tags.is_empty()).then(|| json!(self.tags)));
        put("fields", self.all_fields.then(|| json!("rest")));
        put("fields", (!self.fields.is_empty()).then(|| json!({ "columns": self.fields })));
        put("time", self.time_member(time_column)?);
        put("renames", each(&self.renames, "--rename-column", "COLUMN=NAME", |name| Ok(or_null(name, json!(name))))?);
        put("constant_tags", each(&self.constant_tags, "--constant-tag", "NAME=VALUE", |value| Ok(or_null(value, json!(value))))?);
        put("constant_fields", constants(&self.constant_fields)?);
        put("field_types", each(&self.field_types, "--field-type", "COLUMN=TYPE", field_type)?);
        put("nulls", each(&self.nulls, "--null", "COLUMN=RULE", null_rule)?);
        let policies = &self.policies;
        for (member, policy) in [
            ("empty_row", &policies.empty_row),
            ("not_a_number", &policies.not_a_number),
            ("unsigned", &policies.unsigned),
            ("decimal", &policies.decimal),
            ("time_field", &policies.time_field),
            ("bytes", &policies.bytes),
            ("long_text", &policies.long_text),
        ] {
            put(member, policy.as_ref().map(|policy| json!(policy)));
        }
        Ok(members)
    }

    fn time_member(&self, stored: Option<&str>) -> anyhow::Result<Option<Value>> {
        if self.slot_time {
            return Ok(Some(Value::Null));
        }
        let mut member = Map::new();
        if let Some(time) = &self.time {
            let (column, format) = time_of(time);
            member.insert("column".to_owned(), json!(column));
            member.insert("format".to_owned(), json!(format));
        }
        let settings = [
            ("zone", self.time_zone.map(|zone| json!(zone))),
            ("pattern", self.time_pattern.as_ref().map(|pattern| json!(pattern))),
            ("repeated", self.repeated_time.as_ref().map(|rule| json!(rule))),
            ("skipped", self.skipped_time.as_ref().map(|rule| json!(rule))),
        ];
        for (name, value) in settings.into_iter().filter_map(|(name, value)| Some((name, value?))) {
            if self.time.is_none() && stored.is_none() {
                return Err(Stop::with(Exit::Usage, format!("a time {name} belongs to a time column: give --time too")));
            }
            member.insert(name.to_owned(), value);
        }
        Ok((!member.is_empty()).then_some(Value::Object(member)))
    }
}

/// The members that `NAME=VALUE` words say; `None` when there are none. What is merged into a stored mapping is removed by null.
fn each(words: &[String], option: &str, form: &str, read: impl Fn(&str) -> anyhow::Result<Value>) -> anyhow::Result<Option<Value>> {
    let mut members = Map::new();
    for word in words {
        let Some((name, value)) = word.split_once('=').filter(|(name, _)| !name.is_empty()) else {
            return Err(Stop::with(Exit::Usage, format!("{option} takes {form}, not `{word}`")));
        };
        members.insert(name.to_owned(), read(value)?);
    }
    Ok((!members.is_empty()).then_some(Value::Object(members)))
}

fn or_null(text: &str, value: Value) -> Value {
    if text.is_empty() { Value::Null } else { value }
}

fn field_type(text: &str) -> anyhow::Result<Value> {
    if text.is_empty() {
        return Ok(Value::Null);
    }
    let kind: Result<FieldType, _> = serde_json::from_value(json!(text));
    kind.map(|kind| json!(kind))
        .map_err(|_| Stop::with(Exit::Usage, format!("`{text}` is no type: float, integer, unsigned, text or boolean")))
}

fn null_rule(text: &str) -> anyhow::Result<Value> {
    match (text, text.strip_prefix("default:")) {
        ("omit" | "reject", _) => Ok(json!(text)),
        (_, Some(default)) => Ok(json!({ "default": default })),
        _ => Err(Stop::with(Exit::Usage, format!("`{text}` is no rule for NULL: omit, reject or default:VALUE"))),
    }
}

/// Constant fields. What follows the last colon of a name is a type only if it is the name of one: a field's name may hold colons.
fn constants(words: &[String]) -> anyhow::Result<Option<Value>> {
    let mut members = Map::new();
    for word in words {
        let Some((name, value)) = word.split_once('=').filter(|(name, _)| !name.is_empty()) else {
            return Err(Stop::with(Exit::Usage, format!("--constant-field takes NAME[:TYPE]=VALUE, not `{word}`")));
        };
        let typed = name.rsplit_once(':').and_then(|(name, kind)| Some((name, serde_json::from_value(json!(kind)).ok()?)));
        let (name, kind) = typed.unwrap_or((name, FieldType::Text));
        let constant = constant(kind, value).ok_or_else(|| {
            Stop::with(Exit::Usage, format!("--constant-field `{name}`: `{value}` is no value of type {}", kind.as_str()))
        })?;
        members.insert(name.to_owned(), json!(constant));
    }
    Ok((!members.is_empty()).then_some(Value::Object(members)))
}

fn constant(kind: FieldType, text: &str) -> Option<Constant> {
    Some(match kind {
        FieldType::Float => Constant::Float(text.parse().ok().filter(|value: &f64| value.is_finite())?),
        FieldType::Integer => Constant::Integer(text.parse().ok()?),
        FieldType::Unsigned => Constant::Unsigned(text.parse().ok()?),
        FieldType::Boolean => Constant::Boolean(text.parse().ok()?),
        FieldType::Text => Constant::Text(text.to_owned()),
    })
}

/// A time column and its format. What follows the last colon is a format only if it is the name of one: a column's name may hold colons.
fn time_of(text: &str) -> (&str, TimeFormat) {
    text.rsplit_once(':')
        .and_then(|(column, format)| Some((column, serde_json::from_value(Value::from(format)).ok()?)))
        .unwrap_or((text, TimeFormat::Native))
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        mapping: MappingOptions,
    }

    fn members(words: &[&str], stored: Option<&str>) -> anyhow::Result<Value> {
        let line = Line::try_parse_from(["x"].iter().chain(words))?;
        line.mapping.members(stored).map(Value::Object)
    }

    #[test]
    fn a_mapping_says_only_what_was_given() {
        assert_eq!(members(&[], None).unwrap(), json!({}));
        assert_eq!(
            members(&["--measurement", "orders", "--tag", "a,b c", "--time", "t:unix_ms", "--time-zone", "Europe/Berlin"], None).unwrap(),
            json!({
                "measurement": { "name": "orders" }, "tags": ["a", "b c"],
                "time": { "column": "t", "format": "unix_ms", "zone": "Europe/Berlin" }
            })
        );
        assert_eq!(
            members(&["--measurement-column", "m", "--field", "x", "--slot-time", "--decimal", "text"], None).unwrap(),
            json!({ "measurement": { "column": "m" }, "fields": { "columns": ["x"] }, "time": null, "decimal": "text" })
        );
        assert_eq!(members(&["--no-tags", "--all-fields"], None).unwrap(), json!({ "tags": [], "fields": "rest" }));
    }

    #[test]
    fn names_constants_types_and_rules_are_said_word_by_word() {
        assert_eq!(
            members(
                &[
                    "--rename-column",
                    "temp_c=temperature",
                    "--rename-column",
                    "old=",
                    "--constant-tag",
                    "plant=Graz = A",
                    "--constant-field",
                    "note=x",
                    "--constant-field",
                    "build:integer=-7",
                    "--constant-field",
                    "a:b=c",
                    "--constant-field",
                    "rate:float=7",
                    "--field-type",
                    "n=float",
                    "--field-type",
                    "m=",
                    "--null",
                    "n=reject",
                    "--null",
                    "m=default:a=b",
                    "--time",
                    "t",
                    "--time-pattern",
                    "%d.%m.%Y",
                    "--repeated-time",
                    "later",
                    "--skipped-time",
                    "shift"
                ],
                None
            )
            .unwrap(),
            json!({
                "renames": { "temp_c": "temperature", "old": null },
                "constant_tags": { "plant": "Graz = A" },
                "constant_fields": { "note": { "text": "x" }, "build": { "integer": -7 }, "a:b": { "text": "c" }, "rate": { "float": 7.0 } },
                "field_types": { "n": "float", "m": null },
                "nulls": { "n": "reject", "m": { "default": "a=b" } },
                "time": { "column": "t", "format": "native", "pattern": "%d.%m.%Y", "repeated": "later", "skipped": "shift" }
            })
        );
        for words in [
            ["--rename-column", "x"],
            ["--rename-column", "=x"],
            ["--field-type", "n=number"],
            ["--null", "n=zero"],
            ["--constant-field", "n:integer=x"],
            ["--constant-field", "n:float=NaN"],
            ["--time-pattern", "%Y"],
        ] {
            assert!(members(&words, None).is_err(), "{words:?}");
        }
        assert_eq!(members(&["--time-pattern", "%Y%m%d"], Some("t")).unwrap(), json!({ "time": { "pattern": "%Y%m%d" } }));
    }

    #[test]
    fn a_zone_alone_belongs_to_the_stored_time_column() {
        assert!(members(&["--time-zone", "UTC"], None).is_err());
        assert_eq!(members(&["--time-zone", "UTC"], Some("t")).unwrap(), json!({ "time": { "zone": "UTC" } }));
    }

    #[test]
    fn a_colon_in_a_column_is_no_format() {
        assert_eq!(time_of("a:b"), ("a:b", TimeFormat::Native));
        assert_eq!(time_of("a:b:unix_ns"), ("a:b", TimeFormat::UnixNs));
        assert_eq!(time_of("t"), ("t", TimeFormat::Native));
    }
}
