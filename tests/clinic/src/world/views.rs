//! The views of the services, read whole, and made again from the log.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::LazyLock;

use medcover_kernel::TenantId;
use medcover_store::{Listing, Schema, Select, Store, StoreError, limits, rebuild};

use super::World;
use super::node::{projections, schema};
use crate::model::Service;

/// A way to list every row of every table that follows from a log.
static WHOLE: LazyLock<BTreeMap<Service, Vec<&'static Listing>>> = LazyLock::new(|| {
    let of = |service: Service| {
        let tables = projections(service)
            .into_iter()
            .flat_map(medcover_store::Projection::tables);
        let whole = tables.map(|table| {
            let listing = Listing {
                name: "whole",
                table,
                equal: &[],
                order: table.key[0].name,
            };
            // Made once for each table there is.
            &*Box::leak(Box::new(listing))
        });
        (service, whole.collect())
    };
    Service::ALL.into_iter().map(of).collect()
});

/// The schema of a service, with a way to list every row of every table.
pub(super) fn with_listings(service: Service) -> Schema {
    let mut schema = schema(service);
    schema.listings.extend(&WHOLE[&service]);
    schema
}

impl World {
    /// Every view is what it is rebuilt as.
    pub(super) async fn compare_views(&self) -> Result<(), String> {
        for service in Service::ALL {
            let store = self.ground.disk(service);
            let live = text(store.on_disk(), service).await;
            let live = live.map_err(|error| error.to_string())?;
            for projection in projections(service) {
                let rebuilt = rebuild(&**store, projection).await;
                rebuilt.map_err(|error| error.to_string())?;
            }
            let rebuilt = text(store.on_disk(), service).await;
            let rebuilt = rebuilt.map_err(|error| error.to_string())?;
            let mut lines = live.lines().zip(rebuilt.lines());
            if let Some((live, rebuilt)) = lines.find(|(one, other)| one != other) {
                return Err(format!("a view has {live} and is rebuilt as {rebuilt}"));
            }
            if live.len() != rebuilt.len() {
                return Err(format!("a view of {service:?} is rebuilt with other rows"));
            }
        }
        Ok(())
    }
}

/// Every row of every view, in one text.
async fn text(store: &dyn Store, service: Service) -> Result<String, StoreError> {
    let mut text = String::new();
    for listing in &WHOLE[&service] {
        let mut after = None;
        loop {
            let first = Select::first(listing, TenantId::DEFAULT, Vec::new(), limits::PAGE);
            let page = store.select(&Select { after, ..first }).await?;
            for row in &page {
                let (table, values) = (listing.table.name, &row.values);
                writeln!(text, "{table} {values:?}").expect("a string takes all");
            }
            after = page.last().map(|row| row.cursor(listing));
            if page.len() < limits::PAGE {
                break;
            }
        }
    }
    Ok(text)
}
