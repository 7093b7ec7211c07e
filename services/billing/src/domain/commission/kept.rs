//! An account as a snapshot has it.

use std::collections::BTreeMap;

use jiff::civil::Date;
use medcover_contract_billing::AllocationId;
use medcover_contract_billing::events::CommissionOpened;
use medcover_kernel::{Money, MoneyError};
use serde::{Deserialize, Serialize};

use super::{Commission, Unsettled};

/// A commission account as it is kept: amounts without the currency that all of them have, so that a state of tens of thousands of
/// allocations is no longer than a snapshot may be.
#[derive(Default, Serialize, Deserialize)]
pub(super) struct Kept {
    opened: Option<CommissionOpened>,
    collected: BTreeMap<AllocationId, i64>,
    accrued: i64,
    settled: i64,
    unsettled: Vec<(AllocationId, Option<Date>, i64)>,
    entries: u32,
}

impl From<Commission> for Kept {
    fn from(it: Commission) -> Self {
        let minor = |amount: Option<Money>| amount.map_or(0, Money::minor);
        let collected = it.collected.into_iter();
        let unsettled = it.unsettled.into_iter();
        Self {
            opened: it.opened,
            collected: collected.map(|(of, it)| (of, it.minor())).collect(),
            accrued: minor(it.accrued),
            settled: minor(it.settled),
            unsettled: unsettled
                .map(|it| (it.allocation, it.payable_on, it.amount.minor()))
                .collect(),
            entries: it.entries,
        }
    }
}

impl TryFrom<Kept> for Commission {
    type Error = MoneyError;

    fn try_from(it: Kept) -> Result<Self, MoneyError> {
        let Some(opened) = it.opened else {
            return Ok(Self::default());
        };
        let money = |minor| Money::new(minor, opened.currency);
        let collected = it.collected.into_iter();
        let collected = collected.map(|(of, minor)| Ok((of, money(minor)?)));
        let unsettled = it
            .unsettled
            .into_iter()
            .map(|(allocation, payable_on, minor)| {
                Ok(Unsettled {
                    allocation,
                    payable_on,
                    amount: money(minor)?,
                })
            });
        Ok(Self {
            collected: collected.collect::<Result<_, MoneyError>>()?,
            accrued: Some(money(it.accrued)?),
            settled: Some(money(it.settled)?),
            unsettled: unsettled.collect::<Result<_, MoneyError>>()?,
            entries: it.entries,
            opened: Some(opened),
        })
    }
}

#[cfg(test)]
mod tests {
    use medcover_contract_billing::events::CommissionAccrued;
    use medcover_kernel::Timestamp;
    use medcover_store::{Aggregate as _, CanonicalJson, limits};
    use uuid::Uuid;

    use super::*;

    fn earned(times: u128) -> Commission {
        let mut account = Commission::default();
        let now = Timestamp::from_micros(0);
        let opened: CommissionOpened = read(&CommissionOpened::described().payload);
        account.evolve(&opened.into(), now);
        let example: CommissionAccrued = read(&CommissionAccrued::described().payload);
        for id in 0..times {
            let accrued = CommissionAccrued {
                // As long as any.
                allocation: AllocationId::from_uuid(Uuid::from_u128(id)),
                ..example.clone()
            };
            account.evolve(&accrued.into(), now);
        }
        account
    }

    fn read<T: serde::de::DeserializeOwned>(payload: &CanonicalJson) -> T {
        payload.read().expect("as it was written")
    }

    #[test]
    fn what_is_kept_is_what_was() {
        let account = earned(3);
        let kept = CanonicalJson::of(&account).expect("whole");
        let back: Commission = read(&kept);
        assert_eq!(back.unsettled, account.unsettled);
        assert_eq!(back.collected, account.collected);
        assert_eq!(back.opened, account.opened);
        assert_eq!(
            (back.accrued(), back.settled(), back.entries),
            (account.accrued(), account.settled(), account.entries)
        );
        let unopened: Commission = read(&CanonicalJson::of(&Commission::default()).expect("whole"));
        assert_eq!(unopened, Commission::default());
    }

    #[test]
    fn an_agent_may_earn_fifteen_thousand_times_before_anything_is_paid_out() {
        let kept = CanonicalJson::of(&earned(15_000)).expect("whole");
        assert!(kept.as_str().len() <= limits::SNAPSHOT_BYTES);
    }
}
