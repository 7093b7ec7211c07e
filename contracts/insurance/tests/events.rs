//! The events of every schema there ever was, as they stand in logs.

use medcover_contract_insurance::events;
use medcover_store::EventExample;

/// `kind schema payload`, a line each. Lines are added, never changed: logs hold events of each.
const GOLDEN: &str = include_str!("golden/events.txt");

#[test]
fn every_event_is_written_and_read_as_it_ever_was() {
    let faults = EventExample::faults(&events::examples(), GOLDEN);
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
