//! Writes the entries of the codes in `docs/errors.md` anew. Part of `make gen`.

mod page;

use std::fs;

fn main() -> std::io::Result<()> {
    let old = fs::read_to_string(page::PATH)?;
    let new = page::renewed(&old).ok_or_else(|| std::io::Error::other("the page has lost the marks around its entries"))?;
    fs::write(page::PATH, new)
}
