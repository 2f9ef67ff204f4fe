//! Which proxy leads to a server: the kubeconfig's `proxy-url`, else the environment as Go reads it
//! (golang.org/x/net/http/httpproxy).

use crate::kubeconfig::Resolved;
use std::net::IpAddr;

/// The URL of the proxy for the server of `resolved`, or nothing for a direct connection.
pub fn for_server(resolved: &Resolved) -> Option<String> {
    if let Some(url) = &resolved.proxy_url {
        return Some(as_go_means(url.clone()));
    }
    from_environment(&resolved.server, &|name| {
        std::env::var(name).ok().filter(|value| !value.is_empty())
    })
}

/// What is wrong with a `proxy-url`, in client-go's words.
pub fn proxy_url_fault(url: &str) -> Option<String> {
    // As Go's `url.Parse` finds the scheme; without one, a colon before the first slash makes it no URL.
    let end = url
        .find(|c: char| !(c.is_ascii_alphanumeric() || "+-.".contains(c)))
        .unwrap_or(url.len());
    let starts_well = url.starts_with(|c: char| c.is_ascii_alphabetic());
    let has_scheme = starts_well && url[end..].starts_with(':');
    let first = url.split('/').next().unwrap_or_default();
    let unreadable = !has_scheme && first.contains(':') || url.contains(char::is_control);
    match (url, unreadable) {
        ("", _) => None,
        (_, true) => Some(format!("could not parse: {url}")),
        _ => {
            let scheme = if has_scheme {
                url[..end].to_lowercase()
            } else {
                String::new()
            };
            let known = matches!(scheme.as_str(), "http" | "https" | "socks5");
            (!known)
                .then(|| format!("unsupported scheme {scheme:?}, must be http, https, or socks5"))
        }
    }
}

fn from_environment(server: &str, variable: &dyn Fn(&str) -> Option<String>) -> Option<String> {
    let (scheme, rest) = server.split_once("://").unwrap_or(("http", server));
    let names: [&str; 2] = match scheme {
        "https" => ["HTTPS_PROXY", "https_proxy"],
        _ => ["HTTP_PROXY", "http_proxy"],
    };
    let proxy = names.into_iter().find_map(variable)?;
    let authority = rest.split(['/', '?']).next().unwrap_or(rest);
    let (host, port) = split_host(authority);
    let port = port.unwrap_or(if scheme == "https" { "443" } else { "80" });
    let exceptions = ["NO_PROXY", "no_proxy"]
        .into_iter()
        .find_map(variable)
        .unwrap_or_default();
    if is_direct(host, port, &exceptions) {
        return None;
    }
    Some(match proxy.contains("://") {
        true => as_go_means(proxy),
        false => format!("http://{proxy}"),
    })
}

/// A SOCKS proxy finds the server's address by its name, which may mean nothing here.
fn as_go_means(proxy: String) -> String {
    match proxy.strip_prefix("socks5://") {
        Some(rest) => format!("socks5h://{rest}"),
        None => proxy,
    }
}

fn split_host(authority: &str) -> (&str, Option<&str>) {
    if let Some(rest) = authority.strip_prefix('[') {
        let (host, after) = rest.split_once(']').unwrap_or((rest, ""));
        return (host, after.strip_prefix(':'));
    }
    match authority.rsplit_once(':') {
        Some((host, port)) if !host.contains(':') => (host, Some(port)),
        _ => (authority, None),
    }
}

/// Whether `NO_PROXY` names the server. This machine itself is never reached through a proxy.
fn is_direct(host: &str, port: &str, exceptions: &str) -> bool {
    let address: Option<IpAddr> = host.parse().ok();
    if host == "localhost" || address.is_some_and(|address| address.is_loopback()) {
        return true;
    }
    let host = host.trim_end_matches('.').to_lowercase();
    exceptions
        .split(',')
        .map(|word| word.trim().to_lowercase())
        .filter(|word| !word.is_empty())
        .any(|word| {
            if word == "*" {
                return true;
            }
            if let Some((network, bits)) = word.split_once('/') {
                return address.is_some_and(|address| in_network(address, network, bits));
            }
            let (name, wanted_port) = split_host(&word);
            if wanted_port.is_some_and(|wanted| wanted != port) {
                return false;
            }
            if let Ok(wanted) = name.parse::<IpAddr>() {
                return address == Some(wanted);
            }
            let name = name.trim_start_matches('*');
            match name.strip_prefix('.') {
                Some(domain) => host
                    .strip_suffix(domain)
                    .is_some_and(|front| front.ends_with('.')),
                None => {
                    host == name
                        || host
                            .strip_suffix(name)
                            .is_some_and(|front| front.ends_with('.'))
                }
            }
        })
}

fn in_network(address: IpAddr, network: &str, bits: &str) -> bool {
    let Ok(bits) = bits.parse::<u32>() else {
        return false;
    };
    let same = |left: u128, right: u128, width: u32| {
        bits <= width && (bits == 0 || left >> (width - bits) == right >> (width - bits))
    };
    match (address, network.parse()) {
        (IpAddr::V4(left), Ok(IpAddr::V4(right))) => {
            same(u32::from(left).into(), u32::from(right).into(), 32)
        }
        (IpAddr::V6(left), Ok(IpAddr::V6(right))) => same(left.into(), right.into(), 128),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_names_proxies_and_exceptions() {
        let proxy = |server: &str, exceptions: &str| {
            from_environment(server, &|name| match name {
                "HTTPS_PROXY" => Some("proxy:3128".to_owned()),
                "NO_PROXY" => Some(exceptions.to_owned()),
                _ => None,
            })
        };
        let through = Some("http://proxy:3128".to_owned());
        assert_eq!(proxy("https://a.example.com:6443", ""), through);
        assert_eq!(proxy("http://a.example.com", ""), None);
        assert_eq!(proxy("https://127.0.0.1:6443", ""), None);
        assert_eq!(proxy("https://localhost", ""), None);
        for exceptions in [
            "*",
            "example.com",
            ".example.com",
            "*.example.com",
            "x, a.example.com:6443",
        ] {
            assert_eq!(
                proxy("https://a.example.com:6443", exceptions),
                None,
                "{exceptions}"
            );
        }
        for exceptions in ["ample.com", "a.example.com:1", ".a.example.com"] {
            assert_eq!(
                proxy("https://a.example.com:6443", exceptions),
                through,
                "{exceptions}"
            );
        }
        assert_eq!(proxy("https://10.1.2.3", "10.0.0.0/8"), None);
        assert_eq!(proxy("https://10.1.2.3", "10.1.2.3"), None);
        assert_eq!(proxy("https://[fd00::1]:6443", "fd00::/16"), None);
        assert_eq!(proxy("https://11.1.2.3", "10.0.0.0/8,nonsense/x"), through);
    }
}
