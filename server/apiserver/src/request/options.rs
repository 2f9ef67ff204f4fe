//! The query of a request as typed options, with upstream's texts for what cannot be read.

use knarr_api::schema::decode::FieldValidation;
use knarr_api::selector::{FieldSelector, Selector};
use knarr_api::status::Status;
use serde_json::Value;

use super::info::{is_true, pairs};

/// The options of all verbs together; a verb looks at its own only.
#[derive(Clone, Debug, Default)]
pub struct Options {
    pub pretty: Option<bool>,
    pub dry_run: bool,
    pub field_manager: String,
    pub field_validation: FieldValidation,
    pub force: bool,
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
    fn parse(text: &str) -> Result<Self, Status> {
        match text {
            "Orphan" => Ok(Self::Orphan),
            "Background" => Ok(Self::Background),
            "Foreground" => Ok(Self::Foreground),
            other => Err(Status::bad_request(format!(
                "invalid DeleteOptions: propagationPolicy: Unsupported value: {other:?}: supported values: \"Background\", \"Foreground\", \"Orphan\""
            ))),
        }
    }
}

impl Options {
    /// Reads a query.
    pub fn parse(query: &str) -> Result<Self, Status> {
        let mut options = Self::default();
        for (key, value) in pairs(query) {
            options.set(&key, &value)?;
        }
        Ok(options)
    }

    fn set(&mut self, key: &str, value: &str) -> Result<(), Status> {
        match key {
            "pretty" => self.pretty = Some(is_true(value)),
            "dryRun" => self.dry_run |= dry_run(value)?,
            "fieldManager" => self.field_manager = value.to_owned(),
            "fieldValidation" => self.field_validation = field_validation(value)?,
            "force" => self.force = is_true(value),
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
                self.delete.propagation_policy = Some(Propagation::parse(value)?);
            }
            "orphanDependents" => self.delete.orphan_dependents = Some(is_true(value)),
            _ => {}
        }
        Ok(())
    }

    /// Takes in the body of a delete request: it wins over the query.
    pub fn merge_delete_body(&mut self, body: &Value) -> Result<(), Status> {
        let delete = &mut self.delete;
        if let Some(seconds) = body["gracePeriodSeconds"].as_i64() {
            delete.grace_period_seconds = Some(seconds);
        }
        if let Some(policy) = body["propagationPolicy"].as_str() {
            delete.propagation_policy = Some(Propagation::parse(policy)?);
        }
        if let Some(orphan) = body["orphanDependents"].as_bool() {
            delete.orphan_dependents = Some(orphan);
        }
        for value in body["dryRun"].as_array().into_iter().flatten() {
            self.dry_run |= dry_run(value.as_str().unwrap_or_default())?;
        }
        let preconditions = &body["preconditions"];
        delete.uid = preconditions["uid"].as_str().map(str::to_owned);
        delete.resource_version = preconditions["resourceVersion"].as_str().map(str::to_owned);
        if delete.orphan_dependents.is_some() && delete.propagation_policy.is_some() {
            return Err(Status::bad_request(
                "invalid DeleteOptions: propagationPolicy: Invalid value: orphanDependents and deletionPropagation cannot be both set",
            ));
        }
        Ok(())
    }
}

fn dry_run(value: &str) -> Result<bool, Status> {
    match value {
        "" => Ok(false),
        "All" => Ok(true),
        other => Err(Status::bad_request(format!(
            "Invalid value: [{other:?}]: dryRun: Unsupported value: {other:?}: supported values: \"All\""
        ))),
    }
}

fn field_validation(value: &str) -> Result<FieldValidation, Status> {
    FieldValidation::parse(value).ok_or_else(|| {
        Status::bad_request(format!(
            "fieldValidation: Unsupported value: {value:?}: supported values: \"Ignore\", \"Strict\", \"Warn\""
        ))
    })
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
        options.merge_delete_body(&body).unwrap();
        assert_eq!(options.delete.grace_period_seconds, Some(0));
        assert_eq!(options.delete.propagation_policy, Some(Propagation::Orphan));
        assert_eq!(options.delete.uid.as_deref(), Some("u"));
        assert!(options.dry_run);
    }

    #[test]
    fn unknown_values_are_refused() {
        assert!(Options::parse("dryRun=Some").is_err());
        assert!(Options::parse("fieldValidation=Maybe").is_err());
        assert!(Options::parse("limit=x").is_err());
        assert!(Options::parse("propagationPolicy=x").is_err());
    }
}
