import { Readable } from 'node:stream'
import { describe, expect, test } from 'vitest'
import { queued } from './support/content.ts'

const text = (value: string) => Readable.from([Buffer.from(value)], { objectMode: false })

describe('in the form that transports read', () => {
  test('keys that only a provider knows are as they were', async () => {
    const fields = {
      templateId: 42,
      templateModel: {
        name: 'Jo',
        items: [1, null, undefined, Number.NaN],
        when: new Date(0),
        bytes: Buffer.from([0, 255]),
      },
      messageStream: 'outbound',
      'o:tag': ['a', 'b'],
      'v:var': { $: 'looks like ours', big: 5n },
      'recipient-variables': '{"a@example.com":{"first":"A"}}',
      template: 'welcome',
      context: { nested: { deeper: true } },
    }
    const message = await queued({ provider: fields }, 'data')
    expect(message).toMatchObject(fields)
    expect(message).not.toHaveProperty('provider')
  })

  test('text from streams, bytes and objects is text; attachments are Buffers', async () => {
    const large = Buffer.alloc(100_000, 'a')
    const message = await queued(
      {
        text: text('streamed'),
        html: { content: text('<p>object') },
        amp: Buffer.from('amp'),
        attachments: [{ content: large }, { content: text('small') }],
      },
      'data',
    )
    expect(message).toMatchObject({ text: 'streamed', html: '<p>object', amp: 'amp' })
    expect(message.attachments?.map(({ content }) => Buffer.isBuffer(content) && content.length)).toEqual([
      100_000, 5,
    ])
  })

  test('an object that says more than its text stays an object', async () => {
    const html = { content: '<p>', headers: { 'X-Part': '1' } }
    expect((await queued({ html }, 'data')).html).toEqual(html)
  })
})
