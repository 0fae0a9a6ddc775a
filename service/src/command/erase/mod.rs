//! `tieout erase`: takes a person's data out of everything that is remembered, with the books kept whole; shows it first.

mod files;
mod found;
mod told;

use std::sync::Arc;

use tieout_core::document::HostId;
use tieout_core::erase::{Chosen, Eraser, Person, Tally};
use tieout_core::store::{Rewriting, SledOptions, SledStore, StoreError};

use self::files::Files;
use self::found::{Looked, look};
use crate::cli::{Cli, EraseArgs};
use crate::config::Loaded;
use crate::exit::{Exit, Failure};
use crate::office::{Office, store_folder};
use crate::private;

/// Shows what would be erased.
pub(super) async fn show(cli: &Cli, args: &EraseArgs, office: &Office) -> Result<Exit, Failure> {
    let looked = look(office, person(args, &office.loaded)?).await?;
    let chosen = looked.search.clone().into_chosen();
    let tally = count(office, &chosen).await?;
    let files = Files::about(&office.loaded, &chosen.terms).await?;
    told::preview(cli, &looked, &tally, &files);
    Ok(needs(&looked, &tally, &files))
}

/// Erases. Nobody else may have the store.
pub(super) async fn apply(cli: &Cli, args: &EraseArgs, office: Office) -> Result<Exit, Failure> {
    let looked = look(&office, person(args, &office.loaded)?).await?;
    if looked.search.is_of_several() && !args.everybody {
        return Err(Failure::config(format!(
            "{} people fit, as far as their identifiers and e-mail addresses tell:\n{}",
            looked.search.people.len(),
            told::people(&looked).join("\n")
        ))
        .advise(
            "Say which with --email or --id; --everybody erases all of them. Nothing was erased.",
        ));
    }
    let chosen = looked.search.clone().into_chosen();
    let files = Files::about(&office.loaded, &chosen.terms).await?;
    let (loaded, by, now) = (office.loaded.clone(), office.by.clone(), office.clock.now());
    let would = count(&office, &chosen).await?;
    if is_nothing(&would) {
        told::nothing(cli, &looked, &would, &files);
        return Ok(needs(&looked, &would, &files));
    }
    // From here on nobody has the store, until it is written anew.
    drop(office);
    let mut eraser = Eraser::new(&chosen, &by, now);
    rewrite(&loaded, &mut eraser).await?;
    let tally = eraser.tally().clone();
    let files = files.remove()?;
    told::outcome(cli, &looked, &tally, &files);
    Ok(needs(&looked, &tally, &files))
}

async fn rewrite(loaded: &Loaded, eraser: &mut Eraser<'_>) -> Result<(), Failure> {
    let path = store_folder(loaded);
    let cache_bytes = loaded.config.store.cache_bytes;
    let options = cache_bytes.map_or_else(SledOptions::default, |cache_bytes| SledOptions {
        cache_bytes,
    });
    SledStore::rewrite(&path, options, eraser)
        .await
        .map_err(|error| {
            Failure::from(error).advise(
                "Nothing was erased unless the store says so: run the same command again. It takes as much room beside the \
                 store as the store does.",
            )
        })?;
    private::restrict_all(&path)
        .map_err(|error| Failure::new(format!("{}: {error}", path.display())))
}

/// Goes through everything as an erasure would, and writes nothing.
async fn count(office: &Office, chosen: &Chosen) -> Result<Tally, Failure> {
    let (store, chosen, now) = (
        Arc::clone(&office.store),
        chosen.clone(),
        office.clock.now(),
    );
    let work = move || {
        let mut eraser = Eraser::new(&chosen, "", now);
        store.walk(&mut |value| eraser.rewrite(value, &mut |_| {}))?;
        eraser.end(&mut |_| {});
        Ok::<_, StoreError>(eraser.tally().clone())
    };
    let counted = tokio::task::spawn_blocking(work).await;
    Ok(
        counted
            .map_err(|error| Failure::new(format!("the store could not be read: {error}")))??,
    )
}

fn person(args: &EraseArgs, loaded: &Loaded) -> Result<Person, Failure> {
    let said = |what: &str, text: &Option<String>| match text.as_deref().map(str::trim) {
        Some("") => Err(Failure::config(format!("--{what} is empty"))),
        text => Ok(text.map(str::to_owned)),
    };
    Ok(Person {
        name: said("name", &args.name)?,
        email: said("email", &args.email)?,
        id: args.id.as_deref().map(|id| party(id, loaded)).transpose()?,
    })
}

fn party(named: &str, loaded: &Loaded) -> Result<(HostId, String), Failure> {
    let wrong = || {
        let hosts: Vec<String> = loaded
            .config
            .hosts
            .keys()
            .map(ToString::to_string)
            .collect();
        Failure::config(format!("`{named}` is not HOST/ID")).advise(format!(
            "Name the product as the configuration does ({}), and what it calls the person.",
            hosts.join(", ")
        ))
    };
    let (host, id) = named.split_once('/').ok_or_else(wrong)?;
    let host = HostId::new(host).map_err(|_| wrong())?;
    // A product that is not configured any more may have left documents.
    match id.trim().is_empty() {
        true => Err(wrong()),
        false => Ok((host, id.trim().to_owned())),
    }
}

fn is_nothing(tally: &Tally) -> bool {
    let Tally {
        documents,
        revisions,
        journal_lines,
        exchanges,
        findings_of_others,
        forgotten,
        records,
        left: _,
        mentions: _,
        mentioned: _,
    } = tally;
    documents.is_empty()
        && records.is_empty()
        && revisions + journal_lines + exchanges + findings_of_others + forgotten == 0
}

fn needs(looked: &Looked, tally: &Tally, files: &Files) -> Exit {
    let is_left = !looked.refused.is_empty()
        || !looked.sign_in.is_empty()
        || !looked.search.near.is_empty()
        || !tally.left.is_empty()
        || tally.mentions > 0
        || files.are_left();
    match is_left {
        true => Exit::NeedsSomebody,
        false => Exit::Done,
    }
}
