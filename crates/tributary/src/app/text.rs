//! What texts and numbers may be, in the words of the person who typed them.

use std::{fmt::Display, ops::RangeInclusive, path::Path};

use model::{Id, id::MAX_NUMBER};
use url::Url;

use super::Invalid;

/// The longest free text, in bytes.
const MAX_NOTES_BYTES: usize = 16 * 1024;

/// Trims; refuses nothing but white space, and control characters.
pub(super) fn needed(field: &str, text: &str) -> Result<String, Invalid> {
    let text = text.trim();
    if text.is_empty() {
        return Err(Invalid::new(field, format!("`{field}` is empty"), format!("give a `{field}`")));
    }
    plain(field, text)?;
    Ok(text.to_owned())
}

/// Trims; nothing but white space means that it is absent.
pub(super) fn optional(field: &str, text: Option<&str>) -> Result<Option<String>, Invalid> {
    match text.map(str::trim) {
        None | Some("") => Ok(None),
        Some(text) => {
            plain(field, text)?;
            Ok(Some(text.to_owned()))
        }
    }
}

fn plain(field: &str, text: &str) -> Result<(), Invalid> {
    if text.chars().any(char::is_control) {
        return Err(Invalid::new(field, format!("`{field}` holds a control character"), "type it again, without line breaks and tabs"));
    }
    Ok(())
}

pub(super) fn notes(text: &str) -> Result<(), Invalid> {
    if text.len() > MAX_NOTES_BYTES {
        return Err(Invalid::new("notes", format!("`notes` has {} bytes", text.len()), format!("at most {MAX_NOTES_BYTES} are kept")));
    }
    Ok(())
}

pub(super) fn within<N: PartialOrd + Display>(field: &str, number: N, range: RangeInclusive<N>) -> Result<(), Invalid> {
    if range.contains(&number) {
        return Ok(());
    }
    let (low, high) = range.into_inner();
    Err(Invalid::new(field, format!("`{field}` is {number}"), format!("give a number from {low} to {high}")))
}

/// Refuses a number that nobody can be given: zero is for what the environment defines.
pub(super) fn number(number: Option<i64>) -> Result<(), Invalid> {
    number.map_or(Ok(()), |number| within("number", number, 1..=MAX_NUMBER))
}

/// Trims; the usual form of a UUID, whatever form was given. Nothing but white space means that it is absent.
pub(super) fn optional_uuid(field: &str, text: Option<&str>) -> Result<Option<String>, Invalid> {
    let Some(text) = optional(field, text)? else { return Ok(None) };
    match text.parse::<Id<()>>() {
        Ok(id) => Ok(Some(id.to_string())),
        Err(_) => Err(Invalid::new(field, format!("`{field}` is not a UUID"), "copy it from the account's page: 8-4-4-4-12 digits")),
    }
}

pub(super) fn absolute_path(field: &str, text: &str) -> Result<(), Invalid> {
    if text.contains('\0') || !Path::new(text).is_absolute() {
        return Err(Invalid::new(
            field,
            format!("`{field}` is not an absolute path"),
            "begin it with `/`: the server's own folder is nobody's",
        ));
    }
    Ok(())
}

/// An `http` or `https` URL with a host, and with nothing in it that does not belong to an address. The message never repeats the URL:
/// it may hold a password.
pub(super) fn web_address(field: &str, url: &Url) -> Result<(), Invalid> {
    let wrong = |message: &str, advice: &str| Err(Invalid::new(field, message, advice));
    if !matches!(url.scheme(), "http" | "https") {
        return wrong(&format!("`{field}` begins with `{}:`", url.scheme()), "begin it with http:// or https://");
    }
    if url.host_str().is_none_or(str::is_empty) {
        return wrong(&format!("`{field}` has no host"), "give it as http://host:port");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return wrong(
            &format!("`{field}` holds a user name or password"),
            "take them out of the URL: the name goes into `username`, the password or token into `secrets`",
        );
    }
    if url.query().is_some() || url.fragment().is_some() {
        return wrong(
            &format!("`{field}` has a `?` or `#` part"),
            "give only the address, with the sub-path of a reverse proxy if there is one; names and secrets have fields of their own",
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_with_a_password_is_refused_without_repeating_it() {
        let url = Url::parse("http://bob:hunter2@localhost:8086").unwrap();
        let invalid = web_address("url", &url).unwrap_err();
        assert!(!format!("{invalid:?}").contains("hunter2"), "{invalid:?}");
        assert_eq!(invalid.field, "url");
    }

    #[test]
    fn only_plain_web_addresses_pass() {
        for (text, passes) in [
            ("http://localhost:8086", true),
            ("https://influx.example/sub/path", true),
            ("ftp://localhost", false),
            ("file:///etc", false),
            ("http://localhost:8086?u=a&p=b", false),
            ("http://localhost:8086#x", false),
            ("http://bob@localhost", false),
        ] {
            assert_eq!(web_address("url", &Url::parse(text).unwrap()).is_ok(), passes, "{text}");
        }
    }
}
