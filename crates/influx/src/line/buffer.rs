//! The buffer that lines are appended to.
//!
//! Short texts are the whole of it, so a copy must not cost a call: texts are copied in blocks of fixed size that may reach beyond their
//! end, and the next copy writes over what was too much. That is why the vector is kept longer than what is in it.

use bytes::Bytes;

/// Bytes that are appended to, then handed over whole.
pub(super) struct Buffer {
    /// Longer than what was put; only `..end` means something.
    bytes: Vec<u8>,
    end: usize,
}

/// A text that is put once per line: a key with its comma and equals sign.
#[derive(Clone, Debug)]
pub(super) struct Piece {
    block: [u8; Piece::BLOCK],
    text: Box<[u8]>,
}

impl Piece {
    const BLOCK: usize = 16;

    /// A piece of this text.
    pub(super) fn new(text: &[u8]) -> Self {
        let mut block = [0; Self::BLOCK];
        for (to, from) in block.iter_mut().zip(text) {
            *to = *from;
        }
        Self { block, text: text.into() }
    }

    pub(super) fn text(&self) -> &[u8] {
        &self.text
    }
}

impl Buffer {
    /// An empty buffer with room for `room` bytes.
    pub(super) fn new(room: usize) -> Self {
        Self { bytes: vec![0; room], end: 0 }
    }

    /// How many bytes were put.
    #[inline(always)]
    pub(super) fn end(&self) -> usize {
        self.end
    }

    /// Forgets what was put after `end`.
    pub(super) fn cut(&mut self, end: usize) {
        debug_assert!(end <= self.end);
        self.end = end;
    }

    /// What was put from `start` on.
    pub(super) fn since(&self, start: usize) -> &[u8] {
        &self.bytes[start..self.end]
    }

    /// Replaces one byte that was put.
    #[inline(always)]
    pub(super) fn replace(&mut self, at: usize, byte: u8) {
        self.bytes[at] = byte;
    }

    /// The next `N` bytes, to be written before `end` moves over them.
    #[inline(always)]
    fn window<const N: usize>(&mut self) -> &mut [u8; N] {
        if self.bytes.len() - self.end < N {
            self.grow(N);
        }
        self.bytes[self.end..].first_chunk_mut().expect("grow made room")
    }

    #[cold]
    #[inline(never)]
    fn grow(&mut self, room: usize) {
        let len = (self.bytes.len() * 2).max(self.end + room).max(4096);
        self.bytes.resize(len, 0);
    }

    #[inline(always)]
    pub(super) fn put_byte(&mut self, byte: u8) {
        *self.window::<1>() = [byte];
        self.end += 1;
    }

    /// Puts a block of which only the first `len` bytes count.
    #[inline(always)]
    pub(super) fn put_block<const N: usize>(&mut self, block: &[u8; N], len: usize) {
        debug_assert!(len <= N);
        *self.window() = *block;
        self.end += len;
    }

    #[inline(always)]
    pub(super) fn put_piece(&mut self, piece: &Piece) {
        let len = piece.text.len();
        if len <= Piece::BLOCK {
            self.put_block(&piece.block, len);
        } else {
            self.put_long(&piece.text);
        }
    }

    /// Puts a text that is usually short.
    #[inline(always)]
    pub(super) fn put(&mut self, text: &[u8]) {
        let len = text.len();
        if len > 32 {
            self.put_long(text);
            return;
        }
        let window: &mut [u8; 32] = self.window();
        if let (Some(head), Some(tail)) = (text.first_chunk::<16>(), text.last_chunk::<16>()) {
            window[..16].copy_from_slice(head);
            window[len - 16..len].copy_from_slice(tail);
        } else if let (Some(head), Some(tail)) = (text.first_chunk::<8>(), text.last_chunk::<8>()) {
            window[..8].copy_from_slice(head);
            window[len - 8..len].copy_from_slice(tail);
        } else if let (Some(head), Some(tail)) = (text.first_chunk::<4>(), text.last_chunk::<4>()) {
            window[..4].copy_from_slice(head);
            window[len - 4..len].copy_from_slice(tail);
        } else if let [first, .., last] = *text {
            window[0] = first;
            window[len / 2] = text[len / 2];
            window[len - 1] = last;
        } else if let [only] = *text {
            window[0] = only;
        }
        self.end += len;
    }

    /// Puts `all[from..to]`; what follows in `all` may be read, so that a short text costs one block.
    #[inline(always)]
    pub(super) fn put_part(&mut self, all: &[u8], from: usize, to: usize) {
        let len = to - from;
        match all[from..].first_chunk::<16>() {
            Some(block) if len <= 16 => self.put_block(block, len),
            _ => self.put(&all[from..to]),
        }
    }

    /// Puts a text of any length.
    #[inline(never)]
    pub(super) fn put_long(&mut self, text: &[u8]) {
        if self.bytes.len() - self.end < text.len() {
            self.grow(text.len());
        }
        self.bytes[self.end..self.end + text.len()].copy_from_slice(text);
        self.end += text.len();
    }

    /// Hands over what was put before `at` and goes on with the rest, with room for `room` bytes.
    pub(super) fn hand_over(&mut self, at: usize, room: usize) -> Bytes {
        let rest = &self.bytes[at..self.end];
        let mut next = vec![0; room.max(rest.len())];
        next[..rest.len()].copy_from_slice(rest);
        self.end = rest.len();
        let mut body = std::mem::replace(&mut self.bytes, next);
        body.truncate(at);
        Bytes::from(body)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_every_length_stand_one_after_another() {
        let all: Vec<u8> = (0..=255).collect();
        let mut buffer = Buffer::new(0);
        let mut expected = Vec::new();
        for len in 0..100 {
            buffer.put(&all[7..7 + len]);
            expected.extend_from_slice(&all[7..7 + len]);
            buffer.put_part(&all, 256 - len, 256);
            expected.extend_from_slice(&all[256 - len..]);
            buffer.put_part(&all, 3, 3 + len);
            expected.extend_from_slice(&all[3..3 + len]);
            buffer.put_piece(&Piece::new(&all[9..9 + len]));
            expected.extend_from_slice(&all[9..9 + len]);
            buffer.put_byte(b'x');
            expected.push(b'x');
        }
        assert_eq!(buffer.since(0), expected);
    }

    #[test]
    fn what_is_handed_over_is_not_in_the_rest() {
        let mut buffer = Buffer::new(4);
        buffer.put(b"first\nsecond\n");
        assert_eq!(buffer.hand_over(6, 2), "first\n");
        assert_eq!(buffer.since(0), b"second\n");
        let end = buffer.end();
        assert_eq!(buffer.hand_over(end, 0), "second\n");
        assert_eq!(buffer.since(0), b"");
    }
}
