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
    let boot = fs::read_to_string("/proc/stat").unwrap_or_default();
    // The name of the program, in parentheses, may hold anything.
    let fields: Vec<&str> = match stat.rsplit_once(')') {
        Some((_, rest)) => rest.split_whitespace().collect(),
        None => Vec::new(),
    };
    // Numbered as proc(5) does, where the first after the name is 3.
    let field = |number: usize| fields.get(number - 3)?.parse::<f64>().ok();
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
    let boot = boot.lines().find_map(|line| line.strip_prefix("btime "));
    let boot = boot.and_then(|text| text.trim().parse::<f64>().ok());
    add(
        "process_start_time_seconds",
        "gauge",
        "Start time of the process since unix epoch in seconds.",
        boot.zip(field(22))
            .map(|(boot, start)| boot + start / TICKS),
    );
    all
}
