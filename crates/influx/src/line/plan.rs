//! The plan: a mapping resolved against a schema, once, before the first row.

use std::collections::{BTreeMap, BTreeSet};

use arrow_schema::Schema;
use chrono::{DateTime, Utc};
use model::{
    ColumnType, Failure, FieldType, FieldTypes, Fields, Mapping, Measurement, TimeColumn, TimeFormat,
    mapping::{self, Null, Pattern},
};
use serde::Serialize;

use super::{
    buffer::{Line, Piece},
    columns::{Cell, Columns, wrong},
    conversion::{self, Agreement},
    escape,
    moment::{Zone, stored},
    refusal::Refusal,
    rules::LineRules,
    time_text::TimeText,
};

/// What one column of a result becomes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ColumnUse {
    /// The column's name.
    pub column: String,
    /// What it becomes.
    pub role: Role,
    /// The name of the tag or field, when that is another than the column's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// The type of the field, when it becomes one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field_type: Option<FieldType>,
}

/// What a column becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// The point's measurement.
    Measurement,
    /// A tag.
    Tag,
    /// A field.
    Field,
    /// The point's time.
    Time,
    /// Nothing: no part of the mapping names it.
    Unused,
}

/// Tells what each column becomes, in the order measurement, tags, fields, time, unused.
///
/// # Errors
/// As [`super::shaper`].
pub fn describe(mapping: &Mapping, schema: &Schema, rules: &LineRules) -> Result<Vec<ColumnUse>, Failure> {
    let plan = Plan::new(mapping, schema, DateTime::UNIX_EPOCH, rules, &FieldTypes::default())?;
    let mut uses = Vec::new();
    let mut tell = |column: &str, role, field_type| {
        let key = mapping.renames.get(column).filter(|key| *key != column && matches!(role, Role::Tag | Role::Field)).cloned();
        uses.push(ColumnUse { column: column.to_owned(), role, key, field_type });
    };
    if let MeasurementPlan::Column { cell, .. } = &plan.measurement {
        tell(&cell.name, Role::Measurement, None);
    }
    for tag in plan.tags.iter().filter(|tag| tag.fixed.is_none()) {
        tell(&tag.cell.name, Role::Tag, None);
    }
    for field in &plan.fields {
        tell(&field.cell.name, Role::Field, Some(field.kind));
    }
    if let TimePlan::Column { cell, .. } = &plan.time {
        tell(&cell.name, Role::Time, None);
    }
    let used: Vec<String> = uses.iter().map(|used| used.column.clone()).collect();
    for field in schema.fields().iter().filter(|field| !used.contains(field.name())) {
        uses.push(ColumnUse { column: field.name().clone(), role: Role::Unused, key: None, field_type: None });
    }
    Ok(uses)
}

/// Tells every field whose type on the server is another than the mapping gives it.
///
/// # Errors
/// As [`super::shaper`], types aside.
pub fn agreements(mapping: &Mapping, schema: &Schema, rules: &LineRules, types: &FieldTypes) -> Result<Vec<Agreement>, Failure> {
    Ok(Plan::draft(mapping, schema, DateTime::UNIX_EPOCH, rules, types)?.1)
}

/// A tag or field: where its value comes from, and `,key=`.
#[derive(Clone, Debug)]
pub(super) struct Keyed {
    pub(super) cell: Cell,
    pub(super) key: Piece,
    /// The value of every row, as it stands in a line; such a one has no cell.
    pub(super) fixed: Option<Box<[u8]>>,
    /// What a NULL becomes; absent when it is left out.
    pub(super) null: Option<Box<OnNull>>,
    /// The type of a field.
    pub(super) kind: FieldType,
    /// Whether the values of a field must be converted to that type.
    pub(super) is_converted: bool,
}

/// What becomes of a NULL that is not left out.
#[derive(Clone, Debug)]
pub(super) enum OnNull {
    Reject,
    /// This is put: a measurement, or a key and its value.
    Put(Piece),
}

#[derive(Debug)]
pub(super) enum MeasurementPlan {
    Fixed(Piece),
    Column { cell: Cell, null: Option<Piece> },
}

#[derive(Debug)]
pub(super) enum TimePlan {
    /// Every point has this time, in nanoseconds.
    Fixed(i64),
    Column {
        cell: Cell,
        reading: TimeReading,
        zone: Option<Zone>,
    },
}

/// How a time column is read.
#[derive(Debug)]
pub(super) enum TimeReading {
    /// Dates, times and ISO 8601 text.
    Native,
    /// Numbers: nanoseconds per unit as a power of ten.
    Unix(u32),
    Pattern(TimeText),
}

/// A mapping resolved against a schema.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) measurement: MeasurementPlan,
    /// In bytewise order of their keys, as InfluxDB stores them.
    pub(super) tags: Vec<Keyed>,
    pub(super) fields: Vec<Keyed>,
    /// The fields that are the same in every row, each with its comma.
    pub(super) constants: Option<Piece>,
    pub(super) time: TimePlan,
    pub(super) empty_row: mapping::EmptyRow,
    pub(super) not_a_number: mapping::NotANumber,
    pub(super) unsigned: mapping::Unsigned,
    pub(super) decimal: mapping::Decimal,
    pub(super) time_field: mapping::TimeField,
    pub(super) bytes: mapping::Bytes,
    pub(super) long_text: mapping::LongText,
    /// Most bytes that measurement and tags may take.
    pub(super) most_series_bytes: usize,
    /// Every column of the result.
    pub(super) columns: Vec<Cell>,
}

/// What the server puts between a series' key and a field's key when it counts their bytes (1.6.7: `#!~#`).
const KEY_SEPARATOR_BYTES: usize = 4;

impl Plan {
    /// # Errors
    /// As [`super::shaper`]; also when a field has another type on the server and there is no way without loss.
    pub(super) fn new(
        mapping: &Mapping,
        schema: &Schema,
        slot: DateTime<Utc>,
        rules: &LineRules,
        types: &FieldTypes,
    ) -> Result<Self, Failure> {
        let (plan, agreements) = Self::draft(mapping, schema, slot, rules, types)?;
        let refused: Vec<String> =
            agreements.iter().filter(|agreement| agreement.converted_to.is_none()).map(Agreement::sentence).collect();
        if refused.is_empty() { Ok(plan) } else { Err(wrong(refused.join("; "))) }
    }

    fn draft(
        mapping: &Mapping,
        schema: &Schema,
        slot: DateTime<Utc>,
        rules: &LineRules,
        types: &FieldTypes,
    ) -> Result<(Self, Vec<Agreement>), Failure> {
        let columns = Columns::new(schema)?;
        let measurement = measurement(mapping, &columns, rules)?;
        let time = time_plan(mapping.time.as_ref(), &columns, slot)?;
        let tags = tags(mapping, &columns, rules)?;
        let (fields, mut agreements) = fields(mapping, &columns, &tags, rules, types)?;
        let constants = constants(mapping, rules, types, &mut agreements)?;
        each_column_of_the_point(mapping, &columns, &tags, &fields)?;
        each_key_once(mapping, &tags, &fields, rules)?;
        let keys = fields.iter().map(|field| field.key.text().len() - 2).chain(mapping.constant_fields.keys().map(String::len));
        let longest_field_key = keys.max().unwrap_or_default();
        let plan = Self {
            measurement,
            tags,
            fields,
            constants,
            time,
            empty_row: mapping.empty_row,
            not_a_number: mapping.not_a_number,
            unsigned: mapping.unsigned,
            decimal: mapping.decimal,
            time_field: mapping.time_field,
            bytes: mapping.bytes,
            long_text: mapping.long_text,
            most_series_bytes: rules.max_key_bytes.saturating_sub(KEY_SEPARATOR_BYTES + longest_field_key),
            columns: columns.cells,
        };
        Ok((plan, agreements))
    }
}

fn measurement(mapping: &Mapping, columns: &Columns, rules: &LineRules) -> Result<MeasurementPlan, Failure> {
    match &mapping.measurement {
        Measurement::Name(name) => Ok(MeasurementPlan::Fixed(measurement_piece(name, rules)?)),
        Measurement::Column(name) => {
            let cell = columns.named(name, "measurement")?;
            let null = match mapping.nulls.get(name) {
                None | Some(Null::Reject) => None,
                Some(Null::Default(name)) => Some(measurement_piece(name, rules)?),
                Some(Null::Omit) => {
                    return Err(wrong(format!(
                        "nulls leaves out column `{name}`, and a point needs its measurement; reject it or give a default"
                    )));
                }
            };
            Ok(MeasurementPlan::Column { cell, null })
        }
    }
}

fn measurement_piece(name: &str, rules: &LineRules) -> Result<Piece, Failure> {
    let mut room = vec![0; name.len() * 2 + 64];
    let mut line = Line::new(&mut room);
    escape::put_measurement(&mut line, name.as_bytes(), rules).map_err(|refusal| wrong(format!("measurement `{name}` {refusal}")))?;
    Ok(Piece::new(line.since(0)))
}

/// `,key=` of a tag or field, escaped; `of` says whose it is: "column `x`".
fn key_piece(key: &str, of: &str, part: &str, rules: &LineRules) -> Result<Piece, Failure> {
    let remedy = "give it another name in the mapping's `renames`, or in the query with AS";
    if rules.reserved_names.contains(&key) {
        return Err(wrong(format!("{of} cannot be a {part} called `{key}`, InfluxDB keeps that name for itself; {remedy}")));
    }
    let escaped = escape::key(key).map_err(|refusal| match refusal {
        Refusal::Empty => wrong(format!("{of} cannot be a {part} without a name; {remedy}")),
        refusal => wrong(format!("{of} cannot be a {part}: its name {refusal}; {remedy}")),
    })?;
    Ok(Piece::new(format!(",{escaped}=").as_bytes()))
}

fn column_key(mapping: &Mapping, column: &str, part: &str, rules: &LineRules) -> Result<Piece, Failure> {
    key_piece(mapping.key(column), &format!("column `{}`", column.escape_debug()), part, rules)
}

fn tag_value(text: &str, of: &str, rules: &LineRules) -> Result<Vec<u8>, Failure> {
    if text.is_empty() {
        return Err(wrong(format!("{of} is empty, and InfluxDB knows no empty tag; leave it out")));
    }
    let mut room = vec![0; text.len() * 2 + 64];
    let mut line = Line::new(&mut room);
    escape::put_tag_value(&mut line, text.as_bytes(), rules).map_err(|refusal| wrong(format!("{of} {refusal}")))?;
    Ok(line.since(0).to_vec())
}

/// The column that is the measurement or the time.
fn is_measurement_or_time(mapping: &Mapping, name: &str) -> bool {
    matches!(&mapping.measurement, Measurement::Column(column) if column == name)
        || mapping.time.as_ref().is_some_and(|time| time.column == name)
}

fn tags(mapping: &Mapping, columns: &Columns, rules: &LineRules) -> Result<Vec<Keyed>, Failure> {
    let named_fields: Vec<&str> = match &mapping.fields {
        Fields::Rest => Vec::new(),
        Fields::Columns(entries) => {
            let patterns = entries.iter().map(|entry| columns.pattern(entry));
            patterns.filter_map(|pattern| if let Pattern::Name(name) = pattern { Some(name) } else { None }).collect()
        }
    };
    let taken = |name: &str| is_measurement_or_time(mapping, name) || named_fields.contains(&name);
    let mut tags = Vec::new();
    for cell in columns.select(&mapping.tags, "tags", taken)? {
        if mapping.time.as_ref().is_some_and(|time| time.column == cell.name) {
            return Err(wrong(format!("column `{}` cannot be a tag and the time of its point; remove it from tags", cell.name)));
        }
        let key = column_key(mapping, &cell.name, "tag", rules)?;
        let null = match mapping.nulls.get(&cell.name) {
            None | Some(Null::Omit) => None,
            Some(Null::Reject) => Some(Box::new(OnNull::Reject)),
            Some(Null::Default(text)) => {
                let value = tag_value(text, &format!("the default of column `{}`", cell.name), rules)?;
                Some(Box::new(OnNull::Put(Piece::new(&[key.text(), &value].concat()))))
            }
        };
        tags.push((mapping.key(&cell.name).to_owned(), Keyed { cell, key, fixed: None, null, kind: FieldType::Text, is_converted: false }));
    }
    for (name, text) in &mapping.constant_tags {
        let of = format!("constant tag `{name}`");
        let key = key_piece(name, "a constant", "tag", rules)?;
        let fixed = Some(tag_value(text, &of, rules)?.into());
        let cell = Cell { name: name.clone(), index: usize::MAX, kind: ColumnType::Text };
        tags.push((name.clone(), Keyed { cell, key, fixed, null: None, kind: FieldType::Text, is_converted: false }));
    }
    tags.sort_by(|(one, _), (other, _)| one.as_bytes().cmp(other.as_bytes()));
    Ok(tags.into_iter().map(|(_, tag)| tag).collect())
}

fn fields(
    mapping: &Mapping,
    columns: &Columns,
    tags: &[Keyed],
    rules: &LineRules,
    types: &FieldTypes,
) -> Result<(Vec<Keyed>, Vec<Agreement>), Failure> {
    let is_tag = |name: &str| tags.iter().any(|tag| tag.fixed.is_none() && tag.cell.name == name);
    let taken = |name: &str| is_measurement_or_time(mapping, name) || is_tag(name);
    let cells = match &mapping.fields {
        Fields::Columns(entries) => columns.select(entries, "fields", taken)?,
        Fields::Rest => columns.cells.iter().filter(|cell| !taken(&cell.name)).cloned().collect(),
    };
    if cells.is_empty() && mapping.constant_fields.is_empty() {
        return Err(wrong("no column is left to be a field, and a point needs at least one".to_owned()));
    }
    let mut fields = Vec::with_capacity(cells.len());
    let mut agreements = Vec::new();
    for cell in cells {
        let key = column_key(mapping, &cell.name, "field", rules)?;
        let (kind, agreement) = field_type(mapping, &cell, types)?;
        agreements.extend(agreement);
        let null = match mapping.nulls.get(&cell.name) {
            None | Some(Null::Omit) => None,
            Some(Null::Reject) => Some(Box::new(OnNull::Reject)),
            Some(Null::Default(text)) => {
                let value = conversion::literal(text, kind).filter(|_| kind != FieldType::Text || text.len() <= rules.max_field_text_bytes);
                let value = value.ok_or_else(|| {
                    wrong(format!(
                        "the default of column `{}` is no value of type {}; give one that the field can hold",
                        cell.name,
                        kind.as_str()
                    ))
                })?;
                Some(Box::new(OnNull::Put(Piece::new(&[key.text(), &value].concat()))))
            }
        };
        let is_converted = kind != conversion::natural(mapping, cell.kind)
            || (cell.kind == ColumnType::Decimal && mapping.decimal == mapping::Decimal::Integer);
        fields.push(Keyed { cell, key, fixed: None, null, kind, is_converted });
    }
    Ok((fields, agreements))
}

/// The type of the field that a column becomes, and what there is to say of the server's.
fn field_type(mapping: &Mapping, cell: &Cell, types: &FieldTypes) -> Result<(FieldType, Option<Agreement>), Failure> {
    let natural = conversion::natural(mapping, cell.kind);
    let said = mapping.field_types.get(&cell.name).copied();
    let ours = said.unwrap_or(natural);
    if ours != natural && !conversion::is_possible(cell.kind, ours) {
        let remedy = match cell.kind {
            ColumnType::Date | ColumnType::Timestamp | ColumnType::Instant => "set `time_field`",
            _ => "cast it in the query",
        };
        let (name, kind, ours) = (&cell.name, cell.kind.as_str(), ours.as_str());
        return Err(wrong(format!("column `{name}` is of type {kind}, which cannot be a field of type {ours}; {remedy}")));
    }
    let column = Some((cell.name.as_str(), cell.kind));
    let agreement = conversion::agree(mapping.key(&cell.name), column, ours, said.is_some(), types);
    let kind = agreement.as_ref().and_then(|agreement| agreement.converted_to).unwrap_or(ours);
    Ok((kind, agreement))
}

fn constants(mapping: &Mapping, rules: &LineRules, types: &FieldTypes, agreements: &mut Vec<Agreement>) -> Result<Option<Piece>, Failure> {
    let mut text = Vec::new();
    for (name, constant) in &mapping.constant_fields {
        text.extend_from_slice(key_piece(name, "a constant", "field", rules)?.text());
        let value = conversion::constant(constant).ok_or_else(|| wrong(format!("constant field `{name}` is NaN or infinite")))?;
        if constant.kind() == FieldType::Text && value.len() > rules.max_field_text_bytes {
            return Err(wrong(format!(
                "constant field `{name}` takes {} bytes, the server accepts {}",
                value.len(),
                rules.max_field_text_bytes
            )));
        }
        text.extend_from_slice(&value);
        agreements.extend(conversion::agree(name, None, constant.kind(), true, types));
    }
    Ok((!text.is_empty()).then(|| Piece::new(&text)))
}

/// What the mapping says by column must be about a column that has the part it speaks of.
fn each_column_of_the_point(mapping: &Mapping, columns: &Columns, tags: &[Keyed], fields: &[Keyed]) -> Result<(), Failure> {
    let is_tag = |name: &str| tags.iter().any(|tag| tag.fixed.is_none() && tag.cell.name == name);
    let is_field = |name: &str| fields.iter().any(|field| field.cell.name == name);
    for name in mapping.renames.keys() {
        columns.named(name, "renames")?;
        if !is_tag(name) && !is_field(name) {
            return Err(wrong(format!("renames names column `{name}`, which is neither a tag nor a field; remove it there")));
        }
    }
    for name in mapping.field_types.keys() {
        columns.named(name, "field_types")?;
        if !is_field(name) {
            return Err(wrong(format!("field_types names column `{name}`, which is no field (a tag is always text); remove it there")));
        }
    }
    for (name, null) in &mapping.nulls {
        columns.named(name, "nulls")?;
        let is_time = mapping.time.as_ref().is_some_and(|time| time.column == *name);
        if is_time && *null != Null::Reject {
            return Err(wrong(format!("nulls names column `{name}`, which is the time: a row without it can only be rejected")));
        }
        if !is_tag(name) && !is_field(name) && !is_measurement_or_time(mapping, name) {
            return Err(wrong(format!("nulls names column `{name}`, which is no part of the point; remove it there")));
        }
    }
    Ok(())
}

/// Two tags of one name are refused by every server, of two fields one is lost, and a tag and a field of one name cannot be told apart.
fn each_key_once(mapping: &Mapping, tags: &[Keyed], fields: &[Keyed], rules: &LineRules) -> Result<(), Failure> {
    // By key: the column, or nothing for a constant.
    let mut of_tags: BTreeMap<&str, Option<&str>> = BTreeMap::new();
    for tag in tags {
        let name = tag.cell.name.as_str();
        let (key, column) = if tag.fixed.is_some() { (name, None) } else { (mapping.key(name), Some(name)) };
        if of_tags.insert(key, column).is_some() {
            return Err(wrong(format!("two tags are called `{key}`; give one another name in `renames`, or remove it")));
        }
    }
    let mut of_fields: BTreeSet<&str> = BTreeSet::new();
    let columns = fields.iter().map(|field| (mapping.key(&field.cell.name), Some(field.cell.name.as_str())));
    for (key, column) in columns.chain(mapping.constant_fields.keys().map(|key| (key.as_str(), None))) {
        if !of_fields.insert(key) {
            return Err(wrong(format!("two fields are called `{key}`; give one another name in `renames`, or remove it")));
        }
        match (of_tags.get(key), column) {
            (Some(Some(of)), Some(column)) if *of == column && rules.tag_and_field_may_share_a_name => {}
            (Some(Some(of)), Some(column)) if *of == column => {
                return Err(wrong(format!("column `{column}` cannot be a tag and a field: this server has one column per name")));
            }
            (Some(_), _) => {
                return Err(wrong(format!("a tag and a field are called `{key}`; give one another name in `renames`, or remove it")));
            }
            (None, _) => {}
        }
    }
    Ok(())
}

fn time_plan(time: Option<&TimeColumn>, columns: &Columns, slot: DateTime<Utc>) -> Result<TimePlan, Failure> {
    let Some(time) = time else {
        let nanoseconds = stored(slot.timestamp_nanos_opt()).map_err(|refusal| wrong(format!("the slot {refusal}")))?;
        return Ok(TimePlan::Fixed(nanoseconds));
    };
    let cell = columns.named(&time.column, "time")?;
    let reading = match (&time.pattern, time.format) {
        (Some(_), format) if format != TimeFormat::Native => {
            return Err(wrong("the time has a format and a pattern; remove one of them".to_owned()));
        }
        (Some(pattern), _) => {
            let read = TimeText::new(pattern).map_err(|fault| wrong(format!("the time's pattern `{pattern}` {fault}")))?;
            TimeReading::Pattern(read)
        }
        (None, TimeFormat::Native) => TimeReading::Native,
        (None, TimeFormat::UnixS) => TimeReading::Unix(9),
        (None, TimeFormat::UnixMs) => TimeReading::Unix(6),
        (None, TimeFormat::UnixUs) => TimeReading::Unix(3),
        (None, TimeFormat::UnixNs) => TimeReading::Unix(0),
    };
    use ColumnType as Type;
    let (name, kind) = (&cell.name, cell.kind.as_str());
    match (cell.kind, &reading) {
        (Type::Float, TimeReading::Unix(0)) => {
            let message = "column `{name}` is a float, which cannot tell nanoseconds since 1970 apart (its steps are 256 of them); cast it to an integer or a decimal";
            return Err(wrong(message.replace("{name}", name)));
        }
        (Type::Date | Type::Timestamp | Type::Instant | Type::Text, TimeReading::Native)
        | (Type::Integer | Type::Unsigned | Type::Float | Type::Decimal | Type::Text, TimeReading::Unix(_))
        | (Type::Integer | Type::Unsigned | Type::Text, TimeReading::Pattern(_)) => {}
        (Type::Integer | Type::Unsigned | Type::Float | Type::Decimal, TimeReading::Native) => {
            return Err(wrong(format!("column `{name}` is a number; set the time's format to unix_s, unix_ms, unix_us or unix_ns")));
        }
        (Type::Date | Type::Timestamp | Type::Instant, TimeReading::Unix(_)) => {
            return Err(wrong(format!("column `{name}` is of type {kind}, not a number; set the time's format to native")));
        }
        (Type::Date | Type::Timestamp | Type::Instant, TimeReading::Pattern(_)) => {
            return Err(wrong(format!("column `{name}` is of type {kind} and needs no pattern; remove it")));
        }
        (_, _) => return Err(wrong(format!("column `{name}` is of type {kind}, which cannot be a time"))),
    }
    let zone = time.zone.filter(|zone| *zone != chrono_tz::UTC).map(|zone| Zone::new(zone, time.repeated, time.skipped));
    Ok(TimePlan::Column { cell, reading, zone })
}
