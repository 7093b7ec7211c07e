//! The course of a visit: what happens, in which order, and when.

use std::time::Duration;

use medcover_kernel::Result;

use super::care;
use super::claims;
use super::days::{DAY, HOUR, earlier};
use super::making::Making;
use super::money;
use super::stories::Goes;
use super::visits::Visit;

const MINUTE: Duration = Duration::from_mins(1);
/// So long before the present the last thing happens.
const LATEST: Duration = Duration::from_mins(10);

/// Something that happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Act {
    Book,
    Cancel,
    MarkInError,
    Miss,
    Arrive,
    CheckIn,
    Begin,
    Finish,
    Code,
    Bill,
    Claim,
    Decide,
    Pay,
    Remit,
    Follow,
}

/// What happens to a visit, and when: this long before its slot, or after.
fn acts(goes: Goes) -> Vec<(Act, Result<Duration, Duration>)> {
    let (before, after) = (Err::<Duration, _>, Ok::<_, Duration>);
    let booked = (Act::Book, before(DAY * 6));
    match goes {
        Goes::Cancelled => return vec![booked, (Act::Cancel, before(DAY))],
        Goes::InError => return vec![booked, (Act::MarkInError, before(DAY * 2))],
        Goes::Missed => return vec![booked, (Act::Miss, after(HOUR))],
        _ => {}
    }
    let way = [
        (Goes::Arrived, Act::Book, before(DAY * 6)),
        (Goes::Arrived, Act::Arrive, before(MINUTE * 12)),
        (Goes::CheckedIn, Act::CheckIn, before(MINUTE * 5)),
        (Goes::InProgress, Act::Begin, after(MINUTE * 2)),
        (Goes::Finished, Act::Finish, after(MINUTE * 24)),
        (Goes::Coded, Act::Code, after(HOUR * 4)),
        (Goes::Billed, Act::Bill, after(HOUR * 20)),
        (Goes::Billed, Act::Claim, after(HOUR * 22)),
        (Goes::Billed, Act::Decide, after(DAY * 3)),
        (Goes::Billed, Act::Pay, after(DAY * 5)),
        (Goes::Billed, Act::Remit, after(DAY * 8)),
        (Goes::Billed, Act::Follow, after(DAY * 12)),
    ];
    let goes_so_far = way.into_iter().filter(|(needs, ..)| *needs <= goes);
    goes_so_far.map(|(_, act, when)| (act, when)).collect()
}

/// Lets all visits happen, in the order of their times.
pub(super) async fn run(making: &Making, visits: &[Visit]) -> Result<()> {
    let mut steps = Vec::new();
    for (place, visit) in visits.iter().enumerate() {
        for (act, when) in acts(visit.goes) {
            let at = match when {
                Ok(after) => visit.start().plus(after),
                Err(before) => earlier(visit.start(), before),
            };
            steps.push((at.min(earlier(making.now, LATEST)), place, act));
        }
    }
    // Stable: what happens to one visit stays in its order.
    steps.sort_by_key(|(at, ..)| *at);
    let mut over = vec![false; visits.len()];
    for (at, place, act) in steps {
        if !over[place] {
            making.clock.move_to(at);
            over[place] = !perform(making, &visits[place], act).await?;
        }
    }
    Ok(())
}

/// Lets one thing happen; answers whether the visit goes on.
async fn perform(making: &Making, visit: &Visit, act: Act) -> Result<bool> {
    match act {
        Act::Book => care::book(making, visit).await?,
        Act::Cancel => care::cancel(making, visit).await?,
        Act::MarkInError => care::mark_in_error(making, visit).await?,
        Act::Miss => care::miss(making, visit).await?,
        Act::Arrive => care::arrive(making, visit).await?,
        Act::CheckIn => care::check_in(making, visit).await?,
        Act::Begin => care::begin(making, visit).await?,
        Act::Finish => care::finish(making, visit).await?,
        Act::Code => return care::code(making, visit).await,
        Act::Bill => money::bill(making, visit).await?,
        Act::Claim => claims::submit(making, visit).await?,
        Act::Decide => claims::decide(making, visit).await?,
        Act::Pay => money::collect(making, visit).await?,
        Act::Remit => claims::remit(making, visit).await?,
        Act::Follow => money::follow_up(making, visit).await?,
    }
    Ok(true)
}
