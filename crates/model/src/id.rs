//! Identity: stable ids, names, and what every stored noun carries.

use std::{
    cmp::Ordering,
    fmt,
    hash::{Hash, Hasher},
    marker::PhantomData,
    str::FromStr,
};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use uuid::Uuid;

use crate::{Clock, Organization};

/// A word of the glossary that is stored: it has a name for messages and for the store's sealed secrets.
pub trait Noun {
    /// The glossary word, singular and in lower case: `connection`, `series`.
    const NOUN: &'static str;
}

/// A noun with its article: `a connection`, `an organization`.
pub fn a(noun: &str) -> String {
    let article = if noun.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
    format!("{article} {noun}")
}

/// The identity of one `N`: a UUID of version 7, so ids sort by the time they were made. Text form: the hyphenated UUID.
pub struct Id<N>(Uuid, PhantomData<fn() -> N>);

/// The highest number that an object may have: what every reader of JSON keeps exactly (RFC 8259, section 6).
pub const MAX_NUMBER: i64 = (1 << 53) - 1;

impl<N> Id<N> {
    /// A new id, from the clock's time and entropy.
    pub fn new(clock: &dyn Clock) -> Self {
        let millis = u64::try_from(clock.now().timestamp_millis()).unwrap_or(0);
        let entropy = clock.entropy();
        let mut tail = [0_u8; 10];
        tail.copy_from_slice(&entropy[..10]);
        Self::from_uuid(uuid::Builder::from_unix_timestamp_millis(millis, &tail).into_uuid())
    }

    /// Between the ids made before this instant and those made at it or later, to the millisecond.
    pub fn bound(instant: DateTime<Utc>) -> Self {
        let millis = u64::try_from(instant.timestamp_millis()).unwrap_or(0);
        Self::from_uuid(uuid::Builder::from_unix_timestamp_millis(millis, &[0; 10]).into_uuid())
    }

    /// The id that this UUID names.
    pub const fn from_uuid(uuid: Uuid) -> Self {
        Self(uuid, PhantomData)
    }

    /// The id that this noun of this organization has for ever under this key: the same key always gives the same id (UUID version 5).
    pub fn of_key(organization: Id<Organization>, key: &str) -> Self {
        Self::from_uuid(Uuid::new_v5(&organization.uuid(), key.as_bytes()))
    }

    /// The UUID behind the id.
    pub const fn uuid(self) -> Uuid {
        self.0
    }
}

impl<N> Clone for Id<N> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<N> Copy for Id<N> {}
impl<N> PartialEq for Id<N> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}
impl<N> Eq for Id<N> {}
impl<N> PartialOrd for Id<N> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl<N> Ord for Id<N> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.cmp(&other.0)
    }
}
impl<N> Hash for Id<N> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}
impl<N> fmt::Debug for Id<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}
impl<N> fmt::Display for Id<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}
impl<N> FromStr for Id<N> {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Uuid::parse_str(text).map(Self::from_uuid)
    }
}
impl<N> Serialize for Id<N> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}
impl<'de, N> Deserialize<'de> for Id<N> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(|_| de::Error::custom(format!("`{text}` is not an id (a UUID is expected)")))
    }
}

/// The name people give a thing: 1 to 190 characters, no control characters, no space at either end. Unique per organization and noun.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(transparent)]
pub struct Name(String);

/// Why a text cannot be a name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Nothing but white space.
    #[error("a name is needed")]
    Blank,
    /// More than [`Name::MAX_CHARS`] characters.
    #[error("a name has at most {max} characters, this has {chars}", chars = .0, max = Name::MAX_CHARS)]
    TooLong(usize),
    /// A line break or another control character.
    #[error("a name has no control characters")]
    ControlCharacter,
}

impl Name {
    /// The longest name, in characters.
    pub const MAX_CHARS: usize = 190;

    /// The name, with white space at its ends removed.
    ///
    /// # Errors
    /// When nothing is left, it is too long, or it holds a control character.
    pub fn new(text: &str) -> Result<Self, NameError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(NameError::Blank);
        }
        let chars = text.chars().count();
        if chars > Self::MAX_CHARS {
            return Err(NameError::TooLong(chars));
        }
        if text.chars().any(char::is_control) {
            return Err(NameError::ControlCharacter);
        }
        Ok(Self(text.to_owned()))
    }

    /// The same with `suffix` in parentheses behind it, `Shop (10000)`, shortened where it would be too long; `None` when nothing would
    /// be left of it. What becomes of a name that is taken already.
    pub fn with_suffix(&self, suffix: impl fmt::Display) -> Option<Self> {
        let suffix = format!(" ({suffix})");
        let room = Self::MAX_CHARS.checked_sub(suffix.chars().count()).filter(|room| *room > 0)?;
        let base: String = self.0.chars().take(room).collect();
        Self::new(&format!("{}{suffix}", base.trim_end())).ok()
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
impl FromStr for Name {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        Self::new(text)
    }
}
impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(&String::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

/// A noun as it stands in the store: whose it is, who it is, since when, and what it says.
#[derive(Clone, Debug, PartialEq)]
pub struct Stored<N> {
    /// Stable for ever.
    pub id: Id<N>,
    /// The organization that owns it.
    pub organization_id: Id<Organization>,
    /// Unique per organization and noun.
    pub name: Name,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
    /// 1 when created, one more with every change: what `If-Match` compares.
    pub revision: i64,
    /// Who defines it. What a file or the environment defines is changed there and nowhere else.
    pub origin: Origin,
    /// The small number that Chronograf's API and files know it by: kept when it was imported, else the next free one. Only connections
    /// and Kapacitors have one; unique among all of their noun.
    pub number: Option<i64>,
    /// What it says.
    pub spec: N,
}

/// Who defines a stored noun. Its text form is what the store keeps and answers show.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Origin {
    /// People, by console, API or command line.
    #[default]
    People,
    /// A file of the resources folder: its name.
    File(String),
    /// A variable of the server's environment: its name, `INFLUXDB_URL`.
    Environment(String),
}

impl Origin {
    /// `file:shop.src`, `environment:INFLUXDB_URL`; `None` for what people define.
    pub fn as_text(&self) -> Option<String> {
        match self {
            Self::People => None,
            Self::File(name) => Some(format!("file:{name}")),
            Self::Environment(name) => Some(format!("environment:{name}")),
        }
    }

    /// The origin of this text form; `None` when it is none.
    pub fn parse(text: &str) -> Option<Self> {
        match text.split_once(':')? {
            ("file", name) => Some(Self::File(name.to_owned())),
            ("environment", name) => Some(Self::Environment(name.to_owned())),
            _ => None,
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::People => f.write_str("people"),
            Self::File(name) => write!(f, "the file `{name}`"),
            Self::Environment(name) => write!(f, "the variable `{name}`"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Connection, Database, Group, Kapacitor, Organization, Query, Run, Series};

    #[test]
    fn every_noun_has_its_article() {
        let nouns =
            [Organization::NOUN, Connection::NOUN, Kapacitor::NOUN, Database::NOUN, Query::NOUN, Series::NOUN, Group::NOUN, Run::NOUN];
        let said = ["an organization", "a connection", "a kapacitor", "a database", "a query", "a series", "a group", "a run"];
        assert_eq!(nouns.map(a), said);
    }

    #[test]
    fn a_name_loses_the_space_around_it_and_keeps_the_space_within() {
        assert_eq!(Name::new("  shop orders ").map(|n| n.to_string()), Ok("shop orders".to_owned()));
    }

    #[test]
    fn a_suffix_fits_behind_every_name() {
        let with = |text: &str, suffix: &str| Name::new(text).unwrap().with_suffix(suffix).map(|name| name.to_string());
        assert_eq!(with("Shop", "10000"), Some("Shop (10000)".to_owned()));
        assert_eq!(with(&"é".repeat(190), "7"), Some(format!("{} (7)", "é".repeat(186))));
        assert_eq!(with("Shop", &"9".repeat(187)), None);
    }

    #[test]
    fn a_name_of_nothing_or_too_much_is_refused() {
        assert_eq!(Name::new(" \t "), Err(NameError::Blank));
        assert_eq!(Name::new(&"é".repeat(191)), Err(NameError::TooLong(191)));
        assert_eq!(Name::new("a\nb"), Err(NameError::ControlCharacter));
    }
}
