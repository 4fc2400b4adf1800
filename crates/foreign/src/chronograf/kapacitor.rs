//! `.kap`: one Kapacitor in a file.

use super::{
    connection::{plain, secret_at, url_at},
    record::KapacitorRecord,
    text::Object,
};
use crate::{Broken, FoundKapacitor, Remark, Variables};

/// The Kapacitor in a `.kap` file, its templates filled, and what is to be said about it. `srcID` is the id of its connection.
///
/// # Errors
/// As with `.src` files; and when `type` says that it is another service than a Kapacitor.
pub fn kapacitor(text: &str, variables: &Variables) -> Result<(FoundKapacitor, Vec<Remark>), Broken> {
    let mut object = Object::read(text, Some(variables))?;
    if object.text_at("type")?.is_some() {
        return Err(object.broken("type", "describes another service than a Kapacitor; only Kapacitors, which have no type, are read"));
    }
    let record = KapacitorRecord {
        number: object.number_at("id")?,
        connection_number: object.number_at("srcID")?,
        name: plain(object.text_at("name")?),
        url: url_at(&mut object)?,
        username: plain(object.text_at("username")?),
        password: secret_at(&mut object, "password")?,
        insecure_skip_verify: object.bool_at("insecureSkipVerify")?.unwrap_or(false),
        active: object.bool_at("active")?.unwrap_or(false),
        organization: object.name_at("organization")?,
    };
    if record.number.is_none() {
        object.remark("id", "no id is given; one that is free will be");
    }
    if record.connection_number.is_none() {
        object.remark("srcID", "no connection is named; it goes to the only one there is");
    }
    object.ignore("metadata", "says nothing about a Kapacitor")?;
    object.ignore("links", "belongs to Chronograf's API")?;
    let (found, notes) = record.translate().map_err(|about| object.broken(about.field, about.text))?;
    for note in notes {
        object.remark(note.field, note.text);
    }
    Ok((found, object.finish()?))
}
