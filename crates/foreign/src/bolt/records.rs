//! The records in Chronograf's buckets: protobuf, `kv/internal/internal.proto`. Fields were only ever added, so one reading fits every
//! version since 1.3.5; what is not named here is skipped.

use model::Name;
use prost::Message;
use secrecy::SecretString;

use crate::{
    FoundConnection, FoundKapacitor, FoundOrganization,
    chronograf::record::{About, ConnectionRecord, KapacitorRecord},
};

/// The key in the bucket `ConfigV1` under which Chronograf keeps the key that encrypts the secrets, itself encrypted. Where it stands, every
/// secret of every record is ciphertext: Chronograf encrypts them all when it makes the key.
pub(super) const WRAPPED_KEY: &[u8] = b"secrets/wrapped-dek/v1";

/// How secrets are kept.
#[derive(Clone, Copy)]
pub(super) enum Encryption {
    /// In clear.
    None,
    /// Under a key that is not in the file.
    Sealed,
}

#[derive(Clone, PartialEq, Message)]
#[prost(skip_debug)]
struct Source {
    #[prost(int64, tag = "1")]
    id: i64,
    #[prost(string, tag = "2")]
    name: String,
    #[prost(string, tag = "3")]
    kind: String,
    #[prost(string, tag = "4")]
    username: String,
    #[prost(string, tag = "5")]
    password: String,
    #[prost(string, tag = "6")]
    url: String,
    #[prost(bool, tag = "7")]
    default: bool,
    #[prost(string, tag = "8")]
    telegraf: String,
    #[prost(bool, tag = "9")]
    insecure_skip_verify: bool,
    #[prost(string, tag = "10")]
    meta_url: String,
    #[prost(string, tag = "11")]
    shared_secret: String,
    #[prost(string, tag = "12")]
    organization: String,
    #[prost(string, tag = "14")]
    default_rp: String,
    #[prost(string, tag = "16")]
    cluster_id: String,
    #[prost(string, tag = "17")]
    account_id: String,
    #[prost(string, tag = "18")]
    management_token: String,
    #[prost(string, tag = "19")]
    database_token: String,
    #[prost(string, tag = "20")]
    tags_csv_path: String,
    #[prost(string, tag = "21")]
    default_database: String,
}

#[derive(Clone, PartialEq, Message)]
#[prost(skip_debug)]
struct Server {
    #[prost(int64, tag = "1")]
    id: i64,
    #[prost(string, tag = "2")]
    name: String,
    #[prost(string, tag = "3")]
    username: String,
    #[prost(string, tag = "4")]
    password: String,
    #[prost(string, tag = "5")]
    url: String,
    #[prost(int64, tag = "6")]
    connection_id: i64,
    #[prost(bool, tag = "7")]
    active: bool,
    #[prost(string, tag = "8")]
    organization: String,
    #[prost(bool, tag = "9")]
    insecure_skip_verify: bool,
    /// Empty for a Kapacitor.
    #[prost(string, tag = "10")]
    kind: String,
}

#[derive(Clone, PartialEq, Message)]
struct Organization {
    #[prost(string, tag = "1")]
    id: String,
    #[prost(string, tag = "2")]
    name: String,
}

/// An organization; one without a name is called by its id.
pub(super) fn organization(value: &[u8]) -> Result<FoundOrganization, String> {
    let Organization { id, name } = decode(value)?;
    let name = some(name).unwrap_or_else(|| id.clone());
    let alias = Name::new(&id).map_err(|error| format!("its id cannot be used: {error}"))?.to_string();
    let name = Name::new(&name).map_err(|error| format!("`{alias}`: {error}"))?.to_string();
    Ok(FoundOrganization { alias, name })
}

/// A connection, and what was assumed.
pub(super) fn connection(key: &[u8], value: &[u8], encryption: Encryption) -> Result<(FoundConnection, Vec<String>), String> {
    let source: Source = decode(value).map_err(|reason| format!("{}: {reason}", number(key)))?;
    let id = source.id;
    if id < 0 {
        return Err(format!("{id}: its id is negative"));
    }
    let mut notes = Vec::new();
    if !source.tags_csv_path.is_empty() {
        notes.push("files with tags are not read".to_owned());
    }
    let record = ConnectionRecord {
        number: Some(id),
        name: some(source.name),
        kind: some(source.kind),
        url: some(source.url),
        meta_url: some(source.meta_url),
        username: some(source.username),
        password: secret(source.password, encryption),
        shared_secret: secret(source.shared_secret, encryption),
        database_token: secret(source.database_token, encryption),
        management_token: secret(source.management_token, encryption),
        cluster_id: some(source.cluster_id),
        account_id: some(source.account_id),
        insecure_skip_verify: source.insecure_skip_verify,
        default: source.default,
        telegraf: some(source.telegraf),
        default_rp: some(source.default_rp),
        default_db: some(source.default_database),
        organization: some(source.organization),
    };
    let (found, about) = record.translate().map_err(|about| format!("{id}: {about}"))?;
    Ok((found, texts(about, notes)))
}

/// A Kapacitor, and what was assumed; `None` for another service.
pub(super) fn kapacitor(key: &[u8], value: &[u8], encryption: Encryption) -> Result<Option<(FoundKapacitor, Vec<String>)>, String> {
    let server: Server = decode(value).map_err(|reason| format!("{}: {reason}", number(key)))?;
    let id = server.id;
    if !server.kind.is_empty() {
        return Ok(None);
    }
    if id < 0 {
        return Err(format!("{id}: its id is negative"));
    }
    let record = KapacitorRecord {
        number: Some(id),
        connection_number: Some(server.connection_id),
        name: some(server.name),
        url: some(server.url),
        username: some(server.username),
        password: secret(server.password, encryption),
        insecure_skip_verify: server.insecure_skip_verify,
        active: server.active,
        organization: some(server.organization),
    };
    let (found, about) = record.translate().map_err(|about| format!("{id}: {about}"))?;
    Ok(Some((found, texts(about, Vec::new()))))
}

/// The id in a key: eight bytes, big-endian.
pub(super) fn number(key: &[u8]) -> String {
    key.try_into().map_or_else(|_| "with an unreadable id".to_owned(), |key| u64::from_be_bytes(key).to_string())
}

fn decode<M: Message + Default>(value: &[u8]) -> Result<M, String> {
    // The library's own message may repeat what it read.
    M::decode(value).map_err(|_| "its record cannot be read".to_owned())
}

fn some(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}

fn secret(text: String, encryption: Encryption) -> Option<SecretString> {
    match encryption {
        Encryption::None => some(text).map(SecretString::from),
        Encryption::Sealed => None,
    }
}

fn texts(about: Vec<About>, mut notes: Vec<String>) -> Vec<String> {
    notes.splice(..0, about.iter().map(ToString::to_string));
    notes
}
