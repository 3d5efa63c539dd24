//! What travels between a pool and its workers: the tasks or results of a chunk, each behind its
//! length; before results, the number of the chunk.
//!
//! So a task that cannot be encoded or decoded fails alone: those before it in its chunk are as they
//! were.

use crate::queue::message::{self, CodecError};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::iter;
use std::panic::{self, AssertUnwindSafe};

/// The bytes of the number, and of each length.
pub(crate) const WORD: usize = size_of::<u64>();

/// A parcel that begins with this. Most are short: one allocation, which need not grow.
pub(crate) fn begin(with: &[u8]) -> Vec<u8> {
    let mut parcel = Vec::with_capacity(64);
    parcel.extend_from_slice(with);
    parcel
}

pub(crate) fn number_of(parcel: &[u8]) -> u64 {
    parcel.first_chunk().map_or(0, |number| u64::from_le_bytes(*number))
}

/// Adds a task or a result. After an error or a panic, the end of the parcel is not to be used.
pub(crate) fn pack(parcel: &mut Vec<u8>, message: &impl Serialize) -> Result<(), CodecError> {
    let start = parcel.len();
    parcel.extend([0; WORD]);
    message::append(message, parcel)?;
    let len = (parcel.len() - start - WORD) as u64;
    parcel[start..start + WORD].copy_from_slice(&len.to_le_bytes());
    Ok(())
}

/// What was packed, each decoded when it is asked for.
pub(crate) fn unpack<M: DeserializeOwned>(
    mut packed: &[u8],
) -> impl Iterator<Item = Result<M, CodecError>> {
    iter::from_fn(move || {
        let (len, rest) = packed.split_first_chunk()?;
        let (message, rest) = rest.split_at(u64::from_le_bytes(*len) as usize);
        packed = rest;
        Some(message::decode(message))
    })
}

/// Runs code that is not ours. The error is the message of its panic.
pub(crate) fn caught<A>(run: impl FnOnce() -> A) -> Result<A, String> {
    panic::catch_unwind(AssertUnwindSafe(run)).map_err(|payload| {
        if let Some(text) = payload.downcast_ref::<&str>() {
            return text.to_string();
        }
        payload.downcast::<String>().map_or_else(
            |payload| {
                std::mem::forget(payload); // its destructor might panic too
                "(without a text)".into()
            },
            |text| *text,
        )
    })
}
