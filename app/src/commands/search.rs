//! `medcover search`: answers from the releases in the data folder, without a server.

use anyhow::Result;
use medcover_contract_terminology::{
    AdvancedRequest, Hit, Match, MatchKind, SearchAnswer, SearchRequest, UnifiedRequest,
};

use super::AtHand;
use super::local::Local;
use crate::cli::Search;
use crate::terminal::{self, Column, Table};

/// Least similarity of a misspelt term, as the API has it.
const SIMILARITY: f32 = 0.3;

pub(crate) fn run(at_hand: &AtHand, search: &Search) -> Result<()> {
    let local = Local::open(at_hand);
    let answer = Local::answer(find(&local, search))?;
    if at_hand.global.json {
        terminal::print_json(&answer)?;
    } else if answer.hits.is_empty() {
        terminal::print("Nothing found.\n")?;
    } else {
        terminal::print(&as_text(&answer, search.all))?;
    }
    Ok(())
}

async fn find(local: &Local, search: &Search) -> medcover_kernel::Result<SearchAnswer> {
    let (service, call) = (&local.service, &local.call);
    let q = search.query.join(" ");
    let limit = search.limit;
    if search.all {
        let request = UnifiedRequest { q, limit };
        return service.unified_search(call, request).await;
    }
    if search.billable {
        let request = AdvancedRequest {
            query: q,
            limit,
            chapter_filter: search.chapter.clone(),
            billable: Some(true),
            fuzzy_threshold: SIMILARITY,
            cursor: None,
        };
        return service.advanced_search(call, request).await;
    }
    let request = SearchRequest {
        q,
        limit,
        chapter: search.chapter.clone(),
        cursor: None,
    };
    service.search_icd10(call, request).await
}

fn as_text(answer: &SearchAnswer, all_systems: bool) -> String {
    let mut columns = vec![
        Column::new("code").bold(),
        Column::new("title").gives_way(),
        Column::new("billable"),
        Column::new("conf.").right(),
        Column::new("why").gives_way().dim(),
    ];
    if all_systems {
        columns.insert(0, Column::new("system"));
    }
    let mut table = Table::new(columns);
    for hit in &answer.hits {
        let mut cells = cells(hit);
        if all_systems {
            cells.insert(0, hit.system.clone());
        }
        table.row(cells);
    }
    table.for_stdout()
}

fn cells(hit: &Hit) -> Vec<String> {
    vec![
        hit.code.clone(),
        hit.title.clone(),
        if hit.billable { "yes" } else { "" }.to_owned(),
        format!("{:.0} %", hit.confidence * 100.0),
        reason(&hit.matched),
    ]
}

/// Why the hit is there, as short as it can be said.
fn reason(matched: &Match) -> String {
    let term = &matched.term;
    match matched.kind {
        MatchKind::Code => "the code".to_owned(),
        MatchKind::CodePrefix => "the code begins so".to_owned(),
        MatchKind::Exact => format!("is “{term}”"),
        MatchKind::TermPrefix => format!("begins “{term}”"),
        MatchKind::Words => format!("words of “{term}”"),
        MatchKind::Synonym => format!("means “{term}”"),
        MatchKind::Similarity => format!("{} edits from “{term}”", matched.edits),
        MatchKind::Default => format!("default of “{term}”"),
    }
}
