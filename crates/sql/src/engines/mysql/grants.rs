//! How an account is made that only reads.

use std::collections::BTreeSet;

use crate::{
    engines::tables::quoted,
    grants::{Grants, PASSWORD},
    query::Named,
};

/// The statements for an account, `name` or `name@host`; without names it reads all of this database.
pub(crate) fn grants(database: &str, account: &str, mut named: BTreeSet<Named>) -> Grants {
    let name = |name: &str| quoted(name, '`');
    let (user, host) = account.rsplit_once('@').unwrap_or((account, "%"));
    let to = format!("{}@{}", name(user), name(host));
    if named.is_empty() {
        named.insert(Named::Schema(database.to_owned()));
    }
    let mut statements = vec![format!("CREATE USER {to} IDENTIFIED BY {PASSWORD}")];
    for one in &named {
        statements.push(match one {
            // Here, and only here, the name is a pattern.
            Named::Schema(schema) => {
                format!("GRANT SELECT ON {}.* TO {to}", name(&schema.replace('\\', "\\\\").replace('_', "\\_").replace('%', "\\%")))
            }
            Named::Table { schema, name: table } => {
                format!("GRANT SELECT ON {}.{} TO {to}", name(schema.as_deref().unwrap_or(database)), name(table))
            }
        });
    }
    statements.push(format!("GRANT PROCESS ON *.* TO {to}"));
    let mut remarks = vec![format!("put a password between single quotes in the place of {PASSWORD}")];
    if host == "%" {
        remarks.push("`%` lets the account log in from everywhere: ask for `name@host` to name where Tributary runs".to_owned());
    }
    remarks.push(
        "PROCESS lets the account see which transactions are open, which the fence of an incremental series asks for; leave it out where no \
         series has that fence"
            .to_owned(),
    );
    Grants { statements, remarks }
}
