//! Credential plugins: programs that print an `ExecCredential` (client.authentication.k8s.io, KEP-541).

use super::Credentials;
use crate::error::{Error, Result};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use std::{
    io::IsTerminal,
    process::{Command, Stdio},
};

/// Runs the plugin that a user's `exec` entry names and takes the credentials that it prints.
pub fn credentials(plugin: &Value, server: &str, authority: Option<&[u8]>) -> Result<Credentials> {
    let program = plugin["command"].as_str().unwrap_or_default();
    let version = plugin["apiVersion"]
        .as_str()
        .unwrap_or("client.authentication.k8s.io/v1");
    let interactive = std::io::stdin().is_terminal() && plugin["interactiveMode"] != "Never";
    let mut command = Command::new(program);
    command
        .args(
            plugin["args"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(Value::as_str),
        )
        .stdin(if interactive {
            Stdio::inherit()
        } else {
            Stdio::null()
        })
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .env(
            "KUBERNETES_EXEC_INFO",
            exec_info(plugin, version, interactive, server, authority).to_string(),
        );
    for pair in plugin["env"].as_array().into_iter().flatten() {
        command.env(
            pair["name"].as_str().unwrap_or_default(),
            pair["value"].as_str().unwrap_or_default(),
        );
    }
    let refused = |why: String| Error::message(format!("getting credentials: {why}"));
    let output = command
        .spawn()
        .and_then(|child| child.wait_with_output())
        .map_err(|error| {
            let mut why = format!("exec: executable {program} not found");
            if error.kind() != std::io::ErrorKind::NotFound {
                why = format!("exec: {error}");
            }
            if let Some(hint) = plugin["installHint"].as_str() {
                why = format!("{why}\n\n{hint}");
            }
            refused(why)
        })?;
    if !output.status.success() {
        let code = output.status.code().unwrap_or(-1);
        return Err(refused(format!(
            "exec: executable {program} failed with exit code {code}"
        )));
    }
    let answer: Value = serde_json::from_slice(&output.stdout).map_err(|error| {
        refused(format!(
            "decoding stdout: couldn't get version/kind; json parse error: {error}"
        ))
    })?;
    let status = &answer["status"];
    if !status.is_object() {
        return Err(refused(
            "exec plugin didn't return a status field".to_owned(),
        ));
    }
    let text = |field: &str| {
        status[field]
            .as_str()
            .filter(|text| !text.is_empty())
            .map(str::to_owned)
    };
    let certificate = text("clientCertificateData").zip(text("clientKeyData"));
    let token = text("token");
    if token.is_none() && certificate.is_none() {
        return Err(refused(
            "exec plugin didn't return a token or cert/key pair".to_owned(),
        ));
    }
    Ok(Credentials {
        token,
        basic: None,
        certificate: certificate
            .map(|(certificate, key)| (certificate.into_bytes(), key.into_bytes())),
    })
}

fn exec_info(
    plugin: &Value,
    version: &str,
    interactive: bool,
    server: &str,
    authority: Option<&[u8]>,
) -> Value {
    let mut info = json!({
        "kind": "ExecCredential",
        "apiVersion": version,
        "spec": {"interactive": interactive},
    });
    if plugin["provideClusterInfo"] == true {
        let mut cluster = json!({"server": server});
        if let Some(authority) = authority {
            cluster["certificate-authority-data"] = STANDARD.encode(authority).into();
        }
        info["spec"]["cluster"] = cluster;
    }
    info
}
