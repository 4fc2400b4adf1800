//! A series: a query, where its rows go, and in which mode.

use std::collections::BTreeMap;

use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use crate::{Connection, Group, Id, Mapping, Noun, Query};

/// A query whose rows become points of a connection, at the slots of a group.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Series {
    /// What is read.
    #[cfg_attr(feature = "openapi", schema(value_type = uuid::Uuid))]
    pub query_id: Id<Query>,
    /// Where it is written.
    #[cfg_attr(feature = "openapi", schema(value_type = uuid::Uuid))]
    pub connection_id: Id<Connection>,
    /// When it runs; without a group only by hand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<uuid::Uuid>))]
    pub group_id: Option<Id<Group>>,
    /// Its place among the members of its group: lower runs earlier, equal places in order of creation.
    #[serde(default)]
    pub position: i32,
    /// How a row becomes a point.
    pub mapping: Mapping,
    /// How its rows relate to time.
    pub mode: Mode,
    /// Values of the query's own parameters, as text.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub parameters: BTreeMap<String, String>,
    /// A disabled series is passed over by its group and can still be run by hand.
    #[serde(default = "enabled")]
    pub enabled: bool,
    /// How many rejects of one run are kept, and what follows when there are more.
    #[serde(default)]
    pub rejects: RejectPolicy,
}

const fn enabled() -> bool {
    true
}

/// How the rows of a series relate to time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "mode", rename_all = "snake_case")]
pub enum Mode {
    /// The query as it answers when the slot runs. It cannot be read again later, so a run that failed is not repeated. One that was
    /// interrupted (a crash, a restart) is, and one whose slot runs late reads late: both give the answer of that moment the slot's time.
    Snapshot,
    /// The query over `[:window_start, :window_end)`; a run can be repeated at any time and gives the same points.
    Window {
        /// Length of the window in seconds; absent means since the slot before (the slots then tile time without gap or overlap).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        length_s: Option<u32>,
        /// The window ends this many seconds before the slot, to leave writers time to commit.
        #[serde(default)]
        lag_s: u32,
    },
    /// The rows that are new since the run before, told by a cursor column. What is read again becomes the same points, so it needs a time
    /// column.
    Incremental(Incremental),
}

/// How new rows are told from those that were delivered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Incremental {
    /// The column of the query's result that grows: a new or changed row has a higher value than every row before it.
    pub cursor: String,
    /// Columns that tell rows of one cursor value apart; empty when no two rows share one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub key: Vec<String>,
    /// Below which cursor value nothing new can appear.
    #[serde(default)]
    pub fence: Fence,
    /// How far behind the cursor rows are read again, to catch those that came late: seconds for a date or time, else in the cursor's own
    /// unit. Rows that have not changed since are not written again. 0 when the fence is exact.
    #[serde(default)]
    pub overlap: u32,
    /// What becomes of rows whose cursor is NULL.
    #[serde(default)]
    pub null_cursor: NullCursor,
    /// The first run reads from this cursor value on, included; absent means from the first row.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<String>,
    /// The IANA zone of a time cursor that carries none; UTC when absent. It must be the zone in which the database's writers write.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = "time-zone", example = "Europe/Berlin"))]
    pub zone: Option<Tz>,
    /// Most rows of one page: the cursor moves when all rows of a page are acknowledged. 1 to 1,000,000.
    #[serde(default = "Incremental::default_page_rows")]
    pub page_rows: u32,
}

impl Incremental {
    const fn default_page_rows() -> u32 {
        50_000
    }

    /// By this column, every other setting at its default.
    pub fn by(cursor: &str) -> Self {
        Self {
            cursor: cursor.to_owned(),
            key: Vec::new(),
            fence: Fence::default(),
            overlap: 0,
            null_cursor: NullCursor::default(),
            start: None,
            zone: None,
            page_rows: Self::default_page_rows(),
        }
    }
}

/// Where the fence is taken from: the highest cursor value below which nothing new can appear. Always by the database's own clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Fence {
    /// What the transactions that are open in the database leave undecided is not read yet. Exact where the writers take the cursor's value
    /// from the database (`now()`, a sequence, `AUTO_INCREMENT`). SQLite has one writer and needs no more.
    #[default]
    Transactions,
    /// The cursor is a column of PostgreSQL's type `xid8`, filled by `pg_current_xact_id()`: exact whoever writes, without any right.
    TransactionId,
    /// Rows are left alone until they are this many seconds old by the database's clock: for databases that offer nothing, and for replicas.
    LagS(u32),
}

/// What becomes of rows whose cursor is NULL: no cursor ever passes them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum NullCursor {
    /// They are not read; each run counts them and warns.
    #[default]
    Exclude,
    /// The run fails while there is one.
    Fail,
    /// They are read by every run, after the others; those that have not changed are not written again.
    Sweep,
}

impl Series {
    /// Whether it cannot be without a group: its window begins where that of the slot before ended.
    pub const fn needs_a_group(&self) -> bool {
        matches!(self.mode, Mode::Window { length_s: None, .. })
    }
}

/// How many rejects of one run are kept, and what follows when there are more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default)]
pub struct RejectPolicy {
    /// Most rejects of one run that are kept, 1 to 1,000,000.
    pub limit: u32,
    /// What follows when there are more.
    pub when_full: WhenFull,
}

impl Default for RejectPolicy {
    fn default() -> Self {
        Self { limit: 10_000, when_full: WhenFull::default() }
    }
}

/// What follows when a run has more rejects than are kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum WhenFull {
    /// The run stops as failed, and an incremental series' cursor stays where every row before it is written or kept.
    #[default]
    Stop,
    /// Further rejects are counted and not kept: their rows are lost to InfluxDB.
    Count,
}

impl Noun for Series {
    const NOUN: &'static str = "series";
}
