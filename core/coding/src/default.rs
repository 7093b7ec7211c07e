//! Which code below a header a coder means who gives no more detail.
//!
//! The release says it in its own wording: an inclusion term with `NOS` ("not otherwise specified"), or a child whose
//! title adds to the header's nothing but "unspecified", "without …" and the like. `CLUES` is that wording as a table;
//! nothing here knows a code.

use std::collections::HashMap;

/// A piece of wording that a child's title has and its header's has not.
struct Clue {
    /// The words, in lower case.
    words: &'static [&'static str],
    /// How much it speaks for (or against) the child.
    points: i32,
    /// What the words behind it are, up to the next clue.
    behind: Behind,
    /// Why it does.
    #[expect(
        dead_code,
        reason = "the reason belongs to the row; it is for the reader"
    )]
    why: &'static str,
}

/// What follows a clue.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Behind {
    /// All of it is part of the clue: `without hemorrhage, perforation or obstruction`.
    List,
    /// What the header does not speak of is part of the clue, up to the next comma: `unspecified severity`; but in
    /// `unspecified chronic gastritis`, under a header that names gastritis, `chronic` stands for itself.
    Axis,
    /// Words that stand for themselves.
    Counts,
}

const CLUES: &[Clue] = &[
    Clue {
        words: &["not", "specified", "as"],
        points: 8,
        behind: Behind::List,
        why: "what is not specified is what was not said",
    },
    Clue {
        words: &["unspecified"],
        points: 10,
        behind: Behind::Axis,
        why: "the classification's own word for no more detail",
    },
    Clue {
        words: &["not", "having", "achieved", "remission"],
        points: 6,
        behind: Behind::Counts,
        why: "a disease is present unless its remission is documented",
    },
    Clue {
        words: &["not", "intractable"],
        points: 6,
        behind: Behind::Counts,
        why: "intractability must be documented",
    },
    Clue {
        words: &["without"],
        points: 6,
        behind: Behind::List,
        why: "a complication must be documented",
    },
    Clue {
        words: &["uncomplicated"],
        points: 6,
        behind: Behind::Counts,
        why: "a complication must be documented",
    },
    Clue {
        words: &["asymptomatic"],
        points: 4,
        behind: Behind::Counts,
        why: "symptoms must be documented",
    },
    Clue {
        words: &["with"],
        points: -6,
        behind: Behind::Counts,
        why: "it asks for something that was not said",
    },
    Clue {
        words: &["other"],
        points: -4,
        behind: Behind::Counts,
        why: "it stands for what was said and has no code of its own",
    },
];

/// For each word of the header that the child's title lacks: it names another or a narrower thing.
const LACKING: i32 = -2;
/// For each word the child's title adds: it asks for detail.
const ADDED: i32 = -1;
/// The most that words lacking, and words added, count against a child.
const MOST_AGAINST: i32 = -6;
/// Below this the wording names no child.
const ENOUGH: i32 = 2;

/// Below this the wording speaks against a child.
const FAIR: i32 = -1;

/// The 7th character of active treatment, of a closed fracture where there is a choice: what guidelines assume of an
/// injury of which no more is said.
const INITIAL: char = 'A';

/// Words without weight in a title.
const LIGHT: &[&str] = &[
    "a", "an", "and", "as", "by", "due", "for", "in", "of", "on", "or", "the", "to",
];

/// One concept of a release, as far as this rule needs it.
#[derive(Clone, Debug, Default)]
pub struct Entry<'a> {
    /// Place of the concept it stands under; that one stands before it.
    pub parent: Option<usize>,
    /// Its code.
    pub code: &'a str,
    /// Its title.
    pub title: &'a str,
    /// Its inclusion terms.
    pub terms: Vec<&'a str>,
    /// Whether it is a chapter or block, which never stands for a condition.
    pub group: bool,
    /// The 7th character that made it, if one did.
    pub seventh: Option<char>,
}

/// For each entry the place of the code without children that its bare title is coded to, where the wording names one.
///
/// A group has none, and neither has a code without children, which stands for itself.
pub fn defaults(entries: &[Entry<'_>]) -> Vec<Option<usize>> {
    let mut children: Vec<Vec<usize>> = vec![Vec::new(); entries.len()];
    for (place, entry) in entries.iter().enumerate() {
        if let Some(parent) = entry.parent {
            children[parent].push(place);
        }
    }
    let unspecified = terms_not_otherwise_specified(entries);
    let mut ends: Vec<Option<usize>> = vec![None; entries.len()];
    for place in (0..entries.len()).rev() {
        if entries[place].group {
            continue;
        }
        ends[place] = if children[place].is_empty() {
            Some(place)
        } else {
            named(entries, &unspecified, place)
                .or_else(|| chosen(entries, place, &children[place]))
                .and_then(|next| ends[next])
        };
    }
    for place in 0..entries.len() {
        // What a header stands for also tells its children on the way there.
        let above = entries[place].parent.and_then(|parent| ends[parent]);
        let passes = above.filter(|&end| !entries[place].group && is_below(entries, end, place));
        ends[place] = ends[place].or(passes);
    }
    for (place, end) in ends.iter_mut().enumerate() {
        *end = end.filter(|&end| end != place);
    }
    ends
}

fn is_below(entries: &[Entry<'_>], place: usize, header: usize) -> bool {
    let mut above = entries[place].parent;
    while let Some(at) = above.filter(|&at| at > header) {
        above = entries[at].parent;
    }
    above == Some(header)
}

/// The places of inclusion terms that end in `NOS`, by their words.
fn terms_not_otherwise_specified(entries: &[Entry<'_>]) -> HashMap<Vec<String>, Vec<usize>> {
    let mut places: HashMap<_, Vec<usize>> = HashMap::new();
    for (place, entry) in entries.iter().enumerate() {
        for term in &entry.terms {
            if let Some(bare) = term.strip_suffix(" NOS") {
                places.entry(sorted_words(bare)).or_default().push(place);
            }
        }
    }
    places
}

/// The entry below `header` that has the header's title as a term with `NOS`.
fn named(
    entries: &[Entry<'_>],
    unspecified: &HashMap<Vec<String>, Vec<usize>>,
    header: usize,
) -> Option<usize> {
    let title = entries[header].title;
    [title, bare(title)]
        .into_iter()
        .filter_map(|title| unspecified.get(&sorted_words(title)))
        .find_map(|places| {
            let mut below = places.iter().copied();
            below.find(|&place| is_below(entries, place, header))
        })
}

/// The child of `header` whose wording says that it is meant when no more is said.
fn chosen(entries: &[Entry<'_>], header: usize, children: &[usize]) -> Option<usize> {
    if let [only] = children {
        return Some(*only);
    }
    let above = Title::of(entries[header].title);
    let scored = children.iter().map(|&place| {
        let title = Title::of(entries[place].title);
        (
            title.points_below(&above),
            last_place_rank(entries[place].code),
            place,
        )
    });
    let best = scored
        .max_by_key(|&(points, rank, place)| (points, rank, std::cmp::Reverse(place)))
        .filter(|&(points, ..)| points >= ENOUGH)
        .map(|(.., place)| place);
    best.or_else(|| initial_encounter(entries, children))
        .or_else(|| part(entries, &above, children))
        .or_else(|| residual(entries, &above, children))
}

fn initial_encounter(entries: &[Entry<'_>], children: &[usize]) -> Option<usize> {
    let is_initial = |&&place: &&usize| entries[place].seventh == Some(INITIAL);
    children.iter().find(is_initial).copied()
}

/// Of what an unspecified header joins, the first that is unspecified itself and adds nothing: `Unspecified atrial
/// fibrillation` of `Unspecified atrial fibrillation and atrial flutter`. Else the first child, which the classification
/// lists as the commonest, unless its wording speaks against it.
fn part(entries: &[Entry<'_>], above: &Title, children: &[usize]) -> Option<usize> {
    if !above.says("unspecified") {
        return None;
    }
    let titles = || {
        children
            .iter()
            .map(|&place| (place, Title::of(entries[place].title)))
    };
    let plain = titles().find(|(_, title)| {
        let (is_new, _) = title.compare(above);
        let (clues, added) = title.clues(&is_new);
        title.says("unspecified") && !title.says("other") && clues >= 0 && added == 0
    });
    let fair = || titles().find(|(_, title)| title.points_below(above) >= FAIR);
    plain.or_else(fair).map(|(place, _)| place)
}

/// `Other …`, closed by a 9, of the very thing that the header names, where no child is called unspecified: there the
/// classification puts what is not told apart.
fn residual(entries: &[Entry<'_>], above: &Title, children: &[usize]) -> Option<usize> {
    children.iter().copied().find(|&place| {
        let title = Title::of(entries[place].title);
        entries[place].code.ends_with('9')
            && title.words.first().is_some_and(|word| word == "other")
            && title.words[1..] == above.words[..]
    })
}

/// Of two that are worded alike the classification's place for the unspecified: 9, else 0.
fn last_place_rank(code: &str) -> u8 {
    match code.as_bytes().last() {
        Some(b'9') => 2,
        Some(b'0') => 1,
        _ => 0,
    }
}

/// A title as words: lower case, plural endings cut off, light words left out; `,` stands as a word of its own.
struct Title {
    words: Vec<String>,
}

impl Title {
    fn of(text: &str) -> Self {
        let lower = text.to_lowercase().replace(',', " , ");
        let words = lower
            .split(|c: char| !(c.is_alphanumeric() || matches!(c, '\'' | '-' | ',')))
            .filter(|word| !word.is_empty() && !LIGHT.contains(word))
            .map(singular)
            .collect();
        Self { words }
    }

    /// How much this title, as a child's, speaks for the child as the default of the header titled `above`.
    fn points_below(&self, above: &Self) -> i32 {
        let (is_new, lacking) = self.compare(above);
        let (clues, added) = self.clues(&is_new);
        let lacking: i32 = std::iter::repeat_n(LACKING, lacking).sum();
        clues + lacking.max(MOST_AGAINST) + (added * ADDED).max(MOST_AGAINST)
    }

    /// Which of its words `above` has not, and how many of those of `above` it lacks.
    fn compare(&self, above: &Self) -> (Vec<bool>, usize) {
        let mut spare: Vec<&String> = above.words.iter().filter(|word| *word != ",").collect();
        let is_new = self
            .words
            .iter()
            .map(|word| match spare.iter().position(|it| *it == word) {
                Some(at) => {
                    spare.swap_remove(at);
                    false
                }
                None => word != ",",
            })
            .collect();
        (is_new, spare.len())
    }

    /// The points of all new clues, and how many new words belong to none.
    fn clues(&self, is_new: &[bool]) -> (i32, i32) {
        let (mut points, mut added) = (0, 0);
        let mut behind = Behind::Counts;
        let mut at = 0;
        while at < self.words.len() {
            let clue = self.clue_at(at);
            let length = clue.map_or(1, |it| it.words.len());
            let new = is_new[at..at + length].contains(&true);
            match clue {
                Some(clue) if new => {
                    points += clue.points;
                    behind = clue.behind;
                    if behind == Behind::Axis && !self.is_axis(at + length, is_new) {
                        behind = Behind::Counts;
                    }
                }
                Some(_) => behind = Behind::Counts,
                None if self.words[at] == "," => {
                    behind = if behind == Behind::Axis {
                        Behind::Counts
                    } else {
                        behind
                    };
                }
                None => added += i32::from(new && behind == Behind::Counts),
            }
            at += length;
        }
        (points, added)
    }

    /// The clue that starts at a word. "Other and unspecified" is a place of the unspecified.
    fn clue_at(&self, at: usize) -> Option<&'static Clue> {
        let clue = CLUES
            .iter()
            .find(|it| starts_with(&self.words[at..], it.words))?;
        let also_unspecified =
            clue.words == ["other"] && starts_with(&self.words[at..], &["other", "unspecified"]);
        if also_unspecified { None } else { Some(clue) }
    }

    /// Whether the words from `at` to the next comma or clue are all new.
    fn is_axis(&self, at: usize, is_new: &[bool]) -> bool {
        (at..self.words.len())
            .take_while(|&at| self.words[at] != "," && self.clue_at(at).is_none())
            .all(|at| is_new[at])
    }

    fn says(&self, what: &str) -> bool {
        self.words.iter().any(|word| word == what)
    }
}

fn starts_with(words: &[String], beginning: &[&str]) -> bool {
    words.len() >= beginning.len() && words.iter().zip(beginning).all(|(own, word)| own == word)
}

fn singular(word: &str) -> String {
    match word.strip_suffix("ies") {
        Some(stem) if stem.len() > 2 => return format!("{stem}y"),
        _ => {}
    }
    let plural =
        word.len() > 4 && !word.ends_with("ss") && !word.ends_with("is") && !word.ends_with("us");
    match word.strip_suffix('s') {
        Some(stem) if plural => stem.to_owned(),
        _ => word.to_owned(),
    }
}

/// The title without explanations in brackets or parentheses, and without what it excludes.
fn bare(title: &str) -> &str {
    [" [", " (", ", ", " without "]
        .iter()
        .filter_map(|sign| title.find(sign))
        .min()
        .map_or(title, |end| &title[..end])
}

/// The words of a title in one order, for comparing titles that order them differently.
fn sorted_words(text: &str) -> Vec<String> {
    let mut words = Title::of(text).words;
    words.retain(|word| word != ",");
    words.sort_unstable();
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Defaults over `(code, title)` in tabular order, by code; a code stands under the longest one it begins with.
    fn default_of(header: &str, codes: &[(&str, &str)]) -> Option<String> {
        default_with_terms(header, codes, &[])
    }

    fn default_with_terms(
        header: &str,
        codes: &[(&str, &str)],
        terms: &[(&str, &str)],
    ) -> Option<String> {
        let entries: Vec<Entry<'_>> = codes
            .iter()
            .enumerate()
            .map(|(place, (code, title))| Entry {
                parent: (0..place)
                    .filter(|&above| code.starts_with(codes[above].0))
                    .max_by_key(|&above| codes[above].0.len()),
                code,
                title,
                terms: terms
                    .iter()
                    .filter(|it| it.0 == *code)
                    .map(|it| it.1)
                    .collect(),
                group: false,
                seventh: code.chars().nth(7),
            })
            .collect();
        let place = codes.iter().position(|it| it.0 == header).unwrap();
        defaults(&entries)[place].map(|end| codes[end].0.to_owned())
    }

    const DIABETES: &[(&str, &str)] = &[
        ("E11", "Type 2 diabetes mellitus"),
        (
            "E11.6",
            "Type 2 diabetes mellitus with other specified complications",
        ),
        (
            "E11.8",
            "Type 2 diabetes mellitus with unspecified complications",
        ),
        ("E11.9", "Type 2 diabetes mellitus without complications"),
    ];

    #[test]
    fn absence_of_a_complication_goes_before_an_unspecified_one() {
        assert_eq!(default_of("E11", DIABETES).as_deref(), Some("E11.9"));
        assert_eq!(default_of("E11.9", DIABETES), None);
    }

    #[test]
    fn goes_down_until_a_code_can_be_billed() {
        let asthma = [
            ("J45", "Asthma"),
            ("J45.2", "Mild intermittent asthma"),
            ("J45.9", "Other and unspecified asthma"),
            ("J45.90", "Unspecified asthma"),
            ("J45.901", "Unspecified asthma with (acute) exacerbation"),
            ("J45.909", "Unspecified asthma, uncomplicated"),
            ("J45.99", "Other asthma"),
        ];
        for header in ["J45", "J45.9", "J45.90"] {
            assert_eq!(default_of(header, &asthma).as_deref(), Some("J45.909"));
        }
    }

    #[test]
    fn the_word_for_the_whole_goes_before_the_word_for_a_part() {
        let gastritis = [
            ("K29", "Gastritis and duodenitis"),
            ("K29.5", "Unspecified chronic gastritis"),
            ("K29.7", "Gastritis, unspecified"),
            ("K29.9", "Gastroduodenitis, unspecified"),
        ];
        assert_eq!(default_of("K29", &gastritis).as_deref(), Some("K29.7"));
    }

    #[test]
    fn the_same_disease_goes_before_an_unspecified_other_one() {
        let parkinson = [
            ("G20", "Parkinson's disease"),
            ("G20.A", "Parkinson's disease without dyskinesia"),
            ("G20.B", "Parkinson's disease with dyskinesia"),
            ("G20.C", "Parkinsonism, unspecified"),
        ];
        assert_eq!(default_of("G20", &parkinson).as_deref(), Some("G20.A"));
    }

    #[test]
    fn a_term_not_otherwise_specified_decides() {
        let embolism = [
            ("I26", "Pulmonary embolism"),
            ("I26.9", "Pulmonary embolism without acute cor pulmonale"),
            (
                "I26.90",
                "Septic pulmonary embolism without acute cor pulmonale",
            ),
            (
                "I26.99",
                "Other pulmonary embolism without acute cor pulmonale",
            ),
        ];
        let terms = [("I26.99", "Pulmonary embolism NOS")];
        let found = default_with_terms("I26", &embolism, &terms);
        assert_eq!(found.as_deref(), Some("I26.99"));
        let on_the_way = default_with_terms("I26.9", &embolism, &terms);
        assert_eq!(on_the_way.as_deref(), Some("I26.99"));
    }

    #[test]
    fn an_injury_is_met_for_the_first_time() {
        let laceration = [
            ("S61.210", "Laceration of right index finger"),
            (
                "S61.210A",
                "Laceration of right index finger, initial encounter",
            ),
            (
                "S61.210D",
                "Laceration of right index finger, subsequent encounter",
            ),
        ];
        assert_eq!(
            default_of("S61.210", &laceration).as_deref(),
            Some("S61.210A")
        );
    }

    #[test]
    fn the_first_part_of_what_a_header_joins_stands_for_it() {
        let fibrillation = [
            (
                "I48.9",
                "Unspecified atrial fibrillation and atrial flutter",
            ),
            ("I48.91", "Unspecified atrial fibrillation"),
            ("I48.92", "Unspecified atrial flutter"),
        ];
        assert_eq!(
            default_of("I48.9", &fibrillation).as_deref(),
            Some("I48.91")
        );
    }

    #[test]
    fn names_none_where_the_wording_names_none() {
        let hepatitis = [
            ("B17", "Other acute viral hepatitis"),
            (
                "B17.0",
                "Acute delta-(super) infection of hepatitis B carrier",
            ),
            ("B17.2", "Acute hepatitis E"),
        ];
        assert_eq!(default_of("B17", &hepatitis), None);
    }
}
