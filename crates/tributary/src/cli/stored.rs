//! What all stored nouns have in common on the command line: list, show, name to id, delete.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use model::{SecretField, SecretState};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;

use super::{
    client::Client,
    exit::Exit,
    output::{self, Format},
    sheet::{self, Sheet},
};

/// A noun and where the API keeps it.
pub struct Collection {
    /// The glossary word.
    pub noun: &'static str,
    /// Its path below the API's root.
    pub path: &'static str,
}

/// Connections.
pub const CONNECTIONS: Collection = Collection { noun: "connection", path: "connections" };
/// Databases.
pub const DATABASES: Collection = Collection { noun: "database", path: "databases" };
/// Queries.
pub const QUERIES: Collection = Collection { noun: "query", path: "queries" };
/// Series.
pub const SERIES: Collection = Collection { noun: "series", path: "series" };
/// Groups.
pub const GROUPS: Collection = Collection { noun: "group", path: "groups" };

/// A stored noun as the API shows it, with what it says.
#[derive(Deserialize)]
pub struct Shown<N> {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its revision.
    pub revision: i64,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
    /// What may be said of its secrets.
    #[serde(default)]
    pub secrets: BTreeMap<SecretField, SecretState>,
    /// What it says.
    #[serde(flatten)]
    pub spec: N,
}

/// Only what names a stored noun.
#[derive(Deserialize)]
struct Named {
    id: String,
    name: String,
}

#[derive(Deserialize)]
struct Items<T> {
    items: Vec<T>,
}

impl Collection {
    /// Lists all, as a table with one row for each, or as the API's JSON.
    ///
    /// # Errors
    /// When the server cannot be reached or refuses.
    pub async fn list<N: DeserializeOwned>(
        &self,
        client: &Client,
        format: Format,
        headings: &[&str],
        row: impl Fn(Shown<N>) -> Vec<String>,
    ) -> anyhow::Result<Exit> {
        let answer = client.get(&[self.path]).await?;
        if format == Format::Json {
            output::json(&answer)?;
            return Ok(Exit::Done);
        }
        let shown: Vec<Shown<N>> = items(answer)?;
        if shown.is_empty() {
            output::say(format!("there is no {} yet; `tributary {} create --help` shows how to make one", self.noun, self.noun));
        }
        output::table(headings, shown.into_iter().map(row))?;
        Ok(Exit::Done)
    }

    /// Shows one answer of the API as a sheet or as its JSON.
    ///
    /// # Errors
    /// When the answer is not this noun, or cannot be printed.
    pub fn show<N: DeserializeOwned>(
        &self,
        answer: Value,
        format: Format,
        sheet: impl Fn(&Shown<N>, Sheet) -> Sheet,
    ) -> anyhow::Result<Exit> {
        if format == Format::Json {
            output::json(&answer)?;
            return Ok(Exit::Done);
        }
        let shown: Shown<N> = serde_json::from_value(answer)?;
        let mut lines = sheet(&shown, Sheet::default().line("name", &shown.name));
        for (field, state) in &shown.secrets {
            let words = match (state.set, state.updated_at) {
                (true, Some(at)) => format!("kept, set {}", sheet::second(at)),
                (true, None) => "kept".to_owned(),
                (false, _) => "not set".to_owned(),
            };
            lines = lines.line(field.as_str(), words);
        }
        lines
            .line("created", sheet::second(shown.created_at))
            .line("changed", format!("{} (revision {})", sheet::second(shown.updated_at), shown.revision))
            .line("id", &shown.id)
            .print()?;
        Ok(Exit::Done)
    }

    /// One, by name or id.
    ///
    /// # Errors
    /// When there is none, or the server cannot be reached.
    pub async fn get(&self, client: &Client, reference: &str) -> anyhow::Result<Value> {
        client.get(&[self.path, reference]).await
    }

    /// The id of the one with this name or id.
    ///
    /// # Errors
    /// As [`Collection::get`].
    pub async fn id(&self, client: &Client, reference: &str) -> anyhow::Result<String> {
        let named: Named = serde_json::from_value(self.get(client, reference).await?)?;
        Ok(named.id)
    }

    /// The name of each id.
    ///
    /// # Errors
    /// When the server cannot be reached.
    pub async fn names(&self, client: &Client) -> anyhow::Result<Names> {
        let named: Vec<Named> = items(client.get(&[self.path]).await?)?;
        Ok(Names(named.into_iter().map(|named| (named.id, named.name)).collect()))
    }

    /// Deletes one and says so.
    ///
    /// # Errors
    /// When there is none, or others use it.
    pub async fn delete(&self, client: &Client, reference: &str) -> anyhow::Result<Exit> {
        client.delete(&[self.path, reference], &[]).await?;
        output::say(format!("deleted the {} `{reference}`", self.noun));
        Ok(Exit::Done)
    }
}

/// Names by id.
#[derive(Default)]
pub struct Names(BTreeMap<String, String>);

impl Names {
    /// The name of this id; the id itself when it has none (any more).
    pub fn of(&self, id: impl ToString) -> String {
        let id = id.to_string();
        self.0.get(&id).cloned().unwrap_or(id)
    }
}

/// A name as a shell takes it for one word.
pub fn quoted(name: &str) -> String {
    let plain = !name.is_empty() && name.chars().all(|letter| letter.is_alphanumeric() || matches!(letter, '-' | '_' | '.'));
    if plain { name.to_owned() } else { format!("'{}'", name.replace('\'', r"'\''")) }
}

/// The items of a list that the API gave.
///
/// # Errors
/// When the answer is no such list.
pub fn items<T: DeserializeOwned>(answer: Value) -> anyhow::Result<Vec<T>> {
    let list: Items<T> = serde_json::from_value(answer)?;
    Ok(list.items)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_can_be_pasted_into_a_shell() {
        assert_eq!(["shop-1.b", "my shop", "it's", "$(x)"].map(quoted), ["shop-1.b", "'my shop'", r"'it'\''s'", "'$(x)'"]);
    }
}
