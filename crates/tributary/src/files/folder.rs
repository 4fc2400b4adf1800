//! The folder of files that define objects: what is in it, and what each file says.
//!
//! One flat folder, exact extensions, links followed: as Chronograf reads it (`filestore/sources.go`). Nothing is ever written into it.

use std::{
    collections::BTreeMap,
    ffi::OsStr,
    fs::{self, File, Metadata},
    io::{self, Read},
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

use foreign::Broken;

use crate::app::FileKind;

/// The largest file that is read, in bytes.
const MAX_FILE_BYTES: u64 = 1 << 20;

/// A file that others than its owner and its group's readers may read or change has one of these bits: it is wider than 0640.
const WIDER_THAN_0640: u32 = 0o027;

/// What is in the folder, without what the files say: enough to tell whether anything has changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Listing {
    /// Whether the folder is there. One that is not there is an empty one.
    pub(super) is_there: bool,
    /// The files that may define objects, by name. A name that is no text is shown as well as it can be.
    pub(super) files: BTreeMap<String, Listed>,
}

/// One file as a listing sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Listed {
    path: PathBuf,
    pub(super) kind: FileKind,
    /// Absent when what the name leads to cannot be looked at: a link to nothing.
    mark: Option<Mark>,
}

/// What changes when a file does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Mark {
    device: u64,
    inode: u64,
    bytes: u64,
    modified: (i64, i64),
    changed: (i64, i64),
    mode: u32,
}

/// What a file says.
#[derive(Debug)]
pub(super) struct Text {
    pub(super) text: String,
    /// Whether others than its owner and its group's readers may read or change it.
    pub(super) is_open_to_others: bool,
}

/// Looks at the folder. One that is not there is an empty one.
///
/// # Errors
/// When it is there and cannot be listed: what is in it is then not known.
pub(super) fn list(folder: &Path) -> io::Result<Listing> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Listing::default()),
        Err(error) => return Err(error),
    };
    let mut files = BTreeMap::new();
    for entry in entries {
        let entry = entry?;
        let name = entry.file_name();
        let Some(kind) = kind_of(&name) else { continue };
        let path = entry.path();
        match fs::metadata(&path) {
            Ok(metadata) if metadata.is_dir() => {}
            Ok(metadata) => {
                files.insert(shown(&name), Listed { path, kind, mark: Some(Mark::of(&metadata)) });
            }
            // Removed since it was listed. A link to nothing stays in the list, so that somebody hears of it.
            Err(error) if error.kind() == io::ErrorKind::NotFound && fs::symlink_metadata(&path).is_err() => {}
            Err(_) => {
                files.insert(shown(&name), Listed { path, kind, mark: None });
            }
        }
    }
    Ok(Listing { is_there: true, files })
}

/// Reads one file. `None` when it is not there any more.
pub(super) fn read(listed: &Listed) -> Option<Result<Text, Broken>> {
    let unreadable = |error: &io::Error| {
        let why = match error.kind() {
            io::ErrorKind::PermissionDenied => "Tributary may not read it: allow its user to".to_owned(),
            io::ErrorKind::NotFound => "it is a link to nothing: correct or remove it".to_owned(),
            kind => format!("it cannot be read: {kind}"),
        };
        Some(Err(whole_file(why)))
    };
    // Looked at before it is opened, because opening a pipe waits for somebody to write into it.
    let metadata = match fs::metadata(&listed.path) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == io::ErrorKind::NotFound && fs::symlink_metadata(&listed.path).is_err() => return None,
        Err(error) => return unreadable(&error),
    };
    if !metadata.is_file() {
        return Some(Err(whole_file("it is no file: put a file or a link to one in its place")));
    }
    let mut bytes = Vec::new();
    // One byte more than allowed, so that a file that grows while it is read is noticed too.
    if let Err(error) = File::open(&listed.path).and_then(|file| file.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes)) {
        return unreadable(&error);
    }
    if bytes.len() as u64 > MAX_FILE_BYTES {
        return Some(Err(whole_file(format!(
            "it is larger than {} KiB: it describes one object and needs no more",
            MAX_FILE_BYTES / 1024
        ))));
    }
    Some(text_of(bytes).map(|text| Text { text, is_open_to_others: metadata.mode() & WIDER_THAN_0640 != 0 }))
}

fn text_of(bytes: Vec<u8>) -> Result<String, Broken> {
    match String::from_utf8(bytes) {
        Ok(text) => Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text)),
        Err(error) => {
            let read = &error.as_bytes()[..error.utf8_error().valid_up_to()];
            let line = 1 + read.iter().filter(|byte| **byte == b'\n').count();
            Err(Broken { line: Some(line), field: None, reason: "it is no UTF-8 text: save it as UTF-8".to_owned() })
        }
    }
}

fn whole_file(reason: impl Into<String>) -> Broken {
    Broken { line: None, field: None, reason: reason.into() }
}

/// What a file of this name defines: the extension decides, exactly as it is written. `.src` alone has it too.
fn kind_of(name: &OsStr) -> Option<FileKind> {
    let name = name.as_encoded_bytes();
    // The lock that Emacs puts beside a file that it edits: `.#shop.src`, a link to nothing.
    if name.starts_with(b".#") {
        return None;
    }
    let dot = name.iter().rposition(|byte| *byte == b'.')?;
    match &name[dot..] {
        b".src" => Some(FileKind::Connection),
        b".kap" => Some(FileKind::Kapacitor),
        b".org" => Some(FileKind::Organization),
        _ => None,
    }
}

fn shown(name: &OsStr) -> String {
    name.to_string_lossy().chars().map(|char| if char.is_control() { char::REPLACEMENT_CHARACTER } else { char }).collect()
}

impl Mark {
    fn of(metadata: &Metadata) -> Self {
        Self {
            device: metadata.dev(),
            inode: metadata.ino(),
            bytes: metadata.len(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
            mode: metadata.mode(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        list(folder).unwrap().files.into_keys().collect()
    }

    fn reason(folder: &Path, name: &str) -> String {
        read(&list(folder).unwrap().files[name]).unwrap().unwrap_err().reason
    }

    #[test]
    fn only_the_exact_extensions_count_and_dot_files_too() {
        let dir = tempfile::tempdir().unwrap();
        let written = [".src", "a.src", "b.c.kap", "d.org", "a.SRC", "a.src~", ".a.src.swp", "#a.src#", "a.json", "src", "a.src.bak"];
        for name in written {
            fs::write(dir.path().join(name), "{}").unwrap();
        }
        symlink("bob@host.77:1", dir.path().join(".#a.src")).unwrap();
        fs::create_dir(dir.path().join("folder.src")).unwrap();
        fs::write(dir.path().join("folder.src/inner.src"), "{}").unwrap();
        assert_eq!(names(dir.path()), [".src", "a.src", "b.c.kap", "d.org"]);
    }

    #[test]
    fn a_folder_that_is_not_there_is_empty_and_one_that_cannot_be_listed_is_an_error() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(list(&dir.path().join("none")).unwrap(), Listing::default());
        assert!(list(dir.path()).unwrap().is_there);
        fs::write(dir.path().join("file"), "").unwrap();
        list(&dir.path().join("file")).unwrap_err();
        symlink("circle", dir.path().join("circle")).unwrap();
        list(&dir.path().join("circle")).unwrap_err();
    }

    #[test]
    fn what_cannot_be_read_says_why_and_where() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("big.src"), vec![b' '; MAX_FILE_BYTES as usize + 1]).unwrap();
        fs::write(dir.path().join("latin.src"), b"{\n\"name\": \"caf\xe9\"}").unwrap();
        symlink("nowhere", dir.path().join("lost.src")).unwrap();
        symlink("/dev/null", dir.path().join("null.src")).unwrap();
        assert!(reason(dir.path(), "big.src").contains("larger than 1024 KiB"));
        assert!(reason(dir.path(), "lost.src").contains("link to nothing"));
        assert!(reason(dir.path(), "null.src").contains("no file"));
        let broken = read(&list(dir.path()).unwrap().files["latin.src"]).unwrap().unwrap_err();
        assert_eq!((broken.line, broken.reason.contains("UTF-8")), (Some(2), true));
    }

    #[test]
    fn the_largest_file_that_is_read_is_read_whole_and_without_its_byte_order_mark() {
        let dir = tempfile::tempdir().unwrap();
        let mut text = "\u{feff}".to_owned();
        text.push_str(&" ".repeat(MAX_FILE_BYTES as usize - text.len()));
        fs::write(dir.path().join("a.src"), &text).unwrap();
        let read = read(&list(dir.path()).unwrap().files["a.src"]).unwrap().unwrap();
        assert_eq!(read.text.len(), MAX_FILE_BYTES as usize - 3);
    }

    #[test]
    fn a_file_that_vanished_after_it_was_listed_is_no_broken_file() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("a.src"), "{}").unwrap();
        let listing = list(dir.path()).unwrap();
        fs::remove_file(dir.path().join("a.src")).unwrap();
        assert!(read(&listing.files["a.src"]).is_none());
    }

    #[test]
    fn a_mode_wider_than_0640_is_seen() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.src");
        fs::write(&path, "{}").unwrap();
        for (mode, open) in [(0o600, false), (0o640, false), (0o400, false), (0o644, true), (0o660, true), (0o604, true)] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            let read = read(&list(dir.path()).unwrap().files["a.src"]).unwrap().unwrap();
            assert_eq!(read.is_open_to_others, open, "{mode:o}");
        }
    }

    #[test]
    fn every_change_of_a_file_changes_the_listing() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.src");
        fs::write(&path, "one").unwrap();
        let mut before = list(dir.path()).unwrap();
        assert_eq!(list(dir.path()).unwrap(), before);
        let changes: [&dyn Fn(); 4] = [
            &|| fs::write(&path, "three").unwrap(),
            &|| {
                fs::write(dir.path().join("tmp"), "three").unwrap();
                fs::rename(dir.path().join("tmp"), &path).unwrap();
            },
            &|| fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap(),
            &|| fs::remove_file(&path).unwrap(),
        ];
        for (at, change) in changes.into_iter().enumerate() {
            change();
            let after = list(dir.path()).unwrap();
            assert_ne!(after, before, "change {at}");
            before = after;
        }
    }
}
