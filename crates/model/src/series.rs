//! A series: a query, where its rows go, and in which mode.

use std::collections::BTreeMap;

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
}

impl Series {
    /// Whether it cannot be without a group: its window begins where that of the slot before ended.
    pub const fn needs_a_group(&self) -> bool {
        matches!(self.mode, Mode::Window { length_s: None, .. })
    }
}

impl Noun for Series {
    const NOUN: &'static str = "series";
}
