//! `kubectl auth`: who am I, what may I do, and RBAC objects brought to what files say.

mod can_i;
mod reconcile;
mod whoami;

use super::{Entry, dispatch, entry, group_args};
use crate::{error::Result, session::Session};

static SUBCOMMANDS: &[Entry] = &[
    entry!(
        Other,
        "can-i",
        [],
        can_i::Args,
        can_i::run,
        "Check whether an action is allowed"
    ),
    entry!(
        Other,
        "reconcile",
        [],
        reconcile::Args,
        reconcile::run,
        "Reconciles rules for RBAC role, role binding, cluster role, and cluster role binding objects"
    ),
    entry!(
        Other,
        "whoami",
        [],
        whoami::Args,
        whoami::run,
        "Experimental: Check self subject attributes"
    ),
];

group_args!(SUBCOMMANDS);

pub async fn run(session: &Session, args: Args) -> Result<()> {
    dispatch(session, SUBCOMMANDS, args.name(), args.matches(), "auth").await
}
