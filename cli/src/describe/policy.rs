//! What limits others: limit ranges, quotas, disruption budgets and network policies.

use super::{
    Context, events,
    page::{Page, items, joined, line, number, selector, text},
};
use crate::error::Result;
use knarr_api::meta;
use serde_json::Value;

/// The columns of a limit range, in the order of the page.
const LIMITS: [&str; 5] = [
    "min",
    "max",
    "defaultRequest",
    "default",
    "maxLimitRequestRatio",
];

pub async fn limit_range(context: &Context<'_>, page: &mut Page) -> Result<()> {
    page.field(0, "Name", &context.info.name);
    page.field(0, "Namespace", &context.info.namespace);
    limits(context.object(), "", page);
    Ok(())
}

/// The table of a limit range.
pub fn limits(range: &Value, indent: &str, page: &mut Page) {
    limits_head(indent, page);
    limits_rows(range, indent, page);
}

/// The titles of the table of limit ranges.
pub fn limits_head(indent: &str, page: &mut Page) {
    line!(
        page,
        0,
        "{indent}Type\tResource\tMin\tMax\tDefault Request\tDefault Limit\tMax Limit/Request Ratio"
    );
    line!(
        page,
        0,
        "{indent}----\t--------\t---\t---\t---------------\t-------------\t-----------------------"
    );
}

/// The rows of one limit range, a row for each resource.
pub fn limits_rows(range: &Value, indent: &str, page: &mut Page) {
    for limit in items(&range["spec"]["limits"]) {
        let mut names: Vec<&String> = LIMITS
            .iter()
            .flat_map(|column| limit[*column].as_object().into_iter().flatten())
            .map(|(name, _)| name)
            .collect();
        names.sort();
        names.dedup();
        for name in names {
            let cell = |column: &&str| {
                limit[*column]
                    .get(name)
                    .map_or_else(|| "-".to_owned(), text)
            };
            let cells: Vec<String> = LIMITS.iter().map(cell).collect();
            let kind = text(&limit["type"]);
            line!(page, 0, "{indent}{kind}\t{name}\t{}", cells.join("\t"));
        }
    }
}

pub async fn quota(context: &Context<'_>, page: &mut Page) -> Result<()> {
    page.field(0, "Name", &context.info.name);
    page.field(0, "Namespace", &context.info.namespace);
    scopes(context.object(), (0, " * "), page);
    line!(page, 0, "Resource\tUsed\tHard");
    line!(page, 0, "--------\t----\t----");
    quota_rows(context.object(), 0, page);
    Ok(())
}

/// The scopes of a quota and what they mean; `form` is the level and what stands before the meaning.
pub fn scopes(quota: &Value, form: (usize, &str), page: &mut Page) {
    let mut scopes: Vec<String> = items(&quota["spec"]["scopes"]).iter().map(text).collect();
    if scopes.is_empty() {
        return;
    }
    scopes.sort();
    let (level, mark) = form;
    page.field(level, "Scopes", scopes.join(", "));
    for meaning in scopes.iter().filter_map(|scope| scope_meaning(scope)) {
        line!(page, level, "{mark}{meaning}");
    }
}

fn scope_meaning(scope: &str) -> Option<&'static str> {
    Some(match scope {
        "Terminating" => {
            "Matches all pods that have an active deadline. These pods have a limited lifespan on a node before being \
             actively terminated by the system."
        }
        "NotTerminating" => {
            "Matches all pods that do not have an active deadline. These pods usually include long running pods whose \
             container command is not expected to terminate."
        }
        "BestEffort" => {
            "Matches all pods that do not have resource requirements set. These pods have a best effort quality of \
             service."
        }
        "NotBestEffort" => {
            "Matches all pods that have at least one resource requirement set. These pods have a burstable or guaranteed \
             quality of service."
        }
        _ => return None,
    })
}

/// What of each resource of a quota is used.
pub fn quota_rows(quota: &Value, level: usize, page: &mut Page) {
    let status = &quota["status"];
    let mut hard: Vec<(&String, &Value)> =
        status["hard"].as_object().into_iter().flatten().collect();
    hard.sort_by_key(|(name, _)| *name);
    for (name, hard) in hard {
        let used = status["used"]
            .get(name)
            .map_or_else(|| "0".to_owned(), text);
        line!(page, level, "{name}\t{used}\t{}", text(hard));
    }
}

pub async fn disruption_budget(context: &Context<'_>, page: &mut Page) -> Result<()> {
    let (spec, status) = (context.spec(), context.status());
    page.field(0, "Name", &context.info.name);
    page.field(0, "Namespace", &context.info.namespace);
    if !spec["minAvailable"].is_null() {
        page.field(0, "Min available", text(&spec["minAvailable"]));
    } else if !spec["maxUnavailable"].is_null() {
        page.field(0, "Max unavailable", text(&spec["maxUnavailable"]));
    }
    match spec["selector"].is_null() {
        true => page.field(0, "Selector", "<unset>"),
        false => page.field(0, "Selector", selector(&spec["selector"])),
    }
    line!(page, 0, "Status:");
    for (title, field) in [
        ("Allowed disruptions", "disruptionsAllowed"),
        ("Current", "currentHealthy"),
        ("Desired", "desiredHealthy"),
        ("Total", "expectedPods"),
    ] {
        page.field(2, title, number(&status[field]));
    }
    events::write(context, page).await
}

pub async fn network_policy(context: &Context<'_>, page: &mut Page) -> Result<()> {
    let (object, spec) = (context.object(), context.spec());
    page.field(0, "Name", &context.info.name);
    page.field(0, "Namespace", &context.info.namespace);
    let created = meta::creation_timestamp(object).replace('T', " ");
    page.field(
        0,
        "Created on",
        format!("{} +0000 UTC", created.trim_end_matches('Z')),
    );
    page.labels(object);
    page.annotations(object);
    line!(page, 0, "Spec:");
    let pods = match &spec["podSelector"] {
        all if selects_all(all) => {
            "<none> (Allowing the specific traffic to all pods in this namespace)".to_owned()
        }
        some => selector(some),
    };
    line!(page, 1, "PodSelector:     {pods}");
    let types: Vec<String> = items(&spec["policyTypes"]).iter().map(text).collect();
    for direction in [&INGRESS, &EGRESS] {
        match types.iter().any(|one| one == direction.kind) {
            true => {
                line!(page, 1, "Allowing {} traffic:", direction.name);
                rules(items(&spec[direction.name]), direction, page);
            }
            false => line!(page, 1, "Not affecting {} traffic", direction.name),
        }
    }
    let types = match types.is_empty() {
        true => "<none>".to_owned(),
        false => types.join(", "),
    };
    line!(page, 1, "Policy Types: {types}");
    Ok(())
}

/// One direction of traffic, and its words.
struct Direction {
    kind: &'static str,
    name: &'static str,
    field: &'static str,
    peers: &'static str,
    unrestricted: &'static str,
}

const INGRESS: Direction = Direction {
    kind: "Ingress",
    name: "ingress",
    field: "from",
    peers: "From",
    unrestricted: "source",
};
const EGRESS: Direction = Direction {
    kind: "Egress",
    name: "egress",
    field: "to",
    peers: "To",
    unrestricted: "destination",
};

fn selects_all(selector: &Value) -> bool {
    let empty = |field: &str| match &selector[field] {
        Value::Object(fields) => fields.is_empty(),
        Value::Array(items) => items.is_empty(),
        _ => true,
    };
    empty("matchLabels") && empty("matchExpressions")
}

fn rules(rules: &[Value], direction: &Direction, page: &mut Page) {
    if rules.is_empty() {
        let name = direction.name;
        return line!(
            page,
            2,
            "<none> (Selected pods are isolated for {name} connectivity)"
        );
    }
    for (index, rule) in rules.iter().enumerate() {
        if index > 0 {
            line!(page, 2, "----------");
        }
        ports(items(&rule["ports"]), page);
        let peers = items(&rule[direction.field]);
        if peers.is_empty() {
            let (title, what) = (direction.peers, direction.unrestricted);
            line!(page, 2, "{title}: <any> (traffic not restricted by {what})");
        }
        for peer in peers {
            line!(page, 2, "{}:", direction.peers);
            let mut selects = false;
            for (title, field) in [
                ("NamespaceSelector", "namespaceSelector"),
                ("PodSelector", "podSelector"),
            ] {
                if peer[field].is_object() {
                    selects = true;
                    line!(page, 3, "{title}: {}", selector(&peer[field]));
                }
            }
            if !selects && peer["ipBlock"].is_object() {
                line!(page, 3, "IPBlock:");
                line!(page, 4, "CIDR: {}", text(&peer["ipBlock"]["cidr"]));
                line!(
                    page,
                    4,
                    "Except: {}",
                    joined(&peer["ipBlock"]["except"], ", ")
                );
            }
        }
    }
}

fn ports(ports: &[Value], page: &mut Page) {
    if ports.is_empty() {
        return line!(page, 2, "To Port: <any> (traffic allowed to all ports)");
    }
    for port in ports {
        let protocol = port["protocol"].as_str().unwrap_or("TCP");
        let first = match &port["port"] {
            Value::Null => "<nil>".to_owned(),
            port => text(port),
        };
        match port["endPort"].as_i64() {
            Some(last) => line!(page, 2, "To Port Range: {first}-{last}/{protocol}"),
            None => line!(page, 2, "To Port: {first}/{protocol}"),
        }
    }
}
