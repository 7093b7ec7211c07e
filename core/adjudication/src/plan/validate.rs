//! Whether the terms of a plan hold together.

use std::collections::BTreeSet;

use medcover_kernel::{FieldFault, Money};

use super::{Benefit, BenefitRule, Cover, Limit, MAX_CODES, MAX_RULES, Selector, Terms, Tier};

/// Everything that is wrong with `terms`.
pub(super) fn faults(terms: &Terms) -> Vec<FieldFault> {
    let mut check = Check {
        terms,
        faults: Vec::new(),
    };
    check.plan();
    check.networks();
    check.limits();
    for (place, rule) in terms.rules.iter().enumerate() {
        check.rule(place, rule);
    }
    check.ties();
    check.faults
}

struct Check<'a> {
    terms: &'a Terms,
    faults: Vec<FieldFault>,
}

impl Check<'_> {
    fn expect(&mut self, holds: bool, pointer: &str, detail: impl Into<String>) {
        if !holds {
            self.faults.push(FieldFault {
                pointer: pointer.to_owned().into(),
                detail: detail.into().into(),
            });
        }
    }

    fn amount(&mut self, amount: Money, pointer: &str) {
        self.expect(
            !amount.is_negative(),
            pointer,
            "must not be less than nothing",
        );
        let ours = amount.currency() == self.terms.currency;
        self.expect(ours, pointer, "must be in the currency of the plan");
    }

    fn name(&mut self, name: &str, pointer: &str) {
        let plain = |it: char| it.is_ascii_alphanumeric() || "-._@".contains(it);
        let fits = (1..=64).contains(&name.len()) && name.chars().all(plain);
        self.expect(
            fits,
            pointer,
            "must be 1 to 64 letters, digits, `-`, `.`, `_` or `@`",
        );
    }

    fn plan(&mut self) {
        self.name(&self.terms.id, "/id");
        let few = self.terms.rules.len() <= MAX_RULES;
        self.expect(few, "/rules", format!("must be at most {MAX_RULES}"));
    }

    fn networks(&mut self) {
        let mut seen = BTreeSet::new();
        for (place, terms) in self.terms.networks.iter().enumerate() {
            let at = format!("/networks/{place}");
            self.expect(
                seen.insert(terms.network),
                &format!("{at}/network"),
                "must stand once",
            );
            for (name, ceiling) in [
                ("deductible", terms.deductible),
                ("out_of_pocket", terms.out_of_pocket),
            ] {
                let at = format!("{at}/{name}");
                for (scope, amount) in [("member", ceiling.member), ("family", ceiling.family)] {
                    if let Some(amount) = amount {
                        self.amount(amount, &format!("{at}/{scope}"));
                    }
                }
                if let (Some(member), Some(family)) = (ceiling.member, ceiling.family) {
                    let fits = member.minor() <= family.minor();
                    self.expect(
                        fits,
                        &format!("{at}/family"),
                        "must be no less than that of one member",
                    );
                }
            }
        }
    }

    fn limits(&mut self) {
        let mut seen = BTreeSet::new();
        for (place, Limit { id, amount, .. }) in self.terms.limits.iter().enumerate() {
            let at = format!("/limits/{place}");
            self.name(id, &format!("{at}/id"));
            self.expect(
                seen.insert(id),
                &format!("{at}/id"),
                "must be unique in the plan",
            );
            if let Some(amount) = *amount {
                self.amount(amount, &format!("{at}/amount"));
            }
        }
    }

    fn rule(&mut self, place: usize, rule: &BenefitRule) {
        let at = format!("/rules/{place}");
        self.name(&rule.id, &format!("{at}/id"));
        let before = &self.terms.rules[..place];
        let unique = before.iter().all(|it| it.id != rule.id);
        self.expect(unique, &format!("{at}/id"), "must be unique in the plan");
        self.selector(&rule.selector, &format!("{at}/selector"));
        if let Benefit::Covered(cover) = &rule.benefit {
            self.cover(cover, &format!("{at}/benefit/covered"));
        }
    }

    fn selector(&mut self, selector: &Selector, at: &str) {
        let codes = [
            ("procedures", &selector.procedures),
            ("diagnoses", &selector.diagnoses),
        ];
        for (name, codes) in codes {
            let few = codes.len() <= MAX_CODES;
            let detail = format!("must be at most {MAX_CODES}");
            self.expect(few, &format!("{at}/{name}"), detail);
            for (place, code) in codes.iter().enumerate() {
                let plain = |it: char| it.is_ascii_uppercase() || it.is_ascii_digit() || it == '.';
                let fits = code.starts_with(|it: char| it != '.') && code.chars().all(plain);
                let detail = "must be a code or its beginning: capital letters and digits";
                self.expect(fits, &format!("{at}/{name}/{place}"), detail);
            }
        }
        if let (Some(from), Some(below)) = (selector.from_years, selector.below_years) {
            self.expect(
                from < below,
                &format!("{at}/below_years"),
                "must be above `from_years`",
            );
        }
    }

    fn cover(&mut self, cover: &Cover, at: &str) {
        let limits = &self.terms.limits;
        let limit = cover
            .limit
            .as_ref()
            .map(|id| limits.iter().find(|it| it.id == *id));
        self.expect(
            limit != Some(None),
            &format!("{at}/limit"),
            "must be the id of a limit of the plan",
        );
        let by_amount = limit.flatten().is_some_and(|it| it.amount.is_some());
        self.expect(
            !(by_amount && cover.counts_to_out_of_pocket),
            &format!("{at}/counts_to_out_of_pocket"),
            "must be false under a limit by amount, past which no maximum can protect the patient",
        );
        let counted = cover.tiers.len() <= 1 || cover.limit.is_some();
        self.expect(
            counted,
            &format!("{at}/limit"),
            "must name what counts the units of several tiers",
        );
        self.tiers(&cover.tiers, &format!("{at}/tiers"));
    }

    fn tiers(&mut self, tiers: &[Tier], at: &str) {
        self.expect(!tiers.is_empty(), at, "must be at least one");
        let mut next = Some(1);
        for (place, tier) in tiers.iter().enumerate() {
            let here = |field: &str| format!("{at}/{place}/{field}");
            let detail = match next {
                Some(next) => format!("must be {next}, so that no unit is in two tiers or in none"),
                None => "must not follow a tier that has no end".to_owned(),
            };
            self.expect(next == Some(tier.from_unit), &here("from_unit"), detail);
            let ends = tier.until_unit.is_none_or(|until| until >= tier.from_unit);
            self.expect(
                ends,
                &here("until_unit"),
                "must be no less than `from_unit`",
            );
            self.amount(tier.copay, &here("copay"));
            next = tier.until_unit.and_then(|until| until.checked_add(1));
        }
        if let Some(last) = tiers.last().filter(|it| it.until_unit.is_some()) {
            let pointer = format!("{at}/{}/until_unit", tiers.len() - 1);
            let detail = format!(
                "must be absent in the last tier, or units after {:?} have none",
                last.until_unit
            );
            self.expect(false, &pointer, detail);
        }
    }

    /// Two rules that could be chosen for the same service, and neither before the other.
    fn ties(&mut self) {
        let rules = &self.terms.rules;
        for (place, rule) in rules.iter().enumerate().take(MAX_RULES) {
            let tied = rules[..place]
                .iter()
                .find(|it| it.priority == rule.priority && it.selector.ties_with(&rule.selector));
            if let Some(other) = tied {
                let detail = format!(
                    "can select the same services as rule `{}`, as closely and with the same priority",
                    other.id
                );
                self.expect(false, &format!("/rules/{place}/selector"), detail);
            }
        }
    }
}
