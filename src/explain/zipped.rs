//! A body that was compressed or decompressed on the way.

use std::io::Read;

use flate2::Compression;
use flate2::bufread::{DeflateDecoder, DeflateEncoder, MultiGzDecoder, ZlibDecoder, ZlibEncoder};

use super::bodies::Add;

/// A body that decompresses to more than this many times itself is not looked into.
const MAX_GROWTH: u64 = 32;
/// A longer body is not compressed: other compressors would give other bytes anyway.
const LONGEST: usize = 64 << 10;

/// Adds the decompressed body.
pub(super) fn unzipped(body: &[u8], add: Add<'_>) {
    let limit = body.len() as u64 * MAX_GROWTH;
    let all = |inside: &mut dyn Read| {
        let mut bytes = Vec::new();
        // One that is cut off can match nothing.
        let length = inside.take(limit).read_to_end(&mut bytes).ok()?;
        (length > 0 && (length as u64) < limit).then_some(bytes)
    };
    if body.starts_with(&[0x1f, 0x8b]) {
        if let Some(bytes) = all(&mut MultiGzDecoder::new(body)) {
            add("body-unzipped", "from gzip", bytes);
        }
        return;
    }
    // The low four bits of zlib's first byte name its method, and the two bytes divide by 31.
    let is_zlib = matches!(body, [first, second, ..] if first & 15 == 8 && (u16::from(*first) << 8 | u16::from(*second)) % 31 == 0);
    if is_zlib && let Some(bytes) = all(&mut ZlibDecoder::new(body)) {
        add("body-unzipped", "from zlib's deflate", bytes);
    } else if std::str::from_utf8(body).is_err()
        && let Some(bytes) = all(&mut DeflateDecoder::new(body))
    {
        add("body-unzipped", "from bare deflate", bytes);
    }
}

/// Adds the compressed body, as compressors write it that note no time.
pub(super) fn zipped(body: &[u8], add: Add<'_>) {
    if body.is_empty() || body.len() > LONGEST {
        return;
    }
    let all = |mut coder: Box<dyn Read + '_>| {
        let mut bytes = Vec::new();
        coder.read_to_end(&mut bytes).ok().map(|_| bytes)
    };
    let Some(bare) = all(Box::new(DeflateEncoder::new(body, Compression::new(6)))) else { return };
    let mut check = flate2::Crc::new();
    check.update(body);
    for (detail, system) in [
        ("with gzip, as Node and zlib do on Unix", 3_u8),
        ("with gzip, as Go does", 255),
        ("with gzip, as Java does", 0),
        ("with gzip, as zlib does on macOS", 19),
        ("with gzip, as zlib does on Windows", 10),
    ] {
        let head = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, system];
        let tail = [check.sum().to_le_bytes(), check.amount().to_le_bytes()].concat();
        add("body-zipped", detail, [&head, bare.as_slice(), &tail].concat());
    }
    if let Some(bytes) = all(Box::new(ZlibEncoder::new(body, Compression::new(6)))) {
        add("body-zipped", "with zlib's deflate", bytes);
    }
    add("body-zipped", "with bare deflate", bare);
}

#[cfg(test)]
mod tests {
    use super::{unzipped, zipped};

    #[test]
    fn compressed_bodies_are_decompressed_again() {
        let body = br#"{"event":"created","id":1}"#;
        let mut all = Vec::new();
        zipped(body, &mut |_, _, bytes| all.push(bytes));
        assert_eq!(all.len(), 7);
        for bytes in all {
            let mut inside = Vec::new();
            unzipped(&bytes, &mut |_, _, bytes| inside.push(bytes));
            assert_eq!(inside, [body.to_vec()], "{bytes:?}");
        }
    }

    /// Made with Node 20 and Python 3.11, whose zlib gives the same bytes for a short body.
    #[test]
    fn short_bodies_are_compressed_as_others_do() {
        let mut all = Vec::new();
        zipped(b"{\"a\":1,\"b\":\"xxxxxxxxxxxx\"}", &mut |_, _, bytes| all.push(hex::encode(bytes)));
        assert!(all.contains(&NODE.to_string()), "{all:#?}");
    }

    const NODE: &str = "1f8b0800000000000003ab564a54b232d4514a52b252aa40024ab50071e3c92e1a000000";

    #[test]
    fn bombs_and_broken_bodies_are_passed_over() {
        let bomb = vec![0; 1 << 20];
        let mut all = Vec::new();
        zipped(&bomb[..60_000], &mut |_, _, bytes| all.push(bytes));
        for body in all.iter().map(Vec::as_slice).chain([&b"\x1f\x8b"[..], b"\x78\x9c", b"\xff\xff", b""]) {
            unzipped(body, &mut |_, detail, _| panic!("{detail}"));
        }
    }
}
