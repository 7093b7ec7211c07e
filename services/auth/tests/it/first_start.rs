use medcover_identity::SecretText;

use crate::house::{House, PASSWORD, clock, memory, quick, text};

#[tokio::test]
async fn the_first_start_makes_an_administrator_whose_password_is_told_once() {
    let clock = clock();
    let store = memory(&clock);
    let house = House::over(store.clone(), clock.clone(), quick(), 1);
    let first = house.auth.start(None).await.expect("it starts");
    let first = first.expect("there was none");
    let password = first.password.expect("none was given");
    assert_eq!(first.name, "admin");
    assert_eq!(password.reveal().len(), 24);
    house.pass(1);
    let tokens = house.sign_in("admin", password.reveal()).await;
    let me = house
        .get(&text(&tokens, "access_token"), "/api/v1/auth/me")
        .await
        .json();
    assert_eq!(me["roles"][0], "administrator");
    assert!(me["scopes"].as_array().expect("a list").len() > 10);

    let again = House::over(store, clock, quick(), 2);
    let given = Some(SecretText::new("another password, too late"));
    assert!(again.auth.start(given).await.expect("it starts").is_none());
    again.sign_in("admin", password.reveal()).await;
}

#[tokio::test]
async fn a_password_that_is_given_counts_even_if_it_is_weak() {
    let clock = clock();
    let house = House::over(memory(&clock), clock, quick(), 1);
    let first = house
        .auth
        .start(Some(SecretText::new("admin")))
        .await
        .expect("it starts");
    assert!(first.expect("there was none").password.is_none());
    house.pass(1);
    house.sign_in("admin", "admin").await;
}

#[tokio::test]
async fn processes_that_start_together_make_one_administrator_and_one_key() {
    let clock = clock();
    let store = memory(&clock);
    let houses: Vec<_> = (1..=6)
        .map(|seed| House::over(store.clone(), clock.clone(), quick(), seed))
        .collect();
    let starts = houses
        .iter()
        .map(|house| house.auth.start(Some(SecretText::new(PASSWORD))));
    let mut made = 0;
    for start in futures(starts).await {
        made += usize::from(start.expect("it starts").is_some());
    }
    assert_eq!(made, 1);
    clock.advance(std::time::Duration::from_secs(1));
    for house in &houses {
        let keys = house.client.get("/api/v1/auth/jwks").await.json();
        assert_eq!(keys["keys"].as_array().map(Vec::len), Some(1), "{keys}");
        // What one signs, every other accepts.
        let token = house.admin().await;
        for other in &houses {
            assert_eq!(other.get(&token, "/api/v1/auth/me").await.status, 200);
        }
    }
}

/// Runs all of them at once.
async fn futures<F: Future>(all: impl Iterator<Item = F>) -> Vec<F::Output> {
    let mut all: Vec<_> = all.map(Box::pin).collect();
    let mut done: Vec<Option<F::Output>> = all.iter().map(|_| None).collect();
    std::future::poll_fn(|context| {
        let mut ready = true;
        for (future, done) in all.iter_mut().zip(&mut done) {
            if done.is_none() {
                match future.as_mut().poll(context) {
                    std::task::Poll::Ready(output) => *done = Some(output),
                    std::task::Poll::Pending => ready = false,
                }
            }
        }
        if ready {
            std::task::Poll::Ready(())
        } else {
            std::task::Poll::Pending
        }
    })
    .await;
    done.into_iter().flatten().collect()
}
