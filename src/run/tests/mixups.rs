//! Servers that mix their replies up, or send more than they were asked for:
//! what came in with it is fetched again, and nothing else.

use super::peer::retrieved;
use super::*;

const KINDS: [Kind; 2] = [Kind::Maildir, Kind::Mbox];
const LONG: Duration = Duration::from_secs(60);
const FIRST: [Disposal; 2] = [Disposal::Delete, Disposal::Keep];

/// Messages that differ in size, too.
fn mails_of_many_sizes(count: usize) -> Vec<Mail> {
    mails_of(count, |n| format!("Subject: {n}\n\n{}\n", "x".repeat(n)))
}

/// So many of which the third has a line of one dot, that is not stuffed.
fn mails_with_a_dot(count: usize, behind: &str) -> Vec<Mail> {
    let mut all = mails_of_many_sizes(count);
    let text = format!("Subject: dot\n\nbefore\n.\n{behind}\n");
    all[2] = Mail::new("u2", text.as_bytes()).unstuffed();
    all
}

/// Messages of these sizes, without their line ends.
fn mails_sized(sizes: &[usize]) -> Vec<Mail> {
    mails_of(sizes.len(), |n| {
        let head = format!("{n}\n\n");
        let body = "x".repeat(sizes[n] - head.len() - 3);
        format!("{head}{body}\n\n\n")
    })
}

/// The answers to RETR, by number.
fn answers(mails: &[Mail]) -> Vec<Vec<u8>> {
    let none = std::iter::once(Vec::new());
    none.chain(mails.iter().map(Mail::answer)).collect()
}

/// Two runs: the first as the server does it, the other with one that does
/// everything right, and deletes.
fn fetch_twice(place: &Place, first: Disposal, deadline: Duration) {
    let mut job = place.job(first);
    job.account.access.timeout = Duration::from_millis(300);
    job.account.access.deadline = deadline;
    run_unwatched(&place.disk, &job);
    place.peer.behave();
    job.account.access.deadline = LONG;
    job.policy.disposal = Disposal::Delete;
    run_unwatched(&place.disk, &job);
}

#[test]
fn a_dot_that_is_not_stuffed_loses_no_message_and_holds_none_up() {
    let long = "x".repeat(5_000);
    for kind in KINDS {
        for behind in ["behind", "421 behind", "-ERR behind", "+OK behind", &long] {
            let all = mails_with_a_dot(6, behind);
            let place = Place::new(kind, &all);
            for _ in 0..2 {
                place.run_unwatched(Disposal::Keep);
            }
            place.assert_holds(&[&all[..2], &all[3..]].concat());
            let before = place.retrieved();
            place.run_unwatched(Disposal::Keep);
            let again = place.retrieved() - before;
            assert!(again <= 1, "{again} messages fetched again: {behind:.20}");
            place.run_unwatched(Disposal::Delete);
            let left = place.left();
            assert_eq!(left, all[2..3], "never had, and all that is left");
        }
    }
}

/// "-ERR session limit" behind so many messages of each session. Whether or not
/// the server's sizes are right, and though a message is refused for ever, each
/// run gets on, and what came is believed.
#[test]
fn a_server_that_breaks_off_with_a_word_is_read_to_the_end() {
    for (mails, is_exact, refused, limit) in [
        (mails_of_many_sizes(8), true, None, 3),
        (mails_of_many_sizes(8), false, None, 3),
        (mails_sized(&[20; 9]), true, Some(1), 4),
    ] {
        let place = Place::maildir(&mails);
        let (answers, count) = (answers(&mails), mails.len());
        let (mut session, mut left) = (0, limit);
        place.peer.on_command(move |asked| {
            if asked.session != session {
                (session, left) = (asked.session, limit);
            }
            match retrieved(&asked.line) {
                Some(number) => {
                    left -= 1;
                    let end: &[u8] = if left == 0 { b"-ERR session limit\r\n" } else { b"" };
                    match refused == Some(number) {
                        true => Act::write(&[b"-ERR damaged\r\n", end]),
                        false => Act::write(&[&answers[number], end]),
                    }
                }
                None if asked.line == "LIST" && !is_exact => {
                    Act::list((1..=count).map(|n| format!("{n} {n}")))
                }
                None => Act::Serve,
            }
        });
        for _ in 0..6 {
            place.run_unwatched(Disposal::Keep);
        }
        place.assert_stored(&mails[usize::from(refused.is_some())..]);
        let before = place.retrieved();
        let exit = place.run_unwatched(Disposal::Keep).summary.exit;
        assert_eq!(exit, if refused.is_some() { 76 } else { 0 });
        let again = place.retrieved() - before;
        let expected = usize::from(refused.is_some());
        assert_eq!(again, expected, "exact sizes: {is_exact}, {refused:?}");
    }
}

/// Asked ahead, it runs two messages together, and then says no more.
#[test]
fn two_messages_in_one_are_fetched_again() {
    for last in [Act::Close, Act::Write(Vec::new())] {
        for kind in KINDS {
            let all = mails_of_many_sizes(6);
            let place = Place::new(kind, &all);
            place.peer.pipelines();
            let (answer, last) = (all[1].answer(), last.clone());
            place.peer.on_retr(move |session, number| match number {
                2 if session == 1 => Act::write(&[&answer[..answer.len() - 3]]),
                6 if session == 1 => last.clone(),
                _ => Act::Serve,
            });
            let mut job = place.job(Disposal::Keep);
            job.account.access.timeout = Duration::from_millis(300);
            run_unwatched(&place.disk, &job);
            job.policy.disposal = Disposal::Delete;
            run_unwatched(&place.disk, &job);
            place.assert_holds(&all);
            assert_eq!(place.left(), []);
        }
    }
}

/// Whatever it took along in that session is fetched once more.
#[test]
fn what_came_before_replies_were_mixed_up_is_compared() {
    let all = mails_of_many_sizes(3);
    for kind in KINDS {
        let place = Place::new(kind, &all);
        // A word too many: every answer then comes to the next question.
        let mut late = b"-ERR over quota\r\n".to_vec();
        let answers = answers(&all);
        place.peer.on_command(move |asked| {
            let answer = match (retrieved(&asked.line), asked.line.split(' ').next()) {
                (Some(number), _) => answers[number].clone(),
                (None, Some("DELE" | "QUIT")) => b"+OK\r\n".to_vec(),
                _ => return Act::Serve,
            };
            Act::Write(std::mem::replace(&mut late, answer))
        });
        place.run_unwatched(Disposal::Delete);
        place.peer.behave();
        place.run_unwatched(Disposal::Delete);
        place.assert_holds(&all);
    }
}

/// A word too many in front of the first message, and one in place of the last
/// or the end, so that the number of replies is right, or nearly.
#[test]
fn words_too_many_lose_no_message_whatever_their_sizes() {
    const WAYS: [(bool, Disposal); 4] = [
        (true, Disposal::Delete),
        (true, Disposal::Keep),
        (false, Disposal::Delete),
        (false, Disposal::Keep),
    ];
    let sizes = [&[10, 20, 20][..], &[10, 20, 10, 20], &[20; 4], &[10, 20, 30, 40]];
    for all in sizes.map(mails_sized) {
        for words in ["-ERR hiccup\r\n", "-ERR one\r\n-ERR two\r\n"] {
            for tail in ["-ERR [SYS/TEMP] try later\r\n", "+OK\r\n", ""] {
                for (pipelined, first) in WAYS {
                    let place = Place::maildir(&all);
                    if pipelined {
                        place.peer.pipelines();
                    }
                    let (answer, last) = (all[0].answer(), all.len());
                    place.peer.on_retr(move |session, number| match number {
                        1 if session == 1 => Act::write(&[words.as_bytes(), &answer]),
                        n if session == 1 && n == last && tail.is_empty() => Act::Close,
                        n if session == 1 && n == last => Act::write(&[tail.as_bytes()]),
                        _ => Act::Serve,
                    });
                    fetch_twice(&place, first, LONG);
                    place.assert_holds(&all);
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
        ([20, 20, 20, 20], LONG, true, false),
        ([20, 20, 20, 20], LONG, false, false),
        ([40, 30, 20, 10], LONG, true, true),
        ([20, 20, 20, 20], LONG, true, true),
        ([40, 30, 20, 10], short, true, false),
        ([20, 30, 25, 28], short, true, false),
    ] {
        for unheard in 1..=3 {
            let all = mails_sized(&sizes);
            let place = Place::mbox(&all);
            place.peer.pipelines();
            let last = all[3].answer();
            place.peer.on_command(move |asked| match retrieved(&asked.line) {
                None if asked.line == "LIST" && !is_sized => Act::Say("-ERR no"),
                Some(number) if asked.session == 1 && number == unheard => Act::write(&[]),
                Some(4) if asked.session == 1 && goodbye => {
                    Act::LastWords([&last[..], b"-ERR Disconnected for inactivity\r\n"].concat())
                }
                _ => Act::Serve,
            });
            fetch_twice(&place, Disposal::Delete, deadline);
            // Under its neighbour's id a message may be stored once more.
            place.assert_holds(&all);
            assert_eq!(place.left(), []);
        }
    }
}

/// One message ends early each time, and the server's sizes vouch for nothing:
/// what was compared once is not fetched for ever.
#[test]
fn one_message_that_ends_early_holds_up_no_deletion() {
    let all = mails_with_a_dot(9, "behind");
    let place = Place::maildir(&all[..6]);
    place.peer.acts([("LIST", Act::Say("-ERR no"))]);
    for new in [None, None, Some(6), Some(7), Some(8), None, None] {
        let new = new.map(|at| all[at].clone());
        let mails = place.left().into_iter().chain(new).collect();
        place.peer.set_maildrop(mails);
        place.run_unwatched(Disposal::Delete);
    }
    place.assert_holds(&[&all[..2], &all[3..]].concat());
    assert_eq!(place.left(), all[2..3]);
}

/// The word is taken for the refusal of a message that then comes all the same.
#[test]
fn a_refusal_that_was_none_is_no_failure() {
    let all = mails_sized(&[10, 20, 30]);
    let place = Place::mbox(&all);
    place.peer.pipelines();
    let answer = all[0].answer();
    place.peer.on_retr(move |session, number| match (session, number) {
        (1, 1) => Act::write(&[b"-ERR hiccup\r\n", &answer]),
        _ => Act::Serve,
    });
    let outcome = place.run_unwatched(Disposal::Keep);
    assert_eq!(outcome.summary.exit, 0, "{:?}", outcome.error);
    place.assert_holds(&all);
}

/// A whole message too many behind the first one: where the answer to STAT
/// should be, the last one stands.
#[test]
fn a_message_too_many_loses_none() {
    for pipelined in [true, false] {
        for kind in KINDS {
            let all = mails_sized(&[10, 20, 30]);
            let place = Place::new(kind, &all);
            if pipelined {
                place.peer.pipelines();
            }
            let answers = answers(&all);
            let mut kept = Vec::new();
            place.peer.on_command(move |asked| match retrieved(&asked.line) {
                _ if asked.session > 1 => Act::Serve,
                // Each reply comes one command later; the last two at QUIT.
                Some(1) => Act::Serve,
                Some(2) => {
                    kept = answers[2].clone();
                    Act::Say("+OK\r\nSubject: fake\r\n\r\nx\r\n.")
                }
                Some(n) => Act::Write(std::mem::replace(&mut kept, answers[n].clone())),
                None if asked.line == "STAT" => {
                    Act::write(&[&std::mem::take(&mut kept), b"+OK 3 60\r\n"])
                }
                None => Act::Serve,
            });
            fetch_twice(&place, Disposal::Keep, LONG);
            place.assert_holds(&all);
            assert_eq!(place.left(), []);
        }
    }
}

/// One message comes twice, and a later command is not heard; or the server
/// sends another one than it was asked for. Each command has its reply, and
/// only the listed sizes tell.
#[test]
fn faults_that_cancel_each_other_out_lose_no_message() {
    for is_swapped in [false, true] {
        for first in FIRST {
            let all = mails_sized(&[10, 20, 30, 40]);
            let place = Place::maildir(&all);
            if !is_swapped {
                place.peer.pipelines();
            }
            let answer = all[0].answer();
            let mut done = false;
            place.peer.on_retr(move |session, number| match number {
                1 if session == 1 && !is_swapped => Act::write(&[&answer, &answer]),
                3 if std::mem::replace(&mut done, true) => Act::Serve,
                3 if is_swapped => Act::write(&[&answer]),
                3 => Act::write(&[]),
                _ => Act::Serve,
            });
            fetch_twice(&place, first, LONG);
            place.assert_moved(&all);
        }
    }
}

/// A second look is worth its octets only where listed sizes are right: where
/// none is, there is none; and after four in vain the server is known.
#[test]
fn sizes_that_are_wrong_cost_four_messages_more() {
    for has_right in [false, true] {
        let all = mails_sized(&[10, 20, 30, 40, 50, 60, 70, 80]);
        let place = Place::maildir(&[]);
        let first = if has_right { 10 } else { 11 };
        let sizes = (1..=8).map(|n| format!("{n} {}", if n == 1 { first } else { n }));
        place.peer.acts([("LIST", Act::list(sizes))]);
        for count in 1..=8 {
            place.peer.set_maildrop(all[..count].to_vec());
            assert_eq!(place.run_unwatched(Disposal::Keep).summary.exit, 0);
            let more = if has_right { (count - 1).min(4) } else { 0 };
            assert_eq!(place.retrieved(), count + more);
        }
        place.assert_stored(&all);
    }
}

/// It sends an empty line before each reply, and once a reply too many.
#[test]
fn a_reply_and_an_empty_line_are_no_beginning_of_a_message() {
    for words in ["+OK\r\n\r\n", "+ok\r\n\r\n\r\n", "+OK 3 90\r\n\r\n"] {
        let all = mails_sized(&[20, 20, 20]);
        let place = Place::mbox(&all);
        let answer = all[1].answer();
        place.peer.on_retr(move |session, number| match (session, number) {
            (1, 2) => Act::write(&[words.as_bytes(), &answer]),
            _ => Act::Serve,
        });
        fetch_twice(&place, Disposal::Keep, LONG);
        assert_eq!(place.here(), stored(&all), "{words:?}");
    }
}

/// A word too many stands where the answer to QUIT should, which is a refusal.
#[test]
fn a_refusal_behind_a_reply_too_many_confirms_no_deletion() {
    let all = mails_sized(&[10, 20]);
    let place = Place::mbox(&all);
    let refusal = "+OK\r\n-ERR some deleted messages not removed";
    place.peer.acts([("QUIT", Act::Say(refusal))]);
    let summary = place.run_unwatched(Disposal::Delete).summary;
    assert_eq!((summary.exit, summary.deleted), (75, 0));
    place.peer.behave();
    place.run_well(Disposal::Delete);
    place.assert_moved(&all);
}

/// The size that is listed for the second is what the third would have if a
/// line end were one octet; but others show that it is two.
#[test]
fn another_message_is_not_taken_for_one_that_was_counted_otherwise() {
    for kind in KINDS {
        let texts = ["first\n\n\n", "a\n\nb\n", "b\n\nxxxx\n"];
        let all = mails_of(3, |n| format!("Subject: {}", texts[n]));
        let place = Place::new(kind, &all);
        let wrong = all[2].answer();
        let mut is_first = true;
        place.peer.on_retr(move |_, number| match number {
            2 if std::mem::take(&mut is_first) => Act::write(&[&wrong]),
            _ => Act::Serve,
        });
        place.run_unwatched(Disposal::Delete);
        place.assert_moved(&all);
    }
}

/// Two replies too many make up for a wrong size.
#[test]
fn a_message_that_begins_as_a_reply_is_asked_for_twice() {
    let all = mails_of_many_sizes(3);
    let place = Place::maildir(&all);
    let answers = answers(&all);
    let mut is_first = true;
    place.peer.on_command(move |asked| match asked.line.as_str() {
        "LIST" => Act::list((1..=3).map(|n| format!("{n} {}", answers[n].len() + 2))),
        "RETR 1" if std::mem::take(&mut is_first) => Act::write(&[b"+OK\r\n+OK\r\n", &answers[1]]),
        _ => Act::Serve,
    });
    place.run_unwatched(Disposal::Delete);
    place.assert_stored(&all);
}
