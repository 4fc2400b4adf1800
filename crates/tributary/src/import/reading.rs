//! Reading files and folders of other systems. What is in them is `foreign`'s to say; this knows the disk.

use std::{
    fs::{self, File},
    io::{self, Read},
    path::{Path, PathBuf},
};

use foreign::{
    Broken, Found, FoundConnection, FoundKapacitor, FoundOrganization, Given, Remark, bolt, chronograf, influx_config, lines, pasted,
    telegraf,
};
use model::Target;

/// The largest file that is read, in bytes. A Chronograf database of ten thousand connections has about 3 MB.
pub const LARGEST: u64 = 256 << 20;

/// The largest text that is read, in bytes.
pub const LARGEST_TEXT: usize = 16 << 20;

/// What a file is, when the person says so instead of leaving it to be recognized.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Chronograf's database.
    ChronografDatabase,
    /// `.src`, `.kap` and `.org` files, or a folder of them.
    ChronografFiles,
    /// The configurations of the `influx` command.
    InfluxConfig,
    /// A Telegraf configuration, or a folder of `.conf` files.
    Telegraf,
    /// Lines of an environment.
    Lines,
    /// Whatever somebody would paste: recognized.
    Text,
}

/// All that was found, in the order in which it was found.
#[derive(Debug, Default)]
pub struct Gathered {
    /// Organizations.
    pub organizations: Vec<Item<FoundOrganization>>,
    /// Connections.
    pub connections: Vec<Item<FoundConnection>>,
    /// Kapacitors.
    pub kapacitors: Vec<Item<FoundKapacitor>>,
    /// What was ignored or assumed.
    pub remarks: Vec<Said>,
    /// What could not be read.
    pub broken: Vec<Said>,
}

/// Something that was found, and the file that it stands in.
#[derive(Clone, Debug)]
pub struct Item<T> {
    /// The file's name; `-` is standard input.
    pub file: String,
    /// What it is.
    pub found: T,
}

/// Something to be told about a place in a file. Holds no value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// The file's name; `-` is standard input.
    pub file: String,
    /// The line, from 1.
    pub line: Option<usize>,
    /// The field, as the file names it.
    pub field: Option<String>,
    /// One line.
    pub text: String,
}

/// Why nothing could be read at all.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// There is no such file or folder.
    #[error("there is no file or folder `{0}`")]
    Missing(PathBuf),
    /// The machine does not let us.
    #[error("`{path}` cannot be read")]
    Disk {
        /// Which file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// It is larger than [`LARGEST`].
    #[error("`{0}` is larger than {limit} MiB, the most that is read", limit = LARGEST >> 20)]
    TooLarge(PathBuf),
    /// There is nothing to read.
    #[error("the folder `{path}` holds no {wanted} file")]
    Empty {
        /// The folder.
        path: PathBuf,
        /// The ends of the names that would be read.
        wanted: &'static str,
    },
}

/// Reads what is at `path`: a file, a folder, or `-`, standard input. Files are opened for reading only and never locked, so that a running
/// Chronograf is not disturbed.
///
/// # Errors
/// When there is nothing that can be read. What is wrong inside a file is told in [`Gathered::broken`] and stops nothing else.
pub fn gather(path: &Path, kind: Option<Kind>, given: &Given) -> Result<Gathered, Unreadable> {
    let mut gathered = Gathered::default();
    if path == Path::new("-") {
        let bytes = read_whole(io::stdin().lock(), path)?;
        gathered.add_bytes("-", &bytes, kind, given);
        return Ok(gathered);
    }
    let metadata = fs::metadata(path).map_err(|source| match source.kind() {
        io::ErrorKind::NotFound => Unreadable::Missing(path.to_owned()),
        _ => Unreadable::Disk { path: path.to_owned(), source },
    })?;
    if metadata.is_dir() {
        gathered.add_folder(path, kind, given)?;
        return Ok(gathered);
    }
    let bytes = read_file(path)?;
    gathered.add_bytes(&file_name(path), &bytes, kind, given);
    Ok(gathered)
}

fn file_name(path: &Path) -> String {
    path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned())
}

fn read_file(path: &Path) -> Result<Vec<u8>, Unreadable> {
    let file = File::open(path).map_err(|source| Unreadable::Disk { path: path.to_owned(), source })?;
    read_whole(file, path)
}

fn read_whole(from: impl Read, path: &Path) -> Result<Vec<u8>, Unreadable> {
    let mut bytes = Vec::new();
    from.take(LARGEST + 1).read_to_end(&mut bytes).map_err(|source| Unreadable::Disk { path: path.to_owned(), source })?;
    if bytes.len() as u64 > LARGEST {
        return Err(Unreadable::TooLarge(path.to_owned()));
    }
    Ok(bytes)
}

impl Gathered {
    /// The files of a folder, by name; folders in it are not looked into, as Chronograf does not.
    fn add_folder(&mut self, folder: &Path, kind: Option<Kind>, given: &Given) -> Result<(), Unreadable> {
        let unreadable = |source| Unreadable::Disk { path: folder.to_owned(), source };
        let (ends, wanted): (&[&str], _) = match kind {
            Some(Kind::Telegraf) => (&["conf"], ".conf"),
            _ => (&["src", "kap", "org"], ".src, .kap or .org"),
        };
        let mut paths = Vec::new();
        for entry in fs::read_dir(folder).map_err(unreadable)? {
            let path = entry.map_err(unreadable)?.path();
            // A file called `.src` counts for Chronograf.
            let name = file_name(&path);
            if ends.iter().any(|end| name.ends_with(&format!(".{end}"))) && path.is_file() {
                paths.push(path);
            }
        }
        if paths.is_empty() {
            return Err(Unreadable::Empty { path: folder.to_owned(), wanted });
        }
        paths.sort();
        for path in paths {
            match read_file(&path) {
                Ok(bytes) => self.add_bytes(&file_name(&path), &bytes, kind.or(Some(Kind::ChronografFiles)), given),
                Err(error) => self.add_broken(&file_name(&path), Broken { line: None, field: None, reason: chain(&error) }),
            }
        }
        Ok(())
    }

    /// What is in one file.
    fn add_bytes(&mut self, file: &str, bytes: &[u8], kind: Option<Kind>, given: &Given) {
        let broken = |reason: &str| Err(Broken { line: None, field: None, reason: reason.to_owned() });
        let is_database = is_bolt(bytes);
        let read = if kind == Some(Kind::ChronografDatabase) || (kind.is_none() && is_database) {
            bolt::read(bytes).map(|found| with_bucket(found, given))
        } else if is_database {
            broken("this is a Chronograf database; leave --from away, or give --from chronograf-db")
        } else {
            match std::str::from_utf8(bytes) {
                Ok(text) if text.len() > LARGEST_TEXT => broken("the text is larger than 16 MiB, the most that is read"),
                Ok(text) => read_text(file, text, kind, given),
                Err(_) => broken("this is neither text nor a Chronograf database"),
            }
        };
        match read {
            Ok(found) => self.add(file, found),
            Err(broken) => self.add_broken(file, broken),
        }
    }

    fn add(&mut self, file: &str, found: Found) {
        let Found { organizations, connections, kapacitors, remarks, broken } = found;
        self.organizations.extend(items(file, organizations));
        self.connections.extend(items(file, connections));
        self.kapacitors.extend(items(file, kapacitors));
        self.remarks.extend(remarks.into_iter().filter(matters).map(|Remark { line, text }| Said {
            file: file.to_owned(),
            line,
            field: None,
            text,
        }));
        for one in broken {
            self.add_broken(file, one);
        }
    }

    fn add_broken(&mut self, file: &str, broken: Broken) {
        let Broken { line, field, reason } = broken;
        self.broken.push(Said { file: file.to_owned(), line, field, text: reason });
    }
}

fn items<T>(file: &str, found: Vec<T>) -> impl Iterator<Item = Item<T>> {
    found.into_iter().map(move |found| Item { file: file.to_owned(), found })
}

/// That a file holds a secret in clear is no news to somebody who takes it out of there.
fn matters(remark: &Remark) -> bool {
    !remark.text.contains("stands in clear")
}

fn read_text(file: &str, text: &str, kind: Option<Kind>, given: &Given) -> Result<Found, Broken> {
    let text = text.trim_start_matches('\u{feff}');
    let end = Path::new(file).extension().and_then(|end| end.to_str()).or_else(|| file.strip_prefix('.'));
    let found = match (kind, end) {
        (None | Some(Kind::ChronografFiles), Some("src")) => {
            let (connection, remarks) = chronograf::connection(text, &given.variables)?;
            Found { connections: vec![connection], remarks, ..Found::default() }
        }
        (None | Some(Kind::ChronografFiles), Some("kap")) => {
            let (kapacitor, remarks) = chronograf::kapacitor(text, &given.variables)?;
            Found { kapacitors: vec![kapacitor], remarks, ..Found::default() }
        }
        (None | Some(Kind::ChronografFiles), Some("org")) => {
            let (organization, remarks) = chronograf::organization(text, &given.variables)?;
            Found { organizations: vec![organization], remarks, ..Found::default() }
        }
        (Some(Kind::InfluxConfig), _) => return influx_config::read(text, given),
        (Some(Kind::Telegraf), _) => return telegraf::read(text, given),
        (Some(Kind::Lines), _) => return lines::read(text, given),
        _ => {
            let found = pasted::read_with(text, given)?;
            match pasted::kind_of(text) {
                Some(pasted::Kind::Chronograf) => found,
                _ => return Ok(found),
            }
        }
    };
    Ok(with_bucket(found, given))
}

/// Chronograf knows no bucket: its Telegraf database is taken for it, unless the person names one.
fn with_bucket(mut found: Found, given: &Given) -> Found {
    let Some(given) = &given.bucket else { return found };
    for connection in &mut found.connections {
        let telegraf = connection.connection.telegraf_database.clone();
        if let Target::V2 { bucket, .. } = &mut connection.connection.target
            && Some(&*bucket) == telegraf.as_ref()
        {
            bucket.clone_from(given);
        }
    }
    found
}

/// Whether the bytes begin as a BoltDB file does: its magic number stands behind the header of page 0, or of page 1 when the first was
/// damaged (bbolt, `internal/common/meta.go`).
fn is_bolt(bytes: &[u8]) -> bool {
    const MAGIC: [u8; 4] = 0xED0C_DAED_u32.to_le_bytes();
    [0, 4_096, 8_192, 16_384, 65_536].iter().any(|page| bytes.get(page + 16..page + 20) == Some(&MAGIC))
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut link = error.source();
    while let Some(error) = link {
        text.push_str(&format!(": {error}"));
        link = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_is_known_by_its_magic_number_on_either_page() {
        let mut bytes = vec![0; 70_000];
        assert!(!is_bolt(&bytes));
        bytes[16_384 + 16..16_384 + 20].copy_from_slice(&[0xED, 0xDA, 0x0C, 0xED]);
        assert!(is_bolt(&bytes));
        assert!(!is_bolt(b"short"));
    }

    #[test]
    fn each_file_of_a_folder_stands_for_itself() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
        write("a.src", r#"{"id": "1", "name": "A", "url": "http://a:8086", "password": "hunter2", "username": "u"}"#);
        write("b.src", r#"{"id": "2", "name": "#);
        write("c.kap", r#"{"id": 3, "srcID": 1, "name": "K", "url": "http://a:9092"}"#);
        write("d.org", r#"{"id": "ops", "name": "Operations"}"#);
        write("notes.txt", "http://not-read:8086");
        fs::create_dir(folder.path().join("e.src")).unwrap();
        let gathered = gather(folder.path(), None, &Given::default()).unwrap();
        assert_eq!((gathered.connections.len(), gathered.kapacitors.len(), gathered.organizations.len()), (1, 1, 1));
        assert_eq!(gathered.connections[0].file, "a.src");
        assert_eq!(gathered.broken.len(), 1, "{:?}", gathered.broken);
        assert_eq!(gathered.broken[0].file, "b.src");
        assert!(gathered.remarks.iter().all(|said| !said.text.contains("in clear")), "{:?}", gathered.remarks);
        assert!(!format!("{gathered:?}").contains("hunter2"));
    }

    #[test]
    fn a_folder_of_telegraf_files_is_read_when_it_is_said_to_be_one() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["a", "b"] {
            let text = format!("[[outputs.influxdb]]\nurls = [\"http://{name}:8086\"]\ndatabase = \"d\"\n");
            fs::write(folder.path().join(format!("{name}.conf")), text).unwrap();
        }
        let gathered = gather(folder.path(), Some(Kind::Telegraf), &Given::default()).unwrap();
        let names: Vec<&str> = gathered.connections.iter().map(|item| item.found.name.as_str()).collect();
        assert_eq!(names, ["a d", "b d"]);
    }

    #[test]
    fn a_text_that_is_too_large_is_told() {
        let mut gathered = Gathered::default();
        gathered.add_bytes("-", &vec![b'a'; LARGEST_TEXT + 1], None, &Given::default());
        assert!(gathered.broken[0].text.contains("16 MiB"), "{:?}", gathered.broken);
    }

    #[test]
    fn a_folder_of_nothing_and_a_path_to_nothing_are_told_apart() {
        let folder = tempfile::tempdir().unwrap();
        assert!(matches!(gather(folder.path(), None, &Given::default()), Err(Unreadable::Empty { .. })));
        assert!(matches!(gather(&folder.path().join("x"), None, &Given::default()), Err(Unreadable::Missing(_))));
    }

    #[test]
    fn the_bucket_that_is_named_is_that_of_every_connection_whose_text_names_none() {
        let given = Given { bucket: Some("orders".to_owned()), ..Given::default() };
        let text = r#"{"id": "1", "name": "A", "url": "http://a:8086", "type": "influx-v2", "username": "org", "password": "t"}"#;
        let found = read_text("a.src", text, None, &given).unwrap();
        assert!(matches!(&found.connections[0].connection.target, Target::V2 { bucket, .. } if bucket == "orders"));
    }
}
