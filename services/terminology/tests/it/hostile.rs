//! Files that are damaged, foreign or made to do harm: refused with a place and a reason, never a panic.

use std::fmt::Write as _;

use medcover_terminology::load::Fault;

use crate::tabular::{diags, list, load_file};

fn reason(text: &str) -> String {
    load_file("list.xml", text.as_bytes())
        .expect_err("the list breaks the rules")
        .to_string()
}

#[test]
fn a_list_cut_anywhere_is_refused() {
    let whole = diags(
        "T07",
        "<diag><name>T07</name><desc>Multiple injuries</desc><excludes1><note>other (S52.0-)</note></excludes1>\
         <sevenChrDef><extension char=\"A\">initial &amp; only</extension></sevenChrDef></diag>",
    );
    assert!(load_file("list.xml", whole.as_bytes()).is_ok());
    for length in 0..whole.len() {
        let error = load_file("list.xml", &whole.as_bytes()[..length]).unwrap_err();
        assert!(error.line.is_some(), "{length}: {error}");
    }
}

#[test]
fn a_list_with_any_byte_changed_never_panics() {
    let whole = diags(
        "T07",
        "<diag><name>T07</name><desc>Multiple injuries</desc><sevenChrDef><extension char=\"A\">initial</extension>\
         </sevenChrDef></diag>",
    );
    for place in 0..whole.len() {
        for byte in [0, b'<', b'>', b'&', b'"', b'/', b'-', 0xff] {
            let mut bytes = whole.clone().into_bytes();
            bytes[place] = byte;
            let _ = load_file("list.xml", &bytes);
        }
    }
}

#[test]
fn entities_of_its_own_are_refused_before_they_expand() {
    let bomb = "<?xml version=\"1.0\"?>\n<!DOCTYPE lolz [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;\">]>\n\
                <ICD10CM.tabular>&b;</ICD10CM.tabular>";
    assert!(reason(bomb).starts_with("list.xml:2:1: a document type"));
    let outside = "<!DOCTYPE x SYSTEM \"file:///etc/passwd\"><ICD10CM.tabular/>";
    assert!(reason(outside).contains("DOCTYPE"));
    let unknown = diags("T07", "<diag><name>T07</name><desc>&nbsp;</desc></diag>");
    assert!(reason(&unknown).contains("`&nbsp;`"));
}

#[test]
fn another_schema_is_named() {
    assert!(reason("<html><body/></html>").contains("`html`, not the tabular list"));
    assert!(reason("<ICD10CM.index/>").contains("`ICD10CM.index`"));
    assert!(reason("<c:ICD10CM.tabular xmlns:c=\"urn:x\"/>").contains("c:ICD10CM.tabular"));
    assert!(reason("<ICD10CM.tabular xmlns=\"urn:x\"/>").contains("`xmlns`"));
    assert!(reason("<ICD10CM.tabular/>").contains("`version`"));
    assert!(reason(&list("")).contains("no `chapter`"));
    assert!(reason("code,title").contains("text before"));
    assert!(reason("").contains("no element"));
}

#[test]
fn another_encoding_is_refused_at_its_first_byte() {
    let latin = b"<?xml version=\"1.0\"?>\n<ICD10CM.tabular>Charc\xf4t</ICD10CM.tabular>";
    let error = load_file("list.xml", latin).unwrap_err();
    assert_eq!((error.line, error.column), (Some(2), Some(23)));
    assert!(
        reason("<?xml version=\"1.0\" encoding=\"utf-16\"?><ICD10CM.tabular/>")
            .contains("`utf-16`")
    );
    let wide: Vec<u8> = "\u{feff}<ICD10CM.tabular/>"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    assert!(load_file("list.xml", &wide).is_err());
}

#[test]
fn endless_nesting_and_text_are_refused() {
    let deep = format!(
        "<ICD10CM.tabular><introduction>{}",
        "<note>".repeat(100_000)
    );
    assert!(reason(&deep).contains("deeper than"));
    let long = diags(
        "T07",
        &format!(
            "<diag><name>T07</name><desc>{}</desc></diag>",
            "x".repeat(100_000)
        ),
    );
    assert!(reason(&long).contains("longer than"));
    let control = diags("T07", "<diag><name>T07</name><desc>a\u{1}b</desc></diag>");
    assert!(reason(&control).contains("control character"));
}

#[test]
fn seventh_characters_cannot_multiply_without_end() {
    let mut definition = String::new();
    for character in ('0'..='9').chain('A'..='Z') {
        let _ = write!(definition, "<extension char=\"{character}\">x</extension>");
    }
    let mut content = String::new();
    for category in 0..2_600_u32 {
        let letter = char::from(b'A' + (category / 100) as u8);
        let code = format!("{letter}{:02}", category % 100);
        let _ = write!(content, "<diag><name>{code}</name><desc>x</desc>");
        let _ = write!(content, "<sevenChrDef>{definition}</sevenChrDef>");
        for below in 0..10 {
            let _ = write!(
                content,
                "<diag><name>{code}.{below}</name><desc>x</desc></diag>"
            );
        }
        content.push_str("</diag>");
    }
    let error = load_file("list.xml", diags("A00-Z99", &content).as_bytes()).unwrap_err();
    assert_eq!(error.fault, Fault::Size, "{error}");
}
