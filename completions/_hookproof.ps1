
using namespace System.Management.Automation
using namespace System.Management.Automation.Language

Register-ArgumentCompleter -Native -CommandName 'hookproof' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $commandElements = $commandAst.CommandElements
    $command = @(
        'hookproof'
        for ($i = 1; $i -lt $commandElements.Count; $i++) {
            $element = $commandElements[$i]
            if ($element -isnot [StringConstantExpressionAst] -or
                $element.StringConstantType -ne [StringConstantType]::BareWord -or
                $element.Value.StartsWith('-') -or
                $element.Value -eq $wordToComplete) {
                break
        }
        $element.Value
    }) -join ';'

    $completions = @(switch ($command) {
        'hookproof' {
            [CompletionResult]::new('--catalog', '--catalog', [CompletionResultType]::ParameterName, 'A folder of providers of your own; repeatable, and a later one wins')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to colour')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Only results for machines, and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Only results for machines, and errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('send', 'send', [CompletionResultType]::ParameterValue, 'Fire sample deliveries, signed, and judge the answer')
            [CompletionResult]::new('listen', 'listen', [CompletionResultType]::ParameterValue, 'Catch deliveries: verify, identify and show them')
            [CompletionResult]::new('verify', 'verify', [CompletionResultType]::ParameterValue, 'Prove a captured delivery')
            [CompletionResult]::new('events', 'events', [CompletionResultType]::ParameterValue, 'Ask the catalog')
            [CompletionResult]::new('render', 'render', [CompletionResultType]::ParameterValue, 'Print a delivery without sending it')
            [CompletionResult]::new('sign', 'sign', [CompletionResultType]::ParameterValue, 'Print the signature header for a body of your own')
            [CompletionResult]::new('explain', 'explain', [CompletionResultType]::ParameterValue, 'Tell how a cause that verify named comes about')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Print a completion script for a shell')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'hookproof;send' {
            [CompletionResult]::new('fingerprinting-api/NEW_VISIT', 'fingerprinting-api/NEW_VISIT', [CompletionResultType]::ParameterValue, 'fingerprinting-api/NEW_VISIT')
            [CompletionResult]::new('fingerprinting-api/NEW_VISITOR', 'fingerprinting-api/NEW_VISITOR', [CompletionResultType]::ParameterValue, 'fingerprinting-api/NEW_VISITOR')
            [CompletionResult]::new('komo/SignUpSuccess', 'komo/SignUpSuccess', [CompletionResultType]::ParameterValue, 'komo/SignUpSuccess')
            [CompletionResult]::new('komo/SiteViewed', 'komo/SiteViewed', [CompletionResultType]::ParameterValue, 'komo/SiteViewed')
            [CompletionResult]::new('komo/WebhookSuccess', 'komo/WebhookSuccess', [CompletionResultType]::ParameterValue, 'komo/WebhookSuccess')
            [CompletionResult]::new('komo/WebhookError', 'komo/WebhookError', [CompletionResultType]::ParameterValue, 'komo/WebhookError')
            [CompletionResult]::new('superfolio/activity.page_view', 'superfolio/activity.page_view', [CompletionResultType]::ParameterValue, 'superfolio/activity.page_view')
            [CompletionResult]::new('superfolio/activity.section_view', 'superfolio/activity.section_view', [CompletionResultType]::ParameterValue, 'superfolio/activity.section_view')
            [CompletionResult]::new('superfolio/activity.project_view', 'superfolio/activity.project_view', [CompletionResultType]::ParameterValue, 'superfolio/activity.project_view')
            [CompletionResult]::new('superfolio/activity.project_click', 'superfolio/activity.project_click', [CompletionResultType]::ParameterValue, 'superfolio/activity.project_click')
            [CompletionResult]::new('superfolio/activity.external_link_click', 'superfolio/activity.external_link_click', [CompletionResultType]::ParameterValue, 'superfolio/activity.external_link_click')
            [CompletionResult]::new('superfolio/activity.time_on_page', 'superfolio/activity.time_on_page', [CompletionResultType]::ParameterValue, 'superfolio/activity.time_on_page')
            [CompletionResult]::new('superfolio/activity.session_end', 'superfolio/activity.session_end', [CompletionResultType]::ParameterValue, 'superfolio/activity.session_end')
            [CompletionResult]::new('superfolio/lead.hot_detected', 'superfolio/lead.hot_detected', [CompletionResultType]::ParameterValue, 'superfolio/lead.hot_detected')
            [CompletionResult]::new('superfolio/form.submitted', 'superfolio/form.submitted', [CompletionResultType]::ParameterValue, 'superfolio/form.submitted')
            [CompletionResult]::new('superfolio/testimonial.submitted', 'superfolio/testimonial.submitted', [CompletionResultType]::ParameterValue, 'superfolio/testimonial.submitted')
            [CompletionResult]::new('superfolio/tracking_link.created', 'superfolio/tracking_link.created', [CompletionResultType]::ParameterValue, 'superfolio/tracking_link.created')
            [CompletionResult]::new('superfolio/tracking_link.updated', 'superfolio/tracking_link.updated', [CompletionResultType]::ParameterValue, 'superfolio/tracking_link.updated')
            [CompletionResult]::new('superfolio/portfolio.project_changed', 'superfolio/portfolio.project_changed', [CompletionResultType]::ParameterValue, 'superfolio/portfolio.project_changed')
            [CompletionResult]::new('superfolio/portfolio.profile_changed', 'superfolio/portfolio.profile_changed', [CompletionResultType]::ParameterValue, 'superfolio/portfolio.profile_changed')
            [CompletionResult]::new('superfolio/portfolio.availability_changed', 'superfolio/portfolio.availability_changed', [CompletionResultType]::ParameterValue, 'superfolio/portfolio.availability_changed')
            [CompletionResult]::new('superfolio/integration.test', 'superfolio/integration.test', [CompletionResultType]::ParameterValue, 'superfolio/integration.test')
            [CompletionResult]::new('superleap/lead.create', 'superleap/lead.create', [CompletionResultType]::ParameterValue, 'superleap/lead.create')
            [CompletionResult]::new('superleap/lead.update', 'superleap/lead.update', [CompletionResultType]::ParameterValue, 'superleap/lead.update')
            [CompletionResult]::new('superleap/lead.delete', 'superleap/lead.delete', [CompletionResultType]::ParameterValue, 'superleap/lead.delete')
            [CompletionResult]::new('superleap/user.create', 'superleap/user.create', [CompletionResultType]::ParameterValue, 'superleap/user.create')
            [CompletionResult]::new('superleap/user.update', 'superleap/user.update', [CompletionResultType]::ParameterValue, 'superleap/user.update')
            [CompletionResult]::new('superleap/user.delete', 'superleap/user.delete', [CompletionResultType]::ParameterValue, 'superleap/user.delete')
            [CompletionResult]::new('superleap/opportunity.create', 'superleap/opportunity.create', [CompletionResultType]::ParameterValue, 'superleap/opportunity.create')
            [CompletionResult]::new('superleap/opportunity.update', 'superleap/opportunity.update', [CompletionResultType]::ParameterValue, 'superleap/opportunity.update')
            [CompletionResult]::new('superleap/opportunity.delete', 'superleap/opportunity.delete', [CompletionResultType]::ParameterValue, 'superleap/opportunity.delete')
            [CompletionResult]::new('swapcard/profile_create', 'swapcard/profile_create', [CompletionResultType]::ParameterValue, 'swapcard/profile_create')
            [CompletionResult]::new('swapcard/profile_update', 'swapcard/profile_update', [CompletionResultType]::ParameterValue, 'swapcard/profile_update')
            [CompletionResult]::new('swapcard/profile_delete', 'swapcard/profile_delete', [CompletionResultType]::ParameterValue, 'swapcard/profile_delete')
            [CompletionResult]::new('-t', '-t', [CompletionResultType]::ParameterName, 'Where to: a URL, 3000/hook, localhost:3000/hook, or self for a receiver of its own')
            [CompletionResult]::new('--to', '--to', [CompletionResultType]::ParameterName, 'Where to: a URL, 3000/hook, localhost:3000/hook, or self for a receiver of its own')
            [CompletionResult]::new('--body', '--body', [CompletionResultType]::ParameterName, 'Your own bytes for the body, signed and sent untouched; - is stdin')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'How long an answer may take')
            [CompletionResult]::new('--delay', '--delay', [CompletionResultType]::ParameterName, 'How long to wait between deliveries')
            [CompletionResult]::new('-H', '-H ', [CompletionResultType]::ParameterName, 'A header; repeatable, and in place of ours where the name is ours')
            [CompletionResult]::new('--header', '--header', [CompletionResultType]::ParameterName, 'A header; repeatable, and in place of ours where the name is ours')
            [CompletionResult]::new('--variant', '--variant', [CompletionResultType]::ParameterName, 'A documented form of the event other than its first')
            [CompletionResult]::new('--seed', '--seed', [CompletionResultType]::ParameterName, 'Fixes every fresh identity')
            [CompletionResult]::new('--at', '--at', [CompletionResultType]::ParameterName, 'The event''s time: RFC 3339 or Unix seconds; now where it is not given')
            [CompletionResult]::new('--id', '--id', [CompletionResultType]::ParameterName, 'An identity, wherever it stands')
            [CompletionResult]::new('--set', '--set', [CompletionResultType]::ParameterName, 'A value at a path: JSON where it is JSON, else a string')
            [CompletionResult]::new('--set-string', '--set-string', [CompletionResultType]::ParameterName, 'A string at a path, as it stands')
            [CompletionResult]::new('--unset', '--unset', [CompletionResultType]::ParameterName, 'Takes a path out')
            [CompletionResult]::new('--data', '--data', [CompletionResultType]::ParameterName, 'JSON of your own for `data`, or for the body where it has none; - is stdin')
            [CompletionResult]::new('--before', '--before', [CompletionResultType]::ParameterName, 'The record before a change: JSON or a file')
            [CompletionResult]::new('--after', '--after', [CompletionResultType]::ParameterName, 'The record after a change: JSON or a file')
            [CompletionResult]::new('--secret-env', '--secret-env', [CompletionResultType]::ParameterName, 'The variable that holds the signing secret; PROVIDER=NAME for one of several')
            [CompletionResult]::new('--secret-file', '--secret-file', [CompletionResultType]::ParameterName, 'The file that holds it; one final newline is cut')
            [CompletionResult]::new('--env-file', '--env-file', [CompletionResultType]::ParameterName, 'A file of NAME=VALUE lines in which variables are looked up before the environment')
            [CompletionResult]::new('--secret', '--secret', [CompletionResultType]::ParameterName, 'The secret itself; other users of this machine can see it')
            [CompletionResult]::new('--signature-header', '--signature-header', [CompletionResultType]::ParameterName, 'The header that the signature stands in, where it is not the documented one')
            [CompletionResult]::new('--signature-mode', '--signature-mode', [CompletionResultType]::ParameterName, 'How to sign, where the provider leaves a choice: token or hmac')
            [CompletionResult]::new('--cacert', '--cacert', [CompletionResultType]::ParameterName, 'A further root certificate, as PEM')
            [CompletionResult]::new('--proxy', '--proxy', [CompletionResultType]::ParameterName, 'The proxy, in place of the usual variables; loopback is never proxied')
            [CompletionResult]::new('--catalog', '--catalog', [CompletionResultType]::ParameterName, 'A folder of providers of your own; repeatable, and a later one wins')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to colour')
            [CompletionResult]::new('-k', '-k', [CompletionResultType]::ParameterName, 'Goes on after a delivery that failed')
            [CompletionResult]::new('--keep-going', '--keep-going', [CompletionResultType]::ParameterName, 'Goes on after a delivery that failed')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Makes and shows the deliveries, and sends none')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Shows the request and the answer in full, and what --to self caught')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Shows the request and the answer in full, and what --to self caught')
            [CompletionResult]::new('--full', '--full', [CompletionResultType]::ParameterName, 'Shows the request and the answer in full, and what --to self caught')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'One line of JSON for each delivery')
            [CompletionResult]::new('--variants', '--variants', [CompletionResultType]::ParameterName, 'Variants too, where a glob or a provider is named')
            [CompletionResult]::new('--verbatim', '--verbatim', [CompletionResultType]::ParameterName, 'The sample''s own identities and times')
            [CompletionResult]::new('--create', '--create', [CompletionResultType]::ParameterName, 'Makes paths that are not there')
            [CompletionResult]::new('--unsigned', '--unsigned', [CompletionResultType]::ParameterName, 'Goes out without a signature')
            [CompletionResult]::new('--insecure', '--insecure', [CompletionResultType]::ParameterName, 'Takes any certificate')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Only results for machines, and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Only results for machines, and errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'hookproof;listen' {
            [CompletionResult]::new('--port', '--port', [CompletionResultType]::ParameterName, 'The port; 0 takes a free one')
            [CompletionResult]::new('--host', '--host', [CompletionResultType]::ParameterName, 'The address to listen on, in place of both loopback ones')
            [CompletionResult]::new('-p', '-p', [CompletionResultType]::ParameterName, 'Whose deliveries come; otherwise each is recognised by its headers and body')
            [CompletionResult]::new('--provider', '--provider', [CompletionResultType]::ParameterName, 'Whose deliveries come; otherwise each is recognised by its headers and body')
            [CompletionResult]::new('--count', '--count', [CompletionResultType]::ParameterName, 'Ends after so many deliveries')
            [CompletionResult]::new('--for', '--for', [CompletionResultType]::ParameterName, 'Ends after so long')
            [CompletionResult]::new('--max-body', '--max-body', [CompletionResultType]::ParameterName, 'The longest body that is taken')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'How long a head may take, and how long a body may stall')
            [CompletionResult]::new('--secret-env', '--secret-env', [CompletionResultType]::ParameterName, 'The variable that holds the signing secret; PROVIDER=NAME for one of several')
            [CompletionResult]::new('--secret-file', '--secret-file', [CompletionResultType]::ParameterName, 'The file that holds it; one final newline is cut')
            [CompletionResult]::new('--env-file', '--env-file', [CompletionResultType]::ParameterName, 'A file of NAME=VALUE lines in which variables are looked up before the environment')
            [CompletionResult]::new('--secret', '--secret', [CompletionResultType]::ParameterName, 'The secret itself; other users of this machine can see it')
            [CompletionResult]::new('--signature-header', '--signature-header', [CompletionResultType]::ParameterName, 'The header that the signature stands in, where it is not the documented one')
            [CompletionResult]::new('--signature-mode', '--signature-mode', [CompletionResultType]::ParameterName, 'How to sign, where the provider leaves a choice: token or hmac')
            [CompletionResult]::new('--catalog', '--catalog', [CompletionResultType]::ParameterName, 'A folder of providers of your own; repeatable, and a later one wins')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to colour')
            [CompletionResult]::new('--compact', '--compact', [CompletionResultType]::ParameterName, 'One line each')
            [CompletionResult]::new('--full', '--full', [CompletionResultType]::ParameterName, 'Long bodies in full')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'One line of JSON for each delivery')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Only results for machines, and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Only results for machines, and errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'hookproof;verify' {
            [CompletionResult]::new('-p', '-p', [CompletionResultType]::ParameterName, 'Whose delivery it is; otherwise its headers tell')
            [CompletionResult]::new('--provider', '--provider', [CompletionResultType]::ParameterName, 'Whose delivery it is; otherwise its headers tell')
            [CompletionResult]::new('--signature', '--signature', [CompletionResultType]::ParameterName, 'The value of the provider''s signature header')
            [CompletionResult]::new('--computed', '--computed', [CompletionResultType]::ParameterName, 'The digest that your own code got: says what it hashed')
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'What the input is, where it is not seen from it')
            [CompletionResult]::new('-H', '-H ', [CompletionResultType]::ParameterName, 'A header; repeatable, and in place of ours where the name is ours')
            [CompletionResult]::new('--header', '--header', [CompletionResultType]::ParameterName, 'A header; repeatable, and in place of ours where the name is ours')
            [CompletionResult]::new('--secret-env', '--secret-env', [CompletionResultType]::ParameterName, 'The variable that holds the signing secret; PROVIDER=NAME for one of several')
            [CompletionResult]::new('--secret-file', '--secret-file', [CompletionResultType]::ParameterName, 'The file that holds it; one final newline is cut')
            [CompletionResult]::new('--env-file', '--env-file', [CompletionResultType]::ParameterName, 'A file of NAME=VALUE lines in which variables are looked up before the environment')
            [CompletionResult]::new('--secret', '--secret', [CompletionResultType]::ParameterName, 'The secret itself; other users of this machine can see it')
            [CompletionResult]::new('--signature-header', '--signature-header', [CompletionResultType]::ParameterName, 'The header that the signature stands in, where it is not the documented one')
            [CompletionResult]::new('--signature-mode', '--signature-mode', [CompletionResultType]::ParameterName, 'How to sign, where the provider leaves a choice: token or hmac')
            [CompletionResult]::new('--catalog', '--catalog', [CompletionResultType]::ParameterName, 'A folder of providers of your own; repeatable, and a later one wins')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to colour')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'One line of JSON')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Only results for machines, and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Only results for machines, and errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'hookproof;events' {
            [CompletionResult]::new('fingerprinting-api/NEW_VISIT', 'fingerprinting-api/NEW_VISIT', [CompletionResultType]::ParameterValue, 'fingerprinting-api/NEW_VISIT')
            [CompletionResult]::new('fingerprinting-api/NEW_VISITOR', 'fingerprinting-api/NEW_VISITOR', [CompletionResultType]::ParameterValue, 'fingerprinting-api/NEW_VISITOR')
            [CompletionResult]::new('komo/SignUpSuccess', 'komo/SignUpSuccess', [CompletionResultType]::ParameterValue, 'komo/SignUpSuccess')
            [CompletionResult]::new('komo/SiteViewed', 'komo/SiteViewed', [CompletionResultType]::ParameterValue, 'komo/SiteViewed')
            [CompletionResult]::new('komo/WebhookSuccess', 'komo/WebhookSuccess', [CompletionResultType]::ParameterValue, 'komo/WebhookSuccess')
            [CompletionResult]::new('komo/WebhookError', 'komo/WebhookError', [CompletionResultType]::ParameterValue, 'komo/WebhookError')
            [CompletionResult]::new('superfolio/activity.page_view', 'superfolio/activity.page_view', [CompletionResultType]::ParameterValue, 'superfolio/activity.page_view')
            [CompletionResult]::new('superfolio/activity.section_view', 'superfolio/activity.section_view', [CompletionResultType]::ParameterValue, 'superfolio/activity.section_view')
            [CompletionResult]::new('superfolio/activity.project_view', 'superfolio/activity.project_view', [CompletionResultType]::ParameterValue, 'superfolio/activity.project_view')
            [CompletionResult]::new('superfolio/activity.project_click', 'superfolio/activity.project_click', [CompletionResultType]::ParameterValue, 'superfolio/activity.project_click')
            [CompletionResult]::new('superfolio/activity.external_link_click', 'superfolio/activity.external_link_click', [CompletionResultType]::ParameterValue, 'superfolio/activity.external_link_click')
            [CompletionResult]::new('superfolio/activity.time_on_page', 'superfolio/activity.time_on_page', [CompletionResultType]::ParameterValue, 'superfolio/activity.time_on_page')
            [CompletionResult]::new('superfolio/activity.session_end', 'superfolio/activity.session_end', [CompletionResultType]::ParameterValue, 'superfolio/activity.session_end')
            [CompletionResult]::new('superfolio/lead.hot_detected', 'superfolio/lead.hot_detected', [CompletionResultType]::ParameterValue, 'superfolio/lead.hot_detected')
            [CompletionResult]::new('superfolio/form.submitted', 'superfolio/form.submitted', [CompletionResultType]::ParameterValue, 'superfolio/form.submitted')
            [CompletionResult]::new('superfolio/testimonial.submitted', 'superfolio/testimonial.submitted', [CompletionResultType]::ParameterValue, 'superfolio/testimonial.submitted')
            [CompletionResult]::new('superfolio/tracking_link.created', 'superfolio/tracking_link.created', [CompletionResultType]::ParameterValue, 'superfolio/tracking_link.created')
            [CompletionResult]::new('superfolio/tracking_link.updated', 'superfolio/tracking_link.updated', [CompletionResultType]::ParameterValue, 'superfolio/tracking_link.updated')
            [CompletionResult]::new('superfolio/portfolio.project_changed', 'superfolio/portfolio.project_changed', [CompletionResultType]::ParameterValue, 'superfolio/portfolio.project_changed')
            [CompletionResult]::new('superfolio/portfolio.profile_changed', 'superfolio/portfolio.profile_changed', [CompletionResultType]::ParameterValue, 'superfolio/portfolio.profile_changed')
            [CompletionResult]::new('superfolio/portfolio.availability_changed', 'superfolio/portfolio.availability_changed', [CompletionResultType]::ParameterValue, 'superfolio/portfolio.availability_changed')
            [CompletionResult]::new('superfolio/integration.test', 'superfolio/integration.test', [CompletionResultType]::ParameterValue, 'superfolio/integration.test')
            [CompletionResult]::new('superleap/lead.create', 'superleap/lead.create', [CompletionResultType]::ParameterValue, 'superleap/lead.create')
            [CompletionResult]::new('superleap/lead.update', 'superleap/lead.update', [CompletionResultType]::ParameterValue, 'superleap/lead.update')
            [CompletionResult]::new('superleap/lead.delete', 'superleap/lead.delete', [CompletionResultType]::ParameterValue, 'superleap/lead.delete')
            [CompletionResult]::new('superleap/user.create', 'superleap/user.create', [CompletionResultType]::ParameterValue, 'superleap/user.create')
            [CompletionResult]::new('superleap/user.update', 'superleap/user.update', [CompletionResultType]::ParameterValue, 'superleap/user.update')
            [CompletionResult]::new('superleap/user.delete', 'superleap/user.delete', [CompletionResultType]::ParameterValue, 'superleap/user.delete')
            [CompletionResult]::new('superleap/opportunity.create', 'superleap/opportunity.create', [CompletionResultType]::ParameterValue, 'superleap/opportunity.create')
            [CompletionResult]::new('superleap/opportunity.update', 'superleap/opportunity.update', [CompletionResultType]::ParameterValue, 'superleap/opportunity.update')
            [CompletionResult]::new('superleap/opportunity.delete', 'superleap/opportunity.delete', [CompletionResultType]::ParameterValue, 'superleap/opportunity.delete')
            [CompletionResult]::new('swapcard/profile_create', 'swapcard/profile_create', [CompletionResultType]::ParameterValue, 'swapcard/profile_create')
            [CompletionResult]::new('swapcard/profile_update', 'swapcard/profile_update', [CompletionResultType]::ParameterValue, 'swapcard/profile_update')
            [CompletionResult]::new('swapcard/profile_delete', 'swapcard/profile_delete', [CompletionResultType]::ParameterValue, 'swapcard/profile_delete')
            [CompletionResult]::new('-p', '-p', [CompletionResultType]::ParameterName, 'Only this provider''s')
            [CompletionResult]::new('--provider', '--provider', [CompletionResultType]::ParameterName, 'Only this provider''s')
            [CompletionResult]::new('-s', '-s', [CompletionResultType]::ParameterName, 'Only those whose name, meaning or scope has this text')
            [CompletionResult]::new('--search', '--search', [CompletionResultType]::ParameterName, 'Only those whose name, meaning or scope has this text')
            [CompletionResult]::new('--catalog', '--catalog', [CompletionResultType]::ParameterName, 'A folder of providers of your own; repeatable, and a later one wins')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to colour')
            [CompletionResult]::new('--variants', '--variants', [CompletionResultType]::ParameterName, 'Variants too')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'One line of JSON for each')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Only results for machines, and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Only results for machines, and errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'hookproof;render' {
            [CompletionResult]::new('fingerprinting-api/NEW_VISIT', 'fingerprinting-api/NEW_VISIT', [CompletionResultType]::ParameterValue, 'fingerprinting-api/NEW_VISIT')
            [CompletionResult]::new('fingerprinting-api/NEW_VISITOR', 'fingerprinting-api/NEW_VISITOR', [CompletionResultType]::ParameterValue, 'fingerprinting-api/NEW_VISITOR')
            [CompletionResult]::new('komo/SignUpSuccess', 'komo/SignUpSuccess', [CompletionResultType]::ParameterValue, 'komo/SignUpSuccess')
            [CompletionResult]::new('komo/SiteViewed', 'komo/SiteViewed', [CompletionResultType]::ParameterValue, 'komo/SiteViewed')
            [CompletionResult]::new('komo/WebhookSuccess', 'komo/WebhookSuccess', [CompletionResultType]::ParameterValue, 'komo/WebhookSuccess')
            [CompletionResult]::new('komo/WebhookError', 'komo/WebhookError', [CompletionResultType]::ParameterValue, 'komo/WebhookError')
            [CompletionResult]::new('superfolio/activity.page_view', 'superfolio/activity.page_view', [CompletionResultType]::ParameterValue, 'superfolio/activity.page_view')
            [CompletionResult]::new('superfolio/activity.section_view', 'superfolio/activity.section_view', [CompletionResultType]::ParameterValue, 'superfolio/activity.section_view')
            [CompletionResult]::new('superfolio/activity.project_view', 'superfolio/activity.project_view', [CompletionResultType]::ParameterValue, 'superfolio/activity.project_view')
            [CompletionResult]::new('superfolio/activity.project_click', 'superfolio/activity.project_click', [CompletionResultType]::ParameterValue, 'superfolio/activity.project_click')
            [CompletionResult]::new('superfolio/activity.external_link_click', 'superfolio/activity.external_link_click', [CompletionResultType]::ParameterValue, 'superfolio/activity.external_link_click')
            [CompletionResult]::new('superfolio/activity.time_on_page', 'superfolio/activity.time_on_page', [CompletionResultType]::ParameterValue, 'superfolio/activity.time_on_page')
            [CompletionResult]::new('superfolio/activity.session_end', 'superfolio/activity.session_end', [CompletionResultType]::ParameterValue, 'superfolio/activity.session_end')
            [CompletionResult]::new('superfolio/lead.hot_detected', 'superfolio/lead.hot_detected', [CompletionResultType]::ParameterValue, 'superfolio/lead.hot_detected')
            [CompletionResult]::new('superfolio/form.submitted', 'superfolio/form.submitted', [CompletionResultType]::ParameterValue, 'superfolio/form.submitted')
            [CompletionResult]::new('superfolio/testimonial.submitted', 'superfolio/testimonial.submitted', [CompletionResultType]::ParameterValue, 'superfolio/testimonial.submitted')
            [CompletionResult]::new('superfolio/tracking_link.created', 'superfolio/tracking_link.created', [CompletionResultType]::ParameterValue, 'superfolio/tracking_link.created')
            [CompletionResult]::new('superfolio/tracking_link.updated', 'superfolio/tracking_link.updated', [CompletionResultType]::ParameterValue, 'superfolio/tracking_link.updated')
            [CompletionResult]::new('superfolio/portfolio.project_changed', 'superfolio/portfolio.project_changed', [CompletionResultType]::ParameterValue, 'superfolio/portfolio.project_changed')
            [CompletionResult]::new('superfolio/portfolio.profile_changed', 'superfolio/portfolio.profile_changed', [CompletionResultType]::ParameterValue, 'superfolio/portfolio.profile_changed')
            [CompletionResult]::new('superfolio/portfolio.availability_changed', 'superfolio/portfolio.availability_changed', [CompletionResultType]::ParameterValue, 'superfolio/portfolio.availability_changed')
            [CompletionResult]::new('superfolio/integration.test', 'superfolio/integration.test', [CompletionResultType]::ParameterValue, 'superfolio/integration.test')
            [CompletionResult]::new('superleap/lead.create', 'superleap/lead.create', [CompletionResultType]::ParameterValue, 'superleap/lead.create')
            [CompletionResult]::new('superleap/lead.update', 'superleap/lead.update', [CompletionResultType]::ParameterValue, 'superleap/lead.update')
            [CompletionResult]::new('superleap/lead.delete', 'superleap/lead.delete', [CompletionResultType]::ParameterValue, 'superleap/lead.delete')
            [CompletionResult]::new('superleap/user.create', 'superleap/user.create', [CompletionResultType]::ParameterValue, 'superleap/user.create')
            [CompletionResult]::new('superleap/user.update', 'superleap/user.update', [CompletionResultType]::ParameterValue, 'superleap/user.update')
            [CompletionResult]::new('superleap/user.delete', 'superleap/user.delete', [CompletionResultType]::ParameterValue, 'superleap/user.delete')
            [CompletionResult]::new('superleap/opportunity.create', 'superleap/opportunity.create', [CompletionResultType]::ParameterValue, 'superleap/opportunity.create')
            [CompletionResult]::new('superleap/opportunity.update', 'superleap/opportunity.update', [CompletionResultType]::ParameterValue, 'superleap/opportunity.update')
            [CompletionResult]::new('superleap/opportunity.delete', 'superleap/opportunity.delete', [CompletionResultType]::ParameterValue, 'superleap/opportunity.delete')
            [CompletionResult]::new('swapcard/profile_create', 'swapcard/profile_create', [CompletionResultType]::ParameterValue, 'swapcard/profile_create')
            [CompletionResult]::new('swapcard/profile_update', 'swapcard/profile_update', [CompletionResultType]::ParameterValue, 'swapcard/profile_update')
            [CompletionResult]::new('swapcard/profile_delete', 'swapcard/profile_delete', [CompletionResultType]::ParameterValue, 'swapcard/profile_delete')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'What to print')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Writes to a file; - is stdout')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Writes to a file; - is stdout')
            [CompletionResult]::new('--to', '--to', [CompletionResultType]::ParameterName, 'The address in --format http, curl and json')
            [CompletionResult]::new('-H', '-H ', [CompletionResultType]::ParameterName, 'A header; repeatable, and in place of ours where the name is ours')
            [CompletionResult]::new('--header', '--header', [CompletionResultType]::ParameterName, 'A header; repeatable, and in place of ours where the name is ours')
            [CompletionResult]::new('--variant', '--variant', [CompletionResultType]::ParameterName, 'A documented form of the event other than its first')
            [CompletionResult]::new('--seed', '--seed', [CompletionResultType]::ParameterName, 'Fixes every fresh identity')
            [CompletionResult]::new('--at', '--at', [CompletionResultType]::ParameterName, 'The event''s time: RFC 3339 or Unix seconds; now where it is not given')
            [CompletionResult]::new('--id', '--id', [CompletionResultType]::ParameterName, 'An identity, wherever it stands')
            [CompletionResult]::new('--set', '--set', [CompletionResultType]::ParameterName, 'A value at a path: JSON where it is JSON, else a string')
            [CompletionResult]::new('--set-string', '--set-string', [CompletionResultType]::ParameterName, 'A string at a path, as it stands')
            [CompletionResult]::new('--unset', '--unset', [CompletionResultType]::ParameterName, 'Takes a path out')
            [CompletionResult]::new('--data', '--data', [CompletionResultType]::ParameterName, 'JSON of your own for `data`, or for the body where it has none; - is stdin')
            [CompletionResult]::new('--before', '--before', [CompletionResultType]::ParameterName, 'The record before a change: JSON or a file')
            [CompletionResult]::new('--after', '--after', [CompletionResultType]::ParameterName, 'The record after a change: JSON or a file')
            [CompletionResult]::new('--secret-env', '--secret-env', [CompletionResultType]::ParameterName, 'The variable that holds the signing secret; PROVIDER=NAME for one of several')
            [CompletionResult]::new('--secret-file', '--secret-file', [CompletionResultType]::ParameterName, 'The file that holds it; one final newline is cut')
            [CompletionResult]::new('--env-file', '--env-file', [CompletionResultType]::ParameterName, 'A file of NAME=VALUE lines in which variables are looked up before the environment')
            [CompletionResult]::new('--secret', '--secret', [CompletionResultType]::ParameterName, 'The secret itself; other users of this machine can see it')
            [CompletionResult]::new('--signature-header', '--signature-header', [CompletionResultType]::ParameterName, 'The header that the signature stands in, where it is not the documented one')
            [CompletionResult]::new('--signature-mode', '--signature-mode', [CompletionResultType]::ParameterName, 'How to sign, where the provider leaves a choice: token or hmac')
            [CompletionResult]::new('--catalog', '--catalog', [CompletionResultType]::ParameterName, 'A folder of providers of your own; repeatable, and a later one wins')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to colour')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'The same as --format json')
            [CompletionResult]::new('--pretty', '--pretty', [CompletionResultType]::ParameterName, 'The body indented; the signature covers it as it is printed')
            [CompletionResult]::new('--reveal', '--reveal', [CompletionResultType]::ParameterName, 'Prints a signature that is the secret itself')
            [CompletionResult]::new('--variants', '--variants', [CompletionResultType]::ParameterName, 'Variants too, where a glob or a provider is named')
            [CompletionResult]::new('--verbatim', '--verbatim', [CompletionResultType]::ParameterName, 'The sample''s own identities and times')
            [CompletionResult]::new('--create', '--create', [CompletionResultType]::ParameterName, 'Makes paths that are not there')
            [CompletionResult]::new('--unsigned', '--unsigned', [CompletionResultType]::ParameterName, 'Goes out without a signature')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Only results for machines, and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Only results for machines, and errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'hookproof;sign' {
            [CompletionResult]::new('-p', '-p', [CompletionResultType]::ParameterName, 'Whose scheme to use')
            [CompletionResult]::new('--provider', '--provider', [CompletionResultType]::ParameterName, 'Whose scheme to use')
            [CompletionResult]::new('--secret-env', '--secret-env', [CompletionResultType]::ParameterName, 'The variable that holds the signing secret; PROVIDER=NAME for one of several')
            [CompletionResult]::new('--secret-file', '--secret-file', [CompletionResultType]::ParameterName, 'The file that holds it; one final newline is cut')
            [CompletionResult]::new('--env-file', '--env-file', [CompletionResultType]::ParameterName, 'A file of NAME=VALUE lines in which variables are looked up before the environment')
            [CompletionResult]::new('--secret', '--secret', [CompletionResultType]::ParameterName, 'The secret itself; other users of this machine can see it')
            [CompletionResult]::new('--signature-header', '--signature-header', [CompletionResultType]::ParameterName, 'The header that the signature stands in, where it is not the documented one')
            [CompletionResult]::new('--signature-mode', '--signature-mode', [CompletionResultType]::ParameterName, 'How to sign, where the provider leaves a choice: token or hmac')
            [CompletionResult]::new('--catalog', '--catalog', [CompletionResultType]::ParameterName, 'A folder of providers of your own; repeatable, and a later one wins')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to colour')
            [CompletionResult]::new('--reveal', '--reveal', [CompletionResultType]::ParameterName, 'Prints a signature that is the secret itself')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'One line of JSON')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Only results for machines, and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Only results for machines, and errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'hookproof;explain' {
            [CompletionResult]::new('--catalog', '--catalog', [CompletionResultType]::ParameterName, 'A folder of providers of your own; repeatable, and a later one wins')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to colour')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'One line of JSON for each')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Only results for machines, and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Only results for machines, and errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'hookproof;completions' {
            [CompletionResult]::new('--catalog', '--catalog', [CompletionResultType]::ParameterName, 'A folder of providers of your own; repeatable, and a later one wins')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to colour')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Only results for machines, and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Only results for machines, and errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'hookproof;help' {
            [CompletionResult]::new('send', 'send', [CompletionResultType]::ParameterValue, 'Fire sample deliveries, signed, and judge the answer')
            [CompletionResult]::new('listen', 'listen', [CompletionResultType]::ParameterValue, 'Catch deliveries: verify, identify and show them')
            [CompletionResult]::new('verify', 'verify', [CompletionResultType]::ParameterValue, 'Prove a captured delivery')
            [CompletionResult]::new('events', 'events', [CompletionResultType]::ParameterValue, 'Ask the catalog')
            [CompletionResult]::new('render', 'render', [CompletionResultType]::ParameterValue, 'Print a delivery without sending it')
            [CompletionResult]::new('sign', 'sign', [CompletionResultType]::ParameterValue, 'Print the signature header for a body of your own')
            [CompletionResult]::new('explain', 'explain', [CompletionResultType]::ParameterValue, 'Tell how a cause that verify named comes about')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Print a completion script for a shell')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'hookproof;help;send' {
            break
        }
        'hookproof;help;listen' {
            break
        }
        'hookproof;help;verify' {
            break
        }
        'hookproof;help;events' {
            break
        }
        'hookproof;help;render' {
            break
        }
        'hookproof;help;sign' {
            break
        }
        'hookproof;help;explain' {
            break
        }
        'hookproof;help;completions' {
            break
        }
        'hookproof;help;help' {
            break
        }
    })

    $completions.Where{ $_.CompletionText -like "$wordToComplete*" } |
        Sort-Object -Property ListItemText
}
