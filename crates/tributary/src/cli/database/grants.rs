//! `tributary database grants`: how an account is made that only reads.

use clap::Args;
use serde::Deserialize;

use super::super::{
    client::Client,
    exit::Exit,
    output::{self, Format},
    stored::DATABASES,
};

/// Which account.
#[derive(Args, Debug)]
pub(super) struct Grants {
    /// Name or id of the database
    name: String,
    /// Name of the account; for MySQL and MariaDB also NAME@HOST, where it logs in from
    #[arg(long, default_value = "tributary")]
    account: String,
    /// Only these tables, named as in a query with commas between them; `sales.*` is all of a schema
    #[arg(long, value_name = "TABLES", conflicts_with = "series")]
    tables: Option<String>,
    /// Only the tables that the query of this series reads
    #[arg(long, value_name = "SERIES")]
    series: Option<String>,
}

/// The statements, as the API shows them.
#[derive(Deserialize)]
struct Made {
    statements: Vec<String>,
    remarks: Vec<String>,
}

impl Grants {
    /// Prints a script: remarks as comments, statements with a semicolon.
    ///
    /// # Errors
    /// When the server cannot be reached or refuses.
    pub(super) async fn run(self, client: &Client, format: Format) -> anyhow::Result<Exit> {
        let mut query = vec![("account", self.account)];
        query.extend(self.tables.map(|tables| ("tables", tables)));
        query.extend(self.series.map(|series| ("series", series)));
        let answer = client.get_with(&[DATABASES.path, &self.name, "grants"], &query).await?;
        if format == Format::Json {
            output::json(&answer)?;
            return Ok(Exit::Done);
        }
        let Made { statements, remarks } = Made::deserialize(&answer)?;
        for remark in remarks {
            output::line(format!("-- {remark}"))?;
        }
        for statement in statements {
            output::line(format!("{statement};"))?;
        }
        Ok(Exit::Done)
    }
}
