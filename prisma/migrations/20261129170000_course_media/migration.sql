-- CreateTable
CREATE TABLE "CourseMedia" (
    "courseId" UUID NOT NULL,
    "mediaId" UUID NOT NULL,

    CONSTRAINT "CourseMedia_pkey" PRIMARY KEY ("courseId","mediaId")
);

-- CreateIndex
CREATE INDEX "CourseMedia_mediaId_courseId_idx" ON "CourseMedia"("mediaId", "courseId");

-- Courses among resources and those above them. OFFSET makes PostgreSQL look up each parent: it would hash all resources for a
-- few links. UNION ends within a cycle, which a transaction may have made before it is refused.
CREATE FUNCTION "coursesAbove"("resourceIds" uuid[]) RETURNS TABLE ("resourceId" uuid, "courseId" uuid)
LANGUAGE sql STABLE AS $$
  WITH RECURSIVE "above" AS (
    SELECT "id" AS "start", "id", "parentId", "type" FROM "Resource" WHERE "id" = ANY("resourceIds")
    UNION
    SELECT "above"."start", "parent"."id", "parent"."parentId", "parent"."type"
    FROM "above" CROSS JOIN LATERAL (SELECT * FROM "Resource" WHERE "id" = "above"."parentId" OFFSET 0) AS "parent"
  )
  SELECT "start", "id" FROM "above" WHERE "type" = 'course'
$$;

-- Determines again in which courses media are shown. The rows of a media change only under the lock of that media, which every
-- transaction that changes links holds.
CREATE FUNCTION "updateCourseMedia"("ids" uuid[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  WITH "above" AS MATERIALIZED (
    SELECT * FROM "coursesAbove"(ARRAY(SELECT DISTINCT "resourceId" FROM "MediaUsage" WHERE "mediaId" = ANY("ids")))
  ), "shown" AS MATERIALIZED (
    SELECT DISTINCT "above"."courseId", "usage"."mediaId"
    FROM "MediaUsage" AS "usage" JOIN "above" USING ("resourceId") WHERE "usage"."mediaId" = ANY("ids")
  ), "hidden" AS (
    DELETE FROM "CourseMedia" AS "row" WHERE "row"."mediaId" = ANY("ids") AND NOT EXISTS (
      SELECT FROM "shown" WHERE "shown"."courseId" = "row"."courseId" AND "shown"."mediaId" = "row"."mediaId"
    )
  )
  INSERT INTO "CourseMedia" ("courseId", "mediaId") SELECT "courseId", "mediaId" FROM "shown" ON CONFLICT DO NOTHING;
END
$$;

-- New links only add rows: a media may have many other links, which need not be read.
CREATE FUNCTION "addCourseMedia"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  WITH "above" AS MATERIALIZED (
    SELECT * FROM "coursesAbove"(ARRAY(SELECT DISTINCT "resourceId" FROM after_rows))
  )
  INSERT INTO "CourseMedia" ("courseId", "mediaId")
  SELECT DISTINCT "above"."courseId", "usage"."mediaId"
  FROM after_rows AS "usage" JOIN "above" USING ("resourceId")
  ON CONFLICT DO NOTHING;
  RETURN NULL;
END
$$;

CREATE FUNCTION "changeCourseMedia"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' THEN
    PERFORM "updateCourseMedia"(ARRAY(SELECT "mediaId" FROM before_rows UNION SELECT "mediaId" FROM after_rows));
  ELSE
    PERFORM "updateCourseMedia"(ARRAY(SELECT DISTINCT "mediaId" FROM before_rows));
  END IF;
  RETURN NULL;
END
$$;

CREATE TRIGGER "MediaUsage_inserted" AFTER INSERT ON "MediaUsage"
  REFERENCING NEW TABLE AS after_rows
  FOR EACH STATEMENT EXECUTE FUNCTION "addCourseMedia"();

CREATE TRIGGER "MediaUsage_updated" AFTER UPDATE ON "MediaUsage"
  REFERENCING OLD TABLE AS before_rows NEW TABLE AS after_rows
  FOR EACH STATEMENT EXECUTE FUNCTION "changeCourseMedia"();

CREATE TRIGGER "MediaUsage_deleted" AFTER DELETE ON "MediaUsage"
  REFERENCING OLD TABLE AS before_rows
  FOR EACH STATEMENT EXECUTE FUNCTION "changeCourseMedia"();

-- A resource moves while its tree is locked, so that no link is added. Links are removed without that lock: their media are
-- locked here, so that the next statement sees which links are left. Most moves stay within a course and lock nothing.
CREATE FUNCTION "moveCourseMedia"() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  "ids" uuid[];
BEGIN
  IF ARRAY(SELECT "courseId" FROM "coursesAbove"(ARRAY[OLD."parentId"]) ORDER BY 1)
    = ARRAY(SELECT "courseId" FROM "coursesAbove"(ARRAY[NEW."parentId"]) ORDER BY 1) THEN
    RETURN NULL;
  END IF;
  WITH RECURSIVE "below" AS (
    SELECT NEW."id" AS "id"
    UNION
    SELECT "child"."id" FROM "below" JOIN "Resource" AS "child" ON "child"."parentId" = "below"."id"
  )
  SELECT array_agg(DISTINCT "mediaId") INTO "ids" FROM "below" JOIN "MediaUsage" ON "resourceId" = "below"."id";
  PERFORM FROM "Media" WHERE "id" = ANY("ids") ORDER BY "id" FOR NO KEY UPDATE;
  PERFORM "updateCourseMedia"("ids");
  RETURN NULL;
END
$$;

CREATE TRIGGER "Resource_moved" AFTER UPDATE OF "parentId" ON "Resource"
  FOR EACH ROW WHEN (OLD."parentId" IS DISTINCT FROM NEW."parentId") EXECUTE FUNCTION "moveCourseMedia"();

-- The number of days, which facets count by: the planner would expect as many as there are media, and sort instead of hash.
CREATE STATISTICS "Media_days" ON (date_bin('1 day', "uploadedAt", '2000-01-01T00:00:00Z')) FROM "Media";
