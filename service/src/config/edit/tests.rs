//! What a change by the program leaves as it was, and what it refuses.

use std::path::Path;

use chrono::{DateTime, Utc};
use toml_edit::{InlineTable, Value};

use super::super::load::{Loaded, read};
use super::super::secret::Secrets;
use super::*;

/// A file as people write them.
const FILE: &str = "# Ours.\n\
[xero]\n\
client_id = \"a\"   # the app\n\
client_secret = { env = \"PATH\" }\n\
\n\
[connections.acme.settings]\n\
number_prefix = \"A-\" # ours\n\
terms = { days = 14, basis = \"invoice_date\" }\n\
\n\
[connections.acme.settings.accounts.by_charge_code]\n\
# \"TAXI\" = \"211\"\n\
\n\
[connections.acme.settings.tax_codes]\n\
# What the product says = what Xero says.\n\
\"GST\" = \"OUTPUT\"  # 10 %\n\
\n\
# Where what goes.\n\
[[routes]]\n\
connection = \"acme\"\n\
divisions = [\n\
  \"North\", # first\n\
  \"South\",\n\
]\n\
\n\
[[routes]]\n\
connection = \"acme\"\n";

fn loaded(text: &str) -> Loaded {
    read(Path::new("t.toml"), text, Secrets::Spared).unwrap()
}

fn codes() -> Place {
    Place::of(["connections", "acme", "settings", "tax_codes"])
}

fn edited(text: &str, change: impl FnOnce(&mut Draft) -> Result<(), Failure>) -> String {
    let mut draft = Draft::of(&loaded(text)).unwrap();
    change(&mut draft).unwrap();
    draft.finish().unwrap().after.text
}

/// The lines that are added and those that are gone.
fn changes(before: &str, after: &str) -> (Vec<String>, Vec<String>) {
    let of = |fate: Fate| {
        let lines = lines::difference(before, after).into_iter();
        lines
            .filter(|line| line.fate == fate)
            .map(|line| line.text)
            .collect()
    };
    (of(Fate::Added), of(Fate::Removed))
}

#[test]
fn a_new_key_is_one_new_line_and_everything_else_is_byte_for_byte_as_it_was() {
    let text = edited(FILE, |draft| draft.set(&codes().quoted("FRE"), "EXEMPT"));
    let (added, removed) = changes(FILE, &text);
    assert_eq!((added.len(), removed.len()), (1, 0), "{text}");
    assert_eq!(added[0], "\"FRE\" = \"EXEMPT\"");
    assert_eq!(text.replace("\"FRE\" = \"EXEMPT\"\n", ""), FILE);
}

#[test]
fn a_value_is_replaced_with_its_remark_kept() {
    let text = edited(FILE, |draft| draft.set(&codes().quoted("GST"), "OUTPUT2"));
    assert_eq!(
        text,
        FILE.replace("\"OUTPUT\"  # 10 %", "\"OUTPUT2\"  # 10 %")
    );
}

#[test]
fn codes_with_anything_in_them_are_written_and_read_as_they_are() {
    for code in [
        "",
        "A.1",
        "B [2]",
        "q\"q",
        "back\\slash",
        "a = b # c",
        "ü\u{7f}",
        "GST.\"x\"",
        "\n[xero]",
    ] {
        let text = edited(FILE, |draft| draft.set(&codes().quoted(code), "X"));
        let config = loaded(&text).config;
        let settings = &config.connections.values().next().unwrap().settings;
        assert_eq!(
            settings.tax_codes.get(code).map(String::as_str),
            Some("X"),
            "{code:?}: {text}"
        );
        assert_eq!(settings.tax_codes.len(), 2, "{code:?}");
    }
}

#[test]
fn inline_tables_dotted_keys_and_tables_that_are_missing_are_served_in_their_own_way() {
    let inline = "[xero]\nclient_id = \"a\"\n[connections.acme]\nsettings = { tax_codes = { GST = \"O\" } }\n";
    let text = edited(inline, |draft| draft.set(&codes().then("FRE"), "E"));
    assert!(
        text.contains("{ tax_codes = { GST = \"O\", FRE = \"E\" } }"),
        "{text}"
    );

    let dotted = "[xero]\nclient_id = \"a\"\n[connections.acme.settings]\ntax_codes.GST = \"O\"  # one\nnumber_prefix = \"\"\n";
    let text = edited(dotted, |draft| draft.set(&codes().then("FRE"), "E"));
    assert_eq!(
        changes(dotted, &text),
        (vec!["tax_codes.FRE = \"E\"".to_owned()], vec![])
    );

    let bare = "[xero]\nclient_id = \"a\"\n\n[connections.acme]\nprovider = \"xero\"\n\n[[routes]]\nconnection = \"acme\"\n";
    let text = edited(bare, |draft| draft.set(&codes().quoted("GST"), "O"));
    let (added, removed) = changes(bare, &text);
    assert!(removed.is_empty(), "{text}");
    assert!(
        added.contains(&"[connections.acme.settings.tax_codes]".to_owned()),
        "{text}"
    );
    assert!(!text.contains("[connections.acme.settings]\n"), "{text}");

    let implied = "[xero]\nclient_id = \"a\"\n[connections.acme.settings]\nnumber_prefix = \"\"\n";
    let text = edited(implied, |draft| {
        draft.set(&Place::named("connections.acme.provider"), "xero")?;
        draft.set(&Place::named("schedule.host_poll_s"), 60)
    });
    let config = loaded(&text).config;
    assert_eq!(config.schedule.host_poll_s, 60, "{text}");
}

#[test]
fn lists_of_tables_and_lists_of_values_are_changed_element_by_element() {
    let mut element = InlineTable::new();
    element.insert("connection", Value::from("acme"));
    element.insert("host", Value::from("cm"));
    let with_host = FILE.replace(
        "[[routes]]",
        "[hosts.cm.folder]\npath = \"x\"\n\n[[routes]]",
    );
    let with_host = with_host.replacen("[hosts.cm.folder]\npath = \"x\"\n\n", "", 1);
    let text = edited(&with_host, |draft| {
        draft.set(&Place::named("routes[0].divisions[1]"), "West")?;
        draft.push(&Place::of(["routes"]), element)
    });
    let (added, removed) = changes(&with_host, &text);
    assert_eq!(removed, ["\"South\","]);
    assert_eq!(
        added,
        [
            "\"West\",",
            "",
            "[[routes]]",
            "connection = \"acme\"",
            "host = \"cm\""
        ],
        "{text}"
    );

    let text = edited(FILE, |draft| {
        assert!(draft.remove(&Place::named("routes[1]"))?);
        assert!(!draft.remove(&Place::named("routes[7]"))?);
        Ok(())
    });
    assert!(FILE.starts_with(&text), "{text}");
}

#[test]
fn a_list_that_is_not_there_is_begun() {
    let one = "[xero]\nclient_id = \"a\"\n[connections.acme.settings]\nnumber_prefix = \"\"\n";
    let mut element = InlineTable::new();
    element.insert("charge_code", Value::from("TAXI"));
    element.insert("account", Value::from("200"));
    let text = edited(one, |draft| {
        draft.push(
            &Place::named("connections.acme.settings.accounts.choices"),
            element,
        )
    });
    assert!(text.starts_with(one), "{text}");
    assert!(
        text.contains("[[connections.acme.settings.accounts.choices]]\ncharge_code = \"TAXI\"\n"),
        "{text}"
    );
}

#[test]
fn a_key_that_is_taken_out_leaves_the_remarks_around_it() {
    let text = edited(FILE, |draft| {
        assert!(draft.remove(&codes().quoted("GST"))?);
        assert!(
            draft
                .remove(&Place::named("connections.acme.settings.terms.days"))
                .is_ok()
        );
        draft.set(&Place::named("connections.acme.settings.terms.days"), 7)
    });
    assert!(
        text.contains("# What the product says = what Xero says.\n"),
        "{text}"
    );
    assert!(!text.contains("GST"), "{text}");

    let two = FILE.replace(
        "\"GST\" = \"OUTPUT\"  # 10 %\n",
        "\"GST\" = \"OUTPUT\"\n# free\n\"FRE\" = \"E\"\n",
    );
    for code in ["GST", "FRE"] {
        let text = edited(&two, |draft| {
            draft.remove(&codes().quoted(code)).map(|_| ())
        });
        let (added, removed) = changes(&two, &text);
        assert_eq!((added.len(), removed.len()), (0, 1), "{code}: {text}");
    }
}

#[test]
fn every_line_keeps_its_own_end() {
    let windows = FILE.replace('\n', "\r\n");
    let text = edited(&windows, |draft| draft.set(&codes().quoted("FRE"), "E"));
    assert_eq!(text.replace("\"FRE\" = \"E\"\r\n", ""), windows);

    // One line of another sort, and none at the end.
    let mixed = format!(
        "{}{}",
        FILE.replacen("# Ours.\n", "# Ours.\r\n", 1).trim_end(),
        " # last"
    );
    let text = edited(&mixed, |draft| draft.set(&codes().quoted("FRE"), "E"));
    assert_eq!(text.replace("\"FRE\" = \"E\"\n", ""), mixed);
}

#[test]
fn a_secret_in_clear_is_refused_and_shown_nowhere() {
    let mut draft = Draft::of(&loaded(FILE)).unwrap();
    let place = Place::named("xero.client_secret");
    let told = draft.set(&place, "hunter2").unwrap_err();
    assert!(told.message.contains("does not belong"), "{}", told.message);
    assert!(!told.message.contains("hunter2"));
    let mut reference = InlineTable::new();
    reference.insert("env", Value::from("SECRET_OF_XERO"));
    draft.set(&place, Value::InlineTable(reference)).unwrap();
    assert!(draft.finish().unwrap().is_change());

    // Nor by way of what holds it.
    let mut draft = Draft::of(&loaded(FILE)).unwrap();
    let mut table = InlineTable::new();
    table.insert("client_id", Value::from("a"));
    table.insert("client_secret", Value::from("hunter2"));
    draft
        .set(&Place::of(["xero"]), Value::InlineTable(table))
        .unwrap();
    let told = draft.finish().unwrap_err();
    assert!(!told.message.contains("hunter2"), "{}", told.message);

    // And one that somebody left in a remark.
    let text = format!("{FILE}# client_secret = \"hunter2\"\n");
    let mut draft = Draft::of(&loaded(&text)).unwrap();
    draft
        .set(&Place::named("routes[1].connection"), "acme")
        .unwrap();
    draft
        .set(
            &Place::named("routes[1].kinds"),
            Value::Array(["invoice"].into_iter().collect()),
        )
        .unwrap();
    let edit = draft.finish().unwrap();
    assert!(edit.lines.iter().all(|line| !line.text.contains("hunter2")));
    assert!(edit.after.text.contains("hunter2"));
}

#[test]
fn what_the_file_would_be_is_read_before_it_is_saved() {
    let refuse = |place: &str, value: Value| {
        let mut draft = Draft::of(&loaded(FILE)).unwrap();
        draft.set(&Place::named(place), value).unwrap();
        draft.finish().unwrap_err().message
    };
    assert!(
        refuse("routes[1].connection", "nobody".into())
            .contains("t.toml:26: routes[1].connection: there is no connection")
    );
    assert!(refuse("schedule.host_poll_s", 0.into()).contains("must be from 1 to"));
    assert!(
        refuse("connections.acme.settings.nothing", 1.into()).contains("unknown field `nothing`")
    );
    let mut draft = Draft::of(&loaded(FILE)).unwrap();
    let told = draft
        .set(&Place::named("xero.client_id.deeper"), 1)
        .unwrap_err();
    assert!(
        told.message.contains("holds a single value"),
        "{}",
        told.message
    );
}

#[test]
fn the_variable_that_decides_all_the_same_is_named() {
    let touched = [Place::named("schedule.host_poll_s"), codes().quoted("GST")];
    let names = [
        "PATH",
        "TIEOUT__SCHEDULE__HOST_POLL_S",
        "TIEOUT__XERO__CLIENT_ID",
        "TIEOUT__CONNECTIONS__ACME__SETTINGS__TAX_CODES__GST",
    ];
    let names = names.map(str::to_owned);
    // A variable's name has no capitals of its own: it decides `gst`, which is another code.
    assert_eq!(
        overridden(&touched, &names),
        [Overridden {
            key: "schedule.host_poll_s".to_owned(),
            variable: names[1].clone()
        }]
    );
}

#[test]
fn a_finding_names_the_key_that_mends_it() {
    let of = |setting: &str| Place::of_setting("acme", setting);
    assert_eq!(
        of("tax_codes.\"G.S\"T\"").unwrap(),
        codes().quoted("G.S\"T")
    );
    assert_eq!(of("tax_codes.\"\"").unwrap(), codes().quoted(""));
    let sales = of("accounts.sales").unwrap();
    assert_eq!(
        sales.to_string(),
        "connections.acme.settings.accounts.sales"
    );
    let long = format!("tax_codes.\"{}...\"", "x".repeat(40));
    for setting in ["", "rules[2].when", "[[routes]]", &long] {
        assert_eq!(of(setting), None, "{setting}");
    }
}

fn moment() -> DateTime<Utc> {
    "2026-11-22T13:45:00.123Z".parse().unwrap()
}

#[test]
fn a_file_is_replaced_whole_the_old_one_is_kept_and_a_change_by_hand_is_never_written_over() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tieout.toml");
    std::fs::write(&file, FILE).unwrap();
    let loaded = read(&file, FILE, Secrets::Spared).unwrap();
    let edit = |code: &str| {
        let mut draft = Draft::begin(&loaded)?;
        draft.set(&codes().quoted(code), "E")?;
        draft.finish()
    };
    let (first, second) = (edit("FRE").unwrap(), edit("NON").unwrap());
    let copy = first.save(moment()).unwrap();
    assert_eq!(
        copy,
        folder
            .path()
            .canonicalize()
            .unwrap()
            .join("tieout.toml.20261122T134500123Z.old")
    );
    assert_eq!(std::fs::read_to_string(&copy).unwrap(), FILE);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), first.after.text);

    // The second was made from what is there no longer, and a third cannot be begun.
    let told = second.save(moment()).unwrap_err();
    assert!(
        told.message.contains("was changed since"),
        "{}",
        told.message
    );
    assert!(
        edit("NON")
            .unwrap_err()
            .message
            .contains("was changed since")
    );
    assert_eq!(std::fs::read_to_string(&file).unwrap(), first.after.text);
    let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().collect();
    assert_eq!(left.len(), 2, "nothing else is left: {left:?}");
}

#[cfg(unix)]
#[test]
fn mode_and_link_stay_and_of_old_ones_the_newest_twenty() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let (real, link) = (
        folder.path().join("real.toml"),
        folder.path().join("tieout.toml"),
    );
    std::fs::write(&real, FILE).unwrap();
    std::fs::set_permissions(&real, std::fs::Permissions::from_mode(0o640)).unwrap();
    std::os::unix::fs::symlink(&real, &link).unwrap();
    let mut text = FILE.to_owned();
    for round in 0..23_u32 {
        let loaded = read(&link, &text, Secrets::Spared).unwrap();
        let mut draft = Draft::begin(&loaded).unwrap();
        draft
            .set(&Place::named("schedule.host_poll_s"), i64::from(round) + 1)
            .unwrap();
        let edit = draft.finish().unwrap();
        edit.save(moment() + chrono::TimeDelta::seconds(round.into()))
            .unwrap();
        text = edit.after.text;
    }
    assert!(link.is_symlink());
    assert_eq!(
        std::fs::metadata(&real).unwrap().permissions().mode() & 0o777,
        0o640
    );
    assert_eq!(std::fs::read_to_string(&real).unwrap(), text);
    let names = std::fs::read_dir(folder.path()).unwrap();
    let copies = names.filter(|it| {
        it.as_ref()
            .unwrap()
            .path()
            .extension()
            .is_some_and(|it| it == "old")
    });
    assert_eq!(copies.count(), 20);
}
