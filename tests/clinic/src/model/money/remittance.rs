//! Remittances: of a trace, and of a content, one counts.

use std::collections::BTreeMap;

use serde_json::Value;
use uuid::Uuid;

use crate::model::read::{id, text};

/// All remittances that came.
#[derive(Default)]
pub(super) struct Remittances {
    requests: BTreeMap<Uuid, Value>,
    by_trace: BTreeMap<(Uuid, String), Uuid>,
    by_content: BTreeMap<String, Uuid>,
}

impl Remittances {
    pub(super) fn follow(&mut self, thing: Uuid, kind: &str, event: &Value) -> Result<(), String> {
        match kind {
            "remittance-posting.received" => {
                self.requests.insert(thing, event["request"].clone());
                Ok(())
            }
            "remittance-posting.posted" | "remittance-posting.parked" => self.count(thing),
            "remittance-posting.dismissed" => {
                self.by_trace.retain(|_, it| *it != thing);
                self.by_content.retain(|_, it| *it != thing);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// It is posted, or waits for a person: no other of its trace or content is.
    fn count(&mut self, thing: Uuid) -> Result<(), String> {
        let request = self.requests.get(&thing).ok_or("it was not received")?;
        let trace = (id(&request["payer"])?, text(&request["trace"])?.to_owned());
        let mut content = request.clone();
        for part in ["id", "control", "trace"] {
            content[part] = Value::Null;
        }
        let by_trace = *self.by_trace.entry(trace).or_insert(thing);
        let by_content = *self.by_content.entry(content.to_string()).or_insert(thing);
        if by_trace != thing {
            return Err(format!("{by_trace} counts with its trace"));
        }
        if by_content != thing {
            return Err(format!("{by_content} counts with its content"));
        }
        Ok(())
    }
}
