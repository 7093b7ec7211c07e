//! A remittance: `remittance/<id>`, and the key stream of its payer and trace.

use jiff::civil::Date;
use medcover_kernel::{Money, RemittanceId};
use medcover_store::event;

use super::sample::{CLAIM, DAY, PAYER, REMITTANCE, usd};
use crate::{PayerId, ProviderAdjustment, RemittedClaim};

event! {
    /// Some remittance of the payer has the trace now; the stream is that of both.
    pub RemittanceTraceTaken = "remittance-trace.taken", 1 {
        /// Which.
        remittance: RemittanceId = REMITTANCE,
    }
}
event! {
    /// A payer has paid.
    pub RemittanceIssued = "remittance.issued", 1 {
        /// Who.
        payer: PayerId = PAYER,
        /// The number of the cheque or transfer.
        trace: String = "EFT-2026-05-31-1".to_owned(),
        /// The day of the payment.
        paid_on: Date = DAY,
        /// What is paid: the payments of the claims − the provider adjustments.
        total: Money = usd(7_000),
        /// For which claims.
        claims: Vec<RemittedClaim> = vec![RemittedClaim {
            claim: CLAIM,
            adjudication: 1,
            billed: usd(12_000),
            paid: usd(7_500),
            patient: usd(2_500),
            contractual: usd(2_000),
            reversal: false,
            paid_before: usd(0),
            payment: usd(7_500),
        }],
        /// What is kept back or added.
        provider_adjustments: Vec<ProviderAdjustment> = vec![ProviderAdjustment {
            reason: "overpayment".to_owned(),
            amount: usd(500),
        }],
    }
}
