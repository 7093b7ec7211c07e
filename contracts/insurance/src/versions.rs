//! What has a version, and what is changed on one: for `ETag` and `If-Match`.

use medcover_http::{based_on, versioned};

use crate::{AmendClaimRequest, Claim, Payer, Plan, Product, ScrubbingRequest};

versioned! { Claim, Payer, Plan, Product }

based_on! { AmendClaimRequest, ScrubbingRequest }
