//! `tributary kapacitor endpoint`: alert endpoints, which the Kapacitor itself keeps.

use std::{collections::BTreeMap, io};

use anyhow::Context;
use clap::{Args, Subcommand};
use influx::http::Method;
use model::{EndpointName, EndpointTest, Handler};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    super::{
        body::Body,
        client::Client,
        exit::{Exit, Stop},
        output::{self, Format},
        sheet::{self, Sheet},
        stored::quoted,
    },
    at::{At, Place},
    options::{Options, field},
};

/// Whom the Kapacitor tells of alerts, and how: Slack, mail, PagerDuty and others
#[derive(Args, Debug)]
#[command(
    after_help = "Kapacitor keeps alert endpoints itself. An endpoint is named by its section, or by section and element: `smtp`, `slack:ops`.

Examples:
  tributary kapacitor endpoint list --connection shop
  tributary kapacitor endpoint set smtp host=mail.example.com from=alerts@example.com to=ops@example.com enabled=true --connection shop
  tributary kapacitor endpoint test smtp --connection shop"
)]
pub(super) struct Endpoint {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand, Debug)]
enum Action {
    /// List the alert endpoints, and what differs between what runs and what is stored
    #[command(after_help = "Example:\n  tributary kapacitor endpoint list --connection shop")]
    List {
        #[command(flatten)]
        at: At,
    },
    /// Show one alert endpoint with all its options; never its secrets
    #[command(after_help = "Example:\n  tributary kapacitor endpoint show slack:ops --connection shop")]
    Show(Which),
    /// Change an alert endpoint. Only what is named changes
    #[command(
        after_help = "Kapacitor uses the new values at once. A secret comes from a file or standard input: its text; of headers one `name=value` a line.

Examples:
  tributary kapacitor endpoint set smtp port=587 to=ops@example.com,shop@example.com --connection shop
  tributary kapacitor endpoint set slack 'channel=#ops' enabled=true --secret-file url=webhook --connection shop
  tributary kapacitor endpoint set slack --clear icon-emoji --reset username --connection shop --kapacitor alerts"
    )]
    Set(Set),
    /// Add an alert endpoint of which there can be several: a workspace of Slack, a Kafka cluster, an address that is posted to
    #[command(
        after_help = "Example:\n  tributary kapacitor endpoint add slack:ops 'channel=#ops' enabled=true --secret-file url=webhook --connection shop"
    )]
    Add(Add),
    /// Remove an alert endpoint that was added; one that Kapacitor's file knows has that file's values again
    #[command(after_help = "Example:\n  tributary kapacitor endpoint remove slack:ops --connection shop")]
    Remove(Which),
    /// Make what runs what is stored, where they differ
    #[command(after_help = "Example:\n  tributary kapacitor endpoint apply slack --connection shop")]
    Apply(Which),
    /// Let Kapacitor send a message. It really sends, so it asks first
    #[command(after_help = "Says what a success proves: not every handler knows whether the message arrived. Ends with 1 when it failed.

Examples:
  tributary kapacitor endpoint test slack:ops --connection shop
  tributary kapacitor endpoint test slack:ops --connection shop --yes")]
    Test {
        #[command(flatten)]
        which: Which,
        /// Send without asking
        #[arg(long)]
        yes: bool,
    },
}

#[derive(Args, Debug)]
struct Which {
    /// Section, or section and element: `smtp`, `slack:ops`
    name: String,
    #[command(flatten)]
    at: At,
}

#[derive(Args, Debug)]
struct Set {
    #[command(flatten)]
    which: Which,
    #[command(flatten)]
    options: Options,
    /// Empty this option: a text, a list, a map, a secret. May be repeated
    #[arg(long, value_name = "OPTION")]
    clear: Vec<String>,
    /// Go back to the value of Kapacitor's file, or to its default. May be repeated
    #[arg(long, value_name = "OPTION")]
    reset: Vec<String>,
}

#[derive(Args, Debug)]
struct Add {
    #[command(flatten)]
    which: Which,
    #[command(flatten)]
    options: Options,
}

/// What a Kapacitor offers and has, as the API shows it.
#[derive(Deserialize)]
struct All {
    handlers: Vec<Handler>,
    items: Vec<Shown>,
}

/// An endpoint as the API shows it.
#[derive(Deserialize)]
struct Shown {
    name: EndpointName,
    enabled: Option<bool>,
    options: BTreeMap<String, Value>,
    differs: Vec<String>,
}

/// What became of one that was removed.
#[derive(Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
enum Removed {
    Removed,
    Reset,
}

impl Endpoint {
    pub(super) async fn run(self, client: &Client, format: Format) -> anyhow::Result<Exit> {
        match self.action {
            Action::List { at } => list(client, &at.place(client).await?, format).await,
            Action::Show(Which { name, at }) => {
                let place = at.place(client).await?;
                let answer = client.get(&place.path(&["endpoints", &name])).await?;
                show(client, &place, answer, format).await
            }
            Action::Set(set) => set.run(client, format).await,
            Action::Add(add) => add.run(client, format).await,
            Action::Remove(which) => remove(client, which, format).await,
            Action::Apply(Which { name, at }) => {
                let place = at.place(client).await?;
                let answer = client.post(&place.path(&["endpoints", &name, "apply"]), &json!({})).await?;
                output::say(format!("`{name}` runs as it is stored"));
                show(client, &place, answer, format).await
            }
            Action::Test { which, yes } => test(client, which, yes, format).await,
        }
    }
}

impl Set {
    async fn run(self, client: &Client, format: Format) -> anyhow::Result<Exit> {
        let Self { which: Which { name, at }, options, clear, reset } = self;
        if options.is_empty() && clear.is_empty() && reset.is_empty() {
            return Err(Stop::with(Exit::Usage, "nothing was said that could be changed; see --help"));
        }
        let place = at.place(client).await?;
        let handler = handler(client, &place, &name).await?;
        let mut values = options.read(&handler)?;
        for option in clear {
            field(&handler, &option)?;
            if values.insert(option.clone(), Value::Null).is_some() {
                return Err(Stop::with(Exit::Usage, format!("`{option}` is given and cleared; say one of the two")));
            }
        }
        let mut body = Body::default();
        body.put("options", Some(values))?;
        body.put("reset", Some(reset))?;
        let answer = client.patch(&place.path(&["endpoints", &name]), &body.into_value()).await?;
        output::say(format!("changed the alert endpoint `{name}`"));
        show(client, &place, answer, format).await
    }
}

impl Add {
    async fn run(self, client: &Client, format: Format) -> anyhow::Result<Exit> {
        let Self { which: Which { name, at }, options } = self;
        let place = at.place(client).await?;
        let mut body = Body::default();
        body.put("options", Some(options.read(&handler(client, &place, &name).await?)?))?;
        body.put("name", Some(&name))?;
        let answer = client.send(Method::POST, &place.path(&["endpoints"]), &[], &body.into_value()).await?;
        output::say(format!("added the alert endpoint `{name}`; `tributary kapacitor endpoint test` tries it"));
        show(client, &place, answer, format).await
    }
}

async fn all(client: &Client, place: &Place) -> anyhow::Result<All> {
    Ok(All::deserialize(client.get(&place.path(&["endpoints"])).await?)?)
}

/// The handler of an endpoint, which may be one to be.
async fn handler(client: &Client, place: &Place, name: &str) -> anyhow::Result<Handler> {
    let section = section_of(name);
    let found = all(client, place).await?.handlers.into_iter().find(|handler| handler.section == section);
    found.ok_or_else(|| {
        let advice = format!("`tributary kapacitor endpoint list {}` says what it offers", place.words());
        Stop::with(Exit::NotFound, format!("this kapacitor has no alert endpoints of the kind `{section}`; {advice}"))
    })
}

fn section_of(name: &str) -> &str {
    name.split_once(':').map_or(name, |(section, _)| section)
}

async fn list(client: &Client, place: &Place, format: Format) -> anyhow::Result<Exit> {
    let answer = client.get(&place.path(&["endpoints"])).await?;
    if format == Format::Json {
        output::json(&answer)?;
        return Ok(Exit::Done);
    }
    let All { handlers, items } = All::deserialize(&answer)?;
    let label = |section: &str| handlers.iter().find(|handler| handler.section == section).map_or("", |handler| handler.label.as_str());
    let row = |shown: &Shown| {
        let enabled = shown.enabled.map(sheet::yes).unwrap_or("always");
        vec![shown.name.to_string(), label(&shown.name.section).to_owned(), enabled.to_owned(), shown.differs.join(", ")]
    };
    output::table(&["name", "handler", "enabled", "runs differently in"], items.iter().map(row))?;
    let several: Vec<String> =
        handlers.iter().filter_map(|handler| Some(format!("{}:<{}>", handler.section, handler.key.as_ref()?))).collect();
    if !several.is_empty() {
        output::say(format!("more can be added of {}", several.join(", ")));
    }
    Ok(Exit::Done)
}

/// Shows an endpoint as the API answered it. What its options are is asked for only when a person reads it.
async fn show(client: &Client, place: &Place, answer: Value, format: Format) -> anyhow::Result<Exit> {
    if format == Format::Json {
        output::json(&answer)?;
        return Ok(Exit::Done);
    }
    let shown = Shown::deserialize(&answer)?;
    let handler = handler(client, place, &shown.name.to_string()).await?;
    output::line(shown.render(&handler))?;
    if !shown.differs.is_empty() {
        output::say(format!(
            "what runs is not what is stored, in {}\n  try: tributary kapacitor endpoint apply {} {}",
            shown.differs.join(", "),
            quoted(&shown.name.to_string()),
            place.words()
        ));
    }
    Ok(Exit::Done)
}

impl Shown {
    fn render(&self, handler: &Handler) -> String {
        let head = Sheet::default()
            .line("name", &self.name)
            .line("handler", &handler.label)
            .maybe("remark", handler.remark.as_ref())
            .line("a test proves", handler.test.as_ref().map_or("nothing: this server offers none", |test| test.says.as_str()));
        let rows = handler.fields.iter().map(|field| {
            let value = self.options.get(&field.name).map(written).unwrap_or_default();
            vec![field.name.clone(), value, field.label.clone()]
        });
        format!("{}\n\n{}", head.render(), output::render(&["option", "value", "means"], rows))
    }
}

/// A value as a table shows it.
fn written(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(written).collect::<Vec<_>>().join(", "),
        Value::Object(members) => match (members.len(), members.get("set").and_then(Value::as_bool)) {
            (1, Some(set)) => if set { "kept" } else { "not set" }.to_owned(),
            _ => members.iter().map(|(name, value)| format!("{name}={}", written(value))).collect::<Vec<_>>().join(", "),
        },
        other => other.to_string(),
    }
}

async fn remove(client: &Client, Which { name, at }: Which, format: Format) -> anyhow::Result<Exit> {
    let place = at.place(client).await?;
    let answer = client.delete(&place.path(&["endpoints", &name]), &[]).await?;
    if format == Format::Json {
        output::json(&answer)?;
        return Ok(Exit::Done);
    }
    output::say(match Removed::deserialize(&answer)? {
        Removed::Removed => format!("removed the alert endpoint `{name}`"),
        Removed::Reset => format!("the alert endpoint `{name}` has the values of Kapacitor's file again"),
    });
    Ok(Exit::Done)
}

async fn test(client: &Client, Which { name, at }: Which, yes: bool, format: Format) -> anyhow::Result<Exit> {
    let place = at.place(client).await?;
    if !yes && !confirmed(&format!("The kapacitor `{}` really sends a message by `{name}`. Send it?", place.kapacitor))? {
        return Err(Stop::with(Exit::Usage, "nothing was sent; --yes sends without asking"));
    }
    let answer = client.post(&place.path(&["endpoints", &name, "test"]), &json!({})).await?;
    let tested = EndpointTest::deserialize(&answer)?;
    match (format, tested.success) {
        (Format::Json, _) => output::json(&answer)?,
        (Format::Table, true) => output::line(format!("✓ {name}: {}", tested.says))?,
        (Format::Table, false) => output::line(format!("✗ {name}: {}", tested.message))?,
    }
    Ok(if tested.success { Exit::Done } else { Exit::Failed })
}

/// Asks on standard error and reads the answer from standard input; its end is a no.
fn confirmed(question: &str) -> anyhow::Result<bool> {
    output::say(format!("{question} [y/N]"));
    let mut answer = String::new();
    io::stdin().read_line(&mut answer).context("reading standard input")?;
    Ok(matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_written_on_one_line_and_a_secret_only_as_kept_or_not() {
        for (value, expected) in [
            (json!(null), ""),
            (json!("#ops"), "#ops"),
            (json!(["a", "b"]), "a, b"),
            (json!({ "ok": "Clear", "n": 1 }), "ok=Clear, n=1"),
            (json!({ "set": true }), "kept"),
            (json!({ "set": false }), "not set"),
            (json!({ "db": ["p", "q"] }), "db=p, q"),
            (json!(25), "25"),
        ] {
            assert_eq!(written(&value), expected);
        }
    }
}
