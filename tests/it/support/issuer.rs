//! Who gives tokens out: an authorization server as strict as they come. A
//! refresh token is good once; it stays good until what came for it was used,
//! and who uses it after that loses everything.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};

use data_encoding::BASE64URL_NOPAD;
use sha2::{Digest, Sha256};

use super::model::certs::Identity;
use super::web::{Reply, Request, Web, fields_of};

/// What one sign-in led to.
#[derive(Clone, Debug, Default)]
struct Family {
    revoked: bool,
    /// What the newest refresh token is.
    current: String,
    /// The one before it, while the newest was not used.
    before: Option<String>,
    /// Access tokens that are good.
    access: Vec<String>,
}

#[derive(Debug, Default)]
struct State {
    count: usize,
    families: Vec<Family>,
    /// Codes with the challenge that each was asked for with.
    codes: BTreeMap<String, String>,
    /// What the next questions about the device's code are answered by; then
    /// somebody has entered it.
    pending: VecDeque<&'static str>,
    /// What is answered in place of what would be.
    instead: VecDeque<Reply>,
    log: Vec<Request>,
    /// Seconds that an access token is good for, as is told.
    lasts: u64,
}

/// A running issuer.
pub(crate) struct Issuer {
    state: Arc<Mutex<State>>,
    web: Web,
}

/// The client id that it knows.
pub(crate) const CLIENT: &str = "retr-client";

impl Issuer {
    pub(crate) fn start() -> Self {
        Self::start_as(Identity::GOOD)
    }

    pub(crate) fn start_as(identity: Identity) -> Self {
        let state = Arc::new(Mutex::new(State { lasts: 3600, ..State::default() }));
        let shared = Arc::clone(&state);
        let web = Web::start(identity.acceptor(), move |request| lock(&shared).answer(request));
        Self { state, web }
    }

    pub(crate) fn port(&self) -> u16 {
        self.web.port()
    }

    /// The table of the config file for it.
    pub(crate) fn table(&self, account: &str) -> String {
        format!(
            "[accounts.{account}.oauth2]\nprovider = \"custom\"\nclient_id = \"{CLIENT}\"\n\
             scope = \"pop offline_access\"\ntoken_url = \"{}\"\nauthorization_url = \"{}\"\n\
             device_url = \"{}\"\n",
            self.web.url("/token"),
            self.web.url("/authorize"),
            self.web.url("/device"),
        )
    }

    /// Returns whether an access token is good; by asking, it is used.
    pub(crate) fn judge(&self) -> impl Fn(&str) -> bool + Send + Sync + 'static {
        let state = Arc::clone(&self.state);
        move |token| lock(&state).accepts(token)
    }

    /// How long access tokens last from now on, as is told.
    pub(crate) fn set_lasts(&self, seconds: u64) {
        lock(&self.state).lasts = seconds;
    }

    /// All access tokens end, unannounced.
    pub(crate) fn end_access(&self) {
        for family in &mut lock(&self.state).families {
            family.access.clear();
        }
    }

    /// Everything that was given out is over.
    pub(crate) fn revoke_all(&self) {
        for family in &mut lock(&self.state).families {
            family.revoked = true;
        }
    }

    /// How the questions about a device's code are answered before somebody
    /// has entered it.
    pub(crate) fn set_pending(&self, errors: &[&'static str]) {
        lock(&self.state).pending = errors.iter().copied().collect();
    }

    /// What is answered next in place of what would be.
    pub(crate) fn answer_instead(&self, reply: Reply) {
        lock(&self.state).instead.push_back(reply);
    }

    /// Somebody signs in by the page that the browser was sent to: where it
    /// goes next.
    pub(crate) fn sign_in(&self, url: &str) -> String {
        let (_, query) = url.split_once('?').expect("a query");
        let fields = fields_of(query);
        assert_eq!(fields["response_type"], "code");
        assert_eq!(fields["client_id"], CLIENT);
        assert_eq!(fields["code_challenge_method"], "S256");
        let mut state = lock(&self.state);
        state.count += 1;
        let code = format!("code-{}", state.count);
        state.codes.insert(code.clone(), fields["code_challenge"].clone());
        format!("{}/?code={code}&state={}", fields["redirect_uri"], fields["state"])
    }

    /// What it was asked, by grant.
    pub(crate) fn grants(&self) -> Vec<String> {
        let grants = |request: &Request| request.form.get("grant_type").cloned();
        lock(&self.state).log.iter().filter_map(grants).collect()
    }

    /// How often tokens were renewed, or tried to be.
    pub(crate) fn renewals(&self) -> usize {
        self.grants().iter().filter(|grant| *grant == "refresh_token").count()
    }
}

impl State {
    fn answer(&mut self, request: &Request) -> Reply {
        self.log.push(request.clone());
        if let Some(reply) = self.instead.pop_front() {
            return reply;
        }
        let form = &request.form;
        assert_eq!(request.method, "POST", "{request:?}");
        assert_eq!(form["client_id"], CLIENT);
        let is_public = !form.contains_key("client_secret");
        assert!(is_public, "a public client has no secret");
        // Each provider has paths of its own.
        let (_, place) = request.target.rsplit_once('/').expect("a path");
        match (place, form.get("grant_type").map(String::as_str)) {
            ("device" | "devicecode", None) => Reply::json(
                200,
                r#"{"device_code":"dc","user_code":"ABCD-EFGH","verification_uri":"https://localhost/code","expires_in":900,"interval":1}"#,
            ),
            ("token", Some("refresh_token")) => self.renew(&form["refresh_token"].clone()),
            ("token", Some("authorization_code")) => {
                let digest = Sha256::digest(&form["code_verifier"]);
                let proof = BASE64URL_NOPAD.encode(&digest);
                match self.codes.remove(&form["code"]) {
                    Some(challenge) if challenge == proof => self.grant_anew(),
                    _ => refusal("invalid_grant"),
                }
            }
            ("token", Some("urn:ietf:params:oauth:grant-type:device_code")) => {
                match self.pending.pop_front() {
                    Some(error) => refusal(error),
                    None => self.grant_anew(),
                }
            }
            _ => refusal("unsupported_grant_type"),
        }
    }

    fn grant_anew(&mut self) -> Reply {
        self.families.push(Family::default());
        self.grant(self.families.len() - 1)
    }

    fn grant(&mut self, at: usize) -> Reply {
        self.count += 1;
        let (access, refresh) =
            (format!("access-{}", self.count), format!("refresh-{}", self.count));
        let lasts = self.lasts;
        let family = &mut self.families[at];
        family.access.push(access.clone());
        family.current.clone_from(&refresh);
        Reply::json(
            200,
            format!(
                r#"{{"access_token":"{access}","token_type":"Bearer","refresh_token":"{refresh}","expires_in":{lasts},"scope":"pop"}}"#
            ),
        )
    }

    fn renew(&mut self, refresh: &str) -> Reply {
        for at in 0..self.families.len() {
            let family = &mut self.families[at];
            if family.revoked {
                continue;
            }
            if family.current == refresh {
                family.before = Some(refresh.to_owned());
                return self.grant(at);
            }
            if family.before.as_deref() == Some(refresh) {
                return self.grant(at);
            }
        }
        // Somebody has stolen it, for all that is known.
        let number = refresh.trim_start_matches("refresh-").parse::<usize>();
        if number.is_ok_and(|number| number <= self.count) {
            self.families.iter_mut().for_each(|family| family.revoked = true);
        }
        refusal("invalid_grant")
    }

    fn accepts(&mut self, token: &str) -> bool {
        for family in self.families.iter_mut().filter(|family| !family.revoked) {
            if family.access.iter().any(|access| access == token) {
                if family.current.trim_start_matches("refresh-")
                    == token.trim_start_matches("access-")
                {
                    family.before = None;
                }
                return true;
            }
        }
        false
    }
}

fn refusal(error: &str) -> Reply {
    Reply::json(
        400,
        format!(r#"{{"error":"{error}","error_description":"the issuer says {error}"}}"#),
    )
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().expect("no handler panicked")
}
