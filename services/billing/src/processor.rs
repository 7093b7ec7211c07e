//! Who takes money from people and gives it back.

use async_trait::async_trait;
use medcover_contract_billing::{PaymentMethod, RefundId, TerminalResult};
use medcover_kernel::{Call, Money, PaymentId};

/// Money to be taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChargeOrder {
    /// For which payment; asked twice with the same one, a processor takes the money once.
    pub payment: PaymentId,
    /// How much.
    pub amount: Money,
    /// How.
    pub method: PaymentMethod,
    /// What the display of a card terminal says.
    pub terminal: Option<TerminalResult>,
}

/// Money to be given back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefundOrder {
    /// For which refund; asked twice with the same one, a processor gives the money once.
    pub refund: RefundId,
    /// The payment it came with.
    pub payment: PaymentId,
    /// How much.
    pub amount: Money,
    /// How it came, and goes.
    pub method: PaymentMethod,
}

/// What became of an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Processed {
    /// The money has moved.
    Succeeded {
        /// What it is known by.
        reference: Option<String>,
    },
    /// It has not, and will not.
    Failed {
        /// What that is known by.
        reference: Option<String>,
    },
    /// It is under way.
    Pending,
    /// Nobody knows. A processor that does not answer in time says so: a timeout is no failure.
    Unknown,
}

/// Takes money and gives it back. Whatever it answers is kept before anything else is done, and it is never asked to do
/// the same twice without having been asked first what became of it.
#[async_trait]
pub trait PaymentProcessor: Send + Sync {
    /// Takes money.
    async fn charge(&self, call: &Call, order: &ChargeOrder) -> Processed;
    /// What became of an order to take money.
    async fn charged(&self, call: &Call, order: &ChargeOrder) -> Processed;
    /// Gives money back.
    async fn refund(&self, call: &Call, order: &RefundOrder) -> Processed;
    /// What became of an order to give money back.
    async fn refunded(&self, call: &Call, order: &RefundOrder) -> Processed;
}

/// The desk of the house: cash is counted, the result of a card terminal is typed in, a transfer is seen on the bank's
/// statement. It knows what people tell it and nothing else, so the same order has the same answer.
#[derive(Clone, Copy, Debug, Default)]
pub struct CashDesk;

#[async_trait]
impl PaymentProcessor for CashDesk {
    async fn charge(&self, _: &Call, order: &ChargeOrder) -> Processed {
        match (order.method, order.terminal) {
            (PaymentMethod::Cash | PaymentMethod::Remittance, _)
            | (PaymentMethod::Card, Some(TerminalResult::Approved)) => {
                Processed::Succeeded { reference: None }
            }
            (PaymentMethod::Card, Some(TerminalResult::Declined)) => Processed::Failed {
                reference: Some("declined".to_owned()),
            },
            (PaymentMethod::Card, Some(TerminalResult::NoAnswer)) => Processed::Unknown,
            (PaymentMethod::Card, None) | (PaymentMethod::Transfer, _) => Processed::Pending,
        }
    }

    async fn charged(&self, call: &Call, order: &ChargeOrder) -> Processed {
        self.charge(call, order).await
    }

    async fn refund(&self, _: &Call, order: &RefundOrder) -> Processed {
        match order.method {
            PaymentMethod::Cash => Processed::Succeeded { reference: None },
            // Somebody looks at the terminal, or at the bank's statement.
            PaymentMethod::Card | PaymentMethod::Transfer | PaymentMethod::Remittance => {
                Processed::Pending
            }
        }
    }

    async fn refunded(&self, call: &Call, order: &RefundOrder) -> Processed {
        self.refund(call, order).await
    }
}
