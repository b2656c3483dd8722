-- Fills in the courses of existing links. One statement, so that it can commit in between: it locks at most 1,000 media at a
-- time, in the order of ids. It can be repeated. While a media is locked, its links stay, and none of its resources moves to
-- another course without an update of its rows afterwards.
DO $$
DECLARE
  "ids" uuid[];
  "last" uuid := '00000000-0000-0000-0000-000000000000';
BEGIN
  LOOP
    "ids" := ARRAY(SELECT DISTINCT "mediaId" FROM "MediaUsage" WHERE "mediaId" > "last" ORDER BY "mediaId" LIMIT 1000);
    EXIT WHEN cardinality("ids") = 0;
    PERFORM FROM "Media" WHERE "id" = ANY("ids") ORDER BY "id" FOR NO KEY UPDATE;
    PERFORM "updateCourseMedia"("ids");
    COMMIT;
    "last" := "ids"[cardinality("ids")];
  END LOOP;
END
$$;
