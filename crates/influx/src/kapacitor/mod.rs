//! Kapacitor: who answers, and whether its configuration may be read.

mod check;

pub(crate) use check::check;
