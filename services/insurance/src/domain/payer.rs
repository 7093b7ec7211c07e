//! A payer, and a product of one.

use medcover_contract_insurance::events::{PayerRegistered, PayerScrubbingSet, ProductCreated};
use medcover_contract_insurance::{NewPayerRequest, PayerId, Scrubbing};
use medcover_kernel::Timestamp;
use medcover_store::{Aggregate, events};
use serde::{Deserialize, Serialize};

events! {
    /// What can happen to a payer.
    pub(crate) PayerEvent { Registered(PayerRegistered), ScrubbingSet(PayerScrubbingSet), }
}

/// A payer as its events leave it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Payer {
    pub(crate) code: String,
    pub(crate) name: String,
    /// As it was first set, by which a request sent again is known.
    first_scrubbing: Scrubbing,
    pub(crate) scrubbing: Scrubbing,
}

impl Payer {
    /// Whether `request` is the one that made it.
    pub(crate) fn is_of(&self, request: &NewPayerRequest) -> bool {
        (&self.code, &self.name, self.first_scrubbing)
            == (&request.code, &request.name, request.scrubbing)
    }
}

impl Aggregate for Payer {
    const KIND: &'static str = "payer";
    type Event = PayerEvent;
    fn evolve(&mut self, event: &PayerEvent, _: Timestamp) {
        match event {
            PayerEvent::Registered(registered) => {
                let PayerRegistered {
                    code,
                    name,
                    scrubbing,
                } = registered.clone();
                *self = Self {
                    code,
                    name,
                    first_scrubbing: scrubbing,
                    scrubbing,
                };
            }
            PayerEvent::ScrubbingSet(set) => self.scrubbing = set.scrubbing,
        }
    }
}

events! {
    /// What can happen to a product.
    pub(crate) ProductEvent { Created(ProductCreated), }
}

/// A product as its events leave it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Product(pub(crate) Option<ProductCreated>);

impl Product {
    /// Whose it is.
    pub(crate) fn payer(&self) -> Option<PayerId> {
        self.0.as_ref().map(|product| product.payer)
    }
}

impl Aggregate for Product {
    const KIND: &'static str = "product";
    type Event = ProductEvent;
    fn evolve(&mut self, event: &ProductEvent, _: Timestamp) {
        let ProductEvent::Created(created) = event;
        self.0 = Some(created.clone());
    }
}
