//! Codes with titles, made up by rule: as many as a measurement needs, in the shape and the proportions of ICD-10-CM, and the same
//! each time.

mod codes;
mod titles;
mod words;

use std::io::{self, Write};

use medcover_kernel::{Rng as _, SeededRng};

use codes::{CATEGORIES, CHAPTERS, Walk, categories, chapter_of, share};

/// The fewest rows: each partition has some.
pub const LEAST_ROWS: u64 = 1_000;
/// The most: a fifth of what there are codes for under the commonest letter.
pub const MOST_ROWS: u64 = 100_000_000;

/// One in so many codes that could stand on a claim is retired.
const RETIRED: u64 = 50;
/// One in so many codes has another wording.
const WORDED: u64 = 4;
const HEADER: &str = "code\ttitle\tparent\tbillable\tactive\tsynonyms\tchapter";

/// Writes a plain table of `rows` codes, from [`LEAST_ROWS`] to [`MOST_ROWS`], with chapters and blocks before them. The same `seed`
/// gives the same bytes. It takes no memory to speak of.
pub fn write(out: &mut impl Write, rows: u64, seed: u64) -> io::Result<()> {
    writeln!(out, "{HEADER}")?;
    for (number, title) in (1..).zip(CHAPTERS) {
        writeln!(out, "{number}\t{title}\t\tno\tyes\t\t{number}")?;
    }
    let titles = titles::Titles::new(SeededRng::new(seed));
    for (first, last, chapter) in codes::blocks() {
        let title = titles.of_block();
        writeln!(
            out,
            "{first}-{last}\t{title}\t{chapter}\tno\tyes\t\t{chapter}"
        )?;
    }
    let chance = SeededRng::new(!seed);
    for (number, category) in categories().enumerate() {
        let chapter = chapter_of(&category);
        let block = codes::block_of(&category);
        let mut walk = Walk::new(&category, share(rows, number, CATEGORIES));
        while let Some(node) = walk.next_node() {
            let title = titles.of_code(node.depth);
            let synonym = (chance.below(WORDED) == 0).then(|| titles.of_code(0));
            let retired = node.leaf && chance.below(RETIRED) == 0;
            writeln!(
                out,
                "{}\t{title}\t{}\t{}\t{}\t{}\t{chapter}",
                node.code,
                node.parent.unwrap_or(&block),
                yes_or_no(node.leaf && !retired),
                yes_or_no(!retired),
                synonym.unwrap_or_default(),
            )?;
        }
    }
    Ok(())
}

const fn yes_or_no(yes: bool) -> &'static str {
    if yes { "yes" } else { "no" }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, HashSet};

    use super::*;

    fn made(rows: u64, seed: u64) -> String {
        let mut out = Vec::new();
        write(&mut out, rows, seed).expect("memory takes all");
        String::from_utf8(out).expect("it is UTF-8")
    }

    fn table(text: &str) -> Vec<Vec<&str>> {
        let lines = text.lines().skip(1);
        lines.map(|line| line.split('\t').collect()).collect()
    }

    fn is_code(row: &[&str]) -> bool {
        row[0].starts_with(|c: char| c.is_ascii_uppercase()) && !row[0].contains('-')
    }

    #[test]
    fn the_same_seed_gives_the_same_bytes_and_another_others() {
        assert_eq!(made(5_000, 1), made(5_000, 1));
        assert_ne!(made(5_000, 1), made(5_000, 2));
    }

    #[test]
    fn codes_ascend_as_many_as_asked_for_each_under_one_that_is_there() {
        for rows in [LEAST_ROWS, 5_000, 200_000] {
            let text = made(rows, 7);
            let table = table(&text);
            let mut known = HashSet::new();
            let mut last = "";
            let mut codes = 0;
            for row in &table {
                assert_eq!(row.len(), 7, "{row:?}");
                assert!(row[2].is_empty() || known.contains(row[2]), "{row:?}");
                known.insert(row[0]);
                if is_code(row) {
                    assert!(last < row[0], "{last} before {}", row[0]);
                    assert!(row[0].len() <= 8, "{row:?}");
                    last = row[0];
                    codes += 1;
                }
            }
            assert_eq!(codes, rows);
        }
    }

    #[test]
    fn letters_have_the_shares_of_the_real_release() {
        let text = made(100_000, 1);
        let mut letters = BTreeMap::new();
        for row in table(&text).iter().filter(|row| is_code(row)) {
            *letters.entry(&row[0][..1]).or_insert(0) += 1;
        }
        assert_eq!(letters.len(), 26);
        let injuries = letters["S"] + letters["T"];
        assert!((50_000..60_000).contains(&injuries), "{letters:?}");
        assert!(letters.values().all(|count| *count > 50), "{letters:?}");
    }

    #[test]
    fn few_words_are_met_often_and_most_seldom() {
        let text = made(20_000, 1);
        let mut words = BTreeMap::new();
        for row in table(&text) {
            for word in row[1].split(|c: char| !c.is_alphanumeric()) {
                *words.entry(word.to_lowercase()).or_insert(0_u32) += 1;
            }
        }
        let mut counts: Vec<_> = words.into_values().collect();
        counts.sort_unstable();
        assert!(counts.len() > 2_000, "{}", counts.len());
        let (middle, most) = (counts[counts.len() / 2], counts[counts.len() - 1]);
        assert!(middle < 20 && most > 5_000, "{middle} {most}");
    }

    #[test]
    fn what_may_stand_on_a_claim_has_nothing_below_it_and_some_codes_are_retired() {
        let text = made(20_000, 3);
        let table = table(&text);
        let parents: HashSet<_> = table.iter().map(|row| row[2]).collect();
        let mut retired = 0;
        for row in table.iter().filter(|row| is_code(row)) {
            let leaf = !parents.contains(row[0]);
            assert_eq!(row[3] == "yes", leaf && row[4] == "yes", "{row:?}");
            retired += usize::from(row[4] == "no");
        }
        assert!((100..600).contains(&retired), "{retired}");
    }
}
