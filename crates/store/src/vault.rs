//! Sealing secrets: XChaCha20-Poly1305 (<https://datatracker.ietf.org/doc/html/draft-irtf-cfrg-xchacha-03>) with a key that is not in
//! the store.
//!
//! A sealed value is bound to its place: organization, noun, id, field and version are authenticated with it, so a value that is
//! copied to another row, or put back after it was changed, does not open.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read, Write},
    path::{Path, PathBuf},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use model::Clock;
use secrecy::{ExposeSecret, SecretString};
use uuid::Uuid;
use zeroize::{Zeroize, Zeroizing};

use crate::StoreError;

/// Where the key is that seals secrets.
#[derive(Clone, Debug)]
pub enum KeyPlace {
    /// A file of exactly 32 bytes that nobody but its owner may read; made with mode 0600 on the first start.
    File(PathBuf),
    /// The base64 text (standard alphabet, padded) of 32 bytes, from the environment.
    Value(SecretString),
}

/// Bytes of a key.
const KEY_BYTES: usize = 32;
/// Bytes of a nonce; long enough to be drawn at random for ever.
const NONCE_BYTES: usize = 24;

/// The key.
pub(crate) struct Vault {
    key: Zeroizing<[u8; KEY_BYTES]>,
}

/// The place that a sealed value is bound to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place<'a> {
    /// Whose.
    pub(crate) organization: Uuid,
    /// Which noun.
    pub(crate) kind: &'a str,
    /// Which one.
    pub(crate) id: Uuid,
    /// Which of its secrets.
    pub(crate) field: &'a str,
    /// How often it was set or cleared.
    pub(crate) version: i64,
}

impl Place<'_> {
    /// The authenticated text: a format name, then each part with its length before it, so that no two places give the same bytes.
    fn bytes(&self) -> Vec<u8> {
        let version = self.version.to_be_bytes();
        let parts: [&[u8]; 6] = [
            b"tributary secret 1",
            self.organization.as_bytes(),
            self.kind.as_bytes(),
            self.id.as_bytes(),
            self.field.as_bytes(),
            &version,
        ];
        let mut bytes = Vec::with_capacity(96);
        for part in parts {
            bytes.push(u8::try_from(part.len()).expect("kinds and fields are short words"));
            bytes.extend_from_slice(part);
        }
        bytes
    }
}

impl Vault {
    /// Seals a value to its place: nonce, then ciphertext and tag.
    pub(crate) fn seal(&self, clock: &dyn Clock, place: Place<'_>, value: &[u8]) -> Vec<u8> {
        let mut nonce = [0_u8; NONCE_BYTES];
        nonce[..16].copy_from_slice(&clock.entropy());
        nonce[16..].copy_from_slice(&clock.entropy()[..8]);
        let sealed = self
            .cipher()
            .encrypt(&XNonce::from(nonce), Payload { msg: value, aad: &place.bytes() })
            .expect("a value in memory is shorter than the cipher's limit of 256 GiB");
        [nonce.as_slice(), &sealed].concat()
    }

    /// Opens a value sealed to this place; `None` when it was sealed by another key, for another place, or altered.
    pub(crate) fn open(&self, place: Place<'_>, sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE_BYTES>()?;
        self.cipher().decrypt(&XNonce::from(*nonce), Payload { msg: sealed, aad: &place.bytes() }).ok().map(Zeroizing::new)
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new((&*self.key).into())
    }

    /// The key at `place`. A key file that is not there is made, unless secrets exist that it could not open.
    pub(crate) fn load(place: &KeyPlace, clock: &dyn Clock, secrets_exist: bool) -> Result<Self, StoreError> {
        match place {
            KeyPlace::Value(text) => Self::decode(text),
            KeyPlace::File(path) => match Self::read(path)? {
                Some(vault) => Ok(vault),
                None if secrets_exist => Err(StoreError::Key(format!(
                    "the key file {} is missing, and the store holds secrets that only this key opens; put it back (from a backup)",
                    path.display()
                ))),
                None => Self::create(path, clock),
            },
        }
    }

    fn decode(text: &SecretString) -> Result<Self, StoreError> {
        let wrong = |what: &str| {
            StoreError::Key(format!(
                "the key from the environment {what}; it is the base64 text of {KEY_BYTES} random bytes (`openssl rand -base64 32`)"
            ))
        };
        let bytes = STANDARD.decode(text.expose_secret().trim()).map(Zeroizing::new).map_err(|_| wrong("is not base64"))?;
        let key = <[u8; KEY_BYTES]>::try_from(bytes.as_slice()).map_err(|_| wrong(&format!("has {} bytes", bytes.len())))?;
        Ok(Self { key: Zeroizing::new(key) })
    }

    fn read(path: &Path) -> Result<Option<Self>, StoreError> {
        let reading = |source| StoreError::File { doing: "reading the key file", path: path.to_owned(), source };
        let mut file = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(reading(error)),
        };
        refuse_wide_mode(path, &file.metadata().map_err(reading)?)?;
        let mut bytes = Zeroizing::new(Vec::with_capacity(KEY_BYTES + 1));
        Read::by_ref(&mut file).take(KEY_BYTES as u64 + 1).read_to_end(&mut bytes).map_err(reading)?;
        let key = <[u8; KEY_BYTES]>::try_from(bytes.as_slice()).map_err(|_| {
            StoreError::Key(format!(
                "the key file {} does not have exactly {KEY_BYTES} bytes; put the right file back, or remove it if no secret was ever stored",
                path.display()
            ))
        })?;
        Ok(Some(Self { key: Zeroizing::new(key) }))
    }

    /// Makes a key file. It appears whole or not at all, and is on the disk before anything is sealed with it.
    fn create(path: &Path, clock: &dyn Clock) -> Result<Self, StoreError> {
        let creating = |source| StoreError::File { doing: "creating the key file", path: path.to_owned(), source };
        let mut key = Zeroizing::new([0_u8; KEY_BYTES]);
        for half in key.chunks_exact_mut(16) {
            let mut entropy = clock.entropy();
            half.copy_from_slice(&entropy);
            entropy.zeroize();
        }
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let mut unfinished = path.as_os_str().to_owned();
        unfinished.push(".new");
        let unfinished = PathBuf::from(unfinished);
        match fs::remove_file(&unfinished) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(creating(error)),
            _ => {}
        }
        let mut file = owner_only(OpenOptions::new().write(true).create_new(true)).open(&unfinished).map_err(creating)?;
        file.write_all(&*key).and_then(|()| file.sync_all()).map_err(creating)?;
        fs::rename(&unfinished, path).and_then(|()| sync_folder(folder)).map_err(creating)?;
        Ok(Self { key })
    }
}

/// Makes files that these options create readable by their owner only.
pub(crate) fn owner_only(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options
}

/// Makes a rename in this folder survive a power cut.
fn sync_folder(folder: &Path) -> io::Result<()> {
    #[cfg(unix)]
    File::open(folder)?.sync_all()?;
    #[cfg(not(unix))]
    let _ = folder;
    Ok(())
}

fn refuse_wide_mode(path: &Path, metadata: &fs::Metadata) -> Result<(), StoreError> {
    #[cfg(unix)]
    {
        let mode = std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o777;
        if mode & 0o077 != 0 {
            return Err(StoreError::Key(format!(
                "the key file {path} can be read by others (mode {mode:04o}); run `chmod 600 {path}`",
                path = path.display()
            )));
        }
    }
    #[cfg(not(unix))]
    let _ = (path, metadata);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::TestClock;

    fn vault(byte: u8) -> Vault {
        Vault { key: Zeroizing::new([byte; KEY_BYTES]) }
    }

    const PLACE: Place<'static> =
        Place { organization: Uuid::from_u128(1), kind: "connection", id: Uuid::from_u128(2), field: "password", version: 3 };

    #[test]
    fn a_value_opens_in_its_own_place_only() {
        let sealed = vault(1).seal(&TestClock::default(), PLACE, b"secret");
        assert_eq!(vault(1).open(PLACE, &sealed).as_deref().map(Vec::as_slice), Some(b"secret".as_slice()));
        for elsewhere in [
            Place { organization: Uuid::from_u128(9), ..PLACE },
            Place { kind: "database", ..PLACE },
            Place { id: Uuid::from_u128(9), ..PLACE },
            Place { field: "token", ..PLACE },
            Place { version: 4, ..PLACE },
        ] {
            assert!(vault(1).open(elsewhere, &sealed).is_none(), "{elsewhere:?}");
        }
        assert!(vault(2).open(PLACE, &sealed).is_none(), "another key");
    }

    #[test]
    fn an_altered_or_cut_value_does_not_open() {
        let sealed = vault(1).seal(&TestClock::default(), PLACE, b"secret");
        for at in 0..sealed.len() {
            let mut altered = sealed.clone();
            altered[at] ^= 1;
            assert!(vault(1).open(PLACE, &altered).is_none(), "byte {at}");
            assert!(vault(1).open(PLACE, &sealed[..at]).is_none(), "cut to {at} bytes");
        }
    }

    #[test]
    fn the_same_value_is_never_sealed_to_the_same_bytes() {
        let clock = TestClock::default();
        let (first, second) = (vault(1).seal(&clock, PLACE, b"secret"), vault(1).seal(&clock, PLACE, b"secret"));
        assert_ne!(first[..NONCE_BYTES], second[..NONCE_BYTES]);
        assert_ne!(first[NONCE_BYTES..], second[NONCE_BYTES..]);
    }

    #[test]
    fn no_two_places_give_the_same_bytes() {
        let shifted = (Place { kind: "a", field: "bc", ..PLACE }, Place { kind: "ab", field: "c", ..PLACE });
        assert_ne!(shifted.0.bytes(), shifted.1.bytes());
    }
}
