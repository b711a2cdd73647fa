//! What the number of steps is chosen for.

use std::{str::FromStr, time::Duration};

use super::recipe::Length;

/// How much may be spent on a run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Budget {
    /// Time: the steps are those that fit, at the pace of a few of them.
    Time(Duration),
    /// Tokens.
    Tokens(u64),
    /// What the paper spent.
    Paper(Length),
}

/// What a unit of time has of seconds.
const UNITS: [(&str, f64); 4] = [("s", 1.0), ("m", 60.0), ("h", 3600.0), ("d", 86400.0)];

impl FromStr for Budget {
    type Err = String;

    /// `90s`, `30m`, `1.5h`, `2d`; `5000000 tokens`.
    fn from_str(text: &str) -> Result<Self, String> {
        let expected =
            || format!("{text:?} is no budget; a time such as 30m or 1.5h, or a number of tokens, is expected");
        if let Some(tokens) = text.strip_suffix("tokens") {
            let tokens = tokens.trim().replace('_', "").parse().ok().filter(|tokens| *tokens > 0);
            return tokens.map(Self::Tokens).ok_or_else(expected);
        }
        let unit = UNITS.into_iter().find_map(|(unit, seconds)| Some((text.strip_suffix(unit)?, seconds)));
        let seconds = unit.and_then(|(number, seconds)| Some(number.trim().parse::<f64>().ok()? * seconds));
        let duration = seconds.filter(|seconds| *seconds > 0.0).map(Duration::try_from_secs_f64);
        duration.and_then(Result::ok).map(Self::Time).ok_or_else(expected)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_is_a_time_or_tokens() {
        assert_eq!("30m".parse(), Ok(Budget::Time(Duration::from_secs(1800))));
        assert_eq!("1.5h".parse(), Ok(Budget::Time(Duration::from_secs(5400))));
        assert_eq!("5_000 tokens".parse(), Ok(Budget::Tokens(5000)));
        for wrong in ["", "m", "30", "-1m", "0s", "NaNh", "infs", "1e300d", "0 tokens", "tokens"] {
            assert!(wrong.parse::<Budget>().is_err(), "{wrong}");
        }
    }
}
