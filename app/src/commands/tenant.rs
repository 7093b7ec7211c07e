//! `medcover tenant`.

use anyhow::Result;
use medcover_contract_auth::NewTenantRequest;
use serde_json::json;

use super::AtHand;
use super::reach::{Reach, with_services};
use crate::cli::Tenant;
use crate::terminal::{self, Column, Lines, Table};

pub(crate) fn run(at_hand: &AtHand, tenant: Tenant) -> Result<()> {
    with_services(at_hand, None, async |reach| match tenant {
        Tenant::List => list(at_hand, reach).await,
        Tenant::Create {
            name,
            administrator,
        } => {
            let request = NewTenantRequest {
                name,
                administrator,
            };
            create(at_hand, reach, request).await
        }
    })
}

async fn list(at_hand: &AtHand, reach: &Reach) -> Result<()> {
    let mut tenants = Vec::new();
    let mut after = None;
    loop {
        let page = reach.tenants(after).await?;
        tenants.extend(page.tenants);
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    if at_hand.global.json {
        terminal::print_json(&json!({ "tenants": tenants }))?;
        return Ok(());
    }
    let mut table = Table::new([Column::new("name").bold(), Column::new("id")]);
    for tenant in tenants {
        table.row([tenant.name, tenant.id.to_string()]);
    }
    terminal::print(&table.for_stdout())?;
    Ok(())
}

async fn create(at_hand: &AtHand, reach: &Reach, request: NewTenantRequest) -> Result<()> {
    let created = reach.create_tenant(request, &at_hand.clock).await?;
    if at_hand.global.json {
        terminal::print_json(&created)?;
        return Ok(());
    }
    let (tenant, invitation) = (created.tenant, created.administrator);
    let mut lines = Lines::default();
    lines.add(format_args!(
        "made the tenant {} ({})",
        tenant.name, tenant.id
    ));
    lines.add(format_args!(
        "invitation of its administrator, shown this once, good until {}:",
        invitation.expires_at
    ));
    lines.add(invitation.invitation.reveal());
    terminal::print(lines.text())?;
    Ok(())
}
