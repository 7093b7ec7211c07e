//! Which passwords are good enough.

use std::collections::BTreeSet;

/// The longest password, in bytes: long enough for any sentence, short enough not to be work.
pub const MAX_PASSWORD_BYTES: usize = 1024;

/// The fewest different characters.
const MIN_DISTINCT: usize = 5;

/// What begins most leaked passwords, apart from digits and signs at the ends. Ours, from the habits that every such list
/// shows; a length of twelve rules out most of the rest.
const OBVIOUS: [&str; 30] = [
    "password",
    "passwort",
    "passw0rd",
    "p@ssword",
    "p@ssw0rd",
    "letmein",
    "welcome",
    "changeme",
    "default",
    "admin",
    "administrator",
    "root",
    "secret",
    "qwerty",
    "qwertyuiop",
    "qwertz",
    "azerty",
    "asdfgh",
    "asdfghjkl",
    "iloveyou",
    "monkey",
    "dragon",
    "football",
    "baseball",
    "sunshine",
    "princess",
    "superman",
    "hospital",
    "medcover",
    "test",
];

/// The rules, after NIST SP 800-63B: length counts, the obvious is refused, and nobody is made to use signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PasswordRules {
    /// The fewest characters.
    pub min_chars: usize,
}

impl Default for PasswordRules {
    fn default() -> Self {
        Self { min_chars: 12 }
    }
}

/// Why a password is not good enough. None of these repeats any of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordFault {
    /// Too short.
    #[error("must have at least {0} characters")]
    TooShort(usize),
    /// Too long.
    #[error("must have at most {MAX_PASSWORD_BYTES} bytes")]
    TooLong,
    /// Too few different characters.
    #[error("must have at least {MIN_DISTINCT} different characters")]
    Monotonous,
    /// Characters in the order of the alphabet or of the digits.
    #[error("must not be a row of neighbouring characters")]
    Sequence,
    /// Among the first that anybody tries.
    #[error("must not be one of the passwords that are tried first")]
    Obvious,
    /// It contains the name of the user.
    #[error("must not contain the user's name")]
    ContainsName,
}

impl PasswordRules {
    /// Whether the user called `name` may have `password`.
    pub fn check(&self, password: &str, name: &str) -> Result<(), PasswordFault> {
        if password.len() > MAX_PASSWORD_BYTES {
            return Err(PasswordFault::TooLong);
        }
        if password.chars().count() < self.min_chars {
            return Err(PasswordFault::TooShort(self.min_chars));
        }
        let lower: Vec<char> = password.chars().flat_map(char::to_lowercase).collect();
        if lower.iter().collect::<BTreeSet<_>>().len() < MIN_DISTINCT {
            return Err(PasswordFault::Monotonous);
        }
        if is_sequence(&lower) {
            return Err(PasswordFault::Sequence);
        }
        let lower: String = lower.into_iter().collect();
        if is_obvious(&lower) {
            return Err(PasswordFault::Obvious);
        }
        let name = name.to_lowercase();
        if name.chars().count() >= 3 && lower.contains(&name) {
            return Err(PasswordFault::ContainsName);
        }
        Ok(())
    }
}

fn is_sequence(text: &[char]) -> bool {
    let steps = |by: i64| {
        text.windows(2)
            .all(|pair| i64::from(u32::from(pair[1])) - i64::from(u32::from(pair[0])) == by)
    };
    steps(1) || steps(-1)
}

/// Whether nothing but an obvious word, once or more, is left without the digits and signs around it.
fn is_obvious(lower: &str) -> bool {
    let core = lower.trim_matches(|c: char| !c.is_alphabetic());
    let repeats = |word: &&str| {
        let rest = core.replace(*word, "");
        !rest.chars().any(char::is_alphabetic)
    };
    core.is_empty() || OBVIOUS.iter().any(repeats)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(password: &str) -> Result<(), PasswordFault> {
        PasswordRules::default().check(password, "Maria.Rossi")
    }

    #[test]
    fn length_is_enough_and_nothing_else_is() {
        for good in [
            "correct horse battery",
            "tafel stuhl wolke",
            "xkvq mzrt wpln",
            "médecin près du lac",
            "Tr4ffic-lights!",
        ] {
            assert_eq!(check(good), Ok(()), "{good}");
        }
        for (bad, fault) in [
            ("short", PasswordFault::TooShort(12)),
            ("aaaaaaaaaaaaaaaa", PasswordFault::Monotonous),
            ("abababababababab", PasswordFault::Monotonous),
            ("abcdefghijklmnop", PasswordFault::Sequence),
            ("ponmlkjihgfedcba", PasswordFault::Sequence),
            ("Password123456!", PasswordFault::Obvious),
            ("AdminAdminAdmin1", PasswordFault::Obvious),
            ("1029384756 10!", PasswordFault::Obvious),
            ("xx maria.ROSSI xx", PasswordFault::ContainsName),
        ] {
            assert_eq!(check(bad), Err(fault), "{bad}");
        }
        assert_eq!(
            check(&"long ones ".repeat(103)),
            Err(PasswordFault::TooLong)
        );
    }

    proptest! {
        #[test]
        fn no_fault_repeats_the_password(password in "\\PC{0,30}") {
            if let Err(fault) = check(&password) {
                prop_assert!(password.len() < 4 || !fault.to_string().contains(&password));
            }
        }
    }
}
