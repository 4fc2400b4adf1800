//! What is wrong with a folder that is to receive files.

use model::{Code, FailureKind};

use crate::{
    fault::{Fault, Kind::File, fails},
    stage::Scene,
};

pub(crate) fn faults() -> Vec<Fault> {
    vec![
        fails("a_folder_named_by_a_relative_path", File, "url", Code::Kind(FailureKind::InfluxUrl), "folder")
            .when(async || Scene::folder("lines").says("absolute")),
        fails("a_missing_folder", File, "database", Code::FolderMissing, "folder").when(async || {
            let folder = tempfile::tempdir().unwrap();
            let absent = folder.path().join("absent");
            let looked = absent.clone();
            Scene::folder(absent.to_str().unwrap())
                .keeping(folder)
                .proven(async move { if looked.exists() { Err("the folder was created".to_owned()) } else { Ok(()) } })
        }),
        fails("a_file_where_a_folder_should_be", File, "database", Code::FolderMissing, "folder").when(async || {
            let file = tempfile::NamedTempFile::new().unwrap();
            Scene::folder(file.path().to_str().unwrap()).keeping(file)
        }),
        // Not even the superuser may make a file there.
        fails("a_folder_where_no_file_can_be_made", File, "write", Code::FolderForbidden, "folder").when(async || Scene::folder("/proc")),
    ]
}
