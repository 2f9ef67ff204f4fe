//! Which requests the proxy lets through.

use super::Args;
use crate::{
    client::log_line_of,
    error::{Error, Result},
    regexp,
};
use regex_lite::Regex;

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
                    regexp::compile(part).map_err(|why| {
                        let text = format!("Error compiling re: {why}");
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
}
