# bash completion for kubectl                                -*- shell-script -*-

__kubectl_complete() {
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
    ((cword >= 1)) || return 0
    out=$("${words[@]:0:1}" __complete "${words[@]:1:cword-0}" 2>/dev/null) || return 0
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

complete -o default -F __kubectl_complete kubectl
