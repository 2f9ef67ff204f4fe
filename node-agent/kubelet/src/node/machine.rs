//! What the machine has: CPUs, memory, disk, names and versions. Read once at start, what is
//! left of them again with each heartbeat.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use nix::sys::statvfs::{Statvfs, statvfs};

/// Facts about the machine.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Machine {
    /// CPUs online.
    pub cpus: u64,
    /// Memory in bytes.
    pub memory: u64,
    /// Swap in bytes.
    pub swap: u64,
    /// Size of the disk that holds volumes and images, in bytes.
    pub disk: u64,
    /// Huge pages set aside, in bytes, by resource name (`hugepages-2Mi`).
    pub huge_pages: BTreeMap<String, u64>,
    /// `/etc/machine-id`.
    pub machine_id: String,
    /// The firmware's UUID, or the machine identifier.
    pub system_uuid: String,
    /// Identifier of this boot.
    pub boot_id: String,
    /// `uname -r`.
    pub kernel: String,
    /// `PRETTY_NAME` of os-release.
    pub os_image: String,
    /// As Go names it: `amd64`, `arm64`.
    pub architecture: String,
}

impl Machine {
    /// Reads the facts; what can't be read is left empty or zero.
    pub fn read(disk: &Path) -> Self {
        let meminfo = fs::read_to_string("/proc/meminfo").unwrap_or_default();
        let machine_id = read_line("/etc/machine-id");
        let firmware_uuid = read_line("/sys/class/dmi/id/product_uuid");
        Self {
            cpus: std::thread::available_parallelism().map_or(1, |count| count.get() as u64),
            memory: meminfo_bytes(&meminfo, "MemTotal").unwrap_or(0),
            swap: meminfo_bytes(&meminfo, "SwapTotal").unwrap_or(0),
            disk: file_system(disk).map_or(0, |stat| stat.blocks() * stat.fragment_size()),
            huge_pages: huge_pages(),
            system_uuid: if firmware_uuid.is_empty() {
                machine_id.clone()
            } else {
                firmware_uuid
            },
            machine_id,
            boot_id: read_line("/proc/sys/kernel/random/boot_id"),
            kernel: read_line("/proc/sys/kernel/osrelease"),
            os_image: fs::read_to_string("/etc/os-release")
                .ok()
                .and_then(|text| pretty_name(&text))
                .unwrap_or_else(|| "Linux".to_owned()),
            architecture: go_architecture(std::env::consts::ARCH).to_owned(),
        }
    }
}

/// What is used at the moment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// CPU time of all CPUs since the start of the machine, in nanoseconds.
    pub cpu_nanoseconds: u64,
    /// Memory in bytes.
    pub memory: u64,
    /// Memory that new programs can have, in bytes.
    pub memory_available: u64,
}

impl Usage {
    /// Reads the figures; what can't be read is zero.
    pub fn read() -> Self {
        let meminfo = fs::read_to_string("/proc/meminfo").unwrap_or_default();
        let stat = fs::read_to_string("/proc/stat").unwrap_or_default();
        Self {
            cpu_nanoseconds: busy_nanoseconds(&stat).unwrap_or(0),
            memory: meminfo_bytes(&meminfo, "MemTotal").unwrap_or(0),
            memory_available: meminfo_bytes(&meminfo, "MemAvailable").unwrap_or(0),
        }
    }
}

/// The time that all CPUs together were not idle, from the first line of `/proc/stat` (proc(5)); a tick is a hundredth of
/// a second on every architecture that Linux has today.
fn busy_nanoseconds(stat: &str) -> Option<u64> {
    const TICK: u64 = 10_000_000;
    let line = stat.lines().find_map(|line| line.strip_prefix("cpu "))?;
    let ticks: Vec<u64> = line
        .split_whitespace()
        .map_while(|text| text.parse().ok())
        .collect();
    // user, nice, system, irq, softirq and steal; idle and iowait are between them.
    let busy = [0, 1, 2, 5, 6, 7].iter().filter_map(|at| ticks.get(*at));
    Some(busy.sum::<u64>() * TICK)
}

/// How much there is of a thing, and how much of that is left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Figure {
    /// All of it.
    pub total: u64,
    /// What is left.
    pub available: u64,
}

/// What the machine has left; what can't be read is `None`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Figures {
    /// Memory in bytes.
    pub memory: Option<Figure>,
    /// The disk in bytes, less what it keeps for root.
    pub disk: Option<Figure>,
    /// Inodes of the disk.
    pub inodes: Option<Figure>,
    /// Process identifiers.
    pub pids: Option<Figure>,
}

impl Figures {
    /// Reads the figures of the machine and of the file system that holds `disk`.
    pub fn read(disk: &Path) -> Self {
        let meminfo = fs::read_to_string("/proc/meminfo").unwrap_or_default();
        let stat = file_system(disk);
        let figure = |total, available| Figure { total, available };
        Self {
            memory: meminfo_bytes(&meminfo, "MemTotal")
                .zip(meminfo_bytes(&meminfo, "MemAvailable"))
                .map(|(total, available)| figure(total, available)),
            disk: stat.map(|stat| {
                let block = stat.fragment_size();
                figure(stat.blocks() * block, stat.blocks_available() * block)
            }),
            // A file system that makes inodes as it needs them says 0.
            inodes: stat
                .filter(|stat| stat.files() > 0)
                .map(|stat| figure(stat.files(), stat.files_available())),
            pids: pids(),
        }
    }
}

fn pids() -> Option<Figure> {
    let total = read_line("/proc/sys/kernel/pid_max").parse().ok()?;
    let load = read_line("/proc/loadavg");
    let (_, threads) = load.split_whitespace().nth(3)?.split_once('/')?;
    let available = u64::saturating_sub(total, threads.parse().ok()?);
    Some(Figure { total, available })
}

/// The file system that holds `path`, which need not be there yet.
fn file_system(path: &Path) -> Option<Statvfs> {
    let existing = path.ancestors().find(|folder| folder.exists())?;
    statvfs(existing).ok()
}

fn read_line(path: &str) -> String {
    fs::read_to_string(path)
        .map(|text| text.trim().to_owned())
        .unwrap_or_default()
}

fn meminfo_bytes(meminfo: &str, key: &str) -> Option<u64> {
    let line = meminfo
        .lines()
        .find(|line| line.split(':').next() == Some(key))?;
    let kibibytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kibibytes * 1024)
}

fn pretty_name(os_release: &str) -> Option<String> {
    let line = os_release
        .lines()
        .find_map(|line| line.strip_prefix("PRETTY_NAME="))?;
    Some(line.trim_matches('"').to_owned())
}

fn huge_pages() -> BTreeMap<String, u64> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir("/sys/kernel/mm/hugepages")
        .into_iter()
        .flatten()
        .flatten()
    {
        let folder = entry.file_name();
        let Some(kibibytes) = folder.to_str().and_then(|name| {
            name.strip_prefix("hugepages-")?
                .strip_suffix("kB")?
                .parse::<u64>()
                .ok()
        }) else {
            continue;
        };
        let pages: u64 = read_line(&entry.path().join("nr_hugepages").to_string_lossy())
            .parse()
            .unwrap_or(0);
        let size = match kibibytes {
            size if size >= 1 << 20 => format!("{}Gi", size >> 20),
            size if size >= 1 << 10 => format!("{}Mi", size >> 10),
            size => format!("{size}Ki"),
        };
        found.insert(format!("hugepages-{size}"), pages * kibibytes * 1024);
    }
    found
}

fn go_architecture(rust: &str) -> &str {
    match rust {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        "x86" => "386",
        "powerpc64" => "ppc64le",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_that_is_not_idle_is_busy() {
        let stat = "cpu  10 2 3 1000 500 1 1 1 0 0\ncpu0 1 1 1 1 1 1 1 1 0 0\n";
        assert_eq!(busy_nanoseconds(stat), Some(180_000_000));
        assert_eq!(busy_nanoseconds("intr 1"), None);
    }

    #[test]
    fn meminfo_is_read_by_exact_key() {
        let text = "MemTotal:       16 kB\nMemAvailable:    8 kB\nSwapTotal: 0 kB\n";
        assert_eq!(meminfo_bytes(text, "MemTotal"), Some(16 * 1024));
        assert_eq!(meminfo_bytes(text, "SwapTotal"), Some(0));
        assert_eq!(meminfo_bytes(text, "Mem"), None);
    }

    #[test]
    fn the_pretty_name_loses_its_quotes() {
        let text = "NAME=\"x\"\nPRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\n";
        assert_eq!(
            pretty_name(text).as_deref(),
            Some("Debian GNU/Linux 12 (bookworm)")
        );
    }
}
