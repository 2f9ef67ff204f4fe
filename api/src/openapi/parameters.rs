//! The query parameters of the API, each described once.

/// A query parameter: name, JSON type, description.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Parameter {
    pub name: &'static str,
    pub type_: &'static str,
    pub description: &'static str,
    /// Clients look for these two in the operation itself, so they are never referred to (`kubectl` refuses to send
    /// a parameter that it does not find).
    pub inline: bool,
}

const fn parameter(
    name: &'static str,
    type_: &'static str,
    description: &'static str,
) -> Parameter {
    Parameter {
        name,
        type_,
        description,
        inline: false,
    }
}

const fn inline(name: &'static str, type_: &'static str, description: &'static str) -> Parameter {
    Parameter {
        inline: true,
        ..parameter(name, type_, description)
    }
}

pub(super) const LIST: &[Parameter] = &[
    ALLOW_WATCH_BOOKMARKS,
    CONTINUE,
    FIELD_SELECTOR,
    LABEL_SELECTOR,
    LIMIT,
    RESOURCE_VERSION,
    RESOURCE_VERSION_MATCH,
    SEND_INITIAL_EVENTS,
    TIMEOUT_SECONDS,
    WATCH,
];
pub(super) const WRITE: &[Parameter] = &[DRY_RUN, FIELD_MANAGER, FIELD_VALIDATION];
pub(super) const PATCH: &[Parameter] = &[DRY_RUN, FIELD_MANAGER, FIELD_VALIDATION, FORCE];
pub(super) const DELETE: &[Parameter] = &[
    DRY_RUN,
    GRACE_PERIOD_SECONDS,
    ORPHAN_DEPENDENTS,
    PROPAGATION_POLICY,
];
pub(super) const DELETE_COLLECTION: &[Parameter] = &[
    CONTINUE,
    DRY_RUN,
    FIELD_SELECTOR,
    GRACE_PERIOD_SECONDS,
    LABEL_SELECTOR,
    LIMIT,
    ORPHAN_DEPENDENTS,
    PROPAGATION_POLICY,
    RESOURCE_VERSION,
    RESOURCE_VERSION_MATCH,
    SEND_INITIAL_EVENTS,
    TIMEOUT_SECONDS,
];
pub(super) const LOG: &[Parameter] = &[
    CONTAINER,
    parameter("follow", "boolean", "Follow the log stream of the pod."),
    parameter(
        "insecureSkipTLSVerifyBackend",
        "boolean",
        "Do not verify the certificate of the kubelet.",
    ),
    parameter(
        "limitBytes",
        "integer",
        "The number of bytes after which the output ends.",
    ),
    parameter(
        "previous",
        "boolean",
        "The logs of the previous, terminated container.",
    ),
    parameter(
        "sinceSeconds",
        "integer",
        "Only logs newer than this many seconds.",
    ),
    parameter(
        "stream",
        "string",
        "Which stream to return: All, Stdout or Stderr.",
    ),
    parameter(
        "tailLines",
        "integer",
        "The number of lines from the end of the logs.",
    ),
    parameter("timestamps", "boolean", "Begin each line with a timestamp."),
];
pub(super) const EXEC: &[Parameter] = &[
    parameter(
        "command",
        "string",
        "The command and its arguments; not run in a shell.",
    ),
    CONTAINER,
    STDERR,
    STDIN,
    STDOUT,
    TTY,
];
pub(super) const ATTACH: &[Parameter] = &[CONTAINER, STDERR, STDIN, STDOUT, TTY];
pub(super) const PORT_FORWARD: &[Parameter] = &[parameter(
    "ports",
    "integer",
    "The ports to forward; required with WebSockets.",
)];
pub(super) const PROXY: &[Parameter] = &[parameter(
    "path",
    "string",
    "The path that the request is forwarded to.",
)];
pub(super) const NONE: &[Parameter] = &[];

pub(super) const PRETTY: Parameter = parameter(
    "pretty",
    "string",
    "If 'true', then the output is pretty printed.",
);

/// Every list, for the section of shared parameters.
pub(super) const ALL: &[&[Parameter]] = &[
    &[PRETTY],
    LIST,
    WRITE,
    PATCH,
    DELETE,
    DELETE_COLLECTION,
    LOG,
    EXEC,
    ATTACH,
    PORT_FORWARD,
    PROXY,
];

const ALLOW_WATCH_BOOKMARKS: Parameter = parameter(
    "allowWatchBookmarks",
    "boolean",
    "Ask for events of type BOOKMARK in a watch.",
);
const CONTAINER: Parameter = parameter(
    "container",
    "string",
    "The container; the only one of the pod if not given.",
);
const CONTINUE: Parameter = parameter(
    "continue",
    "string",
    "The token by which a list in chunks goes on, from the answer before.",
);
const DRY_RUN: Parameter = inline(
    "dryRun",
    "string",
    "When present, indicates that modifications should not be persisted. Valid values are: - All: all dry run \
     stages will be processed",
);
const FIELD_MANAGER: Parameter = parameter(
    "fieldManager",
    "string",
    "The name of the actor that is making these changes, at most 128 characters.",
);
const FIELD_SELECTOR: Parameter = parameter(
    "fieldSelector",
    "string",
    "A selector to restrict the list of returned objects by their fields.",
);
const FIELD_VALIDATION: Parameter = inline(
    "fieldValidation",
    "string",
    "What happens to unknown or duplicate fields. Valid values are: - Ignore: they are dropped silently - Warn: a \
     warning is sent for each, the default - Strict: the request fails",
);
const FORCE: Parameter = parameter(
    "force",
    "boolean",
    "Take over the fields that an apply conflicts on; for apply patches only.",
);
const GRACE_PERIOD_SECONDS: Parameter = parameter(
    "gracePeriodSeconds",
    "integer",
    "The seconds before the object is deleted; zero deletes at once.",
);
const LABEL_SELECTOR: Parameter = parameter(
    "labelSelector",
    "string",
    "A selector to restrict the list of returned objects by their labels.",
);
const LIMIT: Parameter = parameter(
    "limit",
    "integer",
    "The most items to return for a list call.",
);
const ORPHAN_DEPENDENTS: Parameter = parameter(
    "orphanDependents",
    "boolean",
    "Deprecated: use propagationPolicy.",
);
const PROPAGATION_POLICY: Parameter = parameter(
    "propagationPolicy",
    "string",
    "How dependents are deleted: 'Orphan' - leave them; 'Background' - later; 'Foreground' - before the object.",
);
const RESOURCE_VERSION: Parameter = parameter(
    "resourceVersion",
    "string",
    "The resource version that a list or watch starts from.",
);
const RESOURCE_VERSION_MATCH: Parameter = parameter(
    "resourceVersionMatch",
    "string",
    "How resourceVersion is applied to a list: Exact or NotOlderThan.",
);
const SEND_INITIAL_EVENTS: Parameter = parameter(
    "sendInitialEvents",
    "boolean",
    "Begin a watch with an event for each object that is there.",
);
const STDERR: Parameter = parameter("stderr", "boolean", "Redirect the standard error stream.");
const STDIN: Parameter = parameter("stdin", "boolean", "Redirect the standard input stream.");
const STDOUT: Parameter = parameter("stdout", "boolean", "Redirect the standard output stream.");
const TIMEOUT_SECONDS: Parameter = parameter(
    "timeoutSeconds",
    "integer",
    "The seconds after which a list or watch ends.",
);
const TTY: Parameter = parameter("tty", "boolean", "Allocate a terminal.");
const WATCH: Parameter = parameter(
    "watch",
    "boolean",
    "Watch for changes and return them as a stream of add, update and remove events.",
);
