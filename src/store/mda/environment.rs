//! What a command learns of a message besides its content. Nothing in it is as
//! a stranger wrote it: unusual characters are replaced.

use std::ffi::OsString;

use crate::process::Words;
use crate::store::Handover;
use crate::store::parcel::Parcel;

/// The values, by their names.
pub(super) struct Variables {
    sender: String,
    recipient: String,
    account: String,
    uid: String,
    id: String,
    size: String,
    sha256: String,
}

impl Variables {
    pub(super) fn of(parcel: &Parcel, handover: &Handover) -> Self {
        // The sender is one word without controls, and no option.
        let sender = String::from_utf8(parcel.sender.clone()).unwrap_or_default();
        let uid = tame(&String::from_utf8_lossy(parcel.key.uid.as_bytes()));
        Self {
            sender: if sender.is_ascii() { sender } else { String::new() },
            recipient: handover.recipient.clone().unwrap_or_default(),
            account: handover.account.clone(),
            // It may be alone in an argument.
            uid: match uid.strip_prefix('-') {
                Some(rest) => format!("_{rest}"),
                None => uid,
            },
            id: parcel.id.clone(),
            size: parcel.content.len().to_string(),
            sha256: parcel.hash.to_string(),
        }
    }

    /// The command with its placeholders filled in, each within its argument.
    pub(super) fn fill_in(&self, words: &Words) -> Result<Words, &'static str> {
        let arguments = words.arguments().iter().map(|word| self.fill(word));
        let program = std::iter::once(words.program().to_owned());
        Words::new(program.chain(arguments).collect())
    }

    fn fill(&self, word: &str) -> String {
        let mut filled = String::with_capacity(word.len());
        let mut rest = word;
        while let Some((before, behind)) = rest.split_once('{') {
            filled.push_str(before);
            let value = behind.split_once('}').and_then(|(name, behind)| {
                let value = match name {
                    "sender" => &self.sender,
                    "recipient" => &self.recipient,
                    "size" => &self.size,
                    "uid" => &self.uid,
                    "id" => &self.id,
                    _ => return None,
                };
                Some((value, behind))
            });
            match value {
                Some((value, behind)) => {
                    filled.push_str(value);
                    rest = behind;
                }
                None => {
                    filled.push('{');
                    rest = behind;
                }
            }
        }
        filled.push_str(rest);
        filled
    }

    /// As other delivery programs name them (Postfix's local(8)), and our own.
    pub(super) fn for_environment(&self) -> Vec<(&'static str, OsString)> {
        let recipient = tame(&self.recipient);
        let (local, domain) = recipient.rsplit_once('@').unwrap_or((&recipient, ""));
        let (_, extension) = local.split_once('+').unwrap_or((local, ""));
        [
            ("SENDER", &*tame(&self.sender)),
            ("RECIPIENT", &recipient),
            ("LOCAL", local),
            ("EXTENSION", extension),
            ("DOMAIN", domain),
            ("RETR_ACCOUNT", &self.account),
            ("RETR_UID", &self.uid),
            ("RETR_ID", &self.id),
            ("RETR_SIZE", &self.size),
            ("RETR_SHA256", &self.sha256),
        ]
        .map(|(name, value)| (name, OsString::from(value)))
        .into()
    }
}

/// Unusual characters replaced, as other delivery programs do it.
fn tame(text: &str) -> String {
    let is_usual = |c: char| c.is_ascii_alphanumeric() || ".@_+/=-".contains(c);
    text.chars().map(|c| if is_usual(c) { c } else { '_' }).collect()
}
