//! What pages and programs are told of many documents at once: which are meant, what each row says, what happened, what is kept.

mod export_rows;
mod exports;
mod journal;
mod keys;
mod layouts;
mod mend;
mod note;
mod page;
mod row;
mod sheet;
mod wanted;

pub(crate) use exports::{ExportOf, Exports, Job, KeptExport};
pub(crate) use journal::{
    EVENTS, HappeningsPage, HappeningsWanted, Moment, happenings, kind_of as event_kind,
};
pub(crate) use keys::{KINDS, document_key, document_path, escaped, spelled, spelled_key};
pub(crate) use layouts::{Layout, Scope, delete as delete_layout, layouts, save as save_layout};
pub(crate) use mend::{Choices, Freed, choices, freed};
pub(crate) use note::{NoteForm, note_in_words};
pub(crate) use page::{Page, keys_of, page};
pub(crate) use row::{Row, rows, totals};
pub(crate) use sheet::Form;
pub(crate) use wanted::{Column, Wanted, Which};
