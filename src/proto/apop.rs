//! APOP (RFC 1939 §7): the timestamp of a greeting, and the digest over it.
//!
//! MD5 is broken: an attacker in between can learn the first characters of the
//! password by choosing timestamps (CVE-2007-1558). A timestamp must
//! therefore be a `msg-id` to the letter, which leaves little room to choose,
//! and APOP is used only where the user names it.

use md5::{Digest, Md5};

use crate::base::Secret;

/// The first `msg-id` of RFC 822 in a greeting, brackets included; `None` if
/// there is none. Quoted local parts count as none: no server sends them.
pub fn timestamp(greeting: &[u8]) -> Option<&[u8]> {
    // What a candidate may hold excludes `<`, so no octet is looked at twice.
    memchr::memchr_iter(b'<', greeting).find_map(|start| {
        let rest = &greeting[start + 1..];
        let at = dotted(rest)?;
        let host = rest[at..].strip_prefix(b"@")?;
        let end = literal(host).or_else(|| dotted(host))?;
        (host.get(end) == Some(&b'>')).then(|| &greeting[start..start + 1 + at + 1 + end + 1])
    })
}

/// The digest of a timestamp and a password, in hexadecimal.
pub fn digest(timestamp: &[u8], password: &Secret) -> Secret {
    let mut hash = Md5::new();
    hash.update(timestamp);
    hash.update(password.expose());
    Secret::new(data_encoding::HEXLOWER.encode(&hash.finalize()).into_bytes())
}

/// Length of the atoms with dots between at the start.
fn dotted(text: &[u8]) -> Option<usize> {
    let end = text.iter().position(|b| !is_atom(*b) && *b != b'.').unwrap_or(text.len());
    text[..end].split(|b| *b == b'.').all(|atom| !atom.is_empty()).then_some(end)
}

/// Length of the domain literal (`[127.0.0.1]`) at the start.
fn literal(text: &[u8]) -> Option<usize> {
    let inner = text.strip_prefix(b"[")?;
    let end = inner
        .iter()
        .position(|b| !b.is_ascii_graphic() || matches!(b, b'[' | b']' | b'\\' | b'<' | b'>'))?;
    (inner[end] == b']').then_some(end + 2)
}

fn is_atom(byte: u8) -> bool {
    byte.is_ascii_graphic() && !b"()<>@,;:\\\".[]".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_the_rfc() {
        let greeting = b"POP3 server ready <1896.697170952@dbc.mtview.ca.us>";
        let stamp = timestamp(greeting).expect("a timestamp");
        assert_eq!(stamp, b"<1896.697170952@dbc.mtview.ca.us>");
        let digest = digest(stamp, &Secret::new(b"tanstaaf".to_vec()));
        assert_eq!(digest.expose(), b"c4c9334bac560ecc979e58001b3e22fb");
    }

    #[test]
    fn timestamps_as_servers_send_them() {
        for stamp in [&b"<1.2@h>"[..], b"<a+b@[127.0.0.1]>", b"<0@localhost.localdomain>"] {
            let greeting = [b"ready ", stamp, b" more"].concat();
            assert_eq!(timestamp(&greeting), Some(stamp));
        }
        assert_eq!(timestamp(b"a < b <x> <1@h>"), Some(&b"<1@h>"[..]));
    }

    /// Cases 52 and 53.
    #[test]
    fn what_is_no_msg_id_is_no_timestamp() {
        #[rustfmt::skip]
        let rows = [
            &b""[..], b"ready", b"<", b"<>", b"<x>", b"<@>", b"<a@>", b"<@b>", b"<a b@c>", b"<a@b c>", b"<a@b",
            b"<a..b@c>", b"<.a@c>", b"<a@c.>", b"<a@b@c>", b"<\xe9@c>", b"<a@\xe9>", b"<a\x01@c>", b"<\"a b\"@c>",
            b"<a@[b>", b"<a@[b]c>",
        ];
        for greeting in rows {
            assert_eq!(timestamp(greeting), None, "{greeting:?}");
        }
    }

    #[test]
    fn a_greeting_full_of_brackets_takes_no_time() {
        let start = std::time::Instant::now();
        for filler in [&b"<"[..], b"<a", b"<a@", b"<a@["] {
            assert_eq!(timestamp(&filler.repeat(16 * 1024)), None);
        }
        assert!(start.elapsed().as_secs() < 2);
    }
}
