//! `.org`: one organization in a file.

use model::Name;

use super::text::Object;
use crate::{Broken, FoundOrganization, Remark, Variables};

/// The organization in a `.org` file, its templates filled, and what is to be said about it. `id` is any text; other files name the
/// organization by it.
///
/// # Errors
/// As with `.src` files; and when there is no id.
pub fn organization(text: &str, variables: &Variables) -> Result<(FoundOrganization, Vec<Remark>), Broken> {
    let mut object = Object::read(text, Some(variables))?;
    let alias = object.name_at("id")?.filter(|id| !id.trim().is_empty());
    let alias = alias.ok_or_else(|| object.broken("id", "an id is needed: other files name the organization by it"))?;
    let alias = Name::new(&alias).map_err(|error| object.broken("id", format!("cannot be an id: {error}")))?;
    let name = match object.text_at("name")?.filter(|name| !name.text.trim().is_empty()) {
        Some(name) => Name::new(&name.text).map_err(|error| object.broken("name", error.to_string()))?,
        None => {
            object.remark("name", "no name is given; the id is taken for it");
            alias.clone()
        }
    };
    object.ignore("defaultRole", "roles are not taken from files")?;
    object.ignore("links", "belongs to Chronograf's API")?;
    Ok((FoundOrganization { alias: alias.to_string(), name: name.to_string() }, object.finish()?))
}
