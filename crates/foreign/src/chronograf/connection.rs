//! `.src`: one connection in a file.

use secrecy::SecretString;

use super::{
    address,
    record::ConnectionRecord,
    text::{Object, Text},
};
use crate::{Broken, FoundConnection, Remark, Variables};

/// The connection in a `.src` file, its templates filled, and what is to be said about it.
///
/// Keys are Chronograf's, regardless of case; `id` and `organization` are texts or numbers. Chronograf's types become drivers: `influx`,
/// `influx-enterprise`, `influx-relay` and none v1; `influx-v2` v2, with the organization in `username` and the token in `password`;
/// `influx-v3-…` v3.
///
/// # Errors
/// When it is no JSON object, a template cannot be filled, or a field holds what it cannot. Line and field say where; nothing of a value is
/// repeated.
pub fn connection(text: &str, variables: &Variables) -> Result<(FoundConnection, Vec<Remark>), Broken> {
    let mut object = Object::read(text, Some(variables))?;
    let record = ConnectionRecord {
        number: object.number_at("id")?,
        name: plain(object.text_at("name")?),
        kind: plain(object.text_at("type")?),
        url: url_at(&mut object)?,
        meta_url: plain(object.text_at("metaUrl")?),
        username: plain(object.text_at("username")?),
        password: secret_at(&mut object, "password")?,
        shared_secret: secret_at(&mut object, "sharedSecret")?,
        database_token: secret_at(&mut object, "databaseToken")?,
        management_token: secret_at(&mut object, "managementToken")?,
        cluster_id: plain(object.text_at("clusterId")?),
        account_id: plain(object.text_at("accountId")?),
        insecure_skip_verify: object.bool_at("insecureSkipVerify")?.unwrap_or(false),
        default: object.bool_at("default")?.unwrap_or(false),
        telegraf: plain(object.text_at("telegraf")?),
        default_rp: plain(object.text_at("defaultRP")?),
        default_db: plain(object.text_at("defaultDB")?),
        organization: object.name_at("organization")?,
    };
    if record.number.is_none() {
        object.remark("id", "no id is given; one that is free will be");
    }
    for (key, why) in [
        ("role", "roles are not taken from files"),
        ("version", "the server is asked for its version"),
        ("tagsCSVPath", "files with tags are not read"),
        ("authentication", "follows from the other fields"),
        ("links", "belongs to Chronograf's API"),
    ] {
        object.ignore(key, why)?;
    }
    let (found, notes) = record.translate().map_err(|about| object.broken(about.field, about.text))?;
    for note in notes {
        object.remark(note.field, note.text);
    }
    Ok((found, object.finish()?))
}

/// A text that is no secret.
pub(super) fn plain(text: Option<Text>) -> Option<String> {
    text.map(|text| text.text)
}

/// A secret; one that stands in clear in the file is remarked.
pub(super) fn secret_at(object: &mut Object<'_>, key: &str) -> Result<Option<SecretString>, Broken> {
    let Some(secret) = object.text_at(key)? else { return Ok(None) };
    if !secret.filled {
        object.remark(key, IN_CLEAR);
    }
    Ok(Some(secret.text.into()))
}

/// The URL; a password in it that stands in clear in the file is remarked.
pub(super) fn url_at(object: &mut Object<'_>) -> Result<Option<String>, Broken> {
    let Some(url) = object.text_at("url")? else { return Ok(None) };
    if !url.filled && address::read(&url.text).is_ok_and(|address| address.password.is_some()) {
        object.remark("url", IN_CLEAR);
    }
    Ok(Some(url.text))
}

const IN_CLEAR: &str = "a secret stands in clear in this file; `{{ .NAME }}` takes it from a variable of the environment";
