//! MariaDB 10.11.

mod names;
mod numbers;
mod placeholders;
mod statements;
mod texts;
mod times;

use crate::case::Case;

pub(crate) const TABLES: &[&[Case]] = &[numbers::CASES, times::CASES, texts::CASES, names::CASES, statements::CASES, placeholders::CASES];
