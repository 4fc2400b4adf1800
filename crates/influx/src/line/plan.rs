//! The plan: a mapping resolved against a schema, once, before the first row.

use std::collections::HashSet;

use arrow_schema::{DataType, Schema, TimeUnit};
use chrono::{DateTime, Utc};
use model::{Column, ColumnType, Failure, FailureKind, Fields, Mapping, Measurement, TimeColumn, TimeFormat, mapping};
use serde::Serialize;

use super::{
    buffer::{Line, Piece},
    escape,
    moment::{Zone, stored},
    refusal::Refusal,
    rules::LineRules,
};

/// What one column of a result becomes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ColumnUse {
    /// The column's name.
    pub column: String,
    /// What it becomes.
    pub role: Role,
    /// The type of the field, when it becomes one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field_type: Option<FieldType>,
}

/// What a column becomes. A column may have several roles.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// The point's measurement.
    Measurement,
    /// A tag of its name.
    Tag,
    /// A field of its name.
    Field,
    /// The point's time.
    Time,
    /// Nothing: no part of the mapping names it.
    Unused,
}

/// The type of a field in InfluxDB, by InfluxQL's names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldType {
    /// A double.
    Float,
    /// A signed integer of 64 bits.
    Integer,
    /// An unsigned integer of 64 bits.
    Unsigned,
    /// Text.
    String,
    /// True or false.
    Boolean,
}

/// Tells what each column becomes, in the order measurement, tags, fields, time, unused.
///
/// # Errors
/// As [`super::shaper`].
pub fn describe(mapping: &Mapping, schema: &Schema, rules: &LineRules) -> Result<Vec<ColumnUse>, Failure> {
    let plan = Plan::new(mapping, schema, DateTime::UNIX_EPOCH, rules)?;
    let mut uses = Vec::new();
    let mut tell = |cell: &Cell, role, field_type| uses.push(ColumnUse { column: cell.name.clone(), role, field_type });
    if let MeasurementPlan::Column(cell) = &plan.measurement {
        tell(cell, Role::Measurement, None);
    }
    for tag in &plan.tags {
        tell(&tag.cell, Role::Tag, None);
    }
    for field in &plan.fields {
        tell(&field.cell, Role::Field, Some(plan.field_type(field.cell.kind)));
    }
    if let TimePlan::Column { cell, .. } = &plan.time {
        tell(cell, Role::Time, None);
    }
    for field in schema.fields() {
        if !uses.iter().any(|used| used.column == *field.name()) {
            uses.push(ColumnUse { column: field.name().clone(), role: Role::Unused, field_type: None });
        }
    }
    Ok(uses)
}

/// A column of the result that takes part.
#[derive(Clone, Debug)]
pub(super) struct Cell {
    pub(super) name: String,
    pub(super) index: usize,
    pub(super) kind: ColumnType,
}

/// A tag or field: where its value comes from, and `,key=`.
#[derive(Clone, Debug)]
pub(super) struct Keyed {
    pub(super) cell: Cell,
    pub(super) key: Piece,
}

#[derive(Debug)]
pub(super) enum MeasurementPlan {
    Fixed(Piece),
    Column(Cell),
}

#[derive(Debug)]
pub(super) enum TimePlan {
    /// Every point has this time, in nanoseconds.
    Fixed(i64),
    Column {
        cell: Cell,
        /// For numbers: nanoseconds per unit as a power of ten. `None` reads dates, times and ISO 8601 text.
        unix_scale: Option<u32>,
        zone: Option<Zone>,
    },
}

/// A mapping resolved against a schema.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) measurement: MeasurementPlan,
    /// In bytewise order of their keys, as InfluxDB stores them.
    pub(super) tags: Vec<Keyed>,
    pub(super) fields: Vec<Keyed>,
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
    pub(super) fn new(mapping: &Mapping, schema: &Schema, slot: DateTime<Utc>, rules: &LineRules) -> Result<Self, Failure> {
        let columns = Columns::new(schema)?;
        let measurement = match &mapping.measurement {
            Measurement::Name(name) => MeasurementPlan::Fixed(measurement_piece(name, rules)?),
            Measurement::Column(name) => MeasurementPlan::Column(columns.named(name, "measurement")?),
        };
        let mut tags = Vec::with_capacity(mapping.tags.len());
        each_once(&mapping.tags, "tags")?;
        for name in &mapping.tags {
            tags.push(keyed(columns.named(name, "tags")?, "tag", rules)?);
        }
        tags.sort_by(|one, other| one.cell.name.as_bytes().cmp(other.cell.name.as_bytes()));
        let time = time_plan(mapping.time.as_ref(), &columns, slot)?;
        if let Some(time) = &mapping.time
            && mapping.tags.contains(&time.column)
        {
            return Err(wrong(format!("column `{}` cannot be a tag and the time of its point; remove it from tags", time.column)));
        }
        let fields = fields(mapping, &columns, rules)?;
        let longest_field_key = fields.iter().map(|field| field.key.text().len() - 2).max().unwrap_or_default();
        Ok(Self {
            measurement,
            tags,
            fields,
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
        })
    }

    /// What a column of this type is as a field.
    pub(super) const fn field_type(&self, kind: ColumnType) -> FieldType {
        use mapping::{Decimal, TimeField, Unsigned};
        match kind {
            ColumnType::Boolean => FieldType::Boolean,
            ColumnType::Integer => FieldType::Integer,
            ColumnType::Unsigned => match self.unsigned {
                Unsigned::Integer => FieldType::Integer,
                Unsigned::Unsigned => FieldType::Unsigned,
                Unsigned::Float => FieldType::Float,
                Unsigned::Text => FieldType::String,
            },
            ColumnType::Float => FieldType::Float,
            ColumnType::Decimal => match self.decimal {
                Decimal::Float => FieldType::Float,
                Decimal::Text => FieldType::String,
            },
            ColumnType::Date | ColumnType::Timestamp | ColumnType::Instant => match self.time_field {
                TimeField::Text => FieldType::String,
                TimeField::UnixS | TimeField::UnixMs | TimeField::UnixNs => FieldType::Integer,
            },
            ColumnType::Text | ColumnType::Bytes | ColumnType::Time | ColumnType::Uuid | ColumnType::Json => FieldType::String,
        }
    }
}

fn wrong(message: String) -> Failure {
    Failure::new(FailureKind::Mapping, message)
}

fn measurement_piece(name: &str, rules: &LineRules) -> Result<Piece, Failure> {
    let mut room = vec![0; name.len() * 2 + 64];
    let mut line = Line::new(&mut room);
    escape::put_measurement(&mut line, name.as_bytes(), rules).map_err(|refusal| wrong(format!("measurement `{name}` {refusal}")))?;
    Ok(Piece::new(line.since(0)))
}

fn keyed(cell: Cell, part: &str, rules: &LineRules) -> Result<Keyed, Failure> {
    let name = &cell.name;
    if rules.reserved_names.contains(&name.as_str()) {
        return Err(wrong(format!(
            "column `{name}` cannot be a {part}, InfluxDB keeps that name for itself; rename it in the query with AS"
        )));
    }
    let key = escape::key(name).map_err(|refusal| match refusal {
        Refusal::Empty => wrong(format!("a column without a name cannot be a {part}; name it in the query with AS")),
        refusal => {
            wrong(format!("column `{}` cannot be a {part}: its name {refusal}; rename it in the query with AS", name.escape_debug()))
        }
    })?;
    let key = Piece::new(format!(",{key}=").as_bytes());
    Ok(Keyed { cell, key })
}

fn fields(mapping: &Mapping, columns: &Columns, rules: &LineRules) -> Result<Vec<Keyed>, Failure> {
    let cells = match &mapping.fields {
        Fields::Columns(names) => {
            each_once(names, "fields")?;
            names.iter().map(|name| columns.named(name, "fields")).collect::<Result<Vec<_>, _>>()?
        }
        Fields::Rest => {
            let measurement = match &mapping.measurement {
                Measurement::Column(name) => Some(name),
                Measurement::Name(_) => None,
            };
            let time = mapping.time.as_ref().map(|time| &time.column);
            let taken = |name: &String| mapping.tags.contains(name) || Some(name) == measurement || Some(name) == time;
            columns.cells.iter().filter(|cell| !taken(&cell.name)).cloned().collect()
        }
    };
    if cells.is_empty() {
        return Err(wrong("no column is left to be a field, and a point needs at least one".to_owned()));
    }
    if !rules.tag_and_field_may_share_a_name
        && let Some(both) = cells.iter().find(|cell| mapping.tags.contains(&cell.name))
    {
        return Err(wrong(format!("column `{}` cannot be a tag and a field: this server has one column per name", both.name)));
    }
    cells.into_iter().map(|cell| keyed(cell, "field", rules)).collect()
}

fn time_plan(time: Option<&TimeColumn>, columns: &Columns, slot: DateTime<Utc>) -> Result<TimePlan, Failure> {
    let Some(time) = time else {
        let nanoseconds = stored(slot.timestamp_nanos_opt()).map_err(|refusal| wrong(format!("the slot {refusal}")))?;
        return Ok(TimePlan::Fixed(nanoseconds));
    };
    let cell = columns.named(&time.column, "time")?;
    let unix_scale = match time.format {
        TimeFormat::Native => None,
        TimeFormat::UnixS => Some(9),
        TimeFormat::UnixMs => Some(6),
        TimeFormat::UnixUs => Some(3),
        TimeFormat::UnixNs => Some(0),
    };
    let name = &cell.name;
    match (cell.kind, unix_scale) {
        (ColumnType::Date | ColumnType::Timestamp | ColumnType::Instant | ColumnType::Text, None)
        | (ColumnType::Integer | ColumnType::Unsigned | ColumnType::Float | ColumnType::Decimal | ColumnType::Text, Some(_)) => {}
        (ColumnType::Integer | ColumnType::Unsigned | ColumnType::Float | ColumnType::Decimal, None) => {
            return Err(wrong(format!("column `{name}` is a number; set the time's format to unix_s, unix_ms, unix_us or unix_ns")));
        }
        (ColumnType::Date | ColumnType::Timestamp | ColumnType::Instant, Some(_)) => {
            return Err(wrong(format!("column `{name}` is of type {}, not a number; set the time's format to native", cell.kind.as_str())));
        }
        (kind, _) => return Err(wrong(format!("column `{name}` is of type {}, which cannot be a time", kind.as_str()))),
    }
    Ok(TimePlan::Column { cell, unix_scale, zone: time.zone.filter(|zone| *zone != chrono_tz::UTC).map(Zone::new) })
}

fn each_once(names: &[String], part: &str) -> Result<(), Failure> {
    let mut seen = HashSet::new();
    match names.iter().find(|name| !seen.insert(*name)) {
        Some(name) => Err(wrong(format!("{part} names column `{name}` twice"))),
        None => Ok(()),
    }
}

/// The columns of a result.
struct Columns {
    cells: Vec<Cell>,
}

impl Columns {
    fn new(schema: &Schema) -> Result<Self, Failure> {
        let mut cells: Vec<Cell> = Vec::with_capacity(schema.fields().len());
        let mut seen = HashSet::new();
        for (index, field) in schema.fields().iter().enumerate() {
            let name = field.name();
            if !seen.insert(name) {
                return Err(wrong(format!("the result has two columns `{name}`; rename one in the query with AS")));
            }
            let declared = Column::from_field(field).map(|column| column.kind).filter(|kind| kind.arrow() == *field.data_type());
            let kind = declared
                .or_else(|| kind_of(field.data_type()))
                .ok_or_else(|| wrong(format!("column `{name}` is of type {}, which has no place in a point", field.data_type())))?;
            cells.push(Cell { name: name.clone(), index, kind });
        }
        Ok(Self { cells })
    }

    fn named(&self, name: &str, part: &str) -> Result<Cell, Failure> {
        self.cells.iter().find(|cell| cell.name == name).cloned().ok_or_else(|| {
            let there = self.cells.iter().map(|cell| format!("`{}`", cell.name)).collect::<Vec<_>>().join(", ");
            wrong(format!("{part} names column `{name}`, which the result does not have; it has {there}"))
        })
    }
}

/// The type of a column whose field does not say it.
const fn kind_of(arrow: &DataType) -> Option<ColumnType> {
    match arrow {
        DataType::Boolean => Some(ColumnType::Boolean),
        DataType::Int64 => Some(ColumnType::Integer),
        DataType::UInt64 => Some(ColumnType::Unsigned),
        DataType::Float64 => Some(ColumnType::Float),
        DataType::Utf8 => Some(ColumnType::Text),
        DataType::Binary => Some(ColumnType::Bytes),
        DataType::Date32 => Some(ColumnType::Date),
        DataType::Timestamp(TimeUnit::Microsecond, None) => Some(ColumnType::Timestamp),
        DataType::Timestamp(TimeUnit::Microsecond, Some(_)) => Some(ColumnType::Instant),
        _ => None,
    }
}
