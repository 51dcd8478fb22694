import type { Needs } from './rights.ts'

const claimed = ['state', 'reason', 'lane', 'due_at', 'attempts', 'token', 'settled_at', 'has_body'] as const
const claims = ['worker_id', 'claimed_at', 'dispatched_at', 'unknowns', 'rescues'] as const

/**
 * What every worker does: claim, settle, rescue, expire, erase, purge, and say how mail flows. It puts no mail into the
 * queue, and changes neither who gets a mail nor the suppression list, but for what has expired there.
 */
export const workerNeeds = {
  migration: { select: 'all' },
  meta: { select: 'all', update: ['value'], delete: 'all' },
  mail: { select: 'all', update: ['subject', 'subject_key', 'metadata', 'smtp', 'sender'], delete: 'all' },
  body: { select: 'all', update: ['document', 'mime', 'mime_size'], delete: 'all' },
  content: { select: 'all', delete: 'all' },
  chunk: { select: 'all', delete: 'all' },
  content_use: { select: 'all', delete: 'all' },
  recipient: { select: 'all', update: ['state', 'code', 'enhanced', 'reply', 'settled_at'], delete: 'all' },
  tag: { select: ['mail_id'], delete: 'all' },
  idempotency: { select: ['tenant', 'idempotency_key', 'mail_id'], delete: 'all' },
  delivery: { select: 'all', update: [...claimed, ...claims], delete: 'all' },
  attempt: { select: 'all', insert: 'all', update: ['reply', 'recipients'], delete: 'all' },
  suppression: { select: 'all', delete: 'all' },
  worker: {
    select: 'all',
    insert: 'all',
    update: ['heartbeat_at', 'lease_until', 'sleeping', 'stopping', 'delivered', 'own_fault'],
    delete: 'all',
  },
  pause: { select: 'all', delete: 'all' },
  transport: {
    select: 'all',
    insert: 'all',
    update: ['backoff_until', 'reason', 'since', 'faults'],
    delete: 'all',
  },
  refusal: { select: 'all', insert: 'all', delete: 'all' },
  brake: {
    select: 'all',
    insert: 'all',
    update: ['reply', 'since', 'canary_at', 'canary_until', 'ended_at', 'earlier_ms'],
    delete: 'all',
  },
} as const satisfies Needs
