//! The demo: a small clinic with its people, plans, appointments, claims and money in every state.
//!
//! It is made through the services' own contracts, by people who have the permissions for what they do, never by writing
//! tables: what a visitor sees is what the services would have kept. Its clock begins [`WEEKS`] ago and ends now. Ids and
//! choices follow from one seed, dates from today; passwords and keys are made by chance each time.

mod care;
mod claims;
mod clock;
mod codes;
mod course;
mod cover;
mod days;
mod desk;
mod folder;
mod house;
mod making;
mod money;
mod payments;
mod people;
mod policies;
mod premiums;
mod staff;
mod stories;
mod today;
mod visits;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, Result};
use jiff::civil::Date;
use medcover_http::stop;
use medcover_identity::SecretText;
use medcover_kernel::{Clock, SeededRng, SystemClock};

use crate::exit::Refused;
use crate::parts::Parts;
use crate::roles::Role;
use crate::settings::Settings;
use crate::state::State;
use clock::Hindsight;
use codes::Codes;
use days::{DAY, HOUR, begin_of, day_of, earlier};
use folder::{Folder, Stage};
use house::House;
use making::Making;
use staff::Staff;

/// What stands wherever the demo is seen.
pub(crate) const NOTICE: &str =
    "Demo: invented people, money and claims; made anew by `medcover up --demo --reset`.";

/// How long ago the clinic opened.
const WEEKS: u32 = 9;
const SEED: u64 = 20_260_401;

/// Without these there is no clinic.
const NEEDED: [Role; 5] = [
    Role::Auth,
    Role::Hospital,
    Role::Insurance,
    Role::Billing,
    Role::Terminology,
];

/// The folder of the demo where none is named: beside the other one, which stays untouched.
pub(crate) fn beside(dir: &Path) -> PathBuf {
    let mut name = dir.as_os_str().to_owned();
    name.push("-demo");
    PathBuf::from(name)
}

/// Refuses to make a demo with these settings, or in this folder.
pub(crate) fn check(settings: &Settings) -> Result<()> {
    let roles = settings.roles()?;
    if !NEEDED.iter().all(|&role| roles.has(role)) {
        return Err(Refused::new(
            "the demo needs the roles auth, hospital, insurance, billing and terminology in one process",
            "Leave --roles out.",
        )
        .into());
    }
    Folder::of(&settings.data.dir).check_ours()
}

/// Refuses to serve a demo that is made only in part.
pub(crate) fn check_whole(dir: &Path) -> Result<()> {
    if Folder::of(dir).stage()? == Some(Stage::Making) {
        return Err(Refused::new(
            format!("the demo in {} is made only in part", dir.display()),
            "Make it anew: medcover up --demo --data with that folder.",
        )
        .into());
    }
    Ok(())
}

/// Whether the folder is a demo's.
pub(crate) fn is_demo(dir: &Path) -> bool {
    Folder::of(dir).stage().is_ok_and(|stage| stage.is_some())
}

/// What is said of the demo in `dir` when it is served; nothing where there is none.
pub(crate) fn told(dir: &Path) -> Option<String> {
    let people = Folder::of(dir).people();
    let told = || {
        format!(
            "{NOTICE}\nits people and their passwords: {} (for your eyes alone)",
            people.display()
        )
    };
    is_demo(dir).then(told)
}

/// Makes the demo, unless it is there and whole and no other is asked for. Whoever calls this has the folder's lock.
pub(crate) async fn ensure(
    settings: &Settings,
    password: Option<SecretText>,
    clock: SystemClock,
    reset: bool,
) -> Result<()> {
    let folder = Folder::of(&settings.data.dir);
    if !reset && folder.stage()? == Some(Stage::Ready) {
        return Ok(());
    }
    let begun = clock.elapsed();
    folder.begin()?;
    make(settings, &folder, password, clock)
        .await
        .context("the demo cannot be made")?;
    folder.finish()?;
    let took = clock.elapsed().saturating_sub(begun);
    tracing::info!(took_ms = took.as_millis() as u64, "the demo is made");
    Ok(())
}

async fn make(
    settings: &Settings,
    folder: &Folder,
    password: Option<SecretText>,
    clock: SystemClock,
) -> Result<()> {
    // Demos made within the same hour are the same.
    let now = begin_of(clock.now(), HOUR);
    let opened = earlier(begin_of(now, DAY), DAY * 7 * WEEKS);
    let hindsight = Arc::new(Hindsight::from(opened, clock));
    let by: Arc<dyn Clock> = Arc::clone(&hindsight) as _;
    let state = State::open(settings, &settings.roles()?, &by).await?;
    let (_stopper, stop) = stop();
    let parts = Parts::compose(settings, &state, &by, stop)?;
    let rng = SeededRng::new(SEED);
    let made = {
        let needed = "the roles were checked";
        let auth = parts.auth.as_ref().context(needed)?;
        let first = auth.start(password).await?;
        let (auth, by) = (auth.api(), (&*hindsight as &dyn Clock, &rng as _));
        let (staff, people) = Staff::hire(&*auth, first.as_ref(), by).await?;
        folder.write_people(&people)?;
        let making = Making {
            hospital: parts.coverage.hospital.as_ref().context(needed)?.api(),
            insurance: parts.coverage.insurance.as_ref().context(needed)?.api(),
            billing: parts.coverage.billing.as_ref().context(needed)?.api(),
            terminology: parts.terminology.as_ref().context(needed)?.api(),
            staff,
            clock: hindsight,
            rng,
            now,
        };
        everything(&making, day_of(opened), day_of(now)).await
    };
    drop(parts);
    state.close().await;
    Ok(made?)
}

/// The clinic from the day it opened to the present one.
async fn everything(making: &Making, opened: Date, today: Date) -> medcover_kernel::Result<()> {
    let codes = Codes::look_up(making, today).await?;
    let in_force = codes.as_ref().map_or(0, |codes| {
        let days = today.duration_since(codes.since).as_hours() / 24;
        u32::try_from(days).unwrap_or(0)
    });
    if codes.is_none() {
        tracing::warn!("no release that is loaded is in force today: visits are not coded");
    }
    let mut house = House::open(making, opened).await?;
    let people = people::register(making).await?;
    let covers = cover::arrange(making, &people, opened, today).await?;
    let days = if codes.is_some() { in_force } else { u32::MAX };
    let visits = visits::plan(making, &mut house, &people, &covers, codes.as_ref(), days);
    course::run(making, &visits).await?;
    making.clock.move_to(earlier(making.now, DAY / 288));
    today::arrange(making, &mut house, &people).await?;
    desk::arrange(making, &covers, &visits, today).await
}
