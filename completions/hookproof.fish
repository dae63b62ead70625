complete --keep-order --exclusive --command hookproof --arguments "(HOOKPROOF_COMPLETE=fish hookproof -- (commandline --current-process --tokenize --cut-at-cursor) (commandline --current-token))"
