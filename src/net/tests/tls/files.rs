use super::*;

#[test]
fn a_client_certificate_is_taken_in_both_forms() {
    for file in ["client.pem", "client.p12"] {
        let policy = with(trusting(), |it| it.client = Some(fixture(file)));
        let mut builder = builder("good", SslVersion::TLS1_3);
        builder.set_ca_file(fixture("ca.pem")).expect("a root");
        builder.set_verify(SslVerifyMode::PEER | SslVerifyMode::FAIL_IF_NO_PEER_CERT);
        let acceptor = builder.build();
        let (port, server) = serve(move |stream| {
            let stream = acceptor.accept(stream).expect("an identity");
            let certificate = stream.ssl().peer_certificate().expect("a certificate");
            certificate.to_der().expect("DER")
        });
        let connection = start_tls(&policy, port, "localhost");
        let shown = server.join();
        assert_eq!(pin_of("client"), *Sha256::digest(shown));
        drop(connection.expect("a good certificate"));
    }
}

#[test]
fn a_server_that_wants_a_client_certificate_is_heard() {
    let mut builder = builder("good", SslVersion::TLS1_3);
    builder.set_verify(SslVerifyMode::PEER | SslVerifyMode::FAIL_IF_NO_PEER_CERT);
    let acceptor = builder.build();
    let (port, server) = serve(move |stream| acceptor.accept(stream).is_err());
    // In TLS 1.3 the client's handshake is over before the server decides.
    let error = end_of(&mut start(port));
    assert_eq!(error.class(), Class::Tls);
    let text = error.to_string();
    assert!(text.contains("certificate required"), "{text}");
    assert!(server.join());
}

/// A file that cannot be used, as what it was to be.
#[track_caller]
fn assert_unusable(what: &str, file: &str, set: fn(&mut TlsPolicy, PathBuf), why: &str) {
    let path = fixture(file);
    let policy = with(trusting(), |it| set(it, path.clone()));
    let error = check("good", &policy, "localhost").expect_err("no use");
    assert_eq!(error.class(), Class::Config);
    let text = error.to_string();
    let start = format!("cannot use {what} {}: {why}", path.display());
    assert!(text.starts_with(&start), "{text}");
}

#[test]
fn a_client_certificate_that_cannot_be_used_says_why() {
    for (file, why) in [
        ("missing.pem", "No such file or directory"),
        ("", "it is not a regular file"),
        ("ca.pem", "no private key in it"),
        ("client-password.p12", "it has a password"),
        ("client-sec1.pem", "its key is not in PKCS#8 form"),
        ("README.md", "no certificate with its key in PEM or PKCS#12"),
    ] {
        let set: fn(&mut TlsPolicy, _) = |it, path| it.client = Some(path);
        assert_unusable("client certificate", file, set, why);
    }
}

#[test]
fn a_key_that_belongs_to_another_certificate_is_refused() {
    let mut pem = std::fs::read(fixture("good.pem")).expect("a fixture");
    pem.extend(std::fs::read(fixture("expired.key")).expect("a fixture"));
    let file = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(file.path(), pem).expect("a write");
    let policy = with(trusting(), |it| it.client = Some(file.path().to_owned()));
    let error = check("good", &policy, "localhost").expect_err("no identity");
    assert_eq!(error.class(), Class::Config);
    assert!(error.to_string().contains("key values mismatch"), "{error}");
}

#[test]
fn a_ca_file_that_cannot_be_used_says_why() {
    for (file, why) in [
        ("missing.pem", "No such file or directory"),
        ("", "it is not a regular file"),
        ("README.md", "no certificate in PEM format"),
        ("good.key", "no certificate in PEM format"),
        ("client.p12", "no certificate in PEM format"),
    ] {
        assert_unusable("CA file", file, |it, path| it.ca = Some(path), why);
    }
}
