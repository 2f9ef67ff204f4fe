//! What `PodLogOptions` may say: upstream's `ValidatePodLogOptions`.

use jiff::Timestamp;
use knarr_api::quote::quote;
use knarr_api::status::{FieldError, Status};
use knarr_api::strconv;

use crate::request::info::pairs;

/// The options that are numbers.
const NUMBERS: [&str; 3] = ["sinceSeconds", "tailLines", "limitBytes"];

/// 400 for numbers that are none, 422 for options that no log can be read by.
pub fn check(query: &str, pod: &str) -> Result<(), Status> {
    for (_, value) in pairs(query).filter(|(key, _)| NUMBERS.contains(&key.as_ref())) {
        strconv::parse_int(&value).map_err(Status::bad_request)?;
    }
    for (_, value) in pairs(query).filter(|(key, _)| key == "sinceTime") {
        time(&value)?;
    }
    let faults = faults(query);
    if faults.is_empty() {
        return Ok(());
    }
    Err(Status::invalid("", "PodLogOptions", pod, faults))
}

/// 400 for what is no time; an empty one, and the `null` of older clients, are none.
fn time(text: &str) -> Result<(), Status> {
    if matches!(text, "" | "null") || text.parse::<Timestamp>().is_ok() {
        return Ok(());
    }
    const LAYOUT: &str = "2006-01-02T15:04:05Z07:00";
    Err(Status::bad_request(format!(
        "parsing time {} as {LAYOUT:?}: cannot parse {} as \"2006\"",
        quote(text),
        quote(text),
    )))
}

fn faults(query: &str) -> Vec<FieldError> {
    let text = |name: &str| {
        let mut found = pairs(query).filter(|(key, value)| key == name && !value.is_empty());
        found.next().map(|(_, value)| value)
    };
    let number = |name: &str| text(name).and_then(|value| value.parse::<i64>().ok());
    let less = |name: &str, least: i64, why: &str| {
        let value = number(name).filter(|value| *value < least);
        value.map(|value| FieldError::invalid(name, value, why))
    };
    let mut faults = Vec::new();
    let negative = "must be greater than or equal to 0";
    faults.extend(less("tailLines", 0, negative));
    faults.extend(less("limitBytes", 1, "must be greater than 0"));
    if text("sinceSeconds").is_some() && text("sinceTime").is_some() {
        let why = "at most one of `sinceTime` or `sinceSeconds` may be specified";
        faults.push(FieldError::forbidden("", why));
    } else {
        faults.extend(less("sinceSeconds", 1, "must be greater than 0"));
    }
    if text("stream").is_some() {
        // The feature PodLogsQuerySplitStreams is off.
        faults.push(FieldError::forbidden("stream", "may not be specified"));
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_checked() {
        assert!(check("tailLines=0&limitBytes=1&sinceSeconds=1&follow=true", "p").is_ok());
        let refused = check("tailLines=-1&limitBytes=0&sinceSeconds=0", "p").unwrap_err();
        assert_eq!(
            refused.message,
            "PodLogOptions \"p\" is invalid: [tailLines: Invalid value: -1: must be greater than or equal to 0, \
             limitBytes: Invalid value: 0: must be greater than 0, sinceSeconds: Invalid value: 0: must be greater than 0]"
        );
        let none = check("tailLines=x", "p").unwrap_err();
        assert_eq!(
            (none.code, none.message.as_str()),
            (400, r#"strconv.ParseInt: parsing "x": invalid syntax"#)
        );
        let time = check("sinceTime=bad", "p").unwrap_err();
        assert_eq!(
            (time.code, time.message.as_str()),
            (
                400,
                r#"parsing time "bad" as "2006-01-02T15:04:05Z07:00": cannot parse "bad" as "2006""#
            )
        );
        assert!(check("sinceTime=2026-01-02T03:04:05%2B01:00", "p").is_ok());
        let stream = check("stream=Stdout", "p").unwrap_err();
        assert_eq!(
            stream.message,
            "PodLogOptions \"p\" is invalid: stream: Forbidden: may not be specified"
        );
        let both = check("sinceSeconds=1&sinceTime=2026-01-02T03:04:05Z", "p").unwrap_err();
        assert_eq!(
            both.message,
            "PodLogOptions \"p\" is invalid: : Forbidden: at most one of `sinceTime` or `sinceSeconds` may be specified"
        );
    }
}
