//! One row becomes one line.

use arrow_array::RecordBatch;
use model::{ColumnType, mapping};

use super::{
    buffer::Buffer,
    cells::{Cells, Place, Values, bytes_of_text, put_bytes, text_bytes, unix},
    escape,
    moment::{LineEnd, Zone, midnight, parse_iso, stored},
    number::{is_plain_decimal, nearest_double, put_float, put_integer, put_unsigned, scaled},
    plan::{Cell, MeasurementPlan, Plan, TimePlan},
    refusal::{Refusal, excerpt},
    rules::LineRules,
};

/// What became of a row that is not rejected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Line,
    /// It has no field: nothing was put.
    NoField,
}

/// Why a row is rejected.
pub(super) struct Refused(String);

impl Refused {
    #[cold]
    pub(super) fn new(part: &str, name: &str, refusal: &Refusal) -> Box<Self> {
        Box::new(Self(format!("{part} `{}` {refusal}", name.escape_debug())))
    }

    pub(super) fn into_reason(self) -> String {
        self.0
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
    pub(super) fn new(plan: &Plan, rows: &'a RecordBatch) -> Result<Self, Box<Refused>> {
        let bind =
            |cell: &Cell, place| Cells::new(rows, cell, place).ok_or_else(|| Refused::new("column", &cell.name, &Refusal::TypeChanged));
        Ok(Self {
            measurement: match &plan.measurement {
                MeasurementPlan::Fixed(_) => None,
                MeasurementPlan::Column(cell) => Some(bind(cell, Place::Tag)?),
            },
            tags: plan.tags.iter().map(|tag| bind(&tag.cell, Place::Tag)).collect::<Result<_, _>>()?,
            fields: plan.fields.iter().map(|field| bind(&field.cell, Place::Field)).collect::<Result<_, _>>()?,
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
    /// Puts the line of a row. When the row is refused or has no field, what was put is to be cut off again.
    #[inline(always)]
    pub(super) fn put(&mut self, row: usize, buffer: &mut Buffer) -> Result<Outcome, Box<Refused>> {
        let start = buffer.end();
        self.put_series(row, buffer)?;
        if buffer.end() - start > self.plan.most_series_bytes {
            self.shorten_series(row, start, buffer)?;
        }
        let fields = buffer.end();
        self.put_fields(row, buffer)?;
        if buffer.end() == fields {
            return Ok(Outcome::NoField);
        }
        buffer.replace(fields, b' ');
        self.put_end(row, buffer)?;
        Ok(Outcome::Line)
    }

    #[inline(always)]
    fn put_series(&self, row: usize, buffer: &mut Buffer) -> Result<(), Box<Refused>> {
        self.put_measurement(row, buffer)?;
        for (tag, cells) in self.plan.tags.iter().zip(&self.bound.tags) {
            if !cells.is_null(row)
                && let Err(refusal) = cells.put_tag(row, &tag.key, tag.cell.kind, self.plan.bytes, self.rules, buffer)
            {
                return Err(Refused::new("tag", &tag.cell.name, &refusal));
            }
        }
        Ok(())
    }

    #[inline(always)]
    fn put_measurement(&self, row: usize, buffer: &mut Buffer) -> Result<(), Box<Refused>> {
        match (&self.plan.measurement, &self.bound.measurement) {
            (MeasurementPlan::Column(cell), Some(cells)) => {
                let put = if cells.is_null(row) {
                    Err(Refusal::Missing)
                } else {
                    cells.put_measurement(row, cell.kind, self.plan.bytes, self.rules, buffer)
                };
                put.map_err(|refusal| Refused::new("measurement", &cell.name, &refusal))
            }
            (MeasurementPlan::Fixed(piece), _) => {
                buffer.put_piece(piece);
                Ok(())
            }
            (MeasurementPlan::Column(_), None) => unreachable!("a measurement column is bound with the others"),
        }
    }

    /// The measurement and tags at `start` take more bytes than the server accepts: cuts the longest text tag if the policy says so.
    #[cold]
    #[inline(never)]
    fn shorten_series(&mut self, row: usize, start: usize, buffer: &mut Buffer) -> Result<(), Box<Refused>> {
        let most = self.plan.most_series_bytes;
        let bytes = buffer.end() - start;
        let texts = self.plan.tags.iter().zip(&self.bound.tags).enumerate();
        let longest = texts
            .filter(|(_, (_, cells))| !cells.is_null(row))
            .filter_map(|(at, (tag, cells))| Some((at, tag, cells.text(row)?)))
            .max_by_key(|(_, _, text)| text.len());
        let Some((longest, tag, text)) = longest else {
            return Err(Box::new(Refused(format!("measurement and tags take {bytes} bytes, the server accepts {most}"))));
        };
        let too_long = || Refused::new("tag", &tag.cell.name, &Refusal::TooLong { bytes, most });
        if self.plan.long_text == mapping::LongText::Reject {
            return Err(too_long());
        }
        let mut alone = Buffer::new(text.len());
        escape::put_tag_value(&mut alone, text.as_bytes(), self.rules).map_err(|_| too_long())?;
        let short = match (alone.end() + most).checked_sub(bytes) {
            Some(room) => escape::shorten_tag_value(text, room, self.rules),
            None => "",
        };
        if short.is_empty() {
            return Err(too_long());
        }
        buffer.cut(start);
        self.put_measurement(row, buffer)?;
        for (at, (tag, cells)) in self.plan.tags.iter().zip(&self.bound.tags).enumerate() {
            if cells.is_null(row) {
                continue;
            }
            let put = if at == longest {
                buffer.put_piece(&tag.key);
                escape::put_tag_value(buffer, short.as_bytes(), self.rules)
            } else {
                cells.put_tag(row, &tag.key, tag.cell.kind, self.plan.bytes, self.rules, buffer)
            };
            put.map_err(|refusal| Refused::new("tag", &tag.cell.name, &refusal))?;
        }
        self.losses.truncated += 1;
        Ok(())
    }

    #[inline(always)]
    fn put_fields(&mut self, row: usize, buffer: &mut Buffer) -> Result<(), Box<Refused>> {
        for (field, cells) in self.plan.fields.iter().zip(&self.bound.fields) {
            if cells.is_null(row) {
                continue;
            }
            match &cells.values {
                Values::Float(values) if values[row].is_finite() => {
                    buffer.put_piece(&field.key);
                    put_float(buffer, values[row]);
                }
                Values::Integer(values) => {
                    buffer.put_piece(&field.key);
                    put_integer(buffer, values[row]);
                    buffer.put_byte(b'i');
                }
                Values::Boolean(values) => {
                    buffer.put_piece(&field.key);
                    buffer.put(if values.value(row) { b"true" } else { b"false" });
                }
                _ => {
                    let start = buffer.end();
                    buffer.put_piece(&field.key);
                    match self.put_other_field(row, cells, field.cell.kind, buffer) {
                        Ok(true) => {}
                        Ok(false) => buffer.cut(start),
                        Err(refusal) => return Err(Refused::new("field", &field.cell.name, &refusal)),
                    }
                }
            }
        }
        Ok(())
    }

    /// Puts the value of a field whose form a policy decides; `false` when it decides to leave the field out.
    #[inline(never)]
    fn put_other_field(&mut self, row: usize, cells: &Cells<'_>, kind: ColumnType, buffer: &mut Buffer) -> Result<bool, Refusal> {
        match &cells.values {
            Values::Text(texts) if kind == ColumnType::Decimal && self.plan.decimal == mapping::Decimal::Float => {
                let text = texts.bytes(row);
                if is_plain_decimal(text) {
                    buffer.put(text);
                    return Ok(true);
                }
                return self.put_any_float(nearest_double(text)?, buffer);
            }
            Values::Text(texts) => {
                if !Cells::put_quoted(texts, row, self.rules.max_field_text_bytes, buffer) {
                    self.put_cut_text(cells.text(row).unwrap_or_default(), buffer)?;
                }
            }
            // NaN and the infinities: every other float was put before.
            Values::Float(values) => return self.put_any_float(values[row], buffer),
            Values::Unsigned(values) => self.put_unsigned(values[row], buffer)?,
            Values::Bytes(values) => self.put_bytes(values.value(row), buffer)?,
            Values::Date(_) | Values::Moment(_) => match self.plan.time_field {
                mapping::TimeField::Text => cells.put_quoted_canonical(row, kind, self.plan.bytes, buffer),
                unit => {
                    put_integer(buffer, unix(&cells.values, row, unit).ok_or(Refusal::TimeOutOfRange)?);
                    buffer.put_byte(b'i');
                }
            },
            Values::Boolean(_) | Values::Integer(_) => unreachable!("these were put before"),
        }
        Ok(true)
    }

    fn put_any_float(&mut self, value: f64, buffer: &mut Buffer) -> Result<bool, Refusal> {
        if value.is_finite() {
            put_float(buffer, value);
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

    fn put_unsigned(&self, value: u64, buffer: &mut Buffer) -> Result<(), Refusal> {
        match self.plan.unsigned {
            mapping::Unsigned::Integer if i64::try_from(value).is_err() => return Err(Refusal::UnsignedTooLarge(value)),
            mapping::Unsigned::Integer => {
                put_unsigned(buffer, value);
                buffer.put_byte(b'i');
            }
            mapping::Unsigned::Unsigned => {
                put_unsigned(buffer, value);
                buffer.put_byte(b'u');
            }
            mapping::Unsigned::Float => put_float(buffer, value as f64),
            mapping::Unsigned::Text => {
                buffer.put_byte(b'"');
                put_unsigned(buffer, value);
                buffer.put_byte(b'"');
            }
        }
        Ok(())
    }

    fn put_bytes(&mut self, mut bytes: &[u8], buffer: &mut Buffer) -> Result<(), Refusal> {
        let form = self.plan.bytes;
        let most = self.rules.max_field_text_bytes;
        let needed = text_bytes(bytes.len(), form);
        if needed > most {
            self.cut(needed, most)?;
            bytes = &bytes[..bytes_of_text(most, form)];
        }
        buffer.put_byte(b'"');
        put_bytes(buffer, bytes, form);
        buffer.put_byte(b'"');
        Ok(())
    }

    fn put_cut_text(&mut self, text: &str, buffer: &mut Buffer) -> Result<(), Refusal> {
        let most = self.rules.max_field_text_bytes;
        self.cut(text.len(), most)?;
        buffer.put_byte(b'"');
        escape::put_string(buffer, &text.as_bytes()[..text.floor_char_boundary(most)]);
        buffer.put_byte(b'"');
        Ok(())
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
    fn put_end(&mut self, row: usize, buffer: &mut Buffer) -> Result<(), Box<Refused>> {
        let nanoseconds = match (&self.plan.time, &self.bound.time) {
            (TimePlan::Column { cell, unix_scale, .. }, Some(cells)) => {
                let time = if cells.is_null(row) {
                    Err(Refusal::Missing)
                } else {
                    match (&cells.values, &mut self.zone) {
                        (Values::Moment(values), None) => stored(values[row].checked_mul(1000)),
                        (Values::Moment(values), Some(_)) if cell.kind == ColumnType::Instant => stored(values[row].checked_mul(1000)),
                        (values, zone) => time(values, row, *unix_scale, zone.as_deref_mut()),
                    }
                };
                time.map_err(|refusal| Refused::new("time", &cell.name, &refusal))?
            }
            (TimePlan::Fixed(nanoseconds), _) => *nanoseconds,
            (TimePlan::Column { .. }, None) => unreachable!("a time column is bound with the others"),
        };
        self.end.put(buffer, nanoseconds);
        Ok(())
    }
}

/// The nanoseconds of a time that takes some reading.
#[inline(never)]
fn time(values: &Values<'_>, row: usize, unix_scale: Option<u32>, zone: Option<&mut Zone>) -> Result<i64, Refusal> {
    match (values, unix_scale) {
        (Values::Moment(values), _) => local(Some(values[row]), zone),
        (Values::Date(values), _) => local(midnight(values[row]), zone),
        (Values::Text(texts), None) => parse_iso(texts.bytes(row), zone),
        (Values::Text(texts), Some(scale)) => unix_text(texts.bytes(row), scale),
        (Values::Integer(values), Some(scale)) => stored(10_i64.checked_pow(scale).and_then(|unit| values[row].checked_mul(unit))),
        (Values::Unsigned(values), Some(scale)) => {
            stored(10_i64.checked_pow(scale).and_then(|unit| i64::try_from(values[row]).ok()?.checked_mul(unit)))
        }
        // The shortest text of a float is what a person meant by it: 1700000000.123 s is that many milliseconds exactly.
        (Values::Float(values), Some(scale)) if values[row].is_finite() => {
            unix_text(zmij::Buffer::new().format_finite(values[row]).as_bytes(), scale)
        }
        (Values::Float(values), _) => Err(Refusal::NotATime(values[row].to_string())),
        (Values::Boolean(_) | Values::Bytes(_) | Values::Integer(_) | Values::Unsigned(_), _) => {
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
