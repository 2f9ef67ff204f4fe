//! `kubectl ctx`: the contexts of the kubeconfig, with a picker on a terminal; `kubectl ctx NAME` switches, and
//! `kubectl ctx -` goes back.

use crate::{
    error::{Error, Result},
    kubeconfig::{Kubeconfig, Section::Contexts},
    session::{Session, outln},
    terminal,
};

#[derive(clap::Args, Clone, Debug)]
pub struct Args {
    /// The context to switch to; `-` for the one before.
    #[arg(allow_hyphen_values = true)]
    name: Option<String>,
    /// Print the current context and nothing else.
    #[arg(short, long)]
    current: bool,
}

pub async fn run(session: &Session, args: Args) -> Result<()> {
    let config = session.kubeconfig()?;
    let current = config.current_context().to_owned();
    if args.current {
        return match current.as_str() {
            "" => Err(Error::message("current-context is not set")),
            name => outln!(session, "{name}"),
        };
    }
    let names = config.names(Contexts);
    let wanted = match args.name.as_deref() {
        Some("-") => super::remembered::last(session, "ctx")?,
        Some(name) => name.to_owned(),
        None if terminal::is_interactive() && !names.is_empty() => {
            let at = names.iter().position(|name| *name == current);
            match terminal::pick("context:", &names, at)? {
                Some(index) => names[index].clone(),
                None => return Ok(()),
            }
        }
        None => return names.iter().try_for_each(|name| outln!(session, "{name}")),
    };
    if !names.contains(&wanted) {
        return Err(unknown(&wanted, &names));
    }
    let mut changed = Kubeconfig::load_for_change(session.globals.kubeconfig.as_deref())?;
    let before = changed.clone();
    changed.set_current_context(&wanted);
    changed.save(&before)?;
    if current != wanted {
        super::remembered::remember(session, "ctx", &current);
    }
    outln!(session, "Switched to context \"{wanted}\".")
}

fn unknown(wanted: &str, names: &[String]) -> Error {
    let mut text = format!("no context exists with the name: \"{wanted}\"");
    let near = terminal::near(wanted, names.iter().map(String::as_str));
    if !near.is_empty() {
        text.push_str(&format!("\n\nDid you mean this?\n\t{}", near.join("\n\t")));
    }
    Error::message(text)
}
