//! What is kept of lists that were read to find a few in them: the few, and how long the list was.

use bytes::Bytes;
use serde_json::Value;

use super::call::Cut;
use super::keep::Purpose;
use super::part::part_of;
use super::tape::TapedCall;

/// The calls as they are kept: whole, unless they went through what belongs to everybody.
///
/// Whoever writes, and whoever asks for documents of ours by name, is answered about them alone. Looking for
/// changes and for contacts shows whatever the organisation has.
pub(super) fn cut(calls: &[TapedCall], purpose: Purpose, marks: &[String]) -> Vec<TapedCall> {
    let is_of_everybody = match purpose {
        Purpose::Contacts | Purpose::Poll => true,
        Purpose::Send
        | Purpose::Repeat
        | Purpose::LookUp
        | Purpose::Adoption
        | Purpose::Read
        | Purpose::Companion => false,
    };
    let calls = calls.iter().cloned();
    calls
        .map(|call| match is_of_everybody && call.call.method == "GET" {
            true => cut_reply(call, marks),
            false => call,
        })
        .collect()
}

fn cut_reply(mut call: TapedCall, marks: &[String]) -> TapedCall {
    let Some(reply) = call.reply.take() else {
        return call;
    };
    let Ok(value) = serde_json::from_slice::<Value>(&reply) else {
        // Nobody can tell whose it is.
        call.call.not_kept = Some("the reply cannot be read".to_owned());
        return call;
    };
    let part = part_of(&value, None, marks);
    if part.body == value {
        call.reply = Some(reply);
        return call;
    }
    call.call.cut = Some(Cut {
        kept: part.left,
        of: part.of,
    });
    if part.left > 0 {
        let bytes = serde_json::to_vec(&part.body).expect("values have string keys");
        call.reply = Some(Bytes::from(bytes));
    }
    call
}
