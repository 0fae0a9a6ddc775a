-- The SQL form of tieout's host contract for PostgreSQL 13 or newer: tables, views and procedures to start from.
--
-- Run it in the schema of your choice (`set search_path = ...`). A product that has tables of its own keeps them, writes the
-- five views over them, and takes from here the stamp and the procedures. What tieout relies on is said where it is made.

-- ------------------------------------------------------------------------------------------------ versions
-- Each change of an invoice, of its lines or of its deletion gives the invoice a higher row_version than any before it.
-- Two things make that safe beside transactions that commit late:
--   cache 1                  another session never has lower numbers in hand;
--   pg_current_xact_id()     the transaction has its own number before it draws a version, so tieout sees that it is open.
create sequence ledger_row_version cache 1;

create function ledger_stamp() returns trigger language plpgsql as $$
begin
  perform pg_current_xact_id();
  new.row_version := nextval('ledger_row_version');
  new.updated_at := clock_timestamp();
  return new;
end $$;

-- ------------------------------------------------------------------------------------------------ tables
create table ledger_company (
  company_id     text primary key,
  name           text not null,
  tax_number     text,
  email          text,
  address_line1  text,
  address_line2  text,
  city           text,
  region         text,
  postal_code    text,
  country        text
);

create table ledger_contact (
  contact_id  text primary key,
  company_id  text references ledger_company,
  first_name  text,
  last_name   text,
  name        text not null,
  email       text
);

-- What a batch, such as a journal entry, holds: written in the same transaction that releases it.
create table ledger_batch (
  batch_no   text primary key,
  documents  bigint not null,
  gross      numeric not null
);

create table ledger_invoice (
  invoice_id         text not null,
  kind               text not null default 'sales' check (kind in ('sales', 'sales_credit')),
  invoice_number     text not null,
  status             text not null check (status in ('draft', 'final', 'voided', 'reversed')),
  business_division  text,
  issue_date         date not null,
  due_date           date,
  terms_days         integer,
  currency           text not null,
  amounts_are        text not null check (amounts_are in ('tax_exclusive', 'tax_inclusive', 'no_tax')),
  company_id         text references ledger_company,
  contact_id         text references ledger_contact,
  bill_to_name       text,
  bill_to_email      text,
  case_number        text,
  client_name        text,
  claim_number       text,
  reference_extra    text,
  batch_no           text,
  grouped            boolean not null default false,
  notes              text,
  net                numeric not null,
  tax                numeric not null,
  gross              numeric not null,
  removed            boolean not null default false,
  row_version        bigint not null,
  updated_at         timestamptz not null,
  primary key (invoice_id)
);
create unique index on ledger_invoice (row_version);
create index on ledger_invoice (batch_no);

create table ledger_invoice_line (
  invoice_id        text not null references ledger_invoice,
  line_id           text not null,
  line_no           integer not null,
  description       text not null,
  service_date      date,
  service_end_date  date,
  quantity          numeric not null,
  unit_price        numeric not null,
  discount          numeric,
  net               numeric not null,
  tax_code          text,
  tax_rate          numeric,
  tax               numeric not null,
  gross             numeric,
  charge_code       text,
  service_contract  text,
  item_code         text,
  account_code      text,
  tracking_1        text,   -- Category=Option
  tracking_2        text,
  case_number       text,
  worker            text,
  primary key (invoice_id, line_id)
);

create trigger ledger_stamp before insert or update on ledger_invoice
  for each row execute function ledger_stamp();

-- A changed line is a changed invoice.
create function ledger_line_changed() returns trigger language plpgsql as $$
begin
  if tg_op <> 'INSERT' then
    update ledger_invoice set removed = removed where invoice_id = old.invoice_id;
  end if;
  if tg_op <> 'DELETE' and (tg_op = 'INSERT' or new.invoice_id <> old.invoice_id) then
    update ledger_invoice set removed = removed where invoice_id = new.invoice_id;
  end if;
  return null;
end $$;
create trigger ledger_line_changed after insert or update or delete on ledger_invoice_line
  for each row execute function ledger_line_changed();

-- A deleted invoice stays as a row that says so: one that is gone without a trace is noticed by nobody.
create function ledger_keep_removed() returns trigger language plpgsql as $$
begin
  update ledger_invoice set removed = true where invoice_id = old.invoice_id;
  return null;
end $$;
create trigger ledger_keep_removed before delete on ledger_invoice
  for each row execute function ledger_keep_removed();

-- ------------------------------------------------------------------------------------------------ views
create view ledger_v_company as
  select company_id, name, tax_number, email, address_line1, address_line2, city, region, postal_code, country
  from ledger_company;

create view ledger_v_contact as
  select contact_id, company_id, first_name, last_name, name, email
  from ledger_contact;

-- Leave this view out if the product has no batches: then no document waits for the rest of its batch.
create view ledger_v_batch as
  select batch_no, documents, gross from ledger_batch;

create view ledger_v_invoice as
  select invoice_id, row_version, kind, invoice_number, status, business_division, issue_date, due_date, terms_days,
         currency, amounts_are, company_id, contact_id, bill_to_name, bill_to_email, case_number, client_name,
         claim_number, reference_extra, batch_no, grouped, notes, net, tax, gross, removed,
         updated_at as updated_at_utc
  from ledger_invoice;

create view ledger_v_invoice_line as
  select invoice_id, line_id, line_no, description, service_date, service_end_date, quantity, unit_price, discount, net,
         tax_code, tax_rate, tax, gross, charge_code, service_contract, item_code, account_code, tracking_1, tracking_2,
         case_number, worker
  from ledger_invoice_line;

-- ------------------------------------------------------------------------------------------------ what comes back
create table ledger_payment (
  ledger_payment_id  text primary key,
  revision           bigint not null,
  invoice_id         text,
  payment_date       date,
  amount             numeric,
  currency           text,
  method             text,
  reference          text,
  kind               text,
  removed            boolean not null default false
);
create index on ledger_payment (invoice_id);

create table ledger_settlement (
  invoice_id       text primary key,
  revision         bigint not null,
  status           text not null,
  amount_paid      numeric not null,
  amount_credited  numeric not null,
  amount_due       numeric not null,
  currency         text not null,
  as_of            timestamptz not null
);

create table ledger_posting (
  invoice_id     text primary key,
  state          text not null,
  ledger_id      text,
  ledger_number  text,
  message        text,
  told_at        timestamptz not null
);

-- Which payments the product refuses: one row.
create table ledger_rule (
  locked_until     date,      -- the books are closed up to this day
  future_days_max  integer    -- payments dated further ahead are refused
);
insert into ledger_rule default values;

-- How a procedure refuses: an SQLSTATE of the class TO, or P0001, with a code in the detail. tieout shows it to people and
-- repeats it only when something changes. Any other error means what it says; a broken connection comes again.
create procedure ledger_refuse(code text, words text) language plpgsql as $$
begin
  raise exception '%', words using errcode = 'TO001', detail = code;
end $$;

-- A payment exists in this form. The same revision again, or a lower one, changes nothing.
create procedure ledger_p_payment_upsert(
  p_ledger_payment_id text, p_revision bigint, p_invoice_number text, p_date date, p_amount numeric, p_method text,
  p_reference text, p_invoice_id text, p_document_kind text, p_currency text, p_kind text)
language plpgsql as $$
declare
  v_invoice ledger_invoice;
  v_known   bigint;
  v_rule    ledger_rule;
  v_others  numeric;
begin
  select * into v_invoice from ledger_invoice where invoice_id = p_invoice_id and not removed for update;
  if not found then
    call ledger_refuse('invoice_unknown', format('there is no invoice %s (%s)', p_invoice_number, p_invoice_id));
  end if;
  select revision into v_known from ledger_payment where ledger_payment_id = p_ledger_payment_id;
  if v_known >= p_revision then
    return;
  end if;
  select * into v_rule from ledger_rule;
  if p_date <= v_rule.locked_until then
    call ledger_refuse('period_locked', format('the books are closed up to %s', v_rule.locked_until));
  end if;
  if p_date > current_date + v_rule.future_days_max then
    call ledger_refuse('future_dated_payment',
      format('%s is more than %s days ahead', p_date, v_rule.future_days_max));
  end if;
  select coalesce(sum(amount), 0) into v_others from ledger_payment
    where invoice_id = p_invoice_id and not removed and ledger_payment_id <> p_ledger_payment_id;
  if v_others + p_amount > v_invoice.gross then
    call ledger_refuse('amount_exceeds_balance',
      format('%s beside %s is more than %s', p_amount, v_others, v_invoice.gross));
  end if;
  insert into ledger_payment as known
    values (p_ledger_payment_id, p_revision, p_invoice_id, p_date, p_amount, p_currency, p_method, p_reference, p_kind, false)
    on conflict (ledger_payment_id) do update
      set revision = excluded.revision, invoice_id = excluded.invoice_id, payment_date = excluded.payment_date,
          amount = excluded.amount, currency = excluded.currency, method = excluded.method,
          reference = excluded.reference, kind = excluded.kind, removed = false
      where known.revision < excluded.revision;
end $$;

-- A payment exists no more. One that was never here is remembered as removed, so that a late repeat does not bring it.
create procedure ledger_p_payment_delete(
  p_ledger_payment_id text, p_revision bigint, p_invoice_number text, p_invoice_id text, p_document_kind text)
language plpgsql as $$
begin
  insert into ledger_payment as known (ledger_payment_id, revision, invoice_id, removed)
    values (p_ledger_payment_id, p_revision, p_invoice_id, true)
    on conflict (ledger_payment_id) do update set revision = excluded.revision, removed = true
      where known.revision < excluded.revision;
end $$;

-- How far a document is settled, as a whole. The revision grows with time; a lower one changes nothing.
create procedure ledger_p_settlement_set(
  p_invoice_number text, p_revision bigint, p_status text, p_amount_paid numeric, p_amount_credited numeric,
  p_amount_due numeric, p_currency text, p_as_of timestamptz, p_invoice_id text, p_document_kind text)
language plpgsql as $$
begin
  insert into ledger_settlement as known
    values (p_invoice_id, p_revision, p_status, p_amount_paid, p_amount_credited, p_amount_due, p_currency, p_as_of)
    on conflict (invoice_id) do update
      set revision = excluded.revision, status = excluded.status, amount_paid = excluded.amount_paid,
          amount_credited = excluded.amount_credited, amount_due = excluded.amount_due, currency = excluded.currency,
          as_of = excluded.as_of
      where known.revision <= excluded.revision;
end $$;

-- What became of a document; the latest counts. `rejected` is not the last word: it is sent once what stands in its way
-- is mended.
create procedure ledger_p_posting_set(
  p_invoice_number text, p_state text, p_ledger_id text, p_ledger_number text, p_message text, p_invoice_id text,
  p_document_kind text)
language plpgsql as $$
begin
  insert into ledger_posting values (p_invoice_id, p_state, p_ledger_id, p_ledger_number, p_message, now())
    on conflict (invoice_id) do update
      set state = excluded.state, ledger_id = excluded.ledger_id, ledger_number = excluded.ledger_number,
          message = excluded.message, told_at = excluded.told_at;
end $$;

-- What is held of all that: `tieout conform host` sees by these views whether the promises are kept. Nothing else reads them.
create view ledger_v_payment as
  select ledger_payment_id, revision, invoice_id, payment_date, amount, currency, removed from ledger_payment;
create view ledger_v_settlement as
  select invoice_id, revision, status, amount_paid, amount_credited, amount_due, currency from ledger_settlement;
create view ledger_v_posting as
  select invoice_id, state, ledger_id, ledger_number, message from ledger_posting;

-- ------------------------------------------------------------------------------------------------ who may what
-- tieout needs a user who reads the views and calls the four procedures, and nothing else. `security definer` lets the
-- procedures write without giving the user the tables:
--   create user tieout password '...';
--   grant usage on schema SCHEMA to tieout;
--   grant select on ledger_v_company, ledger_v_contact, ledger_v_batch, ledger_v_invoice, ledger_v_invoice_line,
--     ledger_v_payment, ledger_v_settlement, ledger_v_posting to tieout;
--   grant execute on procedure ledger_p_payment_upsert, ledger_p_payment_delete, ledger_p_settlement_set,
--     ledger_p_posting_set to tieout;
alter procedure ledger_p_payment_upsert security definer;
alter procedure ledger_p_payment_delete security definer;
alter procedure ledger_p_settlement_set security definer;
alter procedure ledger_p_posting_set security definer;
-- Nobody else calls them, and no table of somebody's own is taken for one of these.
do $$
declare
  routine text;
begin
  foreach routine in array array['ledger_p_payment_upsert', 'ledger_p_payment_delete', 'ledger_p_settlement_set',
    'ledger_p_posting_set']
  loop
    execute format('alter procedure %I set search_path = %I, pg_temp', routine, current_schema());
    execute format('revoke execute on procedure %I from public', routine);
  end loop;
end $$;
