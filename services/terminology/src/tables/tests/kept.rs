//! Searches that were answered from the tables are kept.

use std::time::Duration;

use bytes::Bytes;
use medcover_cache::{
    Cache, CacheValue as _, InProcess, InRedis, InRedisConfig, SpaceFigures, Tag, Tiered,
};
use medcover_kernel::SystemRng;
use medcover_redis::{Redis, RedisConfig};
use medcover_testkit::{Client, RedisServer};
use tempfile::TempDir;
use tokio::time::timeout;

use super::*;
use crate::releases::OpenRelease;
use crate::testing::{Served, icd10cm};

const PATIENCE: Duration = Duration::from_secs(30);

fn cache() -> Cache {
    let engine = InProcess::new(16 << 20, clock());
    Cache::new(Arc::new(engine), clock(), Arc::new(SystemRng))
}

/// What a process keeps that shares it with others in `server`.
async fn shared(server: &RedisServer) -> Cache {
    let config = RedisConfig {
        address: server.address(),
        ..RedisConfig::default()
    };
    let redis = Redis::follow(&config, clock(), Arc::new(SystemRng)).expect("it is followed");
    assert!(redis.ready(PATIENCE).await);
    let far = InRedis::new(redis, InRedisConfig::default(), clock());
    let tiers = Tiered::new(InProcess::new(16 << 20, clock()), far, PATIENCE, clock());
    timeout(PATIENCE, tiers.is_heard()).await.expect("it hears");
    Cache::new(Arc::new(tiers), clock(), Arc::new(SystemRng))
}

/// The service over the tables, without a file, and what it keeps.
fn program(folder: TempDir, tables: &Icd10Tables) -> (Client, Cache) {
    let cache = cache();
    (keeping_in(&cache, folder, tables), cache)
}

fn keeping_in(cache: &Cache, folder: TempDir, tables: &Icd10Tables) -> Client {
    Served::over_tables_kept(folder, tables.clone(), cache.clone()).client()
}

/// The codes that `query` finds.
async fn found(client: &Client, query: &str) -> Vec<String> {
    let answer = client.get(&format!("/api/v1/search/icd10?{query}")).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let answer = answer.json();
    let hits = answer["hits"].as_array().expect("hits").iter();
    hits.map(|hit| hit["code"].as_str().expect("a code").to_owned())
        .collect()
}

fn searches(cache: &Cache) -> SpaceFigures {
    let figures = cache.figures().into_iter();
    let mut searches = figures.filter(|it| it.space == "search");
    searches.next().expect("searches are kept")
}

async fn run(tables: &Icd10Tables, sql: &str) {
    let mut turn = tables.bulk().await.expect("a turn");
    turn.run(sql).await.expect("it is done");
    turn.commit().await.expect("it is kept");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_search_is_asked_of_the_tables_once_until_what_it_depends_on_is_invalidated() {
    let server = server();
    let tables = tables(&server).await;
    load(&tables, &icd10cm("2026-04-01"), "1").await;
    let (client, cache) = program(tempfile::tempdir().expect("a folder"), &tables);
    let (diabetes, asthma) = ("q=type%202%20diabetes&chapter=4", "q=asthma");
    let wanted = (found(&client, diabetes).await, found(&client, asthma).await);
    assert!(!wanted.0.is_empty() && !wanted.1.is_empty(), "{wanted:?}");
    let again = found(&client, "q=%20TYPE%202%20%20Diabetes&chapter=4").await;
    assert_eq!(again, wanted.0, "case and blanks say nothing");
    let figures = searches(&cache);
    assert_eq!((figures.loads, figures.hits), (2, 1));
    run(
        &tables,
        "DELETE FROM icd10_master WHERE code LIKE 'E11.%' OR code LIKE 'J45.%'",
    )
    .await;
    assert_eq!(found(&client, diabetes).await, wanted.0, "it is kept");
    let invalidate = async |kind: &str, id: &str| {
        let done = cache.invalidate_by_tags(&[Tag::new(kind, id)]).await;
        done.expect("it is invalidated");
    };
    invalidate("chapter", "10").await;
    let left = found(&client, asthma).await;
    assert!(left.len() < wanted.1.len(), "{left:?} of {:?}", wanted.1);
    assert_eq!(found(&client, diabetes).await, wanted.0, "another chapter");
    for tag in ["icd10", "search_results"] {
        let loads = searches(&cache).loads;
        invalidate(tag, "all").await;
        let left = found(&client, diabetes).await;
        assert!(left.len() < wanted.0.len(), "{left:?} of {:?}", wanted.0);
        found(&client, asthma).await;
        assert_eq!(searches(&cache).loads, loads + 2, "{tag}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_release_that_is_loaded_again_under_its_name_is_searched_anew() {
    let server = server();
    let tables = tables(&server).await;
    let mut source = icd10cm("2026-04-01");
    load(&tables, &source, "1").await;
    let (client, cache) = program(tempfile::tempdir().expect("a folder"), &tables);
    let first = found(&client, "q=E11.9").await;
    assert_eq!(first[0], "E11.9");
    let code = source.concepts.iter_mut().find(|it| it.code == "E11.9");
    code.expect("a code").code = "E11.8".to_owned();
    load(&tables, &source, "2").await;
    assert!(!found(&client, "q=E11.9").await.contains(&first[0]));
    assert_eq!(searches(&cache).hits, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_one_process_was_answered_another_does_not_ask() {
    let redis = RedisServer::start(&[]).expect("Redis: apt-get install redis-server");
    let server = server();
    let tables = tables(&server).await;
    load(&tables, &icd10cm("2026-04-01"), "1").await;
    let folder = || tempfile::tempdir().expect("a folder");
    let (first, second) = (shared(&redis).await, shared(&redis).await);
    let [here, there] = [&first, &second].map(|it| keeping_in(it, folder(), &tables));
    let asthma = found(&here, "q=asthma").await;
    assert!(!asthma.is_empty());
    assert_eq!(found(&there, "q=asthma").await, asthma);
    let figures = searches(&second);
    assert_eq!((figures.loads, figures.hits), (0, 1));
    let done = first.invalidate_by_tags(&[Tag::new("icd10", "all")]).await;
    done.expect("it is invalidated");
    let again = async {
        while searches(&second).loads == 0 {
            assert_eq!(found(&there, "q=asthma").await, asthma);
        }
    };
    timeout(PATIENCE, again)
        .await
        .expect("the other hears of it");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_strategy_could_not_add_to_is_not_kept() {
    let server = server();
    let tables = tables(&server).await;
    load(&tables, &icd10cm("2026-04-01"), "1").await;
    let (client, cache) = program(tempfile::tempdir().expect("a folder"), &tables);
    run(
        &tables,
        "ALTER EXTENSION pg_trgm SET SCHEMA information_schema",
    )
    .await;
    let cough = "/api/v1/search/icd10?q=cough";
    for loads in 1..3 {
        let answer = client.get(cough).await.json();
        assert_eq!(answer["degraded"], serde_json::json!(["similarity"]));
        assert_eq!(searches(&cache).loads, loads);
    }
    run(&tables, "ALTER EXTENSION pg_trgm SET SCHEMA public").await;
    for _ in 0..2 {
        let answer = client.get(cough).await.json();
        assert_eq!(answer["degraded"], serde_json::Value::Null, "{answer}");
    }
    assert_eq!(searches(&cache).hits, 1);
}

#[test]
fn a_part_outlives_the_process_that_asked_for_it() {
    let part = OpenRelease::of_source(&icd10cm("2026-04-01")).expect("it is compiled");
    let bytes = part.encode().expect("it has a form");
    assert!(bytes.len() < 128 << 10, "{} bytes", bytes.len());
    let read = OpenRelease::decode(&bytes).expect("it is read");
    assert_eq!((read.label(), read.tag()), (part.label(), part.tag()));
    let titles = |it: &OpenRelease| {
        let concepts = it.release().concepts();
        concepts.map(|it| it.title().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(titles(&read), titles(&part));
    assert!(OpenRelease::decode(&bytes.slice(1..)).is_err());
    assert!(OpenRelease::decode(&Bytes::new()).is_err());
}
