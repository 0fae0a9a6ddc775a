//! The promises about payments, tried on one invoice that was named for it: each may come again, late, or be wrong.

use serde_json::{Value, json};

use super::bench::{Bench, Key};
use super::held::{Held, PAYMENT};
use super::report::{Tried, Trouble, broken, left_out};
use super::subject::{alone, payment_id, subject, wants};
use crate::http::Takes;

pub(super) async fn nobody_writes_without_the_key(bench: &Bench) -> Tried {
    wants(bench, Takes::Payments)?;
    if bench.trial.config.api_key.is_none() && bench.trial.config.token_url.is_none() {
        return left_out("no key was given with --api-key");
    }
    let subject = subject(bench).await?;
    let id = payment_id(bench, "stranger");
    let body = subject.payment(bench, 1, 1);
    for key in [Key::Absent, Key::Wrong] {
        let answer = subject.pay_as(bench, key, &id, &body).await?;
        if !matches!(answer.status.as_u16(), 401 | 403) {
            let seen = format!("a payment from a stranger was answered {}", answer.status);
            return broken(seen, [answer.exchange]);
        }
    }
    Ok(())
}

pub(super) async fn a_payment_may_come_twice(bench: &Bench) -> Tried {
    wants(bench, Takes::Payments)?;
    let subject = subject(bench).await?;
    let id = payment_id(bench, "twice");
    let body = subject.payment(bench, 1, 1);
    let first = Held::of(subject.pay(bench, &id, &body).await?, "a payment")?;
    first.counts(&body, &PAYMENT)?;
    let again = subject.pay(bench, &id, &body).await?;
    let again = Held::of(again, "the same payment again")?;
    again.counts(&body, &PAYMENT)?;
    // What stands in the address is the key, whatever delivery it comes in.
    bench.next_delivery();
    let anew = subject.pay(bench, &id, &body).await?;
    let anew = Held::of(anew, "the same payment under another Idempotency-Key")?;
    anew.counts(&body, &PAYMENT)?;
    let one = first.own_id()?;
    for other in [&again, &anew] {
        let own = other.own_id()?;
        if one != own {
            let seen = format!(
                "the same payment again is another one: `host_payment_id` is `{own}` after `{one}`"
            );
            return broken(seen, [first.exchange(), other.exchange()]);
        }
    }
    subject.take_back(bench, &id, 2).await
}

pub(super) async fn a_payment_is_replaced_by_a_higher_revision(bench: &Bench) -> Tried {
    wants(bench, Takes::Payments)?;
    let subject = subject(bench).await?;
    let id = payment_id(bench, "replaced");
    let first = subject.payment(bench, 1, 1);
    let second = subject.payment(bench, 2, 2);
    let held = subject.pay(bench, &id, &first).await?;
    Held::of(held, "a payment")?.counts(&first, &PAYMENT)?;
    let held = subject.pay(bench, &id, &second).await?;
    Held::of(held, "a higher revision of it")?.counts(&second, &PAYMENT)?;
    // It was on its way for long: it must not undo what came before it.
    bench.next_delivery();
    let late = subject.pay(bench, &id, &first).await?;
    if late.status.as_u16() != 409 || !late.is_problem {
        let late = Held::of(late, "an older revision that comes late")?;
        late.counts(&second, &PAYMENT)?;
    }
    bench.next_delivery();
    let held = subject.pay(bench, &id, &second).await?;
    Held::of(held, "the higher revision again")?.counts(&second, &PAYMENT)?;
    subject.take_back(bench, &id, 3).await
}

pub(super) async fn a_payment_may_be_deleted_twice(bench: &Bench) -> Tried {
    wants(bench, Takes::Payments)?;
    let subject = subject(bench).await?;
    let id = payment_id(bench, "deleted");
    let body = subject.payment(bench, 1, 1);
    subject.pay(bench, &id, &body).await?.done("a payment")?;
    subject.take_back(bench, &id, 2).await?;
    subject.take_back(bench, &id, 2).await?;
    // Nor was the product ever told of this one.
    let never = payment_id(bench, "never");
    subject.take_back(bench, &never, 1).await
}

pub(super) async fn a_deleted_payment_stays_deleted(bench: &Bench) -> Tried {
    wants(bench, Takes::Payments)?;
    let subject = subject(bench).await?;
    let id = payment_id(bench, "late");
    let body = subject.payment(bench, 1, 1);
    subject.pay(bench, &id, &body).await?.done("a payment")?;
    subject.take_back(bench, &id, 2).await?;
    bench.next_delivery();
    let late = subject.pay(bench, &id, &body).await?;
    let is_told = matches!(late.status.as_u16(), 409 | 410) && late.is_problem;
    if !is_told {
        let late = Held::of(late, "a payment that comes after its deletion")?;
        if !late.is_deleted() {
            let seen = "a payment that was deleted as revision 2 is there again after revision 1 of it came late: \
                        the reply has no `\"deleted\":true`";
            return broken(seen, [late.exchange()]);
        }
    }
    // Somebody entered it in the books again.
    let back = subject.payment(bench, 3, 2);
    let held = subject.pay(bench, &id, &back).await?;
    Held::of(held, "a higher revision after the deletion")?.counts(&back, &PAYMENT)?;
    subject.take_back(bench, &id, 4).await
}

pub(super) async fn a_payment_of_the_books_is_not_told_as_an_own_one(bench: &Bench) -> Tried {
    wants(bench, Takes::Payments)?;
    let subject = subject(bench).await?;
    let Some((before, _)) = alone(bench, &subject.id).await? else {
        return left_out("no record is served alone");
    };
    let id = payment_id(bench, "echo");
    let body = subject.payment(bench, 1, 1);
    subject.pay(bench, &id, &body).await?.done("a payment")?;
    let Some((after, exchange)) = alone(bench, &subject.id).await? else {
        return left_out("the invoice is not served alone any more");
    };
    if payments(&after, None).len() > payments(&before, None).len() {
        let seen = "a payment that came out of the books stands among the `payments` of the invoice without its \
                    `ledger_payment_id`, so it would be made in the books a second time";
        return broken(seen, [exchange]);
    }
    let ours = payments(&after, Some(&id)).len();
    if ours > 1 {
        let seen = format!("one payment stands {ours} times among the `payments` of the invoice");
        return broken(seen, [exchange]);
    }
    subject.take_back(bench, &id, 2).await
}

/// The payments of a record with an identifier of the books, or those that have none.
fn payments<'a>(record: &'a Value, of: Option<&str>) -> Vec<&'a Value> {
    let all = record.get("payments").and_then(Value::as_array);
    let is_it = |payment: &&Value| payment.get("ledger_payment_id").and_then(Value::as_str) == of;
    all.into_iter().flatten().filter(is_it).collect()
}

pub(super) async fn several_write_backs_come_at_once(bench: &Bench) -> Tried {
    wants(bench, Takes::Payments)?;
    let subject = subject(bench).await?;
    let ids: Vec<String> = ["a", "b", "c", "d"]
        .iter()
        .map(|name| payment_id(bench, name))
        .collect();
    let body = subject.payment(bench, 1, 1);
    let (a, b, c, d) = tokio::join!(
        subject.pay(bench, &ids[0], &body),
        subject.pay(bench, &ids[1], &body),
        subject.pay(bench, &ids[2], &body),
        subject.pay(bench, &ids[3], &body),
    );
    let mut known: Vec<(String, Held)> = Vec::new();
    for answer in [a, b, c, d] {
        let held = Held::of(answer?, "one of four payments at once")?;
        held.counts(&body, &PAYMENT)?;
        let own = held.own_id()?;
        if let Some((_, other)) = known.iter().find(|(id, _)| *id == own) {
            let seen = format!("two of four payments at once have the `host_payment_id` `{own}`");
            return broken(seen, [other.exchange(), held.exchange()]);
        }
        known.push((own, held));
    }
    for id in &ids {
        subject.take_back(bench, id, 2).await?;
    }
    Ok(())
}

pub(super) async fn fields_that_are_not_known_are_ignored(bench: &Bench) -> Tried {
    wants(bench, Takes::Payments)?;
    let subject = subject(bench).await?;
    let id = payment_id(bench, "new");
    let mut body = subject.payment(bench, 1, 1);
    body["weather_in_wellington"] = json!({"wind": ["strong"]});
    let answer = subject.pay(bench, &id, &body).await?;
    Held::of(answer, "a payment with one more field")?.counts(&body, &PAYMENT)?;
    subject.take_back(bench, &id, 2).await
}

pub(super) async fn a_refusal_is_told_by_problem_json(bench: &Bench) -> Tried {
    wants(bench, Takes::Payments)?;
    let subject = subject(bench).await?;
    let id = payment_id(bench, "refused");
    let mut nonsense = subject.payment(bench, 1, 1);
    nonsense["amount"] = json!("a lot");
    let unknown = subject.called(payment_id(bench, "nobody"));
    let whole = unknown.payment(bench, 1, 1);
    for (what, of, body) in [
        ("a payment whose amount is no number", &subject, &nonsense),
        (
            "a payment of an invoice that is not there",
            &unknown,
            &whole,
        ),
    ] {
        let answer = of.pay(bench, &id, body).await?;
        if !(answer.status.is_client_error() && answer.is_problem) {
            let seen = format!(
                "{what} was answered {} with `{}`, not 4xx with application/problem+json",
                answer.status, answer.media
            );
            return Err(Trouble::Broken(seen, vec![answer.exchange]));
        }
        if matches!(answer.status.as_u16(), 401 | 408 | 425 | 429) {
            let seen = format!(
                "{what} was answered {}, which says to try again",
                answer.status
            );
            return broken(seen, [answer.exchange]);
        }
    }
    Ok(())
}
