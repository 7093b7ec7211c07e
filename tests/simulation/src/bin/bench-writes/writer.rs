//! How busy the connection that writes is, as the operating system sees its thread.

use std::collections::BTreeSet;
use std::fs;
use std::time::Duration;

/// How often its state is looked at.
const EVERY: Duration = Duration::from_millis(5);

/// The threads of SQLite's connections in this process.
pub(crate) fn connections() -> BTreeSet<u64> {
    let tasks = fs::read_dir("/proc/self/task").into_iter().flatten();
    let ids = tasks.filter_map(|task| task.ok()?.file_name().to_str()?.parse().ok());
    ids.filter(|id| {
        let name = fs::read_to_string(format!("/proc/self/task/{id}/comm"));
        name.is_ok_and(|name| name.starts_with("sqlx-sqlite"))
    })
    .collect()
}

/// Looks at a thread while `work` runs: what `work` gives, and the percentage of looks at which the thread was running,
/// ready to run, or waiting for the disk.
pub(crate) async fn watching<T>(thread: Option<u64>, work: impl Future<Output = T>) -> (T, f64) {
    let (mut looks, mut busy) = (0_u32, 0_u32);
    tokio::pin!(work);
    loop {
        tokio::select! {
            done = &mut work => return (done, 100.0 * f64::from(busy) / f64::from(looks.max(1))),
            () = tokio::time::sleep(EVERY) => {
                looks += 1;
                busy += u32::from(thread.is_some_and(is_busy));
            }
        }
    }
}

fn is_busy(thread: u64) -> bool {
    let Ok(stat) = fs::read_to_string(format!("/proc/self/task/{thread}/stat")) else {
        return false;
    };
    // The state follows the name, which stands in parentheses and may hold anything.
    let state = stat
        .rsplit(") ")
        .next()
        .and_then(|rest| rest.chars().next());
    matches!(state, Some('R' | 'D'))
}
