//! `knarr migrate`: moves the state of a cluster from the data directory to etcd, or back.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::ensure;
use clap::{Args, ValueEnum};
use knarr_component::metrics::Registry;
use knarr_storage::{ROOT, Store, in_order, migrate};

use crate::control_plane::{connect_etcd, open_sled};
use crate::encryption::EncryptionOptions;
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
    /// The file with the EncryptionConfiguration of both: values are read and written under its keys, where without it
    /// they are copied as they are
    #[arg(long, value_name = "FILE")]
    encryption_provider_config: Option<PathBuf>,
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
    if args.from == Kind::Etcd && args.encryption_provider_config.is_none() && args.is_moved() {
        migrate::check_unbound(&*source).await?;
    }
    let migrated = migrate::migrate(&*source, &*target).await?;
    println!(
        "{} keys ({} bytes) copied and compared",
        migrated.keys, migrated.bytes
    );
    Ok(())
}

impl MigrateArgs {
    async fn open(&self, kind: Kind) -> anyhow::Result<Arc<dyn Store>> {
        let (store, prefix) = match kind {
            Kind::Sled => (open_sled(&self.data_dir.join("store")).await?, ROOT),
            Kind::Etcd => (connect_etcd(&self.etcd).await?, self.etcd.prefix()),
        };
        let options = EncryptionOptions {
            encryption_provider_config: self.encryption_provider_config.clone(),
            encryption_provider_config_automatic_reload: false,
        };
        Ok(options.apply(store, prefix, &Registry::default())?.0)
    }

    /// Whether keys begin otherwise in etcd.
    fn is_moved(&self) -> bool {
        in_order(self.etcd.prefix()) != ROOT
    }
}
