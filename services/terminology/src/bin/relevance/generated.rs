//! Queries drawn from the release itself, the same at every run, so that the gate needs no file.

use medcover_kernel::{Rng, SeededRng};
use medcover_terms::Release;
use medcover_terms::source::{Level, TermSource};

use crate::queries::{Query, QuerySet};

/// Queries in each set.
const DRAWN: usize = 400;
/// Any number does; another draws other queries.
const SEED: u64 = 20_260_401;

/// A wording and the code it stands at.
struct Wording {
    text: String,
    code: String,
}

/// The four sets.
pub(crate) fn sets<B: AsRef<[u8]>>(release: &Release<B>) -> Vec<QuerySet> {
    let rng = SeededRng::new(SEED);
    let wordings = wordings(release);
    let titles: Vec<&Wording> = wordings
        .iter()
        .filter(|it| it.text.split(' ').count() <= 14)
        .collect();
    let short: Vec<&Wording> = wordings
        .iter()
        .filter(|it| (1..=4).contains(&it.text.split(' ').count()))
        .collect();
    vec![
        set("gen-title", draw(&titles, &rng), |wording| {
            Some(wording.text.clone())
        }),
        prefix_set(&titles, &rng),
        set("gen-spelling", draw(&titles, &rng), |wording| {
            british(&wording.text)
        }),
        set("gen-typo", draw(&short, &rng), |wording| {
            slip(&wording.text, &rng)
        }),
    ]
}

/// Titles and inclusion terms of categories and below, without the codes that 7th characters make.
fn wordings<B: AsRef<[u8]>>(release: &Release<B>) -> Vec<Wording> {
    let mut wordings = Vec::new();
    for concept in release.concepts() {
        if !matches!(concept.level(), Level::Category | Level::Subcategory) {
            continue;
        }
        let inclusion = concept
            .terms()
            .filter(|(_, source)| *source == TermSource::InclusionTerm);
        for text in std::iter::once(concept.title()).chain(inclusion.map(|(text, _)| text)) {
            wordings.push(Wording {
                text: text.to_lowercase(),
                code: concept.code().to_owned(),
            });
        }
    }
    wordings
}

/// All wordings in random order: what a set cannot use is passed over.
fn draw<'w>(wordings: &[&'w Wording], rng: &SeededRng) -> Vec<&'w Wording> {
    let mut drawn = wordings.to_vec();
    for last in (1..drawn.len()).rev() {
        drawn.swap(last, rng.below(last as u64 + 1) as usize);
    }
    drawn
}

fn set(name: &str, drawn: Vec<&Wording>, make: impl Fn(&Wording) -> Option<String>) -> QuerySet {
    let queries = drawn
        .into_iter()
        .filter_map(|wording| {
            let text = make(wording)?;
            Some(Query {
                text,
                accepted: vec![wording.code.clone()],
            })
        })
        .take(DRAWN)
        .collect();
    QuerySet {
        name: name.to_owned(),
        from_file: false,
        queries,
    }
}

/// Beginnings of titles, cut inside a word; every wording that begins so is an answer.
fn prefix_set(titles: &[&Wording], rng: &SeededRng) -> QuerySet {
    let queries = draw(titles, rng)
        .into_iter()
        .filter(|wording| wording.text.len() >= 12 && wording.text.is_ascii())
        .take(DRAWN)
        .map(|wording| {
            let cut = 8 + rng.below(wording.text.len() as u64 - 8) as usize;
            let text = wording.text[..cut].trim_end().to_owned();
            let accepted = titles
                .iter()
                .filter(|other| other.text.starts_with(&text))
                .map(|other| other.code.clone())
                .collect();
            Query { text, accepted }
        })
        .collect();
    QuerySet {
        name: "gen-prefix".to_owned(),
        from_file: false,
        queries,
    }
}

/// British spelling, where the wording has any.
fn british(text: &str) -> Option<String> {
    const SPELLINGS: [(&str, &str); 12] = [
        ("hemorrh", "haemorrh"),
        ("anemia", "anaemia"),
        ("edema", "oedema"),
        ("esoph", "oesoph"),
        ("tumor", "tumour"),
        ("labor ", "labour "),
        ("behavior", "behaviour"),
        ("leukemia", "leukaemia"),
        ("fetal", "foetal"),
        ("diarrhea", "diarrhoea"),
        ("pediatric", "paediatric"),
        ("hematoma", "haematoma"),
    ];
    let british = SPELLINGS
        .iter()
        .fold(text.to_owned(), |text, (american, british)| {
            text.replace(american, british)
        });
    (british != text).then_some(british)
}

/// One slip in a random word of five letters or more; a second in another such word of every other query.
fn slip(text: &str, rng: &SeededRng) -> Option<String> {
    let mut words: Vec<String> = text.split(' ').map(str::to_owned).collect();
    let mut long: Vec<usize> = (0..words.len())
        .filter(|&at| {
            words[at].len() >= 5 && words[at].bytes().all(|letter| letter.is_ascii_lowercase())
        })
        .collect();
    if long.is_empty() {
        return None;
    }
    for _ in 0..=rng.below(2) {
        if long.is_empty() {
            break;
        }
        let at = long.swap_remove(rng.below(long.len() as u64) as usize);
        words[at] = misspell(&words[at], rng);
    }
    Some(words.join(" "))
}

/// A letter too many, too few, wrong, or two swapped.
fn misspell(word: &str, rng: &SeededRng) -> String {
    let mut letters = word.as_bytes().to_vec();
    let at = rng.below(letters.len() as u64 - 1) as usize;
    let other = b'a' + rng.below(26) as u8;
    match rng.below(4) {
        0 => letters.insert(at, other),
        1 => {
            letters.remove(at);
        }
        2 => letters[at] = other,
        _ => letters.swap(at, at + 1),
    }
    String::from_utf8(letters).expect("letters of the alphabet are text")
}
