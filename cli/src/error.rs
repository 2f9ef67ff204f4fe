//! The one error type of the commands, and the one function that turns it into kubectl's text and exit code.

use knarr_api::status::{Status, StatusCause};

/// Why a command failed. The text of each variant is what kubectl prints for it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Anything that kubectl reports as `error: TEXT`.
    #[error("{0}")]
    Message(String),
    /// A wrong call of a command: the text is followed by a pointer to the command's help.
    #[error("{message}")]
    Usage {
        message: String,
        command: &'static str,
    },
    /// A flag that the command does not know or can't read.
    #[error("{message}")]
    Flag { message: String, command: String },
    /// The server refused.
    #[error("{0}")]
    Status(Box<Status>),
    /// An answer that no API server gives.
    #[error("{0}")]
    Foreign(String),
    /// The server could not be reached at all. `request` is what was asked of it, such as `Get "https://…"`.
    #[error("{cause}")]
    Connection {
        host: String,
        request: String,
        cause: String,
    },
    /// A kubeconfig that does not hold together; printed as `Error in configuration: `.
    #[error("{0}")]
    Configuration(String),
    /// Several failures of one command, printed one below the other.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "))]
    Many(Vec<Error>),
    /// Text that is printed as it is.
    #[error("{0}")]
    Verbatim(String),
    /// Text that is printed as it is, and the exit code of what ran elsewhere.
    #[error("{message}")]
    Ended { message: String, code: u8 },
    /// The text has been printed already, or there is none.
    #[error("exit status {0}")]
    Exit(u8),
    /// Writing the answer failed; a closed pipe is no failure.
    #[error("{0}")]
    Output(#[from] std::io::Error),
}

pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// An `error: TEXT` failure.
    pub fn message(text: impl Into<String>) -> Self {
        Error::Message(text.into())
    }

    /// A failure that points at `kubectl COMMAND -h`.
    pub fn usage(command: &'static str, text: impl Into<String>) -> Self {
        Error::Usage {
            message: text.into(),
            command,
        }
    }

    /// One error for all of `errors`; `Ok` when there is none.
    pub fn all(mut errors: Vec<Error>) -> Result<()> {
        match errors.len() {
            0 => Ok(()),
            1 => Err(errors.remove(0)),
            _ => Err(Error::Many(errors)),
        }
    }

    /// As [`Error::all`], where upstream collects even a single error into a list: nothing says `error:` before it.
    pub fn listed(errors: Vec<Error>) -> Result<()> {
        Self::all(errors).map_err(Error::unprefixed)
    }

    /// The same text without `error:` before it.
    pub fn unprefixed(self) -> Self {
        match self {
            Error::Message(text) => Error::Verbatim(text),
            other => other,
        }
    }

    /// The server's status, when the server answered.
    pub fn status(&self) -> Option<&Status> {
        match self {
            Error::Status(status) => Some(status),
            _ => None,
        }
    }

    /// The whole text of Go's `url.Error`, which commands put behind words of their own: what was asked, and why there
    /// is no answer.
    pub fn request_text(&self) -> String {
        match self {
            Error::Connection { request, cause, .. } if !request.is_empty() => {
                format!("{request}: {cause}")
            }
            other => other.to_string(),
        }
    }

    /// Whether the object does not exist.
    pub fn is_not_found(&self) -> bool {
        self.status().is_some_and(|status| status.code == 404)
    }

    /// Whether the server has no such kind of objects at all, or no object's path at that place.
    pub fn is_unknown_resource(&self) -> bool {
        match self {
            Error::Many(errors) => errors.iter().any(Error::is_unknown_resource),
            _ => self.status().is_some_and(|status| {
                let words = "the server could not find the requested resource";
                status.code == 404 && status.message.contains(words)
            }),
        }
    }

    /// Whether the write lost against a concurrent one.
    pub fn is_conflict(&self) -> bool {
        self.status()
            .is_some_and(|status| status.code == 409 && status.reason == "Conflict")
    }

    /// Whether there is an object of that name already.
    pub fn is_already_there(&self) -> bool {
        self.status()
            .is_some_and(|status| status.code == 409 && status.reason == "AlreadyExists")
    }

    /// Puts what was done to which file in front, as kubectl words the failure of one document of a manifest.
    pub fn in_source(self, action: &str, source: &str) -> Self {
        if source.is_empty() {
            return self;
        }
        match self {
            Error::Status(mut status) => {
                status.message = format!("error when {action} \"{source}\": {}", status.message);
                Error::Status(status)
            }
            Error::Message(text) => {
                Error::Message(format!("error when {action} \"{source}\": {text}"))
            }
            other => other,
        }
    }

    /// The same error, with a line below it; the exit code stays.
    pub fn with_hint(self, hint: &str) -> Self {
        match self.report() {
            (text, 1) if !text.is_empty() => Error::Verbatim(format!("{text}\n{hint}")),
            _ => self,
        }
    }

    /// What goes to standard error (no final newline) and the exit code.
    pub fn report(&self) -> (String, u8) {
        let text = match self {
            Error::Exit(code) => return (String::new(), *code),
            Error::Ended { message, code } => return (message.clone(), *code),
            Error::Output(error) if error.kind() == std::io::ErrorKind::BrokenPipe => {
                return (String::new(), 0);
            }
            Error::Usage { message, command } => {
                format!("error: {message}\nSee 'kubectl {command} -h' for help and examples")
            }
            Error::Flag { message, command } => {
                format!("error: {message}\nSee '{command} --help' for usage.")
            }
            Error::Status(status) if status.reason == "Invalid" => invalid(status),
            Error::Configuration(text) => format!("Error in configuration: {text}"),
            Error::Many(errors) => errors
                .iter()
                .map(Error::message_of_many)
                .collect::<Vec<_>>()
                .join("\n"),
            Error::Verbatim(text) => text.clone(),
            other => other.standard_message(),
        };
        (text, 1)
    }

    /// One of several failures: only what the server said is introduced.
    fn message_of_many(&self) -> String {
        match self {
            Error::Status(_) | Error::Connection { .. } => self.standard_message(),
            other => other.to_string(),
        }
    }

    fn standard_message(&self) -> String {
        match self {
            Error::Status(status) => status_message(status),
            Error::Connection { host, cause, .. } if cause.contains("connection refused") => {
                format!(
                    "The connection to the server {host} was refused - did you specify the right host or port?"
                )
            }
            Error::Connection { cause, .. } => format!("Unable to connect to the server: {cause}"),
            Error::Verbatim(text) => text.clone(),
            other => {
                let text = other.to_string();
                if text.starts_with("error: ") {
                    text
                } else {
                    format!("error: {text}")
                }
            }
        }
    }
}

/// What the system said, in Go's words: lower case, and without the number.
pub fn go_words(error: &std::io::Error) -> String {
    let text = error.to_string().to_lowercase();
    match text.split_once(" (os error") {
        Some((words, _)) => words.to_owned(),
        None => text,
    }
}

impl From<Status> for Error {
    fn from(status: Status) -> Self {
        Error::Status(Box::new(status))
    }
}

fn status_message(status: &Status) -> String {
    match status.reason.as_ref() {
        "Unauthorized" => format!(
            "error: You must be logged in to the server ({})",
            status.message
        ),
        "" => format!("Error from server: {}", status.message),
        reason => format!("Error from server ({reason}): {}", status.message),
    }
}

fn invalid(status: &Status) -> String {
    let Some(details) = &status.details else {
        return match status.message.as_str() {
            "" => "The request is invalid".to_owned(),
            message => format!("The request is invalid: {message}"),
        };
    };
    let mut text = "The request is invalid".to_owned();
    if !details.kind.is_empty() || !details.name.is_empty() {
        text = format!("The {} \"{}\" is invalid", details.kind, details.name);
    } else if details.causes.is_empty() {
        text = format!("{text}: {}", status.message);
    }
    let mut lines: Vec<String> = Vec::new();
    for StatusCause { field, message, .. } in &details.causes {
        let line = format!("{field}: {message}");
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    match lines.as_slice() {
        [] => text,
        [one] => format!("{text}: {one}"),
        many => many.iter().fold(format!("{text}: "), |text, line| {
            format!("{text}\n* {line}")
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_names_its_reason() {
        let error = Error::from(Status::not_found("", "pods", "web"));
        assert_eq!(
            error.report(),
            (
                "Error from server (NotFound): pods \"web\" not found".to_owned(),
                1
            )
        );
    }

    #[test]
    fn several_faults_of_one_object_are_listed() {
        let cause = |field: &str| StatusCause {
            reason: "FieldValueRequired".into(),
            message: "Required value".into(),
            field: field.into(),
        };
        let status =
            Status::invalid("", "Pod", "web", vec![]).with_causes(vec![cause("a"), cause("b")]);
        assert_eq!(
            Error::from(status).report().0,
            "The Pod \"web\" is invalid: \n* a: Required value\n* b: Required value"
        );
    }

    #[test]
    fn a_closed_pipe_is_no_failure() {
        let error = Error::from(std::io::Error::from(std::io::ErrorKind::BrokenPipe));
        assert_eq!(error.report(), (String::new(), 0));
    }
}
