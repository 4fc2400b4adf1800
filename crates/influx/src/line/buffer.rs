//! The buffer that lines are appended to.
//!
//! Short texts are the whole of it, so a copy must not cost a call: texts are copied in blocks of fixed size that may reach beyond their
//! end, and the next copy writes over what was too much. And the place where the next byte goes must not be read back from memory: a
//! [`Line`] is a plain slice and a number, which the loop over the rows keeps in registers. It never grows; a row that finds no room is
//! written again after [`Buffer::grow`].

use std::{
    mem,
    sync::{Arc, Mutex, PoisonError},
};

use bytes::Bytes;

use super::refusal::Refusal;

/// Lines, one after another, and room for more.
pub(super) struct Buffer {
    /// Longer than what was kept; only `..end` means something.
    bytes: Vec<u8>,
    end: usize,
    spare: Spare,
}

/// Memory of bodies that are no longer needed, to be filled again: fresh memory costs a tenth of all the time, because the kernel must
/// find and clear every page of it.
type Spare = Arc<Mutex<Vec<Vec<u8>>>>;

/// A body that was handed over. Its memory comes back when it is dropped.
struct Body {
    bytes: Vec<u8>,
    end: usize,
    spare: Spare,
}

impl AsRef<[u8]> for Body {
    fn as_ref(&self) -> &[u8] {
        &self.bytes[..self.end]
    }
}

impl Drop for Body {
    fn drop(&mut self) {
        self.spare.lock().unwrap_or_else(PoisonError::into_inner).push(mem::take(&mut self.bytes));
    }
}

impl Buffer {
    /// An empty buffer with room for `room` bytes.
    pub(super) fn new(room: usize) -> Self {
        Self { bytes: vec![0; room], end: 0, spare: Spare::default() }
    }

    /// How many bytes were kept.
    #[inline(always)]
    pub(super) fn end(&self) -> usize {
        self.end
    }

    /// The room behind what was kept.
    #[inline(always)]
    pub(super) fn line(&mut self) -> Line<'_> {
        Line::new(&mut self.bytes[self.end..])
    }

    /// Keeps the next `bytes` bytes, which a line has written.
    #[inline(always)]
    pub(super) fn keep(&mut self, bytes: usize) {
        self.end += bytes;
        debug_assert!(self.end <= self.bytes.len());
    }

    /// Makes more room.
    #[cold]
    pub(super) fn grow(&mut self) {
        let len = (self.bytes.len() * 2).max(4096);
        self.bytes.resize(len, 0);
    }

    /// Hands over what was kept before `at` and goes on with the rest, with room for about `room` bytes.
    pub(super) fn hand_over(&mut self, at: usize, room: usize) -> Bytes {
        let spare = self.spare.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let rest = &self.bytes[at..self.end];
        let mut next = spare.unwrap_or_default();
        if next.len() < rest.len().max(room / 2) {
            next = vec![0; rest.len().max(room)];
        }
        next[..rest.len()].copy_from_slice(rest);
        self.end = rest.len();
        let bytes = mem::replace(&mut self.bytes, next);
        Bytes::from_owner(Body { bytes, end: at, spare: Arc::clone(&self.spare) })
    }
}

/// The line that is being written.
pub(super) struct Line<'b> {
    room: &'b mut [u8],
    at: usize,
}

/// The line needs more room than there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NoRoom;

impl From<NoRoom> for Refusal {
    #[cold]
    fn from(NoRoom: NoRoom) -> Self {
        Self::NoRoom
    }
}

/// A text that is put once per line: a key with its comma and equals sign.
#[derive(Clone, Debug)]
pub(super) struct Piece {
    block: [u8; 32],
    text: Box<[u8]>,
}

impl Piece {
    /// A piece of this text.
    pub(super) fn new(text: &[u8]) -> Self {
        let mut block = [0; 32];
        for (to, from) in block.iter_mut().zip(text) {
            *to = *from;
        }
        Self { block, text: text.into() }
    }

    pub(super) fn text(&self) -> &[u8] {
        &self.text
    }
}

impl<'b> Line<'b> {
    /// A line at the beginning of `room`.
    #[inline(always)]
    pub(super) fn new(room: &'b mut [u8]) -> Self {
        Self { room, at: 0 }
    }

    /// How many bytes it has.
    #[inline(always)]
    pub(super) fn len(&self) -> usize {
        self.at
    }

    /// Forgets what was put after the first `len` bytes.
    #[inline(always)]
    pub(super) fn cut(&mut self, len: usize) {
        debug_assert!(len <= self.at);
        self.at = len;
    }

    /// What was put from `start` on.
    pub(super) fn since(&self, start: usize) -> &[u8] {
        &self.room[start..self.at]
    }

    /// Replaces one byte that was put.
    #[inline(always)]
    pub(super) fn replace(&mut self, at: usize, byte: u8) {
        self.room[at] = byte;
    }

    /// Lets a function that is not inlined write on. It gets a line of its own, so that this one may stay in registers.
    #[inline(always)]
    pub(super) fn aside<R>(&mut self, write: impl FnOnce(&mut Line<'b>) -> R) -> R {
        let mut aside = Line { room: mem::take(&mut self.room), at: self.at };
        let result = write(&mut aside);
        self.room = aside.room;
        self.at = aside.at;
        result
    }

    /// The next `N` bytes, to be written before [`Line::advance`] moves over them.
    #[inline(always)]
    fn window<const N: usize>(&mut self) -> Result<&mut [u8; N], NoRoom> {
        self.room.get_mut(self.at..).and_then(|room| room.first_chunk_mut()).ok_or(NoRoom)
    }

    #[inline(always)]
    pub(super) fn put_byte(&mut self, byte: u8) -> Result<(), NoRoom> {
        self.put_block(&[byte], 1)
    }

    /// Puts a block of which only the first `len` bytes count.
    #[inline(always)]
    pub(super) fn put_block<const N: usize>(&mut self, block: &[u8; N], len: usize) -> Result<(), NoRoom> {
        debug_assert!(len <= N);
        *self.window()? = *block;
        self.at += len;
        Ok(())
    }

    #[inline(always)]
    pub(super) fn put_piece(&mut self, piece: &Piece) -> Result<(), NoRoom> {
        self.put_part(&piece.block, 0, piece.text.len(), |line| line.put_long(&piece.text))
    }

    /// Puts a text that lies within others: `all[from..to]`, and when that is short what follows it may be read too.
    #[inline(always)]
    pub(super) fn put_within(&mut self, all: &[u8], from: usize, to: usize) -> Result<(), NoRoom> {
        self.put_part(all, from, to, |line| line.put(&all[from..to]))
    }

    #[inline(always)]
    fn put_part(
        &mut self,
        all: &[u8],
        from: usize,
        to: usize,
        otherwise: impl FnOnce(&mut Self) -> Result<(), NoRoom>,
    ) -> Result<(), NoRoom> {
        let len = to - from;
        let rest = &all[from..];
        match (rest.first_chunk::<16>(), rest.first_chunk::<32>()) {
            (Some(block), _) if len <= 16 => self.put_block(block, len),
            (_, Some(block)) if len <= 32 => self.put_block(block, len),
            _ => otherwise(self),
        }
    }

    /// Puts a text that is rarely longer than 24 bytes.
    #[inline(always)]
    pub(super) fn put(&mut self, text: &[u8]) -> Result<(), NoRoom> {
        let len = text.len();
        if len > 24 {
            return self.aside(|line| line.put_long(text));
        }
        let window: &mut [u8; 24] = self.window()?;
        if let (Some(head), Some(tail)) = (text.first_chunk::<8>(), text.last_chunk::<8>()) {
            // As numbers, or the compiler joins the copies into calls of memcpy.
            let (head, tail) = (u64::from_ne_bytes(*head), u64::from_ne_bytes(*tail));
            if let Some(middle) = text.get(8..16) {
                window[8..16].copy_from_slice(middle);
            }
            window[..8].copy_from_slice(&head.to_ne_bytes());
            window[len - 8..len].copy_from_slice(&tail.to_ne_bytes());
        } else {
            for (to, from) in window.iter_mut().zip(text) {
                *to = *from;
            }
        }
        self.at += len;
        Ok(())
    }

    /// Puts a text of any length.
    #[inline(never)]
    pub(super) fn put_long(&mut self, text: &[u8]) -> Result<(), NoRoom> {
        let end = self.at + text.len();
        self.room.get_mut(self.at..end).ok_or(NoRoom)?.copy_from_slice(text);
        self.at = end;
        Ok(())
    }
}

/// What `write` writes, for tests.
#[cfg(test)]
pub(super) fn written<E>(write: impl FnOnce(&mut Line<'_>) -> Result<(), E>) -> Result<String, E> {
    let mut room = vec![0; 1 << 16];
    let mut line = Line::new(&mut room);
    write(&mut line)?;
    Ok(String::from_utf8(line.since(0).to_vec()).expect("lines are UTF-8"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_every_length_stand_one_after_another() {
        let all: Vec<u8> = (0..128).collect();
        let mut expected = Vec::new();
        let put = written(|line| {
            for len in 0..100 {
                line.put(&all[7..7 + len])?;
                expected.extend_from_slice(&all[7..7 + len]);
                line.put_within(&all, 128 - len, 128)?;
                expected.extend_from_slice(&all[128 - len..]);
                line.put_within(&all, 3, 3 + len)?;
                expected.extend_from_slice(&all[3..3 + len]);
                line.put_piece(&Piece::new(&all[9..9 + len]))?;
                expected.extend_from_slice(&all[9..9 + len]);
                line.put_byte(b'x')?;
                expected.push(b'x');
            }
            Ok::<_, NoRoom>(())
        });
        assert_eq!(put.unwrap().into_bytes(), expected);
    }

    #[test]
    fn without_room_nothing_is_put() {
        let mut room = [0; 40];
        let mut line = Line::new(&mut room);
        line.put(b"12345678901234567890").unwrap();
        assert_eq!(line.put(b"123456789012345678901"), Err(NoRoom));
        assert_eq!(line.put_long(b"123456789012345678901"), Err(NoRoom));
        assert_eq!(line.put_long(b"12345678901234567890"), Ok(()));
        assert_eq!(line.put_byte(b'x'), Err(NoRoom));
        assert_eq!(line.since(0), b"1234567890123456789012345678901234567890");
    }

    #[test]
    fn what_is_handed_over_is_not_in_the_rest() {
        let mut buffer = Buffer::new(4);
        while buffer.line().put_long(b"first\nsecond\n").is_err() {
            buffer.grow();
        }
        buffer.keep(13);
        assert_eq!(buffer.hand_over(6, 2), "first\n");
        assert_eq!(buffer.end(), 7);
        assert_eq!(buffer.hand_over(7, 0), "second\n");
        assert_eq!(buffer.end(), 0);
    }

    #[test]
    fn the_memory_of_a_body_is_filled_again_only_when_nobody_holds_it() {
        let mut buffer = Buffer::new(100);
        let mut body = |letter: u8| {
            buffer.line().put_long(&[letter; 50]).unwrap();
            buffer.keep(50);
            buffer.hand_over(50, 100)
        };
        let first = body(b'a');
        let (address, held) = (first.as_ptr(), first.clone());
        drop(first);
        let others = [body(b'b'), body(b'c')];
        assert!(others.iter().all(|other| other.as_ptr() != address));
        assert_eq!(held, [b'a'; 50].as_slice());
        drop(held);
        let later = [body(b'd'), body(b'e')];
        assert!(later.iter().any(|other| other.as_ptr() == address));
        assert_eq!((&later[0][..], &later[1][..]), ([b'd'; 50].as_slice(), [b'e'; 50].as_slice()));
    }
}
