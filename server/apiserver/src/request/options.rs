//! The query of a request as typed options, with upstream's texts for what cannot be read.

use knarr_api::quote;
use knarr_api::schema::decode::FieldValidation;
use knarr_api::selector::{FieldSelector, Selector};
use knarr_api::status::{FieldError, Status};
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
    pub timeout_seconds: Option<u64>,
    pub include_object: String,
    pub delete: DeleteOptions,
    /// What no writing verb accepts; those that read do not look at it.
    faults: Vec<FieldError>,
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
    /// Reads a query.
    pub fn parse(query: &str) -> Result<Self, Status> {
        let mut options = Self::default();
        let mut dry_runs: Vec<Value> = Vec::new();
        for (key, value) in pairs(query) {
            if key == "dryRun" {
                dry_runs.push(value.into());
            } else {
                options.set(&key, &value)?;
            }
        }
        options.set_dry_run(&dry_runs);
        Ok(options)
    }

    fn set(&mut self, key: &str, value: &str) -> Result<(), Status> {
        match key {
            "pretty" => self.pretty = Some(is_true(value)),
            "fieldManager" => self.field_manager = value.to_owned(),
            "fieldValidation" => match FieldValidation::parse(value) {
                Some(validation) => self.field_validation = validation,
                None => self.faults.push(FieldError::not_supported(
                    key,
                    value,
                    &["Ignore", "Strict", "Warn"],
                )),
            },
            "force" => self.force = Some(is_true(value)),
            "labelSelector" if !value.is_empty() => {
                let selector = Selector::parse(value);
                self.label_selector = Some(selector.map_err(unparsable)?);
            }
            "fieldSelector" if !value.is_empty() => {
                let selector = FieldSelector::parse(value);
                self.field_selector = Some(selector.map_err(unparsable)?);
            }
            "resourceVersion" => self.resource_version = value.to_owned(),
            "resourceVersionMatch" => self.resource_version_match = value.to_owned(),
            "limit" if !value.is_empty() => self.limit = number(key, value)?.max(0) as usize,
            "continue" => self.continue_token = value.to_owned(),
            "allowWatchBookmarks" => self.watch_bookmarks = is_true(value),
            "sendInitialEvents" => self.send_initial_events = Some(is_true(value)),
            "timeoutSeconds" if !value.is_empty() => {
                self.timeout_seconds = Some(number(key, value)?.max(0).unsigned_abs());
            }
            "includeObject" => self.include_object = value.to_owned(),
            "gracePeriodSeconds" if !value.is_empty() => {
                self.delete.grace_period_seconds = Some(number(key, value)?);
            }
            "propagationPolicy" if !value.is_empty() => {
                self.set_propagation(value);
            }
            "orphanDependents" => self.delete.orphan_dependents = Some(is_true(value)),
            _ => {}
        }
        Ok(())
    }

    fn set_dry_run(&mut self, values: &[Value]) {
        self.dry_run |= !values.is_empty();
        if values.iter().any(|value| value != "All") {
            let fault = FieldError::not_supported("dryRun", values.to_vec(), &["All"]);
            self.faults.push(fault);
        }
    }

    fn set_propagation(&mut self, text: &str) {
        match Propagation::parse(text) {
            Some(policy) => self.delete.propagation_policy = Some(policy),
            None => self.faults.push(FieldError::not_supported(
                "propagationPolicy",
                text,
                &["Foreground", "Background", "Orphan", "nil"],
            )),
        }
    }

    /// 422 for what options of this kind may not hold (`ValidateCreateOptions` upstream, and its siblings). `applies`
    /// is whether a patch is a server-side apply.
    pub fn check(&self, kind: &str, applies: bool) -> Result<(), Status> {
        let mut faults = Vec::new();
        if kind == "PatchOptions" {
            faults.extend(self.fault_of_patch(applies));
        }
        faults.extend(self.faults_of_manager());
        faults.extend(self.faults.iter().cloned());
        if faults.is_empty() {
            return Ok(());
        }
        Err(Status::invalid("meta.k8s.io", kind, "", faults))
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

    /// Takes in the body of a delete request: it wins over the query.
    pub fn merge_delete_body(&mut self, body: &Value) {
        let delete = &mut self.delete;
        if let Some(seconds) = body["gracePeriodSeconds"].as_i64() {
            delete.grace_period_seconds = Some(seconds);
        }
        if let Some(orphan) = body["orphanDependents"].as_bool() {
            delete.orphan_dependents = Some(orphan);
        }
        let preconditions = &body["preconditions"];
        delete.uid = preconditions["uid"].as_str().map(str::to_owned);
        delete.resource_version = preconditions["resourceVersion"].as_str().map(str::to_owned);
        let policy = body["propagationPolicy"].as_str();
        if let (Some(policy), Some(_)) = (policy, delete.orphan_dependents) {
            let why = "orphanDependents and deletionPropagation cannot be both set";
            let fault = FieldError::invalid("propagationPolicy", policy, why);
            self.faults.push(fault);
        }
        if let Some(policy) = policy {
            self.set_propagation(policy);
        }
        if let Some(values) = body["dryRun"].as_array() {
            self.set_dry_run(values);
        }
    }
}

fn number(key: &str, value: &str) -> Result<i64, Status> {
    value.parse().map_err(|_| {
        Status::bad_request(format!(
            "strconv.ParseInt: parsing {value:?}: invalid syntax ({key})"
        ))
    })
}

fn unparsable(why: impl std::fmt::Display) -> Status {
    Status::bad_request(why.to_string())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_body_of_a_delete_wins() {
        let mut options = Options::parse("gracePeriodSeconds=5&propagationPolicy=Orphan").unwrap();
        let body =
            json!({"gracePeriodSeconds": 0, "preconditions": {"uid": "u"}, "dryRun": ["All"]});
        options.merge_delete_body(&body);
        assert_eq!(options.delete.grace_period_seconds, Some(0));
        assert_eq!(options.delete.propagation_policy, Some(Propagation::Orphan));
        assert_eq!(options.delete.uid.as_deref(), Some("u"));
        assert!(options.dry_run);
    }

    #[test]
    fn unknown_values_are_refused() {
        #[track_caller]
        fn check(kind: &str, query: &str, body: Value, expected: &str) {
            let mut options = Options::parse(query).unwrap();
            options.merge_delete_body(&body);
            let status = options.check(kind, false).unwrap_err();
            assert_eq!(status.code, 422);
            let message = format!("{kind}.meta.k8s.io \"\" is invalid: {expected}");
            assert_eq!(status.message, message);
        }
        let none = || Value::Null;
        let dry = r#"dryRun: Unsupported value: ["Some"]: supported values: "All""#;
        check("CreateOptions", "dryRun=Some", none(), dry);
        check("DeleteOptions", "", json!({"dryRun": ["Some"]}), dry);
        let validations = r#"supported values: "Ignore", "Strict", "Warn""#;
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
        assert!(Options::parse("limit=x").is_err());
    }
}
