//! Who goes first when there is not room for all.

use medcover_kernel::BasisPoints;

/// How much a request matters, the most important first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Priority {
    /// What keeps the rest going, or a patient safe: health, sign-in, emergencies.
    Critical,
    /// What somebody waits for.
    #[default]
    Normal,
    /// What can be done later: batches, exports, warming.
    Background,
}

impl Priority {
    /// All, the most important first.
    pub const ALL: [Self; 3] = [Self::Critical, Self::Normal, Self::Background];

    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Critical => "critical",
            Self::Normal => "normal",
            Self::Background => "background",
        }
    }
}

/// Up to which part of all slots each priority may go. What is left above is kept free for the more important: about a
/// fifth for the critical ones is what Stripe reserves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shares {
    /// The part that normal requests may fill, together with all others.
    pub normal: BasisPoints,
    /// The same for background requests.
    pub background: BasisPoints,
}

impl Shares {
    /// Everyone may fill everything.
    pub const NONE_RESERVED: Self = Self {
        normal: BasisPoints::WHOLE,
        background: BasisPoints::WHOLE,
    };

    /// Slots in use below which a request of `priority` is let in. Never 0, so that nobody is shut out of an idle server;
    /// and what is reserved is at least one slot, of four or more at least two.
    pub fn ceiling(&self, priority: Priority, slots: u32) -> u32 {
        let share = match priority {
            Priority::Critical => BasisPoints::WHOLE.get(),
            Priority::Normal => self.normal.get(),
            Priority::Background => self.background.get().min(self.normal.get()),
        };
        if share == BasisPoints::WHOLE.get() {
            return slots;
        }
        // One slot is no reserve: the second important request of a moment would find it taken.
        let reserve = if slots < 4 { 1 } else { 2 };
        let part = u64::from(slots) * u64::from(share) / 10_000;
        (part as u32).min(slots.saturating_sub(reserve)).max(1)
    }
}

impl Default for Shares {
    /// A fifth for critical requests only, half closed to background work.
    fn default() -> Self {
        Self {
            normal: BasisPoints::new(8_000).expect("four fifths"),
            background: BasisPoints::new(5_000).expect("half"),
        }
    }
}
