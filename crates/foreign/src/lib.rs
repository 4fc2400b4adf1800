//! What other systems wrote, read into Tributary's nouns: Chronograf's files and database, the `influx` command's configuration, Telegraf's
//! outputs, lines of an environment, and whatever of these somebody pastes.
//!
//! Pure: texts and bytes go in, drafts come out. Nothing is read from the disk or the environment, nothing is contacted, and no message
//! repeats a value, because any value may be a secret.

pub mod bolt;
pub mod chronograf;
pub mod environment;
mod found;
pub mod template;

pub use found::{Broken, Found, FoundConnection, FoundKapacitor, FoundOrganization, Remark, Variables};
