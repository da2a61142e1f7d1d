//! Which message it is, whatever it contains.

use sha2::{Digest, Sha256};

use crate::base::{AccountId, Uid};

/// The half of a SHA-256 by which a copy of a message is found again: of the
/// account, its unique id, and its ordinal.
pub type Id = [u8; 16];

/// The identity of one copy of a message. Its id is the same at every try, so
/// that what was published but not recorded is found again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// The unique id.
    pub uid: Uid,
    /// 0 for the first message of this uid, then 1, 2, …
    pub ordinal: u32,
    /// Seconds since 1970 for the name and the From_ line. Not part of the
    /// identity.
    pub seconds: u64,
}

impl Key {
    /// Its id in an account.
    pub fn id(&self, account: &AccountId) -> Id {
        id(account, &self.uid, self.ordinal)
    }
}

/// The id of a copy as text, which is in the name of its file and is told to
/// the agent or server that takes the message: 32 hexadecimal digits.
pub fn key_text(account: &AccountId, uid: &Uid, ordinal: u32) -> String {
    data_encoding::HEXLOWER.encode(&id(account, uid, ordinal))
}

/// The id of a copy. The separators are unambiguous, whatever a unique id is
/// made of: neither the account nor the decimal ordinal has a NUL.
pub(super) fn id(account: &AccountId, uid: &Uid, ordinal: u32) -> Id {
    let mut hash = Sha256::new();
    hash.update(account.as_str());
    hash.update([0]);
    hash.update(uid.as_bytes());
    hash.update([0]);
    hash.update(ordinal.to_string());
    let mut id = Id::default();
    id.copy_from_slice(&hash.finalize()[..16]);
    id
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_id_is_the_first_half_of_a_sha256() {
        let account = AccountId::new("alice", "pop.example.com");
        let uid = |bytes: &[u8]| Uid::new(bytes).expect("valid");
        let whole = Sha256::digest(format!("{}\0a\0b\x0012", account.as_str()));
        assert_eq!(id(&account, &uid(b"a\0b"), 12)[..], whole[..16]);
        let found = id(&account, &uid(b"a"), 1);
        assert_ne!(found, id(&account, &uid(b"a"), 11), "ordinals differ");
    }
}
