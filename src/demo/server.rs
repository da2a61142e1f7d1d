//! The server itself: a port on loopback, and a thread for each client.

use std::collections::BTreeMap;
use std::io::{self, BufReader};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

use super::maildrop::{Maildrop, Message, lock};
use super::session;

/// Longest silence of a client.
const IDLE_TIMEOUT: Duration = Duration::from_secs(600);

/// A running server; it stops when dropped.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    shared: Arc<Shared>,
    accepting: Option<JoinHandle<Vec<JoinHandle<()>>>>,
}

#[derive(Debug, Default)]
struct Shared {
    stopping: AtomicBool,
    /// The connections that are open, to be able to end them.
    open: Mutex<BTreeMap<usize, TcpStream>>,
}

impl Server {
    /// Serves these messages (LF line ends) on a free port of 127.0.0.1; the
    /// unique id of each is its hash.
    pub fn start(mails: Vec<Vec<u8>>) -> io::Result<Self> {
        let maildrop = Maildrop::default();
        maildrop.messages().extend(mails.into_iter().map(|mail| {
            let uid = HEXLOWER.encode(&Sha256::digest(&mail)[..16]);
            Arc::new(Message::new(uid, &mail))
        }));
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        Self::on(listener, move |stream, _| {
            let set_up = stream
                .set_nodelay(true)
                .and(stream.set_read_timeout(Some(IDLE_TIMEOUT)))
                .and(stream.set_write_timeout(Some(IDLE_TIMEOUT)));
            // A client that goes away is no fault of the server.
            let _ = set_up.and_then(|()| session::serve(&maildrop, &mut BufReader::new(stream)));
        })
    }

    /// Has each connection served in a thread of its own; connections are
    /// numbered from 1 on.
    pub fn on(
        listener: TcpListener,
        serve: impl Fn(TcpStream, usize) + Send + Sync + 'static,
    ) -> io::Result<Self> {
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared::default());
        let accepting = thread::Builder::new().name("server".into()).spawn({
            let shared = Arc::clone(&shared);
            move || accept(&listener, &shared, Arc::new(serve))
        })?;
        Ok(Self { address, shared, accepting: Some(accepting) })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Ends every session and takes no more; how each of them ended.
    pub fn stop(&mut self) -> Vec<thread::Result<()>> {
        let Some(accepting) = self.accepting.take() else {
            return Vec::new();
        };
        self.shared.stopping.store(true, Ordering::SeqCst);
        // Wakes the thread that waits for a client.
        let _ = TcpStream::connect(self.address);
        let sessions = accepting.join().unwrap_or_default();
        for stream in lock(&self.shared.open).values() {
            let _ = stream.shutdown(Shutdown::Both);
        }
        sessions.into_iter().map(JoinHandle::join).collect()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Takes connections until told to stop; hands back the sessions it started.
fn accept(
    listener: &TcpListener,
    shared: &Arc<Shared>,
    serve: Arc<impl Fn(TcpStream, usize) + Send + Sync + 'static>,
) -> Vec<JoinHandle<()>> {
    let mut sessions = Vec::new();
    for stream in listener.incoming() {
        if shared.stopping.load(Ordering::SeqCst) {
            break;
        }
        let number = sessions.len() + 1;
        if let Ok(stream) = stream
            && let Ok(handle) = stream.try_clone()
        {
            lock(&shared.open).insert(number, handle);
            let (open, serve) = (Open(Arc::clone(shared), number), Arc::clone(&serve));
            sessions.push(thread::spawn(move || {
                let _open = open;
                serve(stream, number);
            }));
        }
    }
    sessions
}

/// Lets go of the connection when its session is over, however that ends: it
/// is closed with its last handle.
struct Open(Arc<Shared>, usize);

impl Drop for Open {
    fn drop(&mut self) {
        lock(&self.0.open).remove(&self.1);
    }
}
