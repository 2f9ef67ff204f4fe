//! DNS of a pod: what its `resolv.conf` says, by `dnsPolicy` and `dnsConfig`; and its `/etc/hosts`.

use std::net::IpAddr;

use k8s_openapi::api::core::v1::{HostAlias, Pod};
use knarr_runtime::DnsConfig;

use crate::pod::identity::{host_network, namespace};

/// Name servers that glibc reads.
const MAX_SERVERS: usize = 3;
/// Search domains that Kubernetes allows.
const MAX_SEARCHES: usize = 32;
/// Characters that all search domains may have together.
const MAX_SEARCH_CHARACTERS: usize = 2048;

/// What the cluster offers.
#[derive(Debug, Clone, Copy)]
pub struct ClusterDns<'a> {
    /// Addresses of the cluster's name servers.
    pub servers: &'a [IpAddr],
    /// The cluster's domain.
    pub domain: &'a str,
    /// Text of the node's resolver file.
    pub resolv_conf: &'a str,
}

/// The resolver configuration of a pod.
pub fn pod_dns(pod: &Pod, cluster: ClusterDns<'_>) -> DnsConfig {
    let spec = pod.spec.as_ref();
    let policy = spec
        .and_then(|spec| spec.dns_policy.as_deref())
        .unwrap_or("ClusterFirst");
    let host = parse_resolv_conf(cluster.resolv_conf);
    let uses_cluster = match policy {
        "ClusterFirst" => !host_network(pod) && !cluster.servers.is_empty(),
        "ClusterFirstWithHostNet" => !cluster.servers.is_empty(),
        _ => false,
    };
    let mut config = match policy {
        "None" => DnsConfig::default(),
        _ if uses_cluster => cluster_first(pod, cluster, host),
        _ => host,
    };
    if let Some(extra) = spec.and_then(|spec| spec.dns_config.as_ref()) {
        let servers = extra.nameservers.iter().flatten();
        config.servers = unique(config.servers.iter().chain(servers));
        config.searches = unique(
            config
                .searches
                .iter()
                .chain(extra.searches.iter().flatten()),
        );
        for option in extra.options.iter().flatten() {
            let name = option.name.clone().unwrap_or_default();
            let text = match option.value.as_deref() {
                Some(value) if !value.is_empty() => format!("{name}:{value}"),
                _ => name.clone(),
            };
            config
                .options
                .retain(|known| known.split(':').next() != Some(&name));
            config.options.push(text);
        }
    }
    limited(config)
}

fn cluster_first(pod: &Pod, cluster: ClusterDns<'_>, host: DnsConfig) -> DnsConfig {
    let domain = cluster.domain;
    let own = [
        format!("{}.svc.{domain}", namespace(pod)),
        format!("svc.{domain}"),
        domain.to_owned(),
    ];
    DnsConfig {
        servers: cluster.servers.iter().map(ToString::to_string).collect(),
        searches: unique(own.iter().chain(&host.searches)),
        options: vec!["ndots:5".to_owned()],
    }
}

fn unique<'a>(items: impl Iterator<Item = &'a String>) -> Vec<String> {
    let mut seen: Vec<String> = Vec::new();
    for item in items {
        if !seen.contains(item) {
            seen.push(item.clone());
        }
    }
    seen
}

fn limited(mut config: DnsConfig) -> DnsConfig {
    config.servers.truncate(MAX_SERVERS);
    config.searches.truncate(MAX_SEARCHES);
    while config.searches.join(" ").len() > MAX_SEARCH_CHARACTERS {
        config.searches.pop();
    }
    config
}

/// Reads a resolver file; the last `search` and all `options` count, as in glibc.
pub fn parse_resolv_conf(text: &str) -> DnsConfig {
    let mut config = DnsConfig::default();
    for line in text.lines() {
        let line = line.split(['#', ';']).next().unwrap_or_default();
        let mut words = line.split_whitespace();
        match words.next() {
            Some("nameserver") => config.servers.extend(words.next().map(str::to_owned)),
            Some("search") => config.searches = words.map(str::to_owned).collect(),
            Some("options") => config.options.extend(words.map(str::to_owned)),
            _ => {}
        }
    }
    config.searches.retain(|domain| domain != ".");
    config
}

/// The host name of a pod, and its fully qualified name when it has a subdomain.
pub fn host_names(pod: &Pod, cluster_domain: &str) -> (String, Option<String>) {
    let spec = pod.spec.as_ref();
    let given = spec.and_then(|spec| {
        spec.hostname_override
            .clone()
            .or_else(|| spec.hostname.clone())
    });
    let name = given
        .filter(|name| !name.is_empty())
        .unwrap_or_else(|| pod.metadata.name.clone().unwrap_or_default());
    // The kernel takes 63 bytes; a cut must not end in a dash or dot.
    let short: String = name.chars().take(63).collect();
    let short = short.trim_end_matches(['-', '.']).to_owned();
    let full = spec
        .and_then(|spec| spec.subdomain.as_deref())
        .filter(|subdomain| !subdomain.is_empty())
        .map(|subdomain| {
            format!(
                "{short}.{subdomain}.{}.svc.{cluster_domain}",
                namespace(pod)
            )
        });
    (short, full)
}

/// `/etc/hosts` of a pod with its own network.
pub fn hosts_file(ips: &[String], host: &str, full: Option<&str>, aliases: &[HostAlias]) -> String {
    let mut text = String::from("# Kubernetes-managed hosts file.\n");
    text.push_str("127.0.0.1\tlocalhost\n");
    text.push_str("::1\tlocalhost ip6-localhost ip6-loopback\n");
    text.push_str("fe00::0\tip6-localnet\n");
    text.push_str("fe00::0\tip6-mcastprefix\n");
    text.push_str("fe00::1\tip6-allnodes\n");
    text.push_str("fe00::2\tip6-allrouters\n");
    for ip in ips {
        match full {
            Some(full) => text.push_str(&format!("{ip}\t{full}\t{host}\n")),
            None => text.push_str(&format!("{ip}\t{host}\n")),
        }
    }
    text + &aliases_text(aliases)
}

/// `/etc/hosts` of a pod on the node's network: the node's own, and the pod's aliases.
pub fn node_hosts_file(node: &str, aliases: &[HostAlias]) -> String {
    format!(
        "# Kubernetes-managed hosts file (host network).\n{node}{}",
        aliases_text(aliases)
    )
}

fn aliases_text(aliases: &[HostAlias]) -> String {
    if aliases.is_empty() {
        return String::new();
    }
    let mut text = String::from("\n# Entries added by HostAliases.\n");
    for alias in aliases {
        let names = alias.hostnames.as_deref().unwrap_or_default().join("\t");
        text.push_str(&format!("{}\t{names}\n", alias.ip));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const HOST: &str = "# comment\nnameserver 192.0.2.53\nsearch corp.example\noptions edns0\n";

    fn dns(spec: serde_json::Value) -> DnsConfig {
        let pod: Pod = serde_json::from_value(
            json!({"metadata": {"name": "p", "namespace": "n"}, "spec": spec}),
        )
        .unwrap();
        let servers = ["10.96.0.10".parse().unwrap()];
        pod_dns(
            &pod,
            ClusterDns {
                servers: &servers,
                domain: "cluster.local",
                resolv_conf: HOST,
            },
        )
    }

    #[test]
    fn cluster_first_searches_the_pods_namespace_and_then_the_hosts_domains() {
        let config = dns(json!({"containers": []}));
        assert_eq!(config.servers, ["10.96.0.10"]);
        assert_eq!(
            config.searches,
            [
                "n.svc.cluster.local",
                "svc.cluster.local",
                "cluster.local",
                "corp.example"
            ]
        );
        assert_eq!(config.options, ["ndots:5"]);
    }

    #[test]
    fn the_host_network_uses_the_nodes_resolver_unless_told_otherwise() {
        let node = dns(json!({"containers": [], "hostNetwork": true}));
        assert_eq!(
            (node.servers, node.options),
            (vec!["192.0.2.53".into()], vec!["edns0".into()])
        );
        let cluster = dns(
            json!({"containers": [], "hostNetwork": true, "dnsPolicy": "ClusterFirstWithHostNet"}),
        );
        assert_eq!(cluster.servers, ["10.96.0.10"]);
    }

    #[test]
    fn dns_config_is_all_there_is_with_policy_none_and_adds_otherwise() {
        let config = dns(json!({"containers": [], "dnsPolicy": "None", "dnsConfig":
            {"nameservers": ["1.1.1.1"], "searches": ["a.b"], "options": [{"name": "ndots", "value": "2"}]}}));
        assert_eq!(config.servers, ["1.1.1.1"]);
        assert_eq!(config.options, ["ndots:2"]);
        let added = dns(
            json!({"containers": [], "dnsConfig": {"options": [{"name": "ndots", "value": "1"}]}}),
        );
        assert_eq!(added.options, ["ndots:1"]);
    }

    #[test]
    fn the_hosts_file_names_the_pod_and_its_aliases() {
        let aliases = [HostAlias {
            ip: "1.2.3.4".into(),
            hostnames: Some(vec!["a".into(), "b".into()]),
        }];
        let text = hosts_file(
            &["10.244.0.2".into()],
            "p",
            Some("p.s.n.svc.cluster.local"),
            &aliases,
        );
        assert!(text.starts_with("# Kubernetes-managed hosts file.\n127.0.0.1\tlocalhost\n"));
        assert!(text.ends_with(
            "10.244.0.2\tp.s.n.svc.cluster.local\tp\n\n# Entries added by HostAliases.\n1.2.3.4\ta\tb\n"
        ));
    }
}
