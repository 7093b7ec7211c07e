//! Remittances of payers: each pays what is owed and was not paid, and each trace is used once.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use uuid::Uuid;

use super::Decision;
use crate::model::read::{id, list, minor, text};

/// What was paid.
#[derive(Default)]
pub(super) struct Remitted {
    traces: BTreeSet<(Uuid, String)>,
    /// What remittances have paid for each claim.
    paid: BTreeMap<Uuid, i128>,
}

impl Remitted {
    /// What was paid for all claims together.
    pub(super) fn paid(&self) -> i128 {
        self.paid.values().sum()
    }

    pub(super) fn issued(
        &mut self,
        issued: &Value,
        decisions: &BTreeMap<Uuid, Decision>,
    ) -> Result<(), String> {
        let key = (id(&issued["payer"])?, text(&issued["trace"])?.to_owned());
        if !self.traces.insert(key) {
            return Err("its trace was used before".to_owned());
        }
        let mut total = 0;
        for claim in list(&issued["claims"]) {
            total += self.claim(claim, decisions)?;
        }
        for adjustment in list(&issued["provider_adjustments"]) {
            total -= minor(&adjustment["amount"])?;
        }
        let said = minor(&issued["total"])?;
        if said == total && total >= 0 {
            return Ok(());
        }
        Err(format!("the total is {said}, the claims give {total}"))
    }

    /// What is paid for a claim, or taken back.
    fn claim(
        &mut self,
        claim: &Value,
        decisions: &BTreeMap<Uuid, Decision>,
    ) -> Result<i128, String> {
        let (of, payment) = (id(&claim["claim"])?, minor(&claim["payment"])?);
        let before = self.paid.entry(of).or_default();
        if minor(&claim["paid_before"])? != *before {
            return Err(format!("{before} was paid for {of} before"));
        }
        let owed = if claim["reversal"] == Value::Bool(true) {
            0
        } else {
            let owed = decisions.get(&of).map(|it| it.paid);
            owed.ok_or_else(|| format!("no decision on {of} stands"))?
        };
        if *before + payment != owed {
            return Err(format!(
                "{of}: {owed} is owed, {before} and {payment} are paid"
            ));
        }
        *before = owed;
        Ok(payment)
    }
}
