//! Chronograf's words for a connection, a Kapacitor and an organization: its files and the JSON of its API, to and from Tributary's nouns.
//!
//! Chronograf calls a connection a *source*. That word appears where its API forces it, and nowhere else.

pub(crate) mod address;
mod api;
mod connection;
mod kapacitor;
pub(crate) mod kind;
mod organization;
pub(crate) mod record;
mod text;

pub use api::{
    Around, ConnectionChange, Given, Invalid, KapacitorChange, KapacitorLinks, Server, ServerRequest, Source, SourceLinks, SourceRequest,
    Unparsable,
};
pub use connection::connection;
pub use kapacitor::kapacitor;
pub use organization::organization;
