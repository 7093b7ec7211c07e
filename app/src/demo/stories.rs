//! What the visits of the demo are like: for what, how far each goes, and what becomes of claim and money.

/// A service and its price.
#[derive(Debug)]
pub(super) struct Priced {
    pub(super) code: &'static str,
    pub(super) name: &'static str,
    /// In cents.
    pub(super) charge: i64,
}

const CONSULTATION: Priced = priced("99213", "Consultation", 12_000);
const LONG_CONSULTATION: Priced = priced("99214", "Consultation, longer", 18_000);
const BLOOD_COUNT: Priced = priced("85025", "Blood count", 2_500);
const EXERCISES: Priced = priced("97110", "Therapeutic exercises", 7_500);
pub(super) const KNEE_IMAGES: Priced =
    priced("73721", "Magnetic resonance images of the knee", 65_000);

const fn priced(code: &'static str, name: &'static str, charge: i64) -> Priced {
    Priced { code, name, charge }
}

/// How far a visit goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Goes {
    Cancelled,
    InError,
    Missed,
    Arrived,
    CheckedIn,
    InProgress,
    Finished,
    Coded,
    Billed,
}

/// What becomes of the claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Claims {
    /// The patient pays alone.
    None,
    Draft,
    ScrubFailed,
    /// Accepted, and a second claim for the same is rejected.
    Duplicated,
    Voided,
    Accepted,
    Pended,
    Adjudicated,
    Reversed,
    /// Paid by a remittance.
    Finalized,
}

/// What becomes of the patient's share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pays {
    /// The invoice is a draft.
    Draft,
    /// The invoice is void.
    Void,
    Nothing,
    Cash,
    Half,
    Declined,
    NoAnswer,
    Transfer,
    ChargedBack,
    WriteOffRequested,
    WriteOffRejected,
    WrittenOff,
    Refund(Refunded),
}

/// How far a refund of what the patient paid goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refunded {
    Requested,
    Rejected,
    Approved,
    Sent,
    Failed,
    Succeeded,
}

/// Who of the people, how many days ago, for what, how far, and the rest.
pub(super) type Row = (usize, u32, &'static Priced, Goes, Claims, Pays);

/// The farthest day of [`ROWS`].
pub(super) const OLDEST_DAYS: u32 = 42;

/// One row a visit.
pub(super) const ROWS: [Row; 41] = {
    use Claims as C;
    use Goes as G;
    use Pays as P;
    use Refunded as R;
    [
        (0, 42, &CONSULTATION, G::Billed, C::Finalized, P::Cash),
        (
            1,
            41,
            &LONG_CONSULTATION,
            G::Billed,
            C::Finalized,
            P::Refund(R::Succeeded),
        ),
        (
            2,
            40,
            &CONSULTATION,
            G::Billed,
            C::Finalized,
            P::Refund(R::Requested),
        ),
        (
            3,
            39,
            &CONSULTATION,
            G::Billed,
            C::Finalized,
            P::Refund(R::Approved),
        ),
        (
            4,
            38,
            &CONSULTATION,
            G::Billed,
            C::Finalized,
            P::Refund(R::Rejected),
        ),
        (
            5,
            37,
            &LONG_CONSULTATION,
            G::Billed,
            C::Finalized,
            P::Refund(R::Sent),
        ),
        (
            6,
            36,
            &LONG_CONSULTATION,
            G::Billed,
            C::Finalized,
            P::Refund(R::Failed),
        ),
        (
            7,
            35,
            &CONSULTATION,
            G::Billed,
            C::Finalized,
            P::ChargedBack,
        ),
        (8, 34, &CONSULTATION, G::Billed, C::Finalized, P::WrittenOff),
        (
            9,
            33,
            &CONSULTATION,
            G::Billed,
            C::Finalized,
            P::WriteOffRejected,
        ),
        (10, 32, &BLOOD_COUNT, G::Billed, C::Finalized, P::Cash),
        (11, 31, &EXERCISES, G::Billed, C::Finalized, P::Cash),
        (12, 30, &KNEE_IMAGES, G::Billed, C::Finalized, P::Half),
        (0, 29, &CONSULTATION, G::Billed, C::Finalized, P::Declined),
        (1, 28, &CONSULTATION, G::Billed, C::Adjudicated, P::NoAnswer),
        (2, 27, &CONSULTATION, G::Billed, C::Adjudicated, P::Transfer),
        (3, 26, &CONSULTATION, G::Billed, C::Adjudicated, P::Nothing),
        (4, 25, &CONSULTATION, G::Billed, C::Reversed, P::Nothing),
        (5, 24, &CONSULTATION, G::Billed, C::Voided, P::Nothing),
        (6, 23, &CONSULTATION, G::Billed, C::Duplicated, P::Nothing),
        (20, 22, &CONSULTATION, G::Billed, C::None, P::Cash),
        (7, 21, &CONSULTATION, G::Billed, C::ScrubFailed, P::Nothing),
        (21, 20, &LONG_CONSULTATION, G::Billed, C::None, P::Cash),
        (8, 19, &CONSULTATION, G::Billed, C::Pended, P::Nothing),
        (22, 18, &CONSULTATION, G::Billed, C::None, P::Void),
        (9, 17, &CONSULTATION, G::Billed, C::Accepted, P::Nothing),
        (23, 16, &EXERCISES, G::Billed, C::None, P::Half),
        (10, 15, &CONSULTATION, G::Billed, C::Draft, P::Draft),
        (
            24,
            14,
            &CONSULTATION,
            G::Billed,
            C::None,
            P::WriteOffRequested,
        ),
        (11, 13, &CONSULTATION, G::Billed, C::Finalized, P::Cash),
        (12, 12, &EXERCISES, G::Billed, C::Accepted, P::Nothing),
        (13, 11, &CONSULTATION, G::Missed, C::None, P::Nothing),
        (14, 10, &CONSULTATION, G::Cancelled, C::None, P::Nothing),
        (15, 9, &CONSULTATION, G::InError, C::None, P::Nothing),
        (0, 7, &BLOOD_COUNT, G::Coded, C::None, P::Nothing),
        (1, 6, &CONSULTATION, G::Finished, C::None, P::Nothing),
        (16, 5, &CONSULTATION, G::Missed, C::None, P::Nothing),
        (2, 4, &CONSULTATION, G::Billed, C::Accepted, P::Nothing),
        (17, 0, &CONSULTATION, G::Arrived, C::None, P::Nothing),
        (18, 0, &CONSULTATION, G::CheckedIn, C::None, P::Nothing),
        (19, 0, &CONSULTATION, G::InProgress, C::None, P::Nothing),
    ]
};
