//! Ed25519 for `jsonwebtoken`, which asks a provider for its algorithms.
//!
//! The providers that come with it bring RSA, P-256 and P-384 along, some forty crates to compile, one of them (`rsa`)
//! with a timing leak nobody has closed. Tokens of ours are signed with one algorithm, so the provider has one.

use std::sync::Once;

use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use jsonwebtoken::crypto::{CryptoProvider, JwtSigner, JwtVerifier, KeyUtils};
use jsonwebtoken::errors::{ErrorKind, Result};
use jsonwebtoken::signature::{Error as SignatureError, Signer, Verifier};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey};

static PROVIDER: CryptoProvider = CryptoProvider {
    signer_factory: signer,
    verifier_factory: verifier,
    // They turn private keys into JSON Web Keys, which is not done here.
    key_utils: KeyUtils::new_unimplemented(),
};

/// Makes this the provider of the process. Called before each use of `jsonwebtoken`; only the first call does something.
pub(crate) fn provide() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let installed = PROVIDER.install_default();
        installed.expect("nothing else in this process provides for jsonwebtoken");
    });
}

struct EdDsaSigner(SigningKey);

struct EdDsaVerifier(VerifyingKey);

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the provider's function has this form"
)]
fn signer(algorithm: &Algorithm, key: &EncodingKey) -> Result<Box<dyn JwtSigner>> {
    ours(*algorithm)?;
    let secret = <&[u8; 32]>::try_from(key.as_bytes()).map_err(|_| ErrorKind::InvalidEddsaKey)?;
    Ok(Box::new(EdDsaSigner(SigningKey::from_bytes(secret))))
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the provider's function has this form"
)]
fn verifier(algorithm: &Algorithm, key: &DecodingKey) -> Result<Box<dyn JwtVerifier>> {
    ours(*algorithm)?;
    let public = <&[u8; 32]>::try_from(key.try_get_as_bytes()?);
    let public = public.map_err(|_| ErrorKind::InvalidEddsaKey)?;
    let public = VerifyingKey::from_bytes(public).map_err(|_| ErrorKind::InvalidEddsaKey)?;
    Ok(Box::new(EdDsaVerifier(public)))
}

fn ours(algorithm: Algorithm) -> Result<()> {
    if algorithm == Algorithm::EdDSA {
        Ok(())
    } else {
        Err(ErrorKind::UnsupportedAlgorithm.into())
    }
}

impl Signer<Vec<u8>> for EdDsaSigner {
    fn try_sign(&self, message: &[u8]) -> std::result::Result<Vec<u8>, SignatureError> {
        Ok(self.0.sign(message).to_bytes().to_vec())
    }
}

impl JwtSigner for EdDsaSigner {
    fn algorithm(&self) -> Algorithm {
        Algorithm::EdDSA
    }
}

impl Verifier<Vec<u8>> for EdDsaVerifier {
    fn verify(
        &self,
        message: &[u8],
        signature: &Vec<u8>,
    ) -> std::result::Result<(), SignatureError> {
        let signature = Signature::from_slice(signature).map_err(|_| SignatureError::new())?;
        // Strictly: one signature a message, and none by the keys of small order, under which anything verifies.
        let verified = self.0.verify_strict(message, &signature);
        verified.map_err(|_| SignatureError::new())
    }
}

impl JwtVerifier for EdDsaVerifier {
    fn algorithm(&self) -> Algorithm {
        Algorithm::EdDSA
    }
}
