use std::io;

use openssl::ssl::{
    SslAcceptor, SslAcceptorBuilder, SslFiletype, SslMethod, SslStream, SslVerifyMode, SslVersion,
};
use sha2::{Digest, Sha256};

use super::super::tls::server_name;
use super::super::{Obstacle, TlsFacts, TlsMin, TlsPolicy};
use super::*;

mod checks;
mod files;
mod handshake;
mod stream;

const BOTH: [SslVersion; 2] = [SslVersion::TLS1_2, SslVersion::TLS1_3];

fn builder(certificate: &str, version: SslVersion) -> SslAcceptorBuilder {
    let mut builder = SslAcceptor::mozilla_intermediate_v5(SslMethod::tls()).expect("TLS");
    let file = |kind| fixture(&format!("{certificate}.{kind}"));
    (builder.set_certificate_chain_file(file("pem"))).expect("a certificate");
    (builder.set_private_key_file(file("key"), SslFiletype::PEM)).expect("a key");
    (builder.set_min_proto_version(Some(version))).expect("a version");
    (builder.set_max_proto_version(Some(version))).expect("a version");
    builder
}

fn acceptor(certificate: &str, version: SslVersion) -> SslAcceptor {
    builder(certificate, version).build()
}

/// A server with TLS from the first octet, for one connection. `None` when
/// the handshake failed.
fn serve_tls<T: Send + 'static>(
    certificate: &str,
    version: SslVersion,
    handle: impl FnOnce(SslStream<TcpStream>) -> T + Send + 'static,
) -> (u16, Server<Option<T>>) {
    let acceptor = acceptor(certificate, version);
    serve(move |stream| acceptor.accept(stream).ok().map(handle))
}

/// A server that shakes hands on this many connections and then answers how
/// many octets came above TLS.
fn serve_handshakes(certificate: &str, version: SslVersion, count: usize) -> (u16, Server<usize>) {
    let acceptor = acceptor(certificate, version);
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let server = Server::start(move || {
        let streams = (0..count).map(|_| listener.accept().expect("a client").0);
        let above = streams.filter_map(|stream| acceptor.accept(stream).ok());
        above.map(|stream| read_all(stream).len()).sum()
    });
    (port, server)
}

/// A connection with TLS to come.
fn open_for(policy: &TlsPolicy, port: u16) -> Connection {
    Connection::open(&route(port), Some(policy), timeouts(LONG)).expect("a connection")
}

fn start_tls(policy: &TlsPolicy, port: u16, host: &str) -> Result<Connection, Error> {
    open_for(policy, port).start_tls(host)
}

fn start(port: u16) -> Connection {
    start_tls(&trusting(), port, "localhost").expect("a good certificate")
}

fn trusting() -> TlsPolicy {
    with(TlsPolicy::default(), |it| it.ca = Some(fixture("ca.pem")))
}

fn pin_of(certificate: &str) -> [u8; 32] {
    let pem = std::fs::read(fixture(&format!("{certificate}.pem"))).expect("a fixture");
    let certificate = native_tls::Certificate::from_pem(&pem).expect("a certificate");
    Sha256::digest(certificate.to_der().expect("DER")).into()
}

fn hex(pin: [u8; 32]) -> String {
    data_encoding::HEXLOWER.encode(&pin)
}

/// Returns whether a server with this certificate is taken for this host.
fn check(certificate: &str, policy: &TlsPolicy, host: &str) -> Result<(), Error> {
    let (port, server) = serve_tls(certificate, SslVersion::TLS1_3, read_all);
    let result = start_tls(policy, port, host);
    let result = result.map(|connection| connection.close(LONG));
    server.join();
    result
}
