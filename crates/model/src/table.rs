//! What can be read in a database: its tables and views, and their columns.

use serde::{Deserialize, Serialize};

/// A table or view that the account may read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = DatabaseTable))]
pub struct Table {
    /// The schema that it is in (MySQL calls that a database); null where there are none: SQLite.
    pub schema: Option<String>,
    /// Its name, as it is.
    pub name: String,
    /// What it is.
    pub kind: TableKind,
    /// How it is written in a query: quoted where it must be, with its schema where the name alone would not find it.
    pub sql: String,
    /// The columns that the account may read, in order.
    pub columns: Vec<TableColumn>,
}

/// What is read like a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum TableKind {
    /// A table: also a partitioned, foreign or virtual one.
    Table,
    /// A view: also a materialized one.
    View,
}

/// A column of a table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TableColumn {
    /// Its name, as it is.
    pub name: String,
    /// How it is written in a query: quoted where it must be.
    pub sql: String,
    /// Its type in the database's own words: `numeric(10,2)`; empty where SQLite was told none.
    pub native: String,
    /// Whether NULL is allowed, as far as the database knows: columns of views are.
    pub nullable: bool,
    /// Whether it is of the primary key.
    pub primary_key: bool,
}

impl Table {
    /// Most tables of a list.
    pub const MAX: usize = 2_000;
    /// Most columns of all tables of a list together: a table that goes beyond them is left out with all behind it.
    pub const MAX_COLUMNS: usize = 20_000;
}

impl TableKind {
    /// As it is written in the API: `view`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::View => "view",
        }
    }
}
