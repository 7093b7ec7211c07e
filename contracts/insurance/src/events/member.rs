//! A member: `member/<id>`.

use jiff::civil::Date;
use medcover_kernel::{PatientId, PolicyId};
use medcover_store::event;

use super::sample::{DAY, LAST_DAY, PATIENT, POLICY};
use crate::{Relationship, Sex};

event! {
    /// Somebody is covered by a policy.
    pub MemberEnrolled = "member.enrolled", 1 {
        /// By which.
        policy: PolicyId = POLICY,
        /// Who.
        patient: PatientId = PATIENT,
        /// What they are to the holder.
        relationship: Relationship = Relationship::Holder,
        /// The day of birth.
        born_on: Date = DAY,
        /// The sex.
        sex: Option<Sex> = Some(Sex::Female),
        /// The first day of their cover.
        from: Date = DAY,
        /// The last day of their cover; that of the policy where there is none.
        to: Option<Date> = None,
    }
}
event! {
    /// Their cover ends.
    pub MemberEnded = "member.ended", 1 {
        /// The last day of it.
        on: Date = LAST_DAY,
    }
}
event! {
    /// They were never meant to be covered. Without an enrolment before, it keeps one that comes late from taking place.
    pub MemberUnlinked = "member.unlinked", 1 {}
}
