//! The model server itself, by raw dialogues: a test is worth what its server
//! is worth. What it serves when nothing is wrong is tested in `src/demo`.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};

use crate::support::mail::{Mail, small};
use crate::support::model::certs::{self, Identity};
use crate::support::model::{Act, Faults, Gate, Model, Setup, Tls};

fn connect(model: &Model) -> TcpStream {
    TcpStream::connect(("127.0.0.1", model.port())).expect("connect")
}

/// Says everything at once, and hears everything until the end.
fn talk(model: &Model, say: &str) -> String {
    let mut stream = connect(model);
    let _ = stream.write_all(say.as_bytes());
    let _ = stream.shutdown(Shutdown::Write);
    let mut heard = Vec::new();
    let _ = stream.read_to_end(&mut heard);
    String::from_utf8_lossy(&heard).replace("\r\n", "\n")
}

const LOGIN: &str = "USER alice\r\nPASS correct horse\r\n";

fn logged_in(rest: &str) -> String {
    format!("{LOGIN}{rest}")
}

const LOGGED_IN: &str = "+OK model ready <1.2@model.invalid>\n+OK\n+OK\n";

fn two() -> Vec<Mail> {
    vec![
        Mail::new("A: 1\r\n\r\n.\r\n..x\r\n"),
        Mail::new("A: 2\r\n\r\none\r\ntwo\r\n"),
    ]
}

#[test]
fn passwords_and_digests_are_checked() {
    let model = Model::start(Setup {
        mechanisms: &["PLAIN", "CRAM-MD5"],
        ..Setup::default()
    });
    assert!(
        talk(&model, "USER alice\r\nPASS correct\r\n")
            .ends_with("-ERR [AUTH] wrong user or password\n")
    );
    assert!(talk(&model, "AUTH PLAIN AGFsaWNlAGNvcnJlY3QgaG9yc2U=\r\n").ends_with("+OK\n"));
    assert!(talk(&model, "AUTH PLAIN\r\nAGFsaWNlAGNvcnJlY3QgaG9yc2U=\r\n").ends_with("+ \n+OK\n"));
    assert!(
        talk(&model, "AUTH PLAIN AGFsaWNlAHg=\r\n")
            .ends_with("-ERR [AUTH] wrong user or password\n")
    );
    assert!(
        talk(&model, "AUTH CRAM-MD5\r\n*\r\n").ends_with("-ERR [AUTH] wrong user or password\n")
    );
    assert!(talk(&model, "AUTH SCRAM-SHA-1\r\n").ends_with("-ERR unknown mechanism\n"));
    // md5("<1.2@model.invalid>correct horse"), by md5sum.
    let apop = "APOP alice d56277aabcdfdcc58c352c1f5ee593a7\r\n";
    assert!(talk(&model, apop).ends_with("+OK\n"));
}

#[test]
fn capabilities_are_what_works() {
    let model = Model::start(Setup {
        uidl: false,
        pipelining: false,
        capabilities: &["EXPIRE 0"],
        ..Setup::default()
    });
    let heard = talk(&model, "CAPA\r\n");
    assert!(
        heard.ends_with("+OK\nTOP\nRESP-CODES\nAUTH-RESP-CODE\nEXPIRE 0\nUSER\nSASL PLAIN\n.\n"),
        "{heard}"
    );
    assert!(
        Model::start(Setup {
            capa: false,
            ..Setup::default()
        })
        .stop()
            == 0
    );
}

#[test]
#[should_panic(expected = "outstanding commands at `CAPA`")]
fn a_second_command_is_noticed_where_pipelining_was_not_announced() {
    let model = Model::start(Setup {
        pipelining: false,
        ..Setup::default()
    });
    talk(&model, "CAPA\r\nQUIT\r\n");
}

#[test]
#[should_panic(expected = "unexpected: LAST")]
fn a_command_that_there_is_not_is_noticed() {
    talk(&Model::start(Setup::default()), "LAST\r\n");
}

#[test]
fn outstanding_commands_and_sessions_are_counted() {
    let model = Model::start(Setup::default());
    talk(&model, "CAPA\r\nCAPA\r\nCAPA\r\nQUIT\r\n");
    talk(&model, "QUIT\r\n");
    assert_eq!(model.most_outstanding(), 4);
    assert_eq!(model.behind_messages(), [""; 0]);
    assert_eq!(model.session_count(), 2);
    assert_eq!(model.count("CAPA"), 3);
    let log = model.log();
    assert_eq!(log[4].session, 2);
    assert_eq!(
        log[4].sent_before,
        "+OK model ready <1.2@model.invalid>\r\n".len() as u64
    );
    assert!(!log[4].encrypted);
    assert_eq!(model.stop(), 2);
}

#[test]
fn a_cut_comes_after_the_octet_it_is_set_to() {
    let greeting = LOGGED_IN.lines().next().expect("a line").len() as u64 + 2;
    for at in [0, 1, greeting, greeting + 4, greeting + 8] {
        let model = Model::with(&two());
        model.set_faults(Faults {
            cut_at: Some(at),
            ..Faults::default()
        });
        let mut stream = connect(&model);
        stream.write_all(LOGIN.as_bytes()).expect("send");
        let mut heard = Vec::new();
        stream.read_to_end(&mut heard).expect("a clean end");
        assert_eq!(heard.len() as u64, at);
    }
}

#[test]
fn a_reset_is_an_error_to_the_client() {
    let model = Model::with(&two());
    model.set_faults(Faults {
        reset_at: Some(5),
        ..Faults::default()
    });
    let mut heard = Vec::new();
    let error = connect(&model).read_to_end(&mut heard).expect_err("reset");
    assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
    model.set_faults(Faults::default());
    model.on_command(|_| Act::Reset);
    let mut stream = connect(&model);
    stream.write_all(b"CAPA\r\n").expect("send");
    let error = stream.read_to_end(&mut heard).expect_err("reset");
    assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
}

#[test]
fn a_gate_holds_the_server_until_it_opens() {
    let model = Model::with(&two());
    let gate = Gate::new();
    model.set_faults(Faults {
        stall_at: Some((3, gate.clone())),
        dribble: true,
        ..Faults::default()
    });
    let mut stream = connect(&model);
    gate.wait_until_reached();
    let mut heard = [0; 10];
    let mut count = 0;
    while count < 3 {
        count += stream.read(&mut heard[count..]).expect("octets");
    }
    assert_eq!(&heard[..count], b"+OK");
    gate.open();
    assert!(stream.read(&mut heard).expect("more") > 0);
}

#[test]
fn a_hook_takes_a_command_over() {
    let model = Model::with(&two());
    model.on_command(|line| match line.text.as_str() {
        "RETR 1" => Act::say("-ERR gone"),
        "NOOP" => Act::ServeAs("TOP 2 0".to_owned()),
        "QUIT" => Act::ServeUnanswered,
        _ => Act::Serve,
    });
    let heard = talk(&model, &logged_in("RETR 1\r\nNOOP\r\nDELE 2\r\nQUIT\r\n"));
    assert_eq!(model.behind_messages(), ["RETR 1"]);
    let expected = "-ERR gone\n+OK\nA: 2\n\n.\n+OK\n";
    assert_eq!(heard, format!("{LOGGED_IN}{expected}"));
    assert_eq!(model.sent(), heard.replace('\n', "\r\n").len() as u64);
    assert_eq!(model.maildrop().len(), 1);
    model.behave();
    assert!(talk(&model, &logged_in("RETR 1\r\n")).ends_with("A: 1\n\n..\n...x\n.\n"));
}

#[test]
fn tls_starts_at_once_or_by_stls() {
    let root = std::fs::read(certs::ca()).expect("the root");
    let root = native_tls::Certificate::from_pem(&root).expect("PEM");
    let connector = native_tls::TlsConnector::builder()
        .add_root_certificate(root)
        .build()
        .expect("connector");
    for tls in [Tls::Implicit(Identity::GOOD), Tls::Starttls(Identity::GOOD)] {
        let model = Model::start(Setup {
            tls: tls.clone(),
            ..Setup::default()
        })
        .holding(&small(1, 1));
        let mut stream = connect(&model);
        if matches!(tls, Tls::Starttls(_)) {
            stream
                .write_all(format!("{LOGIN}CAPA\r\nSTLS\r\n").as_bytes())
                .expect("send");
            let mut heard = String::new();
            let mut octet = [0];
            while !heard.ends_with("+OK begin TLS\r\n") {
                stream.read_exact(&mut octet).expect("a reply");
                heard.push(octet[0] as char);
            }
            assert!(heard.contains("-ERR [AUTH] only under TLS\r\n"), "{heard}");
            assert!(
                heard.contains("STLS\r\n.\r\n") && !heard.contains("USER"),
                "{heard}"
            );
        }
        let mut stream = connector.connect("localhost", stream).expect("handshake");
        stream
            .write_all(logged_in("QUIT\r\n").as_bytes())
            .expect("send");
        let mut heard = String::new();
        stream.read_to_string(&mut heard).expect("to the end");
        assert!(heard.ends_with("+OK\r\n+OK\r\n"), "{heard}");
        assert!(model.log().last().expect("lines").encrypted);
    }
}
