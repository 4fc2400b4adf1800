//! SQLite.

mod files;
mod names;
mod statements;
mod texts;
mod times;
mod types;

use crate::case::Case;

pub(crate) const TABLES: &[&[Case]] = &[types::CASES, times::CASES, texts::CASES, names::CASES, statements::CASES, files::CASES];
