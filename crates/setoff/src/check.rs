//! `setoff check`: reads files of obligations and says what is in them and what is doubtful.
//! Nothing is changed or written.

mod alike;
mod duplicates;
mod legal_form;
mod lookalikes;
mod on_circles;
mod one_letter;
mod spelling;
#[cfg(test)]
mod testing;
