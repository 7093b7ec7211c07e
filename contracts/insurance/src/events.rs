//! What happens to whom.

mod accumulator;
mod authorisation;
mod claim;
mod member;
mod payer;
mod plan;
mod policy;
mod remittance;

pub use accumulator::{
    AccumulatorPosted, AccumulatorReleased, AccumulatorReserved, AccumulatorRestored,
};
pub use authorisation::{
    AuthorisationApproved, AuthorisationCancelled, AuthorisationDenied, AuthorisationExpired,
    AuthorisationInfoProvided, AuthorisationInfoRequested, AuthorisationPended,
    AuthorisationRequested, AuthorisationRestored, AuthorisationUsed,
};
pub use claim::{
    ClaimAccepted, ClaimAdjudicated, ClaimAdjudicationStarted, ClaimAmended, ClaimDrafted,
    ClaimFinalized, ClaimLineClaimed, ClaimLineReleased, ClaimPended, ClaimRejected, ClaimReversed,
    ClaimScrubFailed, ClaimScrubbed, ClaimSubmitted, ClaimVoided,
};
pub use member::{MemberEnded, MemberEnrolled, MemberUnlinked};
pub use payer::{PayerCodeTaken, PayerRegistered, PayerScrubbingSet};
pub use plan::{PlanCreated, PlanVersionAdded, PlanVersionPublished, ProductCreated};
pub use policy::{
    PolicyAccepted, PolicyActivated, PolicyCancelled, PolicyExpired, PolicyMemberAdded,
    PolicyMemberRemoved, PolicyNumberTaken, PolicyPremiumDue, PolicyPremiumSettled, PolicyQuoted,
    PolicyReadied, PolicyReinstated, PolicyRenewed, PolicySuspended,
};
pub use remittance::{RemittanceIssued, RemittanceTraceTaken};

use medcover_store::EventExample;

/// Every kind of event of the service, with an example.
pub fn examples() -> Vec<EventExample> {
    vec![
        PayerCodeTaken::described(),
        PayerRegistered::described(),
        PayerScrubbingSet::described(),
        ProductCreated::described(),
        PlanCreated::described(),
        PlanVersionAdded::described(),
        PlanVersionPublished::described(),
        PolicyNumberTaken::described(),
        PolicyQuoted::described(),
        PolicyAccepted::described(),
        PolicyPremiumDue::described(),
        PolicyPremiumSettled::described(),
        PolicyReadied::described(),
        PolicyActivated::described(),
        PolicySuspended::described(),
        PolicyReinstated::described(),
        PolicyExpired::described(),
        PolicyCancelled::described(),
        PolicyRenewed::described(),
        PolicyMemberAdded::described(),
        PolicyMemberRemoved::described(),
        MemberEnrolled::described(),
        MemberEnded::described(),
        MemberUnlinked::described(),
        AccumulatorReserved::described(),
        AccumulatorReleased::described(),
        AccumulatorPosted::described(),
        AccumulatorRestored::described(),
        AuthorisationRequested::described(),
        AuthorisationPended::described(),
        AuthorisationInfoRequested::described(),
        AuthorisationInfoProvided::described(),
        AuthorisationApproved::described(),
        AuthorisationDenied::described(),
        AuthorisationUsed::described(),
        AuthorisationRestored::described(),
        AuthorisationExpired::described(),
        AuthorisationCancelled::described(),
        ClaimLineClaimed::described(),
        ClaimLineReleased::described(),
        ClaimDrafted::described(),
        ClaimAmended::described(),
        ClaimScrubbed::described(),
        ClaimScrubFailed::described(),
        ClaimSubmitted::described(),
        ClaimAccepted::described(),
        ClaimRejected::described(),
        ClaimAdjudicationStarted::described(),
        ClaimPended::described(),
        ClaimAdjudicated::described(),
        ClaimReversed::described(),
        ClaimFinalized::described(),
        ClaimVoided::described(),
        RemittanceTraceTaken::described(),
        RemittanceIssued::described(),
    ]
}

/// The ids, days and amounts of examples.
mod sample {
    use std::collections::BTreeSet;

    use jiff::civil::{Date, date};
    use medcover_adjudication::plan::{
        Benefit, BenefitRule, BenefitYear, Ceiling, Cover, NetworkTerms, Selector, Tier,
    };
    use medcover_adjudication::{
        Accumulators, Adjudication, Case, Fee, FeeSchedule, Network, Period, Plan, Prior, Terms,
        Unlisted, Urgency, adjudicate,
    };
    use medcover_kernel::{
        AuthorisationId, BasisPoints, ClaimId, Currency, MemberId, Money, PatientId, PolicyId,
        PractitionerId, RemittanceId, Rounding,
    };
    use uuid::Uuid;

    use crate::{
        ClaimContent, ClaimFinding, ClaimLine, Coverage, FindingSeverity, PayerId, PlanId,
        PlanTerms, PremiumPeriod, PremiumSchedule, ProductId,
    };

    pub(super) const PRACTITIONER: PractitionerId = PractitionerId::from_uuid(Uuid::from_u128(10));
    pub(super) const PAYER: PayerId = PayerId::from_uuid(Uuid::from_u128(11));
    pub(super) const PRODUCT: ProductId = ProductId::from_uuid(Uuid::from_u128(12));
    pub(super) const PLAN: PlanId = PlanId::from_uuid(Uuid::from_u128(13));
    pub(super) const POLICY: PolicyId = PolicyId::from_uuid(Uuid::from_u128(14));
    pub(super) const PATIENT: PatientId = PatientId::from_uuid(Uuid::from_u128(15));
    pub(super) const MEMBER: MemberId = MemberId::from_uuid(Uuid::from_u128(16));
    pub(super) const AUTHORISATION: AuthorisationId =
        AuthorisationId::from_uuid(Uuid::from_u128(17));
    pub(super) const CLAIM: ClaimId = ClaimId::from_uuid(Uuid::from_u128(18));
    pub(super) const REMITTANCE: RemittanceId = RemittanceId::from_uuid(Uuid::from_u128(19));
    pub(super) const DAY: Date = date(2026, 5, 4);
    pub(super) const LAST_DAY: Date = date(2026, 12, 31);

    pub(super) const COVERAGE: Coverage = Coverage {
        patient: PATIENT,
        policy: POLICY,
        payer: PAYER,
        plan: PLAN,
        plan_version: 1,
    };

    pub(super) fn usd(minor: i64) -> Money {
        Money::new(minor, Currency::USD).expect("a small amount")
    }

    pub(super) fn premium() -> PremiumSchedule {
        PremiumSchedule {
            amount: usd(31_000),
            every: PremiumPeriod::Month,
            grace_days: 30,
        }
    }

    pub(super) fn ceiling(minor: i64) -> Ceiling {
        Ceiling {
            member: Some(usd(minor)),
            family: None,
        }
    }

    pub(super) fn terms() -> PlanTerms {
        let consultation = Cover {
            waiting_days: 30,
            authorisation_required: false,
            limit: None,
            counts_to_out_of_pocket: true,
            tiers: vec![Tier {
                from_unit: 1,
                until_unit: None,
                copay: usd(2_500),
                deductible_applies: true,
                coinsurance: BasisPoints::new(2_000).expect("a rate"),
            }],
        };
        PlanTerms {
            benefits: Terms {
                id: "silver-1".to_owned(),
                currency: Currency::USD,
                rounding: Rounding::HalfEven,
                benefit_year: BenefitYear::Calendar,
                timely_filing_days: Some(365),
                networks: vec![NetworkTerms {
                    network: Network::In,
                    deductible: ceiling(50_000),
                    out_of_pocket: ceiling(300_000),
                }],
                limits: Vec::new(),
                rules: vec![BenefitRule {
                    id: "consultation".to_owned(),
                    selector: Selector {
                        category: Some("consultation".to_owned()),
                        ..Selector::default()
                    },
                    priority: 0,
                    benefit: Benefit::Covered(consultation),
                }],
            },
            fees: [("99213".to_owned(), fee())].into(),
            unlisted: Unlisted::Denied,
            reviewed: BTreeSet::new(),
        }
    }

    fn fee() -> Fee {
        Fee {
            category: "consultation".to_owned(),
            price: usd(10_000),
            price_out_of_network: None,
        }
    }

    pub(super) fn content() -> ClaimContent {
        ClaimContent {
            member: MEMBER,
            encounter: None,
            practitioner: PRACTITIONER,
            authorisation: Some(AUTHORISATION),
            service_on: DAY,
            diagnoses: vec!["E11.9".to_owned()],
            lines: vec![ClaimLine {
                procedure: "99213".to_owned(),
                units: 1,
                charge: usd(12_000),
                diagnoses: vec![1],
                network: Network::In,
                urgency: Urgency::Routine,
                distinct: false,
            }],
        }
    }

    pub(super) fn findings() -> Vec<ClaimFinding> {
        vec![ClaimFinding {
            severity: FindingSeverity::Error,
            rule: "excludes1".to_owned(),
            text: "E10.9 and E11.9 exclude each other.".to_owned(),
            places: vec!["/diagnoses/0".to_owned(), "/diagnoses/1".to_owned()],
            mend: "Keep one of them.".to_owned(),
        }]
    }

    /// A case as it is kept.
    pub(super) fn case() -> Case {
        let line = medcover_adjudication::ClaimLine {
            line: 1,
            service_date: DAY,
            procedure: "99213".to_owned(),
            units: 1,
            billed: usd(12_000),
            diagnoses: vec![0],
            network: Network::In,
            urgency: Urgency::Routine,
            distinct: false,
        };
        let PlanTerms {
            benefits,
            fees,
            unlisted,
            ..
        } = terms();
        Case {
            claim: medcover_adjudication::Claim {
                claim: CLAIM,
                sequence: 1,
                member: MEMBER,
                provider: PRACTITIONER,
                currency: Currency::USD,
                received: DAY,
                diagnoses: vec!["E11.9".to_owned()],
                lines: vec![line],
            },
            coverage: medcover_adjudication::Coverage {
                plan: Plan::new(benefits).expect("terms that hold together"),
                policy: period(),
                member: period(),
                in_grace_from: None,
                born: DAY,
                sex: None,
            },
            fees: FeeSchedule {
                id: "silver-1".to_owned(),
                fees,
                unlisted,
            },
            accumulators: Accumulators::new(),
            prior: Prior::default(),
            authorisations: Vec::new(),
            facts: Vec::new(),
            findings: Vec::new(),
        }
    }

    const fn period() -> Period {
        Period {
            from: date(2026, 1, 1),
            until: None,
        }
    }

    /// What is decided on [`case`].
    pub(super) fn decision() -> Adjudication {
        adjudicate(&case()).expect("a case that holds together")
    }
}
