//! The JSON of Chronograf's REST API, `/chronograf/v1/sources` and `…/kapacitors`: what it answers, and what it is asked.
//!
//! Pure: the routes are somebody else's. Facts: Chronograf 1.11, `server/sources.go` and `server/kapacitors.go`. Where Tributary differs: no
//! answer holds a secret, a PATCH is a true merge (absent keeps, `null` clears), ids may be numbers, and keys may be in any case.

mod answer;
mod change;
mod request;
mod validity;

pub use answer::{Around, KapacitorLinks, Server, Source, SourceLinks};
pub use change::{ConnectionChange, KapacitorChange};
pub use request::{Given, ServerRequest, SourceRequest, Unparsable};
pub use validity::Invalid;
