//! The completion scripts: they know nothing of kubectl but how to ask it.

/// The script for a shell; `None` for one that is not known. `program` is what the user types: `kubectl`, or
/// `knarr kubectl`.
pub fn script(shell: &str, program: &str) -> Option<String> {
    let template = match shell {
        "bash" => BASH,
        "zsh" => ZSH,
        "fish" => FISH,
        "powershell" => POWERSHELL,
        _ => return None,
    };
    let words: Vec<&str> = program.split(' ').collect();
    let name = program.replace([' ', '-'], "_");
    Some(
        template
            .replace("@NAME@", &name)
            .replace("@FIRST@", words[0])
            .replace("@COUNT@", &words.len().to_string())
            .replace("@LAST@", &(words.len() - 1).to_string()),
    )
}

const BASH: &str = r#"# bash completion for @FIRST@                                -*- shell-script -*-

__@NAME@_complete() {
    local cur words cword line directive out candidate
    local -a found=()
    COMPREPLY=()
    if declare -F _get_comp_words_by_ref >/dev/null; then
        _get_comp_words_by_ref -n "=:" cur words cword
    else
        read -ra words <<<"${COMP_LINE:0:COMP_POINT}"
        [[ ${COMP_LINE:0:COMP_POINT} == *' ' ]] && words+=("")
        cword=$((${#words[@]} - 1))
        cur=${words[cword]}
    fi
    ((cword >= @COUNT@)) || return 0
    out=$("${words[@]:0:@COUNT@}" __complete "${words[@]:@COUNT@:cword-@LAST@}" 2>/dev/null) || return 0
    directive=${out##*:}
    while IFS= read -r line; do
        [[ $line == :* ]] || found+=("${line%%$'\t'*}")
    done <<<"$out"
    if ((directive & 8)); then
        for candidate in "${found[@]}"; do
            COMPREPLY+=($(compgen -f -X "!*.$candidate" -- "${cur#*=}"))
        done
        COMPREPLY+=($(compgen -d -- "${cur#*=}"))
        compopt -o filenames 2>/dev/null
        return 0
    fi
    if ((directive & 16)); then
        COMPREPLY=($(compgen -d -- "${cur#*=}"))
        compopt -o filenames 2>/dev/null
        return 0
    fi
    ((directive & 2)) && compopt -o nospace 2>/dev/null
    ((directive & 4)) && compopt +o default 2>/dev/null
    [[ $cur == -*=* ]] && cur=${cur#*=}
    for candidate in "${found[@]}"; do
        [[ -n $candidate && $candidate == "$cur"* ]] && COMPREPLY+=("$candidate")
    done
    if [[ $cur == *:* && $COMP_WORDBREAKS == *:* ]]; then
        local prefix=${cur%"${cur##*:}"}
        COMPREPLY=("${COMPREPLY[@]#"$prefix"}")
    fi
}

complete -o default -F __@NAME@_complete @FIRST@
"#;

const ZSH: &str = r##"#compdef @FIRST@
# zsh completion for @FIRST@

_@NAME@() {
    local out line directive
    local -a candidates plain
    ((CURRENT > @COUNT@)) || return 1
    out=$("${(Q)words[1,@COUNT@][@]}" __complete "${(Q)words[@COUNT@+1,CURRENT][@]}" 2>/dev/null) || return 1
    directive=${out##*:}
    for line in "${(f)out}"; do
        [[ $line == :* ]] && continue
        plain+=("${line%%$'\t'*}")
        if [[ $line == *$'\t'* ]]; then
            candidates+=("${${line%%$'\t'*}//:/\\:}:${line#*$'\t'}")
        else
            candidates+=("${line//:/\\:}")
        fi
    done
    if ((directive & 8)); then
        _files -g "*.(${(j:|:)plain})"
        return
    fi
    if ((directive & 16)); then
        _files -/
        return
    fi
    if ((${#plain} == 0)); then
        ((directive & 4)) || _files
        return
    fi
    compset -P '-*='
    if ((directive & 2)); then
        _describe -V 'completions' candidates -S ''
    else
        _describe 'completions' candidates
    fi
}

if [ "$funcstack[1]" = "_@FIRST@" ]; then
    _@NAME@
else
    compdef _@NAME@ @FIRST@
fi
"##;

const FISH: &str = r#"# fish completion for @FIRST@

function __@NAME@_ask
    set -l words (commandline -opc)
    test (count $words) -ge @COUNT@; or return
    set -l current (commandline -ct)
    $words[1..@COUNT@] __complete $words[(math @COUNT@ + 1)..-1] $current 2>/dev/null
end

function __@NAME@_complete
    set -l answer (__@NAME@_ask)
    test (count $answer) -gt 0; or return
    set -l directive (string replace ':' '' -- $answer[-1])
    set -l found $answer[1..-2]
    set -l current (commandline -ct)
    if test (math "bitand($directive, 8)") -ne 0
        for extension in $found
            __fish_complete_suffix ".$extension"
        end
        return
    end
    if test (math "bitand($directive, 16)") -ne 0
        __fish_complete_directories $current
        return
    end
    if test (count $found) -eq 0
        test (math "bitand($directive, 4)") -ne 0; or __fish_complete_path $current
        return
    end
    # Behind `--flag=`, the whole word is replaced.
    set -l prefix (string match -r -- '^-.*=' $current)
    for line in $found
        echo "$prefix$line"
    end
end

complete -c @FIRST@ -e
complete -c @FIRST@ -f -k -a '(__@NAME@_complete)'
"#;

const POWERSHELL: &str = r#"# PowerShell completion for @FIRST@

Register-ArgumentCompleter -Native -CommandName '@FIRST@' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $words = @($commandAst.CommandElements |
        Where-Object { $_.Extent.StartOffset -lt $cursorPosition } |
        ForEach-Object { $_.ToString() })
    if ($wordToComplete -eq '') { $words += '' }
    if ($words.Count -le @COUNT@) { return }
    $before = @()
    if (@COUNT@ -gt 1) { $before = $words[1..@LAST@] }
    $rest = $words[@COUNT@..($words.Count - 1)] | ForEach-Object { if ($_ -eq '') { '""' } else { $_ } }
    $answer = @(& $words[0] @before __complete @rest 2>$null)
    if ($answer.Count -eq 0) { return }
    $directive = [int]($answer[-1].TrimStart(':'))
    $space = if ($directive -band 2) { '' } else { ' ' }
    $prefix = if ($wordToComplete -match '^(-[^=]*=)') { $Matches[1] } else { '' }
    $answer | Select-Object -SkipLast 1 | ForEach-Object {
        $name, $about = $_ -split "`t", 2
        if (-not $about) { $about = $name }
        if ("$prefix$name".StartsWith($wordToComplete)) {
            [System.Management.Automation.CompletionResult]::new("$prefix$name$space", $name, 'ParameterValue', $about)
        }
    }
}
"#;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shell_asks_the_program() {
        for shell in ["bash", "zsh", "fish", "powershell"] {
            let script = script(shell, "knarr kubectl").expect(shell);
            assert!(script.contains("__complete"), "{shell}");
            for placeholder in ["@NAME@", "@FIRST@", "@COUNT@", "@LAST@"] {
                assert!(!script.contains(placeholder), "{shell}: {placeholder}");
            }
        }
        assert!(script("tcsh", "kubectl").is_none());
    }
}
