import type { EngineName } from '../support/databases.ts'

/** What drivers read in ways that an app may choose. */
export const questions: Record<EngineName, string> = {
  postgres: `select true as is_true, 9007199254740993 as big_number, '2026-01-02 03:04:05+00'::timestamptz as some_time,
    '{"a":1}'::jsonb as some_json, '00000000-0000-7000-8000-000000000000'::uuid as some_id, '\\x00ff'::bytea as some_bytes`,
  mysql: `select 1 = 1 as is_true, 9007199254740993 as big_number, timestamp '2026-01-02 03:04:05' as some_time, unhex('00ff') as some_bytes`,
  sqlite: "select 1 = 1 as is_true, 9007199254740991 as big_number, 0.5 as some_real, 'a' as some_text",
}
