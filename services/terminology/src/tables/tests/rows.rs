//! A table of any length goes straight into the tables: whole, or not at all.

use super::*;
use crate::load::TableRows;
use crate::tables::{RowsLoaded, TableLoad};

const TABLE: &str = "code\ttitle\tparent\tchapter\tsynonyms\tactive\tbillable\n\
    4\tEndocrine diseases\t\t4\t\t\tno\n\
    E08-E13\tDiabetes mellitus\t4\t4\t\t\tno\n\
    E11\tType 2 diabetes mellitus\tE08-E13\t4\t\t\tno\n\
    E11.9\tType 2 diabetes mellitus without complications\tE11\t4\tadult-onset diabetes|NIDDM\t\tyes\n\
    E11.99\tA retired code\tE11.9\t4\t\tno\tyes\n";
const CURRENT: &str = "SELECT release, concepts::text FROM icd10_releases WHERE current";
const INDEXES: &str = "SELECT count(*)::text FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid \
    WHERE c.relname LIKE 'idx\\_icd10%' AND c.relkind = 'I' AND i.indisvalid";

fn copied(load: &mut TableLoad, version: &str, table: &str) -> medcover_kernel::Result<RowsLoaded> {
    let rows = TableRows::open("codes.tsv", Some(table.len() as u64), table.as_bytes());
    let mut rows = rows.expect("a header");
    load.load_rows(version, &mut rows, &mut Quiet)
}

#[test]
fn a_table_is_copied_row_by_row_and_what_is_wrong_with_it_leaves_all_as_it_was() {
    let server = server();
    let mut load = TableLoad::open(&options(&server), clock()).expect("it opens");
    let loaded = copied(&mut load, "2026-10-01", TABLE).expect("it is copied");
    let whole = RowsLoaded {
        concepts: 5,
        billable: 1,
    };
    assert_eq!(loaded, whole);
    for (version, table, told) in [
        (
            "2027",
            &*format!("{TABLE}E11.9\tAgain\tE11\t4\t\t\tyes\n"),
            "codes.tsv:7: E11.9 follows E11.99",
        ),
        ("2027", "code\ttitle\tbillable\n", "has no row"),
        ("20 27", TABLE, "`20 27` is no name of a release"),
        ("", TABLE, "`` is no name of a release"),
    ] {
        let refused = copied(&mut load, version, table).expect_err(told);
        assert!(refused.to_string().contains(told), "{refused}");
        assert_eq!(refused.slug(), "release-refused");
    }
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let tables = tables(&server).await;
        assert_eq!(texts(&tables, CURRENT, 2).await, [["2026-10-01", "5"]]);
        // The key and the ten that were made once the rows were there.
        assert_eq!(texts(&tables, INDEXES, 1).await, [["11"]]);
        let found = tables.find_children("2026-10-01", "E11").await;
        let found = found.expect("it answers");
        let terms: Vec<_> = found[0].concept.terms.iter().map(|it| &*it.text).collect();
        assert_eq!((&*found[0].concept.code, found[0].place), ("E11.9", 3));
        assert_eq!(terms, ["adult-onset diabetes", "NIDDM"]);
        tables.close().await;
    });
    // The same name again takes the place of what there was.
    let short: Vec<_> = TABLE.lines().take(4).collect();
    let short = short.join("\n");
    assert_eq!(
        copied(&mut load, "2026-10-01", &short)
            .expect("it is copied")
            .concepts,
        3
    );
    runtime.block_on(async {
        let tables = tables(&server).await;
        let all = "SELECT count(*)::text FROM icd10_concepts";
        assert_eq!(texts(&tables, all, 1).await, [["3"]]);
        tables.close().await;
    });
}
