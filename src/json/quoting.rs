//! A text as a string literal, many bytes at a time.
//!
//! A body that is JSON itself is full of quotes, and every delivery that is kept is written like this. `serde_json`
//! and the libraries that escape by wide registers take more than twice as long for it (`benches/making.rs`).

/// Bytes that are looked at together.
const BLOCK: usize = 32;
/// Bytes that an escape is copied with.
const COPIED: usize = 8;

/// Writes a text as `serde_json` writes it.
pub fn write_quoted(text: &str, out: &mut Vec<u8>) {
    let bytes = text.as_bytes();
    out.push(b'"');
    let (mut at, mut end) = (0, out.len());
    // Copies are of a fixed length, which is quickest; what is too much is written over by the next.
    while let Some(source) = bytes.get(at..at + 2 * BLOCK) {
        let most = end + BLOCK * (LONGEST + 1);
        if out.len() < most {
            out.resize(most + (bytes.len() - at) / 4 * 5, 0);
        }
        let (mut marks, mut from) = (marks(&source[..BLOCK]), 0);
        while marks != 0 {
            let mark = marks.trailing_zeros() as usize;
            marks &= marks - 1;
            out[end..end + BLOCK].copy_from_slice(&source[from..from + BLOCK]);
            end += mark - from;
            let escape = &ESCAPES[usize::from(source[mark])];
            out[end..end + COPIED].copy_from_slice(&escape.text);
            end += escape.length;
            from = mark + 1;
        }
        out[end..end + BLOCK].copy_from_slice(&source[from..from + BLOCK]);
        end += BLOCK - from;
        at += BLOCK;
    }
    out.truncate(end);
    for byte in &bytes[at..] {
        match &ESCAPES[usize::from(*byte)] {
            Escape { length: 0, .. } => out.push(*byte),
            escape => out.extend_from_slice(&escape.text[..escape.length]),
        }
    }
    out.push(b'"');
}

/// A bit for each byte that is escaped, the first one lowest.
fn marks(block: &[u8]) -> u32 {
    let mut flags = [0; BLOCK];
    for (flag, byte) in flags.iter_mut().zip(block) {
        *flag = u8::from(*byte < 0x20) | u8::from(*byte == b'"') | u8::from(*byte == b'\\');
    }
    let (eights, _) = flags.as_chunks();
    eights.iter().rev().fold(0, |marks, eight| {
        // The product has the lowest bits of all eight bytes in its highest byte.
        let [.., gathered] = u64::from_le_bytes(*eight).wrapping_mul(0x0102_0408_1020_4080).to_le_bytes();
        marks << 8 | u32::from(gathered)
    })
}

/// What stands for a byte; nothing where it stands for itself.
#[derive(Clone, Copy)]
struct Escape {
    text: [u8; COPIED],
    length: usize,
}

/// The length of the longest, in bytes.
const LONGEST: usize = 6;

static ESCAPES: [Escape; 256] = {
    let mut escapes = [Escape { text: [0; COPIED], length: 0 }; 256];
    let digits = b"0123456789abcdef";
    let mut byte = 0;
    while byte < 0x20 {
        let text = [b'\\', b'u', b'0', b'0', digits[byte >> 4], digits[byte & 15], 0, 0];
        escapes[byte] = Escape { text, length: LONGEST };
        byte += 1;
    }
    let letters = [(8, b'b'), (9, b't'), (10, b'n'), (12, b'f'), (13, b'r'), (0x22, b'"'), (0x5c, b'\\')];
    let mut at = 0;
    while at < letters.len() {
        let (byte, letter) = letters[at];
        escapes[byte] = Escape { text: [b'\\', letter, 0, 0, 0, 0, 0, 0], length: 2 };
        at += 1;
    }
    escapes
};

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::write_quoted;
    use crate::testing;

    proptest! {
        #![proptest_config(testing::property(256))]

        #[test]
        fn a_text_is_written_as_serde_json_writes_it(
            text in prop_oneof!["[\\x00-\\x7f]{0,200}", "[a\"\\\\\\x01é🎉\\x7f]{0,300}", "\\x02{0,100}", ".{0,300}"],
        ) {
            let mut written = b"before".to_vec();
            write_quoted(&text, &mut written);
            prop_assert_eq!(String::from_utf8(written).unwrap(), format!("before{}", serde_json::to_string(&text).unwrap()));
        }
    }
}
