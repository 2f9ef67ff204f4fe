//! The contract of the runtime seam: what the kubelet relies on, for every implementation.

#[path = "../support/mod.rs"]
mod support;

use std::time::Duration;

use futures::StreamExt as _;
use knarr_runtime::{
    ContainerEventKind, ContainerFilter, ContainerState, LinuxContainerResources, PodSandboxFilter,
    PodSandboxState, PullImageRequest, Runtime, RuntimeConfig, RuntimeError, SimulatedRuntime,
};

use support::{Fixture, IMAGE, container, isolated, pod_config};

/// Time to end after the request. A real process that is asked before it listens to signals needs all of it.
const GRACE: Duration = Duration::from_millis(200);

#[test]
fn embedded() {
    isolated("embedded", || async {
        let fixture = Fixture::new().await;
        every_clause(&fixture.runtime).await;
        assert_eq!(fixture.cgroups(), Vec::<std::path::PathBuf>::new());
    });
}

#[tokio::test]
async fn simulated() {
    let runtime = SimulatedRuntime::default();
    let pod_cidr = "10.244.7.0/24".to_owned();
    runtime
        .update_runtime_config(RuntimeConfig { pod_cidr })
        .await
        .unwrap();
    let image = IMAGE.to_owned();
    runtime
        .pull_image(PullImageRequest { image, auth: None })
        .await
        .unwrap();
    every_clause(&runtime).await;
}

async fn every_clause(runtime: &impl Runtime) {
    a_ready_runtime_says_so(runtime).await;
    a_sandbox_lives_and_dies(runtime).await;
    a_container_lives_and_dies(runtime).await;
    names_are_unique_per_attempt(runtime).await;
    verbs_are_refused_in_the_wrong_state(runtime).await;
    what_is_gone_is_gone(runtime).await;
    removing_a_sandbox_takes_its_containers(runtime).await;
    changes_are_told_in_order(runtime).await;
    images_are_found_by_every_name(runtime).await;
}

async fn sandbox(runtime: &impl Runtime, name: &str) -> String {
    runtime
        .run_pod_sandbox(pod_config(name, "/tmp".as_ref()))
        .await
        .unwrap()
}

async fn started(runtime: &impl Runtime, sandbox: &str, name: &str) -> String {
    let mut config = container(name, &["sleep"]);
    config.log_path = Default::default();
    let id = runtime.create_container(sandbox, config).await.unwrap();
    runtime.start_container(&id).await.unwrap();
    id
}

async fn state(runtime: &impl Runtime, id: &str) -> ContainerState {
    runtime.container_status(id).await.unwrap().container.state
}

async fn a_ready_runtime_says_so(runtime: &impl Runtime) {
    let status = runtime.status().await.unwrap();
    assert!(status.runtime.ready && status.network.ready, "{status:?}");
    assert!(!runtime.version().await.unwrap().runtime_name.is_empty());
    let refused = runtime.update_runtime_config(RuntimeConfig {
        pod_cidr: "nonsense".into(),
    });
    assert!(matches!(
        refused.await,
        Err(RuntimeError::InvalidArgument(_))
    ));
}

async fn a_sandbox_lives_and_dies(runtime: &impl Runtime) {
    let id = sandbox(runtime, "lives").await;
    assert_eq!(id.len(), 64);
    let status = runtime.pod_sandbox_status(&id).await.unwrap();
    assert_eq!(status.sandbox.state, PodSandboxState::Ready);
    assert!(status.ips[0].starts_with("10.244.7."), "{:?}", status.ips);
    assert_eq!(status.sandbox.metadata.name, "lives");
    let listed = |filter| runtime.list_pod_sandboxes(filter);
    let by_label = PodSandboxFilter {
        labels: [("app".to_owned(), "lives".to_owned())].into(),
        ..Default::default()
    };
    assert_eq!(listed(by_label).await.unwrap().len(), 1);
    runtime.stop_pod_sandbox(&id).await.unwrap();
    runtime.stop_pod_sandbox(&id).await.unwrap();
    let stopped = PodSandboxFilter {
        state: Some(PodSandboxState::NotReady),
        ..Default::default()
    };
    assert_eq!(listed(stopped).await.unwrap()[0].id, id);
    runtime.remove_pod_sandbox(&id).await.unwrap();
    runtime.remove_pod_sandbox(&id).await.unwrap();
    assert!(
        listed(PodSandboxFilter::default())
            .await
            .unwrap()
            .is_empty()
    );
}

async fn a_container_lives_and_dies(runtime: &impl Runtime) {
    let pod = sandbox(runtime, "container").await;
    let config = container("c", &["sleep"]);
    let id = runtime.create_container(&pod, config).await.unwrap();
    assert_eq!(state(runtime, &id).await, ContainerState::Created);
    runtime.start_container(&id).await.unwrap();
    let status = runtime.container_status(&id).await.unwrap();
    assert_eq!(status.container.state, ContainerState::Running);
    assert!(status.started_at >= status.container.created_at && status.finished_at == 0);
    let filter = ContainerFilter {
        pod_sandbox_id: Some(pod.clone()),
        state: Some(ContainerState::Running),
        ..Default::default()
    };
    assert_eq!(
        runtime.list_containers(filter.clone()).await.unwrap()[0].id,
        id
    );
    assert_eq!(
        runtime.list_container_stats(filter).await.unwrap()[0].id,
        id
    );
    let resources = LinuxContainerResources {
        cpu_shares: 512,
        ..Default::default()
    };
    runtime
        .update_container_resources(&id, resources)
        .await
        .unwrap();
    assert_eq!(
        runtime
            .container_status(&id)
            .await
            .unwrap()
            .resources
            .cpu_shares,
        512
    );
    runtime.stop_container(&id, GRACE).await.unwrap();
    let status = runtime.container_status(&id).await.unwrap();
    assert_eq!(status.container.state, ContainerState::Exited);
    assert!(status.finished_at >= status.started_at && !status.reason.is_empty());
    runtime.stop_container(&id, Duration::ZERO).await.unwrap();
    runtime.remove_container(&id).await.unwrap();
    runtime.remove_container(&id).await.unwrap();
    assert!(
        runtime
            .container_status(&id)
            .await
            .unwrap_err()
            .is_not_found()
    );
    runtime.remove_pod_sandbox(&pod).await.unwrap();
}

async fn names_are_unique_per_attempt(runtime: &impl Runtime) {
    let pod = sandbox(runtime, "unique").await;
    let again = runtime
        .run_pod_sandbox(pod_config("unique", "/tmp".as_ref()))
        .await;
    assert!(
        matches!(again, Err(RuntimeError::AlreadyExists(_))),
        "{again:?}"
    );
    runtime
        .create_container(&pod, container("c", &["sleep"]))
        .await
        .unwrap();
    let again = runtime
        .create_container(&pod, container("c", &["sleep"]))
        .await;
    assert!(
        matches!(again, Err(RuntimeError::AlreadyExists(_))),
        "{again:?}"
    );
    let mut next = container("c", &["sleep"]);
    next.metadata.attempt = 1;
    runtime.create_container(&pod, next).await.unwrap();
    runtime.remove_pod_sandbox(&pod).await.unwrap();
}

async fn verbs_are_refused_in_the_wrong_state(runtime: &impl Runtime) {
    let pod = sandbox(runtime, "states").await;
    let id = started(runtime, &pod, "c").await;
    let again = runtime.start_container(&id).await;
    assert!(
        matches!(again, Err(RuntimeError::FailedPrecondition(_))),
        "{again:?}"
    );
    runtime.stop_container(&id, GRACE).await.unwrap();
    let words = vec!["true".to_owned()];
    let late = runtime.exec_sync(&id, words, Duration::ZERO).await;
    assert!(
        matches!(late, Err(RuntimeError::FailedPrecondition(_))),
        "{late:?}"
    );
    runtime.stop_pod_sandbox(&pod).await.unwrap();
    let late = runtime
        .create_container(&pod, container("d", &["sleep"]))
        .await;
    assert!(
        matches!(late, Err(RuntimeError::FailedPrecondition(_))),
        "{late:?}"
    );
    runtime.remove_pod_sandbox(&pod).await.unwrap();
}

async fn what_is_gone_is_gone(runtime: &impl Runtime) {
    assert!(
        runtime
            .pod_sandbox_status("none")
            .await
            .unwrap_err()
            .is_not_found()
    );
    assert!(
        runtime
            .start_container("none")
            .await
            .unwrap_err()
            .is_not_found()
    );
    let pod = sandbox(runtime, "gone").await;
    let mut config = container("c", &["sleep"]);
    config.image = "example.com/never/pulled:1".into();
    assert!(
        runtime
            .create_container(&pod, config)
            .await
            .unwrap_err()
            .is_not_found()
    );
    let orphan = runtime
        .create_container("none", container("c", &["sleep"]))
        .await;
    assert!(orphan.unwrap_err().is_not_found());
    runtime.remove_pod_sandbox(&pod).await.unwrap();
}

async fn removing_a_sandbox_takes_its_containers(runtime: &impl Runtime) {
    let pod = sandbox(runtime, "takes").await;
    let id = started(runtime, &pod, "c").await;
    runtime.stop_pod_sandbox(&pod).await.unwrap();
    assert_eq!(state(runtime, &id).await, ContainerState::Exited);
    runtime.remove_pod_sandbox(&pod).await.unwrap();
    assert!(
        runtime
            .list_containers(ContainerFilter::default())
            .await
            .unwrap()
            .is_empty()
    );
}

async fn changes_are_told_in_order(runtime: &impl Runtime) {
    let mut events = runtime.events();
    let pod = sandbox(runtime, "told").await;
    let id = started(runtime, &pod, "c").await;
    runtime.stop_container(&id, GRACE).await.unwrap();
    runtime.remove_pod_sandbox(&pod).await.unwrap();
    use ContainerEventKind::{Created, Deleted, Started, Stopped};
    let expected = [
        (Started, ""),
        (Created, id.as_str()),
        (Started, &id),
        (Stopped, &id),
        (Stopped, ""),
        (Deleted, &id),
        (Deleted, ""),
    ];
    for (kind, container) in expected {
        let event = tokio::time::timeout(support::PATIENCE, events.next()).await;
        let event = event
            .expect("an event in time")
            .expect("the stream goes on");
        assert_eq!((event.kind, event.container_id.as_str()), (kind, container));
        assert_eq!(
            (event.pod_sandbox_id, event.pod_uid),
            (pod.clone(), "uid-told".to_owned())
        );
    }
}

async fn images_are_found_by_every_name(runtime: &impl Runtime) {
    let image = runtime
        .image_status(IMAGE)
        .await
        .unwrap()
        .expect("the image");
    assert_eq!(image.repo_tags, [IMAGE]);
    let by_id = runtime.image_status(&image.id).await.unwrap();
    assert_eq!(by_id.as_ref(), Some(&image));
    let by_digest = runtime.image_status(&image.repo_digests[0]).await.unwrap();
    assert_eq!(by_digest.as_ref(), Some(&image));
    assert_eq!(runtime.list_images().await.unwrap(), [image]);
    runtime.remove_image(IMAGE).await.unwrap();
    runtime.remove_image(IMAGE).await.unwrap();
    assert_eq!(runtime.image_status(IMAGE).await.unwrap(), None);
    assert!(runtime.image_fs_info().await.unwrap().capacity_bytes > 0);
}
