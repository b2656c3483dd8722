-- CreateTable
CREATE TABLE "EventChain" (
    "position" BIGINT NOT NULL,
    "eventId" UUID NOT NULL,
    "action" TEXT NOT NULL,
    "nodeType" TEXT NOT NULL,
    "nodeId" UUID NOT NULL,
    "hash" BYTEA NOT NULL,

    CONSTRAINT "EventChain_pkey" PRIMARY KEY ("position")
);

-- CreateTable
CREATE TABLE "EventPending" (
    "id" BIGSERIAL NOT NULL,
    "eventId" UUID NOT NULL,

    CONSTRAINT "EventPending_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "EventChain_eventId_key" ON "EventChain"("eventId");

-- CreateIndex
CREATE INDEX "EventChain_action_position_idx" ON "EventChain"("action", "position");

-- CreateIndex
CREATE INDEX "EventChain_nodeId_position_idx" ON "EventChain"("nodeId", "position");

-- CreateIndex
CREATE UNIQUE INDEX "EventPending_eventId_key" ON "EventPending"("eventId");

-- CreateIndex
CREATE INDEX "Event_action_at_id_idx" ON "Event"("action", "at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "Event_actorId_at_id_idx" ON "Event"("actorId", "at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "Event_actorId_action_at_id_idx" ON "Event"("actorId", "action", "at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "Event_nodeId_at_id_idx" ON "Event"("nodeId", "at" DESC, "id" DESC);

CREATE TRIGGER "EventChain_append_only"
  BEFORE UPDATE OR DELETE OR TRUNCATE ON "EventChain"
  FOR EACH STATEMENT EXECUTE FUNCTION "refuseEventChange"();

-- Whoever may add to the chain could else end it for good with the last number there is. Names its table in full, since the
-- sequencer sees no schema but PostgreSQL's own.
CREATE FUNCTION "requireNextPosition"() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  given record;
BEGIN
  SELECT min("position") AS "first", max("position") AS "last", count(*) AS "count" INTO given FROM added;
  IF given."count" > 0 AND (
    given."last" - given."first" >= given."count"
    OR given."last" <> (SELECT max("position") FROM public."EventChain")
    OR given."first" <> 1 + coalesce(
      (SELECT max("position") FROM public."EventChain" WHERE "position" < given."first"), 0)
  ) THEN
    RAISE EXCEPTION 'Position % does not follow the last one of the log.', given."first"
      USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END
$$;

CREATE TRIGGER "EventChain_next"
  AFTER INSERT ON "EventChain" REFERENCING NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION "requireNextPosition"();

-- Whoever adds an event, it waits for its position. A notification makes commits wait for each other, so that it is sent
-- only where the sequencer sleeps: awake it holds the lock 3, and looks by itself; where nobody holds 2 there is none to wake.
CREATE FUNCTION "enqueueEvents"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO "EventPending" ("eventId") SELECT "id" FROM added;
  IF pg_try_advisory_lock_shared(7303, 3) THEN
    PERFORM pg_advisory_unlock_shared(7303, 3);
    IF pg_try_advisory_lock_shared(7303, 2) THEN
      PERFORM pg_advisory_unlock_shared(7303, 2);
    ELSE
      PERFORM pg_notify('event_pending', '');
    END IF;
  END IF;
  RETURN NULL;
END
$$;

-- Holds writers off until the commit: none of their events falls between the trigger and the filling of the queue. That takes
-- some ten seconds for half a million events.
CREATE TRIGGER "Event_pending"
  AFTER INSERT ON "Event" REFERENCING NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION "enqueueEvents"();

INSERT INTO "EventPending" ("eventId") SELECT "id" FROM "Event" ORDER BY "at", "id";
