//! Templates: `{{ .NAME }}` stands for the variable `NAME`, and nothing else may stand between double braces.
//!
//! Chronograf runs whole files through Go's `html/template`, which rewrites `& < > " ' +` within the values and breaks JSON on quotes and
//! backslashes. Here a template is filled after its file was parsed, text by text, so a value arrives byte by byte as it is, and what it
//! holds is never looked at again.

use crate::Variables;

/// Why a template cannot be filled. Holds no value of a variable and nothing of the text but the name of a variable.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// The variable is not set. One that is set and empty is.
    #[error("the variable `{name}` is not set: set it in the server's environment")]
    Missing {
        /// Its name.
        name: String,
    },
    /// Something else than a plain variable: a function, a pipe, a condition, a quoted text, a trim marker.
    #[error("only `{{{{ .NAME }}}}` is filled in; functions, pipes, conditions and quotes between `{{{{` and `}}}}` are not understood")]
    NotAVariable,
    /// Two opening braces without two closing ones.
    #[error("`{{{{` is not closed by `}}}}`: write `{{{{ .NAME }}}}`, or put the whole value into a variable")]
    Unclosed,
}

/// The text with every `{{ .NAME }}` replaced by the variable's value, once: what a value holds is not looked at again. Spaces around `.NAME`
/// are free, and none are needed.
///
/// # Errors
/// When a variable is not set, or something else stands between double braces.
pub fn fill(text: &str, variables: &Variables) -> Result<String, TemplateError> {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, from)) = rest.split_once("{{") {
        let (inner, after) = from.split_once("}}").ok_or(TemplateError::Unclosed)?;
        let name = variable(inner).ok_or(TemplateError::NotAVariable)?;
        let value = variables.get(name).ok_or_else(|| TemplateError::Missing { name: name.to_owned() })?;
        filled.push_str(before);
        filled.push_str(value);
        rest = after;
    }
    filled.push_str(rest);
    Ok(filled)
}

/// Whether anything in it would be filled, or refused.
pub fn is_template(text: &str) -> bool {
    text.contains("{{")
}

/// The name in ` .NAME `; letters, digits and underscores, no digit first, as Go has it.
fn variable(inner: &str) -> Option<&str> {
    let name = inner.trim_matches([' ', '\t', '\r', '\n']).strip_prefix('.')?;
    let mut chars = name.chars();
    let first = chars.next()?;
    let named = (first == '_' || first.is_alphabetic()) && chars.all(|c| c == '_' || c.is_alphanumeric());
    named.then_some(name)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn variables() -> Variables {
        [("A", "alpha"), ("B_2", "{{ .A }}"), ("EMPTY", ""), ("QUOTES", r#"a+b&c<d'e"f\g"#)]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into()
    }

    #[test]
    fn a_variable_is_filled_with_any_spaces_around_it() {
        for (text, filled) in [
            ("{{ .A }}", "alpha"),
            ("{{.A}}", "alpha"),
            ("{{\t.A   }}", "alpha"),
            ("http://{{ .A }}:{{.A}}/", "http://alpha:alpha/"),
            ("{{.EMPTY}}", ""),
            ("} {{.A}}} {", "} alpha} {"),
            ("{{ .QUOTES }}", r#"a+b&c<d'e"f\g"#),
        ] {
            assert_eq!(fill(text, &variables()).as_deref(), Ok(filled), "{text}");
        }
    }

    #[test]
    fn a_value_that_looks_like_a_template_stays_as_it_is() {
        assert_eq!(fill("{{ .B_2 }}", &variables()).as_deref(), Ok("{{ .A }}"));
    }

    #[test]
    fn anything_else_between_double_braces_is_refused() {
        for text in [
            "{{ A }}",
            "{{ .A.B }}",
            "{{ . }}",
            "{{ . A }}",
            "{{ .1A }}",
            "{{- .A -}}",
            "{{ .A | js }}",
            "{{ printf \"%q\" .A }}",
            "{{ index . \"A\" }}",
            "{{ if .A }}x{{ end }}",
            "{{/* .A */}}",
            "{{ $A }}",
            "{{ .A-B }}",
            "{{}}",
            "{{{ .A }}}",
            "{{ {{ .A }} }}",
        ] {
            assert_eq!(fill(text, &variables()), Err(TemplateError::NotAVariable), "{text}");
        }
        for text in ["{{ .A", "{{ .A }", "{{", "x {{ .A }} {{"] {
            assert_eq!(fill(text, &variables()), Err(TemplateError::Unclosed), "{text}");
        }
    }

    #[test]
    fn a_variable_that_is_not_set_is_named_and_one_that_is_empty_is_set() {
        let error = fill("{{ .EMPTY }}{{ .INFLUXDB_PASS }}", &variables()).unwrap_err();
        assert_eq!(error.to_string(), "the variable `INFLUXDB_PASS` is not set: set it in the server's environment");
    }

    #[test]
    fn the_messages_show_braces_as_people_write_them() {
        assert!(TemplateError::NotAVariable.to_string().starts_with("only `{{ .NAME }}` is filled in"));
        assert!(TemplateError::Unclosed.to_string().starts_with("`{{` is not closed by `}}`"));
    }

    proptest! {
        #[test]
        fn a_text_without_double_braces_stays_as_it_is(text in any::<String>()) {
            prop_assume!(!text.contains("{{"));
            prop_assert_eq!(fill(&text, &variables()), Ok(text));
        }

        #[test]
        fn a_value_arrives_byte_by_byte(before in "[^{]*", value in any::<String>(), after in "[^{}]*") {
            let variables = Variables::from([("V".to_owned(), value.clone())]);
            prop_assert_eq!(fill(&format!("{before}{{{{ .V }}}}{after}"), &variables), Ok(format!("{before}{value}{after}")));
        }

        #[test]
        fn no_text_makes_it_panic_and_no_error_holds_a_value(text in r#"([{}. |A-C"]|\PC)*"#) {
            let variables = Variables::from([("A".to_owned(), "SECRET-VALUE".to_owned())]);
            if let Err(error) = fill(&text, &variables) {
                prop_assert!(!error.to_string().contains("SECRET-VALUE"));
            }
        }
    }
}
