//! What this process uses, under the names of Prometheus' client libraries. What can't be read is left out.

use std::fs;

/// The kernel counts CPU time for user space in hundredths of a second (`USER_HZ`), on every architecture that Linux has
/// today.
const TICKS: f64 = 100.0;

/// Name, type, help and value.
pub type Figure = (&'static str, &'static str, &'static str, f64);

/// The figures of this moment.
pub fn figures() -> Vec<Figure> {
    let mut all = Vec::new();
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let field = |number| field(&stat, number);
    let mut add = |name, kind, help, value: Option<f64>| {
        all.extend(value.map(|value| (name, kind, help, value)));
    };
    let cpu = field(14)
        .zip(field(15))
        .map(|(user, system)| (user + system) / TICKS);
    add(
        "process_cpu_seconds_total",
        "counter",
        "Total user and system CPU time spent in seconds.",
        cpu,
    );
    let descriptors = fs::read_dir("/proc/self/fd").map(|entries| entries.count() as f64);
    add(
        "process_open_fds",
        "gauge",
        "Number of open file descriptors.",
        descriptors.ok(),
    );
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let resident = resident.and_then(|text| text.split_whitespace().next()?.parse::<f64>().ok());
    add(
        "process_resident_memory_bytes",
        "gauge",
        "Resident memory size in bytes.",
        resident.map(|kibibytes| kibibytes * 1024.0),
    );
    add(
        "process_virtual_memory_bytes",
        "gauge",
        "Virtual memory size in bytes.",
        field(23),
    );
    add(
        "process_start_time_seconds",
        "gauge",
        "Start time of the process since unix epoch in seconds.",
        started(&stat),
    );
    all
}

/// When this process was started, in seconds since the Unix epoch.
pub fn start_time() -> Option<f64> {
    started(&fs::read_to_string("/proc/self/stat").ok()?)
}

fn started(stat: &str) -> Option<f64> {
    let boot = fs::read_to_string("/proc/stat").ok()?;
    let boot = boot.lines().find_map(|line| line.strip_prefix("btime "))?;
    Some(boot.trim().parse::<f64>().ok()? + field(stat, 22)? / TICKS)
}

/// A field of `/proc/PID/stat`, numbered as proc(5) does.
fn field(stat: &str, number: usize) -> Option<f64> {
    // The name of the program, in parentheses, may hold anything; the first field after it is 3.
    let (_, rest) = stat.rsplit_once(')')?;
    rest.split_whitespace().nth(number - 3)?.parse().ok()
}
