//! The mapping: which column becomes the measurement, a tag, a field, the time; and what is done with values InfluxDB cannot hold.
//!
//! Every policy here is stated, has a default, and what it drops is counted in [`crate::Figures`].

use std::collections::{BTreeMap, BTreeSet};

use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

/// How a row becomes a point.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Mapping {
    /// The measurement of every point.
    pub measurement: Measurement,
    /// Columns that become tags, by name or by pattern (see [`Pattern`]). A NULL or empty tag is left out of the point unless `nulls` says
    /// otherwise: InfluxDB knows no empty tag.
    #[serde(default)]
    pub tags: Vec<String>,
    /// Columns that become fields. A NULL field is left out of the point unless `nulls` says otherwise.
    #[serde(default)]
    pub fields: Fields,
    /// The column that gives a point its time; without it a point gets the slot's time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<TimeColumn>,
    /// A row whose fields are all NULL (or left out by another policy).
    #[serde(default)]
    pub empty_row: EmptyRow,
    /// NaN and infinities in a float or decimal column.
    #[serde(default)]
    pub not_a_number: NotANumber,
    /// What an unsigned column becomes.
    #[serde(default)]
    pub unsigned: Unsigned,
    /// What a decimal column becomes.
    #[serde(default)]
    pub decimal: Decimal,
    /// What a date, time stamp or instant becomes when it is a field.
    #[serde(default)]
    pub time_field: TimeField,
    /// What a binary column becomes.
    #[serde(default)]
    pub bytes: Bytes,
    /// Text that is longer than the server accepts (v1 and v2: 1 MiB, v3: 64 KB; a tag: what fits a series key of 65,535 bytes).
    #[serde(default)]
    pub long_text: LongText,
    /// Names of tags and fields that are not those of their columns, by column.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub renames: BTreeMap<String, String>,
    /// Tags that every point has, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub constant_tags: BTreeMap<String, String>,
    /// Fields that every point has, by name. They do not make a point of a row whose columns give it no field.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub constant_fields: BTreeMap<String, Constant>,
    /// Types of fields that are not those of their columns, by column. A value that the type cannot hold exactly rejects its row.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub field_types: BTreeMap<String, FieldType>,
    /// What becomes of a NULL that is not left out of its point, by column.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub nulls: BTreeMap<String, Null>,
}

impl Mapping {
    /// Every column a field, no tag, slot time, every policy at its default.
    pub fn new(measurement: &str) -> Self {
        Self {
            measurement: Measurement::Name(measurement.to_owned()),
            tags: Vec::new(),
            fields: Fields::default(),
            time: None,
            empty_row: EmptyRow::default(),
            not_a_number: NotANumber::default(),
            unsigned: Unsigned::default(),
            decimal: Decimal::default(),
            time_field: TimeField::default(),
            bytes: Bytes::default(),
            long_text: LongText::default(),
            renames: BTreeMap::new(),
            constant_tags: BTreeMap::new(),
            constant_fields: BTreeMap::new(),
            field_types: BTreeMap::new(),
            nulls: BTreeMap::new(),
        }
    }

    /// The name of the tag or field that a column becomes.
    pub fn key<'a>(&'a self, column: &'a str) -> &'a str {
        self.renames.get(column).map_or(column, String::as_str)
    }
}

/// What an entry of `tags` or `fields` means in a result.
///
/// An entry that is the name of a column is that column, whatever its letters. Else `*` stands for any letters and `?` for one, and an entry
/// that begins with `!` takes away what the patterns beside it match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pattern<'a> {
    /// The column of this name.
    Name(&'a str),
    /// Every column that matches and is no other part of the point by its name.
    Matching(&'a str),
    /// None that matches.
    But(&'a str),
}

impl<'a> Pattern<'a> {
    /// What `entry` means in a result of which `is_column` tells the names.
    pub fn of(entry: &'a str, is_column: impl FnOnce(&str) -> bool) -> Self {
        if is_column(entry) {
            return Self::Name(entry);
        }
        match entry.strip_prefix('!') {
            Some(pattern) if !pattern.is_empty() => Self::But(pattern),
            _ if entry.contains(['*', '?']) => Self::Matching(entry),
            _ => Self::Name(entry),
        }
    }

    /// Whether `name` is one of those that `pattern` stands for.
    pub fn matches(pattern: &str, name: &str) -> bool {
        let (pattern, name): (Vec<char>, Vec<char>) = (pattern.chars().collect(), name.chars().collect());
        let (mut at, mut read) = (0, 0);
        // Where the last `*` stands, and from where on it is tried.
        let mut star = None;
        while read < name.len() {
            match pattern.get(at) {
                Some('*') => {
                    star = Some((at, read));
                    at += 1;
                }
                Some(letter) if *letter == '?' || *letter == name[read] => (at, read) = (at + 1, read + 1),
                _ => match star {
                    Some((of, from)) => {
                        star = Some((of, from + 1));
                        (at, read) = (of + 1, from + 1);
                    }
                    None => return false,
                },
            }
        }
        pattern[at..].iter().all(|letter| *letter == '*')
    }
}

/// Where the measurement comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Measurement {
    /// The same for all.
    Name(String),
    /// This column's text, row by row; a NULL or empty one rejects the row.
    Column(String),
}

/// Which columns become fields.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Fields {
    /// Every column that is not the measurement, a tag or the time.
    #[default]
    Rest,
    /// These, in this order, by name or by pattern (see [`Pattern`]).
    Columns(Vec<String>),
}

/// The time column. A NULL time rejects the row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TimeColumn {
    /// Its name.
    pub column: String,
    /// How its values are read.
    #[serde(default)]
    pub format: TimeFormat,
    /// The IANA zone of values that carry none (`Europe/Berlin`); UTC when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = "time-zone", example = "Europe/Berlin"))]
    pub zone: Option<Tz>,
    /// How a text (or a whole number, by its digits) is read instead of `format`: `%d.%m.%Y %H:%M:%S`, in the letters of strftime. It must tell
    /// a whole date; without a time of day it is midnight, and an offset (`%z`) goes before `zone`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pattern: Option<String>,
    /// What a local time is that happens twice because clocks are set back.
    #[serde(default)]
    pub repeated: RepeatedTime,
    /// What becomes of a local time that does not exist because clocks are set forward.
    #[serde(default)]
    pub skipped: SkippedTime,
}

impl TimeColumn {
    /// This column, every setting at its default.
    pub fn new(column: &str) -> Self {
        Self {
            column: column.to_owned(),
            format: TimeFormat::default(),
            zone: None,
            pattern: None,
            repeated: RepeatedTime::default(),
            skipped: SkippedTime::default(),
        }
    }
}

/// What a local time is that happens twice because clocks are set back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum RepeatedTime {
    /// The first of the two instants.
    #[default]
    Earlier,
    /// The second of them.
    Later,
    /// Nobody knows: the row is kept as a reject.
    Reject,
}

/// What becomes of a local time that does not exist because clocks are set forward.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum SkippedTime {
    /// The row is kept as a reject.
    #[default]
    Reject,
    /// It is read as if clocks had not been set forward yet: 02:30 becomes 03:30 where 02:00 to 03:00 is skipped.
    Shift,
}

/// How a time column is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum TimeFormat {
    /// A date, time stamp or instant of the database; in a text column ISO 8601 (`2026-11-21`, `2026-11-21 14:05:00.25`,
    /// `2026-11-21T14:05:00+01:00`).
    #[default]
    Native,
    /// Seconds since 1970-01-01T00:00:00Z, whole or decimal.
    UnixS,
    /// Milliseconds since 1970-01-01T00:00:00Z.
    UnixMs,
    /// Microseconds since 1970-01-01T00:00:00Z.
    UnixUs,
    /// Nanoseconds since 1970-01-01T00:00:00Z. Not from a float, which cannot tell 256 of them apart.
    UnixNs,
}

/// What becomes of a row without any field.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum EmptyRow {
    /// No point, counted as skipped.
    #[default]
    Skip,
    /// Kept as a reject.
    Reject,
}

/// What becomes of NaN and infinities.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum NotANumber {
    /// The field is left out of the point, counted as omitted.
    #[default]
    Omit,
    /// The row is kept as a reject.
    Reject,
}

/// What an unsigned column becomes; one choice for the whole column, because a field has one type.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Unsigned {
    /// A signed integer (`7i`); a value above 9,223,372,036,854,775,807 rejects the row.
    #[default]
    Integer,
    /// InfluxDB's unsigned integer (`7u`): v2, v3 and some v1 servers.
    Unsigned,
    /// A float (`7`); above 2^53 it is rounded.
    Float,
    /// Text (`"7"`).
    Text,
}

/// What a decimal column becomes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Decimal {
    /// The nearest double.
    #[default]
    Float,
    /// Its exact text.
    Text,
    /// A signed integer; a value that is none, or does not fit into 64 bits, rejects the row.
    Integer,
}

/// What a date, time stamp or instant becomes as a field.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum TimeField {
    /// ISO 8601 text.
    #[default]
    Text,
    /// Whole seconds since 1970.
    UnixS,
    /// Whole milliseconds since 1970.
    UnixMs,
    /// Nanoseconds since 1970.
    UnixNs,
}

/// What a binary column becomes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Bytes {
    /// Base64 text with padding.
    #[default]
    Base64,
    /// Lower-case hexadecimal text.
    Hex,
}

/// What becomes of text that is too long for the server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum LongText {
    /// The row is kept as a reject.
    #[default]
    Reject,
    /// Cut at the last whole character that fits, counted as truncated.
    Truncate,
}

/// The type of a field in InfluxDB.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum FieldType {
    /// A double.
    Float,
    /// A signed integer of 64 bits.
    Integer,
    /// An unsigned integer of 64 bits.
    Unsigned,
    /// Text.
    Text,
    /// True or false.
    Boolean,
}

impl FieldType {
    /// Its name, as the API writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Float => "float",
            Self::Integer => "integer",
            Self::Unsigned => "unsigned",
            Self::Text => "text",
            Self::Boolean => "boolean",
        }
    }
}

/// A value that does not come from a column. Its type is said, because a JSON writer may turn `7.0` into `7`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Constant {
    /// A double.
    Float(f64),
    /// A signed integer of 64 bits.
    Integer(i64),
    /// An unsigned integer of 64 bits.
    Unsigned(u64),
    /// Text.
    Text(String),
    /// True or false.
    Boolean(bool),
}

impl Constant {
    /// Its type.
    pub const fn kind(&self) -> FieldType {
        match self {
            Self::Float(_) => FieldType::Float,
            Self::Integer(_) => FieldType::Integer,
            Self::Unsigned(_) => FieldType::Unsigned,
            Self::Text(_) => FieldType::Text,
            Self::Boolean(_) => FieldType::Boolean,
        }
    }
}

/// What becomes of a NULL of one column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Null {
    /// It is left out of the point.
    Omit,
    /// The row is kept as a reject.
    Reject,
    /// This text stands for it; in a field, the value of the field's type that it says.
    Default(String),
}

/// The types that the fields of a measurement have in an InfluxDB: as a rule one each, but InfluxDB 1 and 2 keep types by shard.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FieldTypes(pub BTreeMap<String, BTreeSet<FieldType>>);

impl FieldTypes {
    /// The types of this field; none when nothing is known of it.
    pub fn of(&self, field: &str) -> impl Iterator<Item = FieldType> {
        self.0.get(field).into_iter().flatten().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_matches_whole_names() {
        for (pattern, name, expected) in [
            ("temp_*", "temp_out", true),
            ("temp_*", "temp_", true),
            ("temp_*", "a_temp_", false),
            ("*", "", true),
            ("*_*_x", "a_b_c_x", true),
            ("*_*_x", "a_x", false),
            ("a?c", "abc", true),
            ("a?c", "ažc", true),
            ("a?c", "ac", false),
            ("*ab", "aab", true),
            ("*ab*", "xabyab", true),
            ("", "", true),
            ("A*", "abc", false),
        ] {
            assert_eq!(Pattern::matches(pattern, name), expected, "{pattern} {name}");
        }
    }

    #[test]
    fn a_name_of_a_column_is_no_pattern() {
        let columns = ["count(*)", "!odd", "plain"];
        let of = |entry| Pattern::of(entry, |name| columns.contains(&name));
        assert_eq!(of("count(*)"), Pattern::Name("count(*)"));
        assert_eq!(of("!odd"), Pattern::Name("!odd"));
        assert_eq!(of("plain"), Pattern::Name("plain"));
        assert_eq!(of("absent"), Pattern::Name("absent"));
        assert_eq!(of("count*"), Pattern::Matching("count*"));
        assert_eq!(of("!plain"), Pattern::But("plain"));
        assert_eq!(of("!"), Pattern::Name("!"));
    }

    #[test]
    fn an_older_mapping_reads_as_before_and_a_new_one_survives_json() {
        let old = r#"{"measurement":{"name":"m"},"tags":["a"],"time":{"column":"t","format":"unix_s"}}"#;
        let mapping: Mapping = serde_json::from_str(old).unwrap();
        let time = TimeColumn { format: TimeFormat::UnixS, ..TimeColumn::new("t") };
        assert_eq!(mapping, Mapping { tags: vec!["a".to_owned()], time: Some(time), ..Mapping::new("m") });

        let new = r#"{"measurement":{"name":"m"},"renames":{"a":"b"},"constant_tags":{"c":"d"},"constant_fields":{"e":{"float":7},"f":{"text":"x"}},
            "field_types":{"g":"integer"},"nulls":{"h":"reject","i":{"default":"0"}},
            "time":{"column":"t","pattern":"%d.%m.%Y","repeated":"later","skipped":"shift"}}"#;
        let mapping: Mapping = serde_json::from_str(new).unwrap();
        assert_eq!(mapping.constant_fields["e"], Constant::Float(7.0));
        assert_eq!(mapping.nulls["i"], Null::Default("0".to_owned()));
        assert_eq!(serde_json::from_str::<Mapping>(&serde_json::to_string(&mapping).unwrap()).unwrap(), mapping);
    }
}
