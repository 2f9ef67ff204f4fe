//! Nodes: what they offer, what runs on them and how much of them is taken.

use super::{
    Context, events,
    page::{Page, age, items, line, text, time},
};
use crate::{client::Request, error::Result, resource};
use knarr_api::{
    meta,
    quantity::{Format, Quantity},
    quota::{self, Amounts},
};
use serde_json::Value;
use std::collections::BTreeMap;

pub async fn node(context: &Context<'_>, page: &mut Page) -> Result<()> {
    let (object, spec, status) = (context.object(), context.spec(), context.status());
    page.field(0, "Name", meta::name(object));
    page.field(0, "Roles", roles(object));
    page.labels(object);
    page.annotations(object);
    page.field(
        0,
        "CreationTimestamp",
        time(&object["metadata"]["creationTimestamp"]),
    );
    page.list("Taints", &taints(spec));
    page.field(0, "Unschedulable", spec["unschedulable"] == true);
    lease(context, page).await;
    conditions(status, page);
    line!(page, 0, "Addresses:");
    for address in items(&status["addresses"]) {
        page.field(1, &text(&address["type"]), text(&address["address"]));
    }
    quantities("Capacity", &status["capacity"], page);
    quantities("Allocatable", &status["allocatable"], page);
    resource_slices(context, page).await?;
    system_info(status, page);
    if !text(&spec["podCIDR"]).is_empty() {
        page.field(0, "PodCIDR", text(&spec["podCIDR"]));
    }
    if !items(&spec["podCIDRs"]).is_empty() {
        page.field(0, "PodCIDRs", super::page::joined(&spec["podCIDRs"], ","));
    }
    if !text(&spec["providerID"]).is_empty() {
        page.field(0, "ProviderID", text(&spec["providerID"]));
    }
    let selector = format!(
        "spec.nodeName={},status.phase!=Succeeded,status.phase!=Failed",
        context.info.name
    );
    let request = Request::get("/api/v1/pods")
        .typed()
        .query("fieldSelector", selector);
    match resource::list(context.session.client()?, request, 500).await {
        Ok(list) => pods(items(&list["items"]), status, page),
        Err(_) => line!(page, 0, "Pods:\tnot authorized"),
    }
    events::write(context, page).await
}

fn roles(node: &Value) -> String {
    let mut roles: Vec<String> = meta::labels(node)
        .into_iter()
        .flatten()
        .filter_map(
            |(key, value)| match key.strip_prefix("node-role.kubernetes.io/") {
                Some(role) if !role.is_empty() => Some(role.to_owned()),
                _ if key == "kubernetes.io/role" => value.as_str().map(str::to_owned),
                _ => None,
            },
        )
        .collect();
    roles.sort();
    if roles.is_empty() {
        "<none>".to_owned()
    } else {
        roles.join(",")
    }
}

fn taints(spec: &Value) -> Vec<String> {
    let mut taints: Vec<&Value> = items(&spec["taints"]).iter().collect();
    taints.sort_by_key(|taint| format!("{},{}", text(&taint["effect"]), text(&taint["key"])));
    taints
        .into_iter()
        .map(|taint| match text(&taint["value"]).as_str() {
            "" => format!("{}:{}", text(&taint["key"]), text(&taint["effect"])),
            value => format!("{}={value}:{}", text(&taint["key"]), text(&taint["effect"])),
        })
        .collect()
}

async fn lease(context: &Context<'_>, page: &mut Page) {
    let path = format!(
        "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/{}",
        context.info.name
    );
    let Ok(client) = context.session.client() else {
        return;
    };
    let lease = match client.send(Request::get(path).typed()).await {
        Ok(lease) => lease,
        Err(error) => return page.field(0, "Lease", format!("Failed to get lease: {error}")),
    };
    line!(page, 0, "Lease:");
    let spec = &lease["spec"];
    let moment = |value: &Value| match value.is_string() {
        true => time(value),
        false => "<unset>".to_owned(),
    };
    let holder = spec["holderIdentity"].as_str();
    page.field(1, "HolderIdentity", holder.unwrap_or("<unset>"));
    page.field(1, "AcquireTime", moment(&spec["acquireTime"]));
    page.field(1, "RenewTime", moment(&spec["renewTime"]));
}

fn conditions(status: &Value, page: &mut Page) {
    if items(&status["conditions"]).is_empty() {
        return;
    }
    line!(
        page,
        0,
        "Conditions:\n  Type\tStatus\tLastHeartbeatTime\tLastTransitionTime\tReason\tMessage"
    );
    line!(
        page,
        1,
        "----\t------\t-----------------\t------------------\t------\t-------"
    );
    for condition in items(&status["conditions"]) {
        let field = |field: &str| text(&condition[field]);
        line!(
            page,
            1,
            "{} \t{} \t{} \t{} \t{} \t{}",
            field("type"),
            field("status"),
            time(&condition["lastHeartbeatTime"]),
            time(&condition["lastTransitionTime"]),
            field("reason"),
            field("message")
        );
    }
}

fn quantities(title: &str, list: &Value, page: &mut Page) {
    let Some(map) = list.as_object().filter(|map| !map.is_empty()) else {
        return;
    };
    line!(page, 0, "{title}:");
    let mut pairs: Vec<(&String, &Value)> = map.iter().collect();
    pairs.sort_by_key(|(name, _)| *name);
    for (name, quantity) in pairs {
        page.field(1, name, text(quantity));
    }
}

/// What drivers offer on this node alone, summed up for each of their pools (KEP-4381).
async fn resource_slices(context: &Context<'_>, page: &mut Page) -> Result<()> {
    let request = Request::get("/apis/resource.k8s.io/v1/resourceslices")
        .typed()
        .query(
            "fieldSelector",
            format!("spec.nodeName={}", context.info.name),
        );
    let Ok(list) = context.session.client()?.send(request).await else {
        return Ok(());
    };
    let mut pools: BTreeMap<(String, String), (usize, usize)> = BTreeMap::new();
    for slice in items(&list["items"]) {
        let spec = &slice["spec"];
        let pool = (text(&spec["driver"]), text(&spec["pool"]["name"]));
        let (slices, devices) = pools.entry(pool).or_default();
        *slices += 1;
        *devices += items(&spec["devices"]).len();
    }
    if pools.is_empty() {
        return Ok(());
    }
    line!(page, 0, "Node-Local ResourceSlices:");
    line!(page, 1, "Driver\tPool\tSlices\tDevices");
    line!(page, 1, "------\t----\t------\t-------");
    for ((driver, pool), (slices, devices)) in pools {
        line!(page, 1, "{driver}\t{pool}\t{slices}\t{devices}");
    }
    Ok(())
}

fn system_info(status: &Value, page: &mut Page) {
    let info = &status["nodeInfo"];
    line!(page, 0, "System Info:");
    for (title, field) in [
        ("Machine ID", "machineID"),
        ("System UUID", "systemUUID"),
        ("Boot ID", "bootID"),
        ("Kernel Version", "kernelVersion"),
        ("OS Image", "osImage"),
        ("Operating System", "operatingSystem"),
        ("Architecture", "architecture"),
        ("Container Runtime Version", "containerRuntimeVersion"),
        ("Kubelet Version", "kubeletVersion"),
    ] {
        page.field(1, title, text(&info[field]));
    }
}

/// `100m (5%)`
fn share(total: &Amounts, name: &str, allocatable: &Value) -> String {
    let zero = Quantity::from_units(0, Format::DecimalSi);
    let used = total.get(name).copied().unwrap_or(zero);
    let all = Quantity::from_value(&allocatable[name]).unwrap_or(zero);
    let percent = match (name, all.is_zero()) {
        (_, true) => 0,
        ("cpu", _) => used.milli_value() * 100 / all.milli_value().max(1),
        _ => percent_of(used.value(), all.value()),
    };
    format!("{used} ({percent}%)")
}

fn percent_of(used: i64, all: i64) -> i64 {
    i64::try_from(i128::from(used) * 100 / i128::from(all.max(1))).unwrap_or(0)
}

fn pods(pods: &[Value], status: &Value, page: &mut Page) {
    let allocatable = match status["allocatable"]
        .as_object()
        .is_some_and(|map| !map.is_empty())
    {
        true => &status["allocatable"],
        false => &status["capacity"],
    };
    page.field(
        0,
        "Non-terminated Pods",
        format!("({} in total)", pods.len()),
    );
    line!(
        page,
        1,
        "Namespace\tName\t\tCPU Requests\tCPU Limits\tMemory Requests\tMemory Limits\tAge"
    );
    line!(
        page,
        1,
        "---------\t----\t\t------------\t----------\t---------------\t-------------\t---"
    );
    let (mut requests, mut limits) = (Amounts::new(), Amounts::new());
    for pod in pods {
        let (asked, capped) = (quota::pod::requests(pod), quota::pod::limits(pod));
        line!(
            page,
            1,
            "{}\t{}\t\t{}\t{}\t{}\t{}\t{}",
            meta::namespace(pod),
            meta::name(pod),
            share(&asked, "cpu", allocatable),
            share(&capped, "cpu", allocatable),
            share(&asked, "memory", allocatable),
            share(&capped, "memory", allocatable),
            age(&pod["metadata"]["creationTimestamp"])
        );
        quota::add(&mut requests, &asked);
        quota::add(&mut limits, &capped);
    }
    line!(
        page,
        0,
        "Allocated resources:\n  (Total limits may be over 100 percent, i.e., overcommitted.)"
    );
    line!(page, 1, "Resource\tRequests\tLimits");
    line!(page, 1, "--------\t--------\t------");
    allocated(&requests, &limits, allocatable, page);
}

/// What the pods ask for and may have, of each resource of the node: the standard ones and huge pages with their share.
fn allocated(requests: &Amounts, limits: &Amounts, allocatable: &Value, page: &mut Page) {
    let standard = ["cpu", "memory", "ephemeral-storage"];
    let offered = allocatable.as_object().into_iter().flatten();
    let mut offered: Vec<&str> = offered.map(|(name, _)| name.as_str()).collect();
    offered.sort_unstable();
    offered.retain(|name| !standard.contains(name) && *name != "pods");
    let (huge_pages, extended): (Vec<&str>, Vec<&str>) = offered
        .into_iter()
        .partition(|name| name.starts_with("hugepages-"));
    for name in standard.into_iter().chain(huge_pages) {
        line!(
            page,
            1,
            "{name}\t{}\t{}",
            share(requests, name, allocatable),
            share(limits, name, allocatable)
        );
    }
    for name in extended {
        let used = |total: &Amounts| {
            total
                .get(name)
                .map_or_else(|| "0".to_owned(), ToString::to_string)
        };
        line!(page, 1, "{name}\t{}\t{}", used(requests), used(limits));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn huge_pages_have_a_share_and_extended_resources_have_none() {
        let mut page = Page::default();
        let two = Quantity::from_units(2, Format::DecimalSi);
        let limits = BTreeMap::from([("example.com/gpu".to_owned(), two)]);
        let offered = json!({"example.com/gpu": "4", "hugepages-2Mi": "0", "pods": "110"});
        allocated(&BTreeMap::new(), &limits, &offered, &mut page);
        let page = page.into_text();
        let rest = page.split_once("ephemeral-storage").map(|(_, rest)| rest);
        assert_eq!(
            rest,
            Some("\t0 (0%)\t0 (0%)\n  hugepages-2Mi\t0 (0%)\t0 (0%)\n  example.com/gpu\t0\t2\n")
        );
    }
}
