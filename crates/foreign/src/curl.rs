//! A `curl` command line, as people copy it from documents and from their shell's history.

use base64::Engine;
use secrecy::SecretString;

use crate::{
    Broken, Found, Given, Remark,
    draft::Draft,
    length,
    location::{self, Api},
    shell::{self, Word},
};

/// Options that are followed by a value of no account to a connection.
const WITH_VALUE: [&str; 33] = [
    "-X",
    "--request",
    "-o",
    "--output",
    "-A",
    "--user-agent",
    "-e",
    "--referer",
    "-b",
    "--cookie",
    "-c",
    "--cookie-jar",
    "-F",
    "--form",
    "-T",
    "--upload-file",
    "-w",
    "--write-out",
    "-D",
    "--dump-header",
    "-K",
    "--config",
    "-r",
    "--range",
    "-y",
    "-Y",
    "-z",
    "-C",
    "--connect-timeout",
    "--retry",
    "--retry-delay",
    "--retry-max-time",
    "--resolve",
];

/// What the command line says, so far.
#[derive(Default)]
struct Command {
    url: Option<Word>,
    urls: usize,
    user: Option<Word>,
    authorization: Option<(String, Word)>,
    parameters: Vec<(String, String)>,
    time_limit: Option<u64>,
    insecure: bool,
}

/// Whether the text is such a command line.
pub(crate) fn is_curl(text: &str) -> bool {
    let mut words = text.trim_start().trim_start_matches(['$', '>', '%']).split_whitespace();
    let first = words.find(|word| !matches!(*word, "sudo" | "time"));
    first.is_some_and(|word| matches!(word.rsplit(['/', '\\']).next(), Some("curl" | "curl.exe")))
}

/// The connection that the command speaks to.
///
/// # Errors
/// When it has no URL, or one that is none.
pub(crate) fn read(text: &str, given: &Given) -> Result<Found, Broken> {
    let shell::Words { words, more } = shell::first_command(text, &given.variables);
    let mut found = Found::default();
    let command = options(words, &mut found.remarks);
    if more {
        found.remarks.push(Remark { line: None, text: "only the first command is read".to_owned() });
    }
    if command.urls > 1 {
        found.remarks.push(Remark { line: None, text: "only the first URL of the command is read".to_owned() });
    }
    let url =
        command.url.ok_or_else(|| Broken { line: None, field: Some("url".to_owned()), reason: "the command has no URL".to_owned() })?;
    let line = Some(url.line);
    let broken = |reason: String| Broken { line, field: Some("url".to_owned()), reason };
    if let Some(name) = url.missing {
        return Err(broken(shell::unknown_variable(&name)));
    }
    let mut place = location::read(&url.text).or_else(|error| match url.text.contains("://") {
        // curl takes a host alone, and asks it by http.
        false if !url.text.is_empty() && !location::is_sql(&url.text) => location::read(&format!("http://{}", url.text)),
        _ => Err(error),
    });
    if let Ok(place) = &mut place {
        place.query.extend(command.parameters);
    }
    let place = place.map_err(|error| broken(error.reason().to_owned()))?;
    let mut draft = Draft::of_location(place, line, &mut found.remarks);
    if let Some(user) = command.user {
        login(user, &mut draft, &mut found.remarks);
    }
    if let Some((scheme, credential)) = command.authorization {
        authorization(&scheme, credential, &mut draft, &mut found.remarks);
    }
    draft.insecure_skip_verify = command.insecure;
    if let Some(millis) = command.time_limit {
        draft.timeout_ms = length::time_limit(millis).0;
    }
    draft.add_to(&mut found, given);
    Ok(found)
}

fn options(words: Vec<Word>, remarks: &mut Vec<Remark>) -> Command {
    let mut command = Command::default();
    let mut words = words.into_iter().skip_while(|word| !word.text.contains("curl")).skip(1);
    let mut only_urls = false;
    while let Some(word) = words.next() {
        if only_urls || !word.text.starts_with('-') || word.text == "-" {
            command.add_url(word);
            continue;
        }
        if word.text == "--" {
            only_urls = true;
            continue;
        }
        let (option, inline) = spelled(&word);
        // Several short ones may stand together: `-sku user:pw`.
        let (flags, option) = option;
        command.insecure |= flags.contains('k');
        if flags.contains('x') {
            remarks
                .push(Remark { line: Some(word.line), text: "the command goes through a proxy, which a connection does not".to_owned() });
        }
        if !takes_value(&option) {
            command.insecure |= matches!(option.as_str(), "-k" | "--insecure");
            continue;
        }
        let Some(value) = inline.or_else(|| words.next()) else { break };
        command.option(&option, value, remarks);
    }
    command
}

/// The flags before the last option of a word, that option, and the value that stands in the same word.
fn spelled(word: &Word) -> ((String, String), Option<Word>) {
    let text = &word.text;
    if text.starts_with("--") {
        return ((String::new(), text.clone()), None);
    }
    let mut flags = String::new();
    for (at, letter) in text.char_indices().skip(1) {
        let option = format!("-{letter}");
        if takes_value(&option) {
            let rest = &text[at + letter.len_utf8()..];
            let value = (!rest.is_empty()).then(|| Word { text: rest.to_owned(), ..word.clone() });
            return ((flags, option), value);
        }
        flags.push(letter);
    }
    ((flags, String::new()), None)
}

fn takes_value(option: &str) -> bool {
    WITH_VALUE.contains(&option)
        || matches!(
            option,
            "-u" | "--user"
                | "-H"
                | "--header"
                | "-d"
                | "--data"
                | "--data-raw"
                | "--data-binary"
                | "--data-ascii"
                | "--data-urlencode"
                | "--json"
                | "--url"
                | "-m"
                | "--max-time"
                | "-x"
                | "--proxy"
                | "--oauth2-bearer"
                | "--cacert"
                | "--capath"
                | "-E"
                | "--cert"
                | "--key"
                | "--cert-type"
                | "--key-type"
                | "--pass"
                | "--pinnedpubkey"
                | "--unix-socket"
                | "--interface"
                | "--proxy-user"
                | "-U"
        )
}

impl Command {
    fn add_url(&mut self, word: Word) {
        self.urls += 1;
        self.url.get_or_insert(word);
    }

    fn option(&mut self, option: &str, value: Word, remarks: &mut Vec<Remark>) {
        let mut say = |text: &str| remarks.push(Remark { line: Some(value.line), text: text.to_owned() });
        match option {
            "--url" => self.add_url(value),
            "-u" | "--user" => self.user = Some(value),
            "--oauth2-bearer" => self.authorization = Some(("bearer".to_owned(), value)),
            "-H" | "--header" => {
                let Some((name, text)) = value.text.split_once(':') else { return };
                if name.trim().eq_ignore_ascii_case("authorization") {
                    let (scheme, credential) = text.trim().split_once(' ').unwrap_or(("", text.trim()));
                    let credential = Word { text: credential.trim().to_owned(), ..value.clone() };
                    self.authorization = Some((scheme.to_ascii_lowercase(), credential));
                }
            }
            "-d" | "--data" | "--data-raw" | "--data-binary" | "--data-ascii" | "--data-urlencode" => {
                // A query's database may stand among the data; a line of measurements is none of these.
                let encoded = option != "--data-urlencode";
                self.parameters.extend(parameters(&value.text, encoded));
            }
            "-m" | "--max-time" => self.time_limit = length::millis(&format!("{}s", value.text.trim())),
            "-x" | "--proxy" => say("the command goes through a proxy, which a connection does not"),
            "--cacert" | "--capath" | "-E" | "--cert" | "--key" => {
                say("a certificate or key is a file on another machine: give what is in it to the connection");
            }
            "--unix-socket" => say("the command speaks to a socket; only the URL is taken"),
            _ => {}
        }
    }
}

fn parameters(data: &str, encoded: bool) -> Vec<(String, String)> {
    let known = |key: &str| matches!(key, "db" | "rp" | "u" | "p" | "org" | "orgID" | "bucket");
    let pairs: Vec<(String, String)> = match encoded {
        true => url::form_urlencoded::parse(data.as_bytes()).into_owned().collect(),
        false => data.split_once('=').map(|(key, value)| (key.to_owned(), value.to_owned())).into_iter().collect(),
    };
    pairs.into_iter().filter(|(key, _)| known(key)).collect()
}

/// A missing variable is told by name when it stands for the whole value; what else is in there may be a secret.
fn missing(word: &Word, what: &str) -> Option<Remark> {
    let name = word.missing.as_ref()?;
    Some(Remark { line: Some(word.line), text: format!("the {what} {}: it is left out", shell::unknown_variable(name)) })
}

fn login(user: Word, draft: &mut Draft, remarks: &mut Vec<Remark>) {
    if let Some(remark) = missing(&user, "login") {
        remarks.push(remark);
        return;
    }
    let (username, password) = match user.text.split_once(':') {
        Some((username, password)) => (username, Some(password)),
        None => (user.text.as_str(), None),
    };
    if password.is_none() {
        remarks.push(Remark { line: Some(user.line), text: "the login has no password: curl would ask for it".to_owned() });
    }
    draft.username = Some(username.to_owned()).filter(|text| !text.is_empty());
    draft.password = password.filter(|text| !text.is_empty()).map(SecretString::from);
}

fn authorization(scheme: &str, credential: Word, draft: &mut Draft, remarks: &mut Vec<Remark>) {
    if let Some(remark) = missing(&credential, "Authorization header") {
        remarks.push(remark);
        // The scheme alone still tells the product.
        if draft.api.is_none() && scheme == "token" {
            draft.api = Some(Api::V2);
        }
        return;
    }
    let mut say = |text: &str| remarks.push(Remark { line: Some(credential.line), text: text.to_owned() });
    match scheme {
        "basic" => {
            let decoded = base64::engine::general_purpose::STANDARD.decode(credential.text.as_bytes()).ok();
            let Some(text) = decoded.and_then(|bytes| String::from_utf8(bytes).ok()) else {
                say("the Basic login cannot be read: it is left out");
                return;
            };
            login(Word { text, missing: None, ..credential }, draft, remarks);
        }
        "bearer" if credential.text.starts_with("eyJ") && matches!(draft.api, Some(Api::V1) | None) => {
            say("the bearer token was signed with a shared secret and ends soon: give the connection the shared secret itself");
        }
        "bearer" => {
            if matches!(draft.api, Some(Api::V1) | None) {
                draft.api = Some(Api::V3);
            }
            draft.token = Some(SecretString::from(credential.text));
        }
        "token" => draft.token = Some(SecretString::from(credential.text)),
        _ => say("the Authorization header is of no kind that InfluxDB knows: it is left out"),
    }
}
