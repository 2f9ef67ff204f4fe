//! Bootstrap tokens: short-lived secrets in `kube-system`, by which a machine that has nothing else joins the cluster.
//! <https://kubernetes.io/docs/reference/access-authn-authz/bootstrap-tokens/>

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use knarr_api::meta;
use knarr_storage::At;
use serde_json::Value;

use crate::registry::known;
use crate::server::Shared;
use crate::user::UserInfo;

const NAMESPACE: &str = "kube-system";
const TYPE: &str = "bootstrap.kubernetes.io/token";
const GROUP: &str = "system:bootstrappers";
const ID_LENGTH: usize = 6;
const SECRET_LENGTH: usize = 16;

/// The user of a bootstrap token that is good now (seconds since 1970).
pub async fn find(shared: &Shared, token: &str, now: i64) -> Option<UserInfo> {
    let (id, secret) = split(token)?;
    let name = format!("bootstrap-token-{id}");
    let kind = known("", "v1", "secrets");
    let found = shared.registry.find(kind, NAMESPACE, &name, At::Any).await;
    judge(&found.ok()??, id, secret, now)
}

/// `abcdef.0123456789abcdef` into its halves.
fn split(token: &str) -> Option<(&str, &str)> {
    let (id, secret) = token.split_once('.')?;
    let fits = |text: &str, length| {
        text.len() == length
            && text
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    };
    (fits(id, ID_LENGTH) && fits(secret, SECRET_LENGTH)).then_some((id, secret))
}

fn judge(object: &Value, id: &str, secret: &str, now: i64) -> Option<UserInfo> {
    let data = |field: &str| {
        let text = object["data"][field].as_str()?;
        String::from_utf8(STANDARD.decode(text).ok()?).ok()
    };
    let matches = object["type"] == TYPE
        && meta::deletion_timestamp(object).is_none()
        && data("token-id").as_deref() == Some(id)
        && data("token-secret").is_some_and(|own| same(own.as_bytes(), secret.as_bytes()))
        && data("usage-bootstrap-authentication").as_deref() == Some("true");
    let alive = match data("expiration").filter(|text| !text.is_empty()) {
        None => true,
        Some(text) => text
            .parse::<Timestamp>()
            .is_ok_and(|end| now < end.as_second()),
    };
    if !matches || !alive {
        return None;
    }
    let extra = data("auth-extra-groups").unwrap_or_default();
    let mut groups: Vec<String> = vec![GROUP.to_owned()];
    for group in extra
        .split(',')
        .map(str::trim)
        .filter(|group| !group.is_empty())
    {
        // One that is not allowed makes the whole token void, as upstream.
        if !is_group(group) {
            return None;
        }
        groups.push(group.to_owned());
    }
    groups[1..].sort();
    groups.dedup();
    Some(UserInfo::authenticated(
        format!("system:bootstrap:{id}"),
        groups,
    ))
}

/// `system:bootstrappers:[a-z0-9:-]{0,255}[a-z0-9]`.
fn is_group(group: &str) -> bool {
    let rest = group.strip_prefix("system:bootstrappers:");
    let part = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    rest.is_some_and(|rest| {
        rest.len() <= 256
            && rest
                .bytes()
                .all(|byte| part(byte) || byte == b':' || byte == b'-')
            && rest.bytes().last().is_some_and(part)
    })
}

/// Compares in a time that does not tell where the difference is.
fn same(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len() && a.iter().zip(b).fold(0, |all, (a, b)| all | (a ^ b)) == 0
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const NOW: i64 = 1_800_000_000;

    fn secret(changes: &[(&str, &str)]) -> Value {
        let mut fields = vec![
            ("token-id", "abcdef"),
            ("token-secret", "0123456789abcdef"),
            ("usage-bootstrap-authentication", "true"),
            ("expiration", "2099-01-01T00:00:00Z"),
            (
                "auth-extra-groups",
                "system:bootstrappers:kubeadm:default-node-token",
            ),
        ];
        fields.retain(|(name, _)| changes.iter().all(|(changed, _)| changed != name));
        let mut object = json!({"type": TYPE, "data": {}});
        for (name, value) in fields.iter().chain(changes) {
            object["data"][*name] = STANDARD.encode(value).into();
        }
        object
    }

    fn user(changes: &[(&str, &str)]) -> Option<UserInfo> {
        judge(&secret(changes), "abcdef", "0123456789abcdef", NOW)
    }

    #[test]
    fn a_good_token_is_a_bootstrapper() {
        let user = user(&[]).unwrap();
        assert_eq!(user.name, "system:bootstrap:abcdef");
        let wanted = [
            GROUP,
            "system:bootstrappers:kubeadm:default-node-token",
            crate::user::ALL_AUTHENTICATED,
        ];
        assert_eq!(user.groups, wanted);
    }

    #[test]
    fn what_makes_a_token_void() {
        for change in [
            ("token-secret", "fedcba9876543210"),
            ("token-id", "fedcba"),
            ("usage-bootstrap-authentication", "false"),
            ("expiration", "2020-01-01T00:00:00Z"),
            ("expiration", "soon"),
            ("auth-extra-groups", "system:masters"),
        ] {
            assert_eq!(user(&[change]), None, "{change:?}");
        }
    }

    #[test]
    fn the_form_of_a_token() {
        assert_eq!(
            split("abcdef.0123456789abcdef"),
            Some(("abcdef", "0123456789abcdef"))
        );
        for bad in [
            "abcdef",
            "ABCDEF.0123456789abcdef",
            "abcde.0123456789abcdef",
            "abcdef.0123456789abcdef0",
        ] {
            assert_eq!(split(bad), None, "{bad}");
        }
    }
}
