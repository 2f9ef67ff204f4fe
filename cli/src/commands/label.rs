//! `kubectl label`.

use super::metadata_change::{self, ChangeArgs, Field};
use crate::{error::Result, session::Session};

#[derive(clap::Args, Clone, Debug)]
pub struct Args {
    #[command(flatten)]
    change: ChangeArgs,
}

pub async fn run(session: &Session, args: Args) -> Result<()> {
    let field = Field {
        field: "labels",
        word: "label",
        manager: "kubectl-label",
    };
    metadata_change::run(session, args.change, field).await
}
