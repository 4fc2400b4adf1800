//! Lines of an environment: `INFLUX_HOST=…` with or without `export`, quotes and comments; from a shell, an env file, a unit, a Dockerfile
//! or a compose file.
//!
//! | names | whose | becomes |
//! |---|---|---|
//! | `INFLUX_HOST`, `INFLUX_TOKEN`, `INFLUX_ORG`, `INFLUX_BUCKET` … | the `influx` command and client libraries | v2; v3 with `INFLUX_DATABASE`; v1 with a user and no token |
//! | `INFLUXDB_V2_URL` … | the Python client | v2 |
//! | `INFLUXDB3_HOST_URL`, `INFLUXDB3_AUTH_TOKEN`, `INFLUXDB3_DATABASE_NAME` | the `influxdb3` command | v3 |
//! | `INFLUXDB_URL`, `INFLUXDB_USERNAME`, `INFLUXDB_ORG`, `INFLUXDB_TOKEN` … | Chronograf | as Chronograf has it |
//! | `KAPACITOR_URL` … | Chronograf | a Kapacitor |
//! | `DOCKER_INFLUXDB_INIT_ORG` …, `INFLUXDB_DB`, `INFLUXDB_ADMIN_USER` … | the container images | v2, v1 |

use secrecy::SecretString;

use crate::{
    Broken, Found, Given, Remark, Variables,
    draft::Draft,
    length,
    location::{self, Api, Nowhere},
    shell::{self, Word, plain_name},
};

/// The beginnings of names that say something about a connection.
const FAMILIES: [&str; 4] = ["INFLUX", "DOCKER_INFLUXDB_INIT_", "KAPACITOR_", "CHRONOGRAF_INFLUX"];

/// Commands that may follow assignments on the same line.
const COMMANDS: [&str; 8] = ["influx", "influxdb3", "influxd", "telegraf", "chronograf", "docker", "curl", "sudo"];

/// One name and its value.
struct Line {
    number: usize,
    name: String,
    value: String,
    /// The variable that the whole value refers to, when nobody knows it.
    missing: Option<String>,
    used: bool,
}

/// Reads the lines: one connection for each family of names that says where its server is.
///
/// # Errors
/// When no line says anything about a connection, or a URL is none.
pub fn read(text: &str, given: &Given) -> Result<Found, Broken> {
    let mut lines = Lines(assignments(text, &given.variables));
    if lines.0.is_empty() {
        let reason = "holds no line that names an InfluxDB or Kapacitor: `INFLUX_HOST=…`, `INFLUXDB_URL=…`, `KAPACITOR_URL=…`";
        return Err(Broken { line: None, field: None, reason: reason.to_owned() });
    }
    let mut found = Found::default();
    let mut drafts = Vec::new();
    for family in [v3_command, client, python, chronograf, container_v1, container_v2, kapacitor] {
        match family(&mut lines, &mut found.remarks) {
            Ok(draft) => drafts.extend(draft),
            Err(broken) => found.broken.push(broken),
        }
    }
    for draft in drafts {
        draft.add_to(&mut found, given);
    }
    let mut unused: Vec<String> = lines.0.iter().filter(|line| !line.used).map(|line| format!("`{}`", line.name)).collect();
    unused.sort();
    unused.dedup();
    if !unused.is_empty() {
        found.remarks.push(Remark { line: None, text: format!("ignored: {}", unused.join(", ")) });
    }
    if found.connections.is_empty() && found.kapacitors.is_empty() {
        let nowhere = || Broken { line: None, field: None, reason: "no line says where a server is or what is written to".to_owned() };
        return Err(found.broken.into_iter().next().unwrap_or_else(nowhere));
    }
    Ok(found)
}

/// Every name that the lines give a value, whatever it is for: what an env file says.
pub fn variables(text: &str) -> Variables {
    all_assignments(text, &Variables::new()).0
}

/// Whether a line names something of a connection.
pub(crate) fn is_lines(text: &str) -> bool {
    !assignments(text, &Variables::new()).is_empty()
}

// ---- the families

fn v3_command(lines: &mut Lines, remarks: &mut Vec<Remark>) -> Result<Option<Draft>, Broken> {
    lines.family(
        Api::V3,
        "http://localhost:8181",
        &Names {
            url: &["INFLUXDB3_HOST_URL"],
            token: &["INFLUXDB3_AUTH_TOKEN"],
            database: &["INFLUXDB3_DATABASE_NAME"],
            skip_verify: &["INFLUXDB3_TLS_NO_VERIFY"],
            path: &["INFLUXDB3_TLS_CA"],
            ..Names::default()
        },
        remarks,
    )
}

fn client(lines: &mut Lines, remarks: &mut Vec<Remark>) -> Result<Option<Draft>, Broken> {
    let names = Names {
        url: &["INFLUX_HOST", "INFLUX_URL"],
        port: &["INFLUX_PORT"],
        token: &["INFLUX_TOKEN"],
        organization: &["INFLUX_ORG", "INFLUX_ORG_NAME", "INFLUX_ORG_ID", "INFLUX_ORGANIZATION"],
        bucket: &["INFLUX_BUCKET", "INFLUX_BUCKET_NAME", "INFLUX_BUCKET_ID"],
        database: &["INFLUX_DATABASE", "INFLUX_DB"],
        username: &["INFLUX_USERNAME", "INFLUX_USER"],
        password: &["INFLUX_PASSWORD"],
        skip_verify: &["INFLUX_SKIP_VERIFY"],
        ..Names::default()
    };
    let api = if lines.has(names.organization) || lines.has(names.bucket) {
        Api::V2
    } else if lines.has(names.token) {
        if lines.has(names.database) { Api::V3 } else { Api::V2 }
    } else {
        Api::V1
    };
    let default = if api == Api::V3 { "http://localhost:8181" } else { "http://localhost:8086" };
    lines.family(api, default, &names, remarks)
}

fn python(lines: &mut Lines, remarks: &mut Vec<Remark>) -> Result<Option<Draft>, Broken> {
    let verify = lines.take(&["INFLUXDB_V2_VERIFY_SSL"]).map(|(value, _)| truth(&value));
    let timeout = lines.take(&["INFLUXDB_V2_TIMEOUT"]).and_then(|(value, _)| value.trim().parse().ok());
    let names = Names {
        url: &["INFLUXDB_V2_URL"],
        token: &["INFLUXDB_V2_TOKEN"],
        organization: &["INFLUXDB_V2_ORG"],
        bucket: &["INFLUXDB_V2_BUCKET"],
        path: &["INFLUXDB_V2_SSL_CA_CERT", "INFLUXDB_V2_CERT_FILE", "INFLUXDB_V2_CERT_KEY_FILE"],
        ..Names::default()
    };
    let mut draft = lines.family(Api::V2, "http://localhost:8086", &names, remarks)?;
    if let Some(draft) = &mut draft {
        draft.insecure_skip_verify |= verify == Some(false);
        draft.timeout_ms = timeout.and_then(|millis| length::time_limit(millis).0);
    }
    Ok(draft)
}

/// Chronograf: v2 only when both organization and token are set, else v1 (`chronograf --help`).
fn chronograf(lines: &mut Lines, remarks: &mut Vec<Remark>) -> Result<Option<Draft>, Broken> {
    let names = Names {
        url: &["INFLUXDB_URL"],
        token: &["INFLUXDB_TOKEN"],
        organization: &["INFLUXDB_ORG", "INFLUXDB_ORGANIZATION"],
        bucket: &["INFLUXDB_BUCKET"],
        database: &["INFLUXDB_DATABASE", "INFLUXDB_DEFAULT_DB"],
        username: &["INFLUXDB_USERNAME"],
        password: &["INFLUXDB_PASSWORD"],
        ..Names::default()
    };
    let kind = lines.take(&["INFLUXDB_TYPE"]).map(|(value, _)| value.trim().to_ascii_lowercase()).unwrap_or_default();
    let api = if kind.starts_with("influx-v3") {
        Api::V3
    } else if lines.has(names.token) && (lines.has(names.organization) || lines.has(names.bucket)) {
        Api::V2
    } else if lines.has(names.token) && lines.has(names.database) {
        Api::V3
    } else if lines.has(names.token) {
        Api::V2
    } else {
        Api::V1
    };
    // `INFLUXDB_DB` belongs to the container image too, which has no URL.
    let database = if lines.has(names.url) { lines.take(&["INFLUXDB_DB"]) } else { None };
    let mut draft = lines.family(api, "http://localhost:8086", &names, remarks)?;
    if let (Some(draft), Some((database, _))) = (&mut draft, database) {
        draft.database.get_or_insert(database);
    }
    Ok(draft)
}

fn container_v1(lines: &mut Lines, remarks: &mut Vec<Remark>) -> Result<Option<Draft>, Broken> {
    // Who may write comes before who may do everything.
    let names = Names {
        url: &["INFLUXDB_HOST"],
        port: &["INFLUXDB_PORT"],
        database: &["INFLUXDB_DB"],
        username: &["INFLUXDB_WRITE_USER", "INFLUXDB_USER", "INFLUXDB_ADMIN_USER"],
        password: &[],
        ..Names::default()
    };
    let password = lines.password_of(&[
        ("INFLUXDB_WRITE_USER", "INFLUXDB_WRITE_USER_PASSWORD"),
        ("INFLUXDB_USER", "INFLUXDB_USER_PASSWORD"),
        ("INFLUXDB_USER", "INFLUXDB_PASSWORD"),
        ("INFLUXDB_ADMIN_USER", "INFLUXDB_ADMIN_PASSWORD"),
    ]);
    let mut draft = lines.family(Api::V1, "http://localhost:8086", &names, remarks)?;
    for passed_over in [
        "INFLUXDB_USER",
        "INFLUXDB_ADMIN_USER",
        "INFLUXDB_ADMIN_PASSWORD",
        "INFLUXDB_USER_PASSWORD",
        "INFLUXDB_READ_USER",
        "INFLUXDB_READ_USER_PASSWORD",
        "INFLUXDB_HTTP_AUTH_ENABLED",
    ] {
        lines.take(&[passed_over]);
    }
    if let Some(draft) = &mut draft {
        draft.password = password;
    }
    Ok(draft)
}

fn container_v2(lines: &mut Lines, remarks: &mut Vec<Remark>) -> Result<Option<Draft>, Broken> {
    let names = Names {
        token: &["DOCKER_INFLUXDB_INIT_ADMIN_TOKEN"],
        organization: &["DOCKER_INFLUXDB_INIT_ORG"],
        bucket: &["DOCKER_INFLUXDB_INIT_BUCKET"],
        ..Names::default()
    };
    let draft = lines.family(Api::V2, "http://localhost:8086", &names, remarks)?;
    for passed_over in ["MODE", "USERNAME", "PASSWORD", "RETENTION", "USERNAME_FILE", "PASSWORD_FILE", "ADMIN_TOKEN_FILE"] {
        let taken = lines.take(&[&format!("DOCKER_INFLUXDB_INIT_{passed_over}")]);
        if let (Some((_, line)), true) = (taken, passed_over == "ADMIN_TOKEN_FILE") {
            remarks
                .push(Remark { line: Some(line), text: "the token is in a file of the container: give it to the connection".to_owned() });
        }
    }
    Ok(draft)
}

fn kapacitor(lines: &mut Lines, remarks: &mut Vec<Remark>) -> Result<Option<Draft>, Broken> {
    let names = Names {
        url: &["KAPACITOR_URL"],
        username: &["KAPACITOR_USERNAME"],
        password: &["KAPACITOR_PASSWORD"],
        skip_verify: &["KAPACITOR_UNSAFE_SSL"],
        ..Names::default()
    };
    lines.family(Api::Kapacitor, "http://localhost:9092", &names, remarks)
}

/// Under which names a family keeps what.
#[derive(Default)]
struct Names {
    url: &'static [&'static str],
    port: &'static [&'static str],
    token: &'static [&'static str],
    organization: &'static [&'static str],
    bucket: &'static [&'static str],
    database: &'static [&'static str],
    username: &'static [&'static str],
    password: &'static [&'static str],
    skip_verify: &'static [&'static str],
    path: &'static [&'static str],
}

struct Lines(Vec<Line>);

impl Lines {
    fn has(&self, names: &[&str]) -> bool {
        self.0.iter().any(|line| !line.used && names.contains(&line.name.as_str()))
    }

    /// The value of the first of these names that is there, and its line. The last line of a name counts, as in a shell.
    fn take(&mut self, names: &[&str]) -> Option<(String, usize)> {
        let name = names.iter().find(|name| self.has(&[name]))?;
        let mut taken = None;
        for line in self.0.iter_mut().filter(|line| line.name == **name) {
            line.used = true;
            taken = Some((line.value.clone(), line.number));
        }
        taken.filter(|(value, _)| !value.trim().is_empty())
    }

    /// As [`Lines::take`], with a remark when the value is a variable that nobody knows.
    fn value(&mut self, names: &[&str], remarks: &mut Vec<Remark>) -> Option<String> {
        let missing = self.0.iter().rev().find(|line| !line.used && names.contains(&line.name.as_str()) && line.missing.is_some());
        if let Some(Line { number, name, missing: Some(variable), .. }) = missing {
            let text = format!("`{name}` {}: it is left out", shell::unknown_variable(variable));
            remarks.push(Remark { line: Some(*number), text });
            self.take(names);
            return None;
        }
        self.take(names).map(|(value, _)| value)
    }

    fn password_of(&mut self, pairs: &[(&str, &str)]) -> Option<SecretString> {
        let (_, password) = pairs.iter().find(|(user, password)| self.has(&[user]) && self.has(&[password]))?;
        self.take(&[password]).map(|(value, _)| SecretString::from(value))
    }

    fn family(&mut self, api: Api, default: &str, names: &Names, remarks: &mut Vec<Remark>) -> Result<Option<Draft>, Broken> {
        let all = [names.url, names.token, names.organization, names.bucket, names.database, names.username];
        if !all.iter().any(|names| self.has(names)) {
            return Ok(None);
        }
        let first =
            self.0.iter().find(|line| !line.used && all.iter().any(|names| names.contains(&line.name.as_str()))).map(|line| line.number);
        let port = self.take(names.port).map(|(value, _)| value);
        let at = self.0.iter().rev().find(|line| !line.used && names.url.contains(&line.name.as_str()));
        let (line, name, missing) = match at {
            Some(line) => (Some(line.number), Some(line.name.clone()), line.missing.clone()),
            None => (first, None, None),
        };
        let broken = |reason: String| Broken { line, field: name.clone(), reason };
        if let Some(variable) = missing {
            return Err(broken(shell::unknown_variable(&variable)));
        }
        let url = match self.take(names.url) {
            Some((url, _)) => url,
            None => {
                remarks.push(Remark { line, text: format!("no URL is named: {default} is assumed") });
                default.to_owned()
            }
        };
        let location = location::read(&url).or_else(|error| match error {
            // A host alone, as the `influx` command of InfluxDB 1 takes it.
            Nowhere::Unreadable(_) if !url.contains("://") => {
                let port = port.as_deref().unwrap_or(if api == Api::Kapacitor { "9092" } else { "8086" });
                location::read(&format!("{}:{port}", url.trim()))
            }
            error => Err(error),
        });
        let mut draft = Draft::of_location(location.map_err(|error| broken(error.reason().to_owned()))?, line, remarks);
        draft.api = Some(api);
        draft.token = self.value(names.token, remarks).map(SecretString::from);
        draft.organization = self.value(names.organization, remarks).or(draft.organization);
        draft.bucket = self.value(names.bucket, remarks).or(draft.bucket);
        draft.database = self.value(names.database, remarks).or(draft.database);
        draft.username = self.value(names.username, remarks).or(draft.username);
        draft.password = self.value(names.password, remarks).map(SecretString::from).or(draft.password);
        draft.insecure_skip_verify = self.take(names.skip_verify).is_some_and(|(value, _)| truth(&value));
        if let Some((_, line)) = self.take(names.path) {
            let text = "a certificate is a file on another machine: give what is in it to the connection";
            remarks.push(Remark { line: Some(line), text: text.to_owned() });
        }
        Ok(Some(draft))
    }
}

fn truth(text: &str) -> bool {
    matches!(text.trim().to_ascii_lowercase().as_str(), "1" | "true" | "yes" | "on" | "t" | "y")
}

// ---- names and values

/// Every assignment to a name of the families, in order.
fn assignments(text: &str, given: &Variables) -> Vec<Line> {
    all_assignments(text, given).1
}

/// All names with their values, what was given among them, and the assignments to names of the families in order.
fn all_assignments(text: &str, given: &Variables) -> (Variables, Vec<Line>) {
    let mut known = given.clone();
    let mut found = Vec::new();
    for (at, line) in text.lines().enumerate() {
        for (name, word) in line_assignments(line, &known) {
            // Only a value that is nothing but a reference is left out; a `$` inside a value may well be part of it.
            let whole = word.missing.filter(|variable| word.text == format!("${variable}") || word.text == format!("${{{variable}}}"));
            if whole.is_none() {
                known.insert(name.clone(), word.text.clone());
            }
            if FAMILIES.iter().any(|family| name.starts_with(family)) {
                found.push(Line { number: at + 1, name, value: word.text, missing: whole, used: false });
            }
        }
    }
    (known, found)
}

fn line_assignments(line: &str, known: &Variables) -> Vec<(String, Word)> {
    let line = line.trim().trim_end_matches('\\').trim();
    if line.starts_with('#') || line.starts_with("//") {
        return Vec::new();
    }
    let line = line.strip_prefix("- ").unwrap_or(line).trim();
    let line = line.strip_prefix("$ ").or_else(|| line.strip_prefix("> ")).unwrap_or(line);
    let powershell = line.get(..5).filter(|start| start.eq_ignore_ascii_case("$env:")).map(|_| &line[5..]);
    let line = powershell.unwrap_or(line);
    let name = plain_name(line);
    let after = line[name.len()..].trim_start();

    // `NAME = value` of PowerShell and ini files, `NAME: value` of YAML: one value to the end of the line.
    let spaced = after.strip_prefix('=').filter(|rest| !name.is_empty() && (line[name.len()..].starts_with(' ') || rest.starts_with(' ')));
    let yaml = after.strip_prefix(':').filter(|rest| !name.is_empty() && (rest.is_empty() || rest.starts_with(' ')));
    if let Some(value) = spaced.or(yaml) {
        return vec![(name.to_owned(), whole_value(value, known))];
    }
    let words = shell::first_command(line, known).words;
    let assignment = |word: &Word| {
        let text = word.text.strip_prefix("Environment=").unwrap_or(&word.text);
        let name = plain_name(text);
        let value = text[name.len()..].strip_prefix('=').filter(|_| !name.is_empty())?;
        Some((name.to_owned(), Word { text: value.to_owned(), ..word.clone() }))
    };
    let named: Vec<(String, Word)> = words.iter().filter_map(assignment).collect();
    // `set -gx NAME value` of fish, `ENV NAME value` of a Dockerfile.
    let after_keyword =
        words.iter().skip_while(|word| word.text.starts_with('-') || matches!(word.text.as_str(), "set" | "ENV" | "setx" | "setenv"));
    if let ([], [_, _, ..], [name, value]) = (named.as_slice(), words.as_slice(), after_keyword.take(2).collect::<Vec<_>>().as_slice()) {
        return match plain_name(&name.text) == name.text && words[0].text != name.text {
            true => vec![(name.text.clone(), (*value).clone())],
            false => Vec::new(),
        };
    }
    // `NAME=some words` of an env file, where nothing needs quotes.
    if let ([(name, word)], [first, second, ..]) = (named.as_slice(), words.as_slice()) {
        let is_file = first.text.starts_with(&format!("{name}=")) && !first.quoted && !COMMANDS.contains(&second.text.as_str());
        if is_file {
            return vec![(
                name.clone(),
                Word { text: line[name.len() + 1..].split(" #").next().unwrap_or_default().trim().to_owned(), ..word.clone() },
            )];
        }
    }
    named
}

/// A value that reaches to the end of its line, with or without quotes.
fn whole_value(text: &str, known: &Variables) -> Word {
    let text = text.trim();
    if text.starts_with(['"', '\'']) {
        return shell::first_command(text, known).words.into_iter().next().unwrap_or_default();
    }
    let text = text.split(" #").next().unwrap_or_default().trim();
    let mut words = shell::first_command(text, known).words;
    match words.len() {
        1 => words.swap_remove(0),
        _ => Word { text: text.to_owned(), ..Word::default() },
    }
}
