//! Public reports of receivers that failed a case, and fixes of them.
//!
//! Each was read. A project may be a provider too; its name stands in an address here and says nothing else.

/// Addresses by the name of the case.
pub(in crate::conformance) const REPORTS: &[(&str, &[&str])] = &[
    ("handshake", &["https://github.com/elizaOS/eliza/issues/17823"]),
    ("handshake-wrong-token", &["https://github.com/howdyai/botkit/issues/577"]),
    ("handshake-no-token", &["https://github.com/receptron/mulmoclaude/pull/591"]),
    (
        "handshake-unsigned",
        &["https://github.com/adcontextprotocol/adcp/pull/6108", "https://github.com/paperclipai/paperclip/pull/3349"],
    ),
    ("handshake-forged", &["https://github.com/getsentry/sentry/pull/60881"]),
    ("handshake-oracle", &["https://github.com/windmill-labs/windmill/pull/9413"]),
    ("handshake-marks", &["https://github.com/slackapi/bolt-js/issues/2897"]),
    ("no-signature", &["https://github.com/chatwoot/chatwoot/pull/14280"]),
    ("empty-key", &["https://github.com/useautumn/autumn/pull/2093"]),
    ("old-timestamp", &["https://github.com/Coolhand-Labs/coolhand-ruby/issues/86"]),
    ("unsigned-time", &["https://github.com/linear/linear/pull/1140", "https://github.com/linear/linear/pull/1268"]),
    ("algorithm-sha1", &["https://github.com/octokit/webhooks-methods.js/issues/39"]),
    ("algorithm-md5", &["https://github.com/ubicloud/ubicloud/pull/6099"]),
    (
        "algorithm-unknown",
        &["https://github.com/composer/packagist/pull/1756", "https://github.com/ubicloud/ubicloud/pull/6099"],
    ),
    ("algorithm-name", &["https://github.com/s3s-project/s3s/pull/820"]),
    (
        "token-upper-case",
        &["https://github.com/fleetdm/fleet/pull/51471", "https://github.com/directus/v8-archive/issues/1928"],
    ),
    (
        "token-lower-case",
        &["https://github.com/one-covenant/basilica/pull/311", "https://github.com/fleetdm/fleet/pull/51471"],
    ),
    (
        "repeat-other-id",
        &["https://github.com/grafana/grafana/pull/125550", "https://github.com/prathamdby/pr-agent/issues/476"],
    ),
    ("non-ascii", &["https://github.com/corsairdev/corsair/pull/1621"]),
];
