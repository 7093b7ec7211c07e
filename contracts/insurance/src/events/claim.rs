//! A claim: `claim/<id>`, and the key stream of each of its lines.

use medcover_kernel::{ClaimId, Money, RemittanceId};
use medcover_store::event;

use super::sample::{CLAIM, COVERAGE, REMITTANCE, case, content, decision, findings, usd};
use crate::{Adjudication, Case, ClaimContent, ClaimFinding, Coverage, Rejection};

event! {
    /// Some claim claims this service of this provider for this member on this day; the stream is that of these.
    pub ClaimLineClaimed = "claim-line.claimed", 1 {
        /// Which claim.
        claim: ClaimId = CLAIM,
    }
}
event! {
    /// No claim claims it any more.
    pub ClaimLineReleased = "claim-line.released", 1 {
        /// Which claim had.
        claim: ClaimId = CLAIM,
    }
}
event! {
    /// A claim was written.
    pub ClaimDrafted = "claim.drafted", 1 {
        /// What is claimed.
        content: ClaimContent = content(),
        /// With whose cover: the claim keeps it.
        coverage: Coverage = COVERAGE,
    }
}
event! {
    /// The claim was written anew.
    pub ClaimAmended = "claim.amended", 1 {
        /// What is claimed.
        content: ClaimContent = content(),
        /// With whose cover.
        coverage: Coverage = COVERAGE,
    }
}
event! {
    /// The claim was looked through and is fit to be sent.
    pub ClaimScrubbed = "claim.scrubbed", 1 {
        /// What was found.
        findings: Vec<ClaimFinding> = findings(),
    }
}
event! {
    /// The claim was looked through and is not fit to be sent.
    pub ClaimScrubFailed = "claim.scrub-failed", 1 {
        /// What was found.
        findings: Vec<ClaimFinding> = findings(),
    }
}
event! {
    /// The claim was sent.
    pub ClaimSubmitted = "claim.submitted", 1 {}
}
event! {
    /// The payer has taken it.
    pub ClaimAccepted = "claim.accepted", 1 {}
}
event! {
    /// The payer has not taken it.
    pub ClaimRejected = "claim.rejected", 1 {
        /// Why.
        rejection: Rejection = Rejection {
            rule: "duplicate".to_owned(),
            text: "Line 1 is claimed already.".to_owned(),
            claim: Some(CLAIM),
        },
    }
}
event! {
    /// It is being adjudicated.
    pub ClaimAdjudicationStarted = "claim.adjudication-started", 1 {}
}
event! {
    /// It waits for something that must be known.
    pub ClaimPended = "claim.pended", 1 {
        /// What.
        reason: String = "The report of the operation is missing.".to_owned(),
    }
}
event! {
    /// It was adjudicated.
    pub ClaimAdjudicated = "claim.adjudicated", 1 {
        /// The number of the decision within the claim, from 1.
        version: u32 = 1,
        /// All that it was decided from.
        case: Case = case(),
        /// The decision.
        decision: Adjudication = decision(),
    }
}
event! {
    /// The decision was taken back, and what it used of benefits with it.
    pub ClaimReversed = "claim.reversed", 1 {
        /// Which one.
        adjudication: u32 = 1,
        /// Why.
        reason: String = "The wrong patient was billed.".to_owned(),
    }
}
event! {
    /// A remittance has settled it.
    pub ClaimFinalized = "claim.finalized", 1 {
        /// Which.
        remittance: RemittanceId = REMITTANCE,
        /// What it pays for the claim; less than nothing where it takes back.
        payment: Money = usd(7_500),
        /// Whether it takes back what was paid for a claim that is reversed, and stays so.
        reversal: bool = false,
    }
}
event! {
    /// The claim was taken back. Without a claim before, it keeps one that comes late from being taken.
    pub ClaimVoided = "claim.voided", 1 {
        /// Why.
        reason: String = "The visit did not take place.".to_owned(),
    }
}
