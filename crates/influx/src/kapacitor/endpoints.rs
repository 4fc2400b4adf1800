//! The contract of Kapacitors, kept by the drivers.

use async_trait::async_trait;
use model::{
    AlertEndpoint, AlertEndpoints, EndpointChange, EndpointName, EndpointRefusal, EndpointTest, Failure, KapacitorStatistics, Removed,
    Task,
    edges::{KapacitorAccess, Kapacitors},
    explore::Listed,
};

use super::{change, client::Api, config::Config, statistics, tasks, testing};
use crate::drivers::Drivers;

#[async_trait]
impl Kapacitors for Drivers {
    async fn endpoints(&self, access: &KapacitorAccess) -> Result<AlertEndpoints, Failure> {
        Ok(Config::read(&Api::open(self.http(), access)?).await?.endpoints())
    }

    async fn change_endpoint(
        &self,
        access: &KapacitorAccess,
        name: &EndpointName,
        change: &EndpointChange,
    ) -> Result<AlertEndpoint, EndpointRefusal> {
        let api = Api::open(self.http(), access)?;
        let _turn = self.turns().take(&access.kapacitor.url).await;
        change::change(&api, name, change).await
    }

    async fn add_endpoint(
        &self,
        access: &KapacitorAccess,
        name: &EndpointName,
        change: &EndpointChange,
    ) -> Result<AlertEndpoint, EndpointRefusal> {
        let api = Api::open(self.http(), access)?;
        let _turn = self.turns().take(&access.kapacitor.url).await;
        change::add(&api, name, change).await
    }

    async fn remove_endpoint(&self, access: &KapacitorAccess, name: &EndpointName) -> Result<Removed, EndpointRefusal> {
        let api = Api::open(self.http(), access)?;
        let _turn = self.turns().take(&access.kapacitor.url).await;
        change::remove(&api, name).await
    }

    async fn apply_endpoint(&self, access: &KapacitorAccess, name: &EndpointName) -> Result<AlertEndpoint, EndpointRefusal> {
        let api = Api::open(self.http(), access)?;
        let _turn = self.turns().take(&access.kapacitor.url).await;
        change::apply(&api, name).await
    }

    async fn test_endpoint(&self, access: &KapacitorAccess, name: &EndpointName) -> Result<EndpointTest, EndpointRefusal> {
        testing::test(&Api::open(self.http(), access)?, name).await
    }

    async fn tasks(&self, access: &KapacitorAccess, search: Option<&str>) -> Result<Listed<Task>, Failure> {
        tasks::list(&Api::open(self.http(), access)?, search).await
    }

    async fn statistics(&self, access: &KapacitorAccess) -> Result<KapacitorStatistics, Failure> {
        statistics::read(&Api::open(self.http(), access)?).await
    }
}
