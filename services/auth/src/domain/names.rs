//! What things may be called.

use medcover_contract_auth::MAX_NAME_CHARS;

/// The name of a user as it is kept: lower case, so that its case does not count when somebody signs in.
pub(crate) fn user_name(given: &str) -> Result<String, &'static str> {
    let name = given.trim().to_ascii_lowercase();
    let fits = (2..=MAX_NAME_CHARS).contains(&name.len());
    let ends_well = name.starts_with(|c: char| c.is_ascii_alphanumeric());
    let letters = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '@');
    if fits && ends_well && name.chars().all(letters) {
        Ok(name)
    } else {
        Err(
            "must be 2 to 64 letters, digits and `.`, `-`, `_`, `@`, and begin with a letter or digit",
        )
    }
}

/// The name of a tenant or role.
pub(crate) fn slug(given: &str) -> Result<String, &'static str> {
    let fits = (2..=MAX_NAME_CHARS).contains(&given.len());
    let letters = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if fits && given.starts_with(|c: char| c.is_ascii_lowercase()) && given.chars().all(letters) {
        Ok(given.to_owned())
    } else {
        Err("must be 2 to 64 of a-z, 0-9 and `-`, and begin with a letter")
    }
}

/// A title for people: any text of one line.
pub(crate) fn title(given: &str) -> Result<String, &'static str> {
    let title = given.trim();
    let fits = (1..=MAX_NAME_CHARS).contains(&title.chars().count());
    if fits && !title.chars().any(char::is_control) {
        Ok(title.to_owned())
    } else {
        Err("must be 1 to 64 characters on one line")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_of_users_know_no_case() {
        assert_eq!(
            user_name(" Maria.Rossi@anna "),
            Ok("maria.rossi@anna".to_owned())
        );
        for bad in [
            "",
            "m",
            ".maria",
            "maria rossi",
            "maría",
            "a\0b",
            &"m".repeat(65),
        ] {
            assert!(user_name(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn slugs_and_titles() {
        assert!(slug("st-anna-2").is_ok() && title("Labor, 2. Stock").is_ok());
        for bad in ["", "a", "St-Anna", "2nd", "st_anna", "-a", &"m".repeat(65)] {
            assert!(slug(bad).is_err(), "{bad:?}");
        }
        assert!(title(" ").is_err() && title("a\nb").is_err() && title(&"m".repeat(65)).is_err());
    }

    proptest! {
        #[test]
        fn a_kept_name_is_kept_as_it_is(given in "\\PC{0,70}") {
            if let Ok(name) = user_name(&given) {
                prop_assert_eq!(user_name(&name), Ok(name.clone()));
            }
        }
    }
}
