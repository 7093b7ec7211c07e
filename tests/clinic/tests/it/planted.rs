//! Each planted bug is found, or the simulation would prove nothing.

use medcover_clinic::world::{Bug, Plan, run};

fn found(bug: Bug, words: &[&str]) {
    let finding = (0..1_000).find_map(|seed| run(&Plan::of_seed(seed).with(bug)).finding);
    let finding = finding.unwrap_or_else(|| panic!("{bug:?} is not found in a thousand seeds"));
    let told = words.iter().any(|words| finding.contains(words));
    assert!(told, "{bug:?} is found as: {finding}");
}

#[test]
fn finds_two_bookings_of_one_time() {
    found(Bug::LostBooking, &["meets", "at one", "is at"]);
}

#[test]
fn finds_a_benefit_that_is_used_twice() {
    found(Bug::LostBenefit, &["used and", "posted"]);
}

#[test]
fn finds_a_key_that_is_taken_twice() {
    let words = ["stands twice", "counts with", "two such", "more is done"];
    found(Bug::DoubledKey, &words);
}

#[test]
fn finds_a_benefit_that_is_not_given_back() {
    found(Bug::ForgottenRelease, &["posted", "used", "failed"]);
}
