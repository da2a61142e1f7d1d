//! Sessions as people once typed them into telnet, played by the servers of
//! their time: the five commands, each in a connection of its own.

use crate::support::env::{Program, Sandbox};
use crate::support::output::Output;
use crate::support::scripted::Scripted;
use crate::support::store::Kind;

/// Who asks, and how.
struct Visitor {
    user: &'static str,
    password: &'static str,
    auth: &'static str,
}

const ALICE: Visitor = Visitor {
    user: "alice",
    password: "sesame",
    auth: "auto",
};

/// What a server's five sessions must come to.
struct Expected {
    /// How each message ends as it is stored; nothing of it is decoded there.
    endings: &'static [&'static [u8]],
    /// What `list` prints: number, size, date, who, what.
    list: &'static str,
    /// What `show 1` prints: a head, an empty line, the text, an empty line.
    show: [&'static str; 2],
    /// Messages and octets.
    stat: (u64, u64),
}

/// A user with a server.
struct Desk {
    server: Scripted,
    sandbox: Sandbox,
    visitor: Visitor,
}

impl Desk {
    fn new(server: Scripted, visitor: Visitor) -> Self {
        let sandbox = Sandbox::new();
        sandbox.secret_file("password", visitor.password);
        Self {
            server,
            sandbox,
            visitor,
        }
    }

    fn retr(&self, command: &str) -> Program {
        let Visitor { user, auth, .. } = self.visitor;
        let url = format!("pop3://{user}@127.0.0.1:{}", self.server.port());
        self.sandbox
            .retr([command, &url, "--tls", "none", "--auth", auth])
            .args(["--password-file".into(), self.sandbox.path("password")])
    }

    fn stored(&self) -> Vec<Vec<u8>> {
        Kind::Maildir.read(&self.sandbox.path("Mail"))
    }
}

/// Plays a server for `fetch`, `list`, `show 1`, `delete 1` and `stat`.
fn plays(name: &str, visitor: Visitor, expected: &Expected) {
    let desk = Desk::new(Scripted::play(name), visitor);
    let maildir = desk.sandbox.path("Mail");
    let fetched = desk
        .retr("fetch")
        .args(["--maildir".into(), maildir])
        .run_to(0);
    assert_silent(&fetched);
    let stored = desk.stored();
    assert_eq!(stored.len(), expected.endings.len());
    for ending in expected.endings {
        let fits = stored.iter().filter(|m| m.ends_with(ending)).count();
        assert_eq!(fits, 1, "{:?}", String::from_utf8_lossy(ending));
    }

    let listed = desk.retr("list").run_to(0).to_string();
    assert_eq!(listed, expected.list);
    let shown = desk.retr("show").args(["1"]).run_to(0).to_string();
    let [head, text] = expected.show;
    assert_eq!(shown, format!("{head}\n{text}\n"));
    assert_silent(&desk.retr("delete").args(["1"]).run_to(0));
    let (messages, octets) = expected.stat;
    let plural = if messages == 1 { "" } else { "s" };
    assert_eq!(
        desk.retr("stat").run_to(0).to_string(),
        format!("{messages} message{plural}, {octets} octets\n")
    );
}

/// As under cron.
fn assert_silent(output: &Output) {
    assert_eq!(output.to_string(), "");
}

#[test]
fn ksemail() {
    let expected = Expected {
        endings: &[
            b"Subject: test mail\n\nHi, test2\nThis is a test mail, you don't reply it.\n\n",
            b"\n\n\xb8\xf7\xce\xbb\xcd\xac\xca\xc2\xa3\xac\n\
              \xc3\xf7\xcc\xec\xc9\xcf\xce\xe7\xbe\xc5\xb5\xe3\xd4\xda\xc8\xfd\xc2\xa5\
              \xbf\xaa\xbb\xe1\xa1\xa3\n\n",
        ],
        list: "\
\x20   1   537 B   2004-10-25 14:24 test1@test.com         test mail\n\
\x20   2  5.9 kB   2004-10-26 09:00 张三                   会议通知：明天上午九点\n",
        show: [
            "\
Message 1 (unique id 1102214133.1)\n\
From: test1@test.com\n\
To: test2@test.com\n\
Date: 2004-10-25T14:24:27+08:00\n\
Subject: test mail\n",
            "Hi, test2\nThis is a test mail, you don't reply it.\n\n",
        ],
        stat: (2, 6415),
    };
    plays("ksemail", ALICE, &expected);
}

#[test]
fn coremail() {
    let expected = Expected {
        endings: &[
            b"\n\nHi, just a test.\n",
            b"base64\n\nxOO6w6O6DQq4vbz+yse/zrPMse2jrMfrsunK1aGjDQo=\n",
        ],
        list: "\
\x20   1   537 B   2004-10-25 14:24                        test mail\n\
\x20   2  5.9 kB   2008-06-13 20:00 王老师                 Java课程表\n",
        show: [
            "\
Message 1 (unique id 1tbiXAaGmkTz0nJ1AAsB)\n\
To: test2@test.com\n\
Date: 2004-10-25T14:24:27+08:00\n\
Subject: test mail\n",
            "Hi, just a test.\n",
        ],
        stat: (2, 6415),
    };
    plays("coremail", ALICE, &expected);
}

// Q52.
#[test]
fn uw_ipop3d() {
    // Its LOGIN-DELAY does not keep a person from the next command.
    let expected = Expected {
        endings: &[b"/9j/4AAQSkZJRg==\n------=_Part_145072_15032728.1247495976373--\n\n"],
        list: "\
\x20   1 15.4 kB   2009-07-13 22:39 小明                   照片\n",
        show: [
            "\
Message 1 (unique id 49e6d01b0000000a)\n\
From: 小明 <someboy@163.com>\n\
To: u1@mail.rhel.com\n\
Date: 2009-07-13T22:39:36+08:00\n\
Subject: 照片\n",
            "照片在附件里。\n[attachment: 海边.jpg, image/jpeg, 10 B]\n",
        ],
        stat: (1, 15431),
    };
    plays("uw-ipop3d", ALICE, &expected);
}

#[test]
fn the_sample_of_rfc_1939() {
    let expected = Expected {
        endings: &[b"\n\nThe first of two.\n.\n..\n.x\n", b"Subject: two\n\n\n"],
        list: "\
\x20   1   120 B                    mrose@dbc.mtview.ca.us one\n\
\x20   2   200 B                    MonstrVB               two\n",
        show: [
            "\
Message 1 (unique id whqtswO00WBw418f9t5JxYwZ)\n\
From: mrose@dbc.mtview.ca.us\n\
Subject: one\n",
            "The first of two.\n.\n..\n.x\n",
        ],
        stat: (2, 320),
    };
    let mrose = Visitor {
        user: "mrose",
        password: "tanstaaf",
        auth: "apop",
    };
    plays("rfc1939", mrose, &expected);
}

#[test]
fn dovecot_of_2009() {
    let expected = Expected {
        endings: &[b"\n\n-- \nZin'kov Oleg\nSystem administrator\n"],
        list: "\
\x20   1  1.1 kB   2009-12-28 02:30 Олег Зиньков           TestMail\n",
        show: [
            "\
Message 1 (unique id 000000014b37fc15)\n\
From: Олег Зиньков <muff@example.com>\n\
To: muff@domain.com\n\
Date: 2009-12-28T02:30:13+02:00\n\
Subject: TestMail\n",
            "-- \nZin'kov Oleg\nSystem administrator\n",
        ],
        stat: (1, 1070),
    };
    let by_user = Visitor {
        auth: "user",
        ..ALICE
    };
    plays("dovecot-2009", by_user, &expected);
}

#[test]
fn musemail() {
    let expected = Expected {
        endings: &[b"=D3=EB=CF=B5=CD=B3=B9=DC=C0=ED=D4=B1=C1=AA=CF=B5=A1=A3\n\n"],
        list: "\
\x20   1   999 B   2004-08-19 15:47 系统管理员             恭喜您成为本邮件系统的新用户!\n",
        show: [
            "\
Message 1 (unique id 44D3F2C0.000)\n\
From: 系统管理员\n\
To: Mail Users\n\
Date: 2004-08-19T15:47:10+08:00\n\
Subject: 恭喜您成为本邮件系统的新用户!\n",
            "恭喜!\n您好，恭喜您成为musemail.com的邮箱用户。您的邮箱全名是：admin@musemail.com\n\
               请牢记您的用户名和密码，如果有任何问题，您可以通过admin@system.default与系统管理员联系。\n\n",
        ],
        stat: (1, 999),
    };
    plays("musemail", ALICE, &expected);
}

/// The refusals that the documents show.
#[test]
fn wrong_passwords_are_refused_in_many_words() {
    for refusal in ["authorization failed", "Invalid auth or access denied"] {
        let server = Scripted::play_text(&format!(
            "S: +OK\nC: CAPA\nS: -ERR\nC: USER alice\nS: +OK\nC: PASS sesame\nS: -ERR {refusal}\n"
        ));
        let told = Desk::new(server, ALICE)
            .retr("stat")
            .run_to(77)
            .stderr_text();
        let error = format!("login by USER/PASS was refused: \"{refusal}\"\n");
        assert!(told.contains(&error), "{told}");
    }
}

/// The one message of which UIDL was asked by number, and the one that is not
/// there: `3` of two.
#[test]
fn messages_are_named_by_number_range_id_or_last() {
    let server = Scripted::play_text(
        "S: +OK\nC: CAPA\nS: -ERR\nC: USER alice\nS: +OK\nC: PASS sesame\nS: +OK\nC: UIDL\nS: +OK\n\
         S: 1 whqtswO00WBw418f9t5JxYwZ\nS: 2 QhdPYR:00WBw1Ph7x7\nS: .\n\
         C: TOP 2 11\nS: +OK\nS: Subject: x\nS:\nS: text\nS: .\nC: QUIT\nS: +OK\n---\n\
         S: +OK\nC: CAPA\nS: -ERR\nC: USER alice\nS: +OK\nC: PASS sesame\nS: +OK\nC: UIDL\nS: +OK\n\
         S: 1 whqtswO00WBw418f9t5JxYwZ\nS: 2 QhdPYR:00WBw1Ph7x7\nS: .\nC-close\n",
    );
    let desk = Desk::new(server, ALICE);
    let id = "uid:QhdPYR:00WBw1Ph7x7";
    let told = desk.retr("show").args([id, "--lines", "10"]).run_to(0);
    assert_eq!(
        told.to_string(),
        "Message 2 (unique id QhdPYR:00WBw1Ph7x7)\nSubject: x\n\ntext\n\n"
    );
    let told = desk.retr("show").args(["1", "3", "--raw"]).run_to(76);
    assert_eq!(told.stdout, b"");
    let told = told.stderr_text();
    assert!(
        told.contains("there is no message 3; 2 are listed\n"),
        "{told}"
    );
}
