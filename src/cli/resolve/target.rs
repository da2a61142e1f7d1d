//! Where mail goes, and how it is handed on.

use std::ffi::{OsStr, OsString};
use std::num::NonZeroU8;
use std::path::Path;

use super::{Merged, config_failure, deliver_timeout};
use crate::base::Failure;
use crate::cli::args::{Destination, FetchOptions};
use crate::cli::environment::Environment;
use crate::store::{Address, Guarantee, Handover, Scheme, Target};

pub(crate) fn target(merged: &Merged, env: &Environment) -> Result<Target, Failure> {
    named_target(&merged.options.destination, &merged.described, env)
}

/// The one target that is named; `described` is by what.
pub(crate) fn named_target(
    destination: &Destination,
    described: &str,
    env: &Environment,
) -> Result<Target, Failure> {
    let named = destination.named();
    let fault = |text: &str| config_failure(described, text);
    match named.as_slice() {
        [(scheme, address)] => {
            let ends_as_folder = address.as_encoded_bytes().ends_with(b"/");
            if scheme.address == Address::File && ends_as_folder {
                let text = format!("has an {} that ends with `/`", scheme.noun);
                let hint = format!("an {} is a file; for a folder use --maildir", scheme.noun);
                return Err(fault(&text).hint(hint));
            }
            let address = address_of(scheme, address, env)?;
            if let Err(why) = (scheme.check)(&address) {
                return Err(fault(&format!("has an {} that {why}", scheme.name)));
            }
            Ok(Target::new(scheme, address))
        }
        [] => Err(fault("has no destination")
            .hint("give --maildir DIR, --mbox FILE, --archive DIR, --mda COMMAND or --lmtp ADDRESS, or the same as a key in the config file")),
        several => {
            let names: Vec<_> = several.iter().map(|(scheme, _)| scheme.name).collect();
            let names = names.join(", ");
            Err(fault(&format!("has several destinations: {names}")))
        }
    }
}

/// The place that the command line alone names, if it names one.
pub(crate) fn place(typed: &Destination, env: &Environment) -> Result<Option<Target>, Failure> {
    let Some((scheme, address)) = typed.named().into_iter().next() else {
        return Ok(None);
    };
    let address = address_of(scheme, address, env)?;
    Ok(Some(Target::new(scheme, address)))
}

/// An address as the target takes it: paths are absolute.
fn address_of(scheme: &Scheme, address: &OsStr, env: &Environment) -> Result<OsString, Failure> {
    Ok(if scheme.address.is_path_in(address) {
        env.absolute(Path::new(address))?.into()
    } else {
        address.to_os_string()
    })
}

/// How messages are handed on, and whether that is all there is to know.
pub(crate) fn handover(merged: &Merged, target: &Target) -> Result<Handover, Failure> {
    let options = &merged.options.fetch;
    let scheme = target.scheme();
    if scheme.guarantee == Guarantee::Acknowledged && options.delete_verified == Some(true) {
        let text = format!("has delete_verified, and an {}", scheme.name);
        let hint = "what is handed on cannot be read again; leave delete_verified out";
        return Err(config_failure(&merged.described, &text).hint(hint));
    }
    handover_by(options, &merged.name, &merged.described, target)
}

/// The same by these options, for the user of this name.
pub(crate) fn handover_by(
    options: &FetchOptions,
    name: &str,
    described: &str,
    target: &Target,
) -> Result<Handover, Failure> {
    let recipient = options.recipient.as_ref().map(|address| address.0.clone());
    let scheme = target.scheme();
    let wants_recipient = match scheme.address {
        Address::Server => true,
        Address::Command => target.has_placeholder("recipient"),
        Address::Folder | Address::File => false,
    };
    if wants_recipient && recipient.is_none() {
        let text = format!("has an {} that wants a recipient, and none", scheme.name);
        let hint = "give --recipient ADDRESS, or recipient = \"…\": it is never guessed";
        return Err(config_failure(described, &text).hint(hint));
    }
    Ok(Handover {
        account: name.to_owned(),
        recipient,
        sender: options.sender.clone().unwrap_or_default(),
        timeout: deliver_timeout(options),
        jobs: options.deliver_jobs.unwrap_or(NonZeroU8::MIN),
        from_line: options.from_line == Some(true),
        id_header: options.id_header == Some(true),
        in_doubt: options.in_doubt.unwrap_or_default(),
    })
}
