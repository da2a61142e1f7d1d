//! What mpop, fetchmail, getmail and fdm remember of the messages they have
//! seen, read from the files that they write.

use std::collections::BTreeSet;

use crate::base::{Class, Failure, Uid, sanitized};
use crate::cli::args::SeenBy;

/// What a seen file says of one account.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) uids: Vec<Uid>,
    /// Other ids that some of them may have had on the server.
    pub(crate) aliases: Vec<Uid>,
}

/// Whose unique ids a part of a file has.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Owner {
    user: Vec<u8>,
    host: Vec<u8>,
}

/// A line, and what it says.
type Line = (Owner, Uid);

/// Reads a file of a program. Those that keep several accounts in one file
/// are asked for this user and host.
pub(crate) fn read(program: SeenBy, bytes: &[u8], user: &str, host: &str) -> Result<Seen, Failure> {
    let name = match program {
        SeenBy::Mpop => "mpop",
        SeenBy::Fetchmail => "fetchmail",
        SeenBy::Getmail => "getmail",
        SeenBy::Fdm => "fdm",
    };
    let lines = bytes.split(|byte| *byte == b'\n').map(trimmed);
    let numbered = (1..).zip(lines).filter(|(_, line)| !line.is_empty());
    let uids = match program {
        SeenBy::Mpop => mpop(numbered).map(|lines| of_account(lines, user, host)),
        SeenBy::Fetchmail => {
            collect(numbered, fetchmail).map(|lines| of_account(lines, user, host))
        }
        SeenBy::Getmail => collect(numbered, getmail).map(Ok),
        SeenBy::Fdm => collect(numbered, fdm).map(Ok),
    };
    let uids = uids.map_err(|bad| {
        let text = sanitized(bad.line);
        let what = format!("line {} is not what {name} writes", bad.number);
        Failure::new(Class::Data, what).hint(format!("the line is \"{text}\"; is --from right?"))
    })??;
    if program == SeenBy::Getmail && !uids.is_empty() && uids.iter().all(is_of_imap) {
        return Err(Failure::new(Class::Data, "it is of an IMAP mailbox").hint(
            "its ids are not those of POP3: retr state mark-seen ACCOUNT notes what is there",
        ));
    }
    let aliases = match program {
        SeenBy::Getmail => uids.iter().filter_map(with_slashes).collect(),
        _ => Vec::new(),
    };
    Ok(Seen { uids, aliases })
}

fn trimmed(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\r").unwrap_or(line)
}

fn collect<'l, T>(
    lines: impl Iterator<Item = (usize, &'l [u8])>,
    parse: fn(&[u8]) -> Option<T>,
) -> Result<Vec<T>, Malformed<'l>> {
    lines.map(|(number, line)| parse(line).ok_or(Malformed { number, line })).collect()
}

/// A line that the program would not have written.
struct Malformed<'l> {
    number: usize,
    line: &'l [u8],
}

/// The first version of mpop that writes a time behind each unique id.
const MPOP_WITH_TIMES: [u32; 3] = [1, 4, 23];

/// A list begins with ` COUNT HOST USER`, indented; a line of it is a unique
/// id, and in newer versions a time. Comments precede the first list
/// only: an id may begin with `#`. The first comment names the version; where
/// it is missing, ids have times if all lines do.
fn mpop<'l>(lines: impl Iterator<Item = (usize, &'l [u8])>) -> Result<Vec<Line>, Malformed<'l>> {
    let mut owner: Option<Owner> = None;
    let mut version = None;
    let mut found: Vec<(usize, &[u8], Owner)> = Vec::new();
    for (number, line) in lines {
        if let Some(heading) = line.strip_prefix(b" ") {
            let mut words = heading.splitn(3, |byte| *byte == b' ');
            let count = words.next().filter(|count| is_number(count));
            owner = match (count, words.next(), words.next()) {
                (Some(_), Some(host), Some(user)) => {
                    Some(Owner { user: user.into(), host: host.into() })
                }
                _ => return Err(Malformed { number, line }),
            };
            continue;
        }
        match &owner {
            None if line.starts_with(b"#") => version = version.or_else(|| version_in(line)),
            None => return Err(Malformed { number, line }),
            Some(owner) => found.push((number, line, owner.clone())),
        }
    }
    let has_times = match version {
        Some(version) => version >= MPOP_WITH_TIMES,
        None => (found.iter()).all(|(_, line, _)| without_time(line).is_some()),
    };
    let uid = |line: &'l [u8]| match has_times {
        true => Uid::new(without_time(line)?),
        false => Uid::new(line),
    };
    let lines = found.into_iter();
    lines
        .map(|(number, line, owner)| Ok((owner, uid(line).ok_or(Malformed { number, line })?)))
        .collect()
}

/// The version that a comment ends with: `… by mpop version 1.4.18.`
fn version_in(comment: &[u8]) -> Option<[u32; 3]> {
    let (_, version) = std::str::from_utf8(comment).ok()?.rsplit_once(' ')?;
    let mut parts = version.trim_end_matches('.').split('.').map(str::parse);
    let mut part = || parts.next()?.ok();
    Some([part()?, part()?, part()?])
}

/// The part before the last space, if a time is after it.
fn without_time(line: &[u8]) -> Option<&[u8]> {
    let space = memchr::memrchr(b' ', line)?;
    is_number(&line[space + 1..]).then_some(&line[..space])
}

/// `USER@HOST UID`, where the user may be an address.
fn fetchmail(line: &[u8]) -> Option<Line> {
    let space = memchr::memchr(b' ', line)?;
    let (account, uid) = (&line[..space], &line[space + 1..]);
    let at = memchr::memrchr(b'@', account)?;
    let owner = Owner { user: account[..at].into(), host: account[at + 1..].into() };
    Some((owner, Uid::new(uid)?))
}

/// `UID`, NUL, a time.
fn getmail(line: &[u8]) -> Option<Uid> {
    let nul = memchr::memrchr(0, line)?;
    Uid::new(&line[..nul]).filter(|_| is_number(&line[nul + 1..]))
}

/// Returns whether getmail's id is one of IMAP: `UIDVALIDITY/UID`, in old
/// versions with the mailbox between them.
fn is_of_imap(uid: &Uid) -> bool {
    let mut parts = uid.as_bytes().split(|byte| *byte == b'/');
    let ends = (parts.next(), parts.next_back());
    matches!(ends, (Some(validity), Some(uid)) if is_number(validity) && is_number(uid))
}

/// `LENGTH UID`.
fn fdm(line: &[u8]) -> Option<Uid> {
    let space = memchr::memchr(b' ', line)?;
    let length: usize = std::str::from_utf8(&line[..space]).ok()?.parse().ok()?;
    Uid::new(&line[space + 1..]).filter(|uid| uid.as_bytes().len() == length)
}

fn is_number(bytes: &[u8]) -> bool {
    !bytes.is_empty() && bytes.iter().all(u8::is_ascii_digit)
}

/// getmail writes `-` for `/`. An id that has dashes may have had slashes:
/// either all or none, as no common alphabet has both.
fn with_slashes(uid: &Uid) -> Option<Uid> {
    let bytes = uid.as_bytes();
    let with_slash = |byte: &u8| if *byte == b'-' { b'/' } else { *byte };
    let slashed: Vec<u8> = bytes.iter().map(with_slash).collect();
    (slashed != bytes).then(|| Uid::new(&slashed)).flatten()
}

/// The ids of the account, by user and host; else of the only one that has
/// this user: the host may be another name of the same server.
fn of_account(lines: Vec<Line>, user: &str, host: &str) -> Result<Vec<Uid>, Failure> {
    let owners: BTreeSet<&Owner> = lines.iter().map(|(owner, _)| owner).collect();
    let of_user = || owners.iter().filter(|owner| owner.user == user.as_bytes());
    let same_host = |owner: &&&Owner| owner.host.eq_ignore_ascii_case(host.as_bytes());
    let mut candidates = of_user();
    let only = candidates.next().filter(|_| candidates.next().is_none());
    let Some(owner) = of_user().find(same_host).or(only).copied().cloned() else {
        if owners.is_empty() {
            return Ok(Vec::new());
        }
        let name = |owner: &&Owner| {
            let (user, host) = (sanitized(&owner.user), sanitized(&owner.host));
            format!("{user} at {host}")
        };
        let names: Vec<String> = owners.iter().take(10).map(name).collect();
        let (user, host) = (sanitized(user.as_bytes()), sanitized(host.as_bytes()));
        return Err(Failure::new(Class::Data, format!("nothing of {user} at {host} is in it"))
            .hint(format!("it has {}", names.join(", "))));
    };
    let own = lines.into_iter().filter(|(of, _)| *of == owner);
    Ok(own.map(|(_, uid)| uid).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    const MPOP: &[u8] = include_bytes!("../../../tests/fixtures/peers/mpop_uidls");
    const FETCHMAIL: &[u8] = include_bytes!("../../../tests/fixtures/peers/fetchids");
    const GETMAIL: &[u8] = include_bytes!("../../../tests/fixtures/peers/oldmail");
    const FDM: &[u8] = include_bytes!("../../../tests/fixtures/peers/fdm-cache");

    fn uids(program: SeenBy, bytes: &[u8], user: &str, host: &str) -> Vec<String> {
        let seen = read(program, bytes, user, host).expect("well formed");
        let mut uids: Vec<String> = seen.uids.iter().map(ToString::to_string).collect();
        uids.sort();
        uids
    }

    fn all(odd: &str) -> [String; 5] {
        ["#hash", "<1@example.org>", odd, "plain1", &"x".repeat(70)].map(str::to_owned)
    }

    const ODD: &str = "abc!\"#$%&()*+,-./:;<=>?@[]^_`{|}~";

    #[test]
    fn what_the_programs_wrote_is_read() {
        for (program, bytes) in
            [(SeenBy::Mpop, MPOP), (SeenBy::Fetchmail, FETCHMAIL), (SeenBy::Fdm, FDM)]
        {
            assert_eq!(uids(program, bytes, "al@x.org", "127.0.0.1"), all(ODD));
        }
        let replaced = ODD.replace('/', "-");
        assert_eq!(uids(SeenBy::Getmail, GETMAIL, "", ""), all(&replaced));
    }

    #[test]
    fn one_account_of_several_is_taken() {
        let two = ["000000016b065c9c", "000000026b065c9c"];
        for (program, bytes) in [(SeenBy::Mpop, MPOP), (SeenBy::Fetchmail, FETCHMAIL)] {
            assert_eq!(uids(program, bytes, "u2x300", "127.0.0.1"), two);
            // The server under another name.
            assert_eq!(uids(program, bytes, "u2x300", "localhost"), two);
            let failure = read(program, bytes, "bob", "127.0.0.1").expect_err("unknown");
            assert_eq!(failure.class, Class::Data);
            assert_eq!(failure.what, "nothing of bob at 127.0.0.1 is in it");
            let expected = Some("it has al@x.org at 127.0.0.1, u2x300 at 127.0.0.1");
            assert_eq!(failure.hint.as_deref(), expected);
        }
        let twice = b"a@h1 x\na@h2 y\n";
        assert_eq!(uids(SeenBy::Fetchmail, twice, "a", "H2"), ["y"]);
        read(SeenBy::Fetchmail, twice, "a", "h3").expect_err("two hosts");
    }

    #[test]
    fn getmail_s_dashes_may_have_been_slashes() {
        let seen = read(SeenBy::Getmail, b"a-b-c\x001\nplain\x002\n", "", "").expect("right");
        let alias = Uid::new(b"a/b/c").expect("valid");
        assert_eq!((seen.uids.len(), seen.aliases), (2, vec![alias]));
        assert_eq!(read(SeenBy::Fdm, FDM, "", "").expect("right").aliases, []);
    }

    #[test]
    fn times_behind_the_ids_of_newer_versions_are_left_out() {
        let of = |version: &str, list: &str| {
            let head = format!("# This file was generated by mpop version {version}.\n#\n");
            uids(SeenBy::Mpop, format!("{head} 2 h u\n{list}").as_bytes(), "u", "h")
        };
        let found = of("1.4.23", "#a 1795579088\nuid 2 x 1795579089\n");
        assert_eq!(found, ["#a", "uid 2 x"]);
        assert_eq!(of("1.10.0", "a 1\nuid 2 3\n"), ["a", "uid 2"]);
        assert_eq!(of("2.0.0", "a 1\nb 3\n"), ["a", "b"]);
        // Older ones write none, whatever an id looks like.
        let expected = ["a 1795579088", "uid 2 x"];
        assert_eq!(of("1.4.22", "a 1795579088\nuid 2 x\n"), expected);
        assert_eq!(of("1.4.18", "a\nuid 2\n"), ["a", "uid 2"]);
        // Without the comment, all lines have times or none has.
        let text = b" 2 h u\n#a 1795579088\nuid x 1795579089\n";
        assert_eq!(uids(SeenBy::Mpop, text, "u", "h"), ["#a", "uid x"]);
        let text = b" 2 h u\na\nuid 1795579089\n";
        assert_eq!(uids(SeenBy::Mpop, text, "u", "h"), ["a", "uid 1795579089"]);
        let torn = b"# mpop version 1.4.23.\n 1 h u\na\n";
        let failure = read(SeenBy::Mpop, torn, "u", "h").expect_err("no time");
        assert_eq!(failure.what, "line 3 is not what mpop writes");
    }

    #[test]
    fn getmail_s_imap_files_are_refused() {
        for bytes in [&b"1700000000/12\x001\n1700000000/13\x002\n"[..], b"17/INBOX/12\x001\n"] {
            let failure = read(SeenBy::Getmail, bytes, "", "").expect_err("IMAP");
            let expected = (Class::Data, "it is of an IMAP mailbox");
            assert_eq!((failure.class, &*failure.what), expected);
        }
        let found = uids(SeenBy::Getmail, b"a/12\x001\n1/2/x\x002\n12\x003\n", "", "");
        assert_eq!(found, ["1/2/x", "12", "a/12"]);
    }

    #[test]
    fn nothing_seen_is_nothing() {
        for program in [SeenBy::Mpop, SeenBy::Fetchmail, SeenBy::Getmail, SeenBy::Fdm] {
            assert_eq!(read(program, b"", "u", "h"), Ok(Seen::default()));
            assert_eq!(read(program, b"\n\r\n", "u", "h"), Ok(Seen::default()));
        }
    }

    #[test]
    fn a_file_of_another_program_is_refused_by_its_line() {
        for (program, bytes) in [
            (SeenBy::Mpop, FETCHMAIL),
            (SeenBy::Mpop, FDM),
            (SeenBy::Fetchmail, FDM),
            (SeenBy::Fetchmail, GETMAIL),
            (SeenBy::Getmail, FDM),
            (SeenBy::Getmail, MPOP),
            (SeenBy::Fdm, FETCHMAIL),
            (SeenBy::Fdm, b"5 abc\n"),
            (SeenBy::Fdm, b"x abc\n"),
            (SeenBy::Mpop, b" x h u\n"),
            (SeenBy::Mpop, b" 1 h\n"),
            (SeenBy::Fetchmail, b"u@h \n"),
            (SeenBy::Getmail, b"\x001\n"),
        ] {
            let failure = read(program, bytes, "al@x.org", "127.0.0.1").expect_err("wrong");
            assert_eq!(failure.class, Class::Data);
            let name = format!("{program:?}").to_lowercase();
            assert_eq!(failure.what, format!("line 1 is not what {name} writes"));
        }
        let failure = read(SeenBy::Fdm, b"1 a\n\x1b[2J\n", "u", "h").expect_err("wrong");
        assert_eq!(failure.what, "line 2 is not what fdm writes");
        let expected = Some("the line is \"\\x1b[2J\"; is --from right?");
        assert_eq!(failure.hint.as_deref(), expected);
    }

    #[test]
    fn no_bytes_make_it_fail_otherwise() {
        let mut seed = 1_u64;
        for _ in 0..2000 {
            let bytes: Vec<u8> = (0..40)
                .map(|_| {
                    seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                    b" \n\0@#019ab\xff\r"[(seed >> 33) as usize % 12]
                })
                .collect();
            for program in [SeenBy::Mpop, SeenBy::Fetchmail, SeenBy::Getmail, SeenBy::Fdm] {
                if let Err(failure) = read(program, &bytes, "a", "b") {
                    assert_eq!(failure.class, Class::Data);
                }
            }
        }
    }
}
