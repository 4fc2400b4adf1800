//! What an account may do beyond reading, by `SHOW GRANTS`: its own rights, and those of the roles that it was given, whether they are in use or
//! not, because it may take them up.

use std::collections::{BTreeSet, VecDeque};

use model::Failure;

use super::session::{Session, text};

/// Privileges that change data, tables or accounts.
const WRITING: [&str; 17] = [
    "ALL PRIVILEGES",
    "ALL",
    "INSERT",
    "UPDATE",
    "DELETE",
    "CREATE",
    "CREATE VIEW",
    "CREATE ROUTINE",
    "CREATE USER",
    "DROP",
    "ALTER",
    "ALTER ROUTINE",
    "INDEX",
    "TRIGGER",
    "EVENT",
    "FILE",
    "SUPER",
];

/// The privileges with which the session's account can write, each once; a role that cannot be looked into is named as such.
///
/// # Errors
/// When the server does not tell the account its own grants.
pub(super) async fn writing(session: &mut Session) -> Result<BTreeSet<String>, Failure> {
    let mut found = BTreeSet::new();
    let mut roles = BTreeSet::new();
    let mut waiting = VecDeque::new();
    let mut lines = lines(session, "SHOW GRANTS".to_owned()).await?;
    loop {
        for line in &lines {
            found.extend(privileges(line));
            waiting.extend(given_roles(line).into_iter().filter(|role| roles.insert(role.clone())));
        }
        let Some(role) = waiting.pop_front() else { return Ok(found) };
        lines = of_role(session, &role).await.unwrap_or_else(|_| {
            found.insert(format!("whatever the role {role} allows"));
            Vec::new()
        });
    }
}

/// What a role adds. MariaDB tells the rights of a role to whoever has taken it up.
async fn of_role(session: &mut Session, role: &str) -> Result<Vec<String>, Failure> {
    if !session.is_mariadb() {
        return lines(session, format!("SHOW GRANTS FOR CURRENT_USER() USING {role}")).await;
    }
    session.rows(format!("SET ROLE {role}")).await?;
    lines(session, "SHOW GRANTS".to_owned()).await
}

async fn lines(session: &mut Session, sql: String) -> Result<Vec<String>, Failure> {
    Ok(session.rows(sql).await?.iter().map(|row| text(row, 0)).collect())
}

/// The privileges in one line that allow more than reading. What follows `ON` may hold a password's hash and is not read.
fn privileges(line: &str) -> Vec<String> {
    let Some((privileges, _)) = line.strip_prefix("GRANT ").and_then(|rest| rest.split_once(" ON ")) else { return Vec::new() };
    let named = privileges.split(',').map(|one| one.split('(').next().unwrap_or_default().trim());
    named.filter(|one| WRITING.contains(one)).map(str::to_owned).collect()
}

/// The roles that a line gives, quoted as it quotes them: "GRANT `r1`@`%`,`r2`@`%` TO `u`@`%`".
fn given_roles(line: &str) -> Vec<String> {
    let Some(rest) = line.strip_prefix("GRANT `") else { return Vec::new() };
    // Privileges are words without quotes, so this line gives roles.
    let Some((roles, _)) = rest.split_once("` TO ") else { return Vec::new() };
    roles.split("`,`").map(|role| format!("`{role}`")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grants_that_only_read_are_told_from_those_that_write() {
        let hash = "GRANT USAGE ON *.* TO `u`@`%` IDENTIFIED BY PASSWORD '*ALL'";
        assert!(privileges(hash).is_empty());
        assert!(privileges("GRANT SELECT, SHOW VIEW ON `shop`.* TO `u`@`%`").is_empty());
        assert!(privileges("GRANT `INSERT`@`%` TO `u`@`%`").is_empty());
        assert_eq!(privileges("GRANT SELECT (a, b), INSERT (a) ON `shop`.`t` TO `u`@`%`"), ["INSERT"]);
        assert_eq!(privileges("GRANT ALL PRIVILEGES ON *.* TO `u`@`%`"), ["ALL PRIVILEGES"]);
    }

    #[test]
    fn roles_are_told_from_privileges() {
        assert_eq!(given_roles("GRANT `a`@`%`,`b c`@`%` TO `u`@`%`"), ["`a`@`%`", "`b c`@`%`"]);
        assert_eq!(given_roles("GRANT `writers` TO `u`@`%`"), ["`writers`"]);
        assert!(given_roles("GRANT SELECT ON `shop`.* TO `u`@`%`").is_empty());
        assert!(given_roles("SET DEFAULT ROLE `writers` FOR `u`@`%`").is_empty());
    }
}
