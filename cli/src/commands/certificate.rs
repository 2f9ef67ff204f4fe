//! `kubectl certificate`: approves and denies certificate signing requests.

use super::{Entry, dispatch, entry, group_args};
use crate::{
    client::Request,
    error::{Error, Result},
    flags::{FileArgs, PrintArgs},
    printers::ResultPrinter,
    resource::{self, Info},
    session::{Session, outln},
};
use http::Method;
use knarr_api::{meta, quote::quote};
use serde_json::{Value, json};

/// How often a decision is written anew after a concurrent change.
const ATTEMPTS: usize = 10;

static SUBCOMMANDS: &[Entry] = &[
    entry!(
        Cluster,
        "approve",
        [],
        DecisionArgs,
        approve,
        "Approve a certificate signing request"
    ),
    entry!(
        Cluster,
        "deny",
        [],
        DecisionArgs,
        deny,
        "Deny a certificate signing request"
    ),
];

group_args!(SUBCOMMANDS, lenient);

pub async fn run(session: &Session, args: Args) -> Result<()> {
    dispatch(
        session,
        SUBCOMMANDS,
        args.name(),
        args.matches(),
        "certificate",
    )
    .await
}

#[derive(clap::Args, Clone, Debug)]
pub struct DecisionArgs {
    /// The names of the requests
    names: Vec<String>,
    #[command(flatten)]
    files: FileArgs,
    #[command(flatten)]
    print: PrintArgs,
    /// Update the CSR even if it is already decided so.
    #[arg(long)]
    force: bool,
}

/// One of the two answers to a request.
struct Decision {
    condition: &'static str,
    contrary: &'static str,
    reason: &'static str,
    message: &'static str,
    done: &'static str,
}

const APPROVED: Decision = Decision {
    condition: "Approved",
    contrary: "Denied",
    reason: "KubectlApprove",
    message: "This CSR was approved by kubectl certificate approve.",
    done: "approved",
};

const DENIED: Decision = Decision {
    condition: "Denied",
    contrary: "Approved",
    reason: "KubectlDeny",
    message: "This CSR was denied by kubectl certificate deny.",
    done: "denied",
};

async fn approve(session: &Session, args: DecisionArgs) -> Result<()> {
    decide(session, &args, &APPROVED).await
}

async fn deny(session: &Session, args: DecisionArgs) -> Result<()> {
    decide(session, &args, &DENIED).await
}

async fn decide(session: &Session, args: &DecisionArgs, decision: &Decision) -> Result<()> {
    let mut printer = ResultPrinter::new(&args.print, "")?;
    if args.names.is_empty() && args.files.is_empty() {
        return Err(Error::message(
            "one or more CSRs must be specified as <name> or -f <filename>",
        ));
    }
    let words: Vec<String> = args
        .names
        .iter()
        .map(|name| format!("csr/{name}"))
        .collect();
    resource::refuse_mixture(&words, &args.files, false)?;
    let mut infos = Vec::new();
    let mut errors = Vec::new();
    if !args.files.is_empty() {
        let loaded = resource::from_files(session, &args.files).await?;
        infos.extend(loaded.infos);
        errors.extend(loaded.errors);
    }
    let mapping = session
        .mapper()?
        .resource("certificatesigningrequests")
        .await?;
    infos.extend(args.names.iter().map(|name| Info {
        mapping: mapping.clone(),
        namespace: String::new(),
        name: name.clone(),
        source: String::new(),
        object: Value::Null,
    }));
    let mut found = 0;
    for mut info in infos {
        match decide_one(session, args, decision, &mut info).await {
            Ok(()) => {
                found += 1;
                printer.print(session, &info, decision.done)?;
            }
            Err(error @ Error::Connection { .. }) => return Err(error),
            Err(error) => errors.push(error),
        }
    }
    if found == 0 && errors.is_empty() {
        outln!(session, "No resources found")?;
    }
    Error::all(errors)
}

async fn decide_one(
    session: &Session,
    args: &DecisionArgs,
    decision: &Decision,
    info: &mut Info,
) -> Result<()> {
    let client = session.client()?;
    if !info
        .mapping
        .is("certificates.k8s.io", "CertificateSigningRequest")
    {
        let (kind, group) = (&info.mapping.kind, &info.mapping.group);
        let dot = if group.is_empty() { "" } else { "." };
        return Err(Error::message(format!(
            "can only handle CertificateSigningRequest.certificates.k8s.io objects, got {kind}{dot}{group}"
        )));
    }
    info.object = info.fetch(client).await?;
    for attempt in 0.. {
        let mut request = info.object.clone();
        let has_condition = decided(&mut request, decision)?;
        if has_condition && !args.force {
            return Ok(());
        }
        let put = Request::new(Method::PUT, format!("{}/approval", info.named_path()?))
            .typed()
            .json(&request);
        match client.send(put).await {
            Ok(_) => return Ok(()),
            Err(error) if error.is_conflict() && attempt < ATTEMPTS => {
                info.object = info.fetch(client).await?;
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Adds the decision's condition; `true` when it is there already.
fn decided(request: &mut Value, decision: &Decision) -> Result<bool> {
    let conditions = request["status"]["conditions"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    if conditions
        .iter()
        .any(|one| one["type"] == decision.contrary)
    {
        return Err(Error::message(format!(
            "certificate signing request {} is already {}",
            quote(meta::name(request)),
            decision.contrary
        )));
    }
    if conditions
        .iter()
        .any(|one| one["type"] == decision.condition)
    {
        return Ok(true);
    }
    let condition = json!({"type": decision.condition, "status": "True", "reason": decision.reason,
        "message": decision.message, "lastUpdateTime": meta::now_rfc3339(), "lastTransitionTime": null});
    request["status"]["conditions"] = [conditions, vec![condition]].concat().into();
    Ok(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decision_is_final() {
        let mut request = json!({"metadata": {"name": "a"}, "status": {}});
        assert!(!decided(&mut request, &APPROVED).expect("it is open"));
        assert!(decided(&mut request, &APPROVED).expect("it is approved"));
        let error = decided(&mut request, &DENIED).expect_err("it is approved");
        assert_eq!(
            error.report().0,
            "error: certificate signing request \"a\" is already Approved"
        );
    }
}
