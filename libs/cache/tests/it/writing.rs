//! Write-through.

use medcover_cache::{Json, Loaded};
use medcover_kernel::Error;
use tokio::sync::oneshot;

use crate::ground::{Ground, Patient};

#[tokio::test]
async fn what_is_written_is_kept_and_read_without_the_source() {
    let it = Ground::new();
    let patients = it.patients();
    let write = async { it.source("Ada").await };
    patients
        .write_through(&Patient(1), write)
        .await
        .expect("written");
    let value = patients.get_or_load(&Patient(1), || it.source("old")).await;
    assert_eq!(value.expect("kept").expect("there").0, "Ada");
    assert_eq!(it.asked(), 1);
}

#[tokio::test]
async fn after_a_write_that_failed_the_source_is_asked() {
    let it = Ground::new();
    let patients = it.patients();
    patients
        .set(&Patient(1), Json("old".into()))
        .await
        .expect("it answers");
    let write = async {
        // Somebody reads while it is not known what the source holds.
        patients
            .get_or_load(&Patient(1), || it.source("either"))
            .await?;
        Err(Error::unavailable("Whether it was written is not known."))
    };
    patients
        .write_through(&Patient(1), write)
        .await
        .expect_err("failed");
    assert!(patients.get(&Patient(1)).await.is_miss());
}

#[tokio::test]
async fn of_two_writes_at_once_the_source_tells_which_was_last() {
    let it = Ground::new();
    let patients = it.patients();
    let (go, gone) = oneshot::channel::<()>();
    let slow = async {
        gone.await.expect("the other goes first");
        Ok(Loaded::value(Json("slow".to_owned())))
    };
    let quick = async {
        let written = patients
            .write_through(&Patient(1), it.source("quick"))
            .await;
        go.send(()).expect("it waits");
        written
    };
    let (slow, quick) = tokio::join!(patients.write_through(&Patient(1), slow), quick);
    assert_eq!(slow.expect("written").expect("there").0, "slow");
    assert_eq!(quick.expect("written").expect("there").0, "quick");
    assert!(patients.get(&Patient(1)).await.is_miss());
}
