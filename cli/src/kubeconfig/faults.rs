//! What is wrong with a cluster and a user as the kubeconfig and the flags together give them, all of it at once and in
//! client-go's words (`tools/clientcmd/validation.go`).

use super::exec;
use crate::{
    client::proxy_url_fault,
    error::{Error, Result, go_words},
};
use knarr_api::quote::quote;
use serde_json::Value;

/// Refuses what contradicts itself, lacks something, or names files that are not there.
pub fn refuse(user: (&str, &Value), cluster: (&str, &Value)) -> Result<()> {
    let mut faults = of_user(user.1, user.0);
    faults.extend(of_cluster(cluster.1, cluster.0));
    match faults.as_slice() {
        [] => Ok(()),
        [fault] => Err(Error::message(fault)),
        faults => {
            let lines: String = faults.iter().map(|fault| format!("\n* {fault}")).collect();
            Err(Error::Configuration(lines))
        }
    }
}

fn has(entry: &Value, field: &str) -> bool {
    !text(entry, field).is_empty()
}

fn text<'v>(entry: &'v Value, field: &str) -> &'v str {
    entry[field].as_str().unwrap_or_default()
}

fn of_user(user: &Value, name: &str) -> Vec<String> {
    let mut methods = Vec::new();
    if has(user, "token") {
        methods.push("token");
    }
    if has(user, "username") || has(user, "password") {
        methods.push("basicAuth");
    }
    let mut faults = of_certificate(user, name);
    if user["exec"].is_object() {
        if user["auth-provider"].is_object() {
            faults.push(format!(
                "authProvider cannot be provided in combination with an exec plugin for {name}"
            ));
        }
        faults.extend(exec::faults(&user["exec"], name));
    }
    if methods.len() > 1 {
        faults.push(format!(
            "more than one authentication method found for {name}; found [{}], only one is allowed",
            methods.join(" ")
        ));
    }
    let impersonates_more = ["as-uid", "as-groups", "as-user-extra"]
        .iter()
        .any(|field| !user[*field].is_null());
    if impersonates_more && !has(user, "as") {
        faults.push(format!(
            "requesting uid, groups or user-extra for {name} without impersonating a user"
        ));
    }
    faults
}

fn of_certificate(user: &Value, name: &str) -> Vec<String> {
    let mut faults = Vec::new();
    if !has(user, "client-certificate") && !has(user, "client-certificate-data") {
        return faults;
    }
    if has(user, "client-certificate") && has(user, "client-certificate-data") {
        faults.push(format!(
            "client-cert-data and client-cert are both specified for {name}. client-cert-data will override."
        ));
    }
    if has(user, "client-key") && has(user, "client-key-data") {
        faults.push(format!(
            "client-key-data and client-key are both specified for {name}; client-key-data will override"
        ));
    }
    if !has(user, "client-key") && !has(user, "client-key-data") {
        faults.push(format!(
            "client-key-data or client-key must be specified for {name} to use the clientCert authentication method."
        ));
    }
    for (field, label) in [
        ("client-certificate", "client-cert"),
        ("client-key", "client-key"),
    ] {
        faults.extend(unreadable(user, field, label, name));
    }
    faults
}

fn of_cluster(cluster: &Value, name: &str) -> Vec<String> {
    let mut faults = Vec::new();
    let proxy = text(cluster, "proxy-url");
    if let Some(fault) = proxy_url_fault(proxy) {
        faults.push(format!(
            "invalid 'proxy-url' {} for cluster {}: {fault}",
            quote(proxy),
            quote(name)
        ));
    }
    let authority = "certificate-authority";
    if has(cluster, authority) && has(cluster, "certificate-authority-data") {
        faults.push(format!(
            "certificate-authority-data and certificate-authority are both specified for {name}. \
             certificate-authority-data will override."
        ));
    }
    faults.extend(unreadable(cluster, authority, authority, name));
    faults
}

/// The file that a field names, if it can't be opened.
fn unreadable(entry: &Value, field: &str, label: &str, name: &str) -> Option<String> {
    let path = text(entry, field);
    if path.is_empty() {
        return None;
    }
    let error = std::fs::File::open(path).err()?;
    let why = go_words(&error);
    Some(format!(
        "unable to read {label} {path} for {name} due to open {path}: {why}"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn refused(user: Value, cluster: Value) -> String {
        let refused = refuse(("u", &user), ("k", &cluster));
        refused.expect_err("something is wrong").report().0
    }

    #[test]
    fn one_fault_stands_alone() {
        assert_eq!(
            refused(json!({"token": "t", "username": "n"}), json!({})),
            "error: more than one authentication method found for u; found [token basicAuth], only one is allowed"
        );
        assert_eq!(
            refused(json!({}), json!({"proxy-url": "127.0.0.1:2"})),
            "error: invalid 'proxy-url' \"127.0.0.1:2\" for cluster \"k\": could not parse: 127.0.0.1:2"
        );
    }

    #[test]
    fn several_faults_are_told_together() {
        assert_eq!(
            refused(
                json!({"client-certificate": "/none/such"}),
                json!({"proxy-url": "foo://x"})
            ),
            "Error in configuration: \n\
             * client-key-data or client-key must be specified for u to use the clientCert authentication method.\n\
             * unable to read client-cert /none/such for u due to open /none/such: no such file or directory\n\
             * invalid 'proxy-url' \"foo://x\" for cluster \"k\": unsupported scheme \"foo\", must be http, https, or socks5"
        );
    }
}
