//! The `authorizer` variable, answered by the authorizers of this server.

use std::sync::Arc;

use futures::FutureExt;
use knarr_api::cel::{
    Authorize, Authorizer, Decision, Question, Resource, ResourceCheck, Subject, Value,
};
use knarr_api::selector::{FieldSelector, Selector};

use crate::admission::Request;
use crate::authorization::{self, Attributes, Selectors};
use crate::server::Shared;
use crate::user::UserInfo;

/// Who answers for one request.
struct Answers {
    shared: Arc<Shared>,
    user: Arc<UserInfo>,
}

/// `authorizer`, and `authorizer.requestResource`.
pub fn variables(request: &Request<'_>) -> (Value, Value) {
    let authorizer = Arc::new(Authorizer::new(Arc::new(Answers {
        shared: request.shared.clone(),
        user: request.user.clone(),
    })));
    let check = ResourceCheck {
        authorizer: authorizer.clone(),
        resource: Resource {
            group: request.requested.group.into(),
            resource: request.requested.plural.into(),
            subresource: request.subresource.into(),
            namespace: request.namespace.into(),
            name: request.name.as_str().into(),
            ..Resource::default()
        },
    };
    (
        Value::Authorizer(authorizer),
        Value::ResourceCheck(Arc::new(check)),
    )
}

impl Authorize for Answers {
    fn authorize(&self, question: &Question) -> Decision {
        let user = match &question.service_account {
            Some((namespace, name)) => Arc::new(service_account(namespace, name)),
            None => self.user.clone(),
        };
        let decision = match self.ask(&user, question).now_or_never() {
            Some(decision) => decision,
            // An authorizer that asks others: evaluation is no place to wait in, so another thread does.
            None => self.wait(&user, question),
        };
        Decision {
            allowed: decision.is_allowed(),
            reason: decision.reason().to_owned(),
            error: None,
        }
    }
}

impl Answers {
    async fn ask(&self, user: &UserInfo, question: &Question) -> authorization::Decision {
        let mut attributes = Attributes::resource(user, &question.verb, "", "");
        let selectors;
        match &question.subject {
            Subject::Path(path) => {
                attributes.is_resource = false;
                attributes.path = path;
            }
            Subject::Resource(resource) => {
                attributes.group = &resource.group;
                attributes.resource = &resource.resource;
                attributes.subresource = &resource.subresource;
                attributes.namespace = &resource.namespace;
                attributes.name = &resource.name;
                selectors = selectors_of(resource);
                attributes.selectors = selectors.as_ref();
            }
        }
        self.shared.authorize(&attributes).await
    }

    fn wait(&self, user: &UserInfo, question: &Question) -> authorization::Decision {
        let runtime = tokio::runtime::Handle::current();
        let waited = std::thread::scope(|scope| {
            scope
                .spawn(|| runtime.block_on(self.ask(user, question)))
                .join()
        });
        waited.unwrap_or_else(|_| {
            authorization::Decision::NoOpinion("the authorizer failed".to_owned())
        })
    }
}

/// Selectors that cannot be read are left out, as upstream does.
fn selectors_of(resource: &Resource) -> Option<Selectors> {
    let fields = FieldSelector::parse(&resource.field_selector).unwrap_or_default();
    let labels = Some(&*resource.label_selector)
        .filter(|text| !text.is_empty())
        .and_then(|text| Selector::parse(text).ok());
    (!fields.is_empty() || labels.is_some()).then_some(Selectors { fields, labels })
}

fn service_account(namespace: &str, name: &str) -> UserInfo {
    UserInfo::authenticated(
        format!("{}{namespace}:{name}", crate::user::SERVICE_ACCOUNT_PREFIX),
        [
            "system:serviceaccounts".to_owned(),
            format!("system:serviceaccounts:{namespace}"),
        ],
    )
}
