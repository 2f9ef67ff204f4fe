//! What this host can do, probed once. Specifications are clamped to it instead of failing.

use std::collections::BTreeSet;
use std::fs;

use crate::cgroup::Hierarchies;
use crate::spec::CAPABILITY_NAMES;

/// Abilities of the host and of the agent's process.
#[derive(Debug, Clone, Default)]
pub struct Host {
    /// cgroup hierarchies.
    pub cgroups: Hierarchies,
    /// Capabilities in the bounding set, without `CAP_`.
    pub capabilities: BTreeSet<String>,
    /// The agent's own oom_score_adj: without CAP_SYS_RESOURCE nothing below it can be set.
    pub oom_score_adj: i64,
}

impl Host {
    /// Probes the host.
    pub fn probe() -> std::io::Result<Self> {
        let status = fs::read_to_string("/proc/self/status")?;
        let own_score = fs::read_to_string("/proc/self/oom_score_adj")?;
        Ok(Self {
            cgroups: Hierarchies::detect()?,
            capabilities: bounding_set(&status),
            oom_score_adj: own_score.trim().parse().unwrap_or(0),
        })
    }

    /// The nearest oom_score_adj that may be set.
    pub fn clamped_oom_score(&self, wanted: i64) -> i64 {
        let lowest = match self.capabilities.contains("SYS_RESOURCE") {
            true => -1000,
            false => self.oom_score_adj,
        };
        wanted.clamp(lowest, 1000)
    }

    /// What is missing, for the runtime's status.
    pub fn notes(&self) -> Vec<String> {
        let mut notes = vec![format!("cgroups: {}", self.cgroups.mode())];
        if !self.capabilities.contains("SYS_RESOURCE") {
            let lowest = self.oom_score_adj;
            notes.push(format!(
                "CAP_SYS_RESOURCE is missing: oom_score_adj below {lowest} is raised to it"
            ));
        }
        let missing: Vec<&str> = ["cpu", "memory", "pids"]
            .into_iter()
            .filter(|name| self.cgroups.folder(name, "").is_none())
            .collect();
        if !missing.is_empty() {
            let missing = missing.join(", ");
            notes.push(format!(
                "cgroup controllers are missing: {missing}; their limits are not kept"
            ));
        }
        notes
    }
}

fn bounding_set(status: &str) -> BTreeSet<String> {
    let line = status.lines().find_map(|line| line.strip_prefix("CapBnd:"));
    let bits = line.and_then(|text| u64::from_str_radix(text.trim(), 16).ok());
    let bits = bits.unwrap_or(0);
    let names = CAPABILITY_NAMES.iter().enumerate();
    names
        .filter(|(number, _)| bits >> number & 1 == 1)
        .map(|(_, name)| (*name).to_owned())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bounding_set_is_read_by_number() {
        let set = bounding_set("CapBnd:\t000001fffeffffff\n");
        assert!(set.contains("CHOWN") && set.contains("CHECKPOINT_RESTORE"));
        assert!(!set.contains("SYS_RESOURCE"));
    }

    #[test]
    fn scores_below_the_agents_need_a_capability() {
        let mut host = Host {
            oom_score_adj: -100,
            ..Default::default()
        };
        assert_eq!(host.clamped_oom_score(-998), -100);
        assert_eq!(host.clamped_oom_score(5000), 1000);
        host.capabilities.insert("SYS_RESOURCE".into());
        assert_eq!(host.clamped_oom_score(-998), -998);
    }
}
