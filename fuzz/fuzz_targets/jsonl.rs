#![no_main]
//! JSON Lines.

mod reading;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    reading::read(bytes);
    // Whatever the bytes are, a line that begins as an object does.
    if !bytes.starts_with(b"{") {
        reading::read(&[b"{", bytes].concat());
    }
});
