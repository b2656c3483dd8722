-- Writes the words of existing rows again where they may have changed. One statement, so that it can commit in between: it
-- locks at most 500 rows at a time, in the order of ids, as all others do. It can be repeated.
DO $$
DECLARE
  -- A mark that can be kept, or any script that "searchUnspaced" or NFKC changes: all but Latin to Indic, and punctuation.
  "changed" CONSTANT text := '[+#]|(^|[^[:alnum:]])[.]|[^\u0001-\u0DFF\u2010-\u2023\u2025-\u206F]';
  "lower" uuid := '00000000-0000-0000-0000-000000000000';
  "upper" uuid;
BEGIN
  LOOP
    SELECT "id" INTO "upper" FROM (SELECT "id" FROM "Media" WHERE "id" > "lower" ORDER BY "id" LIMIT 500) AS "batch"
      ORDER BY "id" DESC LIMIT 1;
    EXIT WHEN NOT FOUND;
    WITH "found" AS (
      SELECT "id" FROM "Media"
      WHERE "id" > "lower" AND "id" <= "upper"
        AND (concat_ws(' ', "title", array_to_string("tags", ' '), "fileName") ~ "changed" OR "title" ~ '[[:alpha:]][.][[:alpha:]]')
      ORDER BY "id" FOR UPDATE
    )
    UPDATE "Media" SET "title" = "title" FROM "found" WHERE "Media"."id" = "found"."id";
    COMMIT;
    "lower" := "upper";
  END LOOP;
  "lower" := '00000000-0000-0000-0000-000000000000';
  LOOP
    SELECT "id" INTO "upper" FROM (SELECT "id" FROM "User" WHERE "id" > "lower" ORDER BY "id" LIMIT 500) AS "batch"
      ORDER BY "id" DESC LIMIT 1;
    EXIT WHEN NOT FOUND;
    WITH "found" AS (
      SELECT "id" FROM "User"
      WHERE "id" > "lower" AND "id" <= "upper" AND "name" ~ "changed"
      ORDER BY "id" FOR NO KEY UPDATE
    )
    UPDATE "User" SET "name" = "name" FROM "found" WHERE "User"."id" = "found"."id";
    COMMIT;
    "lower" := "upper";
  END LOOP;
END
$$;
