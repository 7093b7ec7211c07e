//! What a world was is gone when it has ended.

use medcover_clinic::world::{Plan, run};

/// Resident memory of this process, in MiB.
fn resident() -> u64 {
    let bytes = medcover_telemetry::resident_bytes().expect("Linux tells");
    bytes >> 20
}

#[test]
fn worlds_leave_nothing_in_memory() {
    let live = |seeds: std::ops::Range<u64>| seeds.for_each(|seed| drop(run(&Plan::of_seed(seed))));
    live(0..10);
    let before = resident();
    live(10..40);
    let after = resident();
    assert!(after < before + 15, "from {before} to {after} MiB");
}
