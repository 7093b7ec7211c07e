//! What search finds, and what it says of it.

use std::collections::HashSet;

use medcover_terms::search::{Hit, MatchKind, Query, Scratch};
use medcover_terms::{Release, compile_part};

use crate::sample::{file, release, source};

fn hits(release: &Release<Vec<u8>>, query: &Query<'_>) -> Vec<Hit> {
    release.search(query, &mut Scratch::new()).to_vec()
}

/// The codes found for `text`, best first.
fn codes(text: &str) -> Vec<String> {
    let release = release();
    hits(release, &Query::new(text))
        .iter()
        .map(|hit| release.concept(hit.concept).code().to_owned())
        .collect()
}

fn first(text: &str) -> (String, Hit) {
    let release = release();
    let hit = *hits(release, &Query::new(text))
        .first()
        .unwrap_or_else(|| panic!("nothing for {text}"));
    (release.concept(hit.concept).code().to_owned(), hit)
}

#[test]
fn a_code_in_any_notation_is_itself() {
    for text in ["E11.65", "e1165", " e11.65 ", "E11 65"] {
        let (code, hit) = first(text);
        assert_eq!(
            (code.as_str(), hit.kind),
            ("E11.65", MatchKind::Code),
            "{text}"
        );
        assert!((hit.confidence - 1.0).abs() < f32::EPSILON);
    }
}

#[test]
fn the_beginning_of_a_code_lists_what_begins_so_in_order() {
    assert_eq!(codes("e11"), ["E11", "E11.22", "E11.65", "E11.9"]);
    assert_eq!(codes("S52.0"), ["S52.041", "S52.041A"]);
}

#[test]
fn words_in_any_order_and_number() {
    assert_eq!(first("infarctions myocardial acute").0, "I21.9");
    assert_eq!(
        first("ulna right coronoid fractures displaced").0,
        "S52.041"
    );
}

#[test]
fn an_unfinished_last_word_is_completed() {
    assert_eq!(first("type 2 diabetes hyperg").0, "E11.65");
    assert_eq!(first("asth").0, "J45.909");
}

#[test]
fn british_spelling_accents_and_apostrophes_fold_away() {
    assert_eq!(first("anaemia").0, "D64.9");
    assert_eq!(first("gastrointestinal haemorrhage").0, "K92.2");
    assert_eq!(first("menieres disease").0, "H81.0");
    assert_eq!(first("Gastro-Oesophageal Reflux").0, "K21");
}

#[test]
fn slips_are_forgiven_and_counted() {
    for (text, code, edits) in [
        ("astmha", "J45.909", 1),
        ("sthma", "J45.909", 1),
        ("bsthma", "J45.909", 1),
        ("myocrdial infarcton", "I21.9", 2),
        ("hyprtensoin", "I10", 2),
        // Seven letters are two edits from a word when they are one from none.
        ("hartbun", "R12", 2),
    ] {
        let (found, hit) = first(text);
        assert_eq!((found.as_str(), hit.edits), (code, edits), "{text}");
    }
}

#[test]
fn split_and_joined_words_meet() {
    assert_eq!(first("heart burn").0, "R12");
    assert_eq!(first("heartfailure").0, "I50.9");
}

#[test]
fn a_bare_condition_is_the_code_that_its_header_stands_for() {
    let (code, hit) = first("type 2 diabetes mellitus");
    assert_eq!((code.as_str(), hit.kind), ("E11.9", MatchKind::Default));
    assert_eq!(codes("type 2 diabetes mellitus")[1], "E11");
}

#[test]
fn an_abbreviation_is_read_as_its_meaning() {
    let (code, hit) = first("htn");
    assert_eq!((code.as_str(), hit.kind), ("I10", MatchKind::Synonym));
}

#[test]
fn a_part_has_the_phrases_that_lead_to_what_it_says_and_no_others() {
    let whole = file();
    let bytes = compile_part(&source()).expect("the sample is sound");
    assert!(bytes.len() * 4 < whole.len(), "{} bytes", bytes.len());
    let part = Release::open(bytes).expect("it was just compiled");
    for text in ["htn", "high blood pressure", "hypertensoin", "I10"] {
        let found = hits(&part, &Query::new(text));
        let code = found.first().map(|hit| part.concept(hit.concept).code());
        assert_eq!(code, Some(&*first(text).0), "{text}");
    }
}

#[test]
fn every_hit_names_the_term_that_met() {
    let release = release();
    let found = hits(release, &Query::new("high blood pressure"));
    let term = found[0].term.expect("a match by words has a term");
    assert_eq!(release.term_text(term), "High blood pressure");
    assert_eq!(found[0].kind, MatchKind::Exact);
}

#[test]
fn filters_leave_only_what_they_let_through() {
    let release = release();
    let respiratory = Query {
        chapter: Some(10),
        ..Query::new("asthma heart failure")
    };
    let found = hits(release, &respiratory);
    assert!(!found.is_empty());
    assert!(
        found
            .iter()
            .all(|hit| release.concept(hit.concept).chapter() == 10)
    );
    for billable in [true, false] {
        let query = Query {
            billable: Some(billable),
            ..Query::new("heart failure")
        };
        let found = hits(release, &query);
        assert!(!found.is_empty());
        assert!(
            found
                .iter()
                .all(|hit| release.concept(hit.concept).billable() == billable)
        );
    }
}

#[test]
fn least_similarity_drops_what_is_only_near() {
    let release = release();
    let near = |least| {
        hits(
            release,
            &Query {
                least_similarity: least,
                ..Query::new("coroniod")
            },
        )
        .len()
    };
    assert!(near(0.0) > 0);
    assert_eq!(near(0.95), 0);
}

#[test]
fn nothing_is_found_for_nothing() {
    for text in ["", "   ", "\u{0}", "?!", "zzzzzzzz", "\u{1F600}"] {
        assert!(codes(text).is_empty(), "{text:?}");
    }
}

#[test]
fn relatives_are_those_of_the_source() {
    let release = release();
    let code = release.find("e11.65").expect("it is in the sample");
    assert_eq!(
        code.ancestors().map(|it| it.code()).collect::<Vec<_>>(),
        ["E11", "E08-E13", "4"]
    );
    assert_eq!(
        code.siblings().map(|it| it.code()).collect::<Vec<_>>(),
        ["E11.22", "E11.9"]
    );
    let chapter = release.find("4").expect("a chapter has a number");
    assert_eq!(
        chapter.siblings().map(|it| it.code()).collect::<Vec<_>>(),
        ["9", "10"]
    );
    assert_eq!(
        release
            .find("E11")
            .and_then(|it| it.default())
            .map(|it| it.code()),
        Some("E11.9")
    );
    assert!(release.find("E11.99").is_none());
}

proptest::proptest! {
    #[test]
    fn any_query_answers_with_each_concept_once_best_first(text in "\\PC{0,300}", completing in proptest::bool::ANY) {
        let release = release();
        let found = hits(release, &Query { completing, ..Query::new(&text) });
        let concepts: HashSet<_> = found.iter().map(|hit| hit.concept).collect();
        proptest::prop_assert_eq!(concepts.len(), found.len());
        proptest::prop_assert!(found.windows(2).all(|two| two[0].score >= two[1].score));
        proptest::prop_assert!(found.iter().all(|hit| (0.0..=1.0).contains(&hit.confidence)));
    }

    #[test]
    fn the_first_hits_do_not_depend_on_how_many_are_wanted(
        words in proptest::collection::vec("(type|2|diabetes|heart|failur|acute|ulna|of|fracture|fractures|asthma|e11|r)", 1..6),
        wanted in 1_usize..12,
    ) {
        let release = release();
        let text = words.join(" ");
        let all = hits(release, &Query::new(&text));
        let few = hits(release, &Query { wanted, ..Query::new(&text) });
        proptest::prop_assert_eq!(&few[..], &all[..wanted.min(all.len())]);
    }

    #[test]
    fn words_of_the_release_in_any_disorder_are_answered_alike_by_a_used_scratch(
        words in proptest::collection::vec("(type|2|diabetes|heart|failure|acut|ulna|of|fractures|asthma|e11)", 1..8)
    ) {
        let release = release();
        let text = words.join(" ");
        let mut used = Scratch::new();
        release.search(&Query::new("heart failure acute ulna"), &mut used);
        let again = release.search(&Query::new(&text), &mut used).to_vec();
        proptest::prop_assert_eq!(again, hits(release, &Query::new(&text)));
    }
}
