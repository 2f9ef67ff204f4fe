//! What the runtime's tests share: a place where root may do harm, a runtime in it, and pods to run.
#![allow(dead_code, reason = "each test program uses a part of it")]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use knarr_runtime::{
    ContainerConfig, ContainerMetadata, ContainerState, ContainerStatus, EmbeddedConfig,
    EmbeddedRuntime, LinuxPodSandboxConfig, PodSandboxConfig, PodSandboxMetadata, Runtime,
    RuntimeConfig,
};
use knarr_test_images::Image;

/// Set in the test's second life, inside namespaces of its own.
const INSIDE: &str = "KNARR_TEST_INSIDE";
/// Longest wait for a condition.
pub const PATIENCE: Duration = Duration::from_secs(20);
/// The image of most tests.
pub const IMAGE: &str = "example.com/testbox:1";

/// Runs `test` as root in network, mount and PID namespaces of its own, by running this test program once more
/// there: what a failing test leaves behind goes with the namespaces. Without root the test is skipped, loudly,
/// and fails in CI.
pub fn isolated<F: Future<Output = ()>>(name: &str, test: impl FnOnce() -> F) {
    if std::env::var_os(INSIDE).is_some() {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(test());
        return;
    }
    if !require_root() {
        return;
    }
    let output = Command::new("unshare")
        .args([
            "--net",
            "--mount",
            "--pid",
            "--fork",
            "--kill-child",
            "--mount-proc",
        ])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", name, "--nocapture", "--test-threads=1"])
        .env(INSIDE, "1")
        .output()
        .expect("unshare of util-linux");
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8_lossy(&text);
    assert!(output.status.success(), "in namespaces:\n{text}");
    assert!(text.contains("1 passed"), "no test {name:?}:\n{text}");
}

fn require_root() -> bool {
    let root = nix::unistd::geteuid().is_root();
    assert!(
        root || std::env::var_os("CI").is_none(),
        "this test needs root"
    );
    if !root {
        eprintln!("SKIPPED: this test needs root");
    }
    root
}

/// A runtime with folders and a cgroup of its own.
pub struct Fixture {
    pub runtime: EmbeddedRuntime,
    pub config: EmbeddedConfig,
    pub folder: tempfile::TempDir,
}

impl Fixture {
    /// A runtime with the pod network up and [`IMAGE`] imported.
    pub async fn new() -> Self {
        Self::below(&std::env::temp_dir()).await
    }

    /// As [`Fixture::new`], in a certain place.
    pub async fn below(place: &Path) -> Self {
        let folder = tempfile::tempdir_in(place).unwrap();
        let config = EmbeddedConfig {
            root: folder.path().join("root"),
            state: folder.path().join("state"),
            registries: Some(folder.path().join("registries.yaml")),
            cgroup_parent: format!("knarr-test-{}", uuid::Uuid::new_v4().simple()),
            bridge: "knarr0".into(),
            program: env!("CARGO_BIN_EXE_knarr-shim").into(),
        };
        let runtime = EmbeddedRuntime::open(config.clone()).await.unwrap();
        let pod_cidr = "10.244.7.0/24".to_owned();
        runtime
            .update_runtime_config(RuntimeConfig { pod_cidr })
            .await
            .unwrap();
        let fixture = Self {
            runtime,
            config,
            folder,
        };
        fixture.import(&Image::testbox(), IMAGE).await;
        fixture
    }

    /// Imports an image.
    pub async fn import(&self, image: &Image, name: &str) {
        let path = self.folder.path().join("import.tar");
        std::fs::write(&path, image.oci_archive(name)).unwrap();
        self.runtime.import_image(&path).await.unwrap();
    }

    /// A pod's sandbox.
    pub async fn sandbox(&self, name: &str) -> String {
        self.runtime.run_pod_sandbox(self.pod(name)).await.unwrap()
    }

    /// A sandbox's configuration.
    pub fn pod(&self, name: &str) -> PodSandboxConfig {
        pod_config(name, &self.folder.path().join("logs").join(name))
    }

    /// Creates and starts a container.
    pub async fn start(&self, sandbox: &str, config: ContainerConfig) -> String {
        let id = self
            .runtime
            .create_container(sandbox, config)
            .await
            .unwrap();
        self.runtime.start_container(&id).await.unwrap();
        id
    }

    /// Starts a container that serves HTTP on port 80, and waits until it does: from then on it obeys signals.
    pub async fn serving(&self, sandbox: &str, name: &str) -> String {
        let id = self.start(sandbox, container(name, &["serve", "80"])).await;
        let log = self.runtime.container_status(&id).await.unwrap().log_path;
        eventually("it serves", async || !log_text(&log).is_empty()).await;
        id
    }

    /// Runs a container to its end; returns its status and its log without times.
    pub async fn run(&self, sandbox: &str, config: ContainerConfig) -> (ContainerStatus, String) {
        let id = self.start(sandbox, config).await;
        let status = wait_for_exit(&self.runtime, &id).await;
        let log = log_text(&status.log_path);
        (status, log)
    }

    /// Runs a command in a container and returns what it prints.
    pub async fn exec(&self, id: &str, script: &str) -> String {
        let cmd = ["sh", "-c", script].map(str::to_owned).to_vec();
        let result = self.runtime.exec_sync(id, cmd, PATIENCE).await.unwrap();
        assert_eq!(
            result.exit_code,
            0,
            "{script}: {}",
            String::from_utf8_lossy(&result.stderr)
        );
        String::from_utf8(result.stdout).unwrap()
    }

    /// Folders of this fixture's cgroup that exist, in any hierarchy.
    pub fn cgroups(&self) -> Vec<PathBuf> {
        let mounts = std::fs::read_dir("/sys/fs/cgroup")
            .into_iter()
            .flatten()
            .flatten();
        let mut places: Vec<PathBuf> = mounts.map(|entry| entry.path()).collect();
        places.push("/sys/fs/cgroup".into());
        let groups = places
            .into_iter()
            .map(|place| place.join(&self.config.cgroup_parent));
        groups.filter(|group| group.exists()).collect()
    }
}

impl Drop for Fixture {
    // A failed assertion must not leave groups on the host: those are not in a namespace.
    fn drop(&mut self) {
        for group in self.cgroups() {
            remove_group(&group);
        }
    }
}

fn remove_group(group: &Path) {
    for entry in std::fs::read_dir(group).into_iter().flatten().flatten() {
        if entry.path().is_dir() {
            remove_group(&entry.path());
        }
    }
    let processes = std::fs::read_to_string(group.join("cgroup.procs")).unwrap_or_default();
    for pid in processes.lines().filter_map(|line| line.parse().ok()) {
        let pid = nix::unistd::Pid::from_raw(pid);
        let _ = nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGKILL);
    }
    let deadline = std::time::Instant::now() + Duration::from_secs(2);
    while std::fs::remove_dir(group).is_err() && std::time::Instant::now() < deadline {
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// A folder on an overlay file system; the mount goes with the namespace.
pub struct OverlayPlace {
    folder: tempfile::TempDir,
}

impl OverlayPlace {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| {
            let path = folder.path().join(name);
            std::fs::create_dir(&path).unwrap();
            path.to_string_lossy().into_owned()
        };
        let (lower, upper, work) = (path("lower"), path("upper"), path("work"));
        path("merged");
        let options = format!("lowerdir={lower},upperdir={upper},workdir={work}");
        nix::mount::mount(
            Some("overlay"),
            &folder.path().join("merged"),
            Some("overlay"),
            nix::mount::MsFlags::empty(),
            Some(options.as_str()),
        )
        .unwrap();
        Self { folder }
    }

    pub fn folder(&self) -> PathBuf {
        self.folder.path().join("merged")
    }
}

impl Drop for OverlayPlace {
    fn drop(&mut self) {
        let _ = nix::mount::umount2(&self.folder(), nix::mount::MntFlags::MNT_DETACH);
    }
}

/// The configuration of a pod's sandbox.
pub fn pod_config(name: &str, logs: &Path) -> PodSandboxConfig {
    let uid = format!("uid-{name}");
    PodSandboxConfig {
        metadata: PodSandboxMetadata {
            name: name.into(),
            uid: uid.clone(),
            namespace: "default".into(),
            attempt: 0,
        },
        hostname: name.into(),
        log_directory: logs.to_owned(),
        labels: [("app".to_owned(), name.to_owned())].into(),
        linux: LinuxPodSandboxConfig {
            cgroup_parent: format!("/kubepods/burstable/pod{uid}"),
            ..Default::default()
        },
        ..Default::default()
    }
}

/// A container of [`IMAGE`] that runs these words.
pub fn container(name: &str, words: &[&str]) -> ContainerConfig {
    ContainerConfig {
        metadata: ContainerMetadata {
            name: name.into(),
            attempt: 0,
        },
        image: IMAGE.into(),
        command: words.iter().map(|word| (*word).to_owned()).collect(),
        log_path: format!("{name}/0.log").into(),
        ..Default::default()
    }
}

/// Waits until a container has ended.
pub async fn wait_for_exit(runtime: &impl Runtime, id: &str) -> ContainerStatus {
    let mut status = None;
    eventually("the container ends", async || {
        let found = runtime.container_status(id).await.unwrap();
        let ended = found.container.state == ContainerState::Exited;
        status = Some(found);
        ended
    })
    .await;
    status.unwrap()
}

/// Waits for a condition.
pub async fn eventually(what: &str, mut condition: impl AsyncFnMut() -> bool) {
    let deadline = tokio::time::Instant::now() + PATIENCE;
    while !condition().await {
        assert!(
            tokio::time::Instant::now() < deadline,
            "not in time: {what}"
        );
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// A container log without its times: `stdout F text` per line.
pub fn log_text(path: &Path) -> String {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let lines = text.lines().map(|line| line.split_once(' ').unwrap().1);
    lines.map(|line| format!("{line}\n")).collect()
}
