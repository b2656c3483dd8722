-- What was there already. Not in the migration before: it locks writers out, and this takes seconds in a large library.
INSERT INTO "SearchCode" ("word")
SELECT "word" FROM ts_stat('SELECT "searchVector" FROM "Media"') AS "found"
WHERE "searchIsCode"("word")
  AND NOT EXISTS (SELECT FROM "SearchCode" AS "known" WHERE "known"."word" COLLATE "C" = "found"."word");
