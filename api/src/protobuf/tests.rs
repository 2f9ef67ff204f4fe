//! Bodies as Go writes them, built by hand.

use serde_json::json;

use super::*;

fn field(tag: u8, bytes: &[u8]) -> Vec<u8> {
    let length = u8::try_from(bytes.len()).expect("test messages are short");
    assert!(length < 128);
    [&[tag << 3 | 2, length], bytes].concat()
}

fn number(tag: u8, value: u8) -> Vec<u8> {
    vec![tag << 3, value]
}

fn body(api_version: &str, kind: &str, raw: &[u8]) -> Vec<u8> {
    let meta = [field(1, api_version.as_bytes()), field(2, kind.as_bytes())].concat();
    [
        MAGIC,
        &field(1, &meta),
        &field(2, raw),
        &field(3, b""),
        &field(4, b""),
    ]
    .concat()
}

#[test]
fn a_config_map() {
    // Go writes every string of the metadata, empty or not, and the zero time as an empty message.
    let metadata = [
        field(1, b"a"),
        field(2, b""),
        field(3, b""),
        number(7, 0),
        field(8, b""),
    ]
    .concat();
    let entry = [field(1, b"k"), field(2, b"v")].concat();
    let raw = [field(1, &metadata), field(2, &entry)].concat();
    assert_eq!(
        decode(&body("v1", "ConfigMap", &raw)),
        Ok(
            json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "data": {"k": "v"}})
        )
    );
}

#[test]
fn a_pointer_to_zero_stays_and_embedded_messages_are_flat() {
    let get = [field(1, b"/"), field(2, &number(2, 80))].concat();
    let probe = [field(1, &field(2, &get)), number(2, 0), number(4, 5)].concat();
    let container = [field(1, b"c"), field(10, &probe)].concat();
    let template = field(2, &field(2, &container));
    let spec = [
        number(1, 0),
        field(3, &template),
        number(5, 0),
        number(7, 0),
    ]
    .concat();
    let raw = [field(1, &field(1, b"d")), field(2, &spec)].concat();
    assert_eq!(
        decode(&body("apps/v1", "Deployment", &raw)).map(|object| object["spec"].clone()),
        Ok(json!({"replicas": 0, "template": {"spec": {"containers": [
            {"name": "c", "livenessProbe": {"httpGet": {"path": "/", "port": 80}, "periodSeconds": 5}}]}}}))
    );
}

/// Who releases a lease says that nobody holds it.
#[test]
fn strings_and_booleans_that_go_keeps_as_pointers_may_be_empty_and_false() {
    let spec = [field(1, b""), number(2, 1), field(6, b"")].concat();
    let lease = body("coordination.k8s.io/v1", "Lease", &field(2, &spec));
    let expected = json!({"holderIdentity": "", "leaseDurationSeconds": 1, "strategy": ""});
    assert_eq!(
        decode(&lease).map(|lease| lease["spec"].clone()),
        Ok(expected)
    );
    let job = body(
        "batch/v1",
        "Job",
        &field(2, &[number(1, 0), number(10, 0)].concat()),
    );
    let expected = json!({"parallelism": 0, "suspend": false});
    assert_eq!(decode(&job).map(|job| job["spec"].clone()), Ok(expected));
}

#[test]
fn a_metrics_server_tells_what_a_pod_uses() {
    let quantity = field(1, b"5m");
    let usage = [field(1, b"cpu"), field(2, &quantity)].concat();
    let container = [field(1, b"c"), field(2, &usage)].concat();
    let raw = [field(1, &field(1, b"p")), field(4, &container)].concat();
    assert_eq!(
        decode(&body("metrics.k8s.io/v1beta1", "PodMetrics", &raw))
            .map(|pod| pod["containers"].clone()),
        Ok(json!([{"name": "c", "usage": {"cpu": "5m"}}]))
    );
}

#[test]
fn options_come_under_any_version() {
    let raw = [number(1, 0), field(4, b"Background")].concat();
    let options = decode(&body("apps/v1", "DeleteOptions", &raw)).unwrap();
    assert_eq!(options["gracePeriodSeconds"], 0);
    assert_eq!(options["propagationPolicy"], "Background");
}

/// What is written reads back as it was.
fn check_round_trip(object: Value) {
    let encoded = encode(&object).unwrap();
    assert_eq!(decode(&encoded), Ok(object));
}

#[test]
fn what_is_written_reads_back() {
    check_round_trip(json!({"apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": "d", "generation": 3, "creationTimestamp": "2026-01-02T03:04:05Z", "labels": {"a": "b"},
            "managedFields": [{"manager": "m", "fieldsV1": {"f:spec": {"f:replicas": {}}}}]},
        "spec": {"replicas": 0, "template": {"spec": {
            "volumes": [{"name": "v", "configMap": {"name": "c", "defaultMode": 420}}],
            "containers": [{"name": "c", "resources": {"limits": {"cpu": "500m"}},
                "livenessProbe": {"httpGet": {"path": "/", "port": "web"}, "periodSeconds": 5},
                "securityContext": {"runAsUser": 0, "allowPrivilegeEscalation": false}}]}},
            "strategy": {"rollingUpdate": {"maxSurge": 1, "maxUnavailable": "25%"}}},
        "status": {"replicas": 300}}));
    check_round_trip(
        json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, "data": {"k": "AAH/"}}),
    );
    check_round_trip(
        json!({"apiVersion": "certificates.k8s.io/v1", "kind": "CertificateSigningRequest",
        "metadata": {"name": "c"}, "spec": {"request": "AA==", "signerName": "s", "extra": {"a": ["b", "c"]}}}),
    );
    check_round_trip(
        json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "spec": {"volumes": [
        {"name": "v", "projected": {"sources": [{"downwardAPI": {"items": [{"path": "a"}]}}]}}]}}),
    );
    check_round_trip(
        json!({"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": {"name": "l"},
        "spec": {"renewTime": "2026-01-02T03:04:05.000006Z", "leaseDurationSeconds": -1}}),
    );
}

#[test]
fn a_definition_with_its_schema() {
    check_round_trip(
        json!({"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": "foos.example.com"},
        "spec": {"group": "example.com", "scope": "Namespaced", "names": {"plural": "foos", "kind": "Foo"},
            "conversion": {"strategy": "None"},
            "versions": [{"name": "v1", "served": true, "storage": false,
                "schema": {"openAPIV3Schema": {"type": "object", "required": ["spec"], "properties": {
                    "spec": {"type": "object", "x-kubernetes-preserve-unknown-fields": true,
                        "x-kubernetes-validations": [{"rule": "self == oldSelf", "message": "no", "optionalOldSelf": false}],
                        "properties": {
                            "n": {"type": "integer", "minimum": 0, "maximum": 1.5, "default": 0, "enum": [0, "a", null]},
                            "l": {"type": "array", "maxItems": 0, "items": {"type": "string"},
                                "x-kubernetes-list-type": "set"},
                            "two": {"items": [{"type": "string"}, {"type": "integer"}]},
                            "m": {"type": "object", "additionalProperties": {"type": "string", "nullable": true}},
                            "any": {"type": "object", "additionalProperties": true},
                            "none": {"type": "object", "additionalProperties": false,
                                "dependencies": {"a": ["b"], "c": {"type": "string"}}},
                            "p": {"anyOf": [{"type": "integer"}, {"not": {"type": "string"}}]}}}}}},
                "subresources": {"status": {}, "scale": {"specReplicasPath": ".spec.n", "statusReplicasPath": ".status.n"}},
                "additionalPrinterColumns": [{"name": "A", "type": "string", "jsonPath": ".a", "priority": 1}],
                "selectableFields": [{"jsonPath": ".spec.n"}]}]},
        "status": {"acceptedNames": {"plural": "", "kind": ""}, "storedVersions": ["v1"]}}),
    );
    check_round_trip(
        json!({"apiVersion": "apiextensions.k8s.io/v1beta1", "kind": "CustomResourceDefinition",
        "metadata": {"name": "foos.example.com"},
        "spec": {"group": "example.com", "version": "v1", "scope": "Cluster", "names": {"plural": "foos", "kind": "Foo"},
            "preserveUnknownFields": false, "validation": {"openAPIV3Schema": {"type": "object"}},
            "additionalPrinterColumns": [{"name": "A", "type": "string", "JSONPath": ".a"}]}}),
    );
}

#[test]
fn a_list_and_a_frame() {
    let pod = |name: &str| json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}});
    let list = json!({"apiVersion": "v1", "kind": "PodList", "metadata": {"resourceVersion": "7"}, "items": [pod("a")]});
    let item = field(2, &field(1, &field(1, b"a")));
    let raw = [field(1, &field(2, b"7")), item].concat();
    assert_eq!(encode(&list), Some(body("v1", "PodList", &raw)));
    let framed = frame("ADDED", &pod("a")).unwrap();
    let object = encode(&pod("a")).unwrap();
    let event = [field(1, b"ADDED"), field(2, &field(1, &object))].concat();
    assert_eq!(framed, [&[0, 0, 0, event.len() as u8], &event[..]].concat());
    assert_eq!(
        decode_event(&event),
        Ok(json!({"type": "ADDED", "object": decode(&object).unwrap()}))
    );
    assert_eq!(
        decode_event(&event[..event.len() - 1]),
        Err(Error::Truncated)
    );
}

#[test]
fn kinds_without_a_protobuf_form() {
    assert!(has("v1", "Pod") && has("apps/v1", "DeploymentList") && has("v1", "Status"));
    assert!(!has("example.org/v1", "Widget") && !has("v1", "List"));
    assert_eq!(
        encode(&json!({"apiVersion": "example.org/v1", "kind": "Widget"})),
        None
    );
}

#[test]
fn what_is_broken_is_refused() {
    assert_eq!(decode(b"{}"), Err(Error::Magic));
    assert_eq!(decode(b"k8s\0\x0a\x7f"), Err(Error::Truncated));
    let unknown = decode(&body("v1", "Nope", b"")).unwrap_err();
    assert_eq!(
        unknown.to_string(),
        "no kind \"Nope\" is registered for version \"v1\""
    );
}

#[test]
fn every_reference_of_the_table_is_a_message() {
    let table = Table::builtin();
    for message in table.all() {
        for name in message.references() {
            assert!(table.message(name).is_some(), "{name}");
        }
    }
}
