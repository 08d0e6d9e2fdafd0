//! Waiting for new mail.

use std::time::{Duration, Instant};

use afterword::folder::{Position, Role};
use afterword::imap::{Connection, Reading, Wake};

use super::{inbox, mail, open, run};
use crate::dovecot::{Dovecot, Variant};

async fn position(connection: &mut Connection) -> Position {
    connection.next_batch(&inbox(), &Reading::new(Role::Inbox, None, None)).await.unwrap().position
}

#[test]
fn new_mail_wakes_idle_and_polling() {
    for variant in [Variant::Plain, Variant::NoIdle] {
        let server = Dovecot::start(variant);
        run(async {
            let mut connection = open(&server.endpoint("alex")).await;
            let from = position(&mut connection).await;
            let started = Instant::now();
            assert_eq!(
                connection.wait(&inbox(), from, Duration::from_millis(400)).await.unwrap(),
                Wake::Nothing
            );
            assert!(
                started.elapsed() >= Duration::from_millis(390)
                    && started.elapsed() < Duration::from_secs(3)
            );
            let deliver = async {
                tokio::time::sleep(Duration::from_millis(300)).await;
                server.deliver("alex", &mail("new"));
                Instant::now()
            };
            let folder = inbox();
            let (woken, delivered) =
                tokio::join!(connection.wait(&folder, from, Duration::from_secs(20)), deliver);
            assert_eq!(woken.unwrap(), Wake::New);
            assert!(
                delivered.elapsed() < Duration::from_secs(3),
                "{variant:?}: {:?}",
                delivered.elapsed()
            );
        });
    }
}

#[test]
fn what_came_before_waiting_is_seen_at_once() {
    let server = Dovecot::start(Variant::Plain);
    run(async {
        let mut connection = open(&server.endpoint("alex")).await;
        let from = position(&mut connection).await;
        server.deliver("alex", &mail("raced"));
        // This swallows the EXISTS that IDLE would otherwise be woken by.
        connection.noop().await.unwrap();
        let started = Instant::now();
        assert_eq!(
            connection.wait(&inbox(), from, Duration::from_secs(20)).await.unwrap(),
            Wake::New
        );
        assert!(started.elapsed() < Duration::from_secs(1));
    });
}

#[test]
fn a_wait_may_be_dropped() {
    let server = Dovecot::start(Variant::Plain);
    run(async {
        let mut connection = open(&server.endpoint("alex")).await;
        let from = position(&mut connection).await;
        let folder = inbox();
        let dropped = tokio::time::timeout(
            Duration::from_millis(300),
            connection.wait(&folder, from, Duration::from_mins(1)),
        );
        assert!(dropped.await.is_err());
        connection.noop().await.unwrap();
        assert_eq!(
            connection.wait(&folder, from, Duration::from_millis(100)).await.unwrap(),
            Wake::Nothing
        );
    });
}

#[test]
fn a_server_that_goes_away_is_an_error() {
    let mut server = Dovecot::start(Variant::Plain);
    run(async {
        let mut connection = open(&server.endpoint("alex")).await;
        let from = position(&mut connection).await;
        let folder = inbox();
        {
            let wait = connection.wait(&folder, from, Duration::from_secs(20));
            let stop = async {
                tokio::time::sleep(Duration::from_millis(200)).await;
                server.stop();
            };
            let (woken, ()) = tokio::join!(wait, stop);
            woken.unwrap_err();
        }
        assert!(!connection.is_usable());
        connection.noop().await.unwrap_err();
    });
    server.start_again();
    run(async { open(&server.endpoint("alex")).await });
}
