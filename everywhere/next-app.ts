import type { Place } from './cell.ts'
import { adviceOf } from './page.ts'
import type { Site } from './site.ts'

/** What the app of `docs/guide/nextjs.md` is made with. */
export const packages = {
  next: '16.4.6',
  react: '19.3.1',
  'react-dom': '19.3.1',
  typescript: '6.0.3',
  '@types/node': '24.19.2',
  '@types/react': '19.3.3',
}

export const settings = { NEXT_TELEMETRY_DISABLED: '1' }

/** @param parts of the page */
export async function writeApp(place: Place, ...parts: string[]): Promise<void> {
  await place.write('app/layout.tsx', layout)
  for (const [file, code] of Object.entries(adviceOf('nextjs', ...parts).files)) await place.write(file, code)
}

/** Every app has one. */
const layout = `export default function Layout({ children }: { children: React.ReactNode }) {
  return (
    <html lang="en">
      <body>{children}</body>
    </html>
  )
}
`

/** Sends the page's form as a browser without JavaScript does: with the hidden field that names the action. Gives the status. */
export async function submitOrder(site: Site, email: string, total: number): Promise<number> {
  const { body: page } = await site.ask('/order')
  const form = new FormData()
  for (const [, name = ''] of page.matchAll(/<input type="hidden" name="([^"]+)"/g)) form.append(name, '')
  form.append('email', email)
  form.append('total', String(total))
  return (await site.ask('/order', { method: 'POST', headers: { origin: site.url }, body: form })).status
}
