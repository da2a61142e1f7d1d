//! A server that plays a transcript: exact client lines, exact replies.
//!
//! A transcript is lines of text:
//! - `C: line`: the client sends this line and CRLF, and nothing else.
//! - `C? line`: if the client sends this line, play the `S` lines that follow
//!   it up to the next `C`; else skip them.
//! - `S: line`: the server sends this line and CRLF.
//! - `S= octets`: the server sends these octets and nothing more.
//! - `C-close`: the client closes.
//! - `S-close`: the server closes.
//! - `---`: the next connection.
//! - `# comment`, blank lines: nothing.
//!
//! In `S` lines `\r`, `\n`, `\t`, `\\` and `\xNN` mean octets.

use std::collections::VecDeque;
use std::fs;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::Path;
use std::thread::{self, JoinHandle};
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(30);

/// One line of a transcript.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    Expect(String),
    Maybe(String),
    Send(Vec<u8>),
    ClientCloses,
    Close,
}

type Script = VecDeque<Step>;

/// A server with a transcript to play. Dropping it fails the test unless the
/// client said every line of it.
pub(crate) struct Scripted {
    port: u16,
    connections: usize,
    player: Option<JoinHandle<Result<(), String>>>,
}

impl Scripted {
    /// Plays `tests/transcripts/NAME.txt`.
    pub(crate) fn play(name: &str) -> Self {
        let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/transcripts"));
        let text = fs::read_to_string(folder.join(name).with_extension("txt"));
        Self::play_text(&text.expect("transcript"))
    }

    /// Plays a transcript given as text.
    pub(crate) fn play_text(text: &str) -> Self {
        let scripts = parse(text);
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port on loopback");
        let port = listener.local_addr().expect("an address").port();
        let connections = scripts.len();
        let player = thread::spawn(move || {
            for (at, script) in scripts.into_iter().enumerate() {
                let stream = accept(&listener)?;
                let stream = BufReader::new(stream);
                let player = Player { stream, ahead: None };
                player.play(script).map_err(|error| format!("connection {}: {error}", at + 1))?;
            }
            Ok(())
        });
        Self { port, connections, player: Some(player) }
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    fn finish(&mut self) -> Result<(), String> {
        let Some(player) = self.player.take() else {
            return Ok(());
        };
        // Ends the wait for connections that never came: a client that says
        // nothing and hears the player out, so that neither end is reset.
        for _ in 0..self.connections {
            if let Ok(mut stream) = TcpStream::connect(("127.0.0.1", self.port)) {
                let _ = stream.shutdown(Shutdown::Write);
                let _ = stream.read_to_end(&mut Vec::new());
            }
        }
        player.join().unwrap_or_else(|_| Err("the player panicked".into()))
    }
}

impl Drop for Scripted {
    fn drop(&mut self) {
        if let Err(error) = self.finish() {
            if thread::panicking() {
                // Often the reason why the test fails.
                let _ = writeln!(std::io::stderr(), "{error}");
            } else {
                panic!("{error}");
            }
        }
    }
}

fn accept(listener: &TcpListener) -> Result<TcpStream, String> {
    let (stream, _) = listener.accept().map_err(|error| error.to_string())?;
    stream.set_read_timeout(Some(PATIENCE)).map_err(|error| error.to_string())?;
    Ok(stream)
}

struct Player {
    stream: BufReader<TcpStream>,
    /// A line that was read and was not the one that might come.
    ahead: Option<String>,
}

impl Player {
    fn play(mut self, mut script: Script) -> Result<(), String> {
        while let Some(step) = script.pop_front() {
            match step {
                Step::Send(bytes) => self
                    .stream
                    .get_mut()
                    .write_all(&bytes)
                    .map_err(|error| format!("sending: {error}"))?,
                Step::Expect(line) => {
                    let said = self.line()?;
                    if said.as_deref() != Some(line.as_str()) {
                        return Err(format!("expected `{line}`, the client said {said:?}"));
                    }
                }
                Step::Maybe(line) => {
                    let said = self.line()?;
                    if said.as_deref() != Some(line.as_str()) {
                        self.ahead = said;
                        while matches!(script.front(), Some(Step::Send(_))) {
                            script.pop_front();
                        }
                    }
                }
                Step::ClientCloses => {
                    if let Some(line) = self.line()? {
                        return Err(format!("expected the end, the client said `{line}`"));
                    }
                }
                Step::Close => break,
            }
        }
        let _ = self.stream.get_ref().shutdown(Shutdown::Write);
        let _ = io::copy(&mut self.stream, &mut io::sink());
        Ok(())
    }

    /// The next line; `None` at the end.
    fn line(&mut self) -> Result<Option<String>, String> {
        if self.ahead.is_some() {
            return Ok(self.ahead.take());
        }
        let mut line = Vec::new();
        self.stream
            .read_until(b'\n', &mut line)
            .map_err(|error| format!("waiting for the client: {error}"))?;
        if line.is_empty() {
            return Ok(None);
        }
        let line = line.strip_suffix(b"\r\n");
        let line = line.ok_or("the client left in mid-line, or ended it with a bare LF")?;
        Ok(Some(String::from_utf8_lossy(line).into_owned()))
    }
}

fn parse(text: &str) -> Vec<Script> {
    let mut scripts = vec![Script::new()];
    for line in text.lines() {
        if line == "---" {
            scripts.push(Script::new());
            continue;
        }
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let step = parse_step(line).unwrap_or_else(|| panic!("no step: {line}"));
        scripts.last_mut().expect("never empty").push_back(step);
    }
    scripts
}

fn parse_step(line: &str) -> Option<Step> {
    Some(match line {
        "C-close" => Step::ClientCloses,
        "S-close" => Step::Close,
        "S:" => Step::Send(b"\r\n".into()),
        _ => match line.split_once(' ')? {
            ("C:", line) => Step::Expect(line.into()),
            ("C?", line) => Step::Maybe(line.into()),
            ("S:", text) => {
                let mut bytes = unescape(text)?;
                bytes.extend_from_slice(b"\r\n");
                Step::Send(bytes)
            }
            ("S=", text) => Step::Send(unescape(text)?),
            _ => return None,
        },
    })
}

fn unescape(text: &str) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((&byte, tail)) = rest.split_first() {
        rest = tail;
        if byte != b'\\' {
            out.push(byte);
            continue;
        }
        let (&letter, tail) = rest.split_first()?;
        rest = tail;
        out.push(match letter {
            b'r' => b'\r',
            b'n' => b'\n',
            b't' => b'\t',
            b'\\' => b'\\',
            b'x' => {
                let digits = std::str::from_utf8(rest.get(..2)?).ok()?;
                rest = &rest[2..];
                u8::from_str_radix(digits, 16).ok()?
            }
            _ => return None,
        });
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCRIPT: &str =
        "# a comment\nS: +OK \\xff\n\nC? CAPA\nS: -ERR\nC: QUIT\nS= +O\nS= K\\r\\n\n";

    fn talk(server: &Scripted, say: &str) -> Vec<u8> {
        let mut stream = TcpStream::connect(("127.0.0.1", server.port())).expect("connect");
        stream.write_all(say.as_bytes()).expect("send");
        stream.shutdown(Shutdown::Write).expect("shutdown");
        let mut heard = Vec::new();
        stream.read_to_end(&mut heard).expect("receive");
        heard
    }

    #[test]
    fn a_transcript_is_played_to_the_octet() {
        for (said, heard) in [
            ("QUIT\r\n", &b"+OK \xff\r\n+OK\r\n"[..]),
            ("CAPA\r\nQUIT\r\n", b"+OK \xff\r\n-ERR\r\n+OK\r\n"),
        ] {
            let server = Scripted::play_text(SCRIPT);
            assert_eq!(talk(&server, said), heard);
        }
    }

    #[test]
    fn another_line_and_a_missing_one_are_noticed() {
        let mut server = Scripted::play_text(SCRIPT);
        talk(&server, "NOOP\r\n");
        let error = server.finish().expect_err("another line");
        let is_told = error.contains("expected `QUIT`") && error.contains("NOOP");
        assert!(is_told, "{error}");
        let mut server = Scripted::play_text(SCRIPT);
        let error = server.finish().expect_err("nobody came");
        assert!(error.contains("None"), "{error}");
    }
}
