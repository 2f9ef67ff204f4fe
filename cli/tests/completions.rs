//! The generated completion scripts of the repository are those of the command definitions.
//! `UPDATE_COMPLETIONS=1 cargo test -p knarr-cli --test completions` writes them anew.

use std::path::Path;

const SHELLS: &[(&str, &str)] = &[
    ("bash", "kubectl.bash"),
    ("zsh", "_kubectl"),
    ("fish", "kubectl.fish"),
    ("powershell", "_kubectl.ps1"),
];

#[test]
fn the_completion_scripts_are_current() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../completions");
    for (shell, file) in SHELLS {
        let script = knarr_cli::completions(shell, "kubectl").expect("the shell is known");
        let path = folder.join(file);
        if std::env::var_os("UPDATE_COMPLETIONS").is_some() {
            std::fs::write(&path, &script).expect("the folder is writable");
        }
        let found = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            found == script,
            "{file} is not current; run UPDATE_COMPLETIONS=1 cargo test -p knarr-cli --test completions"
        );
    }
}

#[test]
fn an_unknown_shell_has_no_script() {
    assert!(knarr_cli::completions("tcsh", "kubectl").is_none());
}
