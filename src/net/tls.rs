//! TLS by the system's library.

/// What a handshake showed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsFacts {
    /// SHA-256 of the leaf certificate (DER), the pin.
    pub pin: [u8; 32],
    /// The leaf certificate (DER), for `tls-server-end-point` (RFC 5929 §4)
    /// and for `probe`.
    pub certificate: Vec<u8>,
    /// Channel binding data of type `tls-server-end-point`, if it could be had.
    pub end_point: Option<Vec<u8>>,
}
