import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const page = readFileSync(new URL('../../../../docs/from-django-mailer.md', import.meta.url), 'utf8')
const rows = page
  .split('\n')
  .filter((line) => /^\| (?!django-mailer \|)/.test(line))
  .map(cellsOf)
const titles = readdirSync(new URL('.', import.meta.url))
  .filter((file) => file.endsWith('.test.ts') && file !== 'map.test.ts')
  .flatMap((file) => titlesOf(readFileSync(new URL(file, import.meta.url), 'utf8')))

test('every row of the map says what is ours, and names tests that exist', () => {
  expect(rows.length).toBeGreaterThan(130)
  expect(rows.filter((cells) => cells.length !== 3 || cells.includes(''))).toEqual([])
  const named = rows.flatMap(testsOf)
  expect(named.filter((title) => !titles.includes(title))).toEqual([])
})

test('every test of this folder stands in the map, and each title is there once', () => {
  const named = new Set(rows.flatMap(testsOf))
  expect(titles.filter((title) => !named.has(title))).toEqual([])
  expect(titles.filter((title, index) => titles.indexOf(title) !== index)).toEqual([])
})

test('every defect, W1 to W25, has a row and tests with its number', () => {
  const numbers = Array.from({ length: 25 }, (_, n) => `W${n + 1}: `)
  for (const number of numbers) {
    const row = rows.find(([theirs]) => theirs?.startsWith(number)) ?? []
    expect(testsOf(row).filter((title) => title.startsWith(number)).length, number).toBeGreaterThan(0)
  }
})

test('each of the 38 tests of django-mailer has a row of its own', () => {
  expect(rows.filter(([theirs]) => /^`\w+Test\.test\w*`$/.test(theirs ?? ''))).toHaveLength(38)
})

test.each(inventory().map((name) => [name]))('%s stands in the first column', (name) => {
  expect(rows.some(([theirs]) => theirs?.includes(name))).toBe(true)
})

function testsOf([, , tests = '']: string[]): string[] {
  return tests.split('<br>')
}

function cellsOf(line: string): string[] {
  return line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim())
}

function titlesOf(source: string): string[] {
  return [...source.matchAll(/^ *test\(\s*(['"])(.+?)\1, async/gm)].map(([, , title]) => title ?? '')
}

/** Every public name of django-mailer 2.3.2. */
function inventory(): string[] {
  const settings = `EMAIL_BACKEND MAILER_EMAIL_BACKEND MAILER_MESSAGES_BATCH_SIZE MAILER_EMPTY_QUEUE_SLEEP MAILER_LOCK_WAIT_TIMEOUT
    MAILER_LOCK_PATH MAILER_USE_FILE_LOCK MAILER_ERROR_HANDLER MAILER_EMAIL_MAX_BATCH MAILER_EMAIL_MAX_DEFERRED MAILER_EMAIL_THROTTLE
    MAILER_EMAIL_MAX_RETRIES MAILER_EMAIL_LOG_MESSAGE_DATA MAILER_PAUSE_SEND ADMINS MANAGERS SERVER_EMAIL EMAIL_SUBJECT_PREFIX`
  const functions = `mailer.send_mail mailer.send_html_mail mailer.send_mass_mail mailer.mail_admins mailer.mail_managers get_priority make_message
    DbBackend.send_messages send_all send_loop prioritize get_messages_for_sending sender_context ensure_message_id acquire_lock release_lock
    handle_delivery_exception high_priority medium_priority low_priority deferred non_deferred MessageManager.retry_deferred MessageLogManager.log
    MessageLogManager.purge_old_entries DontSendEntryManager.has_address`
  const commands = 'runmailer runmailer_pg retry_deferred purge_mail_log --debug'
  const models = `Message.message_data when_added retry_count MessageLog RESULT_SUCCESS RESULT_FAILURE RESULT_DONT_SEND DontSendEntry PRIORITIES
    PRIORITY_DEFERRED date_hierarchy`
  return `${settings} ${functions} ${commands} ${models}`.split(/\s+/)
}
