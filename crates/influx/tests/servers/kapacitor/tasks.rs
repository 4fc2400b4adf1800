//! Tasks and what Kapacitor says of itself.

use serde_json::{Map, Value, json};

use super::{
    super::Seen,
    go,
    routes::{Answered, Refused},
};

/// What a task does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TaskState {
    Executing,
    Disabled,
    /// It is enabled, and does not execute for this reason.
    Failed(String),
}

/// A task as `GET /tasks` shows it.
pub fn task(id: &str, kind: &str, reads: &[(&str, &str)], state: &TaskState) -> Value {
    let error = if let TaskState::Failed(error) = state { error } else { "" };
    let last_enabled = if *state == TaskState::Disabled { "0001-01-01T00:00:00Z" } else { "2026-11-20T09:30:00Z" };
    let reads: Vec<Value> = reads.iter().map(|(database, policy)| json!({"db": database, "rp": policy})).collect();
    json!({
        "link": {"rel": "self", "href": format!("/kapacitor/v1/tasks/{id}")},
        "id": id,
        "template-id": "",
        "type": kind,
        "dbrps": reads,
        "script": "stream\n    |from()\n        .measurement('cpu')\n",
        "vars": {},
        "dot": "digraph {}",
        "status": if *state == TaskState::Disabled { "disabled" } else { "enabled" },
        "executing": *state == TaskState::Executing,
        "error": error,
        "stats": {"task-stats": {"throughput": 0}, "node-stats": {}},
        "created": "2026-11-20T08:00:00.5Z",
        "modified": "2026-11-20T09:30:00Z",
        "last-enabled": last_enabled,
    })
}

/// `GET /tasks`: those that match `pattern`, in the order of their ids, from `offset` on, at most `limit`, with the fields that are asked for.
pub fn list(tasks: &[Value], ask: &Seen) -> Answered {
    let bad = |text: String| Refused::Says(400, text);
    let asked: Vec<(String, String)> = url::form_urlencoded::parse(ask.query_text.as_bytes()).into_owned().collect();
    let last = |name: &str| asked.iter().rfind(|(key, value)| key == name && !value.is_empty()).map(|(_, value)| value.as_str());
    let number = |name: &str, usual: i64| {
        let text = last(name);
        text.map_or(Ok(usual), |text| text.parse().map_err(|_| bad(format!("invalid {name} parameter {text:?} must be an integer"))))
    };
    let (offset, limit) = (number("offset", 0)?, number("limit", 100)?);
    let fields: Vec<&str> = asked.iter().filter(|(key, _)| key == "fields").map(|(_, value)| value.as_str()).collect();
    let shape = task("", "", &[], &TaskState::Disabled);
    if let Some(unknown) = fields.iter().find(|field| shape.get(**field).is_none()) {
        return Err(bad(format!("unsupported field {unknown:?}")));
    }
    let pattern = last("pattern").unwrap_or("*");
    let mut found: Vec<&Value> = tasks.iter().filter(|task| go::matches(pattern, task["id"].as_str().unwrap_or_default())).collect();
    found.sort_by_key(|task| task["id"].as_str());
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let page = found.into_iter().skip(usize::try_from(offset).unwrap_or_default()).take(limit);
    let is_shown = |name: &str| fields.is_empty() || ["link", "id"].contains(&name) || fields.contains(&name);
    let shown = |task: &Value| -> Map<String, Value> {
        let members = task.as_object().into_iter().flatten().filter(|(name, _)| is_shown(name));
        members.map(|(name, value)| (name.clone(), value.clone())).collect()
    };
    Ok(json!({"tasks": page.map(shown).collect::<Vec<_>>()}))
}

/// `GET /tasks/ID`
pub fn show(tasks: &[Value], id: &str) -> Answered {
    let found = tasks.iter().find(|task| task["id"] == id);
    found.cloned().ok_or_else(|| Refused::Says(404, "no task exists".to_owned()))
}

/// `GET /debug/vars`
pub fn variables(tasks: &[Value], version: &str) -> Value {
    let enabled = tasks.iter().filter(|task| task["status"] == "enabled").count();
    let ingress = |database: &str, points: u64| {
        let tags = json!({"database": database, "host": "alerts", "measurement": "cpu", "retention_policy": "autogen"});
        json!({"name": "ingress", "tags": tags, "values": {"points_received": points}})
    };
    json!({
        "cluster_id": "39545771-7b64-4692-ab8f-1796c07f3314",
        "cmdline": ["kapacitord"],
        "host": "alerts",
        "kapacitor": {
            "5a6a1a86-0000-11f1-8005-000000000000": ingress("telegraf", 120),
            "5a6a1a86-0001-11f1-8005-000000000000": ingress("shop", 3),
            "5a6a1a86-0002-11f1-8005-000000000000": {"name": "topics", "tags": {"id": "main:cpu"}, "values": {"collected": 7}},
        },
        "memstats": {"Alloc": 6_950_624, "Sys": 23_154_936, "HeapAlloc": 6_950_624, "HeapSys": 15_531_008},
        "num_enabled_tasks": enabled,
        "num_subscriptions": 3,
        "num_tasks": tasks.len(),
        "product": "kapacitor",
        "server_id": "5f7e0d3a-5d4f-4ac2-9a5b-7d9b3f5c6d1e",
        "version": version,
    })
}
