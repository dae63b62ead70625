//! Protocols other than HTTP/1, recognised by the first bytes of a connection.

/// A protocol that senders speak to a plain HTTP/1 port by mistake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// A TLS handshake, as for `https`.
    Tls,
    /// HTTP/2 without TLS, with prior knowledge.
    Http2,
    /// The line or header by which a proxy tells whom it speaks for.
    Proxy,
}

impl Protocol {
    /// Recognises a protocol by the bytes of a first read. They may be cut anywhere.
    pub(super) fn of(bytes: &[u8]) -> Option<Self> {
        const HTTP2: &[u8] = b"PRI * HTTP/2.0\r\n";
        const PROXY_LINE: &[u8] = b"PROXY TCP";
        const PROXY_UNKNOWN: &[u8] = b"PROXY UNKNOWN";
        const PROXY_HEADER: &[u8] = b"\r\n\r\n\0\r\nQUIT\n";
        // A handshake record, of version 3.0 to 3.4.
        if matches!(bytes, [0x16] | [0x16, 3] | [0x16, 3, 0..=4, ..]) {
            return Some(Self::Tls);
        }
        match bytes {
            _ if bytes.starts_with(HTTP2) => Some(Self::Http2),
            _ if [PROXY_LINE, PROXY_UNKNOWN, PROXY_HEADER].iter().any(|sign| bytes.starts_with(sign)) => {
                Some(Self::Proxy)
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Protocol;

    #[test]
    fn a_protocol_is_recognised_by_its_first_bytes() {
        let check = |bytes: &[u8], expected| assert_eq!(Protocol::of(bytes), expected, "{bytes:?}");
        check(&[0x16, 3, 1, 2, 0, 1, 0], Some(Protocol::Tls));
        check(&[0x16], Some(Protocol::Tls));
        check(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0", Some(Protocol::Http2));
        check(b"PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\nPOST / HTTP/1.1\r\n", Some(Protocol::Proxy));
        check(b"\r\n\r\n\0\r\nQUIT\n\x21\x11", Some(Protocol::Proxy));
        for plain in
            [b"".as_slice(), b"POST / HTTP/1.1\r\n", b"PRI", b"PROXY / HTTP/1.1\r\n", b"\r\nGET /", &[0x16, 9, 9]]
        {
            check(plain, None);
        }
    }
}
