//! Tickets: texts that are exchanged for something, once, and that need not be kept to be known again.
//!
//! A ticket names a thing and a number under a keyed hash. So every ticket that was ever issued is told from a forged one,
//! and the thing has to remember one number only: that of the ticket which is good now. For a refresh token the thing is
//! a session, and an earlier number is a token used twice, by the thief or by the robbed; either way the session ends.

use std::fmt;

use medcover_kernel::{Error, TenantId};
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::secret::{self, MasterSecret, SecretText};
use crate::text;

/// Tenant, thing, number, hash.
const BYTES: usize = 16 + 16 + 4 + 32;

/// What a ticket is exchanged for. A ticket of one kind is a forgery among those of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TicketKind {
    /// A refresh token: the thing is a session, the number its place in the row.
    Refresh,
    /// An invitation: the thing is a user, the number counts their invitations.
    Invitation,
}

impl TicketKind {
    const fn prefix(self) -> &'static str {
        match self {
            Self::Refresh => "mcr_",
            Self::Invitation => "mci_",
        }
    }

    /// What the key of this kind is derived for.
    const fn purpose(self) -> &'static str {
        match self {
            Self::Refresh => "medcover/refresh-token",
            Self::Invitation => "medcover/invitation",
        }
    }
}

/// What a ticket says; whether it is still good, the thing knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ticket {
    /// Whose thing.
    pub tenant: TenantId,
    /// Which thing.
    pub thing: Uuid,
    /// Which of its tickets.
    pub number: u32,
}

/// A text that was not issued here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the ticket was not issued here")]
pub struct ForgedTicket;

impl From<ForgedTicket> for Error {
    fn from(_: ForgedTicket) -> Self {
        Self::unauthenticated("The token is not valid here.")
    }
}

/// Issues and opens the tickets of one kind.
#[derive(Clone)]
pub struct TicketKey {
    kind: TicketKind,
    key: Zeroizing<[u8; 32]>,
}

impl TicketKey {
    /// The key of `kind` that follows from `master`.
    pub fn of(master: &MasterSecret, kind: TicketKind) -> Self {
        Self {
            kind,
            key: master.derive(kind.purpose(), b""),
        }
    }

    /// The text of `ticket`.
    pub fn issue(&self, ticket: Ticket) -> SecretText {
        let mut bytes = Zeroizing::new([0; BYTES]);
        bytes[..16].copy_from_slice(ticket.tenant.as_uuid().as_bytes());
        bytes[16..32].copy_from_slice(ticket.thing.as_bytes());
        bytes[32..36].copy_from_slice(&ticket.number.to_be_bytes());
        let hash = secret::authenticate(&self.key, &[&bytes[..36]]);
        bytes[36..].copy_from_slice(&hash);
        SecretText::new(format!(
            "{}{}",
            self.kind.prefix(),
            text::to_base64(&*bytes)
        ))
    }

    /// The ticket that `text` is.
    pub fn open(&self, text: &str) -> Result<Ticket, ForgedTicket> {
        let encoded = text.strip_prefix(self.kind.prefix()).ok_or(ForgedTicket)?;
        let bytes = text::from_base64::<BYTES>(encoded).ok_or(ForgedTicket)?;
        let (said, hash) = bytes.split_at(36);
        if !secret::equal(hash, &secret::authenticate(&self.key, &[said])) {
            return Err(ForgedTicket);
        }
        let uuid = |at: usize| Uuid::from_slice(&said[at..at + 16]).expect("sixteen bytes");
        Ok(Ticket {
            tenant: TenantId::from_uuid(uuid(0)),
            thing: uuid(16),
            number: u32::from_be_bytes(said[32..].try_into().expect("four bytes")),
        })
    }
}

impl fmt::Debug for TicketKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TicketKey({:?})", self.kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::SeededEntropy;
    use proptest::prelude::*;

    fn key(seed: u64, kind: TicketKind) -> TicketKey {
        TicketKey::of(&MasterSecret::generate(&SeededEntropy::new(seed)), kind)
    }

    fn ticket(thing: u128, number: u32) -> Ticket {
        Ticket {
            tenant: TenantId::DEFAULT,
            thing: Uuid::from_u128(thing),
            number,
        }
    }

    proptest! {
        #[test]
        fn a_ticket_opens_with_its_own_key_only(thing in any::<u128>(), number in any::<u32>()) {
            let ours = key(1, TicketKind::Refresh);
            let text = ours.issue(ticket(thing, number));
            prop_assert_eq!(ours.open(text.reveal()), Ok(ticket(thing, number)));
            prop_assert_eq!(key(2, TicketKind::Refresh).open(text.reveal()), Err(ForgedTicket));
            let as_invitation = text.reveal().replace("mcr_", "mci_");
            prop_assert_eq!(key(1, TicketKind::Invitation).open(&as_invitation), Err(ForgedTicket));
        }

        #[test]
        fn a_changed_letter_makes_a_forgery(at in 4_usize..95, letter in "[A-Za-z0-9_-]") {
            let ours = key(1, TicketKind::Refresh);
            let mut text = ours.issue(ticket(7, 3)).reveal().to_owned();
            let differs = text[at..=at] != letter;
            text.replace_range(at..=at, &letter);
            prop_assert_eq!(ours.open(&text).is_err(), differs);
        }

        #[test]
        fn no_text_panics(text in "(mcr_)?\\PC{0,110}") {
            let _ = key(1, TicketKind::Refresh).open(&text);
        }
    }

    #[test]
    fn its_key_does_not_print() {
        assert_eq!(
            format!("{:?}", key(1, TicketKind::Refresh)),
            "TicketKey(Refresh)"
        );
    }
}
