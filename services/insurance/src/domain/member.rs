//! A member of a policy.

use jiff::civil::Date;
use medcover_contract_insurance::events::{MemberEnded, MemberEnrolled, MemberUnlinked};
use medcover_contract_insurance::{EnrolMemberRequest, MemberState};
use medcover_kernel::{Error, PolicyId, Result, Timestamp};
use medcover_store::{Aggregate, events};
use serde::{Deserialize, Serialize};

use super::refusal;

events! {
    /// What can happen to a member.
    pub(crate) MemberEvent { Enrolled(MemberEnrolled), Ended(MemberEnded), Unlinked(MemberUnlinked), }
}

/// A member as their events leave them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Member {
    /// As they were enrolled.
    pub(crate) enrolled: Option<MemberEnrolled>,
    /// The last day of their cover, where it is another than the policy's.
    pub(crate) to: Option<Date>,
    /// Whether the enrolment was taken back, perhaps before it came.
    pub(crate) unlinked: bool,
}

/// What is asked of a member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Command {
    /// Begins to be covered.
    Enrol(MemberEnrolled),
    /// Ends to be covered after this day.
    End(Date),
    /// Was never meant to be covered.
    Unlink,
}

/// What becomes of `command`: nothing where it has happened before.
pub(crate) fn decide(member: &Member, command: Command) -> Result<Option<MemberEvent>> {
    match command {
        Command::Enrol(enrolled) => match &member.enrolled {
            _ if member.unlinked => Err(refusal::id_closed("member")),
            None => Ok(Some(enrolled.into())),
            Some(before) if *before == enrolled => Ok(None),
            Some(_) => Err(refusal::id_taken("member")),
        },
        Command::End(on) => {
            let enrolled = member.enrolled.as_ref().filter(|_| !member.unlinked);
            let state = if member.unlinked {
                "unlinked"
            } else {
                "not enrolled"
            };
            let Some(enrolled) = enrolled else {
                return Err(Error::illegal_transition("member", state, "end", &[]));
            };
            if on < enrolled.from {
                let rule = format!("must be {} or later, the first day", enrolled.from);
                return Err(Error::invalid("/on", rule));
            }
            Ok((member.to != Some(on)).then(|| MemberEnded { on }.into()))
        }
        Command::Unlink => Ok((!member.unlinked).then(|| MemberUnlinked {}.into())),
    }
}

/// The event that `request` asks for.
pub(crate) fn enrolment(
    policy: PolicyId,
    policy_from: Date,
    request: &EnrolMemberRequest,
) -> Result<MemberEnrolled> {
    let from = request.from.unwrap_or(policy_from);
    if from < policy_from {
        let rule = format!("must be {policy_from} or later, when the policy begins");
        return Err(Error::invalid("/from", rule));
    }
    if request.to.is_some_and(|to| to < from) {
        return Err(Error::invalid("/to", "must not be before `from`"));
    }
    Ok(MemberEnrolled {
        policy,
        patient: request.patient,
        relationship: request.relationship,
        born_on: request.born_on,
        sex: request.sex,
        from,
        to: request.to,
    })
}

impl Member {
    /// The state that callers see, once they were enrolled.
    pub(crate) const fn state(&self) -> MemberState {
        if self.unlinked {
            MemberState::Unlinked
        } else {
            MemberState::Enrolled
        }
    }
}

impl Aggregate for Member {
    const KIND: &'static str = "member";
    type Event = MemberEvent;
    fn evolve(&mut self, event: &MemberEvent, _: Timestamp) {
        match event {
            MemberEvent::Enrolled(enrolled) => {
                self.to = enrolled.to;
                self.enrolled = Some(enrolled.clone());
            }
            MemberEvent::Ended(ended) => self.to = Some(ended.on),
            MemberEvent::Unlinked(_) => self.unlinked = true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;
    use medcover_contract_insurance::Relationship;
    use medcover_kernel::PatientId;
    use uuid::Uuid;

    fn enrolled() -> MemberEnrolled {
        MemberEnrolled {
            policy: PolicyId::from_uuid(Uuid::from_u128(1)),
            patient: PatientId::from_uuid(Uuid::from_u128(2)),
            relationship: Relationship::Holder,
            born_on: date(1980, 1, 1),
            sex: None,
            from: date(2026, 1, 1),
            to: None,
        }
    }

    fn after(events: &[MemberEvent]) -> Member {
        let mut member = Member::default();
        for event in events {
            member.evolve(event, Timestamp::from_micros(0));
        }
        member
    }

    /// Every state × command: nobody, enrolled, unlinked before and after an enrolment.
    #[test]
    fn every_command_in_every_state() {
        let on = date(2026, 6, 30);
        let other = MemberEnrolled {
            from: date(2026, 2, 1),
            ..enrolled()
        };
        let states = [
            after(&[]),
            after(&[enrolled().into()]),
            after(&[MemberUnlinked {}.into()]),
            after(&[enrolled().into(), MemberUnlinked {}.into()]),
        ];
        let commands = [
            Command::Enrol(enrolled()),
            Command::Enrol(other),
            Command::End(on),
            Command::Unlink,
        ];
        let told = states.map(|state| {
            commands
                .clone()
                .map(|command| match decide(&state, command) {
                    Ok(Some(_)) => "done".to_owned(),
                    Ok(None) => "again".to_owned(),
                    Err(error) => error.slug().to_owned(),
                })
        });
        assert_eq!(
            told,
            [
                ["done", "done", "illegal-transition", "done"],
                ["again", "id-taken", "done", "done"],
                ["id-closed", "id-closed", "illegal-transition", "again"],
                ["id-closed", "id-closed", "illegal-transition", "again"],
            ]
        );
    }
}
