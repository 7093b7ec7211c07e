//! Addresses of services.

use medcover_http::{Created, Endpoint, IfMatch, Json, Path, Query, Tagged};

use super::{IdPath, PageQuery};
use crate::permissions::{ManageSchedules, ReadSchedules};
use crate::{AddServiceRequest, ChangeServiceRequest, Service, ServiceList};

const TAG: &str = "Services";

/// [`HospitalApi::add_service`](crate::HospitalApi::add_service)
pub static ADD_SERVICE: Endpoint<Json<AddServiceRequest>, Created<Service>> =
    Endpoint::post("add_service", "/api/v1/services")
        .summary("Adds a service.")
        .tag(TAG)
        .needs::<ManageSchedules>()
        .once();

/// [`HospitalApi::services`](crate::HospitalApi::services)
pub static SERVICES: Endpoint<Query<PageQuery>, Json<ServiceList>> =
    Endpoint::get("services", "/api/v1/services")
        .summary("The services, by name.")
        .tag(TAG)
        .needs::<ReadSchedules>();

/// [`HospitalApi::service`](crate::HospitalApi::service)
pub static SERVICE: Endpoint<Path<IdPath>, Tagged<Service>> =
    Endpoint::get("service", "/api/v1/services/{id}")
        .summary("One service.")
        .tag(TAG)
        .needs::<ReadSchedules>();

/// [`HospitalApi::change_service`](crate::HospitalApi::change_service)
pub static CHANGE_SERVICE: Endpoint<
    (Path<IdPath>, IfMatch<ChangeServiceRequest>),
    Tagged<Service>,
> = Endpoint::put("change_service", "/api/v1/services/{id}")
    .summary("Changes a service.")
    .tag(TAG)
    .needs::<ManageSchedules>();
