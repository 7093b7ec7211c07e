//! The program is killed again and again while clients take patients from registration to refund.

use std::time::Duration;

use medcover_e2e::Drill;

#[test]
fn ten_kills_of_the_journey_lose_nothing_and_double_nothing() {
    let drill = Drill {
        kills: 10,
        clients: 32,
        life: Duration::from_secs(1),
        seed: 1,
    };
    let figures = drill.run(&|line| println!("{line}"));
    let figures = figures.unwrap_or_else(|findings| panic!("{findings:#?}"));
    println!("{figures}");
    assert_eq!(figures.kills, 10);
    // It would find nothing, either, where nothing was done or nothing was cut off.
    assert!(
        figures.work.journeys >= 32 && figures.work.lost > 0,
        "{figures}"
    );
    assert!(
        figures.work.repeated > 0 && figures.work.sagas["completed"] > 0,
        "{figures}"
    );
}
