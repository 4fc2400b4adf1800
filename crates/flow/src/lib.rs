//! When and how rows move.

mod policy;
mod read;
pub mod schedule;
mod shape;
pub mod statement;
pub mod transfer;
mod write;

pub use policy::Patience;
