//! A payer: `payer/<id>`, and the key stream of its code.

use medcover_store::event;

use super::sample::PAYER;
use crate::{PayerId, Scrubbing};

event! {
    /// Some payer has the code now; the stream is that of the code.
    pub PayerCodeTaken = "payer-code.taken", 1 {
        /// Which.
        payer: PayerId = PAYER,
    }
}
event! {
    /// There is a payer to deal with.
    pub PayerRegistered = "payer.registered", 1 {
        /// The code under which it is known in the trade.
        code: String = "87726".to_owned(),
        /// The name.
        name: String = "Northern Mutual".to_owned(),
        /// Which findings keep a claim from being sent.
        scrubbing: Scrubbing = Scrubbing::BlockErrors,
    }
}
event! {
    /// Codes on its claims are looked at otherwise from now on.
    pub PayerScrubbingSet = "payer.scrubbing-set", 1 {
        /// Which findings keep a claim from being sent.
        scrubbing: Scrubbing = Scrubbing::Warn,
    }
}
