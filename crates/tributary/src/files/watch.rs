//! Tells when something may have changed in a folder, or in whatever leads to it.
//!
//! What is watched: the folder itself; the places that decide what the folder's path means (its parent, or the nearest one that is there,
//! and the parents of links on the way), so that a folder that is made, replaced or linked anew is noticed; and the folders that links in
//! it lead to. The system tells of a name, not of what a name means, so the set is made anew after every change.
//!
//! A known weakness: network file systems tell of nothing that another machine does, and a machine has an end of watches. Who waits here
//! looks at the folder at an interval of its own besides.

use std::{
    collections::{BTreeMap, BTreeSet},
    ffi::OsString,
    fs,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use notify::{
    Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher,
    event::{AccessKind, AccessMode},
};
use tokio::{
    sync::Notify,
    time::{Instant, timeout_at},
};

/// How long it has to be quiet before a change is looked at: whoever writes several files, or one in pieces, is let finish.
const QUIET: Duration = Duration::from_millis(500);

/// How long a change waits at most for quiet.
const MOST: Duration = Duration::from_secs(3);

/// The most folders outside of the folder that are watched because links lead there.
const MOST_LINKED: usize = 64;

/// Watches a folder that may not be there yet.
pub(super) struct Watch {
    folder: PathBuf,
    /// Absent when the system gives none: then only looking at intervals finds changes.
    watcher: Option<RecommendedWatcher>,
    watched: BTreeMap<PathBuf, Place>,
    wanted: Arc<Mutex<Wanted>>,
    heard: Arc<Notify>,
}

/// Device and inode of a folder: another one under the same name is another folder.
type Place = (u64, u64);

/// What to watch, and what of it matters.
#[derive(Debug, Default)]
struct Wanted {
    /// The folders to watch, each once, whatever names lead to it.
    places: BTreeMap<PathBuf, Place>,
    /// Those of them in which everything matters: the folder, and where links in it lead.
    contents: BTreeSet<PathBuf>,
    /// What matters elsewhere: the names on the way to the folder. The folder above it may be a busy one.
    names: BTreeSet<OsString>,
}

impl Watch {
    /// A watch on `folder`, an absolute path. Nothing is watched before [`Self::follow`].
    pub(super) fn new(folder: PathBuf) -> Self {
        let heard = Arc::new(Notify::new());
        let wanted = Arc::new(Mutex::new(Wanted::default()));
        let watcher = {
            let (heard, wanted) = (heard.clone(), wanted.clone());
            let told = move |event: notify::Result<Event>| {
                let matters = |event: &Event| wanted.lock().unwrap_or_else(PoisonError::into_inner).has_to_do_with(event);
                if event.as_ref().map_or(true, matters) {
                    heard.notify_one();
                }
            };
            notify::recommended_watcher(told)
                .inspect_err(|error| tracing::warn!(%error, "files cannot be watched; the folder is looked at now and then instead"))
                .ok()
        };
        Self { folder, watcher, watched: BTreeMap::new(), wanted, heard }
    }

    /// What is told when something may have changed.
    pub(super) fn heard(&self) -> Arc<Notify> {
        self.heard.clone()
    }

    /// Watches what the folder's path means at present. Tells whether that is another set than before: then a change may have come
    /// between looking and watching, and the caller looks again.
    pub(super) fn follow(&mut self) -> bool {
        let Some(watcher) = &mut self.watcher else { return false };
        let wanted = Wanted::of(&self.folder);
        let places = wanted.places.clone();
        *self.wanted.lock().unwrap_or_else(PoisonError::into_inner) = wanted;
        let mut changed = false;
        self.watched.retain(|path, place| {
            let stays = places.get(path) == Some(place);
            if !stays {
                changed = true;
                // It fails when the folder is gone, and its watch with it.
                let _ = watcher.unwatch(path);
            }
            stays
        });
        for (path, place) in places {
            if self.watched.contains_key(&path) {
                continue;
            }
            match watcher.watch(&path, RecursiveMode::NonRecursive) {
                Ok(()) => {
                    changed = true;
                    self.watched.insert(path, place);
                }
                Err(error) => tracing::debug!(path = %path.display(), %error, "a folder cannot be watched"),
            }
        }
        changed
    }
}

/// Waits until nothing was heard for [`QUIET`], but no longer than [`MOST`].
pub(super) async fn until_quiet(heard: &Notify) {
    let end = Instant::now() + MOST;
    loop {
        let quiet = (Instant::now() + QUIET).min(end);
        if timeout_at(quiet, heard.notified()).await.is_err() || Instant::now() >= end {
            return;
        }
    }
}

impl Wanted {
    fn of(folder: &Path) -> Self {
        let ancestors: Vec<&Path> = folder.ancestors().skip(1).collect();
        let way = || std::iter::once(folder).chain(ancestors.iter().copied());
        let contents: Vec<PathBuf> = std::iter::once(folder.to_owned()).chain(linked(folder)).collect();

        let mut names: BTreeSet<OsString> = way().filter_map(|path| path.file_name()).map(OsString::from).collect();
        // What decides whether the folder is there: its parent, or the nearest one above.
        let mut around: Vec<PathBuf> = ancestors.iter().find(|path| path.is_dir()).map(|path| path.to_path_buf()).into_iter().collect();
        // What decides where the path leads.
        for link in way().filter(|path| path.is_symlink()) {
            around.extend(link.parent().map(Path::to_owned));
            if let Ok(target) = fs::canonicalize(link) {
                names.extend(target.file_name().map(OsString::from));
                around.extend(target.parent().map(Path::to_owned));
            }
        }

        let mut wanted = Self { names, ..Self::default() };
        let mut seen = BTreeSet::new();
        for (is_content, path) in contents.into_iter().map(|path| (true, path)).chain(around.into_iter().map(|path| (false, path))) {
            let Ok(metadata) = fs::metadata(&path) else { continue };
            let place = (metadata.dev(), metadata.ino());
            if metadata.is_dir() && seen.insert(place) {
                if is_content {
                    wanted.contents.insert(path.clone());
                }
                wanted.places.insert(path, place);
            }
        }
        wanted
    }

    /// Whether an event may mean a change. Reading changes nothing, and is what Tributary itself does there.
    fn has_to_do_with(&self, event: &Event) -> bool {
        if matches!(event.kind, EventKind::Access(kind) if kind != AccessKind::Close(AccessMode::Write)) {
            return false;
        }
        // An event without a path says that events were lost.
        event.paths.is_empty()
            || event.paths.iter().any(|path| {
                self.contents.contains(path)
                    || path.parent().is_some_and(|parent| self.contents.contains(parent))
                    || path.file_name().is_some_and(|name| self.names.contains(name))
            })
    }
}

/// The folders that links in the folder lead to.
fn linked(folder: &Path) -> BTreeSet<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return BTreeSet::new() };
    entries
        .flatten()
        .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_symlink()))
        .filter_map(|entry| Some(fs::canonicalize(entry.path()).ok()?.parent()?.to_owned()))
        .take(MOST_LINKED)
        .collect()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    fn watched(folder: &Path) -> Vec<PathBuf> {
        Wanted::of(folder).places.into_keys().collect()
    }

    #[test]
    fn the_nearest_folder_that_is_there_is_watched_until_the_folder_appears() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("a/b");
        assert_eq!(watched(&folder), [dir.path()]);
        fs::create_dir(dir.path().join("a")).unwrap();
        assert_eq!(watched(&folder), [dir.path().join("a")]);
        fs::create_dir(&folder).unwrap();
        assert_eq!(watched(&folder), [dir.path().join("a"), folder]);
    }

    #[test]
    fn what_links_lead_to_is_watched_and_each_folder_once() {
        let dir = tempfile::tempdir().unwrap();
        for folder in ["real", "files", "other"] {
            fs::create_dir(dir.path().join(folder)).unwrap();
        }
        fs::write(dir.path().join("other/x.src"), "").unwrap();
        symlink(dir.path().join("real"), dir.path().join("link")).unwrap();
        symlink("../other/x.src", dir.path().join("real/x.src")).unwrap();
        symlink("../other", dir.path().join("real/..data")).unwrap();
        assert_eq!(watched(&dir.path().join("link")), [dir.path().to_owned(), dir.path().join("link"), dir.path().join("other")]);
    }

    #[test]
    fn a_folder_that_was_replaced_under_its_name_is_watched_anew() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("files");
        fs::create_dir(&folder).unwrap();
        let mut watch = Watch::new(folder.clone());
        assert!(watch.follow());
        assert!(!watch.follow());
        fs::rename(&folder, dir.path().join("old")).unwrap();
        fs::create_dir(&folder).unwrap();
        assert!(watch.follow());
        assert!(!watch.follow());
    }

    /// No look at intervals helps here: what is not heard fails.
    #[tokio::test]
    async fn every_kind_of_change_is_heard() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        let folder = at("files");
        let mut watch = Watch::new(folder.clone());
        watch.follow();
        let changes: [(&str, &dyn Fn()); 11] = [
            ("the folder appears", &|| fs::create_dir(&folder).unwrap()),
            ("a file is written", &|| fs::write(folder.join("a.src"), "1").unwrap()),
            ("it is written again", &|| fs::write(folder.join("a.src"), "2").unwrap()),
            ("its mode changes", &|| fs::set_permissions(folder.join("a.src"), fs::Permissions::from_mode(0o600)).unwrap()),
            ("it is renamed over", &|| {
                fs::write(at("aside"), "3").unwrap();
                fs::rename(at("aside"), folder.join("a.src")).unwrap();
            }),
            ("it is removed", &|| fs::remove_file(folder.join("a.src")).unwrap()),
            ("a link leads to a file elsewhere", &|| {
                fs::create_dir(at("else")).unwrap();
                fs::write(at("else/a.src"), "").unwrap();
                symlink(at("else/a.src"), folder.join("a.src")).unwrap();
            }),
            ("the file elsewhere is written", &|| fs::write(at("else/a.src"), "4").unwrap()),
            ("the folder is replaced", &|| {
                fs::create_dir(at("next")).unwrap();
                fs::rename(&folder, at("old")).unwrap();
                fs::rename(at("next"), &folder).unwrap();
            }),
            ("the new folder gets a file", &|| fs::write(folder.join("b.src"), "5").unwrap()),
            ("the folder goes", &|| fs::remove_dir_all(&folder).unwrap()),
        ];
        let heard = watch.heard();
        for (what, change) in changes {
            change();
            let in_time = tokio::time::timeout(Duration::from_secs(60), heard.notified()).await;
            assert!(in_time.is_ok(), "not heard: {what}");
            watch.follow();
            // What the same change still tells.
            until_quiet(&heard).await;
            while watch.follow() {}
        }
    }

    #[test]
    fn only_what_has_to_do_with_the_folder_is_heard() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("files");
        fs::create_dir(&folder).unwrap();
        let wanted = Wanted::of(&folder);
        let written = |path: &str| Event::new(EventKind::Access(AccessKind::Close(AccessMode::Write))).add_path(dir.path().join(path));
        assert!(wanted.has_to_do_with(&written("files/a.src")));
        assert!(wanted.has_to_do_with(&written("files")));
        assert!(!wanted.has_to_do_with(&written("store.db")));
        let opened = Event::new(EventKind::Access(AccessKind::Open(AccessMode::Any))).add_path(folder.join("a.src"));
        assert!(!wanted.has_to_do_with(&opened));
        assert!(wanted.has_to_do_with(&Event::new(EventKind::Other)));
    }

    #[tokio::test(start_paused = true)]
    async fn a_change_is_looked_at_after_half_a_second_of_quiet_and_after_three_seconds_at_the_latest() {
        let start = Instant::now();
        until_quiet(&Notify::new()).await;
        assert_eq!(start.elapsed().as_millis(), 500);

        let heard = Arc::new(Notify::new());
        let busy = tokio::spawn({
            let heard = heard.clone();
            async move {
                loop {
                    heard.notify_one();
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            }
        });
        let start = Instant::now();
        until_quiet(&heard).await;
        assert_eq!(start.elapsed().as_millis(), 3000);
        busy.abort();
    }
}
