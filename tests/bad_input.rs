//! What bad input gets: a clear error, as Kubernetes words it where Kubernetes has words for it, and nothing stored.

mod harness;

use std::time::Duration;

use harness::{Kubectl, Machine, require_root, said};

const SOON: Duration = Duration::from_secs(60);

/// Manifests and commands that are refused: the arguments, what standard error says, and the exit code.
const REFUSED: &[(&str, &str)] = &[
    (
        "create -f BROKEN",
        "error: error parsing BROKEN: error converting YAML to JSON: yaml: line 4: did not find expected key\n",
    ),
    (
        "create -f UNKNOWN-FIELD",
        "Error from server (BadRequest): error when creating \"UNKNOWN-FIELD\": ConfigMap in version \"v1\" cannot be \
         handled as a ConfigMap: strict decoding error: unknown field \"extra\"\n",
    ),
    (
        "create -f WRONG-TYPE",
        "Error from server (BadRequest): error when creating \"WRONG-TYPE\": Deployment in version \"v1\" cannot be handled \
         as a Deployment: json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32\n",
    ),
    (
        "create -f UNKNOWN-KIND",
        "error: resource mapping not found for name: \"a\" namespace: \"\" from \"UNKNOWN-KIND\": no matches for kind \
         \"Nothing\" in version \"example.com/v1\"\nensure CRDs are installed first\n",
    ),
    (
        "-n nowhere create -f GOOD",
        "Error from server (NotFound): error when creating \"GOOD\": namespaces \"nowhere\" not found\n",
    ),
    (
        "--context nowhere get ns",
        "Error in configuration: context was not found for specified context: nowhere\n",
    ),
];

/// The manifests by name.
const MANIFESTS: &[(&str, &str)] = &[
    (
        "BROKEN",
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\n bad: [\n",
    ),
    (
        "UNKNOWN-FIELD",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\nextra: 1\n",
    ),
    (
        "WRONG-TYPE",
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec:\n  replicas: three\n  selector: {matchLabels: {a: b}}\n  \
         template:\n    metadata: {labels: {a: b}}\n    spec: {containers: [{name: c, image: i}]}\n",
    ),
    (
        "UNKNOWN-KIND",
        "apiVersion: example.com/v1\nkind: Nothing\nmetadata: {name: a}\n",
    ),
    (
        "GOOD",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n",
    ),
];

#[test]
fn what_is_wrong_is_said_and_nothing_is_stored() {
    if !require_root() {
        return;
    }
    let machine = Machine::boot();
    let up = |rest: &[&str]| {
        let mut command = machine.knarr();
        command.args(["up", "--nodes-simulated", "1"]).args(rest);
        command
    };
    let (data, other) = (
        machine.path("data").display().to_string(),
        machine.path("other").display().to_string(),
    );
    let mut program = machine.start(&mut up(&["--data-dir", &data]));
    program.wait_for_output("ready in", SOON);

    let in_use = said(&mut up(&["--data-dir", &other]));
    assert!(in_use.stderr.contains("port 6443 is in use"), "{in_use:?}");
    let held = said(&mut up(&["--data-dir", &data, "--port", "7443"]));
    assert!(held.stderr.contains("is in use by process"), "{held:?}");
    let capacity = said(&mut up(&[
        "--data-dir",
        &other,
        "--port",
        "7443",
        "--node-capacity",
        "cpu=x",
    ]));
    assert_eq!(
        capacity.stderr,
        "error: --node-capacity cpu=x: \"x\" is not a quantity\n"
    );
    assert_eq!([in_use.code, held.code, capacity.code], [Some(1); 3]);

    for (name, text) in MANIFESTS {
        std::fs::write(machine.path(name), text).unwrap();
    }
    let kubectl = Kubectl::ours(&machine, &machine.path("data/kubeconfig/admin.kubeconfig"));
    // The manifests stand under their names in the machine's folder.
    let placed = |text: &str| {
        let place = |text: String, (name, _): &(&str, &str)| {
            text.replace(name, &machine.path(name).display().to_string())
        };
        MANIFESTS.iter().fold(text.to_owned(), place)
    };
    for (arguments, wanted) in REFUSED {
        let said = kubectl.said(&placed(arguments));
        assert_eq!(
            (said.stderr, said.code),
            (placed(wanted), Some(1)),
            "kubectl {arguments}"
        );
    }
    assert_eq!(
        kubectl.ok("get cm,pods,deploy --field-selector metadata.name=a -o name"),
        ""
    );

    // A certificate of another authority says nothing here.
    let foreign = knarr_server::pki::Pki::open(&machine.path("foreign")).unwrap();
    let pair = foreign.client(knarr_server::pki::ADMIN).unwrap();
    let ca = std::fs::read_to_string(machine.path("data/pki/ca.crt")).unwrap();
    let access = knarr_server::kubeconfig::Access {
        server: "https://127.0.0.1:6443".into(),
        ca_cert: ca,
        client: pair,
    };
    let file = machine.path("foreign.kubeconfig");
    knarr_server::kubeconfig::write(&file, &access).unwrap();
    let refused = Kubectl::ours(&machine, &file).said("get ns");
    assert_eq!(refused.code, Some(1), "{refused:?}");
    assert_eq!(
        refused.stderr,
        "error: You must be logged in to the server (Unauthorized)\n"
    );
}

#[test]
fn damage_of_the_store_is_told_and_left_alone() {
    if !require_root() {
        return;
    }
    let machine = Machine::boot();
    let up = || {
        let mut command = machine.knarr();
        command
            .args(["up", "--nodes-simulated", "1", "--data-dir"])
            .arg(machine.path("data"));
        command
    };
    let mut program = machine.start(&mut up());
    program.wait_for_output("ready in", SOON);
    program.signal("-TERM");
    assert_eq!(program.wait(SOON), Some(0));
    let file = machine.path("data/store/log/00000001.log");
    let mut bytes = std::fs::read(&file).unwrap();
    let damaged = bytes.len() / 2;
    bytes[..damaged]
        .iter_mut()
        .for_each(|byte| *byte = byte.wrapping_mul(31).wrapping_add(7));
    std::fs::write(&file, &bytes).unwrap();
    let said = said(&mut up());
    assert_eq!(said.code, Some(1), "{said:?}");
    assert!(said.stderr.contains("corrupt"), "{said:?}");
    let left = std::fs::read(&file).unwrap().len();
    assert!(
        left >= bytes.len(),
        "what is left of the data is not thrown away"
    );
}
