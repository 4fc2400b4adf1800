//! Texts of queries, cut into tokens: just enough to tell words from what is quoted, so that a word that writes is found and a
//! placeholder is not mistaken inside a text.
//!
//! Where a `/` begins a regular expression follows the servers' own parsers: InfluxQL (`influxql/parser.go`, `parseRegex`) looks for one
//! where a measurement, a field, a dimension or an argument may begin and after `=~` and `!~`; Flux wherever a value may begin. A wrong
//! guess could hide a word from the guard, so everything that is neither is taken for a division, as they do.

use model::explore::Language;

/// One token. White space and comments are none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Token<'a> {
    pub(super) kind: Kind,
    pub(super) text: &'a str,
    /// Where it begins, in bytes.
    pub(super) at: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Word,
    Number,
    /// A text or a quoted name, with its quotes.
    Quoted,
    /// A regular expression, with its slashes.
    Regex,
    Symbol,
}

impl Token<'_> {
    pub(super) fn is_word(&self, word: &str) -> bool {
        self.kind == Kind::Word && self.text.eq_ignore_ascii_case(word)
    }

    pub(super) fn is_symbol(&self, symbol: &str) -> bool {
        self.kind == Kind::Symbol && self.text == symbol
    }

    pub(super) const fn end(&self) -> usize {
        self.at + self.text.len()
    }
}

/// The tokens of a text. What is quoted and never closed reaches to the end. In Flux, what stands in `${…}` inside a text is cut
/// too.
pub(super) fn scan(text: &str, language: Language) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut scanner = Scanner { text, language, at: 0 };
    scanner.run(&mut tokens, false);
    tokens
}

struct Scanner<'a> {
    text: &'a str,
    language: Language,
    at: usize,
}

impl<'a> Scanner<'a> {
    /// Cuts to the end; `inside` a text of Flux, to the `}` that closes what the text works out.
    fn run(&mut self, tokens: &mut Vec<Token<'a>>, inside: bool) {
        let mut open = 0_usize;
        while let Some(first) = self.rest().chars().next() {
            let begin = self.at;
            let kind = match first {
                c if c.is_whitespace() => {
                    self.at += c.len_utf8();
                    continue;
                }
                '/' if self.begins_regex(tokens.last()) => {
                    self.skip_regex();
                    Kind::Regex
                }
                _ if self.skip_comment() => continue,
                '"' if self.language == Language::Flux => {
                    self.cut_text(tokens);
                    continue;
                }
                // Flux has texts in double quotes only.
                '"' | '\'' if self.language != Language::Flux => {
                    self.skip_quoted(first);
                    Kind::Quoted
                }
                c if c.is_ascii_digit() => {
                    self.skip_while(|c| c.is_ascii_digit());
                    // `1.` is a number in InfluxQL: the `.` is not one that a regular expression may follow.
                    if self.rest().starts_with('.') && self.language != Language::Flux {
                        self.at += 1;
                        self.skip_while(|c| c.is_ascii_digit());
                    }
                    Kind::Number
                }
                c if c == '_' || c.is_alphabetic() => {
                    self.skip_while(|c| c == '_' || c.is_alphanumeric());
                    Kind::Word
                }
                '}' if inside && open == 0 => {
                    self.at += 1;
                    return;
                }
                c => {
                    match c {
                        '{' => open += 1,
                        '}' => open = open.saturating_sub(1),
                        _ => {}
                    }
                    let two = self.rest().get(..2).filter(|two| ["=~", "!~", "::", "|>", "=>"].contains(two));
                    self.at += two.map_or(c.len_utf8(), str::len);
                    Kind::Symbol
                }
            };
            tokens.push(Token { kind, text: &self.text[begin..self.at], at: begin });
        }
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn skip_while(&mut self, wanted: impl Fn(char) -> bool) {
        let rest = self.rest();
        self.at += rest.find(|c| !wanted(c)).unwrap_or(rest.len());
    }

    /// Skips a comment, if one begins here.
    fn skip_comment(&mut self) -> bool {
        let (rest, line) = (self.rest(), if self.language == Language::Flux { "//" } else { "--" });
        let length = if rest.starts_with(line) {
            rest.find('\n')
        } else if rest.starts_with("/*") && self.language != Language::Flux {
            rest[2..].find("*/").map(|end| end + 4)
        } else {
            return false;
        };
        self.at += length.unwrap_or(rest.len());
        true
    }

    fn skip_quoted(&mut self, quote: char) {
        let mut characters = self.rest().char_indices().skip(1);
        while let Some((offset, character)) = characters.next() {
            match character {
                // SQL doubles the quote, which reads as two texts side by side.
                '\\' if self.language != Language::Sql => drop(characters.next()),
                c if c == quote => {
                    self.at += offset + c.len_utf8();
                    return;
                }
                _ => {}
            }
        }
        self.at = self.text.len();
    }

    /// To the first `/` that no backslash precedes, whatever precedes that.
    fn skip_regex(&mut self) {
        let rest = self.rest();
        let mut before = '/';
        for (offset, character) in rest.char_indices().skip(1) {
            if character == '/' && before != '\\' {
                self.at += offset + 1;
                return;
            }
            before = character;
        }
        self.at = self.text.len();
    }

    fn begins_regex(&self, before: Option<&Token<'_>>) -> bool {
        let (Some(before), rest) = (before, self.rest()) else { return false };
        match self.language {
            Language::Sql => false,
            // `/*` is no regular expression that any server takes.
            Language::Influxql if rest.starts_with("/*") => false,
            Language::Influxql => {
                ["=~", "!~", ",", "(", "."].iter().any(|symbol| before.is_symbol(symbol))
                    || ["FROM", "SELECT", "BY"].iter().any(|word| before.is_word(word))
            }
            Language::Flux if rest.starts_with("//") => false,
            Language::Flux => {
                let is_value = matches!(before.kind, Kind::Word | Kind::Number | Kind::Quoted | Kind::Regex);
                let is_word_before_a_value = ["and", "or", "not", "return", "if", "then", "else"].contains(&before.text);
                let closes = [")", "]", "}"].iter().any(|symbol| before.is_symbol(symbol));
                is_word_before_a_value || !(is_value || closes)
            }
        }
    }

    /// Cuts a text of Flux; what it works out in `${…}` is code like any other, texts and all.
    fn cut_text(&mut self, tokens: &mut Vec<Token<'a>>) {
        let mut begin = self.at;
        self.at += 1;
        loop {
            let rest = self.rest();
            let Some(found) = rest.find(['\\', '"', '$']) else {
                self.at = self.text.len();
                break;
            };
            self.at += found + 1;
            match &rest[found..=found] {
                "\\" => self.at += self.rest().chars().next().map_or(0, char::len_utf8),
                "\"" => break,
                _ if self.rest().starts_with('{') => {
                    tokens.push(Token { kind: Kind::Quoted, text: &self.text[begin..self.at], at: begin });
                    self.at += 1;
                    // What begins a value may be a regular expression, so what precedes must not look like one.
                    tokens.push(Token { kind: Kind::Symbol, text: &self.text[self.at - 1..self.at], at: self.at - 1 });
                    self.run(tokens, true);
                    begin = self.at;
                }
                _ => {}
            }
        }
        tokens.push(Token { kind: Kind::Quoted, text: &self.text[begin..self.at], at: begin });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str, language: Language) -> Vec<(Kind, &str)> {
        scan(text, language).into_iter().map(|token| (token.kind, token.text)).collect()
    }

    #[test]
    fn words_are_told_from_what_is_quoted_and_from_comments() {
        let text = "SELECT \"a \"\" b\" -- DROP\nFROM 'it''s' /* ; */ WHERE x";
        let words: Vec<&str> =
            kinds(text, Language::Sql).into_iter().filter(|(kind, _)| *kind == Kind::Word).map(|(_, text)| text).collect();
        assert_eq!(words, ["SELECT", "FROM", "WHERE", "x"]);
        let quoted: Vec<&str> = kinds("SELECT \"a \\\" b\" FROM m", Language::Influxql)
            .into_iter()
            .filter(|(kind, _)| *kind == Kind::Quoted)
            .map(|(_, t)| t)
            .collect();
        assert_eq!(quoted, ["\"a \\\" b\""]);
    }

    #[test]
    fn a_slash_divides_or_begins_a_regular_expression_by_where_it_stands() {
        for (text, regexes) in [
            ("SELECT a FROM /x;y/", vec!["/x;y/"]),
            ("SELECT /l/ FROM m WHERE h =~ /a\\/b/ AND a / 2 > b / 3", vec!["/l/", "/a\\/b/"]),
            ("SELECT a FROM \"d\"../x/ GROUP BY /y/, /z/", vec!["/x/", "/y/", "/z/"]),
            ("SELECT 1./2; DROP DATABASE x --/", vec![]),
            ("SELECT mean(/a/) / 2 FROM m", vec!["/a/"]),
            ("SELECT a FROM /*c*/ m", vec![]),
        ] {
            let found: Vec<&str> =
                kinds(text, Language::Influxql).into_iter().filter(|(kind, _)| *kind == Kind::Regex).map(|(_, text)| text).collect();
            assert_eq!(found, regexes, "{text}");
        }
        let flux = kinds("x = a / b\ny = r.h =~ /\"/ // to(\nz = \"${f(v: to)} t\"", Language::Flux);
        assert!(flux.contains(&(Kind::Regex, "/\"/")) && flux.contains(&(Kind::Word, "to")), "{flux:?}");
        assert!(!flux.iter().any(|(_, text)| text.contains("to(")), "{flux:?}");
        let nested = kinds("\"${f(v: \"B\", x: to({}))} t\" u", Language::Flux);
        assert!(nested.contains(&(Kind::Word, "to")) && nested.contains(&(Kind::Quoted, "\"B\"")), "{nested:?}");
        assert_eq!(nested.last(), Some(&(Kind::Word, "u")));
    }

    #[test]
    fn what_is_never_closed_reaches_to_the_end_and_nothing_breaks() {
        for text in ["'", "\"é", "/* x", "FROM /é", "-- é", "\"${", "\"\\", "${", "\"a${\"b\"}", "é§→"] {
            for language in [Language::Influxql, Language::Flux, Language::Sql] {
                for token in scan(text, language) {
                    assert_eq!(&text[token.at..token.end()], token.text);
                }
            }
        }
    }
}
