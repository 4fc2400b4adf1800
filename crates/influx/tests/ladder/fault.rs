//! A fault: what is wrong, and what a check must say about it.

use std::{fmt, pin::Pin, time::Duration};

use model::Code;

use crate::stage::Scene;

/// One thing that is wrong, or, for [`Expected::Passes`], nothing.
pub(crate) struct Fault {
    /// A sentence: the test's name.
    pub(crate) name: &'static str,
    /// What is checked.
    pub(crate) kind: Kind,
    /// What the check must say.
    pub(crate) expected: Expected,
    /// The longest that the check may take.
    pub(crate) within: Duration,
    /// Makes it so.
    pub(crate) stage: Box<dyn FnOnce() -> Staging + Send>,
}

/// A scene that is being set.
pub(crate) type Staging = Pin<Box<dyn Future<Output = Scene> + Send>>;

/// What is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    V1,
    V2,
    V3,
    File,
    Kapacitor,
}

/// What a check must say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Expected {
    /// This step fails, and those before it pass.
    Fails { step: &'static str, code: Code, field: &'static str },
    /// This step warns, and all others pass.
    Warns { step: &'static str, code: Code },
    /// Every step passes.
    Passes,
}

/// How long a check may take that nothing holds up. The machine may be busy with other tests.
const PROMPT: Duration = Duration::from_secs(4);

/// A fault of which the check says that `step` fails.
pub(crate) fn fails(name: &'static str, kind: Kind, step: &'static str, code: Code, field: &'static str) -> Unstaged {
    Unstaged { name, kind, expected: Expected::Fails { step, code, field }, within: PROMPT }
}

/// A fault of which the check warns at `step`.
pub(crate) fn warns(name: &'static str, kind: Kind, step: &'static str, code: Code) -> Unstaged {
    Unstaged { name, kind, expected: Expected::Warns { step, code }, within: PROMPT }
}

/// No fault.
pub(crate) fn passes(name: &'static str, kind: Kind) -> Unstaged {
    Unstaged { name, kind, expected: Expected::Passes, within: PROMPT }
}

/// A fault without its scene.
pub(crate) struct Unstaged {
    name: &'static str,
    kind: Kind,
    expected: Expected,
    within: Duration,
}

impl Unstaged {
    /// Allows the check so many milliseconds.
    #[must_use]
    pub(crate) fn within_ms(mut self, limit_ms: u64) -> Self {
        self.within = Duration::from_millis(limit_ms);
        self
    }

    /// How it is made so.
    pub(crate) fn when<F>(self, stage: impl FnOnce() -> F + Send + 'static) -> Fault
    where
        F: Future<Output = Scene> + Send + 'static,
    {
        let Self { name, kind, expected, within } = self;
        Fault { name, kind, expected, within, stage: Box::new(move || Box::pin(stage())) }
    }
}

impl Fault {
    /// The code that the check must give.
    pub(crate) const fn code(&self) -> Option<Code> {
        match self.expected {
            Expected::Fails { code, .. } | Expected::Warns { code, .. } => Some(code),
            Expected::Passes => None,
        }
    }

    /// What the table says of it before it is tried: name, kind, step, code, field, limit.
    pub(crate) fn expected_cells(&self) -> [String; 6] {
        let (step, code, field) = match self.expected {
            Expected::Fails { step, code, field } => (step.to_owned(), code.as_str(), field),
            Expected::Warns { step, code } => (format!("{step} (warning)"), code.as_str(), ""),
            Expected::Passes => ("none".to_owned(), "", ""),
        };
        let limit = format!("{} ms", self.within.as_millis());
        [self.name.replace('_', " "), self.kind.to_string(), step, code.to_owned(), field.to_owned(), limit]
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::V1 => "v1",
            Self::V2 => "v2",
            Self::V3 => "v3",
            Self::File => "file",
            Self::Kapacitor => "kapacitor",
        })
    }
}
