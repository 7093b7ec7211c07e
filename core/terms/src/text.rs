//! From text to words: lower case, plain letters, one spelling, one number.
//!
//! Terms and queries pass through the same functions, so what is folded away here can never tell them apart.

use std::sync::LazyLock;

/// Longest word in bytes; what is longer is cut. No word of the official files is longer.
pub(crate) const MAX_WORD: usize = 40;

/// Calls `each` with every word of `text`, lower-cased and without accents, and whether it stood in parentheses.
///
/// A word is a run of letters and digits. An apostrophe inside a word is dropped together with a possessive `s`
/// (`Crohn's` → `crohn`); every other mark separates words.
pub(crate) fn words(text: &str, mut each: impl FnMut(&str, bool)) {
    let mut word = Word::default();
    let mut depth = 0_u32;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            'a'..='z' | '0'..='9' => word.push(c as u8),
            'A'..='Z' => word.push(c.to_ascii_lowercase() as u8),
            '\'' | '\u{2019}' | '\u{2018}' | '`' if !word.is_empty() => {
                let possessive = matches!(chars.peek(), Some('s' | 'S'));
                if possessive {
                    chars.next();
                    // `'s` ends the word unless letters follow, as in `O'Shea`.
                    if chars.peek().is_some_and(|next| next.is_alphanumeric()) {
                        word.push(b's');
                    }
                }
            }
            _ if !c.is_ascii() && c.is_alphanumeric() => word.push_plain(c),
            // A combining accent belongs to the letter before it.
            '\u{300}'..='\u{36f}' => {}
            _ => {
                word.flush(depth > 0, &mut each);
                match c {
                    '(' | '[' => depth += 1,
                    ')' | ']' => depth = depth.saturating_sub(1),
                    '&' => each("and", depth > 0),
                    _ => {}
                }
            }
        }
    }
    word.flush(depth > 0, &mut each);
}

/// A word being gathered, on the stack.
struct Word {
    bytes: [u8; MAX_WORD],
    len: usize,
}

impl Default for Word {
    fn default() -> Self {
        Self {
            bytes: [0; MAX_WORD],
            len: 0,
        }
    }
}

impl Word {
    fn is_empty(&self) -> bool {
        self.len == 0
    }

    fn push(&mut self, byte: u8) {
        if self.len < MAX_WORD {
            self.bytes[self.len] = byte;
            self.len += 1;
        }
    }

    /// Pushes a letter outside ASCII: its plain form where it has one, else its UTF-8 bytes in lower case.
    fn push_plain(&mut self, c: char) {
        if let Some(plain) = plain(c) {
            plain.bytes().for_each(|byte| self.push(byte));
            return;
        }
        for lower in c.to_lowercase() {
            let mut buffer = [0; 4];
            let encoded = lower.encode_utf8(&mut buffer).as_bytes();
            // A letter is pushed whole or not at all: a cut one would not be text any more.
            if self.len + encoded.len() <= MAX_WORD {
                for &byte in encoded {
                    self.push(byte);
                }
            }
        }
    }

    fn flush(&mut self, in_parentheses: bool, each: &mut impl FnMut(&str, bool)) {
        if let (1.., Ok(text)) = (self.len, std::str::from_utf8(&self.bytes[..self.len])) {
            each(text, in_parentheses);
        }
        self.len = 0;
    }
}

/// The ASCII letters that an accented Latin letter stands for.
fn plain(c: char) -> Option<&'static str> {
    Some(match c.to_lowercase().next().unwrap_or(c) {
        'à'..='å' | 'ā' | 'ă' | 'ą' => "a",
        'æ' => "ae",
        'ç' | 'ć' | 'č' => "c",
        'ď' | 'ð' | 'đ' => "d",
        'è'..='ë' | 'ē' | 'ė' | 'ę' | 'ě' => "e",
        'ğ' => "g",
        'ì'..='ï' | 'ī' | 'į' | 'ı' => "i",
        'ł' => "l",
        'ñ' | 'ń' | 'ň' => "n",
        'ò'..='ö' | 'ø' | 'ō' | 'ő' => "o",
        'œ' => "oe",
        'ř' => "r",
        'ś' | 'ş' | 'š' => "s",
        'ß' => "ss",
        'ţ' | 'ť' => "t",
        'ù'..='ü' | 'ū' | 'ů' | 'ű' => "u",
        'ý' | 'ÿ' => "y",
        'ź' | 'ż' | 'ž' => "z",
        _ => return None,
    })
}

/// A folded word, on the stack.
#[derive(Clone, Copy)]
pub(crate) struct Folded {
    bytes: [u8; MAX_WORD + 4],
    len: u8,
}

impl Folded {
    /// The word as text, for where text is needed: whether it is any is looked at anew each time.
    pub(crate) fn as_str(&self) -> &str {
        std::str::from_utf8(self.as_bytes()).unwrap_or_default()
    }

    /// The bytes of the word.
    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.len as usize]
    }

    fn push(&mut self, byte: u8) {
        if let Some(place) = self.bytes.get_mut(self.len as usize) {
            *place = byte;
            self.len += 1;
        }
    }

    /// The word in the singular: the second half of [`fold`], for a word that was respelt.
    pub(crate) fn singular(self) -> Self {
        RULES.singular(self)
    }

    fn of(word: &[u8]) -> Self {
        let mut folded = Self {
            bytes: [0; MAX_WORD + 4],
            len: 0,
        };
        folded.extend(word);
        folded
    }

    fn extend(&mut self, more: &[u8]) {
        let room = self.bytes.len() - self.len as usize;
        let taken = &more[..more.len().min(room)];
        self.bytes[self.len as usize..self.len as usize + taken.len()].copy_from_slice(taken);
        self.len += taken.len() as u8;
    }
}

/// Brings a word to American spelling, as far as the rules of `data/language/spelling.tsv` go. What [`words`] gives is
/// expected. For a word still being typed, and as the first half of [`fold`].
pub(crate) fn respell(word: impl AsRef<[u8]>) -> Folded {
    RULES.respell(word.as_ref())
}

/// Brings a word to the form in which terms and queries are compared: American spelling, singular.
pub(crate) fn fold(word: impl AsRef<[u8]>) -> Folded {
    respell(word).singular()
}

static RULES: LazyLock<Rules> = LazyLock::new(Rules::shipped);

const SPELLING: &str = include_str!("../../../data/language/spelling.tsv");
const INFLECTION: &str = include_str!("../../../data/language/inflection.tsv");

struct Rules {
    /// Spelling rules by the first byte of their letters.
    spelling: Vec<Vec<Spelling>>,
    /// For each first byte, a bit for each second one, by its last five bits: most places of a word begin no rule.
    seconds: Vec<u32>,
    /// Endings, in order of the file, by the last byte of the ending.
    endings: Vec<Vec<Ending>>,
}

struct Spelling {
    at_end: bool,
    letters: &'static [u8],
    replacement: &'static [u8],
    least: usize,
    kept: Vec<&'static str>,
}

struct Ending {
    letters: &'static [u8],
    replacement: &'static [u8],
    least: usize,
    kept: Vec<&'static str>,
}

/// The rows of a table of ours: tab-separated, `#` starts a comment line.
pub(crate) fn rows(table: &str) -> impl Iterator<Item = Vec<&str>> {
    table
        .lines()
        .filter(|line| !line.starts_with('#') && !line.trim().is_empty())
        .map(|line| line.split('\t').collect())
}

impl Rules {
    fn shipped() -> Self {
        let mut rules = Self {
            spelling: by_byte(),
            seconds: vec![0; 256],
            endings: by_byte(),
        };
        for row in rows(SPELLING) {
            let letters = row[1].as_bytes();
            rules.seconds[letters[0] as usize] |= 1 << (letters[1] & 31);
            rules.spelling[letters[0] as usize].push(Spelling {
                at_end: row[0] == "end",
                letters,
                replacement: row[2].as_bytes(),
                least: row[3].parse().expect("a length in spelling.tsv"),
                kept: kept(row.get(4).copied()),
            });
        }
        for row in rows(INFLECTION) {
            let letters = row[0].as_bytes();
            rules.endings[letters[letters.len() - 1] as usize].push(Ending {
                letters,
                replacement: row[1].trim().as_bytes(),
                least: row[2].parse().expect("a length in inflection.tsv"),
                kept: kept(row.get(3).copied()),
            });
        }
        rules
    }

    fn respell(&self, word: &[u8]) -> Folded {
        let mut out = Folded {
            bytes: [0; MAX_WORD + 4],
            len: 0,
        };
        let mut at = 0;
        while at < word.len() {
            let rest = &word[at..];
            let second = rest.get(1).map_or(0, |second| 1 << (second & 31));
            let begins = self.seconds[rest[0] as usize] & second != 0;
            let rules: &[Spelling] = if begins {
                &self.spelling[rest[0] as usize]
            } else {
                &[]
            };
            let rule = rules.iter().find(|rule| {
                word.len() >= rule.least
                    && rest.starts_with(rule.letters)
                    && (!rule.at_end || rest.len() == rule.letters.len())
                    && !rule.kept.iter().any(|kept| kept.as_bytes() == word)
            });
            if let Some(rule) = rule {
                out.extend(rule.replacement);
                at += rule.letters.len();
            } else {
                out.push(rest[0]);
                at += 1;
            }
        }
        out
    }

    fn singular(&self, word: Folded) -> Folded {
        let bytes = &word.bytes[..word.len as usize];
        let Some(&last) = bytes.last() else {
            return word;
        };
        let rule = self.endings[last as usize]
            .iter()
            .find(|rule| bytes.len() >= rule.least && bytes.ends_with(rule.letters));
        let Some(rule) = rule else { return word };
        if rule.kept.iter().any(|kept| kept.as_bytes() == bytes) {
            return word;
        }
        let mut out = Folded::of(&bytes[..bytes.len() - rule.letters.len()]);
        out.extend(rule.replacement);
        out
    }
}

fn by_byte<T>() -> Vec<Vec<T>> {
    (0..256).map(|_| Vec::new()).collect()
}

fn kept(column: Option<&'static str>) -> Vec<&'static str> {
    column
        .unwrap_or_default()
        .split(',')
        .map(str::trim)
        .filter(|word| !word.is_empty())
        .collect()
}

/// Stands for all rules that shape a compiled release; a file compiled by others is compiled again.
pub(crate) fn fingerprint() -> u64 {
    xxhash_rust::xxh3::xxh3_64(format!("{SPELLING}\0{INFLECTION}").as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(text: &str) -> Vec<(String, bool)> {
        let mut found = Vec::new();
        words(text, |word, inside| found.push((word.to_owned(), inside)));
        found
    }

    #[test]
    fn words_are_lower_case_plain_and_know_their_parentheses() {
        let plain = |text: &str| {
            split(text)
                .into_iter()
                .map(|(word, _)| word)
                .collect::<Vec<_>>()
                .join(" ")
        };
        assert_eq!(
            plain("Crohn's disease & Ménière’s"),
            "crohn disease and meniere"
        );
        assert_eq!(plain("non-moving W05.1, 40%"), "non moving w05 1 40");
        assert_eq!(plain("O'Brien d’Or"), "obrien dor");
        assert_eq!(
            split("Essential (primary) hypertension")[1],
            ("primary".to_owned(), true)
        );
        assert_eq!(plain("  \u{0}\t-- "), "");
        assert_eq!(plain("糖尿病 ДИАБЕТ"), "糖尿病 диабет");
    }

    #[test]
    fn one_spelling_and_one_number() {
        for (a, b) in [
            ("haemorrhages", "hemorrhage"),
            ("oesophageal", "esophageal"),
            ("anaemia", "anemia"),
            ("labour", "labor"),
            ("tumours", "tumor"),
            ("foetus", "fetus"),
            ("leucocytes", "leukocyte"),
            ("diarrhoea", "diarrhea"),
            ("paediatric", "pediatric"),
            ("localised", "localized"),
            ("fibres", "fiber"),
            ("metastases", "metastasis"),
            ("biopsies", "biopsy"),
            ("bronchi", "bronchus"),
            ("fungi", "fungus"),
            ("vertebrae", "vertebra"),
            ("thromboses", "thrombosis"),
            ("immunisation", "immunization"),
            ("dyslipidaemia", "dyslipidemia"),
        ] {
            assert_eq!(fold(a).as_str(), fold(b).as_str(), "{a} and {b}");
        }
        for kept in ["exercise", "hour", "pelvis", "virus", "abscess", "rabies"] {
            assert_eq!(fold(kept).as_str(), kept);
        }
    }

    #[test]
    fn folding_twice_changes_nothing_that_matters() {
        for word in [
            "haemorrhoids",
            "diseases",
            "carcinomas",
            "analyses",
            "caecum",
            "vertebrae",
        ] {
            let once = fold(word);
            assert_eq!(fold(once.as_str()).as_str(), once.as_str(), "{word}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_folds_without_panic(text in "\\PC{0,80}") {
            words(&text, |word, _| { let _ = fold(word).as_str().len(); });
        }
    }
}
