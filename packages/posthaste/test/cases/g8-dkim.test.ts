import { generateKeyPairSync } from 'node:crypto'
import { createTransport as createNodemailer } from 'nodemailer'
import { expect, test } from 'vitest'
import { SystemClock } from '../../src/clock.ts'
import { createTransport, type TransportConfig } from '../../src/transports/create-transport.ts'

const { privateKey } = generateKeyPairSync('rsa', {
  modulusLength: 2_048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
})
const dkim = (key: string) => ({ domainName: 'example.com', keySelector: 'mail', privateKey: key })
const [good, broken] = [dkim(privateKey), dkim(privateKey.replaceAll('\n', '\\n'))]
const smtp = { host: 'localhost', port: 1 }

async function make(config: TransportConfig): Promise<void> {
  await createTransport('api', config, { clock: new SystemClock() }).close()
}

/** Neighbours: one of several keys, a transporter with how to use it beside it, and a transport of our own. */
test('G8: a transporter whose DKIM key cannot sign is refused, as our own transport is', async () => {
  const several = { ...good, keys: [good, broken] }
  for (const one of [broken, several]) {
    const transporter = createNodemailer({ ...smtp, dkim: one })
    await expect(make(transporter)).rejects.toThrow(
      /transports\.api: the dkim key of mail\._domainkey.*cannot sign/,
    )
    await expect(make({ transporter })).rejects.toThrow('PH_CONFIG')
  }
  await expect(make({ ...smtp, dkim: broken })).rejects.toThrow('cannot sign')
  await make(createNodemailer({ ...smtp, dkim: good }))
  await make(createNodemailer(smtp))
})
