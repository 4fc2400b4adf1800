//! Words of a shell's command line: quotes, escapes, comments, continued lines and variables, as far as pasted commands use them.

use crate::Variables;

/// One command of a text.
#[derive(Debug, Default)]
pub(crate) struct Words {
    /// Its words, without quotes, variables filled in.
    pub(crate) words: Vec<Word>,
    /// Whether another command follows: behind a pipe, a semicolon or on the next line.
    pub(crate) more: bool,
}

/// One word.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Word {
    /// The text.
    pub(crate) text: String,
    /// The line on which it begins, from 1.
    pub(crate) line: usize,
    /// A variable that it refers to and nobody knows; its reference stands in the text.
    pub(crate) missing: Option<String>,
    /// Whether any of it was quoted.
    pub(crate) quoted: bool,
}

/// The first command of the text. A quote that is never closed ends with the text.
pub(crate) fn first_command(text: &str, variables: &Variables) -> Words {
    let mut reader = Reader { rest: text, line: 1, variables, word: None, words: Vec::new() };
    let more = reader.read();
    Words { words: reader.words, more }
}

struct Reader<'a> {
    rest: &'a str,
    line: usize,
    variables: &'a Variables,
    word: Option<Word>,
    words: Vec<Word>,
}

impl Reader<'_> {
    /// Reads one command; gives whether another follows.
    fn read(&mut self) -> bool {
        while let Some(letter) = self.next() {
            match letter {
                '\\' => match self.next() {
                    Some('\n') | None => {}
                    Some('\r') if self.rest.starts_with('\n') => {
                        self.next();
                    }
                    Some(letter) => self.push(letter),
                },
                '\'' => self.single(),
                '"' => self.double(),
                '$' if self.rest.starts_with('\'') => {
                    self.next();
                    self.single();
                }
                '$' => self.variable(),
                '#' if self.word.is_none() => self.rest = &self.rest[self.rest.find('\n').unwrap_or(self.rest.len())..],
                '\n' | ';' | '|' | '&' => {
                    self.end_word();
                    if !self.words.is_empty() {
                        return !self.rest.trim_matches([' ', '\t', '\r', '\n', ';', '|', '&']).is_empty();
                    }
                }
                letter if letter.is_whitespace() => self.end_word(),
                letter => self.push(letter),
            }
        }
        self.end_word();
        false
    }

    fn next(&mut self) -> Option<char> {
        let letter = self.rest.chars().next()?;
        self.rest = &self.rest[letter.len_utf8()..];
        if letter == '\n' {
            self.line += 1;
        }
        Some(letter)
    }

    fn word(&mut self) -> &mut Word {
        let line = self.line;
        self.word.get_or_insert_with(|| Word { line, ..Word::default() })
    }

    fn push(&mut self, letter: char) {
        self.word().text.push(letter);
    }

    fn end_word(&mut self) {
        self.words.extend(self.word.take());
    }

    fn single(&mut self) {
        self.word().quoted = true;
        while let Some(letter) = self.next() {
            match letter {
                '\'' => return,
                letter => self.push(letter),
            }
        }
    }

    fn double(&mut self) {
        self.word().quoted = true;
        while let Some(letter) = self.next() {
            match letter {
                '"' => return,
                '\\' => match self.next() {
                    Some('\n') | None => {}
                    Some(letter @ ('"' | '\\' | '$' | '`')) => self.push(letter),
                    Some(letter) => {
                        self.push('\\');
                        self.push(letter);
                    }
                },
                '$' => self.variable(),
                letter => self.push(letter),
            }
        }
    }

    /// Behind a `$`.
    fn variable(&mut self) {
        let braced = self.rest.strip_prefix('{').map(plain_name).filter(|name| self.rest[1 + name.len()..].starts_with('}'));
        let (name, length) = match braced {
            Some(name) => (name, name.len() + 2),
            None => {
                let name = plain_name(self.rest);
                (name, name.len())
            }
        };
        if name.is_empty() {
            self.push('$');
            return;
        }
        let value = self.variables.get(name).cloned();
        let name = name.to_owned();
        let (reference, rest) = self.rest.split_at(length);
        self.rest = rest;
        let word = self.word();
        match value {
            Some(value) => word.text.push_str(&value),
            None => {
                word.text.push('$');
                word.text.push_str(reference);
                word.missing = Some(name);
            }
        }
    }
}

/// The name of a variable that the text begins with; empty when it begins with none.
pub(crate) fn plain_name(text: &str) -> &str {
    let end = text.find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_').unwrap_or(text.len());
    if text.starts_with(|letter: char| letter.is_ascii_digit()) { "" } else { &text[..end] }
}

/// What to say of a variable that nobody knows. Only a name as people write them is shown: `$word` may as well be a piece of a password.
pub(crate) fn unknown_variable(name: &str) -> String {
    let usual = !name.is_empty() && name.chars().all(|letter| letter.is_ascii_uppercase() || letter.is_ascii_digit() || letter == '_');
    let name = if usual { format!("the variable `{name}`") } else { "a variable".to_owned() };
    format!("refers to {name}, which is not given")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &str) -> (Vec<String>, bool) {
        let variables = Variables::from([("KNOWN".to_owned(), "a b".to_owned())]);
        let Words { words, more } = first_command(text, &variables);
        (words.into_iter().map(|word| word.text + &word.missing.map(|name| format!("!{name}")).unwrap_or_default()).collect(), more)
    }

    #[test]
    fn a_command_is_cut_as_a_shell_cuts_it() {
        for (text, expected, more) in [
            ("curl -u 'a b' \"c d\"", vec!["curl", "-u", "a b", "c d"], false),
            ("curl \\\n  http://h \\\r\n -k", vec!["curl", "http://h", "-k"], false),
            ("curl a | jq .", vec!["curl", "a"], true),
            ("\n# first\ncurl a # b\n", vec!["curl", "a"], false),
            ("curl a\ncurl b", vec!["curl", "a"], true),
            ("curl '$KNOWN' \"$KNOWN\" ${KNOWN}x", vec!["curl", "$KNOWN", "a b", "a bx"], false),
            ("curl \"Token $MISSING\" \\$x $", vec!["curl", "Token $MISSING!MISSING", "$x", "$"], false),
            ("curl \"a\\\"b\\c\" it\\'s", vec!["curl", "a\"b\\c", "it's"], false),
            ("curl 'never closed", vec!["curl", "never closed"], false),
            ("curl a#b ''", vec!["curl", "a#b", ""], false),
        ] {
            assert_eq!(cut(text), (expected.into_iter().map(str::to_owned).collect(), more), "{text}");
        }
    }
}
