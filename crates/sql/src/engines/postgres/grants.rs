//! How an account is made that only reads.

use std::collections::BTreeSet;

use crate::{
    engines::tables::quoted,
    grants::{Grants, PASSWORD},
    query::Named,
};

/// The statements for an account of this database; without names it reads all of the schema `public`.
pub(crate) fn grants(database: &str, account: &str, mut named: BTreeSet<Named>) -> Grants {
    let name = |name: &str| quoted(name, '"');
    let to = name(account);
    if named.is_empty() {
        named.insert(Named::Schema("public".to_owned()));
    }
    let schemas: BTreeSet<&str> = named.iter().filter_map(schema).collect();
    let mut statements =
        vec![format!("CREATE ROLE {to} LOGIN PASSWORD {PASSWORD}"), format!("GRANT CONNECT ON DATABASE {} TO {to}", name(database))];
    statements.extend(schemas.iter().map(|schema| format!("GRANT USAGE ON SCHEMA {} TO {to}", name(schema))));
    for one in &named {
        match one {
            Named::Schema(schema) => {
                let schema = name(schema);
                statements.push(format!("GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO {to}"));
                statements.push(format!("ALTER DEFAULT PRIVILEGES IN SCHEMA {schema} GRANT SELECT ON TABLES TO {to}"));
            }
            Named::Table { schema, name: table } => {
                let before = schema.as_deref().map(|schema| format!("{}.", name(schema))).unwrap_or_default();
                statements.push(format!("GRANT SELECT ON {before}{} TO {to}", name(table)));
            }
        }
    }
    statements.push(format!("GRANT pg_read_all_stats TO {to}"));
    let mut remarks = vec![
        format!("put a password between single quotes in the place of {PASSWORD}"),
        format!("run them in the database {database} as a superuser, or as the owner of the tables who may also create roles"),
    ];
    if named.iter().any(|one| matches!(one, Named::Schema(_))) {
        remarks.push(
            "the default privileges are for tables that the role which runs them makes from now on: other owners run that line too"
                .to_owned(),
        );
    }
    remarks.push(
        "pg_read_all_stats lets the account see whose transactions are open, which the fence of an incremental series asks for; \
         leave it out where no series has that fence"
            .to_owned(),
    );
    Grants { statements, remarks }
}

fn schema(named: &Named) -> Option<&str> {
    match named {
        Named::Schema(schema) => Some(schema),
        Named::Table { schema, .. } => schema.as_deref(),
    }
}
