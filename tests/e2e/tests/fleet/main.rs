//! Visit to cash on a fleet, which loses one thing after the other meanwhile.

use std::time::Duration;

use medcover_e2e::{FleetDrill, Harms, Spread};

#[test]
fn a_fleet_is_drained_and_started_again_one_by_one_without_a_failed_request() {
    let drill = FleetDrill {
        spread: Spread::Groups,
        harms: Harms::Rolling(None),
        phase: Duration::from_millis(500),
        clients: 4,
        seed: 2,
    };
    let figures = drill.run(&|line| println!("{line}"));
    let figures = figures.unwrap_or_else(|findings| panic!("{}", findings.join("\n")));
    let (all, in_vain) = figures.in_vain();
    assert!(all > 0 && figures.work.journeys > 0, "{figures}");
    assert_eq!(in_vain, 0, "{figures}");
}

#[test]
fn a_fleet_loses_one_thing_after_the_other_and_nothing_that_was_acknowledged() {
    let drill = FleetDrill {
        spread: Spread::Groups,
        harms: Harms::Few,
        phase: Duration::from_millis(1_500),
        clients: 4,
        seed: 1,
    };
    let figures = drill.run(&|line| println!("{line}"));
    let figures = figures.unwrap_or_else(|findings| panic!("{}", findings.join("\n")));
    assert!(figures.work.journeys > 0, "{figures}");
}
