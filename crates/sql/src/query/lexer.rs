//! Cuts SQL into tokens as a server does: what is quoted or commented out is never taken for code.
//!
//! It knows just enough of each dialect to tell code from text. It never fails: what it cannot make sense of is left to the server.

use model::{Engine, database::GenericDialect};
use sqlparser::dialect::{MySqlDialect, PostgreSqlDialect, SQLiteDialect};

/// How an engine's SQL is quoted and commented.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// SQLite: `'…'`, `"…"`, `` `…` ``, `[…]`, `--`, `/* */`.
    Sqlite,
    /// PostgreSQL with `standard_conforming_strings` on: `'…'`, `E'…'`, `"…"`, `$tag$…$tag$`, `--`, nested `/* */`.
    Postgres,
    /// MySQL and MariaDB: `'…'`, `"…"`, `` `…` ``, `#`, `-- `, `/* */`; the rest hangs on the server's `sql_mode`.
    Mysql {
        /// `sql_mode` has `ANSI_QUOTES`: `"…"` is a name, in which a backslash is only a backslash.
        ansi_quotes: bool,
        /// `sql_mode` has `NO_BACKSLASH_ESCAPES`: a backslash is only a backslash.
        no_backslash_escapes: bool,
    },
    /// The standard, for what only a driver knows: `'…'`, `"…"`, `--`, `/* */`.
    Standard,
}

impl From<GenericDialect> for Dialect {
    fn from(dialect: GenericDialect) -> Self {
        match dialect {
            GenericDialect::Standard => Self::Standard,
            GenericDialect::Postgres => Self::Postgres,
            GenericDialect::Mysql => Self::MYSQL,
            GenericDialect::Sqlite => Self::Sqlite,
        }
    }
}

/// For MySQL with the `sql_mode` that servers come with; the engine itself asks the server.
impl From<&Engine> for Dialect {
    fn from(engine: &Engine) -> Self {
        match engine {
            Engine::Sqlite { .. } => Self::Sqlite,
            Engine::Postgres(_) => Self::Postgres,
            Engine::Mysql(_) => Self::MYSQL,
            Engine::Adbc(adbc) => adbc.dialect.into(),
            Engine::Odbc(odbc) => odbc.dialect.into(),
        }
    }
}

impl Dialect {
    /// MySQL with the `sql_mode` that servers come with.
    pub const MYSQL: Self = Self::Mysql { ansi_quotes: false, no_backslash_escapes: false };

    /// The parser's own dialect.
    pub(crate) fn parser(self) -> &'static dyn sqlparser::dialect::Dialect {
        match self {
            Self::Sqlite => &SQLiteDialect {},
            Self::Postgres => &PostgreSqlDialect {},
            Self::Mysql { .. } => &MySqlDialect {},
            Self::Standard => &sqlparser::dialect::GenericDialect {},
        }
    }
}

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A keyword or a name without quotes.
    Word,
    /// A quoted text or name.
    Quoted,
    /// A quoted text or name, or a comment, that does not end.
    Unclosed,
    /// A number.
    Number,
    /// `:name`; the text is the name with its colon.
    Placeholder,
    /// A placeholder of the server's own kind: `?`, `?1`, `$1`, `@name` and `$name` of SQLite.
    Foreign,
    /// A comment that the server runs as code: `/*! … */`, `/*M! … */`.
    RunComment,
    /// Any other character, `::` and `:=`.
    Symbol,
}

/// One token, by its place in the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) kind: Kind,
    pub(crate) start: usize,
    pub(crate) end: usize,
}

impl Token {
    /// The token as it is written.
    pub(crate) fn text(self, sql: &str) -> &str {
        sql.get(self.start..self.end).unwrap_or_default()
    }

    /// Whether it is this word, without regard to case.
    pub(crate) fn is_word(self, sql: &str, word: &str) -> bool {
        self.kind == Kind::Word && self.text(sql).eq_ignore_ascii_case(word)
    }

    /// Whether it is this symbol.
    pub(crate) fn is_symbol(self, sql: &str, symbol: &str) -> bool {
        self.kind == Kind::Symbol && self.text(sql) == symbol
    }
}

/// The tokens of `sql`; white space and comments are left out.
pub(crate) fn tokens(sql: &str, dialect: Dialect) -> Vec<Token> {
    let mut lexer = Lexer { bytes: sql.as_bytes(), at: 0, dialect };
    let mut found = Vec::new();
    while let Some(token) = lexer.next_token() {
        found.push(token);
    }
    found
}

struct Lexer<'a> {
    bytes: &'a [u8],
    at: usize,
    dialect: Dialect,
}

const fn starts_word(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_' || byte >= 0x80
}

const fn continues_word(byte: u8) -> bool {
    starts_word(byte) || byte.is_ascii_digit() || byte == b'$'
}

impl Lexer<'_> {
    fn peek(&self, ahead: usize) -> u8 {
        self.bytes.get(self.at + ahead).copied().unwrap_or(0)
    }

    fn next_token(&mut self) -> Option<Token> {
        loop {
            if self.at >= self.bytes.len() {
                return None;
            }
            let start = self.at;
            if let Some(kind) = self.step() {
                debug_assert!(self.at > start, "a token is never empty");
                return Some(Token { kind, start, end: self.at });
            }
        }
    }

    /// Moves over one token, white space or comment; `None` for the latter two.
    fn step(&mut self) -> Option<Kind> {
        let mysql = matches!(self.dialect, Dialect::Mysql { .. });
        match self.peek(0) {
            byte if byte.is_ascii_whitespace() || byte == 0x0b => {
                self.at += 1;
                None
            }
            b'-' if self.peek(1) == b'-' && (!mysql || self.peek(2) <= b' ') => self.line_comment(),
            b'#' if mysql => self.line_comment(),
            b'/' if self.peek(1) == b'*' => self.block_comment(),
            b'\'' => Some(self.quoted(b'\'', self.single_quote_escapes())),
            b'"' => Some(self.quoted(b'"', self.double_quote_escapes())),
            b'`' if matches!(self.dialect, Dialect::Sqlite | Dialect::Mysql { .. }) => Some(self.quoted(b'`', false)),
            b'[' if self.dialect == Dialect::Sqlite => Some(self.quoted_to(b"]", self.at + 1)),
            b'$' if self.dialect == Dialect::Postgres => Some(self.dollar()),
            b'$' | b'@' if self.dialect == Dialect::Sqlite && starts_word(self.peek(1)) => {
                self.at += 1;
                self.word();
                Some(Kind::Foreign)
            }
            b'?' if self.dialect != Dialect::Postgres => {
                self.at += 1;
                while self.peek(0).is_ascii_digit() {
                    self.at += 1;
                }
                Some(Kind::Foreign)
            }
            b':' => Some(self.colon()),
            b'e' | b'E' if self.dialect == Dialect::Postgres && self.peek(1) == b'\'' => {
                self.at += 1;
                Some(self.quoted(b'\'', true))
            }
            byte if starts_word(byte) => {
                self.word();
                Some(Kind::Word)
            }
            byte if byte.is_ascii_digit() => {
                self.number();
                Some(Kind::Number)
            }
            _ => {
                self.at += 1;
                Some(Kind::Symbol)
            }
        }
    }

    const fn single_quote_escapes(&self) -> bool {
        matches!(self.dialect, Dialect::Mysql { no_backslash_escapes: false, .. })
    }

    const fn double_quote_escapes(&self) -> bool {
        matches!(self.dialect, Dialect::Mysql { no_backslash_escapes: false, ansi_quotes: false })
    }

    fn word(&mut self) {
        while continues_word(self.peek(0)) {
            self.at += 1;
        }
    }

    /// PostgreSQL ends a number before a quote that could follow: `1e'…'` and `1$$…$$` are a number and a text.
    fn number(&mut self) {
        let postgres = self.dialect == Dialect::Postgres;
        while continues_word(self.peek(0)) || self.peek(0) == b'.' {
            if postgres && (self.peek(0) == b'$' || (matches!(self.peek(0), b'e' | b'E') && self.peek(1) == b'\'')) {
                break;
            }
            self.at += 1;
        }
    }

    /// Behind the next `needle` from `from` on.
    fn find(&self, needle: &[u8], from: usize) -> Option<usize> {
        let rest = self.bytes.get(from..).unwrap_or_default();
        memchr::memmem::find(rest, needle).map(|at| from + at + needle.len())
    }

    /// Moves behind the next `needle`.
    fn quoted_to(&mut self, needle: &[u8], from: usize) -> Kind {
        let end = self.find(needle, from);
        self.at = end.unwrap_or(self.bytes.len());
        if end.is_some() { Kind::Quoted } else { Kind::Unclosed }
    }

    /// PostgreSQL ends it at a carriage return as well, the others only at a line feed.
    fn line_comment(&mut self) -> Option<Kind> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let end = if self.dialect == Dialect::Postgres { memchr::memchr2(b'\n', b'\r', rest) } else { memchr::memchr(b'\n', rest) };
        self.at = end.map_or(self.bytes.len(), |end| self.at + end + 1);
        None
    }

    fn block_comment(&mut self) -> Option<Kind> {
        let mysql = matches!(self.dialect, Dialect::Mysql { .. });
        let run = mysql && (self.peek(2) == b'!' || (matches!(self.peek(2), b'M' | b'm') && self.peek(3) == b'!'));
        let closed = if self.dialect == Dialect::Postgres {
            self.nested_comment()
        } else {
            let end = self.find(b"*/", self.at + 2);
            self.at = end.unwrap_or(self.bytes.len());
            // SQLite ends a comment at the end of the text.
            end.is_some() || self.dialect == Dialect::Sqlite
        };
        if !closed {
            return Some(Kind::Unclosed);
        }
        run.then_some(Kind::RunComment)
    }

    /// Moves behind a comment that may hold others; whether it ends.
    fn nested_comment(&mut self) -> bool {
        let mut depth = 0_u32;
        while self.at < self.bytes.len() {
            match (self.peek(0), self.peek(1)) {
                (b'/', b'*') => {
                    depth += 1;
                    self.at += 2;
                }
                (b'*', b'/') => {
                    depth -= 1;
                    self.at += 2;
                    if depth == 0 {
                        return true;
                    }
                }
                _ => self.at += 1,
            }
        }
        false
    }

    fn quoted(&mut self, quote: u8, escapes: bool) -> Kind {
        self.at += 1;
        while self.at < self.bytes.len() {
            let byte = self.peek(0);
            if escapes && byte == b'\\' {
                self.at = (self.at + 2).min(self.bytes.len());
            } else if byte == quote {
                self.at += 1;
                if self.peek(0) != quote {
                    return Kind::Quoted;
                }
                self.at += 1;
            } else {
                self.at += 1;
            }
        }
        Kind::Unclosed
    }

    /// `$1`, `$$…$$` or `$tag$…$tag$`.
    fn dollar(&mut self) -> Kind {
        let start = self.at;
        self.at += 1;
        if self.peek(0).is_ascii_digit() {
            while self.peek(0).is_ascii_digit() {
                self.at += 1;
            }
            return Kind::Foreign;
        }
        while starts_word(self.peek(0)) || (self.at > start + 1 && self.peek(0).is_ascii_digit()) {
            self.at += 1;
        }
        if self.peek(0) == b'$' {
            let tag = self.bytes.get(start..=self.at).unwrap_or_default().to_vec();
            self.quoted_to(&tag, self.at + 1)
        } else {
            self.at = start + 1;
            Kind::Symbol
        }
    }

    /// `::`, `:=`, `:name` or a colon.
    fn colon(&mut self) -> Kind {
        self.at += 1;
        if matches!(self.peek(0), b':' | b'=') {
            self.at += 1;
            return Kind::Symbol;
        }
        if self.peek(0).is_ascii_alphabetic() || self.peek(0) == b'_' {
            while self.peek(0).is_ascii_alphanumeric() || self.peek(0) == b'_' {
                self.at += 1;
            }
            return Kind::Placeholder;
        }
        Kind::Symbol
    }
}
