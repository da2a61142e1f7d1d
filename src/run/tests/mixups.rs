//! Servers that mix their replies up, or send more than they were asked for:
//! what came in with it is fetched again, and nothing else.

use super::peer::Act;
use super::*;

/// The number in a RETR.
fn retrieved(line: &str) -> Option<usize> {
    line.strip_prefix("RETR ")?.parse().ok()
}

/// Messages that differ in size, too.
fn mails_of_many_sizes(count: usize) -> Vec<Mail> {
    let text = |n: usize| format!("Subject: {n}\n\n{}\n", "x".repeat(n));
    let mail = |n: usize| Mail::new(&format!("u{n}"), text(n).as_bytes());
    (0..count).map(mail).collect()
}

#[track_caller]
fn assert_holds(disk: &CrashDisk, kind: Kind, all: &[Mail]) {
    let here = kind.read(disk);
    for mail in all {
        assert!(here.contains(&mail.stored()), "{mail:?} is not here");
    }
}

/// So many of which the third has a line of one dot, and so goes over the
/// wire as it is.
fn mails_with_a_dot(count: usize, behind: &str) -> (Vec<Mail>, Vec<u8>) {
    let mut all = mails_of_many_sizes(count);
    let text = format!("Subject: dot\n\nbefore\n.\n{behind}\n");
    all[2] = Mail::new("u2", text.as_bytes());
    let wire = format!("+OK\n{text}.\n").replace('\n', "\r\n");
    (all, wire.into_bytes())
}

#[test]
fn a_dot_that_is_not_stuffed_loses_no_message_and_holds_none_up() {
    let long = "x".repeat(5_000);
    for kind in [Kind::Maildir, Kind::Mbox] {
        for behind in ["behind", "421 behind", "-ERR behind", "+OK behind", &long] {
            let (all, wire) = mails_with_a_dot(6, behind);
            let disk = disk();
            let peer = Peer::start(all.clone());
            peer.on_command(move |asked| match retrieved(&asked.line) {
                Some(3) => Act::Write(wire.clone()),
                _ => Act::Serve,
            });
            for disposal in [Disposal::Keep, Disposal::Keep, Disposal::Delete] {
                run_unwatched(&disk, &job(&peer, kind, disposal));
            }
            let others = [&all[..2], &all[3..]].concat();
            assert_holds(&disk, kind, &others);
            let on_server = peer.maildrop().contains(&all[2]);
            assert!(on_server, "{:.20} deleted, and never fetched", behind);
            let before = peer.count("RETR");
            run_unwatched(&disk, &job(&peer, kind, Disposal::Keep));
            let again = peer.count("RETR") - before;
            assert!(again <= 1, "{again} messages fetched again: {behind:.20}");
            peer.behave();
            run_unwatched(&disk, &job(&peer, kind, Disposal::Delete));
            assert_holds(&disk, kind, &all);
            assert!(peer.maildrop().is_empty());
        }
    }
}

/// "-ERR session limit" behind every third message. Whether or not the
/// server's sizes are right, each run gets on.
#[test]
fn a_server_that_breaks_off_with_a_word_is_read_to_the_end() {
    for is_exact in [true, false] {
        let all = mails_of_many_sizes(8);
        let disk = disk();
        let peer = Peer::start(all.clone());
        let mails = all.clone();
        let mut left = 3;
        let mut session = 0;
        peer.on_command(move |asked| {
            if asked.session != session {
                (session, left) = (asked.session, 3);
            }
            if let Some(number) = retrieved(&asked.line) {
                left -= 1;
                let end: &[u8] = if left == 0 {
                    b"-ERR session limit\r\n"
                } else {
                    b""
                };
                return Act::Write([&mails[number - 1].answer(), end].concat());
            }
            match asked.line.as_str() {
                "LIST" if !is_exact => {
                    let lines: String = (1..=mails.len()).map(|n| format!("{n} {n}\r\n")).collect();
                    Act::Write(format!("+OK\r\n{lines}.\r\n").into_bytes())
                }
                _ => Act::Serve,
            }
        });
        let job = job(&peer, Kind::Maildir, Disposal::Keep);
        for _ in 0..6 {
            run_unwatched(&disk, &job);
        }
        assert_eq!(Kind::Maildir.read(&disk), stored(&all));
        let before = peer.count("RETR");
        assert_eq!(run_unwatched(&disk, &job).summary.exit, 0);
        assert_eq!(peer.count("RETR"), before, "exact sizes: {is_exact}");
    }
}

/// Asked ahead, it runs two messages together, and then says no more.
#[test]
fn two_messages_in_one_are_fetched_again() {
    for last in [Act::Close, Act::Write(Vec::new())] {
        for kind in [Kind::Maildir, Kind::Mbox] {
            let all = mails_of_many_sizes(6);
            let disk = disk();
            let peer = Peer::start(all.clone());
            peer.announce(&["PIPELINING", "UIDL"]);
            let mails = all.clone();
            let last = last.clone();
            let is_pipelined = |asked: &super::peer::Asked| asked.session == 1;
            peer.on_command(move |asked| match retrieved(&asked.line) {
                Some(2) if is_pipelined(asked) => {
                    let answer = mails[1].answer();
                    Act::Write(answer[..answer.len() - 3].to_vec())
                }
                Some(6) if is_pipelined(asked) => last.clone(),
                _ => Act::Serve,
            });
            let mut job = job(&peer, kind, Disposal::Keep);
            job.account.access.timeout = Duration::from_millis(300);
            run_unwatched(&disk, &job);
            job.policy.disposal = Disposal::Delete;
            run_unwatched(&disk, &job);
            assert_holds(&disk, kind, &all);
            assert!(peer.maildrop().is_empty());
        }
    }
}

/// Whatever it took along in that session is fetched once more.
#[test]
fn what_came_before_replies_were_mixed_up_is_compared() {
    let all = mails_of_many_sizes(3);
    for kind in [Kind::Maildir, Kind::Mbox] {
        let disk = disk();
        let peer = Peer::start(all.clone());
        // A word too many: every answer then comes to the next question.
        let mut late = b"-ERR over quota\r\n".to_vec();
        let mails = all.clone();
        peer.on_command(move |asked| {
            let (verb, number) = asked.line.split_once(' ').unwrap_or((&asked.line, ""));
            let number = number.parse::<usize>().unwrap_or(1);
            let answer = match verb {
                "RETR" => mails[number - 1].answer(),
                "DELE" | "QUIT" => b"+OK\r\n".to_vec(),
                _ => return Act::Serve,
            };
            Act::Write(std::mem::replace(&mut late, answer))
        });
        let job = job(&peer, kind, Disposal::Delete);
        run_unwatched(&disk, &job);
        peer.behave();
        run_unwatched(&disk, &job);
        let here = kind.read(&disk);
        for mail in &all {
            assert!(here.contains(&mail.stored()), "{mail:?} is lost");
        }
    }
}
