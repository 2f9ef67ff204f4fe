//! `knarr migrate`: moves the state of a cluster from the data directory to etcd, or back.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::ensure;
use clap::{Args, ValueEnum};
use knarr_storage::{Store, migrate};

use crate::control_plane::{connect_etcd, open_sled};
use crate::options::{EtcdOptions, default_data_dir};

/// Copy the state of a cluster from one store to the other, and compare the two key by key
///
/// The API server must not run meanwhile. The target must be empty; the source stays as it is.
#[derive(Args, Clone, Debug)]
pub struct MigrateArgs {
    /// The store that holds the state
    #[arg(long, value_name = "STORE")]
    from: Kind,
    /// The store that is to hold it
    #[arg(long, value_name = "STORE")]
    to: Kind,
    /// The folder whose store is meant by sled
    #[arg(long, default_value_os_t = default_data_dir(), value_name = "DIR")]
    data_dir: PathBuf,
    #[command(flatten)]
    etcd: EtcdOptions,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Kind {
    Sled,
    Etcd,
}

pub async fn run(args: MigrateArgs) -> anyhow::Result<()> {
    ensure!(args.from != args.to, "--from and --to name the same store");
    ensure!(
        !args.etcd.etcd_servers.is_empty(),
        "--etcd-servers says where etcd is"
    );
    let source = args.open(args.from).await?;
    let target = args.open(args.to).await?;
    let migrated = migrate::migrate(&*source, &*target).await?;
    println!(
        "{} keys ({} bytes) copied and compared",
        migrated.keys, migrated.bytes
    );
    Ok(())
}

impl MigrateArgs {
    async fn open(&self, kind: Kind) -> anyhow::Result<Arc<dyn Store>> {
        match kind {
            Kind::Sled => open_sled(&self.data_dir.join("store")).await,
            Kind::Etcd => connect_etcd(&self.etcd).await,
        }
    }
}
