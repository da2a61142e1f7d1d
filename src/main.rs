//! The `retr` program: everything is in the library, see its first page.

use std::process::ExitCode;

fn main() -> ExitCode {
    retr::cli::main()
}
