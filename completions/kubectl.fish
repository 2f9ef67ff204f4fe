# fish completion for kubectl

function __kubectl_ask
    set -l words (commandline -opc)
    test (count $words) -ge 1; or return
    set -l current (commandline -ct)
    $words[1..1] __complete $words[(math 1 + 1)..-1] $current 2>/dev/null
end

function __kubectl_complete
    set -l answer (__kubectl_ask)
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

complete -c kubectl -e
complete -c kubectl -f -k -a '(__kubectl_complete)'
