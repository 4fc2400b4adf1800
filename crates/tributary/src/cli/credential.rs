//! Passwords and tokens: from the environment, a file or standard input, never from an argument.

use std::{fs, io, path::PathBuf};

use anyhow::Context;
use model::secret::SecretString;

use super::exit::{Exit, Stop};

/// Where one secret comes from.
#[derive(Clone, Debug, Default)]
pub struct Place {
    /// A file that holds it; a line break at its end is not part of it.
    pub file: Option<PathBuf>,
    /// Standard input holds it.
    pub stdin: bool,
    /// The environment variable that holds it.
    pub variable: &'static str,
}

impl Place {
    /// The secret, if there is one: standard input first, then the file, then the environment.
    ///
    /// # Errors
    /// When the named file or standard input cannot be read, or holds nothing.
    pub fn read(&self) -> anyhow::Result<Option<SecretString>> {
        if self.stdin {
            let text = io::read_to_string(io::stdin()).context("reading the secret from standard input")?;
            return Self::not_empty(text, "standard input").map(Some);
        }
        if let Some(file) = &self.file {
            let text = fs::read_to_string(file).with_context(|| format!("reading the secret from {}", file.display()))?;
            return Self::not_empty(text, &file.display().to_string()).map(Some);
        }
        Ok(std::env::var(self.variable).ok().filter(|text| !text.is_empty()).map(SecretString::from))
    }

    fn not_empty(text: String, place: &str) -> anyhow::Result<SecretString> {
        let secret = text.strip_suffix('\n').map_or(text.as_str(), |text| text.strip_suffix('\r').unwrap_or(text));
        if secret.is_empty() {
            return Err(Stop::with(Exit::Usage, format!("{place} holds no secret")));
        }
        Ok(SecretString::from(secret.to_owned()))
    }
}

/// The refusal of a URL that carries a password.
pub fn refuse_in_url(what: &str, variable: &str) -> anyhow::Error {
    Stop::with(
        Exit::Usage,
        format!(
            "{what} carries a password, which every user of this machine can read in the process list; give it in {variable} or in a file"
        ),
    )
}

#[cfg(test)]
mod tests {
    use model::secret::ExposeSecret;

    use super::*;

    #[test]
    fn the_line_break_at_the_end_of_a_file_is_not_part_of_the_secret() {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), " p w\r\n").unwrap();
        let place = Place { file: Some(file.path().to_owned()), ..Place::default() };
        assert_eq!(place.read().unwrap().unwrap().expose_secret(), " p w");
    }

    #[test]
    fn an_empty_file_is_refused() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let place = Place { file: Some(file.path().to_owned()), ..Place::default() };
        assert!(place.read().unwrap_err().to_string().contains("holds no secret"));
    }
}
