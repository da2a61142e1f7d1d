//! The line that separates messages in an mbox.

use jiff::Timestamp;

/// Longest sender that is written, in octets.
const MAX_SENDER: usize = 200;

/// `From alice@example.com Thu Jan  1 00:00:00 1970`, in UTC and without its
/// LF. The sender is that of Return-Path, else of Sender or From.
pub(in crate::store) fn from_line(header: &[u8], seconds: u64) -> String {
    let sender = ["return-path", "sender", "from"]
        .into_iter()
        .find_map(|name| field(header, name))
        .and_then(|value| address(&value))
        .unwrap_or_else(|| "MAILER-DAEMON".into());
    let seconds = i64::try_from(seconds).unwrap_or(i64::MAX);
    let time = Timestamp::from_second(seconds).unwrap_or(Timestamp::MAX);
    format!("From {sender} {}", time.strftime("%a %b %e %H:%M:%S %Y"))
}

/// The unfolded value of the first field of this name.
pub(super) fn field(header: &[u8], name: &str) -> Option<Vec<u8>> {
    let mut lines = header.split(|byte| *byte == b'\n');
    let mut value = loop {
        let Some((head, value)) = lines.next()?.split_at_checked(name.len()) else {
            continue;
        };
        if !head.eq_ignore_ascii_case(name.as_bytes()) {
            continue;
        }
        if let Some(value) = value.trim_ascii_start().strip_prefix(b":") {
            break value.to_vec();
        }
    };
    for line in lines.take_while(|line| line.first().is_some_and(|b| b" \t".contains(b))) {
        value.extend_from_slice(line);
    }
    Some(value)
}

/// The first address of a field's value, reduced to printable ASCII without
/// spaces, so that the line keeps its form whatever is in it.
fn address(value: &[u8]) -> Option<String> {
    let address = match memchr::memrchr(b'<', value) {
        Some(open) => {
            let inside = &value[open + 1..];
            &inside[..memchr::memchr(b'>', inside).unwrap_or(inside.len())]
        }
        None => value
            .split(|byte| byte.is_ascii_whitespace() || *byte == b',')
            .find(|word| word.contains(&b'@'))?,
    };
    let safe: String = address
        .iter()
        .filter(|byte| byte.is_ascii_graphic())
        .take(MAX_SENDER)
        .map(|byte| *byte as char)
        .collect();
    (!safe.is_empty()).then_some(safe)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sender(header: &[u8]) -> String {
        let line = from_line(header, 0);
        let line = line.strip_prefix("From ").expect("a From_ line");
        let (sender, time) = line.split_once(' ').expect("a sender and a time");
        assert_eq!(time, "Thu Jan  1 00:00:00 1970");
        sender.to_owned()
    }

    #[test]
    fn the_time_is_that_of_asctime_in_utc() {
        let line = |seconds| from_line(b"", seconds);
        let expected = "From MAILER-DAEMON Tue Nov 14 22:13:20 2023";
        assert_eq!(line(1_700_000_000), expected);
        assert!(line(u64::MAX).starts_with("From MAILER-DAEMON Thu Dec 30 "));
    }

    #[test]
    fn the_return_path_goes_before_sender_and_from() {
        let header = b"From: Bob <bob@b>\nSender: s@s\nReturn-Path: <alice@a>\n";
        assert_eq!(sender(header), "alice@a");
        assert_eq!(sender(b"X:\nY: 1\nFrom: bob@b\n"), "bob@b");
        assert_eq!(sender(b"FROM: Bob <bob@b>\nSender: s@s\n"), "s@s");
        assert_eq!(sender(b"X: 1\nFrom :\n \"B, ob\"\n <bob@b>\n"), "bob@b");
        assert_eq!(sender(b"From: bob@b (Bob)\n"), "bob@b");
        assert_eq!(sender(b"From: a@a, b@b\n"), "a@a");
    }

    #[test]
    fn no_address_is_the_mail_system() {
        #[rustfmt::skip]
        let rows = [
            &b""[..], b"\n", b"F", b"Return-Path: <>\nFrom: bob@b\n", b"From: nobody\n", b"From: <\xff\xfe\x00>\n",
            b"From-Not: a@a\nXFrom: a@a\n",
        ];
        for header in rows {
            assert_eq!(sender(header), "MAILER-DAEMON");
        }
    }

    #[test]
    fn a_hostile_address_cannot_break_the_line() {
        assert_eq!(sender(b"From: <a b\x1b[2J\r@x\xe9\0>\n"), "ab[2J@x");
        let long = [b"From: <", &b"x".repeat(9000)[..], b">\n"].concat();
        assert_eq!(sender(&long).len(), MAX_SENDER);
    }
}
