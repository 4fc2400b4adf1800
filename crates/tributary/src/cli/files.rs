//! `tributary files`: the files that define objects, and what came of each.

use clap::Args;
use serde::Deserialize;

use super::{
    client::{Client, ServerOptions},
    exit::Exit,
    output::{self, Format},
};

/// Look at the files that define connections (.src), Kapacitors (.kap) and organizations (.org) on the server.
#[derive(Args, Debug)]
#[command(
    after_help = "Ends with 1 when something is wrong with a file, or the folder cannot be read.\n\nExamples:\n  tributary files\n  tributary files -o json"
)]
pub struct Files {
    #[command(flatten)]
    server: ServerOptions,
}

#[derive(Deserialize)]
struct Shown {
    folder: Option<String>,
    reason: Option<String>,
    files: Vec<FileShown>,
}

#[derive(Deserialize)]
struct FileShown {
    file: String,
    kind: String,
    state: String,
    object: Option<ObjectShown>,
    line: Option<usize>,
    field: Option<String>,
    reason: Option<String>,
    warnings: Vec<WarningShown>,
}

#[derive(Deserialize)]
struct ObjectShown {
    name: String,
}

#[derive(Deserialize)]
struct WarningShown {
    line: Option<usize>,
    text: String,
}

impl Files {
    /// Prints what the server says of its files.
    ///
    /// # Errors
    /// When the server cannot be reached or refuses.
    pub async fn run(self, format: Format) -> anyhow::Result<Exit> {
        let answer = Client::new(&self.server)?.get(&["files"]).await?;
        let shown: Shown = serde_json::from_value(answer.clone())?;
        let is_broken = shown.reason.is_some() || shown.files.iter().any(|file| file.reason.is_some());
        match format {
            Format::Json => output::json(&answer)?,
            Format::Table => print(&shown)?,
        }
        Ok(if is_broken { Exit::Failed } else { Exit::Done })
    }
}

/// The table on standard output, what is wrong with which line on standard error.
fn print(shown: &Shown) -> anyhow::Result<()> {
    match &shown.folder {
        Some(folder) => output::say(format!("files of {folder}")),
        None => output::say("this server reads no files"),
    }
    let row = |file: &FileShown| {
        let object = file.object.as_ref().map(|object| object.name.clone()).unwrap_or_default();
        vec![file.file.clone(), file.kind.clone(), file.state.replace('_', " "), object]
    };
    output::table(&["file", "kind", "state", "object"], shown.files.iter().map(row))?;
    if let Some(reason) = &shown.reason {
        output::say(format!("the folder cannot be read: {reason}; what its files said last is in force"));
    }
    for file in &shown.files {
        if let Some(reason) = &file.reason {
            let field = file.field.as_ref().map(|field| format!("`{field}`: ")).unwrap_or_default();
            output::say(format!("{}: {field}{reason}", place(&file.file, file.line)));
        }
        for warning in &file.warnings {
            output::say(format!("{}: warning: {}", place(&file.file, warning.line), warning.text));
        }
    }
    Ok(())
}

/// As compilers say it, so that editors find the place.
fn place(file: &str, line: Option<usize>) -> String {
    line.map_or_else(|| file.to_owned(), |line| format!("{file}:{line}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_told_as_editors_understand_it() {
        assert_eq!((place("a.src", Some(7)), place("a.src", None)), ("a.src:7".to_owned(), "a.src".to_owned()));
    }
}
