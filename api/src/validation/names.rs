//! Rules for names: DNS labels and subdomains (RFC 1123, RFC 1035), qualified names, label values, keys, ports.
//! Each returns the reasons why a text is refused, in upstream's words; none if it is accepted.

use std::borrow::Cow;

/// Why a text is refused.
pub type Reasons = Vec<Cow<'static, str>>;

/// The longest label of DNS, also the longest name part of a label key and the longest label value.
const LABEL_MAX: usize = 63;

/// The longest DNS subdomain.
const SUBDOMAIN_MAX: usize = 253;

const LABEL_FORM: &str = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";

/// Checks one DNS-1123 label such as a namespace's or a container's name.
pub fn is_dns1123_label(text: &str) -> Reasons {
    let mut reasons = limit(text, LABEL_MAX);
    if !dns_label(text, false) {
        reasons.push(if subdomain(text) {
            Cow::Borrowed("must not contain dots")
        } else {
            Cow::Borrowed(
                "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')",
            )
        });
    }
    reasons
}

/// Checks a DNS-1123 subdomain, the form of most objects' names.
pub fn is_dns1123_subdomain(text: &str) -> Reasons {
    let mut reasons = limit(text, SUBDOMAIN_MAX);
    if !subdomain(text) {
        reasons.push(
            format!("a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '{LABEL_FORM}(\\.{LABEL_FORM})*')")
                .into(),
        );
    }
    reasons
}

/// Checks a DNS search domain, which may have underscores.
pub fn is_dns1123_subdomain_with_underscore(text: &str) -> Reasons {
    let mut reasons = limit(text, SUBDOMAIN_MAX);
    let label = |label: &str| {
        let rest = label.strip_prefix('_').unwrap_or(label).as_bytes();
        let inner = |byte: &u8| lower_alphanumeric(byte) || matches!(byte, b'-' | b'_');
        matches!((rest.first(), rest.last()), (Some(first), Some(last)) if lower_alphanumeric(first) && lower_alphanumeric(last))
            && rest.iter().all(inner)
    };
    if !text.split('.').all(label) {
        const FORM: &str = "_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?";
        reasons.push(
            format!("a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '_', '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '{FORM}(\\.{FORM})*')")
                .into(),
        );
    }
    reasons
}

/// Checks a DNS-1035 label, the form of a service's name.
pub fn is_dns1035_label(text: &str) -> Reasons {
    let mut reasons = limit(text, LABEL_MAX);
    if !dns_label(text, true) {
        reasons.push(Cow::Borrowed(
            "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')",
        ));
    }
    reasons
}

/// Checks a host name with a wildcard for its first label.
pub fn is_wildcard_dns1123_subdomain(text: &str) -> Reasons {
    let mut reasons = limit(text, SUBDOMAIN_MAX);
    if !text.strip_prefix("*.").is_some_and(subdomain) {
        reasons.push(
            format!("a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character (e.g. '*.example.com', regex used for validation is '\\*\\.{LABEL_FORM}(\\.{LABEL_FORM})*')")
                .into(),
        );
    }
    reasons
}

/// Checks what was called a qualified name, and is a label key since 1.36: a name, with an optional DNS subdomain and a slash before it.
pub fn is_qualified_name(text: &str) -> Reasons {
    const NAME: &str = "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
    let mut reasons = Reasons::new();
    let parts: Vec<&str> = text.split('/').collect();
    let name = match parts.as_slice() {
        [name] => *name,
        [prefix, name] => {
            if prefix.is_empty() {
                reasons.push(Cow::Borrowed("prefix part must be non-empty"));
            } else {
                let faults = is_dns1123_subdomain(prefix);
                reasons.extend(
                    faults
                        .into_iter()
                        .map(|fault| Cow::Owned(format!("prefix part {fault}"))),
                );
            }
            *name
        }
        _ => {
            let reason = format!(
                "a valid label key {NAME} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"
            );
            return vec![reason.into()];
        }
    };
    if name.is_empty() {
        reasons.push(Cow::Borrowed("name part must be non-empty"));
    } else if name.len() > LABEL_MAX {
        reasons.push(format!("name part must be no more than {LABEL_MAX} bytes").into());
    }
    if name.is_empty() || !label_text(name) {
        reasons.push(format!("name part {NAME}").into());
    }
    reasons
}

/// Checks the value of a label.
pub fn is_label_value(text: &str) -> Reasons {
    let mut reasons = limit(text, LABEL_MAX);
    if !label_text(text) {
        reasons.push(Cow::Borrowed(
            "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')",
        ));
    }
    reasons
}

/// Checks a key of a config map or a secret.
pub fn is_config_map_key(text: &str) -> Reasons {
    let mut reasons = limit(text, SUBDOMAIN_MAX);
    if text.is_empty()
        || !text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
    {
        reasons.push(Cow::Borrowed(
            "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')",
        ));
    }
    if text == "." {
        reasons.push(Cow::Borrowed("must not be '.'"));
    } else if text == ".." {
        reasons.push(Cow::Borrowed("must not be '..'"));
    } else if text.starts_with("..") {
        reasons.push(Cow::Borrowed("must not start with '..'"));
    }
    reasons
}

/// Checks the name of an environment variable: printable ASCII without an equals sign.
pub fn is_env_var_name(text: &str) -> Reasons {
    let mut reasons = Reasons::new();
    if text.is_empty() {
        reasons.push(Cow::Borrowed("environment variable name must be non-empty"));
    }
    if !text.chars().all(|c| matches!(c, ' '..='~') && c != '=') {
        reasons.push(Cow::Borrowed(
            "a valid environment variable name must consist only of printable ASCII characters other than '='",
        ));
    }
    reasons
}

/// Checks the name of a port (RFC 6335, in lower case).
pub fn is_port_name(text: &str) -> Reasons {
    let mut reasons = limit(text, 15);
    let mut refuse = |condition: bool, reason: &'static str| {
        if condition {
            reasons.push(Cow::Borrowed(reason));
        }
    };
    let charset = |byte: u8| byte == b'-' || lower_alphanumeric(&byte);
    refuse(
        text.is_empty() || !text.bytes().all(charset),
        "must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)",
    );
    refuse(
        !text.bytes().any(|byte| byte.is_ascii_lowercase()),
        "must contain at least one letter (a-z)",
    );
    refuse(text.contains("--"), "must not contain consecutive hyphens");
    refuse(
        text.starts_with('-') || text.ends_with('-'),
        "must not begin or end with a hyphen",
    );
    reasons
}

/// Checks the name of an HTTP header.
pub fn is_http_header_name(text: &str) -> Reasons {
    if !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte == b'-' || byte.is_ascii_alphanumeric())
    {
        return Reasons::new();
    }
    vec![Cow::Borrowed(
        "a valid HTTP header must consist of alphanumeric characters or '-' (e.g. 'X-Header-Name', regex used for validation is '[-A-Za-z0-9]+')",
    )]
}

/// Checks a percentage such as `25%`.
pub fn is_percent(text: &str) -> Reasons {
    let digits = text.strip_suffix('%').unwrap_or_default();
    if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Reasons::new();
    }
    vec![Cow::Borrowed(
        "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')",
    )]
}

/// Checks what may stand as one segment of a URL's path: the least that any name must be.
pub fn is_path_segment(text: &str) -> Reasons {
    if text == "." || text == ".." {
        return vec![format!("may not be '{text}'").into()];
    }
    let found = ["/", "%"].into_iter().filter(|mark| text.contains(mark));
    found
        .map(|mark| format!("may not contain '{mark}'").into())
        .collect()
}

/// Checks a name that may be generated: with `prefix`, a trailing dash is allowed because more will follow.
pub fn masked(text: &str, prefix: bool, rule: fn(&str) -> Reasons) -> Reasons {
    match text.strip_suffix('-') {
        Some(rest) if prefix && !rest.is_empty() => {
            let end = rest
                .char_indices()
                .next_back()
                .map_or(0, |(index, _)| index);
            rule(&format!("{}a", &rest[..end]))
        }
        _ => rule(text),
    }
}

fn limit(text: &str, max: usize) -> Reasons {
    if text.len() > max {
        vec![format!("must be no more than {max} bytes").into()]
    } else {
        Reasons::new()
    }
}

fn lower_alphanumeric(byte: &u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit()
}

fn dns_label(text: &str, starts_with_letter: bool) -> bool {
    let bytes = text.as_bytes();
    let (Some(first), Some(last)) = (bytes.first(), bytes.last()) else {
        return false;
    };
    let start = if starts_with_letter {
        first.is_ascii_lowercase()
    } else {
        lower_alphanumeric(first)
    };
    start
        && lower_alphanumeric(last)
        && bytes
            .iter()
            .all(|byte| lower_alphanumeric(byte) || *byte == b'-')
}

fn subdomain(text: &str) -> bool {
    text.split('.').all(|label| dns_label(label, false))
}

/// Empty, or alphanumeric at both ends with dashes, dots and underscores between.
fn label_text(text: &str) -> bool {
    let bytes = text.as_bytes();
    let (Some(first), Some(last)) = (bytes.first(), bytes.last()) else {
        return true;
    };
    first.is_ascii_alphanumeric()
        && last.is_ascii_alphanumeric()
        && bytes
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_what_upstream_accepts() {
        let long = "a".repeat(63);
        for (rule, texts) in [
            (
                is_dns1123_label as fn(&str) -> Reasons,
                vec!["a", "1", "a-1", long.as_str()],
            ),
            (is_dns1123_subdomain, vec!["a", "a.b", "1.2.3", "a-b.c-d"]),
            (is_dns1035_label, vec!["a", "a1", "a-b"]),
            (is_wildcard_dns1123_subdomain, vec!["*.a.b"]),
            (is_qualified_name, vec!["a", "A_b.C", "example.com/a", "1"]),
            (is_label_value, vec!["", "a", "A_b.c-1"]),
            (
                is_config_map_key,
                vec!["a", ".a", "A_b.c-1", "..."]
                    .into_iter()
                    .take(3)
                    .collect(),
            ),
            (is_env_var_name, vec!["A", "a b", "1", "a.b-c"]),
            (is_port_name, vec!["a", "http-1", "0a"]),
            (is_percent, vec!["0%", "100%"]),
            (is_path_segment, vec!["a", "A:b", "system:node"]),
            (is_dns1123_subdomain_with_underscore, vec!["_a.b", "a_b.c"]),
        ] {
            for text in texts {
                assert_eq!(rule(text), Reasons::new(), "{text:?}");
            }
        }
    }

    #[test]
    fn refuses_in_upstreams_words() {
        let check = |reasons: Reasons, starts: &[&str]| {
            assert_eq!(reasons.len(), starts.len(), "{reasons:?}");
            for (reason, start) in reasons.iter().zip(starts) {
                assert!(reason.starts_with(start), "{reason} / {start}");
            }
        };
        check(is_dns1123_label("a.b"), &["must not contain dots"]);
        check(is_dns1123_label("A"), &["a lowercase RFC 1123 label must"]);
        check(
            is_dns1123_label(&"A".repeat(64)),
            &["must be no more than 63 bytes", "a lowercase"],
        );
        check(
            is_dns1123_subdomain("a..b"),
            &["a lowercase RFC 1123 subdomain must"],
        );
        check(is_dns1035_label("1a"), &["a DNS-1035 label"]);
        check(
            is_qualified_name("a/b/c"),
            &["a valid label key must consist"],
        );
        check(is_qualified_name("/b"), &["prefix part must be non-empty"]);
        check(
            is_qualified_name("A/b"),
            &["prefix part a lowercase RFC 1123 subdomain"],
        );
        check(
            is_qualified_name(""),
            &["name part must be non-empty", "name part must consist"],
        );
        check(
            is_label_value("-a"),
            &["a valid label must be an empty string"],
        );
        check(is_config_map_key(".."), &["must not be '..'"]);
        check(is_config_map_key("..a"), &["must not start with '..'"]);
        check(is_config_map_key("a b"), &["a valid config key"]);
        check(
            is_port_name("A--"),
            &[
                "must contain only",
                "must contain at least",
                "must not contain",
                "must not begin",
            ],
        );
        check(
            is_path_segment("a/b%c"),
            &["may not contain '/'", "may not contain '%'"],
        );
        check(is_path_segment(".."), &["may not be '..'"]);
        check(is_percent("5"), &["a valid percent string"]);
    }

    #[test]
    fn a_prefix_may_end_in_a_dash() {
        assert_eq!(masked("web-", true, is_dns1123_label), Reasons::new());
        assert_eq!(masked("web-", false, is_dns1123_label).len(), 1);
        assert_eq!(masked("Web-", true, is_dns1123_label).len(), 1);
    }
}
