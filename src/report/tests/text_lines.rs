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
    let options = Options {
        color: true,
        quiet: true,
        ..Options::default()
    };
    let (_, err) = report(options, &[Event::Error(failure())]);
    assert!(err.starts_with("retr: \u{1b}[31merror:\u{1b}[0m work: login"));
    assert!(err.ends_with("\u{1b}[36mhint:\u{1b}[0m check the password\n"));
}

#[test]
fn without_verbose_only_warnings_and_failures_are_told() {
    let (out, err) = report(Options::default(), &all_events()[..8]);
    assert_eq!(out, "    3       ? fetch  u3 (new)\n");
    assert_eq!(
        err,
        "retr: error: work: message 3 (unique id u3): the server said \"gone\"\n\
         retr: warning: work: message 3 changed its size\n"
    );
    let quiet = Options {
        quiet: true,
        verbose: 2,
        progress: Some(80),
        ..Options::default()
    };
    let warning = all_events().remove(7);
    let (_, err) = report(quiet, &[warning, maildir(), Event::Summary(summary())]);
    assert_eq!(err, "");
}

#[test]
fn steps_are_told_when_verbose() {
    let events = all_events();
    for (event, line) in [
        (
            events[0].clone(),
            "work: pop.example.org port 995, encrypted: 352 on the server, 12 new\n",
        ),
        (
            events[1].clone(),
            "work: message 3 stored, 4.1 kB, in /m/new/1: 你好\n",
        ),
        (
            events[2].clone(),
            "work: message 3 stored, 4.1 kB, in /m/box at 10: 你好\n",
        ),
        (events[5].clone(), "work: message 3 deleted on the server\n"),
        (Event::Note("waiting\u{9b}".into()), "work: waiting\\x9b\n"),
    ] {
        assert_eq!(verbose(event), line);
    }
    let line = Event::Dialogue(Dialogue {
        sent: true,
        line: "UIDL".into(),
    });
    assert_eq!(verbose(line.clone()), "");
    let very = Options {
        verbose: 2,
        ..Options::default()
    };
    assert_eq!(report(very, &[line]).1, "work: C: UIDL\n");
}

#[test]
fn what_is_left_out_is_counted_by_reason_and_told_one_by_one_at_vv() {
    let skipped = all_events().remove(3);
    let Event::Skipped(other) = skipped.clone() else {
        panic!("{skipped:?}");
    };
    let other = Event::Skipped(Skipped {
        reason: "--max-messages reached",
        ..other
    });
    let events = [skipped.clone(), other, skipped];
    let at = |verbose| Options {
        verbose,
        ..Options::default()
    };
    assert_eq!(report(at(0), &events).1, "");
    assert_eq!(
        report(at(1), &events).1,
        "work: 1 message left out: --max-messages reached\n\
         work: 2 messages left out: larger than --max-size\n"
    );
    let very = report(at(2), &events).1;
    assert_eq!(very.lines().count(), 3);
    assert!(very.starts_with("work: message 3 left out, 30.0 MB: larger than --max-size\n"));
}

#[test]
fn the_closing_line_counts() {
    let options = Options {
        progress: Some(80),
        ..Options::default()
    };
    let session = Event::Session(SessionFacts::default());
    let fetched = [session.clone(), Event::Summary(summary())];
    assert_eq!(
        report(options, &fetched).1,
        "work: 12 new, 352 kept, 3.1 MB in 0.8 s\n"
    );
    // Other commands, and a fetch that came to no listing, have none.
    assert_eq!(report(options, &fetched[1..]).1, "");
    let deletion = |n| {
        Event::Deleted(Deletion {
            number: number(n),
            uid: uid(b"x"),
        })
    };
    let summary = Summary {
        deleted: 2,
        skipped: 1,
        failed: 1,
        ..summary()
    };
    let events = [
        session,
        maildir(),
        deletion(3),
        deletion(4),
        Event::Summary(summary),
    ];
    let (_, err) = report(options, &events);
    assert_eq!(
        err,
        "work: 12 new, 350 kept, 2 deleted, 1 left out, 1 failed, 3.1 MB in 0.8 s\n"
    );
}

#[test]
fn stat_and_shown_messages_go_to_standard_output() {
    let stat = |messages, octets| Event::Stat { messages, octets };
    let (out, err) = report(
        Options::default(),
        &[stat(3, Some(4096)), stat(1, Some(1)), stat(2, None)],
    );
    assert_eq!(
        out,
        "3 messages, 4096 octets\n1 message, 1 octet\n2 messages, octets unknown\n"
    );
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
    let options = Options {
        columns: Some(60),
        ..Options::default()
    };
    let row = |name, subject| report(options, &[listed(name, subject)]).0;
    assert_eq!(
        row("Alice", "Hello"),
        "    3  4.1 kB N 2026-11-25 Alice          Hello\n"
    );
    assert_eq!(
        row("王小明和他的朋友们", "关于明天会议的一些想法和建议"),
        "    3  4.1 kB N 2026-11-25 王小明和他的…  关于明天会议的一…\n"
    );
    assert_eq!(
        row("Пётр Ильич Чайковский", "Приглашение на концерт"),
        "    3  4.1 kB N 2026-11-25 Пётр Ильич Ча… Приглашение на ко…\n"
    );
    for subject in [
        "关于明天会议的一些想法和建议",
        "Приглашение на концерт",
        "\u{202e}\u{9b}",
    ] {
        assert!(row("x", subject).trim_end().width() <= 60);
    }
    let wide = report(Options::default(), &[listed("Alice", "Hello")]).0;
    assert_eq!(
        wide,
        "    3  4.1 kB N 2026-11-25 10:30 Alice                  Hello\n"
    );
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
         forgotten: u3\n\
         1 message on the server is marked as seen, 0 of them new until now\n\
         9 unique ids are known as seen, 8 of them new until now\n\
         /s/ledger: 9 lines kept, 1 lost; the damaged file is beside it\n\
         /s/ledger: all of its 9 lines are whole\n\
         altered  u3  /m/box at 10\n\
         missing  u3\n\
         not-here u3\n\
         3 stored, 1 intact, 1 missing, 1 altered\n\
         0 stored, 0 intact, 0 missing, 0 altered, 1 on the server but not here\n"
    );
    assert_eq!(err, "");
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
         headers         TOP is refused: list needs --no-headers\n\
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
    let probed = Probed {
        host: "pop.example.org".into(),
        port: 995,
        tls: Some(tls),
        ..Probed::default()
    };
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
