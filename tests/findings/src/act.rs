//! How a person runs an offered command: its words taken as the program takes them.

use tieout_core::advice::Action;
use tieout_core::check::kinds::Act;
use tieout_core::driver::{AskAnew, Choice};
use tieout_core::engine::{Binding, Denied, Manner, Step, detach, retry, skip};
use tieout_core::store::ChangeSet;

use crate::ground::Ground;

const ANN: &str = "ann";

/// Does what an action says, on the document that it names.
pub(crate) async fn act(
    ground: &mut Ground,
    binding: &Binding,
    action: &Action,
) -> Result<(), String> {
    let key = &binding.key.document;
    let named = format!("{}/{}/{}", key.host, key.kind.as_str(), key.id);
    let words: Vec<&str> = action.arguments.iter().map(String::as_str).collect();
    if words.get(1) != Some(&named.as_str()) {
        return Err(format!("`{}` is about another document", action.command));
    }
    let at = ground.now();
    let done = match (action.act, words.as_slice()) {
        (Act::Retry, ["retry", _]) => {
            return commit(ground, binding, retry(binding, ANN, at)).await;
        }
        (Act::Skip, ["skip", _]) => {
            return commit(ground, binding, skip(binding, ANN, None, at)).await;
        }
        (Act::Detach, ["detach", _]) => {
            return commit(ground, binding, detach(binding, ANN, at)).await;
        }
        (Act::Adopt, ["adopt", _]) => bind(ground, binding, Choice::Found, Manner::AsItIs).await,
        (Act::AdoptOverwrite, ["adopt", _, "--overwrite"]) => {
            bind(ground, binding, Choice::Found, Manner::Overwrite).await
        }
        (Act::AdoptAs, ["adopt", _, "--as", id]) => {
            bind(ground, binding, Choice::Named(id), Manner::AsItIs).await
        }
        (Act::AdoptNone, ["adopt", _, "--none"]) => {
            let told = ground.world().tell_apart(binding, ANN).await;
            told.map_err(|error| error.chain())?.map(|_| ())
        }
        (Act::UndoCancel, ["undo", _, "--cancel"]) => {
            let told = ground.world().cancel_undo(&binding.key, ANN).await;
            told.map_err(|error| error.chain())?.map(|_| ())
        }
        _ => return Err(format!("`{}` is no such command", action.command)),
    };
    done.map_err(|denied| format!("{}: {denied}. {}", action.command, denied.instead))
}

async fn bind(
    ground: &mut Ground,
    binding: &Binding,
    choice: Choice<'_>,
    manner: Manner,
) -> Result<(), Denied> {
    let adopted = ground.world().adopt(binding, choice, (manner, ANN)).await;
    match adopted {
        Ok(adopted) => adopted.map(|_| ()),
        Err(error) => Err(Denied::new(error.chain(), "")),
    }
}

/// Stores what the program would store.
async fn commit(
    ground: &Ground,
    binding: &Binding,
    step: Result<Step, Denied>,
) -> Result<(), String> {
    let step = step.map_err(|denied| format!("{denied}. {}", denied.instead))?;
    let changes = ChangeSet {
        bindings: vec![step.binding],
        journal: vec![step.entry],
        records: vec![AskAnew::record(&binding.key.connection, ground.now())],
        ..ChangeSet::default()
    };
    let stored = ground.store().commit(changes).await;
    stored.map_err(|error| error.to_string())
}
