//! The file of events, against bytes that TensorFlow's own messages and checksums give.

use embert::report::tensorboard::{write_header, write_line};
use serde_json::{Value, json};

fn events(lines: &[Value]) -> Vec<u8> {
    let mut bytes = Vec::new();
    write_header(lines.first(), &mut bytes).unwrap();
    for line in lines {
        write_line(line, &mut bytes).unwrap();
    }
    bytes
}

#[test]
fn the_bytes_are_those_of_tensorboard() {
    let lines = [
        json!({"event": "step", "step": 10, "loss": 0.0, "mlm_loss": 8.5, "nsp_loss": null, "time": 1.5}),
        json!({"event": "validated", "step": 300, "valid_loss": 2, "samples": [
            {"text": "a <mask>\n*b*", "answers": [{"original": "x", "guess": "##y"}]}, {"text": "z"}]}),
    ];
    let hex: String = events(&lines).iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(hex, EXPECTED);
}

#[test]
fn lines_without_step_or_numbers_leave_no_event() {
    let none = [json!({"event": "step", "step": 1, "loss": null}), json!({"event": "step", "loss": 1.0}), json!(3)];
    assert_eq!(events(&none), events(&[]));
}

/// Made with the messages and the record writer of the `tensorboard` package.
const EXPECTED: &str = "\
    1800000000000000a37f4b2209000000000000f83f1a0d627261696e2e4576656e743a322a28646c3d000000000000006049\
    f1ec09000000000000f83f100a2a300a140a0d747261696e696e672f6c6f737315000000000a180a11747261696e696e672f\
    6d6c6d5f6c6f737315000008410e6d624c6a00000000000000af81ed6710ac022a650a140a0d68656c64206f75742f6c6f73\
    7315000000400a4d0a1068656c64206f75742f73616d706c6573422d0807422961203c656d3e262333353b262333353b793c\
    2f656d3e2028782920262334323b62262334323b0a0a7a4a0a0a060a0474657874200245fee466";
