-- CreateIndex
CREATE INDEX "Assignment_assignedAt_sequence_idx" ON "Assignment"("assignedAt", "sequence");

-- CreateIndex
CREATE INDEX "Assignment_mediaId_assignedAt_sequence_idx" ON "Assignment"("mediaId", "assignedAt", "sequence");

-- CreateIndex
CREATE INDEX "Assignment_assignedById_assignedAt_sequence_idx" ON "Assignment"("assignedById", "assignedAt", "sequence");

-- CreateIndex
CREATE INDEX "Assignment_status_assignedAt_sequence_idx" ON "Assignment"("status", "assignedAt", "sequence");

-- CreateIndex
CREATE INDEX "AssignmentBatch_assignedAt_id_idx" ON "AssignmentBatch"("assignedAt", "id");
