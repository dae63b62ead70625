//! Trust in the certificates that `--cacert` names: as authorities, and each as a receiver's own.

use std::sync::Arc;

use jiff::civil::DateTime;
use jiff::tz::Offset;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::verify_server_name;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, Error, SignatureScheme};
use rustls_platform_verifier::Verifier;

/// Reads the certificates of a PEM text. The error says what is wrong with it.
pub(super) fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, String> {
    let all: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    let all = all.map_err(|error| format!("--cacert can't be read: {error}"))?;
    if all.is_empty() { Err("--cacert holds no certificate in PEM form".to_string()) } else { Ok(all) }
}

/// Returns settings of TLS that trust what the system trusts, and these certificates.
pub(super) fn trusting(
    named: Vec<CertificateDer<'static>>,
    provider: Arc<CryptoProvider>,
) -> Result<ClientConfig, Error> {
    let usual = Verifier::new_with_extra_roots(named.iter().cloned(), provider.clone())?;
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Named { named, usual }))
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

/// A verifier that takes a certificate which is named itself, although it is an authority's or signed by one that is not
/// trusted. Its names and its dates count all the same.
#[derive(Debug)]
struct Named {
    named: Vec<CertificateDer<'static>>,
    usual: Verifier,
}

impl ServerCertVerifier for Named {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let found = self.usual.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now);
        let Err(error) = found else { return found };
        if !self.named.iter().any(|named| named.as_ref() == end_entity.as_ref()) {
            return Err(error);
        }
        check_dates(end_entity, now)?;
        verify_server_name(&ParsedCertificate::try_from(end_entity)?, server_name)?;
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.usual.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.usual.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.usual.supported_verify_schemes()
    }
}

fn check_dates(certificate: &CertificateDer<'_>, time: UnixTime) -> Result<(), Error> {
    let bad = || Error::InvalidCertificate(CertificateError::BadEncoding);
    let (not_before, not_after) = dates(certificate).ok_or_else(bad)?;
    if time < not_before {
        return Err(CertificateError::NotValidYetContext { time, not_before }.into());
    }
    if time > not_after {
        return Err(CertificateError::ExpiredContext { time, not_after }.into());
    }
    Ok(())
}

/// Returns the first and the last second of a certificate. The library that verifies does not give them.
/// <https://www.rfc-editor.org/rfc/rfc5280#section-4.1>
fn dates(certificate: &[u8]) -> Option<(UnixTime, UnixTime)> {
    const SEQUENCE: u8 = 0x30;
    const VERSION: u8 = 0xa0;
    let whole = of_kind(element(certificate)?, SEQUENCE)?;
    let mut rest = of_kind(element(whole)?, SEQUENCE)?;
    let mut next = || {
        let found = element(rest)?;
        rest = found.2;
        Some((found.0, found.1))
    };
    let (kind, _) = next()?;
    // A serial number, the algorithm and the issuer; a version before them may be left out.
    for _ in 0..if kind == VERSION { 3 } else { 2 } {
        next()?;
    }
    let (_, validity) = next().filter(|(kind, _)| *kind == SEQUENCE)?;
    let first = element(validity)?;
    let last = element(first.2)?;
    Some((time(first.0, first.1)?, time(last.0, last.1)?))
}

/// An element of DER: its tag, its contents, and what follows it.
type Element<'a> = (u8, &'a [u8], &'a [u8]);

fn element(bytes: &[u8]) -> Option<Element<'_>> {
    let [tag, length, rest @ ..] = bytes else { return None };
    let (length, rest) = match *length {
        short @ 0..=0x7f => (usize::from(short), rest),
        long @ 0x81..=0x84 => {
            let (digits, rest) = rest.split_at_checked(usize::from(long - 0x80))?;
            (digits.iter().fold(0, |length, digit| length << 8 | usize::from(*digit)), rest)
        }
        _ => return None,
    };
    let (contents, rest) = rest.split_at_checked(length)?;
    Some((*tag, contents, rest))
}

fn of_kind((tag, contents, _): Element<'_>, wanted: u8) -> Option<&[u8]> {
    (tag == wanted).then_some(contents)
}

/// Returns the time of a `UTCTime` (two digits of the year) or a `GeneralizedTime`, both in UTC.
fn time(tag: u8, text: &[u8]) -> Option<UnixTime> {
    const SHORT: u8 = 0x17;
    const LONG: u8 = 0x18;
    let text = std::str::from_utf8(text).ok()?.strip_suffix('Z')?;
    let full = match tag {
        SHORT if text.get(..2)? < "50" => format!("20{text}"),
        SHORT => format!("19{text}"),
        LONG => text.to_string(),
        _ => return None,
    };
    let at = DateTime::strptime("%Y%m%d%H%M%S", full).ok()?;
    let seconds = Offset::UTC.to_timestamp(at).ok()?.as_second();
    // What lies before 1970 is past in any case.
    Some(UnixTime::since_unix_epoch(std::time::Duration::from_secs(u64::try_from(seconds).unwrap_or(0))))
}

#[cfg(test)]
mod tests {
    use super::{dates, element, time};

    #[test]
    fn the_dates_of_a_certificate_are_read() {
        let mut params = rcgen::CertificateParams::new(["a".to_string()]).unwrap();
        params.not_before = rcgen::date_time_ymd(2020, 1, 2);
        params.not_after = rcgen::date_time_ymd(2061, 3, 4);
        let certificate = params.self_signed(&rcgen::KeyPair::generate().unwrap()).unwrap();
        let (first, last) = dates(certificate.der()).unwrap();
        assert_eq!((first.as_secs(), last.as_secs()), (1_577_923_200, 2_877_120_000));
        // However it is cut, it is read or not, and nothing breaks.
        for end in 0..certificate.der().len() {
            let _ = dates(&certificate.der()[..end]);
        }
    }

    #[test]
    fn odd_elements_and_times_are_none() {
        for bytes in
            [[].as_slice(), &[0x30], &[0x30, 5, 1], &[0x30, 0x80, 0], &[0x30, 0x85, 0, 0, 0, 0, 0], &[0x30, 0x84, 0xff]]
        {
            assert_eq!(element(bytes), None, "{bytes:?}");
        }
        assert_eq!(time(0x17, b"991231235959Z").map(|time| time.as_secs()), Some(946_684_799));
        assert_eq!(time(0x18, b"20491231235959Z").map(|time| time.as_secs()), Some(2_524_607_999));
        for (tag, text) in
            [(0x17, b"20Z".as_slice()), (0x18, b"20491331235959Z"), (0x17, b"\xff\xff"), (4, b"991231235959Z")]
        {
            assert_eq!(time(tag, text), None, "{text:?}");
        }
    }
}
