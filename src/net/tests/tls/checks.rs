use super::*;

/// The reason why a certificate is refused. Nothing is sent, neither then nor
/// when another connection looks at it.
fn refusal(certificate: &str, policy: &TlsPolicy, host: &str) -> String {
    refusal_by(SslVersion::TLS1_3, certificate, policy, host)
}

fn refusal_by(version: SslVersion, certificate: &str, policy: &TlsPolicy, host: &str) -> String {
    let (port, server) = serve_handshakes(certificate, version, 2);
    let error = start_tls(policy, port, host).expect_err("a bad certificate");
    let found = open_for(policy, port).peer_certificate(policy, host);
    assert_eq!(server.join(), 0, "nothing is sent");
    let found = found.expect("a look at it");
    assert_eq!(found.pin, pin_of(certificate));
    assert_eq!(found.pin, *Sha256::digest(&found.certificate));
    assert_eq!(error.class(), Class::Tls);
    match error {
        Error::Certificate { reason, .. } => reason,
        error => panic!("{error:?}"),
    }
}

#[test]
fn a_certificate_is_good_for_each_of_its_names() {
    for host in "localhost LOCALHOST localhost. 127.0.0.1 ::1 [::1]".split(' ') {
        check("good", &trusting(), host).expect("a good certificate");
    }
}

// Fault 93.
#[test]
fn each_bad_certificate_is_refused_with_its_reason_and_its_pin() {
    for (certificate, reason) in [
        ("wrong-name", "hostname mismatch"),
        ("cn-only", "none of its alternative names is this one"),
        ("nul-byte", "hostname mismatch"),
        ("expired", "certificate has expired"),
        ("not-yet-valid", "certificate is not yet valid"),
        ("self-signed", "self-signed certificate"),
    ] {
        let said = refusal(certificate, &trusting(), "localhost");
        // Older releases of OpenSSL write some with a space or a capital.
        let said = said.to_lowercase().replace("self signed", "self-signed");
        assert_eq!(said, reason, "{certificate}");
    }
    let said = refusal_by(SslVersion::TLS1_2, "expired", &trusting(), "localhost");
    assert_eq!(said, "certificate has expired");
    let said = refusal("good", &trusting(), "192.0.2.1");
    assert_eq!(said.to_lowercase(), "ip address mismatch");
    let said = refusal("good", &TlsPolicy::default(), "localhost");
    assert_eq!(said, "unable to get local issuer certificate");
}

#[test]
fn a_ca_file_may_hold_its_own_root_and_several() {
    let pem = |name: &str| std::fs::read(fixture(name)).expect("a fixture");
    for (roots, trusted) in [
        (pem("self-signed.pem"), &["self-signed"][..]),
        ([pem("self-signed.pem"), pem("ca.pem")].concat(), &["good", "self-signed"]),
    ] {
        let file = tempfile::NamedTempFile::new().expect("a file");
        std::fs::write(file.path(), roots).expect("a write");
        let policy = with(TlsPolicy::default(), |it| it.ca = Some(file.path().into()));
        for certificate in trusted {
            check(certificate, &policy, "localhost").expect("a trusted certificate");
        }
    }
}

#[test]
fn the_error_names_the_server_and_the_reason_and_the_pin() {
    let (port, server) = serve_handshakes("expired", SslVersion::TLS1_3, 1);
    let mut error = start_tls(&trusting(), port, "localhost").expect_err("it has expired");
    server.join();
    let text = "the certificate is not accepted: certificate has expired";
    assert_eq!(error.to_string(), text);
    assert_eq!(error.refused_certificate(), None);
    let shown = TlsFacts { pin: pin_of("expired"), certificate: Vec::new(), end_point: None };
    if let Error::Certificate { found, .. } = &mut error {
        *found = Some(Box::new(shown.clone()));
    }
    let pin = hex(pin_of("expired"));
    assert_eq!(error.to_string(), format!("{text} (sha256:{pin})"));
    let expected = Some((&shown, "certificate has expired"));
    assert_eq!(error.refused_certificate(), expected);
}

#[test]
fn a_name_may_be_given_in_place_of_the_host() {
    let named = |name: &str| with(trusting(), |it| it.name = Some(name.to_owned()));
    check("wildcard", &named("pop.example.com"), "127.0.0.1").expect("a good name");
    let mismatch = "hostname mismatch";
    for name in ["example.com", "a.pop.example.com", "pop.example.org"] {
        let said = refusal("wildcard", &named(name), "127.0.0.1").to_lowercase();
        assert_eq!(said, mismatch, "{name}");
    }
    // Not even as what OpenSSL takes for any host below a domain.
    for name in [".example.com", ".com"] {
        let error = check("wildcard", &named(name), "127.0.0.1").expect_err(name);
        let is_of_name = matches!(error, Error::Certificate { of_name: true, .. });
        assert!(is_of_name, "{name}: {error:?}");
    }
    let error = check("good", &named("a\0b"), "localhost").expect_err("no name");
    assert_eq!(error.class(), Class::Config);
}

#[test]
fn no_certificate_has_a_zone_brackets_or_a_final_dot() {
    let policy = TlsPolicy::default();
    for (host, name) in
        [("[fe80::1%eth0]", "fe80::1"), ("pop.example.com.", "pop.example.com"), ("[::1]", "::1")]
    {
        assert_eq!(server_name(&policy, host).expect("a name"), name);
    }
}

fn pinned(pins: &[[u8; 32]], pin_only: bool) -> TlsPolicy {
    with(trusting(), |it| (it.pins, it.pin_only) = (pins.to_vec(), pin_only))
}

#[test]
fn a_pin_is_checked_besides_the_rest() {
    let wrong = [7; 32];
    let good = pin_of("good");
    check("good", &pinned(&[wrong, good], false), "localhost").expect("the pinned one");
    let error = check("good", &pinned(&[wrong, [8; 32]], false), "localhost");
    let error = error.expect_err("not a pinned one");
    let [shown, first, second] = [good, wrong, [8; 32]].map(|pin| format!("sha256:{}", hex(pin)));
    let text = format!("the certificate is {shown}, but pinned is {first} or {second}");
    assert_told(&error, Class::Tls, &text);
    let (shown, why) = error.refused_certificate().expect("it was seen");
    assert_eq!((shown.pin, why), (good, "it is not the pinned one"));
    // The right pin does not make up for a certificate that is not valid.
    let policy = pinned(&[pin_of("expired")], false);
    let said = refusal("expired", &policy, "localhost");
    assert_eq!(said, "certificate has expired");
}

#[test]
fn a_pin_alone_may_replace_the_rest() {
    for certificate in ["self-signed", "expired", "wrong-name"] {
        let policy = pinned(&[pin_of(certificate)], true);
        check(certificate, &policy, "localhost").expect("the pinned one");
    }
    let error = check("good", &pinned(&[[7; 32]], true), "localhost");
    assert!(matches!(error, Err(Error::Pin { .. })), "{error:?}");
}

#[test]
fn no_pin_at_all_cannot_replace_anything() {
    let error = check("good", &pinned(&[], true), "localhost").expect_err("no pin");
    let text = "TLS cannot be set up: nothing but the pin is to be checked, but there is no pin";
    assert_told(&error, Class::Config, text);
}
