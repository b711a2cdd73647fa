//! `embert devices`, and what `--device` says of devices that are not there.

mod support;

use embert::Backend;
use serde_json::Value;
use support::{asked, embert, json_lines, model, refusal};

#[test]
fn every_backend_is_listed_with_what_it_has_here() {
    let listed = json_lines(&mut embert(&["devices", "--json"])).remove(0);
    let backends = listed["backends"].as_array().unwrap();
    assert_eq!(backends.len(), Backend::ALL.len());
    for (listed, backend) in backends.iter().zip(Backend::ALL) {
        assert_eq!(listed["backend"], backend.name());
        let devices = listed["devices"].as_array().unwrap();
        assert!(backend.is_compiled() || devices.is_empty(), "{listed}");
        for device in devices {
            assert!(device["device"].as_str().unwrap().starts_with(backend.name()), "{device}");
            assert_eq!(device["dtypes"][0], "f32", "{device}");
            assert_eq!(device["failure"], Value::Null, "{device}");
        }
    }
    let is_there = |device: &Value| {
        backends
            .iter()
            .flat_map(|backend| backend["devices"].as_array().unwrap())
            .any(|found| found["device"] == *device)
    };
    assert!(is_there(&listed["auto"]["device"]), "{listed}");
    assert!(is_there(&"flex".into()) && is_there(&"ndarray".into()), "{listed}");
}

#[test]
fn a_backend_that_is_not_compiled_in_is_listed_with_its_feature_and_refused_with_it() {
    let page = embert(&["devices"]).assert().success().get_output().stdout.clone();
    let page = String::from_utf8(page).unwrap();
    let model = model("model");
    for backend in Backend::ALL.into_iter().filter(|backend| !backend.is_compiled()) {
        let feature = format!("--features {backend}");
        assert!(page.lines().any(|line| line.starts_with(backend.name()) && line.ends_with(&feature)), "{page}");
        let device = if backend == Backend::Remote { "remote:gpu:3931".to_owned() } else { backend.to_string() };
        let (code, message) = refusal(embert(&asked("embed", &model)).args(["--device", &device]).write_stdin("a\n"));
        assert_eq!(code, 1, "{message}");
        assert!(message.contains(&feature), "{message}");
    }
    assert!(page.contains("auto is "), "{page}");
}

#[test]
fn what_a_variable_says_is_weaker_than_a_flag() {
    let model = model("model");
    let embed = |arguments: &[&str]| {
        let mut embed = embert(&asked("embed", &model));
        embed.args(arguments).env("EMBERT_DEVICE", "abacus").write_stdin("a\n");
        embed
    };
    embed(&["--device", "ndarray"]).assert().success();
    embed(&[]).env("EMBERT_DEVICE", "").assert().success();
    let (code, message) = refusal(&mut embed(&[]));
    assert_eq!(code, 2, "{message}");
    assert!(message.contains("abacus"), "{message}");
}

#[test]
fn a_word_that_is_no_device_is_wrong_use() {
    let model = model("model");
    for (device, expected) in [("abacus", "wgpu"), ("flex:1", "no number"), ("remote:gpu", "remote:HOST:PORT")] {
        let (code, message) = refusal(embert(&asked("embed", &model)).args(["--device", device]).write_stdin("a\n"));
        assert_eq!(code, 2, "{message}");
        assert!(message.contains(expected), "{message}");
    }
}

#[cfg(feature = "wgpu")]
#[test]
fn a_gpu_that_is_not_there_is_an_error_that_says_what_is() {
    let model = model("model");
    let (code, message) = refusal(embert(&asked("embed", &model)).args(["--device", "wgpu:9"]).write_stdin("a\n"));
    assert_eq!(code, 1, "{message}");
    assert!(message.contains("wgpu:9 is not there") && message.contains("embert devices"), "{message}");
    // A loader without a driver, and so without a device.
    let mut embed = embert(&asked("embed", &model));
    embed.args(["--device", "wgpu"]).env("VK_DRIVER_FILES", "/nonexistent").env("VK_ICD_FILENAMES", "/nonexistent");
    let (code, message) = refusal(embed.write_stdin("a\n"));
    assert_eq!(code, 1, "{message}");
    assert!(message.contains("Vulkan"), "{message}");
}
