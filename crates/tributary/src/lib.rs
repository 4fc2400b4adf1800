//! The binary's rooms: what constructs the house ([`house`]), what may be done in it ([`app`]), and the faces it shows to people ([`api`],
//! [`chronograf`], [`cli`], [`demo`], [`files`], [`web`]).
//!
//! The faces do not import one another's insides; they share [`app`] and `model`.

pub mod api;
pub mod app;
pub mod chronograf;
pub mod cli;
pub mod clock;
pub mod config;
pub mod demo;
#[cfg(feature = "failpoints")]
pub mod fault_point;
pub mod files;
mod guard;
pub mod house;
pub mod import;
pub mod rounds;
pub mod serving;
pub mod web;
