//! What differs between the servers that read line protocol.

use model::{Connection, Target};

/// What one kind of server accepts, and how much of it at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineRules {
    /// Most bytes of one string field's value, before escaping.
    pub max_field_text_bytes: usize,
    /// Most bytes of measurement, tags and one field's key together, escaped, with the four bytes that the server puts between
    /// (1.6.7: 65,535).
    pub max_key_bytes: usize,
    /// Most lines of one batch, at least 1.
    pub max_batch_lines: u32,
    /// Most bytes of one batch. A single longer line becomes a batch of its own.
    pub max_batch_bytes: usize,
    /// Whether one name may be a tag and a field of the same point.
    pub tag_and_field_may_share_a_name: bool,
    /// How a backslash in a measurement or tag is written.
    pub backslash: Backslash,
    /// Whether a measurement or tag may contain a tab.
    pub tabs: bool,
    /// Names that the server keeps for itself: no tag and no field may have them.
    pub reserved_names: &'static [&'static str],
}

/// How a backslash in a measurement or in a tag's value is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backslash {
    /// As itself, unless a comma, space or equals sign follows: the Go parser of v1 and v2. In a measurement
    /// it drops such a backslash however it is written (1.6.7).
    Literal,
    /// Two are read as one: the Rust parser of v3.
    Doubled,
}

impl LineRules {
    /// InfluxDB 1.x.
    ///
    /// Text of a field: `MaxFieldValueLength` of 1,048,576 bytes, which 1.6.7 does not check yet. `time`: as a tag it is an error, as a
    /// field it is dropped silently (1.6.7).
    pub const fn v1() -> Self {
        Self {
            max_field_text_bytes: 1 << 20,
            max_key_bytes: 65_535,
            max_batch_lines: 10_000,
            max_batch_bytes: 4 << 20,
            tag_and_field_may_share_a_name: true,
            backslash: Backslash::Literal,
            tabs: true,
            reserved_names: &["time"],
        }
    }

    /// InfluxDB 2.x and Cloud (TSM): the parser of v1; `_field` and `_measurement` are the server's own columns too.
    pub const fn v2() -> Self {
        Self { reserved_names: &["time", "_field", "_measurement"], ..Self::v1() }
    }

    /// InfluxDB 3: text of at most 64 KB, one column per name.
    pub const fn v3() -> Self {
        Self {
            max_field_text_bytes: 64 << 10,
            tag_and_field_may_share_a_name: false,
            backslash: Backslash::Doubled,
            tabs: false,
            ..Self::v1()
        }
    }

    /// Files: the rules of v1, whose importer reads them.
    pub const fn file() -> Self {
        Self::v1()
    }

    /// The rules of a connection's driver, with its batch size.
    pub const fn of(connection: &Connection) -> Self {
        let rules = match connection.target {
            Target::V1 { .. } => Self::v1(),
            Target::V2 { .. } => Self::v2(),
            Target::V3 { .. } => Self::v3(),
            Target::File { .. } => Self::file(),
        };
        Self { max_batch_lines: if connection.batch_lines == 0 { 1 } else { connection.batch_lines }, ..rules }
    }
}
