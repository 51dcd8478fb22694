// A web app (server.ts) and its worker (posthaste work), two processes over one queue, on PostgreSQL
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import mail from './posthaste.config.ts'

const here = { cwd: import.meta.dirname, env: { ...process.env, PORT: process.env.PORT ?? '3000' } }
execFileSync('posthaste', ['migrate'], here) // in package.json's scripts, or with npx before it
const server = spawn('node', ['server.ts'], { ...here, stdio: ['ignore', 'pipe', 'inherit'] })
await once(server.stdout, 'data')

async function order(body: object) {
  const response = await fetch(`http://localhost:${here.env.PORT}/`, {
    method: 'POST',
    body: JSON.stringify(body),
  })
  const answer: { mailId?: string; error?: string } = JSON.parse(await response.text())
  return { status: response.status, ...answer }
}

const ada = await order({ email: 'ada@example.com', total: 30 })
console.log('Ada:', ada.status, (await mail.get(ada.mailId ?? ''))?.state)
console.log('Eve:', await order({ email: 'eve@example.com', total: 3000 }))

const worker = spawn('posthaste', ['work'], { ...here, stdio: 'ignore' })
const settled = await mail.settled(ada.mailId ?? '', { timeout: '30s' })
console.log('Ada:', settled.state)

for (const child of [server, worker]) {
  child.kill('SIGTERM')
  await once(child, 'exit')
}
await mail.close()

/* It prints:
Ada: 201 queued
Eve: { status: 402, error: 'Error: the card was declined' }
Ada: sent
*/
