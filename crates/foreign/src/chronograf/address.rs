//! The address of a server as people write it: a URL, perhaps with a login in it.

use percent_encoding::percent_decode_str;
use url::Url;

/// An address with everything taken out that is none.
pub(crate) struct Address {
    /// Scheme, host, port and path; nothing else.
    pub(crate) url: Url,
    /// The user name of the login that stood in it.
    pub(crate) username: Option<String>,
    /// The password of the login that stood in it.
    pub(crate) password: Option<String>,
    /// Parameters that stood after `?`, decoded, in order.
    pub(crate) parameters: Vec<(String, String)>,
    /// What was tidied up, without any value.
    pub(crate) notes: Vec<&'static str>,
}

/// The address in this text.
///
/// # Errors
/// When it is none; the reason holds nothing of the text.
pub(crate) fn read(text: &str) -> Result<Address, &'static str> {
    let mut notes = Vec::new();
    let trimmed = text.trim();
    if trimmed.is_empty() {
        return Err("a URL is needed: http://host:port");
    }
    if trimmed.len() != text.len() {
        notes.push("the spaces around the URL were left out");
    }
    if !["http://", "https://"].iter().any(|scheme| trimmed.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme))) {
        return Err("must begin with http:// or https://");
    }
    let mut url = Url::parse(trimmed).map_err(|_| "is not a URL: give it as http://host:port")?;
    if url.host_str().is_none_or(str::is_empty) {
        return Err("has no host: give it as http://host:port");
    }

    // `http://bob:12/3@host` is a URL with the host `bob`.
    let no_login = url.username().is_empty() && url.password().is_none();
    if no_login
        && (url.path().contains('@')
            || url.query().is_some_and(|query| query.contains('@') && !query.contains('='))
            || url.fragment().is_some_and(|end| end.contains('@')))
    {
        return Err("holds an `@` behind the host: percent-encode `/`, `?`, `#` and `@` of a login, or give it in its own fields");
    }

    let decoded = |text: &str| percent_decode_str(text).decode_utf8().map(|text| text.into_owned());
    let username = decoded(url.username()).map_err(|_| "the user name in the URL is not UTF-8")?;
    let password = decoded(url.password().unwrap_or_default()).map_err(|_| "the password in the URL is not UTF-8")?;
    let parameters: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    if url.fragment().is_some() {
        notes.push("the part of the URL after `#` was left out");
    }
    url.set_query(None);
    url.set_fragment(None);
    if !username.is_empty() || !password.is_empty() {
        // Both can fail only for URLs without a host.
        let emptied = url.set_password(None).and_then(|()| url.set_username(""));
        emptied.map_err(|()| "has no host: give it as http://host:port")?;
    }
    let some = |text: String| (!text.is_empty()).then_some(text);
    Ok(Address { url, username: some(username), password: some(password), parameters, notes })
}

/// The URL as text, without the slash that stands for no path.
pub(crate) fn as_text(url: &Url) -> String {
    let text = url.as_str();
    if url.path() == "/" && url.query().is_none() && url.fragment().is_none() {
        return text.strip_suffix('/').unwrap_or(text).to_owned();
    }
    text.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_is_taken_out_and_decoded() {
        let address = read(" https://bob:p%40ss%2Fword@h:8086/sub?db=x&u=%C3%A9#top ").unwrap();
        assert_eq!(address.url.as_str(), "https://h:8086/sub");
        assert_eq!((address.username.as_deref(), address.password.as_deref()), (Some("bob"), Some("p@ss/word")));
        assert_eq!(address.parameters, [("db".to_owned(), "x".to_owned()), ("u".to_owned(), "é".to_owned())]);
        assert_eq!(address.notes.len(), 2);
    }

    #[test]
    fn what_is_no_address_is_refused_without_repeating_it() {
        for text in [
            "",
            " ",
            "localhost:8086",
            "127.0.0.1:8086",
            "/x",
            "ftp://h",
            "http://",
            "http://u:pw@",
            "http://a b",
            "http://u:%FF@h",
            "http://bob:12/pw@h",
            "http://bob:1?pw@h",
            "é",
        ] {
            let reason = read(text).map(|address| address.url).unwrap_err();
            assert!(!reason.contains("8086") && !reason.contains("pw"), "{text}: {reason}");
        }
    }

    #[test]
    fn an_address_without_a_path_is_shown_without_a_slash() {
        for (text, shown) in [("http://h:8086/", "http://h:8086"), ("http://h", "http://h"), ("http://h/sub/", "http://h/sub/")] {
            assert_eq!(as_text(&read(text).unwrap().url), shown);
        }
    }
}
