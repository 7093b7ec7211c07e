//! Every address of the service.

use std::sync::Arc;

use medcover_contract_hospital::endpoints as at;
use medcover_contract_hospital::{
    BlockId, HoldId, HospitalApi as _, LocationId, ScheduleId, ServiceId,
};
use medcover_http::{IfMatch, Json, Path, Query, Routes};
use medcover_kernel::{AppointmentId, Call, EncounterId, PatientId, PractitionerId};

use crate::app::HospitalService;

type App = Arc<HospitalService>;

/// The addresses with what answers them.
pub(crate) fn router(service: App) -> Routes<App> {
    let routes = of_people(Routes::new(service));
    of_encounters(of_appointments(of_slots(of_offers(routes))))
}

fn of_people(routes: Routes<App>) -> Routes<App> {
    routes
        .answer(
            &at::REGISTER_PATIENT,
            async |app: App, call: Call, Json(request)| app.register_patient(&call, request).await,
        )
        .answer(&at::PATIENTS, async |app: App, call: Call, Query(query)| {
            app.patients(&call, query).await
        })
        .answer(&at::PATIENT, async |app: App, call: Call, Path(at)| {
            app.patient(&call, PatientId::from_uuid(at.id)).await
        })
        .answer(
            &at::CHANGE_PATIENT,
            async |app: App, call: Call, (Path(at), IfMatch(request))| {
                app.change_patient(&call, PatientId::from_uuid(at.id), request)
                    .await
            },
        )
        .answer(
            &at::MERGE_PATIENT,
            async |app: App, call: Call, (Path(at), Json(request))| {
                app.merge_patient(&call, PatientId::from_uuid(at.id), request)
                    .await
            },
        )
        .answer(
            &at::UNMERGE_PATIENT,
            async |app: App, call: Call, (Path(at), Json(request))| {
                app.unmerge_patient(&call, PatientId::from_uuid(at.id), request)
                    .await
            },
        )
        .answer(
            &at::MARK_PATIENT_IN_ERROR,
            async |app: App, call: Call, (Path(at), Json(request))| {
                app.mark_patient_in_error(&call, PatientId::from_uuid(at.id), request)
                    .await
            },
        )
        .answer(
            &at::ADD_PRACTITIONER,
            async |app: App, call: Call, Json(request)| app.add_practitioner(&call, request).await,
        )
        .answer(
            &at::PRACTITIONERS,
            async |app: App, call: Call, Query(page)| app.practitioners(&call, page).await,
        )
        .answer(&at::PRACTITIONER, async |app: App, call: Call, Path(at)| {
            app.practitioner(&call, PractitionerId::from_uuid(at.id))
                .await
        })
        .answer(
            &at::CHANGE_PRACTITIONER,
            async |app: App, call: Call, (Path(at), IfMatch(request))| {
                app.change_practitioner(&call, PractitionerId::from_uuid(at.id), request)
                    .await
            },
        )
        .answer(
            &at::BLOCK_TIME,
            async |app: App, call: Call, (Path(at), Json(request))| {
                app.block_time(&call, PractitionerId::from_uuid(at.id), request)
                    .await
            },
        )
        .answer(
            &at::BLOCKS,
            async |app: App, call: Call, (Path(at), Query(page))| {
                app.blocks(&call, PractitionerId::from_uuid(at.id), page)
                    .await
            },
        )
        .answer(&at::UNBLOCK_TIME, async |app: App, call: Call, Path(at)| {
            app.unblock_time(
                &call,
                PractitionerId::from_uuid(at.id),
                BlockId::from_uuid(at.block),
            )
            .await
        })
}

fn of_offers(routes: Routes<App>) -> Routes<App> {
    routes
        .answer(
            &at::ADD_LOCATION,
            async |app: App, call: Call, Json(request)| app.add_location(&call, request).await,
        )
        .answer(&at::LOCATIONS, async |app: App, call: Call, Query(page)| {
            app.locations(&call, page).await
        })
        .answer(&at::LOCATION, async |app: App, call: Call, Path(at)| {
            app.location(&call, LocationId::from_uuid(at.id)).await
        })
        .answer(
            &at::CHANGE_LOCATION,
            async |app: App, call: Call, (Path(at), IfMatch(request))| {
                app.change_location(&call, LocationId::from_uuid(at.id), request)
                    .await
            },
        )
        .answer(
            &at::ADD_SERVICE,
            async |app: App, call: Call, Json(request)| app.add_service(&call, request).await,
        )
        .answer(&at::SERVICES, async |app: App, call: Call, Query(page)| {
            app.services(&call, page).await
        })
        .answer(&at::SERVICE, async |app: App, call: Call, Path(at)| {
            app.service(&call, ServiceId::from_uuid(at.id)).await
        })
        .answer(
            &at::CHANGE_SERVICE,
            async |app: App, call: Call, (Path(at), IfMatch(request))| {
                app.change_service(&call, ServiceId::from_uuid(at.id), request)
                    .await
            },
        )
        .answer(
            &at::ADD_SCHEDULE,
            async |app: App, call: Call, Json(request)| app.add_schedule(&call, request).await,
        )
        .answer(
            &at::SCHEDULES,
            async |app: App, call: Call, Query(query)| app.schedules(&call, query).await,
        )
        .answer(&at::SCHEDULE, async |app: App, call: Call, Path(at)| {
            app.schedule(&call, ScheduleId::from_uuid(at.id)).await
        })
        .answer(
            &at::CHANGE_SCHEDULE,
            async |app: App, call: Call, (Path(at), IfMatch(request))| {
                app.change_schedule(&call, ScheduleId::from_uuid(at.id), request)
                    .await
            },
        )
        .answer(
            &at::SET_DAY_HOURS,
            async |app: App, call: Call, (Path(at), Json(request))| {
                app.set_day_hours(&call, ScheduleId::from_uuid(at.id), at.date, request)
                    .await
            },
        )
        .answer(
            &at::RESET_DAY_HOURS,
            async |app: App, call: Call, Path(at)| {
                app.reset_day_hours(&call, ScheduleId::from_uuid(at.id), at.date)
                    .await
            },
        )
}

fn of_slots(routes: Routes<App>) -> Routes<App> {
    routes
        .answer(&at::SLOTS, async |app: App, call: Call, Query(query)| {
            app.slots(&call, query).await
        })
        .answer(
            &at::HOLD_SLOT,
            async |app: App, call: Call, Json(request)| app.hold_slot(&call, request).await,
        )
        .answer(&at::HOLD, async |app: App, call: Call, Path(at)| {
            app.hold(&call, HoldId::from_uuid(at.id)).await
        })
        .answer(
            &at::RELEASE_HOLD,
            async |app: App, call: Call, (Path(at), Json(request))| {
                app.release_hold(&call, HoldId::from_uuid(at.id), request)
                    .await
            },
        )
        .answer(
            &at::OFFER_SLOT,
            async |app: App, call: Call, Json(request)| app.offer_slot(&call, request).await,
        )
}

fn of_appointments(routes: Routes<App>) -> Routes<App> {
    routes
        .answer(
            &at::BOOK_APPOINTMENT,
            async |app: App, call: Call, Json(request)| app.book_appointment(&call, request).await,
        )
        .answer(
            &at::OVERBOOK_APPOINTMENT,
            async |app: App, call: Call, Json(request)| {
                app.overbook_appointment(&call, request).await
            },
        )
        .answer(
            &at::PROPOSE_APPOINTMENT,
            async |app: App, call: Call, Json(request)| {
                app.propose_appointment(&call, request).await
            },
        )
        .answer(
            &at::APPOINTMENTS,
            async |app: App, call: Call, Query(query)| app.appointments(&call, query).await,
        )
        .answer(&at::WAITLIST, async |app: App, call: Call, Query(query)| {
            app.waitlist(&call, query).await
        })
        .answer(&at::APPOINTMENT, async |app: App, call: Call, Path(at)| {
            app.appointment(&call, AppointmentId::from_uuid(at.id))
                .await
        })
        .answer(
            &at::ACCEPT_APPOINTMENT,
            async |app: App, call: Call, Path(at)| {
                app.accept_appointment(&call, AppointmentId::from_uuid(at.id))
                    .await
            },
        )
        .answer(
            &at::WAITLIST_APPOINTMENT,
            async |app: App, call: Call, Path(at)| {
                app.waitlist_appointment(&call, AppointmentId::from_uuid(at.id))
                    .await
            },
        )
        .answer(
            &at::PLACE_APPOINTMENT,
            async |app: App, call: Call, (Path(at), Json(request))| {
                app.place_appointment(&call, AppointmentId::from_uuid(at.id), request)
                    .await
            },
        )
        .answer(
            &at::ARRIVE_APPOINTMENT,
            async |app: App, call: Call, Path(at)| {
                app.arrive_appointment(&call, AppointmentId::from_uuid(at.id))
                    .await
            },
        )
        .answer(
            &at::CHECK_IN_APPOINTMENT,
            async |app: App, call: Call, Path(at)| {
                app.check_in_appointment(&call, AppointmentId::from_uuid(at.id))
                    .await
            },
        )
        .answer(
            &at::CANCEL_APPOINTMENT,
            async |app: App, call: Call, (Path(at), Json(request))| {
                app.cancel_appointment(&call, AppointmentId::from_uuid(at.id), request)
                    .await
            },
        )
        .answer(&at::MARK_NO_SHOW, async |app: App, call: Call, Path(at)| {
            app.mark_no_show(&call, AppointmentId::from_uuid(at.id))
                .await
        })
        .answer(
            &at::RESCHEDULE_APPOINTMENT,
            async |app: App, call: Call, (Path(at), Json(request))| {
                app.reschedule_appointment(&call, AppointmentId::from_uuid(at.id), request)
                    .await
            },
        )
        .answer(
            &at::MARK_APPOINTMENT_IN_ERROR,
            async |app: App, call: Call, (Path(at), Json(request))| {
                app.mark_appointment_in_error(&call, AppointmentId::from_uuid(at.id), request)
                    .await
            },
        )
}

fn of_encounters(routes: Routes<App>) -> Routes<App> {
    routes
        .answer(
            &at::PLAN_ENCOUNTER,
            async |app: App, call: Call, Json(request)| app.plan_encounter(&call, request).await,
        )
        .answer(
            &at::START_ENCOUNTER,
            async |app: App, call: Call, Json(request)| app.start_encounter(&call, request).await,
        )
        .answer(
            &at::ENCOUNTERS,
            async |app: App, call: Call, Query(query)| app.encounters(&call, query).await,
        )
        .answer(&at::ENCOUNTER, async |app: App, call: Call, Path(at)| {
            app.encounter(&call, EncounterId::from_uuid(at.id)).await
        })
        .answer(
            &at::RECORD_ENCOUNTER,
            async |app: App, call: Call, (Path(at), IfMatch(request))| {
                app.record_encounter(&call, EncounterId::from_uuid(at.id), request)
                    .await
            },
        )
        .answer(
            &at::FINISH_ENCOUNTER,
            async |app: App, call: Call, Path(at)| {
                app.finish_encounter(&call, EncounterId::from_uuid(at.id))
                    .await
            },
        )
        .answer(
            &at::CODE_ENCOUNTER,
            async |app: App, call: Call, (Path(at), Json(request))| {
                app.code_encounter(&call, EncounterId::from_uuid(at.id), request)
                    .await
            },
        )
        .answer(
            &at::AMEND_ENCOUNTER,
            async |app: App, call: Call, (Path(at), Json(request))| {
                app.amend_encounter(&call, EncounterId::from_uuid(at.id), request)
                    .await
            },
        )
        .answer(&at::MARK_BILLED, async |app: App, call: Call, Path(at)| {
            app.mark_billed(&call, EncounterId::from_uuid(at.id)).await
        })
        .answer(
            &at::MARK_ENCOUNTER_IN_ERROR,
            async |app: App, call: Call, (Path(at), Json(request))| {
                app.mark_encounter_in_error(&call, EncounterId::from_uuid(at.id), request)
                    .await
            },
        )
}
