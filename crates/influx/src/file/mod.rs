//! A folder that receives line protocol: one file per write, `LABEL.lp`.
//!
//! Lines gather in a hidden file beside it, which takes the file's place in one step when all of it is on the disk. So a reader of the
//! folder sees whole files only, whatever happens to Tributary in between, and writing the same label again replaces the same file. A hidden
//! file that a crash left behind is swept away by the next write of its label. Of two writes of one label at the same time the later wins,
//! and the earlier fails.

mod check;
mod name;
mod write;

pub(crate) use check::check;
pub(crate) use write::FolderWriter;
