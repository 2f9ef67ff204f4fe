//! What is said of webhooks, policies and their bindings.

use serde_json::{Value, json};

use crate::validation::ADMISSION;
use crate::validation::tests::refused;

fn check(kind: &str, cases: &[(&str, Value, &[&str])]) {
    for (pointer, value, expected) in cases {
        let found = refused(ADMISSION, kind, pointer, value.clone());
        assert_eq!(found, *expected, "{kind} {pointer} {value}");
    }
}

#[test]
fn rules_of_webhooks() {
    let list = "webhooks[0].rules[0].resources";
    check(
        "ValidatingWebhookConfiguration",
        &[
            (
                "/webhooks/0/rules/0/resources",
                json!(["*/*", "pods"]),
                &[&format!(
                    "{list}: Invalid value: [\"*/*\",\"pods\"]: if '*/*' is present, must not specify other resources"
                )],
            ),
            (
                "/webhooks/0/rules/0/resources",
                json!(["*", "pods"]),
                &[&format!(
                    "{list}: Invalid value: [\"*\",\"pods\"]: if '*' is present, must not specify other resources without subresources"
                )],
            ),
            (
                "/webhooks/0/rules/0/resources",
                json!(["pods/*", "pods/exec", "*/scale", "a/scale", ""]),
                &[
                    &format!(
                        "{list}[1]: Invalid value: \"pods/exec\": if 'pods/*' is present, must not specify pods/exec"
                    ),
                    &format!(
                        "{list}[3]: Invalid value: \"a/scale\": if '*/scale' is present, must not specify a/scale"
                    ),
                    &format!("{list}[4]: Required value"),
                ],
            ),
            (
                "/webhooks/0/rules/0/resources",
                json!(["*", "pods/exec"]),
                &[],
            ),
            (
                "/webhooks/0/rules/0/apiVersions",
                json!(["*", ""]),
                &[
                    "webhooks[0].rules[0].apiVersions: Invalid value: [\"*\",\"\"]: if '*' is present, must not specify other API versions",
                    "webhooks[0].rules[0].apiVersions[1]: Required value",
                ],
            ),
            (
                "/webhooks/0/rules/0/operations",
                json!(["*", "READ"]),
                &[
                    "webhooks[0].rules[0].operations: Invalid value: [\"*\",\"READ\"]: if '*' is present, must not specify other operations",
                    "webhooks[0].rules[0].operations[1]: Unsupported value: \"READ\": supported values: \"*\", \"CONNECT\", \"CREATE\", \"DELETE\", \"UPDATE\"",
                ],
            ),
            (
                "/webhooks/0/admissionReviewVersions",
                json!(["v2", "v2"]),
                &[
                    "webhooks[0].admissionReviewVersions[1]: Invalid value: \"v2\": duplicate version",
                    "webhooks[0].admissionReviewVersions: Invalid value: [\"v2\",\"v2\"]: must include at least one of v1, v1beta1",
                ],
            ),
            (
                "/webhooks/0/matchConditions",
                json!([{"name": "a", "expression": " 1 "}, {"name": "a", "expression": "true"}]),
                &[
                    "webhooks[0].matchConditions[0].expression: Invalid value: \"1\": must evaluate to bool but got int",
                    "webhooks[0].matchConditions[1].name: Duplicate value: \"a\"",
                ],
            ),
            (
                "/webhooks/0/clientConfig",
                json!({"service": {"name": "", "namespace": "n", "port": 443}}),
                &["webhooks[0].clientConfig.service.namespace: Required value"],
            ),
        ],
    );
}

#[test]
fn policies() {
    let nothing = "validations or auditAnnotations must contain at least one item";
    let kind = "spec.paramKind";
    let label = "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";
    let rule = "spec.matchConstraints.resourceRules[0]";
    check(
        "ValidatingAdmissionPolicy",
        &[
            (
                "/spec/validations",
                json!([]),
                &[
                    &format!("spec.validations: Required value: {nothing}"),
                    &format!("spec.auditAnnotations: Required value: {nothing}"),
                ],
            ),
            (
                "/spec/paramKind",
                json!({"apiVersion": "a/b/c", "kind": "1"}),
                &[
                    &format!(
                        "{kind}.apiVersion: Invalid value: \"a/b/c\": unexpected GroupVersion string: a/b/c"
                    ),
                    &format!(
                        "{kind}.kind: Invalid value: \"1\": may have mixed case, but should otherwise match: {label}"
                    ),
                ],
            ),
            (
                "/spec/paramKind",
                json!({"apiVersion": "apps/", "kind": "Deployment"}),
                &[&format!(
                    "{kind}.apiVersion: Invalid value: \"apps/\": version must be specified"
                )],
            ),
            (
                "/spec/matchConstraints/resourceRules/0/resourceNames",
                json!(["a", "a", "b/c"]),
                &[
                    &format!("{rule}.resourceNames[1]: Duplicate value: \"a\""),
                    &format!(
                        "{rule}.resourceNames[2]: Invalid value: \"b/c\": may not contain '/'"
                    ),
                ],
            ),
            (
                "/spec/validations",
                json!([{"expression": "true\n&& true"}]),
                &[],
            ),
            (
                "/spec/validations",
                json!([{"expression": "true", "message": "a\rb"}]),
                &[
                    "spec.validations[0].message: Invalid value: \"a\\rb\": message must not contain line breaks",
                ],
            ),
            (
                "/spec/validations",
                json!([{"expression": "authorizer.path('/').check('get').allowed()", "messageExpression": "string(authorizer.path('/').check('get').allowed())"}]),
                &[
                    "spec.validations[0].messageExpression: Invalid value: \"string(authorizer.path('/').check('get').allowed())\": compilation failed: ERROR: <input>:1:8: undeclared reference to 'authorizer' (in container '')\n | string(authorizer.path('/').check('get').allowed())\n | .......^",
                ],
            ),
        ],
    );
}

#[test]
fn bindings() {
    let selector = json!({"matchLabels": {"a": "b"}});
    let exclusive = "name and selector are mutually exclusive";
    check(
        "ValidatingAdmissionPolicyBinding",
        &[
            (
                "/spec/paramRef",
                json!({"name": "a", "selector": selector, "parameterNotFoundAction": "Ask"}),
                &[
                    &format!("spec.paramRef.name: Forbidden: {exclusive}"),
                    &format!("spec.paramRef.selector: Forbidden: {exclusive}"),
                    "spec.paramRef.parameterNotFoundAction: Unsupported value: \"Ask\": supported values: \"Deny\", \"Allow\"",
                ],
            ),
            (
                "/spec/paramRef",
                json!({}),
                &[
                    "spec.paramRef: Required value: one of name or selector must be specified",
                    "spec.paramRef.parameterNotFoundAction: Required value",
                ],
            ),
            (
                "/spec/validationActions",
                json!([]),
                &[
                    "spec.validationActions: Required value: at least one validation action is required",
                ],
            ),
            (
                "/spec/matchResources",
                json!({"matchPolicy": "Some", "namespaceSelector": {}, "objectSelector": {}}),
                &[
                    "spec.matchResources.matchPolicy: Unsupported value: \"Some\": supported values: \"Equivalent\", \"Exact\"",
                ],
            ),
        ],
    );
}
