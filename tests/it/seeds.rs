//! Sessions as people once typed them into telnet, played by the servers of
//! their time: the five commands, each in a connection of its own.

use retr::base::{Event, Secret};
use retr::run::View;
use retr::session::Auth;

use crate::support::direct::Direct;
use crate::support::scripted::Scripted;

/// What a server's five sessions must come to.
struct Expected {
    /// How each message ends as it is stored; nothing of it is decoded there.
    endings: &'static [&'static [u8]],
    /// Rows of `list`.
    rows: &'static [&'static str],
    /// What `show 1` has to show.
    text: &'static str,
    /// Messages and octets.
    stat: (u64, u64),
}

/// Plays a server for `fetch`, `list`, `show 1`, `delete 1` and `stat`.
fn plays(name: &str, set_up: fn(&mut Direct), expected: &Expected) -> Direct {
    let server = Scripted::play(name);
    let mut direct = Direct::to(server.port());
    set_up(&mut direct);

    let told = direct.fetch().well();
    let count = expected.endings.len();
    assert_eq!(told.outcome.summary.stored, count as u64);
    let stored = direct.stored();
    assert_eq!(stored.len(), count);
    for ending in expected.endings {
        let fits = stored.iter().filter(|m| m.ends_with(ending)).count();
        assert_eq!(fits, 1, "{:?}", String::from_utf8_lossy(ending));
    }

    assert_eq!(direct.list(true).well().rows(), expected.rows);
    let told = direct.show(&["1"], View::Readable).well();
    assert_eq!(told.texts(), [expected.text]);
    assert_eq!(direct.delete(&["1"]).well().outcome.summary.deleted, 1);
    let (messages, octets) = expected.stat;
    let told = direct.stat().well();
    assert_eq!(told.events, [Event::Stat { messages, octets }]);
    direct
}

fn as_usual(_: &mut Direct) {}

#[test]
fn ksemail() {
    let expected = Expected {
        endings: &[
            b"Subject: test mail\n\nHi, test2\nThis is a test mail, you don't reply it.\n\n",
            b"\n\n\xb8\xf7\xce\xbb\xcd\xac\xca\xc2\xa3\xac\n\
              \xc3\xf7\xcc\xec\xc9\xcf\xce\xe7\xbe\xc5\xb5\xe3\xd4\xda\xc8\xfd\xc2\xa5\
              \xbf\xaa\xbb\xe1\xa1\xa3\n\n",
        ],
        rows: &[
            "1 537 test1@test.com: test mail",
            "2 5878 张三: 会议通知：明天上午九点",
        ],
        text: "Hi, test2\nThis is a test mail, you don't reply it.\n\n",
        stat: (2, 6415),
    };
    plays("ksemail", as_usual, &expected);
}

#[test]
fn coremail() {
    let expected = Expected {
        endings: &[
            b"\n\nHi, just a test.\n",
            b"base64\n\nxOO6w6O6DQq4vbz+yse/zrPMse2jrMfrsunK1aGjDQo=\n",
        ],
        rows: &["1 537 : test mail", "2 5878 王老师: Java课程表"],
        text: "Hi, just a test.\n",
        stat: (2, 6415),
    };
    plays("coremail", as_usual, &expected);
}

#[test]
fn uw_ipop3d() {
    // Its LOGIN-DELAY does not keep a person from the next command.
    let expected = Expected {
        endings: &[b"/9j/4AAQSkZJRg==\n------=_Part_145072_15032728.1247495976373--\n\n"],
        rows: &["1 15431 小明: 照片"],
        text: "照片在附件里。\n",
        stat: (1, 15431),
    };
    plays("uw-ipop3d", as_usual, &expected);
}

#[test]
fn the_sample_of_rfc_1939() {
    let expected = Expected {
        endings: &[b"\n\nThe first of two.\n.\n..\n.x\n", b"Subject: two\n\n\n"],
        rows: &["1 120 mrose@dbc.mtview.ca.us: one", "2 200 MonstrVB: two"],
        text: "The first of two.\n.\n..\n.x\n",
        stat: (2, 320),
    };
    let as_mrose = |direct: &mut Direct| {
        direct.account.access.auth = Auth::Apop;
        direct.account.access.user = "mrose".to_owned();
        direct.account.access.secret = Some(Secret::new(b"tanstaaf".to_vec()));
    };
    plays("rfc1939", as_mrose, &expected);
}

#[test]
fn dovecot_of_2009() {
    let expected = Expected {
        endings: &[b"\n\n-- \nZin'kov Oleg\nSystem administrator\n"],
        rows: &["1 1070 Олег Зиньков: TestMail"],
        text: "-- \nZin'kov Oleg\nSystem administrator\n",
        stat: (1, 1070),
    };
    let by_user = |direct: &mut Direct| direct.account.access.auth = Auth::User;
    plays("dovecot-2009", by_user, &expected);
}

#[test]
fn musemail() {
    let expected = Expected {
        endings: &[b"=D3=EB=CF=B5=CD=B3=B9=DC=C0=ED=D4=B1=C1=AA=CF=B5=A1=A3\n\n"],
        rows: &["1 999 系统管理员: 恭喜您成为本邮件系统的新用户!"],
        text: "恭喜!\n您好，恭喜您成为musemail.com的邮箱用户。您的邮箱全名是：admin@musemail.com\n\
               请牢记您的用户名和密码，如果有任何问题，您可以通过admin@system.default与系统管理员联系。\n\n",
        stat: (1, 999),
    };
    plays("musemail", as_usual, &expected);
}

/// The refusals that the documents show.
#[test]
fn wrong_passwords_are_refused_in_many_words() {
    for refusal in ["authorization failed", "Invalid auth or access denied"] {
        let server = Scripted::play_text(&format!(
            "S: +OK\nC: CAPA\nS: -ERR\nC: USER alice\nS: +OK\nC: PASS sesame\nS: -ERR {refusal}\n"
        ));
        let told = Direct::to(server.port()).stat().ends(77);
        assert!(told.error().contains(refusal), "{}", told.error());
    }
}

/// The one message of which UIDL was asked by number, and the one that is not
/// there: `3` of two.
#[test]
fn messages_are_named_by_number_range_id_or_last() {
    let server = Scripted::play_text(
        "S: +OK\nC: CAPA\nS: -ERR\nC: USER alice\nS: +OK\nC: PASS sesame\nS: +OK\nC: UIDL\nS: +OK\n\
         S: 1 whqtswO00WBw418f9t5JxYwZ\nS: 2 QhdPYR:00WBw1Ph7x7\nS: .\n\
         C: TOP 2 10\nS: +OK\nS: Subject: x\nS:\nS: text\nS: .\nC: QUIT\nS: +OK\n---\n\
         S: +OK\nC: CAPA\nS: -ERR\nC: USER alice\nS: +OK\nC: PASS sesame\nS: +OK\nC: UIDL\nS: +OK\n\
         S: 1 whqtswO00WBw418f9t5JxYwZ\nS: 2 QhdPYR:00WBw1Ph7x7\nS: .\nC-close\n",
    );
    let direct = Direct::to(server.port());
    let told = direct
        .show(&["uid:QhdPYR:00WBw1Ph7x7"], View::Lines(10))
        .well();
    assert_eq!(told.texts(), ["text\n"]);
    let told = direct.show(&["1", "3"], View::Raw).ends(76);
    assert_eq!(told.error(), "there is no message 3; 2 are listed");
    assert!(told.written.is_empty());
}
