//! What a server says of itself: the parts of `INFO` that are read.

use std::collections::HashMap;

use crate::connection::Lineage;

/// The lines of `INFO`, `name:value`.
pub(crate) struct Info<'a>(HashMap<&'a str, &'a str>);

impl<'a> Info<'a> {
    pub(crate) fn of(text: &'a str) -> Self {
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        Self(lines.filter_map(|line| line.split_once(':')).collect())
    }

    pub(crate) fn text(&self, name: &str) -> Option<&'a str> {
        self.0.get(name).copied()
    }

    pub(crate) fn number<N: std::str::FromStr>(&self, name: &str) -> Option<N> {
        self.text(name)?.trim().parse().ok()
    }

    /// Whether it takes writes.
    pub(crate) fn is_primary(&self) -> bool {
        self.text("role") == Some("master")
    }

    pub(crate) fn lineage(&self) -> Option<Lineage> {
        self.text("master_replid").map(Lineage::of)
    }

    /// The replicas of a primary: their addresses, and how many bytes each is behind.
    pub(crate) fn replicas(&self) -> Vec<(String, u64)> {
        let written: u64 = self.number("master_repl_offset").unwrap_or_default();
        let each = (0..).map_while(|number| self.text(&format!("slave{number}")));
        let read = |line: &str| {
            let parts: HashMap<_, _> = line
                .split(',')
                .filter_map(|it| it.split_once('='))
                .collect();
            let offset: u64 = parts.get("offset")?.parse().ok()?;
            let address = format!("{}:{}", parts.get("ip")?, parts.get("port")?);
            Some((address, written.saturating_sub(offset)))
        };
        each.filter_map(read).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_a_primary_says() {
        let text = "# Replication\r\nrole:master\r\nconnected_slaves:2\r\n\
            slave0:ip=127.0.0.1,port=7001,state=online,offset=90,lag=0\r\n\
            slave1:ip=::1,port=7002,state=online,offset=100,lag=1\r\n\
            master_replid:0123456789abcdef0123\r\nmaster_repl_offset:100\r\n";
        let info = Info::of(text);
        assert!(info.is_primary());
        let replicas = info.replicas();
        assert_eq!(
            replicas,
            [("127.0.0.1:7001".into(), 10), ("::1:7002".into(), 0)]
        );
        assert_eq!(
            info.lineage().expect("it has one").as_str(),
            "0123456789abcdef"
        );
    }

    #[test]
    fn what_is_missing_is_unknown() {
        let info = Info::of("role:slave\r\nmaster_link_status:down\r\nused_memory:many\r\n");
        assert!(!info.is_primary());
        assert!(info.lineage().is_none() && info.replicas().is_empty());
        assert_eq!(info.number::<u64>("used_memory"), None);
    }
}
