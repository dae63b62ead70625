//! A delivery as text: an HTTP message, a line of JSON, a curl command. Pure; nothing is sent here.

mod curl;
mod http;
mod line;
mod script;

pub use curl::{Token, curl};
pub use http::{HttpError, Message, read_http, write_http};
pub use line::{
    ATTEMPTS, EXPECTED, FORWARDED, JOURNAL, LineError, MARK, Pairs, READY, Told, VERSION, base64, has_lines, is_line,
    read_line, read_told, values, write_delivery,
};
pub use script::{Shipment, script_head, script_part};
