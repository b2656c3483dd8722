-- Both are trusted: the database's owner may create them.
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE EXTENSION IF NOT EXISTS unaccent;

-- DropIndex
DROP INDEX "Media_deletedAt_idx";
DROP INDEX "Media_fileName_id_idx";
DROP INDEX "Media_kind_uploadedAt_id_idx";
DROP INDEX "Media_sizeBytes_id_idx";
DROP INDEX "Media_status_uploadedAt_id_idx";
DROP INDEX "Media_unusedSince_idx";
DROP INDEX "Media_updatedAt_id_idx";
DROP INDEX "Media_uploadedAt_id_idx";
DROP INDEX "Media_usageCount_id_idx";

-- AlterTable
ALTER TABLE "Media" ADD COLUMN     "searchVector" tsvector;

-- CreateTable
CREATE TABLE "SearchWord" (
    "id" BIGSERIAL NOT NULL,
    "word" TEXT NOT NULL,
    "shape" TEXT NOT NULL,

    CONSTRAINT "SearchWord_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "SearchWord_word_idx" ON "SearchWord"("word" COLLATE "C");

-- CreateIndex
CREATE INDEX "SearchWord_shape_idx" ON "SearchWord" USING GIN ("shape" gin_trgm_ops);

-- CreateIndex
CREATE INDEX "Rendition_status_versionId_idx" ON "Rendition"("status", "versionId");

-- CreateIndex
CREATE INDEX "Media_searchVector_idx" ON "Media" USING GIN ("searchVector");

-- The words of a text as search knows them, in their order: no case, no accents, no punctuation.
CREATE FUNCTION "searchWords"("given" text) RETURNS text[] LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT string_to_array(
    nullif(btrim(regexp_replace(lower(unaccent(normalize("given", NFKC))), '[^[:alnum:]]+', ' ', 'g')), ''), ' ')
$$;

-- `IntroToBiology` is found as it stands and by each of its words.
CREATE FUNCTION "searchParts"("given" text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE WHEN "given" ~ '[[:lower:]][[:upper:]]'
    THEN "given" || ' ' || regexp_replace("given", '([[:lower:]])([[:upper:]])', '\1 \2', 'g')
    ELSE "given" END
$$;

-- Words with positions and weights: A title, B tags, C file name. Words are cut to 64 characters.
CREATE FUNCTION "searchVectorOf"("title" text, "tags" text[], "fileName" text) RETURNS tsvector LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT coalesce(string_agg('''' || left("word", 64) || ''':' || least("position", 999) || "weight", ' '), '')::tsvector
  FROM (
    SELECT "word", "position", 'A' AS "weight"
      FROM unnest("searchWords"("searchParts"("title"))) WITH ORDINALITY AS "part"("word", "position")
    UNION ALL
    SELECT "word", 1000, 'B' FROM unnest("searchWords"(array_to_string("tags", ' '))) AS "part"("word")
    UNION ALL
    SELECT "word", 2000, 'C' FROM unnest("searchWords"("searchParts"("fileName"))) AS "part"("word")
  ) AS "labelled"
$$;

-- A word in letters a to z, whatever its script: pg_trgm sees only the letters of the database's locale, which in the
-- embedded database are ASCII's. Only candidates are found by it; how alike words are is decided by the words.
CREATE FUNCTION "searchShape"("word" text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT coalesce(string_agg(chr(97 + ascii("letter") % 26), '' ORDER BY "position"), '')
  FROM regexp_split_to_table("word", '') WITH ORDINALITY AS "part"("letter", "position")
$$;

-- Known words that may be meant by another. The threshold is low: two typos leave a short word few of its trigrams.
CREATE FUNCTION "searchNeighbours"("word" text) RETURNS SETOF text LANGUAGE sql STABLE
SET pg_trgm.similarity_threshold = 0.15 AS $$
  SELECT "known"."word" FROM "SearchWord" AS "known"
  WHERE "known"."shape" % "searchShape"($1)
    AND char_length("known"."word") BETWEEN char_length($1) - 3 AND char_length($1) + 3
  ORDER BY similarity("known"."shape", "searchShape"($1)) DESC, "known"."word"
  LIMIT 50
$$;

-- Whoever writes a media keeps its words. Numbers are found, but not corrected: a similar number is another one.
-- No key on the words: two uploads that bring the same new word at once do not wait for each other; doubles do no harm.
CREATE FUNCTION "keepSearchVector"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW."searchVector" := "searchVectorOf"(NEW."title", NEW."tags", NEW."fileName");
  INSERT INTO "SearchWord" ("word", "shape")
    SELECT "word", "searchShape"("word") FROM unnest(tsvector_to_array(NEW."searchVector")) AS "part"("word")
    WHERE char_length("word") BETWEEN 3 AND 32 AND "word" !~ '[[:digit:]]'
      AND NOT EXISTS (SELECT FROM "SearchWord" AS "known" WHERE "known"."word" COLLATE "C" = "part"."word");
  RETURN NEW;
END
$$;

CREATE TRIGGER "Media_search"
  BEFORE INSERT OR UPDATE OF "title", "tags", "fileName" ON "Media"
  FOR EACH ROW EXECUTE FUNCTION "keepSearchVector"();

-- What was there before.
UPDATE "Media" SET "title" = "title";

-- One index per order of the list, without the trash. (Partial indexes, which the schema file cannot express.)
-- What most filters ask about comes along, so that walking an order with any filter reads the index alone.
CREATE INDEX "Media_by_uploadedAt" ON "Media" ("uploadedAt", "id")
  INCLUDE ("kind", "status", "mimeType", "sizeBytes", "unusedSince", "uploadedById", "folderId") WHERE "deletedAt" IS NULL;
CREATE INDEX "Media_by_updatedAt" ON "Media" ("updatedAt", "id")
  INCLUDE ("kind", "status", "mimeType", "sizeBytes", "unusedSince", "folderId", "uploadedAt") WHERE "deletedAt" IS NULL;
CREATE INDEX "Media_by_fileName" ON "Media" (lower("fileName") COLLATE "C", "id")
  INCLUDE ("fileName", "kind", "status", "mimeType", "sizeBytes", "unusedSince", "folderId", "uploadedAt") WHERE "deletedAt" IS NULL;
CREATE INDEX "Media_by_sizeBytes" ON "Media" ("sizeBytes", "id")
  INCLUDE ("kind", "status", "mimeType", "unusedSince", "folderId", "uploadedAt") WHERE "deletedAt" IS NULL;
CREATE INDEX "Media_by_usageCount" ON "Media" ("usageCount", "id")
  INCLUDE ("kind", "status", "mimeType", "sizeBytes", "unusedSince", "folderId", "uploadedAt") WHERE "deletedAt" IS NULL;
-- And for what selects few.
CREATE INDEX "Media_by_kind" ON "Media" ("kind", "uploadedAt", "id") WHERE "deletedAt" IS NULL;
CREATE INDEX "Media_by_status" ON "Media" ("status", "uploadedAt", "id") WHERE "deletedAt" IS NULL;
CREATE INDEX "Media_by_folder" ON "Media" ("folderId", "uploadedAt", "id") WHERE "deletedAt" IS NULL;
CREATE INDEX "Media_by_mimeType" ON "Media" ("mimeType", "uploadedAt", "id") WHERE "deletedAt" IS NULL;
CREATE INDEX "Media_by_unusedSince" ON "Media" ("unusedSince", "id") WHERE "deletedAt" IS NULL;
CREATE INDEX "Media_by_title" ON "Media" (lower("title") COLLATE "C", "uploadedAt", "id") WHERE "deletedAt" IS NULL;
CREATE INDEX "Media_trash" ON "Media" ("uploadedAt", "id")
  INCLUDE ("kind", "status", "mimeType", "sizeBytes", "folderId", "updatedAt", "usageCount") WHERE "deletedAt" IS NOT NULL;

-- Whether a word or tag is common decides between walking an order and looking it up: know more of them than the usual 1,000.
ALTER TABLE "Media" ALTER COLUMN "searchVector" SET STATISTICS 1000;
ALTER TABLE "Media" ALTER COLUMN "tagKeys" SET STATISTICS 500;
