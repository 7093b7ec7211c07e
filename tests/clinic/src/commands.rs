//! What is asked of the clinic: every command of the services that the simulation uses, with its answer as JSON.

use std::sync::Arc;

use jiff::civil::Date;
use medcover_contract_billing as billing;
use medcover_contract_billing::{BillingApi, RefundId, WriteOffId};
use medcover_contract_hospital as hospital;
use medcover_contract_hospital::{HoldId, HospitalApi};
use medcover_contract_insurance as insurance;
use medcover_contract_insurance::{InsuranceApi, PayerId, PlanId};
use medcover_contract_journeys as journeys;
use medcover_contract_journeys::JourneysApi;
use medcover_kernel::{
    AppointmentId, AuthorisationId, Call, ClaimId, EncounterId, Error, InvoiceId, PatientId,
    PaymentId, PolicyId, RemittanceId, Result,
};
use serde_json::Value;
use uuid::Uuid;

/// The services, as their callers see them.
#[derive(Clone)]
pub struct Apis {
    /// Patients, slots, visits.
    pub hospital: Arc<dyn HospitalApi>,
    /// Cover, claims, remittances.
    pub insurance: Arc<dyn InsuranceApi>,
    /// Invoices, payments, books.
    pub billing: Arc<dyn BillingApi>,
    /// The sagas across them.
    pub journeys: Arc<dyn JourneysApi>,
}

macro_rules! commands {
    ($($name:ident { $($argument:ident: $kind:ty),+ $(,)? } => $service:ident.$method:ident;)+) => {
        /// A command of a service, with what it takes.
        #[derive(Clone, Debug, PartialEq)]
        #[expect(missing_docs, reason = "each is the method of a contract that it is named after")]
        pub enum Command {
            $($name { $($argument: $kind),+ },)+
        }

        impl Command {
            /// The method that it asks.
            pub const fn name(&self) -> &'static str {
                match self {
                    $(Self::$name { .. } => stringify!($method),)+
                }
            }

            /// Asks for it.
            pub async fn perform(self, apis: &Apis, call: &Call) -> Result<Value> {
                match self {
                    $(Self::$name { $($argument),+ } => {
                        let answer = apis.$service.$method(call, $($argument),+).await?;
                        serde_json::to_value(answer).map_err(Error::internal)
                    })+
                }
            }
        }
    };
}

commands! {
    RegisterPatient { request: hospital::RegisterPatientRequest } => hospital.register_patient;
    AddPractitioner { request: hospital::AddPractitionerRequest } => hospital.add_practitioner;
    AddLocation { request: hospital::AddLocationRequest } => hospital.add_location;
    AddService { request: hospital::AddServiceRequest } => hospital.add_service;
    AddSchedule { request: hospital::AddScheduleRequest } => hospital.add_schedule;
    BlockTime { practitioner: medcover_kernel::PractitionerId, request: hospital::BlockTimeRequest } => hospital.block_time;
    HoldSlot { request: hospital::HoldSlotRequest } => hospital.hold_slot;
    ReleaseHold { hold: HoldId, request: hospital::ReleaseHoldRequest } => hospital.release_hold;
    BookAppointment { request: hospital::BookAppointmentRequest } => hospital.book_appointment;
    OverbookAppointment { request: hospital::OverbookAppointmentRequest } => hospital.overbook_appointment;
    RescheduleAppointment { appointment: AppointmentId, request: hospital::RescheduleAppointmentRequest } => hospital.reschedule_appointment;
    WaitlistAppointment { appointment: AppointmentId } => hospital.waitlist_appointment;
    PlaceAppointment { appointment: AppointmentId, request: hospital::PlaceAppointmentRequest } => hospital.place_appointment;
    ArriveAppointment { appointment: AppointmentId } => hospital.arrive_appointment;
    CheckInAppointment { appointment: AppointmentId } => hospital.check_in_appointment;
    CancelAppointment { appointment: AppointmentId, request: hospital::CancelAppointmentRequest } => hospital.cancel_appointment;
    MarkNoShow { appointment: AppointmentId } => hospital.mark_no_show;
    StartEncounter { request: hospital::StartEncounterRequest } => hospital.start_encounter;
    FinishEncounter { encounter: EncounterId } => hospital.finish_encounter;
    CodeEncounter { encounter: EncounterId, request: hospital::CodeEncounterRequest } => hospital.code_encounter;
    RegisterPayer { request: insurance::NewPayerRequest } => insurance.register_payer;
    CreateProduct { request: insurance::NewProductRequest } => insurance.create_product;
    CreatePlan { request: insurance::NewPlanRequest } => insurance.create_plan;
    PublishVersion { plan: PlanId, request: insurance::PublishVersionRequest } => insurance.publish_version;
    QuotePolicy { request: insurance::QuotePolicyRequest } => insurance.quote_policy;
    AcceptPolicy { policy: PolicyId } => insurance.accept_policy;
    SettlePremium { policy: PolicyId, number: u32, request: insurance::SettlePremiumRequest } => insurance.settle_premium;
    ActivatePolicy { policy: PolicyId } => insurance.activate_policy;
    EnrolMember { policy: PolicyId, request: insurance::EnrolMemberRequest } => insurance.enrol_member;
    ReserveBenefit { request: insurance::ReserveBenefitRequest } => insurance.reserve_benefit;
    VoidAuthorisation { authorisation: AuthorisationId, request: insurance::ReasonRequest } => insurance.void_authorisation;
    SubmitClaim { request: insurance::SubmitClaimRequest } => insurance.submit_claim;
    AdjudicateClaim { claim: ClaimId } => insurance.adjudicate_claim;
    ReverseClaim { claim: ClaimId, request: insurance::ReverseClaimRequest } => insurance.reverse_claim;
    VoidClaim { claim: ClaimId, request: insurance::ReasonRequest } => insurance.void_claim;
    IssueRemittance { request: insurance::IssueRemittanceRequest } => insurance.issue_remittance;
    RecordCharges { request: billing::RecordChargesRequest } => billing.record_charges;
    IssueInvoice { request: billing::InvoiceRequest } => billing.issue_invoice;
    WithdrawInvoice { invoice: InvoiceId, request: billing::ReasonRequest } => billing.withdraw_invoice;
    CreditInvoice { invoice: InvoiceId, request: billing::CreditRequest } => billing.credit_invoice;
    ApplyAdjudication { invoice: InvoiceId, request: billing::AdjudicationRequest } => billing.apply_adjudication;
    TakePayment { request: billing::PaymentRequest } => billing.take_payment;
    ResolvePayment { payment: PaymentId, request: billing::ResolveRequest } => billing.resolve_payment;
    ChargeBack { payment: PaymentId, request: billing::ReasonRequest } => billing.charge_back;
    Allocate { payment: PaymentId, request: billing::AllocationRequest } => billing.allocate;
    Unallocate { payment: PaymentId, request: billing::UnallocateRequest } => billing.unallocate;
    AccrueCommission { request: billing::AccrueCommissionRequest } => billing.accrue_commission;
    RequestRefund { request: billing::RefundRequest } => billing.request_refund;
    ApproveRefund { refund: RefundId } => billing.approve_refund;
    RejectRefund { refund: RefundId, request: billing::ReasonRequest } => billing.reject_refund;
    SendRefund { refund: RefundId } => billing.send_refund;
    ResolveRefund { refund: RefundId, request: billing::ResolveRequest } => billing.resolve_refund;
    RequestWriteOff { request: billing::WriteOffRequest } => billing.request_write_off;
    ApproveWriteOff { write_off: WriteOffId } => billing.approve_write_off;
    PostRemittance { request: billing::RemittanceRequest } => billing.post_remittance;
    MakeCommissionPlan { request: billing::CommissionPlanRequest } => billing.make_commission_plan;
    RegisterAgent { request: billing::AgentRequest } => billing.register_agent;
    SettleCommission { request: billing::SettleCommissionRequest } => billing.settle_commission;
    ClosePeriod { request: billing::ClosePeriodRequest } => billing.close_period;
    StartRegistration { request: journeys::PatientRegistration } => journeys.register_patient;
    StartVisit { request: journeys::VisitToCash } => journeys.visit_to_cash;
    EndAppointment { request: journeys::CancellationAndNoShow } => journeys.end_appointment;
    StartPosting { request: journeys::RemittancePosting } => journeys.post_remittance;
    StartReversal { request: journeys::ClaimReversal } => journeys.reverse_claim;
    StartPremium { request: journeys::PremiumCollection } => journeys.collect_premium;
}

/// Something that an acknowledged command has made: the event that tells of it, once, in the stream of its id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Made {
    /// The kind of event.
    pub event: &'static str,
    /// The stream's id.
    pub id: Uuid,
}

impl Command {
    /// What it makes when it is acknowledged, where it makes something under an id of its caller.
    pub fn makes(&self) -> Option<Made> {
        let made = |event, id: Option<Uuid>| Some(Made { event, id: id? });
        match self {
            Self::RegisterPatient { request } => {
                made("patient.registered", request.id.map(|it| it.as_uuid()))
            }
            Self::HoldSlot { request } => made("hold.made", request.id.map(|it| it.as_uuid())),
            Self::BookAppointment { request } => {
                made("appointment.booked", request.id.map(|it| it.as_uuid()))
            }
            Self::StartEncounter { request } => {
                made("encounter.started", request.id.map(|it| it.as_uuid()))
            }
            Self::SubmitClaim { request } => {
                made("claim.drafted", request.id.map(|it| it.as_uuid()))
            }
            Self::IssueRemittance { request } => {
                made("remittance.issued", request.id.map(|it| it.as_uuid()))
            }
            Self::IssueInvoice { request } => made("invoice.issued", Some(request.id.as_uuid())),
            Self::TakePayment { request } => made("payment.created", Some(request.id.as_uuid())),
            Self::RequestRefund { request } => made("refund.requested", Some(request.id.as_uuid())),
            Self::RequestWriteOff { request } => {
                made("write-off.requested", Some(request.id.as_uuid()))
            }
            Self::PostRemittance { request } => {
                made("remittance-posting.received", Some(request.id.as_uuid()))
            }
            Self::SettleCommission { request } => {
                made("commission-settlement.made", Some(request.id.as_uuid()))
            }
            _ => None,
        }
    }
}

/// A day of the benefit year that is simulated.
pub const DAY: Date = jiff::civil::date(2026, 1, 1);

/// Ids that only their place tells apart.
pub fn payer() -> PayerId {
    PayerId::from_uuid(Uuid::from_u128(0x9a1))
}

/// The patient `number`.
pub fn patient(number: u128) -> PatientId {
    PatientId::from_uuid(Uuid::from_u128(0x9a71_0000 + number))
}

/// The remittance `number`.
pub fn remittance(number: u64) -> RemittanceId {
    RemittanceId::from_uuid(Uuid::from_u128(0x4e31_0000 + u128::from(number)))
}
