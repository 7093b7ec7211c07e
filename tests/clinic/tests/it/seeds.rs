//! Seeds: repeatable, and clean.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use medcover_clinic::world::{Plan, run};

#[test]
fn equal_seeds_give_equal_runs_and_others_differ() {
    let plan = Plan {
        keep_lines: true,
        ..Plan::of_seed(11)
    };
    let (one, again) = (run(&plan), run(&plan));
    let differs = one.lines.iter().zip(&again.lines).find(|(a, b)| a != b);
    assert_eq!(differs, None);
    assert_eq!(one, again);
    assert_ne!(one.digest, run(&Plan::of_seed(12)).digest);
}

#[test]
fn a_run_has_two_hundred_commands_and_reaches_the_money() {
    let plan = |seed| Plan {
        keep_lines: true,
        ..Plan::of_seed(seed)
    };
    let reports: Vec<_> = (0..6).map(|seed| run(&plan(seed))).collect();
    assert!(reports.iter().all(|report| report.answered >= 200));
    let captured: i128 = reports.iter().map(|report| report.money[0]).sum();
    let completed: usize = reports.iter().map(|report| report.sagas[1]).sum();
    assert!(captured > 0 && completed > 0);
    let lines: Vec<_> = reports.iter().flat_map(|it| &it.lines).collect();
    for happens in [
        "the power goes",
        "goes down",
        "the clock jumps by -",
        "and nobody hears of it",
        "slot-taken",
        "illegal-transition",
    ] {
        let found = lines.iter().any(|line| line.contains(happens));
        assert!(found, "{happens} never happens");
    }
}

/// Three hundred, of fewer commands than by hand, so that they fit into a minute of CI.
#[test]
fn three_hundred_seeds_are_clean() {
    let (next, findings) = (AtomicU64::new(0), Mutex::new(Vec::new()));
    let threads = std::thread::available_parallelism().map_or(1, Into::into);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= 300 {
                        return;
                    }
                    let plan = Plan {
                        commands: COMMANDS,
                        ..Plan::of_seed(seed)
                    };
                    if let Some(finding) = run(&plan).finding {
                        let repeat = format!(
                            "{finding}\n  cargo xtask simulate --world clinic --commands {COMMANDS} --seed {seed}"
                        );
                        findings.lock().unwrap().push(repeat);
                    }
                }
            });
        }
    });
    let findings = findings.into_inner().unwrap();
    assert!(findings.is_empty(), "{}", findings.join("\n"));
}

const COMMANDS: usize = 120;
