import type { Tables } from '../tables.ts'

/** Where the migrations that were applied are written down; made before everything else. */
export function bookkeeping(t: Tables): string {
  return `
create table if not exists ${t.migration} (
  version integer not null primary key,
  name text not null,
  fingerprint text not null,
  applied_at integer not null
);
`
}

/** Version 1. `prefix` is what the names of the indexes begin with. */
export function initial(t: Tables, prefix: string): string {
  return `
create table if not exists ${t.mail} (
  id text not null primary key,
  message_id text not null,
  subject text not null,
  subject_key text not null,
  sender text not null,
  stream text not null,
  tenant text,
  priority integer not null,
  created_at integer not null,
  send_at integer not null,
  expires_at integer,
  on_unknown text not null,
  is_sensitive integer not null,
  retry text,
  smtp text,
  metadata text,
  idempotency_key text,
  resent_from text
);
create index if not exists "${prefix}mail_message_id" on ${t.mail} (message_id);
create index if not exists "${prefix}mail_subject" on ${t.mail} (subject_key, id);
create index if not exists "${prefix}mail_stream" on ${t.mail} (stream, id);
create index if not exists "${prefix}mail_tenant" on ${t.mail} (tenant, id)
  where tenant is not null;
create index if not exists "${prefix}mail_key" on ${t.mail} (idempotency_key)
  where idempotency_key is not null;

create table if not exists ${t.delivery} (
  mail_id text not null primary key,
  state text not null,
  reason text,
  stream text not null,
  lane integer not null,
  due_at integer not null,
  expires_at integer,
  attempts integer not null default 0,
  token integer not null default 0,
  worker_id text,
  claimed_at integer,
  dispatched_at integer,
  unknowns integer not null default 0,
  rescues integer not null default 0,
  settled_at integer,
  has_body integer not null default 1,
  idle_ms integer not null default 0
);
create index if not exists "${prefix}delivery_due" on ${t.delivery} (stream, lane, due_at)
  where state = 'queued';
create index if not exists "${prefix}delivery_held_by" on ${t.delivery} (worker_id)
  where state = 'sending';
create index if not exists "${prefix}delivery_ended" on ${t.delivery} (state, mail_id)
  where state not in ('queued', 'sending', 'sent');
create index if not exists "${prefix}delivery_expiry" on ${t.delivery} (expires_at)
  where expires_at is not null and state in ('queued', 'held');
create index if not exists "${prefix}delivery_unknown" on ${t.delivery} (mail_id)
  where unknowns > 0;
create index if not exists "${prefix}delivery_settled" on ${t.delivery} (has_body, settled_at)
  where settled_at is not null;

create table if not exists ${t.idempotency} (
  tenant text not null,
  idempotency_key text not null,
  mail_id text not null,
  hash text not null,
  envelope text not null,
  primary key (tenant, idempotency_key)
);

create table if not exists ${t.body} (
  mail_id text not null primary key,
  document blob not null,
  mime blob,
  mime_size integer,
  size integer not null,
  contents text
);

create table if not exists ${t.content} (
  id text not null primary key,
  size integer not null,
  chunks integer not null,
  sha256 text not null,
  pinned integer not null,
  created_at integer not null
);

create table if not exists ${t.chunk} (
  content_id text not null,
  seq integer not null,
  data blob not null,
  primary key (content_id, seq)
);

create table if not exists ${t.content_use} (
  mail_id text not null,
  content_id text not null,
  primary key (mail_id, content_id)
);
create index if not exists "${prefix}content_use_content" on ${t.content_use} (content_id);

create table if not exists ${t.recipient} (
  mail_id text not null,
  seq integer not null,
  kind text not null,
  address text not null,
  address_key text not null,
  state text not null,
  code integer,
  enhanced text,
  reply text,
  settled_at integer,
  primary key (mail_id, seq)
);
create index if not exists "${prefix}recipient_address" on ${t.recipient} (address_key, mail_id);

create table if not exists ${t.tag} (
  mail_id text not null,
  tag text not null,
  primary key (mail_id, tag)
);
create index if not exists "${prefix}tag_tag" on ${t.tag} (tag, mail_id);

create table if not exists ${t.attempt} (
  mail_id text not null,
  token integer not null,
  attempt integer not null,
  started_at integer not null,
  ms integer not null,
  worker text not null,
  transport text not null,
  outcome text not null,
  code integer,
  enhanced text,
  reply text,
  error_code text,
  doubt integer not null default 0,
  remote text,
  tls text,
  server_message_id text,
  recipients text,
  primary key (mail_id, token)
);

create table if not exists ${t.suppression} (
  address_key text not null,
  stream text not null,
  tenant text not null,
  reason text not null,
  origin text not null,
  note text,
  created_at integer not null,
  expires_at integer,
  primary key (address_key, stream, tenant)
);

create table if not exists ${t.worker} (
  id text not null primary key,
  name text not null,
  version text not null,
  started_at integer not null,
  heartbeat_at integer not null,
  lease_until integer not null,
  sleeping integer not null default 0,
  stopping integer not null default 0,
  streams text,
  concurrency integer not null,
  delivered integer not null default 0,
  own_fault text
);

create table if not exists ${t.pause} (
  stream text not null primary key,
  reason text,
  who text,
  since integer not null,
  ended_at integer,
  earlier_ms integer not null default 0
);

create table if not exists ${t.transport} (
  name text not null primary key,
  backoff_until integer,
  reason text,
  since integer,
  faults integer not null default 0
);

create table if not exists ${t.refusal} (
  mail_id text not null,
  seq integer not null,
  transport text not null,
  domain text not null,
  reply text not null,
  is_senders integer not null,
  stream text not null,
  sender text not null,
  tenant text,
  refused_at integer not null,
  primary key (mail_id, seq, transport)
);
create index if not exists "${prefix}refusal_transport" on ${t.refusal} (transport, refused_at);

create table if not exists ${t.brake} (
  transport text not null,
  scope text not null,
  value text not null,
  reply text not null,
  since integer not null,
  canary_at integer not null,
  canary_until integer,
  ended_at integer,
  earlier_ms integer not null default 0,
  primary key (transport, scope, value)
);

create table if not exists ${t.meta} (
  name text not null primary key,
  value text not null
);
`
}
