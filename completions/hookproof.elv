
use builtin;
use str;

set edit:completion:arg-completer[hookproof] = {|@words|
    fn spaces {|n|
        builtin:repeat $n ' ' | str:join ''
    }
    fn cand {|text desc|
        edit:complex-candidate $text &display=$text' '(spaces (- 14 (wcswidth $text)))$desc
    }
    var command = 'hookproof'
    for word $words[1..-1] {
        if (str:has-prefix $word '-') {
            break
        }
        set command = $command';'$word
    }
    var completions = [
        &'hookproof'= {
            cand --catalog 'A folder of providers of your own; repeatable, and a later one wins'
            cand --color 'When to colour'
            cand -q 'Only results for machines, and errors'
            cand --quiet 'Only results for machines, and errors'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
            cand send 'Fire sample deliveries, signed, and judge the answer'
            cand listen 'Catch deliveries: verify, identify and show them'
            cand history 'Look into the journal of what was caught'
            cand replay 'Send captured deliveries again, byte for byte or signed afresh'
            cand export 'Write captured deliveries as a curl script, raw HTTP or HAR'
            cand verify 'Prove a captured delivery'
            cand check 'Prove a receiver: does it accept the good and refuse the bad?'
            cand events 'Ask the catalog'
            cand render 'Print a delivery without sending it'
            cand sign 'Print the signature header for a body of your own'
            cand explain 'Tell how a cause that verify named comes about'
            cand completions 'Print a completion script for a shell'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'hookproof;send'= {
            cand calendly/example calendly/example
            cand discord/example discord/example
            cand fingerprinting-api/NEW_VISIT fingerprinting-api/NEW_VISIT
            cand fingerprinting-api/NEW_VISITOR fingerprinting-api/NEW_VISITOR
            cand github/example github/example
            cand gitlab/example gitlab/example
            cand hubspot/example hubspot/example
            cand intercom/example intercom/example
            cand komo/SignUpSuccess komo/SignUpSuccess
            cand komo/SiteViewed komo/SiteViewed
            cand komo/WebhookSuccess komo/WebhookSuccess
            cand komo/WebhookError komo/WebhookError
            cand linear/example linear/example
            cand mailgun/example mailgun/example
            cand meta/example meta/example
            cand paddle/example paddle/example
            cand sendgrid/example sendgrid/example
            cand shopify/example shopify/example
            cand slack/example slack/example
            cand square/example square/example
            cand standard-webhooks/example standard-webhooks/example
            cand svix/example svix/example
            cand clerk/example clerk/example
            cand resend/example resend/example
            cand stripe/example stripe/example
            cand superfolio/activity.page_view superfolio/activity.page_view
            cand superfolio/activity.section_view superfolio/activity.section_view
            cand superfolio/activity.project_view superfolio/activity.project_view
            cand superfolio/activity.project_click superfolio/activity.project_click
            cand superfolio/activity.external_link_click superfolio/activity.external_link_click
            cand superfolio/activity.time_on_page superfolio/activity.time_on_page
            cand superfolio/activity.session_end superfolio/activity.session_end
            cand superfolio/lead.hot_detected superfolio/lead.hot_detected
            cand superfolio/form.submitted superfolio/form.submitted
            cand superfolio/testimonial.submitted superfolio/testimonial.submitted
            cand superfolio/tracking_link.created superfolio/tracking_link.created
            cand superfolio/tracking_link.updated superfolio/tracking_link.updated
            cand superfolio/portfolio.project_changed superfolio/portfolio.project_changed
            cand superfolio/portfolio.profile_changed superfolio/portfolio.profile_changed
            cand superfolio/portfolio.availability_changed superfolio/portfolio.availability_changed
            cand superfolio/integration.test superfolio/integration.test
            cand superleap/lead.create superleap/lead.create
            cand superleap/lead.update superleap/lead.update
            cand superleap/lead.delete superleap/lead.delete
            cand superleap/user.create superleap/user.create
            cand superleap/user.update superleap/user.update
            cand superleap/user.delete superleap/user.delete
            cand superleap/opportunity.create superleap/opportunity.create
            cand superleap/opportunity.update superleap/opportunity.update
            cand superleap/opportunity.delete superleap/opportunity.delete
            cand swapcard/profile_create swapcard/profile_create
            cand swapcard/profile_update swapcard/profile_update
            cand swapcard/profile_delete swapcard/profile_delete
            cand twilio/example twilio/example
            cand typeform/example typeform/example
            cand zendesk/example zendesk/example
            cand zoom/example zoom/example
            cand -t 'Where to: a URL, 3000/hook, localhost:3000/hook, a target of hookproof.toml, or self for a receiver of its own'
            cand --to 'Where to: a URL, 3000/hook, localhost:3000/hook, a target of hookproof.toml, or self for a receiver of its own'
            cand --body 'Your own bytes for the body, signed and sent untouched; - is stdin'
            cand --timeout 'How long an answer may take'
            cand --delay 'How long to wait between deliveries'
            cand --fault 'Sends a case of `check` instead, and judges the answer as it does: tampered, no-signature and so on'
            cand -H 'A header; repeatable, and in place of ours where the name is ours'
            cand --header 'A header; repeatable, and in place of ours where the name is ours'
            cand --retry 'Sends again what is not accepted: as its provider does, or after pauses of your own such as 5s,1m,10m'
            cand --time-scale 'How many times faster pauses pass'
            cand --variant 'A documented form of the event other than its first'
            cand --seed 'Fixes every fresh identity'
            cand --at 'The event''s time: RFC 3339 or Unix seconds; now where it is not given'
            cand --id 'An identity, wherever it stands'
            cand --set 'A value at a path: JSON where it is JSON, else a string'
            cand --set-string 'A string at a path, as it stands'
            cand --unset 'Takes a path out'
            cand --data 'JSON of your own for `data`, or for the body where it has none; - is stdin'
            cand --before 'The record before a change: JSON or a file'
            cand --after 'The record after a change: JSON or a file'
            cand --secret-env 'The variable that holds the signing secret; PROVIDER=NAME for one provider''s; several while one replaces another'
            cand --secret-file 'The file that holds it; one final newline is cut'
            cand --env-file 'A file of NAME=VALUE lines in which variables are looked up before the environment'
            cand --secret 'The secret itself; other users of this machine can see it'
            cand --signature-header 'The header that the signature stands in, where it is not the documented one'
            cand --signature-mode 'How to sign, where the provider leaves a choice: a mode by its name, which `events EVENT` tells'
            cand --cacert 'A further root certificate, as PEM'
            cand --proxy 'The proxy, in place of the usual variables; loopback is never proxied'
            cand --catalog 'A folder of providers of your own; repeatable, and a later one wins'
            cand --color 'When to colour'
            cand -k 'Goes on after a delivery that failed'
            cand --keep-going 'Goes on after a delivery that failed'
            cand --dry-run 'Makes and shows the deliveries, and sends none'
            cand -v 'Shows the request and the answer in full, and what --to self caught'
            cand --verbose 'Shows the request and the answer in full, and what --to self caught'
            cand --full 'Shows the request and the answer in full, and what --to self caught'
            cand --json 'One line of JSON for each delivery'
            cand --variants 'Variants too, where a glob or a provider is named'
            cand --verbatim 'The sample''s own identities and times'
            cand --create 'Makes paths that are not there'
            cand --unsigned 'Goes out without a signature'
            cand --insecure 'Takes any certificate'
            cand -q 'Only results for machines, and errors'
            cand --quiet 'Only results for machines, and errors'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'hookproof;listen'= {
            cand --port 'The port; 0 takes a free one'
            cand --host 'The address to listen on, in place of both loopback ones'
            cand -p 'Whose deliveries come; otherwise each is recognised by its headers and body'
            cand --provider 'Whose deliveries come; otherwise each is recognised by its headers and body'
            cand --count 'Ends after so many deliveries'
            cand --for 'Ends after so long'
            cand --max-body 'The longest body that is taken'
            cand --timeout 'How long a head may take, and how long a body may stall'
            cand --public-url 'The address that the provider was told, without the path, for schemes that sign it'
            cand --tolerance 'How old a timestamp may be; otherwise as the provider has it'
            cand --journal 'The file that keeps each delivery for `history`; '''' keeps none; otherwise `HOOKPROOF_JOURNAL`, or in your state directory'
            cand --journal-max 'The length at which the journal becomes FILE.1 and a new one begins'
            cand --ready-file 'Written once deliveries can come: the addresses, one a line'
            cand --expect 'Waits for a verified delivery of this event, exits 0 when all that is expected has come and 1 where it has not; repeatable. EVENT is a name or glob, with or without PROVIDER/; *N behind it waits for N: ''form.submitted*2'', ''form.**2'''
            cand --within 'How long to wait; without it for ever'
            cand --allow 'Verdicts that count besides valid: unsigned, unchecked and so on'
            cand --respond 'Answers with these statuses in turn and repeats the last, counted for each delivery id, or overall where there is none; `hang-up` among them closes without an answer. EVENT, here and below, is a name or glob: ''form.*=500,200''; without one it is for all others, and ''*='' goes before a value that itself begins like EVENT='
            cand --hang-up 'Closes the connection without an answer'
            cand --respond-delay 'Holds the answer back so long; the end of `listen` cuts it short'
            cand --respond-body 'The body of the answer'
            cand --respond-header 'A header of the answer; repeatable'
            cand --retry-after 'Puts Retry-After on every answer that is no 2xx'
            cand --fail-rate 'Answers 500 to this share of deliveries, chosen at random, in place of what they would get'
            cand --seed 'Fails the same ones again, where they come in the same order'
            cand --forward 'Hands each delivery on to this address, as it came, and gives its answer back; of several the first one''s'
            cand --route 'Hands these events on to an address of their own; EVENT is a name or glob, with or without PROVIDER/'
            cand --parallel 'So many deliveries at a time; otherwise each waits for the one before, in the order they came'
            cand --forward-timeout 'How long the application may take to answer'
            cand --forward-retry 'How long an application that isn''t up is tried again, counted from when the delivery came'
            cand --forward-secret-env 'With --re-sign: the variable that holds the application''s own secret'
            cand --forward-secret-file 'With --re-sign: the file that holds it'
            cand --secret-env 'The variable that holds the signing secret; PROVIDER=NAME for one provider''s; several while one replaces another'
            cand --secret-file 'The file that holds it; one final newline is cut'
            cand --env-file 'A file of NAME=VALUE lines in which variables are looked up before the environment'
            cand --secret 'The secret itself; other users of this machine can see it'
            cand --signature-header 'The header that the signature stands in, where it is not the documented one'
            cand --signature-mode 'How to sign, where the provider leaves a choice: a mode by its name, which `events EVENT` tells'
            cand --catalog 'A folder of providers of your own; repeatable, and a later one wins'
            cand --color 'When to colour'
            cand --compact 'One line each'
            cand --full 'Long bodies in full'
            cand --json 'One line of JSON for each delivery'
            cand --keep-headers 'Keeps Authorization, cookies, tokens of the address and the like as they came; otherwise they stand as `[redacted]`'
            cand --strict 'Fails where a delivery has fields that the catalog doesn''t know, that are missing or of another type'
            cand --allow-invalid 'Goes on behind a delivery that is invalid, stale or missing its signature; otherwise it fails at once'
            cand --answer-first 'Answers the sender at once, not with what the application says'
            cand --re-sign 'Signs each delivery afresh: for the application''s own secret, or with the one that it is verified by'
            cand -q 'Only results for machines, and errors'
            cand --quiet 'Only results for machines, and errors'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'hookproof;history'= {
            cand -n 'Only the last so many'
            cand --last 'Only the last so many'
            cand --event 'Only this event, PROVIDER/EVENT or provider; repeatable'
            cand --verdict 'Only this verdict; repeatable'
            cand --id 'Only this delivery, by its own id; repeatable'
            cand --since 'Only what came then or later: RFC 3339, Unix seconds, or so long ago'
            cand --until 'Only what came then or earlier'
            cand --header 'Only with this header; repeatable, and all must be there'
            cand --where 'Only with this value at a path of the body, strings without quotes; repeatable, and all must be there'
            cand --journal 'The journal; otherwise that of `HOOKPROOF_JOURNAL`, or the one in your state directory'
            cand --catalog 'A folder of providers of your own; repeatable, and a later one wins'
            cand --color 'When to colour'
            cand -f 'Goes on with what comes'
            cand --follow 'Goes on with what comes'
            cand --json 'The journal''s own lines'
            cand --schema 'Prints the form of a journal''s lines as a JSON Schema'
            cand -q 'Only results for machines, and errors'
            cand --quiet 'Only results for machines, and errors'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'hookproof;replay'= {
            cand -t 'Where to: a URL, 3000/hook, localhost:3000/hook, a target of hookproof.toml; its path counts, not the captured one'
            cand --to 'Where to: a URL, 3000/hook, localhost:3000/hook, a target of hookproof.toml; its path counts, not the captured one'
            cand -p 'Whose deliveries they are, where that can''t be seen from them'
            cand --provider 'Whose deliveries they are, where that can''t be seen from them'
            cand --speed 'With --timing: so many times faster'
            cand --repeat 'Sends all of them so many times'
            cand --seed 'With --shuffle: the same order each time'
            cand --timeout 'How long an answer may take'
            cand -n 'The last so many that pass the filters; the very last where no number is given'
            cand --last 'The last so many that pass the filters; the very last where no number is given'
            cand --from 'A file with an HTTP request or lines of `listen --json`; - is stdin'
            cand --event 'Only this event, PROVIDER/EVENT or provider; repeatable'
            cand --verdict 'Only this verdict; repeatable'
            cand --id 'Only this delivery, by its own id; repeatable'
            cand --since 'Only what came then or later: RFC 3339, Unix seconds, or so long ago'
            cand --until 'Only what came then or earlier'
            cand --header 'Only with this header; repeatable, and all must be there'
            cand --where 'Only with this value at a path of the body, strings without quotes; repeatable, and all must be there'
            cand --journal 'The journal; otherwise that of `HOOKPROOF_JOURNAL`, or the one in your state directory'
            cand --secret-env 'The variable that holds the signing secret; PROVIDER=NAME for one provider''s; several while one replaces another'
            cand --secret-file 'The file that holds it; one final newline is cut'
            cand --env-file 'A file of NAME=VALUE lines in which variables are looked up before the environment'
            cand --secret 'The secret itself; other users of this machine can see it'
            cand --signature-header 'The header that the signature stands in, where it is not the documented one'
            cand --signature-mode 'How to sign, where the provider leaves a choice: a mode by its name, which `events EVENT` tells'
            cand --cacert 'A further root certificate, as PEM'
            cand --proxy 'The proxy, in place of the usual variables; loopback is never proxied'
            cand --catalog 'A folder of providers of your own; repeatable, and a later one wins'
            cand --color 'When to colour'
            cand --re-sign 'Puts a fresh timestamp and signature in; body and delivery id stay'
            cand --fresh 'Gives it a new delivery id and time too, and signs it afresh'
            cand --with-credentials 'Sends Authorization, Cookie and other credentials too, which are left out otherwise'
            cand --timing 'Keeps the gaps that lay between the deliveries'
            cand --shuffle 'Sends them in an order of chance'
            cand -k 'Goes on after a delivery that failed'
            cand --keep-going 'Goes on after a delivery that failed'
            cand --dry-run 'Shows what would go out, and sends nothing'
            cand -v 'Shows the request and the answer in full'
            cand --verbose 'Shows the request and the answer in full'
            cand --full 'Shows the request and the answer in full'
            cand --json 'One line of JSON for each delivery'
            cand --insecure 'Takes any certificate'
            cand -q 'Only results for machines, and errors'
            cand --quiet 'Only results for machines, and errors'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'hookproof;export'= {
            cand --format 'What to write'
            cand -o 'Where to; stdout where it is not given. A folder for several of --format http, named by their ids'
            cand --out 'Where to; stdout where it is not given. A folder for several of --format http, named by their ids'
            cand --to 'The address in place of the captured one; a curl script takes it as an argument too'
            cand -p 'Whose deliveries they are, where that can''t be seen from them'
            cand --provider 'Whose deliveries they are, where that can''t be seen from them'
            cand -n 'The last so many that pass the filters; the very last where no number is given'
            cand --last 'The last so many that pass the filters; the very last where no number is given'
            cand --from 'A file with an HTTP request or lines of `listen --json`; - is stdin'
            cand --event 'Only this event, PROVIDER/EVENT or provider; repeatable'
            cand --verdict 'Only this verdict; repeatable'
            cand --id 'Only this delivery, by its own id; repeatable'
            cand --since 'Only what came then or later: RFC 3339, Unix seconds, or so long ago'
            cand --until 'Only what came then or earlier'
            cand --header 'Only with this header; repeatable, and all must be there'
            cand --where 'Only with this value at a path of the body, strings without quotes; repeatable, and all must be there'
            cand --journal 'The journal; otherwise that of `HOOKPROOF_JOURNAL`, or the one in your state directory'
            cand --catalog 'A folder of providers of your own; repeatable, and a later one wins'
            cand --color 'When to colour'
            cand --reveal 'Writes credentials and tokens that the input holds; what was not kept stays redacted'
            cand -q 'Only results for machines, and errors'
            cand --quiet 'Only results for machines, and errors'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'hookproof;verify'= {
            cand -p 'Whose delivery it is; otherwise its headers tell'
            cand --provider 'Whose delivery it is; otherwise its headers tell'
            cand --signature 'The value of the provider''s signature header'
            cand --computed 'The digest that your own code got: says what it hashed'
            cand --url 'The address that the sender used, for schemes that sign it'
            cand --method 'The request method, where the input doesn''t tell it'
            cand --at 'The time to judge a timestamp by: now, captured (when the input came in), RFC 3339 or Unix seconds'
            cand --tolerance 'How old a timestamp may be; otherwise as the provider has it'
            cand --as 'What the input is, where it is not seen from it'
            cand -H 'A header; repeatable, and in place of ours where the name is ours'
            cand --header 'A header; repeatable, and in place of ours where the name is ours'
            cand --secret-env 'The variable that holds the signing secret; PROVIDER=NAME for one provider''s; several while one replaces another'
            cand --secret-file 'The file that holds it; one final newline is cut'
            cand --env-file 'A file of NAME=VALUE lines in which variables are looked up before the environment'
            cand --secret 'The secret itself; other users of this machine can see it'
            cand --signature-header 'The header that the signature stands in, where it is not the documented one'
            cand --signature-mode 'How to sign, where the provider leaves a choice: a mode by its name, which `events EVENT` tells'
            cand --catalog 'A folder of providers of your own; repeatable, and a later one wins'
            cand --color 'When to colour'
            cand --json 'One line of JSON'
            cand -q 'Only results for machines, and errors'
            cand --quiet 'Only results for machines, and errors'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'hookproof;check'= {
            cand -p 'Whose deliveries it takes'
            cand --provider 'Whose deliveries it takes'
            cand --only 'Only these cases: names, families or globs'
            cand --skip 'All but these'
            cand --level 'Only cases of this level and above'
            cand --explain 'Tells a case and sends nothing'
            cand --events 'Only events of these names'
            cand --body 'Your own bytes for the control''s body; - is stdin'
            cand --timeout 'How long an answer may take; the first may take 30s'
            cand --deadline 'How long all of it may take: otherwise 45s, and 3m with --probe'
            cand --wait 'Waits so long until the receiver answers at all'
            cand --jobs 'How many cases are under way at once'
            cand --baseline 'Findings that are known: the --json output of an earlier check; only others fail'
            cand --probe 'A number that a delivery moves, at an address or printed by a shell command: what comes twice must not move it twice'
            cand --probe-path 'Where the number stands in the JSON that the probe gives'
            cand --report 'Writes a report: html=FILE, markdown=FILE or junit=FILE'
            cand -H 'A header; repeatable, and in place of ours where the name is ours'
            cand --header 'A header; repeatable, and in place of ours where the name is ours'
            cand --secret-env 'The variable that holds the signing secret; PROVIDER=NAME for one provider''s; several while one replaces another'
            cand --secret-file 'The file that holds it; one final newline is cut'
            cand --env-file 'A file of NAME=VALUE lines in which variables are looked up before the environment'
            cand --secret 'The secret itself; other users of this machine can see it'
            cand --signature-header 'The header that the signature stands in, where it is not the documented one'
            cand --signature-mode 'How to sign, where the provider leaves a choice: a mode by its name, which `events EVENT` tells'
            cand --cacert 'A further root certificate, as PEM'
            cand --proxy 'The proxy, in place of the usual variables; loopback is never proxied'
            cand --catalog 'A folder of providers of your own; repeatable, and a later one wins'
            cand --color 'When to colour'
            cand --list 'Lists the cases and sends nothing'
            cand -y 'Sends hostile requests to a public address without asking'
            cand --yes 'Sends hostile requests to a public address without asking'
            cand --strict 'Fails on a should as on a must'
            cand --json 'One line of JSON for each case, and one for all'
            cand --insecure 'Takes any certificate'
            cand -q 'Only results for machines, and errors'
            cand --quiet 'Only results for machines, and errors'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'hookproof;events'= {
            cand calendly/example calendly/example
            cand discord/example discord/example
            cand fingerprinting-api/NEW_VISIT fingerprinting-api/NEW_VISIT
            cand fingerprinting-api/NEW_VISITOR fingerprinting-api/NEW_VISITOR
            cand github/example github/example
            cand gitlab/example gitlab/example
            cand hubspot/example hubspot/example
            cand intercom/example intercom/example
            cand komo/SignUpSuccess komo/SignUpSuccess
            cand komo/SiteViewed komo/SiteViewed
            cand komo/WebhookSuccess komo/WebhookSuccess
            cand komo/WebhookError komo/WebhookError
            cand linear/example linear/example
            cand mailgun/example mailgun/example
            cand meta/example meta/example
            cand paddle/example paddle/example
            cand sendgrid/example sendgrid/example
            cand shopify/example shopify/example
            cand slack/example slack/example
            cand square/example square/example
            cand standard-webhooks/example standard-webhooks/example
            cand svix/example svix/example
            cand clerk/example clerk/example
            cand resend/example resend/example
            cand stripe/example stripe/example
            cand superfolio/activity.page_view superfolio/activity.page_view
            cand superfolio/activity.section_view superfolio/activity.section_view
            cand superfolio/activity.project_view superfolio/activity.project_view
            cand superfolio/activity.project_click superfolio/activity.project_click
            cand superfolio/activity.external_link_click superfolio/activity.external_link_click
            cand superfolio/activity.time_on_page superfolio/activity.time_on_page
            cand superfolio/activity.session_end superfolio/activity.session_end
            cand superfolio/lead.hot_detected superfolio/lead.hot_detected
            cand superfolio/form.submitted superfolio/form.submitted
            cand superfolio/testimonial.submitted superfolio/testimonial.submitted
            cand superfolio/tracking_link.created superfolio/tracking_link.created
            cand superfolio/tracking_link.updated superfolio/tracking_link.updated
            cand superfolio/portfolio.project_changed superfolio/portfolio.project_changed
            cand superfolio/portfolio.profile_changed superfolio/portfolio.profile_changed
            cand superfolio/portfolio.availability_changed superfolio/portfolio.availability_changed
            cand superfolio/integration.test superfolio/integration.test
            cand superleap/lead.create superleap/lead.create
            cand superleap/lead.update superleap/lead.update
            cand superleap/lead.delete superleap/lead.delete
            cand superleap/user.create superleap/user.create
            cand superleap/user.update superleap/user.update
            cand superleap/user.delete superleap/user.delete
            cand superleap/opportunity.create superleap/opportunity.create
            cand superleap/opportunity.update superleap/opportunity.update
            cand superleap/opportunity.delete superleap/opportunity.delete
            cand swapcard/profile_create swapcard/profile_create
            cand swapcard/profile_update swapcard/profile_update
            cand swapcard/profile_delete swapcard/profile_delete
            cand twilio/example twilio/example
            cand typeform/example typeform/example
            cand zendesk/example zendesk/example
            cand zoom/example zoom/example
            cand -p 'Only this provider''s'
            cand --provider 'Only this provider''s'
            cand -s 'Only those whose name, meaning or scope has this text'
            cand --search 'Only those whose name, meaning or scope has this text'
            cand --catalog 'A folder of providers of your own; repeatable, and a later one wins'
            cand --color 'When to colour'
            cand --variants 'Variants too'
            cand --json 'One line of JSON for each'
            cand -q 'Only results for machines, and errors'
            cand --quiet 'Only results for machines, and errors'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'hookproof;render'= {
            cand calendly/example calendly/example
            cand discord/example discord/example
            cand fingerprinting-api/NEW_VISIT fingerprinting-api/NEW_VISIT
            cand fingerprinting-api/NEW_VISITOR fingerprinting-api/NEW_VISITOR
            cand github/example github/example
            cand gitlab/example gitlab/example
            cand hubspot/example hubspot/example
            cand intercom/example intercom/example
            cand komo/SignUpSuccess komo/SignUpSuccess
            cand komo/SiteViewed komo/SiteViewed
            cand komo/WebhookSuccess komo/WebhookSuccess
            cand komo/WebhookError komo/WebhookError
            cand linear/example linear/example
            cand mailgun/example mailgun/example
            cand meta/example meta/example
            cand paddle/example paddle/example
            cand sendgrid/example sendgrid/example
            cand shopify/example shopify/example
            cand slack/example slack/example
            cand square/example square/example
            cand standard-webhooks/example standard-webhooks/example
            cand svix/example svix/example
            cand clerk/example clerk/example
            cand resend/example resend/example
            cand stripe/example stripe/example
            cand superfolio/activity.page_view superfolio/activity.page_view
            cand superfolio/activity.section_view superfolio/activity.section_view
            cand superfolio/activity.project_view superfolio/activity.project_view
            cand superfolio/activity.project_click superfolio/activity.project_click
            cand superfolio/activity.external_link_click superfolio/activity.external_link_click
            cand superfolio/activity.time_on_page superfolio/activity.time_on_page
            cand superfolio/activity.session_end superfolio/activity.session_end
            cand superfolio/lead.hot_detected superfolio/lead.hot_detected
            cand superfolio/form.submitted superfolio/form.submitted
            cand superfolio/testimonial.submitted superfolio/testimonial.submitted
            cand superfolio/tracking_link.created superfolio/tracking_link.created
            cand superfolio/tracking_link.updated superfolio/tracking_link.updated
            cand superfolio/portfolio.project_changed superfolio/portfolio.project_changed
            cand superfolio/portfolio.profile_changed superfolio/portfolio.profile_changed
            cand superfolio/portfolio.availability_changed superfolio/portfolio.availability_changed
            cand superfolio/integration.test superfolio/integration.test
            cand superleap/lead.create superleap/lead.create
            cand superleap/lead.update superleap/lead.update
            cand superleap/lead.delete superleap/lead.delete
            cand superleap/user.create superleap/user.create
            cand superleap/user.update superleap/user.update
            cand superleap/user.delete superleap/user.delete
            cand superleap/opportunity.create superleap/opportunity.create
            cand superleap/opportunity.update superleap/opportunity.update
            cand superleap/opportunity.delete superleap/opportunity.delete
            cand swapcard/profile_create swapcard/profile_create
            cand swapcard/profile_update swapcard/profile_update
            cand swapcard/profile_delete swapcard/profile_delete
            cand twilio/example twilio/example
            cand typeform/example typeform/example
            cand zendesk/example zendesk/example
            cand zoom/example zoom/example
            cand --format 'What to print'
            cand -o 'Writes to a file; - is stdout'
            cand --output 'Writes to a file; - is stdout'
            cand --to 'The address in --format http, curl and json'
            cand -H 'A header; repeatable, and in place of ours where the name is ours'
            cand --header 'A header; repeatable, and in place of ours where the name is ours'
            cand --variant 'A documented form of the event other than its first'
            cand --seed 'Fixes every fresh identity'
            cand --at 'The event''s time: RFC 3339 or Unix seconds; now where it is not given'
            cand --id 'An identity, wherever it stands'
            cand --set 'A value at a path: JSON where it is JSON, else a string'
            cand --set-string 'A string at a path, as it stands'
            cand --unset 'Takes a path out'
            cand --data 'JSON of your own for `data`, or for the body where it has none; - is stdin'
            cand --before 'The record before a change: JSON or a file'
            cand --after 'The record after a change: JSON or a file'
            cand --secret-env 'The variable that holds the signing secret; PROVIDER=NAME for one provider''s; several while one replaces another'
            cand --secret-file 'The file that holds it; one final newline is cut'
            cand --env-file 'A file of NAME=VALUE lines in which variables are looked up before the environment'
            cand --secret 'The secret itself; other users of this machine can see it'
            cand --signature-header 'The header that the signature stands in, where it is not the documented one'
            cand --signature-mode 'How to sign, where the provider leaves a choice: a mode by its name, which `events EVENT` tells'
            cand --catalog 'A folder of providers of your own; repeatable, and a later one wins'
            cand --color 'When to colour'
            cand --json 'The same as --format json'
            cand --pretty 'The body indented; the signature covers it as it is printed'
            cand --reveal 'Prints a signature that is the secret itself'
            cand --variants 'Variants too, where a glob or a provider is named'
            cand --verbatim 'The sample''s own identities and times'
            cand --create 'Makes paths that are not there'
            cand --unsigned 'Goes out without a signature'
            cand -q 'Only results for machines, and errors'
            cand --quiet 'Only results for machines, and errors'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'hookproof;sign'= {
            cand -p 'Whose scheme to use'
            cand --provider 'Whose scheme to use'
            cand --url 'The address, for schemes that sign it'
            cand --method 'The request method, for schemes that sign it'
            cand --at 'The time of signing: RFC 3339 or Unix seconds; now where it is not given'
            cand --id 'The delivery''s id, for schemes that sign it; a fresh one where it is not given'
            cand --key-out 'Keeps the private key that was made, in a new file'
            cand --secret-env 'The variable that holds the signing secret; PROVIDER=NAME for one provider''s; several while one replaces another'
            cand --secret-file 'The file that holds it; one final newline is cut'
            cand --env-file 'A file of NAME=VALUE lines in which variables are looked up before the environment'
            cand --secret 'The secret itself; other users of this machine can see it'
            cand --signature-header 'The header that the signature stands in, where it is not the documented one'
            cand --signature-mode 'How to sign, where the provider leaves a choice: a mode by its name, which `events EVENT` tells'
            cand --catalog 'A folder of providers of your own; repeatable, and a later one wins'
            cand --color 'When to colour'
            cand --generate-key 'Signs with a key pair made on the spot, and tells its public key'
            cand --reveal 'Prints a signature that is the secret itself'
            cand --json 'One line of JSON'
            cand -q 'Only results for machines, and errors'
            cand --quiet 'Only results for machines, and errors'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'hookproof;explain'= {
            cand --catalog 'A folder of providers of your own; repeatable, and a later one wins'
            cand --color 'When to colour'
            cand --json 'One line of JSON for each'
            cand -q 'Only results for machines, and errors'
            cand --quiet 'Only results for machines, and errors'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'hookproof;completions'= {
            cand --catalog 'A folder of providers of your own; repeatable, and a later one wins'
            cand --color 'When to colour'
            cand -q 'Only results for machines, and errors'
            cand --quiet 'Only results for machines, and errors'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'hookproof;help'= {
            cand send 'Fire sample deliveries, signed, and judge the answer'
            cand listen 'Catch deliveries: verify, identify and show them'
            cand history 'Look into the journal of what was caught'
            cand replay 'Send captured deliveries again, byte for byte or signed afresh'
            cand export 'Write captured deliveries as a curl script, raw HTTP or HAR'
            cand verify 'Prove a captured delivery'
            cand check 'Prove a receiver: does it accept the good and refuse the bad?'
            cand events 'Ask the catalog'
            cand render 'Print a delivery without sending it'
            cand sign 'Print the signature header for a body of your own'
            cand explain 'Tell how a cause that verify named comes about'
            cand completions 'Print a completion script for a shell'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'hookproof;help;send'= {
        }
        &'hookproof;help;listen'= {
        }
        &'hookproof;help;history'= {
        }
        &'hookproof;help;replay'= {
        }
        &'hookproof;help;export'= {
        }
        &'hookproof;help;verify'= {
        }
        &'hookproof;help;check'= {
        }
        &'hookproof;help;events'= {
        }
        &'hookproof;help;render'= {
        }
        &'hookproof;help;sign'= {
        }
        &'hookproof;help;explain'= {
        }
        &'hookproof;help;completions'= {
        }
        &'hookproof;help;help'= {
        }
    ]
    $completions[$command]
}
