//! How a key is set, added or taken out in the tree of a file, so that everything else stays as its writer left it.

use toml_edit::{ArrayOfTables, Decor, InlineTable, Item, Key, Table, Value};

use super::place::{Place, Step};

/// Why a tree cannot be changed so; a fragment.
pub(super) type Impossible = String;

/// Sets a key, and makes the tables above it that are missing.
pub(super) fn set(root: &mut Table, place: &Place, value: Value) -> Result<(), Impossible> {
    let (above, last) = place.split().ok_or("no key is named")?;
    let Some((first, rest)) = above.split_first() else {
        return put_into_table(root, last, value);
    };
    let mut item = below_root(root, first, value_wants_table(rest, last))?;
    for (index, step) in rest.iter().enumerate() {
        let wants_table = value_wants_table(&rest[index + 1..], last);
        item = below(item, step, wants_table)?;
    }
    put(item, last, value)
}

/// Adds an element to the list at a place: a table of its own in a list of tables, a value in a list of values.
pub(super) fn push(
    root: &mut Table,
    place: &Place,
    element: InlineTable,
) -> Result<(), Impossible> {
    if look(root, place).is_none() {
        return begin_list(root, place, element);
    }
    match find(root, place).ok_or("there is no such list")? {
        Item::ArrayOfTables(tables) => {
            tables.push(as_table(element));
            Ok(())
        }
        Item::Value(Value::Array(array)) => {
            array.push(Value::InlineTable(element));
            Ok(())
        }
        Item::None | Item::Value(_) | Item::Table(_) => Err("it is no list".to_owned()),
    }
}

/// Takes a key, a table or an element of a list out. Gives whether there was one.
pub(super) fn remove(root: &mut Table, place: &Place) -> Result<bool, Impossible> {
    let (above, last) = place.split().ok_or("no key is named")?;
    if look(root, place).is_none() {
        return Ok(false);
    }
    let Some(parent) = find_steps(root, above) else {
        if let Step::Key { name, .. } = last {
            take_out(root, name);
        }
        return Ok(true);
    };
    match (parent, last) {
        (Item::Table(table), Step::Key { name, .. }) => take_out(table, name),
        (Item::Value(Value::InlineTable(table)), Step::Key { name, .. }) => {
            take_out_inline(table, name);
        }
        (Item::ArrayOfTables(tables), Step::Index(index)) => {
            tables.remove(*index);
        }
        (Item::Value(Value::Array(array)), Step::Index(index)) => {
            array.remove(*index);
        }
        (Item::None | Item::Value(_) | Item::Table(_) | Item::ArrayOfTables(_), _) => {
            return Err("it cannot be taken out alone".to_owned());
        }
    }
    Ok(true)
}

/// What stands at a place.
pub(super) fn look<'a>(root: &'a Table, place: &Place) -> Option<&'a Item> {
    let mut steps = place.steps().iter();
    let Some(Step::Key { name, .. }) = steps.next() else {
        return None;
    };
    let mut item = root.get(name)?;
    for step in steps {
        item = match step {
            Step::Key { name, .. } => item.get(name.as_str())?,
            Step::Index(index) => item.get(*index)?,
        };
    }
    (!item.is_none()).then_some(item)
}

fn find<'a>(root: &'a mut Table, place: &Place) -> Option<&'a mut Item> {
    find_steps(root, place.steps())
}

fn find_steps<'a>(root: &'a mut Table, steps: &[Step]) -> Option<&'a mut Item> {
    let (first, rest) = steps.split_first()?;
    let Step::Key { name, .. } = first else {
        return None;
    };
    let mut item = root.get_mut(name)?;
    for step in rest {
        item = match step {
            Step::Key { name, .. } => item.as_table_like_mut()?.get_mut(name)?,
            Step::Index(index) => item.get_mut(*index)?,
        };
    }
    Some(item)
}

/// Whether the table that is made before `rest` holds the value itself, and so needs a head of its own.
fn value_wants_table(rest: &[Step], last: &Step) -> Head {
    match (rest, last) {
        ([], Step::Key { .. }) => Head::Own,
        ([], Step::Index(_)) | ([_, ..], _) => Head::Implied,
    }
}

/// Whether a new table has a line of its own that names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Head {
    Own,
    Implied,
}

fn below_root<'a>(
    root: &'a mut Table,
    step: &Step,
    head: Head,
) -> Result<&'a mut Item, Impossible> {
    let Step::Key { name, .. } = step else {
        return Err("the file is no list".to_owned());
    };
    if !root.contains_key(name) {
        root.insert_formatted(&as_key(step)?, Item::Table(table_of(head)));
    }
    root.get_mut(name).ok_or_else(|| no_table(name))
}

/// What a step leads to; a table is made where nothing is.
fn below<'a>(item: &'a mut Item, step: &Step, head: Head) -> Result<&'a mut Item, Impossible> {
    let name = match step {
        Step::Index(index) => {
            return item
                .get_mut(*index)
                .ok_or_else(|| format!("there is no element [{index}]"));
        }
        Step::Key { name, .. } => name,
    };
    match item {
        Item::Table(table) if !table.contains_key(name) => {
            let mut made = table_of(head);
            made.set_dotted(table.is_dotted());
            table.insert_formatted(&as_key(step)?, Item::Table(made));
        }
        Item::Value(Value::InlineTable(table)) if !table.contains_key(name) => {
            insert_inline(
                table,
                &as_key(step)?,
                Value::InlineTable(InlineTable::new()),
            );
        }
        Item::None | Item::Value(_) | Item::Table(_) | Item::ArrayOfTables(_) => {}
    }
    let found = item.as_table_like_mut().and_then(|it| it.get_mut(name));
    found.ok_or_else(|| no_table(name))
}

fn put(item: &mut Item, step: &Step, value: Value) -> Result<(), Impossible> {
    match (item, step) {
        (Item::Table(table), Step::Key { .. }) => put_into_table(table, step, value),
        (Item::Value(Value::InlineTable(table)), Step::Key { name, .. }) => {
            match table.get_mut(name) {
                Some(old) => replace(old, value),
                None => insert_inline(table, &as_key(step)?, value),
            }
            Ok(())
        }
        (Item::Value(Value::Array(array)), Step::Index(index)) => {
            let old = array.get_mut(*index);
            replace(
                old.ok_or_else(|| format!("there is no element [{index}]"))?,
                value,
            );
            Ok(())
        }
        (Item::ArrayOfTables(tables), Step::Index(index)) => match value {
            Value::InlineTable(element) if *index < tables.len() => {
                let mut table = as_table(element);
                let old = tables.get(*index);
                table.set_position(old.and_then(Table::position));
                if let Some(old) = old {
                    *table.decor_mut() = old.decor().clone();
                }
                tables.replace(*index, table);
                Ok(())
            }
            _ => Err(format!("there is no table [{index}]")),
        },
        (_, Step::Key { name, .. }) => Err(no_table(name)),
        (_, Step::Index(index)) => Err(format!("there is no element [{index}]")),
    }
}

fn put_into_table(table: &mut Table, step: &Step, value: Value) -> Result<(), Impossible> {
    let key = as_key(step)?;
    match table.get_mut(key.get()) {
        Some(Item::Value(old)) => {
            replace(old, value);
            return Ok(());
        }
        Some(Item::Table(_) | Item::ArrayOfTables(_)) => {
            table.remove(key.get());
        }
        Some(Item::None) | None => {}
    }
    table.insert_formatted(&key, Item::Value(value));
    Ok(())
}

/// Puts a value in another one's place, with the spaces and the remark around it.
fn replace(old: &mut Value, mut value: Value) {
    *value.decor_mut() = old.decor().clone();
    *old = value;
}

/// Adds a key to a table on one line, with the space before the brace behind it.
fn insert_inline(table: &mut InlineTable, key: &Key, mut value: Value) {
    let is_empty = table.is_empty();
    let last = table.iter_mut().last().map(|(_, last)| last.decor_mut());
    let space = last.and_then(|last| {
        let space = last.suffix()?.as_str()?.to_owned();
        let is_space = !space.is_empty() && space.chars().all(|char| char == ' ');
        is_space.then(|| last.set_suffix(""))?;
        Some(space)
    });
    let space = space.or_else(|| is_empty.then(|| " ".to_owned()));
    value.decor_mut().set_prefix(" ");
    value.decor_mut().set_suffix(space.unwrap_or_default());
    table.insert_formatted(key, value);
}

/// Takes a key of a table out. The remarks above it stay, above the key that follows or below the one before.
fn take_out(table: &mut Table, name: &str) {
    let names: Vec<String> = table.iter().map(|(name, _)| name.to_owned()).collect();
    let is_value = table.get(name).is_some_and(Item::is_value);
    let Some((key, _)) = table.remove_entry(name) else {
        return;
    };
    let remarks = text_of(key.leaf_decor());
    if !is_value || !remarks.contains('#') {
        return;
    }
    let at = names.iter().position(|it| it == name).unwrap_or_default();
    let follows = names.iter().skip(at + 1);
    for next in follows {
        let is_value = table.get(next).is_some_and(Item::is_value);
        if let Some(mut next) = table.key_mut(next).filter(|_| is_value) {
            let own = text_of(next.leaf_decor());
            next.leaf_decor_mut().set_prefix(format!("{remarks}{own}"));
            return;
        }
    }
    let remarks = remarks.trim_end_matches([' ', '\t']).trim_end_matches('\n');
    for before in names.iter().take(at).rev() {
        if let Some(Item::Value(before)) = table.get_mut(before) {
            let own = before.decor().suffix().and_then(|it| it.as_str());
            let own = own.unwrap_or_default().to_owned();
            before.decor_mut().set_suffix(format!("{own}\n{remarks}"));
            return;
        }
    }
    let own = table.decor().suffix().and_then(|it| it.as_str());
    let own = own.unwrap_or_default().to_owned();
    table.decor_mut().set_suffix(format!("{own}\n{remarks}"));
}

fn take_out_inline(table: &mut InlineTable, name: &str) {
    let Some(gone) = table.remove(name) else {
        return;
    };
    // What stood before the brace goes on standing there.
    if let Some((_, last)) = table.iter_mut().last() {
        let space = gone.decor().suffix().and_then(|it| it.as_str());
        let is_tight = last.decor().suffix().and_then(|it| it.as_str()) == Some("");
        if let Some(space) = space.filter(|_| is_tight) {
            last.decor_mut().set_suffix(space);
        }
    }
}

fn begin_list(root: &mut Table, place: &Place, element: InlineTable) -> Result<(), Impossible> {
    let (above, last) = place.split().ok_or("no key is named")?;
    let key = as_key(last)?;
    let mut tables = ArrayOfTables::new();
    let Some((first, rest)) = above.split_first() else {
        tables.push(as_table(element));
        root.insert_formatted(&key, Item::ArrayOfTables(tables));
        return Ok(());
    };
    let mut item = below_root(root, first, Head::Implied)?;
    for step in rest {
        item = below(item, step, Head::Implied)?;
    }
    match item {
        Item::Table(table) if !table.is_dotted() => {
            tables.push(as_table(element));
            table.insert_formatted(&key, Item::ArrayOfTables(tables));
            Ok(())
        }
        Item::None | Item::Value(_) | Item::Table(_) | Item::ArrayOfTables(_) => {
            let mut array = toml_edit::Array::new();
            array.push(Value::InlineTable(element));
            put(item, last, Value::Array(array))
        }
    }
}

fn as_table(element: InlineTable) -> Table {
    let mut table = element.into_table();
    table.set_implicit(false);
    table
}

fn table_of(head: Head) -> Table {
    let mut table = Table::new();
    table.set_implicit(head == Head::Implied);
    table
}

fn as_key(step: &Step) -> Result<Key, Impossible> {
    let (name, is_quoted) = match step {
        Step::Key { name, is_quoted } => (name, is_quoted),
        Step::Index(index) => return Err(format!("[{index}] is no key")),
    };
    // A text of JSON is one of TOML, but for one character.
    let quoted = serde_json::Value::from(name.as_str()).to_string();
    let written = is_quoted
        .then(|| Key::parse(&quoted).ok())
        .flatten()
        .and_then(|keys| <[Key; 1]>::try_from(keys).ok());
    Ok(match written {
        Some([key]) => key.with_leaf_decor(Decor::default()),
        None => Key::new(name),
    })
}

fn text_of(decor: &Decor) -> String {
    let text = decor.prefix().and_then(|it| it.as_str());
    text.unwrap_or_default().to_owned()
}

fn no_table(name: &str) -> Impossible {
    format!("what should hold `{name}` holds a single value")
}
