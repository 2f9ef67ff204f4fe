//! Deployments, replica sets, daemon sets, stateful sets, jobs and cron jobs.

use super::{
    Context, events,
    page::{
        Page, controller, items, line, map_selector, number, or_none, or_unset, selector, text,
        time,
    },
    pod_spec,
};
use crate::{client::Request, error::Result, resource};
use jiff::{SignedDuration, Timestamp};
use knarr_api::{duration, meta, selector::Selector};
use serde_json::Value;

/// The objects of a resource that the described one manages.
async fn owned(context: &Context<'_>, word: &str) -> Result<Vec<Value>> {
    let mapping = context.session.mapper()?.resource(word).await?;
    let selector = &context.spec()["selector"];
    let wanted = match context.info.mapping.kind.as_str() {
        "ReplicationController" => map_selector(selector),
        _ => Selector::from_label_selector(selector)
            .map(|selector| selector.to_string())
            .unwrap_or_default(),
    };
    let request = Request::get(mapping.path(&context.info.namespace, ""))
        .typed()
        .query("labelSelector", wanted);
    let list = resource::list(context.session.client()?, request, 500).await?;
    let uid = meta::uid(context.object());
    Ok(resource::flatten(list)
        .into_iter()
        .filter(|object| meta::controller_of(object).is_some_and(|owner| owner["uid"] == uid))
        .collect())
}

/// `1 Running / 0 Waiting / 0 Succeeded / 0 Failed`
async fn pods_status(context: &Context<'_>, page: &mut Page) {
    match owned(context, "pods").await {
        Err(error) => page.field(0, "Pods Status", format!("error in fetching pods: {error}")),
        Ok(pods) => {
            let count = |phase: &str| {
                pods.iter()
                    .filter(|pod| pod["status"]["phase"] == phase)
                    .count()
            };
            page.field(
                0,
                "Pods Status",
                format!(
                    "{} Running / {} Waiting / {} Succeeded / {} Failed",
                    count("Running"),
                    count("Pending"),
                    count("Succeeded"),
                    count("Failed")
                ),
            );
        }
    }
}

fn conditions(status: &Value, page: &mut Page) {
    let conditions = items(&status["conditions"]);
    if conditions.is_empty() {
        return;
    }
    line!(page, 0, "Conditions:\n  Type\tStatus\tReason");
    line!(page, 1, "----\t------\t------");
    for condition in conditions {
        line!(
            page,
            1,
            "{} \t{}\t{}",
            text(&condition["type"]),
            text(&condition["status"]),
            text(&condition["reason"])
        );
    }
}

pub async fn deployment(context: &Context<'_>, page: &mut Page) -> Result<()> {
    let (object, spec, status) = (context.object(), context.spec(), context.status());
    page.field(0, "Name", meta::name(object));
    page.field(0, "Namespace", meta::namespace(object));
    page.field(
        0,
        "CreationTimestamp",
        time(&object["metadata"]["creationTimestamp"]),
    );
    page.labels(object);
    page.annotations(object);
    page.field(0, "Selector", selector(&spec["selector"]));
    page.field(
        0,
        "Replicas",
        format!(
            "{} desired | {} updated | {} total | {} available | {} unavailable",
            number(&spec["replicas"]),
            number(&status["updatedReplicas"]),
            number(&status["replicas"]),
            number(&status["availableReplicas"]),
            number(&status["unavailableReplicas"])
        ),
    );
    page.field(0, "StrategyType", text(&spec["strategy"]["type"]));
    page.field(0, "MinReadySeconds", number(&spec["minReadySeconds"]));
    let rolling = &spec["strategy"]["rollingUpdate"];
    if rolling.is_object() {
        page.field(
            0,
            "RollingUpdateStrategy",
            format!(
                "{} max unavailable, {} max surge",
                text(&rolling["maxUnavailable"]),
                text(&rolling["maxSurge"])
            ),
        );
    }
    pod_spec::template(&spec["template"], page);
    conditions(status, page);
    if let Ok(sets) = owned(context, "replicasets").await
        && !sets.is_empty()
    {
        replica_sets(object, sets, page);
    }
    events::write(context, page).await
}

/// The replica sets of older templates, and the one of the current template.
fn replica_sets(deployment: &Value, mut sets: Vec<Value>, page: &mut Page) {
    sets.sort_by_key(|set| meta::creation_timestamp(set).to_owned());
    let current = sets
        .iter()
        .position(|set| same_template(&set["spec"]["template"], &deployment["spec"]["template"]));
    let describe = |set: &Value| {
        format!(
            "{} ({}/{} replicas created)",
            meta::name(set),
            number(&set["status"]["replicas"]),
            number(&set["spec"]["replicas"])
        )
    };
    let old: Vec<String> = sets
        .iter()
        .enumerate()
        .filter(|(index, _)| Some(*index) != current)
        .map(|(_, set)| describe(set))
        .collect();
    page.field(
        0,
        "OldReplicaSets",
        if old.is_empty() {
            "<none>".to_owned()
        } else {
            old.join(", ")
        },
    );
    page.field(
        0,
        "NewReplicaSet",
        current.map_or_else(|| "<none>".to_owned(), |index| describe(&sets[index])),
    );
}

fn same_template(left: &Value, right: &Value) -> bool {
    let bare = |template: &Value| {
        let mut template = template.clone();
        if let Some(labels) = template["metadata"]["labels"].as_object_mut() {
            labels.shift_remove("pod-template-hash");
        }
        if template["metadata"].is_object() {
            meta::remove(&mut template, "creationTimestamp");
        }
        template
    };
    bare(left) == bare(right)
}

pub async fn replica_set(context: &Context<'_>, page: &mut Page) -> Result<()> {
    let wanted = selector(&context.spec()["selector"]);
    replicated(context, page, wanted).await
}

pub async fn replication_controller(context: &Context<'_>, page: &mut Page) -> Result<()> {
    let wanted = map_selector(&context.spec()["selector"]);
    replicated(context, page, wanted).await
}

async fn replicated(context: &Context<'_>, page: &mut Page, wanted: String) -> Result<()> {
    let (object, spec, status) = (context.object(), context.spec(), context.status());
    page.field(0, "Name", meta::name(object));
    page.field(0, "Namespace", meta::namespace(object));
    page.field(0, "Selector", wanted);
    page.labels(object);
    page.annotations(object);
    // Upstream does not say whose a replication controller is.
    if let Some(owner) = controller(object).filter(|_| context.info.mapping.group == "apps") {
        page.field(0, "Controlled By", owner);
    }
    page.field(
        0,
        "Replicas",
        format!(
            "{} current / {} desired",
            number(&status["replicas"]),
            number(&spec["replicas"])
        ),
    );
    pods_status(context, page).await;
    pod_spec::template(&spec["template"], page);
    conditions(status, page);
    events::write(context, page).await
}

pub async fn daemon_set(context: &Context<'_>, page: &mut Page) -> Result<()> {
    let (object, spec, status) = (context.object(), context.spec(), context.status());
    page.field(0, "Name", meta::name(object));
    page.field(0, "Namespace", meta::namespace(object));
    page.field(0, "Selector", selector(&spec["selector"]));
    page.map(
        "Node-Selector",
        &spec["template"]["spec"]["nodeSelector"],
        "=",
    );
    page.labels(object);
    page.annotations(object);
    for (title, field) in [
        (
            "Desired Number of Nodes Scheduled",
            "desiredNumberScheduled",
        ),
        (
            "Current Number of Nodes Scheduled",
            "currentNumberScheduled",
        ),
        (
            "Number of Nodes Scheduled with Up-to-date Pods",
            "updatedNumberScheduled",
        ),
        (
            "Number of Nodes Scheduled with Available Pods",
            "numberAvailable",
        ),
        ("Number of Nodes Misscheduled", "numberMisscheduled"),
    ] {
        // No tab here upstream: these columns stand for themselves.
        page.line(0, &format!("{title}: {}", number(&status[field])));
    }
    pods_status(context, page).await;
    pod_spec::template(&spec["template"], page);
    events::write(context, page).await
}

pub async fn stateful_set(context: &Context<'_>, page: &mut Page) -> Result<()> {
    let (object, spec, status) = (context.object(), context.spec(), context.status());
    page.field(0, "Name", meta::name(object));
    page.field(0, "Namespace", meta::namespace(object));
    page.field(
        0,
        "CreationTimestamp",
        time(&object["metadata"]["creationTimestamp"]),
    );
    page.field(0, "Selector", selector(&spec["selector"]));
    page.labels(object);
    page.annotations(object);
    page.field(
        0,
        "Replicas",
        format!(
            "{} desired | {} total",
            number(&spec["replicas"]),
            number(&status["replicas"])
        ),
    );
    page.field(0, "Update Strategy", text(&spec["updateStrategy"]["type"]));
    let rolling = &spec["updateStrategy"]["rollingUpdate"];
    if let Some(partition) = rolling["partition"].as_i64() {
        page.field(1, "Partition", partition);
    }
    if !rolling["maxUnavailable"].is_null() {
        page.field(1, "MaxUnavailable", text(&rolling["maxUnavailable"]));
    }
    pods_status(context, page).await;
    pod_spec::template(&spec["template"], page);
    volume_claims(items(&spec["volumeClaimTemplates"]), page);
    events::write(context, page).await
}

fn volume_claims(templates: &[Value], page: &mut Page) {
    if templates.is_empty() {
        return page.field(0, "Volume Claims", "<none>");
    }
    line!(page, 0, "Volume Claims:");
    for template in templates {
        page.field(1, "Name", meta::name(template));
        page.field(
            1,
            "StorageClass",
            text(&template["spec"]["storageClassName"]),
        );
        page.map("  Labels", &template["metadata"]["labels"], "=");
        page.map("  Annotations", &template["metadata"]["annotations"], "=");
        page.field(
            1,
            "Capacity",
            template["spec"]["resources"]["requests"]["storage"]
                .as_str()
                .unwrap_or("<default>"),
        );
        let modes: Vec<String> = items(&template["spec"]["accessModes"])
            .iter()
            .map(text)
            .collect();
        page.field(1, "Access Modes", format!("[{}]", modes.join(" ")));
    }
}

fn between(start: &Value, end: &Value) -> Option<SignedDuration> {
    let parse = |value: &Value| value.as_str()?.parse::<Timestamp>().ok();
    Some(parse(end)?.duration_since(parse(start)?))
}

pub async fn job(context: &Context<'_>, page: &mut Page) -> Result<()> {
    let (object, spec, status) = (context.object(), context.spec(), context.status());
    page.field(0, "Name", meta::name(object));
    page.field(0, "Namespace", meta::namespace(object));
    page.field(0, "Selector", selector(&spec["selector"]));
    page.labels(object);
    page.annotations(object);
    if let Some(owner) = controller(object) {
        page.field(0, "Controlled By", owner);
    }
    if let Some(parallelism) = spec["parallelism"].as_i64() {
        page.field(0, "Parallelism", parallelism);
    }
    page.field(0, "Completions", or_unset(&spec["completions"]));
    for (title, field) in [
        ("Completion Mode", "completionMode"),
        ("Suspend", "suspend"),
        ("Backoff Limit", "backoffLimit"),
        ("TTL Seconds After Finished", "ttlSecondsAfterFinished"),
    ] {
        if !spec[field].is_null() {
            page.field(0, title, text(&spec[field]));
        }
    }
    if status["startTime"].is_string() {
        page.field(0, "Start Time", time(&status["startTime"]));
    }
    if status["completionTime"].is_string() {
        page.field(0, "Completed At", time(&status["completionTime"]));
    }
    if let Some(took) = between(&status["startTime"], &status["completionTime"]) {
        page.field(0, "Duration", duration::human_duration(took));
    }
    if let Some(deadline) = spec["activeDeadlineSeconds"].as_i64() {
        page.field(0, "Active Deadline Seconds", format!("{deadline}s"));
    }
    let (active, succeeded, failed) = (
        number(&status["active"]),
        number(&status["succeeded"]),
        number(&status["failed"]),
    );
    match status["ready"].as_i64() {
        Some(ready) => page.field(
            0,
            "Pods Statuses",
            format!("{active} Active ({ready} Ready) / {succeeded} Succeeded / {failed} Failed"),
        ),
        None => page.field(
            0,
            "Pods Statuses",
            format!("{active} Active / {succeeded} Succeeded / {failed} Failed"),
        ),
    }
    if spec["completionMode"] == "Indexed" {
        page.field(0, "Completed Indexes", completed_indexes(status));
    }
    pod_spec::template(&spec["template"], page);
    events::write(context, page).await
}

/// The indexes that are done, cut behind the first comma from here on.
fn completed_indexes(status: &Value) -> String {
    const LONGEST: usize = 50;
    let indexes = or_none(&status["completedIndexes"]);
    let comma = indexes.get(LONGEST..).and_then(|rest| rest.find(','));
    match comma {
        Some(comma) => format!("{}...", &indexes[..=LONGEST + comma]),
        None => indexes,
    }
}

pub async fn cron_job(context: &Context<'_>, page: &mut Page) -> Result<()> {
    let (object, spec, status) = (context.object(), context.spec(), context.status());
    page.field(0, "Name", meta::name(object));
    page.field(0, "Namespace", meta::namespace(object));
    page.labels(object);
    page.annotations(object);
    page.field(0, "Schedule", text(&spec["schedule"]));
    page.field(0, "Concurrency Policy", text(&spec["concurrencyPolicy"]));
    page.field(
        0,
        "Suspend",
        match spec["suspend"].as_bool() {
            Some(true) => "True",
            Some(false) => "False",
            None => "<unset>",
        },
    );
    match spec["timeZone"].as_str() {
        Some(zone) => page.field(0, "Time Zone", zone),
        None => page.field(0, "Time Zone", "<unset>"),
    }
    page.field(
        0,
        "Successful Job History Limit",
        or_unset(&spec["successfulJobsHistoryLimit"]),
    );
    page.field(
        0,
        "Failed Job History Limit",
        or_unset(&spec["failedJobsHistoryLimit"]),
    );
    match spec["startingDeadlineSeconds"].as_i64() {
        Some(seconds) => page.field(0, "Starting Deadline Seconds", format!("{seconds}s")),
        None => page.field(0, "Starting Deadline Seconds", "<unset>"),
    }
    let job = &spec["jobTemplate"]["spec"];
    page.field(
        0,
        "Selector",
        or_unset(&Value::from(if job["selector"].is_object() {
            selector(&job["selector"])
        } else {
            String::new()
        })),
    );
    page.field(0, "Parallelism", or_unset(&job["parallelism"]));
    page.field(0, "Completions", or_unset(&job["completions"]));
    if let Some(seconds) = job["activeDeadlineSeconds"].as_i64() {
        page.field(0, "Active Deadline Seconds", format!("{seconds}s"));
    }
    pod_spec::template(&job["template"], page);
    match status["lastScheduleTime"].is_string() {
        true => page.field(0, "Last Schedule Time", time(&status["lastScheduleTime"])),
        false => page.field(0, "Last Schedule Time", "<unset>"),
    }
    let active: Vec<String> = items(&status["active"])
        .iter()
        .map(|job| text(&job["name"]))
        .collect();
    page.field(
        0,
        "Active Jobs",
        if active.is_empty() {
            "<none>".to_owned()
        } else {
            active.join(", ")
        },
    );
    events::write(context, page).await
}
