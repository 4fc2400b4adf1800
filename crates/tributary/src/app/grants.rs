//! How the account is made that a database should be read with.

use model::{Failure, FailureKind, Id, Organization, Stored};
use sql::{Grants, Readable};

use super::{App, Invalid, Refusal};

/// What the account is to read; everything when nothing is said.
#[derive(Clone, Debug)]
pub enum WhatToRead {
    /// Everything.
    All,
    /// These tables, as a query names them.
    Tables(String),
    /// What this series' query reads, by id or name.
    Series(String),
}

impl App {
    /// The statements that make `account`, for a person to run. Nothing is contacted.
    ///
    /// # Errors
    /// [`Refusal::Missing`] for database or series; [`Refusal::Invalid`] for a series that reads another database, and for tables that
    /// cannot be told.
    pub async fn database_grants(
        &self,
        organization: Id<Organization>,
        database: &str,
        account: &str,
        what: WhatToRead,
    ) -> Result<Grants, Refusal> {
        let database = self.get_database(organization, database).await?.stored;
        let engine = &database.spec.engine;
        let (field, made) = match &what {
            WhatToRead::All => ("account", sql::grants(engine, account, &Readable::All)),
            WhatToRead::Tables(tables) => ("tables", sql::grants(engine, account, &Readable::Tables(tables))),
            WhatToRead::Series(series) => {
                let query = self.query_on(organization, &database, series).await?;
                ("series", sql::grants(engine, account, &Readable::Query(&query)))
            }
        };
        made.map_err(|failure| invalid(field, &failure))
    }

    /// The text of a series' query, if it reads this database.
    async fn query_on(&self, organization: Id<Organization>, database: &Stored<model::Database>, series: &str) -> Result<String, Refusal> {
        let series = self.get_series(organization, series).await?;
        let query = self.get_query(organization, &series.spec.query_id.to_string()).await?;
        if query.spec.database_id != database.id {
            let message = format!("the series `{}` reads another database than `{}`", series.name, database.name);
            return Err(Invalid::new("series", message, "name a series that reads this one").into());
        }
        Ok(query.spec.sql)
    }
}

fn invalid(field: &str, failure: &Failure) -> Refusal {
    let advice = match failure.kind {
        FailureKind::SqlInvalid => "name the tables as a query does, with commas between them: orders, sales.items",
        kind => kind.advice(),
    };
    Invalid::new(field, failure.chain(), advice).into()
}
