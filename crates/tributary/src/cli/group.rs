//! `tributary group`: schedules.

use chrono::{DateTime, Utc};
use clap::{Args, Subcommand, ValueEnum};
use model::{Group as Spec, Missed, Overlap, Schedule, Slot, SlotOutcome};
use serde::Deserialize;
use serde_json::json;

use super::{
    body::Body,
    client::{Client, ServerOptions},
    exit::{Exit, Stop},
    length,
    output::{self, Format},
    progress,
    sheet::{self, Sheet},
    stored::{GROUPS, Shown, items, quoted},
};

/// Keep and change groups: schedules, and the series that run on them.
#[derive(Args, Debug)]
#[command(after_help = "Example:
  tributary group create five-minutes --cron '*/5 * * * *' --time-zone Europe/Berlin
  tributary group next five-minutes")]
pub struct Group {
    #[command(flatten)]
    server: ServerOptions,
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand, Debug)]
enum Action {
    /// List all groups
    #[command(after_help = "Example:\n  tributary group list")]
    List,
    /// Show one group
    #[command(after_help = "Example:\n  tributary group show five-minutes")]
    Show {
        /// Name or id
        name: String,
    },
    /// Save a new group; its first slot is the next one from now on
    #[command(after_help = "Examples:
  tributary group create five-minutes --cron '*/5 * * * *'
  tributary group create night --cron '30 2 * * *' --time-zone Europe/Berlin --missed all:7
  tributary group create ticks --every 30s --overlap queue-one")]
    Create(Create),
    /// Change a group. Only what is named changes
    #[command(after_help = "Example:\n  tributary group update night --enabled false")]
    Update(Update),
    /// Delete a group
    #[command(after_help = "Its series can be dealt with in the same step; all of it happens or nothing.

Examples:
  tributary group delete night
  tributary group delete night --members release
  tributary group delete night --members move --to day")]
    Delete {
        /// Name or id
        name: String,
        /// What becomes of its series: they keep it (then it is not deleted), stay without a group, go to another or are deleted too
        #[arg(long, value_enum, default_value = "keep")]
        members: Members,
        /// The group that they go to, by name or id
        #[arg(long, value_name = "NAME", required_if_eq("members", "move"))]
        to: Option<String>,
    },
    /// Show the coming slots of a group. Without a name, of what the flags say
    #[command(after_help = "Examples:
  tributary group next night --count 10
  tributary group next --cron '30 2 * * *' --time-zone Europe/Berlin --after 2027-03-27T00:00:00Z")]
    Next(Next),
    /// Run every enabled series of the group now, by hand
    #[command(after_help = "With --wait ends with 0 when all runs succeeded, with 3 when rows were rejected and with 1 when a run failed.

Example:
  tributary group run night --wait")]
    Run {
        /// Name or id
        name: String,
        #[command(flatten)]
        options: progress::RunOptions,
    },
    /// Show what became of the group's slots, newest first
    #[command(after_help = "Example:\n  tributary group slots night --limit 50")]
    Slots {
        /// Name or id
        name: String,
        /// Only slots before this
        #[arg(long, value_name = "INSTANT")]
        before: Option<DateTime<Utc>>,
        /// Most slots
        #[arg(long, default_value_t = 20)]
        limit: u32,
    },
}

#[derive(Args, Debug)]
struct Create {
    /// Its name
    name: String,
    #[command(flatten)]
    fields: Fields,
}

#[derive(Args, Debug)]
struct Update {
    /// Name or id
    name: String,
    /// Its new name
    #[arg(long, value_name = "NAME")]
    rename: Option<String>,
    #[command(flatten)]
    fields: Fields,
}

#[derive(Args, Debug)]
struct Next {
    /// Name or id of a stored group
    #[arg(conflicts_with_all = ["cron", "every"])]
    name: Option<String>,
    /// How many slots
    #[arg(long, default_value_t = 5)]
    count: u32,
    /// Slots after this [default: now]
    #[arg(long, value_name = "INSTANT")]
    after: Option<DateTime<Utc>>,
    #[command(flatten)]
    schedule: ScheduleFields,
}

#[derive(Args, Debug)]
struct ScheduleFields {
    /// A cron line of 5 fields, or 6 with seconds first
    #[arg(long, value_name = "LINE", conflicts_with = "every")]
    cron: Option<String>,
    /// Every so often, at whole multiples since 1970: `30s`, `5m`
    #[arg(long, value_name = "LENGTH", value_parser = length::seconds)]
    every: Option<u32>,
    /// IANA zone that the cron line is read in [default: UTC]
    #[arg(long, value_name = "ZONE")]
    time_zone: Option<String>,
}

#[derive(Args, Debug)]
struct Fields {
    #[command(flatten)]
    schedule: ScheduleFields,
    /// What becomes of a slot that comes while an earlier one still runs [default: skip]
    #[arg(long, value_enum)]
    overlap: Option<OverlapKind>,
    /// What becomes of slots that passed while nothing ran: skip, latest or all:N [default: latest]
    #[arg(long, value_name = "POLICY", value_parser = missed_of)]
    missed: Option<Missed>,
    /// A disabled group has no slots
    #[arg(long, value_name = "BOOL")]
    enabled: Option<bool>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum OverlapKind {
    /// It is recorded as skipped
    Skip,
    /// It waits; when one waits already, it is recorded as skipped
    QueueOne,
}

/// A group as the API shows it: with its next slot.
#[derive(Deserialize)]
struct Scheduled {
    #[serde(default)]
    next_slot_at: Option<DateTime<Utc>>,
    #[serde(flatten)]
    spec: Spec,
}

/// Coming slots as the API shows them.
#[derive(Deserialize)]
struct Forecast {
    words: String,
    slots: Vec<Upcoming>,
}

#[derive(Deserialize)]
struct Upcoming {
    at: DateTime<Utc>,
    local: String,
    #[serde(default)]
    note: Option<String>,
}

impl Group {
    /// Does what was asked.
    ///
    /// # Errors
    /// When the server cannot be reached or refuses.
    pub async fn run(self, format: Format) -> anyhow::Result<Exit> {
        let client = Client::new(&self.server)?;
        match self.action {
            Action::List => GROUPS.list(&client, format, &["name", "schedule", "time zone", "next slot", "overlap", "missed"], row).await,
            Action::Show { name } => GROUPS.show(GROUPS.get(&client, &name).await?, format, sheet),
            Action::Create(create) => create.run(&client, format).await,
            Action::Update(update) => update.run(&client, format).await,
            Action::Delete { name, members, to } => delete(&client, &name, members, to.as_deref()).await,
            Action::Next(next) => next.run(&client, format).await,
            Action::Run { name, options } => options.run(&client, &[GROUPS.path, &name, "run"], format).await,
            Action::Slots { name, before, limit } => slots(&client, &name, before, limit, format).await,
        }
    }
}

/// What becomes of the series of a group that is deleted.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Members {
    /// They keep their group: it is not deleted while there are any
    Keep,
    /// They stay without a group, and run by hand only
    Release,
    /// They go to the group --to
    Move,
    /// They are deleted with their runs
    Delete,
}

async fn delete(client: &Client, name: &str, members: Members, to: Option<&str>) -> anyhow::Result<Exit> {
    let word = members.to_possible_value().expect("none is hidden");
    let mut query = vec![("members", word.get_name())];
    query.extend(to.map(|to| ("to", to)));
    client.delete(&[GROUPS.path, name], &query).await?;
    output::say(format!("deleted the group `{name}`"));
    Ok(Exit::Done)
}

impl Create {
    async fn run(self, client: &Client, format: Format) -> anyhow::Result<Exit> {
        let mut body = self.fields.body()?;
        if body.get("schedule").is_none() {
            return Err(Stop::with(Exit::Usage, "a schedule is needed: give --cron '*/5 * * * *' or --every 5m"));
        }
        body.put("name", Some(&self.name))?;
        let answer = client.post(&[GROUPS.path], &body.into_value()).await?;
        output::say(format!("created the group `{}`; `tributary group next {}` shows its coming slots", self.name, quoted(&self.name)));
        GROUPS.show(answer, format, sheet)
    }
}

impl Update {
    async fn run(self, client: &Client, format: Format) -> anyhow::Result<Exit> {
        let mut body = self.fields.body()?;
        body.put_text("name", self.rename.as_deref());
        let answer = client.patch(&[GROUPS.path, &self.name], &body.not_empty()?.into_value()).await?;
        output::say(format!("changed the group `{}`", self.name));
        GROUPS.show(answer, format, sheet)
    }
}

impl Next {
    async fn run(self, client: &Client, format: Format) -> anyhow::Result<Exit> {
        let answer = match &self.name {
            Some(name) => {
                let mut query = vec![("count", self.count.to_string())];
                query.extend(self.after.map(|after| ("after", after.to_rfc3339())));
                client.get_with(&[GROUPS.path, name, "next"], &query).await?
            }
            None => {
                let mut body = self.schedule.body()?;
                if body.get("schedule").is_none() {
                    return Err(Stop::with(Exit::Usage, "give the name of a group, or --cron or --every to try a schedule"));
                }
                body.put("count", Some(self.count))?;
                body.put("after", self.after)?;
                client.post(&[GROUPS.path, "next"], &body.into_value()).await?
            }
        };
        if format == Format::Json {
            output::json(&answer)?;
            return Ok(Exit::Done);
        }
        let forecast: Forecast = serde_json::from_value(answer)?;
        output::say(forecast.words);
        output::table(
            &["local", "utc", "note"],
            forecast.slots.into_iter().map(|slot| vec![slot.local, sheet::second(slot.at), slot.note.unwrap_or_default()]),
        )?;
        Ok(Exit::Done)
    }
}

async fn slots(client: &Client, name: &str, before: Option<DateTime<Utc>>, limit: u32, format: Format) -> anyhow::Result<Exit> {
    let mut query = vec![("limit", limit.to_string())];
    query.extend(before.map(|before| ("before", before.to_rfc3339())));
    let answer = client.get_with(&[GROUPS.path, name, "slots"], &query).await?;
    if format == Format::Json {
        output::json(&answer)?;
        return Ok(Exit::Done);
    }
    let slots: Vec<Slot> = items(answer)?;
    output::table(
        &["slot", "outcome", "slots", "reason"],
        slots.into_iter().map(|slot| {
            let first = sheet::second(slot.slot);
            let stretch = if slot.slots > 1 { format!("{first} … {}", sheet::second(slot.last_slot)) } else { first };
            vec![stretch, outcome(slot.outcome), slot.slots.to_string(), slot.reason]
        }),
    )?;
    Ok(Exit::Done)
}

impl ScheduleFields {
    /// Only what was said.
    fn body(&self) -> anyhow::Result<Body> {
        let mut body = Body::default();
        body.put("schedule", self.cron.as_ref().map(|cron| json!({ "cron": cron })))?;
        body.put("schedule", self.every.map(|every| json!({ "every_s": every })))?;
        body.put("time_zone", self.time_zone.as_deref())?;
        Ok(body)
    }
}

impl Fields {
    /// Only what was said.
    fn body(&self) -> anyhow::Result<Body> {
        let mut body = self.schedule.body()?;
        body.put(
            "overlap",
            self.overlap.map(|overlap| match overlap {
                OverlapKind::Skip => Overlap::Skip,
                OverlapKind::QueueOne => Overlap::QueueOne,
            }),
        )?;
        body.put("missed", self.missed)?;
        body.put("enabled", self.enabled)?;
        Ok(body)
    }
}

fn missed_of(text: &str) -> Result<Missed, String> {
    match (text, text.strip_prefix("all:").map(str::parse)) {
        ("skip", _) => Ok(Missed::Skip),
        ("latest", _) => Ok(Missed::Latest),
        (_, Some(Ok(most))) => Ok(Missed::All(most)),
        _ => Err("write `skip`, `latest` or `all:N` with N a number of slots".to_owned()),
    }
}

fn schedule_words(schedule: &Schedule) -> String {
    match schedule {
        Schedule::Cron(line) => line.clone(),
        Schedule::EveryS(seconds) => format!("every {}", length::of_seconds(*seconds)),
    }
}

fn missed_words(missed: Missed) -> String {
    match missed {
        Missed::Skip => "skip".to_owned(),
        Missed::Latest => "latest".to_owned(),
        Missed::All(most) => format!("all:{most}"),
    }
}

const fn overlap_words(overlap: Overlap) -> &'static str {
    match overlap {
        Overlap::Skip => "skip",
        Overlap::QueueOne => "queue-one",
    }
}

fn outcome(outcome: SlotOutcome) -> String {
    serde_json::to_value(outcome).ok().and_then(|word| word.as_str().map(str::to_owned)).unwrap_or_default()
}

fn next_words(group: &Scheduled) -> String {
    match (group.spec.enabled, group.next_slot_at) {
        (false, _) => "disabled".to_owned(),
        (true, Some(at)) => sheet::second(at),
        (true, None) => "none".to_owned(),
    }
}

fn row(shown: Shown<Scheduled>) -> Vec<String> {
    let next = next_words(&shown.spec);
    let spec = shown.spec.spec;
    vec![
        shown.name,
        schedule_words(&spec.schedule),
        spec.time_zone.to_string(),
        next,
        overlap_words(spec.overlap).to_owned(),
        missed_words(spec.missed),
    ]
}

fn sheet(shown: &Shown<Scheduled>, sheet: Sheet) -> Sheet {
    let spec = &shown.spec.spec;
    sheet
        .line("schedule", schedule_words(&spec.schedule))
        .line("time zone", spec.time_zone)
        .line("next slot", next_words(&shown.spec))
        .line("overlap", overlap_words(spec.overlap))
        .line("missed slots", missed_words(spec.missed))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missed_slot_policy_is_read_as_it_is_shown() {
        for missed in [Missed::Skip, Missed::Latest, Missed::All(7)] {
            assert_eq!(missed_of(&missed_words(missed)), Ok(missed));
        }
        for text in ["", "all", "all:", "all:x", "none"] {
            assert!(missed_of(text).is_err(), "{text}");
        }
    }
}
