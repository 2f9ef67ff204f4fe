//! AuthenticationConfiguration (`--authentication-config`), and the older `--oidc-*` flags that say part of the same.
//! <https://kubernetes.io/docs/reference/access-authn-authz/authentication/#using-authentication-configuration>

use std::collections::BTreeSet;

use serde_json::Value;

use super::claims::{ClaimRule, Expression, Mapping};
use crate::authentication::Anonymous;

/// Why a configuration cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Error(String);

/// What the file says.
#[derive(Default)]
pub struct AuthenticationConfiguration {
    pub issuers: Vec<Issuer>,
    /// `None` leaves it to `--anonymous-auth`.
    pub anonymous: Option<Anonymous>,
}

/// One issuer, and how its claims become a user.
pub struct Issuer {
    pub url: String,
    pub discovery_url: Option<String>,
    /// PEM; without it the machine's authorities are trusted.
    pub certificate_authority: Option<String>,
    pub audiences: Vec<String>,
    /// The signature algorithms that are accepted.
    pub algorithms: Vec<String>,
    pub claim_rules: Vec<ClaimRule>,
    pub username: Mapping,
    pub groups: Option<Mapping>,
    pub uid: Option<Mapping>,
    pub extra: Vec<(String, Expression)>,
    pub user_rules: Vec<(Expression, String)>,
}

/// What an issuer of a configuration file may sign with.
pub const ALGORITHMS: &[&str] = &[
    "RS256", "RS384", "RS512", "ES256", "ES384", "PS256", "PS384", "PS512",
];

const GROUP: &str = "apiserver.config.k8s.io/";

/// Reads a file.
pub fn parse(text: &str) -> Result<AuthenticationConfiguration, Error> {
    let config: Value = serde_yaml::from_str(text).map_err(|error| Error(error.to_string()))?;
    let version = config["apiVersion"].as_str().unwrap_or_default();
    if config["kind"] != "AuthenticationConfiguration"
        || !matches!(
            version.strip_prefix(GROUP),
            Some("v1" | "v1beta1" | "v1alpha1")
        )
    {
        let why = "expected kind AuthenticationConfiguration of apiserver.config.k8s.io/v1";
        return Err(Error(why.to_owned()));
    }
    let mut issuers = Vec::new();
    let mut urls = BTreeSet::new();
    for (index, entry) in items(&config["jwt"]).enumerate() {
        let issuer = issuer(&format!("jwt[{index}]"), entry)?;
        if !urls.insert(issuer.url.clone()) {
            return Err(Error(format!(
                "jwt[{index}].issuer.url: Duplicate value: {:?}",
                issuer.url
            )));
        }
        issuers.push(issuer);
    }
    let anonymous = config["anonymous"].as_object().map(|setting| Anonymous {
        enabled: setting.get("enabled") == Some(&Value::Bool(true)),
        paths: items(&config["anonymous"]["conditions"])
            .filter_map(|condition| condition["path"].as_str().map(str::to_owned))
            .collect(),
    });
    if let Some(setting) = &anonymous
        && !setting.enabled
        && !setting.paths.is_empty()
    {
        return Err(Error("anonymous.conditions: Invalid value: enabled should be set to true when conditions are defined".to_owned()));
    }
    Ok(AuthenticationConfiguration { issuers, anonymous })
}

fn items(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn text(value: &Value) -> Option<String> {
    value
        .as_str()
        .filter(|text| !text.is_empty())
        .map(str::to_owned)
}

fn issuer(path: &str, entry: &Value) -> Result<Issuer, Error> {
    let about = &entry["issuer"];
    let url = https(&format!("{path}.issuer.url"), &about["url"])?;
    let discovery_url = match text(&about["discoveryURL"]) {
        Some(other) if other.trim_end_matches('/') == url.trim_end_matches('/') => {
            return Err(Error(format!(
                "{path}.issuer.discoveryURL: Invalid value: {other:?}: discoveryURL must be different from URL"
            )));
        }
        Some(_) => Some(https(
            &format!("{path}.issuer.discoveryURL"),
            &about["discoveryURL"],
        )?),
        None => None,
    };
    let audiences: Vec<String> = items(&about["audiences"]).filter_map(text).collect();
    if audiences.is_empty() {
        return Err(Error(format!(
            "{path}.issuer.audiences: Required value: at least one {path}.issuer.audiences is required"
        )));
    }
    if audiences.len() > 1 && about["audienceMatchPolicy"] != "MatchAny" {
        return Err(Error(format!(
            "{path}.issuer.audienceMatchPolicy: Invalid value: {}: audienceMatchPolicy must be MatchAny for multiple audiences",
            about["audienceMatchPolicy"]
        )));
    }
    let mappings = &entry["claimMappings"];
    let at = |field: &str| format!("{path}.claimMappings.{field}");
    let username = mapping(&at("username"), &mappings["username"], true)?.ok_or_else(|| {
        Error(format!(
            "{}: Required value: claim or expression is required",
            at("username")
        ))
    })?;
    let mut extra = Vec::new();
    for (index, one) in items(&mappings["extra"]).enumerate() {
        let path = at(&format!("extra[{index}]"));
        let key = text(&one["key"]).ok_or_else(|| Error(format!("{path}.key: Required value")))?;
        let expression = expression(
            &format!("{path}.valueExpression"),
            &one["valueExpression"],
            "claims",
        )?;
        extra.push((key, expression));
    }
    Ok(Issuer {
        url,
        discovery_url,
        certificate_authority: text(&about["certificateAuthority"]),
        audiences,
        algorithms: ALGORITHMS.iter().map(|one| (*one).to_owned()).collect(),
        claim_rules: claim_rules(path, entry)?,
        username,
        groups: mapping(&at("groups"), &mappings["groups"], true)?,
        uid: mapping(&at("uid"), &mappings["uid"], false)?,
        extra,
        user_rules: user_rules(path, entry)?,
    })
}

fn https(path: &str, value: &Value) -> Result<String, Error> {
    let Some(url) = text(value) else {
        return Err(Error(format!("{path}: Required value: URL is required")));
    };
    if !url.starts_with("https://") {
        return Err(Error(format!(
            "{path}: Invalid value: {url:?}: URL scheme must be https"
        )));
    }
    Ok(url)
}

fn mapping(path: &str, entry: &Value, prefixed: bool) -> Result<Option<Mapping>, Error> {
    match (text(&entry["claim"]), text(&entry["expression"])) {
        (Some(_), Some(_)) => Err(Error(format!(
            "{path}: Invalid value: \"\": claim and expression can't both be set"
        ))),
        (Some(claim), None) => match entry["prefix"].as_str() {
            Some(prefix) => Ok(Some(Mapping::Claim {
                claim,
                prefix: prefix.to_owned(),
            })),
            None if prefixed => Err(Error(format!(
                "{path}.prefix: Required value: prefix is required when claim is set. It can be set to an empty string to disable prefixing"
            ))),
            None => Ok(Some(Mapping::Claim {
                claim,
                prefix: String::new(),
            })),
        },
        (None, Some(_)) => {
            let path = format!("{path}.expression");
            expression(&path, &entry["expression"], "claims")
                .map(|one| Some(Mapping::Expression(one)))
        }
        (None, None) => Ok(None),
    }
}

fn expression(path: &str, value: &Value, variable: &'static str) -> Result<Expression, Error> {
    let Some(source) = text(value) else {
        return Err(Error(format!(
            "{path}: Required value: expression is required"
        )));
    };
    Expression::compile(&source, variable)
        .map_err(|why| Error(format!("{path}: Invalid value: {source:?}: {why}")))
}

fn claim_rules(path: &str, entry: &Value) -> Result<Vec<ClaimRule>, Error> {
    let rule = |(index, rule): (usize, &Value)| {
        let path = format!("{path}.claimValidationRules[{index}]");
        match (text(&rule["claim"]), text(&rule["expression"])) {
            (Some(claim), None) => Ok(ClaimRule::Required {
                claim,
                value: rule["requiredValue"]
                    .as_str()
                    .unwrap_or_default()
                    .to_owned(),
            }),
            (None, Some(_)) => Ok(ClaimRule::Expression {
                expression: expression(
                    &format!("{path}.expression"),
                    &rule["expression"],
                    "claims",
                )?,
                message: text(&rule["message"]),
            }),
            (Some(_), Some(_)) => Err(Error(format!(
                "{path}: Invalid value: \"\": claim and expression can't both be set"
            ))),
            (None, None) => Err(Error(format!(
                "{path}: Required value: claim or expression is required"
            ))),
        }
    };
    items(&entry["claimValidationRules"])
        .enumerate()
        .map(rule)
        .collect()
}

fn user_rules(path: &str, entry: &Value) -> Result<Vec<(Expression, String)>, Error> {
    let rule = |(index, rule): (usize, &Value)| {
        let path = format!("{path}.userValidationRules[{index}].expression");
        let message = rule["message"].as_str().unwrap_or_default().to_owned();
        Ok((expression(&path, &rule["expression"], "user")?, message))
    };
    items(&entry["userValidationRules"])
        .enumerate()
        .map(rule)
        .collect()
}

/// The `--oidc-*` flags.
#[derive(Clone, Debug, Default)]
pub struct OidcFlags {
    pub issuer_url: String,
    pub client_id: String,
    /// PEM.
    pub certificate_authority: Option<String>,
    pub username_claim: String,
    pub username_prefix: Option<String>,
    pub groups_claim: Option<String>,
    pub groups_prefix: String,
    pub signing_algorithms: Vec<String>,
    /// `claim=value`.
    pub required_claims: Vec<String>,
}

impl OidcFlags {
    /// The issuer that the flags describe.
    pub fn issuer(&self) -> Result<Issuer, Error> {
        let url = https("--oidc-issuer-url", &Value::from(self.issuer_url.as_str()))?;
        if self.client_id.is_empty() {
            return Err(Error(
                "oidc-issuer-url and oidc-client-id must be specified together".to_owned(),
            ));
        }
        let prefix = match self.username_prefix.as_deref() {
            // A name that only this issuer vouches for must not look like another's.
            None if self.username_claim != "email" => format!("{url}#"),
            None | Some("-") => String::new(),
            Some(prefix) => prefix.to_owned(),
        };
        let rule = |text: &String| {
            let pair = text.split_once('=');
            let (claim, value) = pair
                .ok_or_else(|| Error(format!("--oidc-required-claim: {text:?} is no key=value")))?;
            Ok(ClaimRule::Required {
                claim: claim.to_owned(),
                value: value.to_owned(),
            })
        };
        let groups = self.groups_claim.as_ref().map(|claim| Mapping::Claim {
            claim: claim.clone(),
            prefix: self.groups_prefix.clone(),
        });
        Ok(Issuer {
            url,
            discovery_url: None,
            certificate_authority: self.certificate_authority.clone(),
            audiences: vec![self.client_id.clone()],
            algorithms: self.signing_algorithms.clone(),
            claim_rules: self
                .required_claims
                .iter()
                .map(rule)
                .collect::<Result<_, Error>>()?,
            username: Mapping::Claim {
                claim: self.username_claim.clone(),
                prefix,
            },
            groups,
            uid: None,
            extra: Vec::new(),
            user_rules: Vec::new(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str =
        "apiVersion: apiserver.config.k8s.io/v1\nkind: AuthenticationConfiguration\n";

    fn error(body: &str) -> String {
        parse(&format!("{HEAD}{body}"))
            .err()
            .map(|error| error.to_string())
            .unwrap_or_default()
    }

    #[test]
    fn what_is_wrong_is_named() {
        let good = "{url: 'https://i', audiences: [a]}";
        let check = |body: &str, wanted: &str| {
            let found = error(body);
            assert!(found.contains(wanted), "{found}");
        };
        check(
            "jwt: [{issuer: {url: 'http://i'}}]",
            "jwt[0].issuer.url: Invalid value: \"http://i\": URL scheme must be https",
        );
        check(
            "jwt: [{issuer: {url: 'https://i'}}]",
            "jwt[0].issuer.audiences: Required value",
        );
        check(
            &format!("jwt: [{{issuer: {good}}}]"),
            "jwt[0].claimMappings.username: Required value",
        );
        check(
            &format!("jwt: [{{issuer: {good}, claimMappings: {{username: {{claim: sub}}}}}}]"),
            "jwt[0].claimMappings.username.prefix: Required value",
        );
        check(
            "anonymous: {enabled: false, conditions: [{path: /livez}]}",
            "anonymous.conditions",
        );
        assert!(parse("kind: Pod").is_err());
    }

    #[test]
    fn anonymous_requests_are_limited_to_paths() {
        let text = format!("{HEAD}anonymous: {{enabled: true, conditions: [{{path: /livez}}]}}");
        let anonymous = parse(&text).unwrap().anonymous.unwrap();
        assert!(anonymous.may_ask("/livez") && !anonymous.may_ask("/version"));
        assert_eq!(parse(HEAD).unwrap().anonymous, None);
    }

    #[test]
    fn the_flags_prefix_names_that_are_not_addresses() {
        let flags = OidcFlags {
            issuer_url: "https://i".to_owned(),
            client_id: "kube".to_owned(),
            username_claim: "sub".to_owned(),
            ..OidcFlags::default()
        };
        let prefix = |flags: &OidcFlags| match flags.issuer().unwrap().username {
            Mapping::Claim { prefix, .. } => prefix,
            Mapping::Expression(_) => panic!("flags have no expressions"),
        };
        assert_eq!(prefix(&flags), "https://i#");
        let bare = OidcFlags {
            username_prefix: Some("-".to_owned()),
            ..flags
        };
        assert_eq!(prefix(&bare), "");
    }
}
