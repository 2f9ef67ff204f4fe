//! What came of sending an edited object, and what the user is told of it in the file.

use crate::{error::Error, resource::Info};
use knarr_api::quote::quote;

/// Why a file must be edited again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    pub head: String,
    pub details: Vec<String>,
}

impl Reason {
    /// The edited object is not valid.
    pub fn invalid(info: &Info, details: Vec<String>) -> Self {
        Reason {
            head: format!("{} was not valid", shown(info)),
            details,
        }
    }

    /// The lines of the file's head.
    pub fn comment(&self) -> String {
        let head = commented(&self.head);
        let mut text = match self.details.is_empty() {
            true => format!("# {head}\n"),
            false => format!("# {head}:\n"),
        };
        for detail in &self.details {
            text.push_str(&format!("# * {}\n", commented(detail)));
        }
        text + "#\n"
    }
}

/// Text of several lines stays a comment.
fn commented(text: &str) -> String {
    text.trim_end_matches('\n').replace('\n', "\n# ")
}

/// `deployments.apps "web"`.
pub fn shown(info: &Info) -> String {
    format!("{} {}", info.mapping.qualified(), quote(&info.name))
}

/// How the objects of one file fared.
#[derive(Debug, Default)]
pub struct Outcomes {
    /// What the server found wrong.
    pub reasons: Vec<Reason>,
    /// Objects that may be sent again as they are.
    pub retryable: usize,
    /// Objects that are gone.
    pub missing: usize,
}

impl Outcomes {
    /// Takes note of a failure, and says what the user reads at once.
    pub fn add(&mut self, error: &Error, info: &Info) -> String {
        let object = shown(info);
        match error.status() {
            Some(status) if status.reason == "Invalid" => {
                let causes = status.details.iter().flat_map(|details| &details.causes);
                let details = causes.map(|cause| format!("{}: {}", cause.field, cause.message));
                self.reasons.push(Reason::invalid(info, details.collect()));
                format!("error: {object} is invalid")
            }
            Some(status) if status.code == 404 => {
                self.missing += 1;
                format!("error: {object} could not be found on the server")
            }
            _ => {
                self.retryable += 1;
                format!("error: {object} could not be patched: {error}")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapper::Mapping;
    use knarr_api::status::{Status, StatusCause};
    use serde_json::Value;

    #[test]
    fn the_head_of_the_file_lists_what_was_wrong() {
        let info = Info {
            mapping: Mapping::guessed("apps/v1", "Deployment"),
            namespace: "default".to_owned(),
            name: "web".to_owned(),
            source: String::new(),
            object: Value::Null,
        };
        let cause = StatusCause {
            reason: "FieldValueInvalid".into(),
            message: "Invalid value: \"a\nb\"".into(),
            field: "spec".into(),
        };
        let status = Status::invalid("apps", "Deployment", "web", vec![]).with_causes(vec![cause]);
        let mut outcomes = Outcomes::default();
        assert_eq!(
            outcomes.add(&status.into(), &info),
            "error: deployments.apps \"web\" is invalid"
        );
        assert_eq!(
            outcomes.reasons[0].comment(),
            "# deployments.apps \"web\" was not valid:\n# * spec: Invalid value: \"a\n# b\"\n#\n"
        );
        outcomes.add(
            &Status::not_found("apps", "deployments", "web").into(),
            &info,
        );
        outcomes.add(&Error::message("x"), &info);
        assert_eq!((outcomes.missing, outcomes.retryable), (1, 1));
    }
}
