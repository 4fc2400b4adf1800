//! `/api/v1/rejects`: what could not be written, over all runs.

use std::collections::BTreeSet;

use axum::{
    Json,
    body::{Body as AnswerBody, Bytes},
    extract::State,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use futures_util::{Stream, StreamExt, TryStreamExt, stream};
use model::{Id, Name, Organization, Reject, Run};
use serde::{Deserialize, Serialize};
use store::{RejectFilter, SeriesRejects};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    envelope::ApiError,
    noun::List,
    request::{Body, Params, Scope},
    table,
};
use crate::app::{App, Chosen, Invalid, NamedReject, Refusal, Resent, Whose};

/// Rejects that an export reads at once.
const AT_ONCE: u64 = 1_000;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_all_rejects))
        .routes(routes!(list_reject_counts))
        .routes(routes!(export_rejects))
        .routes(routes!(retry_rejects))
        .routes(routes!(discard_rejects))
}

/// A reject, and where it comes from.
#[derive(Serialize, ToSchema)]
#[schema(as = KeptReject)]
struct View {
    /// The run.
    #[schema(value_type = String, format = Uuid)]
    run_id: String,
    /// Its series.
    #[schema(value_type = String, format = Uuid)]
    series_id: String,
    /// The name that the series has now.
    series_name: Name,
    #[serde(flatten)]
    reject: Reject,
}

impl From<NamedReject> for View {
    fn from(NamedReject { kept, series }: NamedReject) -> Self {
        Self { run_id: kept.run_id.to_string(), series_id: kept.series_id.to_string(), series_name: series, reject: kept.reject }
    }
}

/// The rejects that are kept of one series.
#[derive(Serialize, ToSchema)]
#[schema(as = RejectCount)]
struct Count {
    /// The series.
    #[schema(value_type = String, format = Uuid)]
    series_id: String,
    /// The name that it has now.
    series_name: Name,
    /// How many, at least one.
    rejects: u64,
    /// Of how many runs.
    runs: u64,
    /// The newest of them.
    #[schema(value_type = String, format = Uuid)]
    last_run_id: String,
}

impl From<SeriesRejects> for Count {
    fn from(SeriesRejects { series_id, series_name, rejects, runs, last }: SeriesRejects) -> Self {
        Self { series_id: series_id.to_string(), series_name, rejects, runs, last_run_id: last.to_string() }
    }
}

/// Which rejects.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Page {
    /// Only of this series, by id or name.
    #[serde(default)]
    series: Option<String>,
    /// Only of this run.
    #[serde(default)]
    run: Option<String>,
    /// Only behind this run's row `after_row`: the `run_id` of the last one of the page before.
    #[serde(default)]
    #[param(value_type = Option<String>, format = Uuid)]
    after_run: Option<Id<Run>>,
    /// The `row` of the last one of the page before.
    #[serde(default)]
    after_row: Option<u64>,
    /// Most rejects, 1 to 1000.
    #[serde(default = "default_limit")]
    #[param(required = false)]
    limit: u64,
}

const fn default_limit() -> u64 {
    100
}

/// Which rejects, and how.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Export {
    /// Only of this series, by id or name.
    #[serde(default)]
    series: Option<String>,
    /// Only of this run.
    #[serde(default)]
    run: Option<String>,
    /// `ndjson`: one JSON object a line. `csv`: a table. `lines`: the lines as they were sent, of those that became one.
    #[serde(default)]
    #[param(required = false, inline)]
    format: Format,
}

#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = RejectFormat)]
enum Format {
    #[default]
    Ndjson,
    Csv,
    Lines,
}

/// Which rejects something is done with: of a run or of a series.
#[derive(Deserialize, ToSchema)]
#[schema(as = ChosenRejects)]
struct Which {
    /// A run's.
    #[serde(default)]
    run: Option<String>,
    /// A series', by id or name.
    #[serde(default)]
    series: Option<String>,
    /// Only of these rows of the run; all when absent.
    #[serde(default)]
    rows: Option<BTreeSet<u64>>,
}

impl From<Which> for Chosen {
    fn from(Which { run, series, rows }: Which) -> Self {
        Self { of: Whose { series, run }, rows }
    }
}

/// What came of sending rejects again.
#[derive(Serialize, ToSchema)]
#[schema(as = ResentRejects)]
struct ResentView {
    /// Lines that were acknowledged: they are no rejects any more.
    written: u64,
    /// Lines that were refused again: they stay, with what was said now.
    still_rejected: u64,
    /// Lines that are longer than what is kept of a line: they cannot be sent again. Run the series again for their rows.
    cut: u64,
    /// Rows that never became a line: they cannot be sent again.
    without_line: u64,
}

impl From<Resent> for ResentView {
    fn from(Resent { written, still_rejected, cut, without_line }: Resent) -> Self {
        Self { written, still_rejected, cut, without_line }
    }
}

/// What was let go.
#[derive(Serialize, ToSchema)]
#[schema(as = DiscardedRejects)]
struct Discarded {
    /// How many rejects.
    discarded: u64,
}

/// What could not be written, over all runs: newest run first, in each the rows in their order.
#[utoipa::path(get, path = "/rejects", tag = "rejects", operation_id = "list_all_rejects", params(Page),
    responses((status = 200, description = "The rejects", body = List<View>)))]
async fn list_all_rejects(
    State(app): State<App>,
    Scope(organization): Scope,
    Params(page): Params<Page>,
) -> Result<Json<List<View>>, ApiError> {
    let after = match (page.after_run, page.after_row) {
        (Some(run), row) => Some((run, row.unwrap_or_default())),
        (None, None) => None,
        (None, Some(_)) => {
            let advice = "give the `run_id` of the last reject of the page before too";
            return Err(Refusal::from(Invalid::new("after_row", "`after_row` is given without `after_run`", advice)).into());
        }
    };
    let filter = app.rejects_of(organization, &Whose { series: page.series, run: page.run }, page.limit).await?;
    let items = app.find_rejects(organization, &RejectFilter { after, ..filter }).await?;
    Ok(Json(List { items: items.into_iter().map(View::from).collect() }))
}

/// How many rejects are kept of each series: series by name, only those that have some.
#[utoipa::path(get, path = "/rejects/counts", tag = "rejects", operation_id = "list_reject_counts",
    responses((status = 200, description = "The counts", body = List<Count>)))]
async fn list_reject_counts(State(app): State<App>, Scope(organization): Scope) -> Result<Json<List<Count>>, ApiError> {
    Ok(Json(List { items: app.count_rejects(organization).await?.into_iter().map(Count::from).collect() }))
}

/// All rejects of a run, of a series or of the organization, to take along. They come as they are read; when reading breaks off, so does the
/// answer.
#[utoipa::path(get, path = "/rejects/export", tag = "rejects", operation_id = "export_rejects", params(Export),
    responses((status = 200, description = "The rejects",
        content((String = "application/x-ndjson"), (String = "text/csv"), (String = "text/plain")))))]
async fn export_rejects(State(app): State<App>, Scope(organization): Scope, Params(export): Params<Export>) -> Result<Response, ApiError> {
    let Export { series, run, format } = export;
    let filter = app.rejects_of(organization, &Whose { series, run }, AT_ONCE).await?;
    let (kind, name) = match format {
        Format::Ndjson => ("application/x-ndjson", "attachment; filename=\"rejects.ndjson\""),
        Format::Csv => ("text/csv; charset=utf-8; header=present", "attachment; filename=\"rejects.csv\""),
        Format::Lines => ("text/plain; charset=utf-8", "attachment; filename=\"rejects.lp\""),
    };
    let head = stream::once(async move { Ok(format.head()) });
    let parts = head.chain(pages(app, organization, filter).map_ok(move |page| format.body(page)));
    let headers = [(header::CONTENT_TYPE, HeaderValue::from_static(kind)), (header::CONTENT_DISPOSITION, HeaderValue::from_static(name))];
    Ok((headers, AnswerBody::from_stream(parts)).into_response())
}

/// Sends the kept lines of rejects again, to where their series writes now. What is acknowledged is no reject any more; what is refused again
/// stays, with the reason of now. The figures of runs are history and stay.
#[utoipa::path(post, path = "/rejects/retry", tag = "rejects", operation_id = "retry_rejects", request_body = Which,
    responses((status = 200, description = "What came of it", body = ResentView)))]
async fn retry_rejects(State(app): State<App>, Scope(organization): Scope, Body(which): Body<Which>) -> Result<Json<ResentView>, ApiError> {
    Ok(Json(app.retry_rejects(organization, &which.into()).await?.into()))
}

/// Lets rejects go: their rows are lost to InfluxDB unless they are read again. The figures of runs are history and stay.
#[utoipa::path(post, path = "/rejects/discard", tag = "rejects", operation_id = "discard_rejects", request_body = Which,
    responses((status = 200, description = "How many", body = Discarded)))]
async fn discard_rejects(
    State(app): State<App>,
    Scope(organization): Scope,
    Body(which): Body<Which>,
) -> Result<Json<Discarded>, ApiError> {
    Ok(Json(Discarded { discarded: app.discard_rejects(organization, &which.into()).await? }))
}

/// Pages of rejects, one after another; never more than one is held.
fn pages(app: App, organization: Id<Organization>, first: RejectFilter) -> impl Stream<Item = Result<Vec<NamedReject>, Refusal>> {
    stream::try_unfold(first, move |filter| {
        let app = app.clone();
        async move {
            let page = app.find_rejects(organization, &filter).await?;
            let Some(last) = page.last() else { return Ok(None) };
            let after = Some((last.kept.run_id, last.kept.reject.row));
            Ok(Some((page, RejectFilter { after, ..filter })))
        }
    })
}

impl Format {
    /// What stands before the first reject.
    fn head(self) -> Bytes {
        match self {
            Self::Ndjson | Self::Lines => Bytes::new(),
            Self::Csv => Bytes::from_static(b"run_id,series,row,reason,line,values\r\n"),
        }
    }

    fn body(self, page: Vec<NamedReject>) -> Bytes {
        let mut body = Vec::new();
        for reject in page {
            self.write(reject, &mut body).expect("memory can be written to");
        }
        body.into()
    }

    fn write(self, named: NamedReject, body: &mut Vec<u8>) -> std::io::Result<()> {
        match self {
            Self::Ndjson => {
                serde_json::to_writer(&mut *body, &View::from(named))?;
                body.push(b'\n');
            }
            Self::Lines => {
                if let Some(line) = named.kept.reject.line {
                    body.extend_from_slice(line.as_bytes());
                    body.push(b'\n');
                }
            }
            Self::Csv => {
                let Reject { row, line, reason, values } = named.kept.reject;
                let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(&mut *body);
                let texts = [line.unwrap_or_default(), values.unwrap_or_default()];
                let texts = texts.each_ref().map(|text| table::guarded(text));
                let (run, row) = (named.kept.run_id.to_string(), row.to_string());
                let (series, reason) = (table::guarded(named.series.as_str()), table::guarded(&reason));
                writer.write_record([run.as_str(), &series, &row, &reason, &texts[0], &texts[1]])?;
                writer.flush()?;
            }
        }
        Ok(())
    }
}
