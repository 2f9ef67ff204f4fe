//! From the claims of a good token to a user. Values only.

use knarr_api::cel::{self, Budget, Declaration, Environment, Program, Variables};
use serde_json::Value;

use super::config::Issuer;
use crate::authorization::rules::quoted;
use crate::user::UserInfo;

/// How far a clock may be behind that of the issuer, seconds.
const LEEWAY: i64 = 300;

/// Where a field of the user comes from.
pub enum Mapping {
    Claim { claim: String, prefix: String },
    Expression(Expression),
}

/// What a token must say beyond being good.
pub enum ClaimRule {
    Required {
        claim: String,
        value: String,
    },
    Expression {
        expression: Expression,
        message: Option<String>,
    },
}

/// A CEL expression on the claims or the user.
pub struct Expression {
    program: Program,
    variable: &'static str,
}

impl Expression {
    /// Reads an expression on the variable `claims` or `user`.
    pub fn compile(source: &str, variable: &'static str) -> Result<Self, String> {
        let environment = Environment::new().with(variable, Declaration::dynamic());
        let program = Program::compile(source, &environment)
            .map_err(|error| format!("compilation failed: {error}"))?;
        Ok(Self { program, variable })
    }

    fn evaluate(&self, value: &Value) -> Result<Value, String> {
        let variables = Variables::new().with(self.variable, cel::Value::from_json(value));
        let result = self.program.evaluate(&variables, &mut Budget::default());
        let json = result.and_then(|value| value.to_json());
        json.map_err(|error| format!("error evaluating expression: {error}"))
    }
}

/// Whether the token is good now (seconds since 1970).
pub fn check_times(claims: &Value, now: i64) -> Result<(), String> {
    let end = claims["exp"].as_f64().unwrap_or_default() as i64;
    if now > end {
        return Err(format!(
            "verify token: oidc: token is expired (Token Expiry: {end})"
        ));
    }
    if let Some(start) = claims["nbf"].as_f64()
        && now + LEEWAY < start as i64
    {
        return Err(
            "verify token: oidc: current time is before the nbf (not before) time".to_owned(),
        );
    }
    Ok(())
}

/// The user that the claims stand for.
pub fn user(issuer: &Issuer, claims: &Value) -> Result<UserInfo, String> {
    check_audience(issuer, claims)?;
    for rule in &issuer.claim_rules {
        check_claim(rule, claims)?;
    }
    let name = username(&issuer.username, claims)?;
    let groups = match &issuer.groups {
        Some(mapping) => groups(mapping, claims)?,
        None => Vec::new(),
    };
    let mut user = UserInfo::authenticated(name, groups);
    if let Some(mapping) = &issuer.uid {
        user.uid = match mapping {
            Mapping::Claim { claim, .. } => text_claim(claims, claim, "uid")?,
            Mapping::Expression(expression) => text(expression.evaluate(claims)?, "uid")?,
        };
    }
    for (key, expression) in &issuer.extra {
        let values = texts(expression.evaluate(claims)?, "extra claim")?;
        if !values.is_empty() {
            user.extra.insert(key.clone(), values);
        }
    }
    check_user(issuer, &user)?;
    Ok(user)
}

fn check_audience(issuer: &Issuer, claims: &Value) -> Result<(), String> {
    let named: Vec<String> = match &claims["aud"] {
        Value::String(one) => vec![one.clone()],
        many => items(many).collect(),
    };
    if named.iter().any(|one| issuer.audiences.contains(one)) {
        return Ok(());
    }
    Err(match issuer.audiences.as_slice() {
        [one] => format!(
            "verify token: oidc: expected audience {one:?} got {}",
            quoted(&named)
        ),
        all => format!(
            "verify token: oidc: expected audience in {} got {}",
            quoted(all),
            quoted(&named)
        ),
    })
}

fn check_claim(rule: &ClaimRule, claims: &Value) -> Result<(), String> {
    match rule {
        ClaimRule::Required { claim, value } => match &claims[claim.as_str()] {
            Value::Null => Err(format!("required claim {claim} not present in ID token")),
            Value::String(found) if found == value => Ok(()),
            Value::String(found) => Err(format!(
                "required claim {claim} value does not match. Got = {found}, want = {value}"
            )),
            _ => Err(format!("parse claim {claim}: it is no string")),
        },
        ClaimRule::Expression {
            expression,
            message,
        } => match expression.evaluate(claims)? {
            Value::Bool(true) => Ok(()),
            _ => Err(format!(
                "error evaluating claim validation expression: {}",
                message.as_deref().unwrap_or("validation expression failed")
            )),
        },
    }
}

fn username(mapping: &Mapping, claims: &Value) -> Result<String, String> {
    let name = match mapping {
        Mapping::Claim { claim, prefix } => {
            let name = text_claim(claims, claim, "username")?;
            // An address that nobody has checked could be anybody's.
            if claim == "email" {
                match &claims["email_verified"] {
                    Value::Null | Value::Bool(true) => {}
                    Value::Bool(false) => return Err("email not verified".to_owned()),
                    _ => return Err("parse 'email_verified' claim: it is no boolean".to_owned()),
                }
            }
            format!("{prefix}{name}")
        }
        Mapping::Expression(expression) => text(expression.evaluate(claims)?, "username")?,
    };
    if name.is_empty() {
        return Err("empty username".to_owned());
    }
    Ok(name)
}

fn groups(mapping: &Mapping, claims: &Value) -> Result<Vec<String>, String> {
    match mapping {
        Mapping::Claim { claim, prefix } => {
            let value = claims[claim.as_str()].clone();
            let groups = texts(value, "groups").map_err(|_| {
                format!(
                    "parse groups claim {claim:?}: it is neither a string nor a list of strings"
                )
            })?;
            Ok(groups
                .into_iter()
                .map(|group| format!("{prefix}{group}"))
                .collect())
        }
        Mapping::Expression(expression) => texts(expression.evaluate(claims)?, "groups"),
    }
}

/// What every user must be, and what the rules of the issuer say of its own.
fn check_user(issuer: &Issuer, user: &UserInfo) -> Result<(), String> {
    if issuer.user_rules.is_empty() {
        return Ok(());
    }
    let value = serde_json::json!({"username": user.name, "uid": user.uid, "groups": user.groups, "extra": user.extra});
    for (expression, message) in &issuer.user_rules {
        if expression.evaluate(&value)? != Value::Bool(true) {
            return Err(format!(
                "error evaluating user info validation rule: {message}"
            ));
        }
    }
    Ok(())
}

fn items(value: &Value) -> impl Iterator<Item = String> {
    let all = value.as_array().into_iter().flatten();
    all.filter_map(|one| one.as_str().map(str::to_owned))
}

fn text_claim(claims: &Value, claim: &str, what: &str) -> Result<String, String> {
    match &claims[claim] {
        Value::String(text) => Ok(text.clone()),
        Value::Null => Err(format!("parse {what} claims {claim:?}: claim not present")),
        _ => Err(format!("parse {what} claims {claim:?}: it is no string")),
    }
}

fn text(value: Value, what: &str) -> Result<String, String> {
    match value {
        Value::String(text) => Ok(text),
        _ => Err(format!(
            "error evaluating {what} claim expression: expected a string"
        )),
    }
}

/// One string or a list of them; nothing is an empty list.
fn texts(value: Value, what: &str) -> Result<Vec<String>, String> {
    let wrong =
        || format!("error evaluating {what} expression: expected a string or a list of strings");
    match value {
        Value::Null => Ok(Vec::new()),
        Value::String(text) if text.is_empty() => Ok(Vec::new()),
        Value::String(text) => Ok(vec![text]),
        Value::Array(all) => all
            .into_iter()
            .map(|one| match one {
                Value::String(text) => Ok(text),
                _ => Err(wrong()),
            })
            .collect(),
        _ => Err(wrong()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::authentication::jwt::config::OidcFlags;

    fn issuer(claim: &str) -> Issuer {
        let flags = OidcFlags {
            issuer_url: "https://i".to_owned(),
            client_id: "kube".to_owned(),
            username_claim: claim.to_owned(),
            groups_claim: Some("groups".to_owned()),
            required_claims: vec!["hd=acme.com".to_owned()],
            ..OidcFlags::default()
        };
        flags.issuer().unwrap()
    }

    #[test]
    fn an_address_must_be_verified() {
        let claims = |verified: bool| json!({"aud": ["kube", "x"], "email": "j@acme.com", "email_verified": verified, "hd": "acme.com", "groups": "dev"});
        let found = user(&issuer("email"), &claims(true)).unwrap();
        assert_eq!(found.name, "j@acme.com");
        assert!(found.in_group("dev"));
        let error = user(&issuer("email"), &claims(false)).unwrap_err();
        assert_eq!(error, "email not verified");
    }

    #[test]
    fn expressions_make_the_user() {
        let text = "apiVersion: apiserver.config.k8s.io/v1\nkind: AuthenticationConfiguration\njwt:\n- issuer: {url: 'https://i', audiences: [kube]}\n  claimValidationRules:\n  - {expression: 'claims.hd == \"acme.com\"', message: only acme}\n  claimMappings:\n    username: {expression: 'claims.sub + \":\" + claims.team'}\n    groups: {expression: 'claims.roles.split(\",\")'}\n    uid: {expression: claims.sub}\n    extra: [{key: acme.com/team, valueExpression: claims.team}]\n  userValidationRules:\n  - {expression: '!user.username.startsWith(\"system:\")', message: no system users}\n";
        let config = crate::authentication::jwt::config::parse(text).unwrap();
        let issuer = &config.issuers[0];
        let claims = |sub: &str, hd: &str| json!({"aud": "kube", "sub": sub, "team": "x", "hd": hd, "roles": "a,b"});
        let found = user(issuer, &claims("j", "acme.com")).unwrap();
        assert_eq!((found.name.as_str(), found.uid.as_str()), ("j:x", "j"));
        assert_eq!(found.groups, ["a", "b", crate::user::ALL_AUTHENTICATED]);
        assert_eq!(found.extra["acme.com/team"], ["x"]);
        let other = user(issuer, &claims("j", "evil.com")).unwrap_err();
        assert!(other.contains("only acme"), "{other}");
        let system = user(issuer, &claims("system", "acme.com")).unwrap_err();
        assert!(system.contains("no system users"), "{system}");
        let broken = text.replace("claims.sub + ", "claims.sub + + ");
        assert!(crate::authentication::jwt::config::parse(&broken).is_err());
    }

    #[test]
    fn required_claims_are_required() {
        let error = |claims: Value| user(&issuer("sub"), &claims).unwrap_err();
        assert_eq!(
            error(json!({"aud": "kube", "sub": "j"})),
            "required claim hd not present in ID token"
        );
        assert_eq!(
            error(json!({"aud": "kube", "sub": "j", "hd": "x"})),
            "required claim hd value does not match. Got = x, want = acme.com"
        );
        assert!(error(json!({"sub": "j"})).contains("expected audience \"kube\" got []"));
    }
}
