//! Options of an alert endpoint on the command line: `channel=#ops`, each read by the kind of its field; secrets from files.

use std::{collections::BTreeMap, path::PathBuf};

use clap::Args;
use model::{FieldKind, Handler, HandlerField, secret::ExposeSecret};
use serde_json::{Map, Value, json};

use super::super::{
    credential::Place,
    exit::{Exit, Stop},
};

/// New values of options.
#[derive(Args, Debug)]
pub(super) struct Options {
    /// New values: `channel=#ops`, `port=25`, `enabled=true`; a list as `to=a,b`, a map as `headers=a=1,b=2`, both also as JSON
    #[arg(value_name = "OPTION=VALUE")]
    values: Vec<String>,

    /// File that holds the secret of an option; a line break at its end is not part of it. May be repeated
    #[arg(long, value_name = "OPTION=FILE", help_heading = "Secret")]
    secret_file: Vec<String>,

    /// Read the secret of this option from standard input
    #[arg(long, value_name = "OPTION", help_heading = "Secret")]
    secret_stdin: Option<String>,
}

impl Options {
    /// Whether nothing was said.
    pub(super) fn is_empty(&self) -> bool {
        self.values.is_empty() && self.secret_file.is_empty() && self.secret_stdin.is_none()
    }

    /// The values by option.
    ///
    /// # Errors
    /// When an option is unknown, its value is not of its kind, a secret stands among the arguments, or cannot be read.
    pub(super) fn read(&self, handler: &Handler) -> anyhow::Result<Map<String, Value>> {
        let mut given: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for word in &self.values {
            let (option, value) = pair(word, "OPTION=VALUE")?;
            given.entry(option).or_default().push(value);
        }
        let mut read = Map::new();
        for (option, values) in given {
            let field = field(handler, option)?;
            if field.secret {
                return Err(refuse_in_argument(option));
            }
            read.insert(option.to_owned(), value(field, &values, ',')?);
        }
        for word in &self.secret_file {
            let (option, file) = pair(word, "--secret-file OPTION=FILE")?;
            let place = Place { file: Some(PathBuf::from(file)), ..Place::default() };
            read.insert(option.to_owned(), secret(field(handler, option)?, &place)?);
        }
        if let Some(option) = &self.secret_stdin {
            let place = Place { stdin: true, ..Place::default() };
            read.insert(option.clone(), secret(field(handler, option)?, &place)?);
        }
        Ok(read)
    }
}

/// The field of an option.
///
/// # Errors
/// When there is none.
pub(super) fn field<'h>(handler: &'h Handler, option: &str) -> anyhow::Result<&'h HandlerField> {
    handler.fields.iter().find(|field| field.name == option).ok_or_else(|| {
        let known: Vec<&str> = handler.fields.iter().map(|field| field.name.as_str()).collect();
        Stop::with(Exit::Usage, format!("`{}` has no option `{option}`; it has {}", handler.section, known.join(", ")))
    })
}

fn pair<'w>(word: &'w str, form: &str) -> anyhow::Result<(&'w str, &'w str)> {
    // What has no `=` may be a secret in the wrong place: it is not repeated.
    word.split_once('=').ok_or_else(|| Stop::with(Exit::Usage, format!("an option is not written as {form}")))
}

fn refuse_in_argument(option: &str) -> anyhow::Error {
    let why = "every user of this machine can read arguments in the process list";
    Stop::with(
        Exit::Usage,
        format!("`{option}` is a secret, and {why}; give it with --secret-file {option}=FILE or --secret-stdin {option}"),
    )
}

fn secret(field: &HandlerField, place: &Place) -> anyhow::Result<Value> {
    match place.read()? {
        Some(secret) => value(field, &[secret.expose_secret()], '\n'),
        None => Ok(Value::Null),
    }
}

/// What the texts say, read as the field's kind asks. Lists and maps are cut at `separator`.
fn value(field: &HandlerField, texts: &[&str], separator: char) -> anyhow::Result<Value> {
    let wrong = |form: &str| Stop::with(Exit::Usage, format!("`{}` is not {form}", field.name));
    let pieces = || texts.iter().flat_map(|text| text.split(separator)).map(str::trim).filter(|piece| !piece.is_empty());
    let pairs = || pieces().map(|piece| piece.split_once('=').ok_or_else(|| wrong("written as name=value")));
    let is_json = |text: &str| text.trim_start().starts_with(['[', '{']);
    match (field.kind, texts) {
        (FieldKind::List | FieldKind::Map | FieldKind::Lists | FieldKind::Login, [text]) if is_json(text) => {
            serde_json::from_str(text).map_err(|_| wrong("JSON"))
        }
        (FieldKind::List, _) => Ok(pieces().collect()),
        (FieldKind::Map, _) => Ok(json!(pairs().collect::<Result<BTreeMap<_, _>, _>>()?)),
        (FieldKind::Lists, _) => {
            let mut lists: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
            for pair in pairs() {
                let (name, value) = pair?;
                lists.entry(name).or_default().push(value);
            }
            Ok(json!(lists))
        }
        (FieldKind::Switch, [text]) => text.parse::<bool>().map(Value::from).map_err(|_| wrong("`true` or `false`")),
        (FieldKind::Integer, [text]) => text.parse::<i64>().map(Value::from).map_err(|_| wrong("a whole number")),
        (FieldKind::Json, [text]) => serde_json::from_str(text).map_err(|_| wrong("JSON")),
        (FieldKind::Login, [text]) => {
            let (username, password) = text.split_once(':').ok_or_else(|| wrong("written as username:password"))?;
            Ok(json!({ "username": username, "password": password }))
        }
        (FieldKind::Text | FieldKind::Url | FieldKind::Path | FieldKind::Duration, [text]) => Ok(Value::from(*text)),
        _ => Err(wrong("a list: give it once")),
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        options: Options,
    }

    fn handler() -> Handler {
        let field = |(name, kind, secret): (&str, FieldKind, bool)| HandlerField {
            name: name.to_owned(),
            label: name.to_owned(),
            help: String::new(),
            kind,
            secret,
            required: false,
            choices: Vec::new(),
            rare: false,
        };
        let fields = [
            ("channel", FieldKind::Text, false),
            ("enabled", FieldKind::Switch, false),
            ("port", FieldKind::Integer, false),
            ("to", FieldKind::List, false),
            ("labels", FieldKind::Map, false),
            ("subscriptions", FieldKind::Lists, false),
            ("extra", FieldKind::Json, false),
            ("url", FieldKind::Url, true),
            ("headers", FieldKind::Map, true),
            ("basic-auth", FieldKind::Login, true),
        ];
        Handler {
            section: "x".to_owned(),
            label: "X".to_owned(),
            remark: None,
            since: None,
            key: None,
            known: true,
            fields: fields.into_iter().map(field).collect(),
            test: None,
        }
    }

    fn read(words: &[&str]) -> anyhow::Result<Value> {
        Line::try_parse_from(["x"].iter().chain(words))?.options.read(&handler()).map(Value::Object)
    }

    #[test]
    fn values_are_read_by_the_kind_of_their_field() {
        for (words, expected) in [
            (&["channel=#a=b"][..], json!({ "channel": "#a=b" })),
            (&["enabled=true", "port=-1"], json!({ "enabled": true, "port": -1 })),
            (&["to=a, b,", "to=c"], json!({ "to": ["a", "b", "c"] })),
            (&["to="], json!({ "to": [] })),
            (&[r#"to=["a,b"]"#], json!({ "to": ["a,b"] })),
            (&["labels=a=1,b=2=3"], json!({ "labels": { "a": "1", "b": "2=3" } })),
            (&[r#"labels={"a": "1,2"}"#], json!({ "labels": { "a": "1,2" } })),
            (&["subscriptions=d=p,d=q", "subscriptions=e=r"], json!({ "subscriptions": { "d": ["p", "q"], "e": ["r"] } })),
            (&["extra=[1]"], json!({ "extra": [1] })),
        ] {
            assert_eq!(read(words).unwrap(), expected, "{words:?}");
        }
    }

    #[test]
    fn what_is_not_of_its_kind_is_refused_by_the_options_name() {
        for (word, said) in [
            ("enabled=perhaps", "`enabled` is not `true` or `false`"),
            ("port=soon", "`port` is not a whole number"),
            ("labels=a", "`labels` is not written as name=value"),
            ("to=[", "`to` is not JSON"),
            ("nosuch=1", "`x` has no option `nosuch`; it has channel, enabled"),
        ] {
            let error = read(&[word]).unwrap_err().to_string();
            assert!(error.contains(said), "{word}: {error}");
        }
        assert!(read(&["channel=a", "channel=b"]).is_err());
    }

    #[test]
    fn a_secret_comes_from_a_file_and_never_from_an_argument() {
        for words in [&["url=https://hunter2"][..], &["channel=a", "headers=Authorization=hunter2"], &["hunter2"]] {
            let error = read(words).unwrap_err().to_string();
            assert!(!error.contains("hunter2"), "{error}");
        }
        assert!(read(&["url=x"]).unwrap_err().to_string().contains("--secret-file url=FILE or --secret-stdin url"));
        let file = tempfile::NamedTempFile::new().unwrap();
        for (option, text, expected) in [
            ("url", "https://hunter2/a,b\n", json!("https://hunter2/a,b")),
            ("headers", "Authorization=Bearer a,b\nX=1\n", json!({ "Authorization": "Bearer a,b", "X": "1" })),
            ("basic-auth", "ops:p:w\n", json!({ "username": "ops", "password": "p:w" })),
        ] {
            std::fs::write(file.path(), text).unwrap();
            let word = format!("{option}={}", file.path().display());
            assert_eq!(read(&["--secret-file", &word]).unwrap(), json!({ option: expected }));
        }
    }
}
