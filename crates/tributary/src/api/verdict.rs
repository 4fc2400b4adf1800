//! What a preview says of the rows that it shows.

use influx::line::{Measures, Severity, Verdict, VerdictKind};
use serde::Serialize;
use utoipa::ToSchema;

/// One thing that deserves attention before the series runs.
#[derive(Serialize, ToSchema)]
#[schema(as = PreviewVerdict)]
pub(super) struct VerdictView {
    /// What it is about.
    kind: KindView,
    /// How bad it is.
    severity: SeverityView,
    /// What was found, one sentence without a period.
    message: String,
    /// What to do about it, one line; absent when there is nothing to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    advice: Option<String>,
    /// The first rows that it is about, counted from 1, at most 20; none when it is about all.
    rows: Vec<u64>,
    /// How many rows it is about.
    count: u64,
}

/// What a verdict is about.
#[derive(Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = PreviewVerdictKind)]
enum KindView {
    /// A field has another type in InfluxDB: a run would fail before it writes.
    TypeConflict,
    /// A field has another type in InfluxDB, and whole numbers are converted to it.
    TypeConverted,
    /// Several rows become one point.
    Collapse,
    /// Points are older than InfluxDB keeps them.
    Retention,
    /// How many series the points are in.
    Cardinality,
    /// InfluxDB did not say what it has: types and age were not judged.
    NotAsked,
}

/// How bad a verdict is.
#[derive(Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = PreviewSeverity)]
enum SeverityView {
    /// Points would be refused or lost.
    Error,
    /// Rows may be lost, or something grows without an end.
    Warning,
    /// Good to know.
    Note,
}

/// What was counted in the lines of a preview.
#[derive(Serialize, ToSchema)]
#[schema(as = PreviewMeasures)]
pub(super) struct MeasuresView {
    /// Their bytes, line breaks included, before compression.
    bytes: u64,
    /// Bytes of the longest.
    longest_line_bytes: u64,
    /// Distinct points.
    points: u64,
    /// Distinct series.
    series: u64,
    /// How many series all rows are in at least, estimated by Chao1 from those that were seen once and twice; absent when all rows were seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    series_estimate: Option<u64>,
}

impl From<Verdict> for VerdictView {
    fn from(verdict: Verdict) -> Self {
        Self {
            kind: match verdict.kind {
                VerdictKind::TypeConflict => KindView::TypeConflict,
                VerdictKind::TypeConverted => KindView::TypeConverted,
                VerdictKind::Collapse => KindView::Collapse,
                VerdictKind::Retention => KindView::Retention,
                VerdictKind::Cardinality => KindView::Cardinality,
                VerdictKind::NotAsked => KindView::NotAsked,
            },
            severity: match verdict.severity {
                Severity::Error => SeverityView::Error,
                Severity::Warning => SeverityView::Warning,
                Severity::Note => SeverityView::Note,
            },
            message: verdict.message,
            advice: verdict.advice,
            rows: verdict.rows,
            count: verdict.count,
        }
    }
}

impl From<Measures> for MeasuresView {
    fn from(measures: Measures) -> Self {
        Self {
            bytes: measures.bytes,
            longest_line_bytes: measures.longest_line_bytes,
            points: measures.points,
            series: measures.series,
            series_estimate: measures.series_estimate,
        }
    }
}
