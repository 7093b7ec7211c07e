//! What concerns the house, or the money of several visits.

use medcover_contract_billing as billing;
use medcover_contract_insurance as insurance;
use medcover_contract_journeys as journeys;
use medcover_simulation::stage::Fate;

use super::chance::collection;
use super::visit::{Shares, Stage, Visit};
use super::{Desk, id};
use crate::commands::{Command, DAY, patient, payer, remittance};
use crate::setting::{self, PATIENTS, usd};

impl Desk {
    /// What concerns the house, or the claim of the visit `at`.
    pub(super) fn house(&mut self, fate: &Fate, at: usize) -> Command {
        self.numbers += 1;
        let decided = self
            .visits
            .iter()
            .any(|it| it.stage > Stage::Adjudicate && it.insured);
        match fate.below(14) {
            0..=3 if decided => self.remit(fate),
            4..=6 if self.remittances > 0 => self.posting(fate),
            7 if decided => self.post_by_hand(fate, u128::from(fate.below(3))),
            8 => self.settle(),
            9 => Command::ClosePeriod {
                request: billing::ClosePeriodRequest {
                    month: ["2025-11", "2025-12", "2026-01"][fate.below(3) as usize].to_owned(),
                },
            },
            10 => premium(fate),
            11 => self.register(fate),
            12.. if decided => self.visits[at].claim_reversal(fate),
            _ => self.visits[at].disturb(fate),
        }
    }

    /// A payer pays claims; some are paid already, or not decided.
    fn remit(&mut self, fate: &Fate) -> Command {
        self.remittances += 1;
        let decided = self
            .visits
            .iter()
            .filter(|it| it.stage >= Stage::Adjudicate && it.insured);
        let mut claims: Vec<_> = decided.map(Visit::claim).collect();
        let first = fate.below(claims.len() as u64) as usize;
        claims.rotate_left(first);
        claims.truncate(1 + fate.below(2) as usize);
        Command::IssueRemittance {
            request: insurance::IssueRemittanceRequest {
                id: Some(remittance(self.remittances)),
                payer: payer(),
                // Now and then a trace comes again.
                trace: format!(
                    "EFT-{}",
                    self.remittances - u64::from(self.remittances > 1 && fate.happens(100))
                ),
                paid_on: DAY,
                claims,
                provider_adjustments: Vec::new(),
            },
        }
    }

    /// The saga that posts a remittance; it may be posted already.
    pub(super) fn posting(&self, fate: &Fate) -> Command {
        Command::StartPosting {
            request: journeys::RemittancePosting {
                remittance: remittance(1 + fate.below(self.remittances.max(1))),
                control: format!("{:09}", fate.below(1_000)),
            },
        }
    }

    /// A remittance on paper: it may be one that is posted already, or not balance.
    pub(super) fn post_by_hand(&self, fate: &Fate, again: u128) -> Command {
        let insured: Vec<_> = self.visits.iter().filter(|it| it.insured).collect();
        let visit = insured[fate.below(insured.len() as u64) as usize];
        visit.on_paper(fate, again)
    }

    fn settle(&self) -> Command {
        Command::SettleCommission {
            request: billing::SettleCommissionRequest {
                id: billing::SettlementId::from_uuid(id(0x5e, self.numbers, 0)),
                agent: billing::AgentId::from_uuid(setting::agent()),
                currency: medcover_kernel::Currency::USD,
            },
        }
    }

    fn register(&self, fate: &Fate) -> Command {
        // Now and then somebody is registered who is there already.
        let number = PATIENTS - 1 + fate.below(4) as u128;
        Command::StartRegistration {
            request: journeys::PatientRegistration {
                person: journeys::Person {
                    family_name: format!("Bianchi {}", self.numbers),
                    given_names: "Anna".to_owned(),
                    birth_date: jiff::civil::date(1990, 5, 4),
                    sex: journeys::Gender::Female,
                    identifiers: vec![journeys::PatientIdentifier {
                        system: "https://clinic.example/record".to_owned(),
                        value: number.to_string(),
                    }],
                    phone: None,
                    email: None,
                    address: None,
                },
                membership: Some(journeys::Membership {
                    policy: setting::policy(u128::from(fate.below(PATIENTS as u64 + 1))),
                    relationship: journeys::RelationshipToHolder::Child,
                    from: None,
                    to: None,
                }),
            },
        }
    }
}

fn premium(fate: &Fate) -> Command {
    Command::StartPremium {
        request: journeys::PremiumCollection {
            policy: setting::policy(u128::from(fate.below(2))),
            number: 1,
            holder: patient(u128::from(fate.below(2))),
            collection: collection(fate),
            unpaid: journeys::Unpaid::Keep,
            agent: None,
        },
    }
}

impl Visit {
    /// A remittance for its claim; of three, two have one trace.
    pub(super) fn on_paper(&self, fate: &Fate, again: u128) -> Command {
        let unknown = Shares {
            version: 1,
            contractual: 0,
            patient: 0,
            payer: 1_000,
        };
        let shares = self.decided.unwrap_or(unknown);
        let adjustment = |group: &str, reason: &str, amount_minor| billing::ClaimAdjustment {
            group: group.to_owned(),
            reason: reason.to_owned(),
            amount_minor,
        };
        Command::PostRemittance {
            request: billing::RemittanceRequest {
                id: medcover_kernel::RemittanceId::from_uuid(id(0x9e, self.number, again)),
                payer: payer().as_uuid(),
                trace: format!("PAPER-{}-{}", self.number, again / 2),
                control: format!("{again:09}"),
                total: usd(shares.payer + fate.below(20).cast_signed() / 19),
                paid_on: DAY,
                claims: vec![billing::ClaimPayment {
                    claim: self.claim(),
                    invoice: self.invoice(),
                    billed: usd(shares.contractual + shares.patient + shares.payer),
                    paid: usd(shares.payer),
                    adjustments: vec![
                        adjustment("CO", "45", shares.contractual),
                        adjustment("PR", "2", shares.patient),
                    ],
                }],
                provider_adjustments: Vec::new(),
            },
        }
    }
}
