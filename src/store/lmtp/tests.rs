use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::net::UnixListener;
use std::sync::{Arc, mpsc};
use std::thread::{self, JoinHandle};

use super::*;
use crate::base::Class;
use crate::store::testing::{self, Recorder, hand_on};

const MESSAGE: &[u8] = b"Return-Path: <bob@example.com>\n\n.hello\n";

/// What a scripted server says to what it hears: `MAIL`, `.` for a message,
/// and `hello` when somebody connects.
type Script = fn(connection: usize, heard: &str) -> Say;

enum Say {
    This(&'static str),
    /// This, and then it hangs up.
    Last(&'static str),
    /// Nothing ever.
    Nothing,
}
use Say::{Last, Nothing, This};

fn well(heard: &str) -> Say {
    This(match heard {
        "hello" => "220 here",
        "LHLO" => "250-here\r\n250-PIPELINING\r\n250 8BITMIME",
        "DATA" => "354 go",
        "QUIT" => return Last("221 bye"),
        _ => "250 ok",
    })
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
        Self {
            address,
            heard,
            thread,
        }
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
        let (text, is_last) = match script(number, &word) {
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

struct Client {
    store: Box<dyn Delivery>,
    _home: tempfile::TempDir,
}

fn client(address: &str, timeout: Duration) -> Client {
    let home = tempfile::tempdir().expect("a folder");
    let mut setting = testing::setting(home.path(), Arc::new(RealDisk::new()));
    setting.lock_wait = Duration::from_secs(30);
    setting.handover.timeout = timeout;
    setting.handover.recipient = Some("alice".to_owned());
    // It is for commands: by LMTP it would end the header.
    setting.handover.from_line = true;
    let store = Target::new(&SCHEME, address)
        .open(&setting)
        .expect("opened");
    Client { store, _home: home }
}

const LONG: Duration = Duration::from_secs(30);

/// What becomes of messages, and what the server heard.
fn delivered(connections: usize, script: Script, count: usize) -> (Vec<Fate>, Vec<String>, bool) {
    let server = Server::start(connections, script);
    let client = client(&server.address, LONG);
    let messages = vec![MESSAGE; count];
    let fates = hand_on(&*client.store, &messages, &mut Recorder::default());
    let over = client.store.takes_no_more();
    drop(client);
    (fates, server.heard(), over)
}

fn words(fates: &[Fate]) -> Vec<&'static str> {
    let word = |fate: &Fate| match fate {
        Fate::Stored(_) => "stored",
        Fate::Deferred(_) => "deferred",
        Fate::Refused(_) => "refused",
        Fate::InDoubt(_) => "in doubt",
        Fate::Left => "left",
    };
    fates.iter().map(word).collect()
}

#[test]
fn messages_go_over_one_connection() {
    let (fates, heard, over) = delivered(1, |_, heard| well(heard), 2);
    assert_eq!(words(&fates), ["stored", "stored"]);
    assert!(!over);
    let message = "Return-Path: <bob@example.com>\r\n\r\n..hello\r\n.\r\n";
    let one = [
        "MAIL FROM:<bob@example.com> BODY=8BITMIME",
        "RCPT TO:<alice>",
        "DATA",
        message,
    ];
    assert!(heard[0].starts_with("LHLO "));
    assert_eq!(heard[1..5], one);
    assert_eq!(heard[5..9], one);
    assert_eq!(heard[9..], ["QUIT"]);
    let Fate::Stored(receipt) = &fates[0] else {
        panic!("{fates:?}");
    };
    let names: Vec<_> = locate(receipt)
        .fields
        .iter()
        .map(|(name, _)| *name)
        .collect();
    assert_eq!(names, ["lmtp", "id"]);
    assert_eq!(receipt.words[0].len(), 32);
}

#[test]
fn a_large_message_arrives_whole() {
    let server = Server::start(1, |_, heard| well(heard));
    let client = client(&server.address, LONG);
    let message: Vec<u8> = b"0123456789\n.x\n"
        .iter()
        .copied()
        .cycle()
        .take(3 << 20)
        .collect();
    let fates = hand_on(&*client.store, &[&message], &mut Recorder::default());
    assert_eq!(words(&fates), ["stored"]);
    drop(client);
    let text = String::from_utf8(message).expect("ASCII");
    let wire = text.replace("\n.", "\n..").replace('\n', "\r\n");
    assert!(server.heard()[4] == format!("{wire}\r\n.\r\n"));
}

#[test]
fn what_is_refused_stops_nobody_else() {
    let (fates, heard, over) = delivered(
        1,
        |_, heard| match heard {
            "RCPT" => This("550 5.1.1 unknown user"),
            "DATA" => This("503 5.5.1 no"),
            heard => well(heard),
        },
        4,
    );
    assert_eq!(words(&fates), ["refused"; 4]);
    assert!(!over);
    assert_eq!(heard.iter().filter(|line| *line == "RSET").count(), 4);
    let Fate::Refused(text) = &fates[0] else {
        panic!("{fates:?}");
    };
    assert!(text.ends_with(": 550 5.1.1 unknown user"), "{text}");
}

#[test]
fn three_deferrals_in_a_row_leave_the_rest() {
    let (fates, ..) = delivered(
        1,
        |_, heard| match heard {
            "." => This("552 5.2.2 over quota"),
            heard => well(heard),
        },
        5,
    );
    assert_eq!(
        words(&fates),
        ["deferred", "deferred", "deferred", "left", "left"]
    );
}

#[test]
fn the_end_of_the_service_leaves_the_rest() {
    for script in [
        (|_, heard| match heard {
            "MAIL" => Last("421 4.3.2 going down"),
            heard => well(heard),
        }) as Script,
        |_, heard| match heard {
            "." => Last("421 4.3.2 going down"),
            heard => well(heard),
        },
    ] {
        let (fates, _, over) = delivered(1, script, 3);
        assert_eq!(words(&fates), ["deferred", "left", "left"]);
        assert!(over);
    }
}

#[test]
fn a_connection_that_was_closed_is_made_anew_once() {
    // As where a server hangs up on those who say nothing for long.
    let (fates, ..) = delivered(
        2,
        |connection, heard| match (connection, heard) {
            (0, "MAIL") => Last(""),
            (_, heard) => well(heard),
        },
        2,
    );
    assert_eq!(words(&fates), ["stored", "stored"]);
    let (fates, _, over) = delivered(
        2,
        |_, heard| match heard {
            "MAIL" => Last(""),
            heard => well(heard),
        },
        2,
    );
    assert_eq!(words(&fates), ["deferred", "left"]);
    assert!(over);
}

#[test]
fn without_an_answer_to_the_message_it_is_in_doubt() {
    let (fates, _, over) = delivered(
        2,
        |connection, heard| match (connection, heard) {
            (0, ".") => Last(""),
            (_, heard) => well(heard),
        },
        2,
    );
    assert_eq!(words(&fates), ["in doubt", "stored"]);
    assert!(!over, "there was a delivery between");
    // One answer for each recipient, and there is one.
    let (fates, ..) = delivered(
        2,
        |_, heard| match heard {
            "." => This("250 one\r\n250 two"),
            heard => well(heard),
        },
        2,
    );
    assert_eq!(words(&fates), ["stored", "stored"]);
    let (fates, ..) = delivered(
        2,
        |_, heard| match heard {
            "." => This("hello"),
            heard => well(heard),
        },
        3,
    );
    assert_eq!(words(&fates), ["in doubt", "in doubt", "left"]);
}

#[test]
fn every_wait_has_an_end() {
    let server = Server::start(2, |_, heard| match heard {
        "." => Nothing,
        heard => well(heard),
    });
    let client = client(&server.address, Duration::from_millis(100));
    let fates = hand_on(&*client.store, &[MESSAGE], &mut Recorder::default());
    let Fate::InDoubt(text) = &fates[0] else {
        panic!("{fates:?}");
    };
    assert!(text.ends_with("no answer in time"), "{text}");
}

#[test]
fn a_server_that_is_not_well_is_found_out_before_anything_is_fetched() {
    for script in [
        (|_, _| Last("554 no")) as Script,
        |_, _| Last("421 busy"),
        |_, _| Last(""),
        |_, _| Last("hello"),
        |_, heard| match heard {
            "LHLO" => This("502 what?"),
            heard => well(heard),
        },
    ] {
        let server = Server::start(1, script);
        let client = client(&server.address, LONG);
        let error = client.store.greet().expect_err("not well");
        assert_eq!(error.class(), Class::Temporary);
        let expected = format!("cannot hand mail to {}: ", server.address);
        assert!(error.to_string().starts_with(&expected), "{error}");
    }
    let server = Server::start(1, |_, heard| well(heard));
    let client = client(&server.address, LONG);
    client.store.greet().expect("well");
    let fates = hand_on(&*client.store, &[MESSAGE], &mut Recorder::default());
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
    let client = client(&address, LONG);
    let error = client.store.greet().expect_err("a flood");
    assert!(
        error.to_string().contains("a line without an end"),
        "{error}"
    );
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
    let client = client(&path.display().to_string(), LONG);
    client.store.greet().expect("well");
    server.join().expect("it ended");
}

#[test]
fn an_address_is_a_socket_or_a_host_with_its_port() {
    let parse = |text: &str| ServerAddress::parse(OsStr::new(text));
    assert_eq!(
        parse("/run/lmtp"),
        Ok(ServerAddress::Socket("/run/lmtp".into()))
    );
    assert_eq!(
        parse("localhost:24"),
        Ok(ServerAddress::Tcp("localhost".into(), 24))
    );
    assert_eq!(
        parse("[::1]:2003"),
        Ok(ServerAddress::Tcp("[::1]".into(), 2003))
    );
    for text in [
        "",
        "localhost",
        "localhost:",
        ":24",
        "::1:24",
        "h:0",
        "h:x",
        "a/b:24",
        "h:25",
    ] {
        assert!(parse(text).is_err(), "{text}");
    }
}
