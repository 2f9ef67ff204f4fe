//! Why Go's `net/url` does not read a text as a URL, in its words: upstream quotes them where a flag is wrong.

/// What is wrong with a URL; `None` when Go reads it.
pub fn fault(text: &str) -> Option<String> {
    why(text).map(|why| format!("parse {text:?}: {why}"))
}

fn why(text: &str) -> Option<String> {
    if text.chars().any(char::is_control) {
        return Some("net/url: invalid control character in URL".to_owned());
    }
    let text = text.split('#').next().unwrap_or_default();
    let rest = match text.split_once(':') {
        Some(("", _)) => return Some("missing protocol scheme".to_owned()),
        Some((scheme, rest)) if is_scheme(scheme) => rest,
        Some((first, _)) if !first.contains(['/', '?']) => {
            return Some("first path segment in URL cannot contain colon".to_owned());
        }
        _ => text,
    };
    let authority = rest.strip_prefix("//")?;
    let authority = authority.split(['/', '?']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    let port = match host.strip_prefix('[') {
        Some(address) => match address.split_once(']') {
            Some((_, port)) => port,
            None => return Some("missing ']' in host".to_owned()),
        },
        None => host.rfind(':').map_or("", |at| &host[at..]),
    };
    let digits = port.strip_prefix(':').unwrap_or(port);
    let is_port = port.is_empty() || port.starts_with(':');
    let good = is_port && digits.bytes().all(|byte| byte.is_ascii_digit());
    (!good).then(|| format!("invalid port {port:?} after host"))
}

fn is_scheme(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::fault;

    #[test]
    fn faults_have_gos_words() {
        for good in [
            "https://kubernetes.default.svc",
            "https://[::1]:6443/a",
            "urn:a:b",
            "issuer",
            "a/b:c",
        ] {
            assert_eq!(fault(good), None);
        }
        for (bad, why) in [
            (":a", "missing protocol scheme"),
            ("1a:b", "first path segment in URL cannot contain colon"),
            ("http://[::1]:named", "invalid port \":named\" after host"),
            ("http://a:b:c", "invalid port \":c\" after host"),
            ("http://[::1", "missing ']' in host"),
        ] {
            assert_eq!(fault(bad), Some(format!("parse {bad:?}: {why}")));
        }
    }
}
