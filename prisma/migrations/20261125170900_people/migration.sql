-- AlterTable
ALTER TABLE "User" ADD COLUMN     "searchVector" tsvector,
ADD COLUMN     "tokenName" TEXT;

-- CreateTable
CREATE TABLE "NameWord" (
    "id" BIGSERIAL NOT NULL,
    "word" TEXT NOT NULL,
    "shape" TEXT NOT NULL,

    CONSTRAINT "NameWord_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "NameWord_word_idx" ON "NameWord"("word" COLLATE "C");

-- CreateIndex
CREATE INDEX "NameWord_shape_idx" ON "NameWord" USING GIN ("shape" gin_trgm_ops);

-- CreateIndex
CREATE INDEX "User_searchVector_idx" ON "User" USING GIN ("searchVector");

-- Until now all names came from tokens.
UPDATE "User" SET "tokenName" = "name";

-- One spelling for names that sound alike: Sophie and Sofie, Müller and Mueller, Meyer and Maier, Schmidt and Schmitt,
-- Alexandra and Aleksandra, González and Gonzales. For words as "searchWords" makes them; other scripts stay as they are.
CREATE FUNCTION "nameSound"("word" text) RETURNS text LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
  "sound" text := replace(replace(replace("word", 'ph', 'f'), 'x', 'ks'), 'w', 'v');
BEGIN
  "sound" := regexp_replace("sound", 'c[hk]|kh|[cq]', 'k', 'g');
  "sound" := regexp_replace("sound", 'th|dt', 't', 'g');
  "sound" := regexp_replace("sound", 't?z', 's', 'g');
  "sound" := regexp_replace("sound", '([aou])e', '\1', 'g');
  "sound" := regexp_replace("sound", '[ae]?[iy]', 'i', 'g');
  RETURN regexp_replace("sound", '(.)\1+', '\1', 'g');
END
$$;

-- The words of a name (A), O'Brien also in one (C), and how they sound (B). Words are cut to 64 characters. Sounds have
-- positions of their own: of two weights at one position, only the higher is kept.
CREATE FUNCTION "nameVectorOf"("name" text) RETURNS tsvector LANGUAGE sql STABLE PARALLEL SAFE AS $$
  WITH "spelt" AS (
    SELECT left("word", 64) AS "word", "position", 'A' AS "weight"
      FROM unnest("searchWords"("name")) WITH ORDINALITY AS "part"("word", "position")
    UNION ALL
    SELECT left("word", 64), "position", 'C'
      FROM unnest("searchWords"(regexp_replace("name", '[''’ʼ`´]', '', 'g'))) WITH ORDINALITY AS "part"("word", "position")
      WHERE "name" ~ '[''’ʼ`´]'
  )
  SELECT coalesce(string_agg('''' || "word" || ''':' || "position" || "weight", ' '), '')::tsvector
  FROM (SELECT * FROM "spelt" UNION ALL SELECT "nameSound"("word"), 1000 + "position", 'B' FROM "spelt") AS "labelled"
$$;

-- Known words that may be meant by another; as "searchNeighbours", of names, and of those alone that came until then.
CREATE FUNCTION "nameNeighbours"("word" text, "horizon" bigint) RETURNS SETOF text LANGUAGE sql STABLE
SET pg_trgm.similarity_threshold = 0.15 AS $$
  SELECT "known"."word" FROM "NameWord" AS "known"
  WHERE "known"."shape" % "searchShape"($1) AND "known"."id" <= $2
    AND char_length("known"."word") BETWEEN char_length($1) - 3 AND char_length($1) + 3
  ORDER BY similarity("known"."shape", "searchShape"($1)) DESC, "known"."word"
  LIMIT 50
$$;

-- Whoever writes a user keeps the words of the name. As with "SearchWord", doubles do no harm.
CREATE FUNCTION "keepNameVector"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW."searchVector" := "nameVectorOf"(NEW."name");
  INSERT INTO "NameWord" ("word", "shape")
    SELECT "lexeme", "searchShape"("lexeme") FROM unnest(ts_filter(NEW."searchVector", '{a,c}'))
    WHERE char_length("lexeme") BETWEEN 3 AND 32 AND "lexeme" !~ '[[:digit:]]'
      AND NOT EXISTS (SELECT FROM "NameWord" AS "known" WHERE "known"."word" COLLATE "C" = "lexeme");
  RETURN NEW;
END
$$;

CREATE TRIGGER "User_search"
  BEFORE INSERT OR UPDATE OF "name" ON "User"
  FOR EACH ROW EXECUTE FUNCTION "keepNameVector"();

-- What was there before.
UPDATE "User" SET "name" = "name";

-- The order of the list, and finding by the key of another system. (On expressions, which the schema file cannot express.)
CREATE INDEX "User_by_name" ON "User" (lower("name") COLLATE "C", "id");
CREATE INDEX "User_by_externalId" ON "User" (lower("externalId") COLLATE "C");

-- Whether a name is common decides how it is looked up: know more of them than the usual 1,000.
ALTER TABLE "User" ALTER COLUMN "searchVector" SET STATISTICS 1000;
