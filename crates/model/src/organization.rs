//! An organization owns everything below it.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::{Id, Name, Noun, Origin};

/// Owns connections, databases, queries, series, groups and runs. Nothing of one organization is ever seen from another.
#[derive(Clone, Debug, PartialEq)]
pub struct Organization {
    /// Stable for ever.
    pub id: Id<Organization>,
    /// Unique.
    pub name: Name,
    /// The id that another system knows it by (`example_org` in a file, `1` in Chronograf's database), if one does. Unique.
    pub alias: Option<String>,
    /// Who defines it.
    pub origin: Origin,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

impl Organization {
    /// The organization that exists from the first start, called `default`.
    pub const DEFAULT: Id<Organization> = Id::from_uuid(Uuid::from_u128(0x0000_0000_0000_7000_8000_0000_0000_0001));
}

impl Noun for Organization {
    const NOUN: &'static str = "organization";
}
