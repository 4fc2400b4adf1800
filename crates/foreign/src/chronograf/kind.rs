//! The types that Chronograf gives its connections.

use model::{Target, V1Edition, V3Edition};

/// What a type stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    V1(V1Edition),
    V2,
    V3(V3Edition),
}

/// Every type and its name, in Chronograf's order.
pub(crate) const KINDS: [(&str, Kind); 9] = [
    ("influx", Kind::V1(V1Edition::Oss)),
    ("influx-enterprise", Kind::V1(V1Edition::Enterprise)),
    ("influx-relay", Kind::V1(V1Edition::Relay)),
    ("influx-v2", Kind::V2),
    ("influx-v3-core", Kind::V3(V3Edition::Core)),
    ("influx-v3-enterprise", Kind::V3(V3Edition::Enterprise)),
    ("influx-v3-clustered", Kind::V3(V3Edition::Clustered)),
    ("influx-v3-cloud-dedicated", Kind::V3(V3Edition::CloudDedicated)),
    ("influx-v3-serverless", Kind::V3(V3Edition::CloudServerless)),
];

impl Kind {
    /// The type of this name; no name is `influx`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        if text.is_empty() {
            return Some(Self::V1(V1Edition::Oss));
        }
        KINDS.iter().find(|(name, _)| *name == text).map(|(_, kind)| *kind)
    }

    /// The type of this target; a folder has none.
    pub(crate) const fn of(target: &Target) -> Option<Self> {
        match target {
            Target::V1 { edition, .. } => Some(Self::V1(*edition)),
            Target::V2 { .. } => Some(Self::V2),
            Target::V3 { edition, .. } => Some(Self::V3(*edition)),
            Target::File { .. } => None,
        }
    }

    /// Chronograf's name for it.
    pub(crate) fn as_str(self) -> &'static str {
        KINDS.iter().find(|(_, kind)| *kind == self).map_or("influx", |(name, _)| name)
    }
}

/// What is said of a type that nobody knows.
pub(crate) fn unknown() -> String {
    let names: Vec<String> = KINDS.iter().map(|(name, _)| format!("`{name}`")).collect();
    format!("is no type of InfluxDB that is known: {}", names.join(", "))
}
