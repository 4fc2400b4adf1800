//! Organizations: the rules of creating one, and by what they are found.

use model::{Id, Name, Organization};

use super::{App, Invalid, Refusal, missing, text};

/// The longest alias, in characters.
const MAX_ALIAS_CHARS: usize = 190;

impl App {
    /// The organization with this id, name or alias; without one, `default`.
    ///
    /// # Errors
    /// [`Refusal::Missing`] when there is none.
    pub async fn organization(&self, reference: Option<&str>) -> Result<Organization, Refusal> {
        match reference {
            None => {
                let found = self.store.get_organization(Organization::DEFAULT).await?;
                found.ok_or_else(|| missing::<Organization>("default"))
            }
            Some(reference) => self.get_organization(reference).await,
        }
    }

    /// The organization with this id, name or alias, whichever fits first.
    ///
    /// # Errors
    /// [`Refusal::Missing`] when there is none.
    pub async fn get_organization(&self, reference: &str) -> Result<Organization, Refusal> {
        if let Ok(id) = reference.parse::<Id<Organization>>()
            && let Some(found) = self.store.get_organization(id).await?
        {
            return Ok(found);
        }
        if let Some(found) = self.store.find_organization(reference).await? {
            return Ok(found);
        }
        self.store.find_organization_by_alias(reference).await?.ok_or_else(|| missing::<Organization>(reference))
    }

    /// Every organization, by name.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn list_organizations(&self) -> Result<Vec<Organization>, Refusal> {
        Ok(self.store.list_organizations().await?)
    }

    /// A new organization, known to other systems by `alias`.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] and [`Refusal::NameTaken`].
    pub async fn create_organization(&self, name: &Name, alias: Option<&str>) -> Result<Organization, Refusal> {
        let alias = text::optional("alias", alias)?;
        if alias.as_ref().is_some_and(|alias| alias.chars().count() > MAX_ALIAS_CHARS) {
            return Err(Invalid::new("alias", "`alias` is too long", format!("at most {MAX_ALIAS_CHARS} characters are kept")).into());
        }
        Ok(self.store.create_organization(name, alias.as_deref()).await?)
    }
}
