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

/// So many of which the third has a line of one dot, that is not stuffed.
fn mails_with_a_dot(count: usize, behind: &str) -> Vec<Mail> {
    let mut all = mails_of_many_sizes(count);
    let text = format!("Subject: dot\n\nbefore\n.\n{behind}\n");
    all[2] = Mail::new("u2", text.as_bytes()).unstuffed();
    all
}

#[test]
fn a_dot_that_is_not_stuffed_loses_no_message_and_holds_none_up() {
    let long = "x".repeat(5_000);
    for kind in [Kind::Maildir, Kind::Mbox] {
        for behind in ["behind", "421 behind", "-ERR behind", "+OK behind", &long] {
            let all = mails_with_a_dot(6, behind);
            let disk = disk();
            let peer = Peer::start(all.clone());
            for _ in 0..2 {
                run_unwatched(&disk, &job(&peer, kind, Disposal::Keep));
            }
            let others = [&all[..2], &all[3..]].concat();
            assert_holds(&disk, kind, &others);
            let before = peer.count("RETR");
            run_unwatched(&disk, &job(&peer, kind, Disposal::Keep));
            let again = peer.count("RETR") - before;
            assert!(again <= 1, "{again} messages fetched again: {behind:.20}");
            run_unwatched(&disk, &job(&peer, kind, Disposal::Delete));
            assert_eq!(
                peer.maildrop(),
                all[2..3],
                "never had, and all that is left"
            );
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

/// Messages of these sizes, without their line ends.
fn mails_of(sizes: &[usize]) -> Vec<Mail> {
    let mail = |(n, size): (usize, &usize)| {
        let head = format!("{n}\n\n");
        let body = "x".repeat(size - head.len() - 3);
        Mail::new(&format!("u{n}"), format!("{head}{body}\n\n\n").as_bytes())
    };
    sizes.iter().enumerate().map(mail).collect()
}

/// Two runs: the first as the server does it, the other with one that does
/// everything right, and deletes.
fn fetch_twice(peer: &Peer, kind: Kind, first: Disposal, deadline: Duration) -> CrashDisk {
    let disk = disk();
    let mut job = job(peer, kind, first);
    job.account.access.timeout = Duration::from_millis(300);
    job.account.access.deadline = deadline;
    run_unwatched(&disk, &job);
    peer.behave();
    job.account.access.deadline = Duration::from_secs(60);
    job.policy.disposal = Disposal::Delete;
    run_unwatched(&disk, &job);
    disk
}

const LONG: Duration = Duration::from_secs(60);

/// A word too many in front of the first message, and one in place of the last
/// or the end, so that the number of replies is right, or nearly.
#[test]
fn words_too_many_lose_no_message_whatever_their_sizes() {
    let ways = [
        (true, Disposal::Delete),
        (true, Disposal::Keep),
        (false, Disposal::Delete),
        (false, Disposal::Keep),
    ];
    for sizes in [
        &[10, 20, 20][..],
        &[10, 20, 10, 20],
        &[20, 20, 20, 20],
        &[10, 20, 30, 40],
    ] {
        let all = mails_of(sizes);
        for words in ["-ERR hiccup\r\n", "-ERR one\r\n-ERR two\r\n"] {
            for tail in ["-ERR [SYS/TEMP] try later\r\n", "+OK\r\n", ""] {
                for (pipelined, first) in ways {
                    let peer = Peer::start(all.clone());
                    if pipelined {
                        peer.announce(&["PIPELINING", "UIDL"]);
                    }
                    let mails = all.clone();
                    peer.on_command(move |asked| match retrieved(&asked.line) {
                        Some(1) if asked.session == 1 => {
                            Act::Write([words.as_bytes(), &mails[0].answer()].concat())
                        }
                        Some(n) if asked.session == 1 && n == mails.len() => match tail {
                            "" => Act::Close,
                            tail => Act::Write(tail.as_bytes().to_vec()),
                        },
                        _ => Act::Serve,
                    });
                    let disk = fetch_twice(&peer, Kind::Maildir, first, LONG);
                    assert_holds(&disk, Kind::Maildir, &all);
                }
            }
        }
    }
}

/// It does not hear one of the commands, answers all others, and then falls
/// silent or says goodbye; or the run has no time to wait for that.
#[test]
fn a_command_that_is_not_heard_loses_no_message_whatever_its_size() {
    let short = Duration::from_millis(200);
    for (sizes, deadline, is_sized, goodbye) in [
        (&[20, 20, 20, 20], LONG, true, false),
        (&[20, 20, 20, 20], LONG, false, false),
        (&[40, 30, 20, 10], LONG, true, true),
        (&[20, 20, 20, 20], LONG, true, true),
        (&[40, 30, 20, 10], short, true, false),
        (&[20, 30, 25, 28], short, true, false),
    ] {
        for unheard in 1..=3 {
            let all = mails_of(sizes);
            let peer = Peer::start(all.clone());
            peer.announce(&["PIPELINING", "UIDL"]);
            let last = [
                &all[3].answer()[..],
                b"-ERR Disconnected for inactivity\r\n",
            ]
            .concat();
            peer.on_command(move |asked| match asked.line.as_str() {
                "LIST" if !is_sized => Act::Say("-ERR no"),
                line if asked.session > 1 || retrieved(line).is_none() => Act::Serve,
                line if retrieved(line) == Some(unheard) => Act::Write(Vec::new()),
                "RETR 4" if goodbye => Act::LastWords(last.clone()),
                _ => Act::Serve,
            });
            let disk = fetch_twice(&peer, Kind::Mbox, Disposal::Delete, deadline);
            // Under its neighbour's id a message may be stored once more.
            assert_holds(&disk, Kind::Mbox, &all);
            assert!(peer.maildrop().is_empty());
        }
    }
}

/// One message is refused for ever, and the server breaks sessions off: what
/// came is believed all the same.
#[test]
fn a_message_refused_for_ever_has_nothing_fetched_again() {
    let all = mails_of(&[20; 9]);
    let disk = disk();
    let peer = Peer::start(all.clone());
    let mails = all.clone();
    let (mut session, mut left) = (0, 4);
    peer.on_command(move |asked| {
        if asked.session != session {
            (session, left) = (asked.session, 4);
        }
        let Some(number) = retrieved(&asked.line) else {
            return Act::Serve;
        };
        left -= 1;
        let mut answer = match number {
            1 => b"-ERR damaged\r\n".to_vec(),
            number => mails[number - 1].answer(),
        };
        if left == 0 {
            answer.extend_from_slice(b"-ERR session limit\r\n");
        }
        Act::Write(answer)
    });
    let job = job(&peer, Kind::Maildir, Disposal::Keep);
    for _ in 0..5 {
        run_unwatched(&disk, &job);
    }
    assert_eq!(Kind::Maildir.read(&disk), stored(&all[1..]));
    let before = peer.count("RETR");
    assert_eq!(run_unwatched(&disk, &job).summary.exit, 76);
    assert_eq!(peer.count("RETR") - before, 1, "only that one");
}

/// One message ends early each time, and the server's sizes vouch for nothing:
/// what was compared once is not fetched for ever.
#[test]
fn one_message_that_ends_early_holds_up_no_deletion() {
    let all = mails_with_a_dot(9, "behind");
    let disk = disk();
    let peer = Peer::start(all[..6].to_vec());
    peer.on_command(|asked| match asked.line.as_str() {
        "LIST" => Act::Say("-ERR no"),
        _ => Act::Serve,
    });
    let job = job(&peer, Kind::Maildir, Disposal::Delete);
    for new in [None, None, Some(6), Some(7), Some(8), None, None] {
        let new = new.map(|at| all[at].clone());
        peer.set_maildrop(peer.maildrop().into_iter().chain(new).collect());
        run_unwatched(&disk, &job);
    }
    let others = [&all[..2], &all[3..]].concat();
    assert_holds(&disk, Kind::Maildir, &others);
    assert_eq!(peer.maildrop(), all[2..3]);
}

/// The word is taken for the refusal of a message that then comes all the same.
#[test]
fn a_refusal_that_was_none_is_no_failure() {
    let all = mails_of(&[10, 20, 30]);
    let peer = Peer::start(all.clone());
    peer.announce(&["PIPELINING", "UIDL"]);
    let mails = all.clone();
    peer.on_command(move |asked| match retrieved(&asked.line) {
        Some(1) if asked.session == 1 => {
            Act::Write([b"-ERR hiccup\r\n", mails[0].answer().as_slice()].concat())
        }
        _ => Act::Serve,
    });
    let disk = disk();
    let outcome = run_unwatched(&disk, &job(&peer, Kind::Mbox, Disposal::Keep));
    assert_eq!(outcome.summary.exit, 0, "{:?}", outcome.error);
    assert_holds(&disk, Kind::Mbox, &all);
}

/// A whole message too many behind the first one: where the answer to STAT
/// should be, the last one stands.
#[test]
fn a_message_too_many_loses_none() {
    for pipelined in [true, false] {
        for kind in [Kind::Maildir, Kind::Mbox] {
            let all = mails_of(&[10, 20, 30]);
            let peer = Peer::start(all.clone());
            if pipelined {
                peer.announce(&["PIPELINING", "UIDL"]);
            }
            let mails = all.clone();
            let mut kept = Vec::new();
            peer.on_command(move |asked| match retrieved(&asked.line) {
                // Each reply comes one command later; the last two at QUIT.
                Some(n) if asked.session == 1 => {
                    let fake = b"+OK\r\nSubject: fake\r\n\r\nx\r\n.\r\n".to_vec();
                    match n {
                        1 => Act::Serve,
                        2 => {
                            kept = mails[1].answer();
                            Act::Write(fake)
                        }
                        n => Act::Write(std::mem::replace(&mut kept, mails[n - 1].answer())),
                    }
                }
                None if asked.session == 1 && asked.line == "STAT" => {
                    Act::Write([std::mem::take(&mut kept), b"+OK 3 60\r\n".to_vec()].concat())
                }
                _ => Act::Serve,
            });
            let disk = fetch_twice(&peer, kind, Disposal::Keep, LONG);
            assert_holds(&disk, kind, &all);
            assert!(peer.maildrop().is_empty());
        }
    }
}

/// One message comes twice, and a later command is not heard; or the server
/// sends another one than it was asked for. Each command has its reply, and
/// only the listed sizes tell.
#[test]
fn faults_that_cancel_each_other_out_lose_no_message() {
    for is_swapped in [false, true] {
        for first in [Disposal::Delete, Disposal::Keep] {
            let all = mails_of(&[10, 20, 30, 40]);
            let peer = Peer::start(all.clone());
            if !is_swapped {
                peer.announce(&["PIPELINING", "UIDL"]);
            }
            let mails = all.clone();
            let mut done = false;
            peer.on_command(move |asked| match retrieved(&asked.line) {
                Some(1) if asked.session == 1 && !is_swapped => {
                    Act::Write(mails[0].answer().repeat(2))
                }
                Some(3) if !std::mem::replace(&mut done, true) => Act::Write(if is_swapped {
                    mails[0].answer()
                } else {
                    Vec::new()
                }),
                _ => Act::Serve,
            });
            let disk = fetch_twice(&peer, Kind::Maildir, first, LONG);
            assert_eq!(Kind::Maildir.read(&disk), stored(&all));
            assert!(peer.maildrop().is_empty());
        }
    }
}

/// A second look is worth its octets only where listed sizes are right: where
/// none is, there is none; and after four in vain the server is known.
#[test]
fn sizes_that_are_wrong_cost_four_messages_more() {
    for has_right in [false, true] {
        let all = mails_of(&[10, 20, 30, 40, 50, 60, 70, 80]);
        let disk = disk();
        let peer = Peer::start(Vec::new());
        let first = if has_right { 10 } else { 11 };
        peer.on_command(move |asked| match asked.line.as_str() {
            "LIST" => {
                let lines: String = (2..=8).map(|n| format!("{n} {n}\r\n")).collect();
                Act::Write(format!("+OK\r\n1 {first}\r\n{lines}.\r\n").into_bytes())
            }
            _ => Act::Serve,
        });
        let job = job(&peer, Kind::Maildir, Disposal::Keep);
        for count in 1..=8 {
            peer.set_maildrop(all[..count].to_vec());
            assert_eq!(run_unwatched(&disk, &job).summary.exit, 0);
            let more = if has_right { (count - 1).min(4) } else { 0 };
            assert_eq!(peer.count("RETR"), count + more);
        }
        assert_eq!(Kind::Maildir.read(&disk), stored(&all));
    }
}

/// It sends an empty line before each reply, and once a reply too many.
#[test]
fn a_reply_and_an_empty_line_are_no_beginning_of_a_message() {
    for words in ["+OK\r\n\r\n", "+ok\r\n\r\n\r\n", "+OK 3 90\r\n\r\n"] {
        let all = mails_of(&[20, 20, 20]);
        let peer = Peer::start(all.clone());
        let mails = all.clone();
        peer.on_command(move |asked| match retrieved(&asked.line) {
            Some(2) if asked.session == 1 => {
                Act::Write([words.as_bytes(), &mails[1].answer()].concat())
            }
            _ => Act::Serve,
        });
        let disk = fetch_twice(&peer, Kind::Mbox, Disposal::Keep, LONG);
        assert_eq!(Kind::Mbox.read(&disk), stored(&all), "{words:?}");
    }
}

/// A word too many stands where the answer to QUIT should, which is a refusal.
#[test]
fn a_refusal_behind_a_reply_too_many_confirms_no_deletion() {
    let all = mails_of(&[10, 20]);
    let peer = Peer::start(all.clone());
    peer.on_command(|asked| match asked.line.as_str() {
        "QUIT" => Act::Write(b"+OK\r\n-ERR some deleted messages not removed\r\n".to_vec()),
        _ => Act::Serve,
    });
    let disk = disk();
    let outcome = run_unwatched(&disk, &job(&peer, Kind::Mbox, Disposal::Delete));
    assert_eq!((outcome.summary.exit, outcome.summary.deleted), (75, 0));
    peer.behave();
    run_well(&disk, &job(&peer, Kind::Mbox, Disposal::Delete));
    assert_eq!(Kind::Mbox.read(&disk), stored(&all));
    assert!(peer.maildrop().is_empty());
}

/// The size that is listed for the second is what the third would have if a
/// line end were one octet; but others show that it is two.
#[test]
fn another_message_is_not_taken_for_one_that_was_counted_otherwise() {
    for kind in [Kind::Maildir, Kind::Mbox] {
        let texts = [
            "Subject: first\n\n\n",
            "Subject: a\n\nb\n",
            "Subject: b\n\nxxxx\n",
        ];
        let mail = |(n, text): (usize, &&str)| Mail::new(&format!("u{n}"), text.as_bytes());
        let all: Vec<Mail> = texts.iter().enumerate().map(mail).collect();
        let (disk, peer) = (disk(), Peer::start(all.clone()));
        let wrong = all[2].answer();
        let mut is_first = true;
        peer.on_command(move |asked| {
            if asked.line == "RETR 2" && std::mem::take(&mut is_first) {
                return Act::Write(wrong.clone());
            }
            Act::Serve
        });
        let job = job(&peer, kind, Disposal::Delete);
        run_unwatched(&disk, &job);
        assert_eq!(kind.read(&disk), stored(&all));
        assert!(peer.maildrop().is_empty());
    }
}

/// Two replies too many make up for a wrong size.
#[test]
fn a_message_that_begins_as_a_reply_is_asked_for_twice() {
    let all = mails_of_many_sizes(3);
    let (disk, peer) = (disk(), Peer::start(all.clone()));
    let sizes = all.clone();
    let mut is_first = true;
    peer.on_command(move |asked| match asked.line.as_str() {
        "LIST" => {
            let octets = |mail: &Mail| mail.answer().len() + 2;
            let lines = sizes.iter().zip(1..);
            let lines: String = lines
                .map(|(mail, n)| format!("{n} {}\r\n", octets(mail)))
                .collect();
            Act::Write(format!("+OK\r\n{lines}.\r\n").into_bytes())
        }
        "RETR 1" if std::mem::take(&mut is_first) => {
            Act::Write([b"+OK\r\n+OK\r\n", &sizes[0].answer()[..]].concat())
        }
        _ => Act::Serve,
    });
    let job = job(&peer, Kind::Maildir, Disposal::Delete);
    run_unwatched(&disk, &job);
    assert_eq!(Kind::Maildir.read(&disk), stored(&all));
}
