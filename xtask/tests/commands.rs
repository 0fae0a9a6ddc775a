//! What the commands say and choose, without running anything.

use std::fs;
use std::path::Path;
use std::time::Duration;

use xtask::cli::{help_for, run};
use xtask::commands::test::Runner;
use xtask::commands::{bench, scenarios};
use xtask::needs::{Install, Machine, NEEDS};
use xtask::steps::{Ended, Step, collect, summary};
use xtask::workspace::{Failure, Workspace};

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(String::from).collect()
}

#[test]
fn an_unknown_command_is_told_the_known_ones() {
    let failure = run(&words("tset -p core")).unwrap_err().to_string();
    assert!(failure.contains("`tset`"), "{failure}");
    assert!(
        failure
            .contains("test, tidy, lint, ci, codegen, bench, sim, fuzz, kill, scenarios, new-host, new-adapter"),
        "{failure}"
    );
}

#[test]
fn every_command_has_help_that_shows_its_call() {
    let overview = help_for(None).unwrap();
    for name in [
        "test",
        "tidy",
        "lint",
        "ci",
        "codegen",
        "bench",
        "sim",
        "fuzz",
        "kill",
        "scenarios",
    ] {
        assert!(overview.contains(&format!("  {name}")), "{overview}");
        let help = help_for(Some(name)).unwrap();
        assert!(
            help.contains(&format!("Usage: cargo xtask {name}")),
            "{help}"
        );
    }
}

#[test]
fn a_command_without_arguments_refuses_them() {
    let failure = run(&words("codegen --fast")).unwrap_err().to_string();
    assert!(failure.contains("`--fast`"), "{failure}");
}

#[test]
fn stories_are_played_by_name_with_and_without_nextest() {
    let calls = |without: bool, names: &str| -> Vec<String> {
        let calls = scenarios::calls(without, &words(names));
        calls.into_iter().map(|call| call.join(" ")).collect()
    };
    let all = "-p tieout --test scenarios";
    assert_eq!(calls(false, "a b"), [format!("nextest run {all} a b")]);
    assert_eq!(calls(true, ""), [format!("test {all}")]);
    let each = [format!("test {all} -- a"), format!("test {all} -- b")];
    assert_eq!(calls(true, "a b"), each);
}

#[test]
fn the_whole_workspace_is_tested_unless_packages_are_named() {
    let call = |arguments| Runner::Nextest.words(&words(arguments)).join(" ");
    assert_eq!(call(""), "nextest run --workspace");
    assert_eq!(call("lost_reply"), "nextest run --workspace lost_reply");
    assert_eq!(call("-p tieout-core x"), "nextest run -p tieout-core x");
    assert_eq!(call("-ptieout-core"), "nextest run -ptieout-core");
    assert_eq!(
        call("--package=tieout-core"),
        "nextest run --package=tieout-core"
    );
    assert_eq!(call("--profile ci"), "nextest run --workspace --profile ci");
}

#[test]
fn without_nextest_cargo_runs_all_but_the_doctests() {
    let call = Runner::Cargo.words(&[]).join(" ");
    assert_eq!(call, "test --lib --bins --tests --workspace");
}

#[test]
fn every_need_says_what_it_is_for_and_how_to_get_it() {
    for need in NEEDS {
        let told = need.told();
        assert!(
            told.contains(need.what) && told.contains(need.needed_by),
            "{told}"
        );
        assert!(told.contains(&need.install.command()), "{told}");
    }
}

#[test]
fn packages_are_installed_only_as_root_on_debian() {
    let package = Install::Debian("gcc");
    assert!(package.is_ours_to_run(Machine::DebianAsRoot));
    assert!(!package.is_ours_to_run(Machine::Other));
    assert!(Install::Cargo("cargo-nextest").is_ours_to_run(Machine::Other));
    assert_eq!(
        package.command(),
        "apt-get install -y --no-install-recommends gcc"
    );
}

const STEPS: &[Step] = &[
    Step {
        name: "one",
        shown: "do one",
        run: |_| Ok(()),
    },
    Step {
        name: "two",
        shown: "do two",
        run: |_| Err(Failure::new("broken")),
    },
    Step {
        name: "three",
        shown: "do three",
        run: |_| Err(Failure::new("must not run")),
    },
];

#[test]
fn steps_stop_at_the_first_failure() {
    let ended = collect(&Workspace::find().unwrap(), STEPS);
    assert!(matches!(ended[0], Ended::Passed(_)), "{ended:?}");
    assert!(
        matches!(&ended[1], Ended::Failed(_, failure) if failure.to_string() == "broken"),
        "{ended:?}"
    );
    assert_eq!(ended[2], Ended::NotRun);
}

#[test]
fn the_failure_names_the_step_and_how_to_repeat_it() {
    let failure = xtask::steps::run_all("ci", &Workspace::find().unwrap(), STEPS).unwrap_err();
    assert_eq!(
        failure.to_string(),
        "ci failed at two: broken; repeat it with `do two`"
    );
}

#[test]
fn the_summary_has_a_line_and_a_time_per_step() {
    let ended = [
        Ended::Passed(Duration::from_millis(61_250)),
        Ended::Failed(Duration::from_millis(90), Failure::new("broken")),
        Ended::NotRun,
    ];
    assert_eq!(
        summary("ci", STEPS, &ended),
        "ci:\n  one      ok          61.2 s\n  two      FAILED       0.0 s\n  three    not run\n"
    );
}

#[test]
fn benches_are_the_programs_of_the_folder() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("benches");
    fs::create_dir_all(folder.join("store")).unwrap();
    fs::create_dir_all(folder.join("empty")).unwrap();
    for file in ["plan.rs", "store/main.rs", "notes.md"] {
        fs::write(folder.join(file), "").unwrap();
    }
    assert_eq!(bench::names(&folder).unwrap(), ["plan", "store"]);
    assert_eq!(
        bench::names(&folder.join("gone")).unwrap(),
        Vec::<String>::new()
    );
}

#[test]
fn an_unknown_bench_is_told_the_known_ones() {
    let failure = run(&words("bench no-such-bench")).unwrap_err().to_string();
    assert!(failure.contains("no bench `no-such-bench`"), "{failure}");
}
