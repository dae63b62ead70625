# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_hookproof_global_optspecs
    string join \n catalog= color= q/quiet h/help V/version
end

function __fish_hookproof_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_hookproof_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_hookproof_using_subcommand
    set -l cmd (__fish_hookproof_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c hookproof -n "__fish_hookproof_needs_command" -l catalog -d 'A folder of providers of your own; repeatable, and a later one wins' -r -F
complete -c hookproof -n "__fish_hookproof_needs_command" -l color -d 'When to colour' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Also in files and pipes'
never\t'Nowhere'"
complete -c hookproof -n "__fish_hookproof_needs_command" -s q -l quiet -d 'Only results for machines, and errors'
complete -c hookproof -n "__fish_hookproof_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c hookproof -n "__fish_hookproof_needs_command" -s V -l version -d 'Print version'
complete -c hookproof -n "__fish_hookproof_needs_command" -f -a "send" -d 'Fire sample deliveries, signed, and judge the answer'
complete -c hookproof -n "__fish_hookproof_needs_command" -f -a "listen" -d 'Catch deliveries: verify, identify and show them'
complete -c hookproof -n "__fish_hookproof_needs_command" -f -a "history" -d 'Look into the journal of what was caught'
complete -c hookproof -n "__fish_hookproof_needs_command" -f -a "replay" -d 'Send captured deliveries again, byte for byte or signed afresh'
complete -c hookproof -n "__fish_hookproof_needs_command" -f -a "export" -d 'Write captured deliveries as a curl script, raw HTTP or HAR'
complete -c hookproof -n "__fish_hookproof_needs_command" -f -a "verify" -d 'Prove a captured delivery'
complete -c hookproof -n "__fish_hookproof_needs_command" -f -a "check" -d 'Prove a receiver: does it accept the good and refuse the bad?'
complete -c hookproof -n "__fish_hookproof_needs_command" -f -a "events" -d 'Ask the catalog'
complete -c hookproof -n "__fish_hookproof_needs_command" -f -a "render" -d 'Print a delivery without sending it'
complete -c hookproof -n "__fish_hookproof_needs_command" -f -a "sign" -d 'Print the signature header for a body of your own'
complete -c hookproof -n "__fish_hookproof_needs_command" -f -a "explain" -d 'Tell how a cause that verify named comes about'
complete -c hookproof -n "__fish_hookproof_needs_command" -f -a "completions" -d 'Print a completion script for a shell'
complete -c hookproof -n "__fish_hookproof_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c hookproof -n "__fish_hookproof_using_subcommand send" -s t -l to -d 'Where to: a URL, 3000/hook, localhost:3000/hook, a target of hookproof.toml, or self for a receiver of its own' -r
complete -c hookproof -n "__fish_hookproof_using_subcommand send" -l body -d 'Your own bytes for the body, signed and sent untouched; - is stdin' -r -F
complete -c hookproof -n "__fish_hookproof_using_subcommand send" -l timeout -d 'How long an answer may take' -r
complete -c hookproof -n "__fish_hookproof_using_subcommand send" -l delay -d 'How long to wait between deliveries' -r
complete -c hookproof -n "__fish_hookproof_using_subcommand send" -l fault -d 'Sends a case of `check` instead, and judges the answer as it does: tampered, no-signature and so on' -r
complete -c hookproof -n "__fish_hookproof_using_subcommand send" -s H -l header -d 'A header; repeatable, and in place of ours where the name is ours' -r
complete -c hookproof -n "__fish_hookproof_using_subcommand send" -l retry -d 'Sends again what is not accepted: as its provider does, or after pauses of your own such as 5s,1m,10m' -r
complete -c hookproof -n "__fish_hookproof_using_subcommand send" -l time-scale -d 'How many times faster pauses pass' -r
complete -c hookproof -n "__fish_hookproof_using_subcommand send" -l variant -d 'A documented form of the event other than its first' -r
complete -c hookproof -n "__fish_hookproof_using_subcommand send" -l seed -d 'Fixes every fresh identity' -r
complete -c hookproof -n "__fish_hookproof_using_subcommand send" -l at -d 'The event\'s time: RFC 3339 or Unix seconds; now where it is not given' -r
complete -c hookproof -n "__fish_hookproof_using_subcommand send" -l id -d 'An identity, wherever it stands' -r
complete -c hookproof -n "__fish_hookproof_using_subcommand send" -l set -d 'A value at a path: JSON where it is JSON, else a string' -r
complete -c hookproof -n "__fish_hookproof_using_subcommand send" -l set-string -d 'A string at a path, as it stands' -r
complete -c hookproof -n "__fish_hookproof_using_subcommand send" -l unset -d 'Takes a path out' -r
complete -c hookproof -n "__fish_hookproof_using_subcommand send" -l data -d 'JSON of your own for `data`, or for the body where it has none; - is stdin' -r -F
complete -c hookproof -n "__fish_hookproof_using_subcommand send" -l before -d 'The record before a change: JSON or a file' -r
complete -c hookproof -n "__fish_hookproof_using_subcommand send" -l after -d 'The record after a change: JSON or a file' -r
complete -c hookproof -n "__fish_hookproof_using_subcommand send" -l secret-env -d 'The variable that holds the signing secret; PROVIDER=NAME for one provider\'s; several while one replaces another' -r
complete -c hookproof -n "__fish_hookproof_using_subcommand send" -l secret-file -d 'The file that holds it; one final newline is cut' -r
complete -c hookproof -n "__fish_hookproof_using_subcommand send" -l env-file -d 'A file of NAME=VALUE lines in which variables are looked up before the environment' -r -F
complete -c hookproof -n "__fish_hookproof_using_subcommand send" -l secret -d 'The secret itself; other users of this machine can see it' -r
complete -c hookproof -n "__fish_hookproof_using_subcommand send" -l signature-header -d 'The header that the signature stands in, where it is not the documented one' -r
complete -c hookproof -n "__fish_hookproof_using_subcommand send" -l signature-mode -d 'How to sign, where the provider leaves a choice: a mode by its name, which `events EVENT` tells' -r
complete -c hookproof -n "__fish_hookproof_using_subcommand send" -l cacert -d 'A further root certificate, as PEM' -r -F
complete -c hookproof -n "__fish_hookproof_using_subcommand send" -l proxy -d 'The proxy, in place of the usual variables; loopback is never proxied' -r
complete -c hookproof -n "__fish_hookproof_using_subcommand send" -l catalog -d 'A folder of providers of your own; repeatable, and a later one wins' -r -F
complete -c hookproof -n "__fish_hookproof_using_subcommand send" -l color -d 'When to colour' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Also in files and pipes'
never\t'Nowhere'"
complete -c hookproof -n "__fish_hookproof_using_subcommand send" -s k -l keep-going -d 'Goes on after a delivery that failed'
complete -c hookproof -n "__fish_hookproof_using_subcommand send" -l dry-run -d 'Makes and shows the deliveries, and sends none'
complete -c hookproof -n "__fish_hookproof_using_subcommand send" -s v -l verbose -l full -d 'Shows the request and the answer in full, and what --to self caught'
complete -c hookproof -n "__fish_hookproof_using_subcommand send" -l json -d 'One line of JSON for each delivery'
complete -c hookproof -n "__fish_hookproof_using_subcommand send" -l variants -d 'Variants too, where a glob or a provider is named'
complete -c hookproof -n "__fish_hookproof_using_subcommand send" -l verbatim -d 'The sample\'s own identities and times'
complete -c hookproof -n "__fish_hookproof_using_subcommand send" -l create -d 'Makes paths that are not there'
complete -c hookproof -n "__fish_hookproof_using_subcommand send" -l unsigned -d 'Goes out without a signature'
complete -c hookproof -n "__fish_hookproof_using_subcommand send" -l insecure -d 'Takes any certificate'
complete -c hookproof -n "__fish_hookproof_using_subcommand send" -s q -l quiet -d 'Only results for machines, and errors'
complete -c hookproof -n "__fish_hookproof_using_subcommand send" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c hookproof -n "__fish_hookproof_using_subcommand listen" -l port -d 'The port; 0 takes a free one' -r
complete -c hookproof -n "__fish_hookproof_using_subcommand listen" -l host -d 'The address to listen on, in place of both loopback ones' -r
complete -c hookproof -n "__fish_hookproof_using_subcommand listen" -s p -l provider -d 'Whose deliveries come; otherwise each is recognised by its headers and body' -r -f -a "calendly\t''
discord\t''
fingerprinting-api\t''
github\t''
gitlab\t''
hubspot\t''
intercom\t''
komo\t''
linear\t''
mailgun\t''
meta\t''
paddle\t''
sendgrid\t''
shopify\t''
slack\t''
square\t''
standard-webhooks\t''
svix\t''
clerk\t''
resend\t''
stripe\t''
superfolio\t''
superleap\t''
swapcard\t''
twilio\t''
typeform\t''
zendesk\t''
zoom\t''"
complete -c hookproof -n "__fish_hookproof_using_subcommand listen" -l count -d 'Ends after so many deliveries' -r
complete -c hookproof -n "__fish_hookproof_using_subcommand listen" -l for -d 'Ends after so long' -r
complete -c hookproof -n "__fish_hookproof_using_subcommand listen" -l max-body -d 'The longest body that is taken' -r
complete -c hookproof -n "__fish_hookproof_using_subcommand listen" -l timeout -d 'How long a head may take, and how long a body may stall' -r
complete -c hookproof -n "__fish_hookproof_using_subcommand listen" -l public-url -d 'The address that the provider was told, without the path, for schemes that sign it' -r
complete -c hookproof -n "__fish_hookproof_using_subcommand listen" -l tolerance -d 'How old a timestamp may be; otherwise as the provider has it' -r
complete -c hookproof -n "__fish_hookproof_using_subcommand listen" -l journal -d 'The file that keeps each delivery for `history`; \'\' keeps none; otherwise `HOOKPROOF_JOURNAL`, or in your state directory' -r -F
complete -c hookproof -n "__fish_hookproof_using_subcommand listen" -l journal-max -d 'The length at which the journal becomes FILE.1 and a new one begins' -r
complete -c hookproof -n "__fish_hookproof_using_subcommand listen" -l ready-file -d 'Written once deliveries can come: the addresses, one a line' -r -F
complete -c hookproof -n "__fish_hookproof_using_subcommand listen" -l expect -d 'Waits for a verified delivery of this event, exits 0 when all that is expected has come and 1 where it has not; repeatable. EVENT is a name or glob, with or without PROVIDER/; *N behind it waits for N: \'form.submitted*2\', \'form.**2\'' -r
complete -c hookproof -n "__fish_hookproof_using_subcommand listen" -l within -d 'How long to wait; without it for ever' -r
complete -c hookproof -n "__fish_hookproof_using_subcommand listen" -l allow -d 'Verdicts that count besides valid: unsigned, unchecked and so on' -r
complete -c hookproof -n "__fish_hookproof_using_subcommand listen" -l respond -d 'Answers with these statuses in turn and repeats the last, counted for each delivery id, or overall where there is none; `hang-up` among them closes without an answer. EVENT, here and below, is a name or glob: \'form.*=500,200\'; without one it is for all others, and \'*=\' goes before a value that itself begins like EVENT=' -r
complete -c hookproof -n "__fish_hookproof_using_subcommand listen" -l hang-up -d 'Closes the connection without an answer' -r
complete -c hookproof -n "__fish_hookproof_using_subcommand listen" -l respond-delay -d 'Holds the answer back so long; the end of `listen` cuts it short' -r
complete -c hookproof -n "__fish_hookproof_using_subcommand listen" -l respond-body -d 'The body of the answer' -r
complete -c hookproof -n "__fish_hookproof_using_subcommand listen" -l respond-header -d 'A header of the answer; repeatable' -r
complete -c hookproof -n "__fish_hookproof_using_subcommand listen" -l retry-after -d 'Puts Retry-After on every answer that is no 2xx' -r
complete -c hookproof -n "__fish_hookproof_using_subcommand listen" -l fail-rate -d 'Answers 500 to this share of deliveries, chosen at random, in place of what they would get' -r
complete -c hookproof -n "__fish_hookproof_using_subcommand listen" -l seed -d 'Fails the same ones again, where they come in the same order' -r
complete -c hookproof -n "__fish_hookproof_using_subcommand listen" -l forward -d 'Hands each delivery on to this address, as it came, and gives its answer back; of several the first one\'s' -r
complete -c hookproof -n "__fish_hookproof_using_subcommand listen" -l route -d 'Hands these events on to an address of their own; EVENT is a name or glob, with or without PROVIDER/' -r
complete -c hookproof -n "__fish_hookproof_using_subcommand listen" -l parallel -d 'So many deliveries at a time; otherwise each waits for the one before, in the order they came' -r
complete -c hookproof -n "__fish_hookproof_using_subcommand listen" -l forward-timeout -d 'How long the application may take to answer' -r
complete -c hookproof -n "__fish_hookproof_using_subcommand listen" -l forward-retry -d 'How long an application that isn\'t up is tried again, counted from when the delivery came' -r
complete -c hookproof -n "__fish_hookproof_using_subcommand listen" -l forward-secret-env -d 'With --re-sign: the variable that holds the application\'s own secret' -r
complete -c hookproof -n "__fish_hookproof_using_subcommand listen" -l forward-secret-file -d 'With --re-sign: the file that holds it' -r
complete -c hookproof -n "__fish_hookproof_using_subcommand listen" -l secret-env -d 'The variable that holds the signing secret; PROVIDER=NAME for one provider\'s; several while one replaces another' -r
complete -c hookproof -n "__fish_hookproof_using_subcommand listen" -l secret-file -d 'The file that holds it; one final newline is cut' -r
complete -c hookproof -n "__fish_hookproof_using_subcommand listen" -l env-file -d 'A file of NAME=VALUE lines in which variables are looked up before the environment' -r -F
complete -c hookproof -n "__fish_hookproof_using_subcommand listen" -l secret -d 'The secret itself; other users of this machine can see it' -r
complete -c hookproof -n "__fish_hookproof_using_subcommand listen" -l signature-header -d 'The header that the signature stands in, where it is not the documented one' -r
complete -c hookproof -n "__fish_hookproof_using_subcommand listen" -l signature-mode -d 'How to sign, where the provider leaves a choice: a mode by its name, which `events EVENT` tells' -r
complete -c hookproof -n "__fish_hookproof_using_subcommand listen" -l catalog -d 'A folder of providers of your own; repeatable, and a later one wins' -r -F
complete -c hookproof -n "__fish_hookproof_using_subcommand listen" -l color -d 'When to colour' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Also in files and pipes'
never\t'Nowhere'"
complete -c hookproof -n "__fish_hookproof_using_subcommand listen" -l compact -d 'One line each'
complete -c hookproof -n "__fish_hookproof_using_subcommand listen" -l full -d 'Long bodies in full'
complete -c hookproof -n "__fish_hookproof_using_subcommand listen" -l json -d 'One line of JSON for each delivery'
complete -c hookproof -n "__fish_hookproof_using_subcommand listen" -l keep-headers -d 'Keeps Authorization, cookies, tokens of the address and the like as they came; otherwise they stand as `[redacted]`'
complete -c hookproof -n "__fish_hookproof_using_subcommand listen" -l strict -d 'Fails where a delivery has fields that the catalog doesn\'t know, that are missing or of another type'
complete -c hookproof -n "__fish_hookproof_using_subcommand listen" -l allow-invalid -d 'Goes on behind a delivery that is invalid, stale or missing its signature; otherwise it fails at once'
complete -c hookproof -n "__fish_hookproof_using_subcommand listen" -l answer-first -d 'Answers the sender at once, not with what the application says'
complete -c hookproof -n "__fish_hookproof_using_subcommand listen" -l re-sign -d 'Signs each delivery afresh: for the application\'s own secret, or with the one that it is verified by'
complete -c hookproof -n "__fish_hookproof_using_subcommand listen" -s q -l quiet -d 'Only results for machines, and errors'
complete -c hookproof -n "__fish_hookproof_using_subcommand listen" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c hookproof -n "__fish_hookproof_using_subcommand history" -s n -l last -d 'Only the last so many' -r
complete -c hookproof -n "__fish_hookproof_using_subcommand history" -l event -d 'Only this event, PROVIDER/EVENT or provider; repeatable' -r
complete -c hookproof -n "__fish_hookproof_using_subcommand history" -l verdict -d 'Only this verdict; repeatable' -r -f -a "valid\t''
stale\t''
invalid\t''
missing\t''
unchecked\t''
unsigned\t''
unknown\t''"
complete -c hookproof -n "__fish_hookproof_using_subcommand history" -l id -d 'Only this delivery, by its own id; repeatable' -r
complete -c hookproof -n "__fish_hookproof_using_subcommand history" -l since -d 'Only what came then or later: RFC 3339, Unix seconds, or so long ago' -r
complete -c hookproof -n "__fish_hookproof_using_subcommand history" -l until -d 'Only what came then or earlier' -r
complete -c hookproof -n "__fish_hookproof_using_subcommand history" -l header -d 'Only with this header; repeatable, and all must be there' -r
complete -c hookproof -n "__fish_hookproof_using_subcommand history" -l where -d 'Only with this value at a path of the body, strings without quotes; repeatable, and all must be there' -r
complete -c hookproof -n "__fish_hookproof_using_subcommand history" -l journal -d 'The journal; otherwise that of `HOOKPROOF_JOURNAL`, or the one in your state directory' -r -F
complete -c hookproof -n "__fish_hookproof_using_subcommand history" -l catalog -d 'A folder of providers of your own; repeatable, and a later one wins' -r -F
complete -c hookproof -n "__fish_hookproof_using_subcommand history" -l color -d 'When to colour' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Also in files and pipes'
never\t'Nowhere'"
complete -c hookproof -n "__fish_hookproof_using_subcommand history" -s f -l follow -d 'Goes on with what comes'
complete -c hookproof -n "__fish_hookproof_using_subcommand history" -l json -d 'The journal\'s own lines'
complete -c hookproof -n "__fish_hookproof_using_subcommand history" -l schema -d 'Prints the form of a journal\'s lines as a JSON Schema'
complete -c hookproof -n "__fish_hookproof_using_subcommand history" -s q -l quiet -d 'Only results for machines, and errors'
complete -c hookproof -n "__fish_hookproof_using_subcommand history" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c hookproof -n "__fish_hookproof_using_subcommand replay" -s t -l to -d 'Where to: a URL, 3000/hook, localhost:3000/hook, a target of hookproof.toml; its path counts, not the captured one' -r
complete -c hookproof -n "__fish_hookproof_using_subcommand replay" -s p -l provider -d 'Whose deliveries they are, where that can\'t be seen from them' -r -f -a "calendly\t''
discord\t''
fingerprinting-api\t''
github\t''
gitlab\t''
hubspot\t''
intercom\t''
komo\t''
linear\t''
mailgun\t''
meta\t''
paddle\t''
sendgrid\t''
shopify\t''
slack\t''
square\t''
standard-webhooks\t''
svix\t''
clerk\t''
resend\t''
stripe\t''
superfolio\t''
superleap\t''
swapcard\t''
twilio\t''
typeform\t''
zendesk\t''
zoom\t''"
complete -c hookproof -n "__fish_hookproof_using_subcommand replay" -l speed -d 'With --timing: so many times faster' -r
complete -c hookproof -n "__fish_hookproof_using_subcommand replay" -l repeat -d 'Sends all of them so many times' -r
complete -c hookproof -n "__fish_hookproof_using_subcommand replay" -l seed -d 'With --shuffle: the same order each time' -r
complete -c hookproof -n "__fish_hookproof_using_subcommand replay" -l timeout -d 'How long an answer may take' -r
complete -c hookproof -n "__fish_hookproof_using_subcommand replay" -s n -l last -d 'The last so many that pass the filters; the very last where no number is given' -r
complete -c hookproof -n "__fish_hookproof_using_subcommand replay" -l from -d 'A file with an HTTP request or lines of `listen --json`; - is stdin' -r -F
complete -c hookproof -n "__fish_hookproof_using_subcommand replay" -l event -d 'Only this event, PROVIDER/EVENT or provider; repeatable' -r
complete -c hookproof -n "__fish_hookproof_using_subcommand replay" -l verdict -d 'Only this verdict; repeatable' -r -f -a "valid\t''
stale\t''
invalid\t''
missing\t''
unchecked\t''
unsigned\t''
unknown\t''"
complete -c hookproof -n "__fish_hookproof_using_subcommand replay" -l id -d 'Only this delivery, by its own id; repeatable' -r
complete -c hookproof -n "__fish_hookproof_using_subcommand replay" -l since -d 'Only what came then or later: RFC 3339, Unix seconds, or so long ago' -r
complete -c hookproof -n "__fish_hookproof_using_subcommand replay" -l until -d 'Only what came then or earlier' -r
complete -c hookproof -n "__fish_hookproof_using_subcommand replay" -l header -d 'Only with this header; repeatable, and all must be there' -r
complete -c hookproof -n "__fish_hookproof_using_subcommand replay" -l where -d 'Only with this value at a path of the body, strings without quotes; repeatable, and all must be there' -r
complete -c hookproof -n "__fish_hookproof_using_subcommand replay" -l journal -d 'The journal; otherwise that of `HOOKPROOF_JOURNAL`, or the one in your state directory' -r -F
complete -c hookproof -n "__fish_hookproof_using_subcommand replay" -l secret-env -d 'The variable that holds the signing secret; PROVIDER=NAME for one provider\'s; several while one replaces another' -r
complete -c hookproof -n "__fish_hookproof_using_subcommand replay" -l secret-file -d 'The file that holds it; one final newline is cut' -r
complete -c hookproof -n "__fish_hookproof_using_subcommand replay" -l env-file -d 'A file of NAME=VALUE lines in which variables are looked up before the environment' -r -F
complete -c hookproof -n "__fish_hookproof_using_subcommand replay" -l secret -d 'The secret itself; other users of this machine can see it' -r
complete -c hookproof -n "__fish_hookproof_using_subcommand replay" -l signature-header -d 'The header that the signature stands in, where it is not the documented one' -r
complete -c hookproof -n "__fish_hookproof_using_subcommand replay" -l signature-mode -d 'How to sign, where the provider leaves a choice: a mode by its name, which `events EVENT` tells' -r
complete -c hookproof -n "__fish_hookproof_using_subcommand replay" -l cacert -d 'A further root certificate, as PEM' -r -F
complete -c hookproof -n "__fish_hookproof_using_subcommand replay" -l proxy -d 'The proxy, in place of the usual variables; loopback is never proxied' -r
complete -c hookproof -n "__fish_hookproof_using_subcommand replay" -l catalog -d 'A folder of providers of your own; repeatable, and a later one wins' -r -F
complete -c hookproof -n "__fish_hookproof_using_subcommand replay" -l color -d 'When to colour' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Also in files and pipes'
never\t'Nowhere'"
complete -c hookproof -n "__fish_hookproof_using_subcommand replay" -l re-sign -d 'Puts a fresh timestamp and signature in; body and delivery id stay'
complete -c hookproof -n "__fish_hookproof_using_subcommand replay" -l fresh -d 'Gives it a new delivery id and time too, and signs it afresh'
complete -c hookproof -n "__fish_hookproof_using_subcommand replay" -l with-credentials -d 'Sends Authorization, Cookie and other credentials too, which are left out otherwise'
complete -c hookproof -n "__fish_hookproof_using_subcommand replay" -l timing -d 'Keeps the gaps that lay between the deliveries'
complete -c hookproof -n "__fish_hookproof_using_subcommand replay" -l shuffle -d 'Sends them in an order of chance'
complete -c hookproof -n "__fish_hookproof_using_subcommand replay" -s k -l keep-going -d 'Goes on after a delivery that failed'
complete -c hookproof -n "__fish_hookproof_using_subcommand replay" -l dry-run -d 'Shows what would go out, and sends nothing'
complete -c hookproof -n "__fish_hookproof_using_subcommand replay" -s v -l verbose -l full -d 'Shows the request and the answer in full'
complete -c hookproof -n "__fish_hookproof_using_subcommand replay" -l json -d 'One line of JSON for each delivery'
complete -c hookproof -n "__fish_hookproof_using_subcommand replay" -l insecure -d 'Takes any certificate'
complete -c hookproof -n "__fish_hookproof_using_subcommand replay" -s q -l quiet -d 'Only results for machines, and errors'
complete -c hookproof -n "__fish_hookproof_using_subcommand replay" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c hookproof -n "__fish_hookproof_using_subcommand export" -l format -d 'What to write' -r -f -a "curl\t'A shell script that sends them with curl'
http\t'Raw HTTP requests, a file each'
har\t'An HTTP archive, HAR 1.2'"
complete -c hookproof -n "__fish_hookproof_using_subcommand export" -s o -l out -d 'Where to; stdout where it is not given. A folder for several of --format http, named by their ids' -r -F
complete -c hookproof -n "__fish_hookproof_using_subcommand export" -l to -d 'The address in place of the captured one; a curl script takes it as an argument too' -r
complete -c hookproof -n "__fish_hookproof_using_subcommand export" -s p -l provider -d 'Whose deliveries they are, where that can\'t be seen from them' -r -f -a "calendly\t''
discord\t''
fingerprinting-api\t''
github\t''
gitlab\t''
hubspot\t''
intercom\t''
komo\t''
linear\t''
mailgun\t''
meta\t''
paddle\t''
sendgrid\t''
shopify\t''
slack\t''
square\t''
standard-webhooks\t''
svix\t''
clerk\t''
resend\t''
stripe\t''
superfolio\t''
superleap\t''
swapcard\t''
twilio\t''
typeform\t''
zendesk\t''
zoom\t''"
complete -c hookproof -n "__fish_hookproof_using_subcommand export" -s n -l last -d 'The last so many that pass the filters; the very last where no number is given' -r
complete -c hookproof -n "__fish_hookproof_using_subcommand export" -l from -d 'A file with an HTTP request or lines of `listen --json`; - is stdin' -r -F
complete -c hookproof -n "__fish_hookproof_using_subcommand export" -l event -d 'Only this event, PROVIDER/EVENT or provider; repeatable' -r
complete -c hookproof -n "__fish_hookproof_using_subcommand export" -l verdict -d 'Only this verdict; repeatable' -r -f -a "valid\t''
stale\t''
invalid\t''
missing\t''
unchecked\t''
unsigned\t''
unknown\t''"
complete -c hookproof -n "__fish_hookproof_using_subcommand export" -l id -d 'Only this delivery, by its own id; repeatable' -r
complete -c hookproof -n "__fish_hookproof_using_subcommand export" -l since -d 'Only what came then or later: RFC 3339, Unix seconds, or so long ago' -r
complete -c hookproof -n "__fish_hookproof_using_subcommand export" -l until -d 'Only what came then or earlier' -r
complete -c hookproof -n "__fish_hookproof_using_subcommand export" -l header -d 'Only with this header; repeatable, and all must be there' -r
complete -c hookproof -n "__fish_hookproof_using_subcommand export" -l where -d 'Only with this value at a path of the body, strings without quotes; repeatable, and all must be there' -r
complete -c hookproof -n "__fish_hookproof_using_subcommand export" -l journal -d 'The journal; otherwise that of `HOOKPROOF_JOURNAL`, or the one in your state directory' -r -F
complete -c hookproof -n "__fish_hookproof_using_subcommand export" -l catalog -d 'A folder of providers of your own; repeatable, and a later one wins' -r -F
complete -c hookproof -n "__fish_hookproof_using_subcommand export" -l color -d 'When to colour' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Also in files and pipes'
never\t'Nowhere'"
complete -c hookproof -n "__fish_hookproof_using_subcommand export" -l reveal -d 'Writes credentials and tokens that the input holds; what was not kept stays redacted'
complete -c hookproof -n "__fish_hookproof_using_subcommand export" -s q -l quiet -d 'Only results for machines, and errors'
complete -c hookproof -n "__fish_hookproof_using_subcommand export" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c hookproof -n "__fish_hookproof_using_subcommand verify" -s p -l provider -d 'Whose delivery it is; otherwise its headers tell' -r -f -a "calendly\t''
discord\t''
fingerprinting-api\t''
github\t''
gitlab\t''
hubspot\t''
intercom\t''
komo\t''
linear\t''
mailgun\t''
meta\t''
paddle\t''
sendgrid\t''
shopify\t''
slack\t''
square\t''
standard-webhooks\t''
svix\t''
clerk\t''
resend\t''
stripe\t''
superfolio\t''
superleap\t''
swapcard\t''
twilio\t''
typeform\t''
zendesk\t''
zoom\t''"
complete -c hookproof -n "__fish_hookproof_using_subcommand verify" -l signature -d 'The value of the provider\'s signature header' -r
complete -c hookproof -n "__fish_hookproof_using_subcommand verify" -l computed -d 'The digest that your own code got: says what it hashed' -r
complete -c hookproof -n "__fish_hookproof_using_subcommand verify" -l url -d 'The address that the sender used, for schemes that sign it' -r
complete -c hookproof -n "__fish_hookproof_using_subcommand verify" -l method -d 'The request method, where the input doesn\'t tell it' -r
complete -c hookproof -n "__fish_hookproof_using_subcommand verify" -l at -d 'The time to judge a timestamp by: now, captured (when the input came in), RFC 3339 or Unix seconds' -r
complete -c hookproof -n "__fish_hookproof_using_subcommand verify" -l tolerance -d 'How old a timestamp may be; otherwise as the provider has it' -r
complete -c hookproof -n "__fish_hookproof_using_subcommand verify" -l as -d 'What the input is, where it is not seen from it' -r -f -a "body\t'The bytes of a body'
http\t'An HTTP request with its headers'
line\t'Lines marked "hookproof":"delivery/1"'"
complete -c hookproof -n "__fish_hookproof_using_subcommand verify" -s H -l header -d 'A header; repeatable, and in place of ours where the name is ours' -r
complete -c hookproof -n "__fish_hookproof_using_subcommand verify" -l secret-env -d 'The variable that holds the signing secret; PROVIDER=NAME for one provider\'s; several while one replaces another' -r
complete -c hookproof -n "__fish_hookproof_using_subcommand verify" -l secret-file -d 'The file that holds it; one final newline is cut' -r
complete -c hookproof -n "__fish_hookproof_using_subcommand verify" -l env-file -d 'A file of NAME=VALUE lines in which variables are looked up before the environment' -r -F
complete -c hookproof -n "__fish_hookproof_using_subcommand verify" -l secret -d 'The secret itself; other users of this machine can see it' -r
complete -c hookproof -n "__fish_hookproof_using_subcommand verify" -l signature-header -d 'The header that the signature stands in, where it is not the documented one' -r
complete -c hookproof -n "__fish_hookproof_using_subcommand verify" -l signature-mode -d 'How to sign, where the provider leaves a choice: a mode by its name, which `events EVENT` tells' -r
complete -c hookproof -n "__fish_hookproof_using_subcommand verify" -l catalog -d 'A folder of providers of your own; repeatable, and a later one wins' -r -F
complete -c hookproof -n "__fish_hookproof_using_subcommand verify" -l color -d 'When to colour' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Also in files and pipes'
never\t'Nowhere'"
complete -c hookproof -n "__fish_hookproof_using_subcommand verify" -l json -d 'One line of JSON'
complete -c hookproof -n "__fish_hookproof_using_subcommand verify" -s q -l quiet -d 'Only results for machines, and errors'
complete -c hookproof -n "__fish_hookproof_using_subcommand verify" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c hookproof -n "__fish_hookproof_using_subcommand check" -s p -l provider -d 'Whose deliveries it takes' -r -f -a "calendly\t''
discord\t''
fingerprinting-api\t''
github\t''
gitlab\t''
hubspot\t''
intercom\t''
komo\t''
linear\t''
mailgun\t''
meta\t''
paddle\t''
sendgrid\t''
shopify\t''
slack\t''
square\t''
standard-webhooks\t''
svix\t''
clerk\t''
resend\t''
stripe\t''
superfolio\t''
superleap\t''
swapcard\t''
twilio\t''
typeform\t''
zendesk\t''
zoom\t''"
complete -c hookproof -n "__fish_hookproof_using_subcommand check" -l only -d 'Only these cases: names, families or globs' -r
complete -c hookproof -n "__fish_hookproof_using_subcommand check" -l skip -d 'All but these' -r
complete -c hookproof -n "__fish_hookproof_using_subcommand check" -l level -d 'Only cases of this level and above' -r
complete -c hookproof -n "__fish_hookproof_using_subcommand check" -l explain -d 'Tells a case and sends nothing' -r
complete -c hookproof -n "__fish_hookproof_using_subcommand check" -l events -d 'Only events of these names' -r
complete -c hookproof -n "__fish_hookproof_using_subcommand check" -l body -d 'Your own bytes for the control\'s body; - is stdin' -r -F
complete -c hookproof -n "__fish_hookproof_using_subcommand check" -l timeout -d 'How long an answer may take; the first may take 30s' -r
complete -c hookproof -n "__fish_hookproof_using_subcommand check" -l deadline -d 'How long all of it may take: otherwise 45s, and 3m with --probe' -r
complete -c hookproof -n "__fish_hookproof_using_subcommand check" -l wait -d 'Waits so long until the receiver answers at all' -r
complete -c hookproof -n "__fish_hookproof_using_subcommand check" -l jobs -d 'How many cases are under way at once' -r
complete -c hookproof -n "__fish_hookproof_using_subcommand check" -l baseline -d 'Findings that are known: the --json output of an earlier check; only others fail' -r -F
complete -c hookproof -n "__fish_hookproof_using_subcommand check" -l probe -d 'A number that a delivery moves, at an address or printed by a shell command: what comes twice must not move it twice' -r
complete -c hookproof -n "__fish_hookproof_using_subcommand check" -l probe-path -d 'Where the number stands in the JSON that the probe gives' -r
complete -c hookproof -n "__fish_hookproof_using_subcommand check" -l report -d 'Writes a report: html=FILE, markdown=FILE or junit=FILE' -r
complete -c hookproof -n "__fish_hookproof_using_subcommand check" -s H -l header -d 'A header; repeatable, and in place of ours where the name is ours' -r
complete -c hookproof -n "__fish_hookproof_using_subcommand check" -l secret-env -d 'The variable that holds the signing secret; PROVIDER=NAME for one provider\'s; several while one replaces another' -r
complete -c hookproof -n "__fish_hookproof_using_subcommand check" -l secret-file -d 'The file that holds it; one final newline is cut' -r
complete -c hookproof -n "__fish_hookproof_using_subcommand check" -l env-file -d 'A file of NAME=VALUE lines in which variables are looked up before the environment' -r -F
complete -c hookproof -n "__fish_hookproof_using_subcommand check" -l secret -d 'The secret itself; other users of this machine can see it' -r
complete -c hookproof -n "__fish_hookproof_using_subcommand check" -l signature-header -d 'The header that the signature stands in, where it is not the documented one' -r
complete -c hookproof -n "__fish_hookproof_using_subcommand check" -l signature-mode -d 'How to sign, where the provider leaves a choice: a mode by its name, which `events EVENT` tells' -r
complete -c hookproof -n "__fish_hookproof_using_subcommand check" -l cacert -d 'A further root certificate, as PEM' -r -F
complete -c hookproof -n "__fish_hookproof_using_subcommand check" -l proxy -d 'The proxy, in place of the usual variables; loopback is never proxied' -r
complete -c hookproof -n "__fish_hookproof_using_subcommand check" -l catalog -d 'A folder of providers of your own; repeatable, and a later one wins' -r -F
complete -c hookproof -n "__fish_hookproof_using_subcommand check" -l color -d 'When to colour' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Also in files and pipes'
never\t'Nowhere'"
complete -c hookproof -n "__fish_hookproof_using_subcommand check" -l list -d 'Lists the cases and sends nothing'
complete -c hookproof -n "__fish_hookproof_using_subcommand check" -s y -l yes -d 'Sends hostile requests to a public address without asking'
complete -c hookproof -n "__fish_hookproof_using_subcommand check" -l strict -d 'Fails on a should as on a must'
complete -c hookproof -n "__fish_hookproof_using_subcommand check" -l json -d 'One line of JSON for each case, and one for all'
complete -c hookproof -n "__fish_hookproof_using_subcommand check" -l insecure -d 'Takes any certificate'
complete -c hookproof -n "__fish_hookproof_using_subcommand check" -s q -l quiet -d 'Only results for machines, and errors'
complete -c hookproof -n "__fish_hookproof_using_subcommand check" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c hookproof -n "__fish_hookproof_using_subcommand events" -s p -l provider -d 'Only this provider\'s' -r -f -a "calendly\t''
discord\t''
fingerprinting-api\t''
github\t''
gitlab\t''
hubspot\t''
intercom\t''
komo\t''
linear\t''
mailgun\t''
meta\t''
paddle\t''
sendgrid\t''
shopify\t''
slack\t''
square\t''
standard-webhooks\t''
svix\t''
clerk\t''
resend\t''
stripe\t''
superfolio\t''
superleap\t''
swapcard\t''
twilio\t''
typeform\t''
zendesk\t''
zoom\t''"
complete -c hookproof -n "__fish_hookproof_using_subcommand events" -s s -l search -d 'Only those whose name, meaning or scope has this text' -r
complete -c hookproof -n "__fish_hookproof_using_subcommand events" -l catalog -d 'A folder of providers of your own; repeatable, and a later one wins' -r -F
complete -c hookproof -n "__fish_hookproof_using_subcommand events" -l color -d 'When to colour' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Also in files and pipes'
never\t'Nowhere'"
complete -c hookproof -n "__fish_hookproof_using_subcommand events" -l variants -d 'Variants too'
complete -c hookproof -n "__fish_hookproof_using_subcommand events" -l json -d 'One line of JSON for each'
complete -c hookproof -n "__fish_hookproof_using_subcommand events" -s q -l quiet -d 'Only results for machines, and errors'
complete -c hookproof -n "__fish_hookproof_using_subcommand events" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c hookproof -n "__fish_hookproof_using_subcommand render" -l format -d 'What to print' -r -f -a "body\t'The exact bytes of the body'
http\t'The HTTP request'
curl\t'A command for the shell'
json\t'A line of JSON, which `verify` reads'"
complete -c hookproof -n "__fish_hookproof_using_subcommand render" -s o -l output -d 'Writes to a file; - is stdout' -r -F
complete -c hookproof -n "__fish_hookproof_using_subcommand render" -l to -d 'The address in --format http, curl and json' -r
complete -c hookproof -n "__fish_hookproof_using_subcommand render" -s H -l header -d 'A header; repeatable, and in place of ours where the name is ours' -r
complete -c hookproof -n "__fish_hookproof_using_subcommand render" -l variant -d 'A documented form of the event other than its first' -r
complete -c hookproof -n "__fish_hookproof_using_subcommand render" -l seed -d 'Fixes every fresh identity' -r
complete -c hookproof -n "__fish_hookproof_using_subcommand render" -l at -d 'The event\'s time: RFC 3339 or Unix seconds; now where it is not given' -r
complete -c hookproof -n "__fish_hookproof_using_subcommand render" -l id -d 'An identity, wherever it stands' -r
complete -c hookproof -n "__fish_hookproof_using_subcommand render" -l set -d 'A value at a path: JSON where it is JSON, else a string' -r
complete -c hookproof -n "__fish_hookproof_using_subcommand render" -l set-string -d 'A string at a path, as it stands' -r
complete -c hookproof -n "__fish_hookproof_using_subcommand render" -l unset -d 'Takes a path out' -r
complete -c hookproof -n "__fish_hookproof_using_subcommand render" -l data -d 'JSON of your own for `data`, or for the body where it has none; - is stdin' -r -F
complete -c hookproof -n "__fish_hookproof_using_subcommand render" -l before -d 'The record before a change: JSON or a file' -r
complete -c hookproof -n "__fish_hookproof_using_subcommand render" -l after -d 'The record after a change: JSON or a file' -r
complete -c hookproof -n "__fish_hookproof_using_subcommand render" -l secret-env -d 'The variable that holds the signing secret; PROVIDER=NAME for one provider\'s; several while one replaces another' -r
complete -c hookproof -n "__fish_hookproof_using_subcommand render" -l secret-file -d 'The file that holds it; one final newline is cut' -r
complete -c hookproof -n "__fish_hookproof_using_subcommand render" -l env-file -d 'A file of NAME=VALUE lines in which variables are looked up before the environment' -r -F
complete -c hookproof -n "__fish_hookproof_using_subcommand render" -l secret -d 'The secret itself; other users of this machine can see it' -r
complete -c hookproof -n "__fish_hookproof_using_subcommand render" -l signature-header -d 'The header that the signature stands in, where it is not the documented one' -r
complete -c hookproof -n "__fish_hookproof_using_subcommand render" -l signature-mode -d 'How to sign, where the provider leaves a choice: a mode by its name, which `events EVENT` tells' -r
complete -c hookproof -n "__fish_hookproof_using_subcommand render" -l catalog -d 'A folder of providers of your own; repeatable, and a later one wins' -r -F
complete -c hookproof -n "__fish_hookproof_using_subcommand render" -l color -d 'When to colour' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Also in files and pipes'
never\t'Nowhere'"
complete -c hookproof -n "__fish_hookproof_using_subcommand render" -l json -d 'The same as --format json'
complete -c hookproof -n "__fish_hookproof_using_subcommand render" -l pretty -d 'The body indented; the signature covers it as it is printed'
complete -c hookproof -n "__fish_hookproof_using_subcommand render" -l reveal -d 'Prints a signature that is the secret itself'
complete -c hookproof -n "__fish_hookproof_using_subcommand render" -l variants -d 'Variants too, where a glob or a provider is named'
complete -c hookproof -n "__fish_hookproof_using_subcommand render" -l verbatim -d 'The sample\'s own identities and times'
complete -c hookproof -n "__fish_hookproof_using_subcommand render" -l create -d 'Makes paths that are not there'
complete -c hookproof -n "__fish_hookproof_using_subcommand render" -l unsigned -d 'Goes out without a signature'
complete -c hookproof -n "__fish_hookproof_using_subcommand render" -s q -l quiet -d 'Only results for machines, and errors'
complete -c hookproof -n "__fish_hookproof_using_subcommand render" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c hookproof -n "__fish_hookproof_using_subcommand sign" -s p -l provider -d 'Whose scheme to use' -r -f -a "calendly\t''
discord\t''
fingerprinting-api\t''
github\t''
gitlab\t''
hubspot\t''
intercom\t''
komo\t''
linear\t''
mailgun\t''
meta\t''
paddle\t''
sendgrid\t''
shopify\t''
slack\t''
square\t''
standard-webhooks\t''
svix\t''
clerk\t''
resend\t''
stripe\t''
superfolio\t''
superleap\t''
swapcard\t''
twilio\t''
typeform\t''
zendesk\t''
zoom\t''"
complete -c hookproof -n "__fish_hookproof_using_subcommand sign" -l url -d 'The address, for schemes that sign it' -r
complete -c hookproof -n "__fish_hookproof_using_subcommand sign" -l method -d 'The request method, for schemes that sign it' -r
complete -c hookproof -n "__fish_hookproof_using_subcommand sign" -l at -d 'The time of signing: RFC 3339 or Unix seconds; now where it is not given' -r
complete -c hookproof -n "__fish_hookproof_using_subcommand sign" -l id -d 'The delivery\'s id, for schemes that sign it; a fresh one where it is not given' -r
complete -c hookproof -n "__fish_hookproof_using_subcommand sign" -l key-out -d 'Keeps the private key that was made, in a new file' -r -F
complete -c hookproof -n "__fish_hookproof_using_subcommand sign" -l secret-env -d 'The variable that holds the signing secret; PROVIDER=NAME for one provider\'s; several while one replaces another' -r
complete -c hookproof -n "__fish_hookproof_using_subcommand sign" -l secret-file -d 'The file that holds it; one final newline is cut' -r
complete -c hookproof -n "__fish_hookproof_using_subcommand sign" -l env-file -d 'A file of NAME=VALUE lines in which variables are looked up before the environment' -r -F
complete -c hookproof -n "__fish_hookproof_using_subcommand sign" -l secret -d 'The secret itself; other users of this machine can see it' -r
complete -c hookproof -n "__fish_hookproof_using_subcommand sign" -l signature-header -d 'The header that the signature stands in, where it is not the documented one' -r
complete -c hookproof -n "__fish_hookproof_using_subcommand sign" -l signature-mode -d 'How to sign, where the provider leaves a choice: a mode by its name, which `events EVENT` tells' -r
complete -c hookproof -n "__fish_hookproof_using_subcommand sign" -l catalog -d 'A folder of providers of your own; repeatable, and a later one wins' -r -F
complete -c hookproof -n "__fish_hookproof_using_subcommand sign" -l color -d 'When to colour' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Also in files and pipes'
never\t'Nowhere'"
complete -c hookproof -n "__fish_hookproof_using_subcommand sign" -l generate-key -d 'Signs with a key pair made on the spot, and tells its public key'
complete -c hookproof -n "__fish_hookproof_using_subcommand sign" -l reveal -d 'Prints a signature that is the secret itself'
complete -c hookproof -n "__fish_hookproof_using_subcommand sign" -l json -d 'One line of JSON'
complete -c hookproof -n "__fish_hookproof_using_subcommand sign" -s q -l quiet -d 'Only results for machines, and errors'
complete -c hookproof -n "__fish_hookproof_using_subcommand sign" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c hookproof -n "__fish_hookproof_using_subcommand explain" -l catalog -d 'A folder of providers of your own; repeatable, and a later one wins' -r -F
complete -c hookproof -n "__fish_hookproof_using_subcommand explain" -l color -d 'When to colour' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Also in files and pipes'
never\t'Nowhere'"
complete -c hookproof -n "__fish_hookproof_using_subcommand explain" -l json -d 'One line of JSON for each'
complete -c hookproof -n "__fish_hookproof_using_subcommand explain" -s q -l quiet -d 'Only results for machines, and errors'
complete -c hookproof -n "__fish_hookproof_using_subcommand explain" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c hookproof -n "__fish_hookproof_using_subcommand completions" -l catalog -d 'A folder of providers of your own; repeatable, and a later one wins' -r -F
complete -c hookproof -n "__fish_hookproof_using_subcommand completions" -l color -d 'When to colour' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Also in files and pipes'
never\t'Nowhere'"
complete -c hookproof -n "__fish_hookproof_using_subcommand completions" -s q -l quiet -d 'Only results for machines, and errors'
complete -c hookproof -n "__fish_hookproof_using_subcommand completions" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c hookproof -n "__fish_hookproof_using_subcommand help; and not __fish_seen_subcommand_from send listen history replay export verify check events render sign explain completions help" -f -a "send" -d 'Fire sample deliveries, signed, and judge the answer'
complete -c hookproof -n "__fish_hookproof_using_subcommand help; and not __fish_seen_subcommand_from send listen history replay export verify check events render sign explain completions help" -f -a "listen" -d 'Catch deliveries: verify, identify and show them'
complete -c hookproof -n "__fish_hookproof_using_subcommand help; and not __fish_seen_subcommand_from send listen history replay export verify check events render sign explain completions help" -f -a "history" -d 'Look into the journal of what was caught'
complete -c hookproof -n "__fish_hookproof_using_subcommand help; and not __fish_seen_subcommand_from send listen history replay export verify check events render sign explain completions help" -f -a "replay" -d 'Send captured deliveries again, byte for byte or signed afresh'
complete -c hookproof -n "__fish_hookproof_using_subcommand help; and not __fish_seen_subcommand_from send listen history replay export verify check events render sign explain completions help" -f -a "export" -d 'Write captured deliveries as a curl script, raw HTTP or HAR'
complete -c hookproof -n "__fish_hookproof_using_subcommand help; and not __fish_seen_subcommand_from send listen history replay export verify check events render sign explain completions help" -f -a "verify" -d 'Prove a captured delivery'
complete -c hookproof -n "__fish_hookproof_using_subcommand help; and not __fish_seen_subcommand_from send listen history replay export verify check events render sign explain completions help" -f -a "check" -d 'Prove a receiver: does it accept the good and refuse the bad?'
complete -c hookproof -n "__fish_hookproof_using_subcommand help; and not __fish_seen_subcommand_from send listen history replay export verify check events render sign explain completions help" -f -a "events" -d 'Ask the catalog'
complete -c hookproof -n "__fish_hookproof_using_subcommand help; and not __fish_seen_subcommand_from send listen history replay export verify check events render sign explain completions help" -f -a "render" -d 'Print a delivery without sending it'
complete -c hookproof -n "__fish_hookproof_using_subcommand help; and not __fish_seen_subcommand_from send listen history replay export verify check events render sign explain completions help" -f -a "sign" -d 'Print the signature header for a body of your own'
complete -c hookproof -n "__fish_hookproof_using_subcommand help; and not __fish_seen_subcommand_from send listen history replay export verify check events render sign explain completions help" -f -a "explain" -d 'Tell how a cause that verify named comes about'
complete -c hookproof -n "__fish_hookproof_using_subcommand help; and not __fish_seen_subcommand_from send listen history replay export verify check events render sign explain completions help" -f -a "completions" -d 'Print a completion script for a shell'
complete -c hookproof -n "__fish_hookproof_using_subcommand help; and not __fish_seen_subcommand_from send listen history replay export verify check events render sign explain completions help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c hookproof -n "__fish_hookproof_using_subcommand send" -f -a "calendly/example discord/example fingerprinting-api/NEW_VISIT fingerprinting-api/NEW_VISITOR github/example gitlab/example hubspot/example intercom/example komo/SignUpSuccess komo/SiteViewed komo/WebhookSuccess komo/WebhookError linear/example mailgun/example meta/example paddle/example sendgrid/example shopify/example slack/example square/example standard-webhooks/example svix/example clerk/example resend/example stripe/example superfolio/activity.page_view superfolio/activity.section_view superfolio/activity.project_view superfolio/activity.project_click superfolio/activity.external_link_click superfolio/activity.time_on_page superfolio/activity.session_end superfolio/lead.hot_detected superfolio/form.submitted superfolio/testimonial.submitted superfolio/tracking_link.created superfolio/tracking_link.updated superfolio/portfolio.project_changed superfolio/portfolio.profile_changed superfolio/portfolio.availability_changed superfolio/integration.test superleap/lead.create superleap/lead.update superleap/lead.delete superleap/user.create superleap/user.update superleap/user.delete superleap/opportunity.create superleap/opportunity.update superleap/opportunity.delete swapcard/profile_create swapcard/profile_update swapcard/profile_delete twilio/example typeform/example zendesk/example zoom/example"
complete -c hookproof -n "__fish_hookproof_using_subcommand events" -f -a "calendly/example discord/example fingerprinting-api/NEW_VISIT fingerprinting-api/NEW_VISITOR github/example gitlab/example hubspot/example intercom/example komo/SignUpSuccess komo/SiteViewed komo/WebhookSuccess komo/WebhookError linear/example mailgun/example meta/example paddle/example sendgrid/example shopify/example slack/example square/example standard-webhooks/example svix/example clerk/example resend/example stripe/example superfolio/activity.page_view superfolio/activity.section_view superfolio/activity.project_view superfolio/activity.project_click superfolio/activity.external_link_click superfolio/activity.time_on_page superfolio/activity.session_end superfolio/lead.hot_detected superfolio/form.submitted superfolio/testimonial.submitted superfolio/tracking_link.created superfolio/tracking_link.updated superfolio/portfolio.project_changed superfolio/portfolio.profile_changed superfolio/portfolio.availability_changed superfolio/integration.test superleap/lead.create superleap/lead.update superleap/lead.delete superleap/user.create superleap/user.update superleap/user.delete superleap/opportunity.create superleap/opportunity.update superleap/opportunity.delete swapcard/profile_create swapcard/profile_update swapcard/profile_delete twilio/example typeform/example zendesk/example zoom/example"
complete -c hookproof -n "__fish_hookproof_using_subcommand render" -f -a "calendly/example discord/example fingerprinting-api/NEW_VISIT fingerprinting-api/NEW_VISITOR github/example gitlab/example hubspot/example intercom/example komo/SignUpSuccess komo/SiteViewed komo/WebhookSuccess komo/WebhookError linear/example mailgun/example meta/example paddle/example sendgrid/example shopify/example slack/example square/example standard-webhooks/example svix/example clerk/example resend/example stripe/example superfolio/activity.page_view superfolio/activity.section_view superfolio/activity.project_view superfolio/activity.project_click superfolio/activity.external_link_click superfolio/activity.time_on_page superfolio/activity.session_end superfolio/lead.hot_detected superfolio/form.submitted superfolio/testimonial.submitted superfolio/tracking_link.created superfolio/tracking_link.updated superfolio/portfolio.project_changed superfolio/portfolio.profile_changed superfolio/portfolio.availability_changed superfolio/integration.test superleap/lead.create superleap/lead.update superleap/lead.delete superleap/user.create superleap/user.update superleap/user.delete superleap/opportunity.create superleap/opportunity.update superleap/opportunity.delete swapcard/profile_create swapcard/profile_update swapcard/profile_delete twilio/example typeform/example zendesk/example zoom/example"
