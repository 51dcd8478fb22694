import { generateKeyPairSync } from 'node:crypto'
import { dkimVerify } from 'mailauth/lib/dkim/verify.js'

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 })

/** A key that can sign, as it is configured. */
export const dkim = {
  domainName: 'example.com',
  keySelector: 'k1',
  privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
}

const record = `v=DKIM1; k=rsa; p=${publicKey.export({ type: 'spki', format: 'der' }).toString('base64')}`

/** What a receiver finds: for each signature its result, where its key was looked for, and the header fields that it covers. */
export async function verified(raw: Buffer): Promise<{ results: string[]; asked: string[]; fields: string }> {
  const asked: string[] = []
  const resolver = async (name: string) => {
    asked.push(name)
    return [[record]]
  }
  const { results } = (await dkimVerify(raw, { resolver })) as { results: Signature[] }
  return {
    results: results.map(({ status }) => status.result),
    asked,
    fields: results[0]?.signingHeaders?.keys ?? '',
  }
}

interface Signature {
  readonly status: { readonly result: string }
  readonly signingHeaders?: { readonly keys: string }
}
