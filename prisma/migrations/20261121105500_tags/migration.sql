-- CreateTable
CREATE TABLE "TagTally" (
    "key" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "count" INTEGER NOT NULL,

    CONSTRAINT "TagTally_pkey" PRIMARY KEY ("key")
);

-- CreateTable
CREATE TABLE "TagDelta" (
    "id" BIGSERIAL NOT NULL,
    "key" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "change" INTEGER NOT NULL,

    CONSTRAINT "TagDelta_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "TagTally_count_key_idx" ON "TagTally"("count" DESC, "key");

-- What is there already.
INSERT INTO "TagTally" ("key", "name", "count")
SELECT tag.key, min(tag.name), count(*)
FROM "Media" CROSS JOIN LATERAL unnest("tagKeys", "tags") AS tag(key, name)
WHERE "deletedAt" IS NULL AND tag.key IS NOT NULL
GROUP BY tag.key;

-- Adds all changes to the counts. One at a time, and nobody waits: whoever finds another one at it leaves it to him.
CREATE FUNCTION "foldTagDeltas"() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF NOT pg_try_advisory_xact_lock(7302, 1) THEN
    RETURN;
  END IF;
  WITH moved AS (DELETE FROM "TagDelta" RETURNING "id", "key", "name", "change")
  INSERT INTO "TagTally" ("key", "name", "count")
  SELECT "key", (array_agg("name" ORDER BY "id"))[1], sum("change") FROM moved GROUP BY "key"
  ON CONFLICT ("key") DO UPDATE SET "count" = "TagTally"."count" + EXCLUDED."count";
  DELETE FROM "TagTally" WHERE "count" <= 0;
END
$$;

-- Counts the tags of present media, once per statement: what a change took away and what it brought.
CREATE FUNCTION "countTags"() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  newest bigint;
  written bigint;
BEGIN
  IF TG_OP = 'INSERT' THEN
    WITH noted AS (
      INSERT INTO "TagDelta" ("key", "name", "change")
      SELECT tag.key, min(tag.name), count(*)
      FROM after_rows CROSS JOIN LATERAL unnest("tagKeys", "tags") AS tag(key, name)
      WHERE "deletedAt" IS NULL AND tag.key IS NOT NULL
      GROUP BY tag.key
      RETURNING "id"
    ) SELECT max("id"), count(*) INTO newest, written FROM noted;
  ELSIF TG_OP = 'UPDATE' THEN
    WITH noted AS (
      INSERT INTO "TagDelta" ("key", "name", "change")
      SELECT tag.key, coalesce(min(tag.name) FILTER (WHERE sign = 1), min(tag.name)), sum(sign)
      FROM (
        SELECT "tagKeys", "tags", 1 AS sign FROM after_rows WHERE "deletedAt" IS NULL
        UNION ALL
        SELECT "tagKeys", "tags", -1 FROM before_rows WHERE "deletedAt" IS NULL
      ) AS rows CROSS JOIN LATERAL unnest("tagKeys", "tags") AS tag(key, name)
      WHERE tag.key IS NOT NULL
      GROUP BY tag.key
      HAVING sum(sign) <> 0
      RETURNING "id"
    ) SELECT max("id"), count(*) INTO newest, written FROM noted;
  ELSE
    WITH noted AS (
      INSERT INTO "TagDelta" ("key", "name", "change")
      SELECT tag.key, min(tag.name), -count(*)
      FROM before_rows CROSS JOIN LATERAL unnest("tagKeys", "tags") AS tag(key, name)
      WHERE "deletedAt" IS NULL AND tag.key IS NOT NULL
      GROUP BY tag.key
      RETURNING "id"
    ) SELECT max("id"), count(*) INTO newest, written FROM noted;
  END IF;
  -- About every 512 changes: what readers have to add up stays small.
  IF written > 0 AND (newest / 512) <> ((newest - written) / 512) THEN
    PERFORM "foldTagDeltas"();
  END IF;
  RETURN NULL;
END
$$;

CREATE TRIGGER "Media_tags_inserted" AFTER INSERT ON "Media"
  REFERENCING NEW TABLE AS after_rows
  FOR EACH STATEMENT EXECUTE FUNCTION "countTags"();

CREATE TRIGGER "Media_tags_updated" AFTER UPDATE ON "Media"
  REFERENCING OLD TABLE AS before_rows NEW TABLE AS after_rows
  FOR EACH STATEMENT EXECUTE FUNCTION "countTags"();

CREATE TRIGGER "Media_tags_deleted" AFTER DELETE ON "Media"
  REFERENCING OLD TABLE AS before_rows
  FOR EACH STATEMENT EXECUTE FUNCTION "countTags"();
