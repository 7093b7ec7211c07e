//! What the service tells others, for the list that people read.

use medcover_contract_auth::events;
use medcover_workflow::bus::{Catalogue, EventType};

/// Every kind of event in the log of the service.
pub fn event_catalogue() -> Catalogue {
    let described = events::examples().into_iter().map(|event| EventType {
        kind: event.kind.to_owned(),
        schema: event.schema,
        summary: event.summary,
        example: event.payload,
    });
    described.fold(Catalogue::new(), Catalogue::with)
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
