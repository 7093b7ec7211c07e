//! Every rule of the tabular list, each on a small file.

use medcover_terminology::load::{self, Input, LoadError, LoadReport, Quiet, SystemKind};
use medcover_terms::source::{Level, NoteKind, Source, SourceConcept, TermSource};

/// Loads a document as ICD-10-CM.
pub(crate) fn load_file(name: &str, bytes: &[u8]) -> Result<(Source, LoadReport), LoadError> {
    let input = Input {
        name: name.into(),
        bytes: bytes.into(),
    };
    load::read(&[input], &SystemKind::Icd10Cm, &mut Quiet)
}

/// A tabular list with these chapters.
pub(crate) fn list(chapters: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<ICD10CM.tabular>\n<version>2026</version>\n\
         <introduction><introSection type=\"title\"><title>List</title></introSection></introduction>\n\
         {chapters}</ICD10CM.tabular>"
    )
}

/// A tabular list of one chapter and one section with these diags.
pub(crate) fn diags(section: &str, diags: &str) -> String {
    list(&format!(
        "<chapter><name>19</name><desc>Injuries (S00-T88)</desc>\n\
         <section id=\"{section}\"><desc>Some injuries ({section})</desc>\n{diags}</section></chapter>"
    ))
}

fn load_diags(section: &str, content: &str) -> Source {
    load_file("list.xml", diags(section, content).as_bytes())
        .expect("the list keeps the rules")
        .0
}

fn concept<'s>(source: &'s Source, code: &str) -> &'s SourceConcept {
    let found = source.concepts.iter().find(|it| it.code == code);
    found.unwrap_or_else(|| panic!("{code} is missing"))
}

fn codes(source: &Source) -> Vec<&str> {
    source.concepts.iter().map(|it| it.code.as_str()).collect()
}

fn parent<'s>(source: &'s Source, code: &str) -> &'s str {
    let place = concept(source, code).parent.expect("it has a parent");
    &source.concepts[place as usize].code
}

const ENCOUNTERS: &str = "<sevenChrNote><note>The appropriate 7th character is to be added to each code from \
     category T14</note></sevenChrNote><sevenChrDef><extension char=\"A\">initial encounter</extension>\
     <extension char=\"S\">sequela</extension></sevenChrDef>";

#[test]
fn seventh_characters_complete_codes_of_every_length_below_their_definition() {
    let source = load_diags(
        "T14",
        &format!(
            "<diag><name>T14</name><desc>Injury</desc>{ENCOUNTERS}\
             <diag><name>T14.8</name><desc>Other injury</desc></diag>\
             <diag><name>T14.9</name><desc>Unspecified injury</desc>\
             <diag><name>T14.90</name><desc>Injury, unspecified</desc></diag>\
             <diag><name>T14.911</name><desc>Attempt</desc></diag></diag></diag>"
        ),
    );
    assert_eq!(
        codes(&source),
        [
            "19", "T14-T14", "T14", "T14.8", "T14.8XXA", "T14.8XXS", "T14.9", "T14.90", "T14.90XA",
            "T14.90XS", "T14.911", "T14.911A", "T14.911S",
        ]
    );
    let extended = concept(&source, "T14.90XA");
    assert_eq!(extended.title, "Injury, unspecified, initial encounter");
    assert_eq!((extended.level, extended.chapter), (Level::Extended, 19));
    assert!(extended.billable && extended.active);
    assert_eq!(parent(&source, "T14.90XA"), "T14.90");
    assert!(!concept(&source, "T14.90").billable);
}

#[test]
fn a_category_alone_is_completed_with_placeholders() {
    let source = load_diags(
        "T07",
        &format!(
            "<diag><name>T07</name><desc>Unspecified multiple injuries</desc>{ENCOUNTERS}</diag>"
        ),
    );
    assert_eq!(codes(&source)[2..], ["T07", "T07.XXXA", "T07.XXXS"]);
}

#[test]
fn an_own_definition_takes_the_place_of_an_inherited_one() {
    let source = load_diags(
        "T14",
        &format!(
            "<diag><name>T14</name><desc>Injury</desc>{ENCOUNTERS}\
             <diag><name>T14.8</name><desc>Other</desc><sevenChrDef><extension char=\"K\">nonunion</extension>\
             </sevenChrDef></diag></diag>"
        ),
    );
    assert_eq!(codes(&source)[2..], ["T14", "T14.8", "T14.8XXK"]);
}

#[test]
fn a_note_can_take_seventh_characters_away() {
    let source = load_diags(
        "S06",
        "<diag><name>S06</name><desc>Intracranial injury</desc><sevenChrDef><extension char=\"A\">initial</extension>\
         <extension char=\"D\">subsequent</extension></sevenChrDef><notes><note>7th characters D and S do not apply to \
         codes in category S06 with 6th character 7 - death.</note></notes>\
         <diag><name>S06.306</name><desc>alive</desc></diag><diag><name>S06.307</name><desc>dead</desc></diag></diag>",
    );
    assert_eq!(
        codes(&source)[3..],
        ["S06.306", "S06.306A", "S06.306D", "S06.307", "S06.307A"]
    );
}

#[test]
fn a_note_within_a_definition_stays_with_its_character() {
    let source = load_diags(
        "H34",
        "<diag><name>H34</name><desc>Occlusion</desc><sevenChrDef><extension char=\"2\">stable</extension>\
         <note>\tOld occlusion</note></sevenChrDef></diag>",
    );
    let notes = &concept(&source, "H34").notes;
    assert_eq!(
        (notes[0].kind, &*notes[0].text),
        (NoteKind::SeventhCharacter, "2: Old occlusion")
    );
}

#[test]
fn blocks_nest_by_their_ranges_and_share_no_name_with_a_category() {
    let source = load_file(
        "list.xml",
        list(
            "<chapter><name>2</name><desc>Neoplasms (C00-D49)</desc>\
             <sectionIndex><sectionRef first=\"C00\" last=\"C14\" id=\"C00-C14\">Lip</sectionRef></sectionIndex>\
             <section id=\"C00-C96\"><desc>Malignant neoplasms (C00-C96)</desc></section>\
             <section id=\"C00-C14\"><desc>Of lip</desc></section>\
             <section id=\"C50\"><desc>Of breast (C50)</desc>\
             <diag><name>C50</name><desc>Malignant neoplasm of breast</desc></diag></section>\
             <section id=\"D10-D36\"><desc>Benign</desc></section></chapter>",
        )
        .as_bytes(),
    )
    .unwrap()
    .0;
    assert_eq!(
        codes(&source),
        ["2", "C00-C96", "C00-C14", "C50-C50", "C50", "D10-D36"]
    );
    assert_eq!(parent(&source, "C00-C14"), "C00-C96");
    assert_eq!(parent(&source, "C50-C50"), "C00-C96");
    assert_eq!(parent(&source, "C50"), "C50-C50");
    assert_eq!(parent(&source, "D10-D36"), "2");
    assert_eq!(concept(&source, "C50-C50").title, "Of breast");
    assert_eq!(concept(&source, "C50").level, Level::Category);
    assert!(concept(&source, "C50").billable);
}

#[test]
fn keeps_every_kind_of_note_at_every_level() {
    let note = |element: &str, text: &str| format!("<{element}><note>{text}</note></{element}>");
    let all = [
        ("includes", NoteKind::Includes),
        ("excludes1", NoteKind::Excludes1),
        ("excludes2", NoteKind::Excludes2),
        ("codeFirst", NoteKind::CodeFirst),
        ("useAdditionalCode", NoteKind::UseAdditional),
        ("codeAlso", NoteKind::CodeAlso),
        ("notes", NoteKind::Note),
        ("sevenChrNote", NoteKind::SeventhCharacter),
    ];
    let notes: String = all
        .iter()
        .map(|(element, _)| note(element, element))
        .collect();
    let text = list(&format!(
        "<chapter><name>1</name><desc>One</desc>{notes}<section id=\"A00-A09\"><desc>Two</desc>{notes}\
         <diag><name>A00</name><desc>Three</desc>{notes}</diag></section></chapter>"
    ));
    let source = load_file("list.xml", text.as_bytes()).unwrap().0;
    for place in &source.concepts {
        let kinds: Vec<_> = place.notes.iter().map(|it| it.kind).collect();
        assert_eq!(kinds, all.map(|(_, kind)| kind), "{}", place.code);
        assert_eq!(place.terms[0].source, TermSource::Includes);
    }
}

#[test]
fn inclusion_terms_are_terms() {
    let source = load_diags(
        "J45",
        "<diag><name>J45</name><desc>Asthma</desc><inclusionTerm><note>Childhood   asthma\n NOS</note>\
         <note></note></inclusionTerm></diag>",
    );
    let terms = &concept(&source, "J45").terms;
    assert_eq!(terms.len(), 1);
    assert_eq!(
        (terms[0].source, &*terms[0].text),
        (TermSource::InclusionTerm, "Childhood asthma NOS")
    );
}

#[test]
fn references_are_codes_of_the_release_with_their_place() {
    let source = load_diags(
        "S52",
        "<diag><name>S52</name><desc>Fracture</desc><excludes1><note>other (S52.0-), absent (Z99.9), S52-S53</note>\
         </excludes1><diag><name>S52.0</name><desc>of ulna</desc></diag></diag>",
    );
    let note = &concept(&source, "S52").notes[0];
    let read: Vec<_> = note
        .references
        .iter()
        .map(|it| {
            (
                &*it.first,
                &*it.last,
                &note.text[it.start as usize..it.end as usize],
            )
        })
        .collect();
    assert_eq!(
        read,
        [("S52.0", "S52.0", "S52.0-"), ("S52", "S53", "S52-S53")]
    );
}

#[test]
fn the_table_of_visual_impairment_becomes_notes() {
    let source = load_diags(
        "H54",
        "<diag><name>H54</name><desc>Blindness</desc><visualImpairment><visCategory><value>1</value><visRange>\
         <visMax><value>6/18</value></visMax><visMin><value>6/60</value></visMin></visRange></visCategory>\
         </visualImpairment></diag>",
    );
    assert_eq!(concept(&source, "H54").notes[0].text, "1; 6/18; 6/60");
}

#[test]
fn headers_get_the_code_that_their_bare_name_means() {
    let source = load_diags(
        "T14",
        &format!(
            "<diag><name>T14</name><desc>Injury</desc>{ENCOUNTERS}\
             <diag><name>T14.8</name><desc>Other injury</desc></diag>\
             <diag><name>T14.9</name><desc>Injury, unspecified</desc></diag></diag>"
        ),
    );
    let default = concept(&source, "T14").default.unwrap();
    assert_eq!(source.concepts[default as usize].code, "T14.9XXA");
    assert_eq!(concept(&source, "T14.9XXA").default, None);
    assert_eq!(concept(&source, "T14-T14").default, None);
}

#[test]
fn predefined_entities_and_characters_by_number_are_read() {
    let source = load_diags(
        "A00",
        "<diag><name>A00</name><desc>a &lt; b &amp; c &gt; d &#x26; &#38;</desc></diag>",
    );
    assert_eq!(concept(&source, "A00").title, "a < b & c > d & &");
}

#[test]
fn the_name_of_the_file_tells_the_day_of_the_release() {
    let text = diags("A00", "<diag><name>A00</name><desc>Cholera</desc></diag>");
    let (source, report) = load_file("icd10cm-tabular-April-1-2026.xml", text.as_bytes()).unwrap();
    assert_eq!(source.version, "2026-04-01");
    assert_eq!(source.valid_from.as_deref(), Some("2026-04-01"));
    assert_eq!((report.concepts, report.billable), (3, 1));
    let (source, _) = load_file("list.xml", text.as_bytes()).unwrap();
    assert_eq!(source.version, "2025-10-01");
}

#[test]
fn refuses_what_contradicts_itself_with_its_line() {
    let twice =
        "<diag><name>T14</name><desc>x</desc></diag>\n<diag><name>T14</name><desc>x</desc></diag>";
    for (content, line, reason) in [
        (twice, 8, "listed twice"),
        (
            "<diag><name>T14</name>\n<desc></desc></diag>",
            7,
            "no `desc`",
        ),
        ("<diag>\n<desc>x</desc></diag>", 7, "no `name`"),
        (
            "<diag><name>T14</name><desc>x</desc>\n<diag><name>T15.1</name></diag></diag>",
            8,
            "stands under",
        ),
        ("<diag><name>T14.1</name></diag>", 7, "not a category"),
        ("<diag><name>T1</name></diag>", 7, "three characters"),
        (
            "<diag><name>T14</name><desc>x</desc>\n<cure/></diag>",
            8,
            "no `cure`",
        ),
        (
            "<diag colour=\"red\"><name>T14</name></diag>",
            7,
            "no attribute `colour`",
        ),
        (
            "<diag placeholder=\"true\"><name>T14</name><desc>x</desc></diag>",
            7,
            "placeholder",
        ),
        (
            "<diag><name>T14</name>\nstray<desc>x</desc></diag>",
            8,
            "elements only",
        ),
        ("<diag><name>T<b>14</b></name></diag>", 7, "text only"),
        (
            "<diag><name>T14</name><sevenChrDef>\n<extension char=\"AB\"/></sevenChrDef></diag>",
            8,
            "not a 7th",
        ),
        (
            "<diag><name>T14</name><desc>x</desc></diag>\n<diag><name>T15</name></dag>",
            8,
            "`</dag>` was found",
        ),
    ] {
        let error = load_file("list.xml", diags("T14", content).as_bytes()).unwrap_err();
        assert!(error.reason.contains(reason), "{content}: {error}");
        assert_eq!(error.line, Some(line), "{content}: {error}");
        assert!(error.column.is_some());
    }
}
