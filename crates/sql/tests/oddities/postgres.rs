//! PostgreSQL 15.

mod names;
mod numbers;
mod statements;
mod structures;
mod texts;
mod times;

use crate::case::Case;

pub(crate) const TABLES: &[&[Case]] = &[numbers::CASES, times::CASES, texts::CASES, structures::CASES, names::CASES, statements::CASES];
