//! What OpenSSL says. Its bindings below `native_tls` give text, with a code in
//! it: this is the one place that reads it. Another library's text is passed
//! on as it is.

use crate::base::sanitized;

/// What a failure means, as far as something depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// The certificate failed the checks.
    Certificate,
    /// The two sides have no version in common.
    Version,
    /// The server's keys or ciphers are too weak.
    Weak,
    /// A PKCS#12 file has a password.
    Password,
    /// Anything else.
    Other,
}

impl Meaning {
    /// Reads a failure. The numbers are those of `sslerr.h` and `pkcs12err.h`,
    /// the same in all releases from 1.1 on.
    pub(super) fn of(text: &str) -> Self {
        codes(text)
            .map(|(library, number)| match (library, number) {
                ("SSL routines", 134) => Meaning::Certificate,
                // Unsupported protocol, no protocols available, wrong version
                // number, version too low, alert 70 (protocol version).
                ("SSL routines", 258 | 191 | 267 | 396 | 1070) => Meaning::Version,
                // DH, server and CA key or digest, alert 71 (insufficient
                // security).
                ("SSL routines", 394 | 397..=399 | 1071) => Meaning::Weak,
                ("PKCS12 routines", 113) => Meaning::Password,
                _ => Meaning::Other,
            })
            .find(|meaning| *meaning != Meaning::Other)
            .unwrap_or(Meaning::Other)
    }
}

/// The library and the number of each error in
/// `error:CODE:library:function:reason:…, error:…`. The number is the code's
/// lower part: 12 bits in 1.1, 23 bits from 3.0 on, of which 12 are used.
fn codes(text: &str) -> impl Iterator<Item = (&str, u32)> {
    text.split("error:").skip(1).filter_map(|error| {
        let mut fields = error.split(':');
        let code = u32::from_str_radix(fields.next()?, 16).ok()?;
        Some((fields.next()?, code & 0xfff))
    })
}

/// The telling part of the first error; of any other text, all of it.
pub(super) fn reason(text: &str) -> String {
    let telling = match text.strip_prefix("error:") {
        Some(rest) => rest.split(':').nth(3).unwrap_or(rest),
        None => text,
    };
    sanitized(telling.as_bytes())
}

/// The error of a certificate, which is in parentheses at the end, and
/// whether it is about the name: of these errors there is only the text.
pub(super) fn certificate_error(text: &str) -> (String, bool) {
    let error = (text.strip_suffix(')')).and_then(|text| text.rsplit_once(" ("));
    let error = error.map_or_else(|| reason(text), |(_, error)| sanitized(error.as_bytes()));
    let of_name = error.to_lowercase().ends_with(" mismatch");
    (error, of_name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_are_known_by_their_codes_in_all_releases() {
        #[rustfmt::skip]
        let rows = [
            ("error:0A000086:SSL routines:tls_post_process_server_certificate:certificate verify failed:../ssl/statem/statem_clnt.c:1889: (hostname mismatch)",
             Meaning::Certificate),
            ("error:1416F086:SSL routines:tls_process_server_certificate:certificate verify failed:../ssl/statem/statem_clnt.c:1913:",
             Meaning::Certificate),
            ("error:0A00042E:SSL routines:ssl3_read_bytes:tlsv1 alert protocol version:../ssl/record/rec_layer_s3.c:1586:SSL alert number 70",
             Meaning::Version),
            ("error:0A000102:SSL routines:ssl_choose_client_version:unsupported protocol:x.c:1:", Meaning::Version),
            ("error:0A00018A:SSL routines:tls_process_ske_dhe:dh key too small:x.c:1:", Meaning::Weak),
            ("error:11800071:PKCS12 routines:PKCS12_parse:mac verify failure:x.c:1:", Meaning::Password),
            ("error:0308010C:digital envelope routines:inner:unsupported:x.c:1:, error:11800071:PKCS12 routines:f:anything:x.c:1:",
             Meaning::Password),
            ("certificate verify failed", Meaning::Other),
            ("error:xyz:SSL routines", Meaning::Other),
            ("error:", Meaning::Other),
            ("", Meaning::Other),
        ];
        for (text, meaning) in rows {
            assert_eq!(Meaning::of(text), meaning, "{text}");
        }
    }
}
