//! Namespaces, service accounts, config maps, secrets, roles and their bindings.

use super::{
    Context, events,
    page::{Page, items, line, or_none, text, time},
    policy,
};
use crate::{client::Request, error::Result};
use base64::{Engine, engine::general_purpose::STANDARD};
use knarr_api::meta;
use serde_json::Value;

fn head(context: &Context<'_>, page: &mut Page) {
    let object = context.object();
    page.field(0, "Name", meta::name(object));
    if !context.info.namespace.is_empty() {
        page.field(0, "Namespace", &context.info.namespace);
    }
    page.labels(object);
    page.annotations(object);
}

pub async fn namespace(context: &Context<'_>, page: &mut Page) -> Result<()> {
    head(context, page);
    page.field(0, "Status", text(&context.status()["phase"]));
    let conditions = items(&context.status()["conditions"]);
    if !conditions.is_empty() {
        line!(page, 0, "Conditions:");
        line!(page, 1, "Type\tStatus\tLastTransitionTime\tReason\tMessage");
        line!(page, 1, "----\t------\t------------------\t------\t-------");
        for condition in conditions {
            let field = |field: &str| text(&condition[field]);
            line!(
                page,
                1,
                "{}\t{}\t{}\t{}\t{}",
                field("type"),
                field("status"),
                time(&condition["lastTransitionTime"]),
                field("reason"),
                field("message")
            );
        }
    }
    let client = context.session.client()?;
    let base = format!("/api/v1/namespaces/{}", context.info.name);
    if let Ok(quotas) = client
        .send(
            Request::get(format!("{base}/resourcequotas"))
                .typed()
                .query("limit", "500"),
        )
        .await
    {
        line!(page, 0, "");
        resource_quotas(items(&quotas["items"]), page);
    }
    if let Ok(ranges) = client
        .send(
            Request::get(format!("{base}/limitranges"))
                .typed()
                .query("limit", "500"),
        )
        .await
    {
        line!(page, 0, "");
        limit_ranges(items(&ranges["items"]), page);
    }
    Ok(())
}

fn resource_quotas(quotas: &[Value], page: &mut Page) {
    if quotas.is_empty() {
        return line!(page, 0, "No resource quota.");
    }
    line!(page, 0, "Resource Quotas");
    for quota in quotas {
        page.field(1, "Name", meta::name(quota));
        policy::scopes(quota, (1, "* "), page);
        line!(page, 1, "Resource\tUsed\tHard");
        line!(page, 1, "--------\t---\t---");
        policy::quota_rows(quota, 1, page);
    }
}

fn limit_ranges(ranges: &[Value], page: &mut Page) {
    if ranges.is_empty() {
        return line!(page, 0, "No LimitRange resource.");
    }
    line!(page, 0, "Resource Limits");
    policy::limits_head(" ", page);
    for range in ranges {
        policy::limits_rows(range, " ", page);
    }
}

pub async fn service_account(context: &Context<'_>, page: &mut Page) -> Result<()> {
    head(context, page);
    let secrets = items(&context.object()["imagePullSecrets"]).iter();
    let names: Vec<String> = secrets.map(|secret| text(&secret["name"])).collect();
    page.list("Image pull secrets", &names);
    events::write(context, page).await
}

pub async fn config_map(context: &Context<'_>, page: &mut Page) -> Result<()> {
    head(context, page);
    let object = context.object();
    line!(page, 0, "\nData\n====");
    let mut data: Vec<(&String, &Value)> =
        object["data"].as_object().into_iter().flatten().collect();
    data.sort_by_key(|(key, _)| *key);
    for (key, value) in data {
        line!(page, 0, "{key}:\n----\n{}\n", text(value));
    }
    line!(page, 0, "\nBinaryData\n====");
    let mut binary: Vec<(&String, &Value)> = object["binaryData"]
        .as_object()
        .into_iter()
        .flatten()
        .collect();
    binary.sort_by_key(|(key, _)| *key);
    for (key, value) in binary {
        line!(page, 0, "{key}: {} bytes", decoded_length(value));
    }
    line!(page, 0, "");
    events::write(context, page).await
}

fn decoded_length(value: &Value) -> usize {
    STANDARD.decode(text(value)).map_or(0, |bytes| bytes.len())
}

pub async fn secret(context: &Context<'_>, page: &mut Page) -> Result<()> {
    head(context, page);
    let object = context.object();
    line!(page, 0, "\nType:\t{}", text(&object["type"]));
    line!(page, 0, "\nData\n====");
    let is_token = object["type"] == "kubernetes.io/service-account-token";
    let mut data: Vec<(&String, &Value)> =
        object["data"].as_object().into_iter().flatten().collect();
    data.sort_by_key(|(key, _)| *key);
    for (key, value) in data {
        match key.as_str() {
            "token" if is_token => {
                let token = STANDARD.decode(text(value)).unwrap_or_default();
                line!(page, 0, "{key}:\t{}", String::from_utf8_lossy(&token));
            }
            key => line!(page, 0, "{key}:\t{} bytes", decoded_length(value)),
        }
    }
    Ok(())
}

pub async fn role(context: &Context<'_>, page: &mut Page) -> Result<()> {
    let object = context.object();
    page.field(0, "Name", meta::name(object));
    page.labels(object);
    page.annotations(object);
    line!(page, 0, "PolicyRule:");
    line!(
        page,
        1,
        "Resources\tNon-Resource URLs\tResource Names\tVerbs"
    );
    line!(
        page,
        1,
        "---------\t-----------------\t--------------\t-----"
    );
    let rows = rule_rows(items(&object["rules"]));
    rows.iter().for_each(|row| page.line(1, row));
    Ok(())
}

/// A rule for one resource of one group, or for URLs.
struct Rule {
    group: String,
    resource: String,
    urls: String,
    names: String,
    verbs: Vec<String>,
}

impl Rule {
    /// Go sorts the rules by their text.
    fn key(&self) -> String {
        format!(
            "Verbs:[{}],APIGroups:[{}],Resources:[{}],ResourceNames:[{}],NonResourceURLs:[{}],",
            self.verbs.join(" "),
            self.group,
            self.resource,
            self.names,
            self.urls
        )
    }

    fn row(&self) -> String {
        let dot = if self.group.is_empty() { "" } else { "." };
        let (resource, subresource) = match self.resource.split_once('/') {
            Some((resource, subresource)) => (resource, format!("/{subresource}")),
            None => (self.resource.as_str(), String::new()),
        };
        format!(
            "{resource}{dot}{}{subresource}\t[{}]\t[{}]\t[{}]",
            self.group,
            self.urls,
            self.names,
            self.verbs.join(" ")
        )
    }
}

/// One row for each resource, with all that the rules together allow on it.
pub fn rule_rows(rules: &[Value]) -> Vec<String> {
    let mut found: Vec<Rule> = Vec::new();
    for rule in rules {
        let verbs: Vec<String> = items(&rule["verbs"]).iter().map(text).collect();
        for url in items(&rule["nonResourceURLs"]) {
            let (group, resource, names) = (String::new(), String::new(), String::new());
            let verbs = verbs.clone();
            found.push(Rule {
                group,
                resource,
                urls: text(url),
                names,
                verbs,
            });
        }
        let names: Vec<String> = match items(&rule["resourceNames"]) {
            [] => vec![String::new()],
            names => names.iter().map(text).collect(),
        };
        for (group, resource) in items(&rule["apiGroups"]).iter().flat_map(|group| {
            items(&rule["resources"])
                .iter()
                .map(move |resource| (group, resource))
        }) {
            let (group, resource) = (text(group), text(resource));
            for name in &names {
                let same = found.iter_mut().find(|known| {
                    known.group == group
                        && known.resource == resource
                        && known.names == *name
                        && known.urls.is_empty()
                });
                match same {
                    Some(known) => {
                        let new: Vec<String> = verbs
                            .iter()
                            .filter(|verb| !known.verbs.contains(verb))
                            .cloned()
                            .collect();
                        known.verbs.extend(new);
                    }
                    None => found.push(Rule {
                        group: group.clone(),
                        resource: resource.clone(),
                        urls: String::new(),
                        names: name.clone(),
                        verbs: verbs.clone(),
                    }),
                }
            }
        }
    }
    found.sort_by_key(Rule::key);
    found.iter().map(Rule::row).collect()
}

pub async fn priority_class(context: &Context<'_>, page: &mut Page) -> Result<()> {
    let object = context.object();
    page.field(0, "Name", meta::name(object));
    page.field(0, "Value", text(&object["value"]));
    page.field(0, "GlobalDefault", object["globalDefault"] == true);
    page.field(0, "PreemptionPolicy", text(&object["preemptionPolicy"]));
    page.field(0, "Description", text(&object["description"]));
    page.map("Annotations", &object["metadata"]["annotations"], "=");
    events::write(context, page).await
}

pub async fn role_binding(context: &Context<'_>, page: &mut Page) -> Result<()> {
    let object = context.object();
    page.field(0, "Name", meta::name(object));
    page.labels(object);
    page.annotations(object);
    line!(page, 0, "Role:");
    page.field(1, "Kind", text(&object["roleRef"]["kind"]));
    page.field(1, "Name", text(&object["roleRef"]["name"]));
    line!(page, 0, "Subjects:");
    line!(page, 1, "Kind\tName\tNamespace");
    line!(page, 1, "----\t----\t---------");
    for subject in items(&object["subjects"]) {
        line!(
            page,
            1,
            "{}\t{}\t{}",
            text(&subject["kind"]),
            or_none(&subject["name"]).replace("<none>", ""),
            text(&subject["namespace"])
        );
    }
    Ok(())
}
