//! What people see.

use unicode_width::UnicodeWidthStr;

use super::*;

#[test]
fn an_error_is_three_lines_at_most() {
    let (out, err) = report(Options::default(), &[Event::Error(failure())]);
    assert_eq!(out, "");
    assert_eq!(
        err,
        "retr: error: work: login as alice refused by pop.example.org\n\
         caused by: the server said \"no\": deeper\n\
         hint: check the password\n"
    );
    let options = with(Options::default(), |it| (it.color, it.quiet) = (true, true));
    let (_, err) = report(options, &[Event::Error(failure())]);
    assert!(err.starts_with("retr: \u{1b}[31merror:\u{1b}[0m work: login"));
    assert!(err.ends_with("\u{1b}[36mhint:\u{1b}[0m check the password\n"));
}

/// A server that is down is one piece of news, of however many accounts.
#[test]
fn accounts_that_fail_alike_are_told_once_with_their_names() {
    let (out, err) = (Stream::default(), Stream::default());
    let options = with(Options::default(), |it| it.json = true);
    let report = Report::new(options, Box::new(out.clone()), Box::new(err.clone()));
    let another = Failure::new(Class::Config, "no host");
    for (name, failure) in [("a", failure()), ("b", failure()), ("c", another), ("d", failure())] {
        report.account(name).notice(&Event::Error(failure));
    }
    report.finish();
    assert_eq!(out.text().matches("\"event\":\"error\"").count(), 4);
    assert_eq!(
        err.text(),
        "retr: error: a: login as alice refused by pop.example.org\n\
         caused by: the server said \"no\": deeper\n\
         hint: check the password\n\
         retr: error: c: no host\n\
         retr: error: b, d: the same as a\n"
    );
}

#[test]
fn without_verbose_only_warnings_and_failures_are_told() {
    let (out, err) = report(Options::default(), &all_events()[..9]);
    assert_eq!(out, "    3       ? fetch  u3 (new)\n");
    assert_eq!(
        err,
        "retr: error: work: message 3 (unique id u3): the server said \"gone\"\n\
         retr: error: work: message 3 (unique id u3): exit code 67\n\
         retr: warning: work: message 3 changed its size\n"
    );
    let quiet = Options { quiet: true, verbose: 2, progress: Some(80), ..Options::default() };
    let warning = all_events().remove(8);
    let (_, err) = report(quiet, &[warning, maildir(), Event::Summary(summary())]);
    assert_eq!(err, "");
}

#[test]
fn steps_are_told_when_verbose() {
    let events = all_events();
    let rows = [
        (
            events[0].clone(),
            "work: pop.example.org port 995, encrypted: 352 on the server, 12 new\n",
        ),
        (events[1].clone(), "work: message 3 stored, 4.1 kB, in /m/new/1: 你好\n"),
        (events[2].clone(), "work: message 3 stored, 4.1 kB, in /m/box at 10: 你好\n"),
        (events[5].clone(), "work: message 3 deleted on the server\n"),
        (Event::Note("waiting\u{9b}".into()), "work: waiting\\x9b\n"),
    ];
    for (event, line) in rows {
        assert_eq!(verbose(event), line);
    }
    let line = Event::Dialogue(Dialogue { sent: true, line: "UIDL".into() });
    assert_eq!(verbose(line.clone()), "");
    let very = with(Options::default(), |it| it.verbose = 2);
    assert_eq!(report(very, &[line]).1, "work: C: UIDL\n");
}

/// On a terminal, of a run with this summary at its end.
fn closing(events: &[Event], summary: Summary) -> String {
    let options = with(Options::default(), |it| it.progress = Some(80));
    let events = [events, &[Event::Summary(summary)]].concat();
    report(options, &events).1
}

#[test]
fn the_closing_line_says_what_is_left_and_what_was_left_out_and_why() {
    let large = skipped("larger than --max-size");
    let many = skipped("--max-messages reached");
    let line = "work: 12 new in 0.8 s (3.1 MB), 352 on the server";
    let rows = [
        (&[][..], ""),
        (&[large.clone(), large.clone()], ", 2 left out: larger than --max-size"),
        (
            &[large.clone(), many, large.clone()],
            ", 3 left out: 1 --max-messages reached, 2 larger than --max-size",
        ),
    ];
    for (events, rest) in rows {
        assert_eq!(closing(events, summary()), format!("{line}{rest}\n"));
        // Where no terminal is it takes -v, and -vv tells of each too.
        let events = [events, &[Event::Summary(summary())]].concat();
        let at = |verbose| with(Options::default(), |it| it.verbose = verbose);
        assert_eq!(report(at(0), &events).1, "");
        assert_eq!(report(at(1), &events).1, format!("{line}{rest}\n"));
        assert_eq!(report(at(2), &events).1.lines().count(), events.len());
    }
    let very = with(Options::default(), |it| it.verbose = 2);
    let expected = "work: message 3 left out, 30.0 MB: larger than --max-size\n";
    assert_eq!(report(very, &[large]).1, expected);
}

#[test]
fn the_closing_line_counts_deletions_and_failures() {
    let some = with(summary(), |it| (it.deleted, it.failed) = (2, 1));
    let expected = "work: 12 new in 0.8 s (3.1 MB), 350 on the server, 2 deleted, 1 failed\n";
    assert_eq!(closing(&[], some), expected);
    let nothing = with(summary(), |it| (it.stored, it.bytes) = (0, 0));
    let expected = "work: 0 new in 0.8 s, 352 on the server\n";
    assert_eq!(closing(&[], nothing), expected);
    let marked = with(nothing, |it| it.never_stored = 5);
    let expected = "work: 0 new in 0.8 s, 352 on the server, 5 not deleted: never fetched\n";
    assert_eq!(closing(&[], marked), expected);
    let deletion = with(some, |it| it.closing = Closing::Delete);
    let expected = "work: 2 deleted, 1 failed, 350 left\n";
    assert_eq!(closing(&[], deletion), expected);
    let backup = with(some, |it| it.closing = Closing::Export);
    let expected = "work: 12 exported (3.1 MB), 1 left out\n";
    assert_eq!(closing(&[], backup), expected);
    let backup = with(some, |it| (it.closing, it.skipped) = (Closing::Restore, 7));
    let expected = "work: 12 restored (3.1 MB), 7 there already, 1 failed\n";
    assert_eq!(closing(&[], backup), expected);
    // Other commands, and a fetch that came to no listing, have none.
    let other = with(some, |it| it.closing = Closing::None);
    assert_eq!(closing(&[], other), "");
}

#[test]
fn a_dry_run_ends_with_what_would_be_done() {
    let (fetch, both) = (planned("fetch", false), planned("fetch", true));
    let (delete, keep) = (planned("delete", false), planned("keep", false));
    let rows = [
        (&[][..], "0 would be fetched"),
        (&[fetch, keep.clone()], "1 would be fetched"),
        (&[both.clone(), both.clone()], "2 would be fetched, 2 of them deleted"),
        (
            &[both, delete.clone(), skipped("--max-messages reached")],
            "1 would be fetched, 1 of them deleted, 1 fetched earlier deleted, 1 left out: --max-messages reached",
        ),
        (&[delete, keep], "1 would be deleted, 351 left"),
    ];
    for (events, line) in rows {
        let rehearsal = with(summary(), |it| it.closing = Closing::DryRun);
        let events = [events, &[Event::Summary(rehearsal)]].concat();
        let (_, err) = report(Options::default(), &events);
        assert_eq!(err, format!("work: dry run: {line}\n"));
        let quiet = with(Options::default(), |it| it.quiet = true);
        assert_eq!(report(quiet, &events).1, "");
    }
}

#[test]
fn a_list_has_a_heading_and_a_closing_line_on_a_terminal() {
    let end = |listed| Event::Summary(Summary { listed, closing: Closing::List, ..summary() });
    let on = |columns| with(Options::default(), |it| it.columns = Some(columns));
    let rows = [listed("Alice", "Hello"), listed("Bob", "Hi"), end(352)];
    for (columns, expected) in [
        (
            80,
            "  No.    Size   Date             From                   Subject\n\
             \u{20}   3  4.1 kB N 2026-11-25 10:30 Alice                  Hello\n\
             \u{20}   3  4.1 kB N 2026-11-25 10:30 Bob                    Hi\n\
             352 on the server, 12 new (N)\n",
        ),
        (
            60,
            "  No.    Size   Date       From           Subject\n\
             \u{20}   3  4.1 kB N 2026-11-25 Alice          Hello\n\
             \u{20}   3  4.1 kB N 2026-11-25 Bob            Hi\n\
             352 on the server, 12 new (N)\n",
        ),
    ] {
        assert_eq!(report(on(columns), &rows), (expected.into(), String::new()));
    }
    let (out, _) = report(on(60), &[end(0)]);
    assert_eq!(out, "the mailbox is empty\n");
    // Anything else gets the rows alone.
    let (out, err) = report(Options::default(), &rows);
    assert_eq!((out.lines().count(), err.as_str()), (2, ""));
    let quiet = with(on(80), |it| it.quiet = true);
    assert_eq!(report(quiet, &rows).0.lines().count(), 2);
}

#[test]
fn stat_and_shown_messages_go_to_standard_output() {
    let (out, err) =
        report(Options::default(), &[stat(3, Some(4096)), stat(1, Some(1)), stat(2, None)]);
    let expected = "3 messages, 4096 octets\n1 message, 1 octet\n2 messages, octets unknown\n";
    assert_eq!(out, expected);
    assert_eq!(err, "");
    let (out, _) = report(Options::default(), &[shown("Hi\tyou\n\u{1b}[2J\r\n")]);
    assert_eq!(
        out,
        "Message 3 (unique id u3)\nFrom: Alice <a@example.org>\nDate: 2026-11-25T10:30:00+08:00\n\
         Subject: Hello\n\nHi\tyou\n\\x1b[2J\n\
         [attachment: cat\\u{202e}gnp.exe, image/png, 12.3 kB]\n\n"
    );
}

#[test]
fn rows_fit_sixty_columns_in_any_script() {
    let options = with(Options::default(), |it| it.columns = Some(60));
    let row = |name, subject| {
        let (out, _) = report(options, &[listed(name, subject)]);
        let (_, row) = out.split_once('\n').expect("a heading");
        row.to_owned()
    };
    let expected = "    3  4.1 kB N 2026-11-25 Alice          Hello\n";
    assert_eq!(row("Alice", "Hello"), expected);
    let expected = "    3  4.1 kB N 2026-11-25 王小明和他的…  关于明天会议的一…\n";
    let found = row("王小明和他的朋友们", "关于明天会议的一些想法和建议");
    assert_eq!(found, expected);
    assert_eq!(
        row("Пётр Ильич Чайковский", "Приглашение на концерт"),
        "    3  4.1 kB N 2026-11-25 Пётр Ильич Ча… Приглашение на ко…\n"
    );
    for subject in ["关于明天会议的一些想法和建议", "Приглашение на концерт", "\u{202e}\u{9b}"]
    {
        assert!(row("x", subject).trim_end().width() <= 60);
    }
    let wide = report(Options::default(), &[listed("Alice", "Hello")]).0;
    let expected = "    3  4.1 kB N 2026-11-25 10:30 Alice                  Hello\n";
    assert_eq!(wide, expected);
    let long = "Alice and all who sail with her";
    let wide = report(Options::default(), &[listed(long, &long.repeat(9))]).0;
    assert!(wide.ends_with(&format!(" {long} {}\n", long.repeat(9))));
}

#[test]
fn a_row_without_headers_shows_the_unique_id() {
    let event = Event::Listed(Box::new(Listed {
        number: number(12345),
        uid: uid(b"\x1b[1m"),
        size: None,
        new: false,
        headers: None,
    }));
    let (out, _) = report(Options::default(), std::slice::from_ref(&event));
    assert_eq!(out, "12345       ?   \\x1b[1m\n");
    let terminal = with(Options::default(), |it| it.columns = Some(80));
    let (out, _) = report(terminal, std::slice::from_ref(&event));
    assert!(out.starts_with("  No.    Size   Unique id\n"), "{out}");
    assert!(
        json(event)
            .ends_with("\"size\":null,\"new\":false,\"date\":null,\"from\":null,\"subject\":null}")
    );
}

#[test]
fn the_ledger_is_told_in_columns_and_words() {
    let (out, err) = report(Options::default(), &ledger_events());
    assert_eq!(
        out,
        "2023-11-14 22:13  4.1 kB stored           u3 /m/new/1 abababababab\n\
         2023-11-14 22:13  4.1 kB stored   gone    u3 /m/box at 10 abababababab\n\
         2023-11-14 22:13  4.1 kB marked           u3\n\
         2023-11-14 22:13  4.1 kB imported         u3\n\
         2023-11-14 22:13  4.1 kB left             u3\n\
         2023-11-14 22:13  4.1 kB refused          u3 sh: exit code 67: no\\x1b such user \
         (next try 2023-11-14T22:23:20Z)\n\
         2023-11-14 22:13  4.1 kB in-doubt         u3 cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd\n\
         forgotten: u3\n\
         1 message on the server marked as seen (0 not known before)\n\
         9 ids imported (8 not known before)\n\
         the ledger, with 3 unique ids, is new\\x07's now\n\
         /s/ledger: 9 lines kept, 1 lost; the damaged file is beside it\n\
         2 messages no more where stored, and forgotten: what is on the server is fetched again\n\
         /s/ledger: all of its 9 lines are whole\n\
         altered  u3  /m/box at 10  2023-11-13  Hi\\x1b\n\
         missing  u3  /m/new/1  first seen 2023-11-14\n\
         not-here u3\n\
         3 stored, 1 intact, 1 missing, 1 altered\n\
         2 checked, 2 intact, 0 missing, 0 altered\n\
         0 stored, 0 intact, 0 missing, 0 altered, 1 on the server but not here\n"
    );
    let expected = "retr: error: work: cur/\\x1bx: it is a symbolic link\n";
    assert_eq!(err, expected);
}

#[test]
fn what_was_probed_is_one_aligned_fact_a_line() {
    let facts = |probed| report(Options::default(), &[Event::Probed(Box::new(probed))]);
    let (out, err) = facts(probed());
    assert_eq!(
        out,
        "server          pop.example.org port 995\n\
         greeting        ready\\x1b\n\
         implementation  Example POP\n\
         encryption      TLS, the certificate is accepted\n\
         certificate     pop.example.org, issued by Example CA\n\
         valid           2026-01-01T00:00:00Z to 2027-01-01T00:00:00Z\n\
         names           pop.example.org 192.0.2.1\n\
         pin             sha256:07\n\
         before login    SASL PLAIN, UIDL\n\
         after login     UIDL\n\
         mechanisms      PLAIN\n\
         login           by PLAIN\n\
         unique ids      UIDL works: fetch takes what is new\n\
         headers         TOP is refused: list needs --no-headers, fetch has no --skip and --filter\n\
         pipelining      one command at a time\n\
         expiry          messages are deleted after 31 days (EXPIRE)\n\
         login delay     300 s between two logins (LOGIN-DELAY)\n\
         utf-8           UTF8 is not announced\n"
    );
    assert_eq!(err, "");
    let bare = Probed {
        host: "localhost".into(),
        port: 110,
        mechanism: Some("USER/PASS"),
        expire: Some("0".into()),
        utf8: true,
        ..Probed::default()
    };
    assert_eq!(
        facts(bare).0,
        "server          localhost port 110\n\
         greeting        (without a word)\n\
         encryption      none\n\
         before login    CAPA was not answered\n\
         mechanisms      none announced\n\
         login           would be tried by USER/PASS\n\
         unique ids      UIDL is not tried before the login\n\
         headers         TOP was not tried: that takes a login and a message\n\
         pipelining      known after the login only\n\
         expiry          whatever was retrieved may be deleted at once (EXPIRE 0)\n\
         login delay     none announced\n\
         utf-8           UTF8 is announced: it is asked for before the login\n"
    );
}

#[test]
fn a_refused_certificate_is_shown_with_the_reason_and_nothing_after_it() {
    let mut tls = probed().tls.expect("TLS");
    tls.refused = Some("certificate has expired\u{1b}".into());
    let probed =
        Probed { host: "pop.example.org".into(), port: 995, tls: Some(tls), ..Probed::default() };
    let (out, err) = report(Options::default(), &[Event::Probed(Box::new(probed))]);
    assert_eq!(
        out,
        "server          pop.example.org port 995\n\
         encryption      TLS, the certificate is refused: certificate has expired\\x1b\n\
         certificate     pop.example.org, issued by Example CA\n\
         valid           2026-01-01T00:00:00Z to 2027-01-01T00:00:00Z\n\
         names           pop.example.org 192.0.2.1\n\
         pin             sha256:07\n"
    );
    assert_eq!(err, "");
}
