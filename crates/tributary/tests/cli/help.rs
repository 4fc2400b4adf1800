//! The help that every command gives.

use clap::{Command, CommandFactory};
use tributary::cli::Cli;

const NOUNS: [&str; 12] =
    ["organization", "connection", "kapacitor", "import", "database", "query", "series", "group", "run", "backfill", "audit", "reject"];

fn walk(command: &Command, path: &str, seen: &mut Vec<String>) {
    let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
    let example = help.lines().filter(|line| line.trim_start().starts_with(&format!("tributary {path}"))).count();
    assert!(help.contains("Example") && example > 0, "`tributary {path} --help` has no example of itself: {help}");
    assert!(command.get_about().is_some(), "`tributary {path}` does not say what it does");
    seen.push(path.to_owned());
    for next in command.get_subcommands().filter(|next| next.get_name() != "help") {
        walk(next, &format!("{path} {}", next.get_name()), seen);
    }
}

#[test]
fn every_command_ends_its_help_with_an_example_of_itself() {
    let cli = Cli::command();
    let mut seen = Vec::new();
    for noun in NOUNS {
        walk(cli.find_subcommand(noun).unwrap(), noun, &mut seen);
    }
    assert!(seen.len() > 40, "{seen:?}");
}

#[test]
fn every_example_can_be_read() {
    let cli = Cli::command();
    let mut read = 0;
    for noun in NOUNS {
        examples(cli.find_subcommand(noun).unwrap(), &mut |line| {
            let words = split(line);
            if let Err(error) = cli.clone().try_get_matches_from(&words) {
                panic!("{line}\n{error}");
            }
            read += 1;
        });
    }
    assert!(read > 50, "{read}");
}

fn examples(command: &Command, each: &mut dyn FnMut(&str)) {
    let help = command.get_after_help().map(ToString::to_string).unwrap_or_default().replace("\\\n", " ");
    for line in help.lines().map(str::trim).filter(|line| line.starts_with("tributary ")) {
        each(line);
    }
    for next in command.get_subcommands() {
        examples(next, each);
    }
}

/// The words of a line as a shell cuts it, as far as the examples need it: spaces and single quotes.
fn split(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    for (at, part) in line.split('\'').enumerate() {
        match at % 2 {
            0 => words.extend(part.split_whitespace().map(str::to_owned)),
            _ => words.push(part.to_owned()),
        }
    }
    words
}
