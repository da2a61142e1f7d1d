//! Who somebody is on a server, independent of TLS.

use sha2::{Digest, Sha256};

use super::TargetName;

/// The key under which an account's state is kept: the user, the host, and
/// how the server is reached there if that is unusual, because two servers may
/// be behind one name; not the TLS mode, so that moving from 110 to 995
/// fetches nothing again.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct AccountId {
    name: String,
    /// The id of before, which left out how the server is reached.
    former: Option<String>,
}

impl AccountId {
    /// Canonical form: the host in lower case without a final dot; the user
    /// as it is, less a leading `recent:` (Gmail's mode, the same maildrop).
    pub fn new(user: &str, host: &str) -> Self {
        Self::reached_by(user, host, "")
    }

    /// The same where the server is reached in an unusual way: by a port other
    /// than 110 and 995, a socket, or a command. Empty for the usual one.
    pub fn reached_by(user: &str, host: &str, way: &str) -> Self {
        let user = user.strip_prefix("recent:").unwrap_or(user);
        let host = host.trim_end_matches('.').to_ascii_lowercase();
        let mut hash = Sha256::new();
        hash.update(user.as_bytes());
        hash.update([0]);
        hash.update(host.as_bytes());
        if !way.is_empty() {
            hash.update([0]);
            hash.update(way.as_bytes());
        }
        Self {
            name: file_name(&format!("{user}@{host}"), hash),
            former: (!way.is_empty()).then(|| Self::new(user, &host).name),
        }
    }

    /// That under which it is kept what `restore` put into a target: no account
    /// has it.
    pub fn of_restored(target: &TargetName) -> Self {
        let TargetName { scheme, address } = target;
        let address = address.as_encoded_bytes();
        let mut hash = Sha256::new();
        hash.update(b"restore\0");
        hash.update(scheme.as_bytes());
        hash.update([0]);
        hash.update(address);
        let last = address.rsplit(|byte| *byte == b'/').next();
        let last = String::from_utf8_lossy(last.unwrap_or_default());
        Self { name: file_name(&format!("restore-{last}"), hash), former: None }
    }

    /// One that was written down ([`AccountId::as_str`]).
    pub fn named(name: &str) -> Self {
        Self { name: name.to_owned(), former: None }
    }

    /// The id that this account had before it was told apart from others of the
    /// same user and host; `None` if it is still the same.
    pub fn former(&self) -> Option<Self> {
        self.former.as_deref().map(Self::named)
    }

    /// Safe as a file name, and distinct for distinct accounts.
    pub fn as_str(&self) -> &str {
        &self.name
    }
}

/// Words that are safe as a file name, and a hash that makes it distinct.
fn file_name(words: &str, hash: Sha256) -> String {
    let hash = data_encoding::HEXLOWER.encode(&hash.finalize()[..5]);
    let safe: String = words
        .chars()
        .take(80)
        .map(|c| match c {
            'a'..='z' | 'A'..='Z' | '0'..='9' | '@' | '.' | '-' | '_' | '+' => c,
            _ => '_',
        })
        .collect();
    format!("{}-{hash}", safe.trim_start_matches('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_account_has_one_name() {
        let id = AccountId::new("alice", "Pop.Example.COM.");
        assert_eq!(id, AccountId::new("alice", "pop.example.com"));
        assert_eq!(id, AccountId::new("recent:alice", "pop.example.com"));
        assert!(id.as_str().starts_with("alice@pop.example.com-"));
    }

    #[test]
    fn servers_behind_one_name_are_told_apart() {
        let usual = AccountId::new("alice", "localhost");
        let other = AccountId::reached_by("alice", "localhost", "port 1110");
        assert_ne!(usual, other);
        let third = AccountId::reached_by("alice", "localhost", "port 1111");
        assert_ne!(other, third);
        assert_eq!(other.former(), Some(usual.clone()));
        assert_eq!(usual.former(), None);
        assert_eq!(AccountId::named(usual.as_str()), usual);
    }

    #[test]
    fn no_name_leaves_its_folder() {
        let rows = ["../../etc/passwd", "..", "a/b", "x\0y", "", &"u".repeat(500)];
        for user in rows {
            let id = AccountId::new(user, "h");
            assert!(!id.as_str().contains('/') && !id.as_str().starts_with('.'));
            assert!(id.as_str().len() < 100);
        }
        assert_ne!(AccountId::new("a/b", "h"), AccountId::new("a_b", "h"));
    }
}
