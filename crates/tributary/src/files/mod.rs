//! Files and variables that define objects: the folder is read, watched, and what it says is followed without a restart.
//!
//! A face like the API and the command line: it knows [`crate::app`] and no other face. What a file says is read by the room `foreign`; what
//! becomes of it is decided by [`App::provision`](crate::app::App::provision).

mod declare;
mod folder;
mod keeper;
mod watch;

pub use keeper::Files;
