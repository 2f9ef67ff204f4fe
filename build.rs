//! How the program is linked.

#[path = "build/linker.rs"]
mod linker;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=build/linker.rs");
    linker::fold_identical_code();
    linker::stand_at_a_fixed_address();
}
