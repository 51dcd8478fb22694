import type { Cell } from '../cell.ts'
import { adviceOf } from '../page.ts'
import { backstage, expectMails, expectSame } from '../visit.ts'

export const cells: readonly Cell[] = [
  cell('React Email', 'tsx react-email.tsx', {
    react: '19.3.1',
    'react-dom': '19.3.1',
    '@react-email/components': '1.0.12',
    '@react-email/render': '2.3.1',
    tsx: '4.23.15',
  }),
  cell('MJML with Handlebars', 'node mjml.ts', { mjml: '5.4.1', handlebars: '4.7.10' }),
]

function cell(heading: string, command: string, packages: Record<string, string>): Cell {
  return {
    name: `templates, ${heading}`,
    short: true,
    packages,
    async run(place) {
      await place.write('package.json', JSON.stringify({ private: true, type: 'module' }))
      await place.write('tsconfig.json', JSON.stringify({ compilerOptions: { jsx: 'react-jsx' } }))
      const files = {
        ...adviceOf('express-fastify', 'The queue').files,
        ...adviceOf('templates', heading).files,
      }
      for (const [file, code] of Object.entries(files)) await place.write(file, code)
      await using behind = await backstage(place.folder)
      await place.shell(command, behind.env)
      await place.shell('posthaste work --once', behind.env)
      await expectMails(behind, ['Your order'])
      const { html = '', text = '' } = (await behind.smtp.received[0]?.parsed()) ?? {}
      expectSame([html.includes('Ada &amp; Co'), text.includes('Ada & Co')], [true, true])
      return 'sent 1, with HTML that is escaped, and with text'
    },
  }
}
