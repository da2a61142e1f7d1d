use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::net::UnixListener;
use std::sync::{Arc, mpsc};
use std::thread::{self, JoinHandle};

use super::*;
use crate::base::Class;
use crate::store::testing::{self, Recorder, hand_on, receipt, words};

const MESSAGE: &[u8] = b"Return-Path: <bob@example.com>\n\n.hello\n";

/// What a scripted server says otherwise than a good one to what it hears:
/// `MAIL`, `.` for a message, and `hello` when somebody connects; behind a `0`,
/// in its first connection alone.
type Script = &'static [(&'static str, Say)];

#[derive(Clone, Copy)]
enum Say {
    This(&'static str),
    /// This, and then it hangs up.
    Last(&'static str),
    /// Nothing ever.
    Nothing,
}
use Say::{Last, Nothing, This};

fn answer(script: Script, number: usize, heard: &str) -> Say {
    let numbered = format!("{number} {heard}");
    let is_it = |(word, _): &&(&str, Say)| *word == heard || *word == numbered;
    match (script.iter().find(is_it), heard) {
        (Some((_, say)), _) => *say,
        (_, "hello") => This("220 here"),
        (_, "LHLO") => This("250-here\r\n250-PIPELINING\r\n250 8BITMIME"),
        (_, "DATA") => This("354 go"),
        (_, "QUIT") => Last("221 bye"),
        _ => This("250 ok"),
    }
}

/// A scripted server; it ends with the connections it is to have.
struct Server {
    address: String,
    heard: mpsc::Receiver<String>,
    thread: JoinHandle<()>,
}

impl Server {
    fn start(connections: usize, script: Script) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("bound");
        let address = listener.local_addr().expect("an address").to_string();
        let (tell, heard) = mpsc::channel();
        let thread = thread::spawn(move || {
            for number in 0..connections {
                let (stream, _) = listener.accept().expect("a connection");
                serve(stream, number, script, &tell);
            }
        });
        Self { address, heard, thread }
    }

    /// All that was said to it, once the client is gone.
    fn heard(self) -> Vec<String> {
        self.thread.join().expect("it served");
        self.heard.iter().collect()
    }
}

fn serve(stream: TcpStream, number: usize, script: Script, tell: &mpsc::Sender<String>) {
    let mut reader = BufReader::new(stream.try_clone().expect("cloned"));
    let mut stream = stream;
    let mut word = "hello".to_owned();
    loop {
        let (text, is_last) = match answer(script, number, &word) {
            This(text) => (text, false),
            Last(text) => (text, true),
            Nothing => ("", false),
        };
        if !text.is_empty() && write!(stream, "{text}\r\n").is_err() {
            return;
        }
        if is_last {
            return;
        }
        let mut line = Vec::new();
        if text.starts_with("354") {
            while !line.ends_with(b"\r\n.\r\n") && line != b".\r\n" {
                if reader.read_until(b'\n', &mut line).unwrap_or(0) == 0 {
                    return;
                }
            }
            let _ = tell.send(String::from_utf8_lossy(&line).into_owned());
            word = ".".to_owned();
            continue;
        }
        if reader.read_until(b'\n', &mut line).unwrap_or(0) == 0 {
            return;
        }
        let line = String::from_utf8_lossy(&line).trim_end().to_owned();
        word = line.split(' ').next().unwrap_or_default().to_owned();
        let _ = tell.send(line);
    }
}

const LONG: Duration = Duration::from_secs(30);

fn client(address: &str, timeout: Duration) -> (Box<dyn Delivery>, tempfile::TempDir) {
    let home = tempfile::tempdir().expect("a folder");
    let mut setting = testing::setting(home.path(), Arc::new(RealDisk::new()));
    setting.lock_wait = Duration::from_secs(30);
    setting.handover.timeout = timeout;
    setting.handover.recipient = Some("alice".to_owned());
    // It is for commands: by LMTP it would end the header.
    setting.handover.from_line = true;
    let opened = Target::new(&SCHEME, address).open(&setting);
    (opened.expect("opened"), home)
}

fn handed_on(store: &dyn Delivery, messages: &[&[u8]]) -> Vec<Fate> {
    hand_on(store, messages, &mut Recorder::default())
}

/// What becomes of messages, what the server heard, and whether it takes no
/// more.
fn delivered(
    connections: usize,
    script: Script,
    messages: &[&[u8]],
) -> (Vec<Fate>, Vec<String>, bool) {
    let server = Server::start(connections, script);
    let (client, _home) = client(&server.address, LONG);
    let fates = handed_on(&*client, messages);
    let over = client.takes_no_more();
    drop(client);
    (fates, server.heard(), over)
}

#[test]
fn messages_go_over_one_connection() {
    let (fates, heard, over) = delivered(1, &[], &[MESSAGE; 2]);
    assert_eq!(words(&fates), ["stored", "stored"]);
    assert!(!over);
    let message = "Return-Path: <bob@example.com>\r\n\r\n..hello\r\n.\r\n";
    let mail = "MAIL FROM:<bob@example.com> BODY=8BITMIME";
    let one = [mail, "RCPT TO:<alice>", "DATA", message];
    assert!(heard[0].starts_with("LHLO "));
    assert_eq!(heard[1..], [&one[..], &one, &["QUIT"]].concat());
    let receipt = receipt(&fates[0]);
    let fields = locate(receipt).fields;
    let names: Vec<_> = fields.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, ["lmtp", "id"]);
    assert_eq!(receipt.words[0].len(), 32);
}

#[test]
fn a_large_message_arrives_whole() {
    let message = [&b"0123456789\n.x\n".repeat(3 << 16)[..], b"no end"].concat();
    let (fates, heard, _) = delivered(1, &[], &[&message]);
    assert_eq!(words(&fates), ["stored"]);
    let text = String::from_utf8(message).expect("ASCII");
    let wire = text.replace("\n.", "\n..").replace('\n', "\r\n");
    assert!(heard[4] == format!("{wire}\r\n.\r\n"));
}

#[test]
fn answers_decide_what_becomes_of_messages() {
    #[rustfmt::skip]
    let scripts: [(usize, Script, &[&str], bool); 9] = [
        // What is refused stops nobody else.
        (1, &[("RCPT", This("550 5.1.1 unknown user")), ("DATA", This("503 5.5.1 no"))], &["refused"; 4], false),
        // Three deferrals in a row leave the rest.
        (1, &[(".", This("552 5.2.2 over quota"))], &["deferred", "deferred", "deferred", "left", "left"], true),
        // So does the end of the service.
        (1, &[("MAIL", Last("421 4.3.2 going down"))], &["deferred", "left", "left"], true),
        (1, &[(".", Last("421 4.3.2 going down"))], &["deferred", "left", "left"], true),
        // A connection that was closed is made anew once, as where a server
        // hangs up on those who say nothing for long.
        (2, &[("0 MAIL", Last(""))], &["stored", "stored"], false),
        (2, &[("MAIL", Last(""))], &["deferred", "left"], true),
        // Without an answer to the message it is in doubt.
        (2, &[("0 .", Last(""))], &["in doubt", "stored"], false),
        (2, &[(".", This("hello"))], &["in doubt", "in doubt", "left"], true),
        // One answer for each recipient, and there is one.
        (2, &[(".", This("250 one\r\n250 two"))], &["stored", "stored"], false),
    ];
    for (connections, script, expected, is_over) in scripts {
        let messages = vec![MESSAGE; expected.len()];
        let (fates, heard, over) = delivered(connections, script, &messages);
        assert_eq!((&*words(&fates), over), (expected, is_over), "{heard:?}");
        if let Fate::Refused(text) = &fates[0] {
            assert!(text.ends_with(": 550 5.1.1 unknown user"), "{text}");
            assert_eq!(heard.iter().filter(|line| *line == "RSET").count(), 4);
        }
    }
}

#[test]
fn every_wait_has_an_end() {
    let server = Server::start(2, &[(".", Nothing)]);
    let (client, _home) = client(&server.address, Duration::from_millis(100));
    let [Fate::InDoubt(text)] = &handed_on(&*client, &[MESSAGE])[..] else {
        panic!("in doubt");
    };
    assert!(text.ends_with("no answer in time"), "{text}");
}

#[test]
fn a_server_that_is_not_well_is_found_out_before_anything_is_fetched() {
    for script in [
        &[("hello", Last("554 no"))] as Script,
        &[("hello", Last("421 busy"))],
        &[("hello", Last(""))],
        &[("hello", Last("hello"))],
        &[("LHLO", This("502 what?"))],
    ] {
        let server = Server::start(1, script);
        let (client, _home) = client(&server.address, LONG);
        let error = client.greet().expect_err("not well");
        assert_eq!(error.class(), Class::Temporary);
        let expected = format!("cannot hand mail to {}: ", server.address);
        assert!(error.to_string().starts_with(&expected), "{error}");
    }
    let server = Server::start(1, &[]);
    let (client, _home) = client(&server.address, LONG);
    client.greet().expect("well");
    let fates = handed_on(&*client, &[MESSAGE]);
    assert_eq!(words(&fates), ["stored"], "over the same connection");
}

#[test]
fn a_flood_does_not_fill_the_memory() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("bound");
    let address = listener.local_addr().expect("an address").to_string();
    let server = thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a connection");
        while stream.write_all(&[b'2'; 1 << 16]).is_ok() {}
        let _ = stream.read(&mut [0]);
    });
    let (client, _home) = client(&address, LONG);
    let error = client.greet().expect_err("a flood").to_string();
    assert!(error.contains("a line without an end"), "{error}");
    drop(client);
    server.join().expect("it ended");
}

#[test]
fn a_unix_socket_will_do() {
    let home = tempfile::tempdir().expect("a folder");
    let path = home.path().join("lmtp");
    let target = Target::new(&SCHEME, path.as_os_str());
    assert!(target.examine(&RealDisk::new()).is_err(), "nobody is there");
    let listener = UnixListener::bind(&path).expect("bound");
    target.examine(&RealDisk::new()).expect("somebody is there");
    let server = thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a connection");
        stream.write_all(b"220 x\r\n").expect("sent");
        let mut reader = BufReader::new(stream.try_clone().expect("cloned"));
        let mut line = String::new();
        reader.read_line(&mut line).expect("read");
        stream.write_all(b"250 x\r\n").expect("sent");
    });
    let (client, _home) = client(&path.display().to_string(), LONG);
    client.greet().expect("well");
    server.join().expect("it ended");
}

#[test]
fn an_address_is_a_socket_or_a_host_with_its_port() {
    let tcp = |host: &str, port| Ok(ServerAddress::Tcp(host.into(), port));
    for (text, place) in [
        ("/run/lmtp", Ok(ServerAddress::Socket("/run/lmtp".into()))),
        ("localhost:24", tcp("localhost", 24)),
        ("[::1]:2003", tcp("[::1]", 2003)),
    ] {
        assert_eq!(ServerAddress::parse(OsStr::new(text)), place);
    }
    for text in " localhost localhost: :24 ::1:24 h:0 h:x a/b:24 h:25".split(' ') {
        assert!(ServerAddress::parse(OsStr::new(text)).is_err(), "{text}");
    }
}
