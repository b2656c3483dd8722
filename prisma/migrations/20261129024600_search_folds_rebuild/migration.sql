-- Writes the words of existing rows again where they now fold to others. One statement, so that it can commit in between: it
-- locks at most 500 rows at a time, in the order of ids, as all others do. It can be repeated.
DO $$
DECLARE
  "lower" uuid := '00000000-0000-0000-0000-000000000000';
  "upper" uuid;
BEGIN
  LOOP
    SELECT "id" INTO "upper" FROM (SELECT "id" FROM "Media" WHERE "id" > "lower" ORDER BY "id" LIMIT 500) AS "batch"
      ORDER BY "id" DESC LIMIT 1;
    EXIT WHEN NOT FOUND;
    WITH "found" AS (
      SELECT "id" FROM "Media", LATERAL concat_ws(' ', "title", array_to_string("tags", ' '), "fileName") AS "text"
      WHERE "id" > "lower" AND "id" <= "upper" AND "text" ~ '[^\u0001-\u007F]'
        AND normalize(lower(unaccent(normalize(unaccent(normalize("text", NFKC)), NFKC))), NFKC)
          <> normalize(lower(unaccent(normalize(lower(unaccent(normalize(lower(normalize("text", NFKC)), NFKC))), NFKC))), NFKC)
      ORDER BY "id" FOR UPDATE OF "Media"
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
      WHERE "id" > "lower" AND "id" <= "upper" AND "name" ~ '[^\u0001-\u007F]'
        AND normalize(lower(unaccent(normalize(unaccent(normalize("name", NFKC)), NFKC))), NFKC)
          <> normalize(lower(unaccent(normalize(lower(unaccent(normalize(lower(normalize("name", NFKC)), NFKC))), NFKC))), NFKC)
      ORDER BY "id" FOR NO KEY UPDATE
    )
    UPDATE "User" SET "name" = "name" FROM "found" WHERE "User"."id" = "found"."id";
    COMMIT;
    "lower" := "upper";
  END LOOP;
END
$$;
