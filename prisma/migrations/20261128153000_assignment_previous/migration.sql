-- CreateIndex
CREATE INDEX "Assignment_previousId_idx" ON "Assignment"("previousId");
