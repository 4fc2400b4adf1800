//! Alert endpoints of a Kapacitor, its tasks and how it is.
//!
//! Kapacitor keeps them, nothing of them is in the store: so they are changed here also where a file defines the Kapacitor itself.

use model::{
    AlertEndpoint, AlertEndpoints, Code, EndpointChange, EndpointName, EndpointRefusal, EndpointTest, Failure, FailureKind, Id,
    KapacitorStatistics, Organization, Removed, Task, edges::KapacitorAccess, explore::Listed,
};

use super::{App, Invalid, Refusal, explore::wanted};

/// The glossary word.
pub(super) const NOUN: &str = "alert endpoint";

impl App {
    /// What the Kapacitor offers, and every endpoint.
    ///
    /// # Errors
    /// [`Refusal::Missing`] for connection and Kapacitor; `Influx*` failures.
    pub async fn list_endpoints(
        &self,
        organization: Id<Organization>,
        connection: &str,
        kapacitor: &str,
    ) -> Result<AlertEndpoints, Refusal> {
        let access = self.access(organization, connection, kapacitor).await?;
        Ok(self.kapacitors.endpoints(&access).await?)
    }

    /// One endpoint.
    ///
    /// # Errors
    /// As [`App::list_endpoints`], and [`Refusal::Missing`] for the endpoint.
    pub async fn get_endpoint(
        &self,
        organization: Id<Organization>,
        connection: &str,
        kapacitor: &str,
        name: &EndpointName,
    ) -> Result<AlertEndpoint, Refusal> {
        let all = self.list_endpoints(organization, connection, kapacitor).await?;
        let found = all.items.into_iter().find(|endpoint| endpoint.name == *name);
        found.ok_or_else(|| EndpointRefusal::Missing(name.clone()).into())
    }

    /// Adds an element to a section that is a list.
    ///
    /// # Errors
    /// As [`App::list_endpoints`]; [`Refusal::Invalid`] at `name` or `options.<name>`, [`Refusal::NameTaken`],
    /// [`Refusal::KapacitorRefused`].
    pub async fn add_endpoint(
        &self,
        organization: Id<Organization>,
        connection: &str,
        kapacitor: &str,
        name: EndpointName,
        change: EndpointChange,
    ) -> Result<AlertEndpoint, Refusal> {
        let access = self.access(organization, connection, kapacitor).await?;
        let kapacitors = self.kapacitors.clone();
        to_its_end(async move { kapacitors.add_endpoint(&access, &name, &change).await }).await
    }

    /// Changes options of an endpoint.
    ///
    /// # Errors
    /// As [`App::list_endpoints`]; [`Refusal::Missing`] for the endpoint, [`Refusal::Invalid`] at `options.<name>`,
    /// [`Refusal::KapacitorRefused`].
    pub async fn change_endpoint(
        &self,
        organization: Id<Organization>,
        connection: &str,
        kapacitor: &str,
        name: EndpointName,
        change: EndpointChange,
    ) -> Result<AlertEndpoint, Refusal> {
        let access = self.access(organization, connection, kapacitor).await?;
        let kapacitors = self.kapacitors.clone();
        to_its_end(async move { kapacitors.change_endpoint(&access, &name, &change).await }).await
    }

    /// Removes an endpoint that was added; one that Kapacitor's file knows has that file's values again.
    ///
    /// # Errors
    /// As [`App::change_endpoint`].
    pub async fn remove_endpoint(
        &self,
        organization: Id<Organization>,
        connection: &str,
        kapacitor: &str,
        name: EndpointName,
    ) -> Result<Removed, Refusal> {
        let access = self.access(organization, connection, kapacitor).await?;
        let kapacitors = self.kapacitors.clone();
        to_its_end(async move { kapacitors.remove_endpoint(&access, &name).await }).await
    }

    /// Makes the running service what is stored.
    ///
    /// # Errors
    /// As [`App::change_endpoint`].
    pub async fn apply_endpoint(
        &self,
        organization: Id<Organization>,
        connection: &str,
        kapacitor: &str,
        name: EndpointName,
    ) -> Result<AlertEndpoint, Refusal> {
        let access = self.access(organization, connection, kapacitor).await?;
        let kapacitors = self.kapacitors.clone();
        to_its_end(async move { kapacitors.apply_endpoint(&access, &name).await }).await
    }

    /// Lets Kapacitor send a message by the endpoint. It really sends, so it keeps the limits of checks: it must not become a way to flood
    /// those who are told of alerts.
    ///
    /// # Errors
    /// As [`App::change_endpoint`], and [`Refusal::TooManyChecks`]. A test that fails is no error.
    pub async fn test_endpoint(
        &self,
        organization: Id<Organization>,
        connection: &str,
        kapacitor: &str,
        name: &EndpointName,
    ) -> Result<EndpointTest, Refusal> {
        let access = self.access(organization, connection, kapacitor).await?;
        let turn = self.checks.turn(organization).await?;
        match turn.run(self.kapacitors.test_endpoint(&access, name)).await {
            Ok(tested) => Ok(tested?),
            Err(_) => {
                let words = "Kapacitor did not end the test in time, and may still send";
                Err(Failure::new(FailureKind::InfluxTimeout, words).coded(Code::HttpTimeout).into())
            }
        }
    }

    /// The tasks of the Kapacitor by id, those that hold `search` in it when it is given.
    ///
    /// # Errors
    /// As [`App::list_endpoints`].
    pub async fn list_tasks(
        &self,
        organization: Id<Organization>,
        connection: &str,
        kapacitor: &str,
        search: Option<&str>,
    ) -> Result<Listed<Task>, Refusal> {
        let access = self.access(organization, connection, kapacitor).await?;
        Ok(self.kapacitors.tasks(&access, wanted(search)).await?)
    }

    /// How the Kapacitor is, by its own word.
    ///
    /// # Errors
    /// As [`App::list_endpoints`].
    pub async fn kapacitor_statistics(
        &self,
        organization: Id<Organization>,
        connection: &str,
        kapacitor: &str,
    ) -> Result<KapacitorStatistics, Refusal> {
        let access = self.access(organization, connection, kapacitor).await?;
        Ok(self.kapacitors.statistics(&access).await?)
    }

    async fn access(&self, organization: Id<Organization>, connection: &str, kapacitor: &str) -> Result<KapacitorAccess, Refusal> {
        let stored = self.stored_kapacitor(organization, connection, kapacitor).await?;
        self.kapacitor_access(&stored).await
    }
}

/// What was begun is brought to its end, whoever goes away meanwhile: half of a change could leave alerts off.
async fn to_its_end<T: Send + 'static>(work: impl Future<Output = Result<T, EndpointRefusal>> + Send + 'static) -> Result<T, Refusal> {
    match tokio::spawn(work).await {
        Ok(ended) => Ok(ended?),
        Err(stopped) => Err(Failure::new(FailureKind::Internal, "changing an alert endpoint").because(stopped).into()),
    }
}

impl From<EndpointRefusal> for Refusal {
    fn from(refusal: EndpointRefusal) -> Self {
        match refusal {
            EndpointRefusal::Option { option, message, advice } => Invalid::new(format!("options.{option}"), message, advice).into(),
            EndpointRefusal::Name { message, advice } => Invalid::new("name", message, advice).into(),
            EndpointRefusal::Refused { message, advice } => Self::KapacitorRefused { message, advice },
            EndpointRefusal::Missing(name) => Self::Missing { noun: NOUN, reference: name.to_string() },
            EndpointRefusal::Exists(name) => Self::NameTaken { noun: NOUN, name: name.to_string() },
            EndpointRefusal::Failed(failure) => failure.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{sync::Arc, time::Duration};

    use tokio::sync::Notify;

    use super::*;

    #[tokio::test]
    async fn a_change_that_was_begun_is_brought_to_its_end_whoever_goes_away() {
        let (goes_on, ended) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let work = {
            let (goes_on, ended) = (goes_on.clone(), ended.clone());
            async move {
                goes_on.notified().await;
                ended.notify_one();
                Ok(())
            }
        };
        let asked = tokio::time::timeout(Duration::from_millis(1), to_its_end(work)).await;
        assert!(asked.is_err(), "whoever asked has gone away");
        goes_on.notify_one();
        ended.notified().await;
    }
}
