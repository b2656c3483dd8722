-- AlterTable
ALTER TABLE "Media" ADD COLUMN     "durationKey" DOUBLE PRECISION NOT NULL DEFAULT -1,
ADD COLUMN     "hasAltText" BOOLEAN NOT NULL DEFAULT false;

-- What lists sort and filter by is part of the row, so that indexes hold it. A new media usually gets its version later.
CREATE FUNCTION "keepListKeys"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW."hasAltText" := NEW."altText" IS NOT NULL;
  NEW."durationKey" := coalesce((SELECT "durationSeconds" FROM "MediaVersion" WHERE "id" = NEW."currentVersionId"), -1);
  RETURN NEW;
END
$$;

CREATE TRIGGER "Media_list_keys" BEFORE INSERT OR UPDATE OF "altText", "currentVersionId" ON "Media"
  FOR EACH ROW EXECUTE FUNCTION "keepListKeys"();

-- The duration of a current version changes only under the lock of the media's row.
CREATE FUNCTION "changeDurationKey"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE "Media" SET "durationKey" = coalesce(NEW."durationSeconds", -1) WHERE "currentVersionId" = NEW."id";
  RETURN NULL;
END
$$;

CREATE TRIGGER "MediaVersion_inserted_duration" AFTER INSERT ON "MediaVersion"
  FOR EACH ROW WHEN (NEW."durationSeconds" IS NOT NULL) EXECUTE FUNCTION "changeDurationKey"();

CREATE TRIGGER "MediaVersion_updated_duration" AFTER UPDATE OF "durationSeconds" ON "MediaVersion"
  FOR EACH ROW WHEN (OLD."durationSeconds" IS DISTINCT FROM NEW."durationSeconds") EXECUTE FUNCTION "changeDurationKey"();
