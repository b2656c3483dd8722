-- AlterTable
ALTER TABLE "Rendition" ADD COLUMN     "jobId" UUID;

-- The search for unfinished work without a job, once a minute, reads only these rows.
CREATE INDEX "Operation_unfinished" ON "Operation" ("id") WHERE "status" IN ('QUEUED', 'RUNNING');
