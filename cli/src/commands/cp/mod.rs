//! `kubectl cp`: files to and from a container, as a tar stream through a remote `tar`.

mod archive;
mod file_spec;

use super::{
    attachable::{chosen_container, refuse_completed},
    exec::request,
    terminal::outcome,
};
use crate::{
    client::{Channel, Receiver, Request, Sender, Streams},
    error::{Error, Result},
    flags,
    mapper::Mapping,
    resource::Info,
    session::{Session, outln},
    terminal::Progress,
};
use archive::{ChannelReader, ChannelWriter, Unpacking};
use bytes::Bytes;
use file_spec::{FileSpec, base_name, folder_of};
use serde_json::Value;
use std::{io::Write, path::Path};
use tokio::sync::mpsc;

/// Pieces of the archive that may wait between the network and the disk.
const WAITING: usize = 16;

#[derive(clap::Args, Clone, Debug)]
pub struct Args {
    /// The source and the destination; the remote one is [NAMESPACE/]POD:PATH
    paths: Vec<String>,
    /// Container name. If omitted, use the kubectl.kubernetes.io/default-container annotation for selecting the container to be attached or the first container in the pod will be chosen
    #[arg(short, long)]
    container: Option<String>,
    /// The copied file/directory's ownership and permissions will not be preserved in the container
    #[arg(long)]
    no_preserve: bool,
    /// Set number of retries to complete a copy operation from a container. Specify 0 to disable or any negative value for infinite retrying. The default is 0 (no retry).
    #[arg(long, default_value = "0", value_parser = flags::int64)]
    retries: i64,
}

/// The container at the other end.
struct Remote<'a> {
    session: &'a Session,
    pod: Info,
    container: String,
}

pub async fn run(session: &Session, args: Args) -> Result<()> {
    let [source, destination] = args.paths.as_slice() else {
        return Err(Error::message("source and destination are required"));
    };
    session.resolved()?;
    let (source, destination) = (FileSpec::parse(source)?, FileSpec::parse(destination)?);
    if source.pod.is_some() && destination.pod.is_some() {
        return Err(Error::message(
            "one of src or dest must be a local file specification",
        ));
    }
    if source.path.is_empty() || destination.path.is_empty() {
        return Err(Error::message("filepath can not be empty"));
    }
    let progress = Progress::new(format!("copying {}", source.path));
    match (&source.pod, &destination.pod) {
        (Some(_), _) => {
            let copying = copy_from_pod(session, &args, &source, &destination);
            progress.during(copying).await
        }
        (_, Some(_)) => {
            let copying = copy_to_pod(session, &args, &source, &destination);
            progress.during(copying).await
        }
        _ => Err(Error::message(
            "one of src or dest must be a remote file specification",
        )),
    }
}

impl<'a> Remote<'a> {
    async fn find(session: &'a Session, args: &Args, spec: &FileSpec) -> Result<Self> {
        let namespace = match &spec.namespace {
            Some(namespace) => namespace,
            None => session.namespace()?,
        };
        let mut pod = Info {
            mapping: Mapping::guessed("v1", "Pod"),
            namespace: namespace.to_owned(),
            name: spec.pod.clone().unwrap_or_default(),
            source: String::new(),
            object: Value::Null,
        };
        let request = Request::get(pod.path()).typed();
        pod.object = session.client()?.send(request).await?;
        refuse_completed(&pod.object, "exec into a container in")?;
        let container = chosen_container(session, &pod.object, args.container.as_deref(), false)?;
        Ok(Remote {
            session,
            pod,
            container,
        })
    }

    async fn start(&self, command: &[&str], stdin: bool) -> Result<(Sender, Receiver)> {
        let streams = Streams {
            stdin,
            stdout: true,
            stderr: true,
            tty: false,
        };
        let command: Vec<String> = command.iter().map(|word| (*word).to_owned()).collect();
        let request = request(&self.pod, "exec", &self.container, &command, streams);
        self.session
            .client()?
            .remote_streams(&request, streams)
            .await
    }

    /// Whether the path is a folder there.
    async fn is_folder(&self, path: &str) -> bool {
        let tested = async {
            let (_sender, mut receiver) = self.start(&["test", "-d", path], false).await?;
            while let Some((channel, bytes)) = receiver.receive().await? {
                if channel == Channel::Error {
                    return Ok(serde_json::from_slice::<Value>(&bytes).unwrap_or_default());
                }
            }
            Ok::<_, Error>(Value::Null)
        };
        matches!(tested.await, Ok(status) if status["status"] != "Failure")
    }
}

async fn copy_to_pod(
    session: &Session,
    args: &Args,
    source: &FileSpec,
    destination: &FileSpec,
) -> Result<()> {
    if std::fs::metadata(&source.path).is_err() {
        return Err(Error::message(format!(
            "{} doesn't exist in local filesystem",
            source.path
        )));
    }
    let remote = Remote::find(session, args, destination).await?;
    let mut target = destination.path.clone();
    if remote.is_folder(&target).await {
        target = format!(
            "{}/{}",
            target.trim_end_matches('/'),
            base_name(&source.path)
        );
    }
    let mut command = vec!["tar"];
    if args.no_preserve {
        command.extend(["--no-same-permissions", "--no-same-owner"]);
    }
    let folder = folder_of(&target);
    command.extend(["-xmf", "-", "-C", &folder]);
    let (mut sender, mut receiver) = remote.start(&command, true).await?;
    let (writer, mut pieces) = mpsc::channel::<Bytes>(WAITING);
    let (path, name) = (source.path.clone(), base_name(&target));
    let packing = tokio::task::spawn_blocking(move || {
        archive::pack(Path::new(&path), &name, ChannelWriter::new(writer))
    });
    let sending = async {
        while let Some(bytes) = pieces.recv().await {
            // Where nobody reads any more, the other side says why.
            if sender.send(Channel::Stdin, &bytes).await.is_err() {
                return std::future::pending().await;
            }
        }
        let _ = sender.close_stdin().await;
        match packing.await {
            Ok(Err(error)) => Err(Error::message(error.to_string())),
            _ => std::future::pending().await,
        }
    };
    tokio::select! {
        status = finish(session, &mut receiver) => outcome(&status?),
        failed = sending => failed,
    }
}

/// Shows what a command says until it ends.
async fn finish(session: &Session, receiver: &mut Receiver) -> Result<Value> {
    while let Some((channel, bytes)) = receiver.receive().await? {
        match channel {
            Channel::Stdout => {
                session.write_bytes(&bytes)?;
                session.flush()?;
            }
            Channel::Error => return Ok(serde_json::from_slice(&bytes).unwrap_or_default()),
            _ => std::io::stderr().lock().write_all(&bytes)?,
        }
    }
    Ok(Value::Null)
}

async fn copy_from_pod(
    session: &Session,
    args: &Args,
    source: &FileSpec,
    destination: &FileSpec,
) -> Result<()> {
    let remote = Remote::find(session, args, source).await?;
    let (sender, pieces) = mpsc::channel::<Bytes>(WAITING);
    let unpacking = Unpacking {
        prefix: source.archive_prefix(),
        target: destination.path.clone().into(),
        namespace: source.namespace.clone().unwrap_or_default(),
        pod: remote.pod.name.clone(),
        source: source.path.clone(),
    };
    let unpacked = tokio::task::spawn_blocking(move || unpacking.run(ChannelReader::new(pieces)));
    let downloaded = download(&remote, args, &source.path, sender).await;
    let unpacked = unpacked
        .await
        .unwrap_or_else(|_| Err(std::io::Error::other("unpacking was cancelled")));
    downloaded?;
    unpacked.map_err(|error| Error::message(error.to_string()))
}

/// Brings the archive here, and goes on where it was when the connection is lost and there are tries left.
async fn download(
    remote: &Remote<'_>,
    args: &Args,
    path: &str,
    sender: mpsc::Sender<Bytes>,
) -> Result<()> {
    let (mut received, mut tries) = (0_u64, 0_i64);
    loop {
        // The path is one word for the shell, whatever it holds.
        let quoted = path.replace('\'', r"'\''");
        let resumed = format!("tar cf - '{quoted}' | tail -c+{}", received + 1);
        let command = match args.retries {
            0 => vec!["tar", "cf", "-", path],
            _ => vec!["sh", "-c", &resumed],
        };
        let failure = match download_once(remote, &command, &sender, &mut received).await {
            Ok(status) => match outcome(&status) {
                Ok(()) => return Ok(()),
                Err(error) => error,
            },
            Err(error @ Error::Output(_)) => return Err(error),
            Err(error) => error,
        };
        if args.retries == 0 {
            return Err(failure);
        }
        if args.retries > 0 && tries >= args.retries {
            outln!(remote.session, "Dropping out copy after {tries} retries")?;
            return Err(failure);
        }
        tries += 1;
        outln!(
            remote.session,
            "Resuming copy at {received} bytes, retry {tries}/{}",
            args.retries
        )?;
    }
}

async fn download_once(
    remote: &Remote<'_>,
    command: &[&str],
    sender: &mpsc::Sender<Bytes>,
    received: &mut u64,
) -> Result<Value> {
    let (_sender, mut receiver) = remote.start(command, false).await?;
    while let Some((channel, bytes)) = receiver.receive().await? {
        match channel {
            Channel::Stdout => {
                *received += bytes.len() as u64;
                // The unpacking has failed and says why.
                if sender.send(bytes).await.is_err() {
                    return Ok(Value::Null);
                }
            }
            Channel::Error => return Ok(serde_json::from_slice(&bytes).unwrap_or_default()),
            // What the other side complains of stands with what this side reports, as in kubectl.
            _ => remote.session.write_bytes(&bytes)?,
        }
    }
    Err(Error::message("unexpected EOF"))
}
