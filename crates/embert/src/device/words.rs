//! Devices as `--device` has them: `flex`, `cuda:1`, `remote:gpu:3931/2`.

use std::{fmt, str::FromStr};

use serde::{Serialize, Serializer};

use super::{Backend, DeviceChoice};

impl fmt::Display for Backend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Display for DeviceChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => f.write_str("auto"),
            Self::One { backend, number: None } => write!(f, "{backend}"),
            Self::One { backend, number: Some(number) } => write!(f, "{backend}:{number}"),
            Self::Remote { place, number: 0 } => write!(f, "remote:{place}"),
            Self::Remote { place, number } => write!(f, "remote:{place}/{number}"),
        }
    }
}

impl Serialize for DeviceChoice {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl FromStr for DeviceChoice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, rest) = text.split_once(':').map_or((text, None), |(name, rest)| (name, Some(rest)));
        let backend = Backend::ALL.into_iter().find(|backend| backend.name() == name);
        match (backend, rest) {
            (None, None) if name == "auto" => Ok(Self::Auto),
            (Some(Backend::Remote), Some(place)) => remote(place),
            (Some(Backend::Remote), None) => {
                Err("remote:HOST:PORT is expected, where an `embert worker` listens".into())
            }
            (Some(backend), None) => Ok(Self::One { backend, number: None }),
            (Some(backend), Some(number)) if backend.is_numbered() => match number.parse() {
                Ok(number) => Ok(Self::One { backend, number: Some(number) }),
                Err(_) => Err(format!("{text:?}: a number is expected after the colon, as in {backend}:0")),
            },
            (Some(backend), Some(_)) => Err(format!("{text:?}: there is one {backend}, which has no number")),
            (None, _) => Err(format!(
                "{text:?} is no device; auto, flex, ndarray, wgpu, cuda, rocm, cpu, tch or remote:HOST:PORT is expected, \
                 with a number where there are several, as in cuda:1"
            )),
        }
    }
}

/// `HOST:PORT` or `ws://HOST:PORT`, and `/N` for another than the first device there.
fn remote(text: &str) -> Result<DeviceChoice, String> {
    let (scheme, place) = text.split_once("://").unwrap_or(("ws", text));
    let (host, number) = place.split_once('/').unwrap_or((place, ""));
    let number = if number.is_empty() { Ok(0) } else { number.parse() };
    let port = host.rsplit_once(':').and_then(|(host, port)| port.parse::<u16>().ok().filter(|_| !host.is_empty()));
    match (scheme, port, number) {
        ("ws", Some(_), Ok(number)) => Ok(DeviceChoice::Remote { place: host.to_owned(), number }),
        _ => Err(format!(
            "remote:{text}: remote:HOST:PORT is expected, or remote:HOST:PORT/N for another than its first"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::DeviceChoice;

    fn read(text: &str) -> Result<String, String> {
        text.parse().map(|choice: DeviceChoice| choice.to_string())
    }

    #[test]
    fn a_device_is_read_as_it_is_written() {
        for text in ["auto", "flex", "ndarray", "wgpu", "wgpu:1", "cuda:0", "rocm:3", "cpu", "tch", "remote:h:1/2"] {
            assert_eq!(read(text).as_deref(), Ok(text));
        }
        assert_eq!(read("remote:ws://gpu:3931").as_deref(), Ok("remote:gpu:3931"));
        assert_eq!(read("remote:[::1]:3931/1").as_deref(), Ok("remote:[::1]:3931/1"));
    }

    #[test]
    fn what_is_no_device_is_an_error_that_says_what_is_expected() {
        for (text, expected) in [
            ("abacus", "cuda:1"),
            ("auto:1", "auto, flex"),
            ("flex:0", "has no number"),
            ("cuda:x", "a number is expected"),
            ("cuda:-1", "a number is expected"),
            ("remote", "remote:HOST:PORT"),
            ("remote:gpu", "remote:HOST:PORT"),
            ("remote:gpu:port", "remote:HOST:PORT"),
            ("remote:gpu:1/x", "remote:HOST:PORT"),
            ("remote:http://gpu:1", "remote:HOST:PORT"),
        ] {
            assert!(read(text).is_err_and(|error| error.contains(expected)), "{text}");
        }
    }
}
