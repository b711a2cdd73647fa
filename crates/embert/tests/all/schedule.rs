//! Many inputs through a schedule, with a step of a few lines in the model's place.
//!
//! An input is a number in decimal digits: its row has so many tokens, and its result is the number.

use std::{
    process::Command,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering::SeqCst},
        mpsc::{RecvTimeoutError, channel},
    },
    time::Duration,
};

use embert::{Error, Schedule, Sequence, core::Batch};
use rayon::prelude::*;

const SMALL: Schedule = Schedule { batch_tokens: 300, window_inputs: 10, window_bytes: 1 << 20 };

fn failure(key: &str) -> Error {
    Error::Setting { key: key.into(), message: String::new() }
}

fn key(error: Error) -> String {
    match error {
        Error::Setting { key, .. } => key,
        other => panic!("{other}"),
    }
}

fn tokenize(text: impl AsRef<str>) -> Result<Vec<Sequence<usize>>, Error> {
    let about: usize = text.as_ref().trim().parse().map_err(|_| failure(text.as_ref()))?;
    Ok(vec![Sequence { ids: vec![1; about], type_ids: vec![0; about], about }])
}

fn compute(batch: &Batch, numbers: &[usize]) -> Result<Vec<usize>, Error> {
    assert_eq!(batch.lengths(), numbers);
    Ok(numbers.to_vec())
}

/// Lengths from 1 to 101, in no order.
fn shuffled(count: usize) -> Vec<usize> {
    (0..count).map(|place| 1 + place * 37 % 101).collect()
}

fn texts(numbers: &[usize]) -> impl Iterator<Item = Result<String, Error>> + Send {
    numbers.iter().map(|number| Ok(number.to_string()))
}

/// The results that were given before the end, and how it ended.
fn run(
    schedule: Schedule,
    inputs: impl Iterator<Item = Result<String, Error>> + Send,
    compute: impl Fn(&Batch, &[usize]) -> Result<Vec<usize>, Error> + Send,
) -> (Vec<usize>, Result<(), Error>) {
    let mut given = Vec::new();
    let outcome = schedule.run(inputs, tokenize, compute, |numbers| {
        given.extend(numbers);
        Ok(())
    });
    (given, outcome)
}

/// `test` on a thread of its own, and on one of a pool, where the steps take turns.
fn both_ways(test: impl Fn() + Sync) {
    test();
    for threads in [1, 2] {
        rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap().install(&test);
    }
}

#[test]
fn results_come_in_the_order_of_the_inputs_whatever_the_schedule() {
    both_ways(|| {
        let numbers = shuffled(1000);
        for window_inputs in [0, 1, 7, 5000] {
            for batch_tokens in [1, 150, usize::MAX] {
                for window_bytes in [0, 100, usize::MAX] {
                    let schedule = Schedule { batch_tokens, window_inputs, window_bytes };
                    let (given, outcome) = run(schedule, texts(&numbers), compute);
                    outcome.unwrap();
                    assert_eq!(given, numbers, "{schedule:?}");
                }
            }
        }
    });
}

#[test]
fn no_input_gives_nothing() {
    both_ways(|| {
        let (given, outcome) = run(SMALL, std::iter::empty(), |_, _| panic!("nothing is computed"));
        outcome.unwrap();
        assert!(given.is_empty());
    });
}

#[test]
fn an_input_can_have_several_rows_or_none() {
    both_ways(|| {
        let tokenize = |text: &str| -> Result<Vec<_>, Error> {
            Ok(text.split_whitespace().map(tokenize).collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect())
        };
        let mut given = Vec::new();
        let inputs = ["30 2 7", "", "5"].map(Ok);
        let push = |numbers| -> Result<(), Error> {
            given.push(numbers);
            Ok(())
        };
        SMALL.run(inputs, tokenize, compute, push).unwrap();
        assert_eq!(given, [vec![30, 2, 7], vec![], vec![5]], "together, as their input is");
    });
}

#[test]
fn results_before_an_error_are_given_and_none_after_it() {
    both_ways(|| {
        let numbers = shuffled(100);
        let unread = texts(&numbers).take(25).chain([Err(failure("unread"))]).chain(texts(&numbers));
        let (given, outcome) = run(SMALL, unread, compute);
        assert_eq!((given, key(outcome.unwrap_err())), (numbers[..25].to_vec(), "unread".into()));

        let untokenized = texts(&numbers).take(25).chain([Ok("no number".into()), Err(failure("unread"))]);
        let (given, outcome) = run(SMALL, untokenized, compute);
        assert_eq!((given, key(outcome.unwrap_err())), (numbers[..25].to_vec(), "no number".into()));

        // A batch is not one input: its window has no results.
        let fails = |batch: &Batch, of_batch: &[usize]| {
            if of_batch.contains(&numbers[25]) { Err(failure("uncomputed")) } else { compute(batch, of_batch) }
        };
        let (given, outcome) = run(SMALL, texts(&numbers), fails);
        assert_eq!((given, key(outcome.unwrap_err())), (numbers[..20].to_vec(), "uncomputed".into()));
    });
}

#[test]
fn a_slow_sink_that_computes_itself_is_given_every_result_in_order() {
    both_ways(|| {
        let numbers = shuffled(60);
        let mut given = Vec::new();
        let slowly = |numbers: Vec<usize>| -> Result<(), Error> {
            std::thread::sleep(Duration::from_millis(1));
            given.push((0..numbers[0]).into_par_iter().map(|_| 1).sum::<usize>());
            Ok(())
        };
        let compute = |_: &Batch, of_batch: &[usize]| Ok(of_batch.par_iter().copied().collect());
        SMALL.run(texts(&numbers), tokenize, compute, slowly).unwrap();
        assert_eq!(given, numbers);
    });
}

#[test]
fn results_of_full_windows_are_given_while_more_is_to_come() {
    both_ways(|| {
        let numbers = shuffled(3 * SMALL.window_inputs);
        let (sender, receiver) = channel();
        texts(&numbers).for_each(|text| sender.send(text).unwrap());
        let inputs = std::iter::from_fn(move || match receiver.recv_timeout(Duration::from_secs(60)) {
            Ok(text) => Some(text),
            Err(RecvTimeoutError::Disconnected) => None,
            Err(RecvTimeoutError::Timeout) => panic!("the results wait for the input to end"),
        });
        // The input ends once the last result is given.
        let (mut sender, mut given) = (Some(sender), Vec::new());
        let push = |of_input: Vec<usize>| -> Result<(), Error> {
            given.extend(of_input);
            sender.take_if(|_| given.len() == numbers.len());
            Ok(())
        };
        SMALL.run(inputs, tokenize, compute, push).unwrap();
        assert_eq!(given, numbers);
    });
}

#[test]
fn a_sink_that_stops_stops_everything_however_much_there_is_to_read() {
    both_ways(|| {
        let mut given = 0;
        let stop = |_| {
            given += 1;
            if given == 15 { Err(failure("enough")) } else { Ok(()) }
        };
        let inputs = std::iter::repeat_with(|| Ok("3"));
        assert_eq!(key(SMALL.run(inputs, tokenize, compute, stop).unwrap_err()), "enough");
        assert_eq!(given, 15);
    });
}

#[test]
fn a_window_that_is_being_read_is_not_read_to_its_end_when_all_is_over() {
    let read = AtomicUsize::new(0);
    // The first input is a window of its own, and no other window is ever full.
    let schedule = Schedule { batch_tokens: 10, window_inputs: usize::MAX, window_bytes: 1000 };
    let inputs = std::iter::once("1".to_owned() + &" ".repeat(1000)).chain(std::iter::repeat_with(|| {
        std::thread::sleep(Duration::from_millis(1));
        assert!(read.fetch_add(1, SeqCst) < 900, "nobody said that it is over");
        "1".to_owned()
    }));
    let outcome = schedule.run(inputs.map(Ok), tokenize, compute, |_| Err(failure("enough")));
    assert_eq!(key(outcome.unwrap_err()), "enough");
}

#[test]
fn five_windows_are_on_their_way_at_most() {
    let numbers = shuffled(400);
    let (read, mut given, mut most) = (AtomicUsize::new(0), 0, 0);
    let inputs = texts(&numbers).inspect(|_| {
        read.fetch_add(1, SeqCst);
    });
    let slowly = |_| -> Result<(), Error> {
        std::thread::sleep(Duration::from_millis(1));
        most = most.max(read.load(SeqCst) - given);
        given += 1;
        Ok(())
    };
    SMALL.run(inputs, tokenize, compute, slowly).unwrap();
    assert_eq!(given, 400);
    // And it does read ahead.
    assert!((20..=50).contains(&most), "{most}");
}

#[test]
fn a_window_ends_with_its_inputs_or_with_its_bytes() {
    both_ways(|| {
        let sizes = |window_inputs, window_bytes| {
            let sizes = Mutex::new(Vec::new());
            let schedule = Schedule { batch_tokens: usize::MAX, window_inputs, window_bytes };
            // Four bytes each, of one length: a window is a batch.
            let (given, outcome) = run(schedule, (0..20).map(|_| Ok("0007".into())), |batch, numbers| {
                sizes.lock().unwrap().push(numbers.len());
                compute(batch, numbers)
            });
            outcome.unwrap();
            assert_eq!(given, [7; 20]);
            sizes.into_inner().unwrap()
        };
        assert_eq!(sizes(8, usize::MAX), [8, 8, 4]);
        assert_eq!(sizes(usize::MAX, 28), [7, 7, 6]);
        assert_eq!(sizes(8, 25), [7, 7, 6]);
        assert_eq!(sizes(3, 1), [1; 20]);
    });
}

#[test]
fn batches_keep_to_the_budget_but_for_a_row_that_is_longer() {
    let numbers = shuffled(200);
    let (given, outcome) = run(Schedule { batch_tokens: 90, ..SMALL }, texts(&numbers), |batch, of_batch| {
        assert!(batch.tokens() <= 90 || of_batch.len() == 1, "{of_batch:?}");
        compute(batch, of_batch)
    });
    outcome.unwrap();
    assert_eq!(given, numbers);
}

#[test]
fn a_pool_whose_threads_all_run_schedules_computes() {
    let numbers = shuffled(50);
    (0..64).into_par_iter().for_each(|_| {
        let (given, outcome) = run(SMALL, texts(&numbers), |_, of_batch| Ok(of_batch.par_iter().copied().collect()));
        outcome.unwrap();
        assert_eq!(given, numbers);
    });
}

/// What a panic says, when `run` has one.
fn panic_of(run: impl FnOnce() -> Result<(), Error>) -> String {
    let panic = std::panic::catch_unwind(std::panic::AssertUnwindSafe(run)).unwrap_err();
    panic.downcast_ref::<&str>().map(ToString::to_string).unwrap_or_else(|| *panic.downcast::<String>().unwrap())
}

#[test]
fn a_panic_of_any_step_is_passed_on() {
    both_ways(|| {
        let endless = || std::iter::repeat_with(|| Ok("3"));
        let fine = |_| -> Result<(), Error> { Ok(()) };
        let ends = endless().take(25).chain(std::iter::repeat_with(|| panic!("while reading")));
        assert_eq!(panic_of(|| SMALL.run(ends, tokenize, compute, fine)), "while reading");
        let tokenizes = |_: &str| -> Result<Vec<Sequence<usize>>, Error> { panic!("while tokenizing") };
        assert_eq!(panic_of(|| SMALL.run(endless(), tokenizes, compute, fine)), "while tokenizing");
        let computes = |_: &Batch, _: &[usize]| -> Result<Vec<usize>, Error> { panic!("while computing") };
        assert_eq!(panic_of(|| SMALL.run(endless(), tokenize, computes, fine)), "while computing");
        let sinks = |_| -> Result<(), Error> { panic!("while giving away") };
        assert_eq!(panic_of(|| SMALL.run(endless(), tokenize, compute, sinks)), "while giving away");
    });
}

/// The pool of a process has the threads that it had at first: here, those of another process.
#[test]
fn all_of_this_holds_where_the_pool_has_one_thread() {
    const THREADS: &str = "RAYON_NUM_THREADS";
    if std::env::var(THREADS).as_deref() != Ok("1") {
        let output = Command::new(std::env::current_exe().unwrap()).env(THREADS, "1").output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    }
}
