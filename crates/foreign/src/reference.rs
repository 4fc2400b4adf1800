//! References to variables in Telegraf's values: `$NAME`, `${NAME}`, `${NAME:-default}` and their like, and `@{store:key}` for secrets.
//!
//! Telegraf puts values in before it reads the TOML, and leaves what it does not know as it stands (Telegraf's configuration
//! documentation, "Environment variables"). Here a reference that nobody fills is told instead: half a password helps nobody.

use crate::{
    Variables,
    shell::{plain_name, unknown_variable},
};

/// Why a value cannot be filled in.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Unfilled {
    /// This variable is not given.
    Variable(String),
    /// A variable is not given, and its name may be part of a secret.
    Unnamed,
}

impl Unfilled {
    /// What is wrong and what to do.
    pub(crate) fn reason(&self) -> String {
        match self {
            Self::Variable(name) => unknown_variable(name),
            Self::Unnamed => {
                "has a `$` in it, which Telegraf takes for a reference to a variable, and that is not given; write `$$` for a dollar sign"
                    .to_owned()
            }
        }
    }
}

/// The value with its references filled in.
pub(crate) fn fill(text: &str, variables: &Variables) -> Result<String, Unfilled> {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    // Looked for no longer once there is none: it would be looked for to the end, again and again.
    let mut may_close = true;
    while let Some(at) = rest.find('$') {
        filled.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('$') {
            filled.push('$');
            rest = after;
            continue;
        }
        let closed = rest.strip_prefix('{').filter(|_| may_close).map(|rest| rest.split_once('}'));
        may_close &= closed != Some(None);
        if let Some(Some((inside, after))) = closed {
            let name = plain_name(inside);
            if name.is_empty() {
                // `${1}` and the like stay, as in Telegraf.
                filled.push('$');
                continue;
            }
            filled.push_str(&braced(name, &inside[name.len()..], variables)?);
            rest = after;
            continue;
        }
        let name = plain_name(rest);
        match (name.is_empty(), variables.get(name)) {
            (true, _) => filled.push('$'),
            (false, Some(value)) => filled.push_str(value),
            (false, None) if text.len() == name.len() + 1 => return Err(Unfilled::Variable(name.to_owned())),
            (false, None) => return Err(Unfilled::Unnamed),
        }
        rest = &rest[name.len()..];
    }
    filled.push_str(rest);
    Ok(filled)
}

/// `${NAME}`, `${NAME:-default}` (unset or empty), `${NAME-default}` (unset), `${NAME:+other}`, `${NAME:?message}`.
fn braced(name: &str, operator: &str, variables: &Variables) -> Result<String, Unfilled> {
    let value = variables.get(name);
    let not_empty = value.filter(|value| !value.is_empty());
    let missing = || Unfilled::Variable(name.to_owned());
    let taken = if operator.is_empty() {
        value.cloned()
    } else if let Some(default) = operator.strip_prefix(":-") {
        Some(not_empty.cloned().unwrap_or_else(|| default.to_owned()))
    } else if let Some(default) = operator.strip_prefix('-') {
        Some(value.cloned().unwrap_or_else(|| default.to_owned()))
    } else if let Some(other) = operator.strip_prefix(":+") {
        Some(not_empty.map(|_| other.to_owned()).unwrap_or_default())
    } else if let Some(other) = operator.strip_prefix('+') {
        Some(value.map(|_| other.to_owned()).unwrap_or_default())
    } else if operator.starts_with(":?") {
        not_empty.cloned()
    } else if operator.starts_with('?') {
        value.cloned()
    } else {
        None
    };
    taken.ok_or_else(missing)
}

/// Whether the value stands in one of Telegraf's secret stores.
pub(crate) fn is_secret_store(text: &str) -> bool {
    text.contains("@{")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_filled_as_telegraf_fills_them() {
        let variables = Variables::from([("A".to_owned(), "x".to_owned()), ("EMPTY".to_owned(), String::new())]);
        for (text, expected) in [
            ("plain", Ok("plain")),
            ("$A", Ok("x")),
            ("a${A}b$A", Ok("axbx")),
            ("${A}$$5", Ok("x$5")),
            ("cost $5 ${1} $", Ok("cost $5 ${1} $")),
            ("${B:-d}${EMPTY:-d}${EMPTY-d}${B-e}", Ok("dde")),
            ("${A:+y}${B:+y}", Ok("y")),
            ("${A:?no}", Ok("x")),
            ("${B}", Err(Unfilled::Variable("B".to_owned()))),
            ("p${B}", Err(Unfilled::Variable("B".to_owned()))),
            ("${EMPTY:?no}", Err(Unfilled::Variable("EMPTY".to_owned()))),
            ("$B", Err(Unfilled::Variable("B".to_owned()))),
            ("pa$word", Err(Unfilled::Unnamed)),
            ("${A", Ok("${A")),
        ] {
            assert_eq!(fill(text, &variables), expected.map(str::to_owned), "{text}");
        }
    }
}
