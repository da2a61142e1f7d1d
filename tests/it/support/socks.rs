//! A SOCKS5 proxy (RFC 1928) that knows its own names: by it the program
//! reaches the tests' servers under the names that it would really use.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use retr::demo::Server;

/// A running proxy; dropping it ends it.
pub(crate) struct Socks {
    server: Server,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Socks {
    /// `places` has the port of this machine that is used for a host and port.
    pub(crate) fn start(places: impl Fn(&str, u16) -> Option<u16> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port on loopback");
        let asked = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&asked);
        let server = Server::on(listener, move |client, _| {
            // A client that leaves early is a test's own affair.
            let _ = serve(client, &places, &log);
        });
        let server = server.expect("a thread");
        Self { server, asked }
    }

    pub(crate) fn url(&self) -> String {
        format!("socks5://{}", self.server.address())
    }

    /// The hosts and ports that were asked for.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().expect("log").clone()
    }
}

fn serve(
    mut client: TcpStream,
    places: impl Fn(&str, u16) -> Option<u16>,
    log: &Mutex<Vec<String>>,
) -> io::Result<()> {
    let mut answer = client.try_clone()?;
    let mut take = |length: usize| {
        let mut octets = vec![0; length];
        client.read_exact(&mut octets).map(|()| octets)
    };
    let methods = take(2)?[1];
    take(methods.into())?;
    answer.write_all(&[5, 0])?;
    let request = take(4)?;
    let host = match request[3] {
        1 => take(4)?.iter().map(u8::to_string).collect::<Vec<_>>().join("."),
        _ => {
            let length = take(1)?[0];
            String::from_utf8_lossy(&take(length.into())?).into_owned()
        }
    };
    let port = take(2)?;
    let port = u16::from_be_bytes([port[0], port[1]]);
    log.lock().expect("log").push(format!("{host}:{port}"));
    let Some(place) = places(&host, port) else {
        // Host unreachable.
        return answer.write_all(&[5, 4, 0, 1, 0, 0, 0, 0, 0, 0]);
    };
    let mut server = TcpStream::connect(("127.0.0.1", place))?;
    answer.write_all(&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0])?;
    let (mut from, mut to) = (client.try_clone()?, server.try_clone()?);
    let there = thread::spawn(move || {
        let _ = io::copy(&mut from, &mut to);
        let _ = to.shutdown(Shutdown::Write);
    });
    let _ = io::copy(&mut server, &mut client);
    let _ = client.shutdown(Shutdown::Write);
    there.join().expect("copying does not panic");
    Ok(())
}
