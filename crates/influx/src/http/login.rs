//! Who asks: the login that travels in the `Authorization` header.

use base64::Engine as _;
use chrono::{DateTime, Utc};
use model::{Code, Failure, FailureKind};
use reqwest::header::HeaderValue;
use secrecy::{ExposeSecret, SecretString};

use super::bearer;

/// Who asks. Sent as the `Authorization` header with every request of a client.
#[derive(Clone, Debug, Default)]
pub enum Login {
    /// Nobody: no header.
    #[default]
    None,
    /// `Basic`, with a user name and a password.
    Basic(String, SecretString),
    /// InfluxDB 2's own scheme: `Token …`.
    Token(SecretString),
    /// `Bearer …`, with a capital letter: InfluxDB 3 takes no other.
    Bearer(SecretString),
    /// `Bearer …` with a token for this user that is signed, anew for every request, with the secret that the server shares.
    Shared(String, SecretString),
}

/// What a client shows of its login.
#[derive(Clone)]
pub(super) enum Authorization {
    /// The same header with every request, or none.
    Always(Option<HeaderValue>),
    /// A token of its own with each request.
    Signed(String, SecretString),
}

impl Authorization {
    pub(super) fn header(&self, now: DateTime<Utc>) -> Result<Option<HeaderValue>, Failure> {
        match self {
            Self::Always(value) => Ok(value.clone()),
            Self::Signed(user, secret) => Login::Bearer(bearer::token(user, secret, now).into()).header(),
        }
    }
}

impl Login {
    pub(super) fn authorization(&self) -> Result<Authorization, Failure> {
        Ok(match self {
            Self::Shared(user, secret) => Authorization::Signed(user.clone(), secret.clone()),
            fixed => Authorization::Always(fixed.header()?),
        })
    }

    fn header(&self) -> Result<Option<HeaderValue>, Failure> {
        let text = match self {
            // A token that is signed anew is no header of its own.
            Self::None | Self::Shared(..) => return Ok(None),
            // RFC 7617 has no way to write these, whatever the encoding would take.
            Self::Basic(user, password) if [user.as_str(), password.expose_secret()].iter().any(|part| part.contains(char::is_control)) => {
                return Err(unsendable("the user name or password holds a line break or another control character"));
            }
            Self::Basic(user, password) => {
                let pair = SecretString::from(format!("{user}:{}", password.expose_secret()));
                format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(pair.expose_secret()))
            }
            // A token read from a file often ends in a line break, which is never part of it.
            Self::Token(token) => format!("Token {}", token.expose_secret().trim()),
            Self::Bearer(token) => format!("Bearer {}", token.expose_secret().trim()),
        };
        let mut value =
            HeaderValue::from_str(&text).map_err(|_| unsendable("the token holds a character that cannot be sent in a header"))?;
        value.set_sensitive(true);
        Ok(Some(value))
    }
}

fn unsendable(why: &str) -> Failure {
    Failure::new(FailureKind::InfluxAuthentication, why).coded(Code::LoginUnsendable)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_is_printed_holds_a_secret() {
        let login = Login::Basic("writer".to_owned(), SecretString::from("hunter2"));
        let header = login.header().unwrap().unwrap();
        assert!(header.is_sensitive());
        let printed = format!("{login:?} {header:?}");
        assert!(!printed.contains("hunter2") && !printed.contains("d3JpdGVyOmh1bnRlcjI"), "{printed}");
    }

    #[test]
    fn a_token_with_a_line_break_at_its_end_is_sent_without_it_and_one_inside_is_refused() {
        assert_eq!(Login::Token(SecretString::from("abc\n")).header().unwrap().unwrap(), "Token abc");
        for login in [Login::Bearer(SecretString::from("a\nb")), Login::Basic("ann".to_owned(), SecretString::from("a\nb"))] {
            let failure = login.header().unwrap_err();
            assert_eq!((failure.kind, failure.code()), (FailureKind::InfluxAuthentication, Code::LoginUnsendable));
            assert!(!failure.chain().contains("a\nb"));
        }
    }
}
