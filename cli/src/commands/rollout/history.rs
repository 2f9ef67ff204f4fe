//! `kubectl rollout history`.

use super::{WorkloadArgs, refuse_negative, revisions};
use crate::{
    describe,
    error::{Error, Result},
    flags::{self, PrintArgs},
    printers::{Printer, Tabs},
    resource::Info,
    session::{Session, outln},
};

#[derive(clap::Args, Clone, Debug)]
pub struct Args {
    #[command(flatten)]
    workloads: WorkloadArgs,
    #[command(flatten)]
    print: PrintArgs,
    /// See the details, including podTemplate of the revision specified
    #[arg(long, default_value = "0", value_parser = flags::int64)]
    revision: i64,
}

pub async fn run(session: &Session, args: Args) -> Result<()> {
    refuse_negative(args.revision)?;
    args.workloads.check()?;
    let printer = Printer::from_args(&args.print)?;
    let (infos, mut errors) = args.workloads.find(session).await?;
    for info in infos {
        let shown = match &printer {
            None => page(session, &args, &info).await,
            Some(printer) => objects(session, &args, &info, printer).await,
        };
        match shown {
            Ok(()) => {}
            Err(error) => errors.push(error),
        }
    }
    Error::all(errors)
}

async fn page(session: &Session, args: &Args, info: &Info) -> Result<()> {
    let revisions = revisions::of(session, info, "history").await?;
    if revisions.is_empty() {
        let which = match args.revision {
            0 => " ".to_owned(),
            number => format!(" with revision #{number}"),
        };
        return outln!(
            session,
            "{}{which}\nNo rollout history found.",
            info.title()
        );
    }
    if args.revision > 0 {
        let Some(revision) = revisions
            .iter()
            .find(|revision| revision.number == args.revision)
        else {
            return Err(Error::message("unable to find the specified revision"));
        };
        let text = describe::pod_template_page(&revision.shown(&info.object));
        return outln!(
            session,
            "{} with revision #{}\n{text}",
            info.title(),
            args.revision
        );
    }
    let mut table = String::from("REVISION\tCHANGE-CAUSE\n");
    for revision in &revisions {
        table.push_str(&format!("{}\t{}\n", revision.number, revision.cause()));
    }
    outln!(
        session,
        "{} \n{}",
        info.title(),
        Tabs::describe().layout(&table)
    )
}

async fn objects(session: &Session, args: &Args, info: &Info, printer: &Printer) -> Result<()> {
    let revisions = revisions::of(session, info, "history").await?;
    let wanted = revisions
        .into_iter()
        .filter(|revision| args.revision == 0 || revision.number == args.revision);
    let mut printed = 0;
    for revision in wanted {
        let mut object = revision.object;
        if object["apiVersion"].is_null() {
            object["apiVersion"] = "apps/v1".into();
        }
        let keeps = args.print.show_managed_fields;
        printer.print_typed(session, &object, printed, keeps)?;
        printed += 1;
    }
    match printed {
        0 if args.revision > 0 => Err(Error::message("unable to find the specified revision")),
        _ => Ok(()),
    }
}
