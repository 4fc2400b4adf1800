//! The catalogue of Kapacitor's alert handlers: what is known of each, joined with what the server at hand shows.
//!
//! ```text
//!  people · incidents · systems ──▶ known ──▶ offered ──▶ Handler ──▶ a form
//!  (tables: one entry a handler)                └──────▶ validate, blamed, running: before a change, after a refusal, for a test
//! ```
//!
//! A handler is added as an entry of a table; copy `teams` in `people`. The server always has the last word: an option that it does not
//! show is not offered, one that no table has is offered by its name, and a section that no table has gets fields made from its values.

mod blamed;
mod duration;
mod incidents;
mod known;
mod offered;
mod people;
mod running;
mod systems;
#[cfg(test)]
mod tests;
mod validate;

pub(super) use blamed::blamed;
pub(super) use duration::duration_ns;
pub(super) use offered::{Sections, Shown, Tests, is_nothing, offered};
pub(super) use running::{differing, test_body};
pub(super) use validate::validate;

use known::Known;

/// What is known of a section.
fn known(section: &str) -> Option<&'static Known> {
    all().find(|known| known.section == section)
}

fn all() -> impl Iterator<Item = &'static Known> {
    [people::HANDLERS, incidents::HANDLERS, systems::HANDLERS].into_iter().flatten()
}
