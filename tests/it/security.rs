//! SECURITY.md: each statement of it is held by tests, and each of those tests is there.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// The statements of SECURITY.md in their order, and the tests that hold each.
const HELD: &[(&str, &[&str])] = &[
    // A hostile project cannot:
    (
        "send a secret that it names to another machine, unless the project is trusted or named",
        &["a_secret_that_a_found_project_names_goes_to_no_other_machine", "a_configuration_that_is_named_is_trusted"],
    ),
    (
        "sign by a catalog of its own for another machine, unless the project is trusted or named",
        &["what_a_found_projects_catalog_signs_goes_to_no_other_machine", "a_configuration_that_is_named_is_trusted"],
    ),
    (
        "answer other machines' handshakes by a catalog of its own, unless the project is trusted or named",
        &["other_machines_get_no_answer_by_a_found_projects_catalog"],
    ),
    (
        "receive a secret itself as a signature on another machine, unless the project is trusted or named",
        &["a_secret_itself_goes_to_no_target_of_a_found_project"],
    ),
    (
        "receive forwarded or replayed deliveries on another machine, unless the project is trusted or named",
        &["what_comes_in_goes_on_to_no_far_target_of_a_found_project"],
    ),
    (
        "change the meaning of `HOOKPROOF_TARGET` to an address on another machine, unless the project is trusted or named",
        &["a_variable_names_no_far_target_of_a_found_project", "a_configuration_that_is_named_is_trusted"],
    ),
    (
        "keep its trust after it changes an address, a header, the place of a secret, or how a catalog signs",
        &["trust_lasts_until_what_decides_about_a_secret_changes"],
    ),
    ("be trusted at a second path", &["trust_is_of_one_path"]),
    (
        "name a secret's file outside of the project, not even by a link",
        &["a_secret_stands_in_no_file_outside_of_the_project"],
    ),
    (
        "name a file of variables outside of the project, not even by a link",
        &["a_secret_stands_in_no_file_outside_of_the_project"],
    ),
    (
        "name a catalog or a story outside of the project, not even by a link",
        &["catalogs_and_stories_are_below_the_root"],
    ),
    ("be a link to a file outside of the project", &["a_configuration_that_leads_out_of_its_project_is_ignored"]),
    ("make the command wait for a pipe", &["what_is_no_regular_file_is_not_read"]),
    (
        "exhaust memory or time by a file, a pattern, a template or a number that it names",
        &[
            "a_file_that_a_project_names_is_a_regular_file_of_bounded_size",
            "a_pattern_that_could_take_minutes_fails_at_once",
        ],
    ),
    (
        "control the terminal or a CI log by its text, its names or its file names",
        &[
            "every_string_of_a_project_is_harmless_in_every_command",
            "every_string_of_a_story_is_harmless_in_every_command",
            "files_that_are_no_toml_are_harmless_in_their_complaints",
        ],
    ),
    (
        "be found if another user owns it, unless that user is root",
        &["a_configuration_of_another_user_is_ignored_and_told", "what_root_owns_counts_for_everybody"],
    ),
    ("extend the search by a `.git` that another user owns", &["a_repository_of_another_user_extends_no_search"]),
    (
        "use files of another user, unless the project is named",
        &["files_of_another_user_are_not_used_by_a_found_project"],
    ),
    (
        "send anything to another machine if the user does not name the target",
        &["a_default_of_another_machine_has_to_be_named", "no_target_is_used_that_was_not_named"],
    ),
    (
        "set a proxy, turn off TLS checks, or put an address or a secret into a story",
        &["a_project_sets_no_proxy_and_no_address_by_a_story"],
    ),
    ("follow a redirect to another machine", &["no_redirect_leads_a_secret_to_another_machine"]),
    // It can:
    (
        "send deliveries to this machine, signed with the secrets that it names",
        &["on_this_machine_nothing_has_to_be_trusted"],
    ),
    (
        "choose the address of a target that the user names, if the user's own secret only signs and is not sent itself",
        &["nothing_at_stake_needs_no_trust"],
    ),
    (
        "choose events, headers, stories and time limits",
        &[
            "the_example_of_the_readme_is_a_configuration",
            "headers_of_the_file_go_out_unless_the_command_line_has_them",
        ],
    ),
    // A hostile catalog cannot:
    (
        "run a command in a script that `render` or `export` writes",
        &["no_string_of_a_catalog_runs_in_a_script_of_render", "no_string_of_a_story_runs_in_a_script_of_export"],
    ),
    ("name a variable that is more than a name", &["a_variable_that_is_no_name_is_refused_wherever_it_can_stand"]),
    (
        "control the terminal or a CI log by any of its texts",
        &[
            "every_string_of_a_catalog_is_harmless_in_every_command",
            "a_catalog_that_can_be_read_is_harmless_on_pipes_and_terminals",
        ],
    ),
    (
        "exhaust memory by templates, identities, retries or the size of its files",
        &[
            "a_template_in_a_description_is_bounded",
            "identities_that_name_one_another_are_bounded",
            "numbers_of_a_description_are_bounded",
            "a_file_of_a_catalog_is_a_regular_file_of_bounded_size",
            "a_folder_has_a_bounded_number_of_entries_and_bytes",
        ],
    ),
    // A hostile sender cannot:
    (
        "pass a forged delivery to the application if a secret is configured",
        &["nobody_gets_past_a_secret_by_dressing_up_as_a_provider_that_does_not_sign"],
    ),
    (
        "learn the right signature or the reason of a refusal from the response",
        &["the_sender_learns_nothing_about_the_signature"],
    ),
    ("smuggle a second request through the listener", &["nothing_smuggles_a_second_request"]),
    ("write to the terminal with control characters", &["nothing_that_was_caught_drives_the_terminal"]),
    ("give a command to GitHub Actions by a delivery", &["text_from_the_wire_is_no_command_to_github_actions"]),
    (
        "keep good deliveries out with slow connections or large announced bodies",
        &[
            "slow_connections_keep_no_good_delivery_waiting",
            "large_bodies_that_are_only_announced_keep_no_good_delivery_out",
        ],
    ),
    (
        "run a command in the user's shell when Tab completes a name that it chose",
        &[
            "a_strangers_name_runs_no_command_in_bash",
            "a_strangers_name_runs_no_command_in_zsh",
            "a_strangers_name_runs_no_command_in_fish",
            "a_tab_opens_no_pipe_and_offers_no_id_that_has_to_be_quoted",
        ],
    ),
    (
        "exhaust memory with unfinished requests, with bodies, or with text that nobody reads",
        &[
            "unfinished_heads_are_bounded_together_and_keep_nobody_out",
            "requests_whose_body_never_comes_are_bounded_by_their_heads",
            "text_that_waits_to_be_shown_is_bounded_and_loses_nothing_that_was_accepted",
        ],
    ),
    (
        "flood stderr with handshakes, refusals or explanations",
        &["messages_that_peers_cause_are_limited_whatever_causes_them"],
    ),
    ("send any delivery and get it accepted, if no secret is configured", &["each_verdict_has_its_answer"]),
    (
        "make `listen` answer 503 by using up its memory budget; a delivery that was accepted is not lost",
        &["text_that_waits_to_be_shown_is_bounded_and_loses_nothing_that_was_accepted"],
    ),
    // A hostile receiver cannot:
    ("control the terminal by its response", &["nothing_that_was_answered_drives_the_terminal"]),
    (
        "have the secret that it returns printed, in any spelling",
        &[
            "a_token_that_the_receiver_echoes_is_not_printed",
            "a_secret_that_a_receiver_returns_is_not_printed_in_any_spelling",
        ],
    ),
    ("send the delivery to another address by a redirect", &["no_redirect_leads_a_secret_to_another_machine"]),
    ("see the delivery, its signature and the address of the sender", &["nothing_at_stake_needs_no_trust"]),
    // A hostile journal or captured file cannot:
    (
        "run a command in a script that `export` writes",
        &["no_string_of_a_journal_runs_in_a_script_or_leaves_its_format"],
    ),
    ("name the files that `export` writes", &["several_requests_are_files_named_by_ids_alone"]),
    (
        "control the terminal",
        &["nothing_of_a_captured_message_drives_the_terminal", "nothing_that_was_kept_drives_a_terminal"],
    ),
    ("stop the rest of the journal from being read", &["damage_in_a_journal_is_passed_over"]),
];

/// The statements of SECURITY.md: the items of its lists.
fn statements(text: &str) -> Vec<String> {
    text.lines().filter_map(|line| line.strip_prefix("- ").map(str::to_string)).collect()
}

/// The names of all tests.
fn tests() -> BTreeSet<String> {
    let mut open = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it")];
    let mut names = BTreeSet::new();
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                open.push(path);
                continue;
            }
            if path.extension().is_none_or(|extension| extension != "rs") {
                continue;
            }
            let text = fs::read_to_string(&path).expect("text");
            for after in text.split("#[test]\n").skip(1) {
                let line = after.lines().find_map(|line| line.trim().strip_prefix("fn ").map(str::to_string));
                names.extend(line.and_then(|line| line.split('(').next().map(str::to_string)));
            }
        }
    }
    names
}

#[test]
fn each_statement_about_security_is_held_by_tests() {
    let page = include_str!("../../SECURITY.md");
    let held: Vec<&str> = HELD.iter().map(|(statement, _)| *statement).collect();
    assert_eq!(statements(page), held, "SECURITY.md and this table differ");
    let known = tests();
    for (statement, names) in HELD {
        let missing: Vec<_> = names.iter().filter(|name| !known.contains(**name)).collect();
        assert!(missing.is_empty() && !names.is_empty(), "{statement}: no test is called {missing:?}");
    }
}
