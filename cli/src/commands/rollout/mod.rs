//! `kubectl rollout`: one file per subcommand; which kinds each supports is theirs to say.

mod history;
mod pause;
mod restart;
mod revisions;
mod status;
mod undo;

use super::{Entry, dispatch, entry, group_args, selection::Wanted};
use crate::{
    error::{Error, Result},
    flags::FileArgs,
    resource::{Info, Selection},
    session::{Session, errln},
};

static SUBCOMMANDS: &[Entry] = &[
    entry!(
        Deploy,
        "history",
        [],
        history::Args,
        history::run,
        "View rollout history"
    ),
    entry!(
        Deploy,
        "pause",
        [],
        pause::Args,
        pause::pause,
        "Mark the provided resource as paused"
    ),
    entry!(
        Deploy,
        "restart",
        [],
        restart::Args,
        restart::run,
        "Restart a resource"
    ),
    entry!(
        Deploy,
        "resume",
        [],
        pause::Args,
        pause::resume,
        "Resume a paused resource"
    ),
    entry!(
        Deploy,
        "status",
        [],
        status::Args,
        status::run,
        "Show the status of the rollout"
    ),
    entry!(
        Deploy,
        "undo",
        [],
        undo::Args,
        undo::run,
        "Undo a previous rollout"
    ),
];

group_args!(SUBCOMMANDS);

pub async fn run(session: &Session, args: Args) -> Result<()> {
    dispatch(session, SUBCOMMANDS, args.name(), args.matches(), "rollout").await
}

/// The workloads that a subcommand is about.
#[derive(clap::Args, Clone, Debug)]
struct WorkloadArgs {
    /// The resources: TYPE NAME or TYPE/NAME
    resources: Vec<String>,
    #[command(flatten)]
    files: FileArgs,
    /// Selector (label query) to filter on, supports '=', '==', '!=', 'in', 'notin'.
    #[arg(short = 'l', long)]
    selector: Option<String>,
}

impl WorkloadArgs {
    /// Refuses a call that names nothing.
    fn check(&self) -> Result<()> {
        match self.resources.is_empty() && self.files.is_empty() {
            true => Err(Error::message("required resource not specified")),
            false => Ok(()),
        }
    }

    /// A type alone means all workloads of it.
    async fn find(&self, session: &Session) -> Result<(Vec<Info>, Vec<Error>)> {
        self.check()?;
        let selection = Selection {
            label_selector: self.selector.clone().unwrap_or_default(),
            ..Selection::default()
        };
        let all = self.resources.len() == 1
            && !self.resources[0].contains('/')
            && selection.label_selector.is_empty();
        let wanted = Wanted {
            words: &self.resources,
            files: Some(&self.files),
            selection,
            all,
            latest: true,
            ..Wanted::default()
        };
        wanted.find(session).await
    }

    /// As [`WorkloadArgs::find`], and says so when there are none.
    async fn find_any(&self, session: &Session) -> Result<(Vec<Info>, Vec<Error>)> {
        let (infos, errors) = self.find(session).await?;
        if infos.is_empty() && errors.is_empty() {
            let namespace = session.namespace()?;
            errln!(session, "No resources found in {namespace} namespace.");
        }
        Ok((infos, errors))
    }

    /// As [`WorkloadArgs::find_any`], where upstream puts the list of faults of files into another list.
    async fn find_to_patch(&self, session: &Session) -> Result<(Vec<Info>, Vec<Error>)> {
        let (infos, errors) = self.find_any(session).await?;
        let errors = errors.into_iter().map(|error| match self.files.is_empty() {
            true => error,
            false => error.unprefixed(),
        });
        Ok((infos, errors.collect()))
    }
}

/// Revisions are counted from 1; 0 is none in particular.
fn refuse_negative(revision: i64) -> Result<()> {
    match revision < 0 {
        true => Err(Error::message(format!(
            "revision must be a positive integer: {revision}"
        ))),
        false => Ok(()),
    }
}

/// The refusal of a patch.
fn not_patched(error: Error) -> Error {
    Error::message(format!("failed to patch: {}", error.request_text()))
}

/// `deployments.apps "web"`: how rollout names an object it refuses.
fn refused(info: &Info, why: &str) -> Error {
    Error::message(format!(
        "error: {} \"{}\" {why}",
        info.mapping.qualified(),
        info.name
    ))
}
