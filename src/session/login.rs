//! The login: from AUTHORIZATION to TRANSACTION state. It is a barrier:
//! nothing is sent behind PASS or AUTH before the answer is here, because
//! login proxies lose it (RFC 2449 §6.6 notwithstanding).

use super::channel::{Answer, Asked};
use super::greeted::Greeted;
use super::login_method::{Able, Bound, LoginMethod};
use super::{Auth, Error, Pipelining, Session, refusal};
use crate::base::{Class, Secret};
use crate::proto::sasl::{
    Bearer, Binding, CramMd5, Error as SaslError, Exchange, Hash, Login, Mechanism, OneMessage,
    Scram,
};
use crate::proto::{Code, Command, Error as ProtoError, MAX_COMMAND, Status, apop};

/// How many times the usual wait a server may take to answer a login: it may
/// have a large mailbox to open.
const MAX_LOGIN_WAITS: u32 = 5;

/// A login that the server refused.
struct Refusal {
    asked: Asked,
    status: Status,
    /// What the server said during the exchange.
    reason: Option<String>,
    /// Whether it took a response before it refused.
    begun: bool,
    /// Whether something was sent that proves or reveals the secret.
    proven: bool,
}

impl Refusal {
    /// Of a login without SASL.
    fn of(asked: Asked, status: Status) -> Self {
        Self { asked, status, reason: None, begun: true, proven: true }
    }
}

impl<'a> Greeted<'a> {
    /// Logs in: one attempt. Only a way that the server turns out not to have
    /// is tried a second time in another form: channel binding by other data
    /// than ours, or what the hints said and CAPA now denies.
    ///
    /// # Errors
    /// [`Error::Unencrypted`] before anything is sent, if the connection is in
    /// clear, leaves this machine, and the user did not insist.
    pub fn login(mut self) -> Result<Session<'a>, Error> {
        self.check()?;
        if let Some(secret) = &self.access.secret {
            self.channel.withhold(secret);
        }
        if self.facts.capabilities.has("UTF8") {
            // Else Courier wraps mail with 8-bit headers (RFC 6856 §2); that
            // it may refuse does no harm.
            self.channel.ask(&Command::Utf8, Asked::Step("UTF8"))?;
        }
        let timeout = self.access.timeout;
        self.channel.link().set_wait(timeout.saturating_mul(MAX_LOGIN_WAITS));
        let mut method = self.choose();
        while let Some(refusal) = self.attempt(method)? {
            match self.reconsider(method, &refusal)? {
                Some(other) => method = other,
                None => return Err(self.refused(method, refusal)),
            }
        }
        self.channel.link().set_wait(timeout);
        Ok(Session::new(self))
    }

    /// What can be known to be wrong before anything is sent.
    fn check(&self) -> Result<(), Error> {
        let access = self.access;
        if self.channel.tls().is_none() && !self.channel.is_local() && !access.insecure_plaintext {
            return Err(Error::Unencrypted { at: self.channel.at() });
        }
        let secret = access.secret.as_ref().map_or(&b""[..], Secret::expose);
        for (what, bytes) in [("the user name", access.user.as_bytes()), ("the password", secret)] {
            if bytes.iter().any(|b| matches!(b, b'\r' | b'\n' | 0)) {
                return Err(Error::Proto {
                    at: self.channel.at(),
                    step: "the login".to_owned(),
                    pipelined: false,
                    source: ProtoError::BadArgument { what },
                });
            }
        }
        Ok(())
    }

    fn secret(&self) -> Result<&'a Secret, Error> {
        let secret = self.access.secret.as_ref();
        secret.ok_or_else(|| Error::NoSecret { at: self.channel.at() })
    }

    pub(super) fn choose(&self) -> LoginMethod {
        let tls = self.facts.tls.as_ref();
        let scram = self.access.secret.as_ref().is_none_or(|secret| {
            Scram::new(Hash::Sha1, Binding::Unable, &self.access.user, secret, "").is_ok()
        });
        let able = Able {
            bind: tls.is_some_and(|tls| tls.end_point.is_some()) && !self.hints.unbound,
            scram,
            token: self.access.token,
        };
        LoginMethod::choose(self.access.auth, &self.facts.capabilities, able)
    }

    /// `None` when the server let us in.
    fn attempt(&mut self, method: LoginMethod) -> Result<Option<Refusal>, Error> {
        let access = self.access;
        let (user, route) = (access.user.as_str(), &access.route);
        let made = match method.auth {
            Auth::Auto | Auth::User => return self.user_pass(),
            Auth::Apop => return self.apop(),
            Auth::Plain => boxed(OneMessage::plain(user, self.secret()?)),
            Auth::Login => boxed(Ok(Login::new(user, self.secret()?))),
            Auth::CramMd5 => boxed(Ok(CramMd5::new(user, self.secret()?))),
            Auth::ScramSha1 => boxed(self.scram(Hash::Sha1, method)?),
            Auth::ScramSha256 => boxed(self.scram(Hash::Sha256, method)?),
            Auth::XOAuth2 => boxed(Bearer::xoauth2(user, self.secret()?)),
            Auth::OAuthBearer => {
                let (host, port) = (&route.host, route.port);
                boxed(Bearer::oauthbearer(user, self.secret()?, host, port))
            }
            Auth::External => boxed(OneMessage::external(user)),
        };
        let mut mechanism = made.map_err(|source| Error::Sasl {
            at: self.channel.at(),
            step: "the login".to_owned(),
            source,
        })?;
        self.sasl(method, &mut *mechanism)
    }

    /// USER and PASS, in one flight where the server is known to take that.
    fn user_pass(&mut self) -> Result<Option<Refusal>, Error> {
        let asked = Asked::Login("USER/PASS");
        let (user, secret) = (self.access.user.as_str(), self.secret()?);
        for (what, length) in
            [("the user name", user.len()), ("the password", secret.expose().len())]
        {
            if "PASS \r\n".len() + length > MAX_COMMAND {
                let at = self.channel.at();
                return Err(Error::TooLong { at, what });
            }
        }
        let one_flight = match self.access.pipelining {
            Pipelining::On => true,
            Pipelining::Off => false,
            Pipelining::Auto => {
                self.facts.tls.is_some()
                    && !self.hints.lockstep
                    && self.facts.capabilities.has("PIPELINING")
            }
        };
        self.channel.queue(&Command::User(user), asked)?;
        if one_flight {
            self.channel.queue(&Command::Pass(secret), asked)?;
        }
        let status = self.channel.status()?;
        if !status.ok {
            if one_flight {
                // The answer to PASS says nothing new, if it comes at all.
                let _ = self.channel.status();
            }
            return Ok(Some(Refusal::of(asked, status)));
        }
        if !one_flight {
            self.channel.queue(&Command::Pass(secret), asked)?;
        }
        let status = self.channel.status()?;
        Ok((!status.ok).then(|| Refusal::of(asked, status)))
    }

    fn apop(&mut self) -> Result<Option<Refusal>, Error> {
        let secret = self.secret()?;
        let Some(timestamp) = apop::timestamp(&self.greeting) else {
            return Err(Error::NoTimestamp { at: self.channel.at() });
        };
        let digest = apop::digest(timestamp, secret);
        self.channel.withhold(&digest);
        let command = Command::Apop { user: &self.access.user, digest: &digest };
        let asked = Asked::Login("APOP");
        let status = self.channel.ask(&command, asked)?;
        Ok((!status.ok).then(|| Refusal::of(asked, status)))
    }

    fn sasl(
        &mut self,
        method: LoginMethod,
        mechanism: &mut dyn Mechanism,
    ) -> Result<Option<Refusal>, Error> {
        let name = mechanism.name();
        let asked = Asked::Login(name);
        let mut exchange = Exchange::new(mechanism);
        let initial = if method.has_initial() { exchange.initial() } else { None };
        let mut begun = initial.is_some();
        if let Some(initial) = &initial {
            self.channel.withhold(initial);
        }
        let command = Command::Auth { mechanism: name, initial: initial.as_ref() };
        self.channel.queue(&command, asked)?;
        let (status, reason) = loop {
            let challenge = match self.channel.answer()? {
                Answer::Challenge(challenge) => challenge,
                Answer::Status(status) => {
                    break (status, exchange.complaint().map(str::to_owned));
                }
            };
            match exchange.respond(&challenge) {
                Ok(line) => {
                    begun = true;
                    self.channel.withhold(&line);
                    self.channel.queue(&Command::Respond(&line), asked)?;
                }
                Err(error) => match (self.cancel(asked)?, error) {
                    (Some(status), SaslError::Server { text }) if !status.ok => {
                        break (status, Some(text));
                    }
                    (_, error) => return Err(self.ended(asked, error)),
                },
            }
        };
        if status.ok {
            return match exchange.finish() {
                Ok(()) => Ok(None),
                Err(error) => Err(self.ended(asked, error)),
            };
        }
        Ok(Some(Refusal { asked, status, reason, begun, proven: exchange.has_proven() }))
    }

    /// Ends a SASL exchange from this side. Whatever becomes of it matters
    /// less than why it is ended.
    fn cancel(&mut self, asked: Asked) -> Result<Option<Status>, Error> {
        match self.channel.ask(&Command::CancelAuth, asked) {
            Ok(status) => Ok(Some(status)),
            Err(error) if error.is_cancelled() => Err(error),
            Err(_) => Ok(None),
        }
    }

    fn scram(&self, hash: Hash, method: LoginMethod) -> Result<Result<Scram, SaslError>, Error> {
        let end_point = self.facts.tls.as_ref().and_then(|tls| tls.end_point.clone());
        let binding = match (method.bound, end_point) {
            (Bound::EndPoint, Some(data)) => Binding::EndPoint(data),
            (Bound::Unoffered, _) => Binding::Unoffered,
            (Bound::Unable | Bound::EndPoint, _) => Binding::Unable,
        };
        let mut random = [0; 18];
        getrandom::fill(&mut random).map_err(Error::Random)?;
        let nonce = data_encoding::BASE64.encode(&random);
        let (user, secret) = (self.access.user.as_str(), self.secret()?);
        Ok(Scram::new(hash, binding, user, secret, &nonce))
    }

    /// Another method, if the refusal may only mean that the server does not
    /// have this one.
    fn reconsider(
        &mut self,
        method: LoginMethod,
        refusal: &Refusal,
    ) -> Result<Option<LoginMethod>, Error> {
        let code = refusal.status.code;
        let passing = code.is_some_and(|code| code.class() == Class::Temporary);
        if method.bound == Bound::EndPoint && !refusal.proven && !passing {
            // It binds by `tls-exporter` or `tls-unique`, as Dovecot and
            // Cyrus do, and there is no way to ask beforehand.
            self.hints.unbound = true;
            return Ok(Some(method.unbound()));
        }
        // Dovecot says `[AUTH]` also of a mechanism that it no longer has, but
        // of a password that was shown it is the last word.
        let is_final = refusal.proven && code == Some(Code::Auth);
        if is_final || self.class(method, refusal) == Class::Temporary {
            return Ok(None);
        }
        let hearsay = self.hints.capabilities.is_some() && self.facts.before_login.is_none();
        if !hearsay {
            return Ok(None);
        }
        match self.ask_capabilities() {
            Ok(()) => Ok(Some(self.choose()).filter(|other| *other != method)),
            Err(error) if error.is_cancelled() => Err(error),
            Err(_) => Ok(None),
        }
    }

    fn class(&self, method: LoginMethod, refusal: &Refusal) -> Class {
        match refusal::class(&refusal.status, Class::Auth) {
            // At its mere name: Dovecot says `[AUTH]` to that as well.
            Class::Auth if is_lacking(method, refusal) => Class::Unavailable,
            class => class,
        }
    }

    /// The mechanisms to choose from, where the server lists any.
    fn offer(&self) -> Option<String> {
        let names: Vec<&str> = self.facts.capabilities.arguments("SASL")?.collect();
        let names = self.channel.sanitized(names.join(", ").as_bytes());
        (!names.is_empty()).then(|| format!("the server offers only {names}"))
    }

    fn refused(&self, method: LoginMethod, refusal: Refusal) -> Error {
        let class = self.class(method, &refusal);
        let reason = match &refusal.reason {
            Some(text) => Some(self.channel.sanitized(text.as_bytes())),
            None if class == Class::Unavailable => self.offer(),
            None => None,
        };
        let reason = reason.map_or_else(String::new, |text| format!(" ({text})"));
        Error::Refused {
            at: self.channel.at(),
            step: refusal.asked.to_string(),
            text: self.channel.sanitized(&refusal.status.text),
            reason,
            class,
        }
    }

    /// The exchange was ended on this side.
    fn ended(&self, asked: Asked, mut source: SaslError) -> Error {
        if let SaslError::Server { text } = &mut source {
            *text = self.channel.sanitized(text.as_bytes());
        }
        Error::Sasl { at: self.channel.at(), step: asked.to_string(), source }
    }
}

/// Returns whether the server refused a mechanism that it does not list when it
/// had heard no more than the name.
fn is_lacking(method: LoginMethod, refusal: &Refusal) -> bool {
    !method.listed && !refusal.begun && matches!(refusal.status.code, None | Some(Code::Auth))
}

fn boxed<M: Mechanism + 'static>(
    made: Result<M, SaslError>,
) -> Result<Box<dyn Mechanism>, SaslError> {
    made.map(|mechanism| Box::new(mechanism) as Box<dyn Mechanism>)
}
