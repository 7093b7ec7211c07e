//! The patients of the demo. All of them are invented, and so are their numbers.

use AdministrativeSex::{Female, Male, Other};
use jiff::civil::{Date, date};
use medcover_contract_hospital::{
    AdministrativeSex, Identifier, PatientDetails, RegisterPatientRequest,
};
use medcover_contract_insurance::Sex;
use medcover_kernel::{PatientId, Result};

use super::making::Making;
use super::staff::Job;

/// Whose the numbers of patients are. `.example` is reserved: no such house exists.
const RECORDS: &str = "https://demo-clinic.example/record-number";

/// A patient.
pub(super) struct Person {
    pub(super) id: PatientId,
    pub(super) born: Date,
    sex: AdministrativeSex,
}

impl Person {
    /// The sex as insurers know it.
    pub(super) const fn insured_sex(&self) -> Option<Sex> {
        match self.sex {
            Female => Some(Sex::Female),
            Male => Some(Sex::Male),
            _ => None,
        }
    }
}

/// Family name, given names, day of birth, sex. The first ten hold a policy, the next three belong to the first three.
const PEOPLE: [(&str, &str, Date, AdministrativeSex); 25] = [
    ("Adeyemi", "Folake", date(1979, 3, 14), Female),
    ("Brandt", "Jonas", date(1968, 11, 2), Male),
    ("Castellanos", "Itzel", date(1991, 7, 29), Female),
    ("Dhillon", "Harpreet", date(1983, 1, 8), Male),
    ("Eriksen", "Solveig", date(1956, 5, 21), Female),
    ("Fujimoto", "Ren", date(1994, 9, 3), Other),
    ("Gonzaga", "Tomás", date(1972, 12, 17), Male),
    ("Haddad", "Layla", date(1988, 4, 25), Female),
    ("Ivanenko", "Oksana", date(1965, 8, 11), Female),
    ("Jourdain", "Mathis", date(1999, 2, 6), Male),
    ("Adeyemi", "Kayode", date(1977, 10, 30), Male),
    ("Brandt", "Elif", date(1970, 6, 19), Female),
    ("Castellanos", "Nahuel", date(1990, 3, 1), Male),
    ("Kowalczyk", "Zofia", date(1985, 12, 5), Female),
    ("Liyanage", "Dinuka", date(1993, 5, 16), Male),
    ("Mbeki", "Thandiwe", date(1981, 9, 22), Female),
    ("Novák", "Radim", date(1959, 7, 7), Male),
    ("O'Riordan", "Aoife", date(1996, 1, 27), Female),
    ("Papadaki", "Eleni", date(1974, 4, 2), Female),
    ("Quispe", "Amaru", date(1987, 11, 13), Male),
    ("Rasmussen", "Freja", date(1982, 8, 24), Female),
    ("Sato", "Haruka", date(1963, 2, 9), Female),
    ("Tekle", "Yonas", date(1990, 10, 18), Male),
    ("Underhill", "Rowan", date(1978, 6, 4), Other),
    ("Velasco", "Inés", date(1969, 3, 31), Female),
];

/// Registers all of them; their order is that of the list.
pub(super) async fn register(making: &Making) -> Result<Vec<Person>> {
    let mut people = Vec::with_capacity(PEOPLE.len());
    for (number, (family_name, given_names, born, sex)) in PEOPLE.into_iter().enumerate() {
        let id = PatientId::new(&*making.clock, &making.rng);
        let details = PatientDetails {
            family_name: family_name.to_owned(),
            given_names: given_names.to_owned(),
            birth_date: born,
            sex,
            identifiers: vec![Identifier {
                system: RECORDS.to_owned(),
                value: format!("DEMO-{:04}", number + 1),
            }],
            // Numbers from 555-0100 to 555-0199 are kept for invented people.
            phone: Some(format!("+1 555-01{number:02}")),
            email: Some(format!("patient{:02}@demo-clinic.example", number + 1)),
            address: None,
        };
        let request = RegisterPatientRequest {
            id: Some(id),
            details,
        };
        let call = making.call(Job::FrontDesk);
        making.hospital.register_patient(&call, request).await?;
        people.push(Person { id, born, sex });
    }
    Ok(people)
}
