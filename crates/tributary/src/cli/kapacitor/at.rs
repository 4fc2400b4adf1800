//! Which Kapacitor a command is about.

use clap::Args;
use serde::Deserialize;

use super::{
    super::{
        client::{Client, with_advice},
        exit::Exit,
        stored::{CONNECTIONS, items, quoted},
    },
    KAPACITORS,
};

/// The Kapacitor of a connection.
#[derive(Args, Debug)]
pub(super) struct At {
    /// The connection that it belongs to, by name or id
    #[arg(long, value_name = "NAME")]
    connection: String,
    /// The Kapacitor, by name or id; the connection's active one when absent
    #[arg(long, value_name = "NAME")]
    kapacitor: Option<String>,
}

/// The same, found.
pub(super) struct Place {
    pub(super) connection: String,
    pub(super) kapacitor: String,
}

#[derive(Deserialize)]
struct Listed {
    name: String,
    #[serde(default)]
    active: bool,
}

impl At {
    /// Where it is: asks for the active one when none is named.
    ///
    /// # Errors
    /// When the server cannot be reached, and when none is active.
    pub(super) async fn place(self, client: &Client) -> anyhow::Result<Place> {
        let Self { connection, kapacitor } = self;
        let kapacitor = match kapacitor {
            Some(name) => name,
            None => active(client, &connection).await?,
        };
        Ok(Place { connection, kapacitor })
    }
}

async fn active(client: &Client, connection: &str) -> anyhow::Result<String> {
    let listed: Vec<Listed> = items(client.get(&[CONNECTIONS.path, connection, KAPACITORS.path]).await?)?;
    let found = listed.into_iter().find(|kapacitor| kapacitor.active);
    found.map(|kapacitor| kapacitor.name).ok_or_else(|| {
        let advice = format!("name one with --kapacitor; `tributary kapacitor list --connection {}` lists them", quoted(connection));
        with_advice(Exit::NotFound, format!("no kapacitor of the connection `{connection}` is active"), advice)
    })
}

impl Place {
    /// The path of what is below it.
    pub(super) fn path<'a>(&'a self, below: &[&'a str]) -> Vec<&'a str> {
        [CONNECTIONS.path, &self.connection, KAPACITORS.path, &self.kapacitor].into_iter().chain(below.iter().copied()).collect()
    }

    /// The options that name it, for a line that can be pasted.
    pub(super) fn words(&self) -> String {
        format!("--connection {} --kapacitor {}", quoted(&self.connection), quoted(&self.kapacitor))
    }
}
