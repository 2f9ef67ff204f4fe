//! Who asks and what they may, under upstream's names.

use std::time::Duration;

use knarr_component::metrics::{Counter, Definition, Histogram, Registry};

use crate::authorization::Decision;

static ATTEMPTS: Definition = Definition::alpha(
    "authentication_attempts",
    &["result"],
    "Counter of authenticated attempts.",
);
static DURATION: Definition = Definition::alpha(
    "authentication_duration_seconds",
    &["result"],
    "Authentication duration in seconds broken out by result.",
);
static USERS: Definition = Definition::alpha(
    "authenticated_user_requests",
    &["username"],
    "Counter of authenticated requests broken out by username.",
);
static EXPIRATION: Definition = Definition::alpha(
    "apiserver_client_certificate_expiration_seconds",
    &[],
    "Distribution of the remaining lifetime on the certificate used to authenticate a request.",
);
static AUTHORIZATIONS: Definition = Definition::alpha(
    "authorization_attempts_total",
    &["result"],
    "Counter of authorization attempts broken down by result. It can be either 'allowed', 'denied', 'no-opinion' or 'error'.",
);
static AUTHORIZATION_DURATION: Definition = Definition::alpha(
    "authorization_duration_seconds",
    &["result"],
    "Authorization duration in seconds broken out by result.",
);
static DECISIONS: Definition = Definition::alpha(
    "apiserver_authorization_decisions_total",
    &["decision", "name", "type"],
    "Total number of terminal decisions made by an authorizer split by authorizer type, name, and decision.",
);

/// From a millisecond, each bound twice the one before.
const SECONDS: &[f64] = &[
    0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.064, 0.128, 0.256, 0.512, 1.024, 2.048, 4.096,
    8.192, 16.384,
];
/// From half an hour to a year.
const LIFETIMES: &[f64] = &[
    0.0,
    1_800.0,
    3_600.0,
    7_200.0,
    21_600.0,
    43_200.0,
    86_400.0,
    172_800.0,
    345_600.0,
    604_800.0,
    2_592_000.0,
    7_776_000.0,
    15_552_000.0,
    31_104_000.0,
];

/// See the module.
pub struct Identity {
    attempts: Counter,
    duration: Histogram,
    users: Counter,
    expiration: Histogram,
    authorizations: Counter,
    authorization_duration: Histogram,
}

impl Identity {
    pub fn new(registry: &Registry) -> Self {
        Self {
            attempts: registry.counter(&ATTEMPTS),
            duration: registry.histogram(&DURATION, SECONDS),
            users: registry.counter(&USERS),
            expiration: registry.histogram(&EXPIRATION, LIFETIMES),
            authorizations: registry.counter(&AUTHORIZATIONS),
            authorization_duration: registry.histogram(&AUTHORIZATION_DURATION, SECONDS),
        }
    }

    /// It was found out who asks: a user, nobody, or that the credentials are not good.
    pub fn authenticated<E>(&self, found: &Result<Option<&str>, E>, took: Duration) {
        let result = match found {
            Ok(Some(name)) => {
                self.users.add(&[kind_of_name(name)], 1);
                "success"
            }
            Ok(None) => "failure",
            Err(_) => "error",
        };
        self.attempts.add(&[result], 1);
        self.duration.observe(&[result], took.as_secs_f64());
    }

    /// A request came with a certificate that is good for so many seconds.
    pub fn certificate(&self, left: i64) {
        self.expiration.observe(&[], left as f64);
    }

    /// It was decided whether a request is permitted.
    pub fn authorized(&self, decision: &Decision, took: Duration) {
        let result = match decision {
            Decision::Allow(_) => "allowed",
            Decision::Deny(_) => "denied",
            Decision::NoOpinion(_) => "no-opinion",
        };
        self.authorizations.add(&[result], 1);
        self.authorization_duration
            .observe(&[result], took.as_secs_f64());
    }
}

/// Names are not told, but for a few that upstream tells.
fn kind_of_name(name: &str) -> &str {
    match name {
        "admin"
        | "client"
        | "kube_proxy"
        | "kubelet"
        | "system:serviceaccount:kube-system:default" => name,
        _ if name.contains('@') => "email_id",
        _ => "other",
    }
}

/// What the authorizers of a chain decide.
pub struct Decisions(Counter);

impl Decisions {
    pub fn new(registry: &Registry) -> Self {
        Self(registry.counter(&DECISIONS))
    }

    /// One decided; to have no opinion is no decision.
    pub fn made(&self, kind: &str, name: &str, decision: &Decision) {
        let decision = match decision {
            Decision::Allow(_) => "allowed",
            Decision::Deny(_) => "denied",
            Decision::NoOpinion(_) => return,
        };
        self.0.add(&[decision, name, kind], 1);
    }
}
