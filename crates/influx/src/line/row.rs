//! One row becomes one line.

use arrow_array::RecordBatch;
use model::{ColumnType, FieldType, mapping};

use super::{
    buffer::{Line, NoRoom},
    cells::{Cells, Place, Values, boolean, bytes_of_text, put_bytes, text_bytes, unix},
    columns::Cell,
    conversion, escape,
    moment::{LineEnd, Zone, midnight, parse_iso, stored},
    number::{is_plain_decimal, nearest_double, put_float, put_integer, put_measured_float, put_unsigned, scaled},
    plan::{Keyed, MeasurementPlan, OnNull, Plan, TimePlan, TimeReading},
    refusal::{Refusal, excerpt},
    rules::LineRules,
};

/// Why a row did not become a line.
pub(super) enum Stop {
    /// The buffer must grow; then the row is written again.
    NoRoom,
    /// It is rejected, for this reason.
    Refused(Box<str>),
}

impl Stop {
    #[cold]
    fn new(part: &str, name: &str, refusal: &Refusal) -> Self {
        match refusal {
            Refusal::NoRoom => Self::NoRoom,
            refusal => Self::Refused(format!("{part} `{}` {refusal}", name.escape_debug()).into()),
        }
    }

    pub(super) fn into_reason(self) -> String {
        match self {
            Self::NoRoom => Refusal::NoRoom.to_string(),
            Self::Refused(reason) => reason.into(),
        }
    }
}

impl From<NoRoom> for Stop {
    #[cold]
    fn from(NoRoom: NoRoom) -> Self {
        Self::NoRoom
    }
}

/// Values that a policy left out or cut, of the current row.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Losses {
    pub(super) omitted: u64,
    pub(super) truncated: u64,
}

/// The columns of one record batch, in the roles of the plan.
pub(super) struct Bound<'a> {
    measurement: Option<Cells<'a>>,
    tags: Vec<Cells<'a>>,
    fields: Vec<Cells<'a>>,
    time: Option<Cells<'a>>,
}

impl<'a> Bound<'a> {
    /// # Errors
    /// A column has another type than the plan was made for.
    pub(super) fn new(plan: &'a Plan, rows: &'a RecordBatch) -> Result<Self, Stop> {
        let bind = |cell: &Cell, place| Cells::new(rows, cell, place).ok_or_else(|| Stop::new("column", &cell.name, &Refusal::TypeChanged));
        let bind_tag = |tag: &'a Keyed| match &tag.fixed {
            Some(text) => Ok(Cells::fixed(text)),
            None => bind(&tag.cell, Place::Tag),
        };
        let bind_field = |field: &Keyed| {
            let cells = bind(&field.cell, Place::Field)?;
            Ok::<_, Stop>(if field.is_converted { cells.converted(field.kind) } else { cells })
        };
        Ok(Self {
            measurement: match &plan.measurement {
                MeasurementPlan::Fixed(_) => None,
                MeasurementPlan::Column { cell, .. } => Some(bind(cell, Place::Tag)?),
            },
            tags: plan.tags.iter().map(bind_tag).collect::<Result<_, _>>()?,
            fields: plan.fields.iter().map(bind_field).collect::<Result<_, _>>()?,
            time: match &plan.time {
                TimePlan::Fixed(_) => None,
                TimePlan::Column { cell, .. } => Some(bind(cell, Place::Time)?),
            },
        })
    }
}

/// Writes rows as lines.
pub(super) struct RowWriter<'a> {
    pub(super) plan: &'a Plan,
    pub(super) rules: &'a LineRules,
    pub(super) bound: &'a Bound<'a>,
    pub(super) zone: Option<&'a mut Zone>,
    pub(super) end: &'a mut LineEnd,
    pub(super) losses: Losses,
}

impl RowWriter<'_> {
    /// Puts the line of a row and returns its length; `None` when it has no field.
    #[inline(always)]
    pub(super) fn put(&mut self, row: usize, mut line: Line<'_>) -> Result<Option<usize>, Stop> {
        self.put_series(row, &mut line)?;
        if line.len() > self.plan.most_series_bytes {
            line.aside(|line| self.shorten_series(row, line))?;
        }
        let series = line.len();
        self.put_fields(row, &mut line)?;
        if line.len() == series && !(self.plan.fields.is_empty() && self.plan.constants.is_some()) {
            return Ok(None);
        }
        if let Some(constants) = &self.plan.constants {
            line.put_piece(constants)?;
        }
        line.replace(series, b' ');
        self.put_end(row, &mut line)?;
        Ok(Some(line.len()))
    }

    #[inline(always)]
    fn put_series(&self, row: usize, line: &mut Line<'_>) -> Result<(), Stop> {
        self.put_measurement(row, line)?;
        for (tag, cells) in self.plan.tags.iter().zip(&self.bound.tags) {
            let start = line.len();
            if !cells.is_null(row) {
                cells.put_tag(row, tag, self.plan.bytes, self.rules, line).map_err(|refusal| Stop::new("tag", &tag.cell.name, &refusal))?;
            }
            if line.len() == start
                && let Some(null) = &tag.null
            {
                line.aside(|line| put_null(line, null)).map_err(|refusal| Stop::new("tag", &tag.cell.name, &refusal))?;
            }
        }
        Ok(())
    }

    #[inline(always)]
    fn put_measurement(&self, row: usize, line: &mut Line<'_>) -> Result<(), Stop> {
        match (&self.plan.measurement, &self.bound.measurement) {
            (MeasurementPlan::Column { cell, null }, Some(cells)) => {
                let put = match (cells.is_null(row), null) {
                    (true, None) => Err(Refusal::Missing),
                    (true, Some(piece)) => line.put_piece(piece).map_err(Refusal::from),
                    (false, _) => line.aside(|line| cells.put_measurement(row, cell.kind, self.plan.bytes, self.rules, line)),
                };
                put.map_err(|refusal| Stop::new("measurement", &cell.name, &refusal))
            }
            (MeasurementPlan::Fixed(piece), _) => Ok(line.put_piece(piece)?),
            (MeasurementPlan::Column { .. }, None) => unreachable!("a measurement column is bound with the others"),
        }
    }

    /// Measurement and tags take more bytes than the server accepts: cuts the longest text tag if the policy says so.
    #[cold]
    #[inline(never)]
    fn shorten_series(&mut self, row: usize, line: &mut Line<'_>) -> Result<(), Stop> {
        let (bytes, most) = (line.len(), self.plan.most_series_bytes);
        let tags = || self.plan.tags.iter().zip(&self.bound.tags).enumerate();
        let texts = tags().filter(|(_, (_, cells))| !cells.is_null(row));
        let longest = texts.filter_map(|(at, (tag, cells))| Some((at, tag, cells.text(row)?))).max_by_key(|(_, _, text)| text.len());
        let Some((longest, tag, text)) = longest else {
            return Err(Stop::Refused(format!("measurement and tags take {bytes} bytes, the server accepts {most}").into()));
        };
        let room = (escape::tag_value_bytes(text, self.rules) + most).saturating_sub(bytes);
        let short = escape::shorten_tag_value(text, room, self.rules);
        if self.plan.long_text == mapping::LongText::Reject || short.is_empty() {
            return Err(Stop::Refused(
                format!("measurement and tags take {bytes} bytes, the server accepts {most}; tag `{}` is the longest", tag.cell.name)
                    .into(),
            ));
        }
        line.cut(0);
        self.put_measurement(row, line)?;
        for (at, (tag, cells)) in tags() {
            let start = line.len();
            let mut put = if at == longest {
                line.put_piece(&tag.key)?;
                escape::put_tag_value(line, short.as_bytes(), self.rules)
            } else if cells.is_null(row) {
                Ok(())
            } else {
                cells.put_tag(row, tag, self.plan.bytes, self.rules, line)
            };
            if line.len() == start
                && let Some(null) = &tag.null
            {
                put = put.and_then(|()| put_null(line, null));
            }
            put.map_err(|refusal| Stop::new("tag", &tag.cell.name, &refusal))?;
        }
        self.losses.truncated += 1;
        Ok(())
    }

    #[inline(always)]
    fn put_fields(&mut self, row: usize, line: &mut Line<'_>) -> Result<(), Stop> {
        for (field, cells) in self.plan.fields.iter().zip(&self.bound.fields) {
            if cells.is_null(row) {
                if let Some(null) = &field.null {
                    line.aside(|line| put_null(line, null)).map_err(|refusal| Stop::new("field", &field.cell.name, &refusal))?;
                }
                continue;
            }
            let start = line.len();
            line.put_piece(&field.key)?;
            match &cells.values {
                Values::MeasuredFloat(values) if values[row].is_finite() => put_measured_float(line, values[row])?,
                Values::Float(values) if values[row].is_finite() => put_float(line, values[row])?,
                Values::Integer(values) => {
                    put_integer(line, values[row])?;
                    line.put_byte(b'i')?;
                }
                Values::Boolean(values) => line.put(boolean(values.value(row)))?,
                _ => match line.aside(|line| self.put_other_field(row, cells, field.cell.kind, line)) {
                    Ok(true) => {}
                    Ok(false) => line.cut(start),
                    Err(refusal) => return Err(Stop::new("field", &field.cell.name, &refusal)),
                },
            }
        }
        Ok(())
    }

    /// Puts the value of a field that is text, or whose form a policy decides; `false` when it decides to leave the field out.
    #[inline(never)]
    fn put_other_field(&mut self, row: usize, cells: &Cells<'_>, kind: ColumnType, line: &mut Line<'_>) -> Result<bool, Refusal> {
        match &cells.values {
            Values::Text(texts) if kind == ColumnType::Decimal && self.plan.decimal == mapping::Decimal::Float => {
                let text = texts.bytes(row);
                if is_plain_decimal(text) {
                    line.put(text)?;
                    return Ok(true);
                }
                return self.put_any_float(nearest_double(text)?, line);
            }
            Values::Text(texts) => {
                if !texts.put_quoted(row, self.rules.max_field_text_bytes, line)? {
                    self.put_cut_text(cells.text(row).unwrap_or_default(), line)?;
                }
            }
            Values::Float(values) | Values::MeasuredFloat(values) => return self.put_any_float(values[row], line),
            Values::Unsigned(values) => self.put_unsigned(values[row], line)?,
            Values::Bytes(values) => self.put_bytes(values.value(row), line)?,
            Values::Date(_) | Values::Moment(_) => match self.plan.time_field {
                mapping::TimeField::Text => cells.put_quoted_canonical(row, kind, self.plan.bytes, line)?,
                unit => {
                    put_integer(line, unix(&cells.values, row, unit).ok_or(Refusal::TimeOutOfRange)?)?;
                    line.put_byte(b'i')?;
                }
            },
            Values::Converted(values, FieldType::Text) => self.put_as_text(row, cells, values, kind, line)?,
            Values::Converted(values, to) => {
                if let Some(float) = conversion::put(values, row, *to, line)? {
                    return self.put_any_float(float, line);
                }
            }
            Values::Boolean(_) | Values::Integer(_) | Values::Fixed(_) => unreachable!("put_fields puts these"),
        }
        Ok(true)
    }

    /// Puts a value that is no text as one.
    fn put_as_text(
        &mut self,
        row: usize,
        cells: &Cells<'_>,
        values: &Values<'_>,
        kind: ColumnType,
        line: &mut Line<'_>,
    ) -> Result<(), Refusal> {
        match values {
            Values::Text(texts) => {
                if !texts.put_quoted(row, self.rules.max_field_text_bytes, line)? {
                    self.put_cut_text(texts.text(row), line)?;
                }
            }
            _ => cells.put_quoted_canonical(row, kind, self.plan.bytes, line)?,
        }
        Ok(())
    }

    fn put_any_float(&mut self, value: f64, line: &mut Line<'_>) -> Result<bool, Refusal> {
        if value.is_finite() {
            put_float(line, value)?;
            return Ok(true);
        }
        match self.plan.not_a_number {
            mapping::NotANumber::Omit => {
                self.losses.omitted += 1;
                Ok(false)
            }
            mapping::NotANumber::Reject => Err(Refusal::NotFinite),
        }
    }

    fn put_unsigned(&self, value: u64, line: &mut Line<'_>) -> Result<(), Refusal> {
        match self.plan.unsigned {
            mapping::Unsigned::Integer if i64::try_from(value).is_err() => return Err(Refusal::UnsignedTooLarge(value)),
            mapping::Unsigned::Integer => {
                put_unsigned(line, value)?;
                line.put_byte(b'i')?;
            }
            mapping::Unsigned::Unsigned => {
                put_unsigned(line, value)?;
                line.put_byte(b'u')?;
            }
            mapping::Unsigned::Float => put_float(line, value as f64)?,
            mapping::Unsigned::Text => {
                line.put_byte(b'"')?;
                put_unsigned(line, value)?;
                line.put_byte(b'"')?;
            }
        }
        Ok(())
    }

    fn put_bytes(&mut self, mut bytes: &[u8], line: &mut Line<'_>) -> Result<(), Refusal> {
        let form = self.plan.bytes;
        let most = self.rules.max_field_text_bytes;
        let needed = text_bytes(bytes.len(), form);
        if needed > most {
            self.cut(needed, most)?;
            bytes = &bytes[..bytes_of_text(most, form)];
        }
        line.put_byte(b'"')?;
        put_bytes(line, bytes, form)?;
        Ok(line.put_byte(b'"')?)
    }

    fn put_cut_text(&mut self, text: &str, line: &mut Line<'_>) -> Result<(), Refusal> {
        let most = self.rules.max_field_text_bytes;
        self.cut(text.len(), most)?;
        line.put_byte(b'"')?;
        escape::put_string(line, &text.as_bytes()[..text.floor_char_boundary(most)])?;
        Ok(line.put_byte(b'"')?)
    }

    /// Whether a text that is too long may be cut; counts it.
    fn cut(&mut self, bytes: usize, most: usize) -> Result<(), Refusal> {
        match self.plan.long_text {
            mapping::LongText::Reject => Err(Refusal::TooLong { bytes, most }),
            mapping::LongText::Truncate => {
                self.losses.truncated += 1;
                Ok(())
            }
        }
    }

    #[inline(always)]
    fn put_end(&mut self, row: usize, line: &mut Line<'_>) -> Result<(), Stop> {
        let nanoseconds = match (&self.plan.time, &self.bound.time) {
            (TimePlan::Column { cell, reading, .. }, Some(cells)) => {
                let time = match (&cells.values, &mut self.zone) {
                    _ if cells.is_null(row) => Err(Refusal::Missing),
                    (Values::Moment(values), None) => stored(values[row].checked_mul(1000)),
                    (Values::Moment(values), Some(_)) if cell.kind == ColumnType::Instant => stored(values[row].checked_mul(1000)),
                    (values, zone) => time(values, row, reading, zone.as_deref_mut()),
                };
                time.map_err(|refusal| Stop::new("time", &cell.name, &refusal))?
            }
            (TimePlan::Fixed(nanoseconds), _) => *nanoseconds,
            (TimePlan::Column { .. }, None) => unreachable!("a time column is bound with the others"),
        };
        Ok(self.end.put(line, nanoseconds)?)
    }
}

/// Puts what stands for a NULL.
#[cold]
#[inline(never)]
fn put_null(line: &mut Line<'_>, null: &OnNull) -> Result<(), Refusal> {
    match null {
        OnNull::Reject => Err(Refusal::Missing),
        OnNull::Put(piece) => Ok(line.put_piece(piece)?),
    }
}

/// The nanoseconds of a time that takes some reading.
#[inline(never)]
fn time(values: &Values<'_>, row: usize, reading: &TimeReading, zone: Option<&mut Zone>) -> Result<i64, Refusal> {
    match (values, reading) {
        (Values::Moment(values), _) => local(Some(values[row]), zone),
        (Values::Date(values), _) => local(midnight(values[row]), zone),
        (Values::Text(texts), TimeReading::Native) => parse_iso(texts.bytes(row), zone),
        (Values::Text(texts), TimeReading::Pattern(pattern)) => pattern.read(texts.bytes(row), zone),
        (Values::Integer(values), TimeReading::Pattern(pattern)) => pattern.read(values[row].to_string().as_bytes(), zone),
        (Values::Unsigned(values), TimeReading::Pattern(pattern)) => pattern.read(values[row].to_string().as_bytes(), zone),
        (Values::Text(texts), TimeReading::Unix(scale)) => unix_text(texts.bytes(row), *scale),
        (Values::Integer(values), TimeReading::Unix(scale)) => {
            stored(10_i64.checked_pow(*scale).and_then(|unit| values[row].checked_mul(unit)))
        }
        (Values::Unsigned(values), TimeReading::Unix(scale)) => {
            stored(10_i64.checked_pow(*scale).and_then(|unit| i64::try_from(values[row]).ok()?.checked_mul(unit)))
        }
        // The shortest text of a float is what a person meant by it: 1700000000.123 s is that many milliseconds exactly.
        (Values::Float(values) | Values::MeasuredFloat(values), TimeReading::Unix(scale)) if values[row].is_finite() => {
            unix_text(zmij::Buffer::new().format_finite(values[row]).as_bytes(), *scale)
        }
        (Values::Float(values) | Values::MeasuredFloat(values), _) => Err(Refusal::NotATime(values[row].to_string())),
        (
            Values::Boolean(_) | Values::Bytes(_) | Values::Integer(_) | Values::Unsigned(_) | Values::Fixed(_) | Values::Converted(..),
            _,
        ) => {
            unreachable!("the plan takes no such column as a time")
        }
    }
}

/// The nanoseconds of microseconds of a zone; without one they are of UTC.
fn local(microseconds: Option<i64>, zone: Option<&mut Zone>) -> Result<i64, Refusal> {
    let microseconds = microseconds.ok_or(Refusal::TimeOutOfRange)?;
    let instant = match zone {
        Some(zone) => zone.instant(microseconds)?,
        None => microseconds,
    };
    stored(instant.checked_mul(1000))
}

fn unix_text(text: &[u8], scale: u32) -> Result<i64, Refusal> {
    match scaled(text, i32::try_from(scale).unwrap_or_default()) {
        Some(nanoseconds) => stored(nanoseconds),
        None => Err(Refusal::NotATime(excerpt(text))),
    }
}
