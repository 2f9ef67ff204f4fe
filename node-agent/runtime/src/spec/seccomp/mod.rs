//! System call filters: the runtime's default profile, and profiles in Docker's format from the node's disk.
//!
//! Filters are installed right before the program runs. Without no-new-privs that takes CAP_SYS_ADMIN, so the
//! process borrows it until then and gives it back before the program sees it.

mod table;

use std::collections::BTreeMap;
use std::path::Path;

use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
    SeccompRule, TargetArch,
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::Launch;
use crate::SecurityProfile;

/// The flags of `clone` that make namespaces.
const CLONE_NAMESPACES: u64 = 0x7E02_0000;
/// Personalities that the default profile allows.
const PERSONALITIES: &[u64] = &[0, 0x0008, 0x0002_0000, 0x0002_0008, 0xFFFF_FFFF];
/// Address families above AF_VSOCK and below it are fine; AF_VSOCK reaches the hypervisor.
const AF_VSOCK: u64 = libc::AF_VSOCK as u64;
/// Capabilities borrowed to install a filter: SYS_ADMIN for that, SETPCAP to give both back.
const BORROWED: [(&str, u8); 2] = [("CAP_SETPCAP", 8), ("CAP_SYS_ADMIN", 21)];

type Rules = BTreeMap<i64, Vec<SeccompRule>>;

/// The programs of a profile, to be installed in order. None for an unconfined container.
pub fn filters(profile: &SecurityProfile) -> Result<Vec<BpfProgram>, String> {
    match profile {
        SecurityProfile::Unconfined => Ok(Vec::new()),
        SecurityProfile::RuntimeDefault => default_filters(),
        SecurityProfile::Localhost(path) => localhost_filters(path),
    }
}

/// The capabilities to give back after the installation, by number.
pub fn borrowed_capabilities(launch: &Launch) -> Vec<u8> {
    if launch.seccomp == SecurityProfile::Unconfined {
        return Vec::new();
    }
    let own = &launch.spec["process"]["capabilities"]["bounding"];
    let owns = |name: &str| {
        own.as_array()
            .is_some_and(|own| own.iter().any(|c| c == name))
    };
    let missing = BORROWED.iter().filter(|(name, _)| !owns(name));
    missing.map(|(_, number)| *number).collect()
}

/// Adds the capabilities that the installation borrows to the specification.
pub fn lend_capabilities(document: &mut Value, launch: &Launch) {
    let borrowed = borrowed_capabilities(launch);
    let lent = BORROWED.iter().filter(|(_, n)| borrowed.contains(n));
    let lent: Vec<&str> = lent.map(|(name, _)| *name).collect();
    for set in ["bounding", "effective", "permitted"] {
        if let Some(names) = document["process"]["capabilities"][set].as_array_mut() {
            names.extend(lent.iter().map(|name| json!(name)));
        }
    }
}

fn compile(
    rules: Rules,
    mismatch: SeccompAction,
    matched: SeccompAction,
) -> Result<BpfProgram, String> {
    let architecture: TargetArch = std::env::consts::ARCH
        .try_into()
        .map_err(|_| "no system call filters on this architecture".to_owned())?;
    SeccompFilter::new(rules, mismatch, matched, architecture)
        .and_then(TryInto::try_into)
        .map_err(|error| format!("seccomp: {error}"))
}

fn condition(argument: u8, operator: SeccompCmpOp, value: u64) -> Result<SeccompRule, String> {
    SeccompCondition::new(argument, SeccompCmpArgLen::Qword, operator, value)
        .and_then(|condition| SeccompRule::new(vec![condition]))
        .map_err(|error| format!("seccomp: {error}"))
}

fn default_filters() -> Result<Vec<BpfProgram>, String> {
    let unconditional = table::ALLOWED.iter().chain(table::ALLOWED_HERE);
    let mut rules: Rules = unconditional.map(|call| (call.1, Vec::new())).collect();
    let no_namespaces = SeccompCmpOp::MaskedEq(CLONE_NAMESPACES);
    rules.insert(libc::SYS_clone, vec![condition(0, no_namespaces, 0)?]);
    rules.insert(libc::SYS_clone3, Vec::new());
    let other_families = [SeccompCmpOp::Lt, SeccompCmpOp::Gt].map(|op| condition(0, op, AF_VSOCK));
    rules.insert(
        libc::SYS_socket,
        other_families.into_iter().collect::<Result<_, _>>()?,
    );
    let allowed = PERSONALITIES
        .iter()
        .map(|value| condition(0, SeccompCmpOp::Eq, *value));
    rules.insert(libc::SYS_personality, allowed.collect::<Result<_, _>>()?);
    // The arguments of clone3 are in memory, where no filter can look: "not implemented" makes the C library
    // fall back to clone.
    let clone3 = Rules::from([(libc::SYS_clone3, Vec::new())]);
    Ok(vec![
        compile(
            clone3,
            SeccompAction::Allow,
            SeccompAction::Errno(libc::ENOSYS as u32),
        )?,
        compile(
            rules,
            SeccompAction::Errno(libc::EPERM as u32),
            SeccompAction::Allow,
        )?,
    ])
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Profile {
    default_action: String,
    default_errno_ret: Option<u32>,
    syscalls: Vec<ProfileCalls>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ProfileCalls {
    names: Vec<String>,
    action: String,
    errno_ret: Option<u32>,
}

/// One program for each action of the profile: the kernel takes the strictest answer, so each lets pass what it
/// does not name, and the default is the last.
fn localhost_filters(path: &Path) -> Result<Vec<BpfProgram>, String> {
    let shown = path.display();
    let text = std::fs::read(path).map_err(|error| format!("seccomp profile {shown}: {error}"))?;
    let profile: Profile = serde_json::from_slice(&text)
        .map_err(|error| format!("seccomp profile {shown}: {error}"))?;
    let default = action(&profile.default_action, profile.default_errno_ret)?;
    let mut programs = Vec::new();
    let mut named = Rules::new();
    for group in &profile.syscalls {
        let numbers = group.names.iter().filter_map(|name| table::number(name));
        let rules: Rules = numbers.map(|number| (number, Vec::new())).collect();
        named.extend(rules.clone());
        let action = action(&group.action, group.errno_ret)?;
        if action != SeccompAction::Allow && !rules.is_empty() {
            programs.push(compile(rules, SeccompAction::Allow, action)?);
        }
    }
    if default != SeccompAction::Allow {
        programs.push(compile(named, default, SeccompAction::Allow)?);
    }
    Ok(programs)
}

fn action(name: &str, errno: Option<u32>) -> Result<SeccompAction, String> {
    let errno = errno.unwrap_or(libc::EPERM as u32);
    Ok(match name {
        "SCMP_ACT_ALLOW" => SeccompAction::Allow,
        "SCMP_ACT_ERRNO" => SeccompAction::Errno(errno),
        "SCMP_ACT_KILL" | "SCMP_ACT_KILL_THREAD" => SeccompAction::KillThread,
        "SCMP_ACT_KILL_PROCESS" => SeccompAction::KillProcess,
        "SCMP_ACT_TRAP" => SeccompAction::Trap,
        "SCMP_ACT_LOG" => SeccompAction::Log,
        other => return Err(format!("seccomp: unknown action {other:?}")),
    })
}

/// Installs the programs in this process and gives back what was borrowed for it.
pub fn install(programs: &[BpfProgram], borrowed: &[u8]) -> Result<(), String> {
    for program in programs {
        load(program).map_err(|error| format!("seccomp: {error}"))?;
    }
    if !programs.is_empty() {
        drop_capabilities(borrowed).map_err(|error| format!("capabilities: {error}"))?;
    }
    Ok(())
}

/// The library's own function sets no-new-privs first, which would break setuid programs in the container.
#[allow(unsafe_code)]
fn load(program: &BpfProgram) -> std::io::Result<()> {
    let length = u16::try_from(program.len()).map_err(std::io::Error::other)?;
    let descriptor = libc::sock_fprog {
        len: length,
        filter: program.as_ptr().cast_mut().cast(),
    };
    // SAFETY: the descriptor points to `program`, which has the layout of sock_filter and outlives the call.
    let code = unsafe {
        libc::syscall(
            libc::SYS_seccomp,
            libc::SECCOMP_SET_MODE_FILTER,
            0,
            &descriptor,
        )
    };
    match code {
        0 => Ok(()),
        _ => Err(std::io::Error::last_os_error()),
    }
}

#[repr(C)]
struct CapabilityHeader {
    version: u32,
    pid: libc::c_int,
}

#[repr(C)]
#[derive(Clone, Copy, Default)]
struct CapabilityData {
    effective: u32,
    permitted: u32,
    inheritable: u32,
}

/// `_LINUX_CAPABILITY_VERSION_3`: two words of bits.
const CAPABILITY_VERSION: u32 = 0x2008_0522;

#[allow(unsafe_code)]
fn drop_capabilities(numbers: &[u8]) -> std::io::Result<()> {
    let checked = |code: libc::c_long| match code {
        0 => Ok(()),
        _ => Err(std::io::Error::last_os_error()),
    };
    // SYS_ADMIN before SETPCAP, which dropping from the bounding set takes.
    for number in numbers.iter().rev() {
        // SAFETY: prctl with plain numbers.
        let code =
            unsafe { libc::prctl(libc::PR_CAPBSET_DROP, libc::c_ulong::from(*number), 0, 0, 0) };
        checked(code.into())?;
    }
    let mut header = CapabilityHeader {
        version: CAPABILITY_VERSION,
        pid: 0,
    };
    let mut data = [CapabilityData::default(); 2];
    // SAFETY: header and data have the kernel's layout of version 3 and live through both calls.
    checked(unsafe { libc::syscall(libc::SYS_capget, &mut header, data.as_mut_ptr()) })?;
    for number in numbers {
        let mask = !(1u32 << (number % 32));
        let word = &mut data[usize::from(number / 32)];
        word.effective &= mask;
        word.permitted &= mask;
        word.inheritable &= mask;
    }
    // SAFETY: as above.
    checked(unsafe { libc::syscall(libc::SYS_capset, &mut header, data.as_ptr()) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_profile_compiles() {
        assert_eq!(default_filters().unwrap().len(), 2);
    }

    #[test]
    fn names_are_looked_up_without_the_prefix_of_libc() {
        assert_eq!(table::number("openat"), Some(libc::SYS_openat));
        assert_eq!(table::number("mount"), Some(libc::SYS_mount));
        assert_eq!(table::number("no_such_call"), None);
    }

    #[test]
    fn a_profile_of_the_user_is_read() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let text = r#"{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[
            {"names":["mkdir","mkdirat"],"action":"SCMP_ACT_ERRNO"}]}"#;
        std::fs::write(file.path(), text).unwrap();
        assert_eq!(localhost_filters(file.path()).unwrap().len(), 1);
        std::fs::write(file.path(), r#"{"defaultAction":"NO"}"#).unwrap();
        assert!(localhost_filters(file.path()).is_err());
    }
}
