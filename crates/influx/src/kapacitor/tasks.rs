//! The tasks of a Kapacitor, asked for in pages.

use chrono::{DateTime, Datelike, Utc};
use model::{Failure, Task, TaskReads, explore::Listed};
use serde::Deserialize;

use super::client::{About, Api};

/// How many are asked for at once.
const PAGE: usize = 500;

/// Most tasks that are listed.
const MOST: usize = 1000;

/// Most pages that are searched.
const MOST_PAGES: usize = 20;

/// What is asked of each, beside its id. The scripts are long, and stay there.
const FIELDS: [&str; 8] = ["type", "status", "executing", "error", "dbrps", "created", "modified", "last-enabled"];

/// Tasks by id, those that hold `search` in it when it is given. Kapacitor's own search knows the case of letters.
///
/// # Errors
/// `Influx*`.
pub(super) async fn list(api: &Api<'_>, search: Option<&str>) -> Result<Listed<Task>, Failure> {
    let search = search.unwrap_or_default().to_lowercase();
    let mut items = Vec::new();
    let mut truncated = true;
    for page in 0..MOST_PAGES {
        let told = ask(api, page * PAGE).await?;
        let is_last = told.len() < PAGE;
        items.extend(told.into_iter().map(Task::from).filter(|task| task.id.to_lowercase().contains(&search)));
        if is_last || items.len() > MOST {
            truncated = items.len() > MOST;
            break;
        }
    }
    items.truncate(MOST);
    Ok(Listed { items, truncated })
}

async fn ask(api: &Api<'_>, offset: usize) -> Result<Vec<ToldTask>, Failure> {
    let (offset, limit) = (offset.to_string(), PAGE.to_string());
    let mut query = vec![("offset", offset.as_str()), ("limit", limit.as_str())];
    query.extend(FIELDS.map(|field| ("fields", field)));
    let answer = api.get("/tasks", &query, About::Work).await?;
    let told: Told = answer.json().ok_or_else(|| api.unreadable(About::Work))?;
    Ok(told.tasks.unwrap_or_default())
}

/// `GET /tasks`.
#[derive(Deserialize)]
struct Told {
    tasks: Option<Vec<ToldTask>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct ToldTask {
    id: String,
    #[serde(default, rename = "type")]
    kind: String,
    #[serde(default)]
    status: String,
    #[serde(default)]
    executing: bool,
    #[serde(default)]
    error: String,
    dbrps: Option<Vec<ToldReads>>,
    created: Option<DateTime<Utc>>,
    modified: Option<DateTime<Utc>>,
    last_enabled: Option<DateTime<Utc>>,
}

#[derive(Deserialize)]
struct ToldReads {
    db: String,
    rp: String,
}

impl From<ToldTask> for Task {
    fn from(told: ToldTask) -> Self {
        let reads = |reads: ToldReads| TaskReads { database: reads.db, retention_policy: reads.rp };
        Self {
            id: told.id,
            kind: told.kind,
            status: told.status,
            executing: told.executing,
            error: told.error,
            reads: told.dbrps.unwrap_or_default().into_iter().map(reads).collect(),
            created: moment(told.created),
            modified: moment(told.modified),
            last_enabled: moment(told.last_enabled),
        }
    }
}

/// A time that never was is the first of the year 1 in Go.
fn moment(told: Option<DateTime<Utc>>) -> Option<DateTime<Utc>> {
    told.filter(|moment| moment.year() > 1)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_task_is_read_as_kapacitor_tells_it() {
        let told: Told = serde_json::from_value(json!({"tasks": [{
            "link": {"rel": "self", "href": "/kapacitor/v1/tasks/cpu"},
            "id": "cpu", "type": "stream", "status": "enabled", "executing": false, "error": "broke",
            "dbrps": [{"db": "telegraf", "rp": "autogen"}],
            "created": "2026-03-01T12:00:00.123456789Z", "modified": "2026-03-02T12:00:00+01:00", "last-enabled": "0001-01-01T00:00:00Z",
        }]}))
        .unwrap();
        let task = told.tasks.unwrap().into_iter().map(Task::from).next().unwrap();
        assert_eq!(
            (task.id.as_str(), task.kind.as_str(), task.status.as_str(), task.error.as_str()),
            ("cpu", "stream", "enabled", "broke")
        );
        assert_eq!(task.reads, [TaskReads { database: "telegraf".to_owned(), retention_policy: "autogen".to_owned() }]);
        assert_eq!(task.modified.unwrap().to_rfc3339(), "2026-03-02T11:00:00+00:00");
        assert!(task.created.is_some() && task.last_enabled.is_none());
    }
}
