//! The mapping on the command line: which column becomes what, and what is done with values that InfluxDB cannot hold.

use chrono_tz::Tz;
use clap::{Args, builder::PossibleValuesParser};
use model::TimeFormat;
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
    /// Columns that become tags
    #[arg(long = "tag", value_name = "COLUMN", value_delimiter = ',', help_heading = "Mapping")]
    tags: Vec<String>,
    /// No column becomes a tag
    #[arg(long, conflicts_with = "tags", help_heading = "Mapping")]
    no_tags: bool,
    /// Columns that become fields [default: every column that is nothing else]
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
    #[arg(long, value_parser = PossibleValuesParser::new(["float", "text"]), help_heading = "Policies", hide_short_help = true)]
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
        } else if self.time_zone.is_some() && stored.is_none() {
            return Err(Stop::with(Exit::Usage, "a time zone belongs to a time column: give --time too"));
        }
        if let Some(zone) = self.time_zone {
            member.insert("zone".to_owned(), json!(zone));
        }
        Ok((!member.is_empty()).then_some(Value::Object(member)))
    }
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
