//! The pod's namespaces, which the shim enters and its containers inherit.

use std::ffi::CStr;
use std::fs;
use std::io::{Read as _, Write as _};
use std::path::Path;

use nix::mount::{MsFlags, mount};
use nix::sched::{CloneFlags, unshare};
use nix::sys::signal::{SigHandler, Signal, signal};
use nix::unistd::ForkResult;

use super::{ShimConfig, fork_process};

/// Name of the first process of a shared PID namespace.
pub const PAUSE_NAME: &CStr = c"pause";
/// Size of `/dev/shm`, as containerd's.
const SHM_OPTIONS: &str = "mode=1777,size=65536k";
/// Sysctls of every pod network. Pods are behind a router even for their neighbours, so the redirects that the
/// node's kernel could send must not make them bypass it; unprivileged ping and low ports are what containerd
/// and CRI-O allow too.
const NETWORK_SYSCTLS: &[(&str, &str)] = &[
    ("net.ipv4.conf.all.accept_redirects", "0"),
    ("net.ipv4.conf.default.accept_redirects", "0"),
    ("net.ipv4.ip_unprivileged_port_start", "0"),
    ("net.ipv4.ping_group_range", "0 2147483647"),
];

/// Enters the pod's namespaces and sets them up. Returns the first process of the shared PID namespace.
pub fn enter(config: &ShimConfig) -> Result<Option<i32>, String> {
    let mut flags = CloneFlags::empty();
    if config.own_network {
        flags |= CloneFlags::CLONE_NEWNET | CloneFlags::CLONE_NEWUTS;
    }
    if config.own_ipc {
        flags |= CloneFlags::CLONE_NEWIPC;
    }
    if config.own_mounts {
        flags |= CloneFlags::CLONE_NEWNS;
    }
    unshare(flags).map_err(|error| format!("unshare: {error}"))?;
    if config.own_mounts {
        // What the host mounts later (volumes) shall appear here, and nothing shall go back.
        let none: Option<&str> = None;
        mount(none, "/", none, MsFlags::MS_REC | MsFlags::MS_SLAVE, none)
            .map_err(|error| format!("make mounts slaves: {error}"))?;
    }
    if config.own_network {
        nix::unistd::sethostname(&config.hostname)
            .map_err(|error| format!("set host name {:?}: {error}", config.hostname))?;
        loopback_up().map_err(|error| format!("loopback up: {error}"))?;
        for (name, value) in NETWORK_SYSCTLS {
            // Older kernels lack some of them, and pods work without.
            let _ = set_sysctl(name, value);
        }
    }
    mount_shm(config)?;
    for (name, value) in &config.sysctls {
        set_sysctl(name, value).map_err(|error| format!("set sysctl {name}: {error}"))?;
    }
    match config.shared_pids {
        true => start_pause().map(Some),
        false => Ok(None),
    }
}

fn mount_shm(config: &ShimConfig) -> Result<(), String> {
    if config.shm.as_os_str().is_empty() {
        return Ok(());
    }
    fs::create_dir_all(&config.shm).map_err(|error| format!("create shm: {error}"))?;
    let flags = MsFlags::MS_NOSUID | MsFlags::MS_NODEV | MsFlags::MS_NOEXEC;
    mount(
        Some("shm"),
        &config.shm,
        Some("tmpfs"),
        flags,
        Some(SHM_OPTIONS),
    )
    .map_err(|error| format!("mount shm: {error}"))
}

fn set_sysctl(name: &str, value: &str) -> std::io::Result<()> {
    // A name may carry dots in an interface's name when it is written with slashes.
    let path = match name.contains('/') {
        true => name.to_owned(),
        false => name.replace('.', "/"),
    };
    fs::write(Path::new("/proc/sys").join(path), value)
}

#[allow(unsafe_code)]
fn loopback_up() -> std::io::Result<()> {
    use std::os::fd::AsRawFd as _;
    let socket = std::net::UdpSocket::bind("0.0.0.0:0")?;
    // SAFETY: ifreq is plain data for which all zeros are valid.
    let mut request: libc::ifreq = unsafe { std::mem::zeroed() };
    request.ifr_name[0] = b'l' as libc::c_char;
    request.ifr_name[1] = b'o' as libc::c_char;
    request.ifr_ifru.ifru_flags = libc::IFF_UP as libc::c_short;
    // SAFETY: the request names an interface with a terminated string and lives through the call.
    let code = unsafe { libc::ioctl(socket.as_raw_fd(), libc::SIOCSIFFLAGS as _, &request) };
    match code {
        0 => Ok(()),
        _ => Err(std::io::Error::last_os_error()),
    }
}

/// Starts the first process of a PID namespace. The process between the two exists because unsharing the PID
/// namespace would put every later child of the shim into it.
fn start_pause() -> Result<i32, String> {
    let (read, write) = nix::unistd::pipe().map_err(|error| format!("pipe: {error}"))?;
    match fork_process()? {
        ForkResult::Parent { child } => {
            drop(write);
            let mut answer = String::new();
            fs::File::from(read)
                .read_to_string(&mut answer)
                .map_err(|error| format!("pause: {error}"))?;
            let _ = nix::sys::wait::waitpid(child, None);
            answer
                .parse()
                .map_err(|_| format!("start pause process: {answer}"))
        }
        ForkResult::Child => {
            drop(read);
            let mut report = fs::File::from(write);
            let outcome = unshare(CloneFlags::CLONE_NEWPID)
                .map_err(|error| error.to_string())
                .and_then(|()| fork_process());
            let text = match outcome {
                Ok(ForkResult::Child) => {
                    drop(report);
                    pause()
                }
                Ok(ForkResult::Parent { child }) => child.to_string(),
                Err(message) => message,
            };
            let _ = report.write_all(text.as_bytes());
            std::process::exit(0)
        }
    }
}

/// Does nothing but let the kernel reap orphans, until it is killed.
#[allow(unsafe_code)]
fn pause() -> ! {
    let _ = nix::sys::prctl::set_name(PAUSE_NAME);
    // SAFETY: nothing in this process uses a descriptor any more, and others wait for copies of ours to close.
    unsafe { libc::close_range(3, libc::c_uint::MAX, 0) };
    // SAFETY: no handler function is installed, only the disposition "ignore".
    let _ = unsafe { signal(Signal::SIGCHLD, SigHandler::SigIgn) };
    loop {
        nix::unistd::pause();
    }
}
