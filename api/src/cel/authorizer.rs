//! The `authorizer` variable: what an expression can ask about who may do what. Who answers is the caller's.

use std::fmt;
use std::sync::Arc;

/// One question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// The service account (namespace, name) to ask for, instead of the user of the request.
    pub service_account: Option<(Arc<str>, Arc<str>)>,
    pub verb: Arc<str>,
    pub subject: Subject,
}

/// What is to be done to what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    Path(Arc<str>),
    Resource(Resource),
}

/// A resource, every part of it but the group and the resource possibly empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Resource {
    pub group: Arc<str>,
    pub resource: Arc<str>,
    pub subresource: Arc<str>,
    pub namespace: Arc<str>,
    pub name: Arc<str>,
    pub field_selector: Arc<str>,
    pub label_selector: Arc<str>,
}

/// An answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Decision {
    pub allowed: bool,
    pub reason: String,
    /// Why there is no answer.
    pub error: Option<String>,
}

/// Who answers.
pub trait Authorize: Send + Sync {
    fn authorize(&self, question: &Question) -> Decision;
}

/// `authorizer`, and `authorizer.serviceAccount(…)`.
#[derive(Clone)]
pub struct Authorizer {
    answers: Arc<dyn Authorize>,
    service_account: Option<(Arc<str>, Arc<str>)>,
}

impl fmt::Debug for Authorizer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Authorizer")
            .field(&self.service_account)
            .finish()
    }
}

/// `authorizer.path(…)`.
#[derive(Debug, Clone)]
pub struct PathCheck {
    pub authorizer: Arc<Authorizer>,
    pub path: Arc<str>,
}

/// `authorizer.group(…)`.
#[derive(Debug, Clone)]
pub struct GroupCheck {
    pub authorizer: Arc<Authorizer>,
    pub group: Arc<str>,
}

/// `authorizer.group(…).resource(…)`, and `authorizer.requestResource`.
#[derive(Debug, Clone)]
pub struct ResourceCheck {
    pub authorizer: Arc<Authorizer>,
    pub resource: Resource,
}

impl Authorizer {
    /// Asks for the user of the request.
    pub fn new(answers: Arc<dyn Authorize>) -> Self {
        Self {
            answers,
            service_account: None,
        }
    }

    /// Asks for a service account.
    pub fn service_account(&self, namespace: Arc<str>, name: Arc<str>) -> Self {
        Self {
            answers: self.answers.clone(),
            service_account: Some((namespace, name)),
        }
    }

    /// Asks.
    pub fn check(&self, verb: Arc<str>, subject: Subject) -> Decision {
        self.answers.authorize(&Question {
            service_account: self.service_account.clone(),
            verb,
            subject,
        })
    }
}
