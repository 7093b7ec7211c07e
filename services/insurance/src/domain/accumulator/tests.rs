//! Whatever happens in whatever order: nothing is overdrawn, and what returns returns exactly.

use jiff::civil::date;
use medcover_adjudication::plan::{BenefitYear, Limit, LimitPeriod, Terms};
use medcover_adjudication::{Counter, Scope};
use medcover_kernel::{Currency, Money, Rounding};
use proptest::prelude::*;
use uuid::Uuid;

use super::*;

const LIMIT: i64 = 1_000;

fn plan() -> Plan {
    Plan::new(Terms {
        id: "p-1".to_owned(),
        currency: Currency::USD,
        rounding: Rounding::HalfEven,
        benefit_year: BenefitYear::Calendar,
        timely_filing_days: None,
        networks: Vec::new(),
        limits: vec![Limit {
            id: "surgery".to_owned(),
            scope: Scope::Member,
            period: LimitPeriod::BenefitYear,
            units: None,
            amount: Some(usd(LIMIT)),
        }],
        rules: Vec::new(),
    })
    .expect("terms that hold together")
}

fn usd(minor: i64) -> Money {
    Money::new(minor, Currency::USD).expect("small")
}

fn account() -> Account {
    Account {
        scope: Scope::Member,
        counter: Counter::LimitAmount("surgery".to_owned()),
        period: date(2026, 1, 1),
    }
}

fn draws(minor: i64) -> Vec<Draw> {
    vec![Draw {
        account: account(),
        quantity: Quantity::Amount(usd(minor)),
    }]
}

fn authorisation(number: u8) -> AuthorisationId {
    AuthorisationId::from_uuid(Uuid::from_u128(u128::from(number)))
}

fn posted(claim: u8, minor: i64, out_of: Option<u8>) -> AccumulatorPosted {
    AccumulatorPosted {
        claim: ClaimId::from_uuid(Uuid::from_u128(u128::from(claim))),
        adjudication: 1,
        draws: draws(minor),
        authorisation: out_of.map(authorisation),
    }
}

fn restored(claim: u8) -> AccumulatorRestored {
    AccumulatorRestored {
        claim: ClaimId::from_uuid(Uuid::from_u128(u128::from(claim))),
        adjudication: 1,
    }
}

fn tell(accumulator: &mut Accumulator, command: Command<'_>) -> Result<bool> {
    let event = decide(accumulator, command)?;
    if let Some(event) = &event {
        accumulator.evolve(event, Timestamp::from_micros(0));
    }
    Ok(event.is_some())
}

#[test]
fn a_hold_is_used_up_by_its_own_claim_and_counts_for_all_others() {
    let (plan, mut it) = (plan(), Accumulator::default());
    tell(
        &mut it,
        Command::Reserve(authorisation(1), draws(700), &plan),
    )
    .expect("it fits");
    let refused = tell(&mut it, Command::Post(posted(2, 400, None), &plan));
    assert_eq!(
        refused.expect_err("300 is left").slug(),
        "benefit-exhausted"
    );
    tell(&mut it, Command::Post(posted(1, 600, Some(1)), &plan)).expect("it is held");
    assert_eq!((it.used(&account()), it.held(&account())), (600, 100));
    assert!(tell(&mut it, Command::Restore(restored(1))).expect("allowed"));
    assert_eq!((it.used(&account()), it.held(&account())), (0, 700));
    tell(&mut it, Command::Release(authorisation(1))).expect("allowed");
    assert_eq!(it, Accumulator::default());
}

#[derive(Clone, Debug)]
enum Act {
    Reserve(u8, i64),
    Release(u8),
    Post(u8, i64, Option<u8>),
    Restore(u8),
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        (0..4_u8, 1..600_i64).prop_map(|(of, amount)| Act::Reserve(of, amount)),
        (0..4_u8).prop_map(Act::Release),
        (0..6_u8, 1..600_i64, proptest::option::of(0..4_u8))
            .prop_map(|(claim, amount, of)| Act::Post(claim, amount, of)),
        (0..6_u8).prop_map(Act::Restore),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Used and held together never exceed the limit, and none is ever less than nothing; when all claims are taken back and
    /// all holds have returned, all is as it was.
    #[test]
    fn nothing_is_overdrawn_and_all_returns(acts in proptest::collection::vec(act(), 1..60)) {
        let (plan, mut it) = (plan(), Accumulator::default());
        for act in acts {
            // A refusal changes nothing, which the invariant shows.
            let _ = match act {
                Act::Reserve(of, amount) => tell(&mut it, Command::Reserve(authorisation(of), draws(amount), &plan)),
                Act::Release(of) => tell(&mut it, Command::Release(authorisation(of))),
                Act::Post(claim, amount, of) => tell(&mut it, Command::Post(posted(claim, amount, of), &plan)),
                Act::Restore(claim) => tell(&mut it, Command::Restore(restored(claim))),
            };
            let (used, held) = (it.used(&account()), it.held(&account()));
            prop_assert!(used >= 0 && held >= 0 && used + held <= LIMIT, "{used} {held}");
            let kept = serde_json::to_string(&it).expect("JSON");
            prop_assert_eq!(&serde_json::from_str::<Accumulator>(&kept).expect("its own"), &it);
        }
        for claim in 0..6 {
            tell(&mut it, Command::Restore(restored(claim))).expect("allowed");
        }
        for of in 0..4 {
            tell(&mut it, Command::Release(authorisation(of))).expect("allowed");
        }
        prop_assert_eq!(it, Accumulator::default());
    }
}
