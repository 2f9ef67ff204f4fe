//! Which requests the proxy lets through.

use super::Args;
use crate::{
    client::log_line_of,
    error::{Error, Result},
};
use regex_lite::Regex;
use std::cmp::Ordering;

/// Which requests are let through.
pub struct Filter {
    accept_hosts: Vec<Regex>,
    accept_paths: Vec<Regex>,
    reject_methods: Vec<Regex>,
    reject_paths: Vec<Regex>,
}

impl Filter {
    pub fn new(args: &Args) -> Result<Self> {
        let list = |text: &str| -> Result<Vec<Regex>> {
            text.split(',')
                .map(|part| {
                    Regex::new(part).map_err(|error| {
                        let why = go_fault(part).unwrap_or_else(|| error.to_string());
                        let text = format!("Error compiling re: error parsing regexp: {why}");
                        log_line_of('F', "proxy_server.go:83", &text);
                        Error::Exit(255)
                    })
                })
                .collect()
        };
        Ok(Filter {
            accept_hosts: list(&args.accept_hosts)?,
            accept_paths: list(&args.accept_paths)?,
            reject_methods: list(&args.reject_methods)?,
            reject_paths: list(&args.reject_paths)?,
        })
    }

    pub fn accepts(&self, method: &str, path: &str, host: &str) -> bool {
        let any = |list: &[Regex], text: &str| list.iter().any(|one| one.is_match(text));
        !any(&self.reject_paths, path)
            && !any(&self.reject_methods, method)
            && any(&self.accept_hosts, host)
            && any(&self.accept_paths, path)
    }
}

/// What Go says of the faults that people make most.
fn go_fault(pattern: &str) -> Option<String> {
    let escaped = |at: usize| {
        pattern[..at]
            .chars()
            .rev()
            .take_while(|c| *c == '\\')
            .count()
            % 2
            == 1
    };
    let last = |mark: char| pattern.rfind(mark).filter(|at| !escaped(*at));
    if let Some(at) = last('[').filter(|at| !pattern[*at..].contains(']')) {
        return Some(format!("missing closing ]: `{}`", &pattern[at..]));
    }
    if pattern.ends_with('\\') && !escaped(pattern.len() - 1) {
        return Some("trailing backslash at end of expression: ``".to_owned());
    }
    if let Some(mark) = pattern.chars().next().filter(|c| "*+?".contains(*c)) {
        return Some(format!("missing argument to repetition operator: `{mark}`"));
    }
    let count = |mark: char| {
        pattern
            .match_indices(mark)
            .filter(|(at, _)| !escaped(*at))
            .count()
    };
    match count('(').cmp(&count(')')) {
        Ordering::Greater => Some(format!("missing closing ): `{pattern}`")),
        Ordering::Less => Some(format!("unexpected ): `{pattern}`")),
        Ordering::Equal => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::proxy::host_without_port;

    #[test]
    fn only_local_hosts_and_harmless_paths_pass() {
        let command = <Args as clap::Args>::augment_args(clap::Command::new("proxy"));
        let matches = command.get_matches_from(["proxy"]);
        let args = <Args as clap::FromArgMatches>::from_arg_matches(&matches)
            .expect("the defaults are valid");
        let filter = Filter::new(&args).expect("the defaults are valid");
        assert!(filter.accepts("GET", "/api/v1/pods", host_without_port("localhost:8001")));
        assert!(filter.accepts("GET", "/", host_without_port("[::1]:8001")));
        assert!(!filter.accepts("GET", "/", "evil.example"));
        assert!(!filter.accepts("POST", "/api/v1/namespaces/a/pods/b/exec", "localhost"));
    }

    #[test]
    fn wrong_expressions_are_refused_in_gos_words() {
        for (pattern, want) in [
            ("[", "missing closing ]: `[`"),
            ("a(b", "missing closing ): `a(b`"),
            (")", "unexpected ): `)`"),
            ("*", "missing argument to repetition operator: `*`"),
            ("\\", "trailing backslash at end of expression: ``"),
        ] {
            assert_eq!(go_fault(pattern).as_deref(), Some(want));
        }
        assert_eq!(go_fault(r"\[(a|b)+$"), None);
    }
}
