//! Whether a folder can receive files.

use std::{fs, io};

use model::{Failure, FailureKind};

use super::write::{absolute, failed};
use crate::check::Ladder;

/// The name of the file that shows whether files can be made; it is gone again before the finding is told.
const PROBE: &str = ".tributary-check.partial";

/// Looks at the folder, and makes and removes an empty hidden file in it: permissions alone do not tell (read-only mounts, quotas).
pub(crate) async fn check(ladder: &mut Ladder<'_>, folder: &str) {
    let path = match absolute(folder) {
        Ok(path) => path,
        Err(failure) => return ladder.failed("url", &failure, "folder", None),
    };
    ladder.passed("url", path.display().to_string());

    let looked = tokio::fs::metadata(&path).await;
    let failure = match looked {
        Ok(found) if found.is_dir() => None,
        Ok(_) => Some(Failure::new(FailureKind::FolderWrite, format!("{} is not a folder", path.display()))),
        Err(error) => Some(failed("opening", &path, error)),
    };
    if let Some(failure) = failure {
        return ladder.failed("database", &failure, "folder", Some("create the folder, or correct its path".to_owned()));
    }
    ladder.passed("database", "the folder is there");

    let probe = path.join(PROBE);
    let tried = tokio::task::spawn_blocking(move || {
        let made = fs::File::create(&probe).map(drop).and_then(|()| fs::remove_file(&probe));
        (made, probe)
    });
    match tried.await {
        Ok((Ok(()), _)) => ladder.passed("write", "files can be made there"),
        Ok((Err(error), probe)) => ladder.failed("write", &failed("creating", &probe, error), "folder", None),
        Err(error) => ladder.failed("write", &failed("creating", &path, io::Error::other(error)), "folder", None),
    }
}
