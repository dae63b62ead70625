_hookproof() {
    local answer one
    # The binary reads the line itself: bash has broken it at = and : too. It is given "$2" because Readline replaces
    # only that.
    answer="$(hookproof __complete bash "${COMP_LINE:0:COMP_POINT}" "${COMP_LINE:COMP_POINT}" "$2" "${COMP_TYPE-}" \
        2> /dev/null)" || return
    COMPREPLY=()
    while [[ -n "$answer" ]]; do
        one="${answer%%$'\n'*}"
        answer="${answer:${#one}+1}"
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
