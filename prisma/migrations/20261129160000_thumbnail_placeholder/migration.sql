-- This migration and the next four lock one existing table each: uploads that are running lock the same tables, in their
-- own order, and must never wait for one while the migration waits for another.
ALTER TABLE "MediaVersion" ADD COLUMN     "placeholder" TEXT;
