//! What stands in the three services, in a text that is equal when they are; and what must never be.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use medcover_contract_billing::endpoints::{
    InvoiceQuery, PageQuery, PaymentQuery, RefundQuery, RemittanceQuery,
};
use medcover_contract_billing::{InvoiceState, TrialBalanceLine};
use medcover_contract_hospital::{AppointmentQuery, AppointmentState, SlotState};
use medcover_contract_insurance::endpoints::{AuthorisationsQuery, ClaimsQuery};
use medcover_contract_insurance::{AuthorisationState, ClaimState, EligibilityQuery, MemberState};
use medcover_kernel::Limit;
use serde_json::json;

use crate::{Clinic, Insured, Practice, of};

impl Clinic {
    /// What stands, without what may stay after an undo: names of things, how often they were changed, visits that took
    /// place, charges, and what was voided, cancelled or taken back.
    pub async fn picture(&self, practice: Option<Practice>, insured: Option<Insured>) -> String {
        let mut seen = String::new();
        self.see_hospital(&mut seen, practice).await;
        self.see_insurance(&mut seen, insured).await;
        self.see_billing(&mut seen).await;
        // Things made in the same instant have no order.
        let mut lines: Vec<_> = seen.lines().collect();
        lines.sort_unstable();
        lines.join("\n")
    }

    async fn see_hospital(&self, seen: &mut String, practice: Option<Practice>) {
        let call = self.call();
        let people = self.hospital.patients(&call, of(json!({"name": ""}))).await;
        // Who was entered in error is found no more by name.
        let people = people.map(|it| it.patients).unwrap_or_default();
        line(seen, "patients", &people.len());
        let appointments = AppointmentQuery {
            limit: Some(Limit::MAX),
            ..AppointmentQuery::default()
        };
        let appointments = self.hospital.appointments(&call, appointments).await;
        let mut standing: BTreeMap<&str, u32> = BTreeMap::new();
        for appointment in appointments.expect("listed").appointments {
            let over = matches!(
                appointment.state,
                AppointmentState::Cancelled
                    | AppointmentState::EnteredInError
                    | AppointmentState::Fulfilled
            );
            if !over {
                *standing.entry(appointment.state.name()).or_default() += 1;
            }
        }
        line(seen, "appointments", &standing);
        if let Some(practice) = practice {
            line(
                seen,
                "slots held",
                &self.slots(practice, SlotState::BusyTentative).await,
            );
        }
    }

    /// How many slots of the first day are in `state`.
    pub async fn slots(&self, practice: Practice, state: SlotState) -> usize {
        let query = of(json!({
            "service": practice.service, "all": true, "limit": 100,
            "from": "2026-01-01T00:00:00Z", "to": "2026-01-02T00:00:00Z"
        }));
        let slots = self
            .hospital
            .slots(&self.call(), query)
            .await
            .expect("listed")
            .slots;
        slots.iter().filter(|slot| slot.state == state).count()
    }

    async fn see_insurance(&self, seen: &mut String, insured: Option<Insured>) {
        let call = self.call();
        let claims = ClaimsQuery {
            limit: Some(Limit::MAX),
            ..ClaimsQuery::default()
        };
        let claims = self
            .insurance
            .claims(&call, claims)
            .await
            .expect("listed")
            .claims;
        let claims = claims.iter().filter(|it| it.state != ClaimState::Voided);
        let claims: Vec<_> = claims.map(|it| (it.state, it.total.minor())).collect();
        line(seen, "claims", &claims);
        let query = AuthorisationsQuery {
            limit: Some(Limit::MAX),
            ..AuthorisationsQuery::default()
        };
        let given = self
            .insurance
            .authorisations(&call, query)
            .await
            .expect("listed");
        let given = given.authorisations.iter().map(|it| it.state);
        let given: Vec<_> = given
            .filter(|it| *it != AuthorisationState::Cancelled)
            .collect();
        line(seen, "authorisations", &given);
        self.see_policies(seen).await;
        let Some(insured) = insured else {
            return;
        };
        let query = EligibilityQuery {
            member: Some(insured.member),
            on: Some(jiff::civil::date(2026, 1, 1)),
            ..EligibilityQuery::default()
        };
        let cover = self
            .insurance
            .check_eligibility(&call, query)
            .await
            .expect("a member");
        for account in cover.accumulators {
            let state = (account.used, account.held, account.remaining);
            line(seen, &format!("{:?}", account.account), &state);
        }
    }

    async fn see_policies(&self, seen: &mut String) {
        let call = self.call();
        let policies = self
            .insurance
            .policies(&call, None, Limit::MAX)
            .await
            .expect("listed");
        for policy in policies.policies {
            let members = self
                .insurance
                .members(&call, policy.id, None, Limit::MAX)
                .await;
            let members = members.expect("listed").members.into_iter();
            let members = members
                .filter(|it| it.state == MemberState::Enrolled)
                .count();
            line(seen, "policy", &(policy.state, members));
        }
    }

    async fn see_billing(&self, seen: &mut String) {
        let call = self.call();
        for account in self.net().await {
            line(seen, "account", &account);
        }
        let invoices = InvoiceQuery {
            limit: Some(Limit::MAX),
            ..InvoiceQuery::default()
        };
        for invoice in self
            .billing
            .invoices(&call, invoices)
            .await
            .expect("listed")
            .invoices
        {
            if invoice.state != InvoiceState::Void {
                let amounts = (invoice.total.minor(), invoice.open.minor());
                line(seen, "invoice", &(invoice.kind, invoice.state, amounts));
            }
        }
        let payments = PaymentQuery {
            limit: Some(Limit::MAX),
            ..PaymentQuery::default()
        };
        for payment in self
            .billing
            .payments(&call, payments)
            .await
            .expect("listed")
            .payments
        {
            let (allocated, unapplied) = (payment.allocated.minor(), payment.unapplied.minor());
            line(
                seen,
                "payment",
                &(payment.state, payment.amount.minor(), allocated, unapplied),
            );
        }
        let refunds = RefundQuery {
            limit: Some(Limit::MAX),
            ..RefundQuery::default()
        };
        for refund in self
            .billing
            .refunds(&call, refunds)
            .await
            .expect("listed")
            .refunds
        {
            line(seen, "refund", &(refund.state, refund.amount.minor()));
        }
        let postings = RemittanceQuery {
            limit: Some(Limit::MAX),
            ..RemittanceQuery::default()
        };
        let postings = self
            .billing
            .remittance_postings(&call, postings)
            .await
            .expect("listed");
        for posting in postings.remittance_postings {
            line(seen, "remittance", &(posting.state, posting.total.minor()));
        }
    }

    /// What each kind of account comes to, where that is anything.
    pub async fn net(&self) -> Vec<(String, String, i64)> {
        let books = self
            .billing
            .trial_balance(&self.call())
            .await
            .expect("the books");
        let net = |it: TrialBalanceLine| (it.account, it.layer, it.debit_minor - it.credit_minor);
        books
            .lines
            .into_iter()
            .map(net)
            .filter(|it| it.2 != 0)
            .collect()
    }

    /// What must never be, whatever happened: debits that are not credits, entries that do not balance, a benefit or a slot
    /// held for nobody.
    pub async fn faults(&self) -> Vec<String> {
        let (call, mut faults) = (self.call(), Vec::new());
        let books = self.billing.trial_balance(&call).await.expect("the books");
        if !books.balanced {
            faults.push(format!("the trial balance is not zero: {books:?}"));
        }
        let page = PageQuery {
            limit: Some(Limit::MAX),
            ..PageQuery::default()
        };
        for entry in self
            .billing
            .journal(&call, page)
            .await
            .expect("the journal")
            .entries
        {
            let sum: i64 = entry.postings.iter().map(|it| it.amount.minor()).sum();
            if sum != 0 {
                faults.push(format!("entry {} comes to {sum}", entry.id));
            }
        }
        faults.extend(self.forgotten_benefits().await);
        faults
    }

    async fn forgotten_benefits(&self) -> Vec<String> {
        let (call, mut faults) = (self.call(), Vec::new());
        let query = AuthorisationsQuery {
            limit: Some(Limit::MAX),
            ..AuthorisationsQuery::default()
        };
        let given = self
            .insurance
            .authorisations(&call, query)
            .await
            .expect("listed");
        for given in given.authorisations {
            let holds = matches!(
                given.state,
                AuthorisationState::Approved | AuthorisationState::PartiallyApproved
            );
            if !holds {
                continue;
            }
            let found = self
                .insurance
                .authorisation(&call, given.id)
                .await
                .expect("there");
            let Some(appointment) = found.appointment else {
                continue;
            };
            match self.hospital.appointment(&call, appointment).await {
                Ok(it)
                    if !matches!(
                        it.state,
                        AppointmentState::Cancelled | AppointmentState::NoShow
                    ) => {}
                _ => faults.push(format!("{} is held for no appointment", given.id)),
            }
        }
        faults
    }
}

fn line(seen: &mut String, name: &str, what: &impl std::fmt::Debug) {
    writeln!(seen, "{name}: {what:?}").expect("a string takes all");
}
