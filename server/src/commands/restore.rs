//! `knarr restore`: makes the store of a cluster from a backup.

use std::fs::{self, File};
use std::io::BufReader;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail, ensure};
use clap::Args;
use knarr_storage::SledStore;
use knarr_storage::backup::{self, Contents, REVISION_BUMP};

use crate::control_plane::connect_etcd;
use crate::options::EtcdOptions;

/// Make the state of a cluster from a backup
///
/// The backup's digest is checked before anything is written, and the target must be empty. In a data directory,
/// resource versions go on a billion after those of the backup, and nothing before is told of: every watch of the old
/// cluster lists anew. In etcd they are what etcd gives out.
#[derive(Args, Clone, Debug)]
pub struct RestoreArgs {
    /// The backup
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Make the store of this folder; what else is in it stays
    #[arg(
        long,
        value_name = "DIR",
        conflicts_with = "etcd_servers",
        required_unless_present = "etcd_servers"
    )]
    data_dir: Option<PathBuf>,
    #[command(flatten)]
    etcd: EtcdOptions,
}

pub async fn run(args: RestoreArgs) -> anyhow::Result<()> {
    let name = args.file.display();
    let open = || File::open(&args.file).with_context(|| format!("cannot read {name}"));
    let contents = backup::verify(BufReader::new(open()?)).with_context(|| name.to_string())?;
    let file = BufReader::new(open()?);
    match &args.data_dir {
        Some(data_dir) => restore_sled(file, contents, data_dir).await?,
        None => {
            let store = connect_etcd(&args.etcd).await?;
            backup::restore(file, &*store).await?;
        }
    }
    println!(
        "{} keys ({} bytes) restored as of revision {}",
        contents.keys, contents.bytes, contents.revision
    );
    Ok(())
}

/// Makes the store beside its place, so that one which is cut short is never taken for a whole one.
async fn restore_sled(
    file: BufReader<File>,
    contents: Contents,
    data_dir: &Path,
) -> anyhow::Result<()> {
    let (place, partial) = (data_dir.join("store"), data_dir.join("store.restoring"));
    let empty = match fs::read_dir(&place) {
        Ok(mut entries) => entries.next().is_none(),
        Err(error) => {
            ensure!(
                error.kind() == std::io::ErrorKind::NotFound,
                "cannot read {}: {error}",
                place.display()
            );
            true
        }
    };
    if !empty {
        bail!("{} is not empty", place.display());
    }
    if partial.exists() {
        fs::remove_dir_all(&partial)?;
    }
    let revision = contents.revision.checked_add(REVISION_BUMP);
    let revision = revision.context("the backup's revision is too large")?;
    let folder = partial.clone();
    let store = tokio::task::spawn_blocking(move || SledStore::create(folder, revision)).await??;
    backup::restore(file, &store).await?;
    // Closing waits for the disk.
    tokio::task::spawn_blocking(move || drop(store)).await?;
    fs::rename(&partial, &place)
        .with_context(|| format!("cannot move {} to its place", partial.display()))?;
    File::open(data_dir)?.sync_all()?;
    Ok(())
}
