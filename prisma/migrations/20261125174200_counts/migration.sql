-- CreateTable
CREATE TABLE "MediaTally" (
    "kind" "MediaKind" NOT NULL,
    "mimeType" TEXT NOT NULL,
    "status" "MediaStatus" NOT NULL,
    "used" BOOLEAN NOT NULL,
    "trashed" BOOLEAN NOT NULL,
    "count" INTEGER NOT NULL,

    CONSTRAINT "MediaTally_pkey" PRIMARY KEY ("kind", "mimeType", "status", "used", "trashed")
);

-- CreateTable
CREATE TABLE "MediaDelta" (
    "id" BIGSERIAL NOT NULL,
    "kind" "MediaKind" NOT NULL,
    "mimeType" TEXT NOT NULL,
    "status" "MediaStatus" NOT NULL,
    "used" BOOLEAN NOT NULL,
    "trashed" BOOLEAN NOT NULL,
    "change" INTEGER NOT NULL,

    CONSTRAINT "MediaDelta_pkey" PRIMARY KEY ("id")
);

-- What is there already.
INSERT INTO "MediaTally" ("kind", "mimeType", "status", "used", "trashed", "count")
SELECT "kind", "mimeType", "status", "unusedSince" IS NULL, "deletedAt" IS NOT NULL, count(*)
FROM "Media" GROUP BY 1, 2, 3, 4, 5;

-- As with tags: one at a time, and nobody waits.
CREATE FUNCTION "foldMediaDeltas"() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF NOT pg_try_advisory_xact_lock(7302, 2) THEN
    RETURN;
  END IF;
  WITH moved AS (DELETE FROM "MediaDelta" RETURNING "kind", "mimeType", "status", "used", "trashed", "change")
  INSERT INTO "MediaTally" ("kind", "mimeType", "status", "used", "trashed", "count")
  SELECT "kind", "mimeType", "status", "used", "trashed", sum("change") FROM moved GROUP BY 1, 2, 3, 4, 5
  ON CONFLICT ("kind", "mimeType", "status", "used", "trashed")
    DO UPDATE SET "count" = "MediaTally"."count" + EXCLUDED."count";
  DELETE FROM "MediaTally" WHERE "count" = 0;
END
$$;

-- Counts media, once per statement: what a change took away and what it brought. Most changes do neither.
CREATE FUNCTION "countMedia"() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  newest bigint;
  written bigint;
BEGIN
  IF TG_OP = 'INSERT' THEN
    WITH noted AS (
      INSERT INTO "MediaDelta" ("kind", "mimeType", "status", "used", "trashed", "change")
      SELECT "kind", "mimeType", "status", "unusedSince" IS NULL, "deletedAt" IS NOT NULL, count(*)
      FROM after_rows GROUP BY 1, 2, 3, 4, 5
      RETURNING "id"
    ) SELECT max("id"), count(*) INTO newest, written FROM noted;
  ELSIF TG_OP = 'UPDATE' THEN
    WITH noted AS (
      INSERT INTO "MediaDelta" ("kind", "mimeType", "status", "used", "trashed", "change")
      SELECT "kind", "mimeType", "status", "unusedSince" IS NULL, "deletedAt" IS NOT NULL, sum(sign)
      FROM (
        SELECT "kind", "mimeType", "status", "unusedSince", "deletedAt", 1 AS sign FROM after_rows
        UNION ALL
        SELECT "kind", "mimeType", "status", "unusedSince", "deletedAt", -1 FROM before_rows
      ) AS rows
      GROUP BY 1, 2, 3, 4, 5
      HAVING sum(sign) <> 0
      RETURNING "id"
    ) SELECT max("id"), count(*) INTO newest, written FROM noted;
  ELSE
    WITH noted AS (
      INSERT INTO "MediaDelta" ("kind", "mimeType", "status", "used", "trashed", "change")
      SELECT "kind", "mimeType", "status", "unusedSince" IS NULL, "deletedAt" IS NOT NULL, -count(*)
      FROM before_rows GROUP BY 1, 2, 3, 4, 5
      RETURNING "id"
    ) SELECT max("id"), count(*) INTO newest, written FROM noted;
  END IF;
  -- About every 512 changes: what readers have to add up stays small.
  IF written > 0 AND (newest / 512) <> ((newest - written) / 512) THEN
    PERFORM "foldMediaDeltas"();
  END IF;
  RETURN NULL;
END
$$;

CREATE TRIGGER "Media_inserted" AFTER INSERT ON "Media"
  REFERENCING NEW TABLE AS after_rows
  FOR EACH STATEMENT EXECUTE FUNCTION "countMedia"();

CREATE TRIGGER "Media_updated" AFTER UPDATE ON "Media"
  REFERENCING OLD TABLE AS before_rows NEW TABLE AS after_rows
  FOR EACH STATEMENT EXECUTE FUNCTION "countMedia"();

CREATE TRIGGER "Media_deleted" AFTER DELETE ON "Media"
  REFERENCING OLD TABLE AS before_rows
  FOR EACH STATEMENT EXECUTE FUNCTION "countMedia"();

-- DropIndex
DROP INDEX "Media_uploadedById_uploadedAt_id_idx";
DROP INDEX "Media_by_kind";
DROP INDEX "Media_by_mimeType";
DROP INDEX "Media_by_unusedSince";

-- What is asked together with these comes along, so that few or none of their rows are looked up: 66,000 texts hold no
-- large one, which walking every media took 250 ms to find out.
CREATE INDEX "Media_by_kind" ON "Media" ("kind", "uploadedAt", "id")
  INCLUDE ("status", "mimeType", "sizeBytes", "unusedSince") WHERE "deletedAt" IS NULL;
CREATE INDEX "Media_by_mimeType" ON "Media" ("mimeType", "uploadedAt", "id")
  INCLUDE ("kind", "status", "sizeBytes", "unusedSince") WHERE "deletedAt" IS NULL;
CREATE INDEX "Media_by_uploader" ON "Media" ("uploadedById", "uploadedAt", "id")
  INCLUDE ("kind", "status", "sizeBytes", "updatedAt", "usageCount", "unusedSince") WHERE "deletedAt" IS NULL;
CREATE INDEX "Media_by_unusedSince" ON "Media" ("unusedSince", "id") INCLUDE ("uploadedAt") WHERE "deletedAt" IS NULL;

-- The uploader comes along in every order, as in that of upload.
DROP INDEX "Media_by_updatedAt";
DROP INDEX "Media_by_fileName";
DROP INDEX "Media_by_sizeBytes";
DROP INDEX "Media_by_usageCount";
CREATE INDEX "Media_by_updatedAt" ON "Media" ("updatedAt", "id")
  INCLUDE ("kind", "status", "mimeType", "sizeBytes", "unusedSince", "uploadedById", "folderId", "uploadedAt") WHERE "deletedAt" IS NULL;
CREATE INDEX "Media_by_fileName" ON "Media" (lower("fileName") COLLATE "C", "id")
  INCLUDE ("fileName", "kind", "status", "mimeType", "sizeBytes", "unusedSince", "uploadedById", "folderId", "uploadedAt") WHERE "deletedAt" IS NULL;
CREATE INDEX "Media_by_sizeBytes" ON "Media" ("sizeBytes", "id")
  INCLUDE ("kind", "status", "mimeType", "unusedSince", "uploadedById", "folderId", "uploadedAt") WHERE "deletedAt" IS NULL;
CREATE INDEX "Media_by_usageCount" ON "Media" ("usageCount", "id")
  INCLUDE ("kind", "status", "mimeType", "sizeBytes", "unusedSince", "uploadedById", "folderId", "uploadedAt") WHERE "deletedAt" IS NULL;

-- A file's kind follows from its type.
CREATE STATISTICS "Media_facts" (mcv) ON "kind", "mimeType", "status" FROM "Media";
