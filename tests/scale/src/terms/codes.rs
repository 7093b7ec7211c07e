//! Codes in the shape of ICD-10-CM's: a letter, two digits, and up to four characters behind a dot.

/// Each letter with its share of the codes: about as many as the release of 2026 has under it.
const LETTERS: [(char, u64); 26] = [
    ('A', 530),
    ('B', 530),
    ('C', 1_200),
    ('D', 950),
    ('E', 960),
    ('F', 780),
    ('G', 620),
    ('H', 3_250),
    ('I', 1_370),
    ('J', 350),
    ('K', 830),
    ('L', 890),
    ('M', 6_500),
    ('N', 700),
    ('O', 2_300),
    ('P', 440),
    ('Q', 830),
    ('R', 730),
    ('S', 25_000),
    ('T', 15_600),
    ('U', 100),
    ('V', 2_300),
    ('W', 1_500),
    ('X', 700),
    ('Y', 2_400),
    ('Z', 1_300),
];

/// What the chapters are about, in their order.
pub(super) const CHAPTERS: [&str; 22] = [
    "Infectious and parasitic diseases",
    "Neoplasms",
    "Diseases of the blood and of immunity",
    "Endocrine, nutritional and metabolic diseases",
    "Mental, behavioural and neurodevelopmental disorders",
    "Diseases of the nervous system",
    "Diseases of the eye",
    "Diseases of the ear",
    "Diseases of the circulatory system",
    "Diseases of the respiratory system",
    "Diseases of the digestive system",
    "Diseases of the skin",
    "Diseases of the musculoskeletal system",
    "Diseases of the genitourinary system",
    "Pregnancy, childbirth and the puerperium",
    "Conditions that begin in the perinatal period",
    "Congenital malformations",
    "Symptoms, signs and abnormal findings",
    "Injury, poisoning and other external consequences",
    "External causes",
    "Factors that influence health",
    "Codes for special purposes",
];

/// Categories of each letter.
const OF_LETTER: usize = 100;
/// All categories.
pub(super) const CATEGORIES: usize = LETTERS.len() * OF_LETTER;
/// Categories of a block.
const OF_BLOCK: usize = 10;
/// Characters behind the dot at most.
const DEPTH: usize = 4;
/// Codes below a code, as long as that is enough.
const BELOW: u64 = 10;
/// What may stand behind the dot, in its order byte by byte.
const DIGITS: &[u8; 36] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";

/// A code in the order of the table.
pub(super) struct Node<'a> {
    pub(super) code: &'a str,
    /// The code above it; none of a category.
    pub(super) parent: Option<&'a str>,
    /// Characters behind the dot.
    pub(super) depth: usize,
    /// Whether nothing stands below it.
    pub(super) leaf: bool,
}

/// The codes of a category, a parent before what is below it.
pub(super) struct Walk {
    /// The category, the dot and the characters behind it.
    code: String,
    path: Vec<u64>,
    left: u64,
    depth: usize,
    below: u64,
    begun: bool,
}

impl Walk {
    /// The first `count` codes of `category`: as deep as their number asks for.
    pub(super) fn new(category: &str, count: u64) -> Self {
        let mut depth = 1;
        let mut below = BELOW;
        while room(below, depth) < count && depth < DEPTH {
            depth += 1;
        }
        while room(below, depth) < count {
            below += 1;
        }
        Self {
            code: category.to_owned(),
            path: Vec::with_capacity(DEPTH),
            left: count,
            depth,
            below,
            begun: false,
        }
    }

    pub(super) fn next_node(&mut self) -> Option<Node<'_>> {
        if self.left == 0 {
            return None;
        }
        self.left -= 1;
        if self.begun {
            self.step();
        }
        self.begun = true;
        let depth = self.path.len();
        let above = match depth {
            0 => None,
            // Without the dot, too.
            1 => Some(self.code.len() - 2),
            _ => Some(self.code.len() - 1),
        };
        Some(Node {
            code: &self.code,
            parent: above.map(|end| &self.code[..end]),
            depth,
            leaf: depth == self.depth || self.left == 0,
        })
    }

    /// Goes down where that is possible, else to the next beside or above.
    fn step(&mut self) {
        if self.path.len() < self.depth {
            if self.path.is_empty() {
                self.code.push('.');
            }
            self.path.push(0);
            self.code.push(char::from(DIGITS[0]));
            return;
        }
        while let Some(last) = self.path.pop() {
            self.code.pop();
            if last + 1 < self.below {
                self.path.push(last + 1);
                self.code.push(char::from(DIGITS[(last + 1) as usize]));
                return;
            }
        }
    }
}

/// How many codes a category has room for.
fn room(below: u64, depth: usize) -> u64 {
    (0..=depth as u32).map(|at| below.pow(at)).sum()
}

/// All categories, in their order.
pub(super) fn categories() -> impl Iterator<Item = String> {
    let letters = LETTERS.iter();
    letters.flat_map(|(letter, _)| (0..OF_LETTER).map(move |number| format!("{letter}{number:02}")))
}

/// How many of `rows` codes lie in the category of this number, of `categories`.
pub(super) fn share(rows: u64, number: usize, categories: usize) -> u64 {
    debug_assert!(number < categories);
    let all: u128 = LETTERS.iter().map(|it| u128::from(it.1)).sum();
    // Shares are cut from one line, so that together they are all rows.
    let up_to = |number: usize| {
        let (letter, within) = (number / OF_LETTER, number % OF_LETTER);
        let before: u128 = LETTERS[..letter].iter().map(|it| u128::from(it.1)).sum();
        let own = LETTERS.get(letter).map_or(0, |it| u128::from(it.1));
        let parts = before * OF_LETTER as u128 + own * within as u128;
        u128::from(rows) * parts / (all * OF_LETTER as u128)
    };
    (up_to(number + 1) - up_to(number)) as u64
}

/// First and last category of each block, and its chapter.
pub(super) fn blocks() -> impl Iterator<Item = (String, String, u8)> {
    categories().step_by(OF_BLOCK).map(|first| {
        let last = format!("{}9", &first[..2]);
        let chapter = chapter_of(&first);
        (first, last, chapter)
    })
}

/// The block of a category.
pub(super) fn block_of(category: &str) -> String {
    format!("{0}0-{0}9", &category[..2])
}

/// The chapter of a category.
pub(super) fn chapter_of(category: &str) -> u8 {
    let ten = category.as_bytes()[1] - b'0';
    match category.as_bytes()[0] {
        b'A' | b'B' => 1,
        b'D' if ten >= 5 => 3,
        b'C' | b'D' => 2,
        letter @ b'E'..=b'G' => letter - b'E' + 4,
        b'H' if ten < 6 => 7,
        letter @ b'H'..=b'R' => letter - b'H' + 8,
        b'S' | b'T' => 19,
        b'U' => 22,
        b'Z' => 21,
        _ => 20,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chapters_follow_letters_and_two_letters_are_shared() {
        for (category, chapter) in [
            ("A00", 1),
            ("D49", 2),
            ("D50", 3),
            ("E11", 4),
            ("H59", 7),
            ("H60", 8),
            ("I21", 9),
            ("R05", 18),
            ("T88", 19),
            ("U07", 22),
            ("Y99", 20),
            ("Z00", 21),
        ] {
            assert_eq!(chapter_of(category), chapter, "{category}");
        }
    }

    #[test]
    fn shares_are_all_rows_together() {
        for rows in [1_000, 99_999, 10_000_000] {
            let all: u64 = (0..CATEGORIES).map(|it| share(rows, it, CATEGORIES)).sum();
            assert_eq!(all, rows);
        }
    }

    #[test]
    fn a_category_grows_deeper_and_then_wider() {
        let codes = |count| {
            let mut walk = Walk::new("A00", count);
            let mut codes = Vec::new();
            while let Some(node) = walk.next_node() {
                codes.push((node.code.to_owned(), node.parent.map(ToOwned::to_owned)));
            }
            codes
        };
        let few = codes(3);
        let above = Some("A00".to_owned());
        assert_eq!(
            few,
            [
                ("A00".to_owned(), None),
                ("A00.0".to_owned(), above.clone()),
                ("A00.1".to_owned(), above)
            ]
        );
        let some = codes(30);
        assert_eq!(some[2], ("A00.00".to_owned(), Some("A00.0".to_owned())));
        assert_eq!(some[12].0, "A00.1");
        let many = codes(500_000);
        assert_eq!(many.len(), 500_000);
        assert!(many.iter().any(|it| it.0 == "A00.000A"));
    }
}
