//! Builds anew when a file is added to the embedded catalog: `include_dir` notices changed files only.

fn main() {
    println!("cargo:rerun-if-changed=payloads");
}
