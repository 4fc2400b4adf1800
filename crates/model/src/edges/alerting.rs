//! Kapacitors: the alert endpoints that they keep, and what runs inside them.

use async_trait::async_trait;

use super::KapacitorAccess;
use crate::{
    AlertEndpoint, AlertEndpoints, EndpointChange, EndpointName, EndpointRefusal, EndpointTest, Failure, KapacitorStatistics, Removed,
    Task, explore::Listed,
};

/// Kapacitor servers. Implemented by `influx`.
///
/// Changes of one server (by its URL) are made one after another, within this process. A secret that is given is in no error and no log. What
/// changes gives the endpoint as it is read again afterwards, never as it was sent.
#[async_trait]
pub trait Kapacitors: Send + Sync {
    /// What it offers, and every endpoint.
    ///
    /// # Errors
    /// `Influx*`, [`crate::Code::ConfigDisabled`] when it does not let its configuration be seen from outside.
    async fn endpoints(&self, access: &KapacitorAccess) -> Result<AlertEndpoints, Failure>;

    /// Changes options of an endpoint and stores that in Kapacitor, which uses them at once.
    ///
    /// # Errors
    /// [`EndpointRefusal`]; nothing has changed then, unless its words say so.
    async fn change_endpoint(
        &self,
        access: &KapacitorAccess,
        name: &EndpointName,
        change: &EndpointChange,
    ) -> Result<AlertEndpoint, EndpointRefusal>;

    /// Adds an element to a section that is a list.
    ///
    /// # Errors
    /// [`EndpointRefusal`]; nothing has changed then, unless its words say so. One that is there is never sent to Kapacitor, which would not
    /// survive it.
    async fn add_endpoint(
        &self,
        access: &KapacitorAccess,
        name: &EndpointName,
        change: &EndpointChange,
    ) -> Result<AlertEndpoint, EndpointRefusal>;

    /// Removes an element that was added, or resets an endpoint to what Kapacitor's file says.
    ///
    /// # Errors
    /// [`EndpointRefusal`].
    async fn remove_endpoint(&self, access: &KapacitorAccess, name: &EndpointName) -> Result<Removed, EndpointRefusal>;

    /// Makes the running service what is stored, without changing that. Repeating it is harmless.
    ///
    /// # Errors
    /// [`EndpointRefusal`].
    async fn apply_endpoint(&self, access: &KapacitorAccess, name: &EndpointName) -> Result<AlertEndpoint, EndpointRefusal>;

    /// Lets Kapacitor send a message by the endpoint as it runs. It really sends.
    ///
    /// # Errors
    /// [`EndpointRefusal`] when nothing was sent; `Failed` with `InfluxTimeout` when Kapacitor had not ended in time, which may still send.
    async fn test_endpoint(&self, access: &KapacitorAccess, name: &EndpointName) -> Result<EndpointTest, EndpointRefusal>;

    /// Its tasks by id, those that hold `search` in their id (whatever its case) when it is given.
    ///
    /// # Errors
    /// `Influx*`.
    async fn tasks(&self, access: &KapacitorAccess, search: Option<&str>) -> Result<Listed<Task>, Failure>;

    /// How it is.
    ///
    /// # Errors
    /// `Influx*`.
    async fn statistics(&self, access: &KapacitorAccess) -> Result<KapacitorStatistics, Failure>;
}
