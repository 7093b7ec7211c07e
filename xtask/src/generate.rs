//! Data made up by rule: as much as a measurement needs, and the same each time.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::PathBuf;

use anyhow::{Context as _, Result, ensure};
use clap::{Args, Subcommand};

/// Letters of categories, each with the chapter of most of its codes.
const LETTERS: [(char, u8); 26] = [
    ('A', 1),
    ('B', 1),
    ('C', 2),
    ('D', 3),
    ('E', 4),
    ('F', 5),
    ('G', 6),
    ('H', 7),
    ('I', 9),
    ('J', 10),
    ('K', 11),
    ('L', 12),
    ('M', 13),
    ('N', 14),
    ('O', 15),
    ('P', 16),
    ('Q', 17),
    ('R', 18),
    ('S', 19),
    ('T', 19),
    ('U', 22),
    ('V', 20),
    ('W', 20),
    ('X', 20),
    ('Y', 20),
    ('Z', 21),
];
/// Categories of each letter.
const OF_LETTER: u64 = 100;
const CATEGORIES: u64 = 26 * OF_LETTER;
/// Codes that four letters or digits after the dot tell apart.
const OF_CATEGORY: u64 = 36 * 36 * 36 * 36;
/// Different words that titles are made of, beside those of `KINDS` and `SITES`.
const WORDS: u64 = 20_000;
/// Every fiftieth code is retired.
const RETIRED: u64 = 50;
const SEED: u64 = 0x006D_6564_636F_7665;

const KINDS: [&str; 16] = [
    "fracture",
    "neoplasm",
    "infection",
    "disorder",
    "injury",
    "syndrome",
    "ulcer",
    "stenosis",
    "abscess",
    "burn",
    "dislocation",
    "poisoning",
    "degeneration",
    "effusion",
    "embolism",
    "neuropathy",
];
const SITES: [&str; 16] = [
    "forearm",
    "kidney",
    "left eye",
    "right eye",
    "lower limb",
    "upper limb",
    "heart",
    "lung",
    "pelvis",
    "shoulder",
    "spinal cord",
    "abdominal wall",
    "skin of trunk",
    "colon",
    "thyroid",
    "larynx",
];
const SYLLABLES: [&str; 32] = [
    "ar", "bra", "car", "chol", "cyst", "der", "ec", "fib", "gas", "gly", "hem", "hep", "il",
    "jun", "ker", "lip", "mel", "myo", "neph", "oid", "oste", "path", "pneu", "ret", "scler",
    "sep", "ter", "tox", "ur", "vas", "xan", "zo",
];

#[derive(Args)]
pub(crate) struct Options {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Codes with titles, as ICD-10-CM might have them: a tab between the columns code, parent, chapter, level, billable, active, title
    Terms {
        /// How many
        #[arg(long, value_name = "N")]
        rows: u64,
        /// Where to write them
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
}

pub(crate) fn run(options: &Options) -> Result<()> {
    let What::Terms { rows, out } = &options.what;
    let most = CATEGORIES * (OF_CATEGORY + 1);
    ensure!(*rows <= most, "there are at most {most} codes");
    let file = File::create(out).with_context(|| format!("cannot write {}", out.display()))?;
    let mut file = BufWriter::with_capacity(1 << 20, file);
    write_terms(&mut file, *rows)?;
    file.flush()?;
    println!("{rows} rows in {}", out.display());
    Ok(())
}

/// Writes `rows` rows in the order of their codes; every category has its share.
fn write_terms(out: &mut impl Write, rows: u64) -> Result<()> {
    let mut chance = Chance(SEED);
    for number in 0..CATEGORIES {
        let (letter, chapter) = LETTERS[(number / OF_LETTER) as usize];
        let category = format!("{letter}{:02}", number % OF_LETTER);
        let share = rows / CATEGORIES + u64::from(number < rows % CATEGORIES);
        for code in 0..share {
            let title = title(&mut chance);
            if code == 0 {
                writeln!(out, "{category}\t\t{chapter}\t2\tf\tt\t{title}")?;
                continue;
            }
            let (below, active) = (base_36(code - 1), active(&mut chance));
            let billable = chance.below(4) > 0;
            let (billable, active) = (letter_of(billable && active), letter_of(active));
            writeln!(
                out,
                "{category}.{below}\t{category}\t{chapter}\t3\t{billable}\t{active}\t{title}"
            )?;
        }
    }
    Ok(())
}

fn active(chance: &mut Chance) -> bool {
    chance.below(RETIRED) > 0
}

const fn letter_of(yes: bool) -> char {
    if yes { 't' } else { 'f' }
}

/// Four letters or digits.
fn base_36(mut number: u64) -> String {
    let mut digits = [b'0'; 4];
    for digit in digits.iter_mut().rev() {
        *digit = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"[(number % 36) as usize];
        number /= 36;
    }
    digits.iter().map(|it| char::from(*it)).collect()
}

fn title(chance: &mut Chance) -> String {
    let (kind, site) = (chance.of(&KINDS), chance.of(&SITES));
    let (first, second, third) = (chance.word(), chance.word(), chance.word());
    match chance.below(4) {
        0 => format!("{first} {kind} of {site}"),
        1 => format!("{first} {second} {kind} of {site}"),
        2 => format!("{kind} of {site} with {first} {second}, {third}"),
        _ => format!("{first} {kind}, {second} {third}"),
    }
}

/// Numbers that look like chance and are the same each time. Source: Steele, Lea and Flood, "Fast splittable pseudorandom number
/// generators" (2014), as `SplitMix64`.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    fn of<'a>(&mut self, list: &[&'a str]) -> &'a str {
        list[self.below(list.len() as u64) as usize]
    }

    /// A word; as in any language, few are met often and most seldom.
    fn word(&mut self) -> String {
        let rank = self.below(WORDS).min(self.below(WORDS));
        let mut parts = rank * 7 + 11;
        let mut word = String::new();
        for _ in 0..2 + rank % 2 {
            word.push_str(SYLLABLES[(parts % 32) as usize]);
            parts /= 32;
        }
        word.push_str(["osis", "itis", "al", "ic"][(rank / 3 % 4) as usize]);
        word
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn the_same_rows_come_out_each_time_each_code_once() {
        let make = || {
            let mut out = Vec::new();
            write_terms(&mut out, 10_000).expect("memory takes all");
            String::from_utf8(out).expect("text")
        };
        let rows = make();
        assert_eq!(rows, make());
        let codes: HashSet<_> = rows.lines().map(|row| row.split('\t').next()).collect();
        assert_eq!(codes.len(), 10_000);
        assert!(rows.lines().all(|row| row.split('\t').count() == 7));
        assert!(rows.starts_with("A00\t\t1\t2\tf\tt\t"), "{}", &rows[..80]);
    }
}
