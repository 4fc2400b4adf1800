//! What a create or an update sends: only what was given on the command line.

use std::{fs, io, path::Path};

use anyhow::Context;
use clap::Args;
use model::secret::ExposeSecret;
use serde::Serialize;
use serde_json::{Map, Value};

use super::{
    credential::Place,
    exit::{Exit, Stop},
};

/// A JSON object that grows flag by flag. A member that no flag spoke of stays absent, which means: keep, or the default.
///
/// It may hold a secret, so it has no `Debug`.
#[derive(Default)]
pub struct Body(Map<String, Value>);

impl Body {
    /// The object in `file` (`-` is standard input): for what has no flag, or is kept in git.
    ///
    /// # Errors
    /// When the file cannot be read, or holds no JSON object.
    pub fn from_file(file: &Path) -> anyhow::Result<Self> {
        let text = read_text(file)?;
        match serde_json::from_str(&text).with_context(|| format!("reading {} as JSON", file.display()))? {
            Value::Object(members) => Ok(Self(members)),
            _ => Err(Stop::with(Exit::Config, format!("{} holds no JSON object", file.display()))),
        }
    }

    /// Sets a member, if there is a value.
    ///
    /// # Errors
    /// When the value cannot be written as JSON.
    pub fn put(&mut self, member: &str, value: Option<impl Serialize>) -> anyhow::Result<()> {
        if let Some(value) = value {
            self.0.insert(member.to_owned(), serde_json::to_value(value)?);
        }
        Ok(())
    }

    /// Sets a text; an empty one clears.
    pub fn put_text(&mut self, member: &str, text: Option<&str>) {
        if let Some(text) = text {
            let value = if text.is_empty() { Value::Null } else { Value::from(text) };
            self.0.insert(member.to_owned(), value);
        }
    }

    /// The member of this name.
    pub fn get(&self, member: &str) -> Option<&Value> {
        self.0.get(member)
    }

    /// Takes the member of this name out.
    pub fn take(&mut self, member: &str) -> Option<Value> {
        self.0.remove(member)
    }

    /// Whether nothing was said.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Refuses an update that changes nothing.
    ///
    /// # Errors
    /// When nothing was said.
    pub fn not_empty(self) -> anyhow::Result<Self> {
        if self.is_empty() {
            return Err(Stop::with(Exit::Usage, "nothing was said that could be changed; see --help"));
        }
        Ok(self)
    }

    /// The object.
    pub fn into_value(self) -> Value {
        Value::Object(self.0)
    }
}

/// The text of `file`; `-` is standard input.
///
/// # Errors
/// When it cannot be read.
pub fn read_text(file: &Path) -> anyhow::Result<String> {
    if file == Path::new("-") {
        return io::read_to_string(io::stdin()).context("reading standard input");
    }
    fs::read_to_string(file).map_err(|error| Stop::with(Exit::Storage, format!("reading {}: {error}", file.display())))
}

/// Where the one secret of a connection or database comes from.
#[derive(Args, Clone, Debug)]
pub struct SecretOptions {
    /// File that holds the password or token; a line break at its end is not part of it
    #[arg(long, value_name = "FILE", help_heading = "Secret")]
    secret_file: Option<std::path::PathBuf>,

    /// Read the password or token from standard input
    #[arg(long, conflicts_with = "secret_file", help_heading = "Secret")]
    secret_stdin: bool,
}

impl SecretOptions {
    /// Adds the secret to `body` as `member` of its `secrets`, if there is one. `member` is absent for what has no secret: then only a
    /// secret that was asked for by a flag is an error.
    ///
    /// # Errors
    /// When the secret cannot be read, or nothing takes it.
    pub fn put(&self, body: &mut Body, member: Option<&str>, variable: &'static str) -> anyhow::Result<()> {
        let asked = self.secret_stdin || self.secret_file.is_some();
        let Some(member) = member else {
            return match asked {
                true => Err(Stop::with(Exit::Usage, "this has no password and no token; leave the secret out")),
                false => Ok(()),
            };
        };
        let place = Place { file: self.secret_file.clone(), stdin: self.secret_stdin, variable };
        if let Some(secret) = place.read()? {
            body.put_secret(member, Value::from(secret.expose_secret()));
        }
        Ok(())
    }

    /// Whether a flag or the environment gives a secret.
    pub fn is_given(&self, variable: &str) -> bool {
        self.secret_stdin || self.secret_file.is_some() || std::env::var_os(variable).is_some_and(|value| !value.is_empty())
    }
}

impl Body {
    /// Clears the secret `member`.
    pub fn clear_secret(&mut self, member: &str) {
        self.put_secret(member, Value::Null);
    }

    /// Sets the secret `member` to what `file` holds, a line break at its end left out; an empty path clears it.
    ///
    /// # Errors
    /// When the file cannot be read, or holds nothing.
    pub fn put_secret_of(&mut self, member: &str, file: Option<&Path>) -> anyhow::Result<()> {
        match file {
            None => {}
            Some(path) if path.as_os_str().is_empty() => self.clear_secret(member),
            Some(path) => {
                let place = Place { file: Some(path.to_owned()), ..Place::default() };
                if let Some(secret) = place.read()? {
                    self.put_secret(member, Value::from(secret.expose_secret()));
                }
            }
        }
        Ok(())
    }

    fn put_secret(&mut self, member: &str, value: Value) {
        match self.0.get_mut("secrets") {
            Some(Value::Object(secrets)) => drop(secrets.insert(member.to_owned(), value)),
            _ => drop(self.0.insert("secrets".to_owned(), Value::Object(Map::from_iter([(member.to_owned(), value)])))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_text_clears_and_an_absent_one_keeps() {
        let mut body = Body::default();
        body.put_text("a", Some(""));
        body.put_text("b", Some("x"));
        body.put_text("c", None);
        body.put("d", None::<u8>).unwrap();
        assert_eq!(body.into_value(), serde_json::json!({"a": null, "b": "x"}));
    }
}
