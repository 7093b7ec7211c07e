//! The saga of the bank passes what every saga passes.

use std::fmt::Write as _;
use std::sync::Arc;

use async_trait::async_trait;
use medcover_kernel::{Allowed, Call, Clock, Rng};
use medcover_simulation::bank::tables::{ACCOUNTS_BY_BALANCE, schema};
use medcover_simulation::bank::{BETWEEN_BANKS, Bank, OpenAccount, TransferBetweenBanks, bank};
use medcover_simulation::world::views;
use medcover_store::{MemoryStore, Store};
use medcover_workflow::harness::{Ground, Scenario, World, examine};
use medcover_workflow::saga::Saga;
use serde_json::Value;
use uuid::Uuid;

const PAYER: Uuid = Uuid::from_u128(0xacc1);
const PAYEE: Uuid = Uuid::from_u128(0xacc2);

struct TwoBanks;

struct Opened {
    store: Arc<dyn Store>,
    saga: Saga,
}

#[async_trait]
impl Scenario for TwoBanks {
    fn saga(&self) -> (&'static str, u16) {
        (BETWEEN_BANKS, 1)
    }

    async fn open(&self, ground: Ground) -> Box<dyn World> {
        let clock: Arc<dyn Clock> = ground.clock;
        let rng: Arc<dyn Rng> = ground.rng;
        let store: Arc<dyn Store> = Arc::new(MemoryStore::new(schema(), Arc::clone(&clock)));
        let served = Bank::new(&store, &clock, &rng, |saga| saga).expect("whole");
        // The harness runs the saga for the default tenant.
        for (tenant, account) in [(Call::for_tests().tenant, PAYER), (bank(2), PAYEE)] {
            let key = account.to_string().parse().expect("a key");
            let call = Call::for_tests().for_tenant(tenant).with_idempotency(key);
            let request = OpenAccount {
                account,
                owner: "Ada".to_owned(),
                balance_minor: 100,
            };
            let opened = served.open_account(Allowed::by(&call).expect("may"), request);
            opened.await.expect("open");
        }
        let saga = served.sagas().registry().latest(BETWEEN_BANKS);
        let saga = saga.expect("registered").as_ref().clone();
        Box::new(Opened { store, saga })
    }
}

#[async_trait]
impl World for Opened {
    fn saga(&self) -> Saga {
        self.saga.clone()
    }

    fn store(&self) -> Arc<dyn Store> {
        Arc::clone(&self.store)
    }

    fn input(&self) -> Value {
        let request = TransferBetweenBanks {
            from: PAYER,
            bank: bank(2).as_uuid(),
            to: PAYEE,
            amount_minor: 60,
        };
        serde_json::to_value(request).expect("JSON")
    }

    async fn observe(&self) -> String {
        let mut seen = String::new();
        for tenant in [Call::for_tests().tenant, bank(2)] {
            let rows = views::rows(&*self.store, &ACCOUNTS_BY_BALANCE, tenant).await;
            for row in rows.expect("rows") {
                // How many entries it took is nobody's money.
                for column in ["balance_minor", "held_minor", "pending_minor"] {
                    write!(seen, "{:?} ", row.get(column)).expect("a string takes all");
                }
            }
        }
        seen
    }
}

#[tokio::test(start_paused = true)]
async fn the_transfer_between_banks_stands_every_trial() {
    let report = examine(&TwoBanks).await;
    report.assert_sound();
    assert!(report.trials > 20, "{} trials", report.trials);
}
