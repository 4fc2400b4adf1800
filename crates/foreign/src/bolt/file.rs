//! A BoltDB file: two descriptions of the whole at its head, and a tree of pages of which the newer one names the root.
//!
//! The layout is that of bbolt 1.3 (`internal/common`: `meta.go`, `page.go`, `bucket.go`), which has not changed since 2014. Everything is
//! little-endian on every machine that Chronograf is built for.

use std::{cell::Cell, collections::BTreeSet};

const MAGIC: u32 = 0xED0C_DAED;
const VERSION: u32 = 2;
/// The page sizes of the machines that Chronograf is built for, the usual one first.
const PAGE_SIZES: [usize; 7] = [4096, 16384, 8192, 65536, 32768, 2048, 1024];
const PAGE_HEADER: usize = 16;
/// Of an entry in a leaf and in a branch alike.
const ENTRY: usize = 16;
const BUCKET_HEADER: usize = 16;
const META: usize = 64;
const BRANCH: u16 = 0x01;
const LEAF: u16 = 0x02;
const META_PAGE: u16 = 0x04;
/// The flag of an entry whose value is a bucket.
const IS_BUCKET: u32 = 0x01;

/// A key and its value.
pub(super) type Pair<'a> = (&'a [u8], &'a [u8]);

/// An open file.
pub(super) struct File<'a> {
    bytes: &'a [u8],
    page_size: usize,
    root: u64,
    /// How many bytes of pages may still be visited. Pages of a sound file do not overlap, so a bucket has at most the file's size; four
    /// buckets and the root are read.
    budget: Cell<usize>,
}

/// One of the two descriptions.
struct Meta {
    page_size: usize,
    root: u64,
    transaction: u64,
}

impl<'a> File<'a> {
    /// The file in these bytes, as of its last complete transaction.
    pub(super) fn open(bytes: &'a [u8]) -> Result<Self, String> {
        let first = Meta::at(bytes, 0);
        let second = match &first {
            Ok(meta) => Meta::at(bytes, meta.page_size),
            // Where the second stands depends on the page size, which only the first would tell.
            Err(_) => {
                let at = |size: &usize| Meta::at(bytes, *size).ok().filter(|meta| meta.page_size == *size);
                PAGE_SIZES.iter().find_map(at).ok_or("")
            }
        };
        let newest = match (first, second) {
            (Ok(first), Ok(second)) => Ok(if second.transaction > first.transaction { second } else { first }),
            (Ok(one), Err(_)) | (Err(_), Ok(one)) => Ok(one),
            (Err(reason), Err(_)) => Err(reason.to_owned()),
        }?;
        Ok(Self { bytes, page_size: newest.page_size, root: newest.root, budget: Cell::new(bytes.len().saturating_mul(5)) })
    }

    /// The pairs of a bucket of this name, in the order of their keys, without the buckets in it; `None` when there is no such bucket.
    pub(super) fn bucket(&self, name: &[u8]) -> Result<Option<Vec<Pair<'a>>>, String> {
        let Some(value) = self.walk(self.page(self.root)?, IS_BUCKET)?.into_iter().find(|(key, _)| *key == name).map(|(_, value)| value)
        else {
            return Ok(None);
        };
        let header = value.get(..BUCKET_HEADER).ok_or("is cut off")?;
        let root = u64_at(header, 0)?;
        // A bucket without a root is small enough to stand in its own value.
        let page = if root == 0 { &value[BUCKET_HEADER..] } else { self.page(root)? };
        self.walk(page, 0).map(Some)
    }

    /// The pairs with these flags under a page, from left to right.
    fn walk(&self, page: &'a [u8], flags: u32) -> Result<Vec<Pair<'a>>, String> {
        let mut pairs = Vec::new();
        let mut seen = BTreeSet::new();
        let mut waiting = vec![page];
        while let Some(page) = waiting.pop() {
            self.budget.set(self.budget.get().checked_sub(page.len()).ok_or("pages overlap: the file is damaged")?);
            let count = usize::from(u16_at(page, 10)?);
            match u16_at(page, 8)? {
                LEAF => leaf(page, count, flags, &mut pairs)?,
                BRANCH => {
                    let children = (0..count).map(|at| u64_at(page, PAGE_HEADER + at * ENTRY + 8)).collect::<Result<Vec<_>, _>>()?;
                    for child in children.into_iter().rev() {
                        if !seen.insert(child) {
                            return Err("a page stands twice in its tree: the file is damaged".to_owned());
                        }
                        waiting.push(self.page(child)?);
                    }
                }
                _ => return Err("a page is of another kind than expected: the file is damaged".to_owned()),
            }
        }
        Ok(pairs)
    }

    /// The page of this number, with those that it flows over into.
    fn page(&self, number: u64) -> Result<&'a [u8], String> {
        let cut_off = "a page lies behind the end: the file is cut off, or was copied while Chronograf wrote to it";
        let start = usize::try_from(number).ok().and_then(|number| number.checked_mul(self.page_size)).ok_or(cut_off)?;
        let header = start.checked_add(PAGE_HEADER).and_then(|end| self.bytes.get(start..end)).ok_or(cut_off)?;
        if u64_at(header, 0)? != number {
            return Err("a page bears another number than its own: the file is damaged".to_owned());
        }
        let overflow = usize::try_from(u32_at(header, 12)?).map_err(|_| cut_off)?;
        let length = overflow.checked_add(1).and_then(|pages| pages.checked_mul(self.page_size)).ok_or(cut_off)?;
        let page = start.checked_add(length).and_then(|end| self.bytes.get(start..end)).ok_or(cut_off)?;
        Ok(page)
    }
}

/// Adds the pairs of a leaf whose flags are these.
fn leaf<'a>(page: &'a [u8], count: usize, flags: u32, pairs: &mut Vec<Pair<'a>>) -> Result<(), String> {
    const OUTSIDE: &str = "an entry lies outside of its page: the file is damaged";
    let mut taken = 0_usize;
    for at in 0..count {
        let entry = PAGE_HEADER + at * ENTRY;
        let field = |offset| u32_at(page, entry + offset).map(|value| value as usize);
        let (place, key_length, value_length) = (field(4)?, field(8)?, field(12)?);
        let key_at = entry.checked_add(place).ok_or(OUTSIDE)?;
        let value_at = key_at.checked_add(key_length).ok_or(OUTSIDE)?;
        let end = value_at.checked_add(value_length).ok_or(OUTSIDE)?;
        let key = page.get(key_at..value_at).ok_or(OUTSIDE)?;
        let value = page.get(value_at..end).ok_or(OUTSIDE)?;
        taken = taken.saturating_add(end - key_at);
        if taken > page.len() {
            return Err("entries of a page overlap: the file is damaged".to_owned());
        }
        if u32_at(page, entry)? & IS_BUCKET == flags {
            pairs.push((key, value));
        }
    }
    Ok(())
}

impl Meta {
    fn at(bytes: &[u8], start: usize) -> Result<Self, &'static str> {
        const NONE: &str = "this is no BoltDB file (Chronograf calls it chronograf-v1.db)";
        let page = bytes.get(start..).ok_or(NONE)?;
        let meta = page.get(PAGE_HEADER..PAGE_HEADER + META).ok_or(NONE)?;
        let magic = u32_at(meta, 0)?;
        if magic == MAGIC.swap_bytes() {
            return Err("this BoltDB file was written on a big-endian machine, which is not supported");
        }
        if magic != MAGIC || u16_at(page, 8)? & META_PAGE == 0 {
            return Err(NONE);
        }
        if u32_at(meta, 4)? != VERSION {
            return Err("this BoltDB file has another version of the format than 2, which is the only one that is known");
        }
        if u64_at(meta, 56)? != fnv1a(&meta[..56]) {
            return Err("the head of this BoltDB file is damaged: its checksum is wrong");
        }
        let page_size = u32_at(meta, 8)? as usize;
        if !PAGE_SIZES.contains(&page_size) {
            return Err("the head of this BoltDB file is damaged: no machine has pages of this size");
        }
        Ok(Self { page_size, root: u64_at(meta, 16)?, transaction: u64_at(meta, 48)? })
    }
}

/// FNV-1a with 64 bits.
fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

const CUT_OFF: &str = "a page is cut off: the file is damaged";

fn array<const N: usize>(bytes: &[u8], at: usize) -> Result<[u8; N], &'static str> {
    let end = at.checked_add(N).ok_or(CUT_OFF)?;
    bytes.get(at..end).and_then(|part| part.try_into().ok()).ok_or(CUT_OFF)
}

fn u16_at(bytes: &[u8], at: usize) -> Result<u16, &'static str> {
    array(bytes, at).map(u16::from_le_bytes)
}

fn u32_at(bytes: &[u8], at: usize) -> Result<u32, &'static str> {
    array(bytes, at).map(u32::from_le_bytes)
}

fn u64_at(bytes: &[u8], at: usize) -> Result<u64, &'static str> {
    array(bytes, at).map(u64::from_le_bytes)
}
