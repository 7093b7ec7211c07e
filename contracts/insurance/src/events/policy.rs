//! A policy: `policy/<id>`, and the key stream of its number.

use jiff::civil::Date;
use medcover_kernel::{InvoiceId, MemberId, Money, PatientId, PaymentId, PolicyId};
use medcover_store::event;
use uuid::Uuid;

use super::sample::{DAY, LAST_DAY, MEMBER, PATIENT, PAYER, PLAN, POLICY, premium, usd};
use crate::{PayerId, PlanId, PremiumSchedule};

event! {
    /// Some policy has the number now; the stream is that of the number.
    pub PolicyNumberTaken = "policy-number.taken", 1 {
        /// Which.
        policy: PolicyId = POLICY,
    }
}
event! {
    /// A policy was offered.
    pub PolicyQuoted = "policy.quoted", 1 {
        /// The number.
        number: String = "NM-2026-000017".to_owned(),
        /// The payer.
        payer: PayerId = PAYER,
        /// The plan.
        plan: PlanId = PLAN,
        /// The version of the plan, which the policy keeps.
        plan_version: u32 = 1,
        /// The first day of cover.
        from: Date = DAY,
        /// The last day of cover.
        to: Date = LAST_DAY,
        /// What is paid for it.
        premium: PremiumSchedule = premium(),
        /// Who has brought it.
        agent: Option<Uuid> = None,
    }
}
event! {
    /// The offer was accepted; the first premium falls due.
    pub PolicyAccepted = "policy.accepted", 1 {}
}
event! {
    /// A premium is due: an invoice may be made.
    pub PolicyPremiumDue = "policy.premium-due", 1 {
        /// Its number within the policy, from 1.
        number: u32 = 1,
        /// When it is due.
        due_on: Date = DAY,
        /// The first day that it pays for.
        covers_from: Date = DAY,
        /// The last day that it pays for.
        covers_to: Date = LAST_DAY,
        /// How much.
        amount: Money = usd(31_000),
    }
}
event! {
    /// A premium is paid.
    pub PolicyPremiumSettled = "policy.premium-settled", 1 {
        /// Its number.
        number: u32 = 1,
        /// By which invoice.
        invoice: Option<InvoiceId> = None,
        /// With which payment.
        payment: Option<PaymentId> = None,
    }
}
event! {
    /// The first premium is paid.
    pub PolicyReadied = "policy.readied", 1 {}
}
event! {
    /// The policy covers.
    pub PolicyActivated = "policy.activated", 1 {}
}
event! {
    /// The policy does not cover for the time being.
    pub PolicySuspended = "policy.suspended", 1 {
        /// Since when.
        on: Date = DAY,
        /// Why.
        reason: String = "The premium of May is not paid.".to_owned(),
    }
}
event! {
    /// The policy covers again, as if it had never been suspended.
    pub PolicyReinstated = "policy.reinstated", 1 {}
}
event! {
    /// The policy has ended.
    pub PolicyExpired = "policy.expired", 1 {
        /// The last day of cover.
        on: Date = LAST_DAY,
        /// Why, where it is not its term.
        lapsed: Option<String> = None,
    }
}
event! {
    /// The policy was ended.
    pub PolicyCancelled = "policy.cancelled", 1 {
        /// The last day of cover.
        on: Date = DAY,
        /// Why.
        reason: String = "The holder has moved abroad.".to_owned(),
    }
}
event! {
    /// Another policy follows this one.
    pub PolicyRenewed = "policy.renewed", 1 {
        /// Which.
        by: PolicyId = POLICY,
    }
}
event! {
    /// Somebody is a member.
    pub PolicyMemberAdded = "policy.member-added", 1 {
        /// As which member.
        member: MemberId = MEMBER,
        /// Who.
        patient: PatientId = PATIENT,
    }
}
event! {
    /// Somebody was never meant to be a member.
    pub PolicyMemberRemoved = "policy.member-removed", 1 {
        /// As which member.
        member: MemberId = MEMBER,
    }
}
