//! Reading what a group uses, and whether the kernel killed in it for want of memory.

use std::fs;

use super::Hierarchies;

/// What a group uses.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// CPU time in nanoseconds.
    pub cpu_nanoseconds: u64,
    /// All memory charged, in bytes.
    pub memory: u64,
    /// Memory without inactive page cache, in bytes.
    pub working_set: u64,
    /// Anonymous memory, in bytes.
    pub anonymous: u64,
}

/// Reads the usage of a group; figures that the host does not have are 0.
pub fn usage(hierarchies: &Hierarchies, group: &str) -> Usage {
    let read = |controller: &str, file: &str| -> String {
        let folder = hierarchies.folder(controller, group);
        folder
            .and_then(|folder| fs::read_to_string(folder.join(file)).ok())
            .unwrap_or_default()
    };
    let number = |text: String| text.trim().parse::<u64>().unwrap_or(0);
    let stat = read("memory", "memory.stat");
    let (cpu_nanoseconds, memory, inactive, anonymous) = match hierarchies.is_unified() {
        true => (
            field(&read("cpu", "cpu.stat"), "usage_usec") * 1000,
            number(read("memory", "memory.current")),
            field(&stat, "inactive_file"),
            field(&stat, "anon"),
        ),
        false => (
            number(read("cpuacct", "cpuacct.usage")),
            number(read("memory", "memory.usage_in_bytes")),
            field(&stat, "total_inactive_file"),
            field(&stat, "total_rss"),
        ),
    };
    Usage {
        cpu_nanoseconds,
        memory,
        working_set: memory.saturating_sub(inactive),
        anonymous,
    }
}

/// How many processes of the group the kernel killed for want of memory.
pub fn oom_kills(hierarchies: &Hierarchies, group: &str) -> u64 {
    let file = match hierarchies.is_unified() {
        true => "memory.events",
        false => "memory.oom_control",
    };
    let folder = hierarchies.folder("memory", group);
    let text = folder.and_then(|folder| fs::read_to_string(folder.join(file)).ok());
    field(&text.unwrap_or_default(), "oom_kill")
}

/// The number behind `name` in a file of `name number` lines.
fn field(text: &str, name: &str) -> u64 {
    let mut values = text.lines().filter_map(|line| {
        let (key, value) = line.split_once(' ')?;
        (key == name).then(|| value.trim().parse().ok())?
    });
    values.next().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_found_by_whole_name() {
        let text = "oom_kill_disable 0\nunder_oom 0\noom_kill 2\n";
        assert_eq!(field(text, "oom_kill"), 2);
        assert_eq!(field(text, "nothing"), 0);
    }
}
