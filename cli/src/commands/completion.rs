//! `kubectl completion`.

use crate::{
    error::{Error, Result},
    session::Session,
};

#[derive(clap::Args, Clone, Debug)]
pub struct Args {
    /// SHELL
    shell: Vec<String>,
}

pub async fn run(session: &Session, args: Args) -> Result<()> {
    let shell = match args.shell.as_slice() {
        [] => return Err(Error::usage("completion", "Shell not specified.")),
        [shell] => shell,
        _ => {
            return Err(Error::usage(
                "completion",
                "Too many arguments. Expected only the shell type.",
            ));
        }
    };
    let script = crate::completion::script(shell, &session.program)
        .ok_or_else(|| Error::usage("completion", format!("Unsupported shell type {shell:?}.")))?;
    session.write(&script)
}
