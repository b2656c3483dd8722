-- Letters of scripts that are written without blanks, as part of a bracket expression: Han, kana, Bopomofo, Hangul, Thai,
-- Lao, Burmese, Khmer. Hangul has blanks, but joins several words into one. Their digits are not among them.
CREATE FUNCTION "searchUnspaced"() RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT '\u0E01-\u0E3A\u0E40-\u0E4E\u0E81-\u0EBD\u0EC0-\u0ECE\u0EDC-\u0EDF\u1000-\u103F\u1050-\u108F\u109A-\u109D'
    '\u1100-\u11FF\u1780-\u17D3\u17D7\u17DC\u17DD\u3005-\u3007\u3041-\u3096\u3099\u309A\u309D-\u309F\u30A1-\u30FA'
    '\u30FC-\u30FF\u3105-\u312F\u3131-\u318E\u31A0-\u31BF\u31F0-\u31FF\u3400-\u4DBF\u4E00-\u9FFF\uA960-\uA97F'
    '\uAC00-\uD7A3\uD7B0-\uD7FB\uF900-\uFAFF\U0001B000-\U0001B16F\U00020000-\U0003FFFF'
$$;

-- A text as search compares it: no case, no accents. What remains beside a removed accent may compose, and then lose an
-- accent too, so both steps are done twice: a word of the result must fold to itself, or it would not find its text.
-- A zero-width space is no boundary of a word in scripts without blanks: hardly anyone types it.
CREATE FUNCTION "searchFolded"("given" text) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT CASE WHEN "folded" LIKE U&'%\200B%'
    THEN regexp_replace("folded", '(?<=[' || "searchUnspaced"() || '])\u200B+(?=[' || "searchUnspaced"() || '])', '', 'g')
    ELSE "folded" END
  FROM (SELECT normalize(lower(unaccent(normalize(unaccent(normalize("given", NFKC)), NFKC))), NFKC) AS "folded") AS "text"
$$;

-- Keeps a plus or a number sign behind a letter, at the end of a word (C++, C#, A+) or between ++ and a digit (C++17); all
-- others become blanks. Letters of scripts without blanks are surrounded by blanks already.
CREATE FUNCTION "searchMarks"("folded" text) RETURNS text LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
  "folded" := regexp_replace("folded", '(^|[^[:alpha:]+#])[+#]+', '\1 ', 'g');
  "folded" := regexp_replace("folded", '[+#]{3,}|[+]#|#[+#]', ' ', 'g');
  "folded" := regexp_replace("folded", '[+]{1,2}(?=[[:alpha:]])|(?<![+])[+](?=[[:alnum:]])|#(?=[[:alnum:]])', ' ', 'g');
  RETURN regexp_replace("folded", '([+][+])(?=[[:alnum:]])', '\1 ', 'g');
END
$$;

-- The words of a text as search knows them, in their order: no case, no accents, no punctuation but + and # behind a letter
-- and a point before the first one (.NET). A run of letters without blanks is one word, and Java入門 are two.
-- Words depend on what is between two blanks alone, so that each part of a text is found by itself.
CREATE OR REPLACE FUNCTION "searchWords"("given" text) RETURNS text[] LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
DECLARE
  "rest" text := "searchFolded"("given");
BEGIN
  IF "rest" LIKE '%.%' THEN
    "rest" := regexp_replace("rest", '[.](?=[^[:alpha:]]|[' || "searchUnspaced"() || ']|$)|(?<=[[:alnum:].+#' || "searchUnspaced"() || '])[.]', ' ', 'g');
  END IF;
  IF "rest" ~ ('[' || "searchUnspaced"() || ']') THEN
    "rest" := regexp_replace("rest", '([' || "searchUnspaced"() || ']+)', ' \1 ', 'g');
  END IF;
  IF "rest" ~ '[+#]' THEN
    "rest" := "searchMarks"("rest");
  END IF;
  "rest" := regexp_replace("rest", '[^[:alnum:]+#.' || "searchUnspaced"() || ']+', ' ', 'g');
  RETURN string_to_array(nullif(btrim("rest"), ''), ' ');
END
$$;

-- Words that a point joins: `node.js` finds them next to each other. Each is a text of these words with blanks.
CREATE FUNCTION "searchCompounds"("given" text) RETURNS text[] LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT coalesce(array_agg(array_to_string("searchWords"("found"[1]), ' ')), '{}')
  FROM regexp_matches("searchFolded"("given"),
    '[[:alnum:]]+(?:(?<=[[:alpha:]])[.](?=[[:alpha:]])[[:alnum:]]+)+', 'g') AS "found"
$$;

-- The pairs of neighbouring letters of a word in a script without blanks, and its last letter: any part of such a word is
-- found by its pairs, and a single letter as the beginning of a pair.
CREATE FUNCTION "searchPairs"("word" text) RETURNS SETOF text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT substr("word", "position", 2) FROM generate_series(1, char_length("word")) AS "position"
  WHERE "word" ~ ('^[' || "searchUnspaced"() || ']')
$$;

-- What is stored of a text: its words, cut to 64 characters, the pairs in them, and `net` for `.net`.
CREATE FUNCTION "searchLexemes"("given" text) RETURNS TABLE ("word" text, "position" bigint, "whole" boolean)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
  WITH "given" AS MATERIALIZED (
    SELECT * FROM unnest("searchWords"("given")) WITH ORDINALITY AS "part"("word", "position")
  )
  SELECT left("word", 64), "position", true FROM "given"
  UNION ALL SELECT substr("word", 2, 64), "position", true FROM "given" WHERE starts_with("word", '.')
  UNION ALL SELECT "pair", "position", false FROM "given" CROSS JOIN LATERAL "searchPairs"("word") AS "pair"
$$;

-- Whether a similar word may be meant: a similar number, ideogram or name with a mark is another one.
CREATE FUNCTION "searchCorrectable"("word" text) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT char_length("word") BETWEEN 3 AND 32
    AND "word" !~ '[[:digit:]+#.\u3005-\u3007\u3400-\u4DBF\u4E00-\u9FFF\uF900-\uFAFF\U00020000-\U0003FFFF]'
$$;

-- `ASP.NET` in a title is also found by `.NET`. In a file name that would be the ending, which `.mp4` finds as a word.
CREATE FUNCTION "searchTitleParts"("title" text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT concat_ws(' ', "searchParts"("title"), (
    SELECT string_agg("found"[1], ' ') FROM regexp_matches("title", '(?<=[[:alpha:]])([.][[:alpha:]][[:alnum:]]*)', 'g') AS "found"
    WHERE "title" ~ '[[:alpha:]][.][[:alpha:]]'))
$$;

-- Words with positions and weights: A title, B tags, C file name. Without the setting, PostgreSQL 18 plans it for each row,
-- which takes 1.4 ms instead of 0.2.
CREATE OR REPLACE FUNCTION "searchVectorOf"("title" text, "tags" text[], "fileName" text) RETURNS tsvector LANGUAGE sql STABLE PARALLEL SAFE
SET plan_cache_mode = force_generic_plan AS $$
  SELECT coalesce(string_agg('''' || "word" || ''':' || "position" || "weight", ' '), '')::tsvector
  FROM (
    SELECT "word", least("position", 999) AS "position", 'A' AS "weight" FROM "searchLexemes"("searchTitleParts"("title"))
    UNION ALL
    SELECT "word", 1000, 'B' FROM "searchLexemes"(array_to_string("tags", ' '))
    UNION ALL
    SELECT "word", 2000, 'C' FROM "searchLexemes"("searchParts"("fileName"))
  ) AS "labelled"
$$;

CREATE OR REPLACE FUNCTION "keepSearchVector"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW."searchVector" := "searchVectorOf"(NEW."title", NEW."tags", NEW."fileName");
  INSERT INTO "SearchWord" ("word", "shape")
    SELECT "word", "searchShape"("word") FROM unnest(tsvector_to_array(NEW."searchVector")) AS "part"("word")
    WHERE "searchCorrectable"("word")
      AND NOT EXISTS (SELECT FROM "SearchWord" AS "known" WHERE "known"."word" COLLATE "C" = "part"."word");
  RETURN NEW;
END
$$;

-- The words of a name (A), O'Brien also in one and the pairs in a name without blanks (C), and how they sound (B). Sounds
-- have positions of their own: of two weights at one position, only the higher is kept.
CREATE OR REPLACE FUNCTION "nameVectorOf"("name" text) RETURNS tsvector LANGUAGE sql STABLE PARALLEL SAFE
SET plan_cache_mode = force_generic_plan AS $$
  WITH "spelt" AS (
    SELECT "word", "position", CASE WHEN "whole" THEN 'A' ELSE 'C' END AS "weight" FROM "searchLexemes"("name")
    UNION ALL
    SELECT "word", "position", 'C' FROM "searchLexemes"(regexp_replace("name", '[''’ʼ`´]', '', 'g'))
      WHERE "name" ~ '[''’ʼ`´]'
  )
  SELECT coalesce(string_agg('''' || "word" || ''':' || "position" || "weight", ' '), '')::tsvector
  FROM (SELECT * FROM "spelt" UNION ALL SELECT "nameSound"("word"), 1000 + "position", 'B' FROM "spelt") AS "labelled"
$$;

CREATE OR REPLACE FUNCTION "keepNameVector"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW."searchVector" := "nameVectorOf"(NEW."name");
  INSERT INTO "NameWord" ("word", "shape")
    SELECT "lexeme", "searchShape"("lexeme") FROM unnest(ts_filter(NEW."searchVector", '{a,c}'))
    WHERE "searchCorrectable"("lexeme")
      AND NOT EXISTS (SELECT FROM "NameWord" AS "known" WHERE "known"."word" COLLATE "C" = "lexeme");
  RETURN NEW;
END
$$;
