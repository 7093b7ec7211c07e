//! What is looked at, a function each.

use std::path::Path;

use medcover_gateway::PolicyStanding;
use medcover_http::{CertificateFault, Sharing};
use medcover_mesh::UpstreamStatus;
use medcover_redis::{MemoryPressure, Redis};
use medcover_store::{DatabaseStatus, ReplicaStanding, ReplicaStatus, SpoolStatus, Store};
use medcover_streams::{GroupStatus, Standing as Carried};
use medcover_terminology::Releases;

use super::recent::Figures;
use super::{Finding, Status};
use crate::backups::Standing;

/// Share of failed requests from which somebody should look.
const DEGRADED_SHARE: f64 = 0.01;
/// Share of failed requests from which the process is of no use.
const UNHEALTHY_SHARE: f64 = 0.5;
/// Fewer requests than this say nothing about shares.
const ENOUGH_REQUESTS: u64 = 20;

/// Whether there is something to search, and whether all that was loaded is served. `covered`: PostgreSQL answers for a release
/// whose file cannot be opened.
pub(super) fn check_terminology(releases: &Releases, covered: bool) -> Finding {
    let set = releases.load();
    if covered {
        let problems = set.problems().iter().map(|problem| &*problem.what);
        let told = "Searches and codes are answered from PostgreSQL, slower; analysis and checks need the file of the release.";
        let told: Vec<_> = std::iter::once(told).chain(problems).collect();
        return Finding::degraded(told.join(" "));
    }
    if let Err(error) = set.each() {
        return Finding::unhealthy(error.message());
    }
    let problems: Vec<_> = set
        .problems()
        .iter()
        .map(|problem| &*problem.what)
        .collect();
    if !problems.is_empty() {
        return Finding::degraded(problems.join(" "));
    }
    let current: Vec<_> = set
        .current()
        .iter()
        .map(|release| release.label())
        .collect();
    Finding::healthy(format!("Serving {}.", current.join(", ")))
}

/// Whether a service can read its state. Without it what needs no state goes on, where this process serves any such thing.
pub(super) async fn check_store(store: &dyn Store, rest_goes_on: bool) -> Finding {
    // A question about a consumer that there is not costs one look into an index.
    let answer = store.checkpoint("health").await;
    let database = store.database();
    let spool = database.as_ref().and_then(|it| it.spool.clone());
    let finding = match answer {
        Ok(_) => check_replicas(&database.map_or(Vec::new(), |it| it.replicas)),
        Err(error) => {
            let shows = database.as_ref().is_some_and(shows);
            let told = format!("The store does not answer: {error}.{}", failures(database));
            match (shows, rest_goes_on) {
                (true, _) => Finding::degraded(format!(
                    "{told} What is only read is answered by a replica and marked; what writes is answered 503."
                )),
                (false, true) => Finding::degraded(format!(
                    "{told} What needs it is answered 503, and terminology goes on."
                )),
                (false, false) => Finding::unhealthy(told),
            }
        }
    };
    match spool.as_ref().and_then(waiting) {
        None => finding,
        Some(told) => Finding {
            status: finding.status.max(Status::Degraded),
            detail: format!("{} {told}", finding.detail),
        },
    }
}

/// Whether what is only read is answered while the server is away.
fn shows(database: &DatabaseStatus) -> bool {
    database.shows && database.replicas.iter().any(ReplicaStatus::is_fit)
}

/// What there is to say of audit records that are not in the database, if anything. The log names files.
fn waiting(spool: &SpoolStatus) -> Option<String> {
    let mut told = Vec::new();
    if spool.waiting > 0 {
        let since = spool.oldest.map(|at| format!(", the first of {at}"));
        let since = since.unwrap_or_default();
        told.push(format!(
            "{} audit records of reads wait on the disk of this process for the database{since}.",
            spool.waiting
        ));
    }
    if !spool.faults.is_empty() {
        told.push(format!(
            "Of {} files of such records not all could be brought to the database; `medcover audit spool` names them.",
            spool.faults.len()
        ));
    }
    (!told.is_empty()).then(|| told.join(" "))
}

/// What there is to say of a server that does not answer, where the state is on one.
fn failures(database: Option<DatabaseStatus>) -> String {
    let Some(it) = database else {
        return String::new();
    };
    let (breaker, failures) = (it.breaker, it.consecutive_failures);
    let last = it.last_failure.map(|at| format!(", the last at {at}"));
    let last = last.unwrap_or_default();
    format!(" Breaker {breaker:?}, {failures} failures in a row{last}.")
}

/// Whether the replicas of a store that answers do their share. Without them it is only slower.
fn check_replicas(replicas: &[ReplicaStatus]) -> Finding {
    let away = |it: &&ReplicaStatus| matches!(it.standing, ReplicaStanding::Away(_));
    // One that was passed over once and keeps up is well.
    let behind = |it: &&ReplicaStatus| it.standing == ReplicaStanding::Behind && !it.lag.is_zero();
    let all = replicas.len();
    let (away, behind) = (
        replicas.iter().filter(away).count(),
        replicas.iter().filter(behind).count(),
    );
    if away + behind == 0 {
        return Finding::healthy("The store answers.");
    }
    // Whoever may know which they are asks for the databases.
    Finding::degraded(format!(
        "The store answers; of {all} replicas {away} cannot be read and {behind} are behind, and the primary does their share."
    ))
}

/// Whether a service in other processes can be asked. What does not need it goes on, so this process is never of no use.
pub(super) fn check_upstream(upstream: &UpstreamStatus) -> Finding {
    let there: Vec<_> = upstream
        .instances
        .iter()
        .filter(|it| !it.draining)
        .collect();
    let (fit, all) = (there.iter().filter(|it| it.is_fit()).count(), there.len());
    if all == 0 {
        return Finding::degraded("No instance is known: what needs one is answered 503.");
    }
    let versions: Vec<_> = upstream.versions().into_iter().collect();
    let versions = match &*versions {
        [] | [_] => String::new(),
        several => format!("; versions {} run side by side", several.join(" and ")),
    };
    let told = format!("{fit} of {all} instances can be asked{versions}");
    match all - fit {
        0 => Finding::healthy(format!("{told}.")),
        _ if fit == 0 => Finding::degraded(format!(
            "{told}: all are tried, and what none of them answers is answered 503."
        )),
        _ => Finding::degraded(format!("{told}, and carry what the others would.")),
    }
}

/// Whether Redis keeps what it is given, and how it is. Without it everything is slower, and nothing is wrong.
pub(super) async fn check_redis(redis: &Redis) -> Finding {
    if let Err(error) = redis.check().await {
        return Finding::degraded(format!(
            "{error}. What it would have kept is asked of its source."
        ));
    }
    let status = redis.status();
    let at = status.primary.as_deref().unwrap_or("nobody");
    let told = format!(
        "{at} answers, with {} replicas and {} connections.",
        status.replicas.len(),
        status.connections
    );
    let mut wrong = Vec::new();
    let sentinels = &status.sentinels;
    if sentinels.answering < sentinels.configured {
        wrong.push(format!(
            "{} of {} sentinels answer",
            sentinels.answering, sentinels.configured
        ));
    }
    if let Some(memory) = &status.memory {
        let percent = 100.0 * memory.memory_usage_ratio;
        if memory.pressure() != MemoryPressure::Normal {
            wrong.push(format!(
                "{percent:.0} % of its memory is used ({})",
                memory.pressure().as_str()
            ));
        }
        wrong.extend(memory.wrong_policy());
    }
    if wrong.is_empty() {
        return Finding::healthy(told);
    }
    Finding::degraded(format!("{told} But {}.", wrong.join("; ")))
}

/// Whether Redis carries messages, and how many wait or are in hand. Without it the stores carry them.
pub(super) fn check_messages(carried: &[Carried]) -> Finding {
    let away: Vec<_> = carried.iter().filter(|it| !it.is_carried()).collect();
    if !away.is_empty() {
        let away: Vec<_> = away.into_iter().map(Carried::stream).collect();
        return Finding::degraded(format!(
            "Redis carries no events of {}: queues in the store do, later and no less surely.",
            away.join(", ")
        ));
    }
    let groups = carried.iter().flat_map(Carried::groups);
    let told = groups.map(|(group, status)| told_of_group(&group, status));
    Finding::healthy(told.collect::<Vec<_>>().join(" "))
}

fn told_of_group(group: &str, status: Option<GroupStatus>) -> String {
    match status {
        // It is made within a second.
        None => format!("{group}: no group yet."),
        Some(GroupStatus { lag, pending, .. }) => {
            let lag = lag.map_or_else(|| "unknown".to_owned(), |lag| lag.to_string());
            format!("{group}: {lag} not delivered, {pending} in hand.")
        }
    }
}

/// Whether callers are counted together with other processes. Without that each process gives them all of their limits.
pub(super) fn check_limits(sharing: Sharing) -> Finding {
    match sharing {
        Sharing::Together => Finding::healthy("Callers are counted together with other processes."),
        Sharing::Alone => Finding::degraded(
            "Callers are counted by this process alone, so that each process gives them all of their limits. The log says why.",
        ),
    }
}

/// Whether a release could be loaded.
pub(super) fn check_data_folder(data: &Path) -> Finding {
    let probe = data.join(format!(".health-{}", std::process::id()));
    let written = std::fs::write(&probe, b"written by a health check\n");
    match written.and_then(|()| std::fs::remove_file(&probe)) {
        Ok(()) => Finding::healthy("The data folder can be written."),
        // What is loaded goes on being served.
        Err(error) => Finding::degraded(format!("The data folder cannot be written: {error}.")),
    }
}

/// Whether the policy file is the policy in force.
pub(super) fn check_policy(standing: &PolicyStanding) -> Finding {
    match standing.faults.first() {
        None => Finding::healthy("The policy file is in force."),
        Some(fault) => Finding::degraded(format!(
            "The policy file is refused, and the policy before it is in force: {fault}."
        )),
    }
}

/// Whether the files of the certificate are those in use.
pub(super) fn check_certificate(fault: Option<CertificateFault>) -> Finding {
    match fault {
        None => Finding::healthy("The certificate is in use."),
        Some(fault) => Finding::degraded(format!(
            "The certificate is refused, and the one before it is in use: {fault}."
        )),
    }
}

/// Whether there is a good back-up that is young enough. The page is for everybody, so the log says the rest.
pub(super) fn check_backups(seen: &Standing, late: bool) -> Finding {
    let mut wrong = Vec::new();
    if late {
        wrong.push("The newest back-up is older than it may be.".to_owned());
    }
    if seen.fault.is_some() {
        wrong.push("The last one could not be made; the log says why.".to_owned());
    }
    if seen.damaged > 0 {
        wrong.push(format!("Of {} the manifest cannot be read.", seen.damaged));
    }
    if seen.drill.as_ref().is_some_and(|it| !it.faults.is_empty()) {
        wrong.push(
            "The last one that was restored for a trial is not as it must be; the log says why."
                .to_owned(),
        );
    }
    let newest = seen.newest.map_or_else(
        || "There is none yet".to_owned(),
        |at| format!("{} are kept, the newest of {at}", seen.kept),
    );
    wrong.push(format!("{newest}."));
    match wrong.len() {
        1 => Finding::healthy(wrong.concat()),
        _ => Finding::degraded(wrong.join(" ")),
    }
}

/// Whether requests of late failed or were slow.
pub(super) fn check_requests(recent: &Figures, slow_ms: u64) -> Finding {
    let Figures {
        count,
        failed,
        mean_ms,
    } = *recent;
    if count < ENOUGH_REQUESTS {
        return Finding::healthy(format!("{count} requests of late, too few to judge by."));
    }
    let share = failed as f64 / count as f64;
    let told = format!("{failed} of {count} requests of late failed; mean {mean_ms:.1} ms.");
    if share >= UNHEALTHY_SHARE {
        Finding::unhealthy(told)
    } else if share >= DEGRADED_SHARE || mean_ms >= slow_ms as f64 {
        Finding::degraded(told)
    } else {
        Finding::healthy(told)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use medcover_kernel::Timestamp;

    use super::*;
    use crate::backups::Drilled;

    fn status(count: u64, failed: u64, mean_ms: f64) -> Status {
        let figures = Figures {
            count,
            failed,
            mean_ms,
        };
        check_requests(&figures, 500).status
    }

    #[test]
    fn failures_and_slowness_degrade_before_they_fail() {
        assert_eq!(status(19, 19, 900.0), Status::Healthy);
        assert_eq!(status(1_000, 9, 1.0), Status::Healthy);
        assert_eq!(status(1_000, 10, 1.0), Status::Degraded);
        assert_eq!(status(1_000, 0, 500.0), Status::Degraded);
        assert_eq!(status(1_000, 500, 1.0), Status::Unhealthy);
    }

    #[test]
    fn the_breaker_is_told_of_where_the_state_is_on_a_server() {
        assert_eq!(failures(None), "");
        let told = failures(Some(DatabaseStatus {
            consecutive_failures: 3,
            last_failure: Some(Timestamp::from_micros(0)),
            ..DatabaseStatus::default()
        }));
        assert_eq!(
            told,
            " Breaker Closed, 3 failures in a row, the last at 1970-01-01T00:00:00.000000Z."
        );
    }

    #[test]
    fn audit_records_that_wait_and_files_that_are_damaged_are_told_of() {
        assert_eq!(waiting(&SpoolStatus::default()), None);
        let told = waiting(&SpoolStatus {
            waiting: 3,
            oldest: Some(Timestamp::from_micros(0)),
            faults: vec!["0000000001-x.spool: record 3 was changed".to_owned()],
            ..SpoolStatus::default()
        });
        let told = told.expect("there is something");
        assert!(told.starts_with("3 audit records"), "{told}");
        assert!(told.contains("the first of 1970"), "{told}");
        assert!(told.contains("Of 1 files"), "{told}");
        assert!(!told.contains(".spool"), "{told}");
    }

    #[test]
    fn replicas_that_cannot_be_read_degrade_and_those_that_keep_up_do_not() {
        let replica = |standing, lag| ReplicaStatus {
            address: "replica:5432".to_owned(),
            standing,
            lag: Duration::from_millis(lag),
            reads: 0,
            passed_over: 0,
        };
        let status = |replicas: &[ReplicaStatus]| check_replicas(replicas).status;
        let fit = || replica(ReplicaStanding::Fit, 0);
        assert_eq!(status(&[]), Status::Healthy);
        assert_eq!(status(&[fit()]), Status::Healthy);
        assert_eq!(
            status(&[fit(), replica(ReplicaStanding::Behind, 0)]),
            Status::Healthy
        );
        let behind = check_replicas(&[fit(), replica(ReplicaStanding::Behind, 1_500)]);
        assert_eq!(behind.status, Status::Degraded);
        assert!(
            behind
                .detail
                .contains("of 2 replicas 0 cannot be read and 1 are behind")
        );
        let away = ReplicaStanding::Away("refused".to_owned());
        let away = check_replicas(&[replica(away, 0)]);
        assert_eq!(away.status, Status::Degraded);
        // The page is for everybody, and addresses are not.
        assert!(!away.detail.contains("5432"), "{}", away.detail);
    }

    #[test]
    fn a_back_up_that_is_late_missing_or_no_good_degrades() {
        let status = |seen: &Standing, late| check_backups(seen, late).status;
        let none = Standing::default();
        assert_eq!(status(&none, false), Status::Healthy);
        assert_eq!(status(&none, true), Status::Degraded);
        let failed = Standing {
            fault: Some("/backups is full".to_owned()),
            ..Standing::default()
        };
        let told = check_backups(&failed, false);
        assert_eq!(told.status, Status::Degraded);
        assert!(!told.detail.contains("full"), "{}", told.detail);
        let damaged = Standing {
            damaged: 1,
            ..Standing::default()
        };
        assert_eq!(status(&damaged, false), Status::Degraded);
        let drilled = |faults| Standing {
            drill: Some(Drilled {
                at: Timestamp::from_micros(0),
                took_ms: 1,
                faults,
            }),
            ..Standing::default()
        };
        assert_eq!(status(&drilled(Vec::new()), false), Status::Healthy);
        assert_eq!(
            status(&drilled(vec!["lost".to_owned()]), false),
            Status::Degraded
        );
    }

    #[test]
    fn a_folder_that_cannot_be_written_degrades() {
        let dir = tempfile::tempdir().expect("a folder");
        assert_eq!(check_data_folder(dir.path()).status, Status::Healthy);
        assert!(dir.path().read_dir().expect("a folder").next().is_none());
        let gone = dir.path().join("gone");
        assert_eq!(check_data_folder(&gone).status, Status::Degraded);
    }
}
