use native_tls::Certificate;

use super::super::certificate::{CertificateFacts, is_for};
use super::fixture;

fn read(name: &str) -> (Vec<u8>, CertificateFacts) {
    let pem = std::fs::read(fixture(name)).expect("a fixture");
    let certificate = Certificate::from_pem(&pem).expect("a certificate");
    let der = certificate.to_der().expect("DER");
    let facts = CertificateFacts::read(&der).expect("a readable certificate");
    (der, facts)
}

#[test]
fn a_certificate_tells_whom_it_is_for_and_until_when() {
    let (_, facts) = read("good.pem");
    assert_eq!(facts.subject.as_deref(), Some("localhost"));
    assert_eq!(facts.issuer.as_deref(), Some("retr test CA"));
    assert_eq!(facts.not_before.as_deref(), Some("2020-01-01T00:00:00Z"));
    assert_eq!(facts.not_after.as_deref(), Some("2120-01-01T00:00:00Z"));
    assert_eq!(facts.names, ["localhost", "127.0.0.1", "::1"]);
}

#[test]
fn a_certificate_without_alternative_names_has_none() {
    let (_, facts) = read("cn-only.pem");
    assert_eq!(facts.subject.as_deref(), Some("localhost"));
    assert!(facts.names.is_empty());
}

#[test]
fn a_nul_in_a_name_is_shown_escaped() {
    let (_, facts) = read("nul-byte.pem");
    assert_eq!(facts.names, ["localhost\\x00.evil.example"]);
}

#[test]
fn the_years_of_the_last_century_are_told() {
    let (mut der, _) = read("expired.pem");
    let time = b"010101000000Z";
    let at = (der.windows(time.len()).position(|w| w == time)).expect("a UTCTime");
    der[at] = b'9';
    let facts = CertificateFacts::read(&der).expect("a readable certificate");
    assert_eq!(facts.not_before.as_deref(), Some("1991-01-01T00:00:00Z"));
    assert_eq!(facts.not_after.as_deref(), Some("2002-01-01T00:00:00Z"));
}

#[test]
fn no_cut_and_no_flipped_octet_makes_the_reader_panic() {
    let (der, facts) = read("good.pem");
    for length in 0..der.len() {
        assert_eq!(CertificateFacts::read(&der[..length]), None);
    }
    for at in 0..der.len() {
        for value in [0x00, 0x7f, 0x80, 0x84, 0xff] {
            let mut altered = der.clone();
            altered[at] = value;
            let _ = CertificateFacts::read(&altered);
        }
    }
    assert_eq!(CertificateFacts::read(&der), Some(facts));
}

#[test]
fn a_certificate_is_for_its_alternative_names_alone() {
    for (file, host, is_it) in [
        ("good.pem", "localhost", true),
        ("good.pem", "LocalHost", true),
        ("good.pem", "127.0.0.1", true),
        ("good.pem", "::1", true),
        ("good.pem", "127.0.0.2", false),
        ("good.pem", "", false),
        ("cn-only.pem", "localhost", false),
        ("wildcard.pem", "pop.example.com", true),
        ("wildcard.pem", "POP.EXAMPLE.COM", true),
        ("wildcard.pem", "a.pop.example.com", false),
        ("wildcard.pem", "example.com", false),
        ("wildcard.pem", ".example.com", false),
        ("wildcard.pem", ".com", false),
        ("nul-byte.pem", "localhost", false),
    ] {
        let (der, _) = read(file);
        assert_eq!(is_for(&der, host), is_it, "{file} for {host}");
    }
    assert!(!is_for(b"no certificate", "localhost"));
}
