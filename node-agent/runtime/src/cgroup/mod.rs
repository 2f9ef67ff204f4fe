//! cgroups: where the hierarchies are, and creating, limiting, reading and removing groups in them. Works on
//! cgroup v1, on v2, and on the hybrid of v1 controllers beside a v2 folder.

mod limits;
mod usage;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{fs, io};

pub use limits::apply;
pub use usage::{oom_kills, usage};

/// Controllers that v2 groups need.
const V2_CONTROLLERS: &[&str] = &["cpu", "cpuset", "memory", "pids", "io"];
/// Attempts to remove a group whose last processes are still dying, and the pause between them.
const REMOVE_ATTEMPTS: u32 = 50;
const REMOVE_PAUSE: std::time::Duration = std::time::Duration::from_millis(10);

/// Why a cgroup operation failed.
#[derive(Debug, thiserror::Error)]
pub enum CgroupError {
    /// A file operation failed.
    #[error("cgroup: {step} {path}: {source}")]
    Io {
        /// What was done.
        step: &'static str,
        /// To which file.
        path: PathBuf,
        /// Why it failed.
        source: io::Error,
    },
}

impl CgroupError {
    fn io(step: &'static str, path: &Path, source: io::Error) -> Self {
        let path = path.to_owned();
        Self::Io { step, path, source }
    }
}

/// The hierarchies of this host.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hierarchies {
    /// v1 mounts by controller; `name=systemd` counts as `systemd`.
    pub v1: BTreeMap<String, PathBuf>,
    /// The v2 mount. Limits are set here only when there is no v1 controller.
    pub v2: Option<PathBuf>,
}

impl Hierarchies {
    /// Finds the hierarchies from `/proc/self/mountinfo`.
    pub fn detect() -> io::Result<Self> {
        Ok(Self::parse(&fs::read_to_string("/proc/self/mountinfo")?))
    }

    fn parse(mountinfo: &str) -> Self {
        let mut found = Self::default();
        for line in mountinfo.lines() {
            let Some((left, right)) = line.split_once(" - ") else {
                continue;
            };
            let Some(mount) = left.split(' ').nth(4).map(PathBuf::from) else {
                continue;
            };
            let mut right = right.split(' ');
            match right.next() {
                Some("cgroup2") => found.v2 = found.v2.or(Some(mount)),
                Some("cgroup") => {
                    for option in right.nth(1).unwrap_or("").split(',') {
                        let name = option.strip_prefix("name=").unwrap_or(option);
                        if !matches!(name, "rw" | "ro" | "xattr" | "noprefix" | "clone_children") {
                            let name = name.to_owned();
                            found.v1.entry(name).or_insert_with(|| mount.clone());
                        }
                    }
                }
                _ => {}
            }
        }
        found
    }

    /// Whether v2 alone is in use.
    pub fn is_unified(&self) -> bool {
        self.v1.is_empty() && self.v2.is_some()
    }

    /// Name of the mode, for the log.
    pub fn mode(&self) -> &'static str {
        match (self.v1.is_empty(), self.v2.is_some()) {
            (true, true) => "v2",
            (true, false) => "none",
            (false, true) => "hybrid v1",
            (false, false) => "v1",
        }
    }

    /// The group's folder for a controller.
    pub fn folder(&self, controller: &str, group: &str) -> Option<PathBuf> {
        let mount = match self.is_unified() {
            true => self.v2.as_ref(),
            false => self.v1.get(controller),
        };
        Some(mount?.join(group.trim_start_matches('/')))
    }

    fn mounts(&self) -> impl Iterator<Item = &PathBuf> {
        self.v1.values().chain(&self.v2)
    }

    /// Creates a group and its parents.
    pub fn create(&self, group: &str) -> Result<(), CgroupError> {
        if self.is_unified() {
            return self.create_unified(group);
        }
        for (controller, mount) in &self.v1 {
            let folder = mount.join(group.trim_start_matches('/'));
            fs::create_dir_all(&folder)
                .map_err(|error| CgroupError::io("create", &folder, error))?;
            if controller == "cpuset" {
                limits::inherit_cpuset(mount, group)?;
            }
        }
        Ok(())
    }

    fn create_unified(&self, group: &str) -> Result<(), CgroupError> {
        let Some(mount) = &self.v2 else {
            return Ok(());
        };
        let mut folder = mount.clone();
        for component in group.split('/').filter(|part| !part.is_empty()) {
            let control = folder.join("cgroup.subtree_control");
            for controller in V2_CONTROLLERS {
                // A controller that the host lacks is reported where a limit needs it.
                let _ = fs::write(&control, format!("+{controller}"));
            }
            folder.push(component);
            match fs::create_dir(&folder) {
                Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                    return Err(CgroupError::io("create", &folder, error));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Processes in a group and below it.
    pub fn processes(&self, group: &str) -> Vec<i32> {
        let any = ["pids", "memory", "cpu", "devices"];
        let folder = any.iter().find_map(|name| self.folder(name, group));
        let mut found = Vec::new();
        if let Some(folder) = folder {
            collect_processes(&folder, &mut found);
        }
        found
    }

    /// Kills every process of a group.
    pub fn kill(&self, group: &str) {
        for pid in self.processes(group) {
            let pid = nix::unistd::Pid::from_raw(pid);
            // It may have died since.
            let _ = nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGKILL);
        }
    }

    /// Kills what is left in a group, and removes it with all below it. Blocks for at most half a second.
    pub fn remove(&self, group: &str) -> Result<(), CgroupError> {
        self.kill(group);
        let mut outcome = Ok(());
        for mount in self.mounts() {
            let folder = mount.join(group.trim_start_matches('/'));
            if let Err(error) = remove_tree(&folder) {
                outcome = Err(CgroupError::io("remove", &folder, error));
            }
        }
        outcome
    }

    /// Removes the parents of a group as far as they are empty.
    pub fn remove_empty_parents(&self, group: &str) {
        for mount in self.mounts() {
            let mut parent = Path::new(group.trim_start_matches('/')).parent();
            while let Some(path) = parent.filter(|path| !path.as_os_str().is_empty()) {
                if fs::remove_dir(mount.join(path)).is_err() {
                    break;
                }
                parent = path.parent();
            }
        }
    }
}

fn collect_processes(folder: &Path, found: &mut Vec<i32>) {
    let text = fs::read_to_string(folder.join("cgroup.procs")).unwrap_or_default();
    found.extend(text.lines().filter_map(|line| line.parse::<i32>().ok()));
    for child in children(folder) {
        collect_processes(&child, found);
    }
}

fn children(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()))
        .map(|entry| entry.path())
        .collect()
}

fn remove_tree(folder: &Path) -> io::Result<()> {
    for child in children(folder) {
        remove_tree(&child)?;
    }
    let mut attempt = 0;
    loop {
        match fs::remove_dir(folder) {
            Ok(()) => return Ok(()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error)
                if error.raw_os_error() == Some(libc::EBUSY) && attempt < REMOVE_ATTEMPTS =>
            {
                attempt += 1;
                std::thread::sleep(REMOVE_PAUSE);
            }
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hybrid_and_unified_hosts_are_told_apart() {
        let hybrid = "\
30 20 0:1 / /sys/fs/cgroup rw - tmpfs tmpfs rw\n\
31 30 0:2 / /sys/fs/cgroup/cpu rw,relatime - cgroup cgroup rw,cpu,cpuacct\n\
32 30 0:3 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,xattr,name=systemd\n\
33 30 0:4 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n";
        let found = Hierarchies::parse(hybrid);
        assert_eq!(found.mode(), "hybrid v1");
        assert_eq!(
            found.v1.keys().collect::<Vec<_>>(),
            ["cpu", "cpuacct", "systemd"]
        );
        assert_eq!(
            found.folder("cpuacct", "/a/b").unwrap(),
            Path::new("/sys/fs/cgroup/cpu/a/b")
        );
        let unified = "30 20 0:1 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n";
        let found = Hierarchies::parse(unified);
        assert!(found.is_unified());
        assert_eq!(
            found.folder("memory", "x").unwrap(),
            Path::new("/sys/fs/cgroup/x")
        );
    }
}
