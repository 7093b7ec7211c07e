//! Diagnoses and procedures as they are given.

use std::collections::BTreeSet;

use medcover_contract_hospital::{Diagnosis, MAX_CODES, Procedure};
use medcover_kernel::Result;

use super::fields::Faults;

/// Most units of a procedure.
const MAX_UNITS: u32 = 9_999;
/// Most modifiers of a procedure.
const MAX_MODIFIERS: usize = 4;
/// Most diagnoses that a procedure names.
const MAX_POINTERS: usize = 12;

/// Both as they are kept, diagnoses by rank, or what is wrong. Whether there are such codes is not asked here.
pub(crate) fn checked(
    diagnoses: &[Diagnosis],
    procedures: &[Procedure],
) -> Result<(Vec<Diagnosis>, Vec<Procedure>)> {
    let mut faults = Faults::default();
    let rule = format!("must be at most {MAX_CODES}");
    faults.unless(diagnoses.len() <= MAX_CODES, "/diagnoses", &*rule);
    faults.unless(procedures.len() <= MAX_CODES, "/procedures", &*rule);
    let mut ranks = BTreeSet::new();
    let mut kept = Vec::with_capacity(diagnoses.len());
    for (place, given) in diagnoses.iter().take(MAX_CODES).enumerate() {
        let at = format!("/diagnoses/{place}");
        let fits = given.rank >= 1 && usize::from(given.rank) <= MAX_CODES;
        faults.unless(
            fits,
            &format!("{at}/rank"),
            format!("must be 1 to {MAX_CODES}"),
        );
        let new = ranks.insert(given.rank);
        faults.unless(
            new,
            &format!("{at}/rank"),
            "must be that of no other diagnosis",
        );
        kept.push(Diagnosis {
            code: faults.text(&format!("{at}/code"), &given.code),
            ..given.clone()
        });
    }
    let principal = diagnoses.is_empty() || ranks.contains(&1);
    faults.unless(
        principal,
        "/diagnoses",
        "must have one of rank 1, the principal one",
    );
    let procedures = procedures.iter().take(MAX_CODES).enumerate();
    let done = procedures.map(|(place, given)| procedure(&mut faults, place, given, &ranks));
    let done = done.collect();
    faults.check()?;
    kept.sort_by_key(|diagnosis| diagnosis.rank);
    Ok((kept, done))
}

fn procedure(
    faults: &mut Faults,
    place: usize,
    given: &Procedure,
    ranks: &BTreeSet<u8>,
) -> Procedure {
    let at = |field: &str| format!("/procedures/{place}/{field}");
    let fits = (1..=MAX_UNITS).contains(&given.units);
    faults.unless(fits, &at("units"), format!("must be 1 to {MAX_UNITS}"));
    faults.unless(
        !given.charge.is_negative(),
        &at("charge"),
        "must not be less than nothing",
    );
    let fits = given.modifiers.len() <= MAX_MODIFIERS;
    faults.unless(
        fits,
        &at("modifiers"),
        format!("must be at most {MAX_MODIFIERS}"),
    );
    let known = given.diagnoses.iter().all(|rank| ranks.contains(rank));
    faults.unless(
        known,
        &at("diagnoses"),
        "must be ranks of diagnoses given here",
    );
    let fits = given.diagnoses.len() <= MAX_POINTERS;
    faults.unless(
        fits,
        &at("diagnoses"),
        format!("must be at most {MAX_POINTERS}"),
    );
    let modifiers = given.modifiers.iter().take(MAX_MODIFIERS);
    Procedure {
        code: faults.text(&at("code"), &given.code),
        description: faults.description(&at("description"), given.description.as_deref()),
        modifiers: modifiers
            .map(|it| faults.text(&at("modifiers"), it))
            .collect(),
        ..given.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use medcover_kernel::{Currency, Money};

    fn diagnosis(code: &str, rank: u8) -> Diagnosis {
        Diagnosis {
            code: code.to_owned(),
            rank,
            present_on_admission: None,
        }
    }

    #[test]
    fn ranks_are_of_one_each_begin_with_the_principal_and_are_pointed_at() {
        let (kept, _) =
            checked(&[diagnosis("I10", 2), diagnosis(" E11.9 ", 1)], &[]).expect("fine");
        assert_eq!(kept, [diagnosis("E11.9", 1), diagnosis("I10", 2)]);

        let at = |diagnoses: &[Diagnosis], procedures: &[Procedure]| {
            let error = checked(diagnoses, procedures).expect_err("at fault");
            let at: Vec<_> = error
                .faults()
                .iter()
                .map(|it| it.pointer.to_string())
                .collect();
            at
        };
        assert_eq!(
            at(&[diagnosis("I10", 1), diagnosis("E11.9", 1)], &[]),
            ["/diagnoses/1/rank"]
        );
        assert_eq!(at(&[diagnosis("I10", 2)], &[]), ["/diagnoses"]);
        let procedure = Procedure {
            code: "99213".to_owned(),
            description: None,
            modifiers: Vec::new(),
            units: 0,
            charge: Money::new(-1, Currency::USD).expect("an amount"),
            diagnoses: vec![3],
        };
        assert_eq!(
            at(&[diagnosis("I10", 1)], &[procedure]),
            [
                "/procedures/0/units",
                "/procedures/0/charge",
                "/procedures/0/diagnoses"
            ]
        );
    }
}
