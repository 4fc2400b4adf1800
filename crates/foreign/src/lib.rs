//! What other systems wrote, read into Tributary's nouns: Chronograf's files and database, the `influx` command's configuration, Telegraf's
//! outputs, lines of an environment, and whatever of these somebody pastes.
//!
//! Pure: texts and bytes go in, drafts come out. Nothing is read from the disk or the environment, nothing is contacted, and no message
//! repeats a value, because any value may be a secret.

pub mod bolt;
pub mod chronograf;
mod curl;
mod document;
mod draft;
pub mod environment;
mod found;
mod given;
pub mod influx_config;
mod length;
pub mod lines;
mod location;
pub mod pasted;
mod reference;
mod shell;
pub mod telegraf;
pub mod template;

pub use found::{Broken, Found, FoundConnection, FoundKapacitor, FoundOrganization, Remark, Variables};
pub use given::Given;
