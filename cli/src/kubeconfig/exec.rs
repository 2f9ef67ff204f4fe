//! Credential plugins: programs that print an `ExecCredential` (client.authentication.k8s.io, KEP-541).

use super::{Credentials, Resolved};
use crate::{
    error::{Error, Result},
    kuberc::PluginPolicy,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use knarr_api::{json, quote::quote};
use serde_json::{Value, json};
use std::{
    io::IsTerminal,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

const STABLE: &str = "client.authentication.k8s.io/v1";
const BETA: &str = "client.authentication.k8s.io/v1beta1";
const HELP: &str = "It looks like you are trying to use a client-go credential plugin that is not installed.

To learn more about this feature, consult the documentation available at:
      https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins";

/// What is missing in a user's `exec` entry, in the order in which client-go finds it.
pub fn faults(plugin: &Value, user: &str) -> Vec<String> {
    let text = |field: &str| plugin[field].as_str().unwrap_or_default();
    let missing = |field: &str| {
        format!("{field} must be specified for {user} to use exec authentication plugin")
    };
    let mut faults = Vec::new();
    for field in ["command", "apiVersion"] {
        if text(field).is_empty() {
            faults.push(missing(field));
        }
    }
    for entry in plugin["env"].as_array().into_iter().flatten() {
        if entry["name"].as_str().unwrap_or_default().is_empty() {
            faults.push(format!(
                "env variable name must be specified for {user} to use exec authentication plugin"
            ));
        }
    }
    match text("interactiveMode") {
        // The beta version had no such field.
        "" if text("apiVersion") == BETA => {}
        "" => faults.push(missing("interactiveMode")),
        "Never" | "IfAvailable" | "Always" => {}
        other => faults.push(format!(
            "invalid interactiveMode for {user}: {}",
            quote(other)
        )),
    }
    faults
}

/// The version that a plugin speaks.
pub fn version(plugin: &Value) -> Result<&str> {
    match plugin["apiVersion"].as_str().unwrap_or_default() {
        version @ (STABLE | BETA) => Ok(version),
        other => Err(Error::message(format!(
            "exec plugin: invalid apiVersion {}",
            quote(other)
        ))),
    }
}

/// Runs the plugin that a user's `exec` entry names and takes the credentials that it prints.
pub fn credentials(
    plugin: &Value,
    folder: &Path,
    cluster: &Resolved,
    policy: &PluginPolicy,
) -> Result<Credentials> {
    let version = version(plugin)?;
    let refused = |why: String| Error::Connection {
        host: cluster.server.clone(),
        request: String::new(),
        cause: format!("getting credentials: {why}"),
    };
    let command = plugin["command"].as_str().unwrap_or_default();
    // A path counts from the folder of the kubeconfig; a bare name is looked for on PATH.
    let program = match command.contains('/') && Path::new(command).is_relative() {
        true => {
            let path: PathBuf = folder.join(command).components().collect();
            path.to_string_lossy().into_owned()
        }
        false => command.to_owned(),
    };
    policy.check(&program).map_err(refused)?;
    let interactive = interactive(plugin).map_err(refused)?;
    let info = exec_info(plugin, version, interactive, cluster);
    let output = run(plugin, &program, interactive, &info).map_err(refused)?;
    read(&output, version).map_err(refused)
}

/// Whether the plugin may ask the user.
fn interactive(plugin: &Value) -> Result<bool, String> {
    let terminal = std::io::stdin().is_terminal();
    match plugin["interactiveMode"].as_str() {
        Some("Never") => Ok(false),
        Some("Always") if !terminal => Err(
            "exec plugin cannot support interactive mode: standard input is not a terminal"
                .to_owned(),
        ),
        _ => Ok(terminal),
    }
}

fn run(plugin: &Value, program: &str, interactive: bool, info: &Value) -> Result<Vec<u8>, String> {
    let arguments = plugin["args"].as_array().into_iter().flatten();
    let mut command = Command::new(program);
    command
        .args(arguments.filter_map(Value::as_str))
        .stdin(match interactive {
            true => Stdio::inherit(),
            false => Stdio::null(),
        })
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .env("KUBERNETES_EXEC_INFO", format!("{info}\n"));
    for pair in plugin["env"].as_array().into_iter().flatten() {
        command.env(
            pair["name"].as_str().unwrap_or_default(),
            pair["value"].as_str().unwrap_or_default(),
        );
    }
    let failed = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::NotFound if !program.contains('/') => {
            let hint = plugin["installHint"].as_str().unwrap_or_default();
            let hint = if hint.is_empty() {
                String::new()
            } else {
                format!("\n\n{hint}")
            };
            format!("exec: executable {program} not found\n\n{HELP}{hint}")
        }
        std::io::ErrorKind::NotFound => {
            format!("exec: fork/exec {program}: no such file or directory")
        }
        std::io::ErrorKind::PermissionDenied => {
            format!("exec: fork/exec {program}: permission denied")
        }
        _ => format!("exec: {error}"),
    };
    let output = command
        .spawn()
        .and_then(|child| child.wait_with_output())
        .map_err(failed)?;
    match output.status.success() {
        true => Ok(output.stdout),
        false => Err(format!(
            "exec: executable {program} failed with exit code {}",
            output.status.code().unwrap_or(-1)
        )),
    }
}

/// The credentials in what the plugin printed.
fn read(output: &[u8], version: &str) -> Result<Credentials, String> {
    let text = String::from_utf8_lossy(output);
    let answer = decoded(&text).map_err(|why| format!("decoding stdout: {why}"))?;
    let returned = match answer["apiVersion"].as_str().unwrap_or_default() {
        // Nothing says which version it is, and nothing else does.
        "" => "client.authentication.k8s.io/__internal",
        returned => returned,
    };
    if returned != version {
        return Err(format!(
            "exec plugin is configured to use API version {version}, plugin returned version {returned}"
        ));
    }
    let status = &answer["status"];
    if !status.is_object() {
        return Err("exec plugin didn't return a status field".to_owned());
    }
    let text = |field: &str| {
        let text = status[field].as_str().filter(|text| !text.is_empty());
        text.map(str::to_owned)
    };
    let (certificate, key) = (text("clientCertificateData"), text("clientKeyData"));
    let token = text("token");
    if certificate.is_some() != key.is_some() {
        return Err("exec plugin returned only certificate or key, not both".to_owned());
    }
    if token.is_none() && certificate.is_none() {
        return Err("exec plugin didn't return a token or cert/key pair".to_owned());
    }
    for (pem, name) in [(&certificate, "certificate"), (&key, "key")] {
        if pem.as_ref().is_some_and(|pem| !pem.contains("-----BEGIN")) {
            return Err(format!(
                "failed parsing client key/certificate: tls: failed to find any PEM data in {name} input"
            ));
        }
    }
    Ok(Credentials {
        token,
        expires: text("expirationTimestamp").and_then(|text| text.parse().ok()),
        basic: None,
        certificate: certificate
            .zip(key)
            .map(|(certificate, key)| (certificate.into_bytes(), key.into_bytes())),
    })
}

/// What the plugin printed, if it is an `ExecCredential` as Go decodes one.
fn decoded(text: &str) -> Result<Value, String> {
    let answer = knarr_api::yaml::from_str(text).map_err(|error| {
        let error = error.to_string();
        let why = error.strip_prefix("error converting YAML to JSON: ");
        why.unwrap_or(&error).to_owned()
    })?;
    if !answer.is_object() && !answer.is_null() {
        return Err(json::unversioned(&answer));
    }
    let field = |name: &str| answer[name].as_str().filter(|text| !text.is_empty());
    let (version, kind) = (field("apiVersion"), field("kind"));
    let is_known = version.is_none_or(|version| matches!(version, STABLE | BETA));
    if !is_known || kind.is_some_and(|kind| kind != "ExecCredential") {
        return Err(format!(
            "no kind {} is registered for version {} in scheme \"pkg/client/auth/exec/exec.go:64\"",
            quote(kind.unwrap_or("ExecCredential")),
            quote(version.unwrap_or_default())
        ));
    }
    let status = &answer["status"];
    for name in ["token", "clientCertificateData", "clientKeyData"] {
        let kind = match &status[name] {
            Value::Null | Value::String(_) => continue,
            Value::Bool(_) => "bool",
            Value::Number(_) => "number",
            Value::Array(_) => "array",
            Value::Object(_) => "object",
        };
        return Err(format!(
            "json: cannot unmarshal {kind} into Go struct field ExecCredentialStatus.status.{name} of type string"
        ));
    }
    match status["expirationTimestamp"].as_str() {
        Some(time) if time.parse::<jiff::Timestamp>().is_err() => {
            let time = quote(time);
            Err(format!(
                "parsing time {time} as \"2006-01-02T15:04:05Z07:00\": cannot parse {time} as \"2006\""
            ))
        }
        _ => Ok(answer),
    }
}

fn exec_info(plugin: &Value, version: &str, interactive: bool, cluster: &Resolved) -> Value {
    let mut info = json!({
        "kind": "ExecCredential",
        "apiVersion": version,
        "spec": {},
    });
    if plugin["provideClusterInfo"] == true {
        let mut told = json!({"server": cluster.server});
        if let Some(name) = &cluster.tls_server_name {
            told["tls-server-name"] = name.as_str().into();
        }
        if cluster.insecure {
            told["insecure-skip-tls-verify"] = true.into();
        }
        if let Some(authority) = &cluster.certificate_authority {
            told["certificate-authority-data"] = STANDARD.encode(authority).into();
        }
        if !cluster.exec_config.is_null() {
            told["config"] = cluster.exec_config.clone();
        }
        info["spec"]["cluster"] = told;
    }
    info["spec"]["interactive"] = interactive.into();
    info
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_named() {
        assert_eq!(
            faults(&json!({"command": "p"}), "u"),
            [
                "apiVersion must be specified for u to use exec authentication plugin",
                "interactiveMode must be specified for u to use exec authentication plugin",
            ]
        );
        assert!(faults(&json!({"command": "p", "apiVersion": BETA}), "u").is_empty());
    }

    #[test]
    fn an_answer_must_be_of_the_version_that_was_asked_for() {
        let answer =
            json!({"apiVersion": STABLE, "kind": "ExecCredential", "status": {"token": "t"}})
                .to_string();
        let token = read(answer.as_bytes(), STABLE).expect("it is right").token;
        assert_eq!(token.as_deref(), Some("t"));
        assert_eq!(
            read(answer.as_bytes(), BETA).expect_err("another version"),
            format!(
                "exec plugin is configured to use API version {BETA}, plugin returned version {STABLE}"
            )
        );
        assert!(read(b"hi", STABLE).is_err() && read(&[0xff], STABLE).is_err());
        let refused = |status: Value| {
            let answer = json!({"apiVersion": STABLE, "kind": "ExecCredential", "status": status});
            read(answer.to_string().as_bytes(), STABLE).expect_err("it is wrong")
        };
        assert_eq!(
            refused(json!({"token": 5})),
            "decoding stdout: json: cannot unmarshal number into Go struct field ExecCredentialStatus.status.token of \
             type string"
        );
        assert_eq!(
            refused(json!({"clientCertificateData": "x", "clientKeyData": "y"})),
            "failed parsing client key/certificate: tls: failed to find any PEM data in certificate input"
        );
        assert_eq!(
            read(b"{kind: Foo, apiVersion: v1}", STABLE).expect_err("another kind"),
            "decoding stdout: no kind \"Foo\" is registered for version \"v1\" in scheme \
             \"pkg/client/auth/exec/exec.go:64\""
        );
    }
}
