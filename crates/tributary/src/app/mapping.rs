//! The rules of a mapping that hold whatever the columns are; the rest is said when they are known, in a preview or a run.

use std::collections::{BTreeMap, BTreeSet};

use model::{
    Fields, Mapping, Measurement, TimeFormat,
    mapping::{Constant, Pattern},
};

use super::Invalid;

/// Most bytes of the name of a tag or field.
const MAX_KEY_BYTES: usize = 256;

/// # Errors
/// The first member that cannot hold, with what to do.
pub(super) fn validate(mapping: &Mapping) -> Result<(), Invalid> {
    let mut used = BTreeSet::new();
    let mut take = |field: String, column: &str| -> Result<(), Invalid> {
        if column.is_empty() {
            return Err(Invalid::new(field, "a column has no name", "give the name of a column of the query's result"));
        }
        if !used.insert(column.to_owned()) {
            return Err(Invalid::new(
                field,
                format!("the column `{column}` is used twice"),
                "a column is the measurement, a tag, a field or the time",
            ));
        }
        Ok(())
    };
    match &mapping.measurement {
        Measurement::Name(name) if name.trim().is_empty() => {
            return Err(Invalid::new("mapping.measurement", "the measurement has no name", "give it a name, or a column"));
        }
        Measurement::Name(_) => {}
        Measurement::Column(column) => take("mapping.measurement".to_owned(), column)?,
    }
    for (at, tag) in mapping.tags.iter().enumerate() {
        // The same pattern may stand among tags and fields: there it means what the tags have left.
        if !is_pattern(tag) {
            take(format!("mapping.tags[{at}]"), tag)?;
        }
    }
    if let Some(time) = &mapping.time {
        take("mapping.time.column".to_owned(), &time.column)?;
        if time.pattern.is_some() && time.format != TimeFormat::Native {
            return Err(Invalid::new("mapping.time.pattern", "the time has a format and a pattern", "remove one of them"));
        }
        if time.pattern.as_deref().is_some_and(str::is_empty) {
            let advice = "say how the text is read (`%d.%m.%Y %H:%M:%S`), or leave `pattern` out";
            return Err(Invalid::new("mapping.time.pattern", "the pattern is empty", advice));
        }
    }
    if let Fields::Columns(columns) = &mapping.fields {
        if columns.is_empty() && mapping.constant_fields.is_empty() {
            return Err(Invalid::new(
                "mapping.fields",
                "no column is a field",
                "name one or more, or leave `fields` out: all other columns are fields",
            ));
        }
        for (at, column) in columns.iter().enumerate() {
            if !is_pattern(column) {
                take(format!("mapping.fields.columns[{at}]"), column)?;
            }
        }
    }
    names(mapping)
}

/// Whether it can be a pattern; a column may be called so too.
fn is_pattern(entry: &str) -> bool {
    !matches!(Pattern::of(entry, |_| false), Pattern::Name(_))
}

/// Names that do not come from columns.
fn names(mapping: &Mapping) -> Result<(), Invalid> {
    let mut given: BTreeMap<&str, String> = BTreeMap::new();
    let renames = mapping.renames.iter().map(|(column, key)| (key.as_str(), format!("mapping.renames.{column}")));
    let tags = mapping.constant_tags.keys().map(|key| (key.as_str(), format!("mapping.constant_tags.{key}")));
    let fields = mapping.constant_fields.keys().map(|key| (key.as_str(), format!("mapping.constant_fields.{key}")));
    for (key, member) in renames.chain(tags).chain(fields) {
        if key.is_empty() || key.len() > MAX_KEY_BYTES {
            return Err(Invalid::new(
                member,
                "the name of a tag or field is empty or too long",
                format!("give it 1 to {MAX_KEY_BYTES} bytes"),
            ));
        }
        if key == "time" {
            return Err(Invalid::new(member, "InfluxDB keeps the name `time` for itself", "give the tag or field another name"));
        }
        if let Some(other) = given.insert(key, member.clone()) {
            return Err(Invalid::new(
                member,
                format!("the name `{key}` is given twice, also at `{other}`"),
                "give one of them another name",
            ));
        }
    }
    for (key, text) in &mapping.constant_tags {
        if text.is_empty() {
            let advice = "give it a value, or leave it out: InfluxDB knows no empty tag";
            return Err(Invalid::new(format!("mapping.constant_tags.{key}"), "the tag is empty", advice));
        }
    }
    for (key, constant) in &mapping.constant_fields {
        if matches!(constant, Constant::Float(value) if !value.is_finite()) {
            return Err(Invalid::new(format!("mapping.constant_fields.{key}"), "the field is no number", "give it a finite number"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use model::TimeColumn;

    use super::*;

    fn field(mapping: &Mapping) -> Option<String> {
        validate(mapping).err().map(|invalid| invalid.field)
    }

    #[test]
    fn a_mapping_that_no_result_could_fit_is_refused_by_its_member() {
        let mapping = || Mapping::new("m");
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let renames = |pairs: &[(&str, &str)]| pairs.iter().map(|(from, to)| ((*from).to_owned(), (*to).to_owned())).collect();
        let pattern = |pattern: &str| TimeColumn { pattern: Some(pattern.to_owned()), ..TimeColumn::new("t") };
        for (mapping, expected) in [
            (mapping(), None),
            (Mapping { tags: names(&["*_id"]), fields: Fields::Columns(names(&["*_id", "!a", "*"])), ..mapping() }, None),
            (Mapping { tags: names(&["a", "b", "a"]), ..mapping() }, Some("mapping.tags[2]")),
            (Mapping { fields: Fields::Columns(Vec::new()), ..mapping() }, Some("mapping.fields")),
            (
                Mapping {
                    fields: Fields::Columns(Vec::new()),
                    constant_fields: [("up".to_owned(), Constant::Integer(1))].into(),
                    ..mapping()
                },
                None,
            ),
            (Mapping { renames: renames(&[("a", "b")]), ..mapping() }, None),
            (Mapping { renames: renames(&[("a", "")]), ..mapping() }, Some("mapping.renames.a")),
            (Mapping { renames: renames(&[("a", "time")]), ..mapping() }, Some("mapping.renames.a")),
            (Mapping { renames: renames(&[("a", "x"), ("b", "x")]), ..mapping() }, Some("mapping.renames.b")),
            (
                Mapping { renames: renames(&[("a", "x")]), constant_tags: renames(&[("x", "1")]), ..mapping() },
                Some("mapping.constant_tags.x"),
            ),
            (Mapping { constant_tags: renames(&[("x", "")]), ..mapping() }, Some("mapping.constant_tags.x")),
            (
                Mapping { constant_fields: [("x".to_owned(), Constant::Float(f64::NAN))].into(), ..mapping() },
                Some("mapping.constant_fields.x"),
            ),
            (Mapping { time: Some(pattern("%Y-%m-%d")), ..mapping() }, None),
            (Mapping { time: Some(pattern("")), ..mapping() }, Some("mapping.time.pattern")),
            (Mapping { time: Some(TimeColumn { format: TimeFormat::UnixS, ..pattern("%Y") }), ..mapping() }, Some("mapping.time.pattern")),
        ] {
            assert_eq!(field(&mapping).as_deref(), expected, "{mapping:?}");
        }
    }
}
