//! Lines gather until a batch is full.

use model::edges::LineBatch;

use super::{buffer::Buffer, rules::LineRules};

/// The batch that is being filled.
pub(super) struct Gathering {
    /// The lines so far.
    pub(super) buffer: Buffer,
    lines: u32,
    rows: Vec<(u32, u64)>,
    last_row: u64,
    most_lines: u32,
    most_bytes: usize,
}

impl Gathering {
    pub(super) fn new(rules: &LineRules) -> Self {
        // Grows during the first batch; each following batch begins with the room that the one before took, and a little more.
        let room = rules.max_batch_bytes.min(64 << 10);
        Self {
            buffer: Buffer::new(room),
            lines: 0,
            rows: Vec::new(),
            last_row: 0,
            most_lines: rules.max_batch_lines.max(1),
            most_bytes: rules.max_batch_bytes,
        }
    }

    /// Keeps the line of `bytes` bytes behind the others, which is made of row `row`; hands over what has become full.
    #[inline(always)]
    pub(super) fn keep(&mut self, bytes: usize, row: u64, full: &mut Vec<LineBatch>) {
        let start = self.buffer.end();
        self.buffer.keep(bytes);
        if self.lines == 0 || row != self.last_row + 1 {
            self.rows.push((self.lines, row));
        }
        self.lines += 1;
        self.last_row = row;
        if self.buffer.end() > self.most_bytes {
            self.split(start, full);
        }
        if self.lines >= self.most_lines {
            self.close(full);
        }
    }

    /// Hands over the lines before the last, which made them too many bytes; the last too when it alone is.
    #[cold]
    fn split(&mut self, start: usize, full: &mut Vec<LineBatch>) {
        if self.lines > 1 {
            let row = self.last_row;
            self.lines -= 1;
            if self.rows.last().is_some_and(|(line, _)| *line == self.lines) {
                self.rows.pop();
            }
            self.hand_over(start, full);
            self.lines = 1;
            self.rows.push((0, row));
        }
        if self.buffer.end() > self.most_bytes {
            self.close(full);
        }
    }

    /// Hands over the lines that wait.
    #[cold]
    pub(super) fn close(&mut self, full: &mut Vec<LineBatch>) {
        if self.lines > 0 {
            self.hand_over(self.buffer.end(), full);
        }
    }

    fn hand_over(&mut self, at: usize, full: &mut Vec<LineBatch>) {
        let room = (at + at / 8).min(self.most_bytes + 4096);
        let body = self.buffer.hand_over(at, room);
        full.push(LineBatch { body, lines: self.lines, rows: std::mem::take(&mut self.rows) });
        self.lines = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Body, number of lines and rows of a batch.
    type Batch = (String, u32, Vec<(u32, u64)>);

    fn gathered(most_lines: u32, most_bytes: usize, lines: &[(u64, &str)]) -> Vec<Batch> {
        let mut gathering = Gathering::new(&LineRules { max_batch_lines: most_lines, max_batch_bytes: most_bytes, ..LineRules::v1() });
        let mut full = Vec::new();
        for (row, line) in lines {
            while gathering.buffer.line().put_long(line.as_bytes()).is_err() {
                gathering.buffer.grow();
            }
            gathering.keep(line.len(), *row, &mut full);
        }
        gathering.close(&mut full);
        full.into_iter().map(|b| (String::from_utf8(b.body.to_vec()).unwrap(), b.lines, b.rows)).collect()
    }

    #[test]
    fn a_batch_ends_at_its_number_of_lines() {
        assert_eq!(
            gathered(2, 100, &[(1, "a\n"), (3, "b\n"), (4, "c\n"), (5, "d\n"), (9, "e\n")]),
            [("a\nb\n".to_owned(), 2, vec![(0, 1), (1, 3)]), ("c\nd\n".to_owned(), 2, vec![(0, 4)]), ("e\n".to_owned(), 1, vec![(0, 9)])]
        );
    }

    #[test]
    fn a_batch_never_has_more_bytes_than_it_may_unless_one_line_has() {
        assert_eq!(
            gathered(100, 6, &[(1, "aa\n"), (2, "bb\n"), (3, "c\n"), (7, "ddddd\n"), (8, "a line that is longer\n"), (9, "e\n")]),
            [
                ("aa\nbb\n".to_owned(), 2, vec![(0, 1)]),
                ("c\n".to_owned(), 1, vec![(0, 3)]),
                ("ddddd\n".to_owned(), 1, vec![(0, 7)]),
                ("a line that is longer\n".to_owned(), 1, vec![(0, 8)]),
                ("e\n".to_owned(), 1, vec![(0, 9)])
            ]
        );
        assert_eq!(gathered(1, 6, &[(1, "aa\n"), (2, "bb\n")]).len(), 2);
        assert_eq!(gathered(1, 6, &[]), []);
    }
}
