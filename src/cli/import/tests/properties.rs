//! Files of valid constructs are read as they were made; whatever is in a
//! file, what comes out is a config file.

use proptest::prelude::*;

use super::*;

/// The ways to write something, each chosen by a number.
struct Ways(u64);

impl Ways {
    fn of<T: Copy>(&mut self, ways: &[T]) -> T {
        let step = self.0.wrapping_mul(6_364_136_223_846_793_005);
        self.0 = step.wrapping_add(1);
        ways[(self.0 >> 33) as usize % ways.len()]
    }

    fn shuffled<T>(&mut self, mut items: Vec<T>) -> Vec<T> {
        for last in (1..items.len()).rev() {
            let places: Vec<usize> = (0..=last).collect();
            items.swap(last, self.of(&places));
        }
        items
    }
}

/// An account in terms that all three programs have.
#[derive(Clone, Debug)]
struct Mailbox {
    host: String,
    user: String,
    port: Option<u16>,
    has_tls: bool,
    keeps: bool,
    timeout: Option<u32>,
    max_size: Option<u32>,
    tls_ca: Option<String>,
}

impl Mailbox {
    fn any() -> impl Strategy<Value = Self> {
        let text = "[a-z][a-z0-9 \\\\\"'%$#;=:,.-]{0,8}[a-z]";
        let number = || proptest::option::of(1..100_000_u32);
        (
            "[a-z]{3,8}[.]example",
            text,
            proptest::option::of(1..u16::MAX),
            any::<(bool, bool)>(),
            (number(), number()),
            proptest::option::of(text.prop_map(|text| format!("/{text}"))),
        )
            .prop_map(
                |(host, user, port, (has_tls, keeps), (timeout, max_size), tls_ca)| Self {
                    host,
                    user,
                    port,
                    has_tls,
                    keeps,
                    timeout,
                    max_size,
                    tls_ca,
                },
            )
    }

    /// What the config file has to say; `tls` where nothing else is said.
    fn table(&self, tls: &str) -> toml::Table {
        let tls = if self.has_tls { "implicit" } else { tls };
        let mut table = toml::Table::new();
        table.insert("host".into(), self.host.clone().into());
        table.insert("user".into(), self.user.clone().into());
        table.insert("tls".into(), tls.into());
        let mut put = |key: &str, value: Option<toml::Value>| {
            table.extend(value.map(|value| (key.to_owned(), value)));
        };
        put("port", self.port.map(|port| i64::from(port).into()));
        put(if self.keeps { "keep" } else { "delete" }, Some(true.into()));
        put("timeout", self.timeout.map(|it| format!("{it}s").into()));
        put("max_size", self.max_size.map(|it| it.to_string().into()));
        let tls_ca = self.tls_ca.as_ref();
        put("tls_ca", tls_ca.map(|path| path.replace('$', "$$").into()));
        table
    }

    fn fetchmail(&self, ways: &mut Ways) -> String {
        let mut server = vec![format!("{} pop3", ways.of(&["proto", "protocol"]))];
        let word = ways.of(&["port", "service"]);
        server.extend(self.port.map(|port| format!("{word} {port}")));
        server.extend(self.timeout.map(|timeout| format!("timeout {timeout}")));
        let first = ways.of(&["is al here", "to al", "pass keep", "dns"]);
        let mut user = vec![first.to_owned()];
        user.extend(self.has_tls.then(|| "ssl".to_owned()));
        let not = ways.of(&["nokeep", "no keep", ""]);
        user.push(if self.keeps { "keep" } else { not }.to_owned());
        user.extend(self.max_size.map(|size| format!("limit {size}")));
        let path = self.tls_ca.as_ref().map(|path| self::word(path, ways));
        user.extend(path.map(|path| format!("sslcertfile {path}")));
        let name = self::word(&self.user, ways);
        let name = match ways.of(&[0, 1, 2]) {
            0 => format!("user {name}"),
            1 => format!("username {name} there"),
            _ => format!("user local here is {name} there"),
        };
        let mut options = vec![format!("{} {}", ways.of(&["poll", "server"]), self.host)];
        options.extend(ways.shuffled(server));
        options.push(name);
        options.extend(ways.shuffled(user));
        let ends = [" ", "\n", "\t ", ", ", "; ", " : ", " with ", " and\n", " # no\n"];
        let options = options.into_iter().map(|option| option + ways.of(&ends));
        options.collect()
    }

    fn mpop(&self, ways: &mut Ways) -> String {
        let quoted = |key: &str, text: &str, ways: &mut Ways| {
            let (blank, quote) = (ways.of(&[" ", "\t", "  "]), ways.of(&["", "\""]));
            format!("{key}{blank}{quote}{text}{quote}")
        };
        let mut lines = vec![format!("host {}", self.host), quoted("user", &self.user, ways)];
        lines.extend(self.port.map(|port| format!("port {port}")));
        lines.extend(self.timeout.map(|timeout| format!("timeout {timeout}")));
        lines.extend(self.max_size.map(|size| format!("skipsize {size}")));
        let path = self.tls_ca.as_ref();
        lines.extend(path.map(|path| quoted("tls_trust_file", path, ways)));
        let keep = ways.of(&["keep", "keep on"]);
        lines.push(if self.keeps { keep } else { "keep off" }.to_owned());
        if self.has_tls {
            let tls = ways.of(&["tls", "tls on"]).to_owned();
            lines.extend([tls, "tls_starttls off".to_owned()]);
        }
        let mut text = "account a\n".to_owned();
        for line in ways.shuffled(lines) {
            let ends = ["\n", " \n", "\r\n", "\n\n # no\n"];
            text = text + ways.of(&["", " ", "\t"]) + &line + ways.of(&ends);
        }
        text
    }

    fn getmail(&self, ways: &mut Ways) -> String {
        let ssl = if self.has_tls { "SSL" } else { "" };
        let mut retriever = vec![
            ("type", format!("SimplePOP3{ssl}Retriever")),
            ("server", self.host.clone()),
            ("username", self.user.clone()),
        ];
        retriever.extend(self.port.map(|port| ("port", port.to_string())));
        retriever.extend(self.timeout.map(|timeout| ("timeout", timeout.to_string())));
        retriever.extend(self.tls_ca.clone().map(|path| ("ca_certs", path)));
        let mut options = vec![("delete", (!self.keeps).to_string())];
        let size = self.max_size.map(|size| size.to_string());
        options.extend(size.map(|size| ("max_message_size", size)));
        let mut text = String::new();
        let sections = vec![("retriever", retriever), ("options", options)];
        for (name, settings) in ways.shuffled(sections) {
            let indent = ways.of(&["", "  "]);
            text = format!("{text}[{name}]\n");
            for (key, value) in ways.shuffled(settings) {
                let is_upper = ways.of(&[true, false]);
                let upper = key.to_uppercase();
                let key = if is_upper { &*upper } else { key };
                let equals = ways.of(&["=", ":", " = ", " : "]);
                let end = ways.of(&["\n", "\n\n", "\n; no\n"]);
                text = format!("{text}{indent}{key}{equals}{value}{end}");
            }
        }
        text
    }
}

/// A word of fetchmail's: quoted and escaped where it has to be, and
/// sometimes elsewhere.
fn word(text: &str, ways: &mut Ways) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/.-%$".contains(c);
    if text.chars().all(is_plain) && ways.of(&[true, false]) {
        return text.to_owned();
    }
    let quote = ways.of(&["\"", "'"]);
    let mut word = quote.to_owned();
    for c in text.chars() {
        let code = u32::from(c);
        word.push_str(&match ways.of(&[0, 1, 2, 3, 4, 5, 6, 7]) {
            0 => format!("\\x{code:02x}"),
            1 if code >= 100 => format!("\\{code}"),
            _ if c == '\\' || quote.contains(c) => format!("\\x{code:02X}"),
            _ => c.to_string(),
        });
    }
    word + quote
}

/// The accounts that come out.
fn tables(from: ConfiguredFor, text: &str) -> Vec<toml::Table> {
    let toml = toml(from, "x", text).unwrap_or_else(|failure| panic!("{failure:?}\n{text}"));
    let table: toml::Table = toml.parse().expect("TOML");
    let accounts = table["accounts"].as_table().expect("accounts").values();
    accounts.map(|account| account.as_table().expect("a table").clone()).collect()
}

const FROM: [ConfiguredFor; 3] =
    [ConfiguredFor::Mpop, ConfiguredFor::Fetchmail, ConfiguredFor::Getmail];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn valid_files_are_read_as_they_were_made(mailbox in Mailbox::any(), seed in any::<u64>()) {
        let ways = &mut Ways(seed);
        for from in FROM {
            let (text, tls) = match from {
                ConfiguredFor::Mpop => (mailbox.mpop(ways), "none"),
                ConfiguredFor::Fetchmail => (mailbox.fetchmail(ways), "starttls"),
                ConfiguredFor::Getmail => (mailbox.getmail(ways), "none"),
            };
            prop_assert_eq!(tables(from, &text), [mailbox.table(tls)], "{}", text);
        }
    }

    #[test]
    fn whatever_is_in_a_file_what_comes_out_is_a_config_file(
        words in proptest::collection::vec(proptest::sample::select(WORDS), 0..40),
        octets in any::<Vec<u8>>(),
    ) {
        let env = Environment::of(&[("HOME", "/h")]);
        for text in [words.concat().into_bytes(), octets] {
            for from in FROM {
                match drafts(from, Path::new("/rc/x"), text.clone(), &env) {
                    Ok(drafts) => {
                        let toml = drafts.toml(&env);
                        let config = Config::parse(Path::new("/c"), &toml, &env).without_mistakes();
                        let has_accounts = config.is_ok_and(|config| !config.accounts.is_empty());
                        prop_assert!(has_accounts, "{}", toml);
                    }
                    Err(failure) => prop_assert_eq!(failure.class, Class::Data),
                }
            }
        }
    }
}

#[rustfmt::skip]
const WORDS: &[&str] = &[
    "account a\n", "account b : a\n", "account default : a\n", "host h\n", "poll ", "user ",
    "password ", "\"x\" ", "'", "[retriever]\n", "[destination]\n", "[a]\n", "server = h\n",
    "server = ", "type = x\n", "type = MultiDestination\n", "destinations = ('[a]',)\n",
    "path = ~a$b\n", "\u{202e}\u{7f} ", "é", "\\", "\\x00", "ssl ", "no ", "is ", "= ", "keep\n",
    "set ", "daemon ", "port 70000\n", "port = -1\n", "port 0\n", "delivery maildir \"\n",
    "delivery mbox ~x\n", "timeout 0\n", "timeout 99999999999999999999\n", "pipelining x\n",
    "defaults\n", "skip ", "there ", "here ", "mda ", "plugin ", "keep 1d\n", "://", "-", "\n", " ",
];
