//! Which combinations of options a list or a watch may have (upstream's `ValidateListOptions`).

use knarr_api::status::{FieldError, Status};

use crate::request::Options;

const MATCH: &str = "resourceVersionMatch";

/// 422 for options that don't go together in a list.
pub fn check_list(options: &Options) -> Result<(), Status> {
    options.readable_list()?;
    let mut faults = Vec::new();
    let wanted = options.resource_version_match.as_str();
    if !wanted.is_empty() {
        if options.resource_version.is_empty() {
            faults.push(forbidden(
                "resourceVersionMatch is forbidden unless resourceVersion is provided",
            ));
        }
        if !options.continue_token.is_empty() {
            faults.push(forbidden(
                "resourceVersionMatch is forbidden when continue is provided",
            ));
        }
        check_match(wanted, &["Exact", "NotOlderThan", ""], &mut faults);
        if wanted == "Exact" && options.resource_version == "0" {
            faults.push(forbidden(
                "resourceVersionMatch \"exact\" is forbidden for resourceVersion \"0\"",
            ));
        }
    }
    if options.send_initial_events.is_some() {
        faults.push(FieldError::forbidden(
            "sendInitialEvents",
            "sendInitialEvents is forbidden for list",
        ));
    }
    invalid(faults)
}

/// 422 for options that don't go together in a watch, or that the feature gate `WatchList` would have to allow.
pub fn check_watch(options: &Options, watch_list: bool) -> Result<(), Status> {
    options.readable_list()?;
    let mut faults = Vec::new();
    let wanted = options.resource_version_match.as_str();
    // Upstream turns a watch from the start into one that sends initial events before it looks.
    let from_start = options.send_initial_events.is_none()
        && wanted.is_empty()
        && matches!(options.resource_version.as_str(), "" | "0");
    if options.send_initial_events.is_some() && wanted != "NotOlderThan" {
        faults.push(forbidden(
            "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan",
        ));
    }
    if options.send_initial_events.is_some() && !watch_list {
        faults.push(FieldError::forbidden(
            "sendInitialEvents",
            "sendInitialEvents is forbidden for watch unless the WatchList feature gate is enabled",
        ));
    }
    if !wanted.is_empty() {
        if options.send_initial_events.is_none() {
            faults.push(forbidden(
                "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided",
            ));
        }
        check_match(wanted, &["NotOlderThan"], &mut faults);
    }
    if (!wanted.is_empty() || from_start) && !options.continue_token.is_empty() {
        faults.push(forbidden(
            "resourceVersionMatch is forbidden when continue is provided",
        ));
    }
    invalid(faults)
}

fn check_match(wanted: &str, known: &[&str], faults: &mut Vec<FieldError>) {
    if !known.contains(&wanted) {
        faults.push(FieldError::not_supported(MATCH, wanted, known));
    }
}

fn forbidden(why: &str) -> FieldError {
    FieldError::forbidden(MATCH, why)
}

fn invalid(faults: Vec<FieldError>) -> Result<(), Status> {
    if faults.is_empty() {
        return Ok(());
    }
    Err(Status::invalid("meta.k8s.io", "ListOptions", "", faults))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(
        check: impl Fn(&Options) -> Result<(), Status>,
        query: &str,
        expected: Result<(), &str>,
    ) {
        let result = check(&Options::parse(query));
        let shown = result.map_err(|status| {
            assert_eq!(status.code, 422);
            let prefix = "ListOptions.meta.k8s.io \"\" is invalid: ";
            status.message.strip_prefix(prefix).unwrap().to_owned()
        });
        assert_eq!(shown, expected.map_err(str::to_owned), "{query}");
    }

    #[test]
    fn lists() {
        let list = |query, expected| check(check_list, query, expected);
        list("", Ok(()));
        list("resourceVersion=5&resourceVersionMatch=Exact", Ok(()));
        list(
            "resourceVersionMatch=Exact",
            Err(
                "resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided",
            ),
        );
        list(
            "resourceVersion=0&resourceVersionMatch=Exact",
            Err(
                "resourceVersionMatch: Forbidden: resourceVersionMatch \"exact\" is forbidden for resourceVersion \"0\"",
            ),
        );
        list(
            "resourceVersion=1&resourceVersionMatch=x",
            Err(
                "resourceVersionMatch: Unsupported value: \"x\": supported values: \"Exact\", \"NotOlderThan\", \"\"",
            ),
        );
        list(
            "sendInitialEvents=true",
            Err("sendInitialEvents: Forbidden: sendInitialEvents is forbidden for list"),
        );
    }

    #[test]
    fn watches() {
        let watch = |query, expected| check(|options| check_watch(options, true), query, expected);
        watch("resourceVersion=5", Ok(()));
        watch(
            "sendInitialEvents=false&resourceVersionMatch=NotOlderThan",
            Ok(()),
        );
        watch(
            "sendInitialEvents=true",
            Err(
                "resourceVersionMatch: Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan",
            ),
        );
        watch(
            "resourceVersionMatch=Exact&resourceVersion=1",
            Err(
                "[resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided, resourceVersionMatch: Unsupported value: \"Exact\": supported values: \"NotOlderThan\"]",
            ),
        );
        check(
            |options| check_watch(options, false),
            "sendInitialEvents=true&resourceVersionMatch=NotOlderThan",
            Err(
                "sendInitialEvents: Forbidden: sendInitialEvents is forbidden for watch unless the WatchList feature gate is enabled",
            ),
        );
        let continued = "resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden when continue is provided";
        watch("continue=x", Err(continued));
        watch("continue=x&resourceVersion=5", Ok(()));
    }
}
