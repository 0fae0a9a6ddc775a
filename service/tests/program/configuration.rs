//! What the program says of a configuration.

use crate::stage::Stage;

#[tokio::test(flavor = "multi_thread")]
async fn init_writes_what_check_can_read_and_never_overwrites() {
    let stage = Stage::set().await;
    std::fs::create_dir_all(stage.path("new/my-product")).unwrap();
    stage.must(0, &["init", "new/tieout.toml"]);
    let key = std::fs::metadata(stage.path("new/tieout.key")).unwrap();
    assert_eq!(
        std::os::unix::fs::PermissionsExt::mode(&key.permissions()) & 0o777,
        0o600
    );
    let told = stage.must(2, &["init", "new/tieout.toml"]);
    assert!(told.contains("exists"), "{told}");

    let output = stage
        .command(&["--config", "new/tieout.toml", "check", "--offline"])
        .env("XERO_CLIENT_SECRET", "x")
        .output()
        .unwrap();
    let told = crate::stage::text(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(
        told.contains("connections.my-company: nobody has connected it yet"),
        "{told}"
    );
    assert!(
        told.contains("Run `tieout --config new/tieout.toml connect my-company`."),
        "{told}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mistake_names_file_line_and_key_and_ends_with_2() {
    let stage = Stage::set().await;
    let right = std::fs::read_to_string(stage.path("tieout.toml")).unwrap();
    for (wrong, told) in [
        (
            right.replace("host_poll_s = 1", "host_poll_s = \"soon\""),
            "tieout.toml:6: schedule.host_poll_s: invalid type",
        ),
        (
            right.replace("host_poll_s = 1", "host_poll_s = 0"),
            "tieout.toml:6: schedule.host_poll_s: must be from 1 to 86400 seconds, not 0",
        ),
        (right.replace("[schedule]", "[schedule"), "tieout.toml:5: "),
        (
            right.replace("sales = \"200\"", "sale = \"200\""),
            ": connections.books.settings.accounts.sale: unknown field `sale`",
        ),
        (
            right.replace("{ env = \"STAGE_SECRET\" }", "\"clear\""),
            ": xero.client_secret: a secret does not belong",
        ),
        (
            right.replace("STAGE_SECRET", "NO_SUCH_VARIABLE"),
            "the environment variable NO_SUCH_VARIABLE is not set",
        ),
        (
            right.replace("[hosts.cm.folder]", "[hosts.cm.folders]"),
            "unknown variant `folders`, expected one of `folder`",
        ),
    ] {
        std::fs::write(stage.path("tieout.toml"), wrong).unwrap();
        let said = stage.must(2, &["check"]);
        assert!(said.contains(told), "wanted {told}\n{said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_configuration_both_places_are_named() {
    let stage = Stage::set().await;
    std::fs::remove_file(stage.path("tieout.toml")).unwrap();
    let output = stage
        .command(&["status"])
        .env("XDG_CONFIG_HOME", stage.folder.path())
        .output()
        .unwrap();
    let told = crate::stage::text(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{told}");
    let place = stage.path("tieout/tieout.toml");
    assert!(
        told.contains("there is no tieout.toml here")
            && told.contains(&place.display().to_string())
            && told.contains("Write one with `tieout init`"),
        "{told}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_that_only_read_the_store_do_without_the_secret_of_a_custom_connection() {
    let stage = Stage::set().await;
    let custom = std::fs::read_to_string(stage.path("tieout.toml"))
        .unwrap()
        .replace("STAGE_SECRET", "NO_SUCH_VARIABLE")
        .replace("[xero]", "[xero]\ngrant = \"client_credentials\"");
    std::fs::write(stage.path("tieout.toml"), custom).unwrap();
    stage.must(3, &["status"]);
    assert!(
        stage
            .must(2, &["sync", "--once"])
            .contains("NO_SUCH_VARIABLE is not set")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn every_command_has_examples_in_its_help() {
    let stage = Stage::set().await;
    let told = stage.must(0, &["--help"]);
    let commands: Vec<String> = told
        .lines()
        .skip_while(|line| *line != "Commands:")
        .skip(1)
        .take_while(|line| !line.is_empty())
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next().map(str::to_owned))
        .filter(|command| command != "help" && command != "sandbox")
        .collect();
    assert!(commands.len() >= 12, "{commands:?}");
    let mut all: Vec<Vec<&str>> = commands
        .iter()
        .map(|command| vec![command.as_str()])
        .collect();
    all.push(vec!["sandbox", "xero"]);
    for mut arguments in all {
        arguments.push("--help");
        let help = stage.must(0, &arguments);
        assert!(help.contains("Examples:\n  "), "{arguments:?}\n{help}");
        assert!(help.contains("tieout "), "{help}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_mistake_of_the_file_is_told_in_its_order_each_time_the_same() {
    let stage = Stage::set().await;
    let right = std::fs::read_to_string(stage.path("tieout.toml")).unwrap();
    let wrong = right
        .replace("host_poll_s = 1", "host_poll_s = 0")
        .replace("provider_poll_s = 1", "provider_pol_s = 1")
        .replace("STAGE_SECRET", "NO_SUCH_VARIABLE")
        .replace("/connect/xero/callback", "")
        .replace("http://localhost", "ftp://localhost")
        .replace("stable_ms = 0", "stable_ms = 99999999")
        .replace("\"authorised\"", "\"authorized\"")
        .replace("sales = \"200\"", "sales = 200\nsale = \"200\"")
        + "[[routes]]\nconnection = \"bokos\"\n";
    std::fs::write(stage.path("tieout.toml"), wrong).unwrap();
    let said = stage.must(2, &["check"]);
    let wanted = [
        ":6: schedule.host_poll_s: must be from 1 to 86400 seconds, not 0",
        ":7: schedule.provider_pol_s: unknown field `provider_pol_s`",
        "     7 | provider_pol_s = 1\n  Did you mean `provider_poll_s`?",
        ":10: xero.client_secret: the environment variable NO_SUCH_VARIABLE is not set",
        ":11: xero.redirect_uri: ",
        ":15: hosts.cm.folder.stable_ms: ",
        ":17: connections.books.settings.invoice_status: unknown variant `authorized`",
        "Did you mean `authorised`?",
        ":20: connections.books.settings.accounts.sale: unknown field `sale`",
        "Did you mean `sales`?",
        "routes[0].connection: there is no connection `bokos`",
        "Name one that there is: books.",
    ];
    let mut rest = said.as_str();
    for wanted in wanted {
        let (_, after) = rest
            .split_once(wanted)
            .unwrap_or_else(|| panic!("wanted {wanted}\n{said}"));
        rest = after;
    }
    for _ in 0..8 {
        assert_eq!(stage.must(2, &["check"]), said);
    }
    let error = stage.json(2, &["check"])["error"].clone();
    let mistakes = error["mistakes"].as_array().unwrap();
    assert_eq!(
        mistakes.len(),
        said.matches("tieout.toml:").count(),
        "{error}"
    );
    assert_eq!(
        (
            &mistakes[1]["line"],
            &mistakes[1]["key"],
            &mistakes[1]["text"]
        ),
        (
            &7.into(),
            &"schedule.provider_pol_s".into(),
            &"provider_pol_s = 1".into()
        )
    );
    assert_eq!(mistakes[1]["remedy"], "Did you mean `provider_poll_s`?");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_placeholder_of_init_is_named_before_anybody_is_asked() {
    let stage = Stage::set().await;
    std::fs::create_dir_all(stage.path("new/my-product")).unwrap();
    stage.must(0, &["init", "new/tieout.toml"]);
    for (code, arguments) in [
        (
            1,
            ["--config", "new/tieout.toml", "check", "--offline"].as_slice(),
        ),
        (2, &["--config", "new/tieout.toml", "connect", "my-company"]),
    ] {
        let output = stage
            .command(arguments)
            .env("XERO_CLIENT_SECRET", "x")
            .output()
            .unwrap();
        let told = crate::stage::text(&output.stdout) + &crate::stage::text(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{told}");
        assert!(
            told.contains("xero.client_id: `0123456789ABCDEF0123456789ABCDEF` is the placeholder"),
            "{told}"
        );
        assert!(
            told.contains("Put the client id of your app there"),
            "{told}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_in_json_is_one_object_on_standard_output_and_words_on_standard_error() {
    let stage = Stage::set().await;
    for (code, arguments) in [
        (1, ["--json", "explain", "nothing"].as_slice()),
        (2, &["--json", "connect", "nowhere"]),
        (2, &["--json", "--config", "no.toml", "status"]),
    ] {
        let output = stage.run(arguments);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}");
        let told: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(told["error"]["exit_code"], code, "{told}");
        assert!(told["error"]["message"].is_string(), "{told}");
        assert!(told["error"]["advice"].is_string(), "{told}");
        assert!(crate::stage::text(&output.stderr).starts_with("error: "));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn check_asks_the_organisation_about_accounts_taxes_and_the_contact() {
    let stage = Stage::connected().await;
    assert!(
        stage
            .must(0, &["check"])
            .contains("Wattle & Finch Pty Ltd (AUD")
    );
    let wrong = std::fs::read_to_string(stage.path("tieout.toml"))
        .unwrap()
        .replace("sales = \"200\"", "sales = \"2000\"")
        .replace("GST = \"OUTPUT\"", "GST = \"OUTPUTT\"")
        .replace(
            "invoice_status = \"authorised\"",
            "contacts = { always = \"Nobody & Sons\" }",
        );
    std::fs::write(stage.path("tieout.toml"), wrong).unwrap();
    let told = stage.must(1, &["check"]);
    for wanted in [
        "tieout.toml:17: connections.books.settings.contacts.always: there is no contact `Nobody & Sons`",
        "tieout.toml:19: connections.books.settings.accounts.sales: `2000`",
        "tieout.toml:21: connections.books.settings.tax_codes.\"GST\": `OUTPUTT`",
        "3 problems.",
    ] {
        assert!(told.contains(wanted), "wanted {wanted}\n{told}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_environment_comes_before_the_file() {
    let stage = Stage::set().await;
    let output = stage
        .command(&["status"])
        .env("TIEOUT__STORE__PATH", "elsewhere")
        .output()
        .unwrap();
    assert_eq!(
        output.status.code(),
        Some(3),
        "{}",
        crate::stage::text(&output.stderr)
    );
    assert!(stage.path("elsewhere").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_environment_says_wrongly_is_told_as_its_variable_and_not_as_a_line_of_the_file() {
    let stage = Stage::set().await;
    for value in ["soon", "0"] {
        let output = stage
            .command(&["--json", "status"])
            .env("TIEOUT__SCHEDULE__HOST_POLL_S", value)
            .output()
            .unwrap();
        let told = crate::stage::text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{told}");
        let wanted =
            "the environment variable TIEOUT__SCHEDULE__HOST_POLL_S: schedule.host_poll_s: ";
        assert!(told.contains(wanted), "wanted {wanted}\n{told}");
        assert!(!told.contains("tieout.toml:"), "{told}");
        let told: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let mistake = &told["error"]["mistakes"][0];
        assert_eq!(mistake["variable"], "TIEOUT__SCHEDULE__HOST_POLL_S");
        assert_eq!(mistake["line"], serde_json::Value::Null);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_nobody_connected_needs_somebody_until_it_is_switched_off() {
    let stage = Stage::set().await;
    let told = stage.must(3, &["status"]);
    for wanted in [
        "connection books: ✗ not connected; run `tieout connect books`",
        "Nothing goes to books and nothing comes back until somebody connects.",
    ] {
        assert!(told.contains(wanted), "wanted {wanted}\n{told}");
    }
    assert_eq!(stage.json(3, &["status"])["unconnected"][0], "books");
    let off = format!(
        "{}[off]\nconnections = [\"books\"]\n",
        stage.configuration()
    );
    std::fs::write(stage.path("tieout.toml"), off).unwrap();
    let told = stage.must(0, &["status"]);
    assert!(told.contains("Nothing needs anybody."), "{told}");
}
