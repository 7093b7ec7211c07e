//! The accumulators that a member's claims are counted by, together: of the member and of all members of the policy, of a
//! benefit year and of a life.

use jiff::civil::{Date, date};
use medcover_adjudication::plan::{Plan, Terms};
use medcover_adjudication::{Account, Accumulators, Draw, Scope};
use medcover_contract_insurance::events::{AccumulatorPosted, AccumulatorRestored};
use medcover_kernel::{AuthorisationId, ClaimId, Error, MemberId, PolicyId, Result, TenantId};
use medcover_store::Append;

use super::pending::Pending;
use super::service::InsuranceService;
use crate::domain::accumulator::{Accumulator, Command, decide};
use crate::domain::limits;

/// The day by which rules name the period of what never begins anew.
const LIFE: Date = date(1, 1, 1);

/// Whose benefits, of which year.
#[derive(Clone, Copy, Debug)]
pub(super) struct Owner {
    pub(super) member: MemberId,
    pub(super) policy: PolicyId,
    /// The first day of the benefit year.
    pub(super) year: Date,
}

/// The accumulators of a member.
pub(super) struct Benefits(Vec<Part>);

/// One stream of them.
struct Part {
    scope: Scope,
    of_life: bool,
    accumulator: Pending<Accumulator>,
}

impl Benefits {
    /// Loads them all: a decision relies on each.
    pub(super) async fn load(
        service: &InsuranceService,
        tenant: TenantId,
        owner: Owner,
    ) -> Result<Self> {
        let (member, family) = (owner.member.to_string(), owner.policy.to_string());
        let year = owner.year.to_string();
        let mut parts = Vec::with_capacity(4);
        for (scope, kind, id) in [
            (Scope::Member, "member", &member),
            (Scope::Family, "family", &family),
        ] {
            for (of_life, period) in [(false, &*year), (true, "life")] {
                let key = [kind, &**id, period];
                let loaded = service.repository.by_key(tenant, &key).await?;
                parts.push(Part {
                    scope,
                    of_life,
                    accumulator: Pending::new(loaded, service.now()),
                });
            }
        }
        Ok(Self(parts))
    }

    /// What a claim finds used that rests on the authorisation `own`, or on none.
    pub(super) fn used_beside(&self, own: Option<AuthorisationId>) -> Result<Accumulators> {
        let mut all = Accumulators::new();
        for part in &self.0 {
            let used = part.accumulator.state.used_beside(own)?;
            let draws: Vec<Draw> = used.into();
            all.post_all(&draws).map_err(Error::internal)?;
        }
        Ok(all)
    }

    /// How often the member's benefits of the year were changed: the place of what comes next.
    pub(super) fn sequence(&self) -> u64 {
        let of_member = self
            .0
            .iter()
            .find(|part| part.scope == Scope::Member && !part.of_life);
        of_member.map_or(0, |part| part.accumulator.version().get()) + 1
    }

    /// Every account that is used or held, with what claims have used and authorisations hold of it.
    pub(super) fn accounts(&self) -> Vec<(Account, i64, i64)> {
        let mut all = Vec::new();
        for part in &self.0 {
            let state = &part.accumulator.state;
            for account in state.accounts() {
                if !all.iter().any(|(it, _, _)| it == account) {
                    all.push((account.clone(), state.used(account), state.held(account)));
                }
            }
        }
        all
    }

    /// Holds `draws` for an authorisation, as far as they are of benefits.
    pub(super) fn reserve(
        &mut self,
        authorisation: AuthorisationId,
        draws: &[Draw],
        plan: &Plan,
    ) -> Result<()> {
        for part in &mut self.0 {
            let own: Vec<Draw> = part
                .own(draws)
                .filter(|it| limits::is_benefit(&it.account))
                .cloned()
                .collect();
            if !own.is_empty() {
                part.tell(Command::Reserve(authorisation, own, plan))?;
            }
        }
        Ok(())
    }

    /// Lets return what an authorisation holds.
    pub(super) fn release(&mut self, authorisation: AuthorisationId) -> Result<()> {
        let mut parts = self.0.iter_mut();
        parts.try_for_each(|part| part.tell(Command::Release(authorisation)))
    }

    /// Lets a claim use `draws`, as far as it can out of what its authorisation holds.
    pub(super) fn post(
        &mut self,
        (claim, adjudication): (ClaimId, u32),
        draws: &[Draw],
        authorisation: Option<AuthorisationId>,
        plan: &Plan,
    ) -> Result<()> {
        for part in &mut self.0 {
            let draws: Vec<Draw> = part.own(draws).cloned().collect();
            if !draws.is_empty() {
                let posted = AccumulatorPosted {
                    claim,
                    adjudication,
                    draws,
                    authorisation,
                };
                part.tell(Command::Post(posted, plan))?;
            }
        }
        Ok(())
    }

    /// Lets return what a claim has used. Where its authorisation was used up, and so holds nothing any more, what it had
    /// held is held again: `again` names it.
    pub(super) fn restore(
        &mut self,
        (claim, adjudication): (ClaimId, u32),
        again: Option<(AuthorisationId, &Plan)>,
    ) -> Result<()> {
        for part in &mut self.0 {
            let of_hold = again.map(|(authorisation, plan)| {
                let taken = part.accumulator.state.taken_by(claim, authorisation);
                (authorisation, taken, plan)
            });
            let restored = AccumulatorRestored {
                claim,
                adjudication,
            };
            part.tell(Command::Restore(restored))?;
            if let Some((authorisation, taken, plan)) = of_hold.filter(|it| !it.1.is_empty()) {
                part.tell(Command::Reserve(authorisation, taken, plan))?;
            }
        }
        Ok(())
    }

    /// Adds what happens to the commit, which relies on all of them.
    pub(super) fn keep(&mut self, service: &InsuranceService, append: Append) -> Result<Append> {
        let mut parts = self.0.iter_mut();
        parts.try_fold(append, |append, part| {
            part.accumulator.keep(&service.repository, append)
        })
    }
}

impl Part {
    /// Those of `draws` that are counted here.
    fn own<'a>(&self, draws: &'a [Draw]) -> impl Iterator<Item = &'a Draw> + use<'a> {
        let (scope, of_life) = (self.scope, self.of_life);
        let here =
            move |account: &Account| account.scope == scope && (account.period == LIFE) == of_life;
        draws.iter().filter(move |draw| here(&draw.account))
    }

    fn tell(&mut self, command: Command<'_>) -> Result<()> {
        let event = decide(&self.accumulator.state, command)?;
        self.accumulator.then(event);
        Ok(())
    }
}

/// The accounts of a plan that have a limit, in the benefit year that begins on `year`, for the service of `on`.
pub(super) fn limited_accounts(
    terms: &Terms,
    coverage: &medcover_adjudication::Coverage,
    on: Date,
) -> Vec<Account> {
    use medcover_adjudication::Counter;
    let period = coverage.benefit_year(on);
    let mut accounts = Vec::new();
    for network in &terms.networks {
        for scope in [Scope::Member, Scope::Family] {
            for counter in [
                Counter::Deductible(network.network),
                Counter::OutOfPocket(network.network),
            ] {
                accounts.push(Account {
                    scope,
                    counter,
                    period,
                });
            }
        }
    }
    for limit in &terms.limits {
        let period = coverage.period_of(limit.period, on);
        let counters = [
            Counter::LimitUnits(limit.id.clone()),
            Counter::LimitAmount(limit.id.clone()),
        ];
        accounts.extend(counters.map(|counter| Account {
            scope: limit.scope,
            counter,
            period,
        }));
    }
    accounts.retain(|account| limits::of_account(&coverage.plan, account).is_some());
    accounts
}
