
set edit:completion:arg-completer[hookproof] = { |@words|
    var index = (count $words)
    set index = (- $index 1)

    put (env _CLAP_IFS="\n" _CLAP_COMPLETE_INDEX=(to-string $index) HOOKPROOF_COMPLETE="elvish" hookproof -- $@words) | to-lines
}

