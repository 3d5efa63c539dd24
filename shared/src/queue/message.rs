//! What can travel through a queue, and how it becomes bytes.

use crate::queue::beside;
use serde::{Serialize, de::DeserializeOwned};
use std::borrow::Cow;
use std::fmt::Display;
use std::ops::Deref;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Why a message cannot be read or written, in the words of the encoder.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct CodecError(String);

impl From<postcard::Error> for CodecError {
    fn from(error: postcard::Error) -> CodecError {
        CodecError(beside::why().map_or_else(|| error.to_string(), str::to_owned))
    }
}

/// What can be put into a queue: any type with serde's `Serialize` and `Deserialize`, or [`Bytes`].
///
/// Python pickles whatever it is given, and finds out at run time, in another thread, that it
/// cannot; here the compiler finds out.
///
/// ```
/// #[derive(serde::Serialize, serde::Deserialize, PartialEq, Debug)]
/// struct Task { number: u32, name: String }
///
/// let queue = multiprocessing::Queue::unbounded()?;
/// queue.put(Task { number: 7, name: "seven".into() })?;
/// assert_eq!(queue.get()?, Task { number: 7, name: "seven".into() });
/// # Ok::<(), anyhow::Error>(())
/// ```
///
/// Some types can be encoded, but not decoded: the encoding is without names, and serde's `untagged`,
/// `tag`, `flatten` and `skip_serializing_if` need them. They are refused at `put`, and at `send` of a
/// [pipe](crate::pipe()): each decodes the first message of each kind (of an enum: of each variant)
/// that a process sends that way:
/// ```
/// #[derive(serde::Serialize, serde::Deserialize)]
/// #[serde(untagged)]
/// enum Reply { Number(u32), Text(String) }
///
/// let queue = multiprocessing::Queue::unbounded()?;
/// assert!(queue.put(Reply::Number(7)).is_err());
/// # Ok::<(), anyhow::Error>(())
/// ```
/// A fault that only another value of the same kind brings out is an error at `get` or `recv`, and the
/// message is gone.
///
/// An end of a [pipe](crate::pipe()) is more than bytes: only a pipe carries it. A closure is no message:
/// ```compile_fail
/// multiprocessing::Queue::unbounded().unwrap().put(|| 0);
/// ```
pub trait Message: Sized {
    /// Whether the bytes are the message, so that decoding them cannot fail.
    #[doc(hidden)]
    const AS_IT_IS: bool = false;
    /// In words, for somebody who listens: as `{:?}` would print it, if it derived that.
    #[doc(hidden)]
    fn told(&self) -> impl Display;
    /// The bytes to send.
    fn encode(&self) -> Result<Cow<'_, [u8]>, CodecError>;
    /// The message that these bytes stand for.
    fn decode(bytes: Cow<'_, [u8]>) -> Result<Self, CodecError>;
}

impl<T: Serialize + DeserializeOwned> Message for T {
    fn told(&self) -> impl Display {
        serde_fmt::to_debug(self)
    }

    fn encode(&self) -> Result<Cow<'_, [u8]>, CodecError> {
        // Most messages are short: one allocation, which need not grow.
        let mut bytes = Vec::with_capacity(64);
        append(self, &mut bytes)?;
        Ok(Cow::Owned(bytes))
    }

    fn decode(bytes: Cow<'_, [u8]>) -> Result<Self, CodecError> {
        decode(&bytes)
    }
}

/// Encodes a message behind what is there already.
pub(crate) fn append(message: &impl Serialize, bytes: &mut Vec<u8>) -> Result<(), CodecError> {
    Ok(postcard::to_io(message, bytes).map(drop)?)
}

pub(crate) fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, CodecError> {
    Ok(postcard::from_bytes(bytes)?)
}

/// The kinds of message that this process has tried to decode before it let them go: some types can
/// be encoded, but not decoded, and whoever receives them would lose them. A kind is a first byte,
/// because with an enum that is the variant.
#[derive(Default)]
pub(crate) struct Tried([AtomicU64; 4]);

impl Tried {
    /// Decodes these bytes for a trial, if they are the first that begin so.
    #[inline]
    pub(crate) fn first_of_its_kind<T: Message>(&self, bytes: &[u8]) -> Result<(), CodecError> {
        let kind = bytes.first().copied().unwrap_or(0);
        let (tried, bit) = (&self.0[usize::from(kind / 64)], 1 << (kind % 64));
        if !T::AS_IT_IS && tried.load(Relaxed) & bit == 0 {
            T::decode(Cow::Borrowed(bytes))?;
            tried.fetch_or(bit, Relaxed);
        }
        Ok(())
    }
}

/// Bulk bytes: a message that is copied as it is, without being encoded byte by byte.
///
/// ```
/// use multiprocessing::{Bytes, Queue};
/// let queue = Queue::<Bytes>::unbounded()?;
/// queue.put(Bytes::from(vec![7; 65_536]))?;
/// assert_eq!(queue.get()?.len(), 65_536);
/// # Ok::<(), anyhow::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bytes(pub Vec<u8>);

impl Message for Bytes {
    const AS_IT_IS: bool = true;

    fn told(&self) -> impl Display {
        ""
    }

    fn encode(&self) -> Result<Cow<'_, [u8]>, CodecError> {
        Ok(Cow::Borrowed(&self.0))
    }

    fn decode(bytes: Cow<'_, [u8]>) -> Result<Self, CodecError> {
        Ok(Bytes(bytes.into_owned()))
    }
}

impl Deref for Bytes {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl From<Vec<u8>> for Bytes {
    fn from(bytes: Vec<u8>) -> Bytes {
        Bytes(bytes)
    }
}
