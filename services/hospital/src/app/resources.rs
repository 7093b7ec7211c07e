//! Practitioners, places and services: the same four use cases for each.

use medcover_contract_hospital::endpoints::{self as at, PageQuery};
use medcover_contract_hospital::permissions::{ManageSchedules, ReadSchedules};
use medcover_contract_hospital::{
    AddLocationRequest, AddPractitionerRequest, AddServiceRequest, ChangeLocationRequest,
    ChangePractitionerRequest, ChangeServiceRequest, Location, LocationId, LocationList,
    Practitioner, PractitionerList, Service, ServiceId, ServiceList,
};
use medcover_kernel::{Allowed, PractitionerId, Result};
use medcover_store::{Append, Loaded, check_version};
use uuid::Uuid;

use super::service::{HospitalService, done, ids};
use crate::domain::resource;
use crate::store::{LOCATIONS_BY_NAME, PRACTITIONERS_BY_NAME, SERVICES_BY_NAME};

macro_rules! resource {
    (
        $add:ident($add_request:ty) at $add_at:ident says $added:literal,
        $list:ident in $listing:ident as $list_type:ident,
        $one:ident($id:ident),
        $change:ident($change_request:ty) says $changed:literal,
        $kind:ident, $answer:ident
    ) => {
        pub(super) async fn $add(
            service: &HospitalService,
            allowed: Allowed<'_, ManageSchedules>,
            request: $add_request,
        ) -> Result<$answer> {
            let call = allowed.call();
            let id = service.id_or_new(request.id.map(|id| id.as_uuid()));
            let request = &request;
            let decision = |append: Append| async move {
                let details = resource::$one(&request.details)?;
                let mut thing: Loaded<resource::$kind> = service.load(call, id).await?;
                let event = thing.state.add(details)?;
                let append = service.keep(append, &mut thing, event)?;
                let append = append.audit(done($added, &thing.stream, None));
                Ok((append, $one::view(&thing)?))
            };
            service
                .once(call, at::$add_at.spec(), request, decision)
                .await
        }

        pub(super) async fn $list(
            service: &HospitalService,
            allowed: Allowed<'_, ReadSchedules>,
            page: PageQuery,
        ) -> Result<$list_type> {
            let (call, after) = (allowed.call(), page.after.as_deref());
            let page = service
                .page(call, &$listing, Vec::new(), after, page.limit)
                .await?;
            let mut $list = Vec::with_capacity(page.rows.len());
            for id in ids(&page) {
                $list.push($one::view(&service.load(call, id).await?)?);
            }
            let next = page.next();
            Ok($list_type { $list, next })
        }

        pub(super) async fn $one(
            service: &HospitalService,
            allowed: Allowed<'_, ReadSchedules>,
            id: $id,
        ) -> Result<$answer> {
            $one::view(&service.load(allowed.call(), id.as_uuid()).await?)
        }

        pub(super) async fn $change(
            service: &HospitalService,
            allowed: Allowed<'_, ManageSchedules>,
            id: $id,
            request: $change_request,
        ) -> Result<$answer> {
            let call = allowed.call();
            let details = resource::$one(&request.details)?;
            let (request, details) = (&request, &details);
            let decision = |append: Append| async move {
                let mut thing: Loaded<resource::$kind> = service.load(call, id.as_uuid()).await?;
                let event = thing.state.change(details.clone())?;
                check_version(request.version, thing.version.get())?;
                if event.is_none() {
                    return Ok((append, $one::view(&thing)?));
                }
                let append = service.keep(append, &mut thing, event)?;
                let append = append.audit(done($changed, &thing.stream, None));
                Ok((append, $one::view(&thing)?))
            };
            service.decide(call, decision).await
        }

        mod $one {
            use super::{Loaded, Result, Uuid, resource, $answer, $id};

            pub(super) fn view(thing: &Loaded<resource::$kind>) -> Result<$answer> {
                let id: Uuid = thing.stream.id;
                Ok($answer {
                    id: $id::from_uuid(id),
                    version: thing.version.get(),
                    details: thing.state.existing()?.clone(),
                })
            }
        }
    };
}

resource! {
    add_practitioner(AddPractitionerRequest) at ADD_PRACTITIONER says "practitioner.added",
    practitioners in PRACTITIONERS_BY_NAME as PractitionerList,
    practitioner(PractitionerId),
    change_practitioner(ChangePractitionerRequest) says "practitioner.changed",
    Practitioner, Practitioner
}
resource! {
    add_location(AddLocationRequest) at ADD_LOCATION says "location.added",
    locations in LOCATIONS_BY_NAME as LocationList,
    location(LocationId),
    change_location(ChangeLocationRequest) says "location.changed",
    Location, Location
}
resource! {
    add_service(AddServiceRequest) at ADD_SERVICE says "service.added",
    services in SERVICES_BY_NAME as ServiceList,
    service(ServiceId),
    change_service(ChangeServiceRequest) says "service.changed",
    Service, Service
}
