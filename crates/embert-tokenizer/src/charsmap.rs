//! SentencePiece's precompiled character map: which strings of the input become which others.
//!
//! The format is a length, a double-array trie (Aoe 1989, in the 32-bit units of the Darts-clone library) and the
//! replacements, each ended by a zero byte; a leaf of the trie holds the position of its replacement.

/// A character map; an empty one changes nothing.
#[derive(Debug, Default)]
pub(crate) struct CharsMap {
    units: Vec<Unit>,
    replacements: String,
}

/// One unit of the double array.
#[derive(Debug, Clone, Copy)]
struct Unit(u32);

impl Unit {
    fn has_leaf(self) -> bool {
        self.0 >> 8 & 1 == 1
    }

    fn value(self) -> u32 {
        self.0 & 0x7fff_ffff
    }

    fn label(self) -> u32 {
        self.0 & 0x8000_00ff
    }

    fn offset(self) -> u32 {
        self.0 >> 10 << ((self.0 & 1 << 9) >> 6)
    }
}

impl CharsMap {
    /// Reads the map and checks it: whatever can be reached from the root leads to a unit or a replacement that exists.
    ///
    /// The error says what is wrong. (The `tokenizers` library reads the same bytes unchecked and would panic later.)
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, &'static str> {
        if bytes.is_empty() {
            return Ok(Self::default());
        }
        let (size, rest) = bytes.split_first_chunk::<4>().ok_or("no length")?;
        let size = usize::try_from(u32::from_le_bytes(*size)).map_err(|_| "a length beyond memory")?;
        let (units, replacements) = rest.split_at_checked(size).ok_or("a trie that is cut short")?;
        let (units, []) = units.as_chunks::<4>() else { return Err("a trie that is cut short") };
        let map = Self {
            units: units.iter().map(|unit| Unit(u32::from_le_bytes(*unit))).collect(),
            replacements: String::from_utf8(replacements.to_vec()).map_err(|_| "replacements that are not UTF-8")?,
        };
        map.check()?;
        Ok(map)
    }

    /// The longest string that `text` starts with and the map knows: its length and its replacement.
    pub(crate) fn longest(&self, text: &str) -> Option<(usize, &str)> {
        let mut node = self.unit(0)?.offset();
        let mut longest = None;
        for (&byte, length) in text.as_bytes().iter().zip(1..) {
            let Some((next, leaf)) = self.child(node, byte) else { break };
            node = next;
            longest = leaf.map(|leaf| (length, leaf)).or(longest);
        }
        let (length, leaf) = longest?;
        Some((length, self.replacement(leaf)?))
    }

    fn unit(&self, position: u32) -> Option<Unit> {
        self.units.get(usize::try_from(position).ok()?).copied()
    }

    /// The node that a byte leads to, and its value where a key ends there.
    fn child(&self, node: u32, byte: u8) -> Option<(u32, Option<u32>)> {
        let place = node ^ u32::from(byte);
        let unit = self.unit(place).filter(|unit| byte != 0 && unit.label() == u32::from(byte))?;
        let next = place ^ unit.offset();
        let leaf = unit.has_leaf().then(|| self.unit(next)).flatten().map(Unit::value);
        Some((next, leaf))
    }

    fn replacement(&self, leaf: u32) -> Option<&str> {
        self.replacements.get(usize::try_from(leaf).ok()?..)?.split('\0').next()
    }

    /// Walks to every node once.
    fn check(&self) -> Result<(), &'static str> {
        let broken = "a trie that points outside itself";
        let mut seen = vec![false; self.units.len()];
        let mut open = vec![self.unit(0).ok_or("an empty trie")?.offset()];
        while let Some(node) = open.pop() {
            // A reader tries any byte at any node, so that all 256 places must be there.
            self.unit(node | 0xff).ok_or(broken)?;
            let visited = usize::try_from(node).ok().and_then(|node| seen.get_mut(node)).ok_or(broken)?;
            if std::mem::replace(visited, true) {
                continue;
            }
            for byte in 1..=255 {
                if let Some((next, leaf)) = self.child(node, byte) {
                    if leaf.is_some_and(|leaf| self.replacement(leaf).is_none()) {
                        return Err("a replacement that does not exist");
                    }
                    open.push(next);
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::CharsMap;

    #[test]
    fn what_is_broken_is_an_error() {
        let parse = |bytes: &[u8]| CharsMap::parse(bytes).err();
        assert_eq!(parse(&[1, 0]), Some("no length"));
        assert_eq!(parse(&[255, 255, 255, 255, 0]), Some("a trie that is cut short"));
        assert_eq!(parse(&[0, 0, 0, 0, b'a', 0]), Some("an empty trie"));
        assert_eq!(parse(&[4, 0, 0, 0, 0, 4, 0, 0]), Some("a trie that points outside itself"));
        assert_eq!(parse(&[]), None);
    }
}
