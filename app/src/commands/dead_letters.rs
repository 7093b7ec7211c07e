//! `medcover dead-letters`.

use anyhow::{Result, anyhow};
use medcover_contract_operations::{DeadLetter, Queue, ReplayRequest};
use medcover_kernel::{Limit, TenantId};
use serde_json::json;

use super::AtHand;
use super::reach::{Reach, with_services};
use crate::cli::{DeadLetters, Letters};
use crate::terminal::{self, Column, Table};

pub(crate) fn run(at_hand: &AtHand, command: DeadLetters) -> Result<()> {
    match command {
        DeadLetters::List { which, limit } => {
            let limit = Limit::new(limit).map_err(|error| anyhow!("--limit {error}"))?;
            let tenant = which.tenant.map(TenantId::from_uuid);
            with_services(at_hand, tenant, async |reach| {
                list(at_hand, reach, &which, limit).await
            })
        }
        DeadLetters::Replay { which, message } => {
            let tenant = which.tenant.map(TenantId::from_uuid);
            let request = ReplayRequest { message };
            with_services(at_hand, tenant, async |reach| {
                replay(at_hand, reach, &which, request).await
            })
        }
    }
}

async fn list(at_hand: &AtHand, reach: &Reach, which: &Letters, limit: Limit) -> Result<()> {
    let mut found = Vec::new();
    for Queue { service, queue, .. } in queues(reach, which).await? {
        let page = reach
            .operations
            .dead_letters(&reach.call, &service, &queue, 0, limit)
            .await?;
        let letters = page.letters.into_iter();
        found.extend(letters.map(|letter| (service.clone(), queue.clone(), letter)));
    }
    if at_hand.global.json {
        let letters = found.iter().map(|(service, queue, letter)| {
            json!({"service": service, "queue": queue, "letter": letter})
        });
        terminal::print_json(&json!({ "dead_letters": letters.collect::<Vec<_>>() }))?;
        return Ok(());
    }
    if found.is_empty() {
        terminal::print("No message is set aside.\n")?;
        return Ok(());
    }
    terminal::print(&as_table(found).for_stdout())?;
    Ok(())
}

fn as_table(found: Vec<(String, String, DeadLetter)>) -> Table {
    let mut table = Table::new([
        Column::new("service"),
        Column::new("queue"),
        Column::new("message").bold(),
        Column::new("tries").right(),
        Column::new("set aside"),
        Column::new("reason").gives_way(),
    ]);
    for (service, queue, letter) in found {
        table.row([
            service,
            queue,
            letter.message.to_string(),
            letter.attempts.to_string(),
            letter.died_at,
            letter.reason,
        ]);
    }
    table
}

async fn replay(
    at_hand: &AtHand,
    reach: &Reach,
    which: &Letters,
    request: ReplayRequest,
) -> Result<()> {
    let mut replayed = 0;
    for Queue { service, queue, .. } in queues(reach, which).await? {
        let request = request.clone();
        let done = reach
            .operations
            .replay_dead_letters(&reach.call, &service, &queue, request)
            .await?;
        replayed += done.replayed;
    }
    if at_hand.global.json {
        terminal::print_json(&json!({ "replayed": replayed }))?;
    } else {
        terminal::print(&format!("queued again: {replayed}\n"))?;
    }
    Ok(())
}

/// The queues that are meant. Depths span tenants, so they are asked for the installation, whatever tenant is meant.
async fn queues(reach: &Reach, which: &Letters) -> Result<Vec<Queue>> {
    let mut call = reach.call.clone().for_tenant(TenantId::DEFAULT);
    call.credential = None;
    let all = reach.operations.queues(&call).await?.queues;
    let fits = |wanted: &Option<String>, name: &str| wanted.as_ref().is_none_or(|it| it == name);
    let meant = all
        .into_iter()
        .filter(|queue| fits(&which.service, &queue.service) && fits(&which.queue, &queue.queue));
    Ok(meant.collect())
}
