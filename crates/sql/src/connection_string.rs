//! ODBC's connection strings: what is kept and what is given to the driver manager are read by this one parser, in every build.

use model::{Failure, FailureKind};

fn wrong(what: impl Into<String>) -> Failure {
    Failure::new(FailureKind::SqlInvalid, what)
}

/// The keywords and values of a connection string, each keyword once. Driver managers do not agree on which of two counts (unixODBC takes the
/// last), nor on where a keyword ends that holds anything but letters, digits and `_-.` or a blank: whoever looks at one must not look at
/// another than they do.
///
/// # Errors
/// `SqlInvalid`, without a value.
pub fn odbc_pairs(text: &str) -> Result<Vec<(String, String)>, Failure> {
    let mut pairs: Vec<(String, String)> = Vec::new();
    let mut rest = text.trim_start_matches([' ', ';']);
    while !rest.trim().is_empty() {
        let (key, after) =
            rest.split_once('=').ok_or_else(|| wrong("the connection string is a list of `keyword=value;`, and one has no `=`"))?;
        let after = after.trim_start();
        let (value, left) = match after.strip_prefix('{') {
            Some(braced) => unbraced(braced)?,
            None => {
                let (value, left) = after.split_once(';').unwrap_or((after, ""));
                (value.trim_end().to_owned(), left)
            }
        };
        if value.contains('\0') {
            return Err(wrong("the connection string holds a zero character"));
        }
        let key = key.trim();
        let is_plain = key.chars().all(|c| c.is_ascii_alphanumeric() || "_-. ".contains(c));
        if key.is_empty() || !is_plain {
            // What was meant as a value may stand in it.
            return Err(wrong("a keyword of the connection string has other characters than letters, digits, blanks and `_-.`"));
        }
        if pairs.iter().any(|(known, _)| known.eq_ignore_ascii_case(key)) {
            return Err(wrong(format!("`{key}` stands in the connection string more than once")));
        }
        pairs.push((key.to_owned(), value));
        rest = left.trim_start_matches([' ', ';']);
    }
    Ok(pairs)
}

/// The value up to its closing brace, and what comes behind it.
fn unbraced(text: &str) -> Result<(String, &str), Failure> {
    let mut value = String::new();
    let mut rest = text;
    loop {
        let (part, after) = rest.split_once('}').ok_or_else(|| wrong("a `{` in the connection string has no `}`"))?;
        value.push_str(part);
        match after.strip_prefix('}') {
            Some(more) => {
                value.push('}');
                rest = more;
            }
            None if after.trim_start().is_empty() || after.trim_start().starts_with(';') => return Ok((value, after)),
            None => return Err(wrong("a `}` in the connection string is followed by something else than `;`")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_between_braces_holds_what_it_likes() {
        let pairs = odbc_pairs(" ;Driver = {a;b}}c=d} ; Server Name=db.example ;;x_1-y.z=").unwrap();
        let expected = [("Driver", "a;b}c=d"), ("Server Name", "db.example"), ("x_1-y.z", "")];
        assert_eq!(pairs, expected.map(|(key, value)| (key.to_owned(), value.to_owned())));
    }

    #[test]
    fn what_a_driver_manager_may_read_otherwise_is_refused_without_its_value() {
        for (connection, words) in [
            ("hunter2", "has no `=`"),
            ("DSN={hunter2", "has no `}`"),
            ("DSN={hunter2}x;Driver=y", "something else than `;`"),
            ("Driver={Good};Driver=hunter2.so", "`Driver` stands in the connection string more than once"),
            ("Driver={Good};Server=x;dRIVER ={hunter2.so}", "`dRIVER` stands"),
            ("DSN=shop;hunter2;Driver=hunter2.so", "other characters"),
            ("DSN=shop;{hunter2}Driver=hunter2.so", "other characters"),
            ("DSN=shop;Dri\u{0}ver=hunter2.so", "other characters"),
            ("DSN=shop;=hunter2", "other characters"),
            ("DSN=shop;a=hunter2\0", "a zero character"),
        ] {
            let failure = odbc_pairs(connection).unwrap_err();
            assert_eq!(failure.kind, FailureKind::SqlInvalid, "{connection}");
            assert!(failure.doing.contains(words) && !failure.chain().contains("hunter2"), "{connection}: {}", failure.chain());
        }
    }
}
