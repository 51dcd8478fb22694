import type { Tables } from '../tables.ts'

/** Where the migrations that were applied are written down; made before everything else. */
export function bookkeeping(t: Tables): string {
  return `
create table if not exists ${t.migration} (
  version integer not null primary key,
  name varchar(120) not null,
  fingerprint varchar(64) not null,
  applied_at bigint not null
);
`
}

export interface MysqlNames {
  readonly tables: Tables
  /** What the names of the indexes begin with. */
  readonly prefix: string
  /**
   * Compares byte by byte, trailing spaces too. The default would call `order-1` and `Order-1` the same key, and
   * utf8mb4_bin `order-1` and `order-1 `.
   */
  readonly collation: string
}

/** Version 1. No index is partial here: it is larger, and as right. */
export function initial({ tables: t, prefix, collation }: MysqlNames): string {
  const options = `engine = InnoDB default character set utf8mb4 collate ${collation}`
  return `
create table if not exists ${t.mail} (
  id binary(16) not null primary key,
  message_id varchar(300) not null,
  subject varchar(200) not null,
  subject_key varchar(100) not null,
  sender varchar(320) not null,
  stream varchar(60) not null,
  tenant varchar(120),
  priority smallint not null,
  created_at bigint not null,
  send_at bigint not null,
  expires_at bigint,
  on_unknown varchar(8) not null,
  is_sensitive smallint not null,
  retry longtext,
  smtp longtext,
  metadata longtext,
  idempotency_key varchar(255),
  resent_from binary(16),
  index \`${prefix}mail_message_id\` (message_id),
  index \`${prefix}mail_subject\` (subject_key, id),
  index \`${prefix}mail_stream\` (stream, id),
  index \`${prefix}mail_tenant\` (tenant, id),
  index \`${prefix}mail_key\` (idempotency_key)
) ${options};

create table if not exists ${t.delivery} (
  mail_id binary(16) not null primary key,
  state varchar(12) not null,
  reason varchar(16),
  stream varchar(60) not null,
  lane smallint not null,
  due_at bigint not null,
  expires_at bigint,
  attempts int not null default 0,
  token bigint not null default 0,
  worker_id binary(16),
  claimed_at bigint,
  dispatched_at bigint,
  unknowns int not null default 0,
  rescues int not null default 0,
  settled_at bigint,
  has_body smallint not null default 1,
  idle_ms bigint not null default 0,
  index \`${prefix}delivery_due\` (state, stream, lane, due_at),
  index \`${prefix}delivery_held_by\` (state, worker_id),
  index \`${prefix}delivery_expiry\` (state, expires_at),
  index \`${prefix}delivery_unknown\` (unknowns),
  index \`${prefix}delivery_settled\` (has_body, settled_at)
) ${options};

create table if not exists ${t.idempotency} (
  tenant varchar(120) not null,
  idempotency_key varchar(255) not null,
  mail_id binary(16) not null,
  hash varchar(64) not null,
  envelope varchar(64) not null,
  primary key (tenant, idempotency_key)
) ${options};

create table if not exists ${t.body} (
  mail_id binary(16) not null primary key,
  document longblob not null,
  mime longblob,
  mime_size int,
  size bigint not null,
  contents longtext
) ${options};

create table if not exists ${t.content} (
  id binary(16) not null primary key,
  size bigint not null,
  chunks int not null,
  sha256 varchar(64) not null,
  pinned smallint not null,
  created_at bigint not null
) ${options};

create table if not exists ${t.chunk} (
  content_id binary(16) not null,
  seq int not null,
  data longblob not null,
  primary key (content_id, seq)
) ${options};

create table if not exists ${t.content_use} (
  mail_id binary(16) not null,
  content_id binary(16) not null,
  primary key (mail_id, content_id),
  index \`${prefix}content_use_content\` (content_id)
) ${options};

create table if not exists ${t.recipient} (
  mail_id binary(16) not null,
  seq int not null,
  kind varchar(8) not null,
  address varchar(320) not null,
  address_key varchar(320) not null,
  state varchar(12) not null,
  code smallint,
  enhanced varchar(12),
  reply longtext,
  settled_at bigint,
  primary key (mail_id, seq),
  index \`${prefix}recipient_address\` (address_key, mail_id)
) ${options};

create table if not exists ${t.tag} (
  mail_id binary(16) not null,
  tag varchar(120) not null,
  primary key (mail_id, tag),
  index \`${prefix}tag_tag\` (tag, mail_id)
) ${options};

create table if not exists ${t.attempt} (
  mail_id binary(16) not null,
  token bigint not null,
  attempt int not null,
  started_at bigint not null,
  ms int not null,
  worker varchar(200) not null,
  transport varchar(60) not null,
  outcome varchar(16) not null,
  code smallint,
  enhanced varchar(12),
  reply longtext,
  error_code varchar(60),
  doubt smallint not null default 0,
  remote varchar(300),
  tls varchar(120),
  server_message_id varchar(300),
  recipients longtext,
  primary key (mail_id, token)
) ${options};

create table if not exists ${t.suppression} (
  address_key varchar(320) not null,
  stream varchar(60) not null,
  tenant varchar(120) not null,
  reason varchar(60) not null,
  origin varchar(60) not null,
  note longtext,
  created_at bigint not null,
  expires_at bigint,
  primary key (address_key, stream, tenant)
) ${options};

create table if not exists ${t.worker} (
  id binary(16) not null primary key,
  name varchar(200) not null,
  version varchar(40) not null,
  started_at bigint not null,
  heartbeat_at bigint not null,
  lease_until bigint not null,
  sleeping smallint not null default 0,
  stopping smallint not null default 0,
  streams longtext,
  concurrency int not null,
  delivered bigint not null default 0,
  own_fault varchar(500)
) ${options};

create table if not exists ${t.pause} (
  stream varchar(60) not null primary key,
  reason longtext,
  who varchar(200),
  since bigint not null,
  ended_at bigint,
  earlier_ms bigint not null default 0
) ${options};

create table if not exists ${t.transport} (
  name varchar(60) not null primary key,
  backoff_until bigint,
  reason longtext,
  since bigint,
  faults int not null default 0
) ${options};

create table if not exists ${t.refusal} (
  mail_id binary(16) not null,
  seq int not null,
  transport varchar(60) not null,
  domain varchar(320) not null,
  reply varchar(200) not null,
  is_senders smallint not null,
  stream varchar(60) not null,
  sender varchar(320) not null,
  tenant varchar(120),
  refused_at bigint not null,
  primary key (mail_id, seq, transport),
  index \`${prefix}refusal_transport\` (transport, refused_at)
) ${options};

create table if not exists ${t.brake} (
  transport varchar(60) not null,
  scope varchar(12) not null,
  value varchar(320) not null,
  reply varchar(200) not null,
  since bigint not null,
  canary_at bigint not null,
  canary_until bigint,
  ended_at bigint,
  earlier_ms bigint not null default 0,
  primary key (transport, scope, value)
) ${options};

create table if not exists ${t.meta} (
  name varchar(120) not null primary key,
  value varchar(120) not null
) ${options};
`
}
