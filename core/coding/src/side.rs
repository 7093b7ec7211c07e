//! Sides of the body in titles: what a code that leaves the side open is with a side.

/// The word of the release for what is left open.
const OPEN: &str = "unspecified";
/// The sides that a title names in its place.
const SIDES: [&str; 3] = ["right", "left", "bilateral"];

/// A code beside another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Beside<'a> {
    /// The code.
    pub code: &'a str,
    /// Its title.
    pub title: &'a str,
}

/// The codes of `beside` that say what `title` says, but with a side: `Pain in right knee` and `Pain in left knee` for
/// `Pain in unspecified knee`. Empty where the title leaves no side open.
///
/// The wording decides, so a code whose title names its side in another way is not found.
pub fn with_side<'a>(title: &str, beside: &[Beside<'a>]) -> Vec<Beside<'a>> {
    let title = title.to_lowercase();
    let wanted: Vec<String> = title
        .match_indices(OPEN)
        .flat_map(|(at, _)| {
            let (before, after) = (&title[..at], &title[at + OPEN.len()..]);
            SIDES.map(|side| format!("{before}{side}{after}"))
        })
        .collect();
    let named = |it: &&Beside<'_>| wanted.contains(&it.title.to_lowercase());
    beside.iter().filter(named).copied().collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn codes(title: &str, beside: &[(&'static str, &'static str)]) -> Vec<&'static str> {
        let beside: Vec<_> = beside
            .iter()
            .map(|&(code, title)| Beside { code, title })
            .collect();
        let found = with_side(title, &beside);
        found.into_iter().map(|it| it.code).collect()
    }

    #[test]
    fn a_title_with_a_side_left_open_finds_those_that_name_it() {
        let knees = [
            ("M25.561", "Pain in right knee"),
            ("M25.562", "Pain in left knee"),
            ("M25.57", "Pain in right ankle"),
        ];
        assert_eq!(
            codes("Pain in unspecified knee", &knees),
            ["M25.561", "M25.562"]
        );
        assert_eq!(codes("Pain in right knee", &knees), [""; 0]);
    }

    #[test]
    fn what_else_is_unspecified_stays_so() {
        let ears = [
            ("H66.91", "Otitis media, unspecified, right ear"),
            ("H66.93", "Otitis media, unspecified, bilateral"),
            ("H66.01", "Otitis media, suppurative, right ear"),
        ];
        assert_eq!(
            codes("Otitis media, unspecified, unspecified ear", &ears),
            ["H66.91"]
        );
        assert_eq!(codes("Fever, unspecified", &ears), [""; 0]);
    }

    proptest! {
        #[test]
        fn any_title_is_read(title in any::<String>(), other in any::<String>()) {
            let beside = [Beside { code: "A00", title: &other }];
            let _ = with_side(&title, &beside);
        }
    }
}
