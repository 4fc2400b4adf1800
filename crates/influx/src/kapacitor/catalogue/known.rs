//! The form of the catalogue: what is known of a handler, and the words that its tables are written in.

use model::{FieldKind, Proof};

/// A handler as the catalogue knows it. Facts are those of Kapacitor 1.5.3 to 1.8.3; an empty text stands for none.
pub(crate) struct Known {
    /// The section of Kapacitor's configuration.
    pub(crate) section: &'static str,
    /// Its name for people.
    pub(crate) label: &'static str,
    /// What a person should know before choosing it.
    pub(crate) remark: &'static str,
    /// The first version that has it, where that is later than 1.5.3.
    pub(crate) since: &'static str,
    /// The option that names an element, in a section that is a list.
    pub(crate) key: &'static str,
    /// Its options, in the order of a form.
    pub(crate) options: &'static [KnownOption],
    /// What Kapacitor's own test of it does.
    pub(crate) test: KnownTest,
}

impl Known {
    pub(crate) fn option(&self, name: &str) -> Option<&'static KnownOption> {
        self.options.iter().find(|option| option.name == name)
    }
}

/// An option of a handler. Made by the functions below, one for each kind.
#[derive(Clone, Copy)]
pub(crate) struct KnownOption {
    pub(crate) name: &'static str,
    pub(crate) label: &'static str,
    pub(crate) help: &'static str,
    pub(crate) kind: FieldKind,
    pub(crate) is_secret: bool,
    pub(crate) is_required: bool,
    pub(crate) is_rare: bool,
    pub(crate) choices: &'static [&'static str],
    pub(crate) since: &'static str,
    pub(crate) rule: Rule,
}

/// What Kapacitor demands of a value beyond its kind.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rule {
    /// Nothing.
    Any,
    /// A mail address, or several: Kapacitor looks for an `@`.
    Mail,
    /// More than 0.
    Positive,
    /// Not below 0.
    NotNegative,
    /// A path that begins at the root.
    AbsolutePath,
}

/// What Kapacitor's own test of a handler does.
pub(crate) struct KnownTest {
    /// What a success proves.
    pub(crate) proves: Proof,
    /// The same in a sentence.
    pub(crate) says: &'static str,
    /// What the body has to carry so that this element is tested, by option of the test. Never whom a message goes to: Kapacitor 1.5.3 to
    /// 1.8.3 reads such a list into the configuration of the running service.
    pub(crate) carries: &'static [(&'static str, Carried)],
    /// Options of the test, as Kapacitor offers them, that hold running values: (option of the test, option of the configuration).
    pub(crate) tells: &'static [(&'static str, &'static str)],
}

/// What stands in the body of a test.
#[derive(Clone, Copy)]
pub(crate) enum Carried {
    /// The element's name.
    Name,
    /// The stored value of an option.
    Stored(&'static str),
    /// Always this.
    Always(&'static str),
}

/// A test of which nothing has to be said.
pub(super) const fn test(proves: Proof, says: &'static str) -> KnownTest {
    KnownTest { proves, says, carries: &[], tells: &[] }
}

impl KnownTest {
    pub(super) const fn carries(mut self, carries: &'static [(&'static str, Carried)]) -> Self {
        self.carries = carries;
        self
    }

    pub(super) const fn tells(mut self, tells: &'static [(&'static str, &'static str)]) -> Self {
        self.tells = tells;
        self
    }
}

pub(super) const fn switch(name: &'static str, label: &'static str, help: &'static str) -> KnownOption {
    option(FieldKind::Switch, name, label, help)
}

pub(super) const fn text(name: &'static str, label: &'static str, help: &'static str) -> KnownOption {
    option(FieldKind::Text, name, label, help)
}

pub(super) const fn url(name: &'static str, label: &'static str, help: &'static str) -> KnownOption {
    option(FieldKind::Url, name, label, help)
}

pub(super) const fn path(name: &'static str, label: &'static str, help: &'static str) -> KnownOption {
    option(FieldKind::Path, name, label, help)
}

pub(super) const fn integer(name: &'static str, label: &'static str, help: &'static str) -> KnownOption {
    option(FieldKind::Integer, name, label, help)
}

pub(super) const fn duration(name: &'static str, label: &'static str, help: &'static str) -> KnownOption {
    option(FieldKind::Duration, name, label, help)
}

pub(super) const fn list(name: &'static str, label: &'static str, help: &'static str) -> KnownOption {
    option(FieldKind::List, name, label, help)
}

pub(super) const fn map(name: &'static str, label: &'static str, help: &'static str) -> KnownOption {
    option(FieldKind::Map, name, label, help)
}

pub(super) const fn lists(name: &'static str, label: &'static str, help: &'static str) -> KnownOption {
    option(FieldKind::Lists, name, label, help)
}

pub(super) const fn login(name: &'static str, label: &'static str, help: &'static str) -> KnownOption {
    option(FieldKind::Login, name, label, help).secret()
}

pub(super) const fn json(name: &'static str, label: &'static str, help: &'static str) -> KnownOption {
    option(FieldKind::Json, name, label, help)
}

const fn option(kind: FieldKind, name: &'static str, label: &'static str, help: &'static str) -> KnownOption {
    KnownOption { name, label, help, kind, is_secret: false, is_required: false, is_rare: false, choices: &[], since: "", rule: Rule::Any }
}

impl KnownOption {
    pub(super) const fn secret(mut self) -> Self {
        self.is_secret = true;
        self
    }

    pub(super) const fn required(mut self) -> Self {
        self.is_required = true;
        self
    }

    pub(super) const fn rare(mut self) -> Self {
        self.is_rare = true;
        self
    }

    pub(super) const fn one_of(mut self, choices: &'static [&'static str]) -> Self {
        self.choices = choices;
        self
    }

    pub(super) const fn since(mut self, version: &'static str) -> Self {
        self.since = version;
        self
    }

    pub(super) const fn rule(mut self, rule: Rule) -> Self {
        self.rule = rule;
        self
    }
}

// Options that many handlers have.
pub(super) const ENABLED: KnownOption = switch("enabled", "Enabled", "");
pub(super) const DEFAULT: KnownOption = switch("default", "Default", "tasks that name none use this one");
pub(super) const GLOBAL: KnownOption = switch("global", "Every alert", "alerts come here also when their task does not say so").rare();
pub(super) const STATE_CHANGES_ONLY: KnownOption =
    switch("state-changes-only", "Changes of state only", "with `Every alert`: only alerts whose level changes").rare();
pub(super) const SKIP_VERIFY: KnownOption =
    switch("insecure-skip-verify", "Skip the certificate check", "whoever answers is believed").rare();
pub(super) const SSL_CA: KnownOption =
    path("ssl-ca", "Certificate authority", "a PEM file on Kapacitor's machine: `/etc/ssl/ca.pem`").rare();
pub(super) const SSL_CERT: KnownOption = path("ssl-cert", "Client certificate", "a PEM file on Kapacitor's machine").rare();
pub(super) const SSL_KEY: KnownOption = path("ssl-key", "Key of the client certificate", "a PEM file on Kapacitor's machine").rare();
