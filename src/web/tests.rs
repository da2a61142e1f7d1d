use proptest::prelude::*;

use super::answer::{Progress, read};
use super::*;

fn url(text: &str) -> Result<String, String> {
    let url = Url::parse(text).map_err(|error| error.to_string())?;
    let Url { host, port, target, is_tls, .. } = url;
    Ok(format!("{is_tls} {host} {port} {target}"))
}

#[test]
fn addresses_are_https_or_stay_here() {
    for (text, read) in [
        ("https://h", "true h 443 /"),
        ("HTTPS://h:8443/a/b?c=d", "true h 8443 /a/b?c=d"),
        ("https://h?c", "true h 443 /?c"),
        ("http://127.0.0.1:8080/t", "false 127.0.0.1 8080 /t"),
        ("http://localhost/t", "false localhost 80 /t"),
        ("http://[::1]:1/t", "false ::1 1 /t"),
    ] {
        assert_eq!(url(text).as_deref(), Ok(read), "{text}");
    }
    for (text, why) in [
        ("http://example.org/", "http is not encrypted"),
        ("http://127.0.0.1.example.org/", "http is not encrypted"),
        ("http://localhost.example.org/", "http is not encrypted"),
        ("ftp://h/", "does not begin with https://"),
        ("h/", "does not begin with https://"),
        ("https://u:p@h/", "has a user"),
        ("https://h/#f", "has a fragment"),
        ("https:///x", "the host is missing"),
        ("https://h/a b", "contains a space"),
        ("https://h/\r\nX: y", "contains a space"),
        ("https://h:0/", "the port is not between"),
    ] {
        let error = url(text).expect_err(text);
        assert!(error.contains(why), "{text}: {error}");
    }
}

#[test]
fn fields_are_encoded_and_found_again() {
    let url = Url::parse("https://h/a?x=1").expect("an address");
    let long = url.with_query(&[("scope", "a b&c"), ("state", "+/=")]);
    assert_eq!(long, "https://h/a?x=1&scope=a%20b%26c&state=%2B%2F%3D");
    let (_, query) = long.split_once('?').expect("a query");
    assert_eq!(query_value(query, "scope").as_deref(), Some("a b&c"));
    assert_eq!(query_value(query, "state").as_deref(), Some("+/="));
    assert_eq!(query_value("a=b+c", "a").as_deref(), Some("b c"));
    assert_eq!(query_value(query, "code"), None);
}

/// Status and body, or what is wrong.
fn answer(octets: &[u8], ended: bool) -> Result<(u16, String), &'static str> {
    match read(octets, ended) {
        Progress::Whole(answer) => {
            let body = String::from_utf8_lossy(answer.body.expose()).into_owned();
            Ok((answer.status, body))
        }
        Progress::More => Err("more"),
        Progress::Nonsense => Err("nonsense"),
    }
}

#[test]
fn a_body_ends_where_its_header_says() {
    #[rustfmt::skip]
    let rows = [
        ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nabc", false, Ok((200, "ab"))),
        ("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nabc", true, Err("more")),
        ("HTTP/1.0 200 OK\r\n\r\nabc", true, Ok((200, "abc"))),
        ("HTTP/1.0 200 OK\r\n\r\nabc", false, Err("more")),
        ("HTTP/1.1 204 No\r\n\r\n", false, Ok((204, ""))),
        ("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 400 No\r\nContent-Length: 1\r\n\r\nx", false, Ok((400, "x"))),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\n\r\n\r\n0\r\n\r\n", false,
         Ok((200, "abc\r\n"))),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n\r\n\r\n", false, Err("more")),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n\r\n", false, Err("nonsense")),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n", true, Err("nonsense")),
        ("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", true, Err("nonsense")),
        ("HTTP/1.1 200", true, Err("more")),
        ("+OK POP3 ready\r\n", false, Err("nonsense")),
    ];
    for (octets, ended, read) in rows {
        let found = answer(octets.as_bytes(), ended);
        let found = found.as_ref().map(|(status, body)| (*status, body.as_str()));
        assert_eq!(found.map_err(|why| *why), read, "{octets:?}");
    }
}

proptest! {
    /// Whatever comes is read or refused, and never by more than is there.
    #[test]
    fn any_octets_are_survived(octets: Vec<u8>, ended: bool) {
        let _ = answer(&octets, ended);
        let head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
        let _ = answer(&[&head[..], &octets, b"\r\n\r\n"].concat(), ended);
    }
}
