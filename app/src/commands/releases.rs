//! `medcover releases`.

use anyhow::Result;
use medcover_terminology::Releases;
use serde_json::json;

use super::AtHand;
use crate::terminal::{self, Column, Table};

pub(crate) fn run(at_hand: &AtHand) -> Result<()> {
    let releases = Releases::open(&at_hand.settings.value.data.dir, &at_hand.clock);
    let set = releases.load();
    let infos: Vec<_> = set.all().map(|release| release.info()).collect();
    if at_hand.global.json {
        let problems = set
            .problems()
            .iter()
            .map(|problem| json!({"release": problem.release, "what": problem.what}));
        let problems: Vec<_> = problems.collect();
        terminal::print_json(&json!({"releases": infos, "problems": problems}))?;
        return Ok(());
    }
    let mut table = Table::new([
        Column::new("system").bold(),
        Column::new("release"),
        Column::new("current"),
        Column::new("concepts").right(),
        Column::new("billable").right(),
        Column::new("name").gives_way(),
    ]);
    for info in &infos {
        table.row([
            info.system.clone(),
            info.version.clone(),
            if info.current { "yes" } else { "" }.to_owned(),
            info.concepts.to_string(),
            info.billable.to_string(),
            info.title.clone(),
        ]);
    }
    if infos.is_empty() {
        terminal::print("Nothing is loaded. Run `medcover load icd10cm`.\n")?;
    } else {
        terminal::print(&table.for_stdout())?;
    }
    for problem in set.problems() {
        terminal::print(&format!("{}\n", problem.what))?;
    }
    Ok(())
}
