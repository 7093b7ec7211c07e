//! The committed catalogue of events says what the code says.

use medcover_workflow::saga;

#[test]
fn the_committed_catalogue_has_the_events_of_sagas_as_they_are() {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../docs/generated/events.md"
    );
    let document = std::fs::read_to_string(path).expect("the catalogue is committed");
    if let Err(outdated) = saga::catalogue().check(&document) {
        panic!("{outdated}");
    }
}
