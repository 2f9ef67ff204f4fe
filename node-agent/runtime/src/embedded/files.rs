//! The files that a sandbox gives to its containers: hosts, hostname, resolv.conf.

use std::fs;
use std::io;
use std::path::Path;

use crate::spec::SandboxFiles;
use crate::{DnsConfig, NamespaceMode, PodSandboxConfig};

/// Most name servers that a resolver reads.
const MAX_SERVERS: usize = 3;

/// Where the files of the sandbox in `folder` are. With the host's network the host's own files are used, but
/// for a resolv.conf that the pod asks for.
pub fn locate(folder: &Path, config: &PodSandboxConfig) -> SandboxFiles {
    let options = &config.linux.namespace_options;
    let host_network = options.network == NamespaceMode::Node;
    let file = |name: &str, host: &str| match host_network {
        true => host.into(),
        false => folder.join(name),
    };
    SandboxFiles {
        hosts: file("hosts", "/etc/hosts"),
        hostname: file("hostname", "/etc/hostname"),
        resolv_conf: folder.join("resolv.conf"),
        shm: match options.ipc {
            NamespaceMode::Node => "/dev/shm".into(),
            _ => folder.join("shm"),
        },
    }
}

/// Writes the files.
pub fn write(folder: &Path, config: &PodSandboxConfig, ips: &[String]) -> io::Result<()> {
    fs::write(folder.join("hosts"), hosts(&config.hostname, ips))?;
    fs::write(folder.join("hostname"), format!("{}\n", config.hostname))?;
    let resolv_conf = match &config.dns_config {
        Some(dns) => resolv_conf(dns),
        None => fs::read_to_string("/etc/resolv.conf").unwrap_or_default(),
    };
    fs::write(folder.join("resolv.conf"), resolv_conf)
}

fn hosts(hostname: &str, ips: &[String]) -> String {
    let mut text = String::from(
        "# Kubernetes-managed hosts file.\n\
         127.0.0.1\tlocalhost\n\
         ::1\tlocalhost ip6-localhost ip6-loopback\n\
         fe00::0\tip6-localnet\n\
         fe00::0\tip6-mcastprefix\n\
         fe00::1\tip6-allnodes\n\
         fe00::2\tip6-allrouters\n",
    );
    for ip in ips {
        text.push_str(&format!("{ip}\t{hostname}\n"));
    }
    text
}

fn resolv_conf(dns: &DnsConfig) -> String {
    let mut text = String::new();
    if !dns.searches.is_empty() {
        text.push_str(&format!("search {}\n", dns.searches.join(" ")));
    }
    for server in dns.servers.iter().take(MAX_SERVERS) {
        text.push_str(&format!("nameserver {server}\n"));
    }
    if !dns.options.is_empty() {
        text.push_str(&format!("options {}\n", dns.options.join(" ")));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resolv_conf_is_as_the_kubelet_writes_it() {
        let dns = DnsConfig {
            servers: vec!["10.96.0.10".into()],
            searches: vec!["ns.svc.cluster.local".into(), "svc.cluster.local".into()],
            options: vec!["ndots:5".into()],
        };
        assert_eq!(
            resolv_conf(&dns),
            "search ns.svc.cluster.local svc.cluster.local\nnameserver 10.96.0.10\noptions ndots:5\n"
        );
    }
}
