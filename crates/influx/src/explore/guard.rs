//! Whether a text only reads, decided before it is sent.
//!
//! For InfluxQL that is exact: InfluxDB 1 carries out what writes even when it is asked by `GET` and only warns of it, so nothing but
//! statements that begin with a reading word, and have no `INTO`, pass. For SQL the endpoint of InfluxDB 3 takes no writing statement itself;
//! the guard says so in better words. Flux cannot be judged by its text alone, for a function can be called by another name: packages that
//! write, send or fetch cannot be imported, and `to` and its like cannot be named. What the token may do decides in the end.

use model::{Failure, FailureKind, explore::Language};

use super::scan::{Kind, Token, scan};

/// Packages of Flux that work on what is there, and neither send nor write nor read secrets.
const PACKAGES: [&str; 35] = [
    "array",
    "contrib/anaisdg/anomalydetection",
    "contrib/anaisdg/statsmodels",
    "contrib/jsternberg/aggregate",
    "contrib/jsternberg/math",
    "contrib/tomhollingworth/events",
    "date",
    "date/boundaries",
    "dict",
    "experimental",
    "experimental/aggregate",
    "experimental/array",
    "experimental/bitwise",
    "experimental/date/boundaries",
    "experimental/geo",
    "experimental/json",
    "experimental/oee",
    "experimental/query",
    "experimental/record",
    "experimental/table",
    "generate",
    "influxdata/influxdb",
    "influxdata/influxdb/sample",
    "influxdata/influxdb/schema",
    "influxdata/influxdb/v1",
    "interpolate",
    "join",
    "json",
    "math",
    "regexp",
    "strings",
    "system",
    "timezone",
    "types",
    "universe",
];

/// Refuses a text that would do more than read.
///
/// # Errors
/// `InfluxQuery`, with what is in the way.
pub(super) fn reads_only(text: &str, language: Language) -> Result<(), Failure> {
    let tokens = scan(text, language);
    match language {
        Language::Influxql => influxql(&tokens),
        Language::Sql => sql(&tokens),
        Language::Flux => flux(&tokens),
    }
}

fn refused(why: impl Into<String>) -> Failure {
    Failure::new(FailureKind::InfluxQuery, why)
}

fn influxql(tokens: &[Token<'_>]) -> Result<(), Failure> {
    for statement in statements(tokens) {
        let mut words = statement.iter().skip_while(|token| token.is_word("EXPLAIN") || token.is_word("ANALYZE"));
        match words.next() {
            // `EXPLAIN` alone, which the server calls incomplete.
            None => {}
            Some(first) if first.is_word("SELECT") || first.is_word("SHOW") => {}
            Some(first) => return Err(refused(format!("{} is no SELECT, SHOW or EXPLAIN: here one can only read", shown(first)))),
        }
        if statement.iter().any(|token| token.is_word("INTO")) {
            return Err(refused("SELECT … INTO writes what it reads: here one can only read"));
        }
    }
    Ok(())
}

fn sql(tokens: &[Token<'_>]) -> Result<(), Failure> {
    const READING: [&str; 7] = ["SELECT", "WITH", "VALUES", "SHOW", "DESCRIBE", "DESC", "TABLE"];
    const WRITING: [&str; 4] = ["INSERT", "UPDATE", "DELETE", "MERGE"];
    let mut statements = statements(tokens);
    let Some(statement) = statements.next() else { return Ok(()) };
    if statements.next().is_some() {
        return Err(refused("more than one statement: InfluxDB 3 takes one at a time"));
    }
    let is_about_explaining = |token: &&Token<'_>| ["EXPLAIN", "ANALYZE", "VERBOSE"].iter().any(|word| token.is_word(word));
    let mut words = statement.iter().skip_while(is_about_explaining).skip_while(|token| token.is_symbol("("));
    if let Some(first) = words.next()
        && !READING.iter().any(|word| first.is_word(word))
    {
        return Err(refused(format!("{} is no SELECT, WITH, SHOW, DESCRIBE or EXPLAIN: here one can only read", shown(first))));
    }
    for pair in statement.windows(2) {
        if pair[1].is_word("INTO") && !pair[0].is_word("AS") && !pair[0].is_symbol(".") {
            return Err(refused("SELECT … INTO writes what it reads: here one can only read"));
        }
        let begins = pair[0].is_symbol("(") || pair[0].is_symbol(")");
        if begins && WRITING.iter().any(|word| pair[1].is_word(word)) {
            return Err(refused(format!("{} writes: here one can only read", shown(&pair[1]))));
        }
    }
    Ok(())
}

fn flux(tokens: &[Token<'_>]) -> Result<(), Failure> {
    for (index, token) in tokens.iter().enumerate() {
        let next = tokens.get(index + 1);
        if token.kind != Kind::Word {
            continue;
        }
        let is_label = next.is_some_and(|next| next.is_symbol(":"));
        if (token.text == "to" || token.text == "wideTo") && !is_label {
            return Err(refused(format!("`{}` writes: here one can only read", token.text)));
        }
        // A name may stand between the word and the path.
        let is_import = token.text == "import";
        if is_import && let Some(path) = tokens[index + 1..].iter().take(2).find(|token| token.kind == Kind::Quoted) {
            let path = path.text.trim_matches('"');
            if !PACKAGES.contains(&path) {
                return Err(refused(format!("the package `{path}` is not among those that are known to read only")));
            }
        }
    }
    Ok(())
}

/// The statements between semicolons that are not empty.
fn statements<'t, 'a>(tokens: &'t [Token<'a>]) -> impl Iterator<Item = &'t [Token<'a>]> {
    tokens.split(|token| token.is_symbol(";")).filter(|statement| !statement.is_empty())
}

/// A token as a message names it: a word in capitals, or what else it is, cut short.
fn shown(token: &Token<'_>) -> String {
    let text: String = token.text.chars().take(20).collect();
    match token.kind {
        Kind::Word => text.to_uppercase(),
        _ => format!("`{text}`"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reading_statements_pass() {
        for (language, text) in [
            (Language::Influxql, "SELECT mean(\"f\") FROM \"m\" WHERE h = 'INTO' GROUP BY time(1m)"),
            (Language::Influxql, "show measurements; explain analyze select * from /a;drop/;"),
            (Language::Influxql, "SELECT \"into\" FROM \"drop\" -- DROP DATABASE x"),
            (Language::Sql, "WITH a AS (SELECT 1) SELECT \"delete\", a.into FROM a WHERE x = '; DROP'"),
            (Language::Sql, "(SELECT 1) UNION (SELECT 2);"),
            (Language::Sql, "EXPLAIN ANALYZE VERBOSE SELECT 1"),
            (Language::Sql, "SHOW TABLES"),
            (
                Language::Flux,
                "import \"strings\"\nimport s \"influxdata/influxdb/schema\"\nfrom(bucket: \"b\") |> range(start: -1h) // to()",
            ),
            (Language::Flux, "x = {to: 1}\nfrom(bucket: \"write to(me)\") |> range(start: 0)"),
        ] {
            assert!(reads_only(text, language).is_ok(), "{text}");
        }
    }

    #[test]
    fn what_writes_is_refused() {
        for (language, text) in [
            (Language::Influxql, "DROP DATABASE x"),
            (Language::Influxql, "SELECT 1; drop database x"),
            (Language::Influxql, "SELECT * INTO y FROM m"),
            (Language::Influxql, "SELECT * INTO\"y\" FROM m"),
            (Language::Influxql, "SELECT 1./2; DROP DATABASE x; --/"),
            (Language::Influxql, "SELECT a / 2; DROP DATABASE x /* / */"),
            (Language::Influxql, "SELECT a FROM m WHERE h =~ /\\\\/; DROP DATABASE x --/ AND b = 1/; DROP DATABASE y"),
            (Language::Influxql, "EXPLAIN DELETE FROM m"),
            (Language::Influxql, "CREATE CONTINUOUS QUERY c ON d BEGIN SELECT 1 END"),
            (Language::Influxql, "KILL QUERY 1"),
            (Language::Influxql, "\"SELECT\""),
            (Language::Sql, "INSERT INTO m VALUES (1)"),
            (Language::Sql, "SELECT 1; DROP TABLE m"),
            (Language::Sql, "SELECT * INTO x FROM m"),
            (Language::Sql, "WITH a AS (DELETE FROM m) SELECT 1"),
            (Language::Sql, "WITH a AS (SELECT 1) INSERT INTO m SELECT * FROM a"),
            (Language::Sql, "EXPLAIN DROP TABLE m"),
            (Language::Sql, "SET a = 1"),
            (Language::Flux, "from(bucket: \"b\") |> range(start: 0) |> to(bucket: \"c\")"),
            (Language::Flux, "w = to\nfrom(bucket: \"b\") |> w(bucket: \"c\")"),
            (Language::Flux, "import \"experimental\"\n… |> experimental.to(bucket: \"c\")"),
            (Language::Flux, "x = \"${string(v: to)}\""),
            (Language::Flux, "import \"http\""),
            (Language::Flux, "import h \"http/requests\""),
            (Language::Flux, "import \"sql\""),
            (Language::Flux, "import \"\\x73ql\""),
            (Language::Flux, "import \"influxdata/influxdb/secrets\""),
            (Language::Flux, "x |> influxdb.wideTo(bucket: \"b\")"),
        ] {
            let refused = reads_only(text, language).map_err(|failure| failure.kind);
            assert_eq!(refused, Err(FailureKind::InfluxQuery), "{text}");
        }
    }
}
