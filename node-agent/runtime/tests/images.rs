//! Pulling from a registry and importing archives with the embedded runtime.

mod support;

use knarr_runtime::{AuthConfig, PullImageRequest, Runtime, RuntimeError};
use knarr_test_images::{Compression, Image, Registry};

use support::{Fixture, container, isolated};

const SPARK: &str = "registry.io:5000/leap/spark:latest";

async fn pull(fixture: &Fixture, image: &str) -> Result<String, RuntimeError> {
    let image = image.to_owned();
    fixture
        .runtime
        .pull_image(PullImageRequest { image, auth: None })
        .await
}

fn use_registry(fixture: &Fixture, registry: &Registry) {
    let path = fixture.config.registries.as_ref().unwrap();
    std::fs::write(path, registry.registries_yaml("registry.io:5000")).unwrap();
}

#[test]
fn every_pull_asks_the_registry_through_its_mirror() {
    isolated(
        "every_pull_asks_the_registry_through_its_mirror",
        || async {
            let (fixture, registry) = (Fixture::new().await, loopback_registry());
            use_registry(&fixture, &registry);
            let digest = registry.push("leap/spark", "latest", &Image::testbox());
            let id = pull(&fixture, SPARK).await.unwrap();
            let image = fixture.runtime.image_status(SPARK).await.unwrap().unwrap();
            assert_eq!(image.id, id);
            assert!(
                image
                    .repo_digests
                    .contains(&format!("registry.io:5000/leap/spark@{digest}"))
            );
            let asked = registry.seen().len();
            assert_eq!(pull(&fixture, SPARK).await.unwrap(), id);
            let seen = registry.seen();
            let again: Vec<&str> = seen[asked..]
                .iter()
                .map(|seen| seen.target.as_str())
                .collect();
            assert_eq!(
                again,
                ["/v2/leap/spark/manifests/latest?ns=registry.io%3A5000"]
            );
            let changed = Image::testbox().env(&["CHANGED=1"]);
            registry.push("leap/spark", "latest", &changed);
            assert_ne!(pull(&fixture, SPARK).await.unwrap(), id);
            let pod = fixture.sandbox("pulled").await;
            let mut config = container("c", &["env"]);
            config.image = SPARK.into();
            let (_, log) = fixture.run(&pod, config).await;
            assert!(log.contains("stdout F CHANGED=1\n"), "{log}");
        },
    );
}

#[test]
fn layers_of_every_compression_and_indexes_are_unpacked() {
    isolated(
        "layers_of_every_compression_and_indexes_are_unpacked",
        || async {
            let (fixture, registry) = (Fixture::new().await, loopback_registry());
            use_registry(&fixture, &registry);
            let kinds = [Compression::Gzip, Compression::Zstd, Compression::None];
            for (number, kind) in kinds.into_iter().enumerate() {
                let image = Image::testbox()
                    .folder("run", 0o755)
                    .link("var/run", "../run")
                    .file("gone", b"", 0o644)
                    .layer()
                    .file("var/run/through-a-link", b"found", 0o644)
                    .file(".wh.gone", b"", 0o644)
                    .compression(kind);
                registry.push_index("layers", "1", &image);
                pull(&fixture, "registry.io:5000/layers:1").await.unwrap();
                let pod = fixture.sandbox(&format!("layers-{number}")).await;
                let script = "cat /run/through-a-link; test -f /gone || echo whited-out";
                let mut config = container("c", &["sh", "-c", script]);
                config.image = "registry.io:5000/layers:1".into();
                let (_, log) = fixture.run(&pod, config).await;
                assert_eq!(log, "stdout F foundwhited-out\n", "{kind:?}");
            }
        },
    );
}

#[test]
fn failed_pulls_say_why_and_leave_nothing() {
    isolated("failed_pulls_say_why_and_leave_nothing", || async {
        let (fixture, registry) = (Fixture::new().await, loopback_registry());
        use_registry(&fixture, &registry);
        let text = |error: RuntimeError| match error {
            RuntimeError::ImagePull(text) => text,
            other => panic!("{other:?}"),
        };
        let error = text(pull(&fixture, SPARK).await.unwrap_err());
        assert!(
            error.starts_with(&format!("failed to pull and unpack image \"{SPARK}\"")),
            "{error}"
        );
        registry.push(
            "leap/spark",
            "latest",
            &Image::testbox().file("new", b"1", 0o644),
        );
        registry.corrupt_layers();
        let error = text(pull(&fixture, SPARK).await.unwrap_err());
        assert!(error.contains("digest mismatch"), "{error}");
        assert_eq!(fixture.runtime.image_status(SPARK).await.unwrap(), None);
        let leftovers = std::fs::read_dir(fixture.config.root.join("ingest"))
            .unwrap()
            .count();
        assert_eq!(leftovers, 0);
        let error = pull(&fixture, "No Image").await.unwrap_err();
        assert!(
            matches!(error, RuntimeError::InvalidArgument(_)),
            "{error:?}"
        );
        drop(registry);
        let error = text(pull(&fixture, SPARK).await.unwrap_err());
        assert!(error.contains("failed to do request"), "{error}");
    });
}

#[test]
fn pull_secrets_are_used() {
    isolated("pull_secrets_are_used", || async {
        let (fixture, registry) = (Fixture::new().await, loopback_registry());
        use_registry(&fixture, &registry);
        registry.push("leap/spark", "latest", &Image::testbox());
        registry.require("user", "secret");
        let error = pull(&fixture, SPARK).await.unwrap_err().to_string();
        assert!(error.contains("pull access denied"), "{error}");
        let auth = AuthConfig {
            username: "user".into(),
            password: "secret".into(),
            ..Default::default()
        };
        let request = PullImageRequest {
            image: SPARK.into(),
            auth: Some(auth),
        };
        fixture.runtime.pull_image(request).await.unwrap();
    });
}

#[test]
fn docker_archives_are_imported_and_removed() {
    isolated("docker_archives_are_imported_and_removed", || async {
        let fixture = Fixture::new().await;
        let path = fixture.folder.path().join("docker.tar");
        let image = Image::testbox().file("another", b"x", 0o644);
        std::fs::write(&path, image.docker_archive("docker:1")).unwrap();
        let imported = fixture.runtime.import_image(&path).await.unwrap();
        assert_eq!(imported[0].repo_tags, ["docker.io/library/docker:1"]);
        fixture.runtime.remove_image("docker:1").await.unwrap();
        fixture.runtime.remove_image(support::IMAGE).await.unwrap();
        let layers = std::fs::read_dir(fixture.config.root.join("layers"))
            .unwrap()
            .count();
        assert_eq!(layers, 0);
        std::fs::write(&path, "no archive").unwrap();
        assert!(fixture.runtime.import_image(&path).await.is_err());
    });
}

#[test]
fn pulls_at_once_fetch_a_layer_once() {
    isolated("pulls_at_once_fetch_a_layer_once", || async {
        let (fixture, registry) = (Fixture::new().await, loopback_registry());
        use_registry(&fixture, &registry);
        let image = Image::testbox().file("unlike-the-imported", b"1", 0o644);
        registry.push("leap/spark", "latest", &image);
        let pulls = (0..10).map(|_| pull(&fixture, SPARK));
        let ids = futures::future::try_join_all(pulls).await.unwrap();
        assert!(ids.iter().all(|id| *id == ids[0]));
        let seen = registry.seen();
        let count = |part: &str| {
            seen.iter()
                .filter(|seen| seen.target.contains(part))
                .count()
        };
        assert_eq!((count("/manifests/"), count("/blobs/")), (10, 2));
    });
}

#[test]
fn layers_are_copied_where_no_overlay_can_be_made() {
    isolated("layers_are_copied_where_no_overlay_can_be_made", || async {
        let place = support::OverlayPlace::new();
        let fixture = Fixture::below(&place.folder()).await;
        let notes = fixture.runtime.status().await.unwrap().notes;
        assert!(
            notes.iter().any(|note| note.contains("layers are copied")),
            "{notes:?}"
        );
        let image = Image::testbox()
            .file("etc/low", b"low ", 0o644)
            .file("gone", b"", 0o644)
            .layer()
            .file("etc/high", b"high ", 0o644)
            .file(".wh.gone", b"", 0o644);
        fixture.import(&image, "example.com/copied:1").await;
        let pod = fixture.sandbox("copied").await;
        let script = "cat /etc/low /etc/high; test -f /gone || echo whited-out; write /own x";
        let mut config = container("c", &["sh", "-c", script]);
        config.image = "example.com/copied:1".into();
        let (status, log) = fixture.run(&pod, config).await;
        assert_eq!(
            (status.exit_code, log.as_str()),
            (0, "stdout F low high whited-out\n")
        );
        fixture.runtime.remove_pod_sandbox(&pod).await.unwrap();
    });
}

/// The namespace's loopback interface is down at first.
fn loopback_registry() -> Registry {
    let up = std::process::Command::new("ip")
        .args(["link", "set", "lo", "up"])
        .status();
    assert!(up.is_ok_and(|status| status.success()), "ip of iproute2");
    Registry::start()
}
