import type { ClientBase } from 'pg'
import { givenNames, surnames, syllables } from './words.ts'

/** SQL for evenly distributed pseudo-random values in [0, 1): draw k for the number in column n. */
const randomShare = (k: number): string => `(hashint8extended(n, ${k}) & 1073741823) / 1073741824.0`

/** SQL that picks an element of the list by draw k. */
const pickSql = (list: readonly string[], k: number): string =>
  `(ARRAY[${list.map((text) => `'${text.replaceAll("'", "''")}'`).join(', ')}])[1 + floor(${list.length} * ${randomShare(k)})::int]`

/** SQL for a realistic name for the number in column n. Half of the surnames are common ones. */
export const personNameSql = `${pickSql(givenNames, 51)} || ' ' || CASE WHEN ${randomShare(52)} < 0.5 THEN ${pickSql(surnames, 53)}
  ELSE initcap(${[54, 55, 56].map((k) => pickSql(syllables, k)).join(' || ')}) END`

/** Inserts `count` learners as an LMS registers them before their first call. Set-based SQL, run as the table's owner. */
export const seedLearners = async (client: ClientBase, count: number): Promise<void> => {
  // Two statements replace the trigger, which would run once per row.
  await client.query('ALTER TABLE "User" DISABLE TRIGGER "User_search"')
  await client.query(
    `INSERT INTO "User" (id, "externalId", name, "searchVector")
       SELECT gen_random_uuid(), 'learner-' || n, name, "nameVectorOf"(name)
       FROM generate_series(1, $1::int) AS n CROSS JOIN LATERAL (SELECT ${personNameSql}) AS person(name)`,
    [count],
  )
  await client.query(`
    INSERT INTO "NameWord" (word, shape)
      SELECT word, "searchShape"(word)
      FROM ts_stat('SELECT ts_filter("searchVector", ''{a,c}'') FROM "User"')
      WHERE "searchCorrectable"(word)
        AND NOT EXISTS (SELECT FROM "NameWord" AS known WHERE known.word COLLATE "C" = ts_stat.word)`)
  await client.query('ALTER TABLE "User" ENABLE TRIGGER "User_search"')
}
