//! The model server itself, by raw dialogues: a test is worth what its server
//! is worth. What it serves when nothing is wrong is tested in `src/demo`.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};

use crate::support::mail::Mail;
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

const GREETING: &str = "+OK model ready <1.2@model.invalid>\n";

/// With two messages.
fn model() -> Model {
    let mails = ["A: 1\r\n\r\n.\r\n..x\r\n", "A: 2\r\n\r\none\r\ntwo\r\n"];
    Model::with(&mails.map(Mail::new))
}

#[test]
fn passwords_and_digests_are_checked() {
    let model = Model::start(Setup::default().mechanisms(&["PLAIN", "CRAM-MD5"]));
    let wrong = "-ERR [AUTH] wrong user or password\n";
    for (said, heard) in [
        ("USER alice\r\nPASS correct", wrong),
        ("AUTH PLAIN AGFsaWNlAGNvcnJlY3QgaG9yc2U=", "+OK\n"),
        ("AUTH PLAIN\r\nAGFsaWNlAGNvcnJlY3QgaG9yc2U=", "+ \n+OK\n"),
        ("AUTH PLAIN AGFsaWNlAHg=", wrong),
        ("AUTH CRAM-MD5\r\n*", wrong),
        ("AUTH SCRAM-SHA-1", "-ERR unknown mechanism\n"),
        // md5("<1.2@model.invalid>correct horse"), by md5sum.
        ("APOP alice d56277aabcdfdcc58c352c1f5ee593a7", "+OK\n"),
    ] {
        let answer = talk(&model, &format!("{said}\r\n"));
        assert!(answer.ends_with(heard), "{said}: {answer}");
    }
}

#[test]
fn capabilities_are_what_works() {
    let setup = Setup::default().uidl(false).pipelining(false);
    let model = Model::start(setup.capabilities(&["EXPIRE 0"]));
    let heard = talk(&model, "CAPA\r\n");
    let lines = "+OK\nTOP\nRESP-CODES\nAUTH-RESP-CODE\nEXPIRE 0\nUSER\nSASL PLAIN\n.\n";
    assert!(heard.ends_with(lines), "{heard}");
}

#[test]
#[should_panic(expected = "outstanding commands at `CAPA`")]
fn a_second_command_is_noticed_where_pipelining_was_not_announced() {
    let model = Model::start(Setup::default().pipelining(false));
    talk(&model, "CAPA\r\nQUIT\r\n");
}

#[test]
#[should_panic(expected = "unexpected: LAST")]
fn a_command_that_there_is_not_is_noticed() {
    talk(&model(), "LAST\r\n");
}

#[test]
fn outstanding_commands_and_sessions_are_counted() {
    let model = model();
    talk(&model, "CAPA\r\nCAPA\r\nCAPA\r\nQUIT\r\n");
    talk(&model, "QUIT\r\n");
    assert_eq!(model.most_outstanding(), 4);
    assert_eq!(model.behind_messages(), [""; 0]);
    assert_eq!(model.session_count(), 2);
    assert_eq!(model.count("CAPA"), 3);
    let last = model.log()[4].clone();
    assert_eq!((last.session, last.encrypted), (2, false));
    assert_eq!(last.sent_before, GREETING.len() as u64 + 1);
    assert_eq!(model.stop(), 2);
}

#[test]
fn faults_come_at_the_octet_they_are_set_to() {
    let greeting = GREETING.len() as u64 + 1;
    for at in [0, 1, greeting, greeting + 4, greeting + 8] {
        let model = model();
        model.set_faults(Faults::cut(at));
        let mut stream = connect(&model);
        stream.write_all(LOGIN.as_bytes()).expect("send");
        let mut heard = Vec::new();
        stream.read_to_end(&mut heard).expect("a clean end");
        assert_eq!(heard.len() as u64, at);
    }
    let model = model();
    model.set_faults(Faults::reset(5));
    let is_reset = |say: &[u8]| {
        let mut stream = connect(&model);
        let _ = stream.write_all(say);
        let error = stream.read_to_end(&mut Vec::new()).expect_err("reset");
        assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
    };
    is_reset(b"");
    model.behave();
    model.on_command(|_| Act::Reset);
    is_reset(b"CAPA\r\n");
}

#[test]
fn a_gate_holds_the_server_until_it_opens() {
    let model = model();
    let gate = Gate::new();
    model.set_faults(Faults {
        stall_at: Some((3, gate.clone())),
        dribble: true,
        ..Faults::default()
    });
    let mut stream = connect(&model);
    gate.wait_until_reached();
    let mut heard = [0; 3];
    stream.read_exact(&mut heard).expect("octets");
    assert_eq!(&heard, b"+OK");
    gate.open();
    assert!(stream.read(&mut heard).expect("more") > 0);
}

#[test]
fn a_hook_takes_a_command_over() {
    let model = model();
    model.on_command(|line| match line.text.as_str() {
        "RETR 1" => Act::say("-ERR gone"),
        "NOOP" => Act::ServeAs("TOP 2 0".to_owned()),
        "QUIT" => Act::ServeUnanswered,
        _ => Act::Serve,
    });
    let commands = format!("{LOGIN}RETR 1\r\nNOOP\r\nDELE 2\r\nQUIT\r\n");
    let heard = talk(&model, &commands);
    assert_eq!(model.behind_messages(), ["RETR 1"]);
    let expected = "+OK\n+OK\n-ERR gone\n+OK\nA: 2\n\n.\n+OK\n";
    assert_eq!(heard, format!("{GREETING}{expected}"));
    assert_eq!(model.sent(), heard.replace('\n', "\r\n").len() as u64);
    assert_eq!(model.left(), 1);
    // By its name, whatever its arguments.
    model.answer("RETR", "-ERR never");
    let heard = talk(&model, &format!("{LOGIN}RETR 1\r\nNOOP\r\n"));
    assert!(heard.ends_with("-ERR never\n+OK\n"), "{heard}");
    model.behave();
    let heard = talk(&model, &format!("{LOGIN}RETR 1\r\n"));
    assert!(heard.ends_with("A: 1\n\n..\n...x\n.\n"), "{heard}");
}

#[test]
fn tls_starts_at_once_or_by_stls() {
    let root = std::fs::read(certs::ca()).expect("the root");
    let root = native_tls::Certificate::from_pem(&root).expect("PEM");
    let mut builder = native_tls::TlsConnector::builder();
    let builder = builder.add_root_certificate(root).disable_built_in_roots(true);
    let connector = builder.build().expect("connector");
    for tls in [Tls::Implicit(Identity::GOOD), Tls::Starttls(Identity::GOOD)] {
        let model = Model::start(Setup::default().tls(tls.clone()));
        let mut stream = connect(&model);
        if matches!(tls, Tls::Starttls(_)) {
            let clear = format!("{LOGIN}CAPA\r\nSTLS\r\n");
            stream.write_all(clear.as_bytes()).expect("send");
            let mut heard = String::new();
            let mut octet = [0];
            while !heard.ends_with("+OK begin TLS\r\n") {
                stream.read_exact(&mut octet).expect("a reply");
                heard.push(octet[0] as char);
            }
            for part in ["-ERR [AUTH] only under TLS\r\n", "STLS\r\n.\r\n"] {
                assert!(heard.contains(part), "{heard}");
            }
            assert!(!heard.contains("USER"), "{heard}");
        }
        let mut stream = connector.connect("localhost", stream).expect("handshake");
        let commands = format!("{LOGIN}QUIT\r\n");
        stream.write_all(commands.as_bytes()).expect("send");
        let mut heard = String::new();
        stream.read_to_string(&mut heard).expect("to the end");
        assert!(heard.ends_with("+OK\r\n+OK\r\n"), "{heard}");
        assert!(model.log().last().expect("lines").encrypted);
    }
}
