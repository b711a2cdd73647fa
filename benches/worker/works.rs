//! The works of `cargo xtask bench inference` and of `train`, by their names: what every system computes.

/// The batches that a training goes through, at most.
const STEPS: usize = 4;

/// The lengths of the sequences of each batch of a work, where there is one of that name: `8x128` is eight sequences of
/// 128 tokens, and the ragged works are 32 sentences of 5 to 128 tokens, in one batch or, those of like length
/// together, in batches of four. `2 ragged` is some of these sentences, as they come, in batches of two.
pub(crate) fn batches(work: &str) -> Option<Vec<Vec<usize>>> {
    match work {
        "ragged" | "ragged, padded" => Some(vec![ragged()]),
        "ragged, sorted" => {
            let mut lengths = ragged();
            lengths.sort_unstable();
            Some(lengths.chunks(4).map(<[usize]>::to_vec).collect())
        }
        _ if let Some(rows) = work.strip_suffix(" ragged") => {
            let rows = rows.parse().ok().filter(|rows| *rows > 0)?;
            Some(ragged().chunks(rows).take(STEPS).map(<[usize]>::to_vec).collect())
        }
        _ => {
            let (rows, length) = work.split_once('x')?;
            Some(vec![vec![length.parse().ok()?; rows.parse().ok()?]])
        }
    }
}

/// Most are short and few are long, as in text; one is as long as can be.
fn ragged() -> Vec<usize> {
    let length = |row: usize| {
        let fraction = (5 + (row * 37 + 11) % 124) as f64 / 128.0;
        (5 + (123.0 * fraction * fraction) as usize).min(128)
    };
    let mut lengths: Vec<usize> = (0..32).map(length).collect();
    lengths[0] = 128;
    lengths
}

#[cfg(test)]
mod tests {
    use super::batches;

    #[test]
    fn a_work_of_one_length_is_named_by_its_rows_and_their_length() {
        assert_eq!(batches("2x16"), Some(vec![vec![16, 16]]));
        assert_eq!(batches("gemm peak"), None);
    }

    #[test]
    fn the_ragged_works_are_the_same_sequences() {
        let lengths = |work| {
            let mut lengths = batches(work).unwrap().concat();
            lengths.sort_unstable();
            lengths
        };
        let ragged = lengths("ragged");
        assert_eq!((ragged.len(), ragged[0], ragged[31]), (32, 5, 128));
        assert_eq!(lengths("ragged, padded"), ragged);
        assert_eq!(lengths("ragged, sorted"), ragged);
        assert_eq!(batches("ragged, sorted").unwrap().len(), 8);
    }

    #[test]
    fn a_training_goes_through_sentences_as_they_come() {
        let lengths = batches("ragged").unwrap().concat();
        assert_eq!(batches("16 ragged").unwrap().concat(), lengths);
        let pairs = batches("2 ragged").unwrap();
        assert_eq!((pairs.len(), pairs.concat()), (4, lengths[..8].to_vec()));
        assert_eq!(batches("0 ragged"), None);
    }
}
