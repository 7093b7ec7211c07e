//! The first day on which a release of ICD-10-CM is valid.

/// Month names as they stand in the official file names.
const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// The day, `YYYY-MM-DD`, on which the release in `file` becomes valid.
///
/// Updates within a year carry it in their name (`icd10cm-tabular-April-1-2026.xml`); a release named by its fiscal year
/// alone is valid from the October before. `None` if neither says it.
pub(super) fn release_date(file: &str, fiscal_year: &str) -> Option<String> {
    let name = file.rsplit(['/', '\\']).next().unwrap_or(file);
    let words: Vec<_> = name.split(|c: char| !c.is_ascii_alphanumeric()).collect();
    words
        .windows(3)
        .find_map(|it| day(it[0], it[1], it[2]))
        .or_else(|| october_before(fiscal_year))
}

fn day(month: &str, day: &str, year: &str) -> Option<String> {
    let month = MONTHS
        .iter()
        .position(|it| it.eq_ignore_ascii_case(month))?
        + 1;
    let day: u8 = day.parse().ok().filter(|day| (1..=31).contains(day))?;
    let year: u16 = year
        .parse()
        .ok()
        .filter(|year| (2000..=2200).contains(year))?;
    Some(format!("{year}-{month:02}-{day:02}"))
}

fn october_before(fiscal_year: &str) -> Option<String> {
    let year: u16 = fiscal_year
        .parse()
        .ok()
        .filter(|year| (2000..=2200).contains(year))?;
    Some(format!("{}-10-01", year - 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_update_says_its_day_in_its_name() {
        let date = release_date("x.whl/data/icd10c-tabular-April-1-2026.xml", "2026");
        assert_eq!(date.as_deref(), Some("2026-04-01"));
    }

    #[test]
    fn a_yearly_release_is_valid_from_october() {
        let date = release_date("icd10cm_tabular_2025.xml", "2025");
        assert_eq!(date.as_deref(), Some("2024-10-01"));
        assert_eq!(release_date("tabular.xml", "next"), None);
    }
}
