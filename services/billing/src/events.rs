//! What the service tells others, for the list that people read.

use medcover_contract_billing::events;
use medcover_workflow::bus::Catalogue;

/// Every kind of event in the log of the service.
pub fn event_catalogue() -> Catalogue {
    Catalogue::of(events::examples())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_of_events_says_what_is_written() {
        let listed = include_str!("../../../docs/generated/events.md");
        if let Err(outdated) = event_catalogue().check(listed) {
            panic!("{outdated}");
        }
    }
}
