_hookproof() {
    local IFS=$'\013'
    local words=() index=0 rest="${COMP_LINE:0:COMP_POINT}" i piece trimmed
    # bash breaks words at = and : too; what no blank parts is one word again, up to the cursor.
    for ((i = 0; i <= COMP_CWORD; i++)); do
        piece="${COMP_WORDS[i]}"
        trimmed="${rest#"${rest%%[![:blank:]]*}"}"
        if ((i == COMP_CWORD)); then
            piece="$trimmed"
        fi
        if ((i > 0)) && [[ "$trimmed" == "$rest" ]]; then
            words[${#words[@]}-1]+="$piece"
        else
            words+=("$piece")
        fi
        rest="${trimmed#"$piece"}"
    done
    index=$((${#words[@]} - 1))
    local begun="${words[index]}"
    words+=("${COMP_WORDS[@]:COMP_CWORD+1}")

    local answer
    answer="$(
        _CLAP_IFS="$IFS" _CLAP_COMPLETE_INDEX="$index" HOOKPROOF_COMPLETE="bash" \
            hookproof -- "${words[@]}" 2> /dev/null
    )" || return

    # Readline replaces what stands behind the last break alone, and quotes nothing.
    local plain="${begun//[\'\"]/}" one home
    local kept="${plain%"$2"}"
    COMPREPLY=()
    while [[ -n "$answer" ]]; do
        one="${answer%%"$IFS"*}"
        answer="${answer#"$one"}"
        answer="${answer#"$IFS"}"
        one="${one#"$kept"}"
        if [[ "$begun" == "$plain" && "${one#\~/}" == *[!A-Za-z0-9@%+=:,./_-]* ]]; then
            home=""
            if [[ "$one" == \~/* ]]; then
                home="${one:0:2}"
            fi
            printf -v one '%q' "${one#"$home"}"
            one="$home$one"
        fi
        COMPREPLY+=("$one")
    done
    if [[ "${COMPREPLY[0]-}" == *[=/:] ]]; then
        compopt -o nospace 2> /dev/null
    fi
}
if [[ "${BASH_VERSINFO[0]}" -eq 4 && "${BASH_VERSINFO[1]}" -ge 4 || "${BASH_VERSINFO[0]}" -gt 4 ]]; then
    complete -o bashdefault -o nosort -F _hookproof hookproof
else
    complete -o bashdefault -F _hookproof hookproof
fi
