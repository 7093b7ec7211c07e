//! Bugs that are planted to show that the simulation finds them. They lie around the services, never in them.

use medcover_simulation::stage::Meddling;

/// A planted bug.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Bug {
    /// Now and then a commit does not look whether a calendar's day is still as it was.
    LostBooking,
    /// Now and then a commit does not look whether what is left of a benefit is still as it was.
    LostBenefit,
    /// Now and then a commit does not look whether a remittance or an invoice is known already.
    DoubledKey,
    /// Now and then what an authorisation holds is not given back.
    ForgottenRelease,
}

impl Bug {
    /// What it does to commits.
    pub(super) fn meddling(self) -> Meddling {
        match self {
            Self::LostBooking => Meddling {
                spoil: |_, _| {},
                overlooks: |fate, stream| stream.kind == "calendar-day" && fate.happens(500),
            },
            Self::LostBenefit => Meddling {
                spoil: |_, _| {},
                overlooks: |fate, stream| stream.kind == "accumulator" && fate.happens(500),
            },
            Self::DoubledKey => Meddling {
                spoil: |_, _| {},
                overlooks: |fate, stream| {
                    let is_key =
                        matches!(&*stream.kind, "remittance-key" | "invoice-key" | "payment");
                    is_key && fate.happens(500)
                },
            },
            Self::ForgottenRelease => Meddling {
                spoil: |fate, append| {
                    if fate.happens(300) {
                        for write in &mut append.writes {
                            write.events.retain(|it| it.kind != "accumulator.restored");
                        }
                        append.writes.retain(|it| !it.events.is_empty());
                    }
                },
                overlooks: |_, _| false,
            },
        }
    }
}
