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
        for label in UID_LABELS {
            meta::set_label(template, label, &uid);
        }
        for label in NAME_LABELS {
            meta::set_label(template, label, &name);
        }
        if object["spec"]["selector"].is_null() {
            object["spec"]["selector"] = json!({"matchLabels": {(UID_LABELS[0]): uid}});
        }
    }
}
