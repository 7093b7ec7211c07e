//! Old events, read as if they had been written today.

use crate::core_tables::LOG;
use crate::{CanonicalError, CanonicalJson, Corrupt, Event, Recorded};

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
    /// Brings an event that was read up to the latest schema.
    pub(crate) fn read(upcasters: &[Self], mut recorded: Recorded) -> Result<Recorded, Corrupt> {
        Self::apply_all(upcasters, &mut recorded.event).map_err(|error| Corrupt {
            table: LOG.name.into(),
            column: "payload".into(),
            row: recorded.position.to_string(),
            detail: format!(
                "{} of schema {} cannot be brought up: {error}",
                recorded.event.kind, recorded.event.schema
            ),
        })?;
        Ok(recorded)
    }

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
