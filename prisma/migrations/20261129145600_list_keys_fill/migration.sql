-- Fills in the keys of existing media. One statement, so that it can commit in between: it locks at most 1,000 rows at a
-- time, in the order of ids. It can be repeated. The rows are locked first, and the durations read by the next statement:
-- while a row is locked, neither its current version nor that version's duration changes.
DO $$
DECLARE
  "lower" uuid := '00000000-0000-0000-0000-000000000000';
  "upper" uuid;
BEGIN
  LOOP
    SELECT max("id"::text)::uuid INTO "upper"
      FROM (SELECT "id" FROM "Media" WHERE "id" > "lower" ORDER BY "id" LIMIT 1000) AS "batch";
    EXIT WHEN "upper" IS NULL;
    PERFORM FROM "Media" WHERE "id" > "lower" AND "id" <= "upper" ORDER BY "id" FOR NO KEY UPDATE;
    UPDATE "Media" SET "durationKey" = coalesce("version"."durationSeconds", -1), "hasAltText" = "altText" IS NOT NULL
    FROM "MediaVersion" AS "version"
    WHERE "Media"."id" > "lower" AND "Media"."id" <= "upper" AND "version"."id" = "currentVersionId"
      AND ("durationKey" IS DISTINCT FROM coalesce("version"."durationSeconds", -1) OR "hasAltText" <> ("altText" IS NOT NULL));
    COMMIT;
    "lower" := "upper";
  END LOOP;
END
$$;
