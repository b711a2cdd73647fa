//! Files that are whole, and files that are not.

use std::path::Path;

use embert_checkpoint::{Error, NamedTensor, TensorFile, Values, write_beside, write_file, write_tensors};
use proptest::prelude::*;
use tempfile::tempdir;

fn tensor(name: &str, values: &[f32]) -> NamedTensor {
    NamedTensor { name: name.into(), shape: vec![values.len()], values: Values::Float(values.to_vec()) }
}

fn with_header(header: &str, data: &[u8]) -> Vec<u8> {
    let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
    bytes.extend(header.as_bytes());
    bytes.extend(data);
    bytes
}

fn open(bytes: &[u8]) -> Result<TensorFile, Error> {
    let dir = tempdir().unwrap();
    let path = dir.path().join("model.safetensors");
    std::fs::write(&path, bytes).unwrap();
    TensorFile::open(&path)
}

#[test]
fn what_is_written_is_read_again() {
    let dir = tempdir().unwrap();
    let path = dir.path().join("model.safetensors");
    let tensors = [
        tensor("a", &[1.0, -2.5, f32::MIN_POSITIVE]),
        NamedTensor { name: "b".into(), shape: vec![2, 1], values: Values::Int(vec![-1, i64::MAX]) },
    ];
    write_tensors(&path, &tensors).unwrap();
    let file = TensorFile::open(&path).unwrap();
    for tensor in tensors {
        assert_eq!(file.shape(&tensor.name), Some(tensor.shape.as_slice()));
        assert_eq!(file.read(&tensor.name).unwrap(), Some(tensor.values));
    }
    assert_eq!(file.read("c").unwrap(), None);
}

#[test]
fn half_precision_becomes_f32() {
    let header = r#"{"h":{"dtype":"F16","shape":[1],"data_offsets":[0,2]},"b":{"dtype":"BF16","shape":[1],"data_offsets":[2,4]}}"#;
    let dir = tempdir().unwrap();
    let path = dir.path().join("model.safetensors");
    // 1.5 in both.
    std::fs::write(&path, with_header(header, &[0x00, 0x3e, 0xc0, 0x3f])).unwrap();
    let file = TensorFile::open(&path).unwrap();
    assert_eq!(file.read("h").unwrap(), Some(Values::Float(vec![1.5])));
    assert_eq!(file.read("b").unwrap(), Some(Values::Float(vec![1.5])));
}

#[test]
fn a_long_tensor_is_turned_into_other_numbers_whole_and_in_order() {
    let numbers: Vec<i16> = (0..150_000_u32).map(|number| number as i16).collect();
    let header = r#"{"a":{"dtype":"I16","shape":[150000],"data_offsets":[0,300000]}}"#;
    let bytes: Vec<u8> = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
    let read = open(&with_header(header, &bytes)).unwrap().read("a").unwrap();
    assert_eq!(read, Some(Values::Int(numbers.into_iter().map(i64::from).collect())));
}

#[test]
fn a_file_that_lies_about_itself_is_refused() {
    let good = r#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#;
    open(&with_header(good, &[0; 4])).unwrap();
    let lies: [(&str, Vec<u8>); 8] = [
        ("no header", vec![1, 2, 3]),
        ("a header longer than the file", [&u64::MAX.to_le_bytes()[..], b"{}"].concat()),
        ("data cut short", with_header(good, &[0; 3])),
        ("data too long", with_header(good, &[0; 5])),
        ("no JSON", with_header("{", &[])),
        ("a shape that is larger than its bytes", with_header(&good.replace("[1]", "[9]"), &[0; 4])),
        (
            "overlapping tensors",
            with_header(
                r#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#,
                &[0; 4],
            ),
        ),
        ("a product that overflows", with_header(&good.replace("[1]", "[4294967296,4294967296,4294967296]"), &[0; 4])),
    ];
    for (what, bytes) in lies {
        let error = open(&bytes).expect_err(what);
        assert!(matches!(error, Error::Format { .. }), "{what}: {error}");
        assert!(error.to_string().contains("model.safetensors: not a safetensors file"), "{error}");
    }
}

#[test]
fn a_failed_write_leaves_what_was_there() {
    let dir = tempdir().unwrap();
    let path = dir.path().join("config.json");
    std::fs::write(&path, "before").unwrap();
    let refused = write_beside(&path, |_| Err::<(), _>(Error::Format { file: path.clone(), message: "no".into() }));
    assert!(refused.is_err());
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "before");
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
}

#[test]
fn what_a_killed_process_had_written_is_removed_by_the_next_and_what_another_writes_is_not() {
    let dir = tempdir().unwrap();
    let path = dir.path().join("config.json");
    let mut abandoned = None;
    write_beside(&path, |file| {
        let temporary = file.temporary().unwrap().to_owned();
        // Another of the same name, while this one is written.
        write_file(&path, b"inner")?;
        assert!(temporary.exists());
        abandoned = Some(temporary);
        Ok::<_, Error>(())
    })
    .unwrap();
    let abandoned = abandoned.unwrap();
    std::fs::write(&abandoned, "half").unwrap();
    std::fs::write(dir.path().join(".embert-other"), "").unwrap();
    write_file(&path, b"whole").unwrap();
    assert!(!abandoned.exists());
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 2);
}

#[test]
fn a_missing_file_is_named() {
    let error = TensorFile::open(Path::new("/nowhere/model.safetensors")).unwrap_err();
    assert!(error.to_string().starts_with("/nowhere/model.safetensors: "), "{error}");
}

proptest! {
    #[test]
    fn no_bytes_make_the_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = open(&bytes);
    }

    #[test]
    fn no_header_makes_the_reader_panic(
        shape in prop::collection::vec(any::<u64>(), 0..4),
        start in any::<u64>(),
        end in any::<u64>(),
        data in prop::collection::vec(any::<u8>(), 0..16),
    ) {
        let header = format!(r#"{{"a":{{"dtype":"F32","shape":{shape:?},"data_offsets":[{start},{end}]}}}}"#);
        if let Ok(file) = open(&with_header(&header, &data)) {
            let _ = file.read("a");
        }
    }
}

#[test]
fn who_write_one_file_at_once_all_write_it_and_the_last_is_there() {
    let dir = tempdir().unwrap();
    let file = dir.path().join("out");
    std::thread::scope(|scope| {
        for writer in 0..8_u8 {
            let file = &file;
            scope.spawn(move || (0..50).for_each(|_| write_file(file, &[writer; 100]).unwrap()));
        }
    });
    let bytes = std::fs::read(&file).unwrap();
    assert!(bytes.len() == 100 && bytes.iter().all(|byte| *byte == bytes[0]));
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
}
