import { readFileSync } from 'node:fs'

/** Self-signed, for localhost and 127.0.0.1, valid for a hundred years; give `cert` to a client as its `ca`. */
export const certificate = { key: pem('key'), cert: pem('cert') }

function pem(kind: 'key' | 'cert'): string {
  return readFileSync(new URL(`./localhost.${kind}.pem`, import.meta.url), 'utf8')
}
