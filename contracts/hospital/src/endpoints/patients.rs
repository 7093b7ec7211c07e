//! Addresses of patients.

use medcover_http::{Created, Endpoint, IfMatch, Json, NoContent, Path, Query, Tagged};

use super::IdPath;
use crate::permissions::{ManagePatients, MergePatients, ReadPatients};
use crate::{
    ChangePatientRequest, ErrorRequest, MergePatientRequest, Patient, PatientList, PatientQuery,
    ReasonRequest, RegisterPatientRequest,
};

const TAG: &str = "Patients";

/// [`HospitalApi::register_patient`](crate::HospitalApi::register_patient)
pub static REGISTER_PATIENT: Endpoint<Json<RegisterPatientRequest>, Created<Patient>> =
    Endpoint::post("register_patient", "/api/v1/patients")
        .summary("Registers a patient.")
        .tag(TAG)
        .needs::<ManagePatients>()
        .once();

/// [`HospitalApi::patients`](crate::HospitalApi::patients)
pub static PATIENTS: Endpoint<Query<PatientQuery>, Json<PatientList>> =
    Endpoint::get("patients", "/api/v1/patients")
        .summary("The patients of a name, a date of birth or an identifier.")
        .tag(TAG)
        .needs::<ReadPatients>();

/// [`HospitalApi::patient`](crate::HospitalApi::patient)
pub static PATIENT: Endpoint<Path<IdPath>, Tagged<Patient>> =
    Endpoint::get("patient", "/api/v1/patients/{id}")
        .summary("One patient.")
        .tag(TAG)
        .needs::<ReadPatients>();

/// [`HospitalApi::change_patient`](crate::HospitalApi::change_patient)
pub static CHANGE_PATIENT: Endpoint<
    (Path<IdPath>, IfMatch<ChangePatientRequest>),
    Tagged<Patient>,
> = Endpoint::put("change_patient", "/api/v1/patients/{id}")
    .summary("Sets what is known about a patient.")
    .tag(TAG)
    .needs::<ManagePatients>();

/// [`HospitalApi::merge_patient`](crate::HospitalApi::merge_patient)
pub static MERGE_PATIENT: Endpoint<(Path<IdPath>, Json<MergePatientRequest>), Json<Patient>> =
    Endpoint::post("merge_patient", "/api/v1/patients/{id}/merge")
        .summary("Says that another record is used in the place of this one.")
        .tag(TAG)
        .needs::<MergePatients>()
        .once();

/// [`HospitalApi::unmerge_patient`](crate::HospitalApi::unmerge_patient)
pub static UNMERGE_PATIENT: Endpoint<(Path<IdPath>, Json<ReasonRequest>), Json<Patient>> =
    Endpoint::post("unmerge_patient", "/api/v1/patients/{id}/unmerge")
        .summary("Takes a merge back.")
        .tag(TAG)
        .needs::<MergePatients>()
        .once();

/// [`HospitalApi::mark_patient_in_error`](crate::HospitalApi::mark_patient_in_error)
pub static MARK_PATIENT_IN_ERROR: Endpoint<(Path<IdPath>, Json<ErrorRequest>), NoContent> =
    Endpoint::post(
        "mark_patient_in_error",
        "/api/v1/patients/{id}/entered-in-error",
    )
    .summary("Says that a record should never have been made: the undo of a registration.")
    .tag(TAG)
    .needs::<ManagePatients>()
    .once();
