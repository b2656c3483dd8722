-- Callers that name the time of the change they have seen detect every later one: two changes never have the same time, not
-- within one millisecond, nor if the clock of a process is behind. Fires only for statements that set "updatedAt".
CREATE FUNCTION "advanceUpdatedAt"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW."updatedAt" := OLD."updatedAt" + interval '1 millisecond';
  RETURN NEW;
END
$$;

CREATE TRIGGER "Media_updatedAt" BEFORE UPDATE OF "updatedAt" ON "Media"
  FOR EACH ROW WHEN (NEW."updatedAt" <= OLD."updatedAt") EXECUTE FUNCTION "advanceUpdatedAt"();
