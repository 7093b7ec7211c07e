//! Old events, read as if they had been written today.

use crate::{CanonicalError, CanonicalJson, Event};

/// Brings payloads of one kind of event from one schema to the next.
#[derive(Clone, Copy, Debug)]
pub struct Upcaster {
    /// The kind of event.
    pub kind: &'static str,
    /// The schema that it reads; it writes the next one.
    pub from: u16,
    /// Payload to payload.
    pub upcast: fn(&CanonicalJson) -> Result<CanonicalJson, CanonicalError>,
}

impl Upcaster {
    /// Brings `event` up as far as `upcasters` go.
    pub fn apply_all(upcasters: &[Self], event: &mut Event) -> Result<(), CanonicalError> {
        while let Some(next) = upcasters
            .iter()
            .find(|it| it.from == event.schema && it.kind == event.kind)
        {
            event.payload = (next.upcast)(&event.payload)?;
            event.schema += 1;
        }
        Ok(())
    }
}
