//! The query of a request as typed options, with upstream's texts for what cannot be read.

use std::borrow::Cow;

use knarr_api::schema::decode::FieldValidation;
use knarr_api::selector::{FieldSelector, Selector};
use knarr_api::status::{FieldError, Status};
use knarr_api::{quote, strconv};
use serde_json::Value;

use super::info::{is_true, pairs};

/// The longest name of a field manager (`FieldManagerMaxLength` upstream).
const MAX_FIELD_MANAGER_BYTES: usize = 128;

/// The options of all verbs together; a verb looks at its own only.
#[derive(Clone, Debug, Default)]
pub struct Options {
    pub pretty: Option<bool>,
    pub dry_run: bool,
    pub field_manager: String,
    pub field_validation: FieldValidation,
    /// Whether the client said so: others are told only then.
    pub says_validation: bool,
    /// Of a patch.
    pub force: Option<bool>,
    pub label_selector: Option<Selector>,
    pub field_selector: Option<FieldSelector>,
    pub resource_version: String,
    pub resource_version_match: String,
    pub limit: usize,
    pub continue_token: String,
    pub watch_bookmarks: bool,
    pub send_initial_events: Option<bool>,
    pub timeout_seconds: Option<i64>,
    pub include_object: String,
    pub delete: DeleteOptions,
    /// Why the options of a list can't be read.
    unreadable_list: Option<Status>,
    /// Why those of a deletion can't be.
    unreadable_delete: Option<Status>,
    /// What cannot be meant: no writing verb accepts it; those that read do not look at it.
    unknown_dry_run: Option<FieldError>,
    unknown_validation: Option<FieldError>,
    /// The propagation policy as it was written.
    propagation: Option<String>,
}

/// `DeleteOptions` of `meta/v1`, from the query and the body.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DeleteOptions {
    pub grace_period_seconds: Option<i64>,
    pub propagation_policy: Option<Propagation>,
    /// The deprecated form of the propagation policy.
    pub orphan_dependents: Option<bool>,
    pub uid: Option<String>,
    pub resource_version: Option<String>,
}

/// What becomes of the objects that the deleted one owns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Propagation {
    Orphan,
    Background,
    Foreground,
}

impl Propagation {
    fn parse(text: &str) -> Option<Self> {
        match text {
            "Orphan" => Some(Self::Orphan),
            "Background" => Some(Self::Background),
            "Foreground" => Some(Self::Foreground),
            _ => None,
        }
    }
}

impl Options {
    /// Reads a query. Of what is said twice the first is meant.
    pub fn parse(query: &str) -> Self {
        let mut options = Self::default();
        let mut seen: Vec<Cow<'_, str>> = Vec::new();
        let mut dry_runs: Vec<Value> = Vec::new();
        for (key, value) in pairs(query) {
            if key == "dryRun" {
                dry_runs.push(value.into());
            } else if !seen.contains(&key) {
                options.set(&key, &value);
                seen.push(key);
            }
        }
        options.set_dry_run(&dry_runs);
        options
    }

    fn set(&mut self, key: &str, value: &str) {
        let mut list_fault = None;
        let mut delete_fault = None;
        match key {
            "pretty" if !value.is_empty() => {
                // What Go reads as true.
                let yes = ["1", "t", "T", "TRUE", "true", "True"];
                self.pretty = Some(yes.contains(&value));
            }
            "fieldManager" => self.field_manager = value.to_owned(),
            "fieldValidation" => match FieldValidation::parse(value) {
                Some(validation) => {
                    self.field_validation = validation;
                    self.says_validation = !value.is_empty();
                }
                None => {
                    let known = ["", "Ignore", "Strict", "Warn"];
                    self.unknown_validation = Some(FieldError::not_supported(key, value, &known));
                }
            },
            "force" => self.force = Some(is_true(value)),
            "labelSelector" if !value.is_empty() => match Selector::parse(value) {
                Ok(selector) => self.label_selector = Some(selector),
                Err(why) => list_fault = Some(unparsable(why)),
            },
            "fieldSelector" if !value.is_empty() => match FieldSelector::parse(value) {
                Ok(selector) => self.field_selector = Some(selector),
                Err(why) => list_fault = Some(unparsable(why)),
            },
            "resourceVersion" => self.resource_version = value.to_owned(),
            "resourceVersionMatch" => self.resource_version_match = value.to_owned(),
            "limit" => match number(value) {
                Ok(limit) => self.limit = limit.max(0) as usize,
                Err(status) => list_fault = Some(status),
            },
            "continue" => self.continue_token = value.to_owned(),
            "allowWatchBookmarks" => self.watch_bookmarks = is_true(value),
            "sendInitialEvents" => self.send_initial_events = Some(is_true(value)),
            "timeoutSeconds" => match number(value) {
                Ok(seconds) => self.timeout_seconds = Some(seconds),
                Err(status) => list_fault = Some(status),
            },
            "includeObject" => self.include_object = value.to_owned(),
            "gracePeriodSeconds" => match number(value) {
                Ok(seconds) => self.delete.grace_period_seconds = Some(seconds),
                Err(status) => delete_fault = Some(status),
            },
            "propagationPolicy" => self.set_propagation(value),
            "orphanDependents" => self.delete.orphan_dependents = Some(is_true(value)),
            _ => {}
        }
        self.unreadable_list = self.unreadable_list.take().or(list_fault);
        self.unreadable_delete = self.unreadable_delete.take().or(delete_fault);
    }

    fn set_dry_run(&mut self, values: &[Value]) {
        self.dry_run |= !values.is_empty();
        if values.iter().any(|value| value != "All") {
            let fault = FieldError::not_supported("dryRun", values.to_vec(), &["All"]);
            self.unknown_dry_run = Some(fault);
        }
    }

    fn set_propagation(&mut self, text: &str) {
        self.delete.propagation_policy = Propagation::parse(text);
        self.propagation = Some(text.to_owned());
    }

    /// 400 for a query that can't be read as the options of a list.
    pub fn readable_list(&self) -> Result<(), Status> {
        self.unreadable_list.clone().map_or(Ok(()), Err)
    }

    /// 422 for what options of this kind may not hold (`ValidateCreateOptions` upstream, and its siblings). `applies`
    /// is whether a patch is a server-side apply.
    pub fn check(&self, kind: &str, applies: bool) -> Result<(), Status> {
        let mut faults = Vec::new();
        if kind == "PatchOptions" {
            faults.extend(self.fault_of_patch(applies));
        }
        faults.extend(self.faults_of_manager());
        faults.extend(self.unknown_dry_run.clone());
        faults.extend(self.unknown_validation.clone());
        invalid(kind, faults)
    }

    /// [`Options::check`] of a deletion: 400 for a query that can't be read.
    pub fn check_delete(&self) -> Result<(), Status> {
        if let Some(status) = &self.unreadable_delete {
            return Err(status.clone());
        }
        let mut faults = Vec::new();
        if let Some(policy) = &self.propagation {
            if self.delete.orphan_dependents.is_some() {
                let why = "orphanDependents and deletionPropagation cannot be both set";
                let fault = FieldError::invalid("propagationPolicy", policy.as_str(), why);
                faults.push(fault);
            }
            if self.delete.propagation_policy.is_none() {
                let known = ["Foreground", "Background", "Orphan", "nil"];
                let policy = policy.as_str();
                let fault = FieldError::not_supported("propagationPolicy", policy, &known);
                faults.push(fault);
            }
        }
        faults.extend(self.unknown_dry_run.clone());
        invalid("DeleteOptions", faults)
    }

    fn fault_of_patch(&self, applies: bool) -> Option<FieldError> {
        if applies && self.field_manager.is_empty() {
            let why = "is required for apply patch";
            return Some(FieldError::required("fieldManager", why));
        }
        let why = "may not be specified for non-apply patch";
        (!applies && self.force.is_some()).then(|| FieldError::forbidden("force", why))
    }

    fn faults_of_manager(&self) -> Vec<FieldError> {
        let manager = self.field_manager.as_str();
        let mut faults = Vec::new();
        if manager.len() > MAX_FIELD_MANAGER_BYTES {
            let fault = FieldError::too_long("fieldManager", MAX_FIELD_MANAGER_BYTES);
            faults.push(fault);
        }
        for (at, c) in manager.char_indices() {
            if !quote::is_printable(c) {
                let code = u32::from(c);
                let why = format!("invalid character U+{code:04X} (at position {at})");
                faults.push(FieldError::invalid("fieldManager", manager, why));
            }
        }
        faults
    }

    /// Takes in the body of a delete request: then nothing of the query counts (`DeleteResource` upstream). The body
    /// has the types of DeleteOptions.
    pub fn set_delete_body(&mut self, body: &Value) {
        self.delete = DeleteOptions {
            grace_period_seconds: body["gracePeriodSeconds"].as_i64(),
            propagation_policy: None,
            orphan_dependents: body["orphanDependents"].as_bool(),
            uid: body["preconditions"]["uid"].as_str().map(str::to_owned),
            resource_version: body["preconditions"]["resourceVersion"]
                .as_str()
                .map(str::to_owned),
        };
        self.dry_run = false;
        self.unreadable_delete = None;
        self.unknown_dry_run = None;
        self.propagation = None;
        if let Some(policy) = body["propagationPolicy"].as_str() {
            self.set_propagation(policy);
        }
        if let Some(values) = body["dryRun"].as_array() {
            self.set_dry_run(values);
        }
    }
}

fn invalid(kind: &str, faults: Vec<FieldError>) -> Result<(), Status> {
    if faults.is_empty() {
        return Ok(());
    }
    Err(Status::invalid("meta.k8s.io", kind, "", faults))
}

fn number(value: &str) -> Result<i64, Status> {
    strconv::parse_int(value).map_err(Status::bad_request)
}

fn unparsable(why: impl std::fmt::Display) -> Status {
    Status::bad_request(why.to_string())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn nothing_of_the_query_counts_when_a_delete_has_a_body() {
        let query = "gracePeriodSeconds=x&propagationPolicy=Orphan&dryRun=x";
        let mut options = Options::parse(query);
        assert_eq!(options.check_delete().unwrap_err().code, 400);
        let body =
            json!({"gracePeriodSeconds": 0, "preconditions": {"uid": "u"}, "dryRun": ["All"]});
        options.set_delete_body(&body);
        assert_eq!(options.check_delete(), Ok(()));
        assert_eq!(options.delete.grace_period_seconds, Some(0));
        assert_eq!(options.delete.propagation_policy, None);
        assert_eq!(options.delete.uid.as_deref(), Some("u"));
        assert!(options.dry_run);
    }

    #[test]
    fn unknown_values_are_refused() {
        #[track_caller]
        fn check(kind: &str, query: &str, body: Value, expected: &str) {
            let mut options = Options::parse(query);
            if body.is_object() {
                options.set_delete_body(&body);
            }
            let checked = match kind {
                "DeleteOptions" => options.check_delete(),
                kind => options.check(kind, false),
            };
            let status = checked.unwrap_err();
            assert_eq!(status.code, 422);
            let message = format!("{kind}.meta.k8s.io \"\" is invalid: {expected}");
            assert_eq!(status.message, message);
        }
        let none = || Value::Null;
        let dry = r#"dryRun: Unsupported value: ["Some"]: supported values: "All""#;
        check("CreateOptions", "dryRun=Some", none(), dry);
        check("DeleteOptions", "", json!({"dryRun": ["Some"]}), dry);
        let validations = r#"supported values: "", "Ignore", "Strict", "Warn""#;
        let validation = format!(r#"fieldValidation: Unsupported value: "Maybe": {validations}"#);
        check(
            "UpdateOptions",
            "fieldValidation=Maybe",
            none(),
            &validation,
        );
        let force = "force: Forbidden: may not be specified for non-apply patch";
        check("PatchOptions", "force=true", none(), force);
        let bell =
            r#"fieldManager: Invalid value: "a\ab": invalid character U+0007 (at position 1)"#;
        check("CreateOptions", "fieldManager=a%07b", none(), bell);
        let long = format!("fieldManager={}", "a".repeat(129));
        let too_long = "fieldManager: Too long: may not be more than 128 bytes";
        check("CreateOptions", &long, none(), too_long);
        let policies = r#"supported values: "Foreground", "Background", "Orphan", "nil""#;
        let policy = format!(r#"propagationPolicy: Unsupported value: "x": {policies}"#);
        check("DeleteOptions", "propagationPolicy=x", none(), &policy);
        let both = json!({"propagationPolicy": "Orphan", "orphanDependents": true});
        let why = "orphanDependents and deletionPropagation cannot be both set";
        let refused = format!(r#"propagationPolicy: Invalid value: "Orphan": {why}"#);
        check("DeleteOptions", "", both, &refused);
        check(
            "DeleteOptions",
            "propagationPolicy=Orphan&orphanDependents=0",
            none(),
            &refused,
        );
        let two = format!("[{dry}, {validation}]");
        check(
            "CreateOptions",
            "fieldValidation=Maybe&dryRun=Some",
            none(),
            &two,
        );
    }

    #[test]
    fn what_cannot_be_read_is_told_to_those_who_read_it() {
        let told = |query| Options::parse(query).readable_list().unwrap_err().message;
        let limit = r#"strconv.ParseInt: parsing "x": invalid syntax"#;
        assert_eq!(told("limit=x&timeoutSeconds="), limit);
        let empty = r#"strconv.ParseInt: parsing "": invalid syntax"#;
        assert_eq!(told("timeoutSeconds="), empty);
        let options = Options::parse("gracePeriodSeconds=&limit=3&limit=x");
        assert_eq!((options.readable_list(), options.limit), (Ok(()), 3));
        assert_eq!(options.check_delete().unwrap_err().message, empty);
    }
}
