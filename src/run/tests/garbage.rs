//! A server that says anything: whatever it is, the run ends, deletes only
//! what is safe, and leaves a disk on which the next one works.

use proptest::prelude::*;

use super::*;

/// What a server might say: anything, or almost the right thing.
fn saying() -> impl Strategy<Value = Vec<u8>> {
    let words = prop::sample::select(vec![
        "+OK\r\n",
        "-ERR no\r\n",
        "+OK 2 30\r\n",
        "+ \r\n",
        ".\r\n",
        "..\r\n",
        "\r\n",
        "1 u0\r\n",
        "2 u0\r\n",
        "0 x\r\n",
        "1 99999999999999999999\r\n",
        "1 18446744073709551614\r\n2 18446744073709551614\r\n",
        "3\r\n",
        "Subject: x\r\n",
        "From x\r\n",
        "\n",
        "\r",
        ".",
        "+OK",
        "\0\u{7f}\r\n",
        "PIPELINING\r\nUIDL\r\nSASL PLAIN\r\n",
    ]);
    let glued = prop::collection::vec(words, 0..8).prop_map(|words| words.concat().into_bytes());
    prop_oneof![4 => glued, 1 => prop::collection::vec(any::<u8>(), 0..60)]
}

/// Which command is answered so.
fn command() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "CAPA", "USER", "PASS", "UIDL", "LIST", "RETR 1", "RETR 2", "DELE 1", "DELE 2", "QUIT",
    ])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_saying_of_a_server_deletes_what_is_not_safe(
        said in prop::collection::vec((command(), saying()), 1..4),
        way in prop::sample::select(WAYS.to_vec()),
        power in prop::option::of(1u64..80),
    ) {
        let (kind, disposal) = way;
        let all = mails(2);
        let Place { disk, peer, .. } = Place::new(kind, &all);
        if let Some(call) = power {
            disk.cut_power_at(call);
        }
        let (image, script, listed) = (disk.clone(), said.clone(), all.clone());
        peer.on_command(move |asked| {
            // By number only if the listing was the server's own.
            let is_listed = script.iter().all(|(command, _)| *command != "UIDL");
            if let Some(number) = asked.line.strip_prefix("DELE ").filter(|_| is_listed) {
                let number: usize = number.parse().expect("a number");
                let seen = ledger(&image.after_crash(Survives::Nothing), "alice");
                let recorded = seen.get(&listed[number - 1].id()).is_some();
                assert!(recorded, "DELE {number} of what is not recorded");
            }
            let found = script.iter().find(|(command, _)| *command == asked.line);
            match found {
                Some((_, saying)) => Act::Write(saying.clone()),
                None => Act::Serve,
            }
        });
        let mut job = job(&peer, kind, disposal);
        job.account.access.timeout = Duration::from_millis(100);
        let outcome = run_unwatched(&disk, &job);
        prop_assert!(outcome.summary.exit != 70, "{:?}", outcome.error);

        // What it took the server's word for stays; what the server did not
        // lie about is all here afterwards.
        let rest = disk.after_crash(Survives::Some(7));
        rest.set_now(1_700_000_999);
        peer.behave();
        // What was made of the server's words may be told.
        let again = run_unwatched(&rest, &self::job(&peer, kind, disposal));
        prop_assert!(again.error.is_none(), "{:?}", again.error);
        let here = kind.read(&rest);
        let is_lie = |wanted: &str| said.iter().any(|(command, _)| *command == wanted);
        for (number, mail) in (1..).zip(&all) {
            let is_here = here.contains(&mail.stored());
            let lied = is_lie("UIDL") || is_lie(&format!("RETR {number}"));
            prop_assert!(is_here || lied, "{mail:?} is lost");
        }
    }
}

/// Sizes that no message has, such as an unsigned -2, are no sizes.
// Q16, fault 73.
#[test]
fn sizes_that_cannot_be_are_unknown() {
    for size in [u64::MAX, u64::MAX - 1, 1 << 63, 1 << 50] {
        let all = mails(3);
        let place = Place::maildir(&all);
        place.peer.pipelines();
        let sizes = Act::list((1..=3).map(|n| format!("{n} {size}")));
        place.peer.acts([("LIST", sizes)]);
        let (outcome, mut events) = run_heard(&place.disk, &place.job(Disposal::Keep));
        assert_eq!(outcome.summary.exit, 0, "{:?}", outcome.error);
        place.assert_stored(&all);
        events.retain(|event| matches!(event, Event::Transfer { .. }));
        let [Event::Transfer { octets: None, .. }] = events[..] else {
            panic!("{size}: {events:?}");
        };
    }
}
