//! What is used and held of benefits: `accumulator/<key>`, the key being a member or a policy, and a benefit year or a life.

use jiff::civil::Date;
use medcover_kernel::{AuthorisationId, ClaimId};
use medcover_store::event;

use super::sample::{AUTHORISATION, CLAIM, DAY, usd};
use crate::{Account, Counter, Draw, Network, Quantity, Scope};

fn draw(counter: Counter, quantity: Quantity) -> Draw {
    let (scope, period): (_, Date) = (Scope::Member, DAY);
    Draw {
        account: Account {
            scope,
            counter,
            period,
        },
        quantity,
    }
}

event! {
    /// An authorisation holds benefits.
    pub AccumulatorReserved = "accumulator.reserved", 1 {
        /// Which.
        authorisation: AuthorisationId = AUTHORISATION,
        /// How much of which accounts.
        draws: Vec<Draw> = vec![draw(Counter::LimitUnits("surgery".to_owned()), Quantity::Units(1))],
    }
}
event! {
    /// An authorisation holds nothing any more; what was unused has returned.
    pub AccumulatorReleased = "accumulator.released", 1 {
        /// Which.
        authorisation: AuthorisationId = AUTHORISATION,
    }
}
event! {
    /// A claim has used benefits.
    pub AccumulatorPosted = "accumulator.posted", 1 {
        /// Which.
        claim: ClaimId = CLAIM,
        /// By which of its adjudications.
        adjudication: u32 = 1,
        /// How much of which accounts.
        draws: Vec<Draw> = vec![draw(Counter::Deductible(Network::In), Quantity::Amount(usd(50_000)))],
        /// The authorisation out of whose hold as much of it was taken as there was.
        authorisation: Option<AuthorisationId> = Some(AUTHORISATION),
    }
}
event! {
    /// What a claim had used is as if it had never been used, and what it took out of a hold that still stands is held.
    pub AccumulatorRestored = "accumulator.restored", 1 {
        /// Which.
        claim: ClaimId = CLAIM,
        /// By which of its adjudications.
        adjudication: u32 = 1,
    }
}
