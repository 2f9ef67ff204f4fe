//! Writing limits: one table of files for v1, one for v2.

use std::fs;
use std::path::Path;

use super::{CgroupError, Hierarchies};
use crate::LinuxContainerResources;

/// CFS period when none is given, in microseconds.
const DEFAULT_PERIOD: i64 = 100_000;

/// A value for a file of a controller.
#[derive(Debug, PartialEq, Eq)]
struct Setting {
    controller: &'static str,
    file: String,
    value: String,
}

impl Setting {
    fn new(controller: &'static str, file: &str, value: impl ToString) -> Self {
        Self {
            controller,
            file: file.to_owned(),
            value: value.to_string(),
        }
    }
}

/// Sets the limits of a group that exists. Limits of 0 stay as they are.
pub fn apply(
    hierarchies: &Hierarchies,
    group: &str,
    resources: &LinuxContainerResources,
    pids: Option<i64>,
) -> Result<(), CgroupError> {
    let settings = match hierarchies.is_unified() {
        true => unified_settings(resources, pids),
        false => legacy_settings(resources, pids),
    };
    let mut failed = Vec::new();
    for setting in settings {
        if let Err(error) = write(hierarchies, group, &setting) {
            failed.push((setting, error));
        }
    }
    // memory and memory+swap bound each other: which must move first depends on the old values. So what the
    // kernel refused in the first round is tried once more after the rest.
    for (setting, _) in failed {
        write(hierarchies, group, &setting)?;
    }
    Ok(())
}

fn write(hierarchies: &Hierarchies, group: &str, setting: &Setting) -> Result<(), CgroupError> {
    let Some(folder) = hierarchies.folder(setting.controller, group) else {
        return Ok(());
    };
    let path = folder.join(&setting.file);
    if !path.exists() {
        // No swap accounting, no such controller: the limit can't be kept on this host.
        tracing::debug!(path = %path.display(), "cgroup file does not exist");
        return Ok(());
    }
    fs::write(&path, &setting.value).map_err(|error| CgroupError::io("write", &path, error))
}

fn legacy_settings(resources: &LinuxContainerResources, pids: Option<i64>) -> Vec<Setting> {
    let mut settings = Vec::new();
    if resources.cpu_shares > 0 {
        settings.push(Setting::new("cpu", "cpu.shares", resources.cpu_shares));
    }
    if resources.cpu_period > 0 {
        settings.push(Setting::new(
            "cpu",
            "cpu.cfs_period_us",
            resources.cpu_period,
        ));
    }
    if resources.cpu_quota != 0 {
        settings.push(Setting::new("cpu", "cpu.cfs_quota_us", resources.cpu_quota));
    }
    if resources.memory_limit_in_bytes != 0 {
        let limit = resources.memory_limit_in_bytes;
        let swap = match resources.memory_swap_limit_in_bytes {
            0 => limit,
            swap => swap,
        };
        settings.push(Setting::new("memory", "memory.limit_in_bytes", limit));
        settings.push(Setting::new("memory", "memory.memsw.limit_in_bytes", swap));
    }
    if let Some(pids) = pids {
        settings.push(Setting::new("pids", "pids.max", maximum(pids)));
    }
    settings.extend(cpuset_settings(resources));
    settings
}

fn unified_settings(resources: &LinuxContainerResources, pids: Option<i64>) -> Vec<Setting> {
    let mut settings = Vec::new();
    if resources.cpu_shares > 0 {
        let weight = weight_of_shares(resources.cpu_shares);
        settings.push(Setting::new("cpu", "cpu.weight", weight));
    }
    if resources.cpu_quota != 0 || resources.cpu_period != 0 {
        let period = match resources.cpu_period {
            0 => DEFAULT_PERIOD,
            period => period,
        };
        let value = match resources.cpu_quota {
            quota if quota > 0 => format!("{quota} {period}"),
            _ => format!("max {period}"),
        };
        settings.push(Setting::new("cpu", "cpu.max", value));
    }
    let limit = resources.memory_limit_in_bytes;
    if limit != 0 {
        settings.push(Setting::new("memory", "memory.max", maximum(limit)));
        let swap = match resources.memory_swap_limit_in_bytes {
            0 => 0,
            swap => (swap - limit).max(0),
        };
        settings.push(Setting::new("memory", "memory.swap.max", swap));
    }
    if let Some(pids) = pids {
        settings.push(Setting::new("pids", "pids.max", maximum(pids)));
    }
    settings.extend(cpuset_settings(resources));
    for (file, value) in &resources.unified {
        settings.push(Setting::new("memory", file, value));
    }
    settings
}

fn cpuset_settings(resources: &LinuxContainerResources) -> Vec<Setting> {
    let files = [
        ("cpuset.cpus", &resources.cpuset_cpus),
        ("cpuset.mems", &resources.cpuset_mems),
    ];
    let set = files.iter().filter(|(_, value)| !value.is_empty());
    set.map(|(file, value)| Setting::new("cpuset", file, value))
        .collect()
}

fn maximum(value: i64) -> String {
    match value {
        value if value < 0 => "max".into(),
        value => value.to_string(),
    }
}

/// v1's shares (2 to 262144, default 1024) as v2's weight (1 to 10000, default 100), by the quadratic formula
/// that runc and crun use since 2025, which maps the defaults onto each other.
fn weight_of_shares(shares: i64) -> u64 {
    let shares = shares.clamp(2, 262_144);
    let log = (shares as f64).log2();
    let exponent = (log * log + 125.0 * log) / 612.0 - 7.0 / 34.0;
    (10f64.powf(exponent).ceil() as u64).clamp(1, 10_000)
}

/// A new v1 cpuset is empty and takes no process: it copies its parent's values, from the root down.
pub(super) fn inherit_cpuset(mount: &Path, group: &str) -> Result<(), CgroupError> {
    let mut parent = mount.to_owned();
    for component in group.split('/').filter(|part| !part.is_empty()) {
        let folder = parent.join(component);
        for file in ["cpuset.cpus", "cpuset.mems"] {
            let path = folder.join(file);
            let current = fs::read_to_string(&path).unwrap_or_default();
            if current.trim().is_empty() {
                let inherited = fs::read_to_string(parent.join(file)).unwrap_or_default();
                fs::write(&path, inherited.trim())
                    .map_err(|error| CgroupError::io("write", &path, error))?;
            }
        }
        parent = folder;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(settings: Vec<Setting>) -> Vec<String> {
        let lines = settings.iter();
        lines.map(|s| format!("{}={}", s.file, s.value)).collect()
    }

    #[test]
    fn the_same_limits_on_both_versions() {
        let resources = LinuxContainerResources {
            cpu_shares: 1024,
            cpu_period: 100_000,
            cpu_quota: 50_000,
            memory_limit_in_bytes: 1 << 20,
            ..Default::default()
        };
        assert_eq!(
            text(legacy_settings(&resources, Some(100))),
            [
                "cpu.shares=1024",
                "cpu.cfs_period_us=100000",
                "cpu.cfs_quota_us=50000",
                "memory.limit_in_bytes=1048576",
                "memory.memsw.limit_in_bytes=1048576",
                "pids.max=100",
            ]
        );
        assert_eq!(
            text(unified_settings(&resources, Some(-1))),
            [
                "cpu.weight=100",
                "cpu.max=50000 100000",
                "memory.max=1048576",
                "memory.swap.max=0",
                "pids.max=max",
            ]
        );
    }

    #[test]
    fn shares_map_onto_weights() {
        assert_eq!(weight_of_shares(2), 1);
        assert_eq!(weight_of_shares(262_144), 10_000);
    }
}
