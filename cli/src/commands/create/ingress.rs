//! `kubectl create ingress`.

use super::{Name, SubmitArgs};
use crate::{
    error::{Error, Result},
    session::Session,
};
use serde_json::{Map, Value, json};

#[derive(clap::Args, Clone, Debug)]
pub struct Args {
    /// NAME
    name: Vec<String>,
    /// Annotation to insert in the ingress object, in the format annotation=value
    #[arg(long)]
    annotation: Vec<String>,
    /// Ingress Class to be used
    #[arg(long)]
    class: Option<String>,
    /// Default service for backend, in format of svcname:port
    #[arg(long)]
    default_backend: Option<String>,
    /// Rule in format host/path=service:port[,tls=secretname]. Paths containing the leading character '*' are considered pathType=Prefix. tls argument is optional.
    #[arg(long)]
    rule: Vec<String>,
    #[command(flatten)]
    submit: SubmitArgs,
}

/// One `--rule`: `host/path=service:port[,tls[=secret]]`.
struct Rule<'a> {
    host: &'a str,
    path: &'a str,
    service: &'a str,
    port: &'a str,
    /// The secret's name, perhaps empty, when TLS is wanted.
    tls: Option<&'a str>,
}

impl<'a> Rule<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let word = |text: &str, more: &str| {
            text.chars()
                .all(|c| c.is_ascii_alphanumeric() || c == '_' || more.contains(c))
        };
        let (rule, tls) = match text.split_once(',') {
            Some((rule, tls)) => (rule, Some(tls.strip_prefix("tls")?)),
            None => (text, None),
        };
        let tls = match tls {
            Some(tls) => Some(tls.strip_prefix('=').unwrap_or(tls)),
            None => None,
        };
        let slash = rule.find('/')?;
        let (host, rest) = rule.split_at(slash);
        let (path, backend) = rest.split_once('=')?;
        let (service, port) = backend.split_once(':')?;
        let valid = word(host, "*-.")
            && [service, port]
                .iter()
                .all(|one| !one.is_empty() && word(one, "-"))
            && tls.is_none_or(|secret| word(secret, "-"));
        valid.then_some(Rule {
            host,
            path,
            service,
            port,
            tls,
        })
    }

    fn http_path(&self) -> Value {
        let (path, kind) = match self.path.strip_suffix('*') {
            Some(path) => (path, "Prefix"),
            None => (self.path, "Exact"),
        };
        json!({"path": path, "pathType": kind, "backend": backend(self.service, self.port)})
    }
}

pub async fn run(session: &Session, args: Args) -> Result<()> {
    let (name, submission) =
        args.submit
            .begin(session, &args.name, "create ingress", Name::LeftToServer)?;
    let default_backend = args.default_backend.as_deref().unwrap_or_default();
    if default_backend.is_empty() && args.rule.is_empty() {
        return Err(Error::message(
            "not enough information provided: every ingress has to either specify a default-backend (which catches \
             all traffic) or a list of rules (which catch specific paths)",
        ));
    }
    let mut rules = Vec::new();
    for text in &args.rule {
        rules.push(Rule::parse(text).ok_or_else(|| {
            Error::message(format!(
                "rule {text} is invalid and should be in format host/path=svcname:svcport[,tls[=secret]]"
            ))
        })?);
    }
    let mut metadata = json!({"name": name});
    let annotations = annotations(&args.annotation)?;
    if !annotations.is_empty() {
        metadata["annotations"] = Value::Object(annotations);
    }
    let mut spec = json!({});
    if let Some(class) = args.class.as_deref().filter(|class| !class.is_empty()) {
        spec["ingressClassName"] = class.into();
    }
    if !default_backend.is_empty() {
        let parts: Vec<&str> = default_backend.split(':').collect();
        let [service, port] = parts.as_slice() else {
            return Err(Error::message(
                "default-backend should be in format servicename:serviceport",
            ));
        };
        spec["defaultBackend"] = backend(service, port);
    }
    for (field, list) in [("tls", tls(&rules)), ("rules", paths(&rules))] {
        if !list.is_empty() {
            spec[field] = list.into();
        }
    }
    let object = json!({"kind": "Ingress", "apiVersion": "networking.k8s.io/v1", "metadata": metadata, "spec": spec,
        "status": {"loadBalancer": {}}});
    submission.send(session, object).await
}

fn annotations(pairs: &[String]) -> Result<Map<String, Value>> {
    let pair = |text: &String| match text.split_once('=') {
        Some((key, value)) => Ok((key.to_owned(), value.into())),
        None => Err(Error::message(format!(
            "annotation {text} is invalid and should be in format key=[value]"
        ))),
    };
    pairs.iter().map(pair).collect()
}

fn backend(service: &str, port: &str) -> Value {
    let port = match port.parse::<i32>() {
        Ok(number) => json!({"number": number}),
        Err(_) => json!({"name": port}),
    };
    json!({"service": {"name": service, "port": port}})
}

/// One entry for each secret; a host counts once.
fn tls(rules: &[Rule<'_>]) -> Vec<Value> {
    let mut seen: Vec<&str> = Vec::new();
    let mut entries: Vec<(&str, Vec<&str>)> = Vec::new();
    for rule in rules {
        let Some(secret) = rule.tls.filter(|_| !seen.contains(&rule.host)) else {
            continue;
        };
        seen.push(rule.host);
        match entries.iter_mut().find(|(known, _)| *known == secret) {
            Some((_, hosts)) => hosts.push(rule.host),
            None if rule.host.is_empty() && secret.is_empty() => {}
            None => entries.push((
                secret,
                Some(rule.host)
                    .filter(|host| !host.is_empty())
                    .into_iter()
                    .collect(),
            )),
        }
    }
    let entry = |(secret, hosts): (&str, Vec<&str>)| {
        let mut entry = json!({});
        if !hosts.is_empty() {
            entry["hosts"] = json!(hosts);
        }
        if !secret.is_empty() {
            entry["secretName"] = secret.into();
        }
        entry
    };
    entries.into_iter().map(entry).collect()
}

/// One entry for each host, with all its paths.
fn paths(rules: &[Rule<'_>]) -> Vec<Value> {
    let mut hosts: Vec<(&str, Vec<Value>)> = Vec::new();
    for rule in rules {
        match hosts.iter_mut().find(|(known, _)| *known == rule.host) {
            Some((_, paths)) => paths.push(rule.http_path()),
            None => hosts.push((rule.host, vec![rule.http_path()])),
        }
    }
    let entry = |(host, paths): (&str, Vec<Value>)| {
        let mut entry = json!({});
        if !host.is_empty() {
            entry["host"] = host.into();
        }
        entry["http"] = json!({"paths": paths});
        entry
    };
    hosts.into_iter().map(entry).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_has_host_path_backend_and_perhaps_tls() {
        let rule = Rule::parse("foo.com/bar*=svc:http,tls=cert").expect("valid");
        assert_eq!(
            (rule.host, rule.path, rule.tls),
            ("foo.com", "/bar*", Some("cert"))
        );
        assert_eq!(rule.http_path()["pathType"], "Prefix");
        for wrong in ["foo", "foo/=x", "foo/=x:y,ssl", "fo o/=x:y"] {
            assert!(Rule::parse(wrong).is_none(), "{wrong}");
        }
    }

    #[test]
    fn hosts_of_one_secret_stand_together() {
        let rules: Vec<Rule<'_>> = ["a/=s:1,tls=c", "b/=s:1,tls=c", "a/x=s:1,tls=d"]
            .iter()
            .map(|text| Rule::parse(text).expect("valid"))
            .collect();
        assert_eq!(
            tls(&rules),
            [json!({"hosts": ["a", "b"], "secretName": "c"})]
        );
        assert_eq!(paths(&rules).len(), 2);
    }
}
