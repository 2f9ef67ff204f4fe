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
