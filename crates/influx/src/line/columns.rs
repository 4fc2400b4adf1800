//! The columns of a result, and what the names and patterns of a mapping mean among them.

use std::collections::HashSet;

use arrow_schema::{DataType, Schema, TimeUnit};
use model::{Column, ColumnType, Failure, FailureKind, mapping::Pattern};

/// A column of the result that takes part.
#[derive(Clone, Debug)]
pub(super) struct Cell {
    pub(super) name: String,
    pub(super) index: usize,
    pub(super) kind: ColumnType,
}

/// The columns of a result.
pub(super) struct Columns {
    pub(super) cells: Vec<Cell>,
}

pub(super) fn wrong(message: String) -> Failure {
    Failure::new(FailureKind::Mapping, message)
}

impl Columns {
    pub(super) fn new(schema: &Schema) -> Result<Self, Failure> {
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

    /// The column of this name.
    pub(super) fn named(&self, name: &str, part: &str) -> Result<Cell, Failure> {
        self.find(name)
            .cloned()
            .ok_or_else(|| wrong(format!("{part} names column `{name}`, which the result does not have; it has {}", self.names())))
    }

    /// What an entry of `tags` or `fields` means here.
    pub(super) fn pattern<'a>(&self, entry: &'a str) -> Pattern<'a> {
        Pattern::of(entry, |name| self.find(name).is_some())
    }

    /// The columns that the entries of a part stand for, in the order of the entries. Patterns pass over what is `taken` by another part.
    pub(super) fn select(&self, entries: &[String], part: &str, taken: impl Fn(&str) -> bool) -> Result<Vec<Cell>, Failure> {
        each_once(entries, part)?;
        let patterns: Vec<_> = entries.iter().map(|entry| self.pattern(entry)).collect();
        let named: HashSet<&str> =
            patterns.iter().filter_map(|pattern| if let Pattern::Name(name) = pattern { Some(*name) } else { None }).collect();
        let left_out: Vec<&str> =
            patterns.iter().filter_map(|pattern| if let Pattern::But(but) = pattern { Some(*but) } else { None }).collect();
        if let [first, ..] = left_out[..]
            && left_out.len() == patterns.len()
        {
            return Err(wrong(format!("{part} says only what is left out (`!{first}`); begin with `*` to mean every other column")));
        }
        let mut cells: Vec<Cell> = Vec::new();
        for pattern in patterns {
            match pattern {
                Pattern::But(_) => {}
                Pattern::Name(name) => cells.push(self.named(name, part)?),
                Pattern::Matching(pattern) => {
                    let matching: Vec<&Cell> =
                        self.cells.iter().filter(|cell| Pattern::matches(pattern, &cell.name) && !taken(&cell.name)).collect();
                    if matching.is_empty() {
                        let names = self.names();
                        return Err(wrong(format!(
                            "{part}: no column that is free matches `{pattern}`; the result has {names}; correct the pattern or remove it"
                        )));
                    }
                    for cell in matching {
                        let is_left_out = left_out.iter().any(|but| Pattern::matches(but, &cell.name));
                        let is_there = cells.iter().any(|there| there.index == cell.index) || named.contains(cell.name.as_str());
                        if !is_left_out && !is_there {
                            cells.push(cell.clone());
                        }
                    }
                }
            }
        }
        Ok(cells)
    }

    fn find(&self, name: &str) -> Option<&Cell> {
        self.cells.iter().find(|cell| cell.name == name)
    }

    fn names(&self) -> String {
        self.cells.iter().map(|cell| format!("`{}`", cell.name)).collect::<Vec<_>>().join(", ")
    }
}

fn each_once(names: &[String], part: &str) -> Result<(), Failure> {
    let mut seen = HashSet::new();
    match names.iter().find(|name| !seen.insert(*name)) {
        Some(name) => Err(wrong(format!("{part} names column `{name}` twice"))),
        None => Ok(()),
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
