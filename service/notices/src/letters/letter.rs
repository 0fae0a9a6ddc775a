//! What every mail is made of, and how it is written as text and for a browser.

use maud::{DOCTYPE, Markup, html};

/// A mail before it is addressed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Letter {
    /// One line without anybody's words but those of the group's name.
    pub(crate) subject: String,
    /// The first sentence.
    pub(crate) opening: String,
    pub(crate) sections: Vec<Section>,
    /// Where more is to be seen.
    pub(crate) page: Option<String>,
}

/// What belongs together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Section {
    pub(crate) title: String,
    /// Sentences about all of it.
    pub(crate) about: Vec<String>,
    pub(crate) lines: Vec<Line>,
    /// How many more there are than are listed.
    pub(crate) more: u64,
}

/// One thing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Line {
    /// What it is called.
    pub(crate) name: String,
    /// Its page.
    pub(crate) href: Option<String>,
    /// What it is, and where it belongs.
    pub(crate) of: String,
    /// What is told of it.
    pub(crate) told: Vec<String>,
    /// The command that tells more.
    pub(crate) command: Option<String>,
}

impl Letter {
    /// The mail as text.
    pub(crate) fn text(&self, group: &str) -> String {
        let mut out = vec![self.opening.clone()];
        for section in &self.sections {
            out.push(String::new());
            out.push(section.title.clone());
            out.extend(section.about.iter().map(|text| format!("  {text}")));
            for line in &section.lines {
                out.push(format!("- {}", line.head()));
                out.extend(line.told.iter().map(|text| format!("    {text}")));
                out.extend(line.href.iter().map(|href| format!("    {href}")));
                out.extend(line.command.iter().map(|command| format!("    {command}")));
            }
            if section.more > 0 {
                out.push(format!("- and {} more", section.more));
            }
        }
        out.push(String::new());
        if let Some(page) = &self.page {
            out.push(page.clone());
        }
        out.push(foot(group));
        out.push(String::new());
        out.join("\n")
    }

    /// The mail for a browser: whatever anybody wrote is escaped.
    pub(crate) fn html(&self, group: &str) -> String {
        let page = html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    title { (self.subject) }
                }
                body style="font-family: sans-serif; line-height: 1.4; max-width: 46rem; margin: 1rem auto;" {
                    p { (self.opening) }
                    @for section in &self.sections { (section.html()) }
                    @if let Some(page) = &self.page {
                        p { a href=(page) { (page) } }
                    }
                    p style="color: #595959; font-size: 0.85em;" { (foot(group)) }
                }
            }
        };
        page.into_string()
    }
}

impl Section {
    fn html(&self) -> Markup {
        html! {
            h2 style="font-size: 1.1em;" { (self.title) }
            @for text in &self.about { p { (text) } }
            @if !self.lines.is_empty() || self.more > 0 {
                ul {
                    @for line in &self.lines { (line.html()) }
                    @if self.more > 0 { li { "and " (self.more) " more" } }
                }
            }
        }
    }
}

impl Line {
    fn head(&self) -> String {
        match self.of.is_empty() {
            true => self.name.clone(),
            false => format!("{} ({})", self.name, self.of),
        }
    }

    fn html(&self) -> Markup {
        html! {
            li {
                @match &self.href {
                    Some(href) => { a href=(href) { (self.name) } }
                    None => { strong { (self.name) } }
                }
                @if !self.of.is_empty() { " (" (self.of) ")" }
                @for text in &self.told { br; (text) }
                @if let Some(command) = &self.command { br; code { (command) } }
            }
        }
    }
}

fn foot(group: &str) -> String {
    format!(
        "You get this as a member of the group \"{group}\" of tieout. Whoever runs it decides who belongs to it: `tieout group`."
    )
}

/// A count with its noun.
pub(crate) fn counted(count: u64, one: &str, many: &str) -> String {
    match count {
        1 => format!("1 {one}"),
        _ => format!("{count} {many}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_wrote_is_text_and_never_markup() {
        let letter = Letter {
            subject: "s".to_owned(),
            opening: "<script>alert(1)</script>".to_owned(),
            sections: vec![Section {
                title: "Failed: 1".to_owned(),
                about: Vec::new(),
                lines: vec![Line {
                    name: "<b>INV</b>".to_owned(),
                    href: Some("https://t.example/documents/a/invoice/\"onclick".to_owned()),
                    of: "invoice".to_owned(),
                    told: vec!["a & b <i>".to_owned()],
                    command: Some("tieout explain 'a<b'".to_owned()),
                }],
                more: 3,
            }],
            page: None,
        };
        let html = letter.html("Accounts <x>");
        for bad in ["<script", "<b>", "<i>", "a<b", "<x>", "\"onclick"] {
            assert!(!html.contains(bad), "{bad}: {html}");
        }
        let text = letter.text("Accounts");
        assert!(text.contains("- <b>INV</b> (invoice)"), "{text}");
        assert!(text.contains("- and 3 more"), "{text}");
    }
}
