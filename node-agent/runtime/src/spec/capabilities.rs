//! Capabilities: the default set, what a container adds and drops, and what the host has at all.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::LinuxContainerSecurityContext;

/// What containers get when they don't ask: the set of Docker and containerd.
const DEFAULT: &[&str] = &[
    "AUDIT_WRITE",
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "FSETID",
    "KILL",
    "MKNOD",
    "NET_BIND_SERVICE",
    "NET_RAW",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYS_CHROOT",
];

/// Every capability, by its number in the kernel.
pub const ALL: &[&str] = &[
    "CHOWN",
    "DAC_OVERRIDE",
    "DAC_READ_SEARCH",
    "FOWNER",
    "FSETID",
    "KILL",
    "SETGID",
    "SETUID",
    "SETPCAP",
    "LINUX_IMMUTABLE",
    "NET_BIND_SERVICE",
    "NET_BROADCAST",
    "NET_ADMIN",
    "NET_RAW",
    "IPC_LOCK",
    "IPC_OWNER",
    "SYS_MODULE",
    "SYS_RAWIO",
    "SYS_CHROOT",
    "SYS_PTRACE",
    "SYS_PACCT",
    "SYS_ADMIN",
    "SYS_BOOT",
    "SYS_NICE",
    "SYS_RESOURCE",
    "SYS_TIME",
    "SYS_TTY_CONFIG",
    "MKNOD",
    "LEASE",
    "AUDIT_WRITE",
    "AUDIT_CONTROL",
    "SETFCAP",
    "MAC_OVERRIDE",
    "MAC_ADMIN",
    "SYSLOG",
    "WAKE_ALARM",
    "BLOCK_SUSPEND",
    "AUDIT_READ",
    "PERFMON",
    "BPF",
    "CHECKPOINT_RESTORE",
];

/// The `capabilities` block of a process. `available` is the agent's bounding set: the kernel would refuse
/// more, and so would the container library.
pub fn of(security: &LinuxContainerSecurityContext, available: &BTreeSet<String>) -> Value {
    let wanted = match security.privileged {
        true => ALL.iter().map(|name| (*name).to_owned()).collect(),
        false => adjusted(&security.capabilities.add, &security.capabilities.drop),
    };
    let names: Vec<String> = wanted
        .intersection(available)
        .map(|name| format!("CAP_{name}"))
        .collect();
    json!({"bounding": names, "effective": names, "permitted": names})
}

/// `ALL` first, then single names, as the kubelet documents it: dropping all and adding one leaves one.
fn adjusted(add: &[String], drop: &[String]) -> BTreeSet<String> {
    let is_all = |name: &String| normalized(name) == "ALL";
    let mut set: BTreeSet<String> = match (add.iter().any(is_all), drop.iter().any(is_all)) {
        (_, true) => BTreeSet::new(),
        (true, false) => ALL.iter().map(|name| (*name).to_owned()).collect(),
        (false, false) => DEFAULT.iter().map(|name| (*name).to_owned()).collect(),
    };
    if !add.iter().any(is_all) {
        set.extend(add.iter().map(|name| normalized(name)));
    }
    for name in drop {
        set.remove(&normalized(name));
    }
    set
}

fn normalized(name: &str) -> String {
    let upper = name.to_ascii_uppercase();
    upper.strip_prefix("CAP_").unwrap_or(&upper).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(add: &[&str], drop: &[&str], contains: &[&str], lacks: &[&str]) {
        let own = |names: &[&str]| names.iter().map(|n| (*n).to_owned()).collect::<Vec<_>>();
        let set = adjusted(&own(add), &own(drop));
        for name in contains {
            assert!(set.contains(*name), "{name} in {set:?}");
        }
        for name in lacks {
            assert!(!set.contains(*name), "{name} not in {set:?}");
        }
    }

    #[test]
    fn adding_and_dropping() {
        check(&[], &[], &["CHOWN"], &["NET_ADMIN"]);
        check(&["NET_ADMIN"], &[], &["NET_ADMIN", "CHOWN"], &[]);
        check(&["cap_net_admin"], &["ALL"], &["NET_ADMIN"], &["CHOWN"]);
        check(&["ALL"], &["SYS_ADMIN"], &["NET_ADMIN"], &["SYS_ADMIN"]);
    }

    #[test]
    fn what_the_host_lacks_is_left_out() {
        let privileged = LinuxContainerSecurityContext {
            privileged: true,
            ..Default::default()
        };
        let available = BTreeSet::from(["CHOWN".to_owned()]);
        assert_eq!(
            of(&privileged, &available)["bounding"],
            json!(["CAP_CHOWN"])
        );
    }
}
