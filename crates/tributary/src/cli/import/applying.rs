//! Carrying a plan out through the REST API, one object after another: what one of them meets stops no other.

use std::time::Duration;

use foreign::{FoundConnection, FoundKapacitor};
use indicatif::{ProgressBar, ProgressStyle};
use influx::http::Method;
use model::{
    Connection, Kapacitor,
    secret::{ExposeSecret, Secrets},
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{counted, showing::broken_words};
use crate::{
    cli::{
        client::{Client, TooSoon},
        exit::{Exit, Stop},
        output,
        stored::{CONNECTIONS, Shown, items},
    },
    import::{
        house::{House, KnownConnection, KnownKapacitor, KnownOrganization},
        plan::{Fate, Owner, Plan, PlannedConnection, PlannedKapacitor},
    },
};

/// What became of one object.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub(super) enum Outcome {
    /// It is new.
    Created {
        id: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        check: Option<Checked>,
    },
    /// It was here already and was left as it is.
    Unchanged {
        id: String,
        /// Whether what is here says something else than the file.
        differs: bool,
        #[serde(skip_serializing_if = "Option::is_none")]
        check: Option<Checked>,
    },
    /// The server refused it.
    Failed { reason: String },
}

/// What a check found.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Checked {
    passed: bool,
    /// The step that failed, with its code.
    #[serde(skip_serializing_if = "Option::is_none")]
    failed: Option<String>,
}

/// A plan that was carried out.
pub(super) struct Report {
    pub(super) plan: Plan,
    pub(super) organizations: Vec<Outcome>,
    pub(super) connections: Vec<Outcome>,
    pub(super) kapacitors: Vec<Outcome>,
}

#[derive(Deserialize)]
struct OrganizationShown {
    id: String,
    name: String,
    #[serde(default)]
    alias: Option<String>,
}

#[derive(Deserialize)]
struct Numbered {
    #[serde(default)]
    number: Option<i64>,
    #[serde(default)]
    active: bool,
}

#[derive(Deserialize)]
struct Created {
    id: String,
}

/// What is here: every organization with its connections and Kapacitors.
pub(super) async fn house(client: &Client) -> anyhow::Result<House> {
    let organizations: Vec<OrganizationShown> = items(client.get(&["organizations"]).await?)?;
    let mut house = House::default();
    for OrganizationShown { id, name, alias } in organizations {
        let client = client.of(&id)?;
        for item in items::<Value>(client.get(&[CONNECTIONS.path]).await?)? {
            let number = Numbered::deserialize(&item)?.number;
            let shown: Shown<Connection> = serde_json::from_value(item)?;
            house.connections.push(KnownConnection {
                id: shown.id,
                organization: id.clone(),
                name: shown.name,
                number,
                connection: shown.spec,
            });
        }
        for item in items::<Value>(client.get(&["kapacitors"]).await?)? {
            let Numbered { number, active } = Numbered::deserialize(&item)?;
            let shown: Shown<Kapacitor> = serde_json::from_value(item)?;
            house.kapacitors.push(KnownKapacitor {
                id: shown.id,
                connection: shown.spec.connection_id.to_string(),
                name: shown.name,
                number,
                url: shown.spec.url,
                username: shown.spec.username,
                active,
            });
        }
        house.organizations.push(KnownOrganization { id, name, alias });
    }
    Ok(house)
}

/// Carries the plan out: organizations, then connections, then Kapacitors.
///
/// # Errors
/// When the server cannot be reached; what was created stays, and the same import again goes on from there.
pub(super) async fn apply(client: &Client, plan: Plan) -> anyhow::Result<Report> {
    let bar = bar(plan.connections.len() + plan.kapacitors.len());
    let mut organizations = Vec::with_capacity(plan.organizations.len());
    for planned in &plan.organizations {
        organizations.push(match &planned.fate {
            Fate::Here { id, changed } => Outcome::Unchanged { id: id.clone(), differs: *changed, check: None },
            Fate::Create => {
                let body = json!({ "name": planned.name, "alias": planned.alias });
                outcome(client.post(&["organizations"], &body).await)?
            }
        });
    }
    let mut connections = untried(plan.connections.len());
    for at in numbered_first(plan.connections.iter().map(|planned| planned.number)) {
        let planned = &plan.connections[at];
        bar.set_message(planned.name.to_string());
        connections[at] = match (&planned.fate, organizations[planned.organization].id()) {
            (Fate::Here { id, changed }, _) => Outcome::Unchanged { id: id.clone(), differs: *changed, check: None },
            (Fate::Create, None) => Outcome::Failed { reason: "its organization could not be created".to_owned() },
            (Fate::Create, Some(organization)) => {
                let client = client.of(organization)?;
                outcome(client.send(Method::POST, &[CONNECTIONS.path], UNCHECKED, &connection_body(planned)?).await)?
            }
        };
        bar.inc(1);
    }
    let mut kapacitors = untried(plan.kapacitors.len());
    for at in numbered_first(plan.kapacitors.iter().map(|planned| planned.number)) {
        let planned = &plan.kapacitors[at];
        bar.set_message(planned.name.to_string());
        let owner = owner_id(&planned.connection, &connections).zip(organizations[planned.organization].id());
        kapacitors[at] = match (&planned.fate, owner) {
            (Fate::Here { id, changed }, _) => Outcome::Unchanged { id: id.clone(), differs: *changed, check: None },
            (Fate::Create, None) => Outcome::Failed { reason: "its connection could not be created".to_owned() },
            (Fate::Create, Some((connection, organization))) => {
                let client = client.of(organization)?;
                let path = [CONNECTIONS.path, connection, "kapacitors"];
                outcome(client.send(Method::POST, &path, UNCHECKED, &kapacitor_body(planned)?).await)?
            }
        };
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(Report { plan, organizations, connections, kapacitors })
}

fn owner_id<'a>(owner: &'a Owner, connections: &'a [Outcome]) -> Option<&'a str> {
    match owner {
        Owner::Imported(at) => connections[*at].id(),
        Owner::Here { id, .. } => Some(id),
    }
}

/// The order of creation: what keeps its number comes before what gets the next free one.
fn numbered_first(numbers: impl Iterator<Item = Option<i64>>) -> Vec<usize> {
    let (mut numbered, others): (Vec<_>, Vec<_>) = numbers.enumerate().partition(|(_, number)| number.is_some());
    numbered.extend(others);
    numbered.into_iter().map(|(at, _)| at).collect()
}

fn untried(length: usize) -> Vec<Outcome> {
    vec![Outcome::Failed { reason: "it was not tried".to_owned() }; length]
}

const UNCHECKED: &[(&str, &str)] = &[("check", "skip")];

/// What the server's answer to a create means. Only a server that cannot be reached ends it all.
fn outcome(answer: anyhow::Result<Value>) -> anyhow::Result<Outcome> {
    match answer {
        Ok(answer) => Ok(Outcome::Created { id: Created::deserialize(&answer)?.id, check: None }),
        Err(error) if is_unreachable(&error) => Err(error),
        Err(error) => Ok(Outcome::Failed { reason: error.to_string().replace("\n  try: ", "; try: ") }),
    }
}

fn is_unreachable(error: &anyhow::Error) -> bool {
    error.downcast_ref::<Stop>().is_some_and(|stop| matches!(stop.exit, Exit::Unreachable | Exit::Permission))
}

fn connection_body(planned: &PlannedConnection) -> anyhow::Result<Value> {
    let FoundConnection { connection, secrets, .. } = &planned.found;
    let mut body = members(serde_json::to_value(connection)?);
    body.insert("name".to_owned(), json!(planned.name));
    body.insert("default".to_owned(), json!(planned.default));
    body.insert("number".to_owned(), json!(planned.number));
    body.insert("secrets".to_owned(), given(secrets));
    Ok(Value::Object(body))
}

fn kapacitor_body(planned: &PlannedKapacitor) -> anyhow::Result<Value> {
    let FoundKapacitor { url, username, insecure_skip_verify, secrets, .. } = &planned.found;
    Ok(json!({
        "name": planned.name,
        "url": url,
        "username": username,
        "insecure_skip_verify": insecure_skip_verify,
        "active": planned.active,
        "number": planned.number,
        "secrets": given(secrets),
    }))
}

fn members(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}

fn given(secrets: &Secrets) -> Value {
    secrets.iter().map(|(field, secret)| (field.as_str().to_owned(), Value::from(secret.expose_secret()))).collect::<Map<_, _>>().into()
}

/// Checks every connection and Kapacitor of the report, at the pace that the server allows.
///
/// # Errors
/// When the server cannot be reached.
pub(super) async fn check(client: &Client, report: &mut Report) -> anyhow::Result<()> {
    let Report { plan, organizations, connections, kapacitors } = report;
    let bar = bar(connections.len() + kapacitors.len());
    let mut said = false;
    for (planned, outcome) in plan.connections.iter().zip(connections.iter_mut()) {
        bar.set_message(format!("checking {}", planned.name));
        if let (Some(organization), Some(id)) = (organizations[planned.organization].id(), outcome.id().map(str::to_owned)) {
            let client = client.of(organization)?;
            outcome.put_check(check_one(&client, &[CONNECTIONS.path, &id, "check"], &bar, &mut said).await?);
        }
        bar.inc(1);
    }
    for (planned, outcome) in plan.kapacitors.iter().zip(kapacitors.iter_mut()) {
        bar.set_message(format!("checking {}", planned.name));
        let owner = owner_id(&planned.connection, connections).zip(organizations[planned.organization].id());
        if let (Some((connection, organization)), Some(id)) = (owner, outcome.id().map(str::to_owned)) {
            let client = client.of(organization)?;
            outcome.put_check(check_one(&client, &[CONNECTIONS.path, connection, "kapacitors", &id, "check"], &bar, &mut said).await?);
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(())
}

async fn check_one(client: &Client, path: &[&str], bar: &ProgressBar, said: &mut bool) -> anyhow::Result<Checked> {
    #[derive(Deserialize)]
    struct Answer {
        passed: bool,
        findings: Vec<model::Finding>,
    }
    loop {
        match client.post(path, &json!({})).await {
            Ok(answer) => {
                let Answer { passed, findings } = serde_json::from_value(answer)?;
                let failed = findings.iter().find(|finding| finding.verdict == model::Verdict::Failed).map(|finding| {
                    let code = finding.code.map(|code| format!(" [{}]", code.as_str())).unwrap_or_default();
                    format!("{}: {}{code}", finding.step, finding.detail)
                });
                return Ok(Checked { passed, failed });
            }
            Err(error) => match error.downcast_ref::<TooSoon>() {
                Some(TooSoon { after }) => {
                    if !std::mem::replace(said, true) {
                        bar.suspend(|| output::say("the server allows a number of checks a minute: waiting where it says so"));
                    }
                    tokio::time::sleep((*after).max(Duration::from_secs(1))).await;
                }
                None if is_unreachable(&error) => return Err(error),
                None => return Ok(Checked { passed: false, failed: Some(error.to_string()) }),
            },
        }
    }
}

/// Invisible unless standard error is a terminal.
fn bar(length: usize) -> ProgressBar {
    let bar = ProgressBar::new(length as u64);
    let style = ProgressStyle::with_template("{bar:30} {pos}/{len} {wide_msg}").unwrap_or_else(|_| ProgressStyle::default_bar());
    bar.set_style(style);
    bar
}

impl Outcome {
    fn id(&self) -> Option<&str> {
        match self {
            Self::Created { id, .. } | Self::Unchanged { id, .. } => Some(id),
            Self::Failed { .. } => None,
        }
    }

    fn put_check(&mut self, checked: Checked) {
        match self {
            Self::Created { check, .. } | Self::Unchanged { check, .. } => *check = Some(checked),
            Self::Failed { .. } => {}
        }
    }

    fn checked(&self) -> Option<&Checked> {
        match self {
            Self::Created { check, .. } | Self::Unchanged { check, .. } => check.as_ref(),
            Self::Failed { .. } => None,
        }
    }

    /// For a table.
    pub(super) fn word(&self) -> String {
        let word = match self {
            Self::Created { .. } => "created",
            Self::Unchanged { differs: false, .. } => "here already",
            Self::Unchanged { differs: true, .. } => "here already, differs",
            Self::Failed { reason } => return format!("failed: {reason}"),
        };
        match self.checked() {
            None => word.to_owned(),
            Some(Checked { passed: true, .. }) => format!("{word}, works"),
            Some(Checked { failed, .. }) => format!("{word}, {}", failed.as_deref().unwrap_or("does not work")),
        }
    }
}

impl Report {
    fn all(&self) -> impl Iterator<Item = &Outcome> {
        self.connections.iter().chain(&self.kapacitors)
    }

    /// Whether everything that was found is here now and, where it was checked, works.
    pub(super) fn is_whole(&self) -> bool {
        let came = |outcome: &Outcome| outcome.id().is_some() && outcome.checked().is_none_or(|checked| checked.passed);
        self.plan.broken.is_empty() && self.organizations.iter().all(came) && self.all().all(came)
    }

    /// What was done, in a few lines.
    pub(super) fn words(&self) -> Vec<String> {
        let created = |outcomes: &[Outcome]| outcomes.iter().filter(|outcome| matches!(outcome, Outcome::Created { .. })).count();
        let (connections, kapacitors, organizations) =
            (created(&self.connections), created(&self.kapacitors), created(&self.organizations));
        let here = self.all().filter(|outcome| matches!(outcome, Outcome::Unchanged { .. })).count();
        let differ = self.all().filter(|outcome| matches!(outcome, Outcome::Unchanged { differs: true, .. })).count();
        let failed = self.all().filter(|outcome| outcome.id().is_none()).count() + self.plan.broken.len();
        let mut words = Vec::new();
        if connections + kapacitors + organizations == 0 {
            words.push(format!("nothing changed: {} here already{}", output::count(here as u64), broken_words(failed)));
        } else {
            let here = if here == 0 { String::new() } else { format!("; {} here already", output::count(here as u64)) };
            words.push(format!(
                "created {}, {}, {}{here}{}",
                counted(connections, "connection"),
                counted(kapacitors, "Kapacitor"),
                counted(organizations, "organization"),
                broken_words(failed)
            ));
        }
        if differ > 0 {
            words.push(format!("{} here already and not as in the file: left as they are", output::count(differ as u64)));
        }
        let checked = self.all().filter_map(Outcome::checked).count();
        if checked > 0 {
            let passed = self.all().filter_map(Outcome::checked).filter(|checked| checked.passed).count();
            words.push(format!("checked {}: {} work", output::count(checked as u64), output::count(passed as u64)));
        } else if connections + kapacitors > 0 {
            words.push("stored unverified: `tributary connection check NAME` tries one, the same import with --check tries all".to_owned());
        }
        words
    }
}
