//! Who has which secret key.

use std::collections::BTreeMap;

use setoff_journal::{Envelope, SecretKey};
use setoff_node::PAYLOAD_TYPE;
use setoff_union::{NewKey, PublicKey, Role};

use crate::dice::Dice;

/// All roles.
pub(crate) const ALL_ROLES: [Role; 3] = [Role::Submit, Role::Approve, Role::Vote];

/// The secret keys of everyone, by public key.
#[derive(Default)]
pub(crate) struct People {
    keys: BTreeMap<PublicKey, SecretKey>,
    first: Option<PublicKey>,
}

impl People {
    /// A new key.
    pub(crate) fn new_key(&mut self, dice: &mut Dice) -> PublicKey {
        let secret = SecretKey::from_seed(&dice.bytes());
        let public = PublicKey(secret.public().to_bytes());
        self.keys.insert(public, secret);
        self.first.get_or_insert(public);
        public
    }

    /// A new key of a person for these roles.
    pub(crate) fn new_key_of(&mut self, dice: &mut Dice, holder: &str, roles: &[Role]) -> NewKey {
        let roles = roles.iter().copied().collect();
        NewKey { public: self.new_key(dice), holder: holder.to_owned(), roles }
    }

    /// The secret half.
    #[must_use]
    pub(crate) fn secret(&self, public: &PublicKey) -> Option<&SecretKey> {
        self.keys.get(public)
    }

    /// The first key that was made: the operator's who founds.
    #[must_use]
    pub(crate) fn first(&self) -> Option<PublicKey> {
        self.first
    }

    /// What these sign; keys of which nobody has the secret half, and second ones, are left out.
    #[must_use]
    pub(crate) fn sign(&self, payload: Vec<u8>, signers: &[PublicKey]) -> Option<Envelope> {
        let mut envelope = Envelope::new(PAYLOAD_TYPE, payload).ok()?;
        for signer in signers {
            // A key that signed already signs no second time.
            let _ = self.secret(signer).map(|secret| envelope.sign(secret));
        }
        Some(envelope)
    }
}
