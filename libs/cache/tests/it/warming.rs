//! Warming by pattern, and read-through by a provider.

use std::sync::Arc;

use async_trait::async_trait;
use medcover_cache::{Json, Loaded, Pattern, Provider, ReadThrough, Warmed};
use medcover_kernel::{Error, Result};

use crate::ground::{Ground, Patient, Visit};

struct Records(Arc<Ground>);

#[async_trait]
impl Provider<Patient> for Records {
    async fn load(&self, key: &Patient) -> Result<Loaded<Json<String>>> {
        if key.0 == 13 {
            return Err(Error::unavailable("This one cannot be read."));
        }
        self.0.source(&format!("patient {}", key.0)).await
    }

    async fn keys(&self, pattern: &Pattern, most: usize) -> Result<Vec<Patient>> {
        let keys = (0..100).filter(|id| pattern.matches(&format!("patients:{id}")));
        Ok(keys.take(most).map(Patient).collect())
    }
}

fn pattern(text: &str) -> Pattern {
    text.parse().expect("a pattern")
}

#[tokio::test]
async fn what_was_warmed_is_there_without_the_source() {
    let it = Ground::new();
    let records = Arc::new(Records(Arc::clone(&it)));
    let patients = ReadThrough::new(Arc::new(it.patients()), records);
    it.cache.warmed_by(patients.clone());
    it.cache.space::<Visit>();
    let warmed = it
        .cache
        .warm_cache(&[pattern("patients:1*"), pattern("visits:*")])
        .await;
    let expected = Warmed {
        warmed: 10,
        failed: 1,
    };
    assert_eq!(warmed.expect("the provider answers"), expected);
    assert_eq!(it.asked(), 10);
    let value = patients.get(&Patient(11)).await.expect("kept");
    assert_eq!(value.expect("there").0, "patient 11");
    assert_eq!(it.asked(), 10);
    let value = patients.get(&Patient(2)).await.expect("loaded");
    assert_eq!(value.expect("there").0, "patient 2");
    assert_eq!(it.asked(), 11);
    let all = it.cache.warm_cache(&[pattern("*")]).await;
    assert_eq!(all.expect("the provider answers").warmed, 99);
    assert_eq!(patients.space().policy().jitter_percent, 0);
}
