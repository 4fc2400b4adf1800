//! `/api/v1/files`

use axum::{Json, extract::State};
use chrono::{DateTime, Utc};
use model::Origin;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::app::{App, FileKind, Outcome, OutcomeState, Resources};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list_files))
}

/// The files that define objects, of all organizations.
#[derive(Serialize, ToSchema)]
struct Files {
    /// The folder that they stand in; absent when this server reads none.
    folder: Option<String>,
    /// When the folder was last looked at.
    watched_at: Option<DateTime<Utc>>,
    /// Why the folder cannot be read: then what its files said last is in force.
    reason: Option<String>,
    /// What came of each file, and of the variables of the server's environment that define objects.
    files: Vec<FileView>,
}

/// What came of one file.
#[derive(Serialize, ToSchema)]
#[schema(as = DefiningFile)]
struct FileView {
    /// The file's name; `environment:INFLUXDB_URL` for a variable.
    file: String,
    /// What it defines.
    kind: FileKind,
    /// Whether its object is as it says.
    state: OutcomeState,
    /// Its object, if there is one.
    object: Option<ObjectView>,
    /// The line that is wrong, from 1.
    line: Option<usize>,
    /// The field that is wrong, as the file names it.
    field: Option<String>,
    /// What is wrong, without any value of the file. An object that is loaded has one when something about it is not as the file says:
    /// it asks to be the default, and so does another.
    reason: Option<String>,
    /// What was ignored or assumed.
    warnings: Vec<WarningView>,
}

/// An object that a file defines.
#[derive(Serialize, ToSchema)]
#[schema(as = DefinedObject)]
struct ObjectView {
    /// `connection`, `kapacitor` or `organization`.
    noun: FileKind,
    /// Its id.
    #[schema(value_type = String, format = Uuid)]
    id: String,
    /// Its name.
    name: String,
}

/// Something about a file that a person should know and that stops nothing.
#[derive(Serialize, ToSchema)]
#[schema(as = FileWarning)]
struct WarningView {
    /// The line that it is about, from 1.
    line: Option<usize>,
    /// One line of text.
    text: String,
}

/// The files that define connections, Kapacitors and organizations, and what came of each.
#[utoipa::path(get, path = "/files", tag = "files", operation_id = "list_files",
    responses((status = 200, description = "The folder and its files", body = Files)))]
async fn list_files(State(app): State<App>) -> Json<Files> {
    let Resources { folder, watched_at, problem, outcomes } = (*app.resources()).clone();
    Json(Files {
        folder: folder.map(|folder| folder.display().to_string()),
        watched_at,
        reason: problem,
        files: outcomes.into_iter().map(FileView::from).collect(),
    })
}

impl From<Outcome> for FileView {
    fn from(outcome: Outcome) -> Self {
        let Outcome { origin, kind, state, object, problem, warnings } = outcome;
        let file = match origin {
            Origin::File(name) => name,
            other => other.as_text().unwrap_or_default(),
        };
        let (line, field, reason) = match problem {
            Some(problem) => (problem.line, problem.field, Some(problem.reason)),
            None => (None, None, None),
        };
        Self {
            file,
            kind,
            state,
            object: object.map(|object| ObjectView { noun: kind, id: object.id, name: object.name }),
            line,
            field,
            reason,
            warnings: warnings.into_iter().map(|warning| WarningView { line: warning.line, text: warning.text }).collect(),
        }
    }
}
