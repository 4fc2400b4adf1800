//! Whether a folder can receive files.

use std::{fs, io};

use model::{Code, Failure, FailureKind};

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
        Ok(_) => Some(Failure::new(FailureKind::FolderWrite, format!("{} is not a folder", path.display())).coded(Code::FolderMissing)),
        Err(error) => {
            let code = if error.kind() == io::ErrorKind::PermissionDenied { Code::FolderForbidden } else { Code::FolderMissing };
            Some(failed("opening", &path, error).coded(code))
        }
    };
    if let Some(failure) = failure {
        return ladder.failed("database", &failure, "folder", None);
    }
    ladder.passed("database", "the folder is there");

    let probe = path.join(PROBE);
    let tried = tokio::task::spawn_blocking(move || {
        let made = fs::File::create(&probe).map(drop).and_then(|()| fs::remove_file(&probe));
        (made, probe)
    });
    match tried.await {
        Ok((Ok(()), _)) => ladder.passed("write", "files can be made there"),
        Ok((Err(error), probe)) => forbidden(ladder, failed("creating", &probe, error)),
        Err(error) => forbidden(ladder, failed("creating", &path, io::Error::other(error))),
    }
}

fn forbidden(ladder: &mut Ladder<'_>, failure: Failure) {
    ladder.failed("write", &failure.coded(Code::FolderForbidden), "folder", None);
}
