//! `retr demo`.

use std::io;
use std::process::ExitCode;

use crate::base::Cancel;
use crate::cli::args::{Common, DemoArgs};
use crate::cli::environment::Environment;
use crate::cli::{demo as tour, signals, tell};
use crate::report::Descriptor;

/// Shows a whole fetch against the built-in server.
pub(crate) fn demo(args: &DemoArgs, env: &Environment) -> ExitCode {
    let cancel = Cancel::new();
    let mut out = Descriptor::new(io::stdout(), &cancel);
    let shown =
        signals::watch(&cancel).and_then(|()| tour::run(args.dir.as_deref(), &cancel, &mut out));
    signals::reraise(&cancel);
    tell::done(shown, &Common::default(), env)
}
