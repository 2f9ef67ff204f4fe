//! Containers, volumes and the other parts of a pod's spec, as they appear in pods and in pod templates.

use super::page::{Page, items, joined, line, text, time, truth};
use knarr_api::quantity::Quantity;
use serde_json::Value;

/// `Pod Template:` and what a template holds.
pub fn template(template: &Value, page: &mut Page) {
    line!(page, 0, "Pod Template:");
    if !template.is_object() {
        return line!(page, 1, "<unset>");
    }
    let (metadata, spec) = (&template["metadata"], &template["spec"]);
    page.map("  Labels", &metadata["labels"], "=");
    if metadata["annotations"]
        .as_object()
        .is_some_and(|map| !map.is_empty())
    {
        page.annotations_titled("  Annotations", template);
    }
    if let Some(account) = spec["serviceAccountName"]
        .as_str()
        .filter(|account| !account.is_empty())
    {
        page.field(1, "Service Account", account);
    }
    if !items(&spec["initContainers"]).is_empty() {
        containers(
            "  Init Containers",
            &spec["initContainers"],
            &Value::Null,
            &Value::Null,
            page,
        );
    }
    containers(
        "  Containers",
        &spec["containers"],
        &Value::Null,
        &Value::Null,
        page,
    );
    super::volumes::volumes(&spec["volumes"], "  ", page);
    topology(&spec["topologySpreadConstraints"], "  ", page);
    if let Some(class) = spec["priorityClassName"]
        .as_str()
        .filter(|class| !class.is_empty())
    {
        page.field(1, "Priority Class Name", class);
    }
    page.map("  Node-Selectors", &spec["nodeSelector"], "=");
    page.list("  Tolerations", &tolerations(&spec["tolerations"]));
    scheduling_group(spec, "  ", page);
}

/// The group with which pods are scheduled; its name is not indented further upstream.
fn scheduling_group(spec: &Value, space: &str, page: &mut Page) {
    let group = &spec["schedulingGroup"];
    if group.is_object() {
        line!(page, 0, "{space}SchedulingGroup:");
        page.field(1, "PodGroupName", text(&group["podGroupName"]));
    }
}

/// The containers of one list, with what the status says of each. `pod` serves to resolve field references.
pub fn containers(label: &str, list: &Value, statuses: &Value, pod: &Value, page: &mut Page) {
    let list = items(list);
    page.line(
        0,
        &format!("{label}:{}", if list.is_empty() { " <none>" } else { "" }),
    );
    let indent = if label.starts_with(' ') { " " } else { "" };
    for container in list {
        let status = items(statuses)
            .iter()
            .find(|status| status["name"] == container["name"]);
        line!(page, 1, "{indent}{}:", text(&container["name"]));
        basics(container, status, page);
        words("Command", &container["command"], page);
        words("Args", &container["args"], page);
        if let Some(status) = status {
            state("State", &status["state"], page);
            if status["lastState"]["terminated"].is_object() {
                state("Last State", &status["lastState"], page);
            }
            page.field(2, "Ready", truth(&status["ready"]));
            page.field(
                2,
                "Restart Count",
                status["restartCount"].as_i64().unwrap_or(0),
            );
        }
        resources(&container["resources"], 2, page);
        for (title, field) in [
            ("Liveness", "livenessProbe"),
            ("Readiness", "readinessProbe"),
            ("Startup", "startupProbe"),
        ] {
            if container[field].is_object() {
                page.field(2, title, probe(&container[field]));
            }
        }
        environment_from(container, page);
        environment(container, pod, page);
        mounts(container, page);
    }
}

fn basics(container: &Value, status: Option<&Value>, page: &mut Page) {
    if let Some(status) = status {
        page.field(2, "Container ID", text(&status["containerID"]));
    }
    page.field(2, "Image", text(&container["image"]));
    if let Some(status) = status {
        page.field(2, "Image ID", text(&status["imageID"]));
    }
    for (one, many, field) in [
        ("Port", "Ports", "containerPort"),
        ("Host Port", "Host Ports", "hostPort"),
    ] {
        let ports = items(&container["ports"]).iter().map(|port| {
            let number = port[field].as_i64().unwrap_or(0);
            let name = match text(&port["name"]).as_str() {
                "" => String::new(),
                name => format!(" ({name})"),
            };
            format!("{number}/{}{name}", text(&port["protocol"]))
        });
        let ports: Vec<String> = ports.collect();
        match ports.len() {
            0 => page.field(2, one, "<none>"),
            1 => page.field(2, one, &ports[0]),
            _ => page.field(2, many, ports.join(", ")),
        }
    }
    let profile = &container["securityContext"]["seccompProfile"];
    if profile.is_object() {
        page.field(2, "SeccompProfile", text(&profile["type"]));
    }
}

fn words(title: &str, list: &Value, page: &mut Page) {
    if items(list).is_empty() {
        return;
    }
    line!(page, 2, "{title}:");
    for word in items(list) {
        text(word).split('\n').for_each(|part| page.line(3, part));
    }
}

fn state(title: &str, state: &Value, page: &mut Page) {
    let optional = |page: &mut Page, title: &str, value: &Value| {
        if !text(value).is_empty() {
            page.field(3, title, text(value));
        }
    };
    if state["running"].is_object() {
        page.field(2, title, "Running");
        page.field(3, "Started", time(&state["running"]["startedAt"]));
    } else if state["terminated"].is_object() {
        let ended = &state["terminated"];
        page.field(2, title, "Terminated");
        optional(page, "Reason", &ended["reason"]);
        optional(page, "Message", &ended["message"]);
        page.field(3, "Exit Code", ended["exitCode"].as_i64().unwrap_or(0));
        if ended["signal"].as_i64().unwrap_or(0) > 0 {
            page.field(3, "Signal", text(&ended["signal"]));
        }
        page.field(3, "Started", time(&ended["startedAt"]));
        page.field(3, "Finished", time(&ended["finishedAt"]));
    } else {
        page.field(2, title, "Waiting");
        optional(page, "Reason", &state["waiting"]["reason"]);
    }
}

/// Limits and requests, sorted by name.
pub fn resources(resources: &Value, level: usize, page: &mut Page) {
    for (title, field) in [("Limits", "limits"), ("Requests", "requests")] {
        let mut list: Vec<(&String, &Value)> =
            resources[field].as_object().into_iter().flatten().collect();
        if list.is_empty() {
            continue;
        }
        list.sort_by_key(|(name, _)| *name);
        line!(page, level, "{title}:");
        for (name, quantity) in list {
            page.field(level + 1, name, text(quantity));
        }
    }
}

fn probe(probe: &Value) -> String {
    let number = |field: &str| probe[field].as_i64().unwrap_or(0);
    let attributes = format!(
        "delay={}s timeout={}s period={}s #success={} #failure={}",
        number("initialDelaySeconds"),
        number("timeoutSeconds"),
        number("periodSeconds"),
        number("successThreshold"),
        number("failureThreshold")
    );
    let (http, tcp, grpc) = (&probe["httpGet"], &probe["tcpSocket"], &probe["grpc"]);
    if probe["exec"].is_object() {
        return format!(
            "exec [{}] {attributes}",
            joined(&probe["exec"]["command"], " ")
        );
    }
    if http.is_object() {
        let scheme = text(&http["scheme"]).to_lowercase();
        let path = escaped(&text(&http["path"]));
        let slash = match path.starts_with('/') || path.is_empty() {
            true => "",
            false => "/",
        };
        let host = text(&http["host"]);
        let host = match host.contains(':') {
            true => format!("[{host}]"),
            false => host,
        };
        let colon = if scheme.is_empty() { "" } else { ":" };
        return format!(
            "http-get {scheme}{colon}//{host}:{}{slash}{path} {attributes}",
            text(&http["port"])
        );
    }
    if tcp.is_object() {
        return format!(
            "tcp-socket {}:{} {attributes}",
            text(&tcp["host"]),
            text(&tcp["port"])
        );
    }
    if grpc.is_object() {
        return format!(
            "grpc <pod>:{} {} {attributes}",
            text(&grpc["port"]),
            text(&grpc["service"])
        );
    }
    format!("unknown {attributes}")
}

/// A path as Go writes it into a URL.
fn escaped(path: &str) -> String {
    let kept = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~$&+,/:;=@".contains(&byte);
    let bytes = path.bytes().map(|byte| match kept(byte) {
        true => char::from(byte).to_string(),
        false => format!("%{byte:02X}"),
    });
    bytes.collect()
}

fn environment_from(container: &Value, page: &mut Page) {
    let sources = items(&container["envFrom"]);
    if sources.is_empty() {
        return;
    }
    line!(page, 2, "Environment Variables from:");
    for source in sources {
        let (config, secret) = (&source["configMapRef"], &source["secretRef"]);
        let (kind, reference) = match (config.is_object(), secret.is_object()) {
            (true, _) => ("ConfigMap", config),
            (_, true) => ("Secret", secret),
            _ => ("", &Value::Null),
        };
        let prefix = match source["prefix"].as_str().unwrap_or_default() {
            "" => String::new(),
            prefix => format!(" with prefix '{prefix}'"),
        };
        line!(
            page,
            3,
            "{}\t{kind}{prefix}\tOptional: {}",
            text(&reference["name"]),
            reference["optional"] == true
        );
    }
}

fn environment(container: &Value, pod: &Value, page: &mut Page) {
    let variables = items(&container["env"]);
    page.line(
        2,
        if variables.is_empty() {
            "Environment:\t<none>"
        } else {
            "Environment:"
        },
    );
    for variable in variables {
        let (name, from) = (text(&variable["name"]), &variable["valueFrom"]);
        if !from.is_object() {
            for (index, part) in text(&variable["value"]).split('\n').enumerate() {
                let title = if index == 0 {
                    format!("{name}:")
                } else {
                    String::new()
                };
                line!(page, 3, "{title}\t{part}");
            }
        } else if from["fieldRef"].is_object() {
            let path = text(&from["fieldRef"]["fieldPath"]);
            line!(
                page,
                3,
                "{name}:\t{} ({}:{path})",
                field_value(pod, &path),
                text(&from["fieldRef"]["apiVersion"])
            );
        } else if from["resourceFieldRef"].is_object() {
            let resource = text(&from["resourceFieldRef"]["resource"]);
            line!(
                page,
                3,
                "{name}:\t{} ({resource})",
                resource_value(container, &resource, &from["resourceFieldRef"]["divisor"])
            );
        } else if from["secretKeyRef"].is_object() {
            let key = &from["secretKeyRef"];
            line!(
                page,
                3,
                "{name}:\t<set to the key '{}' in secret '{}'>\tOptional: {}",
                text(&key["key"]),
                text(&key["name"]),
                key["optional"] == true
            );
        } else if from["configMapKeyRef"].is_object() {
            let key = &from["configMapKeyRef"];
            line!(
                page,
                3,
                "{name}:\t<set to the key '{}' of config map '{}'>\tOptional: {}",
                text(&key["key"]),
                text(&key["name"]),
                key["optional"] == true
            );
        }
    }
}

/// What the downward API gives for a field, as far as the page can know it.
fn field_value(pod: &Value, path: &str) -> String {
    if let Some((map, key)) = path
        .strip_suffix("']")
        .and_then(|path| path.split_once("['"))
    {
        return text(
            map.split('.')
                .fold(pod, |value, step| &value[step])
                .get(key)
                .unwrap_or(&Value::Null),
        );
    }
    text(path.split('.').fold(pod, |value, step| &value[step]))
}

fn resource_value(container: &Value, resource: &str, divisor: &Value) -> String {
    let (list, name) = resource.split_once('.').unwrap_or(("", resource));
    let is_known = matches!(list, "limits" | "requests")
        && (matches!(name, "cpu" | "memory" | "ephemeral-storage")
            || name.starts_with("hugepages-"));
    if !is_known {
        return String::new();
    }
    let Ok(quantity) = Quantity::from_value(&container["resources"][list][name]) else {
        return match resource {
            "limits.cpu" | "limits.memory" => "node allocatable".to_owned(),
            _ => "0".to_owned(),
        };
    };
    let unit = Quantity::from_value(divisor)
        .ok()
        .filter(|unit| !unit.is_zero());
    let (value, unit) = match name {
        "cpu" => (
            quantity.milli_value(),
            unit.map_or(1000, Quantity::milli_value),
        ),
        _ => (quantity.value(), unit.map_or(1, Quantity::value)),
    };
    // Rounded up, as the kubelet does.
    ((value + unit - 1) / unit.max(1)).to_string()
}

fn mounts(container: &Value, page: &mut Page) {
    let mut list: Vec<&Value> = items(&container["volumeMounts"]).iter().collect();
    let none = if list.is_empty() { "\t<none>" } else { "" };
    line!(page, 2, "Mounts:{none}");
    list.sort_by_key(|mount| text(&mount["mountPath"]));
    for mount in list {
        let mut flags = if mount["readOnly"] == true {
            "ro".to_owned()
        } else {
            "rw".to_owned()
        };
        if let Some(path) = mount["subPath"].as_str().filter(|path| !path.is_empty()) {
            flags.push_str(&format!(",path={}", knarr_api::quote::quote(path)));
        }
        line!(
            page,
            3,
            "{} from {} ({flags})",
            text(&mount["mountPath"]),
            text(&mount["name"])
        );
    }
    let mut devices: Vec<&Value> = items(&container["volumeDevices"]).iter().collect();
    devices.sort_by_key(|device| text(&device["devicePath"]));
    if !devices.is_empty() {
        // Upstream says so where there are no mounts.
        line!(page, 2, "Devices:{none}");
        for device in devices {
            line!(
                page,
                3,
                "{} from {}",
                text(&device["devicePath"]),
                text(&device["name"])
            );
        }
    }
}

/// Where pods are spread, one constraint a line.
pub fn topology(list: &Value, space: &str, page: &mut Page) {
    let mut constraints: Vec<&Value> = items(list).iter().collect();
    constraints.sort_by_key(|constraint| text(&constraint["topologyKey"]));
    for (index, constraint) in constraints.into_iter().enumerate() {
        let title = if index == 0 {
            format!("{space}Topology Spread Constraints:")
        } else {
            space.to_owned()
        };
        let selector = match constraint["labelSelector"].is_object() {
            true => format!(
                " for selector {}",
                super::page::selector(&constraint["labelSelector"])
            ),
            false => String::new(),
        };
        line!(
            page,
            0,
            "{title}\t{}:{} when max skew {} is exceeded{selector}",
            text(&constraint["topologyKey"]),
            text(&constraint["whenUnsatisfiable"]),
            text(&constraint["maxSkew"])
        );
    }
}

/// `node.kubernetes.io/not-ready:NoExecute op=Exists for 300s`
pub fn tolerations(list: &Value) -> Vec<String> {
    let mut list: Vec<&Value> = items(list).iter().collect();
    list.sort_by_key(|toleration| text(&toleration["key"]));
    list.into_iter()
        .map(|toleration| {
            let mut line = text(&toleration["key"]);
            if let Some(value) = toleration["value"]
                .as_str()
                .filter(|value| !value.is_empty())
            {
                line.push_str(&format!("={value}"));
            }
            if let Some(effect) = toleration["effect"]
                .as_str()
                .filter(|effect| !effect.is_empty())
            {
                line.push_str(&format!(":{effect}"));
            }
            if toleration["operator"] == "Exists" && text(&toleration["value"]).is_empty() {
                match text(&toleration["key"]).is_empty() && text(&toleration["effect"]).is_empty()
                {
                    true => line.push_str("op=Exists"),
                    false => line.push_str(" op=Exists"),
                }
            }
            if let Some(seconds) = toleration["tolerationSeconds"].as_i64() {
                line.push_str(&format!(" for {seconds}s"));
            }
            line
        })
        .collect()
}

/// The node selector and tolerations of a pod.
pub fn placement(spec: &Value, page: &mut Page) {
    page.map("Node-Selectors", &spec["nodeSelector"], "=");
    page.list("Tolerations", &tolerations(&spec["tolerations"]));
    topology(&spec["topologySpreadConstraints"], "", page);
    scheduling_group(spec, "", page);
}
