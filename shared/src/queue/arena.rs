//! Where the messages of a queue lie: records in a ring of bytes, oldest first.
//!
//! Each end of the ring is one word: how many records have ever passed it (28 bits) above the
//! offset where it stands (36 bits). So one atomic store moves an end, and that store is the
//! instant at which a message is in the queue, or out of it.
//!
//! It is not quite a plain ring. That would walk through all 256 MiB of a queue in which only a few
//! messages ever wait, and each page of it would be a new one. So while little waits, the writers jump
//! back to the front long before the end, and stay in memory that was used a moment ago. What that makes
//! of the ring is drawn at `Arena::place`.

use crate::memory::mapping::{Mapping, shared};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// One end of the ring: a count of records and a byte offset in one word.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct End(pub(crate) u64);

const OFFSET_BITS: u32 = 36;
const COUNTS: u64 = 1 << (u64::BITS - OFFSET_BITS);
/// More messages than this never wait: counts are compared modulo `COUNTS`.
pub(crate) const MOST_MESSAGES: usize = (COUNTS / 2) as usize;

impl End {
    pub(crate) fn count(self) -> u64 {
        self.0 >> OFFSET_BITS
    }
    pub(crate) fn offset(self) -> usize {
        (self.0 & ((1 << OFFSET_BITS) - 1)) as usize
    }
    fn new(count: u64, offset: usize) -> End {
        End((count % COUNTS) << OFFSET_BITS | offset as u64)
    }
    pub(crate) fn at_offset_0(self) -> End {
        End::new(self.count(), 0)
    }
}

/// How many records lie between two counts.
pub(crate) fn between(earlier: u64, later: u64) -> usize {
    (later.wrapping_sub(earlier) % COUNTS) as usize
}

/// A record is its length in four bytes, then the message, then padding to a multiple of four.
const HEADER: usize = 4;
/// In place of a length: the next record lies elsewhere, at four times the number that follows.
const JUMP: u32 = u32::MAX;
const JUMP_LEN: usize = 8;
/// The largest ring: its offsets, divided by four, fit into four bytes.
pub(crate) const LARGEST: usize = 16 << 30;
/// While few records wait, they are kept below four times this offset: memory that was used a
/// moment ago is still in the processor's cache, and a short queue stays in little memory.
const WARM: usize = 2 << 20;

/// The bytes that a message of this length needs; `None` if it is longer than any record may be.
pub(crate) fn record_len(message: usize) -> Option<usize> {
    let len = if message >= JUMP as usize {
        None
    } else {
        (HEADER + message).checked_next_multiple_of(4)
    };
    len.map(|len| len.max(JUMP_LEN)) // so that a record can be replaced by a jump
}

shared! {
    /// What the writers remember of their last jumps. Each word is written before the tail that
    /// makes it true is committed. If the writer is killed in between, `back` is not used, and
    /// `forward` forbids a jump to the front until the readers are behind it: no harm is done.
    pub(crate) struct Jumps {
        /// From where the last jump to the front went.
        back: AtomicU64,
        /// Where the last jump forward went, or 0 since the last jump to the front.
        forward: AtomicU64,
    }
}

/// The ring in a mapping. All methods are called by the one process inside the monitor.
pub(crate) struct Arena<'a> {
    pub(crate) mapping: &'a Mapping,
    pub(crate) start: usize,
}

impl Arena<'_> {
    pub(crate) fn size(&self) -> usize {
        self.mapping.len() - self.start
    }

    /// Where a record of `need` bytes goes, if there is room.
    ///
    /// ```text
    /// line   [ ........ head=====tail ......... ]   next: behind the tail, or at the front
    /// ring   [ ====tail ..... head=====back ... ]   next: behind the tail, or behind `back`
    /// knot   [ ====> ...head=====back =====tail ]   next: behind the tail only
    /// ```
    /// Because a line may become a ring early (see `WARM`), a ring must be able to open again if
    /// its readers stop: that is the knot. It lasts until they have passed its jump.
    fn place(&self, jumps: &Jumps, head: End, tail: End, need: usize) -> Option<usize> {
        let size = self.size();
        if head.count() == tail.count() {
            jumps.forward.store(0, Relaxed);
            return (need <= size).then_some(0); // start anew
        }
        let (head, tail) = (head.offset(), tail.offset());
        if tail > head {
            let behind = size - tail >= need;
            let knot = head < jumps.forward.load(Relaxed) as usize;
            let front = !knot && need + JUMP_LEN <= head;
            let early = head >= WARM / 2 && self.closes_early(tail);
            if front && (early || !behind) {
                jumps.back.store(tail as u64, Relaxed);
                jumps.forward.store(0, Relaxed);
                return Some(0);
            }
            return behind.then_some(tail);
        }
        // Room for a jump stays between the tail and the head.
        if need + JUMP_LEN <= head - tail {
            return Some(tail);
        }
        let back = jumps.back.load(Relaxed) as usize;
        let behind = back + JUMP_LEN;
        // A ring that closed late has nothing worth opening for.
        if !self.closes_early(back) || behind + need > size {
            return None;
        }
        jumps.forward.store(behind as u64, Relaxed);
        Some(behind)
    }

    fn closes_early(&self, tail: usize) -> bool {
        (WARM..4 * WARM).contains(&tail) && self.size() >= 16 * WARM
    }

    /// Writes a record, if there is room, and gives the tail to commit.
    #[allow(unsafe_code)]
    pub(crate) fn write(&self, jumps: &Jumps, head: End, tail: End, message: &[u8]) -> Option<End> {
        let need = record_len(message.len())?;
        if between(head.count(), tail.count()) == MOST_MESSAGES {
            return None;
        }
        let at = self.place(jumps, head, tail, need)?;
        let jump = head.count() != tail.count() && at != tail.offset();
        if jump && tail.offset() + JUMP_LEN <= self.size() {
            self.write_word(tail.offset(), JUMP);
            self.write_word(tail.offset() + 4, (at / 4) as u32);
        }
        self.write_word(at, message.len() as u32);
        // SAFETY: `place` gave us `need` bytes at `at` that lie in the arena and in no committed
        // record; `message` is ordinary memory elsewhere. Only the process inside the monitor
        // writes to the arena, and readers look at committed records only.
        unsafe {
            let to = self.mapping.at(self.start + at + HEADER);
            std::ptr::copy_nonoverlapping(message.as_ptr(), to, message.len());
        }
        Some(End::new(tail.count() + 1, at + need))
    }

    /// The oldest record of a ring that is not empty, and the head to commit once it is copied.
    #[allow(unsafe_code)]
    pub(crate) fn read(&self, head: End) -> (&[u8], End) {
        let mut at = head.offset();
        if at + JUMP_LEN > self.size() {
            at = 0; // no room for a jump to the front, so none is needed
        } else if self.read_word(at) == JUMP {
            at = self.read_word(at + 4) as usize * 4;
        }
        let len = self.read_word(at) as usize;
        let end = record_len(len).map(|need| at + need).filter(|&end| end <= self.size());
        let end = end.expect("a record that was committed whole");
        // SAFETY: the record lies in the arena (checked) and was committed; nobody writes there
        // before the head has moved on, which only the process inside the monitor (we) does.
        let message =
            unsafe { std::slice::from_raw_parts(self.mapping.at(self.start + at + HEADER), len) };
        (message, End::new(head.count() + 1, end))
    }

    /// Gives back the memory below `high` that a long queue has left behind. The ring is empty.
    pub(crate) fn give_back(&self, high: usize) {
        self.mapping.give_back(self.start + WARM.min(high), self.start + high);
    }

    #[allow(unsafe_code)]
    fn read_word(&self, at: usize) -> u32 {
        assert!(at + HEADER <= self.size() && at.is_multiple_of(4));
        // SAFETY: in the arena and aligned (checked; the arena starts at a page).
        unsafe { self.mapping.at(self.start + at).cast::<u32>().read() }
    }

    #[allow(unsafe_code)]
    fn write_word(&self, at: usize, word: u32) {
        assert!(at + HEADER <= self.size() && at.is_multiple_of(4));
        // SAFETY: as in `read_word`; the caller has found that no committed record lies here.
        unsafe { self.mapping.at(self.start + at).cast::<u32>().write(word) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::VecDeque;

    /// Beside a plain deque: whatever is put comes out, in order, unharmed, and a message is only
    /// refused when the ring is nearly full.
    fn against_a_deque(size: usize, longest: usize, rounds: u32) {
        let mapping = Mapping::new(4096 + size).unwrap();
        let arena = Arena { mapping: &mapping, start: 4096 };
        let jumps = Jumps { back: AtomicU64::new(0), forward: AtomicU64::new(0) };
        let near_the_wrap = (COUNTS - 5) << OFFSET_BITS;
        let (mut head, mut tail) = (End(near_the_wrap), End(near_the_wrap));
        let mut model: VecDeque<(u8, usize)> = VecDeque::new();
        let mut random = 1u64;
        let (mut waiting, mut refused, mut knots, mut fronts) = (0, 0, 0, 0);
        for i in 0..rounds {
            random = random.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            let dice = (random >> 33) as usize;
            // Now the writers are faster, now the readers, now both are even.
            let put = dice % 100 < [70, 50, 20, 50][i as usize / 2000 % 4];
            if put {
                let message = vec![i as u8; dice / 100 % longest];
                let need = record_len(message.len()).unwrap();
                if model.is_empty() {
                    head = head.at_offset_0();
                }
                match arena.write(&jumps, head, tail, &message) {
                    Some(new) => {
                        let forward = jumps.forward.load(Relaxed) as usize;
                        knots += u32::from(forward > 0 && new.offset() == forward + need);
                        fronts += u32::from(new.offset() == need && !model.is_empty());
                        tail = new;
                        waiting += need;
                        model.push_back((i as u8, message.len()));
                    }
                    None => {
                        refused += 1;
                        // Lost at most: a knot's front and back, or what a line's end leaves.
                        let lost = if size >= 16 * WARM { 4 * WARM } else { 0 };
                        assert!(waiting + need + lost + 2 * longest >= size, "{waiting} of {size}");
                    }
                }
            } else if let Some((byte, len)) = model.pop_front() {
                let (message, new) = arena.read(head);
                assert_eq!(message.len(), len);
                assert!(message.iter().all(|b| *b == byte));
                head = new;
                waiting -= record_len(len).unwrap();
            }
            assert_eq!(between(head.count(), tail.count()), model.len());
        }
        println!("{size}: {refused} refused, {fronts} at the front, {knots} knots");
        assert!(refused > 0 && fronts > 0, "the test must meet these cases");
        assert!(knots > 0 || size < 16 * WARM, "the test must tie knots");
    }

    #[test]
    fn as_many_messages_as_can_be_counted() {
        let mapping = Mapping::new(4096).unwrap();
        let arena = Arena { mapping: &mapping, start: 0 };
        let jumps = Jumps { back: AtomicU64::new(0), forward: AtomicU64::new(0) };
        let most = MOST_MESSAGES as u64;
        for first in [0, COUNTS - 5] {
            let write = |waiting| {
                let (head, tail) = (End::new(first, 0), End::new(first + waiting, 80));
                arena.write(&jumps, head, tail, &[])
            };
            assert!(write(most - 1).is_some());
            assert!(write(most).is_none());
        }
    }

    #[test]
    fn a_small_ring_gives_what_it_was_given() {
        against_a_deque(256, 90, 100_000);
    }

    #[test]
    fn a_large_ring_gives_what_it_was_given() {
        against_a_deque(16 * WARM, 100_000, 15_000);
    }
}
