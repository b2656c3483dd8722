-- AlterTable
ALTER TABLE "Rendition" ADD COLUMN     "kind" "MediaKind";

-- The kind of the version, so that renditions are counted by status and kind. The version stays locked until the
-- transaction ends: its kind cannot change meanwhile.
CREATE FUNCTION "keepRenditionKind"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  SELECT "kind" INTO NEW."kind" FROM "MediaVersion" WHERE "id" = NEW."versionId" FOR SHARE;
  RETURN NEW;
END
$$;

CREATE TRIGGER "Rendition_kind" BEFORE INSERT ON "Rendition"
  FOR EACH ROW WHEN (NEW."kind" IS NULL) EXECUTE FUNCTION "keepRenditionKind"();

CREATE FUNCTION "changeRenditionKind"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE "Rendition" SET "kind" = NEW."kind" WHERE "versionId" = NEW."id";
  RETURN NULL;
END
$$;

CREATE TRIGGER "MediaVersion_kind" AFTER UPDATE OF "kind" ON "MediaVersion"
  FOR EACH ROW WHEN (OLD."kind" <> NEW."kind") EXECUTE FUNCTION "changeRenditionKind"();
