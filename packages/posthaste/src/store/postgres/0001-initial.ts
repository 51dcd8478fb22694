import type { Tables } from '../tables.ts'

/** Where the migrations that were applied are written down; made before everything else. */
export function bookkeeping(t: Tables, schema: string): string {
  return `
create schema if not exists ${schema};

create table if not exists ${t.migration} (
  version integer not null primary key,
  name varchar(120) not null,
  fingerprint varchar(64) not null,
  applied_at bigint not null
);
`
}

/**
 * Version 1. Texts are compared byte by byte: a prefix search is a range of the index, whatever the database's locale.
 */
export function initial(t: Tables): string {
  return `
create table if not exists ${t.mail} (
  id uuid not null primary key,
  message_id varchar(300) collate "C" not null,
  subject varchar(200) collate "C" not null,
  subject_key varchar(100) collate "C" not null,
  sender varchar(320) collate "C" not null,
  stream varchar(60) collate "C" not null,
  tenant varchar(120) collate "C",
  priority smallint not null,
  created_at bigint not null,
  send_at bigint not null,
  expires_at bigint,
  on_unknown varchar(8) collate "C" not null,
  is_sensitive smallint not null,
  retry text,
  smtp text,
  metadata text,
  idempotency_key varchar(255) collate "C",
  resent_from uuid
);
create index if not exists "mail_message_id" on ${t.mail} (message_id);
create index if not exists "mail_subject" on ${t.mail} (subject_key, id);
create index if not exists "mail_stream" on ${t.mail} (stream, id);
create index if not exists "mail_tenant" on ${t.mail} (tenant, id)
  where tenant is not null;
create index if not exists "mail_key" on ${t.mail} (idempotency_key)
  where idempotency_key is not null;

create table if not exists ${t.delivery} (
  mail_id uuid not null primary key,
  state varchar(12) collate "C" not null,
  reason varchar(16) collate "C",
  stream varchar(60) collate "C" not null,
  lane smallint not null,
  due_at bigint not null,
  expires_at bigint,
  attempts integer not null default 0,
  token bigint not null default 0,
  worker_id uuid,
  claimed_at bigint,
  dispatched_at bigint,
  unknowns integer not null default 0,
  rescues integer not null default 0,
  settled_at bigint,
  has_body smallint not null default 1,
  idle_ms bigint not null default 0
);
create index if not exists "delivery_due" on ${t.delivery} (stream, lane, due_at)
  where state = 'queued';
create index if not exists "delivery_held_by" on ${t.delivery} (worker_id)
  where state = 'sending';
create index if not exists "delivery_ended" on ${t.delivery} (state, mail_id)
  where state not in ('queued', 'sending', 'sent');
create index if not exists "delivery_expiry" on ${t.delivery} (expires_at)
  where expires_at is not null and state in ('queued', 'held');
create index if not exists "delivery_unknown" on ${t.delivery} (mail_id)
  where unknowns > 0;
create index if not exists "delivery_settled" on ${t.delivery} (has_body, settled_at)
  where settled_at is not null;
alter table ${t.delivery} set (fillfactor = 80, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);

create table if not exists ${t.idempotency} (
  tenant varchar(120) collate "C" not null,
  idempotency_key varchar(255) collate "C" not null,
  mail_id uuid not null,
  hash varchar(64) collate "C" not null,
  envelope varchar(64) collate "C" not null,
  primary key (tenant, idempotency_key)
);

create table if not exists ${t.body} (
  mail_id uuid not null primary key,
  document bytea not null,
  mime bytea,
  mime_size integer,
  size bigint not null,
  contents text
);
alter table ${t.body} alter column mime set storage external;

create table if not exists ${t.content} (
  id uuid not null primary key,
  size bigint not null,
  chunks integer not null,
  sha256 varchar(64) collate "C" not null,
  pinned smallint not null,
  created_at bigint not null
);

create table if not exists ${t.chunk} (
  content_id uuid not null,
  seq integer not null,
  data bytea not null,
  primary key (content_id, seq)
);
alter table ${t.chunk} alter column data set storage external;

create table if not exists ${t.content_use} (
  mail_id uuid not null,
  content_id uuid not null,
  primary key (mail_id, content_id)
);
create index if not exists "content_use_content" on ${t.content_use} (content_id);

create table if not exists ${t.recipient} (
  mail_id uuid not null,
  seq integer not null,
  kind varchar(8) collate "C" not null,
  address varchar(320) collate "C" not null,
  address_key varchar(320) collate "C" not null,
  state varchar(12) collate "C" not null,
  code smallint,
  enhanced varchar(12) collate "C",
  reply text,
  settled_at bigint,
  primary key (mail_id, seq)
);
create index if not exists "recipient_address" on ${t.recipient} (address_key, mail_id);

create table if not exists ${t.tag} (
  mail_id uuid not null,
  tag varchar(120) collate "C" not null,
  primary key (mail_id, tag)
);
create index if not exists "tag_tag" on ${t.tag} (tag, mail_id);

create table if not exists ${t.attempt} (
  mail_id uuid not null,
  token bigint not null,
  attempt integer not null,
  started_at bigint not null,
  ms integer not null,
  worker varchar(200) collate "C" not null,
  transport varchar(60) collate "C" not null,
  outcome varchar(16) collate "C" not null,
  code smallint,
  enhanced varchar(12) collate "C",
  reply text,
  error_code varchar(60) collate "C",
  doubt smallint not null default 0,
  remote varchar(300) collate "C",
  tls varchar(120) collate "C",
  server_message_id varchar(300) collate "C",
  recipients text,
  primary key (mail_id, token)
);

create table if not exists ${t.suppression} (
  address_key varchar(320) collate "C" not null,
  stream varchar(60) collate "C" not null,
  tenant varchar(120) collate "C" not null,
  reason varchar(60) collate "C" not null,
  origin varchar(60) collate "C" not null,
  note text,
  created_at bigint not null,
  expires_at bigint,
  primary key (address_key, stream, tenant)
);

create table if not exists ${t.worker} (
  id uuid not null primary key,
  name varchar(200) collate "C" not null,
  version varchar(40) collate "C" not null,
  started_at bigint not null,
  heartbeat_at bigint not null,
  lease_until bigint not null,
  sleeping smallint not null default 0,
  stopping smallint not null default 0,
  streams text,
  concurrency integer not null,
  delivered bigint not null default 0,
  own_fault text
);

create table if not exists ${t.pause} (
  stream varchar(60) collate "C" not null primary key,
  reason text,
  who varchar(200) collate "C",
  since bigint not null,
  ended_at bigint,
  earlier_ms bigint not null default 0
);

create table if not exists ${t.transport} (
  name varchar(60) collate "C" not null primary key,
  backoff_until bigint,
  reason text,
  since bigint,
  faults integer not null default 0
);

create table if not exists ${t.refusal} (
  mail_id uuid not null,
  seq integer not null,
  transport varchar(60) collate "C" not null,
  domain varchar(320) collate "C" not null,
  reply varchar(200) collate "C" not null,
  is_senders smallint not null,
  stream varchar(60) collate "C" not null,
  sender varchar(320) collate "C" not null,
  tenant varchar(120) collate "C",
  refused_at bigint not null,
  primary key (mail_id, seq, transport)
);
create index if not exists "refusal_transport" on ${t.refusal} (transport, refused_at);

create table if not exists ${t.brake} (
  transport varchar(60) collate "C" not null,
  scope varchar(12) collate "C" not null,
  value varchar(320) collate "C" not null,
  reply varchar(200) collate "C" not null,
  since bigint not null,
  canary_at bigint not null,
  canary_until bigint,
  ended_at bigint,
  earlier_ms bigint not null default 0,
  primary key (transport, scope, value)
);

create table if not exists ${t.meta} (
  name varchar(120) not null primary key,
  value varchar(120) not null
);
`
}
