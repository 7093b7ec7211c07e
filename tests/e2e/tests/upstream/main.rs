//! One of four processes behind a door is killed, another slow, another broken, another cut off, under load.

use std::time::Duration;

use medcover_e2e::UpstreamDrill;

#[test]
fn four_instances_harmed_in_turn_fail_no_question() {
    let drill = UpstreamDrill {
        phase: Duration::from_secs(3),
        measure_s: 1,
        // Other tests run beside this one.
        load_percent: 20,
        recovery: Duration::from_secs(2),
        patience: Duration::ZERO,
    };
    let figures = drill.run(&|line| println!("{line}"));
    let figures = figures.unwrap_or_else(|findings| panic!("{findings:#?}"));
    println!("{figures}");
    // It would find nothing, either, where nothing was asked or nothing was harmed.
    assert!(figures.totals().0 > 500 && figures.retries > 0, "{figures}");
}
