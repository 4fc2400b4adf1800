//! The query before it is sent: its placeholders, and the guard that lets only reading pass.

mod guard;
mod lexer;
mod placeholders;
mod tables;

pub use guard::{Reading, check};
pub use lexer::Dialect;
pub(crate) use lexer::{Kind, Token, tokens};
#[cfg(feature = "odbc")]
pub(crate) use placeholders::translate_to_questions;
pub use placeholders::{Translated, setting, translate};
pub(crate) use tables::{Named, named, read_by};

/// Where a byte of a text is, as people count: `line 3, column 14`.
pub(crate) fn line_and_column(text: &str, at: usize) -> String {
    let before = text.get(..at.min(text.len())).unwrap_or(text);
    let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    format!("line {line}, column {column}")
}
