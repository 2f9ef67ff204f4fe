//! `knarr backup`: the state of a cluster in one file.

use std::fs::File;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Args;
use futures::TryStreamExt;
use knarr_storage::backup;
use kube::Client;
use kube::config::{KubeConfigOptions, Kubeconfig};
use tempfile::NamedTempFile;
use tokio::io::AsyncWriteExt;
use tokio_util::compat::FuturesAsyncReadCompatExt;

use crate::control_plane::{connect_etcd, open_sled};
use crate::options::EtcdOptions;

/// Where a running API server gives its backup.
const PATH: &str = "/knarr/v1/backup";

/// Write the state of a cluster to a file
///
/// The running API server is asked for it, with the kubeconfig of an administrator; it goes on working meanwhile, and
/// the backup is the state at one revision. With --data-dir the store of a server that does not run is read, with
/// --etcd-servers that in etcd. The certificates and keys in the folder `pki` are not part of it. Values that are
/// encrypted at rest stay encrypted.
#[derive(Args, Clone, Debug)]
pub struct BackupArgs {
    /// The file to write; it must not exist
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The kubeconfig to reach the API server with; by default $KUBECONFIG or ~/.kube/config
    #[arg(long, value_name = "FILE", conflicts_with_all = ["data_dir", "etcd_servers"])]
    kubeconfig: Option<PathBuf>,
    /// Read the store in this folder, of a server that does not run
    #[arg(long, value_name = "DIR", conflicts_with = "etcd_servers")]
    data_dir: Option<PathBuf>,
    #[command(flatten)]
    etcd: EtcdOptions,
}

pub async fn run(args: BackupArgs) -> anyhow::Result<()> {
    let file = &args.file;
    if file.exists() {
        bail!("{} exists", file.display());
    }
    let folder = file
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    // Readable by its owner alone: it holds secrets.
    let partial = NamedTempFile::new_in(folder)
        .with_context(|| format!("cannot write to {}", folder.display()))?;
    let mut to = tokio::fs::File::from_std(partial.reopen()?);
    if let Some(data_dir) = &args.data_dir {
        let store = data_dir.join("store");
        if !store.exists() {
            bail!("there is no store in {}", data_dir.display());
        }
        read_store(open_sled(&store).await?, &mut to).await?;
    } else if args.etcd.etcd_servers.is_empty() {
        download(args.kubeconfig.as_deref(), &mut to).await?;
    } else {
        read_store(connect_etcd(&args.etcd).await?, &mut to).await?;
    }
    to.flush().await?;
    to.sync_all().await?;
    let contents = backup::verify(std::io::BufReader::new(File::open(partial.path())?))?;
    let written = partial.persist_noclobber(file);
    written.with_context(|| format!("cannot write {}", file.display()))?;
    File::open(folder)?.sync_all()?;
    println!(
        "{}: {} keys ({} bytes) as of revision {}",
        file.display(),
        contents.keys,
        contents.bytes,
        contents.revision
    );
    Ok(())
}

async fn read_store(
    store: std::sync::Arc<dyn knarr_storage::Store>,
    to: &mut tokio::fs::File,
) -> anyhow::Result<()> {
    let pieces = backup::backup(store).await?;
    let mut pieces = std::pin::pin!(pieces);
    while let Some(piece) = pieces.try_next().await? {
        to.write_all(&piece).await?;
    }
    Ok(())
}

async fn download(kubeconfig: Option<&Path>, to: &mut tokio::fs::File) -> anyhow::Result<()> {
    let config = match kubeconfig {
        Some(file) => {
            let read = Kubeconfig::read_from(file)?;
            kube::Config::from_custom_kubeconfig(read, &KubeConfigOptions::default()).await?
        }
        None => kube::Config::infer().await?,
    };
    let client = Client::try_from(config)?;
    let request = http::Request::get(PATH).body(Vec::new())?;
    let answer = Box::pin(client.request_stream(request).await?);
    tokio::io::copy(&mut answer.compat(), to)
        .await
        .context("the backup was cut off")?;
    Ok(())
}
