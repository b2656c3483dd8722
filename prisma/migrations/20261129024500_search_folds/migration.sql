-- A text as search compares it: no case, no accents. What remains beside a removed accent may compose, and some letters
-- lose their accent only in lower case, so the steps are done twice: a word of the result must fold to itself, or it would
-- not find its text.
-- A zero-width space is no boundary of a word in scripts without blanks: hardly anyone types it.
CREATE OR REPLACE FUNCTION "searchFolded"("given" text) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT CASE WHEN "folded" LIKE U&'%\200B%'
    THEN regexp_replace("folded", '(?<=[' || "searchUnspaced"() || '])\u200B+(?=[' || "searchUnspaced"() || '])', '', 'g')
    ELSE "folded" END
  FROM (
    SELECT normalize(lower(unaccent(normalize(lower(unaccent(normalize(lower(normalize("given", NFKC)), NFKC))), NFKC))), NFKC) AS "folded"
  ) AS "text"
$$;

-- Words that a point joins: `node.js` finds them next to each other. Each is a text of these words with blanks, and only
-- counts if the words stand so in the whole text: a mark behind them may make another word of the last one.
CREATE OR REPLACE FUNCTION "searchCompounds"("given" text) RETURNS text[] LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT coalesce(array_agg("compound"), '{}')
  FROM regexp_matches("searchFolded"("given"),
      '[[:alnum:]]+(?:(?<=[[:alpha:]])[.](?=[[:alpha:]])[[:alnum:]]+)+', 'g') AS "found"
    CROSS JOIN LATERAL array_to_string("searchWords"("found"[1]), ' ') AS "compound"
  WHERE position(' ' || "compound" || ' ' IN ' ' || array_to_string("searchWords"("given"), ' ') || ' ') > 0
$$;
