//! Contexts: listed, chosen, set, renamed and deleted.

use super::{delete_entry, exactly, for_change, put};
use crate::{
    error::{Error, Result},
    kubeconfig::{Kubeconfig, Section::Contexts},
    printers::Tabs,
    session::{Session, errln, outln},
};
use serde_json::json;

#[derive(clap::Args, Clone, Debug)]
pub struct CurrentArgs {
    /// What upstream takes, and does nothing with.
    #[arg(hide = true)]
    words: Vec<String>,
}

pub async fn current(session: &Session, _args: CurrentArgs) -> Result<()> {
    match session.kubeconfig()?.current_context() {
        "" => Err(Error::message("current-context is not set")),
        name => outln!(session, "{name}"),
    }
}

#[derive(clap::Args, Clone, Debug)]
pub struct GetArgs {
    /// Names of contexts
    names: Vec<String>,
    /// When using the default or custom-column output format, don't print headers (default print headers).
    #[arg(long)]
    no_headers: bool,
    /// Output format. One of: (name).
    #[arg(short, long)]
    output: Option<String>,
}

pub async fn get(session: &Session, args: GetArgs) -> Result<()> {
    let config = session.kubeconfig()?;
    let names_only = match args.output.as_deref().unwrap_or_default() {
        "" => false,
        "name" => true,
        other => {
            return Err(Error::message(format!(
                "--output {other} is not available in kubectl config get-contexts; resetting to default output \
                 format"
            )));
        }
    };
    let (mut names, mut missing) = (args.names.clone(), Vec::new());
    if names.is_empty() {
        names = config.names(Contexts);
    } else {
        names.retain(|name| {
            let known = config.get(Contexts, name).is_some();
            if !known {
                missing.push(Error::message(format!("context {name} not found")));
            }
            known
        });
    }
    let mut text = String::new();
    if !args.no_headers && !names_only {
        text.push_str("CURRENT\tNAME\tCLUSTER\tAUTHINFO\tNAMESPACE\n");
    }
    for name in &names {
        match names_only {
            true => text.push_str(&format!("{name}\n")),
            false => text.push_str(&row(config, name)),
        }
    }
    session.write(&Tabs::table().layout(&text))?;
    Error::all(missing)
}

fn row(config: &Kubeconfig, name: &str) -> String {
    let body = config.get(Contexts, name).cloned().unwrap_or_default();
    let field = |field: &str| body[field].as_str().unwrap_or_default().to_owned();
    let mark = if config.current_context() == name {
        "*"
    } else {
        ""
    };
    format!(
        "{mark}\t{name}\t{}\t{}\t{}\n",
        field("cluster"),
        field("user"),
        field("namespace")
    )
}

#[derive(clap::Args, Clone, Debug)]
pub struct UseArgs {
    /// CONTEXT_NAME
    name: Vec<String>,
}

pub async fn use_context(session: &Session, args: UseArgs) -> Result<()> {
    let [name] = exactly(session, &args.name, "use-context")?;
    let (mut config, before) = for_change(session)?;
    if config.get(Contexts, &name).is_none() {
        return Err(Error::message(format!(
            "no context exists with the name: \"{name}\""
        )));
    }
    config.set_current_context(&name);
    config.save(&before)?;
    outln!(session, "Switched to context \"{name}\".")
}

#[derive(clap::Args, Clone, Debug)]
pub struct SetArgs {
    /// NAME
    name: Vec<String>,
    /// cluster for the context entry in kubeconfig
    #[arg(long)]
    cluster: Option<String>,
    /// Modify the current context
    #[arg(long)]
    current: bool,
    /// namespace for the context entry in kubeconfig
    #[arg(short, long)]
    namespace: Option<String>,
    /// user for the context entry in kubeconfig
    #[arg(long)]
    user: Option<String>,
}

pub async fn set(session: &Session, args: SetArgs) -> Result<()> {
    if args.name.len() > 1 {
        exactly::<1>(session, &args.name, "set-context")?;
    }
    let (mut config, before) = for_change(session)?;
    let name = match (args.name.as_slice(), args.current) {
        ([], true) if config.current_context().is_empty() => {
            return Err(Error::message("no current context is set"));
        }
        ([], true) => config.current_context().to_owned(),
        ([name], false) if !name.is_empty() => name.clone(),
        ([_, ..], true) => {
            return Err(Error::message(
                "you cannot specify both a context name and --current",
            ));
        }
        _ => {
            return Err(Error::message(
                "you must specify a non-empty context name or --current",
            ));
        }
    };
    let known = config.get(Contexts, &name).cloned();
    let done = if known.is_some() {
        "modified"
    } else {
        "created"
    };
    let mut body = known.unwrap_or_else(|| json!({"cluster": "", "user": ""}));
    put(&mut body, "namespace", &args.namespace);
    for (field, value) in [("cluster", &args.cluster), ("user", &args.user)] {
        if let Some(value) = value {
            body[field] = value.as_str().into();
        }
    }
    config.set(Contexts, &name, body);
    config.save(&before)?;
    outln!(session, "Context \"{name}\" {done}.")
}

#[derive(clap::Args, Clone, Debug)]
pub struct RenameArgs {
    /// CONTEXT_NAME NEW_NAME
    names: Vec<String>,
}

pub async fn rename(session: &Session, args: RenameArgs) -> Result<()> {
    let [from, to] = exactly(session, &args.names, "rename-context")?;
    let (mut config, before) = for_change(session)?;
    let file = config.default_file().display().to_string();
    let Some(body) = config.get(Contexts, &from).cloned() else {
        return Err(Error::message(format!(
            "cannot rename the context \"{from}\", it's not in {file}"
        )));
    };
    if config.get(Contexts, &to).is_some() {
        return Err(Error::message(format!(
            "cannot rename the context \"{from}\", the context \"{to}\" already exists in {file}"
        )));
    }
    config.set(Contexts, &to, body);
    config.remove(Contexts, &from);
    if config.current_context() == from {
        config.set_current_context(&to);
    }
    config.save(&before)?;
    outln!(session, "Context \"{from}\" renamed to \"{to}\".")
}

#[derive(clap::Args, Clone, Debug)]
pub struct DeleteArgs {
    /// NAME
    name: Vec<String>,
}

pub async fn delete(session: &Session, args: DeleteArgs) -> Result<()> {
    let Ok([name]) = exactly(session, &args.name, "delete-context") else {
        // The help that has been shown is all, and no fault.
        return Ok(());
    };
    let current = session.kubeconfig()?.current_context() == name;
    if current {
        errln!(
            session,
            "warning: this removed your active context, use \"kubectl config use-context\" to select a different one"
        );
    }
    delete_entry(session, Contexts, &name)
}
