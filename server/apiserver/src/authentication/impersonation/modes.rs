//! The ways in which one user may act as another (KEP-5284). The constrained ones take two permissions: to impersonate
//! this user, and to do this very thing while doing so. What counted before them, `impersonate` alone, still counts, and
//! comes last.

use std::time::Duration;

use knarr_api::status::Status;
use knarr_api::validation;
use knarr_api::validation::names::{is_dns1123_label, is_dns1123_subdomain};

use crate::authorization::Attributes;
use crate::remembered::Remembered;
use crate::server::Shared;
use crate::user::{self, UserInfo};

/// The extra key of a service account's token by which its node is known.
const NODE_NAME: &str = "authentication.kubernetes.io/node-name";
/// What the authorizer sees in place of all that tokens of one account on other nodes would say otherwise.
const ASSOCIATED_KEYS: &str = "authentication.kubernetes.io/associated-node-keys";
const AUTHENTICATION: &str = "authentication.k8s.io";
/// From so many on it is asked first whether all may be impersonated.
const MANY: usize = 4;
/// How long it is remembered in which way somebody was last allowed to act as another.
const REMEMBERED: Duration = Duration::from_secs(3600);

/// One way.
struct Mode {
    /// `impersonate:NAME` and `impersonate-on:NAME:VERB` are its verbs; `None` for the verb `impersonate`.
    name: Option<&'static str>,
    verb: &'static str,
    /// Whether it is for this user, impersonated by that one.
    applies: fn(&UserInfo, &UserInfo) -> bool,
}

/// All ways, in upstream's order.
static MODES: [Mode; 5] = [
    Mode {
        name: Some("associated-node"),
        verb: "impersonate:associated-node",
        applies: |wanted, requestor| only_name(wanted) && is_own_node(requestor, &wanted.name),
    },
    Mode {
        name: Some("arbitrary-node"),
        verb: "impersonate:arbitrary-node",
        applies: |wanted, _| only_name(wanted) && node(&wanted.name).is_some(),
    },
    Mode {
        name: Some("serviceaccount"),
        verb: "impersonate:serviceaccount",
        applies: |wanted, _| only_name(wanted) && service_account(&wanted.name).is_some(),
    },
    Mode {
        name: Some("user-info"),
        verb: "impersonate:user-info",
        applies: |wanted, _| {
            node(&wanted.name).is_none() && service_account(&wanted.name).is_none()
        },
    },
    Mode {
        name: None,
        verb: "impersonate",
        applies: |_, _| true,
    },
];

/// As whom a request acts.
#[derive(Debug)]
pub struct Impersonated {
    pub user: UserInfo,
    /// The verb of the constrained mode that allowed it.
    pub constraint: Option<&'static str>,
}

/// In which way, by index, users were last allowed to act as others: that one is tried first.
pub type Known = Remembered<String, usize>;

/// Decides whether the request may be made as the wanted user; the refusal is that of the first way that was tried.
pub async fn impersonate(
    shared: &Shared,
    wanted: &UserInfo,
    request: &Attributes<'_>,
) -> Result<Impersonated, Status> {
    let known = &shared.authenticator.impersonation;
    let last = known.get(&request.user.name);
    let rest = (0..MODES.len()).filter(|index| Some(*index) != last);
    let mut refused = None;
    for index in last.into_iter().chain(rest) {
        let mode = &MODES[index];
        match mode.allows(shared, wanted, request).await {
            Ok(Some(user)) => {
                if last != Some(index) {
                    known.put(request.user.name.clone(), REMEMBERED, index);
                }
                let constraint = mode.name.map(|_| mode.verb);
                return Ok(Impersonated { user, constraint });
            }
            Ok(None) => {}
            Err(status) => refused = refused.or(Some(status)),
        }
    }
    Err(refused.unwrap_or_else(|| Status::internal("all impersonation modes failed")))
}

impl Mode {
    /// The user that is acted as; `Ok(None)` when this is no way for such a user.
    async fn allows(
        &self,
        shared: &Shared,
        wanted: &UserInfo,
        request: &Attributes<'_>,
    ) -> Result<Option<UserInfo>, Status> {
        if !(self.applies)(wanted, request.user) {
            return Ok(None);
        }
        let of_own_node = self.name == Some("associated-node");
        let seen = of_own_node.then(|| without_extra(request.user));
        let requestor = seen.as_ref().unwrap_or(request.user);
        if let Some(mode) = self.name {
            let verb = format!("impersonate-on:{mode}:{}", request.verb);
            let doing = Attributes {
                user: requestor,
                verb: &verb,
                ..request.clone()
            };
            may(shared, &doing).await?;
        }
        let mut user = wanted.clone();
        self.may_be_named(shared, requestor, wanted, of_own_node)
            .await?;
        if !wanted.uid.is_empty() {
            let uid = self.wants(requestor, AUTHENTICATION, "uids", &wanted.uid);
            may(shared, &uid).await?;
        }
        self.may_have_groups(shared, requestor, &wanted.groups)
            .await?;
        self.may_have_extra(shared, requestor, wanted).await?;
        self.complete(&mut user);
        Ok(Some(user))
    }

    fn wants<'a>(
        &self,
        requestor: &'a UserInfo,
        group: &'a str,
        resource: &'a str,
        name: &'a str,
    ) -> Attributes<'a> {
        Attributes {
            version: "v1",
            name,
            ..Attributes::resource(requestor, self.verb, group, resource)
        }
    }

    /// The group of the resources that stand for names and groups.
    fn group(&self) -> &'static str {
        self.name.map_or("", |_| AUTHENTICATION)
    }

    async fn may_be_named(
        &self,
        shared: &Shared,
        requestor: &UserInfo,
        wanted: &UserInfo,
        of_own_node: bool,
    ) -> Result<(), Status> {
        let mut name = self.wants(requestor, self.group(), "users", &wanted.name);
        if let Some(node) = node(&wanted.name).filter(|_| self.name.is_some()) {
            name.resource = "nodes";
            name.name = if of_own_node { "*" } else { node };
        }
        if let Some((namespace, account)) = service_account(&wanted.name) {
            name.resource = "serviceaccounts";
            (name.namespace, name.name) = (namespace, account);
        }
        may(shared, &name).await
    }

    async fn may_have_groups(
        &self,
        shared: &Shared,
        requestor: &UserInfo,
        groups: &[String],
    ) -> Result<(), Status> {
        let wants = |name| self.wants(requestor, self.group(), "groups", name);
        if self.name.is_some() {
            if groups.iter().any(String::is_empty) {
                let why = "impersonating the empty string group is not allowed";
                return Err(wants("").forbidden(why));
            }
            if groups.iter().any(|group| group == user::MASTERS) {
                let why = "impersonating the system:masters group is not allowed";
                return Err(wants(user::MASTERS).forbidden(why));
            }
            if groups.len() >= MANY && may(shared, &wants("*")).await.is_ok() {
                return Ok(());
            }
        }
        for group in groups {
            may(shared, &wants(group)).await?;
        }
        Ok(())
    }

    async fn may_have_extra(
        &self,
        shared: &Shared,
        requestor: &UserInfo,
        wanted: &UserInfo,
    ) -> Result<(), Status> {
        let wants = |subresource, name| Attributes {
            subresource,
            ..self.wants(requestor, AUTHENTICATION, "userextras", name)
        };
        if self.name.is_some() {
            check_extra(wanted).map_err(|why| wants("", "").forbidden(&why))?;
            let count: usize = wanted.extra.values().map(Vec::len).sum();
            if count >= MANY && may(shared, &wants("*", "*")).await.is_ok() {
                return Ok(());
            }
        }
        for (key, values) in &wanted.extra {
            for value in values {
                may(shared, &wants(key, value)).await?;
            }
        }
        Ok(())
    }

    /// Adds the groups that the name implies, as if the user had authenticated.
    fn complete(&self, user: &mut UserInfo) {
        if node(&user.name).is_some() && self.name.is_some() {
            user.groups = vec![user::NODES.to_owned()];
        }
        if let Some((namespace, _)) = service_account(&user.name).filter(|_| user.groups.is_empty())
        {
            let own = format!("system:serviceaccounts:{namespace}");
            user.groups = vec!["system:serviceaccounts".to_owned(), own];
        }
        let implied = if user.name == user::ANONYMOUS {
            user::ALL_UNAUTHENTICATED
        } else if user.in_group(user::ALL_UNAUTHENTICATED) {
            return;
        } else {
            user::ALL_AUTHENTICATED
        };
        if !user.in_group(implied) {
            user.groups.push(implied.to_owned());
        }
    }
}

async fn may(shared: &Shared, attributes: &Attributes<'_>) -> Result<(), Status> {
    let decision = shared.authorize(attributes).await;
    if decision.is_allowed() {
        Ok(())
    } else {
        Err(attributes.forbidden(decision.reason()))
    }
}

/// A service account as the authorizer sees it when it acts as its node: the same on every node.
fn without_extra(requestor: &UserInfo) -> UserInfo {
    let keys = requestor.extra.keys().cloned().collect();
    UserInfo {
        extra: [(ASSOCIATED_KEYS.to_owned(), keys)].into(),
        ..requestor.clone()
    }
}

fn check_extra(wanted: &UserInfo) -> Result<(), String> {
    for (key, values) in &wanted.extra {
        if key.is_empty() {
            return Err("impersonating the empty string key in extra is not allowed".to_owned());
        }
        if let Some(fault) = validation::user_extra_key(key).first() {
            return Err(format!(
                "impersonating an invalid key in extra is not allowed: {fault}"
            ));
        }
        if *key != key.to_lowercase() {
            return Err(format!(
                "impersonating a non-lowercase key in extra is not allowed: {key:?}"
            ));
        }
        if values.iter().any(String::is_empty) {
            let why = "impersonating the empty string value in extra is not allowed";
            return Err(why.to_owned());
        }
    }
    Ok(())
}

fn only_name(user: &UserInfo) -> bool {
    user.uid.is_empty() && user.groups.is_empty() && user.extra.is_empty()
}

/// The node of a name that only a node has.
fn node(name: &str) -> Option<&str> {
    let node = name.strip_prefix(user::NODE_PREFIX)?;
    is_dns1123_subdomain(node).is_empty().then_some(node)
}

/// Namespace and name of a name that only a service account has.
fn service_account(name: &str) -> Option<(&str, &str)> {
    let (namespace, account) = name
        .strip_prefix(user::SERVICE_ACCOUNT_PREFIX)?
        .split_once(':')?;
    let valid = is_dns1123_label(namespace).is_empty() && is_dns1123_subdomain(account).is_empty();
    valid.then_some((namespace, account))
}

/// Whether this is a service account whose token was bound to a pod on that node.
fn is_own_node(requestor: &UserInfo, name: &str) -> bool {
    let bound = requestor.extra.get(NODE_NAME).map(Vec::as_slice);
    service_account(&requestor.name).is_some()
        && node(name).is_some_and(|node| bound == Some(&[node.to_owned()]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn applying(wanted: &UserInfo, requestor: &UserInfo) -> Vec<&'static str> {
        let modes = MODES
            .iter()
            .filter(|mode| (mode.applies)(wanted, requestor));
        modes.map(|mode| mode.verb).collect()
    }

    fn named(name: &str) -> UserInfo {
        UserInfo {
            name: name.to_owned(),
            ..UserInfo::default()
        }
    }

    #[test]
    fn which_ways_there_are() {
        let mut agent = named("system:serviceaccount:a:agent");
        let node = named("system:node:n1");
        let of = |wanted: &UserInfo| applying(wanted, &named("bob"));
        assert_eq!(of(&node), ["impersonate:arbitrary-node", "impersonate"]);
        assert_eq!(of(&agent), ["impersonate:serviceaccount", "impersonate"]);
        assert_eq!(of(&named("jane")), ["impersonate:user-info", "impersonate"]);
        agent.extra = [(NODE_NAME.to_owned(), vec!["n1".to_owned()])].into();
        assert_eq!(applying(&node, &agent).len(), 3);
        assert_eq!(applying(&named("system:node:n2"), &agent).len(), 2);
        // A node or an account with groups of its choice has only the old way.
        let grouped = UserInfo {
            groups: vec!["a".to_owned()],
            ..node
        };
        assert_eq!(of(&grouped), ["impersonate"]);
    }

    #[test]
    fn groups_follow_from_the_name() {
        let completed = |mode: &Mode, mut user: UserInfo| {
            mode.complete(&mut user);
            user.groups
        };
        let [.., legacy] = &MODES;
        assert_eq!(
            completed(&MODES[1], named("system:node:n1")),
            ["system:nodes", "system:authenticated"]
        );
        assert_eq!(
            completed(legacy, named("system:node:n1")),
            ["system:authenticated"]
        );
        assert_eq!(
            completed(legacy, named("system:serviceaccount:a:b")),
            [
                "system:serviceaccounts",
                "system:serviceaccounts:a",
                "system:authenticated"
            ]
        );
        assert_eq!(
            completed(legacy, named(user::ANONYMOUS)),
            ["system:unauthenticated"]
        );
    }

    #[test]
    fn what_extra_may_not_be() {
        let check = |key: &str, value: &str| {
            let extra = [(key.to_owned(), vec![value.to_owned()])].into();
            check_extra(&UserInfo {
                extra,
                ..named("jane")
            })
        };
        assert_eq!(check("acme.io/a", "b"), Ok(()));
        assert_eq!(
            check("dn", "b").unwrap_err(),
            r#"impersonating an invalid key in extra is not allowed: extra.key: Invalid value: "dn": must be a domain-prefixed path (such as "acme.io/foo")"#
        );
        assert_eq!(
            check("acme.io/a", "").unwrap_err(),
            "impersonating the empty string value in extra is not allowed"
        );
    }
}
