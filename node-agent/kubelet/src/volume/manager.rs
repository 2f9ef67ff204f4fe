//! The volumes of one pod: sets them up, knows when they must be set up again, and takes them down.

use std::collections::HashMap;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use futures::future::select_all;
use jiff::Timestamp;
use k8s_openapi::api::core::v1::{Pod, Volume};
use nix::mount::{MntFlags, umount2};
use parking_lot::Mutex;

use super::{Mounted, Request, VolumeError, plugin, token::Tokens, volume_dir};
use crate::env::ConfigKind;
use crate::env::fields::FieldContext;
use crate::objects::{ObjectCache, Subscription};
use crate::pod::identity;

/// What volumes of every pod need of the node.
#[derive(Clone)]
pub struct VolumeHost {
    /// The API.
    pub client: kube::Client,
    /// Config maps and secrets.
    pub objects: Arc<ObjectCache>,
    /// The folder of all pods' folders.
    pub pods_dir: PathBuf,
    /// This node's name.
    pub node: String,
}

/// Which volume could not be set up.
#[derive(Debug, thiserror::Error)]
#[error("MountVolume.SetUp failed for volume \"{volume}\" : {source}")]
pub struct SetUpFailure {
    /// Its name.
    pub volume: String,
    /// Why.
    pub source: VolumeError,
}

/// The volumes of one pod.
#[derive(Default)]
pub struct PodVolumes {
    subscriptions: Vec<Subscription>,
    mounted: HashMap<String, Mounted>,
    tokens: Mutex<Tokens>,
}

impl PodVolumes {
    /// Sets up every volume that a container mounts, or brings it up to date.
    pub async fn set_up(
        &mut self,
        host: &VolumeHost,
        pod: &Pod,
        fields: FieldContext<'_>,
    ) -> Result<(), SetUpFailure> {
        if self.subscriptions.is_empty() {
            self.subscribe(host, pod);
        }
        let Some(spec) = &pod.spec else { return Ok(()) };
        let pod_dir = host.pods_dir.join(identity::uid(pod));
        for volume in spec.volumes.iter().flatten() {
            let mounted = set_up_one(host, pod, volume, &pod_dir, fields, &self.tokens)
                .await
                .map_err(|source| SetUpFailure {
                    volume: volume.name.clone(),
                    source,
                })?;
            self.mounted.insert(volume.name.clone(), mounted);
        }
        Ok(())
    }

    /// The volumes that are ready, by name.
    pub fn mounted(&self) -> &HashMap<String, Mounted> {
        &self.mounted
    }

    /// When the content of some volume must be made anew.
    pub fn refresh_at(&self) -> Option<Timestamp> {
        self.mounted
            .values()
            .filter_map(|mounted| mounted.refresh_at)
            .min()
    }

    /// Resolves when an object changed that some volume takes its content from.
    pub async fn changed(&mut self) {
        if self.subscriptions.is_empty() {
            std::future::pending::<()>().await;
        }
        select_all(
            self.subscriptions
                .iter_mut()
                .map(|subscription| Box::pin(subscription.changed())),
        )
        .await;
    }

    fn subscribe(&mut self, host: &VolumeHost, pod: &Pod) {
        let namespace = identity::namespace(pod);
        let volumes = pod
            .spec
            .iter()
            .flat_map(|spec| spec.volumes.iter().flatten());
        let mut objects: Vec<_> = volumes.flat_map(objects_of).collect();
        objects.sort();
        objects.dedup();
        self.subscriptions = objects
            .into_iter()
            .map(|(kind, name)| host.objects.subscribe(kind, namespace, &name))
            .collect();
    }
}

async fn set_up_one(
    host: &VolumeHost,
    pod: &Pod,
    volume: &Volume,
    pod_dir: &Path,
    fields: FieldContext<'_>,
    tokens: &Mutex<Tokens>,
) -> Result<Mounted, VolumeError> {
    let plugin = plugin(volume)?;
    let dir = volume_dir(pod_dir, plugin.name(), &volume.name);
    let fs_group = pod
        .spec
        .as_ref()
        .and_then(|spec| spec.security_context.as_ref()?.fs_group)
        .and_then(|group| u32::try_from(group).ok());
    plugin
        .set_up(&Request {
            pod,
            volume,
            dir: &dir,
            objects: &host.objects,
            client: &host.client,
            fields,
            fs_group,
            tokens,
            node: &host.node,
        })
        .await
}

/// The config maps and secrets a volume takes its content from.
fn objects_of(volume: &Volume) -> Vec<(ConfigKind, String)> {
    let mut objects = Vec::new();
    if let Some(source) = &volume.config_map {
        objects.push((ConfigKind::ConfigMap, source.name.clone()));
    }
    if let Some(name) = volume
        .secret
        .as_ref()
        .and_then(|source| source.secret_name.as_ref())
    {
        objects.push((ConfigKind::Secret, name.clone()));
    }
    let parts = volume
        .projected
        .iter()
        .flat_map(|projected| projected.sources.iter().flatten());
    for part in parts {
        if let Some(source) = &part.config_map {
            objects.push((ConfigKind::ConfigMap, source.name.clone()));
        }
        if let Some(source) = &part.secret {
            objects.push((ConfigKind::Secret, source.name.clone()));
        }
    }
    objects
}

/// Takes down the volumes of a pod and removes its folder. Its containers must be gone.
pub fn tear_down(pods_dir: &Path, uid: &str) -> Result<(), VolumeError> {
    if uid.is_empty() {
        return Ok(());
    }
    remove_folder(&pods_dir.join(uid))
}

/// Takes down the volumes of a pod that ended, and leaves what its containers said.
pub fn tear_down_volumes(pods_dir: &Path, uid: &str) -> Result<(), VolumeError> {
    if uid.is_empty() {
        return Ok(());
    }
    remove_folder(&pods_dir.join(uid).join("volumes"))
}

/// Removes a folder after unmounting what is mounted below it, so that nothing else is removed.
fn remove_folder(dir: &Path) -> Result<(), VolumeError> {
    if !dir.exists() {
        return Ok(());
    }
    for point in mount_points_below(dir).into_iter().rev() {
        match umount2(&point, MntFlags::MNT_DETACH) {
            Ok(()) | Err(nix::Error::EINVAL | nix::Error::ENOENT) => {}
            Err(source) => {
                return Err(VolumeError::Mount {
                    path: point.display().to_string(),
                    source,
                });
            }
        }
    }
    match fs::remove_dir_all(dir) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(VolumeError::io("remove", dir)(error))
        }
        _ => Ok(()),
    }
}

/// Removes the folders of pods that nobody knows any more.
pub fn remove_orphans(pods_dir: &Path, is_known: impl Fn(&str) -> bool) {
    for entry in fs::read_dir(pods_dir).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let uid = name.to_string_lossy();
        if is_known(&uid) {
            continue;
        }
        if let Err(error) = tear_down(pods_dir, &uid) {
            tracing::warn!(%error, %uid, "the folder of a removed pod stays");
        }
    }
}

/// Mount points below a folder, outer ones first.
fn mount_points_below(dir: &Path) -> Vec<PathBuf> {
    let table = fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
    let mut points: Vec<PathBuf> = table
        .lines()
        .filter_map(|line| line.split(' ').nth(4))
        .map(|point| PathBuf::from(point.replace("\\040", " ")))
        .filter(|point| point.starts_with(dir))
        .collect();
    points.sort();
    points
}
