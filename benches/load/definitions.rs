//! One more custom resource beside many: how soon it is served and told of, and what `kubectl get` takes then.

use std::time::{Duration, Instant};

use anyhow::ensure;
use serde_json::{Map, Value, json};

use crate::Sizes;
use crate::client::{Client, PATIENCE, print_times};
use crate::cluster::Program;

const DEFINITIONS: &str = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
/// How often `kubectl get` is run.
const GETS: usize = 21;

pub async fn run(sizes: &Sizes) -> anyhow::Result<()> {
    let dir = tempfile::tempdir()?;
    let server = Program::api_server(dir.path())?;
    let client = Client::new(dir.path())?;
    let start = Instant::now();
    client
        .create(DEFINITIONS, sizes.definitions, definition)
        .await?;
    for number in 0..sizes.definitions {
        until_served(&client, number).await?;
    }
    println!("all served after {:?}", start.elapsed());
    let mut connection = client.connect().await?;
    let last = sizes.definitions;
    let start = Instant::now();
    let body = definition(last).to_string();
    connection.send("POST", DEFINITIONS, body).await?;
    until_served(&client, last).await?;
    println!("one more served after {:?}", start.elapsed());
    let group = format!("/apis/{}/v1", group(last));
    let known = |path: String, what: String| {
        let client = client.clone();
        async move {
            let tells = |answer: &Value| answer.to_string().contains(&what);
            client.wait(&path, tells).await
        }
    };
    known(group.clone(), format!("\"{}\"", plural(last))).await?;
    known(format!("/openapi/v3{group}"), format!("Thing{last}\"")).await?;
    println!("in discovery and OpenAPI after {:?}", start.elapsed());
    let mut times = Vec::new();
    for _ in 0..GETS {
        let start = Instant::now();
        let kubeconfig = dir.path().join("data/kubeconfig/admin.kubeconfig");
        let output = Program::command(dir.path())
            .args([
                "kubectl",
                "get",
                &format!("{}.{}", plural(0), self::group(0)),
            ])
            .env("KUBECONFIG", kubeconfig)
            .output()?;
        ensure!(output.status.success(), "get failed: {output:?}");
        times.push(start.elapsed());
    }
    print_times("kubectl get:", times);
    println!("after that: {} MB", server.resident_megabytes());
    Ok(())
}

/// Waits until a custom resource can be listed.
async fn until_served(client: &Client, number: u32) -> anyhow::Result<()> {
    let start = Instant::now();
    let mut connection = client.connect().await?;
    let path = format!("/apis/{}/v1/{}", group(number), plural(number));
    while connection.send("GET", &path, String::new()).await.is_err() {
        ensure!(start.elapsed() < PATIENCE, "{path} is not served");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    Ok(())
}

fn group(number: u32) -> String {
    format!("group{}.example.com", number % 50)
}

fn plural(number: u32) -> String {
    format!("things{number}")
}

/// A definition with thirty fields.
fn definition(number: u32) -> Value {
    let field = |index: u32| {
        let schema = json!({ "type": "string", "description": "What this field is for." });
        (format!("field{index}"), schema)
    };
    let fields: Map<String, Value> = (0..30).map(field).collect();
    let spec = json!({ "type": "object", "properties": fields });
    let schema = json!({ "type": "object", "properties": { "spec": spec } });
    let version = json!({ "name": "v1", "served": true, "storage": true, "schema": { "openAPIV3Schema": schema } });
    let (group, plural) = (group(number), plural(number));
    let names = json!({ "plural": plural, "kind": format!("Thing{number}") });
    json!({
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": { "name": format!("{plural}.{group}") },
        "spec": { "group": group, "scope": "Namespaced", "names": names, "versions": [version] },
    })
}
