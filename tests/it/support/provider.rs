//! Whatever a provider has, on this machine, under the names that it really
//! has: a web server, a name server, a mailbox, and who gives tokens out.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::PathBuf;

use retr::demo::Server;
use simple_dns::rdata::{MX, RData, SRV};
use simple_dns::{CLASS, Name, Packet, QTYPE, ResourceRecord, TYPE};

use super::env::{Program, Sandbox};
use super::issuer::Issuer;
use super::mail::{Mail, small};
use super::model::certs::{self, Identity};
use super::model::{Model, Setup, Tls};
use super::socks::Socks;
use super::web::{Reply, Web};

/// For every host below example.com.
const WILDCARD: Identity = Identity("wildcard");

/// For the hosts of Microsoft's that a mailbox has to do with.
pub(crate) const MICROSOFT: Identity = Identity("provider");

/// Whatever a provider has, on this machine.
pub(crate) struct Provider {
    pub(crate) sandbox: Sandbox,
    pub(crate) model: Model,
    pub(crate) issuer: Option<Issuer>,
    _web: Web,
    pub(crate) proxy: Socks,
    resolver: Server,
    pub(crate) mails: Vec<Mail>,
}

/// What is there besides the mailbox at pop.example.com.
#[derive(Clone, Default)]
pub(crate) struct World {
    /// What autoconfig.example.com says.
    pub(crate) autoconfig: Option<String>,
    /// What the database says, of any domain.
    pub(crate) ispdb: Option<String>,
    /// The mail exchanger, and the host of the service.
    pub(crate) dns: (Option<&'static str>, Option<&'static str>),
    /// Another host that leads to the mailbox.
    pub(crate) also: Option<&'static str>,
    pub(crate) identity: Option<Identity>,
    /// Nothing but tokens of Microsoft's opens the mailbox.
    pub(crate) by_tokens: bool,
}

impl World {
    /// What DNS says: the mail exchanger, and the host of the service.
    pub(crate) fn of_dns(exchanger: Option<&'static str>, host: Option<&'static str>) -> Self {
        Self { dns: (exchanger, host), ..Self::default() }
    }
}

impl Provider {
    pub(crate) fn new(world: World) -> Self {
        let mails = small(3, 1);
        let issuer = world.by_tokens.then(|| Issuer::start_as(MICROSOFT));
        let tls = Tls::Implicit(world.identity.unwrap_or(WILDCARD));
        let mut setup = Setup::default().user("alice@example.com").tls(tls);
        if let Some(issuer) = &issuer {
            setup = setup.by_tokens(issuer.judge());
        }
        let model = Model::start(setup).holding(&mails);
        let pages = world.clone();
        let web = Web::start(WILDCARD.acceptor(), move |request| {
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
        let resolver = name_server(world.dns);
        let (pop, https, names) = (model.port(), web.port(), resolver.address().port());
        let sign_in = issuer.as_ref().map(Issuer::port);
        let proxy = Socks::start(move |host, port| match (host, port) {
            ("autoconfig.example.com" | "ispdb.example.com", 443) => Some(https),
            ("login.microsoftonline.com", 443) => sign_in,
            ("pop.example.com", 995) => Some(pop),
            (host, 995) if Some(host) == world.also => Some(pop),
            ("127.0.0.1", port) if port == names => Some(names),
            _ => None,
        });
        Self { sandbox: Sandbox::new(), model, issuer, resolver, _web: web, proxy, mails }
    }

    pub(crate) fn command(&self, program: Program, words: &[&str]) -> Program {
        let ispdb = "https://ispdb.example.com/v1.1/{domain}";
        let program = program.args(["add", "alice@example.com", "--ispdb", ispdb]);
        let resolver = self.resolver.address().to_string();
        let program = program.args(["--proxy", &self.proxy.url(), "--resolver", &resolver]);
        program.arg("--tls-ca").arg(certs::ca()).args(words)
    }

    pub(crate) fn add(&self, words: &[&str]) -> Program {
        let program = self.command(self.sandbox.retr(["account"]), words);
        program.env("RETR_PASSWORD", "correct horse")
    }

    pub(crate) fn config(&self) -> PathBuf {
        self.sandbox.path("config/retr/config.toml")
    }

    /// Nobody was told the user's name, and nothing was written.
    #[track_caller]
    pub(crate) fn assert_untouched(&self) {
        for command in ["USER", "PASS", "AUTH"] {
            assert_eq!(self.model.count(command), 0, "{command}");
        }
        assert!(!self.sandbox.path("config/retr").exists());
        assert!(!self.sandbox.path("home/Mail").exists());
    }

    /// Fetches what is there by the account that was added.
    #[track_caller]
    pub(crate) fn assert_fetches(&self, name: &str) {
        self.sandbox.retr(["config", "check"]).run_to(0);
        let output = self.sandbox.retr(["fetch"]).run_to(0);
        assert_eq!(output.stderr_text(), "", "{output}");
        let new = self.sandbox.path(&format!("home/Mail/{name}/new"));
        let fetched = fs::read_dir(new).expect("a Maildir").count();
        assert_eq!(fetched, self.mails.len());
    }
}

/// A name server over TCP that knows an exchanger and a host of the service.
fn name_server((exchanger, service): (Option<&'static str>, Option<&'static str>)) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let server = Server::on(listener, move |mut stream, _| {
        let mut length = [0; 2];
        if stream.read_exact(&mut length).is_err() {
            return;
        }
        let mut question = vec![0; usize::from(u16::from_be_bytes(length))];
        stream.read_exact(&mut question).expect("a question");
        let question = Packet::parse(&question).expect("a packet");
        let mut reply = Packet::new_reply(question.id());
        reply.questions.clone_from(&question.questions);
        let asked = &question.questions[0];
        let name = |name: &'static str| Name::new(name).expect("a name");
        let is_service = asked.qname.to_string().starts_with("_pop3s.");
        let data = match asked.qtype {
            QTYPE::TYPE(TYPE::MX) => exchanger.map(|host| {
                let (preference, exchange) = (1, name(host));
                RData::MX(MX { preference, exchange })
            }),
            QTYPE::TYPE(TYPE::SRV) if is_service => service.map(|host| {
                let (priority, weight, port, target) = (0, 0, 995, name(host));
                RData::SRV(SRV { priority, weight, port, target })
            }),
            _ => None,
        };
        let record = |data| ResourceRecord::new(asked.qname.clone(), CLASS::IN, 60, data);
        reply.answers.extend(data.map(record));
        let reply = reply.build_bytes_vec().expect("a packet");
        let length = u16::try_from(reply.len()).expect("short").to_be_bytes();
        let _ = stream.write_all(&[&length, &reply[..]].concat());
    });
    server.expect("a thread")
}

pub(crate) fn document(host: &str, socket: &str) -> Option<String> {
    Some(format!(
        "<clientConfig version='1.1'><emailProvider id='x'><incomingServer type='pop3'>\
         <hostname>{host}</hostname><port>995</port><socketType>{socket}</socketType>\
         <username>%EMAILADDRESS%</username></incomingServer></emailProvider></clientConfig>"
    ))
}

pub(crate) fn with_autoconfig() -> World {
    World { autoconfig: document("pop.example.com", "SSL"), ..World::default() }
}
