//! A web server for the tests, over TLS, on a port of the kernel's choice.

use std::collections::BTreeMap;
use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use openssl::ssl::SslAcceptor;
use retr::demo::Server;

/// Longest wait for a client.
const PATIENCE: Duration = Duration::from_secs(10);

/// What a client asked for.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    /// `GET` or `POST`.
    pub(crate) method: String,
    /// Path and query.
    pub(crate) target: String,
    /// The fields of its form.
    pub(crate) form: BTreeMap<String, String>,
}

/// What it gets.
#[derive(Clone, Debug)]
pub(crate) enum Reply {
    /// Status and body.
    Body(u16, &'static str, String),
    /// These octets, and the end.
    Raw(Vec<u8>),
    /// Nothing, for as long as the client waits.
    Stall,
}

impl Reply {
    pub(crate) fn json(status: u16, body: impl Into<String>) -> Self {
        Reply::Body(status, "application/json", body.into())
    }
}

/// A running server; dropping it stops it.
pub(crate) struct Web(Server);

impl Web {
    /// Answers by this certificate.
    pub(crate) fn start(
        acceptor: SslAcceptor,
        handler: impl Fn(&Request) -> Reply + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port on loopback");
        let server = Server::on(listener, move |stream, _| {
            // A client that leaves early is a test's own affair.
            let _ = serve(stream, &acceptor, &handler);
        });
        Self(server.expect("a thread"))
    }

    pub(crate) fn port(&self) -> u16 {
        self.0.address().port()
    }

    /// Where it is, under the name that its certificate has.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("https://localhost:{}{path}", self.port())
    }
}

impl Drop for Web {
    fn drop(&mut self) {
        let is_well = self.0.stop().iter().all(Result::is_ok);
        assert!(is_well || thread::panicking(), "a handler panicked");
    }
}

fn serve(
    stream: TcpStream,
    acceptor: &SslAcceptor,
    handler: impl Fn(&Request) -> Reply,
) -> io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let mut stream = acceptor.accept(stream).map_err(io::Error::other)?;
    let mut octets = Vec::new();
    let mut piece = [0; 4096];
    let request = loop {
        let read = stream.read(&mut piece)?;
        octets.extend_from_slice(&piece[..read]);
        match parse(&octets) {
            Some(request) => break request,
            None if read == 0 => return Ok(()),
            None => {}
        }
    };
    let answer = match handler(&request) {
        Reply::Raw(octets) => octets,
        // The end of the server ends that, too.
        Reply::Stall => return stream.read(&mut piece).map(drop),
        Reply::Body(status, kind, body) => {
            let head = format!("HTTP/1.1 {status} X\r\nContent-Type: {kind}");
            let length = body.len();
            format!("{head}\r\nContent-Length: {length}\r\n\r\n{body}").into_bytes()
        }
    };
    stream.write_all(&answer)?;
    let _ = stream.shutdown();
    Ok(())
}

/// A whole request.
fn parse(octets: &[u8]) -> Option<Request> {
    let text = String::from_utf8_lossy(octets);
    let (head, body) = text.split_once("\r\n\r\n")?;
    let mut lines = head.lines();
    let mut words = lines.next()?.split(' ');
    let fields: BTreeMap<String, &str> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_ascii_lowercase(), value))
        .collect();
    let length = fields.get("content-length").map_or(0, |length| length.parse().expect("a length"));
    (body.len() >= length).then(|| Request {
        method: words.next().unwrap_or_default().to_owned(),
        target: words.next().unwrap_or_default().to_owned(),
        form: fields_of(body),
    })
}

/// The fields of a form or a query, decoded.
pub(crate) fn fields_of(text: &str) -> BTreeMap<String, String> {
    let decoded =
        |text: &str| retr::web::decode_percent(&text.replace('+', " ")).expect("percent-encoding");
    text.split('&')
        .filter_map(|field| field.split_once('='))
        .map(|(name, value)| (decoded(name), decoded(value)))
        .collect()
}
