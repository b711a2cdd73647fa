//! Devices as `--device` has them: `flex`, `cuda:1`, `remote:gpu:3931/2`.

use std::{fmt, net::Ipv6Addr, str::FromStr};

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
            (Some(backend), Some(number)) if backend.is_numbered() => match digits(number).map(str::parse) {
                Some(Ok(number)) => Ok(Self::One { backend, number: Some(number) }),
                _ => Err(format!("{text:?}: a number is expected after the colon, as in {backend}:0")),
            },
            (Some(backend), Some(_)) => Err(format!("{text:?}: there is one {backend}, which has no number")),
            (None, _) if text.contains(',') => {
                Err(format!("{text:?}: one device is expected; several share a training"))
            }
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
    let (place, number) = place.split_once('/').unwrap_or((place, "0"));
    let number = digits(number).and_then(|number| number.parse().ok());
    let is_place = place.rsplit_once(':').is_some_and(|(host, port)| {
        let port = digits(port).and_then(|port| port.parse::<u16>().ok());
        is_host(host) && port.is_some_and(|port| port != 0)
    });
    match number {
        Some(number) if scheme == "ws" && is_place => Ok(DeviceChoice::Remote { place: place.to_owned(), number }),
        _ => Err(format!(
            "remote:{text}: remote:HOST:PORT is expected, or remote:HOST:PORT/N for another than its first"
        )),
    }
}

/// A number without a sign, which Rust's own reading would take.
fn digits(text: &str) -> Option<&str> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then_some(text)
}

/// A name, an IPv4 address, or an IPv6 address in brackets, whose colons are not the port's.
fn is_host(text: &str) -> bool {
    let address = text.strip_prefix('[').and_then(|text| text.strip_suffix(']'));
    let is_of_names = |char: char| char.is_alphanumeric() || matches!(char, '.' | '-' | '_');
    match address {
        Some(address) => address.parse::<Ipv6Addr>().is_ok(),
        None => !text.is_empty() && text.chars().all(is_of_names),
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
            ("cuda:+1", "a number is expected"),
            ("flex,flex", "one device is expected"),
            ("remote", "remote:HOST:PORT"),
            ("remote:gpu", "remote:HOST:PORT"),
            ("remote:gpu:port", "remote:HOST:PORT"),
            ("remote:gpu:1/x", "remote:HOST:PORT"),
            ("remote:http://gpu:1", "remote:HOST:PORT"),
            ("remote:gpu:0", "remote:HOST:PORT"),
            ("remote:gpu:+80", "remote:HOST:PORT"),
            ("remote:a gpu:1", "remote:HOST:PORT"),
            ("remote:::1:3931", "remote:HOST:PORT"),
            ("remote:[gpu]:3931", "remote:HOST:PORT"),
        ] {
            assert!(read(text).is_err_and(|error| error.contains(expected)), "{text}");
        }
    }
}
