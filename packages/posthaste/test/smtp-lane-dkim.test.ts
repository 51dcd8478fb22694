import { generateKeyPairSync } from 'node:crypto'
import { Readable } from 'node:stream'
import { dkimVerify } from 'mailauth/lib/dkim/verify.js'
import { expect, test } from 'vitest'
import { deliverTo, plainMime, summary } from './support/dispatch.ts'
import { closing, laneAt } from './support/lane.ts'
import { startSmtp } from './support/smtp.ts'

test.each([
  ['a buffer', () => Buffer.from(plainMime)],
  ['a stream', () => Readable.from([Buffer.from(plainMime.slice(0, 40)), Buffer.from(plainMime.slice(40))])],
])('signs %s so that a receiver can verify it', async (_, mime) => {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  const smtp = closing(await startSmtp())
  const dkim = { domainName: 'example.com', keySelector: 'k1', privateKey: pem }
  expect(summary(await deliverTo(laneAt(smtp.port, { dkim }), { mime }))).toBe('accepted')
  const record = `v=DKIM1; k=rsa; p=${publicKey.export({ type: 'spki', format: 'der' }).toString('base64')}`
  const asked: string[] = []
  const resolver = async (name: string) => {
    asked.push(name)
    return [[record]]
  }
  const { results } = await dkimVerify(smtp.received[0]?.raw ?? '', { resolver })
  expect(results.map(({ status }: { status: { result: string } }) => status.result)).toEqual(['pass'])
  expect(asked).toContain('k1._domainkey.example.com')
})

test.each([
  ['a key that is none', { domainName: 'example.com', keySelector: 'k1', privateKey: 'no key' }],
  ['a key without a selector', { domainName: 'example.com', privateKey: 'no key' }],
])('refuses %s, which Nodemailer would take and send unsigned mail', (_, dkim) => {
  expect(() => laneAt(25, { dkim })).toThrow(/transports\.main.*PH_CONFIG/)
})
