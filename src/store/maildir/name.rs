//! File names in a Maildir.

use std::path::Path;

use data_encoding::HEXLOWER;

use crate::base::AccountId;
use crate::store::Id;
use crate::store::origin::tag;

/// Makes the names of one account in one Maildir.
#[derive(Debug)]
pub(super) struct Names {
    host: String,
    tag: String,
}

impl Names {
    /// For the holder of the account's lock, which is in `scratch`.
    pub(super) fn new(account: &AccountId, scratch: &Path, host: &[u8]) -> Self {
        Self { host: safe_host(host), tag: tag(account, scratch, host) }
    }

    /// The name of a message in new/. `size` is that of the file, in octets.
    pub(super) fn published(&self, seconds: u64, id: &Id, size: u64) -> String {
        let id = HEXLOWER.encode(id);
        format!("{seconds}.R{id}.{},S={size}", self.host)
    }

    /// How the names of this account's drafts end, and nobody else's.
    pub(super) fn ending(&self) -> String {
        format!(".{},T={}", self.host, self.tag)
    }
}

/// How the name of a message in tmp/ begins.
pub(super) fn draft(seconds: u64, id: &Id) -> String {
    format!("{seconds}.R{}", HEXLOWER.encode(id))
}

/// Returns whether this is the path of a message below a Maildir, in new/ or
/// cur/.
pub(super) fn is_message(path: &str) -> bool {
    let name = path.strip_prefix("new/").or(path.strip_prefix("cur/"));
    name.is_some_and(|name| !name.contains('/') && parse(name.as_bytes()).is_some())
}

/// A host name without what means something in a Maildir name, as octal
/// escapes in the way of the Maildir page: `/`, `:`, the comma that starts our
/// fields, and all that is not printable ASCII.
pub(in crate::store) fn safe_host(host: &[u8]) -> String {
    let mut safe = String::new();
    for &byte in host {
        if byte.is_ascii_graphic() && !b"/:,\\".contains(&byte) {
            safe.push(byte as char);
        } else {
            safe.push_str(&format!("\\{byte:03o}"));
        }
        if safe.len() >= 100 {
            break;
        }
    }
    if safe.is_empty() {
        safe.push_str("localhost");
    }
    safe
}

/// The seconds and the id in a name as [`Names::published`] makes them,
/// whatever host and flags follow them.
pub(super) fn parse(name: &[u8]) -> Option<(u64, Id)> {
    let dot = memchr::memchr(b'.', name)?;
    let (seconds, rest) = name.split_at(dot);
    let rest = rest.strip_prefix(b".R")?;
    let (hex, rest) = rest.split_at_checked(32)?;
    if !seconds.iter().all(u8::is_ascii_digit) || !rest.starts_with(b".") {
        return None;
    }
    let seconds = std::str::from_utf8(seconds).ok()?.parse().ok()?;
    Some((seconds, HEXLOWER.decode(hex).ok()?.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Uid;
    use crate::store::key;

    fn names() -> Names {
        let account = AccountId::new("alice", "pop.example.com");
        Names::new(&account, Path::new("/state/a"), b"mx/1:x,y\xff")
    }

    #[test]
    fn a_name_tells_the_copy_and_nothing_of_the_uid() {
        let account = AccountId::new("alice", "pop.example.com");
        let uid = Uid::new(b"../../etc/passwd").expect("valid");
        let id = key::id(&account, &uid, 0);
        let name = names().published(1_700_000_000, &id, 1234);
        let hex = HEXLOWER.encode(&id);
        let expected = format!("1700000000.R{hex}.mx\\0571\\072x\\054y\\377,S=1234");
        assert_eq!(name, expected);
        let parsed = Some((1_700_000_000, id));
        assert_eq!(parse(name.as_bytes()), parsed);
        assert_eq!(parse(format!("{name}:2,FS").as_bytes()), parsed);
    }

    #[test]
    fn foreign_names_have_no_id() {
        #[rustfmt::skip]
        let rows = [
            &b"1700000000.M1P2.host"[..], b"1700000000.R0123.host", b"1700000000.R0123456789abcdef0123456789abcdef",
            b"1700000000.R0123456789abcdef0123456789abcdef0.host",
            b"1700000000.R0123456789ABCDEF0123456789abcdef.host", b"x.R0123456789abcdef0123456789abcdef.host",
            b".R0123456789abcdef0123456789abcdef.host", b"",
        ];
        for name in rows {
            assert_eq!(parse(name), None);
        }
        let draft = format!("{}Q3{}", draft(1_700_000_000, &[7; 16]), names().ending());
        assert_eq!(parse(draft.as_bytes()), None, "a draft is not published");
    }

    #[test]
    fn every_account_and_state_folder_has_its_own_drafts() {
        let ending = |user, scratch| {
            let account = AccountId::new(user, "h");
            Names::new(&account, Path::new(scratch), b"host").ending()
        };
        assert_ne!(ending("a", "/s"), ending("b", "/s"));
        assert_ne!(ending("a", "/s"), ending("a", "/t"));
    }

    #[test]
    fn hosts_have_a_name_and_an_end() {
        assert_eq!(safe_host(b""), "localhost");
        assert!(safe_host(&[0xff; 500]).len() < 110);
    }
}
