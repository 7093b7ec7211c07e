//! Titles that read like those of a release.

use medcover_kernel::{Rng as _, SeededRng};

use super::words::{CAUSES, ENCOUNTERS, PROCESSES, QUALIFIERS, SIDES, SITES, SYLLABLES};

/// Names of germs, substances and people: the long tail of words that few titles have.
const NAMES: usize = 20_000;
/// Titles with so many characters behind the dot are completed by an encounter.
const WITH_ENCOUNTER: usize = 4;

/// Makes titles, one after the other.
pub(super) struct Titles {
    chance: SeededRng,
}

impl Titles {
    pub(super) const fn new(chance: SeededRng) -> Self {
        Self { chance }
    }

    /// A title for a group of categories.
    pub(super) fn of_block(&self) -> String {
        let (process, site) = (self.word(&PROCESSES), self.word(&SITES));
        capital(&format!("{process} and other conditions of {site}"))
    }

    /// A title for a code with so many characters behind the dot.
    pub(super) fn of_code(&self, depth: usize) -> String {
        let (qualifier, process) = (self.word(&QUALIFIERS), self.word(&PROCESSES));
        let place = format!("{}{}", self.word(&SIDES), self.word(&SITES));
        let mut title = match self.chance.below(5) {
            0 => format!("{qualifier} {process} of {place}"),
            1 => format!("{process} of {place} due to {}", self.name()),
            2 => {
                let other = self.word(&PROCESSES);
                format!("{qualifier} {process} of {place} with {other}")
            }
            3 => format!("{} {process} of {place}", self.name()),
            _ => {
                let cause = self.word(&CAUSES);
                format!("{process} of {place} {cause} {}", self.name())
            }
        };
        if depth == WITH_ENCOUNTER {
            title.push_str(", ");
            title.push_str(self.word(&ENCOUNTERS));
        }
        capital(&title)
    }

    fn word<'a>(&self, list: &[&'a str]) -> &'a str {
        list[self.rank(list.len())]
    }

    /// A name of two to four syllables.
    fn name(&self) -> String {
        let mut parts = (self.rank(NAMES) as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 20;
        let mut name = String::new();
        for _ in 0..2 + parts % 3 {
            name.push_str(SYLLABLES[(parts % SYLLABLES.len() as u64) as usize]);
            parts /= SYLLABLES.len() as u64;
        }
        name.push_str(["us", "a", "um", "ella", "ine", "ol"][(parts % 6) as usize]);
        name
    }

    /// A rank below `count`, about as often as one divided by it: the law of Zipf. Each doubling of the rank is met as often, and
    /// ranks within it alike, so that whole numbers suffice and every machine draws the same.
    fn rank(&self, count: usize) -> usize {
        let doublings = u64::from(usize::BITS - count.leading_zeros());
        loop {
            let doubling = 1 << self.chance.below(doublings);
            let rank = doubling - 1 + self.chance.below(doubling);
            if rank < count as u64 {
                return rank as usize;
            }
        }
    }
}

/// With a capital at its beginning.
fn capital(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    first.chain(letters).collect()
}
