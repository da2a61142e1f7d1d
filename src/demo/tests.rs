//! The server as a client sees it, and what the messages say.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use super::*;
use crate::base::Cancel;
use crate::message;

/// Sends everything at once and reads to the end of the session.
fn dialogue(server: &Server, commands: &str) -> Vec<u8> {
    let mut stream = TcpStream::connect(server.address()).expect("a connection");
    stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a timeout");
    stream.write_all(commands.as_bytes()).expect("written");
    let mut replies = Vec::new();
    stream.read_to_end(&mut replies).expect("read");
    replies
}

fn replies(mails: &[&str], commands: &str) -> String {
    let mails = mails.iter().map(|mail| mail.as_bytes().to_vec()).collect();
    let server = Server::start(mails).expect("a server");
    String::from_utf8(dialogue(&server, commands)).expect("UTF-8")
}

const LOGIN: &str = "USER demo\r\nPASS demo\r\n";
const HELLO: &str = "+OK retr demo ready\r\n+OK\r\n+OK\r\n";

#[test]
fn a_pipelined_session_is_answered_in_order() {
    let text = replies(
        &["A: b\n\nx\n.\n", "C: d\n\n1\n2\n3\n"],
        &format!(
            "{LOGIN}STAT\r\nLIST\r\nLIST 2\r\nRETR 1\r\nTOP 2 2\r\nTOP 2 0\r\nNOOP\r\nQUIT\r\n"
        ),
    );
    assert_eq!(
        text,
        HELLO.to_owned()
            + "+OK 2 31\r\n+OK\r\n1 14\r\n2 17\r\n.\r\n+OK 2 17\r\n\
               +OK\r\nA: b\r\n\r\nx\r\n..\r\n.\r\n\
               +OK\r\nC: d\r\n\r\n1\r\n2\r\n.\r\n\
               +OK\r\nC: d\r\n\r\n.\r\n+OK\r\n+OK\r\n"
    );
}

#[test]
fn both_ways_to_log_in_work_and_wrong_ones_do_not() {
    // \0demo\0demo
    let text = replies(&[], "STAT\r\nAUTH PLAIN AGRlbW8AZGVtbw==\r\nSTAT\r\nQUIT\r\n");
    let expected = "+OK retr demo ready\r\n-ERR unknown command\r\n+OK\r\n+OK 0 0\r\n+OK\r\n";
    assert_eq!(text, expected);
    let text = replies(
        &[],
        "PASS demo\r\nUSER demo\r\nPASS x\r\nAUTH LOGIN\r\nAUTH PLAIN !\r\nauth plain\r\nAGRlbW8AZGVtbw==\r\nQUIT\r\n",
    );
    assert_eq!(
        text,
        "+OK retr demo ready\r\n-ERR [AUTH] wrong user or password\r\n+OK\r\n\
         -ERR [AUTH] wrong user or password\r\n-ERR unknown mechanism\r\n\
         -ERR [AUTH] wrong user or password\r\n+ \r\n+OK\r\n+OK\r\n"
    );
}

#[test]
fn capabilities_are_told_in_both_states() {
    let list = "+OK\r\nUSER\r\nSASL PLAIN\r\nTOP\r\nUIDL\r\nPIPELINING\r\n.\r\n";
    let text = replies(&[], &format!("CAPA\r\n{LOGIN}CAPA\r\nQUIT\r\n"));
    assert_eq!(text.matches(list).count(), 2);
}

#[test]
fn deletions_last_from_quit_on_and_not_before() {
    let mails = vec![b"A: b\n\n".to_vec(), b"C: d\n\n".to_vec()];
    let server = Server::start(mails).expect("a server");
    let ask = |commands: &str| {
        let replies = dialogue(&server, &format!("{LOGIN}{commands}"));
        String::from_utf8(replies).expect("UTF-8")[HELLO.len()..].to_owned()
    };
    // The last line has no end: the session is over without QUIT.
    let mut stream = TcpStream::connect(server.address()).expect("a connection");
    write!(stream, "{LOGIN}DELE 1\r\n").expect("written");
    drop(stream);
    assert_eq!(
        ask("DELE 1\r\nDELE 1\r\nRETR 1\r\nRSET\r\nSTAT\r\nQUIT\r\n"),
        "+OK\r\n-ERR no such message\r\n-ERR no such message\r\n+OK\r\n+OK 2 16\r\n+OK\r\n"
    );
    assert_eq!(ask("DELE 1\r\nQUIT\r\n"), "+OK\r\n+OK\r\n");
    assert_eq!(ask("STAT\r\nQUIT\r\n"), "+OK 1 8\r\n+OK\r\n");
}

#[test]
fn unique_ids_are_distinct_and_stay() {
    let server = Server::start(mails()).expect("a server");
    let listing = || dialogue(&server, &format!("{LOGIN}UIDL\r\nQUIT\r\n"));
    let first = listing();
    assert_eq!(first, listing());
    let text = String::from_utf8(first).expect("UTF-8");
    let uids: std::collections::HashSet<&str> = text
        .lines()
        .filter_map(|line| line.split_once(' '))
        .filter(|(number, _)| number.parse::<u32>().is_ok())
        .map(|(_, uid)| uid)
        .collect();
    assert_eq!(uids.len(), 12);
}

#[test]
fn nonsense_and_endless_lines_do_no_harm() {
    let server = Server::start(mails()).expect("a server");
    let text = dialogue(
        &server,
        &format!("{LOGIN}RETR 0\r\nRETR 99\r\nRETR x\r\nTOP 1\r\nTOP 1 x\r\nXYZ\r\n\r\nQUIT\r\n"),
    );
    let text = String::from_utf8(text).expect("UTF-8");
    assert_eq!(text.matches("-ERR no such message").count(), 5);
    assert_eq!(text.matches("-ERR unknown command").count(), 2);
    let expected = b"+OK retr demo ready\r\n";
    assert_eq!(dialogue(&server, &"x".repeat(1024)), expected);
}

#[test]
fn dropping_the_server_ends_a_session_that_waits() {
    let server = Server::start(Vec::new()).expect("a server");
    let mut stream = TcpStream::connect(server.address()).expect("a connection");
    let mut greeting = [0; 21];
    stream.read_exact(&mut greeting).expect("a greeting");
    drop(server);
    assert!(matches!(stream.read(&mut greeting), Ok(0) | Err(_)));
}

#[test]
fn the_messages_are_what_they_seem() {
    let subjects: Vec<String> =
        mails().iter().map(|mail| message::headers(mail).subject.expect("a subject")).collect();
    assert_eq!(
        subjects,
        [
            "Welcome to the demo",
            "The numbers you asked for",
            "明天下午的会议",
            "Поездка на дачу",
            "Grüße aus Köln",
            "Dots at the start of lines",
            "A line that starts with From",
            "(nothing inside)",
            "Déjeuner à midi",
            "A very long line",
            "News of the week",
            "A picture",
        ]
    );
    let read: Vec<message::Readable> = mails()
        .iter()
        .map(|mail| message::readable(mail, &Cancel::new()).expect("not cancelled"))
        .collect();
    assert!(read.iter().all(|read| read.headers.date.is_some()));
    assert!(read[2].text.starts_with("您好："));
    assert_eq!(read[2].headers.from[0].name, "王小明");
    assert!(read[3].text.starts_with("Привет!"));
    assert!(read[4].text.contains("wieder geöffnet, und der Kaffee kostet 2€."));
    assert_eq!(read[7].text, "");
    assert_eq!(read[8].headers.from[0].name, "François Exemple");
    assert_eq!(read[9].text.len(), 100_001);
    let expected = "News\n\nRead more <https://www.example.org/news> & enjoy.\n";
    assert_eq!(read[10].text, expected);
    assert_eq!(read[11].text, "One red pixel.\n");
    assert_eq!(read[11].attachments[0].name.as_deref(), Some("red ●.gif"));
    assert_eq!(read[1].attachments[0].name.as_deref(), Some("fruit.csv"));
}
