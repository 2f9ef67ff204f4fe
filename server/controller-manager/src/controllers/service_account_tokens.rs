//! Tokens that stand in secrets: a secret of type `kubernetes.io/service-account-token` that names an account gets a
//! token for it, and goes with it. <https://kubernetes.io/docs/concepts/configuration/secret/#serviceaccount-token-secrets>

use std::sync::Arc;
use std::time::Duration;

use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1::{Secret, ServiceAccount};
use knarr_client::Api;
use kube::ResourceExt;
use kube::api::{DeleteParams, PostParams, Preconditions};
use serde_json::{Value, json};

use crate::context::SharedContext;
use knarr_client::informer::{Change, Key};

pub const NAME: &str = "serviceaccount-token-controller";

const WORKERS: usize = 5;
const NAME_ANNOTATION: &str = "kubernetes.io/service-account.name";
const UID_ANNOTATION: &str = "kubernetes.io/service-account.uid";

/// Signs claims as a JSON web token.
pub type SignToken = dyn Fn(&Value) -> Result<String, String> + Send + Sync;

/// Runs the controller for ever.
pub async fn run(context: SharedContext) {
    let queue = context.queue("serviceaccount_tokens_secret");
    let to_do = queue.clone();
    context
        .informers
        .token_secrets
        .on_change(move |change: Change<'_, Secret>| {
            if let Some(secret) = change.new {
                to_do.add(Key::of(&**secret));
            }
        });
    let to_do = queue.clone();
    let weak = Arc::downgrade(&context);
    context
        .informers
        .service_accounts
        .on_change(move |change: Change<'_, ServiceAccount>| {
            let (Some(account), Some(context)) = (change.latest(), weak.upgrade()) else {
                return;
            };
            let namespace = account.namespace().unwrap_or_default();
            for secret in context.informers.token_secrets.in_namespace(&namespace) {
                if account_of(&secret) == Some(account.name_any().as_str()) {
                    to_do.add(Key::of(&*secret));
                }
            }
        });
    context.informers.synced().await;
    queue.run(WORKERS, |key| reconcile(&context, key)).await;
}

fn account_of(secret: &Secret) -> Option<&str> {
    secret
        .annotations()
        .get(NAME_ANNOTATION)
        .map(String::as_str)
        .filter(|name| !name.is_empty())
}

/// Whether it is the account with this UID; with none, it is the one that has the name.
fn is_meant(account: &ServiceAccount, uid: Option<&String>) -> bool {
    uid.is_none_or(|uid| account.metadata.uid.as_ref() == Some(uid))
}

/// What is to be done with a secret.
#[derive(Debug, PartialEq)]
enum Action {
    Keep,
    Delete,
    Write(Box<Secret>),
}

fn plan(
    secret: &Secret,
    account: Option<&ServiceAccount>,
    root_ca: &str,
    sign: &SignToken,
) -> Result<Action, String> {
    let Some(name) = account_of(secret) else {
        return Ok(Action::Keep);
    };
    if secret.metadata.deletion_timestamp.is_some() {
        return Ok(Action::Keep);
    }
    let Some(account) = account else {
        return Ok(Action::Delete);
    };
    if !is_meant(account, secret.annotations().get(UID_ANNOTATION)) {
        return Ok(Action::Delete);
    }
    let uid = account.uid().unwrap_or_default();
    let namespace = secret.namespace().unwrap_or_default();
    let mut wanted = secret.clone();
    wanted
        .annotations_mut()
        .insert(UID_ANNOTATION.to_owned(), uid.clone());
    let data = wanted.data.get_or_insert_default();
    data.insert("ca.crt".to_owned(), ByteString(root_ca.as_bytes().to_vec()));
    data.insert(
        "namespace".to_owned(),
        ByteString(namespace.as_bytes().to_vec()),
    );
    if data.get("token").is_none_or(|token| token.0.is_empty()) {
        let token = sign(&json!({
            "iss": "kubernetes/serviceaccount",
            "kubernetes.io/serviceaccount/namespace": namespace,
            "kubernetes.io/serviceaccount/secret.name": secret.name_any(),
            "kubernetes.io/serviceaccount/service-account.name": name,
            "kubernetes.io/serviceaccount/service-account.uid": uid,
            "sub": format!("system:serviceaccount:{namespace}:{name}"),
        }))?;
        data.insert("token".to_owned(), ByteString(token.into_bytes()));
    }
    Ok(if wanted == *secret {
        Action::Keep
    } else {
        Action::Write(Box::new(wanted))
    })
}

async fn reconcile(context: &SharedContext, key: Key) -> Result<Option<Duration>, kube::Error> {
    let Some(sign) = &context.config.sign_token else {
        return Ok(None);
    };
    let Some(secret) = context.informers.token_secrets.get(&key) else {
        return Ok(None);
    };
    let account = match account_of(&secret) {
        Some(name) => {
            let uid = secret.annotations().get(UID_ANNOTATION);
            find_account(context, &key.namespace, name, uid).await?
        }
        None => None,
    };
    let api = Api::<Secret>::namespaced(context.client.clone(), &key.namespace);
    let done = match plan(
        &secret,
        account.as_deref(),
        &context.config.root_ca,
        &**sign,
    ) {
        Ok(Action::Keep) => return Ok(None),
        Ok(Action::Delete) => {
            let preconditions = Preconditions {
                uid: secret.uid(),
                resource_version: None,
            };
            let params = DeleteParams {
                preconditions: Some(preconditions),
                ..DeleteParams::default()
            };
            api.delete(&key.name, &params).await.map(drop)
        }
        Ok(Action::Write(wanted)) => api
            .replace(&key.name, &PostParams::default(), &wanted)
            .await
            .map(drop),
        Err(why) => {
            tracing::warn!(why, secret = %key, "a token could not be signed");
            return Ok(Some(Duration::from_secs(60)));
        }
    };
    match done {
        Err(kube::Error::Api(status)) if matches!(status.code, 404 | 409) => Ok(None),
        done => done.map(|()| None),
    }
}

/// The account as it is known here. One that is not, or that is not the one which the secret names by its UID, is
/// looked up: a secret may come before the news of its account, and is not to be deleted for that.
async fn find_account(
    context: &SharedContext,
    namespace: &str,
    name: &str,
    uid: Option<&String>,
) -> Result<Option<Arc<ServiceAccount>>, kube::Error> {
    let known = context
        .informers
        .service_accounts
        .get(&Key::new(namespace, name));
    if let Some(account) = known.filter(|account| is_meant(account, uid)) {
        return Ok(Some(account));
    }
    let api = Api::<ServiceAccount>::namespaced(context.client.clone(), namespace);
    Ok(api.get_opt(name).await?.map(Arc::new))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(uid: Option<&str>) -> Secret {
        let mut annotations = json!({NAME_ANNOTATION: "bot"});
        if let Some(uid) = uid {
            annotations[UID_ANNOTATION] = uid.into();
        }
        let value = json!({"metadata": {"name": "s", "namespace": "n", "annotations": annotations},
            "type": "kubernetes.io/service-account-token"});
        serde_json::from_value(value).unwrap()
    }

    fn account() -> ServiceAccount {
        serde_json::from_value(json!({"metadata": {"name": "bot", "namespace": "n", "uid": "u"}}))
            .unwrap()
    }

    fn sign(claims: &Value) -> Result<String, String> {
        Ok(claims["sub"].as_str().unwrap_or_default().to_owned())
    }

    #[test]
    fn a_secret_gets_a_token_once() {
        let Ok(Action::Write(written)) = plan(&secret(None), Some(&account()), "ca", &sign) else {
            panic!("nothing is written");
        };
        let data = written.data.as_ref().unwrap();
        assert_eq!(data["token"].0, b"system:serviceaccount:n:bot");
        assert_eq!(
            (&data["ca.crt"].0[..], &data["namespace"].0[..]),
            (&b"ca"[..], &b"n"[..])
        );
        assert_eq!(written.annotations()[UID_ANNOTATION], "u");
        assert_eq!(
            plan(&written, Some(&account()), "ca", &sign),
            Ok(Action::Keep)
        );
    }

    #[test]
    fn a_secret_goes_with_its_account() {
        assert_eq!(plan(&secret(None), None, "ca", &sign), Ok(Action::Delete));
        assert_eq!(
            plan(&secret(Some("old")), Some(&account()), "ca", &sign),
            Ok(Action::Delete)
        );
    }
}
