//! What becomes of a kept secret when its noun is saved or tried: absent keeps, `null` clears, a new destination forgets.
//!
//! The last rule is what keeps a person who may edit a connection, but never read its password, from having it sent to a server of
//! their own.

use std::collections::BTreeMap;

use model::{
    Noun, SecretChange, SecretField, SecretState, Stored,
    secret::{ExposeSecret, SecretChanges, Secrets},
};

use super::{Invalid, Refusal, certificate, missing};

/// The longest secret, in bytes.
const MAX_SECRET_BYTES: usize = 8 * 1024;

/// Refuses a secret that the noun does not use, and one that cannot be right.
pub(super) fn validate(changes: &SecretChanges, used: &[SecretField], what: &str) -> Result<(), Invalid> {
    for (field, change) in changes {
        let path = format!("secrets.{}", field.as_str());
        if !used.contains(field) {
            let advice = match used.iter().map(|used| format!("`secrets.{}`", used.as_str())).collect::<Vec<_>>() {
                known if known.is_empty() => "leave it out".to_owned(),
                known => format!("it can have {}", known.join(", ")),
            };
            return Err(Invalid::new(path, format!("{what} has no {}", field.as_str()), advice));
        }
        if let SecretChange::Set(value) = change {
            let value = value.expose_secret();
            if value.is_empty() {
                return Err(Invalid::new(
                    path,
                    format!("the {} is empty", field.as_str()),
                    "give a value, leave it out to keep the one that is kept, or give null to forget it",
                ));
            }
            if value.len() > MAX_SECRET_BYTES {
                return Err(Invalid::new(
                    path,
                    format!("the {} is too long", field.as_str()),
                    format!("at most {MAX_SECRET_BYTES} bytes are kept"),
                ));
            }
            if *field == SecretField::ClientKey {
                certificate::is_private_key(&path, value)?;
            } else if value.chars().any(char::is_control) {
                return Err(Invalid::new(
                    path,
                    format!("the {} holds a control character", field.as_str()),
                    "give it again without the line break at its end",
                ));
            }
        }
    }
    Ok(())
}

/// The changes of an update: where the destination changed, every kept secret that does not come along again is forgotten.
pub(super) fn after_move(mut changes: SecretChanges, used: &[SecretField], before: &str, after: &str) -> SecretChanges {
    if before != after {
        for field in used {
            changes.entry(*field).or_insert(SecretChange::Clear);
        }
    }
    changes
}

/// Refuses to use secrets of a noun that somebody changed between `read` and `now`: they may be for the destination that it has now.
pub(super) fn are_of<N: Noun + PartialEq>(read: &Stored<N>, now: Option<Stored<N>>) -> Result<(), Refusal> {
    match now {
        Some(now) if now == *read => Ok(()),
        Some(now) => Err(Refusal::Changed { noun: N::NOUN, revision: now.revision }),
        None => Err(missing::<N>(&read.name)),
    }
}

/// Whether a value will be kept once these changes are made.
pub(super) fn will_be_set(field: SecretField, changes: &SecretChanges, kept: &BTreeMap<SecretField, SecretState>) -> bool {
    match changes.get(&field) {
        Some(change) => matches!(change, SecretChange::Set(_)),
        None => kept.get(&field).is_some_and(|state| state.set),
    }
}

/// The secrets of a draft: what it brings along, else the kept ones, which the caller gives only if they would go to the same destination.
pub(super) fn of_draft(changes: &SecretChanges, used: &[SecretField], mut kept: Secrets) -> Secrets {
    let of = |field: &SecretField| match changes.get(field) {
        Some(SecretChange::Set(value)) => Some((*field, value.clone())),
        Some(SecretChange::Clear) => None,
        None => kept.remove(field).map(|value| (*field, value)),
    };
    used.iter().filter_map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_destination_forgets_the_kept_secret_unless_one_is_given() {
        let used = &[SecretField::Token];
        assert!(after_move(SecretChanges::new(), used, "a", "a").is_empty());
        assert!(matches!(after_move(SecretChanges::new(), used, "a", "b").get(&SecretField::Token), Some(SecretChange::Clear)));
        let given = SecretChanges::from([(SecretField::Token, SecretChange::Set("t".into()))]);
        assert!(matches!(after_move(given, used, "a", "b").get(&SecretField::Token), Some(SecretChange::Set(_))));
        assert!(after_move(SecretChanges::new(), &[], "a", "b").is_empty());
    }

    #[test]
    fn a_secret_of_another_driver_is_refused_without_its_value() {
        let given = SecretChanges::from([(SecretField::Token, SecretChange::Set("hunter2".into()))]);
        let invalid = validate(&given, &[SecretField::Password], "a v1 connection").unwrap_err();
        assert_eq!(invalid.field, "secrets.token");
        assert!(!format!("{invalid:?}").contains("hunter2"));
    }
}
