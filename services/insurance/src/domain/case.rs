//! The case of a claim: all that its adjudication depends on, put together.

use std::collections::BTreeMap;

use jiff::civil::Date;
use medcover_adjudication::plan::Plan;
use medcover_adjudication::{
    Accumulators, Action, Authorisation, Case, Claim, ClaimLine, Coverage, Edit, FeeSchedule,
    Finding, Period, Prior,
};
use medcover_contract_insurance::events::PlanVersionPublished;
use medcover_contract_insurance::{ClaimContent, ClaimFinding};
use medcover_kernel::{ClaimId, Error, Result};

use super::member::Member;
use super::policy::Policy;

/// A member's cover: who they are, their policy, and the version of the plan that counts.
pub(crate) struct Cover<'a> {
    pub(crate) member: &'a Member,
    pub(crate) policy: &'a Policy,
    pub(crate) version: &'a PlanVersionPublished,
}

/// What a case needs beside claim and cover.
pub(crate) struct Circumstances {
    /// The place of the claim among those of its member.
    pub(crate) sequence: u64,
    /// When the payer received it.
    pub(crate) received: Date,
    pub(crate) accumulators: Accumulators,
    pub(crate) authorisations: Vec<Authorisation>,
}

impl Cover<'_> {
    /// The cover as the rules see it. Policy and member end with their last day, the rules' periods the day after it.
    pub(crate) fn coverage(&self) -> Result<Coverage> {
        let absent = || Error::internal("a cover is of an enrolled member and a quoted policy");
        let enrolled = self.member.enrolled.as_ref().ok_or_else(absent)?;
        let quoted = self.policy.quoted.as_ref().ok_or_else(absent)?;
        let end = self.policy.to(quoted);
        let member_end = self.member.to.map_or(end, |to| to.min(end));
        let until = |last: Date| last.tomorrow().ok();
        Ok(Coverage {
            plan: self.plan()?,
            policy: Period {
                from: quoted.from,
                until: until(end),
            },
            member: Period {
                from: enrolled.from,
                until: until(member_end),
            },
            in_grace_from: self.policy.waits_from(quoted),
            born: enrolled.born_on,
            sex: enrolled.sex,
        })
    }

    /// The benefits of the version.
    pub(crate) fn plan(&self) -> Result<Plan> {
        Plan::new(self.version.terms.benefits.clone()).map_err(Error::internal)
    }

    /// The case of a claim. Of the fee schedule it holds what is claimed, so that it stays small enough to be kept.
    pub(crate) fn case(
        &self,
        id: ClaimId,
        content: &ClaimContent,
        findings: &[ClaimFinding],
        circumstances: Circumstances,
    ) -> Result<Case> {
        let terms = &self.version.terms;
        let claimed = content.lines.iter().map(|line| &line.procedure);
        let fees: BTreeMap<_, _> = claimed
            .filter_map(|code| terms.fees.get_key_value(code))
            .map(|(code, fee)| (code.clone(), fee.clone()))
            .collect();
        let claim = Claim {
            claim: id,
            sequence: circumstances.sequence,
            member: content.member,
            provider: content.practitioner,
            currency: terms.benefits.currency,
            received: circumstances.received,
            diagnoses: content.diagnoses.clone(),
            lines: lines(content),
        };
        Ok(Case {
            claim,
            coverage: self.coverage()?,
            fees: FeeSchedule {
                id: terms.benefits.id.clone(),
                fees,
                unlisted: terms.unlisted,
            },
            accumulators: circumstances.accumulators,
            prior: Prior::default(),
            authorisations: circumstances.authorisations,
            facts: Vec::new(),
            findings: findings.iter().map(note).collect(),
        })
    }
}

fn lines(content: &ClaimContent) -> Vec<ClaimLine> {
    let lines = content.lines.iter().zip(1_u32..);
    let lines = lines.map(|(line, number)| ClaimLine {
        line: number,
        service_date: content.service_on,
        procedure: line.procedure.clone(),
        units: line.units,
        billed: line.charge,
        diagnoses: line
            .diagnoses
            .iter()
            .map(|place| *place as usize - 1)
            .collect(),
        network: line.network,
        urgency: line.urgency,
        distinct: line.distinct,
    });
    lines.collect()
}

/// What scrubbing found stands in the explanation; what is to keep a claim from being paid has kept it from being sent.
fn note(finding: &ClaimFinding) -> Finding {
    Finding {
        line: None,
        edit: Edit::DiagnosisInvalid,
        action: Action::Note,
        text: finding.text.clone(),
        rule: finding.rule.clone(),
    }
}
