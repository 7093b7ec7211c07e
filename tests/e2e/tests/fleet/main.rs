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
fn three_minutes_of_harms_at_random_lose_nothing_and_hardly_anybody_notices() {
    let drill = FleetDrill {
        spread: Spread::Groups,
        harms: Harms::Random(Duration::from_mins(3)),
        phase: Duration::from_secs(2),
        clients: 6,
        seed: 7,
    };
    let figures = drill.run(&|line| println!("{line}"));
    let figures = figures.unwrap_or_else(|findings| panic!("{}", findings.join("\n")));
    let (all, in_vain) = figures.in_vain();
    assert!(figures.work.journeys > 0, "{figures}");
    assert!(1_000 * in_vain < all, "{figures}");
}
