//! Writing one file of lines.

use std::{
    fs::{self, File},
    io::{self, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
    process,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use async_trait::async_trait;
use bytes::Bytes;
use model::{
    Failure, FailureKind,
    edges::{LineBatch, Traffic, Writer, Written},
};
use tokio::sync::Mutex;

use super::name;

/// What hidden files end in.
const PARTIAL: &str = ".lp.partial";

/// Writes the lines of one label.
pub(crate) struct FolderWriter {
    /// Calls queue here, so that batches stand in the file in the order in which they came.
    part: Arc<Mutex<Part>>,
}

/// The file as far as it is written.
struct Part {
    folder: PathBuf,
    /// The label as a file name.
    name: String,
    /// Where the lines gather: a name that no other write has.
    hidden: PathBuf,
    open: Option<File>,
    /// Bytes that are certainly whole batches: what a failed write left behind it is cut off.
    good: u64,
}

impl FolderWriter {
    /// Contacts nothing yet.
    ///
    /// # Errors
    /// `InfluxUrl` when the folder is no absolute path.
    pub(crate) fn new(folder: &str, label: &str) -> Result<Self, Failure> {
        static WRITES: AtomicU64 = AtomicU64::new(0);
        let folder = absolute(folder)?;
        let name = name::of(label);
        let hidden = folder.join(format!(".{name}.{}-{}{PARTIAL}", process::id(), WRITES.fetch_add(1, Ordering::Relaxed)));
        Ok(Self { part: Arc::new(Mutex::new(Part { folder, name, hidden, open: None, good: 0 })) })
    }

    /// Runs blocking work on the file, after everything that came before.
    async fn with_part<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Part) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, Failure> {
        let mut part = Arc::clone(&self.part).lock_owned().await;
        let failed = |error| Failure::new(FailureKind::Internal, "writing a file").because(error);
        tokio::task::spawn_blocking(move || work(&mut part)).await.map_err(failed)?
    }
}

/// The folder's path.
///
/// # Errors
/// `InfluxUrl` when it is not absolute: a relative one would depend on where the server was started.
pub(super) fn absolute(folder: &str) -> Result<PathBuf, Failure> {
    let path = PathBuf::from(folder);
    if path.is_absolute() {
        Ok(path)
    } else {
        Err(Failure::new(FailureKind::InfluxUrl, format!("the folder `{folder}` is not an absolute path")))
    }
}

#[async_trait]
impl Writer for FolderWriter {
    fn in_flight(&self) -> usize {
        1
    }

    async fn write(&self, batch: &LineBatch, traffic: &mut Traffic) -> Result<Written, Failure> {
        let body = batch.body.clone();
        let bytes = body.len() as u64;
        self.with_part(move |part| part.append(&body)).await?;
        traffic.bytes += bytes;
        Ok(Written { points: u64::from(batch.lines), bytes, rejects: Vec::new() })
    }

    async fn finish(&self) -> Result<(), Failure> {
        self.with_part(Part::publish).await
    }
}

impl Part {
    fn visible(&self) -> PathBuf {
        self.folder.join(format!("{}.lp", self.name))
    }

    fn append(&mut self, body: &Bytes) -> Result<(), Failure> {
        let path = &self.hidden;
        let good = self.good;
        let file = match &mut self.open {
            Some(file) => file,
            None => {
                sweep(&self.folder, &self.name).map_err(|error| failed("opening", &self.folder, error))?;
                self.open.insert(File::create_new(path).map_err(|error| failed("creating", path, error))?)
            }
        };
        let appended = file.seek(SeekFrom::Start(good)).and_then(|_| file.write_all(body));
        if let Err(error) = appended {
            // Best effort: the next write starts at the same place in any case.
            let _ = file.set_len(good);
            return Err(failed("writing", path, error));
        }
        self.good += body.len() as u64;
        Ok(())
    }

    fn publish(&mut self) -> Result<(), Failure> {
        let (hidden, visible) = (self.hidden.clone(), self.visible());
        match self.open.take() {
            Some(file) => {
                let durable = file.set_len(self.good).and_then(|()| file.sync_all());
                if let Err(error) = durable {
                    self.open = Some(file);
                    return Err(failed("writing", &hidden, error));
                }
                if let Err(error) = fs::rename(&hidden, &visible) {
                    self.open = Some(file);
                    return Err(failed("renaming", &hidden, error));
                }
            }
            // Nothing was written: what an earlier write of this label left would be wrong now.
            None => match fs::remove_file(&visible) {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
                Err(error) => return Err(failed("removing", &visible, error)),
            },
        }
        // The new name itself is only durable when the folder is.
        File::open(&self.folder).and_then(|folder| folder.sync_all()).map_err(|error| failed("writing", &self.folder, error))
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        if self.open.is_some() {
            // A write that was given up leaves nothing behind.
            let _ = fs::remove_file(&self.hidden);
        }
    }
}

/// Removes hidden files that earlier writes of this name left behind.
fn sweep(folder: &Path, name: &str) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let file = entry.file_name();
        let number = file.to_str().and_then(|file| file.strip_prefix('.')?.strip_prefix(name)?.strip_prefix('.')?.strip_suffix(PARTIAL));
        // Anything else between the name and the end belongs to another label.
        if number.is_some_and(|number| number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-')) {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

pub(super) fn failed(doing: &str, path: &Path, error: io::Error) -> Failure {
    Failure::new(FailureKind::FolderWrite, format!("{doing} {}", path.display())).because(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batch(body: &'static str) -> LineBatch {
        LineBatch { body: Bytes::from_static(body.as_bytes()), lines: 1, rows: vec![(0, 1)] }
    }

    fn listing(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[tokio::test]
    async fn a_file_appears_whole_and_the_same_label_replaces_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().to_str().unwrap();
        for bodies in [["m f=1 1\n", "m f=2 2\n"], ["m f=3 3\n", "m f=4 4\n"]] {
            let before = listing(folder.path());
            let writer = FolderWriter::new(path, "a b").unwrap();
            for body in bodies {
                writer.write(&batch(body), &mut Traffic::default()).await.unwrap();
                assert_eq!(listing(folder.path()).iter().filter(|name| !name.starts_with('.')).count(), before.len());
            }
            writer.finish().await.unwrap();
            assert_eq!(listing(folder.path()), ["a%20b.lp"]);
            assert_eq!(fs::read_to_string(folder.path().join("a%20b.lp")).unwrap(), bodies.concat());
        }
    }

    #[tokio::test]
    async fn batches_stand_in_the_order_in_which_they_came() {
        let folder = tempfile::tempdir().unwrap();
        let writer = FolderWriter::new(folder.path().to_str().unwrap(), "x").unwrap();
        let batches: Vec<LineBatch> =
            (0..50).map(|n| LineBatch { body: format!("m f={n} {n}\n").repeat(200).into(), lines: 200, rows: vec![(0, 1)] }).collect();
        let writes = batches.iter().map(|batch| async {
            writer.write(batch, &mut Traffic::default()).await.unwrap();
        });
        futures_util::future::join_all(writes).await;
        writer.finish().await.unwrap();
        let expected: String = batches.iter().map(|batch| String::from_utf8_lossy(&batch.body).into_owned()).collect();
        assert_eq!(fs::read_to_string(folder.path().join("x.lp")).unwrap(), expected);
    }

    #[tokio::test]
    async fn a_write_that_is_given_up_leaves_the_earlier_file_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().to_str().unwrap();
        fs::write(folder.path().join("x.lp"), "m f=1 1\n").unwrap();
        let writer = FolderWriter::new(path, "x").unwrap();
        writer.write(&batch("m f=2 2\n"), &mut Traffic::default()).await.unwrap();
        drop(writer);
        assert_eq!(listing(folder.path()), ["x.lp"]);
        assert_eq!(fs::read_to_string(folder.path().join("x.lp")).unwrap(), "m f=1 1\n");
    }

    #[tokio::test]
    async fn a_write_without_lines_leaves_no_file_of_an_earlier_one() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("x.lp"), "m f=1 1\n").unwrap();
        FolderWriter::new(folder.path().to_str().unwrap(), "x").unwrap().finish().await.unwrap();
        assert!(listing(folder.path()).is_empty());
    }

    #[tokio::test]
    async fn what_a_crash_left_is_swept_away_and_other_labels_are_not_touched() {
        let folder = tempfile::tempdir().unwrap();
        for name in [".x.17-3.lp.partial", ".x.y.17-3.lp.partial", ".xy.17-3.lp.partial", "x.y.lp"] {
            fs::write(folder.path().join(name), "m f=1 1\n").unwrap();
        }
        let writer = FolderWriter::new(folder.path().to_str().unwrap(), "x").unwrap();
        writer.write(&batch("m f=2 2\n"), &mut Traffic::default()).await.unwrap();
        writer.finish().await.unwrap();
        assert_eq!(listing(folder.path()), [".x.y.17-3.lp.partial", ".xy.17-3.lp.partial", "x.lp", "x.y.lp"]);
    }

    #[tokio::test]
    async fn of_two_writes_of_one_label_the_later_wins() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().to_str().unwrap();
        let (old, new) = (FolderWriter::new(path, "x").unwrap(), FolderWriter::new(path, "x").unwrap());
        old.write(&batch("m f=1 1\n"), &mut Traffic::default()).await.unwrap();
        new.write(&batch("m f=2 2\n"), &mut Traffic::default()).await.unwrap();
        assert_eq!(old.finish().await.unwrap_err().kind, FailureKind::FolderWrite);
        drop(old);
        new.finish().await.unwrap();
        assert_eq!(listing(folder.path()), ["x.lp"]);
        assert_eq!(fs::read_to_string(folder.path().join("x.lp")).unwrap(), "m f=2 2\n");
    }

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn a_full_disk_is_told_and_the_same_batch_can_be_written_again() {
        let folder = tempfile::tempdir().unwrap();
        let writer = FolderWriter::new(folder.path().to_str().unwrap(), "x").unwrap();
        writer.write(&batch("m f=1 1\n"), &mut Traffic::default()).await.unwrap();
        let full = File::options().write(true).open("/dev/full").unwrap();
        let disk = writer.part.lock().await.open.replace(full);
        for _ in 0..2 {
            let failure = writer.write(&batch("m f=2 2\n"), &mut Traffic::default()).await.unwrap_err();
            assert_eq!(failure.kind, FailureKind::FolderWrite);
            assert!(failure.chain().contains("No space left"), "{}", failure.chain());
        }
        writer.part.lock().await.open = disk;
        writer.write(&batch("m f=2 2\n"), &mut Traffic::default()).await.unwrap();
        writer.finish().await.unwrap();
        assert_eq!(fs::read_to_string(folder.path().join("x.lp")).unwrap(), "m f=1 1\nm f=2 2\n");
    }

    #[tokio::test]
    async fn a_folder_that_is_not_there_or_not_absolute_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let absent = folder.path().join("absent");
        let writer = FolderWriter::new(absent.to_str().unwrap(), "x").unwrap();
        let failure = writer.write(&batch("m f=1 1\n"), &mut Traffic::default()).await.unwrap_err();
        assert_eq!(failure.kind, FailureKind::FolderWrite);
        assert!(failure.chain().contains("absent"), "{}", failure.chain());
        assert_eq!(FolderWriter::new("lines", "x").err().unwrap().kind, FailureKind::InfluxUrl);
    }
}
