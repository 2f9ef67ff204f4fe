//! What is said of a claim, a class or a slice once a field is changed.

use serde_json::{Value, json};

use crate::validation::tests::{refused, row, set, texts, valid_object};
use crate::validation::{update, update_status};

const GROUP: &str = "resource.k8s.io";

fn check(kind: &str, cases: &[(&str, Value, &[&str])]) {
    for (pointer, value, expected) in cases {
        let found = refused(GROUP, kind, pointer, value.clone());
        assert_eq!(found, *expected, "{kind} {pointer}");
    }
}

#[test]
fn classes() {
    let expression = "/spec/selectors/0/cel/expression";
    let text = "spec.selectors[0].cel.expression";
    check(
        "DeviceClass",
        &[
            (
                expression,
                json!(
                    "device.attributes['a.example.com'].b == 'c' || device.capacity['a.example.com'].m.compareTo(quantity('1Gi')) > 0"
                ),
                &[],
            ),
            (
                expression,
                json!("'a'"),
                &[&format!(
                    "{text}: Invalid value: \"'a'\": must evaluate to bool or the unknown type, not string"
                )],
            ),
            (
                "/spec/selectors/0",
                json!({}),
                &["spec.selectors[0].cel: Required value"],
            ),
            (
                "/spec/selectors",
                json!(vec![json!({}); 33]),
                &["spec.selectors: Too many: 33: must have at most 32 items"],
            ),
            (
                "/spec/config/0",
                json!({}),
                &["spec.config[0].opaque: Required value"],
            ),
            (
                "/spec/config/0/opaque/parameters",
                json!([1]),
                &[
                    "spec.config[0].opaque.parameters: Invalid value: \"<value omitted>\": must be a valid JSON object",
                ],
            ),
            (
                "/spec/config/0/opaque/parameters",
                json!(null),
                &["spec.config[0].opaque.parameters: Required value"],
            ),
            (
                "/spec/extendedResourceName",
                json!("cpu"),
                &[
                    "spec.extendedResourceName: Invalid value: \"cpu\": must be a valid extended resource name",
                ],
            ),
        ],
    );
    let unknown = refused(GROUP, "DeviceClass", expression, json!("device.nothing"));
    assert!(unknown[0].starts_with(&format!("{text}: Invalid value: \"device.nothing\": compilation failed: ERROR: <input>:1:7: undefined field 'nothing'")), "{unknown:?}");
}

#[test]
fn claims() {
    const NO_REQUEST: &str = "must be the name of a request in the claim or the name of a request and a subrequest separated by '/'";
    let first = "spec.devices.requests[0]";
    let reference = "spec.devices.constraints[0].requests[0]";
    check(
        "ResourceClaim",
        &[
            (
                "/spec/devices/requests/0",
                json!({"name": "one"}),
                &[&format!(
                    "{first}: Required value: exactly one of `exactly` or `firstAvailable` is required"
                )],
            ),
            (
                "/spec/devices/requests/1/exactly",
                json!({}),
                &[
                    "spec.devices.requests[1]: Invalid value: null: exactly one of `exactly` or `firstAvailable` is required, but multiple fields are set",
                ],
            ),
            (
                "/spec/devices/requests/0/exactly/deviceClassName",
                json!(""),
                &[&format!("{first}.exactly.deviceClassName: Required value")],
            ),
            (
                "/spec/devices/requests/0/exactly/count",
                json!(-1),
                &[&format!(
                    "{first}.exactly.count: Invalid value: -1: must be greater than zero"
                )],
            ),
            (
                "/spec/devices/requests/0/exactly/allocationMode",
                json!("All"),
                &[&format!(
                    "{first}.exactly.count: Invalid value: 1: must not be specified when allocationMode is 'All'"
                )],
            ),
            (
                "/spec/devices/requests/0/exactly/allocationMode",
                json!("Some"),
                &[&format!(
                    "{first}.exactly.allocationMode: Unsupported value: \"Some\": supported values: \"All\", \"ExactCount\""
                )],
            ),
            (
                "/spec/devices/requests/0/exactly/tolerations",
                json!([{"operator": "Exists", "value": "v", "effect": "Some"}]),
                &[
                    &format!(
                        "{first}.exactly.tolerations[0].value: Invalid value: \"v\": must be empty for operator `Exists`"
                    ),
                    &format!(
                        "{first}.exactly.tolerations[0].effect: Unsupported value: \"Some\": supported values: \"NoExecute\", \"NoSchedule\", \"None\""
                    ),
                ],
            ),
            (
                "/spec/devices/requests/2",
                json!({"name": "one", "exactly": {"deviceClassName": "c", "allocationMode": "All"}}),
                &["spec.devices.requests[2]: Duplicate value: \"one\""],
            ),
            (
                "/spec/devices/constraints/0/requests/0",
                json!("two/large"),
                &[&format!(
                    "{reference}: Invalid value: \"two/large\": {NO_REQUEST}"
                )],
            ),
            (
                "/spec/devices/constraints/0/requests/0",
                json!("a/b/c"),
                &[&format!(
                    "{reference}: Invalid value: \"a/b/c\": {NO_REQUEST}"
                )],
            ),
            (
                "/spec/devices/constraints/0/matchAttribute",
                json!("model"),
                &[
                    "spec.devices.constraints[0].matchAttribute: Invalid value: \"model\": a fully qualified name must be a domain and a name separated by a slash",
                ],
            ),
            (
                "/spec/devices/constraints/0",
                json!({}),
                &[
                    "spec.devices.constraints[0]: Required value: exactly one of \"matchAttribute\" or \"distinctAttribute\" is required, but multiple fields are set",
                ],
            ),
        ],
    );
    check(
        "ResourceClaimTemplate",
        &[(
            "/spec/spec/devices/requests/0",
            json!({"name": "one"}),
            &[
                "spec.spec.devices.requests[0]: Required value: exactly one of `exactly` or `firstAvailable` is required",
            ],
        )],
    );
    for kind in ["ResourceClaim", "ResourceClaimTemplate"] {
        let old = valid_object(GROUP, kind);
        let mut new = old.clone();
        new["spec"] = json!({});
        let found = texts(&update(row(GROUP, kind), &new, &old));
        assert_eq!(
            found,
            ["spec: Invalid value: {}: field is immutable"],
            "{kind}"
        );
    }
}

#[test]
fn the_status_of_a_claim() {
    let kind = row(GROUP, "ResourceClaim");
    let old = valid_object(GROUP, "ResourceClaim");
    let result = |request: &str| json!({"request": request, "driver": "gpu.example.com", "pool": "p", "device": "gpu-0"});
    let consumer = json!({"resource": "pods", "name": "p", "uid": "1"});
    let device = json!({"driver": "gpu.example.com", "pool": "p", "device": "gpu-0",
        "networkData": {"ips": ["10.0.0.1/24"]}});
    let status = |status: Value| {
        let mut new = old.clone();
        new["status"] = status;
        new
    };
    let told = |new: &Value, old: &Value| texts(&update_status(kind, new, old));
    let none: [&str; 0] = [];
    let allocation = json!({"devices": {"results": [result("one")]}});
    let allocated =
        status(json!({"allocation": allocation, "reservedFor": [consumer], "devices": [device]}));
    assert_eq!(told(&allocated, &old), none);
    assert_eq!(
        told(&status(json!({"reservedFor": [consumer, consumer]})), &old),
        [
            "status.reservedFor[1]: Duplicate value: \"1\"",
            "status.reservedFor: Forbidden: may not be specified when `allocated` is not set"
        ]
    );
    assert_eq!(
        told(&status(json!({"devices": [device]})), &old),
        [
            "status.devices[0]: Invalid value: \"gpu.example.com/p/gpu-0\": must be an allocated device in the claim"
        ]
    );
    let mut moved = allocated.clone();
    set(
        &mut moved,
        "/status/allocation/devices/results/0/device",
        json!("gpu-1"),
    );
    let found = told(&moved, &allocated);
    assert!(
        found.iter().any(
            |text| text.starts_with("status.allocation: Invalid value: ")
                && text.ends_with("field is immutable")
        ),
        "{found:?}"
    );
    let mut strange = allocated.clone();
    set(
        &mut strange,
        "/status/allocation/devices/results/0/request",
        json!("three"),
    );
    set(
        &mut strange,
        "/status/devices/0/networkData/ips",
        json!(["10.0.0.1", "fd00::0/64"]),
    );
    set(
        &mut strange,
        "/status/devices/0/conditions",
        json!([{"type": "Ready", "status": "Yes", "reason": "a b"}]),
    );
    assert_eq!(
        told(&strange, &old),
        [
            "status.devices[0].conditions[0].status: Unsupported value: \"Yes\": supported values: \"False\", \"True\", \"Unknown\"",
            "status.devices[0].conditions[0].lastTransitionTime: Required value",
            "status.devices[0].conditions[0].reason: Invalid value: \"a b\": a condition reason must start with alphabetic character, optionally followed by a string of alphanumeric characters or '_,:', and must end with an alphanumeric character or '_' (e.g. 'my_name',  or 'MY_NAME',  or 'MyName',  or 'ReasonA,ReasonB',  or 'ReasonA:ReasonB', regex used for validation is '[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?')",
            "status.devices[0].networkData.ips[0]: Invalid value: \"10.0.0.1\": must be a valid address in CIDR form, (e.g. 10.9.8.7/24 or 2001:db8::1/64)",
            "status.devices[0].networkData.ips[1]: Invalid value: \"fd00::0/64\": must be in canonical form (\"fd00::/64\")",
            "status.allocation.devices.results[0].request: Invalid value: \"three\": must be the name of a request in the claim or the name of a request and a subrequest separated by '/'",
        ]
    );
}

#[test]
fn slices() {
    const PLACE: &str = "exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required";
    let device = "spec.devices[0]";
    let policy = "spec.devices[0].capacity[memory].requestPolicy";
    let shared = |policy: Value| json!({"name": "gpu-0", "allowMultipleAllocations": true, "capacity": {"memory": {"value": "8Gi", "requestPolicy": policy}}});
    check(
        "ResourceSlice",
        &[
            (
                "/spec/nodeName",
                json!(null),
                &[&format!("spec: Required value: {PLACE}")],
            ),
            (
                "/spec/nodeName",
                json!(""),
                &[
                    "spec.nodeName: Invalid value: \"\": must be either unset or set to a non-empty string",
                    &format!("spec: Required value: {PLACE}"),
                ],
            ),
            (
                "/spec/allNodes",
                json!(true),
                &[&format!(
                    "spec: Invalid value: \"{{`nodeName`, `allNodes`}}\": {PLACE}, but multiple fields are set"
                )],
            ),
            (
                "/spec/pool",
                json!({"name": "", "generation": -1}),
                &[
                    "spec.pool.name: Required value",
                    "spec.pool.resourceSliceCount: Invalid value: 0: must be greater than zero",
                    "spec.pool.generation: Invalid value: -1: must be greater than or equal to zero",
                ],
            ),
            (
                "/spec/devices/0/attributes/model",
                json!({"string": "a", "int": 1}),
                &[&format!(
                    "{device}.attributes[model]: Invalid value: {{\"string\":\"a\",\"int\":1}}: exactly one value must be specified"
                )],
            ),
            (
                "/spec/devices/0/attributes/model",
                json!({"version": "1"}),
                &[&format!(
                    "{device}.attributes[model].version: Invalid value: \"1\": must be a string compatible with semver.org spec 2.0.0"
                )],
            ),
            (
                "/spec/devices/0/attributes/a-b",
                json!({"bool": true}),
                &[&format!(
                    "{device}.attributes[a-b]: Invalid value: \"a-b\": a valid C identifier must start with alphabetic character or '_', followed by a string of alphanumeric characters or '_' (e.g. 'my_name',  or 'MY_NAME',  or 'MyName', regex used for validation is '[A-Za-z_][A-Za-z0-9_]*')"
                )],
            ),
            (
                "/spec/devices/0/nodeName",
                json!("n"),
                &[&format!(
                    "{device}: Invalid value: null: `nodeName`, `nodeSelector` and `allNodes` can only be set if `perDeviceNodeSelection` is set to true in the ResourceSlice spec"
                )],
            ),
            (
                "/spec/devices/0/taints",
                json!([{"key": "k"}]),
                &[&format!("{device}.taints[0].effect: Required value")],
            ),
            (
                "/spec/devices/0/consumesCounters",
                json!([{"counterSet": "s"}]),
                &[&format!(
                    "{device}.consumesCounters[0].counters: Required value"
                )],
            ),
            (
                "/spec/devices/0/bindingConditions",
                json!(["a"]),
                &[&format!(
                    "{device}.bindingFailureConditions: Invalid value: null: bindingFailureConditions are required to use bindingConditions"
                )],
            ),
            (
                "/spec/devices/0/capacity/memory/requestPolicy",
                json!({"default": "1Gi"}),
                &[&format!(
                    "{policy}: Forbidden: allowMultipleAllocations must be true"
                )],
            ),
            (
                "/spec/devices/0",
                shared(json!({"validRange": {"min": "1Gi"}})),
                &[&format!(
                    "{policy}.default: Required value: required when validRange is defined"
                )],
            ),
            (
                "/spec/devices/0",
                shared(
                    json!({"default": "3Gi", "validRange": {"min": "1Gi", "max": "16Gi", "step": "3Gi"}}),
                ),
                &[
                    &format!(
                        "{policy}.validRange.max: Invalid value: \"16Gi\": max is larger than capacity value: 8Gi"
                    ),
                    &format!(
                        "{policy}.validRange.step: Invalid value: \"3Gi\": value is not a multiple of a given step (3Gi) from (1Gi)"
                    ),
                ],
            ),
            (
                "/spec/devices/0",
                shared(json!({"default": "3Gi", "validValues": ["2Gi", "1Gi"]})),
                &[
                    &format!(
                        "{policy}.validValues[1]: Invalid value: \"1Gi\": values must be sorted in ascending order"
                    ),
                    &format!(
                        "{policy}.validValues: Invalid value: \"3Gi\": default value is not valid according to the requestPolicy"
                    ),
                ],
            ),
            (
                "/spec/devices/0",
                shared(json!({"default": "1Gi", "validRange": {"min": "1Gi", "step": "0"}})),
                &[&format!(
                    "{policy}.validRange.step: Invalid value: \"1Gi\": value is not a multiple of a given step (0) from (1Gi)"
                )],
            ),
        ],
    );
    let old = valid_object(GROUP, "ResourceSlice");
    let mut new = old.clone();
    set(&mut new, "/spec/nodeName", json!("m"));
    let found = texts(&update(row(GROUP, "ResourceSlice"), &new, &old));
    assert_eq!(
        found,
        ["spec.nodeName: Invalid value: \"m\": field is immutable"]
    );
}

#[test]
fn taint_rules() {
    check(
        "DeviceTaintRule",
        &[
            (
                "/spec/deviceSelector/device",
                json!("A"),
                &[
                    "spec.deviceSelector.device: Invalid value: \"A\": a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')",
                ],
            ),
            (
                "/spec/taint/effect",
                json!(""),
                &["spec.taint.effect: Required value"],
            ),
        ],
    );
}
