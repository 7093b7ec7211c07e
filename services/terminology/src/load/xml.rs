//! A bounded walk over an XML document.
//!
//! Only what a code system file needs: elements, attributes, text. Document types and entities of the document's own are
//! refused, so nothing can expand; depth, elements and text have bounds.

use std::borrow::Cow;

use quick_xml::XmlVersion;
use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::reader::Reader;

use super::error::{Fault, LoadError, utf8};

/// Largest document, in bytes. The tabular list of April 2026 has 10 MB.
const MAX_DOCUMENT: usize = 128 << 20;
/// Deepest nesting of elements. The tabular list needs 11.
const MAX_DEPTH: usize = 32;
/// Most elements of a document. The tabular list has 186,000.
const MAX_ELEMENTS: usize = 4_000_000;
/// Longest text of one element, in bytes. The longest note has about 900.
const MAX_TEXT: usize = 32 << 10;

/// A document being walked, from its first element to its last.
pub(super) struct Xml<'a> {
    reader: Reader<&'a [u8]>,
    text: &'a str,
    file: &'a str,
    open: usize,
    elements: usize,
}

/// An element that was entered. Its children or its text must be read before anything after it.
pub(super) struct Element<'a> {
    start: BytesStart<'a>,
    offset: usize,
    depth: usize,
}

impl Element<'_> {
    /// Its name, with its prefix if it has one.
    pub(super) fn name(&self) -> &str {
        self.start.name().into_inner()
    }
}

impl<'a> Xml<'a> {
    /// Starts a walk over `bytes`, which must be UTF-8.
    pub(super) fn new(file: &'a str, bytes: &'a [u8]) -> Result<Self, LoadError> {
        if bytes.len() > MAX_DOCUMENT {
            let reason = format!("the document is larger than {} MiB", MAX_DOCUMENT >> 20);
            return Err(LoadError::new(Fault::Size, file, reason));
        }
        let text = utf8(file, bytes)?;
        let mut reader = Reader::from_str(text);
        let config = reader.config_mut();
        config.expand_empty_elements = true;
        config.enable_all_checks(true);
        Ok(Self {
            reader,
            text,
            file,
            open: 0,
            elements: 0,
        })
    }

    /// The byte place reached so far.
    pub(super) fn position(&self) -> usize {
        usize::try_from(self.reader.buffer_position()).unwrap_or(self.text.len())
    }

    /// The document's first element.
    pub(super) fn root(&mut self) -> Result<Element<'a>, LoadError> {
        match self.next_markup()? {
            Step::Open(element) => Ok(element),
            Step::Text(_) => Err(self.fault("there is text before the first element")),
            Step::Close | Step::End => Err(self.fault("the document has no element")),
        }
    }

    /// The next child of `parent`, or `None` at its end. Children that were not read to their end are passed over.
    pub(super) fn child(&mut self, parent: &Element<'_>) -> Result<Option<Element<'a>>, LoadError> {
        while self.open > parent.depth {
            self.next()?;
        }
        if self.open < parent.depth {
            return Ok(None);
        }
        match self.next_markup()? {
            Step::Open(element) => Ok(Some(element)),
            Step::Text(_) => Err(self.fault(format!(
                "text stands in `{}`, which has elements only",
                parent.name()
            ))),
            Step::Close => Ok(None),
            Step::End => Err(self.fault("the document ends too early")),
        }
    }

    /// The text of `element`, white space collapsed, and with that its end.
    pub(super) fn text(&mut self, element: &Element<'_>) -> Result<String, LoadError> {
        let mut text = String::new();
        loop {
            match self.next()? {
                Step::Text(piece) => text.push_str(&piece),
                Step::Close => return Ok(collapse(&text)),
                Step::Open(child) => {
                    let reason = format!(
                        "`{}` stands in `{}`, which has text only",
                        child.name(),
                        element.name()
                    );
                    return Err(self.refuse(&child, reason));
                }
                Step::End => return Err(self.fault("the document ends too early")),
            }
            if text.len() > MAX_TEXT {
                let reason = format!("`{}` is longer than {MAX_TEXT} bytes", element.name());
                return Err(self.refuse(element, reason));
            }
        }
    }

    /// The value of attribute `name`. Attributes other than those in `known` are refused.
    pub(super) fn attribute(
        &self,
        element: &Element<'_>,
        name: &str,
        known: &[&str],
    ) -> Result<Option<String>, LoadError> {
        let mut value = None;
        for attribute in element.start.attributes() {
            let attribute = attribute.map_err(|error| self.refuse(element, error.to_string()))?;
            let key = attribute.key.into_inner();
            if key == name {
                let text = attribute
                    .normalized_value(XmlVersion::Implicit1_0)
                    .map_err(|error| self.refuse(element, error.to_string()))?;
                value = Some(collapse(&text));
            } else if !known.contains(&key) {
                let reason = format!(
                    "`{}` has no attribute `{key}` in this format",
                    element.name()
                );
                return Err(self.refuse(element, reason));
            }
        }
        Ok(value)
    }

    /// Checks that `element` has no attribute.
    pub(super) fn no_attributes(&self, element: &Element<'_>) -> Result<(), LoadError> {
        self.attribute(element, "", &[]).map(|_| ())
    }

    /// The end of the document, after which nothing may stand.
    pub(super) fn end(&mut self) -> Result<(), LoadError> {
        match self.next_markup()? {
            Step::End => Ok(()),
            _ => Err(self.fault("something stands after the end of the first element")),
        }
    }

    /// A fault at `element`.
    pub(super) fn refuse(&self, element: &Element<'_>, reason: impl Into<String>) -> LoadError {
        LoadError::at(self.file, self.text, element.offset, reason)
    }

    /// A fault at the place reached.
    pub(super) fn fault(&self, reason: impl Into<String>) -> LoadError {
        LoadError::at(self.file, self.text, self.position(), reason)
    }

    /// The next step that is not white space.
    fn next_markup(&mut self) -> Result<Step<'a>, LoadError> {
        loop {
            match self.next()? {
                Step::Text(text) if text.trim().is_empty() => {}
                step => return Ok(step),
            }
        }
    }

    fn next(&mut self) -> Result<Step<'a>, LoadError> {
        loop {
            let offset = self.position();
            let event = self.reader.read_event().map_err(|error| {
                let place = usize::try_from(self.reader.error_position());
                LoadError::at(
                    self.file,
                    self.text,
                    place.unwrap_or(offset),
                    error.to_string(),
                )
            })?;
            match event {
                Event::Start(start) | Event::Empty(start) => return self.enter(start, offset),
                Event::End(_) => {
                    self.open -= 1;
                    return Ok(Step::Close);
                }
                Event::Text(text) => return self.readable(text.into_inner(), offset),
                Event::CData(text) => return self.readable(text.into_inner(), offset),
                Event::GeneralRef(name) => {
                    return self.resolve(&name, offset).map(|it| Step::Text(it.into()));
                }
                Event::Comment(_) | Event::PI(_) => {}
                Event::Decl(declaration) => {
                    if let Some(Ok(name)) = declaration.encoding()
                        && !["utf-8", "us-ascii"].contains(&name.to_ascii_lowercase().as_str())
                    {
                        let reason = format!("encoding `{name}` is not read, only UTF-8");
                        return Err(LoadError::at(self.file, self.text, offset, reason));
                    }
                }
                Event::DocType(_) => {
                    let reason = "a document type (DOCTYPE) is refused: it could define entities";
                    return Err(LoadError::at(self.file, self.text, offset, reason));
                }
                Event::Eof if self.open > 0 => {
                    return Err(self.fault("the document ends too early"));
                }
                Event::Eof => return Ok(Step::End),
            }
        }
    }

    fn enter(&mut self, start: BytesStart<'a>, offset: usize) -> Result<Step<'a>, LoadError> {
        self.open += 1;
        self.elements += 1;
        let element = Element {
            start,
            offset,
            depth: self.open,
        };
        if self.open > MAX_DEPTH {
            let reason = format!("elements are nested deeper than {MAX_DEPTH}");
            return Err(self.refuse(&element, reason));
        }
        if self.elements > MAX_ELEMENTS {
            let reason = format!("the document has more than {MAX_ELEMENTS} elements");
            return Err(self.refuse(&element, reason));
        }
        Ok(Step::Open(element))
    }

    fn readable(&self, text: Cow<'a, str>, offset: usize) -> Result<Step<'a>, LoadError> {
        if text.contains(|c: char| c.is_control() && !c.is_whitespace()) {
            let reason = "the text holds a control character";
            return Err(LoadError::at(self.file, self.text, offset, reason));
        }
        Ok(Step::Text(text))
    }

    /// One of the five predefined entities, or a character by its number.
    fn resolve(&self, reference: &BytesRef<'_>, offset: usize) -> Result<String, LoadError> {
        let refuse = |reason: String| LoadError::at(self.file, self.text, offset, reason);
        let number = reference
            .resolve_char_ref()
            .map_err(|error| refuse(error.to_string()))?;
        let character = match (number, &**reference) {
            (Some(c), _) if c.is_control() && !c.is_whitespace() => None,
            (Some(c), _) => Some(c),
            (None, "amp") => Some('&'),
            (None, "lt") => Some('<'),
            (None, "gt") => Some('>'),
            (None, "quot") => Some('"'),
            (None, "apos") => Some('\''),
            _ => None,
        };
        character
            .map(String::from)
            .ok_or_else(|| refuse(format!("entity `&{};` is refused", &**reference)))
    }
}

/// What the walk meets next.
enum Step<'a> {
    Open(Element<'a>),
    Text(Cow<'a, str>),
    Close,
    End,
}

/// `text` with each run of white space made one space, none at its ends.
fn collapse(text: &str) -> String {
    let mut collapsed = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !collapsed.is_empty() {
            collapsed.push(' ');
        }
        collapsed.push_str(word);
    }
    collapsed
}
