-- CreateEnum
CREATE TYPE "AssignmentStatus" AS ENUM ('CURRENT', 'REPLACED', 'UNDONE', 'ENDED');

-- AlterTable
ALTER TABLE "Media" ADD COLUMN     "assignmentCount" INTEGER NOT NULL DEFAULT 0;

-- CreateTable
CREATE TABLE "Assignment" (
    "id" UUID NOT NULL,
    "sequence" BIGSERIAL NOT NULL,
    "mediaId" UUID NOT NULL,
    "heldMediaId" UUID,
    "mediaTitle" TEXT NOT NULL,
    "userId" UUID NOT NULL,
    "status" "AssignmentStatus" NOT NULL DEFAULT 'CURRENT',
    "returns" BOOLEAN NOT NULL DEFAULT false,
    "assignedById" UUID,
    "assignedAt" TIMESTAMPTZ(3) NOT NULL,
    "undoableUntil" TIMESTAMPTZ(3) NOT NULL,
    "previousId" UUID,
    "revertOfId" UUID,
    "batchId" UUID,
    "change" BIGSERIAL NOT NULL,

    CONSTRAINT "Assignment_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "AssignmentBatch" (
    "id" UUID NOT NULL,
    "mediaId" UUID NOT NULL,
    "count" INTEGER NOT NULL,
    "assignedById" UUID,
    "assignedAt" TIMESTAMPTZ(3) NOT NULL,
    "undoableUntil" TIMESTAMPTZ(3) NOT NULL,
    "undoneAt" TIMESTAMPTZ(3),

    CONSTRAINT "AssignmentBatch_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "Assignment_userId_sequence_idx" ON "Assignment"("userId", "sequence");

-- CreateIndex
CREATE INDEX "Assignment_userId_change_idx" ON "Assignment"("userId", "change");

-- CreateIndex
CREATE INDEX "Assignment_heldMediaId_status_sequence_idx" ON "Assignment"("heldMediaId", "status", "sequence");

-- CreateIndex
CREATE INDEX "Assignment_batchId_sequence_idx" ON "Assignment"("batchId", "sequence");

-- AddForeignKey
ALTER TABLE "Assignment" ADD CONSTRAINT "Assignment_heldMediaId_fkey" FOREIGN KEY ("heldMediaId") REFERENCES "Media"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Assignment" ADD CONSTRAINT "Assignment_userId_fkey" FOREIGN KEY ("userId") REFERENCES "User"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Assignment" ADD CONSTRAINT "Assignment_assignedById_fkey" FOREIGN KEY ("assignedById") REFERENCES "User"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Assignment" ADD CONSTRAINT "Assignment_previousId_fkey" FOREIGN KEY ("previousId") REFERENCES "Assignment"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Assignment" ADD CONSTRAINT "Assignment_revertOfId_fkey" FOREIGN KEY ("revertOfId") REFERENCES "Assignment"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Assignment" ADD CONSTRAINT "Assignment_batchId_fkey" FOREIGN KEY ("batchId") REFERENCES "AssignmentBatch"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "AssignmentBatch" ADD CONSTRAINT "AssignmentBatch_assignedById_fkey" FOREIGN KEY ("assignedById") REFERENCES "User"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- Exactly one is current per user, whoever writes. (A partial index, which the schema file cannot express.)
CREATE UNIQUE INDEX "Assignment_one_current" ON "Assignment" ("userId") WHERE "status" = 'CURRENT';

-- The clock that the undo window goes by, in the milliseconds that its columns hold. Whoever owns the database may stop it.
CREATE FUNCTION "assignmentClock"() RETURNS timestamptz LANGUAGE sql VOLATILE AS $$
  SELECT date_trunc('milliseconds', clock_timestamp())
$$;
