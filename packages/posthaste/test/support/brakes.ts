import type { Brake } from '../../src/brake.ts'
import type { Refusal } from '../../src/refusal.ts'

/** The brake on a tenant's mail that began at this time. */
export function tenantBrake(since: number, given: Partial<Brake> = {}): Brake {
  return {
    transport: 'main',
    scope: 'tenant',
    value: 'acme',
    reply: '550 no',
    since,
    canaryAt: since + 4_000,
    endedAt: null,
    earlierMs: 0,
    ...given,
  }
}

/** The refusal of a mail's first recipient at this time. */
export function refusalOf(mailId: string, refusedAt: number, given: Partial<Refusal> = {}): Refusal {
  return {
    mailId,
    seq: 0,
    transport: 'main',
    domain: 'example.com',
    reply: '550 no',
    isSenders: false,
    stream: 'default',
    sender: 'example.com',
    tenant: null,
    refusedAt,
    ...given,
  }
}
