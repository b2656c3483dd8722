-- Fills in the kind of existing renditions. One statement, so that it can commit in between: it locks at most 1,000 rows at
-- a time, in the order of ids. It can be repeated. A kind that changes meanwhile is locked out by the version's row.
DO $$
DECLARE
  "lower" uuid := '00000000-0000-0000-0000-000000000000';
  "upper" uuid;
BEGIN
  LOOP
    SELECT max("id"::text)::uuid INTO "upper"
      FROM (SELECT "id" FROM "Rendition" WHERE "id" > "lower" ORDER BY "id" LIMIT 1000) AS "batch";
    EXIT WHEN "upper" IS NULL;
    WITH "version" AS MATERIALIZED (
      SELECT "id", "kind" FROM "MediaVersion"
      WHERE "id" IN (SELECT "versionId" FROM "Rendition" WHERE "id" > "lower" AND "id" <= "upper" AND "kind" IS NULL)
      ORDER BY "id" FOR SHARE
    )
    UPDATE "Rendition" SET "kind" = "version"."kind" FROM "version"
    WHERE "Rendition"."id" > "lower" AND "Rendition"."id" <= "upper" AND "Rendition"."kind" IS NULL
      AND "Rendition"."versionId" = "version"."id";
    COMMIT;
    "lower" := "upper";
  END LOOP;
END
$$;
