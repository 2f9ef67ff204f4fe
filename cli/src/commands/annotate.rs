//! `kubectl annotate`.

use super::metadata_change::{self, ChangeArgs, Field};
use crate::{error::Result, session::Session};

#[derive(clap::Args, Clone, Debug)]
pub struct Args {
    #[command(flatten)]
    change: ChangeArgs,
}

pub async fn run(session: &Session, args: Args) -> Result<()> {
    let field = Field {
        field: "annotations",
        word: "annotation",
        manager: "kubectl-annotate",
    };
    metadata_change::run(session, args.change, field).await
}
