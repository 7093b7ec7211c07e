#![doc = include_str!("../README.md")]

mod api_key;
mod catalogue;
mod eddsa;
mod entropy;
mod hashing;
mod key;
mod password;
mod replay;
mod ring;
mod secret;
mod text;
mod ticket;
mod token;

pub use api_key::{ApiKey, ApiKeyError};
pub use catalogue::{Catalogue, granted, rights};
pub use entropy::{Entropy, SeededEntropy, SystemEntropy};
pub use hashing::{HashBounds, HashCost, PasswordHasher};
pub use key::{KeyId, KeyRecord, KeySchedule, KeyWindow, PublicKey, SigningKey};
pub use password::{MAX_PASSWORD_BYTES, PasswordFault, PasswordRules};
pub use replay::{NotTaken, ShownTokens};
pub use ring::{FetchedKeys, Jwk, Jwks, KeyRing, LockedKey, PublicKeys};
pub use secret::{MasterSecret, MasterSecretError, SecretHash, SecretText};
pub use ticket::{ForgedTicket, Ticket, TicketKey, TicketKind};
pub use token::{
    Grant, Issuer, MAX_TOKEN_BYTES, SessionId, TokenFault, TokenId, TokenKind, Verified, Verifier,
};
