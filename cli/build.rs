//! How the `kubectl` of its own is linked.

#[path = "../build/linker.rs"]
mod linker;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=../build/linker.rs");
    linker::fold_identical_code();
    let target = |part: &str| std::env::var(format!("CARGO_CFG_TARGET_{part}")).unwrap_or_default();
    if target("OS") == "linux" && target("ENV") == "gnu" {
        // At a fixed address, as the real kubectl is: nothing has to be relocated when it starts.
        println!("cargo::rustc-link-arg-bins=-no-pie");
    }
}
