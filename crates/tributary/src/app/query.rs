//! Queries: the rules of saving one, and the values of its placeholders.

use std::collections::{BTreeMap, BTreeSet};

use model::{Engine, Id, Organization, Parameter, ParameterType, Query, Statement, Stored, Value};

use super::{App, Draft, Invalid, Refusal, missing, series::absent, text};

/// The longest query, in bytes.
const MAX_SQL_BYTES: usize = 256 * 1024;
/// Most placeholders of one query.
const MAX_PARAMETERS: usize = 100;
/// What a run binds by itself.
pub(super) const BOUND_BY_THE_RUN: [&str; 3] = ["window_start", "window_end", "slot"];

impl App {
    /// Every query, by name.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn list_queries(&self, organization: Id<Organization>) -> Result<Vec<Stored<Query>>, Refusal> {
        Ok(self.store.list_queries(organization).await?)
    }

    /// The query with this id or name.
    ///
    /// # Errors
    /// [`Refusal::Missing`] when there is none.
    pub async fn get_query(&self, organization: Id<Organization>, reference: &str) -> Result<Stored<Query>, Refusal> {
        let by_id = match reference.parse() {
            Ok(id) => self.store.get_query(organization, id).await?,
            Err(_) => None,
        };
        let found = match by_id {
            Some(found) => Some(found),
            None => self.store.find_query(organization, reference).await?,
        };
        found.ok_or_else(|| missing::<Query>(reference))
    }

    /// Saves a new query. The database is not contacted.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] and [`Refusal::NameTaken`].
    pub async fn create_query(&self, organization: Id<Organization>, draft: Draft<Query>) -> Result<Stored<Query>, Refusal> {
        let spec = self.validated_query(organization, draft.spec).await?;
        Ok(self.store.create_query(organization, &draft.name, &spec).await?)
    }

    /// Saves a changed query.
    ///
    /// # Errors
    /// [`Refusal::Invalid`], [`Refusal::NameTaken`], and [`Refusal::Changed`] when `before` is not how it stands now.
    pub async fn update_query(&self, before: &Stored<Query>, draft: Draft<Query>) -> Result<Stored<Query>, Refusal> {
        let spec = self.validated_query(before.organization_id, draft.spec).await?;
        Ok(self.store.update_query(before.organization_id, before.id, Some(before.revision), &draft.name, &spec).await?)
    }

    /// Deletes a query.
    ///
    /// # Errors
    /// [`Refusal::Missing`], and [`Refusal::InUse`] while a series reads it.
    pub async fn delete_query(&self, organization: Id<Organization>, reference: &str) -> Result<(), Refusal> {
        let stored = self.get_query(organization, reference).await?;
        match self.store.delete_query(organization, stored.id).await? {
            true => Ok(()),
            false => Err(missing::<Query>(reference)),
        }
    }

    async fn validated_query(&self, organization: Id<Organization>, query: Query) -> Result<Query, Refusal> {
        let Some(database) = self.store.get_database(organization, query.database_id).await? else {
            return Err(absent("database_id", "database"));
        };
        validated(query, &database.spec.engine)
    }
}

/// The query as it is stored: one reading statement, every placeholder known, every default a value of its type.
pub(super) fn validated(mut query: Query, engine: &Engine) -> Result<Query, Refusal> {
    if query.sql.trim().is_empty() {
        return Err(Invalid::new("sql", "`sql` is empty", "give one SELECT").into());
    }
    if query.sql.len() > MAX_SQL_BYTES {
        return Err(Invalid::new("sql", format!("`sql` has {} bytes", query.sql.len()), format!("at most {MAX_SQL_BYTES} are kept")).into());
    }
    query.category = text::optional("category", Some(&query.category))?.unwrap_or_default();
    validate_parameters(&query.parameters)?;
    sql::query::check(&query.sql, engine.into()).map_err(Refusal::of_statement)?;
    placeholders(&query, engine)?;
    Ok(query)
}

fn validate_parameters(parameters: &[Parameter]) -> Result<(), Invalid> {
    if parameters.len() > MAX_PARAMETERS {
        return Err(Invalid::new(
            "parameters",
            format!("{} parameters are too many", parameters.len()),
            format!("at most {MAX_PARAMETERS}"),
        ));
    }
    let mut seen = BTreeSet::new();
    for (at, parameter) in parameters.iter().enumerate() {
        let name = parameter.name.as_str();
        let path = format!("parameters[{at}].name");
        let mut letters = name.chars();
        let starts_well = letters.next().is_some_and(|first| first.is_ascii_alphabetic() || first == '_');
        if !starts_well || !letters.all(|letter| letter.is_ascii_alphanumeric() || letter == '_') {
            return Err(Invalid::new(
                path,
                format!("`{name}` cannot be a placeholder's name"),
                "letters, digits and `_`, no digit first, without the colon",
            ));
        }
        if BOUND_BY_THE_RUN.contains(&name) {
            return Err(Invalid::new(path, format!("`{name}` is bound by the run"), "leave it out, or choose another name"));
        }
        if !seen.insert(name) {
            return Err(Invalid::new(path, format!("`{name}` is there twice"), "give each placeholder once"));
        }
        if let Some(default) = &parameter.default {
            parameter.kind.parse(default).map_err(|error| {
                Invalid::new(format!("parameters[{at}].default"), error.to_string(), "give a default of the parameter's kind, or none")
            })?;
        }
    }
    Ok(())
}

/// The names that the query's text uses, of its own parameters and of what the run binds.
///
/// # Errors
/// At `parameters` when the text uses any other.
pub(super) fn placeholders(query: &Query, engine: &Engine) -> Result<BTreeSet<String>, Invalid> {
    let own = query.parameters.iter().map(|parameter| parameter.name.as_str());
    // Each name stands for itself, so that the values that get bound tell the names that are used.
    let values = own.chain(BOUND_BY_THE_RUN).map(|name| (name.to_owned(), Value::Text(name.to_owned()))).collect();
    let translated = sql::query::translate(&Statement { sql: query.sql.clone(), values }, engine.into()).map_err(|failure| {
        let advice =
            "give each placeholder of the query an entry with its name and kind; `:window_start`, `:window_end` and `:slot` need none";
        Invalid::new("parameters", failure.chain(), advice)
    })?;
    let name = |value| if let Value::Text(name) = value { Some(name) } else { None };
    Ok(translated.values.into_iter().filter_map(name).collect())
}

/// The values of a query's own placeholders: what is given, else the default. Refuses a name that the query does not have, a text that
/// is no value of its kind, and a placeholder without value. `field` is where they were given.
pub(super) fn values(query: &Query, given: &BTreeMap<String, String>, field: &str) -> Result<BTreeMap<String, Value>, Invalid> {
    for name in given.keys() {
        if !query.parameters.iter().any(|parameter| parameter.name == *name) {
            let known: Vec<&str> = query.parameters.iter().map(|parameter| parameter.name.as_str()).collect();
            let advice = match known.is_empty() {
                true => "leave it out: the query has no parameters".to_owned(),
                false => format!("the query has: {}", known.join(", ")),
            };
            return Err(Invalid::new(format!("{field}.{name}"), format!("the query has no parameter `{name}`"), advice));
        }
    }
    let mut values = BTreeMap::new();
    for Parameter { name, kind, default } in &query.parameters {
        let path = format!("{field}.{name}");
        let Some(text) = given.get(name).or(default.as_ref()) else {
            return Err(Invalid::new(
                path,
                format!("the parameter `{name}` has no value"),
                "give one, or give the query's parameter a default",
            ));
        };
        let value = kind.parse(text).map_err(|error| Invalid::new(path, error.to_string(), advice(*kind)))?;
        values.insert(name.clone(), value);
    }
    Ok(values)
}

fn advice(kind: ParameterType) -> &'static str {
    match kind {
        ParameterType::Text => "give a text",
        ParameterType::Integer => "give a whole number",
        ParameterType::Float => "give a number",
        ParameterType::Boolean => "give `true` or `false`",
        ParameterType::Instant => "give an instant such as 2026-11-21T14:05:00Z",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sqlite() -> Engine {
        Engine::Sqlite { path: "/shop.db".to_owned() }
    }

    fn field(refusal: Refusal) -> String {
        match refusal {
            Refusal::Invalid(invalid) => invalid.field,
            Refusal::Failed { field, .. } => field.unwrap_or_default().to_owned(),
            other => panic!("{other}"),
        }
    }

    fn query(sql: &str, parameters: &[(&str, ParameterType, Option<&str>)]) -> Query {
        Query {
            database_id: Id::from_uuid(Organization::DEFAULT.uuid()),
            sql: sql.to_owned(),
            category: String::new(),
            parameters: parameters
                .iter()
                .map(|(name, kind, default)| Parameter { name: (*name).to_owned(), kind: *kind, default: default.map(str::to_owned) })
                .collect(),
        }
    }

    #[test]
    fn a_placeholder_must_be_declared_unless_the_run_binds_it() {
        assert!(validated(query("SELECT 1 WHERE t >= :window_start AND t < :window_end AND s = :slot", &[]), &sqlite()).is_ok());
        let refusal = validated(query("SELECT 1 WHERE c = :country", &[]), &sqlite()).unwrap_err();
        assert!(refusal.to_string().contains(":country"), "{refusal}");
        assert_eq!(field(refusal), "parameters");
        assert!(validated(query("SELECT 1 WHERE c = :country", &[("country", ParameterType::Text, None)]), &sqlite()).is_ok());
    }

    #[test]
    fn a_query_that_writes_is_refused_at_its_text() {
        assert_eq!(field(validated(query("DELETE FROM orders", &[]), &sqlite()).unwrap_err()), "sql");
        assert_eq!(field(validated(query("  ", &[]), &sqlite()).unwrap_err()), "sql");
    }

    #[test]
    fn the_names_that_a_text_uses_are_known() {
        let query =
            query("SELECT ':window_start', :a WHERE t = :slot", &[("a", ParameterType::Text, None), ("b", ParameterType::Text, None)]);
        assert_eq!(placeholders(&query, &sqlite()).unwrap(), BTreeSet::from(["a".to_owned(), "slot".to_owned()]));
    }

    #[test]
    fn a_parameter_has_a_name_of_its_own_and_a_default_of_its_kind() {
        let cases = [
            (vec![("1a", ParameterType::Text, None)], "parameters[0].name"),
            (vec![("slot", ParameterType::Text, None)], "parameters[0].name"),
            (vec![("a", ParameterType::Text, None), ("a", ParameterType::Text, None)], "parameters[1].name"),
            (vec![("a", ParameterType::Integer, Some("x"))], "parameters[0].default"),
        ];
        for (parameters, path) in cases {
            assert_eq!(field(validated(query("SELECT 1", &parameters), &sqlite()).unwrap_err()), path);
        }
    }

    #[test]
    fn values_come_from_what_is_given_then_from_the_defaults() {
        let query = query("SELECT :a, :b", &[("a", ParameterType::Integer, Some("1")), ("b", ParameterType::Text, None)]);
        let given = BTreeMap::from([("b".to_owned(), "x".to_owned())]);
        let expected = BTreeMap::from([("a".to_owned(), Value::Integer(1)), ("b".to_owned(), Value::Text("x".to_owned()))]);
        assert_eq!(values(&query, &given, "values"), Ok(expected));
        assert_eq!(values(&query, &BTreeMap::new(), "values").unwrap_err().field, "values.b");
        assert_eq!(values(&query, &BTreeMap::from([("c".to_owned(), String::new())]), "values").unwrap_err().field, "values.c");
    }
}
