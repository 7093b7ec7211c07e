//! What the service keeps beside its log: in what order things are listed.

mod tables;
mod views;

pub(crate) use tables::*;
pub(crate) use views::Views;

use medcover_store::Schema;

/// What an engine must know to keep the state of this service.
pub(crate) fn schema() -> Schema {
    Schema::new()
        .table(&PAYERS, &[&PAYERS_BY_CODE])
        .table(&PRODUCTS, &[&PRODUCTS_BY_NAME])
        .table(&PLANS, &[&PLANS_BY_NAME])
        .table(&POLICIES, &[&POLICIES_BY_NUMBER])
        .table(&MEMBERS, &[&MEMBERS_OF_POLICY, &MEMBERS_OF_PATIENT])
        .table(
            &AUTHORISATIONS,
            &[&AUTHORISATIONS_BY_TIME, &AUTHORISATIONS_OF_MEMBER],
        )
        .table(
            &CLAIMS,
            &[&CLAIMS_BY_TIME, &CLAIMS_IN_STATE, &CLAIMS_OF_MEMBER],
        )
        .table(&REMITTANCES, &[&REMITTANCES_BY_TIME, &REMITTANCES_OF_PAYER])
}
