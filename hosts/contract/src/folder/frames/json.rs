//! How a JSON file is cut: an array, or an object with the array under its name, element by element.

use std::io::Read;

use super::Frame;
use crate::folder::source::{Fault, Source};

const DEPTH_MAX: usize = 128;
const KEY_BYTES_MAX: usize = 1_024;
const CUT_OFF: &str = "the file ends in the middle of its JSON: it is cut off";

/// What stands in a JSON file.
pub(in crate::folder) enum JsonPiece {
    /// An element of the list.
    Element(Frame),
    /// The value under `trailer`.
    Trailer(Frame),
}

/// The pieces of a file.
pub(in crate::folder) struct JsonPieces<R> {
    source: Source<R>,
    list: &'static str,
    limit: usize,
    state: State,
    in_object: bool,
    list_seen: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Start,
    /// Before a key; `}` may stand there when it is the first.
    Key {
        first: bool,
    },
    AfterMember,
    /// Before an element; `]` may stand there when it is the first.
    Element {
        first: bool,
    },
    AfterElement,
    End,
}

impl<R: Read> JsonPieces<R> {
    /// Cuts a source; elements of more than `limit` bytes are not held.
    pub(in crate::folder) fn new(source: Source<R>, list: &'static str, limit: usize) -> Self {
        Self {
            source,
            list,
            limit,
            state: State::Start,
            in_object: false,
            list_seen: false,
        }
    }

    /// Cuts a source that stands right after an element.
    pub(in crate::folder) fn after_element(
        source: Source<R>,
        list: &'static str,
        limit: usize,
    ) -> Self {
        let state = State::AfterElement;
        Self {
            source,
            list,
            limit,
            state,
            in_object: false,
            list_seen: true,
        }
    }

    /// The next piece. Refuses a file that is not the JSON it should be.
    pub(in crate::folder) fn next(&mut self) -> Result<Option<JsonPiece>, Fault> {
        loop {
            let token = self.token()?;
            match (self.state, token) {
                (State::End, None) => return Ok(None),
                (State::End, Some(_)) => return Err(self.broken("text after the end of the JSON")),
                (_, None) => return Err(self.broken(CUT_OFF)),
                (State::Start, Some(byte)) => self.start(byte)?,
                (State::Key { first: true } | State::AfterMember, Some(b'}')) => {
                    self.end_object()?;
                }
                (State::AfterMember, Some(b',')) => self.pass(State::Key { first: false }),
                (State::Key { .. }, Some(b'"')) => {
                    if let Some(trailer) = self.member()? {
                        return Ok(Some(JsonPiece::Trailer(trailer)));
                    }
                }
                (State::Key { .. } | State::AfterMember, Some(_)) => {
                    return Err(self.broken("a key, a comma or a closing brace should stand here"));
                }
                (State::Element { first: true } | State::AfterElement, Some(b']')) => {
                    self.end_list();
                }
                (State::AfterElement, Some(b',')) => self.pass(State::Element { first: false }),
                (State::AfterElement, Some(_)) => {
                    return Err(self.broken("a comma or a closing bracket should stand here"));
                }
                (State::Element { .. }, Some(_)) => {
                    let element = self.value(self.limit)?;
                    self.state = State::AfterElement;
                    return Ok(Some(JsonPiece::Element(element)));
                }
            }
        }
    }

    /// The line that was reached, from 1.
    pub(in crate::folder) fn line(&self) -> u64 {
        self.source.line()
    }

    /// The source, for its hash.
    pub(in crate::folder) fn into_source(self) -> Source<R> {
        self.source
    }

    fn start(&mut self, byte: u8) -> Result<(), Fault> {
        match byte {
            b'[' => {
                self.list_seen = true;
                self.pass(State::Element { first: true });
            }
            b'{' => {
                self.in_object = true;
                self.pass(State::Key { first: true });
            }
            _ => return Err(self.broken("neither an array nor an object")),
        }
        Ok(())
    }

    fn end_list(&mut self) {
        let next = if self.in_object {
            State::AfterMember
        } else {
            State::End
        };
        self.pass(next);
    }

    fn end_object(&mut self) -> Result<(), Fault> {
        if !self.list_seen {
            let message = format!("the object has no list named `{}`", self.list);
            return Err(self.broken(&message));
        }
        self.pass(State::End);
        Ok(())
    }

    /// Reads a key and its value; the value of `trailer` is handed out, others are passed over.
    fn member(&mut self) -> Result<Option<Frame>, Fault> {
        let key = self.value(KEY_BYTES_MAX)?;
        let key: String = serde_json::from_slice(&key.bytes).unwrap_or_default();
        if self.token()? != Some(b':') {
            return Err(self.broken("a colon should stand here"));
        }
        self.pass(State::AfterMember);
        let Some(opening) = self.token()? else {
            return Err(self.broken(CUT_OFF));
        };
        if key == self.list {
            if opening != b'[' || self.list_seen {
                let message = format!("`{}` must be one list", self.list);
                return Err(self.broken(&message));
            }
            self.list_seen = true;
            self.pass(State::Element { first: true });
            return Ok(None);
        }
        let is_trailer = key == "trailer";
        let value = self.value(if is_trailer { KEY_BYTES_MAX } else { 0 })?;
        self.state = State::AfterMember;
        Ok(is_trailer.then_some(value))
    }

    /// The next byte that is no blank, not passed over.
    fn token(&mut self) -> Result<Option<u8>, Fault> {
        loop {
            let chunk = self.source.chunk()?;
            if chunk.is_empty() {
                return Ok(None);
            }
            let blank = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\r' | b'\n');
            let at = chunk.iter().position(|byte| !blank(byte));
            let (blanks, found) = (at.unwrap_or(chunk.len()), at.map(|at| chunk[at]));
            self.source.consume(blanks);
            if found.is_some() {
                return Ok(found);
            }
        }
    }

    fn value(&mut self, limit: usize) -> Result<Frame, Fault> {
        let mut frame = Frame::beginning(&self.source);
        let mut lexer = Lexer::default();
        loop {
            let line = self.source.line();
            let chunk = self.source.chunk()?;
            if chunk.is_empty() {
                return Err(self.broken(CUT_OFF));
            }
            let (used, whole) = lexer
                .feed(chunk)
                .map_err(|message| Fault::at(line, message))?;
            frame.push(&chunk[..used], limit);
            self.source.consume(used);
            if whole {
                frame.end = self.source.offset();
                return Ok(frame);
            }
        }
    }

    fn pass(&mut self, next: State) {
        self.source.consume(1);
        self.state = next;
    }

    fn broken(&self, message: &str) -> Fault {
        Fault::at(self.source.line(), message)
    }
}

/// Finds where a value ends; whether its inside is right is asked of the JSON reader later.
#[derive(Default)]
struct Lexer {
    open: Vec<u8>,
    place: Place,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Place {
    #[default]
    Start,
    Between,
    Text,
    Escape,
    Word,
}

impl Lexer {
    /// How many bytes of the chunk belong to the value, and whether it is whole.
    fn feed(&mut self, chunk: &[u8]) -> Result<(usize, bool), &'static str> {
        for (at, byte) in chunk.iter().enumerate() {
            match (self.place, byte) {
                (Place::Text, b'\\') => self.place = Place::Escape,
                (Place::Text, b'"') => {
                    self.place = Place::Between;
                    if self.open.is_empty() {
                        return Ok((at + 1, true));
                    }
                }
                (Place::Text, _) => {}
                (Place::Escape, _) => self.place = Place::Text,
                (Place::Word, b',' | b']' | b'}' | b' ' | b'\t' | b'\r' | b'\n') => {
                    return Ok((at, true));
                }
                (Place::Word, _) => {}
                (Place::Start | Place::Between, b'"') => self.place = Place::Text,
                (Place::Start | Place::Between, b'{' | b'[') => self.opening(*byte)?,
                (Place::Between, b'}' | b']') => {
                    if self.closing(*byte)? {
                        return Ok((at + 1, true));
                    }
                }
                (Place::Start, b',' | b'}' | b']' | b':') => {
                    return Err("a value should stand here");
                }
                (Place::Start, _) => self.place = Place::Word,
                (Place::Between, _) => {}
            }
        }
        Ok((chunk.len(), false))
    }

    fn opening(&mut self, byte: u8) -> Result<(), &'static str> {
        if self.open.len() == DEPTH_MAX {
            return Err("JSON nested more than 128 levels deep");
        }
        self.open.push(byte);
        self.place = Place::Between;
        Ok(())
    }

    fn closing(&mut self, byte: u8) -> Result<bool, &'static str> {
        let wanted = if byte == b'}' { b'{' } else { b'[' };
        if self.open.pop() != Some(wanted) {
            return Err("a closing brace or bracket that does not match the opening one");
        }
        Ok(self.open.is_empty())
    }
}
