//! Jobs: the selector and the labels of the template come from the job's own identity.

use knarr_api::kinds::Kind;
use knarr_api::meta;
use serde_json::{Value, json};

use super::strategy::{Strategy, reset_status};
use crate::user::UserInfo;

/// The strategy of jobs.
pub struct Jobs;

const UID_LABELS: [&str; 2] = ["batch.kubernetes.io/controller-uid", "controller-uid"];
const NAME_LABELS: [&str; 2] = ["batch.kubernetes.io/job-name", "job-name"];

impl Strategy for Jobs {
    fn prepare_create(&self, kind: &Kind, _user: &UserInfo, object: &mut Value) {
        reset_status(kind, object);
        if object["spec"]["manualSelector"] == true {
            return;
        }
        let (uid, name) = (meta::uid(object).to_owned(), meta::name(object).to_owned());
        let template = &mut object["spec"]["template"];
        // A label that is there stays; validation refuses one of another job.
        let labels = UID_LABELS.map(|label| (label, &uid)).into_iter();
        for (label, value) in labels.chain(NAME_LABELS.map(|label| (label, &name))) {
            if template["metadata"]["labels"].get(label).is_none() {
                meta::set_label(template, label, value);
            }
        }
        let spec = &mut object["spec"];
        let own = spec["selector"]["matchLabels"].get(UID_LABELS[0]);
        if own.is_none() {
            spec["selector"]["matchLabels"][UID_LABELS[0]] = json!(uid);
        }
    }
}

#[cfg(test)]
mod tests {
    use knarr_api::kinds::KINDS;

    use super::*;

    #[test]
    fn a_label_that_is_there_stays() {
        let labels = json!({"metadata": {"labels": {"job-name": "x"}}});
        let mut job = json!({"metadata": {"name": "a", "uid": "u"}, "spec": {"template": labels}});
        let kind = KINDS.iter().find(|kind| kind.kind == "Job").expect("jobs");
        Jobs.prepare_create(kind, &UserInfo::default(), &mut job);
        assert_eq!(
            job["spec"]["template"]["metadata"]["labels"],
            json!({"job-name": "x", "batch.kubernetes.io/job-name": "a", "controller-uid": "u",
                "batch.kubernetes.io/controller-uid": "u"})
        );
        assert_eq!(
            job["spec"]["selector"],
            json!({"matchLabels": {"batch.kubernetes.io/controller-uid": "u"}})
        );
    }
}
