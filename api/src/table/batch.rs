//! The `batch` group: jobs and cron jobs.

use super::cells::{Cells, human, optional_bool, parse_time, selector};
use super::columns::{AGE, CONTAINERS, Column, IMAGES, NAME, boolean, integer, text, wide};
use crate::raw::Node;
use crate::walk::Walk;

pub(super) static JOB: [Column; 8] = [
    NAME,
    text("Status", "Status of the job."),
    text(
        "Completions",
        "The number of pods which reached phase Succeeded. The value increases monotonically for a given spec. However, it may decrease in reaction to scale down of elastic indexed jobs.",
    ),
    text("Duration", "Time required to complete the job."),
    AGE,
    CONTAINERS,
    IMAGES,
    wide(
        "Selector",
        "A label query over pods that should match the pod count. Normally, the system sets this field for you. More info: https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors",
    ),
];

pub(super) fn job(object: &Node<'_>, row: &mut Cells) {
    let (spec, status) = (&object["spec"], &object["status"]);
    let succeeded = status.int("succeeded");
    let completions = match (spec.opt_int("completions"), spec.int("parallelism")) {
        (Some(completions), _) => format!("{succeeded}/{completions}"),
        (None, parallelism) if parallelism > 1 => format!("{succeeded}/1 of {parallelism}"),
        (None, _) => format!("{succeeded}/1"),
    };
    let duration = parse_time(&status["startTime"])
        .map(|start| {
            human(
                start,
                parse_time(&status["completionTime"]).unwrap_or(row.now),
            )
        })
        .unwrap_or_default();
    row.name(object)
        .push(job_state(object))
        .push(completions)
        .push(duration)
        .age(object)
        .containers(&spec["template"]["spec"])
        .push(selector(&spec["selector"]));
}

fn job_state(object: &Node<'_>) -> &'static str {
    let is = |type_: &str| {
        let conditions = object["status"].list("conditions");
        conditions
            .iter()
            .find(|c| c.text("type") == type_)
            .is_some_and(|c| c.text("status") == "True")
    };
    if is("Complete") {
        "Complete"
    } else if is("Failed") {
        "Failed"
    } else if object["metadata"].has("deletionTimestamp") {
        "Terminating"
    } else if is("Suspended") {
        "Suspended"
    } else if is("FailureTarget") {
        "FailureTarget"
    } else if is("SuccessCriteriaMet") {
        "SuccessCriteriaMet"
    } else {
        "Running"
    }
}

pub(super) static CRON_JOB: [Column; 10] = [
    NAME,
    text(
        "Schedule",
        "The schedule in Cron format, see https://en.wikipedia.org/wiki/Cron.",
    ),
    text(
        "Timezone",
        "The time zone name for the given schedule, see https://en.wikipedia.org/wiki/List_of_tz_database_time_zones. If not specified, this will default to the time zone of the kube-controller-manager process. The set of valid time zone names and the time zone offset is loaded from the system-wide time zone database by the API server during CronJob validation and the controller manager during execution. If no system-wide time zone database can be found a bundled version of the database is used instead. If the time zone name becomes invalid during the lifetime of a CronJob or due to a change in host configuration, the controller will stop creating new new Jobs and will create a system event with the reason UnknownTimeZone. More information can be found in https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/#time-zones",
    ),
    boolean(
        "Suspend",
        "This flag tells the controller to suspend subsequent executions, it does not apply to already started executions.  Defaults to false.",
    ),
    integer("Active", "A list of pointers to currently running jobs."),
    text(
        "Last Schedule",
        "Information when was the last time the job was successfully scheduled.",
    ),
    AGE,
    CONTAINERS,
    IMAGES,
    wide(
        "Selector",
        "A label query over pods that should match the pod count. Normally, the system sets this field for you. More info: https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors",
    ),
];

pub(super) fn cron_job(object: &Node<'_>, row: &mut Cells) {
    let (spec, status) = (&object["spec"], &object["status"]);
    let job = &spec["jobTemplate"]["spec"];
    let last = if status.has("lastScheduleTime") {
        row.since(&status["lastScheduleTime"])
    } else {
        "<none>".to_owned()
    };
    row.name(object)
        .push(spec.text("schedule"))
        .push(spec.opt_text("timeZone").unwrap_or("<none>"))
        .push(optional_bool(spec.opt_flag("suspend")))
        .push(status.count("active"))
        .push(last)
        .age(object)
        .containers(&job["template"]["spec"])
        .push(selector(&job["selector"]));
}
