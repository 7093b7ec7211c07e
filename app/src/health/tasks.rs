//! What one process of the installation does for all of them.

use medcover_mesh::{TaskRole, TaskRun, TaskStatus};

use super::Finding;

/// Whether what this process does for all of them gets done; nothing where it does nothing of the kind.
pub(super) fn check_tasks(tasks: &[TaskStatus]) -> Option<Finding> {
    let listed = |which: &dyn Fn(&TaskStatus) -> bool| {
        let names = tasks.iter().filter(|it| which(it)).map(|it| &*it.name);
        names.collect::<Vec<_>>().join(", ")
    };
    let mut told = Vec::new();
    let is = |role: &'static str| move |it: &TaskStatus| it.role.as_str() == role;
    for (role, begin) in [
        (TaskRole::Leads(0), "Led by this process"),
        (TaskRole::Alone, "Done by every process"),
        (TaskRole::Follows, "Led by others"),
    ] {
        let names = listed(&is(role.as_str()));
        if !names.is_empty() {
            told.push(format!("{begin}: {names}."));
        }
    }
    let failed = listed(&|it| it.last == Some(TaskRun::Failed) && it.role != TaskRole::Follows);
    if !failed.is_empty() {
        let failed = format!("Failed when last tried: {failed}. The log says why.");
        return Some(Finding::degraded(format!("{} {failed}", told.join(" "))));
    }
    (!told.is_empty()).then(|| Finding::healthy(told.join(" ")))
}

#[cfg(test)]
mod tests {
    use super::super::Status;
    use super::*;

    fn task(name: &str, role: TaskRole, last: Option<TaskRun>) -> TaskStatus {
        TaskStatus {
            name: name.to_owned(),
            role,
            last,
            last_done: None,
            done: 0,
            failed: 0,
            fenced: 0,
        }
    }

    #[test]
    fn who_leads_what_is_told_and_a_failure_degrades_where_it_is_led() {
        assert_eq!(check_tasks(&[]), None);
        let mut tasks = vec![
            task("views", TaskRole::Leads(7), Some(TaskRun::Done)),
            task("partitions", TaskRole::Follows, Some(TaskRun::Failed)),
            task("prune-auth", TaskRole::Alone, None),
        ];
        let told = check_tasks(&tasks).expect("there are tasks");
        assert_eq!(
            told.detail,
            "Led by this process: views. Done by every process: prune-auth. Led by others: partitions."
        );
        assert_eq!(told.status, Status::Healthy);
        tasks[0].last = Some(TaskRun::Failed);
        let told = check_tasks(&tasks).expect("there are tasks");
        assert_eq!(told.status, Status::Degraded);
        assert!(told.detail.contains("when last tried: views."), "{told:?}");
    }
}
