//! The tables that lists are read from. A row says where a thing stands in a list; what the thing is, its stream says.

use medcover_store::{Column, ColumnKind, Listing, Table};

/// The column of lists that show the last made first.
pub(crate) const MADE_AT: &str = "made_at";

/// Payers by id.
pub(crate) static PAYERS: Table = Table {
    name: "payers",
    version: 1,
    key: &[Column::of("id", ColumnKind::Id)],
    columns: &[Column::of("code", ColumnKind::Text)],
};

/// Payers by the code under which they are known in the trade.
pub(crate) static PAYERS_BY_CODE: Listing = Listing {
    name: "by_code",
    table: &PAYERS,
    equal: &[],
    order: "code",
};

/// Products by id.
pub(crate) static PRODUCTS: Table = Table {
    name: "products",
    version: 1,
    key: &[Column::of("id", ColumnKind::Id)],
    columns: &[Column::of("name", ColumnKind::Text)],
};

/// Products by name.
pub(crate) static PRODUCTS_BY_NAME: Listing = Listing {
    name: "by_name",
    table: &PRODUCTS,
    equal: &[],
    order: "name",
};

/// Plans by id.
pub(crate) static PLANS: Table = Table {
    name: "plans",
    version: 1,
    key: &[Column::of("id", ColumnKind::Id)],
    columns: &[Column::of("name", ColumnKind::Text)],
};

/// Plans by name.
pub(crate) static PLANS_BY_NAME: Listing = Listing {
    name: "by_name",
    table: &PLANS,
    equal: &[],
    order: "name",
};

/// Policies by id.
pub(crate) static POLICIES: Table = Table {
    name: "policies",
    version: 1,
    key: &[Column::of("id", ColumnKind::Id)],
    columns: &[Column::of("number", ColumnKind::Text)],
};

/// Policies by number.
pub(crate) static POLICIES_BY_NUMBER: Listing = Listing {
    name: "by_number",
    table: &POLICIES,
    equal: &[],
    order: "number",
};

/// Members by id.
pub(crate) static MEMBERS: Table = Table {
    name: "members",
    version: 1,
    key: &[Column::of("id", ColumnKind::Id)],
    columns: &[
        Column::of("policy", ColumnKind::Id),
        Column::of("patient", ColumnKind::Id),
        Column::of("covered_from", ColumnKind::Text),
    ],
};

/// Members of a policy by the first day of their cover.
pub(crate) static MEMBERS_OF_POLICY: Listing = Listing {
    name: "of_policy",
    table: &MEMBERS,
    equal: &["policy"],
    order: "covered_from",
};

/// The members that a patient is, by the first day of their cover.
pub(crate) static MEMBERS_OF_PATIENT: Listing = Listing {
    name: "of_patient",
    table: &MEMBERS,
    equal: &["patient"],
    order: "covered_from",
};

/// Authorisations by id.
pub(crate) static AUTHORISATIONS: Table = Table {
    name: "authorisations",
    version: 1,
    key: &[Column::of("id", ColumnKind::Id)],
    columns: &[
        Column::of("member", ColumnKind::Id),
        Column::of("made_at", ColumnKind::Timestamp),
    ],
};

/// Authorisations by when they were asked for.
pub(crate) static AUTHORISATIONS_BY_TIME: Listing = Listing {
    name: "by_time",
    table: &AUTHORISATIONS,
    equal: &[],
    order: MADE_AT,
};

/// Those of a member.
pub(crate) static AUTHORISATIONS_OF_MEMBER: Listing = Listing {
    name: "of_member",
    table: &AUTHORISATIONS,
    equal: &["member"],
    order: MADE_AT,
};

/// Claims by id.
pub(crate) static CLAIMS: Table = Table {
    name: "claims",
    version: 1,
    key: &[Column::of("id", ColumnKind::Id)],
    columns: &[
        Column::of("member", ColumnKind::Id),
        Column::of("state", ColumnKind::Text),
        Column::of("made_at", ColumnKind::Timestamp),
    ],
};

/// Claims by when they were written.
pub(crate) static CLAIMS_BY_TIME: Listing = Listing {
    name: "by_time",
    table: &CLAIMS,
    equal: &[],
    order: MADE_AT,
};

/// Those in a state.
pub(crate) static CLAIMS_IN_STATE: Listing = Listing {
    name: "in_state",
    table: &CLAIMS,
    equal: &["state"],
    order: MADE_AT,
};

/// Those of a member.
pub(crate) static CLAIMS_OF_MEMBER: Listing = Listing {
    name: "of_member",
    table: &CLAIMS,
    equal: &["member"],
    order: MADE_AT,
};

/// Remittances by id.
pub(crate) static REMITTANCES: Table = Table {
    name: "remittances",
    version: 1,
    key: &[Column::of("id", ColumnKind::Id)],
    columns: &[
        Column::of("payer", ColumnKind::Id),
        Column::of("made_at", ColumnKind::Timestamp),
    ],
};

/// Remittances by when they were made.
pub(crate) static REMITTANCES_BY_TIME: Listing = Listing {
    name: "by_time",
    table: &REMITTANCES,
    equal: &[],
    order: MADE_AT,
};

/// Those of a payer.
pub(crate) static REMITTANCES_OF_PAYER: Listing = Listing {
    name: "of_payer",
    table: &REMITTANCES,
    equal: &["payer"],
    order: MADE_AT,
};
