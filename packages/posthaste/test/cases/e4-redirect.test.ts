import { expect, test } from 'vitest'
import { everyRecipient } from '../../src/outcome.ts'
import { createCapture } from '../../src/transports/capture.ts'
import { createRedirect } from '../../src/transports/redirect.ts'
import type { Transport } from '../../src/transports/transport.ts'
import { deliverTo } from '../support/dispatch.ts'

/** What an API transport behind the redirect is given. */
async function given(message: object): Promise<Record<string, unknown>> {
  let seen: Record<string, unknown> | undefined
  const deliver: Transport['deliver'] = async (dispatch) => {
    seen = { ...(await dispatch.message()) }
    return { type: 'answered', recipients: everyRecipient(dispatch.envelope.to, 'accepted') }
  }
  const redirect = createRedirect(
    { ...createCapture({ name: 'api' }), deliver },
    { redirectTo: 'dev@example.com', allow: ['@allowed.example'] },
  )
  await deliverTo(redirect, { to: ['ada@real.example'], message: { ...message } })
  if (!seen) throw new Error('nothing was delivered')
  return seen
}

const base = { from: 'app@example.com', to: 'ada@real.example' }

/** Neighbours: headers as a list, as prepared values, in other letters; a provider's keys, nested and as lists. */
test.each<[string, object]>([
  ['headers.Cc', { headers: { Cc: 'bob@real.example', 'X-Other': 'stays' } }],
  ['headers.bcc, several', { headers: { bcc: ['bob@real.example', 'eve@real.example'] } }],
  ['headers as a list', { headers: [{ key: 'RESENT-TO', value: 'bob@real.example' }] }],
  ['a prepared header', { headers: { To: { prepared: true, value: 'bob@real.example' } } }],
  [
    "a provider's own keys",
    { personalizations: [{ to: [{ email: 'bob@real.example' }], cc: 'eve@real.example' }] },
  ],
])('E4: a redirected mail names nobody real in %s', async (_, more) => {
  const { headers, ...message } = await given({ ...base, ...more })
  expect(JSON.stringify(message)).not.toContain('real.example')
  expect(JSON.stringify(headers)).not.toMatch(/(bob|eve)@real/)
})

test('E4: an allowed one stays, and other headers too', async () => {
  const { headers } = await given({
    ...base,
    headers: { Cc: 'qa@allowed.example', 'X-Ref': 'bob@real.example' },
  })
  expect(headers).toMatchObject({ Cc: 'qa@allowed.example', 'X-Ref': 'bob@real.example' })
})

test('E4: long lists take no time', async () => {
  const list = Array.from({ length: 20_000 }, (_, n) => `u${n}@real.example`).join(', ')
  const began = performance.now()
  await given({ ...base, headers: { Cc: list }, recipients: list, note: `${'a@'.repeat(50_000)}` })
  expect(performance.now() - began).toBeLessThan(3_000)
})
