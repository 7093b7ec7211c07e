//! dev
#![expect(clippy::print_stdout, reason = "a command")]
use medcover_terms::{Release, compile, search::{Query, Scratch}};
use medcover_terminology::load;
fn main() {
    let args: Vec<String> = std::env::args().collect();
    let t = std::time::Instant::now();
    let bytes = std::fs::read(&args[1]).expect("xml");
    let (source, _) = load::read(&[load::Input { name: "icd10c-tabular-April-1-2026.xml".into(), bytes }], &load::SystemKind::Icd10Cm, &mut load::Quiet).expect("parse");
    println!("parsed {:?} concepts {}", t.elapsed(), source.concepts.len());
    let t = std::time::Instant::now();
    let file = compile(&source, "x").expect("compile");
    println!("compiled {:?} bytes {}", t.elapsed(), file.len());
    let t = std::time::Instant::now();
    let release = Release::open(file).expect("open");
    println!("opened {:?} terms {} billable {}", t.elapsed(), release.term_count(), release.billable_count());
    let mut scratch = Scratch::new();
    let verbose = args.get(3).cloned();
    if let Some(q) = verbose.as_deref().filter(|v| v.starts_with("q:")) {
        let q = &q[2..];
        let hits = release.search(&Query { text: q, completing: false, chapter: None, billable: None, least_similarity: 0.3 }, &mut scratch).to_vec();
        for h in hits.iter().take(15) {
            let c = release.concept(h.concept);
            println!("{:6.3} {:9} {} | {:?} e{} [{}]", h.score, c.code(), c.title(), h.kind, h.edits, h.term.map_or("", |t| release.term_text(t)));
        }
        return;
    }
    let text = std::fs::read_to_string(&args[2]).expect("tsv");
    let mut sets: Vec<(String, [f64; 6])> = vec![];
    let mut times = vec![];
    for line in text.lines() {
        let mut cols = line.split('\t');
        let (Some(set), Some(q), Some(accepted)) = (cols.next(), cols.next(), cols.next()) else { continue };
        let accepted: Vec<&str> = accepted.split('|').collect();
        let t = std::time::Instant::now();
        let hits = release.search(&Query { text: q, completing: false, chapter: None, billable: None, least_similarity: 0.3 }, &mut scratch);
        times.push(t.elapsed());
        let rank = hits.iter().take(10).position(|h| {
            let c = release.concept(h.concept);
            std::iter::once(c).chain(c.ancestors()).any(|c| accepted.contains(&c.code()))
        });
        if sets.last().is_none_or(|s| s.0 != set) { sets.push((set.to_owned(), [0.0; 6])); }
        let s = &mut sets.last_mut().expect("set").1;
        s[0] += 1.0;
        if let Some(r) = rank { if r < 1 { s[1] += 1.0 } if r < 5 { s[2] += 1.0 } s[3] += 1.0; s[4] += 1.0 / (r as f64 + 1.0); }
        if hits.is_empty() { s[5] += 1.0; }
        if verbose.as_deref() == Some(set) && rank != Some(0) {
            println!("{:?} {q} -> {} :: {}", rank, accepted.join("|"), hits.iter().take(4).map(|h| { let c = release.concept(h.concept); format!("{} {}", c.code(), c.title()) }).collect::<Vec<_>>().join(" ; "));
        }
    }
    println!("{:10} {:>5} {:>6} {:>6} {:>6} {:>6} {:>6}", "set", "n", "hit@1", "hit@5", "hit@10", "mrr", "empty");
    let mut mean = [0.0; 5];
    for (name, s) in &sets {
        println!("{name:10} {:5} {:6.3} {:6.3} {:6.3} {:6.3} {:6.3}", s[0], s[1]/s[0], s[2]/s[0], s[3]/s[0], s[4]/s[0], s[5]/s[0]);
        for i in 0..5 { mean[i] += s[i+1]/s[0]/sets.len() as f64; }
    }
    println!("mean             {:6.3} {:6.3} {:6.3} {:6.3} {:6.3}", mean[0], mean[1], mean[2], mean[3], mean[4]);
    times.sort();
    println!("p50 {:?} p90 {:?} p99 {:?} max {:?} mean {:?}", times[times.len()/2], times[times.len()*9/10], times[times.len()*99/100], times[times.len()-1], times.iter().sum::<std::time::Duration>() / times.len() as u32);
}
