//! What an import is going to do, and what it has done, on the terminal.

use foreign::{FoundConnection, FoundKapacitor};
use influx::http;
use model::{SecretField, Target, secret::Secrets};
use serde::Serialize;

use super::{
    applying::{Outcome, Report},
    counted,
};
use crate::{
    cli::output::{self, Format},
    import::{
        plan::{Fate, Owner, Plan, PlannedConnection, PlannedKapacitor},
        reading::Said,
    },
};

/// One object, without any secret.
#[derive(Serialize)]
struct Row {
    organization: String,
    name: String,
    kind: &'static str,
    #[serde(rename = "where")]
    at: String,
    what: String,
    secrets: Vec<&'static str>,
    number: Option<i64>,
    chosen: bool,
    file: String,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    outcome: Option<Outcome>,
}

/// Something that is told, with its place.
#[derive(Serialize)]
struct Told<'a> {
    file: &'a str,
    line: Option<usize>,
    field: Option<&'a str>,
    text: &'a str,
}

/// Everything, for programs.
#[derive(Serialize)]
struct Everything<'a> {
    organizations: Vec<PlaceShown<'a>>,
    connections: Vec<Row>,
    kapacitors: Vec<Row>,
    remarks: Vec<Told<'a>>,
    broken: Vec<Told<'a>>,
}

#[derive(Serialize)]
struct PlaceShown<'a> {
    name: &'a str,
    alias: Option<&'a str>,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    outcome: Option<Outcome>,
}

/// Tells what was assumed, ignored or cannot come, each with its place, on standard error.
pub(super) fn remarks(remarks: &[Said], broken: &[Said]) {
    for said in remarks {
        output::say(format!("note: {}", words(said)));
    }
    for said in broken {
        output::say(format!("broken: {}", words(said)));
    }
}

fn words(said: &Said) -> String {
    let line = said.line.map(|line| format!(":{line}")).unwrap_or_default();
    let field = said.field.as_ref().map(|field| format!("`{field}`: ")).unwrap_or_default();
    format!("{}{line}: {field}{}", said.file, said.text)
}

/// Prints what would come.
pub(super) fn plan(plan: &Plan, format: Format) -> anyhow::Result<()> {
    let connections: Vec<Row> = plan.connections.iter().map(|planned| connection(plan, planned, None)).collect();
    let kapacitors: Vec<Row> = plan.kapacitors.iter().map(|planned| kapacitor(plan, planned, None)).collect();
    let created = plan.organizations.iter().filter(|planned| planned.fate == Fate::Create).count();
    let summary = format!(
        "would come: {}, {}, {}{}; nobody was contacted",
        counted(connections.len(), "connection"),
        counted(kapacitors.len(), "Kapacitor"),
        counted(created, "organization"),
        broken_words(plan.broken.len()),
    );
    let organizations = plan
        .organizations
        .iter()
        .filter(|planned| planned.fate == Fate::Create)
        .map(|planned| PlaceShown { name: &planned.name, alias: planned.alias.as_deref(), outcome: None })
        .collect();
    print(Everything { organizations, connections, kapacitors, remarks: told(&plan.remarks), broken: told(&plan.broken) }, format, false)?;
    output::say(summary);
    Ok(())
}

/// Prints what was done.
pub(super) fn report(report: &Report, format: Format) -> anyhow::Result<()> {
    let plan = &report.plan;
    let connections: Vec<Row> = plan
        .connections
        .iter()
        .zip(&report.connections)
        .map(|(planned, outcome)| connection(plan, planned, Some(outcome.clone())))
        .collect();
    let kapacitors: Vec<Row> =
        plan.kapacitors.iter().zip(&report.kapacitors).map(|(planned, outcome)| kapacitor(plan, planned, Some(outcome.clone()))).collect();
    let organizations = plan
        .organizations
        .iter()
        .zip(&report.organizations)
        .map(|(planned, outcome)| PlaceShown { name: &planned.name, alias: planned.alias.as_deref(), outcome: Some(outcome.clone()) })
        .collect();
    print(Everything { organizations, connections, kapacitors, remarks: told(&plan.remarks), broken: told(&plan.broken) }, format, true)?;
    for line in report.words() {
        output::say(line);
    }
    Ok(())
}

/// ` and 2 things that cannot`.
pub(super) fn broken_words(broken: usize) -> String {
    if broken == 0 { String::new() } else { format!("; {} cannot come", output::count(broken as u64)) }
}

fn told(said: &[Said]) -> Vec<Told<'_>> {
    said.iter().map(|said| Told { file: &said.file, line: said.line, field: said.field.as_deref(), text: &said.text }).collect()
}

fn print(everything: Everything<'_>, format: Format, done: bool) -> anyhow::Result<()> {
    if format == Format::Json {
        return output::json(&everything);
    }
    let mut headings = vec!["organization", "name", "kind", "where", "what", "secrets", "number"];
    if done {
        headings.push("outcome");
    }
    let rows: Vec<Row> = everything.connections.into_iter().chain(everything.kapacitors).collect();
    let some_chosen = rows.iter().any(|row| row.chosen);
    let rows = rows.into_iter().map(|row| {
        let name = if row.chosen { format!("{} *", row.name) } else { row.name };
        let number = row.number.map(|number| number.to_string()).unwrap_or_default();
        let mut cells = vec![row.organization, name, row.kind.to_owned(), row.at, row.what, row.secrets.join(", "), number];
        cells.extend(row.outcome.map(|outcome| outcome.word()));
        cells
    });
    output::table(&headings, rows)?;
    if some_chosen {
        output::say("* the default connection of its organization, the active Kapacitor of its connection");
    }
    Ok(())
}

fn connection(plan: &Plan, planned: &PlannedConnection, outcome: Option<Outcome>) -> Row {
    let PlannedConnection { file, organization, name, number, default, found, .. } = planned;
    let FoundConnection { connection, secrets, .. } = found;
    let what = match &connection.target {
        Target::V1 { database, retention_policy, username, .. } => {
            let policy = retention_policy.as_deref().map(|policy| format!(".{policy}")).unwrap_or_default();
            let user = username.as_deref().map(|user| format!(" as {user}")).unwrap_or_default();
            format!("{database}{policy}{user}")
        }
        Target::V2 { organization, bucket, .. } => format!("{organization}/{bucket}"),
        Target::V3 { database, .. } => database.clone(),
        Target::File { .. } => "files".to_owned(),
    };
    Row {
        organization: plan.organizations[*organization].name.clone(),
        name: name.to_string(),
        kind: connection.target.driver(),
        at: connection.target.url().map(http::shown).unwrap_or_default(),
        what,
        secrets: names(secrets),
        number: *number,
        chosen: *default,
        file: file.clone(),
        outcome,
    }
}

fn kapacitor(plan: &Plan, planned: &PlannedKapacitor, outcome: Option<Outcome>) -> Row {
    let PlannedKapacitor { file, organization, connection, name, number, active, found, .. } = planned;
    let FoundKapacitor { url, secrets, .. } = found;
    let owner = match connection {
        Owner::Imported(at) => plan.connections[*at].name.as_str(),
        Owner::Here { name, .. } => name,
    };
    Row {
        organization: plan.organizations[*organization].name.clone(),
        name: name.to_string(),
        kind: "kapacitor",
        at: http::shown(url),
        what: format!("of {owner}"),
        secrets: names(secrets),
        number: *number,
        chosen: *active,
        file: file.clone(),
        outcome,
    }
}

fn names(secrets: &Secrets) -> Vec<&'static str> {
    secrets.keys().copied().map(SecretField::as_str).collect()
}
