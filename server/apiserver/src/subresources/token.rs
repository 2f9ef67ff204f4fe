//! `serviceaccounts/token`: issues tokens that are bound to their account, and to a pod, a secret or a node (KEP-1205).

use axum::body::Body;
use axum::response::Response;
use http::StatusCode;
use jiff::Timestamp;
use knarr_api::meta;
use knarr_api::status::{FieldError, Status};
use knarr_storage::At;
use serde_json::{Value, json};

use super::read_body;
use crate::admission;
use crate::authentication::service_account::subject;
use crate::authentication::token::{Audiences, Bound, Claims, Reference};
use crate::authorization::Attributes;
use crate::authorization::node::references;
use crate::call::Call;
use crate::registry::known;
use crate::request::Verb;
use crate::verbs;

const GROUP: &str = "authentication.k8s.io";
const KIND: &str = "TokenRequest";

/// An hour, unless the request says otherwise.
const DEFAULT_SECONDS: i64 = 3600;
/// The shortest life that may be asked for.
const MIN_SECONDS: i64 = 600;
/// The longest: 2^32 seconds.
const MAX_SECONDS: i64 = 1 << 32;
/// The mark of the ServiceAccount admission's volumes: such a token really lives a year, for programs that do not read
/// it again (`--service-account-extend-token-expiration`).
const EXTENDED_MARK: i64 = 3607;
const EXTENDED_SECONDS: i64 = 365 * 24 * 3600;

/// Issues a token for the account of the path.
pub async fn run(call: &mut Call, body: Body) -> Result<Response, Status> {
    if call.info.verb != Verb::Create {
        return Err(verbs::not_allowed(call.kind, &call.info));
    }
    let mut request = read_body(call, body, GROUP, "v1", KIND).await?;
    admission::created(call, &mut request).await?;
    check_metadata(&request, call.namespace(), &call.info.name)?;
    let registry = &call.shared.registry;
    let account = registry
        .get(call.stored, call.namespace(), &call.info.name, At::Current)
        .await?;
    let (asked, live) = (meta::uid(&request), meta::uid(&account));
    if !asked.is_empty() && asked != live {
        let why = format!(
            "the UID in the token request ({asked}) does not match the UID of the service account ({live})"
        );
        return Err(Status::conflict(GROUP, KIND, &call.info.name, why));
    }
    let seconds = request["spec"]["expirationSeconds"]
        .as_i64()
        .unwrap_or(DEFAULT_SECONDS);
    check_seconds(seconds)?;
    let mut bound = Bound {
        namespace: meta::namespace(&account).to_owned(),
        serviceaccount: reference(&account),
        ..Bound::default()
    };
    bind(call, &request["spec"]["boundObjectRef"], &mut bound).await?;
    let asked: Vec<String> = texts(&request["spec"]["audiences"]);
    check_node(call, &bound, &asked).await?;
    let tokens = call.shared.tokens.clone();
    let seconds = match tokens.max_seconds {
        Some(max) if seconds > max => {
            call.warnings.push(format!(
                "requested expiration of {seconds} seconds shortened to {max} seconds"
            ));
            max
        }
        _ => seconds,
    };
    let now = Timestamp::now().as_second();
    let for_us = asked.iter().all(|one| tokens.audiences.contains(one));
    let extend = tokens.extend && seconds == EXTENDED_MARK && bound.pod.is_some() && for_us;
    let lives = if extend {
        bound.warnafter = Some(now + seconds);
        EXTENDED_SECONDS
    } else {
        seconds
    };
    let audiences = if asked.is_empty() {
        tokens.audiences.clone()
    } else {
        asked
    };
    let claims = Claims {
        aud: Audiences(audiences.clone()),
        exp: now + lives,
        iat: now,
        nbf: now,
        jti: meta::new_uid(),
        sub: subject(&bound.namespace, &bound.serviceaccount.name),
        kubernetes: bound,
        ..Claims::default()
    };
    let token = tokens.sign(claims).map_err(Status::internal)?;
    let expires = Timestamp::from_second(now + seconds).map_err(Status::internal)?;
    request["metadata"] = json!({"name": meta::name(&account), "namespace": meta::namespace(&account),
        "creationTimestamp": meta::now_rfc3339()});
    request["spec"]["audiences"] = json!(audiences);
    request["spec"]["expirationSeconds"] = seconds.into();
    request["status"] = json!({"token": token, "expirationTimestamp": meta::rfc3339(expires)});
    Ok(call.answer(StatusCode::CREATED, &request))
}

/// A node agent gets tokens for the pods that run on it only, and for the audiences that they name (NodeRestriction).
async fn check_node(call: &Call, bound: &Bound, audiences: &[String]) -> Result<(), Status> {
    let Some(node) = call.user.node_name() else {
        return Ok(());
    };
    let forbidden = |why: &str| {
        Err(Status::forbidden(
            "",
            "serviceaccounts",
            &call.info.name,
            why,
        ))
    };
    let Some(pod) = &bound.pod else {
        return forbidden("node requested token not bound to a pod");
    };
    if bound.node.as_ref().is_none_or(|own| own.name != node) {
        return forbidden("node requested token bound to a pod scheduled on a different node");
    }
    if audiences.len() > 1 {
        return forbidden(&format!(
            "node may only request 0 or 1 audiences, got {}",
            audiences.len()
        ));
    }
    let Some(audience) = audiences.first() else {
        return Ok(());
    };
    let kind = known("", "v1", "pods");
    let registry = &call.shared.registry;
    let pod = registry
        .get(kind, call.namespace(), &pod.name, At::Current)
        .await?;
    if names_audience(&pod, audience, &call.shared.tokens.audiences) {
        return Ok(());
    }
    let drivers = named_drivers(call, &pod).await?;
    if drivers
        .iter()
        .any(|driver| requests_audience(driver, audience))
    {
        return Ok(());
    }
    let request = Attributes {
        namespace: call.namespace(),
        name: &call.info.name,
        ..Attributes::resource(
            &call.user,
            "request-serviceaccounts-token-audience",
            "",
            audience,
        )
    };
    if call.shared.authorize(&request).await.is_allowed() {
        return Ok(());
    }
    forbidden(&format!(
        "audience {audience:?} not found in pod spec volume"
    ))
}

fn volumes(pod: &Value) -> impl Iterator<Item = &Value> {
    pod["spec"]["volumes"].as_array().into_iter().flatten()
}

/// Whether a projected volume of the pod asks for a token for this audience; without one it is for this server.
fn names_audience(pod: &Value, audience: &str, ours: &[String]) -> bool {
    let sources = volumes(pod)
        .flat_map(|volume| {
            volume["projected"]["sources"]
                .as_array()
                .into_iter()
                .flatten()
        })
        .filter(|source| source["serviceAccountToken"].is_object());
    sources
        .map(|source| {
            source["serviceAccountToken"]["audience"]
                .as_str()
                .unwrap_or_default()
        })
        .any(|named| {
            named == audience || (named.is_empty() && ours.iter().any(|one| one == audience))
        })
}

/// The CSI drivers of the pod's volumes, as far as the pod, its claims' volumes and the cluster name them.
async fn named_drivers(call: &Call, pod: &Value) -> Result<Vec<Value>, Status> {
    let registry = &call.shared.registry;
    let mut names: Vec<String> = Vec::new();
    for volume in volumes(pod) {
        names.extend(volume["csi"]["driver"].as_str().map(str::to_owned));
    }
    for (namespace, claim) in references::claims(pod) {
        let claims = known("", "v1", "persistentvolumeclaims");
        let claim = registry.find(claims, &namespace, &claim, At::Any).await?;
        let Some(claim) = claim else { continue };
        let name = claim["spec"]["volumeName"].as_str().unwrap_or_default();
        let volume = registry
            .find(known("", "v1", "persistentvolumes"), "", name, At::Any)
            .await?;
        let driver =
            volume.and_then(|volume| volume["spec"]["csi"]["driver"].as_str().map(str::to_owned));
        names.extend(driver);
    }
    let mut drivers = Vec::new();
    for name in names {
        let kind = known("storage.k8s.io", "v1", "csidrivers");
        drivers.extend(registry.find(kind, "", &name, At::Any).await?);
    }
    Ok(drivers)
}

fn requests_audience(driver: &Value, audience: &str) -> bool {
    let requests = driver["spec"]["tokenRequests"]
        .as_array()
        .into_iter()
        .flatten();
    requests
        .into_iter()
        .any(|request| request["audience"] == audience)
}

fn texts(value: &Value) -> Vec<String> {
    let all = value.as_array().into_iter().flatten();
    all.filter_map(|text| text.as_str().map(str::to_owned))
        .collect()
}

fn reference(object: &Value) -> Reference {
    Reference {
        name: meta::name(object).to_owned(),
        uid: meta::uid(object).to_owned(),
    }
}

fn check_seconds(seconds: i64) -> Result<(), Status> {
    let why = match seconds {
        ..MIN_SECONDS => "may not specify a duration less than 10 minutes",
        seconds if seconds > MAX_SECONDS => "may not specify a duration larger than 2^32 seconds",
        _ => return Ok(()),
    };
    let error = FieldError::invalid("spec.expirationSeconds", seconds, why);
    Err(Status::invalid(GROUP, KIND, "", vec![error]))
}

/// A request that says for which account it is means the one of the path.
fn check_metadata(request: &Value, namespace: &str, name: &str) -> Result<(), Status> {
    for (field, told, wanted) in [
        ("name", meta::name(request), name),
        ("namespace", meta::namespace(request), namespace),
    ] {
        if !told.is_empty() && told != wanted {
            let why = format!("must match the service account {field} if specified");
            let error = FieldError::invalid(format!("metadata.{field}"), told, why);
            return Err(Status::invalid(GROUP, KIND, name, vec![error]));
        }
    }
    Ok(())
}

/// Fills in the object that the token is to be bound to; of a pod, its node too.
async fn bind(call: &Call, wanted: &Value, bound: &mut Bound) -> Result<(), Status> {
    if !wanted.is_object() {
        return Ok(());
    }
    let name = wanted["name"].as_str().unwrap_or_default();
    let version = wanted["apiVersion"].as_str().unwrap_or_default();
    // Of the version only the group counts: none.
    let kind = wanted["kind"].as_str().filter(|_| !version.contains('/'));
    let (plural, namespace) = match kind {
        Some("Pod") => ("pods", call.namespace()),
        Some("Secret") => ("secrets", call.namespace()),
        Some("Node") => ("nodes", ""),
        _ => {
            return Err(Status::bad_request(format!(
                "cannot bind token for serviceaccount {:?} to object of type {}, Kind={}",
                call.info.name,
                version,
                wanted["kind"].as_str().unwrap_or_default()
            )));
        }
    };
    let registry = &call.shared.registry;
    let object = registry
        .get(known("", "v1", plural), namespace, name, At::Current)
        .await?;
    let (asked, live) = (
        wanted["uid"].as_str().unwrap_or_default(),
        meta::uid(&object),
    );
    if !asked.is_empty() && asked != live {
        return Err(Status::conflict(
            "",
            plural,
            name,
            format!(
                "the UID in the bound object reference ({asked}) does not match the UID in record. The object might have been deleted and then recreated"
            ),
        ));
    }
    match plural {
        "pods" => {
            if object["spec"]["serviceAccountName"] != call.info.name.as_str() {
                return Err(Status::bad_request(format!(
                    "cannot bind token for serviceaccount {:?} to pod running with different serviceaccount name.",
                    call.info.name
                )));
            }
            let node = object["spec"]["nodeName"].as_str().unwrap_or_default();
            if !node.is_empty() {
                let nodes = known("", "v1", "nodes");
                let found = registry.find(nodes, "", node, At::Current).await?;
                bound.node = Some(Reference {
                    name: node.to_owned(),
                    uid: found
                        .map(|node| meta::uid(&node).to_owned())
                        .unwrap_or_default(),
                });
            }
            bound.pod = Some(reference(&object));
        }
        "secrets" => bound.secret = Some(reference(&object)),
        _ => bound.node = Some(reference(&object)),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_for_the_account_of_its_path() {
        let told = |metadata: Value| {
            let checked = check_metadata(&json!({"metadata": metadata}), "n", "a");
            checked.err().map(|status| status.message)
        };
        assert_eq!(told(json!({})), None);
        assert_eq!(told(json!({"name": "a", "namespace": "n"})), None);
        assert_eq!(
            told(json!({"name": "b"})).as_deref(),
            Some(
                "TokenRequest.authentication.k8s.io \"a\" is invalid: metadata.name: Invalid value: \"b\": must match the service account name if specified"
            )
        );
        assert_eq!(
            told(json!({"namespace": "m"})).as_deref(),
            Some(
                "TokenRequest.authentication.k8s.io \"a\" is invalid: metadata.namespace: Invalid value: \"m\": must match the service account namespace if specified"
            )
        );
    }
}
