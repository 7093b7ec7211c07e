//! Business keys that are taken: a stream for each, whose first event says by what.

use medcover_contract_insurance::PayerId;
use medcover_contract_insurance::events::{
    ClaimLineClaimed, ClaimLineReleased, PayerCodeTaken, PolicyNumberTaken, RemittanceTraceTaken,
};
use medcover_kernel::{ClaimId, PolicyId, RemittanceId, Timestamp};
use medcover_store::{Aggregate, events};
use serde::{Deserialize, Serialize};

macro_rules! taken {
    ($(#[$doc:meta])* $name:ident($id:ty) of $kind:literal, $events:ident, $event:ident, $field:ident) => {
        events! {
            #[doc = concat!("What can happen to a `", $kind, "`.")]
            pub(crate) $events { Taken($event), }
        }

        $(#[$doc])*
        #[derive(Debug, Default, Serialize, Deserialize)]
        pub(crate) struct $name(pub(crate) Option<$id>);

        impl Aggregate for $name {
            const KIND: &'static str = $kind;
            type Event = $events;
            fn evolve(&mut self, event: &$events, _: Timestamp) {
                let $events::Taken(taken) = event;
                self.0 = Some(taken.$field);
            }
        }
    };
}

taken! {
    /// Which payer has a code.
    PayerCode(PayerId) of "payer-code", PayerCodeEvent, PayerCodeTaken, payer
}
taken! {
    /// Which policy has a number.
    PolicyNumber(PolicyId) of "policy-number", PolicyNumberEvent, PolicyNumberTaken, policy
}
taken! {
    /// Which remittance of a payer has a trace.
    RemittanceTrace(RemittanceId) of "remittance-trace", RemittanceTraceEvent, RemittanceTraceTaken, remittance
}

events! {
    /// What can happen to a service that is claimed.
    pub(crate) ClaimedLineEvent { Claimed(ClaimLineClaimed), Released(ClaimLineReleased), }
}

/// Which active claim claims a service of a provider for a member on a day.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct ClaimedLine(pub(crate) Option<ClaimId>);

impl Aggregate for ClaimedLine {
    const KIND: &'static str = "claim-line";
    type Event = ClaimedLineEvent;
    fn evolve(&mut self, event: &ClaimedLineEvent, _: Timestamp) {
        self.0 = match event {
            ClaimedLineEvent::Claimed(claimed) => Some(claimed.claim),
            ClaimedLineEvent::Released(_) => None,
        };
    }
}
