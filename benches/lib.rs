//! What the benches share.

use embert::core::Batch;

/// Sequences of the given lengths, of ids that repeat.
pub fn batch(lengths: &[usize]) -> Batch {
    let tokens = lengths.iter().sum::<usize>();
    let ids = (0..tokens as u32).map(|token| 1000 + token * 7 % 20_000).collect();
    Batch::new(ids, vec![0; tokens], lengths.to_vec()).expect("each length is 1 or more")
}

/// Lets the system measure the process's peak memory anew, where it can (Linux). Where it cannot, the peak is that of
/// the whole process, which is still an upper bound.
pub fn reset_peak_memory() {
    let _ = std::fs::write("/proc/self/clear_refs", "5");
}

/// The most memory that the process has had, in KiB (`VmHWM`), where the system tells it.
pub fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?.split_whitespace().next()?.parse().ok()
}

/// About so many bytes of text, a line at a time: words whose frequencies fall as in natural text (Zipf), capitals,
/// numbers and punctuation.
pub fn generated_text(bytes: usize) -> impl Iterator<Item = String> {
    const SYLLABLES: [&str; 16] =
        ["a", "ber", "con", "de", "é", "ing", "ka", "lo", "man", "ne", "or", "pre", "st", "ti", "un", "ver"];
    let mut state = 1u64;
    let mut random = move || {
        // Knuth's linear congruential generator: its high bits are good enough here.
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as f64 / (1u64 << 31) as f64
    };
    let mut left = bytes;
    std::iter::from_fn(move || {
        if left == 0 {
            return None;
        }
        let mut line = String::new();
        while line.len() < left.min(200) {
            let mut rank = 500_000f64.powf(random()) as usize;
            let start = line.len();
            while rank > 0 {
                line.push_str(SYLLABLES[rank % SYLLABLES.len()]);
                rank /= SYLLABLES.len();
            }
            match (random() * 30.0) as usize {
                0 => line.push_str(". "),
                1 => line.push_str(", "),
                2 => line.push_str(&format!(" {} ", (random() * 3000.0) as usize)),
                3 => line.insert(start, 'T'),
                _ => line.push(' '),
            }
        }
        left = left.saturating_sub(line.len());
        Some(line)
    })
}
