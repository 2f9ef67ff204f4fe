//! Real containers of the embedded runtime: what runs in them sees what their configuration says.

mod support;

use std::path::Path;
use std::time::Duration;

use knarr_runtime::{
    Capabilities, ContainerConfig, ContainerState, EmbeddedRuntime, KeyValue,
    LinuxContainerResources, LinuxContainerSecurityContext, Mount, NamespaceMode, NamespaceOption,
    Runtime, SecurityProfile,
};
use knarr_test_images::Image;

use support::{Fixture, PATIENCE, container, eventually, isolated, log_text, wait_for_exit};

fn shell(script: &str) -> ContainerConfig {
    container("shell", &["sh", "-c", script])
}

fn next(mut config: ContainerConfig, attempt: u32) -> ContainerConfig {
    config.metadata.attempt = attempt;
    config.log_path = format!("shell/{attempt}.log").into();
    config
}

#[test]
fn output_exit_codes_and_reasons_are_reported() {
    isolated("output_exit_codes_and_reasons_are_reported", || async {
        let fixture = Fixture::new().await;
        let pod = fixture.sandbox("codes").await;
        let (status, log) = fixture.run(&pod, container("shell", &["print", "2"])).await;
        assert_eq!((status.exit_code, status.reason.as_str()), (0, "Completed"));
        let mut lines: Vec<&str> = log.lines().collect();
        lines.sort_unstable();
        assert_eq!(
            lines,
            [
                "stderr F printed 2 lines",
                "stdout F line 1",
                "stdout F line 2"
            ]
        );
        let (status, _) = fixture.run(&pod, next(shell("exit 7"), 1)).await;
        assert_eq!((status.exit_code, status.reason.as_str()), (7, "Error"));
        let missing = next(container("shell", &["no-such-program"]), 2);
        let id = fixture
            .runtime
            .create_container(&pod, missing)
            .await
            .unwrap();
        let error = fixture
            .runtime
            .start_container(&id)
            .await
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("exec: \"no-such-program\": executable file not found in $PATH"),
            "{error}"
        );
        let status = fixture.runtime.container_status(&id).await.unwrap();
        assert_eq!(
            (status.exit_code, status.reason.as_str()),
            (128, "StartError")
        );
        fixture.runtime.remove_pod_sandbox(&pod).await.unwrap();
        assert_eq!(fixture.cgroups(), Vec::<std::path::PathBuf>::new());
    });
}

#[test]
fn stopping_asks_first_and_kills_then() {
    isolated("stopping_asks_first_and_kills_then", || async {
        let fixture = Fixture::new().await;
        let pod = fixture.sandbox("stop").await;
        let polite = fixture.serving(&pod, "polite").await;
        fixture
            .runtime
            .stop_container(&polite, PATIENCE)
            .await
            .unwrap();
        let status = fixture.runtime.container_status(&polite).await.unwrap();
        assert_eq!(status.exit_code, 0);
        let log = log_text(&status.log_path);
        assert_eq!(log, "stdout F serving on 80\nstdout F terminated\n");
        let stubborn = fixture
            .start(&pod, container("stubborn", &["stubborn"]))
            .await;
        let log = fixture
            .runtime
            .container_status(&stubborn)
            .await
            .unwrap()
            .log_path;
        eventually("it ignores SIGTERM", async || !log_text(&log).is_empty()).await;
        let grace = Duration::from_millis(100);
        fixture
            .runtime
            .stop_container(&stubborn, grace)
            .await
            .unwrap();
        let status = fixture.runtime.container_status(&stubborn).await.unwrap();
        assert_eq!((status.exit_code, status.reason.as_str()), (137, "Error"));
    });
}

#[test]
fn a_container_beyond_its_memory_is_oom_killed() {
    isolated("a_container_beyond_its_memory_is_oom_killed", || async {
        let fixture = Fixture::new().await;
        let pod = fixture.sandbox("hungry").await;
        let mut config = container("hungry", &["eat", "64"]);
        config.resources = LinuxContainerResources {
            memory_limit_in_bytes: 16 << 20,
            cpu_shares: 512,
            cpu_quota: 50_000,
            cpu_period: 100_000,
            ..Default::default()
        };
        let (status, _) = fixture.run(&pod, config).await;
        assert_eq!(
            (status.exit_code, status.reason.as_str()),
            (137, "OOMKilled")
        );
    });
}

#[test]
fn the_environment_is_as_configured() {
    isolated("the_environment_is_as_configured", || async {
        let fixture = Fixture::new().await;
        let image = Image::testbox()
            .env(&["FROM_IMAGE=1", "BOTH=image"])
            .user("app");
        fixture.import(&image, "example.com/user:1").await;
        let pod = fixture.sandbox("environment").await;
        let mut config = shell("id; pwd; hostname; env; cat /etc/hostname");
        config.image = "example.com/user:1".into();
        config.working_dir = "/made/for/this".into();
        config.envs = vec![KeyValue {
            key: "BOTH".into(),
            value: "pod".into(),
        }];
        let (status, log) = fixture.run(&pod, config).await;
        for line in [
            "uid=1000 gid=1000 groups=1000,2000",
            "/made/for/this",
            "FROM_IMAGE=1",
            "BOTH=pod",
            "HOME=/home/app",
            "HOSTNAME=environment",
        ] {
            assert!(
                log.contains(&format!("stdout F {line}\n")),
                "{line} in {log}"
            );
        }
        assert!(log.ends_with("stdout F environment\n"), "{log}");
        assert_eq!(status.user.unwrap().supplemental_groups, [1000, 2000]);
    });
}

#[test]
fn volumes_and_read_only_roots() {
    isolated("volumes_and_read_only_roots", || async {
        let fixture = Fixture::new().await;
        let pod = fixture.sandbox("volumes").await;
        let volume = fixture.folder.path().join("volume");
        std::fs::create_dir(&volume).unwrap();
        std::fs::write(volume.join("given"), "from the host\n").unwrap();
        let mount = |container_path: &str, readonly| Mount {
            container_path: container_path.into(),
            host_path: volume.to_string_lossy().into_owned(),
            readonly,
            ..Default::default()
        };
        let mut config = shell(
            "cat /data/given; write /data/made here; write /frozen/made no || echo refused; \
             write /root-file no || echo read-only; test -f /dev/shm && touch /dev/shm/x && echo shm",
        );
        config.mounts = vec![mount("/data", false), mount("/frozen", true)];
        config.security_context.readonly_rootfs = true;
        let (_, log) = fixture.run(&pod, config).await;
        for line in ["from the host", "refused", "read-only", "shm"] {
            assert!(
                log.contains(&format!("stdout F {line}\n")),
                "{line} in {log}"
            );
        }
        assert_eq!(
            std::fs::read_to_string(volume.join("made")).unwrap(),
            "here\n"
        );
        let mut config = next(shell("true"), 1);
        config.mounts = vec![Mount {
            container_path: "/x".into(),
            host_path: "/no/such/path".into(),
            ..Default::default()
        }];
        let error = fixture
            .runtime
            .create_container(&pod, config)
            .await
            .unwrap_err();
        assert!(
            error.to_string().contains("no such file or directory"),
            "{error}"
        );
    });
}

#[test]
fn security_settings_reach_the_process() {
    isolated("security_settings_reach_the_process", || async {
        let fixture = Fixture::new().await;
        let pod = fixture.sandbox("security").await;
        let mut config = shell("cat /proc/self/status; unshare || echo withheld");
        config.security_context = LinuxContainerSecurityContext {
            capabilities: Capabilities {
                add: vec!["NET_ADMIN".into()],
                drop: vec!["ALL".into()],
            },
            no_new_privs: true,
            seccomp: SecurityProfile::RuntimeDefault,
            ..Default::default()
        };
        let (_, log) = fixture.run(&pod, config.clone()).await;
        let net_admin_alone = "CapEff:\t0000000000001000";
        for text in [net_admin_alone, "NoNewPrivs:\t1", "Seccomp:\t2", "withheld"] {
            assert!(log.contains(text), "{text} in {log}");
        }
        // Without no-new-privs, capabilities are borrowed for the filter and given back.
        config.security_context.no_new_privs = false;
        let (_, log) = fixture.run(&pod, next(config, 1)).await;
        let bounding = "CapBnd:\t0000000000001000";
        for text in [
            net_admin_alone,
            bounding,
            "NoNewPrivs:\t0",
            "Seccomp:\t2",
            "withheld",
        ] {
            assert!(log.contains(text), "{text} in {log}");
        }
        let mut keeper = container("keeper", &["sleep"]);
        keeper.security_context.seccomp = SecurityProfile::RuntimeDefault;
        let id = fixture.start(&pod, keeper).await;
        let text = fixture.exec(&id, "cat /proc/self/status").await;
        assert!(text.contains("Seccomp:\t2"), "exec is filtered too: {text}");
    });
}

#[test]
fn a_privileged_pod_has_everything() {
    isolated("a_privileged_pod_has_everything", || async {
        let fixture = Fixture::new().await;
        let mut pod = fixture.pod("privileged");
        pod.linux.privileged = true;
        let pod = fixture.runtime.run_pod_sandbox(pod).await.unwrap();
        let mut config = shell("cat /proc/self/status; ls /dev");
        config.security_context.privileged = true;
        let (_, log) = fixture.run(&pod, config).await;
        let host = std::fs::read_to_string("/proc/self/status").unwrap();
        let bounding = host
            .lines()
            .find(|line| line.starts_with("CapBnd"))
            .unwrap();
        assert!(log.contains(bounding), "{bounding} in {log}");
        fixture.runtime.remove_pod_sandbox(&pod).await.unwrap();
        let mounts = std::fs::read_to_string("/proc/self/mounts").unwrap();
        let root = fixture.folder.path().to_string_lossy().into_owned();
        assert!(!mounts.contains(&root), "{mounts}");
    });
}

#[test]
fn process_namespaces_can_be_shared() {
    isolated("process_namespaces_can_be_shared", || async {
        let fixture = Fixture::new().await;
        let mut pod = fixture.pod("shared");
        pod.linux.namespace_options.pid = NamespaceMode::Pod;
        let pod = fixture.runtime.run_pod_sandbox(pod).await.unwrap();
        let shared = |mut config: ContainerConfig, pid, target: &str| {
            config.security_context.namespace_options = NamespaceOption {
                pid,
                target_id: target.into(),
                ..Default::default()
            };
            config
        };
        let sleeper = shared(container("sleeper", &["sleep"]), NamespaceMode::Pod, "");
        let sleeper = fixture.start(&pod, sleeper).await;
        let looker = shared(shell("cat /proc/1/comm"), NamespaceMode::Pod, "");
        let (_, log) = fixture.run(&pod, looker).await;
        assert_eq!(log, "stdout F pause\n");
        let own = fixture.start(&pod, container("own", &["sleep"])).await;
        let debugger = next(shell("cat /proc/1/cmdline"), 1);
        let debugger = shared(debugger, NamespaceMode::Target, &own);
        let (_, log) = fixture.run(&pod, debugger).await;
        assert!(log.contains("sleep"), "{log}");
        fixture
            .runtime
            .stop_container(&sleeper, PATIENCE)
            .await
            .unwrap();
        fixture.runtime.remove_pod_sandbox(&pod).await.unwrap();
    });
}

#[test]
fn pods_outlive_the_agent() {
    isolated("pods_outlive_the_agent", || async {
        let fixture = Fixture::new().await;
        let pod = fixture.sandbox("outlives").await;
        let stays = fixture
            .start(&pod, container("stays", &["print", "1000000", "0.01"]))
            .await;
        let ends = fixture.serving(&pod, "ends").await;
        let before = fixture.runtime.pod_sandbox_status(&pod).await.unwrap();
        // A second runtime on the same folders is what a restarted agent is.
        let second = EmbeddedRuntime::open(fixture.config.clone()).await.unwrap();
        assert_eq!(second.pod_sandbox_status(&pod).await.unwrap(), before);
        let state = second
            .container_status(&stays)
            .await
            .unwrap()
            .container
            .state;
        assert_eq!(state, ContainerState::Running);
        second.stop_container(&ends, PATIENCE).await.unwrap();
        // Both hear of it.
        assert_eq!(wait_for_exit(&fixture.runtime, &ends).await.exit_code, 0);
        let log = second.container_status(&stays).await.unwrap().log_path;
        let length = std::fs::metadata(&log).unwrap().len();
        eventually("the log grows", async || {
            std::fs::metadata(&log).unwrap().len() > length
        })
        .await;
        drop(second);
        let third = EmbeddedRuntime::open(fixture.config.clone()).await.unwrap();
        let status = third.container_status(&ends).await.unwrap();
        assert_eq!(
            (status.container.state, status.exit_code),
            (ContainerState::Exited, 0)
        );
        third.remove_pod_sandbox(&pod).await.unwrap();
        assert_eq!(fixture.cgroups(), Vec::<std::path::PathBuf>::new());
    });
}

#[test]
fn a_dead_shim_makes_the_sandbox_not_ready() {
    isolated("a_dead_shim_makes_the_sandbox_not_ready", || async {
        let fixture = Fixture::new().await;
        let pod = fixture.sandbox("orphaned").await;
        let id = fixture.start(&pod, container("c", &["sleep"])).await;
        let status = fixture.runtime.pod_sandbox_status(&pod).await.unwrap();
        let pid: i32 = status
            .network_namespace
            .split('/')
            .nth(2)
            .unwrap()
            .parse()
            .unwrap();
        let pid = nix::unistd::Pid::from_raw(pid);
        nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGKILL).unwrap();
        let status = wait_for_exit(&fixture.runtime, &id).await;
        assert_eq!((status.exit_code, status.reason.as_str()), (255, "Unknown"));
        fixture.runtime.remove_pod_sandbox(&pod).await.unwrap();
        assert_eq!(fixture.cgroups(), Vec::<std::path::PathBuf>::new());
        assert!(
            !Path::new(&fixture.config.state)
                .join("sandboxes")
                .join(&pod)
                .exists()
        );
    });
}

#[test]
fn logs_are_opened_anew_after_a_rotation() {
    isolated("logs_are_opened_anew_after_a_rotation", || async {
        let fixture = Fixture::new().await;
        let pod = fixture.sandbox("rotated").await;
        let id = fixture
            .start(&pod, container("c", &["print", "100000", "0.005"]))
            .await;
        let log = fixture
            .runtime
            .container_status(&id)
            .await
            .unwrap()
            .log_path;
        eventually("the first line", async || !log_text(&log).is_empty()).await;
        std::fs::rename(&log, log.with_extension("old")).unwrap();
        fixture.runtime.reopen_container_log(&id).await.unwrap();
        eventually("a line in the new file", async || {
            log.exists() && !log_text(&log).is_empty()
        })
        .await;
        let stats = fixture.runtime.container_stats(&id).await.unwrap();
        assert!(
            stats.cpu_usage_core_nano_seconds > 0 && stats.memory_usage_bytes > 0,
            "{stats:?}"
        );
    });
}

#[test]
fn attempts_of_a_pod_share_its_cgroup_and_no_fate() {
    isolated("attempts_of_a_pod_share_its_cgroup_and_no_fate", || async {
        let fixture = Fixture::new().await;
        let old = fixture.sandbox("again").await;
        fixture.runtime.stop_pod_sandbox(&old).await.unwrap();
        let mut config = fixture.pod("again");
        config.metadata.attempt = 1;
        let new = fixture.runtime.run_pod_sandbox(config).await.unwrap();
        let id = fixture.start(&new, container("c", &["sleep"])).await;
        let restarted = EmbeddedRuntime::open(fixture.config.clone()).await.unwrap();
        for runtime in [&restarted, &fixture.runtime] {
            runtime.remove_pod_sandbox(&old).await.unwrap();
            let state = runtime.container_status(&id).await.unwrap().container.state;
            assert_eq!(state, ContainerState::Running);
        }
        fixture.runtime.remove_pod_sandbox(&new).await.unwrap();
        assert_eq!(fixture.cgroups(), Vec::<std::path::PathBuf>::new());
    });
}
