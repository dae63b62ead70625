//! Whether the receiver is there, and what can't be sent on the way to it.

use std::time::{Duration, Instant};

use super::Check;
use crate::conformance::Shot;
use crate::error::Error;
use crate::report;
use crate::transport;
use crate::words;

impl Check<'_> {
    /// Why a request that has to be written byte for byte can't be here.
    pub(super) fn way_that_bars(&self, shot: &Shot) -> Option<String> {
        let way = match () {
            () if !shot.is_exact() => return None,
            () if self.is_proxied => "through a proxy",
            () if self.url.scheme() == "https" => "over TLS",
            () => return None,
        };
        Some(format!("{way} it can't be written byte for byte here"))
    }

    /// Waits until something answers at the address.
    pub(super) async fn wait(&self, limit: Duration) -> Result<(), Error> {
        if self.is_proxied {
            return Ok(());
        }
        let begun = Instant::now();
        loop {
            if self.connects().await {
                return Ok(());
            }
            if begun.elapsed() >= limit {
                return Err(Error::Untestable {
                    message: format!(
                        "nothing answered at {} within {}",
                        report::host_and_path(&self.url).0,
                        words::elapsed(limit)
                    ),
                    hint: Some("start the receiver, or wait longer".to_string()),
                });
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// Whether a receiver that took no connection takes one a moment later.
    pub(super) async fn is_back(&self) -> bool {
        if self.is_proxied {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
        self.connects().await
    }

    /// Whether the receiver takes a connection.
    pub(super) async fn connects(&self) -> bool {
        transport::takes_connections(&self.url, Duration::from_secs(1)).await
    }
}
