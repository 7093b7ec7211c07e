//! Whether all is there that was loaded, and that services have declared.

use std::panic::resume_unwind;
use std::sync::Arc;

use medcover_store::{Inventory, Store, StoreError};
use medcover_terminology::Releases;
use tokio::spawn;
use tokio::task::{JoinHandle, spawn_blocking};

use super::Finding;

/// Looks at `releases` and at the `stores` of services, by name.
pub(super) async fn check_data_integrity(
    releases: Option<Arc<Releases>>,
    stores: Vec<(&'static str, Arc<dyn Store>)>,
) -> Finding {
    let of_releases = releases.map(|it| spawn_blocking(move || of_releases(&it)));
    // All at once: one that hangs must not make the others late.
    let of_stores: Vec<_> = stores
        .into_iter()
        .map(|(service, store)| spawn(async move { of_store(service, store.inventory().await) }))
        .collect();
    let mut found = Vec::new();
    if let Some(of_releases) = of_releases {
        found.push(landed(of_releases).await);
    }
    for of_store in of_stores {
        found.extend(landed(of_store).await);
    }
    Finding::all(found)
}

async fn landed<T>(task: JoinHandle<T>) -> T {
    let landed = task.await;
    landed.unwrap_or_else(|error| resume_unwind(error.into_panic()))
}

/// Whether what is served is what was loaded, and answers right.
fn of_releases(releases: &Releases) -> Finding {
    let set = releases.load();
    let broken: Vec<_> = set
        .all()
        .filter_map(|release| release.verify().err())
        .collect();
    if !broken.is_empty() {
        return Finding::unhealthy(format!("{} Load it again.", broken.join(" ")));
    }
    let concepts = set
        .all()
        .map(|release| u64::from(release.release().concept_count()));
    Finding::healthy(format!("{} concepts.", concepts.sum::<u64>()))
}

/// Whether what a service has declared of its state is there.
fn of_store(service: &str, found: Result<Option<Inventory>, StoreError>) -> Option<Finding> {
    let inventory = match found {
        Ok(inventory) => inventory?,
        Err(error) => return Some(Finding::degraded(format!("{service}: {error}."))),
    };
    let Inventory {
        tables,
        indexes,
        missing,
    } = inventory;
    if missing.is_empty() {
        return Some(Finding::healthy(format!(
            "{service}: {tables} tables, {indexes} indexes."
        )));
    }
    let missing = missing.join(", ");
    Some(Finding::degraded(format!("{service} lacks {missing}.")))
}

#[cfg(test)]
mod tests {
    use super::super::Status;
    use super::*;

    #[test]
    fn what_a_store_lacks_degrades_and_is_named() {
        let whole = Inventory {
            tables: 14,
            indexes: 7,
            ..Inventory::default()
        };
        let lacking = Inventory {
            missing: vec!["the table slot".to_owned()],
            ..whole.clone()
        };
        let of = |inventory| of_store("hospital", Ok(Some(inventory))).expect("a finding");
        let found = of(whole);
        assert_eq!(found.status, Status::Healthy);
        assert_eq!(found.detail, "hospital: 14 tables, 7 indexes.");
        let found = Finding::all(vec![found, of(lacking)]);
        assert_eq!(found.status, Status::Degraded);
        assert!(
            found.detail.ends_with("hospital lacks the table slot."),
            "{}",
            found.detail
        );
        assert!(of_store("hospital", Ok(None)).is_none());
        let away = Err(StoreError::Unavailable("gone".to_owned()));
        let away = of_store("hospital", away).expect("a finding");
        assert_eq!(away.status, Status::Degraded);
    }
}
