//! What reaches the server is what the real kubectl sends. A small proxy stands between each program and the cluster of
//! `KNARR_ORACLE_KUBECONFIG`, and writes down method, path, parameters, media types and bodies; each program works in a
//! namespace of its own. Behind it, the real one's own `kubectl proxy` holds the credentials.

use serde_json::Value;
use std::{
    collections::HashSet,
    io::{BufRead, BufReader, Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex},
};

/// Run one after the other; `NS` is the program's namespace.
const SCENARIO: &str = include_str!("wire.txt");

/// What the commands find in their folder.
const FILES: &[(&str, &str)] = &[
    (
        "map.yaml",
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: one\n  labels: {app: x}\ndata: {a: '1'}\n",
    ),
    (
        "other.yaml",
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: one\n  labels: {app: x}\ndata: {a: '2', b: '3'}\n",
    ),
    (
        "named.yaml",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {generateName: some-}\n",
    ),
    (
        "node.yaml",
        "apiVersion: v1\nkind: Node\nmetadata: {name: wire-node}\n",
    ),
    (
        "role.yaml",
        "apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: reader, namespace: NS}\n\
         rules: [{apiGroups: [''], resources: [secrets], verbs: [get]}]\n",
    ),
    (
        "binding.yaml",
        "apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: {name: bound, namespace: NS}\n\
         roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: reader}\n\
         subjects: [{kind: User, name: joe}, {kind: ServiceAccount, name: x, namespace: NS}]\n",
    ),
    (
        "deploy.yaml",
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: filed, labels: {app: filed}}\nspec: {replicas: 0, \
         selector: {matchLabels: {app: filed}}, template: {metadata: {labels: {app: filed}}, \
         spec: {containers: [{name: b, image: 'a/b:1'}]}}}\n",
    ),
    (
        "list.yaml",
        "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: ConfigMap, metadata: {name: l1, labels: {t: u}}}\n\
         - {apiVersion: v1, kind: Secret, metadata: {name: l2, labels: {t: u}}, stringData: {a: b}}\n",
    ),
    (
        "kustomization.yaml",
        "configMapGenerator: [{name: built, literals: [a=b]}]\n",
    ),
];

type Log = Arc<Mutex<Vec<String>>>;

/// Ends the process with the test.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts `kubectl proxy` and returns its address.
fn backend(real: &Path, kubeconfig: &Path) -> (Process, String) {
    let mut child = Command::new(real)
        .args(["proxy", "--port=0", "--kubeconfig"])
        .arg(kubeconfig)
        .stdout(Stdio::piped())
        .spawn()
        .expect("the real kubectl starts");
    let mut line = String::new();
    let stdout = child.stdout.take().expect("it is piped");
    BufReader::new(stdout)
        .read_line(&mut line)
        .expect("the proxy says where it listens");
    let address = line
        .trim()
        .rsplit(' ')
        .next()
        .expect("an address")
        .to_owned();
    (Process(child), address)
}

/// Listens on a port of its own and writes down what passes.
fn recorder(backend: String, log: Log) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("it is bound").to_string();
    std::thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let (backend, log) = (backend.clone(), log.clone());
            std::thread::spawn(move || pass(client, &backend, &log));
        }
    });
    address
}

/// Passes one request on; the connection ends with the answer.
fn pass(client: TcpStream, backend: &str, log: &Log) -> Option<()> {
    let mut reader = BufReader::new(client.try_clone().ok()?);
    let mut first = String::new();
    reader.read_line(&mut first).ok()?;
    let (mut headers, mut length, mut kept) = (Vec::new(), 0, String::new());
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(": ") else {
            break;
        };
        let (name, value) = (name.to_lowercase(), value.to_owned());
        match name.as_str() {
            "content-length" => length = value.parse().ok()?,
            "host" | "connection" | "accept-encoding" => continue,
            _ => {}
        }
        kept.push_str(&format!("{name}: {value}\r\n"));
        headers.push((name, value));
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    log.lock().ok()?.push(entry(&first, &headers, &body));
    let mut server = TcpStream::connect(backend).ok()?;
    write!(
        server,
        "{first}host: {backend}\r\nconnection: close\r\n{kept}\r\n"
    )
    .ok()?;
    server.write_all(&body).ok()?;
    let mut client = client;
    std::io::copy(&mut server, &mut client).ok()?;
    client.shutdown(Shutdown::Both).ok()
}

/// One request as the comparison sees it.
fn entry(first: &str, headers: &[(String, String)], body: &[u8]) -> String {
    let target = first.split(' ').nth(1).unwrap_or_default();
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let mut parameters: Vec<String> = query
        .split('&')
        .filter(|one| !one.starts_with("timeoutSeconds=") && !one.starts_with("timeout="))
        .map(without_chance)
        .collect();
    parameters.sort_unstable();
    let header = |name: &str| {
        headers
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
            .unwrap_or_default()
    };
    let method = first.split(' ').next().unwrap_or_default();
    let value = match knarr_api::protobuf::is_protobuf(body) {
        true => knarr_api::protobuf::decode(body).ok(),
        false => serde_json::from_slice(body).ok(),
    };
    let shown = value.map_or_else(
        || String::from_utf8_lossy(body).into_owned(),
        |value| sorted(&value).to_string(),
    );
    let (accept, coding) = (header("accept"), header("content-type"));
    let rest = format!(" accept={accept} type={coding} {shown}");
    format!(
        "{} {method} {path}?{}{rest}",
        header("kubectl-command"),
        parameters.join("&")
    )
}

/// A parameter without what differs from run to run: versions, the order of a field selector's parts, and the object's
/// own number in it. Version zero is no version.
fn without_chance(parameter: &str) -> String {
    if parameter.starts_with("resourceVersion=") && !parameter.ends_with("=0") {
        return "resourceVersion=*".to_owned();
    }
    if !parameter.starts_with("fieldSelector=") {
        return parameter.to_owned();
    }
    let mut parts: Vec<&str> = parameter["fieldSelector=".len()..].split("%2C").collect();
    parts.retain(|part| !part.starts_with("involvedObject.uid"));
    parts.sort_unstable();
    format!("fieldSelector={}", parts.join("%2C"))
}

/// The requests of one command as they are compared: what upstream reads twice, since its commands are made of parts
/// that do not know each other, counts once, and lists of several kinds may come in any order.
fn distinct(entries: impl Iterator<Item = String>) -> Vec<String> {
    let mut seen = HashSet::new();
    let mut kept: Vec<String> = entries
        .filter(|entry| {
            let (request, _) = entry.split_once(" accept=").unwrap_or((entry, ""));
            !request.contains(" GET ") || seen.insert(request.to_owned())
        })
        .collect();
    kept.sort_unstable();
    kept
}

fn sorted(value: &Value) -> Value {
    match value {
        // A JSON patch that guards against concurrent changes.
        Value::Object(map)
            if map
                .get("path")
                .is_some_and(|path| path == "/metadata/resourceVersion") =>
        {
            "resourceVersion".into()
        }
        Value::Object(map) => {
            let mut fields: Vec<_> = map.iter().collect();
            fields.sort_by_key(|(name, _)| *name);
            let changing = [
                "creationTimestamp",
                "nodeName",
                "resourceVersion",
                "time",
                "kubectl.kubernetes.io/restartedAt",
            ];
            let shown = |name: &str, value: &Value| match changing.contains(&name) {
                true => "*".into(),
                false => sorted(value),
            };
            Value::Object(
                fields
                    .into_iter()
                    .map(|(name, value)| (name.clone(), shown(name, value)))
                    .collect(),
            )
        }
        Value::Array(items) => items.iter().map(sorted).collect(),
        Value::String(text) if text.starts_with("kube-api-access-") => "kube-api-access-*".into(),
        other => other.clone(),
    }
}

/// Whether a request only asks what the server has, which the two do at different times.
fn is_discovery(entry: &str) -> bool {
    let path = entry
        .split(' ')
        .find(|word| word.starts_with('/'))
        .unwrap_or_default();
    let path = path.split('?').next().unwrap_or_default();
    let depth = path.trim_matches('/').split('/').count();
    matches!(path, "/api" | "/apis" | "/api/v1")
        || path.starts_with("/openapi")
        || (path.starts_with("/apis/") && depth <= 3)
}

fn real_kubectl() -> Option<(PathBuf, PathBuf)> {
    let program = PathBuf::from(std::env::var_os("KNARR_REAL_KUBECTL")?);
    let kubeconfig = PathBuf::from(std::env::var_os("KNARR_ORACLE_KUBECONFIG")?);
    Some((program, kubeconfig))
}

/// Objects of different namespaces have different uids.
fn without_uids(entry: &str) -> String {
    const FIELD: &str = "\"uid\":\"";
    let mut parts = entry.split(FIELD);
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let rest = part.split_once('"').map_or("", |(_, rest)| rest);
        text.push_str(&format!("{FIELD}UID\"{rest}"));
    }
    text
}

/// Runs the scenario with one program in a namespace and returns what it sent for each line.
fn play(
    program: &Path,
    namespace: &str,
    address: &str,
    log: &Log,
    folder: &Path,
) -> Vec<(String, Vec<String>)> {
    let home = folder.join(namespace);
    std::fs::create_dir_all(&home).expect("the folder is writable");
    for (name, content) in FILES {
        let content = content.replace("NS", namespace);
        std::fs::write(home.join(name), content).expect("the folder is writable");
    }
    let config = format!(
        "apiVersion: v1\nkind: Config\nclusters: [{{name: c, cluster: {{server: 'http://{address}'}}}}]\ncontexts: \
         [{{name: x, context: {{cluster: c, namespace: {namespace}}}}}]\ncurrent-context: x\n"
    );
    std::fs::write(home.join("config"), config).expect("the folder is writable");
    let played = SCENARIO.lines().map(|line| {
        if let Ok(mut log) = log.lock() {
            log.clear();
        }
        let output = Command::new(program)
            .args(line.replace("NS", namespace).split(' '))
            .current_dir(&home)
            .env("KUBE_EDITOR", "sed -i s/a:/z:/")
            .env("HOME", &home)
            .env("KUBECONFIG", home.join("config"))
            .output();
        output.expect("the program starts");
        let sent = log.lock().map(|log| log.clone()).unwrap_or_default();
        let sent = sent.into_iter().filter(|entry| !is_discovery(entry));
        let sent = sent.map(|entry| without_uids(&entry.replace(namespace, "NS")));
        (line.to_owned(), distinct(sent))
    });
    played.collect()
}

#[test]
fn the_same_command_sends_the_same_requests() {
    let Some((real, kubeconfig)) = real_kubectl() else {
        eprintln!("SKIPPED: this test needs KNARR_REAL_KUBECTL and KNARR_ORACLE_KUBECONFIG");
        return;
    };
    let (_proxy, backend) = backend(&real, &kubeconfig);
    let log: Log = Arc::default();
    let address = recorder(backend, log.clone());
    let folder = tempfile::tempdir().expect("a temporary folder");
    let admin = |words: &[&str]| {
        let status = Command::new(&real)
            .args(words)
            .arg("--kubeconfig")
            .arg(&kubeconfig)
            .stdout(Stdio::null())
            .status();
        assert!(status.expect("the real kubectl starts").success());
    };
    let namespaces = ["wire-real", "wire-ours"];
    for namespace in namespaces {
        admin(&["delete", "ns", namespace, "--ignore-not-found"]);
        admin(&["create", "ns", namespace]);
    }
    let ours = Path::new(env!("CARGO_BIN_EXE_kubectl"));
    let expected = play(&real, namespaces[0], &address, &log, folder.path());
    let found = play(ours, namespaces[1], &address, &log, folder.path());
    for namespace in namespaces {
        admin(&["delete", "ns", namespace, "--wait=false"]);
    }
    let differences: Vec<String> = expected
        .iter()
        .zip(&found)
        .filter(|(expected, found)| expected != found)
        .map(|((line, expected), (_, found))| {
            format!("kubectl {line}\n real: {expected:#?}\n ours: {found:#?}")
        })
        .collect();
    assert!(differences.is_empty(), "{}", differences.join("\n\n"));
}
