//! Names and values as each language writes them, whatever characters they hold.
//!
//! InfluxQL: `influxql.QuoteIdent`, `QuoteString`. Flux: string literals, in which `${` would be worked out. SQL: doubled quotes.

use std::fmt::Write as _;

/// A name in InfluxQL: `"a \"b\""`.
pub(super) fn influxql_name(name: &str) -> String {
    escaped(name, '"', |c| matches!(c, '"' | '\\'))
}

/// A text in InfluxQL: `'it\'s'`.
pub(super) fn influxql_text(text: &str) -> String {
    escaped(text, '\'', |c| matches!(c, '\'' | '\\'))
}

/// A regular expression in InfluxQL that finds `text` anywhere, whatever the case of its letters.
pub(super) fn influxql_search(text: &str) -> String {
    let mut pattern = String::from("/(?i)");
    for character in text.chars() {
        match character {
            c if c.is_alphanumeric() => pattern.push(c),
            // A backslash before a slash would be taken from the pattern, and some characters mean something in it.
            c => drop(write!(pattern, "\\x{{{:x}}}", u32::from(c))),
        }
    }
    pattern.push('/');
    pattern
}

/// A text in Flux: `"a \"b\""`.
pub(super) fn flux_text(text: &str) -> String {
    let mut quoted = String::from("\"");
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            '"' | '\\' => quoted.extend(['\\', character]),
            '$' if characters.peek() == Some(&'{') => quoted.push_str("\\$"),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

/// A name in SQL: `"a ""b"""`.
pub(super) fn sql_name(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A text in SQL: `'it''s'`.
pub(super) fn sql_text(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// A text in SQL that finds `text` anywhere with `ILIKE`; `%`, `_` and `\` stand for themselves.
pub(super) fn sql_search(text: &str) -> String {
    let mut pattern = String::from("%");
    for character in text.chars() {
        if matches!(character, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(character);
    }
    pattern.push('%');
    sql_text(&pattern)
}

fn escaped(text: &str, quote: char, is_special: impl Fn(char) -> bool) -> String {
    let mut quoted = String::from(quote);
    for character in text.chars() {
        match character {
            '\n' => quoted.push_str("\\n"),
            c if is_special(c) => quoted.extend(['\\', c]),
            c => quoted.push(c),
        }
    }
    quoted.push(quote);
    quoted
}

#[cfg(test)]
mod tests {
    use model::explore::Language;
    use proptest::prelude::*;

    use super::*;
    use crate::explore::scan::{Kind, scan};

    /// Takes a quoted text apart again, by the rules of its language.
    fn unquoted(quoted: &str, language: Language) -> String {
        let quote = quoted.chars().next().unwrap();
        let inside = quoted.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote)).unwrap();
        if language == Language::Sql {
            return inside.replace(&format!("{quote}{quote}"), &quote.to_string());
        }
        let mut text = String::new();
        let mut characters = inside.chars();
        while let Some(character) = characters.next() {
            match character {
                '\\' => match characters.next().unwrap() {
                    'n' => text.push('\n'),
                    'r' => text.push('\r'),
                    't' => text.push('\t'),
                    other => text.push(other),
                },
                other => {
                    assert!(other != quote && other != '\n', "{quoted}");
                    text.push(other);
                }
            }
        }
        text
    }

    proptest! {
        #[test]
        fn whatever_a_name_holds_it_is_one_token_and_comes_back(text in "(?s)([\"'\\\\\n\r\t$\\{\\}/;% -]|.){0,24}") {
            for (quoted, language) in [
                (influxql_name(&text), Language::Influxql),
                (influxql_text(&text), Language::Influxql),
                (flux_text(&text), Language::Flux),
            ] {
                let around = format!("a {quoted} b");
                let tokens = scan(&around, language);
                prop_assert_eq!(tokens.len(), 3, "{}", around);
                prop_assert_eq!((tokens[1].kind, tokens[1].text), (Kind::Quoted, quoted.as_str()));
                prop_assert_eq!(unquoted(&quoted, language), text.as_str());
            }
            for quoted in [sql_name(&text), sql_text(&text)] {
                prop_assert_eq!(unquoted(&quoted, Language::Sql), text.as_str());
                let around = format!("a {quoted} b");
                let tokens = scan(&around, Language::Sql);
                // A doubled quote reads as two texts side by side, none of which lets anything out.
                let (first, last) = (&tokens[0], &tokens[tokens.len() - 1]);
                prop_assert!(first.text == "a" && last.text == "b" && tokens[1..tokens.len() - 1].iter().all(|t| t.kind == Kind::Quoted), "{}", around);
            }
        }

        #[test]
        fn a_search_is_one_regular_expression_whatever_is_searched(text in "(?s)([\"'\\\\\n/;*.]|.){0,24}") {
            let around = format!("SELECT a FROM {} LIMIT", influxql_search(&text));
            let tokens = scan(&around, Language::Influxql);
            prop_assert_eq!(tokens.len(), 5, "{}", around);
            prop_assert_eq!(tokens[3].kind, Kind::Regex);
        }
    }

    #[test]
    fn a_flux_text_works_nothing_out() {
        assert_eq!(flux_text("${v} $ {\\\""), "\"\\${v} $ {\\\\\\\"\"");
    }
}
