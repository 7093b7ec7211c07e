//! The people who work in the demo: a role each, and a password of their own that chance made.

use std::collections::BTreeSet;
use std::time::Duration;

use medcover_auth::FirstAdministrator;
use medcover_contract_auth::{AcceptInvitationRequest, AuthApi, InviteUserRequest, RoleRequest};
use medcover_identity::{Entropy, SecretText, SystemEntropy};
use medcover_kernel::{Call, Caller, Clock, Result, Rng, Scopes, TenantId, UserId};

use super::making::keyed;

/// A request of the making waits no longer than this.
const PATIENCE: Duration = Duration::from_mins(1);

/// What somebody does in the house.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Job {
    FrontDesk,
    Clinician,
    Coder,
    Biller,
    Finance,
    Insurer,
    Manager,
    Auditor,
}

/// A role, and who has it.
struct Role {
    job: Job,
    name: &'static str,
    user: &'static str,
    does: &'static str,
    permissions: &'static [&'static str],
}

const ROLES: [Role; 8] = [
    Role {
        job: Job::FrontDesk,
        name: "front-desk",
        user: "dana.desk",
        does: "registers patients, books appointments, takes payments",
        permissions: &[
            "patients.read",
            "patients.manage",
            "patients.merge",
            "schedules.read",
            "appointments.read",
            "appointments.book",
            "appointments.overbook",
            "coverage.read",
            "authorisations.read",
            "authorisations.request",
            "billing.read",
            "payments.take",
            "journeys.register",
            "journeys.visit",
        ],
    },
    Role {
        job: Job::Clinician,
        name: "clinician",
        user: "omar.clinician",
        does: "sees patients and records encounters",
        permissions: &[
            "patients.read",
            "schedules.read",
            "appointments.read",
            "encounters.read",
            "encounters.manage",
            "break-glass.use",
        ],
    },
    Role {
        job: Job::Coder,
        name: "coder",
        user: "ines.coder",
        does: "makes the codes of encounters final",
        permissions: &[
            "patients.read",
            "encounters.read",
            "encounters.code",
            "claims.read",
        ],
    },
    Role {
        job: Job::Biller,
        name: "biller",
        user: "tariq.biller",
        does: "invoices, claims, posts remittances, asks for refunds and write-offs",
        permissions: &[
            "patients.read",
            "encounters.read",
            "encounters.code",
            "coverage.read",
            "claims.read",
            "claims.submit",
            "remittances.read",
            "billing.read",
            "invoices.manage",
            "payments.take",
            "refunds.request",
            "write-offs.request",
            "remittances.post",
            "commissions.read",
            "journeys.settle",
            "journeys.premium",
        ],
    },
    Role {
        job: Job::Finance,
        name: "finance",
        user: "yuki.finance",
        does: "approves refunds and write-offs, settles commissions, closes months",
        permissions: &[
            "billing.read",
            "refunds.approve",
            "write-offs.approve",
            "commissions.read",
            "commissions.manage",
            "ledger.read",
            "periods.close",
            "periods.reopen",
        ],
    },
    Role {
        job: Job::Insurer,
        name: "insurer",
        user: "lena.insurer",
        does: "makes plans and policies, decides on authorisations and claims, pays them",
        permissions: &[
            "plans.read",
            "plans.manage",
            "coverage.read",
            "coverage.manage",
            "authorisations.read",
            "authorisations.decide",
            "claims.read",
            "claims.adjudicate",
            "remittances.read",
            "remittances.issue",
        ],
    },
    Role {
        job: Job::Manager,
        name: "practice-manager",
        user: "grace.manager",
        does: "looks after practitioners, places, services and schedules",
        permissions: &["schedules.read", "schedules.manage", "appointments.read"],
    },
    Role {
        job: Job::Auditor,
        name: "auditor",
        user: "sam.auditor",
        does: "reads the books, and to whom data was disclosed",
        permissions: &[
            "audit.verify",
            "audit.disclosures",
            "billing.read",
            "commissions.read",
            "ledger.read",
            "sagas.read",
            "queues.read",
        ],
    },
];

/// The people, so that each thing is done by whoever does it in the house.
pub(super) struct Staff(Vec<(Job, UserId, Scopes)>);

impl Staff {
    /// Makes roles and users. Also answers what to keep for the owner of the folder: names, passwords, roles.
    pub(super) async fn hire(
        auth: &dyn AuthApi,
        first: Option<&FirstAdministrator>,
        (clock, rng): (&dyn Clock, &dyn Rng),
    ) -> Result<(Self, String)> {
        let call = || keyed(Call::operator(PATIENCE, clock, rng), clock, rng);
        let mut list = Vec::new();
        if let Some(first) = first {
            let password = first.password.as_ref();
            let password = password.map_or("(MEDCOVER_ADMIN_PASSWORD)", SecretText::reveal);
            list.push(line(
                first.name,
                password,
                "administrator",
                "may do everything",
            ));
        }
        let mut staff = Vec::with_capacity(ROLES.len());
        for role in &ROLES {
            let permissions = role.permissions.iter().map(|it| (*it).to_owned()).collect();
            let request = RoleRequest { permissions };
            auth.put_role(&call(), role.name, request).await?;
            let request = InviteUserRequest {
                name: role.user.to_owned(),
                roles: BTreeSet::from([role.name.to_owned()]),
            };
            let invited = auth.invite_user(&call(), request).await?;
            let password = password(&SystemEntropy);
            list.push(line(role.user, password.reveal(), role.name, role.does));
            let request = AcceptInvitationRequest {
                invitation: invited.invitation,
                password,
            };
            auth.accept_invitation(&call(), request).await?;
            let scopes = Scopes::of(role.permissions.iter().copied());
            staff.push((role.job, UserId::from_uuid(invited.user.id), scopes));
        }
        Ok((Self(staff), list.concat()))
    }

    /// A call of whoever does `job`, an undertaking of its own.
    pub(super) fn call(&self, job: Job, clock: &dyn Clock, rng: &dyn Rng) -> Call {
        let found = self.0.iter().find(|(does, ..)| *does == job);
        let (_, user, scopes) = found.expect("every job is somebody's");
        let (caller, tenant) = (Caller::User(*user), TenantId::DEFAULT);
        let call = Call::by(caller, tenant, scopes.clone(), PATIENCE, clock, rng);
        keyed(call, clock, rng)
    }
}

fn line(name: &str, password: &str, role: &str, does: &str) -> String {
    format!("{name:<16} {password:<26} {role:<18} {does}\n")
}

/// Five groups of four letters that are not mistaken for one another.
fn password(entropy: &dyn Entropy) -> SecretText {
    const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let mut random = [0; 20];
    entropy.fill(&mut random);
    let letter = |byte: &u8| char::from(LETTERS[usize::from(byte % 32)]);
    let groups = random
        .chunks(4)
        .map(|group| group.iter().map(letter).collect());
    SecretText::new(groups.collect::<Vec<String>>().join("-"))
}
