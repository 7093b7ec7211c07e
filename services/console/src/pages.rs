//! The pages: what each asks of the services, and what it shows of the answer.

pub(crate) mod analysis;
pub(crate) mod code;
pub(crate) mod releases;
pub(crate) mod search;

/// The part of the console that a page belongs to, as the navigation shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Section {
    Search,
    Analysis,
    Releases,
    None,
}

/// What stands around every page.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shell {
    section: Section,
    /// What every page says before anything else.
    notice: Option<&'static str>,
}

impl Shell {
    pub(crate) const fn of(section: Section, notice: Option<&'static str>) -> Self {
        Self { section, notice }
    }

    pub(crate) const fn notice(self) -> Option<&'static str> {
        self.notice
    }

    /// The links of the navigation: where to, what they are called, whether the page belongs there.
    pub(crate) fn links(self) -> [(&'static str, &'static str, bool); 3] {
        [
            ("/", "Search", self.section == Section::Search),
            ("/analysis", "Analysis", self.section == Section::Analysis),
            ("/releases", "Releases", self.section == Section::Releases),
        ]
    }

    /// Whether the page has no search box of its own.
    pub(crate) fn offers_search(self) -> bool {
        self.section != Section::Search
    }

    pub(crate) const fn version() -> &'static str {
        env!("CARGO_PKG_VERSION")
    }
}
