//! What the linker that comes with Rust can do for the size of a program.

/// Functions that came out the same are kept once: a thirtieth of a program.
pub fn fold_identical_code() {
    let variable = |name: &str| std::env::var(name).unwrap_or_default();
    let target = variable("TARGET");
    // LLD is the linker for this target, unless the user has another one.
    let another = std::env::var_os("RUSTC_LINKER").is_some()
        || variable("CARGO_ENCODED_RUSTFLAGS").contains("link");
    let is_own = target == "x86_64-unknown-linux-gnu" && target == variable("HOST") && !another;
    if is_own && variable("PROFILE") == "release" {
        println!("cargo::rustc-link-arg-bins=-Wl,--icf=all");
    }
}

/// Programs stand at a fixed address, as upstream's do: nothing has to be relocated when they start, and a call of
/// `knarr kubectl` takes a quarter less time.
pub fn stand_at_a_fixed_address() {
    let target = |part: &str| std::env::var(format!("CARGO_CFG_TARGET_{part}")).unwrap_or_default();
    if target("OS") == "linux" && target("ENV") == "gnu" {
        println!("cargo::rustc-link-arg-bins=-no-pie");
    }
}
