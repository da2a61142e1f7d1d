//! What scripts see.

use proptest::prelude::*;

use super::*;
use crate::base::Cancel;
use crate::message;

#[test]
fn every_event_has_its_json_line() {
    let lines: Vec<String> = all_events().into_iter().map(json).collect();
    let head = |event| format!("{{\"v\":1,\"event\":\"{event}\",\"account\":\"work\",");
    let which = "\"number\":3,\"uid\":\"u3\"";
    let ab = "ab".repeat(32);
    let wang = "\"message_id\":\"<1@example.org>\",\"date\":\"2026-11-25T10:30:00+08:00\",\
        \"from\":[{\"name\":\"王小明\",\"address\":\"a@example.org\"}],\"to\":[],\"subject\":\"你好\"}";
    let expected = [
        head("session")
            + "\"host\":\"pop.example.org\",\"port\":995,\"tls\":true,\"greeting\":\"ready\",\
               \"capabilities\":[\"UIDL\"],\"listed\":352,\"new\":12}",
        head("message")
            + &format!("{which},\"size\":4096,\"sha256\":\"{ab}\",\"maildir\":\"/m/new/1\",{wang}"),
        head("message")
            + &format!(
                "{which},\"size\":4096,\"sha256\":\"{ab}\",\"mbox\":\"/m/box\",\"offset\":10,\"length\":20,{wang}"
            ),
        head("skipped") + which + ",\"size\":30000000,\"reason\":\"larger than --max-size\"}",
        head("planned")
            + which
            + ",\"size\":null,\"action\":\"fetch\",\"then_delete\":false,\"reason\":\"new\"}",
        head("deleted") + which + "}",
        head("failed") + which + ",\"error\":\"the server said \\\"gone\\\"\"}",
        head("failed") + which + ",\"error\":\"exit code 67\",\"disposition\":\"refused\"}",
        head("warning") + "\"code\":\"size-changed\",\"text\":\"message 3 changed its size\"}",
        head("listed")
            + which
            + ",\"size\":4096,\"new\":true,\"date\":\"2026-11-25T10:30:00+08:00\",\
               \"from\":[{\"name\":\"Alice\",\"address\":\"a@example.org\"}],\"subject\":\"Hello\"}",
        head("shown")
            + which
            + ",\"message_id\":\"<1@example.org>\",\"date\":\"2026-11-25T10:30:00+08:00\",\
               \"from\":[{\"name\":\"Alice\",\"address\":\"a@example.org\"}],\"to\":[],\
               \"subject\":\"Hello\",\"text\":\"Hi.\\n\",\"attachments\":[{\"name\":\"cat\\u202egnp.exe\",\
               \"content_type\":\"image/png\",\"size\":12345}]}",
        head("stat") + "\"messages\":3,\"octets\":4096}",
        head("probed")
            + "\"host\":\"pop.example.org\",\"port\":995,\"greeting\":\"ready\\u001b\",\
               \"implementation\":\"Example POP\",\"tls\":{\"refused\":null,\"pin\":\"sha256:07\",\
               \"subject\":\"pop.example.org\",\"issuer\":\"Example CA\",\
               \"not_before\":\"2026-01-01T00:00:00Z\",\"not_after\":\"2027-01-01T00:00:00Z\",\
               \"names\":[\"pop.example.org\",\"192.0.2.1\"]},\
               \"before_login\":[\"SASL PLAIN\",\"UIDL\"],\"after_login\":[\"UIDL\"],\
               \"mechanisms\":[\"PLAIN\"],\"mechanism\":\"PLAIN\",\"logged_in\":true,\"uidl\":true,\
               \"top\":false,\"pipelining\":false,\"expire\":\"31\",\"login_delay\":300,\
               \"utf8\":false}",
        head("error")
            + "\"code\":77,\"class\":\"auth\",\"text\":\"login as alice refused by pop.example.org: \
               the server said \\\"no\\\": deeper\",\"hint\":\"check the password\",\"retryable\":false}",
        head("summary")
            + "\"listed\":352,\"new\":12,\"stored\":12,\"skipped\":0,\"failed\":0,\"deleted\":0,\
               \"bytes\":3100000,\"elapsed_ms\":800,\"exit\":0}",
    ];
    for (line, expected) in lines.iter().zip(&expected) {
        assert_eq!(line, expected);
    }
    assert_eq!(lines.len(), expected.len());
}

#[test]
fn the_ledger_s_events_have_their_json_lines() {
    let options = with(Options::default(), |it| (it.json, it.verbose) = (true, 1));
    let (out, _) = report(options, &ledger_events());
    let ab = "ab".repeat(32);
    let known = "\"event\":\"known\",\"account\":\"work\",\"uid\":\"u3\",\"proof\":";
    let seen = "\"first_seen\":\"2023-11-14T22:13:20Z\",\"size\":4096";
    let lost = "\"file\":\"/m/new/1\",\"first_seen\":\"2023-11-14T22:13:20Z\"";
    let verified = "\"event\":\"verified\",\"account\":\"work\",\"uid\":\"u3\",\"verdict\":";
    let expected = [
        format!("{known}\"stored\",{seen},\"sha256\":\"{ab}\",\"file\":\"1\",\"maildir\":\"/m/new/1\",\"deleted\":false,\"gone_since\":null}}"),
        format!("{known}\"stored\",{seen},\"sha256\":\"{ab}\",\"mbox\":\"/m/box\",\"offset\":10,\"length\":20,\"deleted\":false,\"gone_since\":\"2023-11-14T22:14:20Z\"}}"),
        format!("{known}\"marked\",{seen},\"sha256\":null,\"deleted\":false,\"gone_since\":null}}"),
        format!("{known}\"imported\",{seen},\"sha256\":null,\"deleted\":false,\"gone_since\":null}}"),
        format!("{known}\"left\",{seen},\"sha256\":null,\"deleted\":false,\"gone_since\":null}}"),
        format!("{known}\"refused\",{seen},\"sha256\":null,\"id\":\"{}\",\"answer\":\"sh: exit code 67: no\\u001b such user\",\"next_try\":\"2023-11-14T22:23:20Z\",\"deleted\":false,\"gone_since\":null}}", "ab".repeat(16)),
        format!("{known}\"in-doubt\",{seen},\"sha256\":null,\"id\":\"{}\",\"deleted\":false,\"gone_since\":null}}", "cd".repeat(16)),
        "\"event\":\"forgotten\",\"account\":\"work\",\"uid\":\"u3\"}".into(),
        "\"event\":\"marked\",\"account\":\"work\",\"listed\":1,\"marked\":0}".into(),
        "\"event\":\"imported\",\"account\":\"work\",\"read\":9,\"imported\":8}".into(),
        "\"event\":\"moved\",\"account\":\"work\",\"to\":\"new\\u0007\",\"known\":3}".into(),
        "\"event\":\"repaired\",\"account\":\"work\",\"ledger\":\"/s/ledger\",\"kept\":9,\"lost\":1,\"forgotten\":2}".into(),
        "\"event\":\"repaired\",\"account\":\"work\",\"ledger\":\"/s/ledger\",\"kept\":9,\"lost\":0,\"forgotten\":0}".into(),
        format!("{verified}\"intact\",\"sha256\":\"{ab}\",\"maildir\":\"/m/new/1\"}}"),
        format!("{verified}\"altered\",\"sha256\":\"{ab}\",\"mbox\":\"/m/box\",\"offset\":10,\"length\":20,{lost},\"date\":\"2023-11-13T23:00:00+01:00\",\"subject\":\"Hi\\u001b\",\"on_server\":true}}"),
        format!("{verified}\"missing\",\"sha256\":\"{ab}\",{lost},\"date\":null,\"subject\":null,\"on_server\":true}}"),
        format!("{verified}\"not-here\",\"sha256\":null}}"),
        "\"event\":\"verification\",\"account\":\"work\",\"stored\":3,\"intact\":1,\"missing\":1,\"altered\":1,\"not_here\":null}".into(),
        "\"event\":\"verification\",\"account\":\"work\",\"stored\":2,\"intact\":2,\"missing\":0,\"altered\":0,\"not_here\":null}".into(),
        "\"event\":\"verification\",\"account\":\"work\",\"stored\":0,\"intact\":0,\"missing\":0,\"altered\":0,\"not_here\":1}".into(),
        format!("\"event\":\"exported\",\"account\":\"work\",\"uid\":\"u3\",\"size\":4096,\"sha256\":\"{ab}\",\"file\":null}}"),
        format!("\"event\":\"exported\",\"account\":\"work\",\"uid\":\"u3\",\"size\":4096,\"sha256\":\"{ab}\",\"file\":\"a.eml\"}}"),
        "\"event\":\"unrestored\",\"account\":\"work\",\"file\":\"cur/\\u001bx\",\"error\":\"it is a symbolic link\"}".into(),
    ];
    for (line, expected) in out.lines().zip(&expected) {
        assert_eq!(line, format!("{{\"v\":1,{expected}"));
    }
    assert_eq!(out.lines().count(), expected.len() + 1);
    // Unless asked, what is intact is only counted.
    let (out, _) = report(with(Options::default(), |it| it.json = true), &ledger_events());
    assert!(!out.contains("\"intact\",") && out.contains("\"intact\":1"));
}

#[test]
fn every_line_keeps_the_schema() {
    let schema: Value = serde_json::from_str(SCHEMA).expect("valid JSON");
    let options = with(Options::default(), |it| (it.json, it.verbose) = (true, 2));
    let mut events = all_events();
    events.extend(ledger_events());
    events.push(Event::Note("a note".into()));
    let (out, _) = report(options, &events);
    let (nothing, _) = report(options, &[]);
    let lines: Vec<Value> = (out + &nothing)
        .lines()
        .map(|line| serde_json::from_str(line).expect("valid JSON"))
        .collect();
    assert_eq!(lines.len(), all_events().len() + ledger_events().len() + 1);
    for line in &lines {
        checker::check(&schema, &schema, line).expect("a line of the schema");
    }
    // The checker does find fault.
    for (key, value) in [
        ("v", Value::from(2)),
        ("exit", Value::from("0")),
        ("more", Value::Null),
        ("event", Value::from("session")),
    ] {
        let mut line = lines[lines.len() - 1].clone();
        line[key] = value;
        assert!(checker::check(&schema, &schema, &line).is_err(), "{key}");
    }
}

#[test]
fn hostile_text_is_escaped_in_json_and_still_means_the_same() {
    let hostile = "\u{1b}]0;x\u{7} \u{9b}1m\u{7f} \u{202e}\u{2066}\u{2028} \u{200b}\u{200d}\u{feff}\u{e0041} 你\u{1f600}";
    let line = json(warning(WarningCode::Clock, hostile));
    assert_eq!(
        line,
        "{\"v\":1,\"event\":\"warning\",\"account\":\"work\",\"code\":\"clock\",\"text\":\
         \"\\u001b]0;x\\u0007 \\u009b1m\\u007f \\u202e\\u2066\\u2028 \\u200b\\u200d\\ufeff\\udb40\\udc41 你\u{1f600}\"}"
    );
    let value: Value = serde_json::from_str(&line).expect("valid JSON");
    assert_eq!(value["text"], hostile);
}

#[test]
fn names_that_are_no_utf_8_make_valid_json() {
    use std::os::unix::ffi::OsStringExt;
    let path = std::ffi::OsString::from_vec(b"/m/\xff".to_vec());
    let at = store::locate(&receipt(&Target::maildir(path), &["new/1"]));
    let line = json(message(at));
    assert!(line.contains("\"maildir\":\"/m/\u{fffd}/new/1\""), "{line}");
    let line = json(deleted(uid(b"\xff%")));
    assert!(line.contains("\"uid\":\"%FF%25\""), "{line}");
}

#[test]
fn an_error_told_after_the_summary_comes_before_it() {
    let out = Stream::default();
    let options = with(Options::default(), |it| it.json = true);
    let report = Report::new(options, Box::new(out.clone()), Box::new(io::sink()));
    let account = report.account("work");
    account.notice(&Event::Summary(summary()));
    report.failure(Some("work"), &failure());
    drop(account);
    report.finish();
    let events: Vec<Value> = out
        .text()
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).expect("JSON")["event"].clone())
        .collect();
    assert_eq!(events, ["error", "summary"]);
}

#[test]
fn json_ends_with_a_summary_even_when_no_account_was_reached() {
    let out = Stream::default();
    let options = with(Options::default(), |it| it.json = true);
    let report = Report::new(options, Box::new(out.clone()), Box::new(io::sink()));
    report.failure(None, &Failure::new(Class::Config, "no such account"));
    report.finish();
    let expected = Some("{\"v\":1,\"event\":\"summary\",\"account\":null,\"exit\":78}");
    assert_eq!(out.text().lines().last(), expected);
    // One write a line.
    assert_eq!(lock(&out.0).1, 2);
}

#[test]
fn threads_write_whole_lines() {
    let out = Stream::default();
    let options = with(Options::default(), |it| it.json = true);
    let report = Report::new(options, Box::new(out.clone()), Box::new(io::sink()));
    std::thread::scope(|scope| {
        for name in ["a", "b", "c"] {
            let report = &report;
            scope.spawn(move || {
                let account = report.account(name);
                for _ in 0..200 {
                    account.notice(&maildir());
                }
            });
        }
    });
    report.finish();
    let text = out.text();
    assert_eq!(text.lines().count(), 601);
    assert!(text.lines().all(|line| serde_json::from_str::<Value>(line).is_ok()));
}

proptest! {
    #[test]
    fn any_mail_makes_one_valid_line(mail in prop::collection::vec(any::<u8>(), 0..300)) {
        let mut mail = mail;
        mail.splice(0..0, b"Subject: =?koi8-r?B?8NLJ18XU?= \xff\nFrom: ".iter().copied());
        let read = message::readable(&mail, &Cancel::new()).expect("not cancelled");
        let line = json(Event::Shown(Box::new(Shown {
            number: number(1),
            uid: Uid::new(&mail[mail.len() / 2..]).expect("not empty"),
            headers: read.headers,
            text: read.text,
            cut_after: None,
            attachments: read.attachments,
        })));
        prop_assert!(!line.contains(char::is_control), "{line:?}");
        let value: Value = serde_json::from_str(&line).expect("JSON");
        prop_assert_eq!(&value["event"], "shown");
    }
}
