//! Ordinary sending, over reqwest. Redirects are answers like any other and never followed.

use std::sync::Arc;
use std::time::{Duration, Instant};

use hyper::ext::ReasonPhrase;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Client, ClientBuilder, Method, Proxy, Response, Url};
use rustls::crypto::CryptoProvider;

use super::connect::{AT_BOTH, both_loopbacks, is_localhost, late};
use super::fault::{Fault, FaultKind};
use super::trust;
use crate::message::{Answer, Delivery, Header, Headers};
use crate::target;

/// So much of an answer is kept where it is only judged and shown.
pub const KEPT: usize = 64 * 1024;

/// How deliveries go out.
#[derive(Clone, Debug)]
pub struct SendOptions {
    /// From the first byte out to the last byte in.
    pub timeout: Duration,
    /// Whether any certificate will do.
    pub insecure: bool,
    /// Further certificates to trust, as PEM: authorities, or the receiver's own.
    pub cacert: Option<Vec<u8>>,
    /// The proxy to use; otherwise the usual variables count. Never for loopback.
    pub proxy: Option<String>,
    /// So much of an answer's body is kept, in bytes; the rest is not read.
    pub kept: usize,
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// The options can't be used.
    #[error("{0}")]
    Options(String),
    /// The receiver was not reached: connection, name or TLS.
    #[error("no connection to {host}: {cause}")]
    NoConnection {
        /// Host and port.
        host: String,
        /// What failed.
        cause: String,
        /// The kind of fault, and the address.
        fault: Fault,
    },
    /// The receiver got the request and did not answer in time.
    #[error("no answer within {}", crate::words::elapsed(*.0))]
    TimedOut(Duration),
    /// The receiver got the request and ended the connection.
    #[error("the answer broke off, or is none: {0}")]
    Dropped(String),
}

/// A client for one address.
#[derive(Clone, Debug)]
pub struct Sender {
    client: Client,
    url: Url,
    options: SendOptions,
}

impl Sender {
    /// A client for this address, which connects anew for each delivery.
    pub fn new(url: &Url, options: &SendOptions) -> Result<Self, SendError> {
        // A kept connection that the receiver closes meanwhile would make a good receiver look bad.
        Self::with(url, options, 0)
    }

    /// A client that keeps its connections: with many deliveries one that was closed is no news.
    pub fn keeping(url: &Url, options: &SendOptions) -> Result<Self, SendError> {
        Self::with(url, options, usize::MAX)
    }

    fn with(url: &Url, options: &SendOptions, idle: usize) -> Result<Self, SendError> {
        let client = prepare(url, options)?.pool_max_idle_per_host(idle).build();
        let client = client.map_err(|error| unusable("the client can't be made", &error))?;
        Ok(Self { client, url: url.clone(), options: options.clone() })
    }

    /// The client for another path or query at the host of its address.
    #[must_use]
    pub fn aimed(&self, url: Url) -> Self {
        Self { url, ..self.clone() }
    }

    /// Sends a delivery and waits for the answer.
    pub async fn send(&self, delivery: &Delivery) -> Result<Answer, SendError> {
        let begun = Instant::now();
        // A connection that isn't there within the time limit is told apart from an answer that
        // isn't: the connector's own limit strikes first.
        let deadline = self.options.timeout + Duration::from_millis(20);
        match tokio::time::timeout(deadline, self.exchange(delivery, begun)).await {
            Ok(result) => result,
            Err(_) => Err(SendError::TimedOut(self.options.timeout)),
        }
    }

    async fn exchange(&self, delivery: &Delivery, begun: Instant) -> Result<Answer, SendError> {
        let method = Method::from_bytes(delivery.method.as_bytes())
            .map_err(|_| SendError::Options(format!("`{}` is no HTTP method", delivery.method)))?;
        let request = self
            .client
            .request(method, self.url.clone())
            .headers(header_map(&delivery.headers)?)
            .body(delivery.body.clone());
        let response = request.send().await.map_err(|error| explain(&error, &self.url, &self.options))?;
        let via = response.remote_addr().filter(|_| is_localhost(&self.url));
        let status = response.status().as_u16();
        let headers = headers_of(response.headers());
        let reason = response.extensions().get::<ReasonPhrase>().map(|reason| reason.as_bytes().to_vec());
        let (body, is_cut) =
            read(response, self.options.kept).await.map_err(|error| explain(&error, &self.url, &self.options))?;
        let reason = reason.unwrap_or_default();
        Ok(Answer { status, headers, reason, body, is_cut, elapsed: begun.elapsed(), via })
    }
}

/// A client for this address that is not built yet.
pub(super) fn prepare(url: &Url, options: &SendOptions) -> Result<ClientBuilder, SendError> {
    provider();
    let mut builder = Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(options.timeout)
        .tls_danger_accept_invalid_certs(options.insecure);
    if let Some(pem) = &options.cacert {
        let named = trust::certificates(pem).map_err(SendError::Options)?;
        if !options.insecure {
            let config = trust::trusting(named, provider());
            let config = config.map_err(|error| unusable("--cacert can't be used", &error))?;
            builder = builder.tls_backend_preconfigured(config);
        }
    }
    let is_http = |proxy: &String| proxy.starts_with("http://") || proxy.starts_with("https://");
    if options.proxy.as_ref().is_some_and(|proxy| !is_http(proxy)) {
        return Err(SendError::Options("--proxy takes an http:// or https:// address".to_string()));
    }
    if is_localhost(url) {
        builder = builder.resolve_to_addrs("localhost", &both_loopbacks(0));
    }
    if target::is_loopback(url) {
        builder = builder.no_proxy();
    } else if let Some(proxy) = &options.proxy {
        let proxy = Proxy::all(proxy).map_err(|error| unusable("--proxy can't be used", &error))?;
        builder = builder.no_proxy().proxy(proxy);
    }
    Ok(builder)
}

/// Returns the implementation of cryptography for TLS. Without one the first client panics.
fn provider() -> Arc<CryptoProvider> {
    // A second call finds it installed, which is fine.
    let _ = rustls::crypto::ring::default_provider().install_default();
    CryptoProvider::get_default().cloned().unwrap_or_else(|| Arc::new(rustls::crypto::ring::default_provider()))
}

fn unusable(what: &str, error: &dyn std::error::Error) -> SendError {
    SendError::Options(format!("{what}: {}", root(error)))
}

/// Why a request that went to an address has no answer.
pub(super) fn explain(error: &reqwest::Error, url: &Url, options: &SendOptions) -> SendError {
    if error.is_connect() {
        let host = url.host_str().unwrap_or_default();
        let port = url.port_or_known_default().unwrap_or_default();
        let is_proxied = options.proxy.is_some() && !target::is_loopback(url);
        let via = if is_proxied { " (through the proxy)" } else { "" };
        let (kind, cause) = unreached(error, url, options);
        let fault = Fault { is_proxied, ..Fault::new(url, kind) };
        SendError::NoConnection { host: format!("{host}:{port}{via}"), cause, fault }
    } else if error.is_timeout() {
        SendError::TimedOut(options.timeout)
    } else {
        SendError::Dropped(root(error))
    }
}

/// Returns the kind of a fault on the way to a connection, and the words for it.
fn unreached(error: &reqwest::Error, url: &Url, options: &SendOptions) -> (FaultKind, String) {
    if error.is_timeout() {
        return (FaultKind::TimedOut, late(options.timeout));
    }
    let kind = FaultKind::of_client(error, url.scheme() == "https");
    let cause = root(error);
    if !is_localhost(url) {
        return (kind, cause);
    }
    match kind {
        // The last of both is told, and a machine without IPv6 has no [::1].
        FaultKind::NoRoute => (FaultKind::Refused, "Connection refused, at 127.0.0.1".to_string()),
        FaultKind::Refused => (kind, format!("{cause}{AT_BOTH}")),
        kind => (kind, cause),
    }
}

/// Reads the body up to a limit. The rest is not waited for, so a body of just that length counts as cut.
async fn read(mut response: Response, kept: usize) -> Result<(Vec<u8>, bool), reqwest::Error> {
    let mut body = Vec::new();
    while body.len() < kept {
        let Some(chunk) = response.chunk().await? else { return Ok((body, false)) };
        body.extend_from_slice(&chunk);
    }
    body.truncate(kept);
    Ok((body, true))
}

/// Returns the header lines of a response.
pub(super) fn headers_of(headers: &HeaderMap) -> Headers {
    let header = |(name, value): (&HeaderName, &HeaderValue)| Header {
        name: name.to_string(),
        value: value.as_bytes().to_vec(),
    };
    Headers(headers.iter().map(header).collect())
}

pub(super) fn header_map(headers: &Headers) -> Result<HeaderMap, SendError> {
    let mut map = HeaderMap::new();
    for header in &headers.0 {
        let name = HeaderName::from_bytes(header.name.as_bytes())
            .map_err(|_| SendError::Options(format!("`{}` is no header name", header.name)))?;
        let value = HeaderValue::from_bytes(&header.value)
            .map_err(|_| SendError::Options(format!("the value of `{}` can't stand in a header", header.name)))?;
        map.append(name, value);
    }
    Ok(map)
}

/// The innermost cause, which is the one that says something.
pub(super) fn root(error: &dyn std::error::Error) -> String {
    let mut cause = error.to_string();
    let mut inner = error.source();
    while let Some(error) = inner {
        cause = error.to_string();
        inner = error.source();
    }
    cause
}
