//! Visit to cash on a fleet, which loses one thing after the other meanwhile.

use std::time::Duration;

use medcover_e2e::{FleetDrill, Harms, Spread};

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
