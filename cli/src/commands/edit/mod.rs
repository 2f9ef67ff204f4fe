//! `kubectl edit`: objects in the user's editor, and a patch with what was changed. How a file is edited until the
//! server takes it is in [`rounds`]; `create --edit` and `apply edit-last-applied` go through the same rounds.

mod file;
mod outcome;
mod rounds;

pub use rounds::{Editing, Mode};

use super::{
    create::validation_query,
    selection::{SelectionArgs, Wanted},
};
use crate::{
    error::{Error, Result},
    flags::{FileArgs, PrintArgs},
    session::Session,
};

#[derive(clap::Args, Clone, Debug)]
pub struct Args {
    /// The resources: TYPE NAME or TYPE/NAME
    resources: Vec<String>,
    #[command(flatten)]
    files: FileArgs,
    #[command(flatten)]
    print: PrintArgs,
    /// Name of the manager used to track field ownership.
    #[arg(long, default_value = "kubectl-edit")]
    field_manager: String,
    /// Output the patch if the resource is edited.
    #[arg(long)]
    output_patch: bool,
    /// If true, the configuration of current object will be saved in its annotation.
    #[arg(long)]
    save_config: bool,
    /// If specified, edit will operate on the subresource of the requested object.
    #[arg(long, default_value = "", hide_default_value = true)]
    subresource: String,
    /// Must be one of: strict (or true), warn, ignore (or false).
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "strict", default_value = "strict")]
    validate: String,
    /// Defaults to the line ending native to your platform.
    #[arg(long)]
    windows_line_endings: bool,
}

pub async fn run(session: &Session, args: Args) -> Result<()> {
    let wanted = Wanted {
        words: &args.resources,
        files: Some(&args.files),
        selection: SelectionArgs::default().selection(0),
        latest: true,
        all: args.resources.len() == 1 && !args.resources[0].contains('/'),
        ..Wanted::default()
    };
    wanted.targets(session).await?;
    validation_query(&args.validate)?;
    let (infos, errors) = match args.subresource.as_str() {
        "" => wanted.find(session).await?,
        subresource => wanted.find_subresource(session, subresource).await?,
    };
    Error::all(errors)?;
    if infos.is_empty() {
        return Err(Error::message("edit cancelled, no objects found"));
    }
    let editing = Editing {
        print: &args.print,
        field_manager: &args.field_manager,
        output_patch: args.output_patch,
        save_config: args.save_config,
        subresource: &args.subresource,
        validate: &args.validate,
        windows_line_endings: args.windows_line_endings,
        ..Editing::new(session, Mode::Live, &args.print)
    };
    editing.edit(infos).await
}
