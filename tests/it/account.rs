//! `retr account add`: from an address to mail, and never to anybody who lies.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::PathBuf;

use rustix::process::Signal;
use simple_dns::rdata::{MX, RData, SRV};
use simple_dns::{CLASS, Name, Packet, QTYPE, ResourceRecord, TYPE};

use crate::support::env::{Program, Sandbox, has};
use crate::support::mail::{Mail, small};
use crate::support::model::certs::{self, Identity};
use crate::support::model::{Model, Setup, Tls};
use crate::support::output::Output;
use crate::support::socks::Socks;
use crate::support::terminal::Terminal;
use crate::support::web::{Reply, Web};

/// For every host below example.com.
const WILDCARD: Identity = Identity("wildcard");

/// Whatever a provider has, on this machine.
struct Provider {
    sandbox: Sandbox,
    model: Model,
    _web: Web,
    _dns: Dns,
    proxy: Socks,
    resolver: String,
    mails: Vec<Mail>,
}

/// What is there besides the mailbox at pop.example.com.
#[derive(Clone, Default)]
struct World {
    /// What autoconfig.example.com says.
    autoconfig: Option<String>,
    /// What the database says, of any domain.
    ispdb: Option<String>,
    /// The mail exchanger, and the host of the service.
    dns: (Option<&'static str>, Option<&'static str>),
    /// Another host that leads to the mailbox.
    also: Option<&'static str>,
    identity: Option<Identity>,
}

impl Provider {
    fn new(world: World) -> Self {
        let mails = small(3, 1);
        let setup = Setup {
            user: "alice@example.com",
            tls: Tls::Implicit(world.identity.unwrap_or(WILDCARD)),
            ..Setup::default()
        };
        let model = Model::start(setup).holding(&mails);
        let pages = world.clone();
        let web = Web::start(WILDCARD.acceptor(false), move |request| {
            let page = match request.target.as_str() {
                "/mail/config-v1.1.xml" => &pages.autoconfig,
                target if target.starts_with("/v1.1/") => {
                    // The domain is all that anybody is told.
                    assert!(!target.contains("alice"), "{target}");
                    &pages.ispdb
                }
                _ => &None,
            };
            match page {
                Some(page) => Reply::Body(200, "text/xml", page.clone()),
                None => Reply::Body(404, "text/html", "no".into()),
            }
        });
        let dns = Dns::start(world.dns);
        let (pop, https, name_server) = (model.port(), web.port(), dns.port);
        let proxy = Socks::start(move |host, port| match (host, port) {
            ("autoconfig.example.com" | "ispdb.example.com", 443) => Some(https),
            ("pop.example.com", 995) => Some(pop),
            (host, 995) if Some(host) == world.also => Some(pop),
            ("127.0.0.1", port) if port == name_server => Some(name_server),
            _ => None,
        });
        Self {
            sandbox: Sandbox::new(),
            model,
            resolver: format!("127.0.0.1:{}", dns.port),
            _dns: dns,
            _web: web,
            proxy,
            mails,
        }
    }

    fn command(&self, program: Program, words: &[&str]) -> Program {
        program
            .args([
                "add",
                "alice@example.com",
                "--ispdb",
                "https://ispdb.example.com/v1.1/{domain}",
            ])
            .args([
                "--proxy",
                &self.proxy.url(),
                "--resolver",
                &self.resolver,
                "--tls-ca",
            ])
            .args([certs::ca()])
            .args(words)
    }

    fn add(&self, words: &[&str]) -> Program {
        let program = self.command(self.sandbox.retr(["account"]), words);
        program.env("RETR_PASSWORD", "correct horse")
    }

    fn config(&self) -> PathBuf {
        self.sandbox.path("config/retr/config.toml")
    }

    /// Nobody was told the user's name, and nothing was written.
    #[track_caller]
    fn assert_untouched(&self) {
        for command in ["USER", "PASS", "AUTH"] {
            assert_eq!(self.model.count(command), 0, "{command}");
        }
        assert!(!self.sandbox.path("config/retr").exists());
        assert!(!self.sandbox.path("home/Mail").exists());
    }

    /// Fetches what is there by the account that was added.
    #[track_caller]
    fn assert_fetches(&self, name: &str) {
        self.sandbox.retr(["config", "check"]).run_to(0);
        let output = self.sandbox.retr(["fetch"]).run_to(0);
        assert_eq!(output.stderr_text(), "", "{output}");
        let new = self.sandbox.path(&format!("home/Mail/{name}/new"));
        assert_eq!(
            fs::read_dir(new).expect("a Maildir").count(),
            self.mails.len()
        );
    }
}

/// A name server over TCP.
struct Dns {
    port: u16,
}

impl Dns {
    fn start((exchanger, service): (Option<&'static str>, Option<&'static str>)) -> Self {
        use std::io::{Read, Write};
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.expect("a connection");
                let mut length = [0; 2];
                if stream.read_exact(&mut length).is_err() {
                    continue;
                }
                let mut question = vec![0; usize::from(u16::from_be_bytes(length))];
                stream.read_exact(&mut question).expect("a question");
                let question = Packet::parse(&question).expect("a packet");
                let mut reply = Packet::new_reply(question.id());
                reply.questions.clone_from(&question.questions);
                let asked = &question.questions[0];
                let host = |name: &'static str| Name::new(name).expect("a name");
                let data = match asked.qtype {
                    QTYPE::TYPE(TYPE::MX) => exchanger.map(|exchanger| {
                        RData::MX(MX {
                            preference: 1,
                            exchange: host(exchanger),
                        })
                    }),
                    QTYPE::TYPE(TYPE::SRV) if asked.qname.to_string().starts_with("_pop3s.") => {
                        service.map(|target| {
                            RData::SRV(SRV {
                                priority: 0,
                                weight: 0,
                                port: 995,
                                target: host(target),
                            })
                        })
                    }
                    _ => None,
                };
                let name = asked.qname.clone();
                reply
                    .answers
                    .extend(data.map(|data| ResourceRecord::new(name, CLASS::IN, 60, data)));
                let reply = reply.build_bytes_vec().expect("a packet");
                let length = u16::try_from(reply.len()).expect("short").to_be_bytes();
                let _ = stream.write_all(&[&length, &reply[..]].concat());
            }
        });
        Self { port }
    }
}

fn document(host: &str, socket: &str) -> Option<String> {
    Some(format!(
        "<clientConfig version='1.1'><emailProvider id='x'><incomingServer type='pop3'>\
         <hostname>{host}</hostname><port>995</port><socketType>{socket}</socketType>\
         <username>%EMAILADDRESS%</username></incomingServer></emailProvider></clientConfig>"
    ))
}

fn with_autoconfig() -> World {
    World {
        autoconfig: document("pop.example.com", "SSL"),
        ..World::default()
    }
}

#[track_caller]
fn source(output: &Output) -> String {
    output.event("candidate")["source"]
        .as_str()
        .expect("a word")
        .to_owned()
}

#[test]
fn what_the_domain_says_of_itself_leads_to_mail() {
    let provider = Provider::new(with_autoconfig());
    let before = "# mine\n[defaults]\ntimeout = \"5s\" # short\n\n[accounts.old]\nhost = \"h\"\nuser = 'u'\nenabled = false\nmaildir = \"/m\"\npassword_file = \"/p\"";
    fs::create_dir_all(provider.config().parent().expect("a folder")).expect("made");
    fs::write(provider.config(), before).expect("written");
    let output = provider.add(&["--json"]).run_to(0);
    assert_eq!(source(&output), "autoconfig");
    let candidate = output.event("candidate");
    assert_eq!(
        (&candidate["host"], &candidate["consent"]),
        (&"pop.example.com".into(), &false.into())
    );
    assert_eq!(output.event("account")["next"], "retr fetch example");
    assert!(!format!("{output}").contains("correct horse"));

    let after = fs::read_to_string(provider.config()).expect("a config");
    let added = after.strip_prefix(before).expect("what was there stays");
    let password = provider.sandbox.path("config/retr/example.password");
    assert_eq!(
        added,
        format!(
            "\n\n[accounts.example]\nhost = \"pop.example.com\"\nuser = \"alice@example.com\"\n\
             maildir = \"~/Mail/example\"\npassword_file = \"{}\"\nproxy = \"{}\"\ntls_ca = \"{}\"\n",
            password.display(),
            provider.proxy.url(),
            certs::ca().display(),
        )
    );
    assert_eq!(fs::read(&password).expect("a password"), b"correct horse\n");
    let mode = fs::metadata(&password)
        .expect("a file")
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    let output = provider.sandbox.retr(["fetch", "example"]).run_to(0);
    assert_eq!(output.stderr_text(), "", "{output}");
    // Its name is taken now; the address is one, too.
    let again = provider.add(&["--name", "example"]).run_to(78);
    assert!(
        again
            .stderr_text()
            .contains("there is an account `example` already"),
        "{again}"
    );
    provider.add(&[]).run_to(0);
    let text = fs::read_to_string(provider.config()).expect("a config");
    assert!(
        text.contains("\n[accounts.\"alice@example.com\"]\n"),
        "{text}"
    );
}

// Case 103.
#[test]
fn each_way_is_tried_in_its_turn() {
    let by_ispdb = World {
        ispdb: document("pop.example.com", "SSL"),
        ..World::default()
    };
    let by_mx = World {
        dns: (Some("mx1.mail.example.net"), None),
        ..by_ispdb.clone()
    };
    let by_srv = World {
        dns: (None, Some("pop.example.com")),
        ..World::default()
    };
    for (world, word) in [
        (by_ispdb.clone(), "ispdb"),
        (World::default(), "guess"),
        (by_srv.clone(), "srv"),
    ] {
        let provider = Provider::new(world);
        let output = provider.add(&["--json", "--yes"]).run_to(0);
        assert_eq!(source(&output), word);
        provider.assert_fetches("example");
    }
    // What the domain says comes before what others say of it.
    let provider = Provider::new(by_mx);
    let output = provider.add(&["--json", "--yes"]).run_to(0);
    assert_eq!(source(&output), "ispdb");
    assert!(
        !provider
            .proxy
            .asked()
            .iter()
            .any(|asked| asked.starts_with("127.0.0.1:"))
    );
    // Of what only DNS says, the user has to know.
    let provider = Provider::new(by_srv);
    let output = provider.add(&[]).run_to(78);
    assert!(
        output
            .stderr_text()
            .contains("only DNS leads to pop.example.com"),
        "{output}"
    );
    assert!(
        output.stderr_text().contains("hint: --yes agrees to it"),
        "{output}"
    );
    provider.assert_untouched();
}

#[test]
fn the_exchanger_s_provider_is_looked_up() {
    let world = World {
        dns: (Some("aspmx.l.google.com"), None),
        also: Some("pop.gmail.com"),
        ..World::default()
    };
    let provider = Provider::new(world);
    // Its certificate is not for that name.
    let output = provider.add(&["--yes", "-v"]).run_to(0);
    let text = output.stderr_text();
    assert!(
        text.contains("pop.gmail.com:995 (by the mail exchanger aspmx.l.google.com"),
        "{output}"
    );
    assert!(text.contains("certificate"), "{output}");
    assert!(
        text.contains("server pop.example.com port 995 (TLS)"),
        "{output}"
    );
}

#[test]
fn answers_that_lie_get_no_password_and_are_told() {
    let of = |autoconfig: Option<String>| World {
        autoconfig,
        ..World::default()
    };
    let bomb = "<!DOCTYPE x [<!ENTITY a 'aaaaaaaaaa'>]><x>&a;</x>".to_owned();
    for (world, text) in [
        (
            of(document("pop.example.com", "plain")),
            "it names pop.example.com without encryption",
        ),
        (
            of(document("mail.a.example.com", "SSL")),
            "mail.a.example.com",
        ),
        (of(document("pop.example.org", "SSL")), "pop.example.org"),
        (of(Some(bomb)), "not the XML that it should be"),
        (of(Some("x".repeat(10 << 20))), "is longer than 64 KiB"),
        (of(Some("<html>".into())), "not the XML that it should be"),
    ] {
        let world = World {
            also: Some("mail.a.example.com"),
            identity: Some(Identity::OTHER_NAME),
            ..world
        };
        let provider = Provider::new(world);
        let output = provider.add(&["--yes"]).run();
        assert!(
            [69, 75, 78, 79].contains(&output.code().expect("a code")),
            "{output}"
        );
        assert!(output.stderr_text().contains(text), "{text}: {output}");
        assert!(
            output
                .stderr_text()
                .contains("no POP3 server found for example.com"),
            "{output}"
        );
        provider.assert_untouched();
    }
}

#[test]
fn a_refused_login_leaves_nothing() {
    let provider = Provider::new(with_autoconfig());
    let output = provider.add(&[]).env("RETR_PASSWORD", "wrong").run_to(77);
    assert!(output.stderr_text().contains("was refused"), "{output}");
    assert!(!provider.config().exists());
    assert!(!provider.sandbox.path("config/retr").exists());
}

#[test]
fn a_password_is_kept_by_pass_where_that_works() {
    // What it keeps, it keeps beside itself; `broken` gives back something else.
    let script = |broken: &str| {
        format!(
            "#!/bin/sh\nf=$(dirname \"$0\")/kept\ncase $1 in\n\
             show) cat \"$f\" 2>/dev/null {broken};;\n\
             insert) cat >\"$f\"; echo \"$3\" >\"$f.name\";;\n\
             rm) rm -f \"$f\";;\nesac\n"
        )
    };
    for (broken, key) in [
        ("", "password_command = \"pass show retr/example\""),
        ("| tr a-z A-Z", "password_file = "),
    ] {
        let provider = Provider::new(with_autoconfig());
        let sandbox = &provider.sandbox;
        let folder = sandbox.path("programs");
        fs::create_dir(&folder).expect("a folder");
        fs::create_dir(sandbox.path("home/.password-store")).expect("a folder");
        fs::write(sandbox.path("home/.password-store/.gpg-id"), "x\n").expect("written");
        sandbox.program("programs/pass", script(broken));
        let path = format!("{}:/usr/bin:/bin", folder.display());
        let output = provider.add(&[]).env("PATH", &path).run_to(0);
        let config = fs::read_to_string(provider.config()).expect("a config");
        assert!(config.contains(key), "{config}\n{output}");
        // What it would not give back is not left with it.
        assert_eq!(folder.join("kept").exists(), broken.is_empty());
        sandbox.retr(["fetch"]).env("PATH", &path).run_to(0);
    }
}

#[test]
fn a_server_that_is_named_is_tried_and_nothing_else() {
    let provider = Provider::new(with_autoconfig());
    let output = provider.add(&["--host", "mail.example.com"]).run_to(69);
    let text = output.stderr_text();
    assert!(
        text.contains("error: alice@example.com: mail.example.com:995 (as given): "),
        "{output}"
    );
    assert_eq!(provider.proxy.asked(), ["mail.example.com:995"]);
    provider.assert_untouched();
    let output = provider
        .add(&["--host", "pop.example.com", "--json"])
        .run_to(0);
    assert_eq!(source(&output), "host");
    provider.assert_fetches("example");
}

#[test]
fn a_link_stays_one_and_a_file_keeps_its_mode() {
    let provider = Provider::new(with_autoconfig());
    let real = provider.sandbox.path("real.toml");
    fs::write(&real, "[defaults]\n").expect("written");
    fs::set_permissions(&real, fs::Permissions::from_mode(0o644)).expect("chmod");
    fs::create_dir_all(provider.config().parent().expect("a folder")).expect("made");
    symlink(&real, provider.config()).expect("linked");
    provider.add(&[]).run_to(0);
    assert!(provider.config().is_symlink());
    let mode = fs::metadata(&real).expect("a file").permissions().mode();
    assert_eq!(mode & 0o777, 0o644);
    provider.assert_fetches("example");
    // A file that cannot be added to at its end is left as it is.
    let odd = "accounts = { a = { host = \"h\", user = \"u\" } }\n";
    fs::write(&real, odd).expect("written");
    let output = provider.add(&[]).run_to(78);
    assert!(
        output
            .stderr_text()
            .contains("cannot be added to at its end"),
        "{output}"
    );
    assert_eq!(fs::read_to_string(&real).expect("a config"), odd);
}

#[test]
fn offline_the_table_is_all_and_nothing_is_asked() {
    let sandbox = Sandbox::new();
    let add = |words: &[&str]| sandbox.retr(["account", "add"]).args(words);
    let output = add(&["a.b@gmail.com", "--offline", "--print"]).run_to(0);
    assert_eq!(
        output.stdout_text(),
        "[accounts.gmail]\nhost = \"pop.gmail.com\"\nuser = \"a.b@gmail.com\"\nmaildir = \"~/Mail/gmail\"\n"
    );
    assert!(output.stderr_text().contains("app password"), "{output}");
    let output = add(&["a@outlook.com", "--offline", "--print", "--client-id", "i"]).run_to(0);
    assert!(
        output.stdout_text().ends_with(
            "\n[accounts.outlook.oauth2]\nclient_id = \"i\"\nprovider = \"microsoft\"\ntenant = \"consumers\"\n"
        ),
        "{output}"
    );
    let output = add(&["a@example.com", "--offline", "--print", "--host", "h:110"]).run_to(0);
    assert!(
        output
            .stdout_text()
            .contains("host = \"h\"\ntls = \"starttls\"\n"),
        "{output}"
    );
    for (words, code, text) in [
        (
            &["a@icloud.com", "--offline"][..],
            78,
            "iCloud Mail has no POP3",
        ),
        (
            &["a@example.com", "--offline"],
            78,
            "no POP3 server found for example.com",
        ),
        (
            &["a@outlook.com", "--offline", "--yes"],
            78,
            "wants a client id",
        ),
        (
            &["a@outlook.com", "--offline"],
            78,
            "outlook.office365.com lies outside of outlook.com",
        ),
        (&["alice", "--offline"], 64, "is not a mail address"),
        (&["a@gmail.com", "--host", "h:x"], 64, "--host: "),
    ] {
        let output = add(words).run_to(code);
        assert!(output.stderr_text().contains(text), "{text}: {output}");
    }
    assert!(!sandbox.path("config/retr").exists());
}

/// What is relative to where somebody stands is not to the config file.
#[test]
fn where_mail_goes_is_written_so_that_it_means_the_same_later() {
    let sandbox = Sandbox::new();
    let add = |words: &[&str]| {
        let program = sandbox.retr(["account", "add", "a@gmail.com", "--offline", "--print"]);
        program.args(words)
    };
    for (words, line) in [
        (&["--maildir", "Mail/$x"][..], "maildir = \"$S/Mail/$$x\""),
        (&["--mbox", "./box"], "mbox = \"$S/box\""),
        (&["--archive", "archive"], "archive = \"$S/archive\""),
        (
            &["--lmtp", "./sock", "--recipient", "bob"],
            "lmtp = \"$S/sock\"\nrecipient = \"bob\"",
        ),
        (
            &["--lmtp", "localhost:24", "--recipient", "bob"],
            "lmtp = \"localhost:24\"",
        ),
        (&["--mda", "bin/take it"], "mda = \"bin/take it\""),
        (
            &["--password-file", "p", "--tls-ca", "ca"],
            "password_file = \"$S/p\"\ntls_ca = \"$S/ca\"",
        ),
    ] {
        let output = add(words).run_to(0);
        let root = sandbox.root().to_str().expect("UTF-8");
        let line = format!("\n{}\n", line.replace("$S", root));
        assert!(output.stdout_text().contains(&line), "{line}: {output}");
    }
    // An account that could fetch nothing is none.
    for words in [&["--lmtp", "./sock"][..], &["--mda", "cat {recipient}"]] {
        let output = add(words).run_to(78);
        assert!(
            output.stderr_text().contains("hint: give --recipient"),
            "{output}"
        );
    }
}

#[test]
fn on_a_terminal_three_answers_are_enough() {
    if !has("setsid") {
        return;
    }
    let world = World {
        dns: (None, Some("pop.example.com")),
        ..World::default()
    };
    let provider = Provider::new(world);
    let mut terminal = Terminal::of_columns(200);
    let program = provider.command(terminal.retr(&provider.sandbox, "account"), &[]);
    let running = program.start();
    terminal.wait_for("Send the password there? [y/N]");
    terminal.type_in(b"y\n");
    terminal.wait_for("Maildir [~/Mail/example]:");
    terminal.type_in(b"\n");
    terminal.wait_for("Password for alice@example.com at pop.example.com:");
    terminal.type_in(b"wrong\n");
    terminal.wait_for("was refused");
    terminal.wait_for("Password for alice@example.com at pop.example.com:");
    terminal.type_in(b"correct horse\n");
    terminal.wait_for("next: retr fetch example");
    assert_eq!(running.finish().code(), Some(0));
    provider.assert_fetches("example");
}

#[test]
fn a_signal_ends_the_dialogue_and_nothing_is_written() {
    if !has("setsid") {
        return;
    }
    let provider = Provider::new(with_autoconfig());
    let mut terminal = Terminal::of_columns(200);
    let running = provider
        .command(terminal.retr(&provider.sandbox, "account"), &[])
        .start();
    terminal.wait_for("Maildir [~/Mail/example]:");
    running.signal(Signal::TERM);
    let output = running.finish();
    assert_ne!(output.code(), Some(0));
    provider.assert_untouched();
}
